"""What a query reads and says, taken from its syntax tree: no comment and no text in quotes decides anything."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

# What it does not know it would announce on the terminal; here that is a sentence of ours.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)

OUTCOMES = ("met", "not_met", "not_documented", "not_applicable")


@dataclass(frozen=True, slots=True)
class QueryParts:
    """What a query reads: relations and columns by name, readings and lists by name; and which outcomes it gives.

    `columns` are the names of all columns anywhere in the query, whichever relation they belong to;
    `takes_all_columns` says that some relation is read by `*`.
    """

    relations: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()
    takes_all_columns: bool = False
    passes_rows_through: bool = False  # neither joins, groups, orders nor unites rows
    readings: frozenset[str] = frozenset()
    code_lists: frozenset[str] = frozenset()
    document_kinds: frozenset[str] = frozenset()
    document_elements: frozenset[str] = frozenset()
    outcomes: frozenset[str] = frozenset()


@cache
def parse(query: str) -> exp.Query:
    """The syntax tree of a query; ValueError says where it cannot be parsed."""
    try:
        tree = sqlglot.parse_one(query, read="duckdb")
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    except SqlglotError as wrong:
        raise ValueError(re.sub(r"\x1b\[\d+m", "", str(wrong)).split("\n", maxsplit=1)[0]) from None
    if not isinstance(tree, exp.Query):
        raise ValueError("not a query; expected `with ... select` or `select`")
    return tree


@cache
def parts_of(query: str) -> QueryParts:
    """What a query reads and says; ValueError says where it cannot be parsed."""
    tree = parse(query)
    columns = [column.name for column in tree.find_all(exp.Column)]
    joined_by = [named.name for join in tree.find_all(exp.Join) for named in join.args.get("using") or ()]
    return QueryParts(
        relations=frozenset(_relations(tree, frozenset())),
        columns=frozenset({*columns, *joined_by} - {"*"}),
        takes_all_columns=any(not isinstance(star.parent, exp.Count) for star in tree.find_all(exp.Star)),
        passes_rows_through=not any(
            tree.find(kind) for kind in (exp.Join, exp.Group, exp.Window, exp.Distinct, exp.SetOperation)
        ),
        readings=_compared_with(tree, "name", "readings"),
        code_lists=_compared_with(tree, "code_list"),
        document_kinds=_compared_with(tree, "kind", "documents"),
        document_elements=_compared_with(tree, "element", "document_elements"),
        outcomes=frozenset(
            literal.name
            for literal in tree.find_all(exp.Literal)
            if literal.is_string and literal.name in OUTCOMES and not _is_compared(literal)
        ),
    )


def _relations(node: exp.Expr, steps: frozenset[str]) -> Iterator[str]:
    """Names of the tables that are read, without the steps (`with`) that the query itself makes on the way."""
    if isinstance(node, exp.Table) and node.name and node.name not in steps:
        yield node.name
    if isinstance(node, exp.Query):
        for step in node.ctes:
            # A step may bear the name of what it reads; within it the name means that.
            yield from _relations(step.this, steps)
            steps |= {step.alias}
    for name, inner in node.args.items():
        if name in ("with", "with_"):
            continue
        for child in inner if isinstance(inner, list) else (inner,):
            if isinstance(child, exp.Expr):
                yield from _relations(child, steps)


def _compared_with(tree: exp.Expr, column: str, table: str = "") -> frozenset[str]:
    """Text literals that a column is compared with by = or in."""
    found: set[str] = set()
    for node in tree.find_all(exp.EQ, exp.In):
        left = node.this
        if isinstance(left, exp.Column) and left.name == column and (not table or left.table == table):
            others = node.expressions if isinstance(node, exp.In) else [node.expression]
            found.update(other.name for other in others if isinstance(other, exp.Literal) and other.is_string)
    return frozenset(found)


def _is_compared(literal: exp.Literal) -> bool:
    return isinstance(literal.parent, exp.EQ | exp.NEQ | exp.In)
