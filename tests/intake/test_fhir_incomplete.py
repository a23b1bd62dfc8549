"""What a record does not hold, or holds of an unknown type, is named with its type and place, and leaves it open."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.intake.fhir_reading import of, reader_in
from tests.intake.fhir_resources import bill, item

from isocenter.intake.fhir_r4 import BillFile
from isocenter.terms.claims import ClaimLine
from isocenter.terms.problems import LostLine, Problem, Unread

Json = dict[str, Any]
CLAIM = bill(item("77301"))
LINKS = "https://ehr.example.org/Claim?page="
FAILED = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}


def bundle(*entries: Json, **changes: Any) -> Json:
    return {"resourceType": "Bundle", "type": "searchset", "entry": list(entries), **changes}


def page(number: int, *, is_last: bool = False) -> Json:
    links = [{"relation": "self", "url": f"{LINKS}{number}"}]
    links += [] if is_last else [{"relation": "next", "url": f"{LINKS}{number + 1}"}]
    return bundle(link=links)


def _open(problems: list[Problem]) -> list[str]:
    return [f"{one.place}: {one.sentence}" for one in problems if isinstance(one, Unread)]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"resourceType": "claim", "id": "7"}, "claim/7: 'claim' is no resource type of FHIR R4; Claim is one"),
        ({"resourceType": "Clam"}, "Clam: 'Clam' is no resource type of FHIR R4; Claim is one"),
        ({"resourceType": "EXPLANATIONOFBENEFIT"}, "; ExplanationOfBenefit is one"),
        ({"resourceType": "X" * 900}, "XXX...' is no resource type of FHIR R4; it was left out"),
        (FAILED, "OperationOutcome.issue[0]: the server reported an error in place of a resource (exception)"),
        (bundle({"request": {"method": "DELETE", "url": "Claim/1"}}), ".entry[0]: it says that Claim/1 was deleted"),
        (bundle({"resource": CLAIM}, {"response": {"status": "404 Not Found"}}), "entry[1]: the server answered 404"),
        (bundle({"fullUrl": "urn:uuid:1"}), "Bundle.entry[0]: the entry holds no resource"),
        (page(1), f"Bundle.link: it is one page of a search, and the next page was not supplied ({LINKS}2)"),
    ],
)  # fmt: skip
def test_what_is_missing_leaves_the_record_open(tmp_path: Path, given: Json, expected: str) -> None:
    (said,) = _open(reader_in(tmp_path)(given).problems)
    assert expected in said
    (tmp_path / "bulk.ndjson").write_text(json.dumps(given) + "\n" + json.dumps(CLAIM))
    bulk = list(BillFile(tmp_path / "bulk.ndjson"))
    assert expected.partition(": ")[2] in "\n".join(_open([one for one in bulk if isinstance(one, Problem)]))
    assert any(isinstance(one, ClaimLine) for one in bulk)


def test_a_type_that_is_unknown_in_bulk_may_have_been_a_claim(tmp_path: Path) -> None:
    (tmp_path / "bulk.ndjson").write_text(json.dumps(CLAIM) + '\n{"resourceType": "explanationOfBenefit", "id": "9"}')
    (lost,) = [one for one in BillFile(tmp_path / "bulk.ndjson") if isinstance(one, Problem)]
    assert isinstance(lost, LostLine)
    assert (lost.place, lost.sentence.startswith("'explanationOfBenefit' is no resource type")) == ("line 2", True)


def test_types_that_are_not_read_are_named_with_the_place_of_the_first(tmp_path: Path) -> None:
    goals = [{"resourceType": "Goal", "id": str(number)} for number in range(3)]
    found = reader_in(tmp_path)(bundle(*({"resource": one} for one in goals)))
    (problem,) = found.problems
    assert problem.place == "Bundle.entry[0] Goal/0"
    assert problem.sentence == "resources of the type Goal are not read; this one and 2 more were left out"
    assert not isinstance(problem, Unread)
    alone = reader_in(tmp_path)(goals[1])
    assert alone.problems[0].sentence == "resources of the type Goal are not read; it was left out"


def test_pages_that_are_all_at_hand_and_an_outcome_without_error_say_nothing(tmp_path: Path) -> None:
    told = {"resourceType": "OperationOutcome", "issue": [{"severity": "information", "code": "informational"}]}
    found = reader_in(tmp_path)(page(1), page(2), page(3, is_last=True), told)
    assert not found.problems


def test_resources_in_parts_of_parameters_are_read(tmp_path: Path) -> None:
    nested = {"name": "return", "part": [{"name": "claim", "resource": CLAIM}, {"name": "n", "valueString": "x"}]}
    found = reader_in(tmp_path)({"resourceType": "Parameters", "parameter": [nested]})
    assert not found.problems
    assert len(of(found, ClaimLine)) == 1


def test_of_a_flood_of_empty_entries_the_first_are_named_and_the_others_counted(tmp_path: Path) -> None:
    flood = bundle(*[{} for _ in range(1500)], {"resource": CLAIM})
    found = reader_in(tmp_path)(flood)
    assert len(of(found, ClaimLine)) == 1
    *_, last = found.problems
    assert (len(found.problems), type(last), last.place) == (1001, Unread, "Bundle.entry[1499]")
    assert last.sentence.startswith("500 more pieces were left out, this one the last; correct the 1,000")
    (tmp_path / "bulk.ndjson").write_text(f"{json.dumps(CLAIM)}\n{json.dumps(flood)}")
    assert sum(isinstance(one, Problem) for one in BillFile(tmp_path / "bulk.ndjson")) == 1002  # the claim comes again


def test_a_flood_of_unknown_types_is_named_one_by_one(tmp_path: Path) -> None:
    found = reader_in(tmp_path)(bundle(*[{"resource": {"resourceType": "Clam"}} for _ in range(1100)]))
    said = [one.sentence for one in found.problems]
    assert (len(said), "; Claim is one;" in said[0], "; Claim is one;" in said[-1]) == (1100, True, False)
