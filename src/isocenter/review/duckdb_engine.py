"""Judges the facts of a store by the rules of rulebooks, in DuckDB."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import duckdb

from isocenter.errors import EngineFailure
from isocenter.facts.store import FactStore
from isocenter.rulebook.rule import Definition, Rule
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.findings import (
    CourseRecommendation,
    Finding,
    LineRecommendation,
    NotAssessed,
    Outcome,
    ReviewedLine,
)
from isocenter.terms.tables import FACT_TABLES

_SCOPE = "scope"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules say of every course in the store."""

    findings: tuple[Finding, ...]
    not_assessed: tuple[NotAssessed, ...]
    applied_to_nothing: tuple[tuple[str, str], ...]  # (policy, rule)
    lines: tuple[ReviewedLine, ...]
    courses: dict[str, CourseRecommendation]
    affected_lines: dict[str, tuple[str, ...]]  # relation that a rule affects: claim line ids


def judge(store: FactStore, rulebooks: Sequence[Rulebook]) -> Judgement:
    """Run every rule whose tables were supplied, and add the findings up.

    The rulebooks' queries are prepared once for a store: a store that is cleared and filled anew judges its
    next case in a third of the time. Raises EngineFailure, naming the rule, where DuckDB refuses a query.
    """
    rules = tuple(rule for rulebook in rulebooks for rule in rulebook.rules)
    not_assessed = tuple(
        NotAssessed(rule.policy, rule.name, missing)
        for rule in rules
        if (missing := tuple(table for table in rule.needs if table not in store.supplied))
    )
    left_out = {(entry.policy, entry.rule) for entry in not_assessed}
    _create_finding_tables(store, rules)
    for rulebook in rulebooks:
        load_policy(store, rulebook)
        _prepare(store, rulebook)
        _execute(store, rulebook, left_out)
        _collect_affected_lines(store, rulebook)
    _set_aside_courses_out_of_scope(store, rules)
    _ask_for_what_necessity_lacks(store, rules, left_out)
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


def _create_finding_tables(store: FactStore, rules: Sequence[Rule]) -> None:
    store.connection.execute(
        """
        use main;
        create table if not exists main.rules
            (policy varchar, rule varchar, consequence varchar, affects varchar);
        create table if not exists main.findings
            (policy varchar, rule varchar, subject_kind varchar, subject_id varchar, outcome varchar,
             because varchar, units_allowed bigint);
        create table if not exists main.affected_lines (relation varchar, claim_line_id varchar, course_id varchar);
        create table if not exists main.out_of_scope (course_id varchar);
        create table if not exists main.finding_effects
            (policy varchar, rule varchar, subject_kind varchar, course_id varchar, claim_line_id varchar,
             effect varchar, units_allowed bigint);
        delete from main.rules; delete from main.findings; delete from main.affected_lines;
        delete from main.out_of_scope
        """
    )
    described = [(rule.policy, rule.name, rule.consequence, rule.affects) for rule in rules]
    _insert(store, "main.rules", described)


def load_policy(store: FactStore, rulebook: Rulebook) -> None:
    """Code lists, readings and the policy's own tables, in a schema of the policy's name; then use that schema."""
    store.connection.execute(f"create schema if not exists {rulebook.name}; set search_path = '{rulebook.name},main'")
    if not store.is_first_use(("loaded", rulebook)):
        return
    store.connection.execute(
        """
        create or replace table codes (code_list varchar, code varchar, valid_from date, valid_to date);
        create or replace table readings (name varchar, number double, meaning varchar)
        """
    )
    _insert(store, "codes", [(c.code_list, c.code, c.valid_from, c.valid_to) for c in rulebook.codes])
    _insert(
        store,
        "readings",
        [
            (r.name, None, r.value) if isinstance(r.value, str) else (r.name, float(r.value), "")
            for r in rulebook.readings
        ],
    )
    for name, (header, rows) in rulebook.tables.items():
        columns = ", ".join(f"{column} varchar" for column in header)
        store.connection.execute(f"create or replace table {name} ({columns})")
        _insert(store, name, rows)


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
            raise _failure(f"definition {definition.name} of policy {rulebook.name}", wrong) from None
    for rule in rulebook.rules:
        try:
            store.connection.execute(
                f"prepare {_prepared(rulebook, rule)} as insert into main.findings {_selection(rule)}"
            )
        except duckdb.Error as wrong:
            raise _failure(f"rule {rule.name} of policy {rule.policy} ({rule.path.name})", wrong) from None


def _execute(store: FactStore, rulebook: Rulebook, left_out: set[tuple[str, str]]) -> None:
    store.connection.execute("begin")  # one transaction, not a hundred
    for definition in rulebook.definitions:
        store.connection.execute(f"delete from {definition.name}")
        store.connection.execute(f"execute {_prepared(rulebook, definition)}")
    for rule in rulebook.rules:
        if (rule.policy, rule.name) not in left_out:
            try:
                store.connection.execute(f"execute {_prepared(rulebook, rule)}")
            except duckdb.Error as wrong:
                store.connection.execute("rollback")
                raise _failure(f"rule {rule.name} of policy {rule.policy} ({rule.path.name})", wrong) from None
    store.connection.execute("commit")


def _prepared(rulebook: Rulebook, query: Rule | Definition) -> str:
    return f"{rulebook.name}_{query.path.parent.name}_{query.name}"


def _failure(what: str, wrong: duckdb.Error) -> EngineFailure:
    sentence = str(wrong).split("\n", maxsplit=1)[0]
    return EngineFailure(f"{what}: {sentence}")


