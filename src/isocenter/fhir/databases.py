"""Opens the SQLite files in which the FHIR interfaces keep what they answered and whom they know."""

import sqlite3
from pathlib import Path

from isocenter.errors import UnreadableInput
from isocenter.files import shown


def opened(path: Path | None, tables: str, purpose: str) -> sqlite3.Connection:
    """A database with its tables, in memory without a path; UnreadableInput where the file is something else."""
    try:
        connection = sqlite3.connect(path or ":memory:", check_same_thread=False)
        connection.execute("pragma journal_mode = wal")  # a change waits for the disk once, not four times
        connection.executescript(tables)
    except sqlite3.Error as wrong:
        name = shown(path) if path else "memory"
        raise UnreadableInput(f"{name}: cannot be used for {purpose} ({wrong})") from None
    return connection
