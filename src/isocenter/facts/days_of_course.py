"""From which day to which services of a course are supplied, and which documents are too far from them to be of it."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from isocenter.terms.claims import ClaimLine
from isocenter.terms.courses import Course
from isocenter.terms.plans import AcceptedDifference

DATES = "dates"  # the item by which a person accepts that a plan or a document is of another time

LONGEST_APART = timedelta(days=180)  # as for a plan: a course is prepared, given and recorded within it
_OF_ANY_TIME = frozenset({"attestation_statement", "signature_log"})  # they say who signs, not what was done
_WRITTEN_LATER = _OF_ANY_TIME | {"necessity_statement", "visit_note"}  # a letter of appeal, a follow-up visit


class DaysOfCourse(NamedTuple):
    """The first and the last day on which the course is known to have had a service."""

    first: date
    last: date


def days_of_course(course: Course, lines: Sequence[ClaimLine]) -> DaysOfCourse | None:
    """From which day to which services of the course are supplied; None where no claim line and no record says it."""
    billed = [line for line in lines if line.course_id == course.course_id]
    days = [day for line in billed for day in (line.service_date, line.last_service_date) if day is not None]
    days += [day for day in (course.first_delivery, course.last_delivery) if day is not None]
    return DaysOfCourse(min(days), max(days)) if days else None


def is_far_from(days: DaysOfCourse, kind: str, dated: date | None) -> bool:
    """Whether a document of this kind and date is of another course: half a year before this one, or after it.

    False where no date is stated. A letter, or who signs with which name, may be written at other times.
    """
    if dated is None:
        return False
    is_before = dated < days.first - LONGEST_APART and kind not in _OF_ANY_TIME
    return is_before or (dated > days.last + LONGEST_APART and kind not in _WRITTEN_LATER)


def why_dates_are_accepted(accepted: Sequence[AcceptedDifference]) -> str:
    """A person's reason why documents of another time are of the course; '' without one. One about a plan is none."""
    return next((one.reason for one in accepted if one.reason and one.item == DATES and not one.plan), "")
