"""Doses, volumes and shares as people write them: 50.08 Gy, 12,690 cc, 0.24 %."""

_PLACES = {"Gy": 2, "%": 1, "": 2, "mm": 1, "cm": 1, "Gy/mm": 2, "cGy": 0, "deg": 0, "°": 0, "MU": 1}
_MOST_PLACES = 4
_SIGNS = {"<=": "≤", ">=": "≥"}


def number_of(value: float, unit: str) -> str:
    """The number with as many places as its unit deserves, thousands apart by commas."""
    places = _places(value, unit)
    if unit == "cc" and abs(value) >= 10_000:
        return f"{round(value, -1):,.0f}"
    return f"{_positive_zero(value, places):,.{places}f}"


def quantity(value: float | None, unit: str) -> str:
    """The number with its unit; nothing where none is known."""
    return "" if value is None else f"{number_of(value, unit)} {unit}".strip()


def limit_number(limit: float) -> str:
    """A limit as it was written, without needless zeros."""
    return f"{limit:,.4f}".rstrip("0").rstrip(".")


def limit_text(comparison: str, limit: float, unit: str) -> str:
    """A limit as a table holds it: ≤ 45 Gy."""
    sign = comparison.strip()
    return f"{_SIGNS.get(sign, sign)} {limit_number(limit)} {unit}".strip()


def number_beside(value: float, limit: float, unit: str) -> str:
    """The number with enough places to distinguish it from a limit that it does not equal."""
    for places in range(_places(value, unit), _MOST_PLACES + 1):
        text = f"{_positive_zero(value, places):,.{places}f}"
        if value == limit or float(text.replace(",", "")) != round(limit, places):
            return text
    return f"{value:,.{_MOST_PLACES}f}"


def signed(value: float, unit: str) -> str:
    """A difference with its sign, + or a true minus, and its unit."""
    for places in range(_places(value, unit), _MOST_PLACES + 1):
        if value == 0 or round(value, places):
            break
    text = f"{abs(value):,.{places}f}"
    sign = "" if not round(value, places) else "+" if value > 0 else "−"
    return f"{sign}{text} {unit}".strip()


def _places(value: float, unit: str) -> int:
    if unit == "cc":
        return 0 if abs(value) >= 1000 else 1 if abs(value) >= 10 else 2
    if unit == "%" and 0 < abs(value) < 1:
        return 2 if abs(value) >= 0.01 else 3
    if not unit and value == round(value):
        return 0
    return _PLACES.get(unit, 2)


def _positive_zero(value: float, places: int) -> float:
    return value if round(value, places) else 0.0
