"""Columns of enumerated types without naming these, in isocenter.engines.typed_columns."""

import duckdb
import pytest

from isocenter.engines.typed_columns import keep_typed_columns, no_rows


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("create type courses as enum ('', 'A', 'B'); create type members as enum ('', 'M')")
    keep_typed_columns(connection, {"course_id": "courses", "member_id": "members"})
    return connection


def _kinds(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, str]:
    return {name: kind for name, kind, *_ in connection.execute(f"describe {query}").fetchall()}


def test_a_typed_column_has_the_type_kept_and_others_their_own(connection: duckdb.DuckDBPyConnection) -> None:
    query = no_rows({"course_id": "varchar", "limit": "double", "icd10": "varchar"}, {"course_id", "member_id"})

    assert _kinds(connection, query) == {"course_id": "ENUM('', 'A', 'B')", "limit": "DOUBLE", "icd10": "VARCHAR"}
    assert connection.execute(query).fetchall() == []


def test_a_column_that_is_not_asked_for_as_typed_is_a_text(connection: duckdb.DuckDBPyConnection) -> None:
    assert _kinds(connection, no_rows({"course_id": "varchar"})) == {"course_id": "VARCHAR"}


def test_united_with_no_rows_courses_stay_numbers_and_with_texts_they_do_not(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute("create table lines as select cast('A' as courses) as course_id")
    united = "select course_id from lines union all {}"

    typed = _kinds(connection, united.format(no_rows({"course_id": "varchar"}, {"course_id"})))
    as_texts = _kinds(connection, united.format(no_rows({"course_id": "varchar"})))

    assert (typed["course_id"], as_texts["course_id"]) == ("ENUM('', 'A', 'B')", "VARCHAR")


def test_no_rows_need_no_kept_column_where_none_is_typed() -> None:
    with duckdb.connect() as connection:
        assert connection.execute(no_rows({"policy": "varchar", "units": "bigint"})).fetchall() == []
