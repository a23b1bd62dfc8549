"""What a batch has to make before it judges: which definitions, as table or as view, with which columns."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import duckdb
from sqlglot import exp

from isocenter.facts.store import FactStore
from isocenter.review.adding_up import failure
from isocenter.review.policy_tables import load_policy
from isocenter.rulebook.rule import Definition, Rule
from isocenter.rulebook.rulebook import Rulebook
from isocenter.rulebook.sql_subset import parse
from isocenter.terms.findings import NotAssessed
from isocenter.terms.tables import FACT_TABLES

_WORD = re.compile(r"\w+")
_ALWAYS_READ = frozenset(
    {"claim_line_id", "claim_id", "course_id", "member_id", "service_date", "billing_npi", "units"}
)


@dataclass(frozen=True, slots=True)
class MadeDefinition:
    """A definition as a batch makes it: with the columns that are read of it alone."""

    definition: Definition
    is_view: bool  # one that passes rows through: storing them costs more than making them again
    columns: tuple[str, ...]

    @property
    def statement(self) -> str:
        """The statement that makes it, in the schema of its policy."""
        made = "view" if self.is_view else "table"
        columns = ", ".join(self.columns)
        return f"create or replace {made} {self.definition.name} as select {columns} from ({self.definition.query})"


@dataclass(frozen=True, slots=True)
class PolicyPlan:
    """What one policy runs in a batch."""

    rulebook: Rulebook
    definitions: tuple[MadeDefinition, ...]
    rules: tuple[Rule, ...]
    comparing_rules: tuple[Rule, ...]  # these hold courses against each other, at the end
    profiles: tuple[str, ...]  # definitions that the comparing rules read


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """What all policies run in a batch, and which columns of the claim lines they read."""

    policies: tuple[PolicyPlan, ...]
    not_assessed: tuple[NotAssessed, ...]
    claim_line_columns: tuple[str, ...]

    @property
    def all_rules(self) -> list[Rule]:
        """Every rule of every policy, also those that are not assessed."""
        return [rule for policy in self.policies for rule in policy.rulebook.rules]


def plan_batch(rulebooks: Sequence[Rulebook], supplied: Collection[str], *, for_screening: bool = True) -> BatchPlan:
    """Plan a batch whose facts are the `supplied` tables; EngineFailure names a query that DuckDB refuses.

    A screening leaves out the rules that could only ask the same of every subject, see Rule.shown_by.
    """
    rules = [rule for rulebook in rulebooks for rule in rulebook.rules]
    not_assessed = tuple(
        NotAssessed(rule.policy, rule.name, missing)
        for rule in rules
        if (missing := tuple(table for table in _needed(rule, for_screening) if table not in supplied))
    )
    left_out = {(entry.policy, entry.rule) for entry in not_assessed}
    policies = tuple(_plan_policy(rulebook, left_out) for rulebook in rulebooks)
    words = set(_ALWAYS_READ)
    for policy in policies:
        made = {one.definition.name for one in policy.definitions}
        readers = _Readers(policy.rulebook, (*policy.rules, *policy.comparing_rules))
        words |= {word for name in ("claim_lines", *made) for word in readers.words(name)}
    columns = tuple(column for column in FACT_TABLES["claim_lines"]._fields if column in words)
    return BatchPlan(policies, not_assessed, columns)


def _needed(rule: Rule, for_screening: bool) -> tuple[str, ...]:
    return (*rule.needs, *rule.shown_by) if for_screening else rule.needs


def _plan_policy(rulebook: Rulebook, left_out: Collection[tuple[str, str]]) -> PolicyPlan:
    run = [rule for rule in rulebook.rules if (rule.policy, rule.name) not in left_out]
    readers = _Readers(rulebook, run)
    store = FactStore(few_rows=True)  # empty: it tells the columns of each definition
    load_policy(store, rulebook)
    made = []
    for definition in rulebook.definitions:
        words = readers.words(definition.name)
        if not words:
            continue
        try:
            store.connection.execute(f"create view {definition.name} as {definition.query}")
            columns = [row[0] for row in store.connection.execute(f"describe {definition.name}").fetchall()]
        except duckdb.Error as wrong:
            raise failure(definition, rulebook.name, wrong) from None
        kept = tuple(column for column in columns if column in words)
        made.append(MadeDefinition(definition, _passes_rows_through(definition.query), kept))
    store.close()
    comparing = tuple(rule for rule in run if rule.compares)
    compared = {word for rule in comparing for word in _WORD.findall(rule.query)}
    return PolicyPlan(
        rulebook=rulebook,
        definitions=tuple(made),
        rules=tuple(rule for rule in run if not rule.compares),
        comparing_rules=comparing,
        profiles=tuple(one.definition.name for one in made if one.definition.name in compared),
    )


class _Readers:
    """Who reads what in a rulebook of which some rules run."""

    def __init__(self, rulebook: Rulebook, rules: Sequence[Rule]) -> None:
        queries: list[Rule | Definition] = [*rulebook.definitions, *rules]
        self._queries = [(query, set(_WORD.findall(query.query))) for query in queries]
        self._affected = {rule.affects for rule in rules}
        self._known: dict[str, set[str]] = {}

    def words(self, name: str) -> set[str]:
        """Every word of the queries that read a relation, and of those that read all columns of these."""
        if name not in self._known:
            found = {"claim_line_id", "course_id"} if name in self._affected else set()
            for query, own in self._queries:
                if name in own and query.name != name:
                    further = set() if isinstance(query, Rule) else self.words(query.name)
                    if isinstance(query, Rule) or further:  # a definition that nobody reads needs nothing
                        found |= own | (further if ".*" in query.query else set())
            self._known[name] = found
        return self._known[name]


def _passes_rows_through(query: str) -> bool:
    tree = parse(query)
    return not any(tree.find(kind) for kind in (exp.Join, exp.Group, exp.Window, exp.Distinct, exp.Union))
