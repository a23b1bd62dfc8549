"""What is proposed so far of how a table of claims is to be read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

FITS = 0.9  # of the values, where a column is taken for what its name says
DAYS = ("service_date", "last_service_date")
RECEIVED = "written_at"  # a day that lines can do without


@dataclass(slots=True)
class Draft:
    """What is proposed so far."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    rows_in_force: Sequence[Sequence[str]] = ()  # those that no state says are payments or were taken back
    lines: dict[str, Any] = field(default_factory=dict)  # column of ours: how the mapping file writes where it is from
    diagnoses: list[str] = field(default_factory=list)
    head: dict[str, str] = field(default_factory=dict)
    leave_out: list[tuple[str, list[str]]] = field(default_factory=list)
    take_back: list[tuple[str, list[str]]] = field(default_factory=list)
    left_out_where_filled: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    further: Mapping[str, Sequence[str]] = field(default_factory=dict)  # values that come after the rows read so far
    known: frozenset[str] = frozenset()  # columns of ours whose place a known layout says
    days_beside: frozenset[str] = frozenset()  # forms of days that files with the same columns show
    known_diagnoses: list[str] = field(default_factory=list)

    def values(self, name: str) -> list[str]:
        place = self.columns.index(name)
        return [
            value.strip()
            for value in (*(row[place] for row in self.rows), *self.further.get(name, ()))
            if value.strip()
        ]

    def line_values(self, name: str) -> list[str]:
        """What the rows say there whose states do not say that they are payments or were taken back."""
        place = self.columns.index(name)
        return [value for row in self.rows_in_force if (value := row[place].strip())]

    def distinct(self, name: str) -> list[str]:
        return list(dict.fromkeys(self.values(name)))

    def columns_taken(self) -> set[str]:
        return {source if isinstance(source, str) else source.get("column", "") for source in self.lines.values()}


def draft_of(
    columns: Sequence[str], rows: Sequence[Sequence[str]], further: Mapping[str, Sequence[str]] | None
) -> Draft:
    """A draft about a table, without the rows that are cut or too long."""
    return Draft(columns, [row for row in rows if len(row) == len(columns)], further=further or {})
