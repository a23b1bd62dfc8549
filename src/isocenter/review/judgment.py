"""What the rules say of the courses of a store, whichever engine ran them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from isocenter.review.adding_up import failure, why_no_finding
from isocenter.rulebook.rule import Rule
from isocenter.terms.findings import (
    CourseRecommendation,
    Evidence,
    Finding,
    NotAssessed,
    Outcome,
    ReviewedLine,
)

FoundRow = tuple[str, str, str, str, str, str, str, int | None]  # a row of the table of findings


@dataclass(frozen=True, slots=True)
class Judgment:
    """What the rules say of every course in the store."""

    findings: tuple[Finding, ...]
    not_assessed: tuple[NotAssessed, ...]
    applied_to_nothing: tuple[tuple[str, str], ...]  # (policy, rule)
    lines: tuple[ReviewedLine, ...]
    courses: dict[str, CourseRecommendation]
    affected_lines: dict[tuple[str, str], tuple[str, ...]]  # policy and relation that a rule affects: claim line ids


def findings_of(rows: Iterable[FoundRow], rules: Sequence[Rule]) -> tuple[Finding, ...]:
    """The findings that distinct rows of the table of findings state, in the order of the rules and their subjects."""
    by_key = {(rule.policy, rule.name): rule for rule in rules}
    rank = {key: place for place, key in enumerate(by_key)}
    ordered = sorted(rows, key=lambda row: (rank[row[0], row[1]], row[3], row[4], row[5]))
    return tuple(_finding(by_key[row[0], row[1]], row) for row in ordered)


def silent_rules(
    rules: Sequence[Rule], findings: Sequence[Finding], not_assessed: Sequence[NotAssessed]
) -> tuple[tuple[str, str], ...]:
    """Policy and name of the rules that applied to nothing."""
    spoke = {(finding.policy, finding.rule) for finding in findings}
    spoke |= {(entry.policy, entry.rule) for entry in not_assessed}
    return tuple(key for rule in rules if (key := (rule.policy, rule.name)) not in spoke)


def _finding(rule: Rule, row: FoundRow) -> Finding:
    _, _, _, subject_id, outcome, because, evidence, units_allowed = row
    if why := why_no_finding(subject_id, outcome, evidence):
        raise failure(rule, rule.policy, why)
    return Finding(
        policy=rule.policy,
        rule=rule.name,
        requirements=rule.requirements,
        cites=rule.cites,
        subject_kind=rule.judges,
        subject_id=subject_id,
        outcome=Outcome(outcome),
        consequence=rule.consequence,
        because=because or "",
        remedy=rule.remedy,
        carc=rule.carc,
        rarc=rule.rarc,
        units_allowed=units_allowed,
        evidence=Evidence(evidence),
    )
