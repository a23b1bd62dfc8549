"""The days of a course: fractions where they are recorded, else the services that deliver while their codes hold."""

from datetime import date
from typing import Any

from isocenter.review.delivery_days import delivered_on
from isocenter.rulebook.rulebook import load_policy
from isocenter.terms.courses import Course
from tests.builders import store_of

COURSE = Course("C1", "M1")


def line(day: str, code: str, course: str = "C1") -> dict[str, Any]:
    key = f"{day} {code} {course}"
    return {
        "claim_line_id": key, "course_id": course, "member_id": "M1", "service_date": day, "procedure_code": code,
    }  # fmt: skip


def days(**tables: list[dict[str, Any]]) -> list[date]:
    return delivered_on(store_of(tables), COURSE, [load_policy("imrt")])


def test_lines_of_delivery_give_the_days_and_planning_and_other_courses_none() -> None:
    lines = [
        line("2024-03-04", "77301"),
        line("2024-03-18", "G6015"),
        line("2024-03-19", "G6015"),
        line("2024-03-19", "77412"),
        line("2023-02-01", "G6015", "C0"),
        line("2014-03-01", "G6015"),  # before the code was there
    ]
    assert days(claim_lines=lines) == [date(2024, 3, 18), date(2024, 3, 19)]


def test_recorded_fractions_go_first() -> None:
    fractions = [{"course_id": "C1", "fraction_number": 1, "delivered_on": "2024-03-20"}]
    assert days(claim_lines=[line("2024-03-18", "G6015")], fractions=fractions) == [date(2024, 3, 20)]


def test_without_either_no_day_is_known() -> None:
    assert days(claim_lines=[line("2024-03-04", "77301")]) == []
