"""Puts rows where they belong: a case with one course need not name it in every row."""

from collections.abc import Iterable

from isocenter.terms.claims import ClaimLine
from isocenter.terms.courses import Course, PriorIrradiation
from isocenter.terms.tables import FactRow


def fill_in_course_and_member(rows: Iterable[FactRow]) -> list[FactRow]:
    """Rows without a course or member get those of the case's only course.

    Claim lines of another member keep their own name and stay without a course, so that the mix is seen.
    """
    rows = list(rows)
    courses = [row for row in rows if isinstance(row, Course)]
    if len(courses) != 1:
        return rows
    (course,) = courses
    return [_filled(row, course) for row in rows]


def _filled(row: FactRow, course: Course) -> FactRow:
    if isinstance(row, ClaimLine):
        if row.member_id not in ("", course.member_id) or row.course_id not in ("", course.course_id):
            return row
        return row._replace(course_id=course.course_id, member_id=course.member_id)
    if isinstance(row, PriorIrradiation):
        return row._replace(member_id=row.member_id or course.member_id)
    if getattr(row, "course_id", None) == "":
        return row._replace(course_id=course.course_id)  # type: ignore[call-arg]
    return row
