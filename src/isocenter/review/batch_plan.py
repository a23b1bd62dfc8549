"""What a batch has to make before it judges: which definitions, as table or as view, with which columns."""

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass

import duckdb

from isocenter.engines.database import literal
from isocenter.engines.typed_columns import no_rows
from isocenter.facts.store import FactStore
from isocenter.review.adding_up import columns_added_up, failure
from isocenter.review.execution_plan import PolicyRun, plan_execution
from isocenter.review.policy_tables import load_policy
from isocenter.rulebook.guard import POLICY_TABLES
from isocenter.rulebook.query import needed_rows, texts_read
from isocenter.rulebook.rule import Definition, Rule
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.findings import NotAssessed
from isocenter.terms.tables import FACT_TABLES

_MOST_GROWTH = 50  # of what reads a view: a view is planned again, with all that it reads, wherever it is read


@dataclass(frozen=True, slots=True)
class MadeDefinition:
    """A definition as a batch makes it: with the columns, and by the texts in these the rows, that are read of it."""

    definition: Definition
    is_view: bool  # one that passes rows through, or has none: storing them costs more than making them again
    columns: tuple[str, ...]
    types: tuple[str, ...]  # of the columns, as they are where no type is enumerated
    is_empty: bool  # it needs rows of a table that was not supplied
    texts: Mapping[str, frozenset[str]]  # by column, where rows with others are read by none

    @property
    def query(self) -> str:
        """The query that answers it, with these columns and rows."""
        listed = {column: ", ".join(map(literal, sorted(texts))) for column, texts in self.texts.items()}
        read = " and ".join(f"{column} in ({texts})" for column, texts in listed.items())
        return f"select {', '.join(self.columns)} from ({self.definition.query}){' where ' if read else ''}{read}"

    def statement(self, enumerated: Set[str]) -> str:
        """The statement that makes it, in the schema of its policy; `enumerated` columns are of the types kept."""
        if self.is_empty:
            # Texts would make texts of the numbers that they are united with, in all that reads the union.
            columns = dict(zip(self.columns, self.types, strict=True))
            numbers = {column for column in enumerated & columns.keys() if columns[column] == "VARCHAR"}
            # Joins with what has no row are dropped before they run.
            return f"create or replace view {self.definition.name} as {no_rows(columns, numbers)}"
        made = "view" if self.is_view else "table"
        return f"create or replace {made} {self.definition.name} as {self.query}"


@dataclass(frozen=True, slots=True)
class Step:
    """A rule with the definitions that are made for it, and those that nobody reads behind it."""

    made: tuple[MadeDefinition, ...]
    rule: Rule | None  # None in the last step, for what others than rules read
    dropped: tuple[MadeDefinition, ...]


@dataclass(frozen=True, slots=True)
class PolicyPlan:
    """What one policy runs in a batch, and how its definitions are made."""

    run: PolicyRun
    rules: tuple[Rule, ...]  # that judge each course by itself, without those whose rows no supplied table holds
    definitions: tuple[MadeDefinition, ...]
    profiles: tuple[str, ...]  # definitions that the comparing rules read
    claim_line_columns: frozenset[str]  # that are read, others among them
    tables: frozenset[str]  # of the policy, that are read
    steps: tuple[Step, ...]  # of the rules, in their order: each definition is there from its first reader to its last

    @property
    def rulebook(self) -> Rulebook:
        """The policy."""
        return self.run.rulebook

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
    necessity_waits: bool  # rules on necessity wait for a chart

    @property
    def all_rules(self) -> list[Rule]:
        """Every rule of every policy, also those that are not assessed."""
        return [rule for policy in self.policies for rule in policy.rulebook.rules]


def plan_batch(rulebooks: Sequence[Rulebook], supplied: Collection[str], *, for_screening: bool = True) -> BatchPlan:
    """Plan a batch whose facts are the `supplied` tables; EngineFailure names a query that DuckDB refuses.

    A screening leaves out the rules that could only ask the same of every subject, see Rule.shown_by.
    """
    plan = plan_execution(rulebooks, supplied, for_screening=for_screening)
    policies = tuple(_plan_policy(policy, supplied) for policy in plan.policies)
    read = set(columns_added_up())
    for policy in policies:
        read |= policy.claim_line_columns
    columns = tuple(column for column in FACT_TABLES["claim_lines"]._fields if column in read)
    return BatchPlan(policies, plan.not_assessed, columns, plan.necessity_waits)


def _plan_policy(run: PolicyRun, supplied: Collection[str]) -> PolicyPlan:
    rulebook = run.rulebook
    held = {*supplied, *POLICY_TABLES, *rulebook.tables}
    for definition in run.definitions:
        held |= {definition.name} if _may_answer(definition.query, held) else set()
    rules = tuple(rule for rule in run.rules if _may_answer(rule.query, held))
    readers = _Readers(run, rules, held)
    # Empty, it gives the columns of each definition; tables, for a view of views is planned with all that it reads.
    store = FactStore(few_rows=True)
    load_policy(store, rulebook)
    made, views = [], _views(run.definitions)
    for definition in run.definitions:
        try:
            store.connection.execute(f"create table {definition.name} as {definition.query}")
            if definition not in readers.definitions:
                continue
            described = store.connection.execute(f"describe {definition.name}").fetchall()
        except duckdb.Error as wrong:
            raise failure(definition, rulebook.name, wrong) from None
        read = readers.columns(definition.name)
        kept = [row for row in described if row[0] in read] or described[:1]
        made.append(
            MadeDefinition(
                definition,
                is_view=definition.name in views,
                columns=tuple(column for column, *_ in kept),
                types=tuple(kind for _, kind, *_ in kept),
                is_empty=definition.name not in held,
                texts=readers.texts(definition.name, rulebook),
            )
        )
    store.close()
    compared = {name for rule in run.comparing_rules for name in rule.parts.relations}
    return PolicyPlan(
        run=run,
        rules=rules,
        definitions=tuple(made),
        profiles=tuple(one.definition.name for one in made if one.definition.name in compared),
        claim_line_columns=frozenset(readers.columns("claim_lines")),
        tables=readers.relations & {*POLICY_TABLES, *rulebook.tables},
        steps=_plan_steps(rules, made, {*run.affected, *compared}),
    )


