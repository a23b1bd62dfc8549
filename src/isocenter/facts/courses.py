"""Which course each claim line belongs to, where the case does not say it."""

from functools import cache
from importlib.resources import files

from isocenter.errors import BrokenRule
from isocenter.facts.store import FactStore
from isocenter.terms.problems import Problem

_LONGEST_MONTH_DAYS = 31
STEPS_TO_SUPERSEDED = ("corrections", "superseded_claims")
STEPS_TO_COURSES = ("tumors", "claim_tumors", "pointed_tumors", "course_months")


def drop_superseded_claims(store: FactStore) -> list[Problem]:
    """Leave out the lines of claims that a later claim voids or replaces, and voids themselves; say which.

    Also says which claims are corrected that are not at hand.
    """
    if not store.holds("claim_lines", "claim_frequency in ('7', '8')"):
        return []
    superseded = store.connection.execute(
        f"""
        select claim_lines.claim_id, superseded.reason, count(*)
        from ({superseded_sql()}) as superseded
        inner join claim_lines on superseded.claim_line_id = claim_lines.claim_line_id
        group by claim_lines.claim_id, superseded.reason
        order by all
        """
    ).fetchall()
    missing = store.connection.execute(f"select * from ({originals_not_at_hand_sql()}) order by all").fetchall()
    if superseded:
        store.connection.execute(
            f"delete from claim_lines where claim_line_id in (select claim_line_id from ({superseded_sql()}))"
        )
    return [
        Problem("", f"claim {claim}", f"{reason}; {lines} of its lines were left out")
        for claim, reason, lines in superseded
    ] + [Problem("", f"claim {claim}", sentence) for claim, sentence in missing]


def derive_courses(store: FactStore) -> None:
    """Give every claim line without a course the one it belongs to, and make the courses that are missing.

    Reads the tables codes, readings and icd10_sites of the policy; lines of codes that no policy knows stay
    without. Raises BrokenRule where the reading `course_gap_days` is under 31.
    """
    days = store.connection.execute("select number from readings where name = 'course_gap_days'").fetchone()
    if days:
        check_course_gap(days[0])
    if not store.holds("claim_lines", "course_id = ''"):
        add_courses_of_lines(store)
        return
    # Filled rather than made anew: a change of the catalog would undo what is prepared.
    store.connection.execute(
        f"""
        create table if not exists main.line_courses (claim_line_id varchar, course_id varchar);
        delete from main.line_courses;
        insert into main.line_courses select claim_line_id, course_id_found from ({courses_sql()}) where course_id = ''
        """
    )
    store.connection.execute(
        """
        update claim_lines set course_id = line_courses.course_id
        from line_courses
        where claim_lines.claim_line_id = line_courses.claim_line_id
        """
    )
    add_courses_of_lines(store)


def check_course_gap(days: float | str | None) -> None:
    """Raise BrokenRule where the reading `course_gap_days` is no number of days from 31."""
    if not isinstance(days, int | float) or not days >= _LONGEST_MONTH_DAYS:
        raise BrokenRule(f"course_gap_days is {days}; expected at least {_LONGEST_MONTH_DAYS} days")


def add_courses_of_lines(store: FactStore) -> None:
    """Make a course of each one that claim lines name and the table of courses lacks."""
    store.run("add_courses_of_lines", f"insert into main.courses {courses_of_lines_sql()}")
    store.supply("courses")


def take_diagnoses_from_claims(store: FactStore) -> None:
    """Diagnoses of claims become diagnoses of the courses that their lines belong to."""
    if "claim_diagnoses" in store.supplied:
        store.connection.execute(f"insert into diagnoses {diagnoses_of_claims_sql()}")
        store.supply("diagnoses")


def lay_out_days(store: FactStore) -> None:
    """Say which days lines of several days cover, and what of each course may lie outside the claims at hand.

    Reads the readings of the policy in use.
    """
    for table, query in (("service_days", service_days_sql()), ("course_windows", course_windows_sql())):
        store.run(f"lay_out_{table}", f"insert into main.{table} {query}")
        store.supply(table)


def service_days_sql() -> str:
    """The query for the days that lines of several days cover."""
    return _sql("service_days")


def course_windows_sql() -> str:
    """The query for what of each course may lie outside the claims at hand."""
    return _sql("course_windows")


def courses_sql() -> str:
    """The query that gives each claim line its course."""
    steps = ", ".join(f"{step} as ({step_sql(step)})" for step in STEPS_TO_COURSES)
    return f"with {steps} select * from ({step_sql('courses')}) as courses"


def step_sql(step: str) -> str:
    """The query of one of the steps to courses or superseded lines; it reads the steps before it by their names."""
    return _sql(step)


def superseded_sql() -> str:
    """The query for the claim lines that do not stand, each with the reason."""
    steps = ", ".join(f"{step} as ({step_sql(step)})" for step in STEPS_TO_SUPERSEDED)
    return f"with {steps} select * from ({step_sql('superseded')}) as superseded"


def originals_not_at_hand_sql(corrections: str = "") -> str:
    """The query for claims that replace or void one that is not at hand, each with the sentence that says so.

    `corrections` is a table with the answers of that step, where they were kept.
    """
    relation = corrections or f"({_sql('corrections')})"
    return (
        "select claim_id, concat('it ', case when claim_frequency = '8' then 'voids' else 'replaces' end, ' claim ',"
        " original_number, ', which is not among the claims at hand') as sentence"
        f" from {relation} as corrections where original_key is null"
    )


def courses_of_lines_sql() -> str:
    """The query for the courses that claim lines name and the table of courses lacks."""
    return _sql("courses_of_lines")


def diagnoses_of_claims_sql() -> str:
    """The query for the diagnoses that courses take from their claims."""
    return _sql("diagnoses_of_claims")


@cache
def _sql(name: str) -> str:
    return (files("isocenter.facts") / f"{name}.sql").read_text(encoding="utf-8")
