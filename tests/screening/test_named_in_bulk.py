"""A bulk export in files of one type each: a screening follows references from one to another as a review does."""

import json
from pathlib import Path
from typing import Any

import pytest

from isocenter.intake.case import read_case
from isocenter.intake.fhir import named_in_bulk
from isocenter.intake.fhir_r4 import BillFile
from isocenter.screening.covered import CoveredCodes
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine
from isocenter.terms.limits import Limit
from tests.intake.fhir_resources import CLAIM_TYPE, MBI, NPI, bill, concept, item, patient
from tests.screening.claims_files import rows_of, split_of

_COVERED = CoveredCodes(frozenset({"77301", "77338"}))
_TEAM = [{"sequence": 1, "role": concept("rendering"), "provider": {"reference": "PractitionerRole/r1"}}]


def _covered_by(own_id: str, of: str, payer: str, **more: Any) -> dict[str, Any]:
    named = {"beneficiary": {"reference": f"Patient/{of}"}, "payor": [{"reference": f"Organization/{payer}"}]}
    return {"resourceType": "Coverage", "id": own_id, "status": "active", **named, **more}


def _organization(own_id: str, name: str, npi: str = "") -> dict[str, Any]:
    numbers = [{"system": NPI, "value": npi}] if npi else []
    return {"resourceType": "Organization", "id": own_id, "name": name, "identifier": numbers}


def _bill_of(own_id: str, of: str, coverage: str, kind: str = "ExplanationOfBenefit") -> dict[str, Any]:
    return bill(
        item("77301"), item("77338", sequence=2), kind=kind, id=own_id, identifier=[{"value": own_id}],
        patient={"reference": f"Patient/{of}"}, provider={"reference": "Organization/practice"},
        insurance=[{"focal": True, "coverage": {"reference": f"Coverage/{coverage}"}}], careTeam=_TEAM,
        type=concept("professional", CLAIM_TYPE),
    )  # fmt: skip


def _number_of_card(number: str) -> list[dict[str, Any]]:
    return [{"type": concept("MB"), "value": number}]


_EXPORT = {
    "Patient": [
        patient("p1"),
        patient("p2", "1EG4TE5MK74"),
        {**patient("p3"), "identifier": _number_of_card("K200")},
        {**patient("p4"), "identifier": _number_of_card("K200"), "birthDate": "2011-04-05"},
        {**patient("old"), "identifier": [], "link": [{"type": "replaced-by", "other": {"reference": "Patient/p2"}}]},
    ],
    "Coverage": [
        _covered_by("c1", "p1", "payer"),
        _covered_by("c2", "p2", "state"),
        _covered_by("c3", "p3", "payer", relationship=concept("self")),
        _covered_by("c4", "p4", "payer", relationship=concept("child")),
    ],
    "Organization": [
        _organization("payer", "Medicare"),
        _organization("state", "State Medicaid"),
        _organization("practice", "Any Practice", "1999999984"),
    ],
    "Practitioner": [_organization("d1", "", "1999999976") | {"resourceType": "Practitioner"}],
    "PractitionerRole": [
        {"resourceType": "PractitionerRole", "id": "r1", "practitioner": {"reference": "Practitioner/d1"}}
    ],
    "ExplanationOfBenefit": [_bill_of("e1", "p1", "c1"), _bill_of("e2", "p2", "c2"), _bill_of("e3", "old", "c2")],
    "Claim": [
        _bill_of("k3", "p3", "c3", "Claim"),
        _bill_of("k4", "p4", "c4", "Claim"),
        _bill_of("k9", "gone", "none", "Claim"),
    ],
}
_FIELDS = ("claim_id", "member_id", "patient", "billing_npi", "rendering_npi", "line_of_business", "procedure_code")
_EXPECTED = {
    "e1": ("1EG4TE5MK73", "medicare"),
    "e2": ("1EG4TE5MK74", "medicaid"),
    "e3": ("1EG4TE5MK74", "medicaid"),
    "k3": ("K200", "medicare"),
    "k4": ("K200", "medicare"),
    "k9": ("gone", ""),
}


def _in_files(folder: Path) -> None:
    for kind, resources in _EXPORT.items():
        (folder / f"{kind}.ndjson").write_text("".join(f"{json.dumps(one)}\n" for one in resources))


def _in_one_file(folder: Path) -> None:
    (folder / "all.ndjson").write_text("\n".join(json.dumps(one) for some in _EXPORT.values() for one in some))


def _in_a_bundle(folder: Path) -> None:
    bundle = {"resourceType": "Bundle", "type": "collection"}
    bundle["entry"] = [{"resource": one} for some in _EXPORT.values() for one in some]  # type: ignore[assignment]
    (folder / "bundle.json").write_text(json.dumps(bundle, indent=1))