def _plan_steps(
    rules: Sequence[Rule], definitions: Sequence[MadeDefinition], read_at_the_end: Collection[str]
) -> tuple[Step, ...]:
    """A step for each rule, and one for what is `read_at_the_end`, by names.

    A definition is made before the first rule that needs it and dropped behind the last: all at once take a fifth more
    memory.
    """
    by_name = {made.definition.name: made for made in definitions}
    readers: list[tuple[Rule | None, Collection[str]]] = [(rule, rule.parts.relations) for rule in rules]
    made_before: list[list[MadeDefinition]] = []
    last_needed: dict[str, int] = {}
    there: set[str] = set()
    for number, (_, read) in enumerate([*readers, (None, read_at_the_end)]):
        needed = _needed_to_read(read, by_name, there)
        made_before.append([made for made in definitions if made.definition.name in needed - there])
        last_needed |= dict.fromkeys(needed, number)
        there |= needed
    return tuple(
        Step(
            tuple(made),
            rule,
            tuple(one for one in reversed(definitions) if last_needed.get(one.definition.name) == number),
        )
        for number, (made, (rule, _)) in enumerate(zip(made_before, [*readers, (None, ())], strict=True))
    )


def _needed_to_read(
    read: Collection[str], definitions: Mapping[str, MadeDefinition], there: Collection[str]
) -> set[str]:
    """What has to be there, by name: behind a table that is there nothing else is."""
    needed: set[str] = set()
    waiting = [name for name in read if name in definitions]
    while waiting:
        name = waiting.pop()
        made = definitions[name]
        if name in needed:
            continue
        needed.add(name)
        if not made.is_empty and (made.is_view or name not in there):
            waiting += [other for other in made.definition.parts.relations if other in definitions]
    return needed


def _views(definitions: Sequence[Definition]) -> set[str]:
    """The definitions to leave as views: those that pass rows through and do not grow much as views of views."""
    grown: dict[str, int] = {}
    for definition in definitions:
        parts = definition.parts
        growth = parts.growth * max((grown[name] for name in parts.relations if name in grown), default=1)
        if parts.passes_rows_through and growth <= _MOST_GROWTH:
            grown[definition.name] = growth
    return set(grown)


def _may_answer(query: str, held: Collection[str]) -> bool:
    """Whether a query may answer any row, with rows in the relations `held` alone."""
    return all(any(needed.relation in held for needed in ways) for ways in needed_rows(query))


class _Readers:
    """Who reads what of what one policy runs: rules, and the definitions that have rows and are read themselves."""

    def __init__(self, run: PolicyRun, rules: Sequence[Rule], held: Collection[str]) -> None:
        self._rules = (*rules, *run.comparing_rules)
        self._affected = run.affected
        read = {name for rule in self._rules for name in rule.parts.relations} | set(run.affected)
        needed = []
        for definition in reversed(run.definitions):
            if definition.name in read:
                needed.append(definition)
                read |= definition.parts.relations if definition.name in held else set()
        self.definitions = needed[::-1]
        self._with_rows = [definition for definition in self.definitions if definition.name in held]

    @property
    def relations(self) -> frozenset[str]:
        """Names of all relations that are read."""
        readers: list[Rule | Definition] = [*self._rules, *self._with_rows]
        return frozenset().union(*(one.parts.relations for one in readers))

    def columns(self, relation: str) -> set[str]:
        """Names of the columns that are read of a relation; where it is read by `*`, others may be among them."""
        found = {"claim_line_id", "course_id"} if relation in self._affected else set()
        readers: list[Rule | Definition] = [*self._rules, *self._with_rows]
        for one in readers:
            read = one.parts.columns_of.get(relation, frozenset())
            found |= read - {"*"}
            if "*" in read:
                found |= one.parts.columns | (self.columns(one.name) if isinstance(one, Definition) else set())
        return found

    def texts(self, relation: str, rulebook: Rulebook) -> dict[str, frozenset[str]]:
        """The texts that all who read a relation read in a column of it, for each column that they all confine.

        Texts of a table of the policy are known; what other relations hold is not.
        """
        if relation in self._affected:
            return {}
        queries = [rule.query for rule in self._rules if relation in rule.parts.relations]
        queries += [one.query for one in self._with_rows if relation in one.parts.relations]
        found: dict[str, frozenset[str]] | None = None
        for query in queries:
            confined = {
                read.column: read.texts | _texts_in(rulebook, read.as_in, read.column)
                for read in texts_read(query)
                if read.relation == relation and read.as_in <= rulebook.tables.keys()
            }
            found = (
                confined
                if found is None
                else {name: found[name] | confined[name] for name in found if name in confined}
            )
        return found or {}


def _texts_in(rulebook: Rulebook, tables: Collection[str], column: str) -> frozenset[str]:
    """What tables of the policy hold in a column."""
    texts: set[str] = set()
    for table in tables:
        header, rows = rulebook.tables[table]
        texts |= {str(row[list(header).index(column)]) for row in rows}
    return frozenset(texts)
