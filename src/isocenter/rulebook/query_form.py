"""How a query may be written: nothing that one engine reads as something else than another, or than the check does.

The engines run the text of a query, and what is checked is its syntax tree. A clause that the tree hangs on a node that
is allowed for itself, and a sign that a tokenizer passes over, would be run unchecked.
"""

import re
from collections.abc import Mapping

from sqlglot import exp

# What one engine reads otherwise than the other, also within a text in quotes or a comment.
_MISREAD = ("\\", "`", '"', "${", "$$", "/*", "\x00")
_TEXT_OR_COMMENT = re.compile(r"'(?:[^']|'')*'|--[^\r\n]*")
_TWO_TEXTS = re.compile(r"''\s+''")
_ODD_SIGN = re.compile(r"[^ \n\tA-Za-z0-9_(),.*/+<>=!%-]|\*\*")
_ODD_NUMBER = re.compile(r"(?<![A-Za-z0-9_.])[0-9][0-9.]*[A-Za-z_]\w*")
_ODD_NAME = re.compile(r"(?<![A-Za-z0-9_])_\w*")
_FROM_FIRST = re.compile(r"(?:\A|\(|\b(?:union|all|except|intersect)\b)\s*(from)\b", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z]\w*")
# What engines answer without parentheses, as if it were a column: the account, the clock, the place of a row.
_ANSWERED_BY_THE_MACHINE = frozenset((
    "current_catalog", "current_database", "current_date", "current_path", "current_role", "current_schema",
    "current_time", "current_timestamp", "current_user", "grouping__id", "localtime", "localtimestamp", "rowid",
    "session_user", "system_user", "user",
))  # fmt: skip
_OF_ONE_ENGINE = frozenset({"anti", "isnull", "materialized", "notnull", "semi", "symmetric", "table"})

_ANY = frozenset({"this", "expression", "expressions"})
_OF_SELECT = {"with_", "with", "distinct", "from_", "from", "joins", "where", "group", "having", "order", "limit"}
_OF_A_UNION = _ANY - {"expressions"} | {"with_", "with", "distinct", "order", "limit"}
_ALONE = frozenset({"this"})
# What a part of a query may consist of, where that is not just `this`, `expression` and `expressions`.
_PARTS: Mapping[type[exp.Expr], frozenset[str]] = {
    exp.Alias: frozenset({"this", "alias"}),
    exp.Between: frozenset({"this", "low", "high"}),
    exp.Case: frozenset({"this", "ifs", "default"}),
    exp.Cast: frozenset({"this", "to"}),
    exp.Column: frozenset({"this", "table"}),
    exp.Concat: _ANY | {"safe", "coalesce"},
    exp.Count: frozenset({"this", "big_int"}),
    exp.CTE: frozenset({"this", "alias"}),
    exp.DataType: _ALONE,
    exp.Distinct: frozenset({"expressions"}),
    exp.Except: _OF_A_UNION,
    exp.Greatest: _ANY | {"ignore_nulls"},
    exp.Group: frozenset({"expressions"}),
    exp.Identifier: _ALONE,
    exp.If: frozenset({"this", "true", "false"}),
    exp.In: _ANY | {"query"},
    exp.Intersect: _OF_A_UNION,
    exp.Join: frozenset({"this", "kind", "side", "on", "using"}),
    exp.Lag: frozenset({"this", "offset", "default"}),
    exp.Lead: frozenset({"this", "offset", "default"}),
    exp.Least: _ANY | {"ignore_nulls"},
    exp.Like: _ANY | {"negate"},
    exp.Literal: frozenset({"this", "is_string"}),
    exp.Max: _ALONE,
    exp.Min: _ALONE,
    exp.Order: frozenset({"expressions"}),
    exp.Ordered: frozenset({"this", "desc", "nulls_first"}),
    exp.Replace: frozenset({"this", "expression", "replacement"}),
    exp.Select: _ANY | _OF_SELECT,
    exp.Star: frozenset(),
    exp.Subquery: frozenset({"this", "alias", "with_", "with", "joins", "order", "limit"}),
    exp.Substring: frozenset({"this", "start", "length"}),
    exp.Table: frozenset({"this", "alias", "joins"}),
    exp.TableAlias: frozenset({"this", "columns"}),
    exp.Trim: frozenset({"this", "expression", "position"}),
    exp.TryCast: frozenset({"this", "to", "safe"}),
    exp.Union: _OF_A_UNION,
    exp.Window: frozenset({"this", "partition_by", "over", "order", "spec"}),
    exp.WindowSpec: frozenset({"kind", "start", "start_side", "end", "end_side"}),
}
_JOINS = frozenset({"", "INNER", "OUTER", "CROSS"})
# A decimal without digits, and the sizes that one engine alone has, hold other numbers on the other.
_TYPES = {
    exp.DataType.Type.BIGINT: "bigint",
    exp.DataType.Type.INT: "integer",
    exp.DataType.Type.DOUBLE: "double",
    exp.DataType.Type.DATE: "date",
    exp.DataType.Type.BOOLEAN: "boolean",
    exp.DataType.Type.VARCHAR: "varchar",
    exp.DataType.Type.TEXT: "varchar",
}


