"""A claim and the explanation of benefit that answers it are billed once, where the answer holds all its services."""

from pathlib import Path
from typing import Any

import pytest
from tests.intake.fhir_reading import of, reader_in
from tests.intake.fhir_resources import bill, item, patient

from isocenter.terms.claims import ClaimLine

_LINES = (item("77301", sequence=1), item("77338", sequence=2))
_CLAIM = bill(*_LINES, kind="Claim", id="c1", identifier=[{"value": "PRACTICE-7"}])
_ANSWER = {"id": "e1", "claim": {"reference": "Claim/c1"}, "outcome": "complete"}


def _read(folder: Path, answer: dict[str, Any]) -> tuple[list[str], list[str]]:
    found = reader_in(folder)(_CLAIM, answer, patient())
    said = [one.sentence for one in found.problems if "explanation of benefit that answers it" in one.sentence]
    return sorted(line.procedure_code for line in of(found, ClaimLine)), said


def test_the_claim_that_an_explanation_of_benefit_answers_is_left_out_by_name(tmp_path: Path) -> None:
    codes, said = _read(tmp_path, bill(*_LINES, **_ANSWER))
    assert codes == ["77301", "77338"]
    assert len(said) == 1 and said[0].endswith("it was left out")


@pytest.mark.parametrize(
    "answer",
    [
        bill(*_LINES, **_ANSWER | {"claim": {"reference": "Claim/another"}}),
        bill(_LINES[0], **_ANSWER),
        bill(item("77263", sequence=1), item("77338", sequence=2), **_ANSWER),
    ],
)
def test_a_claim_whose_services_an_explanation_does_not_all_hold_is_read(
    tmp_path: Path, answer: dict[str, Any]
) -> None:
    codes, said = _read(tmp_path, answer)
    assert len(codes) == 2 + len(answer["item"])
    assert said == []


@pytest.mark.parametrize("change", [{"outcome": "error"}, {"status": "cancelled"}, {"use": "preauthorization"}])
def test_an_answer_that_bills_nothing_leaves_its_claim(tmp_path: Path, change: dict[str, str]) -> None:
    codes, said = _read(tmp_path, bill(*_LINES, **_ANSWER | change))
    assert codes == ["77301", "77338"]
    assert said == []