def _selection(rule: Rule) -> str:
    units = "answer.units_allowed" if rule.consequence == "reduce" else "null"
    return (
        f"select '{rule.policy}', '{rule.name}', '{rule.judges}', answer.subject_id, answer.outcome,"
        f" answer.because, {units} from ({rule.query}) as answer"
    )


def _collect_affected_lines(store: FactStore, rulebook: Rulebook) -> None:
    for relation in sorted({rule.affects for rule in rulebook.rules if rule.affects}):
        store.connection.execute(
            f"insert into affected_lines select '{relation}', claim_line_id, course_id from {relation}"
        )


def _set_aside_courses_out_of_scope(store: FactStore, rules: Sequence[Rule]) -> None:
    """A course that no policy speaks of keeps only the finding that says so."""
    scope = [rule for rule in rules if rule.group == _SCOPE]
    if not scope:
        return
    names = ", ".join(f"'{rule.name}'" for rule in scope)
    store.connection.execute(
        f"""
        insert into out_of_scope
        select distinct subject_id from findings
        where rule in ({names}) and subject_kind = 'course' and outcome = 'not_applicable'
        """
    )
    if not store.connection.execute("select 1 from out_of_scope limit 1").fetchone():
        return
    store.connection.execute(
        f"""
        delete from findings
        where rule not in ({names}) and (
            (subject_kind = 'course' and subject_id in (select course_id from out_of_scope))
            or (subject_kind = 'claim_line' and subject_id in (
                select claim_line_id from claim_lines
                where course_id in (select course_id from out_of_scope)))
            or (subject_kind = 'document' and subject_id in (
                select document_id from documents where course_id in (select course_id from out_of_scope)))
            or (subject_kind = 'plan' and subject_id in (
                select plan_id from plans where course_id in (select course_id from out_of_scope)))
            or (subject_kind = 'facility' and subject_id not in (
                select billing_npi from claim_lines
                where course_id not in (select course_id from out_of_scope)))
        )
        """
    )


def _ask_for_what_necessity_lacks(store: FactStore, rules: Sequence[Rule], left_out: set[tuple[str, str]]) -> None:
    """Without a chart necessity is an open question: it counts as a request, though no rule could ask it."""
    for rule in rules:
        if rule.group == "necessity" and rule.judges == "course" and (rule.policy, rule.name) in left_out:
            if "documents" not in rule.needs or "documents" in store.supplied:
                continue
            store.connection.execute(
                """
                insert into findings
                select ?, ?, 'course', course_id, 'not_assessed', '', null from courses
                where course_id not in (select course_id from out_of_scope)
                """,
                [rule.policy, rule.name],
            )


def _read_findings(store: FactStore, rules: Sequence[Rule]) -> tuple[Finding, ...]:
    by_key = {(rule.policy, rule.name): rule for rule in rules}
    rank = {key: place for place, key in enumerate(by_key)}
    rows = store.connection.execute(
        "select policy, rule, subject_kind, subject_id, outcome, because, units_allowed from findings"
        " where outcome <> 'not_assessed'"
    ).fetchall()
    rows.sort(key=lambda row: (rank[row[0], row[1]], row[3], row[4], row[5]))
    return tuple(_finding(by_key[row[0], row[1]], row) for row in rows)


def _finding(rule: Rule, row: tuple[str, str, str, str, str, str, int | None]) -> Finding:
    _, _, _, subject_id, outcome, because, units_allowed = row
    return Finding(
        policy=rule.policy,
        rule=rule.name,
        requirements=rule.requirements,
        cites=rule.cites,
        subject_kind=rule.judges,
        subject_id=subject_id,
        outcome=Outcome(outcome),
        consequence=rule.consequence,
        because=because,
        remedy=rule.remedy,
        carc=rule.carc,
        units_allowed=units_allowed,
    )


def _recommend_lines(store: FactStore) -> tuple[ReviewedLine, ...]:
    store.connection.execute(
        f"delete from main.finding_effects; insert into main.finding_effects {_sql('finding_effects')}"
    )
    rows = store.connection.execute(
        f"""
        select claim_lines.claim_line_id, claim_lines.procedure_code, claim_lines.service_date,
               claim_lines.units, recommended.recommendation, recommended.units_allowed
        from ({_sql("line_recommendations")}) as recommended
        inner join claim_lines on recommended.claim_line_id = claim_lines.claim_line_id
        order by claim_lines.service_date, claim_lines.claim_id, claim_lines.line_number,
                 claim_lines.claim_line_id
        """
    ).fetchall()
    return tuple(
        ReviewedLine(line, code, day, units, LineRecommendation(recommendation), allowed)
        for line, code, day, units, recommendation, allowed in rows
    )


def _recommend_courses(store: FactStore) -> dict[str, CourseRecommendation]:
    outside = {course for (course,) in store.connection.execute("from out_of_scope").fetchall()}
    rows = store.connection.execute(f"from ({_sql('course_recommendations')}) order by all").fetchall()
    return {
        course: CourseRecommendation.OUT_OF_SCOPE if course in outside else CourseRecommendation(recommendation)
        for course, recommendation in rows
    }


def _affected_lines(store: FactStore) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for relation, line in store.connection.execute(
        "select distinct relation, claim_line_id from main.affected_lines order by all"
    ).fetchall():
        found[relation] = (*found.get(relation, ()), line)
    return found


def _insert(store: FactStore, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        store.connection.execute(f"insert into {table} select {', '.join('unnest(?)' for _ in columns)}", columns)


@cache
def _sql(name: str) -> str:
    return (files("isocenter.review") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