def odd_writing(query: str) -> str:
    """What the text of a query holds that is read in more than one way, as a sentence; '' where nothing is."""
    for sign in _MISREAD:
        if sign in query:
            return f"the query holds {sign!r}, which engines read differently; write it without"
    code = _TEXT_OR_COMMENT.sub(lambda found: "''" if found[0][0] == "'" else " ", query)
    if _TWO_TEXTS.search(code):
        return "the query holds one text in quotes right behind another; join them by concat"
    code = code.replace("''", " ")
    if odd := _ODD_SIGN.search(code):
        return f"the query holds {_named(odd[0])} outside of a text in quotes; write it without"
    if odd := _ODD_NUMBER.search(code):
        return f"the query holds the number {odd[0][:40]!r}; write it with digits, and a point where it needs one"
    if odd := _ODD_NAME.search(code):
        return f"the query names {odd[0][:40]!r}; a name begins with a letter"
    if _FROM_FIRST.search(code):
        return "the query has `from` in the place of `select`; write `select ... from`"
    words = {word.lower() for word in _WORD.findall(code)}
    if answered := min(words & _ANSWERED_BY_THE_MACHINE, default=""):
        return f"the query says {answered!r}, which the machine answers and not the facts; write it without"
    if of_one := min(words & _OF_ONE_ENGINE, default=""):
        return f"the query says {of_one!r}, which is not in the common subset of engines; write it otherwise"
    return ""


def odd_part(node: exp.Expr) -> str:
    """What a node of a syntax tree has that is not in the common subset, as words after `it`; '' where nothing is."""
    match node:
        case exp.Join() if node.kind not in _JOINS:
            return f"it holds a {node.kind.lower()} join; write `exists` or `not exists`"
        case exp.Limit() if not isinstance(node.expression, exp.Literal) or node.expression.is_string:
            return f"it holds {node.sql()[:80]!r}; a limit is a number"
        case exp.Limit() if node.parent is not None and not node.parent.args.get("order"):
            return f"it holds {node.sql()[:80]!r} without `order by`, so that which rows are left is not certain"
        case exp.DataType() if node.this not in _TYPES:
            kinds = ", ".join(dict.fromkeys(_TYPES.values()))
            return f"it casts to {node.sql()[:80]}; expected one of {kinds}"
        case exp.WindowSpec() if str(node.args.get("kind")).upper() not in ("ROWS", "RANGE"):
            return f"it holds {node.sql()[:80]!r}; write rows or range"
        case exp.Star() if not isinstance(node.parent, (exp.Select, exp.Count, exp.Column)):
            return "it holds * within an expression; name the columns"
        case exp.Column() if node.is_star and not isinstance(node.parent, exp.Select):
            return f"it holds {node.sql()[:80]!r} within a function; name the columns"
    if more := min(_present(node) - _PARTS.get(type(node), _ANY), default=""):
        return f"it holds {node.sql()[:80]!r} with {more.strip('_').replace('_', ' ')}, which engines read differently"
    return ""


def _present(node: exp.Expr) -> set[str]:
    """What a node has that is there and not switched off."""
    return {name for name, value in node.args.items() if value not in (None, False, [], "")}


def _named(sign: str) -> str:
    return repr(sign) if sign.isascii() and sign.isprintable() else f"the character U+{ord(sign):04X}"
