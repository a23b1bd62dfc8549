"""Of several versions of one resource the last one counts, wherever it is read; the others are named."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from isocenter.intake.bulk.shapes import Kind
from isocenter.intake.bulk.sources import Content, Source
from isocenter.intake.fhir.resources import Found
from isocenter.intake.fhir.versions import Order, compared, version_of
from isocenter.intake.fhir_r4 import FhirRows, read_found
from isocenter.intake.x12.claims import ClaimKeys
from isocenter.screening.converting import convert_claims, drop_what_bills_nothing
from isocenter.terms.claims import ClaimLine
from isocenter.terms.plans import Plan
from isocenter.terms.problems import LostLine
from tests.intake.fhir_resources import bill, concept, item, patient, planned_course, technique

Json = dict[str, Any]
APRIL, MAY = "2024-04-30T23:00:00Z", "2024-05-01T03:00:00+02:00"


def read(*resources: Json) -> FhirRows:
    return read_found([Found(one, "case.json", f"[{place}]") for place, one in enumerate(resources)])


def codes(found: FhirRows) -> list[str]:
    return [row.procedure_code for row in found.rows if isinstance(row, ClaimLine)]


def version(code: str, version_id: str = "", last_updated: str = "", **changes: Any) -> Json:
    stated = {"versionId": version_id, "lastUpdated": last_updated}
    return bill(item(code), meta={name: value for name, value in stated.items() if value}, **changes)


def screened(tmp_path: Path, *files: list[Json]) -> tuple[list[str], list[str], int]:
    """Codes of the lines that a screening keeps of files of bills, what it says, and how many lines it lost."""
    paths = []
    for number, bills in enumerate(files):
        paths.append(tmp_path / f"{number}.ndjson")
        paths[-1].write_text("\n".join(map(json.dumps, bills)), encoding="utf-8")
    keys = ClaimKeys()
    source = Source(tuple(paths), Kind.FHIR, Content.LINES, None, ())
    converted, problems, lost = convert_claims(source, tmp_path / "converted", 0, keys)
    superseded, dropped = drop_what_bills_nothing(converted, keys)
    kept = pq.read_table(converted[0].files[0])["procedure_code"].to_pylist()
    return kept, [one.sentence for one in (*problems, *superseded)], lost.rejected + lost.left_out + dropped


@pytest.mark.parametrize("later_first", [False, True])
def test_the_bill_that_was_updated_last_counts(tmp_path: Path, later_first: bool) -> None:
    versions = [version("G6015", "1", APRIL), version("77301", "2", MAY)]
    versions = versions[::-1] if later_first else versions
    found = read(*versions)
    assert codes(found) == ["77301"]
    assert [one.sentence for one in found.problems] == ["a later version of it was supplied; this one was left out"]
    kept, said, lost = screened(tmp_path, versions)
    assert kept == ["77301"]
    assert len(said) == lost == 1


def test_a_later_export_corrects_an_earlier_one(tmp_path: Path) -> None:
    kept, said, lost = screened(tmp_path, [version("G6015", "1")], [version("77301", "2")])
    assert kept == ["77301"]
    assert said == ["it is a later version of claim CLM-1; lines of the earlier one left out: 1"]
    assert lost == 1


def test_a_bill_that_a_later_version_withdraws_bills_nothing(tmp_path: Path) -> None:
    versions = [version("77301", "1"), version("77301", "2", status="entered-in-error")]
    assert not codes(read(*versions))
    kept, said, _ = screened(tmp_path, versions)
    assert not kept
    assert any("entered in error" in sentence for sentence in said)


def test_a_bill_that_a_later_version_denies_bills_nothing(tmp_path: Path) -> None:
    reasons = {"category": concept("denialreason"), "reason": concept("50")}
    denied = bill(item(adjudication=[{"category": concept("benefit"), "amount": {"value": 0}}, reasons]))
    kept, said, _ = screened(tmp_path, [version("77301", "1"), {**denied, "meta": {"versionId": "2"}}])
    assert not kept
    assert any("the payer denied 77301" in sentence for sentence in said)


def test_a_bill_that_is_there_twice_is_billed_once(tmp_path: Path) -> None:
    assert codes(read(bill(), bill())) == ["77301"]
    assert screened(tmp_path, [bill(), bill()])[0] == ["77301"]


VARIABLES = "https://bluebutton.cms.gov/resources/variables"


def entry(name: str, code: str, own_id: str = "eob-1") -> Json:
    """An entry of Blue Button or BCDA with the code by which the Medicare files say what it does to a claim."""
    stated = {"url": f"{VARIABLES}/{name}", "valueCoding": {"system": f"{VARIABLES}/{name}", "code": code}}
    return bill(item("G6015"), id=own_id, identifier=[{"value": own_id}], extension=[stated], disposition="01")


@pytest.mark.parametrize(
    ("credit", "said"),
    [
        (entry("carr_clm_entry_cd", "3"), "carr_clm_entry_cd 3"),
        (entry("fi_clm_actn_cd", "2"), "fi_clm_actn_cd 2"),
        (entry("fi_clm_actn_cd", "4"), "fi_clm_actn_cd 4"),
        (bill(item("G6015"), disposition="03"), "disposition 03"),
    ],
)
def test_an_entry_that_takes_a_claim_back_bills_nothing_and_leaves_the_record_open(
    tmp_path: Path, credit: Json, said: str
) -> None:
    """Which claim it takes back is not said, so that its lines are lost in a record as in bulk."""
    other = bill(item("77301"), id="eob-2", identifier=[{"value": "eob-2"}])
    found = read(credit, other)
    assert codes(found) == ["77301"]
    (lost,) = [one for one in found.problems if isinstance(one, LostLine)]
    assert f"({said})" in lost.sentence
    kept, sentences, count = screened(tmp_path, [credit, other])
    assert (kept, count) == (["77301"], 1)
    assert any(f"({said})" in one for one in sentences)


@pytest.mark.parametrize(
    ("name", "code"), [("carr_clm_entry_cd", "1"), ("carr_clm_entry_cd", "5"), ("fi_clm_actn_cd", "3")]
)
def test_an_entry_that_bills_is_read_whatever_it_follows(tmp_path: Path, name: str, code: str) -> None:
    assert codes(read(entry(name, code))) == ["G6015"]
    assert screened(tmp_path, [entry(name, code)]) == (["G6015"], [], 0)


def test_which_of_two_contents_counts_is_not_guessed() -> None:
    found = read(version("G6015"), version("77301"))
    assert codes(found) == ["G6015"]
    (problem,) = found.problems
    assert isinstance(problem, LostLine)
    assert "neither meta.versionId nor meta.lastUpdated" in problem.sentence


def test_bills_of_one_id_and_several_patients_or_numbers_are_several(tmp_path: Path) -> None:
    numbered = bill(identifier=[{"type": concept("uc"), "value": "CLM-2"}])
    others = [bill(), bill(patient={"reference": "Patient/p2"}), numbered]
    assert len(codes(read(*others))) == 3
    assert len(screened(tmp_path, others)[0]) == 3


def test_a_bill_that_replaces_another_by_the_address_of_its_resource_names_its_number(tmp_path: Path) -> None:
    prior = {"claim": {"reference": "ExplanationOfBenefit/eob-1"}, "relationship": concept("prior")}
    later = bill(id="eob-2", identifier=[{"type": concept("uc"), "value": "CLM-2"}], related=[prior])
    source = tmp_path / "bills.ndjson"
    source.write_text("\n".join(map(json.dumps, [bill(), later])), encoding="utf-8")
    read_from = Source((source,), Kind.FHIR, Content.LINES, None, ())
    converted, *_ = convert_claims(read_from, tmp_path / "converted", 0, ClaimKeys())
    assert pq.read_table(converted[0].files[0])["original_claim_id"].to_pylist() == ["", "CLM-1"]


def test_a_revised_order_takes_the_place_of_the_one_before() -> None:
    earlier = planned_course(*technique("1162782007"), meta={"versionId": "1"})
    later = planned_course(*technique("1156530009"), meta={"versionId": "2"})
    for resources in ((earlier, later), (later, earlier)):
        found = read(patient(), *resources)
        assert [row.is_imrt for row in found.rows if isinstance(row, Plan)] == [True]
        assert len(found.problems) == 1


@pytest.mark.parametrize(
    ("one", "before", "order"),
    [
        (("10", ""), ("9", ""), Order.LATER),
        (("1", MAY), ("2", APRIL), Order.LATER),
        (("2", MAY), ("1", MAY), Order.LATER),
        (("1", MAY), ("1", MAY), Order.SAME),
        (("1", MAY), ("2", ""), Order.EARLIER),
        (("", MAY), ("2", ""), Order.UNKNOWN),
        (("a3", ""), ("a2", ""), Order.UNKNOWN),
        (("", "yesterday"), ("", APRIL), Order.UNKNOWN),
    ],
)
def test_versions_are_ordered_by_their_moment_then_by_their_number(
    one: tuple[str, str], before: tuple[str, str], order: Order
) -> None:
    assert compared(version_of(*one), version_of(*before)) is order
