"""The operators of FHIRPath on values: equality, order and arithmetic."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any

from isocenter.fhir.structures.path_values import (
    NotEvaluated,
    Value,
    Values,
    number_of,
    text_of,
)


def same(first: Value, second: Value) -> bool:
    """Whether two values are equal; true and 1 are not."""
    if isinstance(first.value, bool) != isinstance(second.value, bool):
        return False
    return bool(first.value == second.value)


def equal(operator: str, first: Values, second: Values) -> Values:
    """Equality (=, ~) of collections, or its denial; nothing where one side of = is empty."""
    if (not first or not second) and operator in ("=", "!="):
        return []
    is_equal = len(first) == len(second) and all(same(one, other) for one, other in zip(first, second, strict=True))
    return [Value(is_equal == (operator in ("=", "~")))]


def compared(operator: str, first: Value | None, second: Value | None) -> bool | None:
    """An order of numbers, or of texts and dates as they are written, as far as both are precise."""
    if first is None or second is None:
        return None
    one, other = first.value, second.value
    if isinstance(one, str) and isinstance(other, str):
        precise = min(len(one), len(other)) if one[:4].isdecimal() and other[:4].isdecimal() else None
        one, other = one[:precise], other[:precise]
        if precise and precise > 10 and (one[-1:] == "Z") != (other[-1:] == "Z"):
            one, other = one[:10], other[:10]  # moments of different zones are compared by their days
    elif isinstance(one, str) or isinstance(other, str) or isinstance(one, Mapping) or isinstance(other, Mapping):
        raise NotEvaluated("values of these types have no order here")
    orders: dict[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
    return bool(orders[operator](one, other))


def reckoned(operator: str, first: Values, second: Values) -> Values:
    """A sum, difference, product or quotient, or texts joined."""
    if operator == "+" and first and second and isinstance(first[0].value, str):
        one, other = text_of(first), text_of(second)
        return [] if one is None or other is None else [Value(one + other)]
    left, right = number_of(first), number_of(second)
    if left is None or right is None:
        return []
    left, right = Decimal(str(left)), Decimal(str(right))
    if operator in ("/", "div", "mod") and not right:
        return []
    found = {
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
        "/": lambda: left / right,
        "div": lambda: left // right,
        "mod": lambda: left % right,
    }[operator]()
    return [Value(int(found) if found == found.to_integral_value() else found)]
