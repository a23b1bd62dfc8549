"""What a batch has to make before it judges: which definitions, as table or as view, with which columns."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import duckdb

from isocenter.facts.store import FactStore
from isocenter.review.adding_up import columns_added_up, failure
from isocenter.review.policy_tables import load_policy
from isocenter.rulebook.rule import Definition, Rule
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.findings import NotAssessed
from isocenter.terms.tables import FACT_TABLES


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
    read = set(columns_added_up())
    for policy in policies:
        read |= _Readers(policy.rulebook, (*policy.rules, *policy.comparing_rules)).columns("claim_lines")
    columns = tuple(column for column in FACT_TABLES["claim_lines"]._fields if column in read)
    return BatchPlan(policies, not_assessed, columns)


def _needed(rule: Rule, for_screening: bool) -> tuple[str, ...]:
    return (*rule.needs, *rule.shown_by) if for_screening else rule.needs


def _plan_policy(rulebook: Rulebook, left_out: Collection[tuple[str, str]]) -> PolicyPlan:
    run = [rule for rule in rulebook.rules if (rule.policy, rule.name) not in left_out]
    readers = _Readers(rulebook, run)
    store = FactStore(few_rows=True)  # empty: it tells the columns of each definition
    load_policy(store, rulebook)
    made = []
    for definition in readers.definitions:
        try:
            store.connection.execute(f"create view {definition.name} as {definition.query}")
            columns = [row[0] for row in store.connection.execute(f"describe {definition.name}").fetchall()]
        except duckdb.Error as wrong:
            raise failure(definition, rulebook.name, wrong) from None
        read = readers.columns(definition.name)
        kept = tuple(column for column in columns if column in read) or tuple(columns[:1])
        made.append(MadeDefinition(definition, definition.parts.passes_rows_through, kept))
    store.close()
    comparing = tuple(rule for rule in run if rule.compares)
    compared = {name for rule in comparing for name in rule.parts.relations}
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
        self.definitions = rulebook.definitions_for(rules)
        self._rules = rules
        self._affected = {rule.affects for rule in rules}

    def columns(self, relation: str) -> set[str]:
        """Names of the columns that are read of a relation; those of other relations may be among them."""
        found = {"claim_line_id", "course_id"} if relation in self._affected else set()
        for rule in self._rules:
            if relation in rule.parts.relations:
                found |= rule.parts.columns
        for definition in self.definitions:
            if relation in definition.parts.relations:
                found |= definition.parts.columns
                if definition.parts.takes_all_columns:
                    found |= self.columns(definition.name)
        return found
