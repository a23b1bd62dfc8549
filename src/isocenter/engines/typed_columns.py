"""Enumerated types of many texts, given by a column that has them: DuckDB reads all texts of one wherever it is named.

Of a type of 18,000 texts that takes 3 milliseconds, in each statement and each time that a view is read; to give the
type by a column takes none.
"""

from collections.abc import Mapping, Set
from typing import TYPE_CHECKING

from isocenter.engines.database import identity

if TYPE_CHECKING:
    import duckdb

_TYPED = "main.typed_columns"


def keep_typed_columns(connection: "duckdb.DuckDBPyConnection", types: Mapping[str, str]) -> None:
    """Keep a column, without rows, of each enumerated type, by the name of the columns that are of it."""
    columns = (f"{identity(name)} {kind}" for name, kind in types.items())
    connection.execute(f"create table {_TYPED} ({', '.join(columns)})")


def no_rows(columns: Mapping[str, str], typed: Set[str] = frozenset()) -> str:
    """The query for no row of columns of these types; of the `typed` ones the type is that of the column kept."""
    of_columns = (
        f"typed_columns.{identity(name)}" if name in typed else f"cast(null as {kind}) as {identity(name)}"
        for name, kind in columns.items()
    )
    return f"select {', '.join(of_columns)}{f' from {_TYPED}' if typed & columns.keys() else ''} where false"
