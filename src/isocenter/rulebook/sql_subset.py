"""Holds a query to the SQL that means the same on DuckDB and Spark."""

import re

from sqlglot import exp

from isocenter.rulebook.syntax import parse

# Each was run on DuckDB 2.0 and Spark 3.5, 4.0 and 4.3 with equal answers.
# fmt: off
_FUNCTIONS = frozenset((
    exp.Abs, exp.And, exp.Avg, exp.Between, exp.Case, exp.Cast, exp.Ceil, exp.Coalesce, exp.Concat, exp.Count,
    exp.CountIf, exp.Day, exp.Exists, exp.Floor, exp.Greatest, exp.If, exp.In, exp.Lag, exp.Lead, exp.Least,
    exp.Length, exp.Like, exp.LogicalAnd, exp.LogicalOr, exp.Lower, exp.Max, exp.Min, exp.Mod,
    exp.Month, exp.Nullif, exp.Or, exp.Pow, exp.Replace, exp.RowNumber, exp.Sqrt, exp.StartsWith,
    exp.Substring, exp.Sum, exp.Trim, exp.TryCast, exp.Upper, exp.Year,
))
# fmt: on
_UNKNOWN_TO_SQLGLOT = ("printf", "replace")
# As docs/policies.md lists them.
FUNCTIONS = (
    "abs, avg, bool_and, bool_or, cast, ceil, coalesce, concat, count, count_if, day, floor, greatest, if, lag, lead,"
    " least, length, lower, max, min, mod, month, nullif, power, printf, replace, row_number, sqrt, starts_with,"
    " substring, sum, trim, try_cast, upper, year"
)
DAYS_APART = "hold a date against another one plus a number of days, as in service_date <= planned_on + 30"
PRINTED = "printf('%.1f', floor(x * 10 + 0.5) / 10)"
REPLACED = "replace(x, 'old', 'new') with two texts in quotes, the second no longer than the first"
_ROUNDED = (("%.1f", "10"), ("%.2f", "100"))  # how a number is printed, and what it is rounded by before
_OF_DATES = re.compile(r"date|day|time|interval|age$", re.IGNORECASE)
_CODE_LITERAL = re.compile(r"\d{5}|\d{4}[A-Z]|[A-Z]\d{4}")


def complaints(query: str) -> list[str]:
    """Everything in a query that DuckDB and Spark do not read alike, or that a rule must not hold."""
    try:
        tree = parse(query)
    except ValueError as wrong:
        return [f"cannot be parsed: {wrong}"]
    found = [sentence for node in tree.walk() if (sentence := _complaint(node))]
    if tree.args.get("order") is not None:
        found.append("order by at the end: rows of an answer have no order")
    return sorted(set(found))


def _complaint(node: exp.Expr) -> str:
    match node:  # one line a thing that the engines read differently
        case exp.Identifier() if node.quoted:
            return f"double quotes around {node.name}: Spark reads them as text"
        case exp.IntDiv():
            return "// : write floor(a / b)"
        case exp.Interval():
            return "interval: write a date plus a number of days"
        case exp.Qualify():
            return "qualify: Spark 3.5 has none; use a step with row_number()"
        case exp.Literal() if node.is_string and _CODE_LITERAL.fullmatch(node.name):
            return f"the code {node.name} is written literally; put it in a code list"
        case exp.Star() if node.args.get("except_") or node.args.get("except"):
            return "* exclude: name the columns"
        case exp.Not(this=exp.In() as listed) if listed.args.get("query"):
            return "not in (select ...): write not exists; Spark holds every row against every row"
        case exp.Sub() if _is_date(node.this) and _is_date(node.expression):
            return f"date minus date: engines disagree on its type; {DAYS_APART}"
        case exp.Func():
            return _function_complaint(node)
    return ""


def is_common_function(node: exp.Func) -> bool:
    """Whether a function means the same on both engines."""
    if isinstance(node, exp.Anonymous):
        return node.name.lower() in _UNKNOWN_TO_SQLGLOT
    return type(node) in _FUNCTIONS


def _function_complaint(node: exp.Func) -> str:
    match node:
        case exp.ArrayAgg() | exp.GroupConcat():
            return f"{node.key}: aggregates of lists differ and do not spill"
        case exp.Cast() if node.to.this in (exp.DataType.Type.VARCHAR, exp.DataType.Type.TEXT):
            return "cast as varchar: concat() makes text by itself"
        case exp.Anonymous() if not is_common_function(node):
            return f"function {not_common(node.name)}"
        case _ if not prints_as_it_may(node):
            return f"printf: engines round halves differently; write {PRINTED}"
        case _ if not replaces_as_it_may(node):
            return f"replace: write {REPLACED}"
        case _ if not is_common_function(node):
            return f"function {not_common(node.sql_name().lower())}"
    return ""


def not_common(function: str) -> str:
    """The sentence that a function does not mean the same on both engines, with what to write in its place."""
    instead = DAYS_APART if _OF_DATES.search(function) else f"a query may call {FUNCTIONS}"
    instead = "write floor(x + 0.5)" if function == "round" else instead
    return f"{function[:80]!r} is not in the common subset; {instead}"


def prints_as_it_may(node: exp.Func) -> bool:
    """Whether a function is not printf, or prints a number that is rounded before; a width could fill the memory."""
    if not isinstance(node, exp.Anonymous) or node.name.lower() != "printf":
        return True
    match node.expressions:
        case [exp.Literal(this=pattern), exp.Div(this=exp.Floor(this=exp.Add(expression=half)), expression=scale)]:
            return half.name == "0.5" and (pattern, scale.name) in _ROUNDED
    return False


def replaces_as_it_may(node: exp.Func) -> bool:
    """Whether a function is not replace, or puts a text no longer than the one that it takes away.

    DuckDB counts what replace writes to no limit of memory: six that lengthen, one in another, fill any machine.
    """
    match node:
        case exp.Replace():
            parts = [node.this, node.expression, node.args.get("replacement")]
        case exp.Anonymous() if node.name.lower() == "replace":
            parts = list(node.expressions)
        case _:
            return True
    match parts:
        case [_, exp.Literal(is_string=True) as old, exp.Literal(is_string=True) as new]:
            return len(new.name) <= len(old.name)
    return False


def _is_date(node: exp.Expr) -> bool:
    column = node if isinstance(node, exp.Column) else None
    return column is not None and (column.name.endswith(("_date", "_on")) or column.name.startswith("valid_"))
