"""Opens the SQLite files in which the FHIR interfaces keep what they answered and whom they know."""

import sqlite3
from contextlib import closing
from pathlib import Path

from isocenter.errors import UnreadableInput
from isocenter.files.texts import shown


def opened(path: Path | None, tables: str, purpose: str) -> sqlite3.Connection:
    """A database with its tables, in memory without a path; UnreadableInput where the file is something else.

    A database that holds tables, and none of these, is another program's: nothing is added to it.
    """
    try:
        connection = sqlite3.connect(path or ":memory:", check_same_thread=False)
        held = _names_of_tables(connection)
        if held and held.isdisjoint(_tables_made_by(tables)):
            connection.close()
            raise UnreadableInput(
                f"{shown(path) if path else 'memory'}: cannot be used for {purpose} (it is a database of another kind)"
            )
        connection.execute("pragma journal_mode = wal")  # a change waits for the disk once, not four times
        connection.executescript(tables)
    except sqlite3.Error:
        name = shown(path) if path else "memory"
        raise UnreadableInput(
            f"{name}: cannot be used for {purpose}; it is not a database, is damaged or in use, or may not be written"
        ) from None
    return connection


def _names_of_tables(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}


def _tables_made_by(script: str) -> set[str]:
    with closing(sqlite3.connect(":memory:")) as made:
        made.executescript(script)
        return _names_of_tables(made)
