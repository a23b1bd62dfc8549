"""Texts and values that have dates: each service is judged by those in force on its day."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TypeVar

from isocenter.errors import BrokenRule
from isocenter.rulebook.policy import ALWAYS, Policy
from isocenter.rulebook.readings import READ_BY_CHARTS, READ_BY_COURSES, READ_BY_PLANS
from isocenter.rulebook.rule import Definition, Rule
from isocenter.terms.findings import Reading, SubjectKind

Query = TypeVar("Query", Rule, Definition)
Days = tuple[date, date]

# How a row of an answer finds its course, by the first of these columns that it has.
_COURSE_OF = {
    "course_id": "",
    "document_id": "inner join documents as dated on answer.{key} = dated.document_id",
    "plan_id": "inner join plans as dated on answer.{key} = dated.plan_id",
}
_SUBJECT_COLUMN = {
    SubjectKind.CLAIM_LINE: "claim_line_id",
    SubjectKind.COURSE: "course_id",
    SubjectKind.DOCUMENT: "document_id",
    SubjectKind.PLAN: "plan_id",
}


def only_in_force(definition: Definition, policy: Policy) -> Definition:
    """The definition with a query that keeps the rows in force: of a claim line by its day, else by the course's first.

    Days are those by which rules are in force, see review/sql/located_findings.sql. Raises BrokenRule where the rows
    of a dated definition belong to no line and no course.
    """
    days = (definition.valid_from, definition.valid_to)
    if days == ALWAYS:
        return definition
    key = _key(definition)
    if key is None:
        raise BrokenRule(
            f"{definition.path.name}: a definition with valid_from or valid_to answers claim_line_id, course_id,"
            " document_id or plan_id by name, so that the day of each row is known"
        )
    return replace(definition, query=_on_days(definition.query, *key, days, policy))


def by_dated_readings(query: Query, readings: Sequence[Reading], policy: Policy) -> Query:
    """The query answered for each time in which a reading that it reads without its days has another value.

    Raises BrokenRule where the rows of its answer belong to no line and no course.
    """
    dated = _dated_names(readings) & query.parts.readings
    if not dated or _reads_days(query.query):
        return query
    key = _key(query)
    if key is None:
        raise BrokenRule(
            f"{query.path.name}: reads {min(dated)}, which has a value for each time, and its rows belong to no line"
            " and no course; read it by readings.valid_from and readings.valid_to"
        )
    times = _times(reading for reading in readings if reading.name in dated)
    answers = [_on_days(_with_readings_of(query.query, first), *key, (first, last), policy) for first, last in times]
    return replace(query, query="union all\n".join(answers))


def refuse_dated_readings_of_the_engine(readings: Sequence[Reading]) -> None:
    """Raise BrokenRule for a dated reading that is read for all courses alike, outside of the rules."""
    for name in sorted(_dated_names(readings) & (READ_BY_COURSES | READ_BY_CHARTS | READ_BY_PLANS)):
        raise BrokenRule(f"readings.toml: {name} is read for all days alike; give it one value, without dates")


def _dated_names(readings: Sequence[Reading]) -> frozenset[str]:
    return frozenset(reading.name for reading in readings if reading.valid_from or reading.valid_to)


def _times(readings: Iterable[Reading]) -> list[Days]:
    """The days from first to last, cut wherever a reading begins or ends."""
    begins = {ALWAYS[0]}
    for reading in readings:
        begins |= {reading.valid_from} if reading.valid_from else set()
        begins |= {reading.valid_to + timedelta(days=1)} if reading.valid_to and reading.valid_to < ALWAYS[1] else set()
    ordered = sorted(begins)
    lasts = [day - timedelta(days=1) for day in ordered[1:]]
    return list(zip(ordered, [*lasts, ALWAYS[1]], strict=True))


def _reads_days(query: str) -> bool:
    """Whether a query itself holds readings against a day."""
    from sqlglot import exp  # noqa: PLC0415 - only a policy with dated readings is parsed for it

    from isocenter.rulebook.syntax import parse  # noqa: PLC0415

    columns = parse(query).find_all(exp.Column)
    return any(column.table == "readings" and column.name in ("valid_from", "valid_to") for column in columns)


def _with_readings_of(query: str, day: date) -> str:
    """The query with the values of one day in place of all."""
    from isocenter.rulebook.syntax import with_step  # noqa: PLC0415

    return with_step(
        query,
        "readings",
        f"select readings.* from readings where date '{day}' between readings.valid_from and readings.valid_to",
    )


def _key(query: Rule | Definition) -> tuple[str, str] | None:
    """What says where a row of the answer belongs: a kind of id, and the column that holds it."""
    if isinstance(query, Rule):
        kind = _SUBJECT_COLUMN.get(query.judges)
        return (kind, "subject_id") if kind else None
    answers = query.parts.answers
    return next(((name, name) for name in ("claim_line_id", *_COURSE_OF) if name in answers), None)


def _on_days(query: str, kind: str, key: str, days: Days, policy: Policy) -> str:
    in_force = f"between date '{days[0]}' and date '{days[1]}'"
    if kind == "claim_line_id":
        return (
            f"select answer.* from (\n{query}) as answer\n"
            f"inner join claim_lines as dated on answer.{key} = dated.claim_line_id\n"
            f"where dated.service_date {in_force}\n"
        )
    course = f"answer.{key}" if kind == "course_id" else "dated.course_id"
    return (
        f"select answer.* from (\n{query}) as answer\n{_COURSE_OF[kind].format(key=key)}\n"
        f"left join course_windows as dated_courses on {course} = dated_courses.course_id\n"
        f"where coalesce(greatest(dated_courses.first_service, date '{policy.valid_from}'),"
        f" date '{policy.valid_to}') {in_force}\n"
    )
