"""What a policy folder may hold at all: policies come from strangers, so this is asked before anything of it runs.

A query may only select from the facts and from what its own folder defines, by the functions of the common subset.
DuckDB is locked besides (isocenter.engines.database); on Spark this check is the lock.
"""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from sqlglot import exp

from isocenter.errors import BrokenRule
from isocenter.rulebook.query import parse
from isocenter.rulebook.rule import Definition, Rule
from isocenter.rulebook.sql_subset import is_common_function
from isocenter.terms.tables import FACT_TABLES

if TYPE_CHECKING:
    from isocenter.rulebook.rulebook import Rulebook

# Tables that the engine makes from the policy folder itself.
POLICY_TABLES = frozenset({"codes", "readings", "document_checklist", "course_codes", "supplied_tables"})
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
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
        "lines_met",
        "judged_lines",
        "courses_out_of_scope",
    }
)
_LONGEST_QUERY = 100_000
# What one engine reads otherwise than the other, so that a text could be harmless to the check and not to Spark.
_MISREAD = ("\\", "`", '"', "${", "$$", "/*", "\x00")
# fmt: off
_NODES = frozenset((
    exp.Add, exp.Alias, exp.And, exp.Between, exp.Boolean, exp.Column, exp.CTE, exp.DataType, exp.Distinct, exp.Div,
    exp.EQ, exp.Except, exp.From, exp.Group, exp.GT, exp.GTE, exp.Having, exp.Identifier, exp.If, exp.In,
    exp.Intersect, exp.Is, exp.Join, exp.Like, exp.Limit, exp.Literal, exp.LT, exp.LTE, exp.Mod, exp.Mul, exp.Neg,
    exp.NEQ, exp.Not, exp.Null, exp.Or, exp.Order, exp.Ordered, exp.Paren, exp.Select, exp.Star, exp.Sub, exp.Subquery,
    exp.Table, exp.TableAlias, exp.Tuple, exp.Union, exp.Where, exp.Window, exp.WindowSpec, exp.With,
))
# fmt: on


def refuse_what_reaches_out(rulebook: "Rulebook") -> None:
    """BrokenRule for the first name or query that is more than a selection from facts and the folder's own tables."""
    for what, name in _names(rulebook):
        if not _NAME.fullmatch(name):
            raise BrokenRule(f"{what} {name[:60]!r}: a name has small letters, digits and _, and begins with a letter")
    if rulebook.name in _SCHEMAS:
        raise BrokenRule(f"policy.toml: the name {rulebook.name!r} is used by the database; choose another")
    definitions = [definition.name for definition in rulebook.definitions]
    for name in [*definitions, *rulebook.tables]:
        if name in _TAKEN:
            raise BrokenRule(f"{name}: a definition or table cannot bear the name of a fact table; choose another")
    relations = {*FACT_TABLES, *POLICY_TABLES, *rulebook.tables, *definitions}
    queries: list[Rule | Definition] = [*rulebook.definitions, *rulebook.rules]
    for query in queries:
        wrong = what_reaches_out(query.query, relations)
        if wrong:
            raise BrokenRule(f"{query.path.name}: {wrong}")


def what_reaches_out(query: str, relations: Iterable[str]) -> str:
    """Why a query may not be run, '' where it may: it only selects from these relations."""
    if len(query) > _LONGEST_QUERY:
        return f"the query has {len(query):,} characters; expected at most {_LONGEST_QUERY:,}"
    for sign in _MISREAD:
        if sign in query:
            return f"the query holds {sign!r}, which engines read differently; write it without"
    try:
        tree = parse(query)
    except ValueError as unparsed:
        return f"the query cannot be parsed: {unparsed}"
    known = {*relations, *(step.alias for step in tree.find_all(exp.CTE))}
    for node in tree.walk():
        wrong = _what_is_wrong(node, known)
        if wrong:
            return f"{wrong}; a query selects from fact tables and from the folder's own definitions and tables"
    return ""


def _what_is_wrong(node: exp.Expr, known: set[str]) -> str:
    match node:
        case exp.Table():
            is_plain = isinstance(node.this, exp.Identifier) and not node.db and not node.catalog
            if not is_plain or node.this.quoted:
                return f"it reads {node.sql()[:80]}, which is not the plain name of a table"
            return "" if node.name in known else f"it reads {node.name[:80]!r}, which this policy does not have"
        case exp.With() if node.args.get("recursive"):
            return "it is recursive"
        case exp.Func() if not is_common_function(node):
            name = node.name if isinstance(node, exp.Anonymous) else node.sql_name().lower()
            return f"it calls {name[:80]!r}, which is not in the common subset"
        case exp.Func():
            return ""
        case _ if type(node) not in _NODES:
            return f"it holds {node.sql()[:80]!r}"
    return ""


def _names(rulebook: "Rulebook") -> Iterator[tuple[str, str]]:
    yield "policy.toml: the name", rulebook.name
    for rule in rulebook.rules:
        yield f"{rule.path.name}: the rule", rule.name
        yield f"{rule.path.name}: the group", rule.group
        if rule.affects:
            yield f"{rule.path.name}: affects", rule.affects
    for definition in rulebook.definitions:
        yield "the definition", definition.name
    for table, (header, _) in rulebook.tables.items():
        yield "the table", table
        for column in header:
            yield f"tables/{table}.csv: the column", column