@pytest.mark.parametrize("write", [_in_files, _in_one_file, _in_a_bundle])
def test_members_coverages_and_providers_are_those_that_a_review_finds(tmp_path: Path, write: Any) -> None:
    given = tmp_path / "export"
    given.mkdir()
    write(given)
    screened = split_of(tmp_path / "out", given, covered=_COVERED).lines
    lines = {tuple(row[name] for name in _FIELDS) for row in screened}
    assert {row["claim_id"]: (row["member_id"], row["line_of_business"]) for row in screened} == _EXPECTED
    assert {row["rendering_npi"] for row in screened} == {"1999999976"}
    reviewed = [row for row in read_case(given).rows if isinstance(row, ClaimLine)]
    assert {tuple(getattr(row, name) for name in _FIELDS) for row in reviewed} == lines
    assert len({row["patient"] for row in screened if row["member_id"] == "K200"}) == 2


_REFERRED = [{"sequence": 1, "diagnosisReference": {"reference": "Condition/d1"}}]


def _condition(of: str, **more: Any) -> dict[str, Any]:
    coded = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "C61"}]}
    return {"resourceType": "Condition", "id": "d1", "subject": {"reference": f"Patient/{of}"}, "code": coded, **more}


def _diagnosed(folder: Path, condition: dict[str, Any], **changes: Any) -> tuple[list[str], list[str]]:
    """The diagnoses of a claim that refers to a Condition, as a screening and as a review read them."""
    given = folder / "export"
    given.mkdir()
    billed = _bill_of("k1", "p1", "c1", "Claim") | {"diagnosis": _REFERRED} | changes
    for kind, some in {**_EXPORT, "Claim": [billed], "Condition": [condition], "ExplanationOfBenefit": []}.items():
        (given / f"{kind}.ndjson").write_text("".join(f"{json.dumps(one)}\n" for one in some))
    screened = [row["icd10"] for row in split_of(folder / "out", given, covered=_COVERED).diagnoses]
    reviewed = [row.icd10 for row in read_case(given).rows if isinstance(row, ClaimDiagnosis)]
    return screened, reviewed


def test_a_diagnosis_by_reference_is_that_of_the_condition_in_a_file_beside(tmp_path: Path) -> None:
    assert _diagnosed(tmp_path, _condition("p1")) == (["C61"], ["C61"])


@pytest.mark.parametrize(
    "condition",
    [_condition("p2"), _condition("p1", verificationStatus=concept("refuted"))],
    ids=["another's", "refuted"],
)
def test_a_condition_that_is_not_the_patients_is_no_diagnosis_of_the_claim(
    tmp_path: Path, condition: dict[str, Any]
) -> None:
    assert _diagnosed(tmp_path, condition) == ([], [])
    assert any("a reference to a Condition" in row["remark"] for row in rows_of(tmp_path / "out", "remarks/*.parquet"))


@pytest.mark.parametrize(("of", "diagnoses"), [("p1", ["C61"]), ("p2", [])])
def test_the_condition_of_a_patient_named_by_a_number_is_known_from_that_of_another(
    tmp_path: Path, of: str, diagnoses: list[str]
) -> None:
    by_number = {"identifier": patient("p1")["identifier"][0]}
    assert _diagnosed(tmp_path, _condition(of), patient=by_number) == (diagnoses, diagnoses)


def test_conditions_are_the_first_that_are_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = sum(len(some) for kind, some in _EXPORT.items() if kind not in ("Claim", "ExplanationOfBenefit"))
    monkeypatch.setattr(named_in_bulk, "FHIR_NAMED", Limit(named, "resources", "screen fewer at a time"))
    assert _diagnosed(tmp_path, _condition("p1"))[0] == []
    assert {row["member_id"] for row in rows_of(tmp_path / "out", "lines/*/*.parquet")} == {"1EG4TE5MK73"}
    said = [row["remark"] for row in rows_of(tmp_path / "out", "remarks/*.parquet")]
    assert any("diagnoses that are references to Conditions stay open" in one for one in said)


def test_more_than_fit_the_memory_are_not_followed_and_this_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(named_in_bulk, "FHIR_NAMED", Limit(3, "resources", "screen fewer at a time"))
    given = tmp_path / "export"
    given.mkdir()
    _in_files(given)
    screened = split_of(tmp_path / "out", given, covered=_COVERED).lines
    assert {row["claim_id"]: row["member_id"] for row in screened}["e1"] == "p1"
    said = [row["remark"] for row in rows_of(tmp_path / "out", "remarks/*.parquet")]
    assert "4 resources; at most 3 are read; screen fewer at a time" in said


def test_a_member_named_by_identifier_alone_is_the_patient_who_has_it(tmp_path: Path) -> None:
    named = _bill_of("e1", "p1", "c1") | {"patient": {"identifier": {"system": MBI, "value": "1EG4TE5MK73"}}}
    (tmp_path / "p.ndjson").write_text(json.dumps(_EXPORT["Patient"][0]))
    (tmp_path / "e.ndjson").write_text(json.dumps(named))
    parties, problems = named_in_bulk.parties_in([tmp_path / "p.ndjson", tmp_path / "e.ndjson"])
    lines = [row for row in BillFile(tmp_path / "e.ndjson", parties=parties) if isinstance(row, ClaimLine)]
    assert ({row.member_id for row in lines}, problems) == ({"1EG4TE5MK73"}, [])
