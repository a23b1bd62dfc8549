"""Documents that were given as those of a course and are dated long before or after it."""

from collections.abc import Sequence

from isocenter.facts.days_of_course import days_of_course, is_far_from, why_dates_are_accepted
from isocenter.facts.stores import Store
from isocenter.terms.courses import Course
from isocenter.terms.plans import AcceptedDifference
from isocenter.terms.problems import Problem


def documents_of_other_times(store: Store, course: Course, accepted: Sequence[AcceptedDifference]) -> list[Problem]:
    """A sentence for each document that was given as one of the course and is dated half a year before or after it."""
    days = days_of_course(course, store.rows("claim_lines"))
    if days is None or why_dates_are_accepted(accepted):
        return []
    return [
        Problem(
            "",
            f"document {row.document_id}",
            f"it is dated {row.document_date}, and the services of this course are from {days.first} to"
            f" {days.last}; make sure that it is of this course",
        )
        for row in store.rows("documents")
        if row.course_id == course.course_id and is_far_from(days, row.kind, row.document_date)
    ]
