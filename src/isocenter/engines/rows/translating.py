"""From an expression of SQL to one over places in a row, with the casts that DuckDB makes by itself written out."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final

from sqlglot import exp

from isocenter.engines.rows.kinds import (
    BOOL,
    DATE,
    FLOAT,
    INSTANT,
    INT,
    NULL,
    OF_SQL,
    TEXT,
    Expression,
    NotPlanned,
    decimal,
    in_common,
    is_decimal,
    is_number,
    scale_of,
)

Typed = tuple[Expression, str]

_NOTHING: Final[Expression] = ["value", None]
_COMPARES: Final[Mapping[type[exp.Expr], str]] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
}  # fmt: skip
_RECKONS: Final[Mapping[type[exp.Expr], str]] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Mod: "%"}
_CASTS: Final = {
    (INT, FLOAT), (FLOAT, INT), (BOOL, INT), (TEXT, INT), (TEXT, FLOAT), (INSTANT, DATE), (TEXT, DATE),
}  # fmt: skip


class Translator:
    """Translates expressions over one stage of a selection.

    `replaced` are nodes whose value the row already holds: keys and aggregates, windows, subqueries.
    """

    def __init__(self, find: Callable[[str, str], tuple[int, str]]) -> None:
        self._find = find
        self.replaced: dict[exp.Expr, tuple[int, str]] = {}

    def condition(self, node: exp.Expr) -> Expression:
        """An expression that is true, false or unknown."""
        found, kind = self.expression(node)
        if kind not in (BOOL, NULL):
            raise NotPlanned(f"a condition that is {kind}")
        return found

    def expression(self, node: exp.Expr) -> Typed:  # noqa: PLR0911, PLR0912 - one line a construct
        """The expression over a row, and the kind of its values; NotPlanned where it is not planned."""
        if node in self.replaced and not isinstance(node, exp.In):
            place, kind = self.replaced[node]
            return ["column", place], kind
        match node:
            case exp.Column():
                if isinstance(node.this, exp.Star):
                    raise NotPlanned(f"the column {node.sql()[:40]}")
                place, kind = self._find(node.table, node.name)
                return ["column", place], kind
            case exp.Literal() | exp.Boolean() | exp.Null() | exp.Neg():
                return self._value(node)
            case exp.Paren():
                return self.expression(node.this)
            case exp.And() | exp.Or():
                sides = [self.condition(side) for side in _flat(node, type(node))]
                return ["and" if isinstance(node, exp.And) else "or", *sides], BOOL
            case exp.Not():
                return ["not", self.condition(node.this)], BOOL
            case exp.Is():
                return self._is(node)
            case exp.In():
                return self._in(node)
            case exp.Between():
                low = exp.GTE(this=node.this, expression=node.args["low"])
                high = exp.LTE(this=node.this, expression=node.args["high"])
                return ["and", self.condition(low), self.condition(high)], BOOL
            case exp.Like():
                like = ["like", self._of(TEXT, node.this), self._of(TEXT, node.expression)]
                return ["not", like] if node.args.get("negate") else like, BOOL
            case exp.Case() | exp.If():
                return self._case(node)
            case exp.Coalesce():
                return self._alike("coalesce", [node.this, *node.expressions])
            case exp.Greatest():
                return self._alike("greatest", [node.this, *node.expressions])
            case exp.Least():
                return self._alike("least", [node.this, *node.expressions])
            case exp.Nullif():
                one, other = self.expression(node.this), self.expression(node.expression)
                return ["nullif", one[0], self._compared("=", one, other)], one[1]
            case exp.Concat():
                return ["concat", *[self._as_text(part) for part in node.expressions]], TEXT
            case exp.Cast():
                return self._cast(node)
            case exp.TimestampTrunc():
                unit = node.args["unit"].name.lower()
                if unit not in ("week", "month", "year"):
                    raise NotPlanned(f"date_trunc by {unit}")
                return [f"{unit}_of", self._of(DATE, node.this)], INSTANT
        if type(node) in _COMPARES:
            one, other = self.expression(node.this), self.expression(node.expression)
            return self._compared(_COMPARES[type(node)], one, other), BOOL
        if type(node) in _RECKONS:
            return self._reckoned(_RECKONS[type(node)], self.expression(node.this), self.expression(node.expression))
        return self._function(node)

    def aggregate(self, node: exp.Expr) -> Typed:
        """An aggregate over the rows of a group: its name, whether each value counts once, and what it is of."""
        inner = node.this
        is_distinct = isinstance(inner, exp.Distinct)
        if is_distinct:
            if len(inner.expressions) != 1:
                raise NotPlanned("distinct by several columns")
            (inner,) = inner.expressions
        if isinstance(node, exp.Count) and isinstance(inner, exp.Star):
            return ["count", False, ["value", 1]], INT
        value, kind = self.expression(inner)
        match node:
            case exp.Count():
                return ["count", is_distinct, value], INT
            case exp.Min() | exp.Max():
                return [node.key, False, value], kind
            case exp.Sum() if is_number(kind):
                return ["sum", is_distinct, value], kind
            case exp.Avg() if is_number(kind):
                return ["avg", is_distinct, cast_to(FLOAT, value, kind)], FLOAT
            case exp.LogicalAnd() | exp.LogicalOr() if kind == BOOL:
                return ["all" if isinstance(node, exp.LogicalAnd) else "any", False, value], BOOL
            case exp.CountIf() if kind == BOOL:
                return ["count_if", False, value], INT
        raise NotPlanned(f"{node.key} of {kind}")

    def window(self, node: exp.Expr) -> Typed:
        """A window: what is taken, by which parts, in which order, up to which row."""
        if any(
            value for name, value in node.args.items() if name not in ("this", "partition_by", "order", "spec", "over")
        ):
            raise NotPlanned("a named window")
        parts = [self.expression(part)[0] for part in node.args.get("partition_by") or []]
        order = node.args.get("order")
        ordered = [self._ordered(one) for one in order.expressions] if order else []
        taken, kind = self._taken(node.this)
        return [taken, parts, ordered, _frame(node.args.get("spec"), bool(ordered))], kind

    def _taken(self, node: exp.Expr) -> Typed:
        match node:
            case exp.RowNumber() | exp.DenseRank():
                return ["row_number" if isinstance(node, exp.RowNumber) else "dense_rank", False, _NOTHING], INT
            case exp.Lag() | exp.Lead():
                value, kind = self.expression(node.this)
                return [node.key, False, value], kind
        found, kind = self.aggregate(node)
        if found[1]:
            raise NotPlanned("distinct in a window")
        return found, kind

    def _ordered(self, node: exp.Expr) -> list[object]:
        return [self.expression(node.this)[0], bool(node.args.get("desc"))]

    def _value(self, node: exp.Expr) -> Typed:
        match node:
            case exp.Null():
                return _NOTHING, NULL
            case exp.Boolean():
                return ["value", bool(node.this)], BOOL
            case exp.Literal() if node.is_string:
                return ["value", str(node.this)], TEXT
            case exp.Literal():
                return _number(str(node.this))
            case exp.Neg(this=exp.Literal() as number) if not number.is_string:
                return _number(f"-{number.this}")
        value, kind = self.expression(node.this)
        if not is_number(kind):
            raise NotPlanned(f"minus a {kind}")
        return ["negative", value], kind

    def _is(self, node: exp.Is) -> Typed:
        value, kind = self.expression(node.this)
        if isinstance(node.expression, exp.Null):
            return ["is_null", value], BOOL
        if isinstance(node.expression, exp.Boolean) and kind == BOOL:
            return ["is", value, bool(node.expression.this)], BOOL
        raise NotPlanned(f"is {node.expression.key}")

    def _in(self, node: exp.In) -> Typed:
        value, kind = self.expression(node.this)
        if node.args.get("query"):
            place, among = self.replaced[node]
            if among != kind and not (is_number(kind) and is_number(among) and FLOAT not in (kind, among)):
                raise NotPlanned(f"{kind} in a selection of {among}")
            return ["in_answer", value, ["column", place]], BOOL
        others = [self.expression(other) for other in node.expressions]
        if all(other[0] == "value" and other[1] is not None and of == kind for other, of in others):
            return ["in", value, [other[1] for other, _ in others]], BOOL
        return ["or", *[self._compared("=", (value, kind), other) for other in others]], BOOL

    def _case(self, node: exp.Expr) -> Typed:
        branches = [node] if isinstance(node, exp.If) else node.args.get("ifs") or []
        last = node.args.get("false") if isinstance(node, exp.If) else node.args.get("default")
        compared = node.this if isinstance(node, exp.Case) else None
        conditions, values = [], []
        for branch in branches:
            when = branch.this if compared is None else exp.EQ(this=compared, expression=branch.this)
            conditions.append(self.condition(when))
            values.append(self.expression(branch.args["true"]))
        values.append(self.expression(last) if last is not None else (_NOTHING, NULL))
        kind = in_common(*(kind for _, kind in values))
        cast = [cast_to(kind, value, own) for value, own in values]
        return ["case", [list(pair) for pair in zip(conditions, cast, strict=False)], cast[-1]], kind

    def _alike(self, name: str, nodes: Sequence[exp.Expr]) -> Typed:
        values = [self.expression(node) for node in nodes]
        kind = in_common(*(kind for _, kind in values))
        return [name, *[cast_to(kind, value, own) for value, own in values]], kind

    def _of(self, wanted: str, node: exp.Expr) -> Expression:
        value, kind = self.expression(node)
        if kind not in (wanted, NULL):
            raise NotPlanned(f"{kind} where {wanted} is expected")
        return value

    def _as_text(self, node: exp.Expr) -> Expression:
        value, kind = self.expression(node)
        if kind == INSTANT:
            raise NotPlanned("an instant as text")
        return value if kind in (TEXT, NULL) else [f"text_of_{'decimal' if is_decimal(kind) else kind}", value]

    def _cast(self, node: exp.Cast) -> Typed:
        wanted = OF_SQL.get(node.to.sql(dialect="duckdb").lower())
        value, kind = self.expression(node.this)
        if wanted is None:
            raise NotPlanned(f"a cast to {node.to.sql()}")
        if value == _NOTHING:
            return value, wanted
        if isinstance(node, exp.TryCast):
            if (kind, wanted) != (TEXT, INT):
                raise NotPlanned(f"try_cast of {kind} to {wanted}")
            return ["int_if_text_is", value], INT
        if (kind, wanted) == (TEXT, DATE) and value[0] == "value":
            return ["date", _iso(value[1])], DATE
        if wanted not in (kind, NULL) and kind != NULL and (kind, wanted) not in _CASTS and not is_decimal(kind):
            raise NotPlanned(f"a cast of {kind} to {wanted}")
        if is_decimal(kind) and wanted not in (INT, FLOAT):
            raise NotPlanned(f"a cast of {kind} to {wanted}")
        return cast_to(wanted, value, kind), wanted

    def _compared(self, sign: str, one: Typed, other: Typed) -> Expression:
        kinds = {one[1], other[1]} - {NULL}
        if kinds == {DATE, TEXT}:  # a text in quotes is read as a day
            one, other = (_as_day(side) for side in (one, other))
        kind = in_common(one[1], other[1])
        if kind == INSTANT:
            raise NotPlanned("instants compared")
        if kinds == {INT, FLOAT}:  # Python compares them as DuckDB does, for whole numbers are small
            return [sign, one[0], other[0]]
        return [sign, cast_to(kind, *one), cast_to(kind, *other)]

    def _reckoned(self, sign: str, one: Typed, other: Typed) -> Typed:
        kinds = (one[1], other[1])
        if kinds == (DATE, INT) and sign in "+-":
            return ["days_after" if sign == "+" else "days_before", one[0], other[0]], DATE
        if kinds == (INT, DATE) and sign == "+":
            return ["days_after", other[0], one[0]], DATE
        if kinds == (DATE, DATE) and sign == "-":
            return ["days_between", one[0], other[0]], INT
        if not all(map(is_number, kinds)):
            raise NotPlanned(f"{kinds[0]} {sign} {kinds[1]}")
        if sign == "%":
            if kinds == (INT, INT):
                return ["%", one[0], other[0]], INT
            if FLOAT not in kinds:
                raise NotPlanned(f"{kinds[0]} % {kinds[1]}")
            return ["remainder", cast_to(FLOAT, *one), cast_to(FLOAT, *other)], FLOAT
        if FLOAT in kinds:
            return [sign, cast_to(FLOAT, *one), cast_to(FLOAT, *other)], FLOAT
        if kinds == (INT, INT):
            return [sign, one[0], other[0]], INT
        scales = scale_of(kinds[0]), scale_of(kinds[1])
        return [sign, one[0], other[0]], decimal(sum(scales) if sign == "*" else max(scales))

    def _function(self, node: exp.Expr) -> Typed:  # noqa: PLR0912 - one line a function
        match node:
            case exp.Div():
                one, other = self.expression(node.this), self.expression(node.expression)
                if not is_number(one[1]) or not is_number(other[1]):
                    raise NotPlanned(f"{one[1]} / {other[1]}")
                return ["/", cast_to(FLOAT, *one), cast_to(FLOAT, *other)], FLOAT
            case exp.Floor() | exp.Ceil():
                value, kind = self.expression(node.this)
                if is_decimal(kind):
                    return [node.key, value], decimal(0)
                return [node.key, cast_to(FLOAT, value, kind)], FLOAT
            case exp.Abs():
                value, kind = self.expression(node.this)
                if is_number(kind):
                    return ["abs", value], kind
            case exp.Sqrt():
                value, kind = self.expression(node.this)
                if is_number(kind):
                    return ["sqrt", cast_to(FLOAT, value, kind)], FLOAT
            case exp.Lower() | exp.Upper():
                return [node.key, self._of(TEXT, node.this)], TEXT
            case exp.Length():
                return ["length", self._of(TEXT, node.this)], INT
            case exp.Substring():
                rest = [self._of(INT, part) for part in (node.args["start"], node.args.get("length")) if part]
                return ["part", self._of(TEXT, node.this), *rest], TEXT
            case exp.Replace() if node.args.get("replacement") is not None:
                parts = (node.this, node.expression, node.args["replacement"])
                return ["replace", *[self._of(TEXT, part) for part in parts]], TEXT
            case exp.Year() | exp.Month() | exp.Day():
                inner = node.this.this if isinstance(node.this, exp.TsOrDsToDate) else node.this
                return [node.key, self._of(DATE, inner)], INT
            case exp.StartsWith():
                return ["starts_with", self._of(TEXT, node.this), self._of(TEXT, node.expression)], BOOL
            case exp.Anonymous() if node.name.lower() == "printf":
                return self._printed(node)
        raise NotPlanned(f"{node.key} {node.sql()[:60]}")

    def _printed(self, node: exp.Anonymous) -> Typed:
        match node.expressions:
            case [exp.Literal(this="%.1f" | "%.2f" as pattern), number]:
                value, kind = self.expression(number)
                if is_number(kind):
                    return ["printed", cast_to(FLOAT, value, kind), pattern], TEXT
        raise NotPlanned(node.sql()[:60])


def cast_to(wanted: str, value: Expression, kind: str) -> Expression:
    """The value brought to a kind; as it is where it is of that kind."""
    if kind in (wanted, NULL) or wanted == NULL or value == _NOTHING:
        return value
    if value[0] == "value" and kind == INT and wanted == FLOAT:
        return ["value", float(value[1])]
    if is_decimal(wanted) and (kind == INT or is_decimal(kind)):
        return ["decimal_to", value, scale_of(wanted)]
    if is_decimal(kind) and wanted == FLOAT:
        return ["value", float(value[1])] if value[0] == "decimal" else ["float_of", value]
    if is_decimal(kind) and wanted == INT:
        return ["int_of_decimal", value]
    if (kind, wanted) == (INSTANT, DATE):
        return value
    if (kind, wanted) not in _CASTS:
        raise NotPlanned(f"a cast of {kind} to {wanted}")
    return ["float_of" if kind == INT else f"{wanted}_of_{kind}", value]


def conjuncts(condition: exp.Expr | None) -> list[exp.Expr]:
    """The conditions that all have to hold."""
    return [] if condition is None else _flat(condition, exp.And)


def walk(expression: exp.Expr) -> list[exp.Expr]:
    """The nodes of an expression; of a subquery only its outermost."""
    return list(expression.walk(prune=lambda node: isinstance(node, exp.Query)))


def subqueries(expression: exp.Expr) -> list[exp.Expr]:
    """The outermost subqueries of an expression: in, exists and values."""

    def is_one(node: exp.Expr) -> bool:
        return isinstance(node, exp.Exists | exp.Subquery) or bool(isinstance(node, exp.In) and node.args.get("query"))

    return [node for node in expression.walk(prune=is_one) if is_one(node)]


def columns_in(expression: Expression) -> list[int]:
    """The places in a row that an expression reads."""
    if expression[0] == "column":
        return [expression[1]]
    if expression[0] in ("value", "date", "decimal"):
        return []
    if expression[0] == "in":
        return columns_in(expression[1])
    return [place for part in expression[1:] if isinstance(part, list) for place in _columns_in_part(part)]


def _columns_in_part(part: list[object]) -> list[int]:
    if part and isinstance(part[0], str):
        return columns_in(part) if len(part) > 1 else []
    return [place for inner in part if isinstance(inner, list) for place in _columns_in_part(inner)]


def shifted(expression: Expression, by: int) -> Expression:
    """The expression over rows whose columns lie elsewhere."""
    if expression[0] == "column":
        return ["column", expression[1] + by]
    if expression[0] in ("value", "date", "decimal"):
        return expression
    if expression[0] == "in":
        return ["in", shifted(expression[1], by), expression[2]]
    return [_shifted_part(part, by) if isinstance(part, list) else part for part in expression]


def _shifted_part(part: list[object], by: int) -> list[object]:
    if part and isinstance(part[0], str):
        return shifted(part, by)
    return [_shifted_part(inner, by) if isinstance(inner, list) else inner for inner in part]


def _flat(node: exp.Expr, kind: type[exp.Expr]) -> list[exp.Expr]:
    inner = node.unnest()
    return [*_flat(inner.this, kind), *_flat(inner.expression, kind)] if isinstance(inner, kind) else [node]


def _number(text: str) -> Typed:
    if text.lstrip("-").isdigit():
        return ["value", int(text)], INT
    if "e" in text.lower() or not text.lstrip("-").replace(".", "", 1).isdigit():
        return ["value", float(text)], FLOAT
    whole, _, digits = text.partition(".")
    return ["decimal", f"{whole or '0'}.{digits}"], decimal(len(digits))


def _as_day(side: Typed) -> Typed:
    value, kind = side
    if kind == TEXT:
        if value[0] != "value" or value == _NOTHING:
            raise NotPlanned("a text compared with a day")
        return ["date", _iso(value[1])], DATE
    return side


def _iso(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise NotPlanned(f"the day {text[:20]!r}") from None
    return day.isoformat()


def _frame(spec: exp.Expr | None, is_ordered: bool) -> str:
    """Which rows of its part a window takes in: all, those up to this and its equals, up to this, or before it."""
    if spec is None:
        return "to_equals" if is_ordered else "all"
    frame = (spec.args.get("kind"), spec.args.get("start"), spec.args.get("start_side"))
    end = spec.args.get("end"), spec.args.get("end_side")
    if tuple(str(part).lower() for part in frame) == ("rows", "unbounded", "preceding"):
        if str(end[0]).lower() == "current row":
            return "to_here"
        if [str(part).lower() for part in end] == ["1", "preceding"]:
            return "before"
    raise NotPlanned(f"the window {spec.sql()}")
