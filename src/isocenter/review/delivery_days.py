"""The days on which a course was delivered: by its fractions, else by the claim lines of services that deliver."""

from collections.abc import Sequence
from datetime import date

from isocenter.facts.stores import Store
from isocenter.review.policy_tables import courses_rulebook
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.courses import Course


def delivered_on(store: Store, course: Course, rulebooks: Sequence[Rulebook]) -> list[date]:
    """Every day of a delivery, ascending; of claim lines those whose code is one of the policies' delivery lists."""
    days = {row.delivered_on for row in store.rows("fractions") if row.course_id == course.course_id}
    if days:
        return sorted(days)
    book = courses_rulebook(rulebooks)
    delivers = [code for code in book.codes if code.code_list in book.policy.course_roles.delivers]
    valid: dict[str, list[tuple[date, date]]] = {}
    for code in delivers:
        valid.setdefault(code.code, []).append((code.valid_from, code.valid_to))
    own = (course.course_id, "")
    return sorted(
        {
            line.service_date
            for line in store.rows("claim_lines")
            if line.course_id in own and line.member_id in (course.member_id, "")
            if any(first <= line.service_date <= last for first, last in valid.get(line.procedure_code, ()))
        }
    )
