"""The review of one course: what the rules say of it, with the facts that they looked at."""

from collections.abc import Mapping, Sequence
from typing import Any

from isocenter.facts.stores import Store
from isocenter.review.judgment import Judgment
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.courses import Course
from isocenter.terms.findings import Finding, InputFile, SubjectKind
from isocenter.terms.problems import Problem
from isocenter.terms.review import Picture, PolicyInForce, Review
from isocenter.terms.tables import FACT_TABLES


def assemble(
    store: Store,
    course: Course,
    judgment: Judgment,
    rulebooks: Sequence[Rulebook],
    inputs: Sequence[InputFile] = (),
    problems: Sequence[Problem] = (),
    pictures: tuple[Picture, ...] = (),
    facts: dict[str, tuple[Any, ...]] | None = None,
    *,
    version: str,
) -> Review:
    """The review of one course out of what the rules say of every course in the store.

    `facts` are the rows of the course, where they are supplied; `version` is that of the program.
    """
    facts = facts_of_course(store, course) if facts is None else facts
    lines = {row.claim_line_id for row in facts.get("claim_lines", ())}
    affected_lines = {
        relation: tuple(line for line in of_relation if line in lines)
        for relation, of_relation in judgment.affected_lines.items()
    }
    facilities = _facilities(rulebooks, facts, affected_lines)
    subjects = _subjects(course, facts)
    findings = tuple(
        finding
        for finding in judgment.findings
        if (finding.policy, finding.rule, finding.subject_id) in facilities
        or finding.subject_id in subjects.get(finding.subject_kind, ())
    )
    used = {reading for rule in _rules_that_found(rulebooks, findings) for reading in rule.readings}
    if "citations" in facts:
        from isocenter.chart.into_case import SURENESS, with_pages_to_look_at  # noqa: PLC0415

        used.add(SURENESS)
        findings = with_pages_to_look_at(findings, facts["citations"], rulebooks)
    return Review(
        version=version,
        policies=tuple(
            PolicyInForce(r.name, r.title, str(r.valid_from), str(r.valid_to or ""), r.decides_coverage)
            for r in rulebooks
        ),
        course=course,
        recommendation=judgment.courses[course.course_id],
        lines=tuple(line for line in judgment.lines if line.claim_line_id in lines),
        findings=findings,
        not_assessed=judgment.not_assessed,
        applied_to_nothing=judgment.applied_to_nothing,
        readings=tuple(r for rulebook in rulebooks for r in rulebook.readings if r.name in used),
        inputs=tuple(inputs),
        problems=tuple(dict.fromkeys(problems)),
        facts=facts,
        pictures=pictures,
        affected_lines=affected_lines,
    )


def _rules_that_found(rulebooks: Sequence[Rulebook], findings: Sequence[Finding]) -> list[Any]:
    found = {(finding.policy, finding.rule) for finding in findings}
    return [rule for rulebook in rulebooks for rule in rulebook.rules if (rule.policy, rule.name) in found]


def facts_of_course(store: Store, course: Course) -> dict[str, tuple[Any, ...]]:
    """The rows of each supplied table that are of a course."""
    return {table: tuple(_rows_of_course(store, table, course)) for table in FACT_TABLES if table in store.supplied}


def _rows_of_course(store: Store, table: str, course: Course) -> list[Any]:
    """Rows of the course itself, of its member, of its documents and plans, and of no other course."""
    rows = store.rows(table)
    columns = FACT_TABLES[table]._fields
    if "course_id" in columns:
        return [row for row in rows if row.course_id == course.course_id]
    if "member_id" in columns:
        return [row for row in rows if row.member_id == course.member_id]
    for parent, key in (("documents", "document_id"), ("plans", "plan_id")):
        if key in columns:
            own = {getattr(row, key) for row in store.rows(parent) if row.course_id == course.course_id}
            return [row for row in rows if getattr(row, key) in own]
    return rows


def _subjects(course: Course, facts: dict[str, tuple[Any, ...]]) -> dict[SubjectKind, set[str]]:
    """What a finding of the course may be about, by kind."""
    return {
        SubjectKind.COURSE: {course.course_id},
        SubjectKind.CLAIM_LINE: {row.claim_line_id for row in facts.get("claim_lines", ())},
        SubjectKind.DOCUMENT: {row.document_id for row in facts.get("documents", ())},
        SubjectKind.PLAN: {row.plan_id for row in facts.get("plans", ())},
    }


def _facilities(
    rulebooks: Sequence[Rulebook],
    facts: dict[str, tuple[Any, ...]],
    affected_lines: Mapping[tuple[str, str], Sequence[str]],
) -> set[tuple[str, str, str]]:
    """Policy, rule and billing number wherever a rule about facilities concerns what a facility billed in the course.

    A facility is held to the lines that it billed itself: those that the rule affects, where it names some.
    """
    billed = {row.claim_line_id: row.billing_npi for row in facts.get("claim_lines", ())}
    return {
        (rule.policy, rule.name, billed[line])
        for rulebook in rulebooks
        for rule in rulebook.rules
        if rule.judges is SubjectKind.FACILITY
        for line in (affected_lines.get((rule.policy, rule.affects), ()) if rule.affects else billed)
    }
