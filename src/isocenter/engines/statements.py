"""Statements that one database after the other executes in a process: parsed once."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

_MOST_TEXTS = 1_000  # that are kept: a part of a screening has some 400, a few of them its own
_parsed: "dict[str, list[duckdb.Statement]]" = {}  # by their text, those executed last behind


def execute(connection: "duckdb.DuckDBPyConnection", text: str) -> "duckdb.DuckDBPyConnection":
    """Execute a text that other databases execute too; what its last statement answers is there to be fetched.

    Parsing takes a fifth of what the statements of a part of a screening take beside their rows.
    """
    statements = _parsed.pop(text, None) or connection.extract_statements(text)
    _parsed[text] = statements
    if len(_parsed) > _MOST_TEXTS:
        _parsed.pop(next(iter(_parsed)), None)
    for statement in statements:
        connection.execute(statement)
    return connection
