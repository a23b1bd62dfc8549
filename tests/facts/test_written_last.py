"""Of several corrections of one claim the one written last counts, whatever the order in which they are read."""

import json
from itertools import permutations
from pathlib import Path

import pytest

from isocenter.review.reviewer import Reviewer
from isocenter.terms.review import Review
from isocenter.workflow import review_case
from tests.intake.fhir_resources import bill, concept, item, patient

_HEADER = (
    "claim_line_id,claim_id,line_number,member_id,service_date,procedure_code,units,setting,billing_npi,"
    "claim_frequency,original_claim_id,charge_amount,written_at"
)
_ORIGINAL, _FIRST, _SECOND = (
    ("1", "", 100, "2025-04-01"),
    ("7", "A1", 110, "2025-04-10"),
    ("7", "A1", 120, "2025-04-20"),
)
_VOID = ("8", "A1", 100, "2025-04-15")


@pytest.fixture(scope="module")
def reviewer() -> Reviewer:
    return Reviewer(["imrt"])


def _reviewed(folder: Path, reviewer: Reviewer, *claims: tuple[str, str, int, str]) -> Review:
    rows = [
        f"L{charge}{frequency},A1,1,M1,2025-03-05,77301,1,professional,1234567893,{frequency},{original},{charge},{written}"
        for frequency, original, charge, written in claims
    ]
    file = folder / "claim_lines.csv"
    file.write_text("\n".join([_HEADER, *rows, ""]), encoding="utf-8")
    return review_case(file, reviewer)


def _charges(review: Review) -> list[float]:
    return [row.charge_amount for row in review.facts["claim_lines"]]


@pytest.mark.parametrize("order", list(permutations((_ORIGINAL, _FIRST, _SECOND))))
def test_the_later_written_of_two_replacements_counts(
    tmp_path: Path, reviewer: Reviewer, order: tuple[tuple[str, str, int, str], ...]
) -> None:
    review = _reviewed(tmp_path, reviewer, *order)
    assert _charges(review) == [120]
    assert not [one for one in review.problems if "read after" in one.sentence]


@pytest.mark.parametrize("order", list(permutations((_ORIGINAL, _VOID, _SECOND))))
def test_a_replacement_written_after_a_void_counts(
    tmp_path: Path, reviewer: Reviewer, order: tuple[tuple[str, str, int, str], ...]
) -> None:
    assert _charges(_reviewed(tmp_path, reviewer, *order)) == [120]


@pytest.mark.parametrize("order", list(permutations((_VOID, ("1", "", 130, "2025-04-22")))))
def test_a_claim_billed_anew_after_a_void_counts_without_the_one_that_was_voided(
    tmp_path: Path, reviewer: Reviewer, order: tuple[tuple[str, str, int, str], ...]
) -> None:
    review = _reviewed(tmp_path, reviewer, *order)
    assert _charges(review) == [130]
    assert [one.sentence for one in review.problems if "voids" in one.sentence]


def test_a_void_of_the_day_of_its_claim_ends_it_whatever_the_order(tmp_path: Path, reviewer: Reviewer) -> None:
    same_day = ("1", "", 100, "2025-04-15")
    other = ("7", "A1", 120, "2025-04-20")
    assert _charges(_reviewed(tmp_path, reviewer, _VOID, same_day, other)) == [120]


def _resource(name: str, units: int, created: str, corrects: str = "") -> dict[str, object]:
    number = {"identifier": [{"type": concept("uc"), "value": name}]}
    related = [{"relationship": concept("prior"), "claim": {"identifier": {"value": corrects}}}] if corrects else []
    return bill(item("77301", units), id=name, created=created, related=related, **number)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_resource_says_by_the_day_of_its_making_which_correction_was_written_last(
    tmp_path: Path, reviewer: Reviewer, order: tuple[int, ...]
) -> None:
    claims = [
        _resource("A1", 2, "2024-04-01"),
        _resource("A2", 3, "2024-04-20T09:30:00Z", "A1"),
        _resource("A3", 4, "2024-04-10", "A1"),
    ]
    file = tmp_path / "claims.ndjson"
    file.write_text("\n".join(map(json.dumps, [patient(), *(claims[place] for place in order)])), encoding="utf-8")
    review = review_case(file, reviewer)
    assert [row.units for row in review.facts["claim_lines"]] == [3]
    assert not [one for one in review.problems if "read after" in one.sentence]


@pytest.mark.parametrize("received", ["received_date", "claim received date"])
def test_a_table_says_by_the_day_it_was_received_which_correction_was_written_last(
    tmp_path: Path, reviewer: Reviewer, received: str
) -> None:
    header = _HEADER.replace("written_at", received)
    rows = [
        f"L{charge},A1,1,M1,2025-03-05,77301,1,professional,1234567893,{frequency},{original},{charge},{day}"
        for frequency, original, charge, day in (_SECOND, _FIRST, _ORIGINAL)
    ]
    file = tmp_path / "claims.csv"
    file.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    assert _charges(review_case(file, reviewer)) == [120]


_PAYERS = "Claim Number,Line,Member ID,Service Date,CPT,Units,Claim Type,Billing NPI,Claim Frequency,Charge Amount,{}"


@pytest.mark.parametrize(
    ("header", "received", "stays"),
    [
        (_PAYERS.format("Received Date"), ("02/01/2025", "05/03/2025", "04/05/2025"), 110),
        (_PAYERS.format("Received Date"), ("25/02/2025", "05/03/2025", "04/05/2025"), 120),
        (_PAYERS.format("Received Date"), ("25/02/2025", "05/13/2025", "04/05/2025"), 120),
        (_PAYERS.format("Received Date"), ("", "", ""), 120),
        (_HEADER, ("02/01/2025", "05/03/2025", "04/05/2025"), 110),
        (_HEADER, ("25/02/2025", "05/03/2025", "04/05/2025"), 120),
    ],
    ids=[
        "the month is first unless shown",
        "the day is shown first",
        "both orders are shown",
        "none",
        "own table, the month is first",
        "own table, the day is shown first",
    ],
)
def test_days_of_receipt_are_read_in_the_order_that_their_column_shows(
    tmp_path: Path, reviewer: Reviewer, header: str, received: tuple[str, str, str], stays: int
) -> None:
    own = header == _HEADER
    rows = [
        f"L{charge},A1,1,M1,2025-03-05,77301,1,professional,1234567893,{frequency},{original},{charge},{day}"
        if own
        else f"A1,1,M1,2025-03-05,77301,1,P,1234567893,{frequency},{charge},{day}"
        for (frequency, original, charge, _), day in zip((_ORIGINAL, _FIRST, _SECOND), received, strict=True)
    ]
    file = tmp_path / "claims.csv"
    file.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    review = review_case(file, reviewer)
    assert _charges(review) == [stays]
    is_by_reading = any("which was read after it" in problem.sentence for problem in review.problems)
    assert is_by_reading == (received[0] in ("", "25/02/2025") and received[1] != "05/03/2025")
