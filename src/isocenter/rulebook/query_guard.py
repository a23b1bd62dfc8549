"""What a query may hold at all, by its syntax tree: a selection from plain names, by functions of the common subset."""

from collections import Counter

from sqlglot import exp

from isocenter.rulebook.query_form import odd_part, odd_writing
from isocenter.rulebook.query_parts import WHAT_A_QUERY_MAY
from isocenter.rulebook.query_work import too_much_work
from isocenter.rulebook.sql_subset import (
    PRINTED,
    REPLACED,
    is_common_function,
    not_common,
    prints_as_it_may,
    replaces_as_it_may,
)
from isocenter.rulebook.syntax import parse

# fmt: off
_NODES = frozenset((
    exp.Add, exp.Alias, exp.And, exp.Between, exp.Boolean, exp.Column, exp.CTE, exp.DataType, exp.Distinct, exp.Div,
    exp.EQ, exp.Except, exp.From, exp.Group, exp.GT, exp.GTE, exp.Having, exp.Identifier, exp.If, exp.In,
    exp.Intersect, exp.Is, exp.Join, exp.Like, exp.Limit, exp.Literal, exp.LT, exp.LTE, exp.Mod, exp.Mul, exp.Neg,
    exp.NEQ, exp.Not, exp.Null, exp.Or, exp.Order, exp.Ordered, exp.Paren, exp.Select, exp.Star, exp.Sub, exp.Subquery,
    exp.Table, exp.TableAlias, exp.Tuple, exp.Union, exp.Where, exp.Window, exp.WindowSpec, exp.With,
))
# fmt: on


def reaches_out_by_tree(query: str) -> str:
    """Why a query may not be run whatever relations there are, '' where it may."""
    if odd := odd_writing(query):
        return odd
    try:
        tree = parse(query)
    except ValueError as unparsed:
        return f"the query cannot be parsed: {unparsed}"
    wrong = next((wrong for node in tree.walk() if (wrong := _what_is_wrong(node) or odd_part(node))), "")
    wrong = wrong or _row_as_a_value(tree)
    return f"{wrong}; {WHAT_A_QUERY_MAY}" if wrong else too_much_work(tree)


def _what_is_wrong(node: exp.Expr) -> str:
    match node:
        case exp.Table():
            is_plain = isinstance(node.this, exp.Identifier) and not node.db and not node.catalog
            if not is_plain or node.this.quoted:
                return f"it reads {node.sql()[:80]}, which is not the plain name of a table"
            return ""
        case exp.With() if node.args.get("recursive"):
            return "it is recursive"
        case exp.Join():
            return _what_is_wrong_with_join(node)
        case exp.Select():
            twice = _named_twice(node)
            return f"it names two columns {twice[:80]!r}, so that which one is meant is not certain" if twice else ""
        case exp.Func() if not is_common_function(node):
            name = node.name if isinstance(node, exp.Anonymous) else node.sql_name().lower()
            return f"it calls a function: {not_common(name)}"
        case exp.Func() if not prints_as_it_may(node):
            return f"it calls printf otherwise than as {PRINTED}"
        case exp.Func() if not replaces_as_it_may(node):
            return f"it calls replace otherwise than as {REPLACED}"
        case exp.Func():
            return ""
        case _ if type(node) not in _NODES:
            return f"it holds {node.sql()[:80]!r}"
    return ""


def _what_is_wrong_with_join(join: exp.Join) -> str:
    if join.method:  # Spark has no asof and positional join; what a natural one compares are the columns just loaded
        kind = join.method.lower()
        return f"it holds a {kind} join, which engines answer differently; write the condition after `on`"
    if join.kind != "CROSS" and not (join.args.get("on") or join.args.get("using")):
        return f"it joins {join.this.sql()[:80]} without a condition; write one after `on`, or write `cross join`"
    return ""


def _named_twice(select: exp.Select) -> str:
    """The first name that two columns of a selection have, '' where there is none."""
    named = [column for column in select.expressions if isinstance(column, (exp.Alias, exp.Column))]
    times = Counter(column.output_name.lower() for column in named if not column.is_star)
    return next((name for name in times if times[name] > 1), "")


def _row_as_a_value(tree: exp.Expr) -> str:
    """What is wrong with the first column that has the name of a relation around it, '' where none does.

    DuckDB reads such a name, where the relation has no such column, as the whole row; Spark knows no such column.
    """
    left = [(tree, frozenset[str](), frozenset[str]())]  # each node, the relations it may name, and a derived table may
    while left:
        node, around, outside = left.pop()
        if isinstance(node, exp.Column) and not node.table and node.name.lower() in around:
            name = node.name[:80]
            return (
                f"it names the column {name!r} by itself, which is also the name of a relation; write relation.column"
            )
        if isinstance(node, exp.Subquery) and isinstance(node.parent, (exp.From, exp.Join)):
            around = outside
        if isinstance(node, exp.Select):
            around, outside = around | _relations_of(node), around
        left += [
            (child, outside if isinstance(child, exp.With) else around, outside) for child in node.iter_expressions()
        ]
    return ""


def _relations_of(select: exp.Select) -> set[str]:
    """The names that a selection gives to what it selects from, in lower case."""
    clauses = [clause for key in ("from", "from_") if (clause := select.args.get(key))]
    nodes = [node for clause in (*clauses, *select.args.get("joins", ())) for node in clause.walk(prune=_is_select)]
    return {node.alias_or_name.lower() for node in nodes if isinstance(node, (exp.Table, exp.Subquery))}


def _is_select(node: exp.Expr) -> bool:
    return isinstance(node, exp.Select)
