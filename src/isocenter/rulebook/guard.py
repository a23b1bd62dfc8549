"""What a policy folder may hold at all: policies come from strangers, so this is asked before anything of it runs.

A query may only select from the facts and from what its own folder defines, by the functions of the common subset.
DuckDB is locked besides (isocenter.engines.database); on Spark this check is the lock.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from isocenter.errors import BrokenRule
from isocenter.rulebook.parts import Table
from isocenter.rulebook.query import parts_of, what_reaches_out_of
from isocenter.rulebook.query_parts import WHAT_A_QUERY_MAY
from isocenter.rulebook.rule import Definition, Rule
from isocenter.terms.tables import FACT_TABLES

# Tables that the engine makes from the policy folder itself.
POLICY_TABLES = frozenset({"codes", "readings", "document_checklist", "course_codes", "supplied_tables"})
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
# Words that DuckDB reads as part of a statement wherever they stand.
RESERVED = frozenset((
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "both", "case", "cast", "check",
    "collate", "column", "constraint", "create", "default", "deferrable", "desc", "describe", "distinct", "do",
    "else", "end", "except", "false", "fetch", "for", "foreign", "from", "group", "having", "in", "initially",
    "intersect", "into", "lambda", "lateral", "leading", "limit", "not", "null", "offset", "on", "only", "or",
    "order", "pivot", "pivot_longer", "pivot_wider", "placing", "primary", "qualify", "references", "returning",
    "select", "show", "some", "summarize", "symmetric", "table", "then", "to", "trailing", "true", "union", "unique",
    "unpivot", "using", "variadic", "when", "where", "window", "with",
))  # fmt: skip
_SCHEMAS = frozenset({"main", "temp", "system", "pg_catalog", "information_schema"})
_TAKEN = frozenset(
    {
        *FACT_TABLES,
        *POLICY_TABLES,
        "findings",
        "located_findings",
        "finding_effects",
        "affected_lines",
        "rules",
        "codes_rested_on",
        "lines_met",
        "judged_lines",
        "courses_out_of_scope",
    }
)


def refuse_what_reaches_out(
    policy: str, rules: Sequence[Rule], definitions: Sequence[Definition], tables: Mapping[str, Table]
) -> None:
    """BrokenRule for the first name or query that is more than a selection from facts and the folder's own tables."""
    identifiers = list(_identifiers(policy, definitions, tables))
    for what, name in [*identifiers, *_names(rules)]:
        if not _NAME.fullmatch(name):
            raise BrokenRule(f"{what} {name[:60]!r}: a name has small letters, digits and _, and begins with a letter")
    for what, name in identifiers:
        if name in RESERVED:
            raise BrokenRule(f"{what} {name!r}: SQL reads this word as part of a statement; choose another name")
    if policy in _SCHEMAS:
        raise BrokenRule(f"policy.toml: the name {policy!r} is used by the database; choose another")
    defined = [definition.name for definition in definitions]
    for name in [*defined, *tables]:
        if name in _TAKEN:
            raise BrokenRule(f"{name}: a definition or table cannot have the name of a fact table; choose another")
    _expect_known_names(rules, defined)
    relations = {*FACT_TABLES, *POLICY_TABLES, *tables, *defined}
    queries: list[Rule | Definition] = [*definitions, *rules]
    for query in queries:
        wrong = what_reaches_out(query.query, relations)
        if wrong:
            raise BrokenRule(f"{query.path.name}: {wrong}")


def _expect_known_names(rules: Sequence[Rule], defined: Collection[str]) -> None:
    """BrokenRule where a header names a definition or a table that is not there: the rule would never be run."""
    for rule in rules:
        if rule.affects and rule.affects not in defined:
            raise BrokenRule(f"{rule.path.name}: affects {rule.affects}, which is not a definition of this policy")
        unknown = min({*rule.needs, *rule.shown_by} - FACT_TABLES.keys(), default="")
        if unknown:
            raise BrokenRule(f"{rule.path.name}: needs, or is shown by, {unknown[:60]!r}, which is not a fact table")


def what_reaches_out(query: str, relations: Collection[str]) -> str:
    """Why a query may not be run, '' where it may: it only selects from these relations."""
    try:
        wrong = what_reaches_out_of(query)
    except ValueError as unparsed:
        return f"the query cannot be parsed: {unparsed}"
    unknown = "" if wrong else min(parts_of(query).relations - set(relations), default="")
    if unknown:
        return f"it reads {unknown[:80]!r}, which this policy does not have; {WHAT_A_QUERY_MAY}"
    return wrong


def _names(rules: Sequence[Rule]) -> Iterator[tuple[str, str]]:
    for rule in rules:
        yield f"{rule.path.name}: the rule", rule.name
        yield f"{rule.path.name}: the group", rule.group
        if rule.affects:
            yield f"{rule.path.name}: affects", rule.affects


def _identifiers(
    policy: str, definitions: Sequence[Definition], tables: Mapping[str, Table]
) -> Iterator[tuple[str, str]]:
    yield "policy.toml: the name", policy
    for definition in definitions:
        yield "the definition", definition.name
    for table, (header, _) in tables.items():
        yield "the table", table
        for column in header:
            yield f"tables/{table}.csv: the column", column
