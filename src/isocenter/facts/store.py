"""The fact store: rows of the waist in, DuckDB tables out."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from isocenter.engines.database import connect, identity, literal, lock, no_longer_than, seconds_of_a_policy
from isocenter.engines.statements import execute
from isocenter.facts.schema import tables, tables_sql
from isocenter.facts.stores import Store
from isocenter.terms.tables import FACT_TABLES


class FactStore(Store):
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
        """`few_rows`: one course is supplied, where optimizing a query takes longer than running it as written.

        The store is closed to the machine; with `reads_files` it stays open until `lock` is called, which is to be
        before a policy's query runs in it.
        """
        super().__init__()
        threads = 1 if few_rows else threads
        self.connection = connect(database, threads=threads, memory_bytes=memory_bytes, spill=spill)
        if few_rows:
            self.connection.execute("pragma disable_optimizer")
        if not reads_files:
            self.lock()
        execute(self.connection, tables_sql())
        self.connection.execute("create table supplied_tables (table_name varchar not null)")
        self._inserts: dict[str, duckdb.Statement] = {}
        self.layouts = 0  # how often engines laid out tables: what was prepared before is prepared again

    def lock(self, folder: Path | None = None) -> None:
        """Close the store to files and settings before a policy's query runs in it; `folder` alone stays open."""
        lock(self.connection, folder)

    def rows(self, table: str, order_by: str = "all") -> list[Any]:
        """All rows of a table as the named tuples of isocenter.terms, in a fixed order."""
        kind = FACT_TABLES[table]
        columns = ", ".join(f'"{name}"' for name in kind._fields)
        named = table if order_by == "all" else f"{table}_by_{'_'.join(order_by.split(', '))}"
        found = self.run(f"rows_of_{named}", f"select {columns} from main.{table} order by {order_by}")
        return [kind(*row) for row in found]

    def holds(self, table: str, column: str, values: Sequence[str]) -> bool:
        """Whether some row of a table has one of the values in a column."""
        query = f"select 1 from main.{table} where {identity(column)} in ({', '.join(map(literal, values))}) limit 1"
        return self.connection.execute(query).fetchone() is not None

    def answers(self, name: str, query: str) -> list[tuple[Any, ...]]:
        """What a query of ours answers, in no order; `name` is that under which it may be prepared."""
        return self.run(name, query)

    def fill(self, table: str, query: str) -> None:
        """Add what a query of ours answers to a fact table, and count the table as supplied."""
        self.run(f"fill_{table}", f"insert into main.{table} {query}")
        self.supply(table)

    def place_lines(self, query: str) -> None:
        """Give claim lines without a course the one that a query answers (claim_line_id, course_id_found)."""
        # Filled rather than made again: a change of the catalog would undo what is prepared.
        self.connection.execute(
            f"""
            create table if not exists main.line_courses (claim_line_id varchar, course_id varchar);
            delete from main.line_courses;
            insert into main.line_courses
            select claim_line_id, course_id_found from ({query}) where course_id = ''
            """
        )
        self.connection.execute(
            """
            update claim_lines set course_id = line_courses.course_id
            from line_courses
            where claim_lines.claim_line_id = line_courses.claim_line_id
            """
        )

    def drop_lines(self, query: str) -> None:
        """Leave out the claim lines whose claim_line_id a query answers."""
        self.connection.execute(
            f"delete from main.claim_lines where claim_line_id in (select claim_line_id from ({query}))"
        )

    def insert_rows(self, table: str, types: Mapping[str, str], rows: Sequence[tuple[Any, ...]]) -> None:
        """Add rows of columns of these types that were held against the contract before."""
        if rows:
            values = ", ".join(f"unnest(?::{kind}[])" for kind in types.values())
            query = f"insert into main.{table} ({', '.join(map(identity, types))}) select {values}"
            self.connection.execute(query, [list(column) for column in zip(*rows, strict=True)])

    def run(self, name: str, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement and fetch what it answers; one that is run again is prepared, by this name.

        Planning takes longer than running on one course. A table that was laid out since makes the engine plan a
        prepared statement again at each run, so it is prepared again then.
        """
        seen = (statement, self.layouts)
        if self.made.get(f"prepared {name}") != seen:
            if self.made.get(f"run {name}") != seen:
                self.made[f"run {name}"] = seen
                return execute(self.connection, statement).fetchall()
            self.connection.execute(f"prepare {name} as {statement}")
            self.made[f"prepared {name}"] = seen
        return self.connection.execute(f"execute {name}").fetchall()

    def policy_is_limited(self) -> AbstractContextManager[None]:
        """A block in which the queries of one policy run: they are interrupted when they take too long."""
        lines = self.connection.execute("select count(*) from main.claim_lines").fetchall()[0][0]
        return no_longer_than(seconds_of_a_policy(lines), self.connection)

    def close(self) -> None:
        """Close the database."""
        self.connection.close()

    def _mark_supplied(self, table: str) -> None:
        self.connection.execute("insert into supplied_tables values (?)", [table])

    def _empty(self, table: str) -> None:
        self.run(f"clear_{table}", f"delete from main.{table}")

    def _insert(self, table: str, rows: list[NamedTuple]) -> None:
        if not rows:
            return
        columns = tables()[table].columns
        # One list a column is bound as one parameter: ten times faster than one parameter a value.
        names = ", ".join(f'"{column.name}"' for column in columns)
        values = ", ".join(f"unnest(?::{column.type}[])" for column in columns)
        lists = [list(values_of_column) for values_of_column in zip(*rows, strict=True)]
        if table not in self._inserts:  # parsed once: with forty columns parsing takes longer than inserting
            statement = f"insert into main.{table} ({names}) select {values}"
            (self._inserts[table],) = self.connection.extract_statements(statement)
        self.connection.execute(self._inserts[table], lists)
