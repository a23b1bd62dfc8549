"""Lines that no rule has a question about: of other codes, and visits of members who have nothing but visits."""

from pathlib import Path

import pytest

from isocenter.review.policy_tables import courses_rulebook
from isocenter.rulebook.rulebook import load_policies
from isocenter.screening.covered import CoveredCodes, covered_codes
from isocenter.screening.prepared import known_codes
from tests.screening.claims_files import CODES, rows_of, split_of, write_csv

COVERED = CoveredCodes(frozenset({*CODES, "99205", "99215"}), frozenset({"99205", "99215"}))
HEADER = "claim_id,line_number,member_id,service_date,procedure_code,units,setting,billing_npi,claim_frequency"


def row(member: str, code: str, *, claim: str = "A1", day: str = "2024-03-05", frequency: str = "1") -> str:
    return f"{claim},1,{member},{day},{code},1,professional,1999999984,{frequency}"


VISIT_ALONE = [row("M1", "99205", claim="A1"), row("M1", "99215", claim="A2"), row("M1", "99213", claim="A3")]


@pytest.mark.parametrize("parts", [1, 3])
@pytest.mark.parametrize(
    ("more", "kept_of_more"),
    [
        (row("M2", "77301", claim="B1"), 1),  # of another member
        (row("M2", "99205", claim="B1"), 0),
        (row("M1", "77301", claim="B1", day="not a day"), 0),  # it is of a course, though it cannot be judged
        (row("M1", "77427", claim="B1"), 1),
        (row("m1", "77427", claim="B1"), 1),
        (row("M1", "7742", claim="B1"), 0),  # it may be any service
        (row("M1", "99213", claim="A1", frequency="8"), 1),
        (row("M1", "99205", claim="B1", frequency="7"), 1),
    ],
)
def test_visits_are_kept_where_the_member_may_have_another_service(
    tmp_path: Path, more: str, kept_of_more: int, parts: int
) -> None:
    files = [write_csv(tmp_path / f"{n}.csv", *rows, header=HEADER) for n, rows in enumerate([VISIT_ALONE, [more]])]
    found = split_of(tmp_path / "out", *files, covered=COVERED, parts=parts)
    is_of_m1 = more.split(",")[2].upper() == "M1"
    assert found.counts.kept == kept_of_more + (2 if is_of_m1 else 0)
    assert found.counts.read == 4


def test_how_far_visits_that_are_passed_by_reach_counts_for_their_provider(tmp_path: Path) -> None:
    rows = [row("M1", "99205", day="2023-12-30"), row("M2", "77427", claim="B1"), row("M3", "99215", day="2024-06-01")]
    rows.append(row("M4", "99215", day="not a day"))
    claims = write_csv(tmp_path / "c.csv", *rows, header=HEADER)
    found = split_of(tmp_path / "out", claims, covered=COVERED)
    (window,) = rows_of(tmp_path / "out", "windows.parquet")
    assert (found.counts.kept, found.counts.other, found.counts.rejected) == (1, 3, 0)
    assert [str(window[day]) for day in ("first_service", "last_service")] == ["2023-12-30", "2024-06-01"]


def test_a_correction_of_another_code_that_cannot_be_judged_is_rejected_and_counted(tmp_path: Path) -> None:
    rows = [row("M1", "77427"), row("M1", "99213", day="not a day", frequency="8")]
    found = split_of(tmp_path / "out", write_csv(tmp_path / "c.csv", *rows, header=HEADER))
    assert (found.counts.kept, found.counts.rejected) == (1, 1)


@pytest.mark.parametrize(
    ("policies", "visits"), [((), True), (("imrt",), True), (("imrt_hospital",), False), (("ncci",), False)]
)
def test_codes_that_make_no_course_are_those_of_which_no_list_says_otherwise(
    policies: tuple[str, ...], visits: bool
) -> None:
    rulebooks = load_policies(policies)
    covered = covered_codes(rulebooks, known_codes(rulebooks), courses_rulebook(rulebooks))
    assert {"77427", "77301", "G6015"}.isdisjoint(covered.of_no_course)
    assert ("99205" in covered.of_no_course) == visits
    assert covered.of_no_course < covered.codes
