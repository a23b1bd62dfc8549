"""What every store of facts does: it checks rows against the contract and keeps missing apart from empty."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from isocenter.facts.schema import LATEST, UNIQUE_KEYS, Column, earliest, tables
from isocenter.terms.chart import Constraint
from isocenter.terms.dose_metrics import why_not_comparable, with_unit_of_metric
from isocenter.terms.limits import TEXT_CHARACTERS
from isocenter.terms.problems import Problem, clause, lost_row, worded
from isocenter.terms.tables import TABLE_OF
from isocenter.terms.values import why_not_kept

_LONGEST_AT_ONCE = min(200, TEXT_CHARACTERS.most)


class Store(ABC):
    """The fact tables of one review, and the queries that are asked of them."""

    def __init__(self) -> None:
        self._supplied: set[str] = set()
        self._keys: dict[str, set[tuple[Any, ...]]] = {table: set() for table in UNIQUE_KEYS}
        # What engines have laid out or prepared in this store, by name: the text or the rulebook it was made from.
        self.made: dict[str, object] = {}

    @property
    def supplied(self) -> frozenset[str]:
        """Names of the tables that were supplied, also when they hold no row."""
        return frozenset(self._supplied)

    def supply(self, table: str, rows: Iterable[NamedTuple] = (), path: str = "") -> list[Problem]:
        """Add rows to a table; a row that cannot be right is left out and becomes a problem."""
        if table not in self._supplied:
            self._supplied.add(table)
            self._mark_supplied(table)
        kept: list[NamedTuple] = []
        problems: list[Problem] = []
        columns = tables()[table].columns
        for given in rows:
            row = with_unit_of_metric(given) if isinstance(given, Constraint) else given
            wrong = self._what_is_wrong(table, columns, row)
            if wrong:
                sentence = worded("{wrong}; the row was left out", wrong=clause(wrong))
                problems.append(lost_row(row, path, _place_of(table, row), sentence))
            else:
                kept.append(row)
        self._insert(table, kept)
        return problems

    def add(self, rows: Iterable[NamedTuple], path: str = "") -> list[Problem]:
        """Add rows of any tables, each to the table of its kind."""
        by_table: dict[str, list[NamedTuple]] = {}
        for row in rows:
            by_table.setdefault(TABLE_OF[type(row)], []).append(row)
        return [problem for table, some in by_table.items() for problem in self.supply(table, some, path)]

    def replace(self, table: str, rows: Iterable[NamedTuple]) -> list[Problem]:
        """Put rows in the place of all that a table held."""
        self._empty(table)
        if table in self._keys:
            self._keys[table].clear()
        return self.supply(table, rows)

    def clear(self) -> None:
        """Empty every table for the next case; what was prepared stays prepared."""
        for table in (*sorted(self._supplied), "supplied_tables"):
            self._empty(table)
        self._supplied.clear()
        for keys in self._keys.values():
            keys.clear()

    @abstractmethod
    def rows(self, table: str, order_by: str = "all") -> list[Any]:
        """All rows of a table as the named tuples of isocenter.terms, in a fixed order."""

    @abstractmethod
    def holds(self, table: str, column: str, values: Sequence[str]) -> bool:
        """Whether some row of a table has one of the values in a column."""

    @abstractmethod
    def answers(self, name: str, query: str) -> list[tuple[Any, ...]]:
        """What a query of ours answers, in no order; `name` is that under which it may be prepared."""

    @abstractmethod
    def fill(self, table: str, query: str) -> None:
        """Add what a query of ours answers to a fact table, and count the table as supplied."""

    @abstractmethod
    def place_lines(self, query: str) -> None:
        """Give claim lines without a course the one that a query answers (claim_line_id, course_id_found)."""

    @abstractmethod
    def drop_lines(self, query: str) -> None:
        """Leave out the claim lines whose claim_line_id a query answers."""

    @abstractmethod
    def close(self) -> None:
        """Let go of what the store holds of the machine."""

    @abstractmethod
    def _mark_supplied(self, table: str) -> None: ...

    @abstractmethod
    def _insert(self, table: str, rows: list[NamedTuple]) -> None: ...

    @abstractmethod
    def _empty(self, table: str) -> None: ...

    def _what_is_wrong(self, table: str, columns: Sequence[Column], row: NamedTuple) -> str:
        for column, value in zip(columns, row, strict=True):
            if type(value) is str and not column.allowed and value.isascii() and len(value) <= _LONGEST_AT_ONCE:
                continue  # nothing can be wrong with most values
            wrong = _what_is_wrong_with(column, value)
            if wrong:
                return wrong
        if table == "claim_lines" and row.units < 1:  # type: ignore[attr-defined]
            units = row.units  # type: ignore[attr-defined]
            return worded("units is {units}, expected a whole number from 1", units=units)
        if isinstance(row, Constraint) and (why := why_not_comparable(row)):
            return why
        names_no_document = table != "citations" and getattr(row, "document_id", "filled") == ""
        names_no_plan = table != "fractions" and getattr(row, "plan_id", "filled") == ""
        if names_no_document or names_no_plan:
            return "the name of its document or plan is empty"
        if table in UNIQUE_KEYS:
            key = tuple(getattr(row, name) for name in UNIQUE_KEYS[table])
            if "" in key:
                return f"{' and '.join(UNIQUE_KEYS[table])} is empty"
            if key in self._keys[table]:
                shown = ", ".join(map(str, key))
                names = clause(" and ".join(UNIQUE_KEYS[table]))
                return worded("{names} {key} appears twice; the first row is used", names=names, key=shown)
            self._keys[table].add(key)
        return ""


def _place_of(table: str, row: NamedTuple) -> str:
    of_many = f" {row.structure}" if isinstance(row, Constraint) else ""  # a course has one row, and many limits
    return f"{table} {row[0]}{of_many}"


def _what_is_wrong_with(column: Column, value: object) -> str:
    if value is None:
        return f"{column.name} is missing" if column.required else ""
    expected = why_not_kept(value)
    if expected:
        return f"{column.name} is beyond what is kept; expected {expected}"
    if column.type == "date" and isinstance(value, date) and not earliest(column.name) <= value <= LATEST:
        return worded(
            "{name} is {value}, expected a day from {first} to {last}",
            name=clause(column.name), value=value, first=clause(earliest(column.name)), last=clause(LATEST),
        )  # fmt: skip
    if not column.can_be(value):
        return worded(
            "{name} is {value}, expected a number {range}",
            name=clause(column.name), value=value, range=clause(column.range_in_words),
        )  # fmt: skip
    if column.allowed and value and value not in column.allowed:
        allowed = ", ".join(column.allowed)
        return worded(
            "{name} is {value!r}, expected one of {allowed}",
            name=clause(column.name), value=value, allowed=clause(allowed),
        )  # fmt: skip
    return ""
