"""A service billed again on one claim is asked about, unless something says that it was given again."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from isocenter.review.reviewer import Reviewer
from isocenter.workflow import review_case

_HEADER = (
    "claim_id,line_number,member_id,service_date,procedure_code,modifier_1,modifier_2,units,setting,billing_npi,"
    "line_of_business"
)
_PLAN = ("2025-03-03", "77301", "", "", 1)


@pytest.fixture(scope="module")
def reviewer() -> Reviewer:
    return Reviewer(["imrt"])


def _asked(folder: Path, reviewer: Reviewer, services: Sequence[tuple[str, str, str, str, int]]) -> dict[str, str]:
    """The lines, by their number, that the rule of duplicates does not find right, with its outcome."""
    lines = [
        f"A1,{number},M1,{day},{code},{first},{second},{units},professional,1234567893,medicare"
        for number, (day, code, first, second, units) in enumerate((_PLAN, *services), start=1)
    ]
    file = folder / "claim_lines.csv"
    file.write_text("\n".join([_HEADER, *lines, ""]), encoding="utf-8")
    return {
        finding.subject_id.rpartition("-")[2]: finding.outcome
        for finding in review_case(file, reviewer).findings
        if finding.rule == "no_duplicate_line" and finding.outcome != "met"
    }


@pytest.mark.parametrize("code", ["77263", "77290", "77301", "77338", "77370", "77470", "G6015", "77014"])
def test_the_same_service_twice_on_one_claim_and_day_is_asked_about(
    tmp_path: Path, reviewer: Reviewer, code: str
) -> None:
    line = ("2025-03-10", code, "", "", 1)
    assert _asked(tmp_path, reviewer, [line, line]) == {"3": "not_documented"}


def test_modifiers_that_do_not_say_why_do_not_tell_two_lines_apart(tmp_path: Path, reviewer: Reviewer) -> None:
    lines = [("2025-03-10", "77290", "26", "GC", 1), ("2025-03-10", "77290", "GC", "26", 1)]
    assert _asked(tmp_path, reviewer, lines) == {"3": "not_documented"}


@pytest.mark.parametrize("modifier", ["59", "76", "77", "XE", "XP", "XS", "XU"])
def test_a_second_session_of_the_day_that_a_modifier_names_is_right(
    tmp_path: Path, reviewer: Reviewer, modifier: str
) -> None:
    lines = [("2025-03-10", "G6015", "", "", 1), ("2025-03-10", "G6015", modifier, "", 1)]
    assert _asked(tmp_path, reviewer, [*lines, lines[1]]) == {}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("2025-03-10", "77290", "", "", 1), ("2025-03-11", "77290", "", "", 1)),  # another day
        (("2025-03-10", "77290", "26", "", 1), ("2025-03-10", "77290", "TC", "", 1)),  # its two parts
        (("2025-03-10", "77334", "", "", 1), ("2025-03-10", "77334", "", "", 1)),  # counted by the device
        (("2025-03-10", "77300", "", "", 2), ("2025-03-10", "77300", "", "", 2)),  # counted by the calculation
    ],
)
def test_lines_that_are_not_one_service_are_not_asked_about(
    tmp_path: Path,
    reviewer: Reviewer,
    one: tuple[str, str, str, str, int],
    other: tuple[str, str, str, str, int],
) -> None:
    assert _asked(tmp_path, reviewer, [one, other]) == {}
