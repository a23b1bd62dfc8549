"""What a batch has to make before it judges: which definitions, as table or as view, with which columns."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import duckdb

from isocenter.facts.store import FactStore
from isocenter.review.adding_up import columns_added_up, failure
from isocenter.review.execution_plan import PolicyRun, plan_execution
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
    """What one policy runs in a batch, and how its definitions are made."""

    run: PolicyRun
    definitions: tuple[MadeDefinition, ...]
    profiles: tuple[str, ...]  # definitions that the comparing rules read

    @property
    def rulebook(self) -> Rulebook:
        """The policy."""
        return self.run.rulebook

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that judge each course by itself."""
        return self.run.rules

    @property
    def comparing_rules(self) -> tuple[Rule, ...]:
        """The rules that hold courses against each other, at the end."""
        return self.run.comparing_rules


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
    plan = plan_execution(rulebooks, supplied, for_screening=for_screening)
    policies = tuple(map(_plan_policy, plan.policies))
    read = set(columns_added_up())
    for policy in policies:
        read |= _Readers(policy.run).columns("claim_lines")
    columns = tuple(column for column in FACT_TABLES["claim_lines"]._fields if column in read)
    return BatchPlan(policies, plan.not_assessed, columns)


def _plan_policy(run: PolicyRun) -> PolicyPlan:
    rulebook, readers = run.rulebook, _Readers(run)
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
    compared = {name for rule in run.comparing_rules for name in rule.parts.relations}
    return PolicyPlan(
        run=run,
        definitions=tuple(made),
        profiles=tuple(one.definition.name for one in made if one.definition.name in compared),
    )


class _Readers:
    """Who reads what of what one policy runs."""

    def __init__(self, run: PolicyRun) -> None:
        self.definitions = run.definitions
        self._rules = run.run
        self._affected = run.affected

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
