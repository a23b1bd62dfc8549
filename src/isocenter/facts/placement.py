"""Puts rows where they belong: a case names its course once, and what is stated twice is reported together."""

from collections.abc import Iterable
from datetime import date

from isocenter.facts.identity import with_members_apart
from isocenter.terms.claims import ClaimLine
from isocenter.terms.courses import Course, ImageGuidance, PriorIrradiation
from isocenter.terms.tables import FactRow


def fill_in_course_and_member(rows: Iterable[FactRow]) -> list[FactRow]:
    """Rows without a course or member get those of the case's only course.

    Claim lines of another member keep their own name and stay without a course, so that the mix is seen.
    """
    rows = with_members_apart(rows)
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


def complete_set_ups(charted: Iterable[ImageGuidance], recorded: Iterable[ImageGuidance]) -> list[ImageGuidance]:
    """The guided set-ups of the chart with what treatment records hold of their day, then those of other days.

    The chart says who reviewed a day's set-up, the record how far it was off: the largest shift of the day.
    """
    largest: dict[tuple[str, date], ImageGuidance] = {}
    recorded = list(recorded)
    for row in recorded:
        day = (row.course_id, row.guided_on)
        if day not in largest or (row.shift_mm or 0.0) > (largest[day].shift_mm or 0.0):
            largest[day] = row
    completed = [_completed(row, largest.get((row.course_id, row.guided_on))) for row in charted]
    days = {(row.course_id, row.guided_on) for row in completed}
    return completed + [row for row in recorded if (row.course_id, row.guided_on) not in days]


def _completed(charted: ImageGuidance, recorded: ImageGuidance | None) -> ImageGuidance:
    if recorded is None:
        return charted
    return ImageGuidance._make(
        stated if stated not in (None, "") else filled for stated, filled in zip(charted, recorded, strict=True)
    )
