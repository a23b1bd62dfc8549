"""Which course each claim line belongs to, where the case does not say it."""

from functools import cache
from importlib.resources import files

from isocenter.errors import BrokenRule
from isocenter.facts.stores import Store
from isocenter.terms.problems import Problem, Sentence, worded

_LONGEST_MONTH_DAYS = 31
STEPS_TO_SUPERSEDED = ("corrections", "copies_for_other_payers", "superseded_claims")
_CORRECTING = ("7", "8")
_BESIDE_MEDICARE = ("medicaid", "commercial", "other")
# Whether a supplied claim may correct another one or be a copy for another payer: without it the steps find nothing.
MAY_BE_SUPERSEDED_SQL = f"""
    select 1
    from (
        select
            max(case when claim_frequency in {_CORRECTING} then 1 else 0 end) as correct,
            max(case when line_of_business = 'medicare' then 1 else 0 end) as to_medicare,
            max(case when line_of_business in {_BESIDE_MEDICARE} then 1 else 0 end) as to_others
        from claim_lines
    ) as lines
    where lines.correct = 1 or (lines.to_medicare = 1 and lines.to_others = 1)
"""
STEPS_TO_COURSES = ("tumors", "claim_tumors", "pointed_tumors", "course_months")


def drop_superseded_claims(store: Store) -> list[Problem]:
    """Leave out claims that a later one voids or replaces, voids, and copies for another payer; say which.

    Also says which claims are corrected that were not supplied. Reads the table covered_codes of the policies.
    """
    if not _may_be_superseded(store):
        return []
    superseded = sorted(store.answers("superseded", superseded_by_claim_sql()))
    missing = sorted(store.answers("originals_not_at_hand", originals_not_at_hand_sql()))
    if superseded:
        store.drop_lines(superseded_sql())
    return [
        Problem(
            "",
            f"claim {claim}",
            worded("{reason}; {lines} of its lines were left out", reason=Sentence(reason, kind), lines=lines),
        )
        for claim, reason, kind, lines in superseded
    ] + [Problem("", f"claim {claim}", Sentence(sentence, kind)) for claim, sentence, kind in missing]


def _may_be_superseded(store: Store) -> bool:
    return store.holds("claim_lines", "claim_frequency", _CORRECTING) or all(
        store.holds("claim_lines", "line_of_business", payers) for payers in (("medicare",), _BESIDE_MEDICARE)
    )


def claims_without_their_original(store: Store) -> set[str]:
    """The claims that replace or void one that was not supplied."""
    if not store.holds("claim_lines", "claim_frequency", _CORRECTING):
        return set()
    return {claim for claim, *_ in store.answers("originals_not_at_hand", originals_not_at_hand_sql())}


def derive_courses(store: Store) -> None:
    """Give every claim line without a course the one it belongs to, and make the courses that are missing.

    Reads the tables codes, readings and icd10_sites of the policy; lines of codes that no policy knows stay
    without. Raises BrokenRule where the reading `course_gap_days` is under 31.
    """
    for (days,) in store.answers("course_gap", course_gap_sql()):
        check_course_gap(days)
    if store.holds("claim_lines", "course_id", ("",)):
        store.fill("possible_courses", possible_courses_sql())
        store.place_lines(courses_sql())
    add_courses_of_lines(store)


def check_course_gap(days: float | str | None) -> None:
    """Raise BrokenRule where the reading `course_gap_days` is no number of days from 31."""
    if not isinstance(days, int | float) or not days >= _LONGEST_MONTH_DAYS:
        raise BrokenRule(f"course_gap_days is {days}; expected at least {_LONGEST_MONTH_DAYS} days")


def add_courses_of_lines(store: Store) -> None:
    """Make a course of each one that claim lines name and the table of courses lacks."""
    store.fill("courses", courses_of_lines_sql())


def take_diagnoses_from_claims(store: Store) -> None:
    """Diagnoses of claims become diagnoses of the courses that their lines belong to."""
    if "claim_diagnoses" in store.supplied:
        store.fill("diagnoses", diagnoses_of_claims_sql())


