"""The fact store: rows of the waist in, DuckDB tables out; what was supplied is told from what is empty."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from isocenter.engines.database import connect, lock
from isocenter.facts.schema import LATEST, UNIQUE_KEYS, Column, earliest, tables, tables_sql
from isocenter.terms.problems import Problem
from isocenter.terms.tables import FACT_TABLES, TABLE_OF
from isocenter.terms.values import why_not_kept


class FactStore:
    """All facts of one review in one DuckDB database; in memory unless a file is named."""

    def __init__(
        self,
        database: str = ":memory:",
        *,
        threads: int = 2,
        few_rows: bool = False,
        memory_bytes: int = 0,
        spill: Path | None = None,
        reads_files: bool = False,
    ) -> None:
        """`few_rows`: one course is at hand, where optimizing a query takes longer than running it as written.

        The store is closed to the machine; with `reads_files` it stays open until `lock` is called, which is to be
        before a policy's query runs in it.
        """
        threads = 1 if few_rows else threads
        self.connection = connect(database, threads=threads, memory_bytes=memory_bytes, spill=spill)
        if few_rows:
            self.connection.execute("pragma disable_optimizer")
        if not reads_files:
            self.lock()
        self.connection.execute(tables_sql())
        self.connection.execute("create table supplied_tables (table_name varchar not null)")
        self._supplied: set[str] = set()
        self._keys: dict[str, set[tuple[Any, ...]]] = {table: set() for table in UNIQUE_KEYS}
        # What engines have laid out or prepared in this store, by name: the text or the rulebook it was made from.
        self.made: dict[str, object] = {}
        self._inserts: dict[str, duckdb.Statement] = {}
        self.layouts = 0  # how often engines laid out tables: what was prepared before is prepared anew

    def lock(self, folder: Path | None = None) -> None:
        """Close the store to files and settings before a policy's query runs in it; `folder` alone stays open."""
        lock(self.connection, folder)

    @property
    def supplied(self) -> frozenset[str]:
        """Names of the tables that were supplied, also when they hold no row."""
        return frozenset(self._supplied)

    def supply(self, table: str, rows: Iterable[NamedTuple] = (), path: str = "") -> list[Problem]:
        """Add rows to a table; a row that cannot be right is left out and becomes a problem."""
        self._mark_supplied(table)
        kept: list[NamedTuple] = []
        problems: list[Problem] = []
        columns = tables()[table].columns
        for row in rows:
            wrong = self._what_is_wrong(table, columns, row)
            if wrong:
                problems.append(Problem(path, f"{table} {row[0]}", f"{wrong}; the row was left out"))
            else:
                kept.append(row)
        self._insert(table, columns, kept)
        return problems

    def add(self, rows: Iterable[NamedTuple], path: str = "") -> list[Problem]:
        """Add rows of any tables, each to the table of its kind."""
        by_table: dict[str, list[NamedTuple]] = {}
        for row in rows:
            by_table.setdefault(TABLE_OF[type(row)], []).append(row)
        return [problem for table, some in by_table.items() for problem in self.supply(table, some, path)]

    def replace(self, table: str, rows: Iterable[NamedTuple]) -> list[Problem]:
        """Put rows in the place of all that a table held."""
        self.connection.execute(f"delete from main.{table}")
        if table in self._keys:
            self._keys[table].clear()
        return self.supply(table, rows)

    def rows(self, table: str, order_by: str = "all") -> list[Any]:
        """All rows of a table as the named tuples of isocenter.terms, in a fixed order."""
        kind = FACT_TABLES[table]
        columns = ", ".join(f'"{name}"' for name in kind._fields)
        named = table if order_by == "all" else f"{table}_by_{'_'.join(order_by.split(', '))}"
        found = self.run(f"rows_of_{named}", f"select {columns} from main.{table} order by {order_by}")
        return [kind(*row) for row in found]

    def holds(self, table: str, condition: str) -> bool:
        """Whether some row of a table meets a condition."""
        return self.connection.execute(f"select 1 from main.{table} where {condition} limit 1").fetchone() is not None

    def clear(self) -> None:
        """Empty every table for the next case; what was prepared stays prepared."""
        for table in (*sorted(self._supplied), "supplied_tables"):
            self.run(f"clear_{table}", f"delete from main.{table}")
        self._supplied.clear()
        for keys in self._keys.values():
            keys.clear()

    def run(self, name: str, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement and fetch what it answers; one that is run again is prepared, by this name.

        Planning takes longer than running on one course. A table that was laid out since makes the engine plan a
        prepared statement again at each run, so it is prepared anew then.
        """
        seen = (statement, self.layouts)
        if self.made.get(f"prepared {name}") != seen:
            if self.made.get(f"run {name}") != seen:
                self.made[f"run {name}"] = seen
                return self.connection.execute(statement).fetchall()
            self.connection.execute(f"prepare {name} as {statement}")
            self.made[f"prepared {name}"] = seen
        return self.connection.execute(f"execute {name}").fetchall()

    def close(self) -> None:
        """Close the database."""
        self.connection.close()

    def _mark_supplied(self, table: str) -> None:
        if table not in self._supplied:
            self._supplied.add(table)
            self.connection.execute("insert into supplied_tables values (?)", [table])

    def _what_is_wrong(self, table: str, columns: Sequence[Column], row: NamedTuple) -> str:
        for column, value in zip(columns, row, strict=True):
            wrong = _what_is_wrong_with(column, value)
            if wrong:
                return wrong
        if table == "claim_lines" and row.units < 1:  # type: ignore[attr-defined]
            return f"units is {row.units}, expected a whole number from 1"  # type: ignore[attr-defined]
        names_no_document = table != "citations" and getattr(row, "document_id", "filled") == ""
        if names_no_document or getattr(row, "plan_id", "filled") == "":
            return "the name of its document or plan is empty"
        if table in UNIQUE_KEYS:
            key = tuple(getattr(row, name) for name in UNIQUE_KEYS[table])
            if "" in key:
                return f"{' and '.join(UNIQUE_KEYS[table])} is empty"
            if key in self._keys[table]:
                shown = ", ".join(map(str, key))
                return f"{' and '.join(UNIQUE_KEYS[table])} {shown} stands twice; the first row counts"
            self._keys[table].add(key)
        return ""

    def _insert(self, table: str, columns: Sequence[Column], rows: list[NamedTuple]) -> None:
        if not rows:
            return
        # One list a column is bound as one parameter: ten times faster than one parameter a value.
        names = ", ".join(f'"{column.name}"' for column in columns)
        values = ", ".join(f"unnest(?::{column.type}[])" for column in columns)
        lists = [list(values_of_column) for values_of_column in zip(*rows, strict=True)]
        if table not in self._inserts:  # parsed once: with forty columns parsing takes longer than inserting
            statement = f"insert into main.{table} ({names}) select {values}"
            (self._inserts[table],) = self.connection.extract_statements(statement)
        self.connection.execute(self._inserts[table], lists)


def _what_is_wrong_with(column: Column, value: object) -> str:
    if value is None:
        return f"{column.name} is missing" if column.required else ""
    expected = why_not_kept(value)
    if expected:
        return f"{column.name} is beyond what is kept; expected {expected}"
    if column.type == "date" and isinstance(value, date) and not earliest(column.name) <= value < LATEST:
        return f"{column.name} is {value}, expected a day between {earliest(column.name)} and {LATEST}"
    if column.allowed and value and value not in column.allowed:
        return f"{column.name} is {value!r}, expected one of {', '.join(column.allowed)}"
    return ""
