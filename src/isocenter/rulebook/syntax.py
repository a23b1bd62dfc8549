"""The syntax tree of a query, and what the query reads and says by it: no comment and no text in quotes decides."""

import logging
import re
from collections.abc import Iterator
from functools import cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from isocenter.rulebook.query_parts import OUTCOMES, QueryParts
from isocenter.rulebook.query_work import written_out

# What it does not know it would announce on the terminal; here that is a sentence of ours.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)

_OF_DOCUMENTS = ("documents", "_elements")  # how the fact tables of documents and the definitions over them end
_LONGEST_QUERY = 100_000
_DEEPEST = 150  # seven times as deep as any query of the bundled policies
_COMPARES = (exp.EQ, exp.NEQ, exp.In)
_GATHERS = (exp.Join, exp.Group, exp.Window, exp.Distinct, exp.SetOperation)


@cache
def parse(query: str) -> exp.Query:
    """The syntax tree of a query; ValueError says where it cannot be parsed."""
    if len(query) > _LONGEST_QUERY:
        raise ValueError(f"it has {len(query):,} characters; expected at most {_LONGEST_QUERY:,}")
    try:
        tree = sqlglot.parse_one(query, read="duckdb")
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    except SqlglotError as wrong:
        raise ValueError(re.sub(r"\x1b\[\d+m", "", str(wrong)).split("\n", maxsplit=1)[0]) from None
    if not isinstance(tree, exp.Query):
        raise ValueError("not a query; expected `with ... select` or `select`")
    if _is_deeper(tree, _DEEPEST):
        raise ValueError("it is nested too deep")
    return tree


def _is_deeper(tree: exp.Expr, most: int) -> bool:
    """Whether a tree has more levels than `most`: what goes through a tree goes down once more with each."""
    level = [tree]
    for _ in range(most):
        level = [inner for node in level for inner in node.iter_expressions()]
        if not level:
            return False
    return True


def with_step(query: str, name: str, made_by: str) -> str:
    """The query with a step before all others, `with name as (made_by)`, that its steps read by that name."""
    first = sqlglot.tokenize(query, read="duckdb")[0]
    if first.token_type.name != "WITH":
        return f"with {name} as ({made_by})\n{query}"
    return f"{query[: first.end + 1]}\n\n{name} as (\n\n    {made_by}\n\n),\n{query[first.end + 1 :]}"


def parts_by_tree(query: str) -> QueryParts:
    """What a query reads and says; ValueError says where it cannot be parsed."""
    tree = parse(query)
    found: dict[type[exp.Expr], list[exp.Expr]] = {}
    for node in tree.walk():  # once: a walk takes as long as parsing
        found.setdefault(type(node), []).append(node)
    if any(not one.expressions for one in found.get(exp.Select, ())):
        raise ValueError("a select names no column")
    named = [column.name for column in found.get(exp.Column, ())]
    joined_by = [name.name for join in found.get(exp.Join, ()) for name in join.args.get("using") or ()]
    compared = [compared for node in (*found.get(exp.EQ, ()), *found.get(exp.In, ())) for compared in _compared(node)]
    said = [node for node in found.get(exp.Literal, ()) if node.is_string and node.name in OUTCOMES]
    relations = frozenset(_relations(tree, frozenset()))
    return QueryParts(
        relations=relations,
        columns=frozenset({*named, *joined_by} - {"*"}),
        columns_of=_columns_of(relations, found, of_any={*joined_by}),
        passes_rows_through=not any(issubclass(kind, _GATHERS) for kind in found),
        growth=written_out(tree).growth,
        readings=frozenset(text for table, column, text in compared if (table, column) == ("readings", "name")),
        code_lists=frozenset(text for _, column, text in compared if column == "code_list"),
        measures=frozenset(text for _, column, text in compared if column == "measure"),
        document_kinds=frozenset(
            text for table, column, text in compared if column == "kind" and table.endswith(_OF_DOCUMENTS)
        ),
        document_elements=frozenset(
            text for table, column, text in compared if column == "element" and table.endswith(_OF_DOCUMENTS)
        ),
        outcomes=frozenset(literal.name for literal in said if not isinstance(literal.parent, _COMPARES)),
        answers=tuple(tree.named_selects),
        else_outcomes=frozenset(
            str(last.name)
            for node in (*found.get(exp.Case, ()), *tree.find_all(exp.Coalesce))
            if (last := _left_over(node)) is not None and _is_outcome(last)
        ),
        refuses_what_is_absent=any(
            _is_outcome(branch.args.get("true"), "not_met") and _is_absence(branch.this)
            for case in found.get(exp.Case, ())
            for branch in case.args.get("ifs", ())
        ),
    )


def _columns_of(
    relations: frozenset[str], found: dict[type[exp.Expr], list[exp.Expr]], of_any: set[str]
) -> dict[str, frozenset[str]]:
    """The columns under the names that each relation has, and with each those under none and those `of_any`."""
    if any(not isinstance(star.parent, exp.Column | exp.Count) for star in found.get(exp.Star, ())):
        of_any.add("*")
    by_name: dict[str, set[str]] = {}
    for column in found.get(exp.Column, ()):
        owner = column.text("table").lower()
        (by_name.setdefault(owner, set()) if owner else of_any).add(column.name)
    borne: dict[str, set[str]] = {relation: set() for relation in relations}
    for table in found.get(exp.Table, ()):
        borne.get(table.name, set()).add(table.alias_or_name.lower())
    return {
        relation: frozenset(of_any.union(*(by_name.get(name, ()) for name in names)))
        for relation, names in borne.items()
    }


def _left_over(node: exp.Expr) -> exp.Expr | None:
    """What a `case` or a `coalesce` answers where nothing else does."""
    last: exp.Expr | None = node.args.get("default") if isinstance(node, exp.Case) else (node.expressions or [None])[-1]
    return last


def _compared(node: exp.Expr) -> Iterator[tuple[str, str, str]]:
    """Table, column and text where a column is compared with texts by = or in."""
    left = node.this
    if isinstance(left, exp.Column):
        others = node.expressions if isinstance(node, exp.In) else [node.expression]
        for other in others:
            if isinstance(other, exp.Literal) and other.is_string:
                yield left.table, left.name, other.name


def _is_outcome(node: object, *outcomes: str) -> bool:
    return isinstance(node, exp.Literal) and node.is_string and node.name in (outcomes or OUTCOMES)


def _is_absence(condition: exp.Expr) -> bool:
    """Whether a condition holds where something is missing, and asks nothing of what is there."""
    match condition.unnest():
        case exp.And() as both:
            return _is_absence(both.left) and _is_absence(both.right)
        case exp.Or() as either:
            return _is_absence(either.left) or _is_absence(either.right)
        case exp.Is() as compared:
            return isinstance(compared.expression, exp.Null)
        case exp.Not() as denied:
            return isinstance(denied.this.unnest(), exp.Exists)
    return False


def _relations(node: exp.Expr, steps: frozenset[str]) -> Iterator[str]:
    """Names of the tables that are read, without the steps (`with`) that the query itself makes on the way."""
    if isinstance(node, exp.Table) and node.name and node.name not in steps:
        yield node.name
    if isinstance(node, exp.Query):
        for step in node.ctes:
            # A step may have the name of what it reads; within it the name means that.
            yield from _relations(step.this, steps)
            steps |= {step.alias}
    for name, inner in node.args.items():
        if name in ("with", "with_"):
            continue
        for child in inner if isinstance(inner, list) else (inner,):
            if isinstance(child, exp.Expr):
                yield from _relations(child, steps)
