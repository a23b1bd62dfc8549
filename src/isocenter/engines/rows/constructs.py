"""The constructs that are planned: each node of the syntax tree with all that it may hold.

A part that the parser adds to a node in a later version, such as the `not` of `not like`, is so never passed over.
"""

from collections.abc import Mapping
from typing import Final

from sqlglot import exp

from isocenter.engines.rows.kinds import NotPlanned

_TWO: Final = {"this", "expression"}
_ONE: Final = {"this"}
_NOTHING: Final = set[str]()
_LISTED: Final = {"expressions"}
_SEVERAL: Final = {"this", "expressions"}
_WITH: Final = {"with", "with_"}
_KNOWN: Final[Mapping[type[exp.Expr], set[str]]] = {
    **dict.fromkeys(
        (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.And,
         exp.Or, exp.Is, exp.Nullif, exp.StartsWith), _TWO,
    ),
    **dict.fromkeys(
        (exp.Abs, exp.Avg, exp.Boolean, exp.CountIf, exp.Day, exp.Exists, exp.Floor, exp.Ceil, exp.From, exp.Having,
         exp.Lag, exp.Lead, exp.Length, exp.LogicalAnd, exp.LogicalOr, exp.Lower, exp.Max, exp.Min, exp.Month,
         exp.Neg, exp.Not, exp.Paren, exp.Sqrt, exp.Sum, exp.Upper, exp.Var, exp.Where, exp.Year, exp.TsOrDsToDate),
        _ONE,
    ),
    **dict.fromkeys((exp.Star, exp.Null, exp.RowNumber, exp.DenseRank), _NOTHING),
    **dict.fromkeys((exp.Distinct, exp.Group, exp.Order, exp.Tuple, exp.With), _LISTED),
    exp.Alias: {"this", "alias"},
    exp.Anonymous: _SEVERAL,
    exp.Between: {"this", "low", "high"},
    exp.CTE: {"this", "alias"},
    exp.Case: {"this", "ifs", "default"},
    exp.Cast: {"this", "to", "_type"},
    exp.Coalesce: _SEVERAL,
    exp.Column: {"this", "table"},
    exp.Concat: {"expressions", "safe", "coalesce"},
    exp.Count: {"this", "big_int"},
    exp.DataType: {"this", "nested"},
    exp.Greatest: {*_SEVERAL, "ignore_nulls"},
    exp.Identifier: {"this", "quoted"},
    exp.If: {"this", "true", "false"},
    exp.In: {*_SEVERAL, "query"},
    exp.Join: {"this", "side", "kind", "on"},
    exp.Least: {*_SEVERAL, "ignore_nulls"},
    exp.Like: {*_TWO, "negate"},
    exp.Literal: {"this", "is_string"},
    exp.Ordered: {"this", "desc"},
    exp.Replace: {*_TWO, "replacement"},
    exp.Select: {"expressions", "from", "from_", "group", "joins", "where", "distinct", "having", *_WITH},
    exp.Subquery: {"this", "alias"},
    exp.Substring: {"this", "start", "length"},
    exp.Table: {"this", "alias"},
    exp.TableAlias: {"this", "columns"},
    exp.TimestampTrunc: {"this", "unit"},
    exp.TryCast: {"this", "to", "safe", "_type"},
    exp.Union: {*_TWO, "distinct", *_WITH},
    exp.Values: {"expressions", "alias"},
    exp.Window: {"this", "partition_by", "order", "over", "spec"},
    exp.WindowSpec: {"kind", "start", "start_side", "end", "end_side"},
}  # fmt: skip


def refuse_what_is_not_planned(tree: exp.Expr) -> None:
    """NotPlanned for the first node that is not known, or that holds more than is known of it."""
    for node in tree.walk():
        known = _KNOWN.get(type(node))
        if known is None:
            raise NotPlanned(f"{node.key} {node.sql()[:60]}")
        for name, value in node.args.items():
            if value and name not in known:
                raise NotPlanned(f"{name} of {node.key} {node.sql()[:60]}")
        if isinstance(node, exp.Greatest | exp.Least) and not node.args.get("ignore_nulls"):
            raise NotPlanned(f"{node.key} that knows nothing where one value is unknown")
        if isinstance(node, exp.Concat) and not node.args.get("coalesce"):
            raise NotPlanned("a text joined to what may be unknown")
        if isinstance(node, exp.TableAlias) and node.args.get("columns") and not isinstance(node.parent, exp.Values):
            raise NotPlanned("renamed columns")
