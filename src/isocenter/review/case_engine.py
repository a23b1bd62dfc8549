"""Judges one case by the rules of rulebooks, over rows in memory; DuckDB does what they cannot."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache

from isocenter.engines.rows.kinds import INT, NULL, OF_SQL, TEXT, Columns, NotPlanned, Row
from isocenter.engines.rows.known import Planned, planned
from isocenter.engines.rows.running import Fixed
from isocenter.facts.case_store import UNANSWERED, CaseStore, fact_columns
from isocenter.review.adding_up import (
    ABOUT_NOTHING,
    ADDING_UP,
    FINDING_TABLES,
    LOCATING,
    codes_rested_on,
    described,
    failure,
    refuse_about_nothing,
    sql,
    states_evidence,
    why_no_finding,
)
from isocenter.review.execution_plan import ExecutionPlan, plan_execution
from isocenter.review.judgment import Judgment, findings_of, silent_rules
from isocenter.review.policy_tables import columns_of, rows_of
from isocenter.rulebook.rule import Rule
from isocenter.rulebook.rulebook import Rulebook, are_same
from isocenter.terms.findings import CourseRecommendation, Finding, LineRecommendation, NotAssessed, ReviewedLine

Rows = list[Row]
_MOST_SETS_KEPT = 4


def judge(store: CaseStore, rulebooks: Sequence[Rulebook]) -> Judgment:
    """Run every rule whose tables were supplied, and add the findings up, as duckdb_engine.judge does."""
    return judge_each(store, rulebooks, [rulebooks])[0]


def judge_each(
    store: CaseStore, rulebooks: Sequence[Rulebook], selections: Sequence[Sequence[Rulebook]]
) -> list[Judgment]:
    """What each selection of the rules of some policies says alone; a rule of several selections is run once."""
    with suppress(*UNANSWERED):
        ran = _Ran(store, rulebooks)
        return [_judge(ran, selected) for selected in selections]
    # Not while the exception is handled: it holds on to all rows that were made until then.
    from isocenter.review import duckdb_engine  # noqa: PLC0415 - a case seldom needs DuckDB

    return [duckdb_engine.judge(store.in_duckdb(), selected) for selected in selections]


def find(store: CaseStore, rulebooks: Sequence[Rulebook]) -> tuple[tuple[Finding, ...], tuple[NotAssessed, ...]]:
    """What the rules find in the facts, and the rules that cannot be assessed; see `judge`."""
    with suppress(*UNANSWERED):
        plan, rows = _located(_Ran(store, rulebooks), rulebooks)
        return _findings(rows, rulebooks), plan.not_assessed
    from isocenter.review import duckdb_engine  # noqa: PLC0415 - a case seldom needs DuckDB

    return duckdb_engine.find(store.in_duckdb(), rulebooks)


class _Relations(dict[str, Rows]):
    """The relations of a policy by name; what it defines is made when it is first read."""

    def __init__(self, given: Mapping[str, Rows], definitions: Mapping[str, Planned]) -> None:
        super().__init__(given)
        self._definitions = definitions

    def __missing__(self, name: str) -> Rows:
        self[name] = made = self._definitions[name].run(self)
        return made


@dataclass(frozen=True, slots=True)
class PreparedPolicy:
    """A rulebook whose queries are planned: its own tables, its definitions and its rules by name."""

    rulebook: Rulebook
    tables: Mapping[str, Rows]
    definitions: Mapping[str, Planned]
    rules: Mapping[str, Planned]


def prepare(rulebook: Rulebook) -> PreparedPolicy:
    """Plan the queries of a rulebook; NotPlanned where it holds one that only DuckDB can run."""
    columns = {**fact_columns(), **columns_of(rulebook)}
    definitions = {}
    for definition in rulebook.definitions:
        definitions[definition.name] = made = planned(definition.query, columns)
        columns[definition.name] = made.columns
    rules = {rule.name: planned(rule.query, columns) for rule in rulebook.rules}
    tables = {name: Fixed(rows) for name, rows in rows_of(rulebook).items()}
    return PreparedPolicy(rulebook, tables, definitions, rules)


def queries_of(rulebook: Rulebook) -> list[tuple[str, Mapping[str, Columns]]]:
    """The queries of a rulebook, each with the columns of what it may read."""
    prepared = prepare(rulebook)
    made = {query.query: prepared.definitions[query.name].reads for query in rulebook.definitions}
    return [*made.items(), *((rule.query, prepared.rules[rule.name].reads) for rule in rulebook.rules)]


def _prepared(store: CaseStore, rulebook: Rulebook) -> PreparedPolicy:
    """The planned rulebook, planned once a store."""
    known = store.made.get(f"planned {rulebook.name}")
    if not isinstance(known, PreparedPolicy) or known.rulebook is not rulebook:
        store.made[f"planned {rulebook.name}"] = known = prepare(rulebook)
    return known


class _Ran:
    """What the rules of some policies answer over the facts of a store: each is run when it is first asked for."""

    def __init__(self, store: CaseStore, rulebooks: Sequence[Rulebook]) -> None:
        self.store = store
        self._policies = {rulebook.name: _prepared(store, rulebook) for rulebook in rulebooks}
        self._relations = {
            name: _Relations({**store.facts, **prepared.tables}, prepared.definitions)
            for name, prepared in self._policies.items()
        }
        self._findings: dict[tuple[str, str], Rows] = {}

    def findings_of(self, rule: Rule) -> Rows:
        """What a rule answers, as rows of the table of findings."""
        key = (rule.policy, rule.name)
        if key not in self._findings:
            query = self._policies[rule.policy].rules[rule.name]
            self._findings[key] = _as_findings(rule, query.columns, query.run(self._relations[rule.policy]))
        return self._findings[key]

    def affected_lines(self, policy: str, name: str) -> Rows:
        """The lines of a definition of a policy, as rows of the table of affected lines."""
        columns = [column for column, _ in self._policies[policy].definitions[name].columns]
        line, course = columns.index("claim_line_id"), columns.index("course_id")
        return [(policy, name, row[line], row[course]) for row in self._relations[policy][name]]


def _judge(ran: _Ran, rulebooks: Sequence[Rulebook]) -> Judgment:
    plan, rows = _located(ran, rulebooks)
    _take(rows, ADDING_UP)
    rules = _rules(rulebooks)
    findings = _findings(rows, rulebooks)
    return Judgment(
        findings=findings,
        not_assessed=plan.not_assessed,
        applied_to_nothing=silent_rules(rules, findings, plan.not_assessed),
        lines=_recommend_lines(rows),
        courses=_recommend_courses(rows),
        affected_lines=_affected_lines(rows),
    )


def _rules(rulebooks: Sequence[Rulebook]) -> tuple[Rule, ...]:
    return tuple(rule for rulebook in rulebooks for rule in rulebook.rules)


def _located(ran: _Ran, rulebooks: Sequence[Rulebook]) -> tuple[ExecutionPlan, dict[str, Rows]]:
    """The facts and tables of findings, those filled that say where each finding belongs."""
    store = ran.store
    plan = plan_execution(rulebooks, store.supplied)
    rows: dict[str, Rows] = {**store.facts, **{name: [] for name in FINDING_TABLES}}
    rows["rules"], rows["codes_rested_on"] = _described(store, rulebooks)
    several = len(store.facts["courses"]) > 1
    for run in plan.policies:
        for rule in run.run if several else run.rules:
            rows["findings"] += ran.findings_of(rule)
        for name in (run if several else replace(run, comparing_rules=())).affected:
            rows["affected_lines"] += ran.affected_lines(run.rulebook.name, name)
        for rule in run.asked:
            open_question = ("not_assessed", "", "", None)
            rows["findings"] += [(rule.policy, rule.name, "course", row[0], *open_question) for row in rows["courses"]]
    about_nothing = _answer(ABOUT_NOTHING, rows, ("policy", "rule", "subject_kind", "subject_id"))
    refuse_about_nothing(about_nothing, _rules(rulebooks))
    _take(rows, LOCATING)
    return plan, rows


def _described(store: CaseStore, rulebooks: Sequence[Rulebook]) -> tuple[Rows, Rows]:
    """The tables of the rules and of what they rest on, made once a store for each of the newest sets of them."""
    known: list[tuple[Sequence[Rulebook], tuple[Rows, Rows]]] = store.made.setdefault("rules of cases", [])  # type: ignore[assignment]
    found = next((tables for of, tables in known if are_same(of, rulebooks)), None)
    if found is None:
        rules = _rules(rulebooks)
        found = Fixed(described(rules)), Fixed(codes_rested_on(rules))
        known.insert(0, (rulebooks, found))
        del known[_MOST_SETS_KEPT:]
    return found


def _as_findings(rule: Rule, columns: Columns, answered: Rows) -> Rows:
    """What a rule answers, as rows of the table of findings."""
    if not answered:
        return []
    kinds, names = dict(columns), [name for name, _ in columns]
    said = ["subject_id", "outcome", "because"]
    wanted = [*said, *(["evidence"] if states_evidence(rule) else [])]
    if any(kinds.get(name) not in (TEXT, NULL) for name in wanted):
        raise NotPlanned(f"rule {rule.name} answers other than texts")
    places = [names.index(name) for name in said]
    evidence = names.index("evidence") if states_evidence(rule) else None
    reduces = rule.consequence == "reduce"
    if reduces and kinds.get("units_allowed") not in (INT, NULL):
        raise NotPlanned(f"rule {rule.name} allows other than whole units")
    units = names.index("units_allowed") if reduces else None
    about = (rule.policy, rule.name, str(rule.judges))
    subject = names.index("subject_id")
    if any(row[subject] is None for row in answered):
        raise failure(rule, rule.policy, why_no_finding(None, "", ""))
    return [
        (
            *about,
            *[row[place] for place in places],
            (row[evidence] or "") if evidence is not None else "",
            row[units] if units is not None else None,
        )
        for row in answered
    ]


@cache
def _columns_added_up() -> Mapping[str, Columns]:
    """The columns of the facts and of the tables of findings."""
    found = {
        name: tuple((column, OF_SQL[kind]) for column, kind in types.items()) for name, types in FINDING_TABLES.items()
    }
    return {**fact_columns(), **found}


_RECOMMENDING = ("line_recommendations", "course_recommendations")


def queries_added_up() -> list[tuple[str, Mapping[str, Columns]]]:
    """The queries from findings to recommendations, each with the columns of what it may read."""
    return [(sql(name), _columns_added_up()) for name in (ABOUT_NOTHING, *LOCATING, *ADDING_UP, *_RECOMMENDING)]


def _take(rows: dict[str, Rows], steps: Sequence[str]) -> None:
    for table in steps:
        rows[table] = planned(sql(table), _columns_added_up()).run(rows)


def _findings(rows: Mapping[str, Rows], rulebooks: Sequence[Rulebook]) -> tuple[Finding, ...]:
    """The findings in their places, without their places, each once."""
    columns = list(FINDING_TABLES["located_findings"])
    places = [columns.index(name) for name in FINDING_TABLES["findings"]]
    outcome = columns.index("outcome")
    found = (
        tuple([row[place] for place in places]) for row in rows["located_findings"] if row[outcome] != "not_assessed"
    )
    return findings_of(dict.fromkeys(found), _rules(rulebooks))


def _answer(name: str, rows: Mapping[str, Rows], wanted: Sequence[str]) -> Rows:
    query = planned(sql(name), _columns_added_up())
    columns = [column for column, _ in query.columns]
    places = [columns.index(column) for column in wanted]
    return [tuple([row[place] for place in places]) for row in query.run(rows)]


def _recommend_lines(rows: Mapping[str, Rows]) -> tuple[ReviewedLine, ...]:
    order = ("service_date", "claim_id", "line_number", "claim_line_id")
    said = ("claim_line_id", "procedure_code", "service_date", "units", "recommendation", "units_allowed")
    found = sorted(
        _answer("line_recommendations", rows, (*order, *said)),
        key=lambda row: [(value is None, value) for value in row[: len(order)]],
    )
    return tuple(
        ReviewedLine(line, code, day, units, LineRecommendation(recommendation), allowed)
        for *_, line, code, day, units, recommendation, allowed in found
    )


def _recommend_courses(rows: Mapping[str, Rows]) -> dict[str, CourseRecommendation]:
    found = _answer("course_recommendations", rows, ("course_id", "recommendation"))
    return {course: CourseRecommendation(recommendation) for course, recommendation in sorted(found)}


def _affected_lines(rows: Mapping[str, Rows]) -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], list[str]] = {}
    for policy, relation, line in sorted({row[:3] for row in rows["affected_lines"]}):
        found.setdefault((policy, relation), []).append(line)
    return {key: tuple(lines) for key, lines in found.items()}
