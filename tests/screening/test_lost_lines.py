"""A claim line that cannot be read holds the courses of its member in a screening, and of no other member."""

from pathlib import Path
from typing import Any

import pytest

from isocenter.intake.screened import read_screened_course
from isocenter.screening.run import screen
from isocenter.terms.findings import ALL_WAS_READ, CourseRecommendation
from isocenter.workflow import review_contents, review_each
from tests.screening.claims_files import rows_of
from tests.screening.screenings import settings_of

_HEADER = "claim_id,line_number,member_id,service_date,procedure_code,units,setting,billing_npi,line_of_business"
_COURSE = ["77263 03", "77301 05", *(f"G6015 {day}" for day in (10, 11, 12, 13, 14)), "77427 14"]
_POLICIES = ["imrt"]


def _claims(folder: Path, **unread: str) -> Path:
    """Clean courses of as many members as are named, each with one further row as given."""
    rows = [_HEADER]
    for member, further in unread.items():
        services = [service.split() for service in _COURSE]
        rows += [
            f"A-{member},{number},{member},2025-03-{day},{code},1,professional,1234567893,medicare"
            for number, (code, day) in enumerate(services, start=1)
        ]
        rows += [further] if further else []
    folder.mkdir()
    (folder / "claims.csv").write_text("\n".join([*rows, ""]), encoding="utf-8")
    return folder / "claims.csv"


def _row(member: str, code: str, units: str = "0") -> str:
    return f"B-{member},1,{member},2025-03-11,{code},{units},professional,1234567893,medicare"


@pytest.fixture(scope="module")
def screened(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("lost")
    file = _claims(folder / "in", M1="", M2=_row("m2", "G6015"), M3=_row("M3", "80053"), M4=_row("M4", "7730"))
    screen(settings_of(folder / "out", file, policies=("imrt",)))
    return file, folder / "out"


def _held(out: Path) -> dict[str, Any]:
    found = (row for row in rows_of(out, "courses/*.parquet") if row["recommendation"] == "human_review")
    return {row["member_id"]: row for row in found}


def test_lines_of_covered_and_of_unreadable_codes_hold_their_member_and_no_other(screened: tuple[Path, Path]) -> None:
    _, out = screened
    assert set(_held(out)) == {"M2", "M4"}
    lines = rows_of(out, "lines/*.parquet")
    assert {row["recommendation"] for row in lines if row["member_id"] in ("M2", "M4")} == {"review"}
    assert "pay" in {row["recommendation"] for row in lines if row["member_id"] == "M3"}


def test_the_finding_names_file_and_place_and_stakes_what_is_held(screened: tuple[Path, Path]) -> None:
    _, out = screened
    found = [row for row in rows_of(out, "findings/*.parquet") if row["rule"] == ALL_WAS_READ]
    assert [(row["subject_kind"], row["consequence"]) for row in found] == [("course", "review")] * 2
    assert all("(claims.csv, " in row["because"] for row in found)


def test_reviews_of_the_same_claims_hold_the_same_courses(screened: tuple[Path, Path]) -> None:
    file, out = screened
    reviews = list(review_each(file, _POLICIES))
    held = {one.course.member_id for one in reviews if one.recommendation is CourseRecommendation.HUMAN_REVIEW}
    assert held == set(_held(out))


def test_a_course_reviewed_out_of_the_screening_is_held_as_in_it(screened: tuple[Path, Path]) -> None:
    _, out = screened
    for row in rows_of(out, "courses/*.parquet"):
        review = review_contents(read_screened_course(out, row["course_id"]), _POLICIES, course_id=row["course_id"])
        is_held = review.recommendation is CourseRecommendation.HUMAN_REVIEW
        assert is_held == (row["recommendation"] == "human_review"), row["member_id"]


def test_a_line_that_names_no_member_is_held_against_the_only_one(tmp_path: Path) -> None:
    nameless = ",1,,2025-03-11,G6015,1,professional,1234567893,medicare"
    for name, members in (("one", {"M1": nameless}), ("two", {"M1": nameless, "M2": ""})):
        file = _claims(tmp_path / name, **members)
        screen(settings_of(tmp_path / f"{name}-out", file, policies=("imrt",)))
        assert bool(_held(tmp_path / f"{name}-out")) == (len(members) == 1)
        reviewed = {one.recommendation for one in review_each(file, _POLICIES)}
        assert (CourseRecommendation.HUMAN_REVIEW in reviewed) == (len(members) == 1)
