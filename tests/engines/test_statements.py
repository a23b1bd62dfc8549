"""Statements that one database after the other executes, in isocenter.engines.statements."""

import duckdb
import pytest

from isocenter.engines import statements
from isocenter.engines.statements import execute


class _Counted:
    """A database that counts how often it parses."""

    def __init__(self) -> None:
        self.database = duckdb.connect()
        self.parsed = 0

    def extract_statements(self, text: str) -> list[duckdb.Statement]:
        self.parsed += 1
        return self.database.extract_statements(text)

    def execute(self, statement: duckdb.Statement) -> duckdb.DuckDBPyConnection:
        return self.database.execute(statement)

    def fetchall(self) -> list[tuple[int]]:
        return self.database.fetchall()


def test_a_text_is_parsed_by_the_first_database_and_answered_by_each() -> None:
    first, second = _Counted(), _Counted()
    for database, units in ((first, 5), (second, 7)):
        database.database.execute(f"create table lines as select {units} as units")
        execute(database, "create table doubled as select 2 * units as units from lines; select units from doubled")
        assert database.fetchall() == [(2 * units,)]
    assert (first.parsed, second.parsed) == (1, 0)


def test_a_text_that_is_wrong_is_refused_each_time() -> None:
    with duckdb.connect() as connection:
        for _ in range(2):
            with pytest.raises(duckdb.ParserException):
                execute(connection, "select from where")
            with pytest.raises(duckdb.CatalogException, match="no_such_table"):
                execute(connection, "select 1 from no_such_table")


def test_what_was_executed_last_is_kept_and_no_more_than_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "_MOST_TEXTS", 2)
    monkeypatch.setattr(statements, "_parsed", {})
    database = _Counted()
    for text in ("select 1", "select 2", "select 1", "select 3", "select 1"):
        execute(database, text)
    assert database.parsed == 3
    execute(database, "select 2")
    assert database.parsed == 4
