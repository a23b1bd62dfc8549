"""Services that make no course by themselves, such as visits, belong to the course that their provider was giving."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import NamedTuple

from isocenter.facts.courses import course_gap_sql
from isocenter.facts.stores import Store
from isocenter.terms.claims import ClaimLine
from isocenter.terms.problems import Problem, worded

_OF_NONE = (
    "{lines} kept but not judged: on its day the provider was giving the member no course, or several; state the"
    " course_id of a visit that is to be judged with a course"
)


class _Days(NamedTuple):
    first: date
    last: date


def place_visits(store: Store, codes: Collection[str]) -> list[Problem]:
    """Give lines of these codes that name no course the one course that they can be of, where there is one.

    That is a course of their member of which a line is on their claim or billed by their provider, from
    `course_gap_days` before its first service to its last. Lines of no such course, or of several, stay without; a
    sentence for each code says how many.
    """
    if not store.holds("claim_lines", "procedure_code", sorted(codes)):
        return []
    lines: list[ClaimLine] = store.rows("claim_lines")
    gap = timedelta(days=min(days for (days,) in store.answers("course_gap", course_gap_sql())))
    days = _days_of_courses(lines)
    courses_beside = _courses_beside(lines)
    of_none: Counter[str] = Counter()
    placed = []
    for line in lines:
        course = line.course_id
        if not course and line.procedure_code in codes:
            beside = {one for key in _keys(line) for one in courses_beside[key]}
            found = [one for one in beside if days[one].first - gap <= line.service_date <= days[one].last]
            course = found[0] if len(found) == 1 else ""
            of_none[line.procedure_code] += not course
        placed.append(line._replace(course_id=course))
    store.replace("claim_lines", placed)
    return [
        Problem("", f"procedure code {code}", worded(_OF_NONE, lines=f"{many} claim line{'s' if many > 1 else ''}"))
        for code, many in sorted((+of_none).items())
    ]


def _days_of_courses(lines: Iterable[ClaimLine]) -> dict[str, _Days]:
    days: dict[str, _Days] = {}
    for line in lines:
        if line.course_id:
            last = line.last_service_date or line.service_date
            known = days.get(line.course_id, _Days(line.service_date, last))
            days[line.course_id] = _Days(min(known.first, line.service_date), max(known.last, last))
    return days


def _courses_beside(lines: Iterable[ClaimLine]) -> dict[tuple[str, str, str], set[str]]:
    """The courses by member and claim, and by member and provider."""
    courses: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for line in lines:
        if line.course_id:
            for key in _keys(line):
                courses[key].add(line.course_id)
    return courses


def _keys(line: ClaimLine) -> list[tuple[str, str, str]]:
    keys = (("claim", line.claim_id), ("provider", line.billing_npi))
    return [(line.member_id, kind, number) for kind, number in keys if number]
