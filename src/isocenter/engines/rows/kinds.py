"""The kinds of values that a column holds, as DuckDB types them: what two of them have in common decides a cast."""

from typing import Any, Final

Row = tuple[Any, ...]
Expression = list[Any]  # an operation and what it works on, such as ["=", ["column", 3], ["value", "26"]]
Columns = tuple[tuple[str, str], ...]  # names and kinds

INT: Final = "int"
FLOAT: Final = "float"
TEXT: Final = "text"
DATE: Final = "date"
BOOL: Final = "bool"
NULL: Final = "null"
INSTANT: Final = "instant"  # the start of a week or month, which is a day only once it is cast
_DECIMAL: Final = "decimal"

OF_SQL: Final = {
    "varchar": TEXT,
    "text": TEXT,
    "integer": INT,
    "int": INT,
    "bigint": INT,
    "double": FLOAT,
    "date": DATE,
    "boolean": BOOL,
}


class NotPlanned(Exception):
    """A query holds something that is not planned here; DuckDB runs it."""


class NotComputed(Exception):
    """A value is met of which it is not certain what DuckDB makes of it; DuckDB runs the query."""


def decimal(scale: int) -> str:
    """The kind of numbers with so many digits after the point."""
    return f"{_DECIMAL}{scale}"


def is_decimal(kind: str) -> bool:
    """Whether a kind is one of decimal numbers."""
    return kind.startswith(_DECIMAL)


def scale_of(kind: str) -> int:
    """The digits after the point of whole and decimal numbers."""
    return int(kind.removeprefix(_DECIMAL)) if is_decimal(kind) else 0


def is_number(kind: str) -> bool:
    """Whether values of a kind can be reckoned with."""
    return kind in (INT, FLOAT) or is_decimal(kind)


def in_common(*kinds: str) -> str:
    """The kind that values of several kinds are brought to; NotPlanned where there is none."""
    known = {kind for kind in kinds if kind != NULL}
    if len(known) <= 1:
        return known.pop() if known else NULL
    if not all(map(is_number, known)):
        raise NotPlanned(f"{' and '.join(sorted(known))} in one place")
    return FLOAT if FLOAT in known else decimal(max(map(scale_of, known)))
