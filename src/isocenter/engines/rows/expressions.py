"""Planned expressions as functions of a row, with SQL's third truth value: what DuckDB would answer, or NotComputed."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import lru_cache
from operator import eq, ge, gt, itemgetter, le, lt, ne
from typing import Any

from isocenter.engines.rows.kinds import Expression, NotComputed, Row

Of = Callable[[Row], Any]
_MOST_CHARACTERS = 100_000  # of a text that is made
_HIGHEST_WHOLE = 2**31 - 1  # in the smallest type that DuckDB gives to whole numbers of a query

_COMPARES: Mapping[str, Callable[[Any, Any], bool]] = {"=": eq, "<>": ne, "<": lt, "<=": le, ">": gt, ">=": ge}


def of_row(planned: Expression) -> Of:
    """The function of a row that an expression plans."""
    name, *parts = planned
    made = _SPECIAL.get(name)
    if made is not None:
        return made(*parts)
    if name in _COMPARES:
        return _compare(_COMPARES[name], *parts)
    return _strict(_FUNCTIONS[name], [of_row(part) for part in parts])


def _column(place: int) -> Of:
    return itemgetter(place)


def _value(value: Any) -> Of:
    return lambda _row: value


def _compare(holds: Callable[[Any, Any], bool], left: Expression, right: Expression) -> Of:
    one = of_row(left)
    if right[0] in ("value", "date") and right[1] is not None:
        constant = of_row(right)(())

        def to_a_constant(row: Row) -> Any:
            value = one(row)
            return None if value is None else holds(value, constant)

        return to_a_constant
    other = of_row(right)

    def compare(row: Row) -> Any:
        value = one(row)
        if value is None:
            return None
        beside = other(row)
        return None if beside is None else holds(value, beside)

    return compare


def _and(*parts: Expression) -> Of:
    conditions = [of_row(part) for part in parts]

    def all_hold(row: Row) -> Any:
        answer: Any = True
        for condition in conditions:
            found = condition(row)
            if found is None:
                answer = None
            elif not found:
                return False
        return answer

    return all_hold


def _or(*parts: Expression) -> Of:
    conditions = [of_row(part) for part in parts]

    def any_holds(row: Row) -> Any:
        answer: Any = False
        for condition in conditions:
            found = condition(row)
            if found:
                return True
            if found is None:
                answer = None
        return answer

    return any_holds


def _not(part: Expression) -> Of:
    condition = of_row(part)

    def denied(row: Row) -> Any:
        found = condition(row)
        return None if found is None else not found

    return denied


def _is_null(part: Expression) -> Of:
    of = of_row(part)
    return lambda row: of(row) is None


def _is(part: Expression, wanted: bool) -> Of:
    of = of_row(part)
    return lambda row: of(row) is wanted


def _in(part: Expression, values: Sequence[Any]) -> Of:
    of, known = of_row(part), frozenset(values)

    def among(row: Row) -> Any:
        value = of(row)
        return None if value is None else value in known

    return among


def _in_answer(part: Expression, answer: Expression) -> Of:
    """Whether a value is among those of a subquery, which come as a set that holds None where one is unknown."""
    of, among = of_row(part), of_row(answer)

    def is_in(row: Row) -> Any:
        known = among(row)
        if not known:
            return False
        value = of(row)
        if value is None:
            return None
        return True if value in known else None if None in known else False

    return is_in


def _case(branches: Sequence[tuple[Expression, Expression]], last: Expression) -> Of:
    ways = [(of_row(condition), of_row(value)) for condition, value in branches]
    otherwise = of_row(last)

    def choose(row: Row) -> Any:
        for condition, value in ways:
            if condition(row):
                return value(row)
        return otherwise(row)

    return choose


def _coalesce(*parts: Expression) -> Of:
    values = [of_row(part) for part in parts]

    def first_known(row: Row) -> Any:
        for value in values:
            found = value(row)
            if found is not None:
                return found
        return None

    return first_known


def _known_ones(choose: Callable[[list[Any]], Any], parts: Sequence[Expression]) -> Of:
    values = [of_row(part) for part in parts]

    def chosen(row: Row) -> Any:
        known = [found for value in values if (found := value(row)) is not None]
        return choose(known) if known else None

    return chosen


def _concat(*parts: Expression) -> Of:
    texts = [of_row(part) for part in parts]

    def joined(row: Row) -> str:
        made = "".join([found for text in texts if (found := text(row)) is not None])
        _expect_length(len(made))
        return made

    return joined


def _expect_length(characters: int) -> None:
    if characters > _MOST_CHARACTERS:
        raise NotComputed("a text is longer than those made in Python")


def _nullif(value: Expression, is_equal: Expression) -> Of:
    of, equal = of_row(value), of_row(is_equal)
    return lambda row: None if equal(row) else of(row)


def _strict(function: Callable[..., Any], values: Sequence[Of]) -> Of:
    """A function that knows nothing where one of its values is unknown."""
    if len(values) == 1:
        (only,) = values

        def of_one(row: Row) -> Any:
            value = only(row)
            return None if value is None else function(value)

        return of_one

    def of_all(row: Row) -> Any:
        known = [value(row) for value in values]
        return None if None in known else function(*known)

    return of_all


def _divide(one: float, other: float) -> float:
    if other:
        return one / other
    if one == 0 or math.isnan(one):
        return math.nan
    return math.copysign(math.inf, one) * math.copysign(1.0, other)


def _remainder(one: int, other: int) -> int:
    if not other:
        raise NotComputed("the remainder of a division by zero")
    return int(math.copysign(1, one)) * (abs(one) % abs(other))


def _remainder_of_floats(one: float, other: float) -> float:
    if not other or not math.isfinite(one) or not math.isfinite(other):
        raise NotComputed("the remainder of a division by zero")
    return math.fmod(one, other)


def _held(number: Any) -> Any:
    """A number of any kind that no type of DuckDB is too small for: it refuses a whole number beyond its type."""
    if -_HIGHEST_WHOLE <= number <= _HIGHEST_WHOLE:
        return number
    if isinstance(number, int) or not math.isfinite(number):
        raise NotComputed("a whole number beyond 32 bits, or a number that is not finite")
    return number


def _floor(number: Any) -> Any:
    if isinstance(number, Decimal):
        return number.to_integral_value(ROUND_FLOOR)
    return float(math.floor(number)) if math.isfinite(number) else number


def _ceil(number: Any) -> Any:
    if isinstance(number, Decimal):
        return number.to_integral_value(ROUND_CEILING)
    return float(math.ceil(number)) if math.isfinite(number) else number


def _whole(number: float) -> int:
    if not math.isfinite(number):
        raise NotComputed(f"{number} as a whole number")
    whole = round(number)  # halves to the even number, as DuckDB does
    _held(whole)
    return whole


def _int_of_text(text: str) -> int:
    found = _int_if_text_is(text)
    if found is None:
        raise NotComputed(f"{text[:20]!r} as a whole number")
    return found


def _int_if_text_is(text: str) -> int | None:
    if re.fullmatch(r" *[+-]?[0-9]{1,9} *", text):
        return int(text)
    if not any(letter.isdigit() for letter in text) or re.match(r"[A-Za-z]", text):
        return None
    raise NotComputed(f"{text[:20]!r} as a whole number")  # such as 1e2 and 1_000, which are numbers to DuckDB


def _float_of_text(text: str) -> float:
    if not re.fullmatch(r"[+-]?[0-9]+([.][0-9]+)?", text):
        raise NotComputed(f"{text[:20]!r} as a number")
    return float(text)


def _date_of_text(text: str) -> date:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise NotComputed(f"{text[:20]!r} as a day")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotComputed(f"{text[:20]!r} as a day") from None


def _days_after(day: date, days: int) -> date:
    return day + timedelta(days)


def _days_before(day: date, days: int) -> date:
    return day - timedelta(days)


def _week_of(day: date) -> date:
    return day - timedelta(day.weekday())


def _lower(text: str) -> str:
    return text.lower() if text.isascii() else _letter_by_letter(text, str.lower)


def _upper(text: str) -> str:
    return text.upper() if text.isascii() else _letter_by_letter(text, str.upper)


def _letter_by_letter(text: str, change: Callable[[str], str]) -> str:
    changed = [change(letter) for letter in text]
    if any(len(letter) != 1 for letter in changed):
        raise NotComputed("a letter that becomes several in the other case")
    return "".join(changed)


def _like(text: str, pattern: str) -> bool:
    """Whether a text is as the pattern of `like` says: what is between two signs % is taken where it first stands.

    One expression with a `.*` for each % would try every place of one part with every place of the others.
    """
    (first, _), *others = _between_percent_signs(pattern)
    if not others:
        return first.fullmatch(text) is not None
    found = first.match(text)
    for part, _ in others[:-1]:
        if found is not None:
            found = part.search(text, found.end())
    last, letters = others[-1]
    begins = len(text) - letters
    return found is not None and found.end() <= begins and last.match(text, begins) is not None


@lru_cache(1000)
def _between_percent_signs(pattern: str) -> tuple[tuple[re.Pattern[str], int], ...]:
    """What a pattern of `like` holds between its signs %, each with the number of letters that it takes."""
    if "\\" in pattern:
        raise NotComputed("a pattern with a backslash")
    parts = (
        ("".join("." if letter == "_" else re.escape(letter) for letter in part), part)
        for part in re.sub("%+", "%", pattern).split("%")
    )
    return tuple((re.compile(expression, re.DOTALL), len(part)) for expression, part in parts)


def _text_of_float(number: float) -> str:
    return repr(number)


def _replace(text: str, old: str, new: str) -> str:
    if not old:
        return text
    if len(new) > len(old):
        _expect_length(len(text) + text.count(old) * (len(new) - len(old)))
    return text.replace(old, new)


def _part(text: str, start: int, length: int | None = None) -> str:
    if start < 1 or (length is not None and length < 0):
        raise NotComputed("a part of a text that begins before it")
    return text[start - 1 :] if length is None else text[start - 1 : start - 1 + length]


def _printed(number: Expression, pattern: str) -> Of:
    of = of_row(number)

    def printed(row: Row) -> Any:
        found = of(row)
        return None if found is None else pattern % found

    return printed


def _decimal_to(number: Expression, scale: int) -> Of:
    of, step = of_row(number), Decimal(1).scaleb(-scale)

    def scaled(row: Row) -> Any:
        found = of(row)
        return None if found is None else Decimal(found).quantize(step)

    return scaled


def _root(number: float) -> float:
    if number < 0:
        raise NotComputed("the root of a negative number")
    return math.sqrt(number)


_SPECIAL: Mapping[str, Callable[..., Of]] = {
    "column": _column,
    "value": _value,
    "date": lambda text: _value(date.fromisoformat(text)),
    "decimal": lambda text: _value(Decimal(text)),
    "and": _and,
    "or": _or,
    "not": _not,
    "is_null": _is_null,
    "is": _is,
    "in": _in,
    "in_answer": _in_answer,
    "case": _case,
    "coalesce": _coalesce,
    "greatest": lambda *parts: _known_ones(max, parts),
    "least": lambda *parts: _known_ones(min, parts),
    "concat": _concat,
    "nullif": _nullif,
    "printed": _printed,
    "decimal_to": _decimal_to,
}
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "+": lambda one, other: _held(one + other),
    "-": lambda one, other: _held(one - other),
    "*": lambda one, other: _held(one * other),
    "/": _divide,
    "%": _remainder,
    "remainder": _remainder_of_floats,
    "negative": lambda number: -number,
    "abs": abs,
    "floor": _floor,
    "ceil": _ceil,
    "sqrt": _root,
    "float_of": float,
    "int_of_float": _whole,
    "int_of_bool": int,
    "int_of_decimal": lambda number: _held(int(number.to_integral_value(ROUND_HALF_UP))),
    "int_of_text": _int_of_text,
    "float_of_text": _float_of_text,
    "int_if_text_is": _int_if_text_is,
    "date_of_text": _date_of_text,
    "days_after": _days_after,
    "days_before": _days_before,
    "days_between": lambda one, other: (one - other).days,
    "week_of": _week_of,
    "month_of": lambda day: day.replace(day=1),
    "year_of": lambda day: day.replace(month=1, day=1),
    "year": lambda day: day.year,
    "month": lambda day: day.month,
    "day": lambda day: day.day,
    "lower": _lower,
    "upper": _upper,
    "length": len,
    "like": _like,
    "part": _part,
    "replace": _replace,
    "starts_with": str.startswith,
    "text_of_int": str,
    "text_of_float": _text_of_float,
    "text_of_bool": lambda flag: "true" if flag else "false",
    "text_of_date": date.isoformat,
    "text_of_decimal": lambda number: format(number, "f"),
}
