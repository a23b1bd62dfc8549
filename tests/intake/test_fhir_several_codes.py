"""A concept is one meaning: where its codes differ, none of them is taken, and what they say is named."""

from pathlib import Path
from typing import Any

import pytest
from tests.intake.fhir_reading import of, only_line, reader_in, sentences
from tests.intake.fhir_resources import CPT, HCPCS, ICD10, bill, item

from isocenter.terms.claims import ClaimDiagnosis, ClaimLine
from isocenter.terms.problems import LostLine

OWN = "https://hospital.example.org/charges"


def of_systems(*codes: tuple[str, str]) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code} if system else {"code": code} for system, code in codes]}


@pytest.mark.parametrize(
    ("codings", "named"),
    [
        ([(CPT, "77301"), (CPT, "77338")], "77301, 77338"),
        ([(CPT, "77385"), (HCPCS, "G6015")], "77385, G6015"),
        ([("", "A1234"), ("", "77301")], "A1234, 77301"),
        ([(CPT, "77301-26"), (CPT, "77301-TC")], "77301-26, 77301-TC"),
    ],
)
def test_a_line_that_names_several_procedures_is_lost(tmp_path: Path, codings: Any, named: str) -> None:
    found = reader_in(tmp_path)(bill(item(productOrService=of_systems(*codings))))
    assert not of(found, ClaimLine)
    (lost,) = [one for one in found.problems if isinstance(one, LostLine)]
    assert lost.place.endswith(".item[0]")
    assert f"productOrService names {named}; one procedure is expected" in lost.sentence


@pytest.mark.parametrize(
    ("codings", "modifier"),
    [
        ([(CPT, "77301"), (HCPCS, "77301")], ""),
        ([(OWN, "A1234"), (CPT, "77301")], ""),
        ([(CPT, "77301"), (HCPCS, "77301-26")], "26"),
    ],
)
def test_codes_that_agree_bill_one_procedure(tmp_path: Path, codings: Any, modifier: str) -> None:
    line = only_line(reader_in(tmp_path)(bill(item(productOrService=of_systems(*codings)))))
    assert (line.procedure_code, line.modifier_1) == ("77301", modifier)


def test_a_line_at_several_places_of_service_is_lost(tmp_path: Path) -> None:
    found = reader_in(tmp_path)(bill(item(locationCodeableConcept=of_systems(("", "21"), ("", "11")))))
    assert not of(found, ClaimLine)
    assert "77301 is at the places of service 11 and 21; one is expected" in sentences(found)


def test_the_place_of_service_comes_before_the_code_of_another_list(tmp_path: Path) -> None:
    line = item(locationCodeableConcept=of_systems((OWN, "RO"), ("", "11")))
    assert only_line(reader_in(tmp_path)(bill(line))).place_of_service == "11"


def test_of_two_diagnoses_in_one_concept_none_is_kept(tmp_path: Path) -> None:
    several = {"sequence": 1, "diagnosisCodeableConcept": of_systems((ICD10, "C61"), (ICD10, "C50.911"))}
    found = reader_in(tmp_path)(bill(diagnosis=[several]))
    assert not of(found, ClaimDiagnosis)
    assert "a diagnosis names C61 and C50.911; one ICD-10-CM code is expected" in sentences(found)
    agreeing = {
        "sequence": 1,
        "diagnosisCodeableConcept": of_systems((ICD10, "C50911"), ("", "C61"), (ICD10, "C50.911")),
    }
    (kept,) = of(reader_in(tmp_path)(bill(diagnosis=[agreeing])), ClaimDiagnosis)
    assert kept.icd10 == "C50.911"