def lay_out_days(store: Store) -> None:
    """Say which days lines of several days cover, and what of each course may lie outside the claims supplied.

    Reads the readings of the policy in use.
    """
    store.fill("service_days", service_days_sql())
    store.fill("course_windows", course_windows_sql())


def course_gap_sql() -> str:
    """The query for the reading of the days of silence that end a course."""
    return "select readings.number from readings where readings.name = 'course_gap_days'"


def service_days_sql() -> str:
    """The query for the days that lines of several days cover."""
    return _sql("service_days")


def course_windows_sql() -> str:
    """The query for what of each course may lie outside the claims supplied."""
    return _sql("course_windows")


def courses_sql() -> str:
    """The query that gives each claim line its course."""
    return _after_steps("courses")


def possible_courses_sql() -> str:
    """The query that gives claim lines the other courses that they may belong to; asked before lines are placed."""
    return _after_steps("possible_courses")


def _after_steps(last: str) -> str:
    steps = ", ".join(f"{step} as ({step_sql(step)})" for step in STEPS_TO_COURSES)
    return f"with {steps} select * from ({step_sql(last)}) as {last}"


def step_sql(step: str) -> str:
    """The query of one of the steps to courses or superseded lines; it reads the steps before it by their names."""
    return _sql(step)


def superseded_sql() -> str:
    """The query for the claim lines that no longer count, each with the reason."""
    steps = ", ".join(f"{step} as ({step_sql(step)})" for step in STEPS_TO_SUPERSEDED)
    return f"with {steps} select * from ({step_sql('superseded')}) as superseded"


def superseded_by_claim_sql() -> str:
    """The query for the claims of which lines no longer count, each with the reason and how many lines."""
    return (
        "select claim_lines.claim_id, superseded.reason, superseded.kind, count(*) as lines"
        f" from ({superseded_sql()}) as superseded"
        " inner join claim_lines on superseded.claim_line_id = claim_lines.claim_line_id"
        " group by claim_lines.claim_id, superseded.reason, superseded.kind"
    )


def originals_not_at_hand_sql(corrections: str = "") -> str:
    """The query for claims that replace or void one that was not supplied, each with the sentence that says so.

    `corrections` is a table with the answers of that step, where they were kept.
    """
    relation = corrections or f"({_sql('corrections')})"
    does = "case when claim_frequency = '8' then 'it voids' else 'it replaces' end"
    named = _unmatched_sql("concat('claim ', original_number)")
    unnamed = _unmatched_sql("'another claim'")
    return (
        f"select claim_id, concat({does}, {named}) as sentence, concat({does}, {unnamed}) as kind"
        f" from {relation} as corrections where original_key is null"
    )


def _unmatched_sql(named: str) -> str:
    """What is wrong with a correction that ends no supplied claim, as text in SQL; `named` is the claim it names."""
    other_days = "a claim of its number, and the supplied ones are for other days; name it by the payer''s number"
    not_named = "another claim without naming it, and no supplied claim has its number"
    elsewhere = "".join(
        f" when 'other_{what}' then concat(' ', {named}, ', which was supplied from another {what}, so it was not"
        f" ended; correct the number or the {what}')"
        f" when 'number_of_other_{what}' then ' another claim without naming it, and the claim with its number is"
        f" from another {what}, so that was not ended; name the original by the payer''s number'"
        for what in ("provider", "setting", "payer")
    )
    return (
        f"case unmatched when 'other_days' then ' {other_days}' when 'not_named' then ' {not_named}'{elsewhere}"
        f" else concat(' ', {named}, ', which is not among the claims that are judged') end"
    )


def incomplete_codes_sql() -> str:
    """The query for codes of diagnoses of claims that begin as those of tumors and are not complete.

    One row for each claim and code; reads icd10_sites of the policy in use.
    """
    return _sql("incomplete_codes")


def courses_of_lines_sql() -> str:
    """The query for the courses that claim lines name and the table of courses lacks."""
    return _sql("courses_of_lines")


def diagnoses_of_claims_sql() -> str:
    """The query for the diagnoses that courses take from their claims."""
    return _sql("diagnoses_of_claims")


@cache
def _sql(name: str) -> str:
    return (files("isocenter.facts") / f"{name}.sql").read_text(encoding="utf-8")
