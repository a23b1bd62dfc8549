"""A case may name several courses; a claim that names none belongs to the one that has its tumor."""

from datetime import date

import pytest

from isocenter.facts.placement import fill_in_course_and_member
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine, Diagnosis
from isocenter.terms.courses import Course

COURSES = [
    Course("PROSTATE", "M1"),
    Course("LUNG", "M1"),
    Course("OTHER", "M2"),
    Diagnosis("PROSTATE", "C61", 1),
    Diagnosis("LUNG", "C34.11", 1),
    Diagnosis("OTHER", "C34.12", 1),
]


def line(pointer: int | None = None, course: str = "") -> ClaimLine:
    return ClaimLine("A-1", "A", 1, course, "M1", date(2024, 1, 22), "77373", 1, diagnosis_pointer_1=pointer)


@pytest.mark.parametrize(
    ("billed", "pointer", "course"),
    [
        (["C34.91"], None, "LUNG"),
        (["Z51.0", "C61"], None, "PROSTATE"),
        (["C61", "C34.11"], 2, "LUNG"),
        (["C61", "C34.11"], None, "PROSTATE"),
        (["C50.912"], None, ""),
        (["Z51.0"], None, ""),
        ([], None, ""),
        (["C61"], 3, ""),
    ],
)
def test_a_claim_belongs_to_the_course_of_its_first_tumor(billed: list[str], pointer: int | None, course: str) -> None:
    diagnoses = [ClaimDiagnosis("A", code, position, "M1") for position, code in enumerate(billed, start=1)]
    rows = fill_in_course_and_member([*COURSES, line(pointer), *diagnoses])
    assert [row.course_id for row in rows if isinstance(row, ClaimLine)] == [course]


def test_two_courses_of_one_tumor_leave_a_claim_to_its_days() -> None:
    again = [Course("LUNG AGAIN", "M1"), Diagnosis("LUNG AGAIN", "C34.31", 1)]
    rows = fill_in_course_and_member([*COURSES, *again, line(), ClaimDiagnosis("A", "C34.11", 1, "M1")])
    assert [row.course_id for row in rows if isinstance(row, ClaimLine)] == [""]


def test_the_course_that_a_line_names_stays() -> None:
    rows = fill_in_course_and_member([*COURSES, line(course="PROSTATE"), ClaimDiagnosis("A", "C34.11", 1, "M1")])
    assert [row.course_id for row in rows if isinstance(row, ClaimLine)] == ["PROSTATE"]
