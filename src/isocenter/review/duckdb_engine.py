"""Judges the facts of a store by the rules of rulebooks, in DuckDB."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from isocenter.errors import EngineFailure
from isocenter.facts.store import FactStore
from isocenter.review.adding_up import (
    add_up,
    collect_affected_lines,
    create_finding_tables,
    failure,
    rules_left_out,
    selection,
    sql,
)
from isocenter.review.policy_tables import load_policy
from isocenter.rulebook.policy import GroupRole
from isocenter.rulebook.rule import Definition, Rule
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.findings import (
    CourseRecommendation,
    Evidence,
    Finding,
    LineRecommendation,
    NotAssessed,
    Outcome,
    ReviewedLine,
)
from isocenter.terms.tables import FACT_TABLES


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules say of every course in the store."""

    findings: tuple[Finding, ...]
    not_assessed: tuple[NotAssessed, ...]
    applied_to_nothing: tuple[tuple[str, str], ...]  # (policy, rule)
    lines: tuple[ReviewedLine, ...]
    courses: dict[str, CourseRecommendation]
    affected_lines: dict[tuple[str, str], tuple[str, ...]]  # policy and relation that a rule affects: claim line ids


def judge(store: FactStore, rulebooks: Sequence[Rulebook]) -> Judgement:
    """Run every rule whose tables were supplied, and add the findings up.

    The rulebooks' queries are prepared once for a store: a store that is cleared and filled anew judges its
    next case in a third of the time. Raises EngineFailure, naming the rule, where DuckDB refuses a query.
    """
    rules = tuple(rule for rulebook in rulebooks for rule in rulebook.rules)
    not_assessed = rules_left_out(store, rules)
    left_out = {(entry.policy, entry.rule) for entry in not_assessed}
    create_finding_tables(store, rules)
    for rulebook in rulebooks:
        load_policy(store, rulebook)
        _prepare(store, rulebook)
        _execute(store, rulebook, left_out)
        collect_affected_lines(store, rulebook.name, rulebook.rules)
    _ask_for_what_necessity_lacks(store, rules, left_out)
    add_up(store)
    findings = _read_findings(store, rules)
    spoke = {(finding.policy, finding.rule) for finding in findings}
    return Judgement(
        findings=findings,
        not_assessed=not_assessed,
        applied_to_nothing=tuple(key for rule in rules if (key := (rule.policy, rule.name)) not in spoke | left_out),
        lines=_recommend_lines(store),
        courses=_recommend_courses(store),
        affected_lines=_affected_lines(store),
    )


def dry_run(rulebook: Rulebook) -> list[str]:
    """Run every rule over empty tables; one sentence a rule or definition that DuckDB refuses."""
    store = FactStore()
    for table in FACT_TABLES:
        store.supply(table)
    try:
        judge(store, [rulebook])
    except EngineFailure as refused:
        return [str(refused)]
    return []


def _prepare(store: FactStore, rulebook: Rulebook) -> None:
    """Make the definitions' tables, empty, and prepare every query of the rulebook."""
    if not store.is_first_use(("prepared", rulebook)):
        return
    for definition in rulebook.definitions:
        try:
            store.connection.execute(f"create or replace table {definition.name} as {definition.query} limit 0")
            store.connection.execute(
                f"prepare {_prepared(rulebook, definition)} as insert into {definition.name} {definition.query}"
            )
        except duckdb.Error as wrong:
            raise failure(definition, rulebook.name, wrong) from None
    for rule in rulebook.rules:
        try:
            store.connection.execute(
                f"prepare {_prepared(rulebook, rule)} as insert into main.findings {selection(rule)}"
            )
        except duckdb.Error as wrong:
            raise failure(rule, rulebook.name, wrong) from None


