"""What a screening and a review answer for the same claims, in one form."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

from isocenter.errors import UnreadableInput
from isocenter.review.batch_plan import plan_batch
from isocenter.review.reviewer import Reviewer
from isocenter.rulebook.rulebook import Rulebook, load_policy
from isocenter.screening.run import screen
from isocenter.terms.findings import ALL_WAS_READ
from isocenter.terms.review import Review
from isocenter.workflow import review_each
from tests.screening.claims_files import rows_of
from tests.screening.screenings import settings_of

_POLICIES = ("imrt", "imrt_hospital", "ncci")
# A review gives a visit to the course of its day; a screening leaves it, and what it settles, without one.
_OF_VISITS = ("records_review_counted_once", "not_applicable")
_SUPPLIED = {
    "courses", "claim_lines", "possible_courses", "claim_diagnoses", "data_windows", "service_days", "course_windows",
}  # fmt: skip
UNJUDGED = {"cover": "necessity_not_judged"}


class Answers(NamedTuple):
    """What is answered for lines by their charges, for courses, and by the rules."""

    lines: list[tuple[object, ...]]
    courses: dict[str, str]
    findings: list[tuple[object, ...]]


@cache
def reviewer() -> Reviewer:
    """Reviews by the rules that a screening runs: none that would ask for a chart or compares courses."""
    books = [load_policy(name) for name in _POLICIES]
    left_out = {(entry.policy, entry.rule) for entry in plan_batch(books, _SUPPLIED).not_assessed}
    return Reviewer([_without(book, left_out) for book in books])


def _without(book: Rulebook, left_out: set[tuple[str, str]]) -> Rulebook:
    kept = (rule for rule in book.rules if not rule.compares and (rule.policy, rule.name) not in left_out)
    return replace(book, rules=tuple(kept))


def screened(files: list[Path], out: Path, line_of_business: str) -> Answers:
    """What a screening answers of claims."""
    screen(settings_of(out, *files, policies=_POLICIES, line_of_business=line_of_business))
    rows = rows_of(out, "lines/*.parquet")
    charges = {row["claim_line_id"]: row["charge_amount"] for row in rows}
    names = ("charge_amount", "procedure_code", "recommendation", "units_allowed", "units")
    of_no_course = {row["claim_line_id"] for row in rows if not row["course_id"]}  # which are in no review
    found = [
        (row["policy"], row["rule"], row["outcome"], row["subject_id"], row["because"], row["units_allowed"])
        for row in rows_of(out, "findings/[0-9]*.parquet")
        if row["subject_id"] not in of_no_course
    ]
    return Answers(
        [tuple(row[name] for name in names) for row in rows if row["course_id"]],
        {row["course_id"]: row["recommendation"] for row in rows_of(out, "courses/*.parquet")},
        _by_charges(found, charges),
    )


def reviewed(folder: Path, line_of_business: str) -> Answers:
    """What the reviews of a case answer, one for each of its courses."""
    answers = Answers([], {}, [])
    reviews: Iterable[Review]
    try:
        reviews = list(review_each(folder, reviewer(), line_of_business=line_of_business))
    except UnreadableInput as refused:
        assert "no line is left to judge" in str(refused) or "no course of radiation therapy" in str(refused)
        reviews = []
    for review in reviews:
        charges = {row.claim_line_id: row.charge_amount for row in review.facts["claim_lines"]}
        answers.lines.extend(
            (charges[line.claim_line_id], line.procedure_code, str(line.recommendation), line.units_allowed, line.units)
            for line in review.lines
        )
        found = str(review.recommendation)
        answers.courses[review.course.course_id] = UNJUDGED.get(found, found)
        findings = [
            (one.policy, one.rule, str(one.outcome), one.subject_id, one.because, one.units_allowed)
            for one in review.findings
            if one.outcome not in ("met", "not_assessed")
        ]
        answers.findings.extend(_by_charges(findings, charges))
    return answers


def _by_charges(findings: Iterable[tuple[str, ...]], charges: dict[str, float]) -> list[tuple[object, ...]]:
    """The findings with the charge of a line in place of its name; without that on what could not be read."""
    return [
        (policy, rule, outcome, charges.get(subject, subject), because, *more)
        for policy, rule, outcome, subject, because, *more in findings
        if rule != ALL_WAS_READ and (rule, outcome) != _OF_VISITS
    ]
