"""Judges the facts of a store by the rules of rulebooks, in DuckDB."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import duckdb

from isocenter.engines.database import identity
from isocenter.errors import EngineFailure
from isocenter.facts.store import FactStore
from isocenter.review.adding_up import (
    add_up,
    collect_affected_lines,
    create_finding_tables,
    failure,
    locate,
    selection,
    sql,
)
from isocenter.review.execution_plan import PolicyRun, plan_execution
from isocenter.review.judgment import Judgment, findings_of, silent_rules
from isocenter.review.policy_tables import load_policy
from isocenter.rulebook.query import needed_rows
from isocenter.rulebook.query_parts import Needed
from isocenter.rulebook.rule import Definition, Rule
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.findings import (
    CourseRecommendation,
    Finding,
    LineRecommendation,
    NotAssessed,
    ReviewedLine,
)
from isocenter.terms.tables import FACT_TABLES


def judge(store: FactStore, rulebooks: Sequence[Rulebook]) -> Judgment:
    """Run every rule whose tables were supplied, and add the findings up.

    Queries are prepared in a store when they are run again, and what cannot answer is not run: a store that is
    cleared and filled again judges its next case several times as fast. Raises EngineFailure, naming the rule, where
    DuckDB refuses a query.
    """
    rules = tuple(rule for rulebook in rulebooks for rule in rulebook.rules)
    findings, not_assessed = find(store, rulebooks)
    add_up(store)
    return Judgment(
        findings=findings,
        not_assessed=not_assessed,
        applied_to_nothing=silent_rules(rules, findings, not_assessed),
        lines=_recommend_lines(store),
        courses=_recommend_courses(store),
        affected_lines=_affected_lines(store),
    )


def find(store: FactStore, rulebooks: Sequence[Rulebook]) -> tuple[tuple[Finding, ...], tuple[NotAssessed, ...]]:
    """What the rules find in the facts, and the rules that cannot be assessed; see `judge`."""
    rules = tuple(rule for rulebook in rulebooks for rule in rulebook.rules)
    plan = plan_execution(rulebooks, store.supplied)
    create_finding_tables(store, rules)
    rows = RowsAtHand(store)
    for run in plan.policies:
        load_policy(store, run.rulebook)
        with store.policy_is_limited():
            _execute(store, run if rows.hold_several_courses() else replace(run, comparing_rules=()), rows)
        _ask(store, run.asked)
    locate(store, rules)
    return _read_findings(store, rules), plan.not_assessed


def dry_run(rulebook: Rulebook) -> list[str]:
    """Run every rule over empty tables; one sentence a rule or definition that DuckDB refuses."""
    store = FactStore()
    create_finding_tables(store, rulebook.rules)
    load_policy(store, rulebook)
    try:
        with store.policy_is_limited():
            for definition in rulebook.definitions:
                _lay_out(store, rulebook, definition, filled=True)
            for rule in rulebook.rules:
                _run(store, rulebook, rule)
    except EngineFailure as refused:
        return [str(refused)]
    return []


class RowsAtHand:
    """Which rows the relations hold that a policy's queries read, so that those that need others are not run."""

    def __init__(self, store: FactStore) -> None:
        self._store = store
        counts = " union all ".join(
            f"select '{table}', count(*) from (select 1 from main.{table} limit 2) as few" for table in FACT_TABLES
        )
        self._counts: dict[str, int] = dict(store.run("rows_at_hand", counts))  # no more than two
        self._own: dict[str, int] = {}
        self._values: dict[tuple[str, str], frozenset[str] | None] = {}

    def hold_several_courses(self) -> bool:
        """Whether there are courses to hold against each other."""
        return self._counts["courses"] > 1

    def of_policy(self, rulebook: Rulebook) -> None:
        """The rows that this policy's queries see; what it defines is not made yet."""
        self._own = dict.fromkeys((definition.name for definition in rulebook.definitions), 0)
        self._values.clear()

    def note(self, definition: Definition, rows: int) -> None:
        """A definition was made, of so many rows."""
        self._own[definition.name] = rows

    def let_answer(self, query: str) -> bool:
        """Whether a query may answer anything: nothing that it needs is missing."""
        return all(any(map(self._hold, ways)) for ways in needed_rows(query))

    def _hold(self, needed: Needed) -> bool:
        known = self._own if needed.relation in self._own else self._counts
        if needed.relation not in known:
            return True  # the policy's own lists, which do not change from case to case
        if not known[needed.relation]:
            return False
        values = self._values_in(needed.relation, needed.column) if needed.column else None
        return values is None or not needed.values.isdisjoint(values)

    def _values_in(self, relation: str, column: str) -> frozenset[str] | None:
        """The values that a column holds; None where it is no column, as the query that asks for it then learns."""
        if (relation, column) not in self._values:
            query = f"select distinct {identity(column)} from {relation}"
            try:
                found = self._store.connection.execute(query).fetchall()
                self._values[relation, column] = frozenset(str(value) for (value,) in found)
            except duckdb.BinderException:
                self._values[relation, column] = None
        return self._values[relation, column]


