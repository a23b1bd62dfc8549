"""Two courses of a member at once: a line whose claim names no tumor is asked about, by whichever road it is judged."""

from pathlib import Path

import pytest

from isocenter.intake.screened import read_screened_course
from isocenter.screening.run import screen
from isocenter.workflow import review_contents, review_each
from tests.screening.claims_files import rows_of
from tests.screening.screenings import settings_of
from tests.screening.two_tumors import asked, claims_of_two_tumors


@pytest.fixture(scope="module")
def screened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("at_once")
    screen(settings_of(folder / "out", claims_of_two_tumors(folder / "claims"), policies=("imrt",)))
    return folder / "out"


def test_a_second_level_of_the_day_and_units_beyond_the_fractions_are_asked_about(screened: Path) -> None:
    findings = rows_of(screened, "findings/*.parquet")
    of_the_week = {f"{claim}-{number}" for claim in ("E1", "L2") for number in range(1, 6)}
    expected = {("one_delivery_level_a_day", line) for line in of_the_week}
    expected.add(("one_management_unit_per_five_fractions", "P2-1"))
    assert asked(findings) == {(*one, "not_documented") for one in expected}
    assert not [one for one in findings if one["outcome"] == "not_met"]


def test_a_review_of_each_course_and_one_out_of_the_screening_ask_the_same(screened: Path) -> None:
    told = asked(rows_of(screened, "findings/*.parquet"))
    reviews = list(review_each(screened.parent / "claims"))
    assert {review.course.course_id for review in reviews} >= {"M1 from 2024-03-04", "M1 from 2024-03-06"}
    opened = [
        review_contents(
            read_screened_course(screened, review.course.course_id), ("imrt",), course_id=review.course.course_id
        )
        for review in reviews
    ]
    for some in (reviews, opened):
        found = [one for review in some for one in review.findings]
        assert not [one for one in found if one.outcome == "not_met"]
        assert {(one.rule, one.subject_id, str(one.outcome)) for one in found} >= told