def _execute(store: FactStore, rulebook: Rulebook, left_out: set[tuple[str, str]]) -> None:
    store.connection.execute("begin")  # one transaction, not a hundred
    rules = [rule for rule in rulebook.rules if (rule.policy, rule.name) not in left_out]
    affecting = [rule for rule in rulebook.rules if rule.affects]  # their lines are collected in any case
    for definition in rulebook.definitions_for([*rules, *affecting]):
        store.connection.execute(f"delete from {definition.name}")
        store.connection.execute(f"execute {_prepared(rulebook, definition)}")
    for rule in rules:
        try:
            store.connection.execute(f"execute {_prepared(rulebook, rule)}")
        except duckdb.Error as wrong:
            store.connection.execute("rollback")
            raise failure(rule, rulebook.name, wrong) from None
    store.connection.execute("commit")


def _prepared(rulebook: Rulebook, query: Rule | Definition) -> str:
    return f"{rulebook.name}_{query.path.parent.name}_{query.name}"


def _ask_for_what_necessity_lacks(store: FactStore, rules: Sequence[Rule], left_out: set[tuple[str, str]]) -> None:
    """Without a chart necessity is an open question: it counts as a request, though no rule could ask it."""
    for rule in rules:
        if rule.role is GroupRole.NECESSITY and rule.judges == "course" and (rule.policy, rule.name) in left_out:
            if "documents" not in rule.needs or "documents" in store.supplied:
                continue
            store.connection.execute(
                """
                insert into findings
                select ?, ?, 'course', course_id, 'not_assessed', '', '', null from courses
                """,
                [rule.policy, rule.name],
            )


def _read_findings(store: FactStore, rules: Sequence[Rule]) -> tuple[Finding, ...]:
    by_key = {(rule.policy, rule.name): rule for rule in rules}
    rank = {key: place for place, key in enumerate(by_key)}
    rows = store.connection.execute(
        "select distinct policy, rule, subject_kind, subject_id, outcome, because, evidence, units_allowed"
        " from located_findings"
        " where outcome <> 'not_assessed'"
    ).fetchall()
    rows.sort(key=lambda row: (rank[row[0], row[1]], row[3], row[4], row[5]))
    return tuple(_finding(by_key[row[0], row[1]], row) for row in rows)


def _finding(rule: Rule, row: tuple[str, str, str, str, str, str, str, int | None]) -> Finding:
    _, _, _, subject_id, outcome, because, evidence, units_allowed = row
    try:
        found, stated = Outcome(outcome), Evidence(evidence)
    except ValueError as wrong:
        raise failure(rule, rule.policy, wrong) from None
    return Finding(
        policy=rule.policy,
        rule=rule.name,
        requirements=rule.requirements,
        cites=rule.cites,
        subject_kind=rule.judges,
        subject_id=subject_id,
        outcome=found,
        consequence=rule.consequence,
        because=because,
        remedy=rule.remedy,
        carc=rule.carc,
        units_allowed=units_allowed,
        evidence=stated,
    )


def _recommend_lines(store: FactStore) -> tuple[ReviewedLine, ...]:
    rows = store.connection.execute(
        f"""
        select claim_line_id, procedure_code, service_date, units, recommendation, units_allowed
        from ({sql("line_recommendations")})
        order by service_date, claim_id, line_number, claim_line_id
        """
    ).fetchall()
    return tuple(
        ReviewedLine(line, code, day, units, LineRecommendation(recommendation), allowed)
        for line, code, day, units, recommendation, allowed in rows
    )


def _recommend_courses(store: FactStore) -> dict[str, CourseRecommendation]:
    rows = store.connection.execute(f"from ({sql('course_recommendations')}) order by all").fetchall()
    return {course: CourseRecommendation(recommendation) for course, recommendation in rows}


def _affected_lines(store: FactStore) -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for policy, relation, line in store.connection.execute(
        "select distinct policy, relation, claim_line_id from main.affected_lines order by all"
    ).fetchall():
        found[policy, relation] = (*found.get((policy, relation), ()), line)
    return found