def _execute(store: FactStore, run: PolicyRun, rows: RowsAtHand) -> None:
    """Make the definitions that a policy's rules read or affect, and run the rules, where there are rows for them."""
    rulebook, definitions = run.rulebook, run.definitions
    rows.of_policy(rulebook)
    store.connection.execute("begin")  # one transaction, not a hundred
    try:
        for definition in rulebook.definitions:
            if _filled(rulebook, definition) in store.made:
                store.connection.execute(f"delete from {definition.name}")
                del store.made[_filled(rulebook, definition)]
        for definition in definitions:
            answered = _make(store, rulebook, definition, rows)
            rows.note(definition, answered)
            if answered:
                store.made[_filled(rulebook, definition)] = True
        for rule in run.run:
            if rows.let_answer(rule.query):
                _run(store, rulebook, rule)
        collect_affected_lines(store, run)
    except EngineFailure:
        store.connection.execute("rollback")
        for definition in rulebook.definitions:  # what was made is gone, and the rows of an earlier case are back
            store.made.pop(_laid_out(rulebook, definition), None)
            store.made.pop(_filled(rulebook, definition), None)
        raise
    store.connection.execute("commit")


def _filled(rulebook: Rulebook, definition: Definition) -> str:
    """The name under which a store remembers that a definition's table holds rows."""
    return f"rows of {rulebook.name} {definition.name}"


def _laid_out(rulebook: Rulebook, definition: Definition) -> str:
    """The name under which a store remembers the query by which a definition's table was made."""
    return f"{rulebook.name} {definition.name}"


def _make(store: FactStore, rulebook: Rulebook, definition: Definition, rows: "RowsAtHand") -> int:
    """Fill the table that holds what a definition answers; returns how many rows it has."""
    may_answer = rows.let_answer(definition.query)
    if store.made.get(_laid_out(rulebook, definition)) != definition.query:
        return _lay_out(store, rulebook, definition, filled=may_answer)
    return _run(store, rulebook, definition) if may_answer else 0


def _lay_out(store: FactStore, rulebook: Rulebook, definition: Definition, *, filled: bool) -> int:
    """Make the table that holds what a definition answers, filled or empty; returns how many rows it has."""
    query = definition.query if filled else f"{definition.query} limit 0"
    with _naming(definition, rulebook):
        answered = store.connection.execute(f"create or replace table {definition.name} as {query}").fetchone()
    store.made[_laid_out(rulebook, definition)] = definition.query
    store.layouts += 1
    store.made.pop(_filled(rulebook, definition), None)
    return int(answered[0]) if answered else 0


def _run(store: FactStore, rulebook: Rulebook, what: Rule | Definition) -> int:
    """Run a rule or a definition into its table; returns how many rows it answered."""
    into = f"main.findings {selection(what)}" if isinstance(what, Rule) else f"{what.name} {what.query}"
    kind = "rule" if isinstance(what, Rule) else "definition"
    with _naming(what, rulebook):
        ((answered,),) = store.run(f"{rulebook.name}_{kind}_{what.name}", f"insert into {into}")
    return int(answered)


@contextmanager
def _naming(what: Rule | Definition, rulebook: Rulebook) -> Iterator[None]:
    """Name the query where DuckDB refuses it."""
    try:
        yield
    except duckdb.Error as wrong:
        raise failure(what, rulebook.name, wrong) from None


def _ask(store: FactStore, asked: Sequence[Rule]) -> None:
    """Open questions about every course, as findings of what is not assessed."""
    for rule in asked:
        store.connection.execute(
            "insert into main.findings select ?, ?, 'course', course_id, 'not_assessed', '', '', null"
            " from main.courses",
            [rule.policy, rule.name],
        )


def _read_findings(store: FactStore, rules: Sequence[Rule]) -> tuple[Finding, ...]:
    query = (
        "select distinct policy, rule, subject_kind, subject_id, outcome, because, evidence, units_allowed"
        " from main.located_findings where outcome <> 'not_assessed'"
    )
    return findings_of(store.run("read_findings", query), rules)


def _recommend_lines(store: FactStore) -> tuple[ReviewedLine, ...]:
    rows = store.run(
        "recommend_lines",
        f"""
        select claim_line_id, procedure_code, service_date, units, recommendation, units_allowed
        from ({sql("line_recommendations")})
        order by service_date, claim_id, line_number, claim_line_id
        """,
    )
    return tuple(
        ReviewedLine(line, code, day, units, LineRecommendation(recommendation), allowed)
        for line, code, day, units, recommendation, allowed in rows
    )


def _recommend_courses(store: FactStore) -> dict[str, CourseRecommendation]:
    query = f"select * from ({sql('course_recommendations')}) order by all"
    rows = store.run("recommend_courses", query)
    return {course: CourseRecommendation(recommendation) for course, recommendation in rows}


def _affected_lines(store: FactStore) -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for policy, relation, line in store.connection.execute(
        "select distinct policy, relation, claim_line_id from main.affected_lines order by all"
    ).fetchall():
        found[policy, relation] = (*found.get((policy, relation), ()), line)
    return found
