"""The fact tables as tables.sql describes them: grain, columns, meanings, closed lists."""

import math
import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

_TABLE = re.compile(r"((?:-- [^\n]*\n)+)create table (\w+) \(\n(.*?)\n\);", re.DOTALL)
_COLUMN = re.compile(r'\s*"?(\w+)"? (varchar|integer|double|date|boolean)( not null)?,?\s*-- (.*)')
_CLOSED_LIST = re.compile(r" ?\[([^\]]+)\]$")
_RANGE = re.compile(r" ?\[([\d.]+) to ([\d.]+)\]$")

# The first and the last day that a fact can have.
EARLIEST, LATEST = date(1990, 1, 1), date(2099, 12, 31)
EARLIEST_BIRTH = date(1880, 1, 1)
# What names a row of a table: no two rows share it.
UNIQUE_KEYS = {
    "courses": ("course_id",),
    "claim_lines": ("claim_line_id",),
    "documents": ("document_id",),
    "plans": ("plan_id",),
    "plan_fields": ("plan_id", "field_number"),
    "structures": ("plan_id", "structure_number"),
    "fractions": ("course_id", "fraction_number", "delivered_on"),
    "diagnoses": ("course_id", "icd10"),
}


@dataclass(frozen=True)
class Column:
    """One column: its SQL type, whether it is always filled, its meaning, its closed list, the range of its numbers."""

    name: str
    type: str
    required: bool
    meaning: str
    allowed: tuple[str, ...]
    least: float = -math.inf  # in the unit that its name or its meaning states
    most: float = math.inf

    @property
    def range_in_words(self) -> str:
        """The range of its numbers; '' where any can be meant."""
        return f"from {self.least:g} to {self.most:g}" if math.isfinite(self.most) else ""

    def can_be(self, value: object) -> bool:
        """Whether a value that is a number lies in the range."""
        return not isinstance(value, int | float) or self.least <= value <= self.most


@dataclass(frozen=True)
class Table:
    """One fact table and what one row of it is."""

    name: str
    grain: str
    columns: tuple[Column, ...]


def earliest(column: str) -> date:
    """The first day that a column of dates may have: people were born before they were treated."""
    return EARLIEST_BIRTH if column == "birth_date" else EARLIEST


@cache
def tables_sql() -> str:
    """The text of tables.sql, which creates every fact table empty."""
    return (files("isocenter.facts") / "tables.sql").read_text(encoding="utf-8")


@cache
def tables() -> dict[str, Table]:
    """Every fact table by name, in the order of tables.sql."""
    found = {}
    for comment, name, body in _TABLE.findall(tables_sql()):
        grain = " ".join(line.removeprefix("-- ") for line in comment.strip().split("\n"))
        columns = tuple(_column(line) for line in body.split("\n"))
        found[name] = Table(name, grain, columns)
    return found


def _column(line: str) -> Column:
    match = _COLUMN.fullmatch(line)
    if match is None:
        raise AssertionError(f"tables.sql: cannot read the column {line.strip()!r}")
    name, sql_type, not_null, comment = match.groups()
    of_numbers = _RANGE.search(comment)
    if of_numbers:
        least, most = float(of_numbers[1]), float(of_numbers[2])
        return Column(name, sql_type, bool(not_null), _RANGE.sub("", comment), (), least, most)
    closed = _CLOSED_LIST.search(comment)
    allowed = tuple(part.strip() for part in closed.group(1).split(",")) if closed else ()
    return Column(name, sql_type, bool(not_null), _CLOSED_LIST.sub("", comment), allowed)
