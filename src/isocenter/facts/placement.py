"""Puts rows where they belong: a case names its course once, and what is stated twice is reported together."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING

from isocenter.errors import UnknownName
from isocenter.facts.identity import member_key, with_members_apart
from isocenter.facts.schema import tables
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine, Diagnosis
from isocenter.terms.courses import Course, ImageGuidance, PriorIrradiation
from isocenter.terms.problems import Problem, Unread, worded
from isocenter.terms.tables import TABLE_OF, FactRow

if TYPE_CHECKING:
    from isocenter.facts.stores import Store

_CATEGORY_LENGTH = 3
_COURSES_NAMED = 8


def fill_in_course_and_member(rows: Iterable[FactRow]) -> list[FactRow]:
    """Rows without a course or member get those of the case's only course.

    Claim lines of another member keep their own name and stay without a course, so that the mix is seen. Of a case
    of several courses, a claim line belongs to the one course of its member that has the tumor of its claim.
    """
    rows = with_members_apart(rows)
    courses = [row for row in rows if isinstance(row, Course)]
    if len(courses) > 1:
        return _placed_by_tumor(rows, {course.course_id: course.member_id for course in courses})
    if not courses:
        return rows
    (course,) = courses
    return [_filled(row, course) for row in rows]


def _placed_by_tumor(rows: list[FactRow], member_of: dict[str, str]) -> list[FactRow]:
    """Claim lines that name no course get the one whose diagnoses hold the category of their first tumor."""
    courses_of: dict[tuple[str, str], set[str]] = defaultdict(set)
    diagnoses_of: dict[tuple[str, str], dict[int, str]] = defaultdict(dict)
    for row in rows:
        if isinstance(row, Diagnosis) and row.course_id in member_of:
            courses_of[member_of[row.course_id], row.icd10[:_CATEGORY_LENGTH]].add(row.course_id)
        elif isinstance(row, ClaimDiagnosis):
            diagnoses_of[row.member_id, row.claim_id].setdefault(row.position, row.icd10)
    placed: list[FactRow] = []
    for row in rows:
        if isinstance(row, ClaimLine) and not row.course_id:
            codes = _diagnoses_in_order(row, diagnoses_of.get((row.member_id, row.claim_id), {}))
            tumor = next((code[:_CATEGORY_LENGTH] for code in codes if "C00" <= code < "D5"), "")
            found = courses_of.get((row.member_id, tumor), set())
            placed.append(row._replace(course_id=next(iter(found))) if len(found) == 1 else row)
        else:
            placed.append(row)
    return placed


def _diagnoses_in_order(line: ClaimLine, diagnoses: dict[int, str]) -> Iterator[str]:
    """The diagnoses that the line points to, in its order; those of its claim where it points to none."""
    pointers = (
        line.diagnosis_pointer_1,
        line.diagnosis_pointer_2,
        line.diagnosis_pointer_3,
        line.diagnosis_pointer_4,
    )
    pointed = [position for position in pointers if position is not None]
    return (diagnoses[position] for position in pointed or sorted(diagnoses) if position in diagnoses)


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


def place_in_courses(store: "Store", given: Iterable[FactRow]) -> list[Problem]:
    """Give rows that name no course the only one that is supplied, once the claims have made theirs.

    A sentence says for each table how many of the rows `given` name no course where there are several, and how many
    name one that is not supplied. Claim lines find their course themselves; those that name a course of another member
    leave open whose they are.
    """
    courses = store.rows("courses")
    if not courses:
        return []
    names = {course.course_id for course in courses}
    unplaced: Counter[str] = Counter()
    astray: Counter[tuple[str, str]] = Counter()
    for row in given:
        if isinstance(row, ClaimLine):
            continue
        course_id = row.member_id if isinstance(row, PriorIrradiation) else getattr(row, "course_id", None)
        unplaced[TABLE_OF[type(row)]] += course_id == ""
        if course_id and course_id not in names and not isinstance(row, PriorIrradiation):
            astray[TABLE_OF[type(row)], course_id] += 1
    problems = []
    for table in sorted(+unplaced):
        if len(courses) == 1:
            problems += store.replace(table, [_filled(row, courses[0]) for row in store.rows(table)])
        else:
            sentence = (
                f"rows that name no course: {unplaced[table]}; the claims hold {len(courses):,} courses, so they are of"
                " none; state the course of each by its course_id, of earlier treatment by member_id"
            )
            problems.append(Problem("", table, sentence))
    problems += _lines_of_other_members(store.rows("claim_lines"), courses)
    known = f"{', '.join(sorted(names)[:_COURSES_NAMED])}{' and others' if len(names) > _COURSES_NAMED else ''}"
    for (table, course_id), rows in sorted(astray.items()):
        sentence = (
            f"rows of course {course_id!r}: {rows}; that course was not supplied, so they were not used; known: {known}"
        )
        problems.append(Problem("", table, sentence))
    return problems


def _lines_of_other_members(lines: Iterable[ClaimLine], courses: Iterable[Course]) -> list[Problem]:
    """A problem for each other member whose lines name the course of a member."""
    member_of = {course.course_id: course.member_id for course in courses}
    others = Counter(
        (line.course_id, line.member_id)
        for line in lines
        if line.member_id and member_of.get(line.course_id) and line.member_id != member_of[line.course_id]
    )
    form = (
        "claim lines of member {member!r} in course {course}: {lines}; the course is of member {owner!r}, so whose they"
        " are is not known; correct the member or the course"
    )
    return [
        Unread("", "claim_lines", worded(form, member=member, course=course, lines=count, owner=member_of[course]))
        for (course, member), count in sorted(others.items())
    ]


def expect_line_of_business(name: str) -> None:
    """UnknownName where a name is none of the lines of business; '' is allowed."""
    allowed = next(column.allowed for column in tables()["courses"].columns if column.name == "line_of_business")
    if name and name not in allowed:
        raise UnknownName(f"no line of business {name!r}; known are {', '.join(allowed)}")


def with_line_of_business(rows: Iterable[FactRow], name: str) -> list[FactRow]:
    """The rows with a line of business where claim lines and courses state none.

    Lines of a member of whom a course states its own are of that one.
    """
    rows = list(rows)
    if not name:
        return rows
    stated = {member_key(row.member_id) for row in rows if isinstance(row, Course) and row.line_of_business}
    return [
        row._replace(line_of_business=name)
        if isinstance(row, Course | ClaimLine)
        and not row.line_of_business
        and (isinstance(row, Course) or member_key(row.member_id) not in stated)
        else row
        for row in rows
    ]


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
