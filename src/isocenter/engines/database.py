"""DuckDB, opened within a limit of memory, and closed to the machine before a policy's SQL runs in it."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

_NO_EXTENSIONS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


def connect(
    database: str = ":memory:", *, threads: int = 2, memory_bytes: int = 0, spill: Path | None = None
) -> "duckdb.DuckDBPyConnection":
    """A connection that loads no extension and reads time stamps in UTC, whatever the machine's time zone.

    With `memory_bytes` it keeps to that limit, and what does not fit is spilled to the folder `spill`.
    """
    import duckdb  # noqa: PLC0415 - a case seldom needs DuckDB

    connection = duckdb.connect(database, config={"threads": threads, **_NO_EXTENSIONS})
    connection.execute("set allow_community_extensions = false; set TimeZone = 'UTC'; set enable_progress_bar = false")
    if memory_bytes:
        connection.execute(f"set memory_limit = '{memory_bytes}B'; set preserve_insertion_order = false")
    if spill is not None:
        spill.mkdir(parents=True, exist_ok=True)
        connection.execute(f"set temp_directory = {literal(str(spill))}")
    return connection


def lock(connection: "duckdb.DuckDBPyConnection", folder: Path | None = None) -> None:
    """Close a connection to files, the network and its own settings, for good; `folder` alone stays open.

    Whatever a policy's query asks for then, it sees the tables of the connection and nothing of the machine.
    """
    allowed = [f"{folder.absolute()}/"] if folder else []
    connection.execute(
        f"set allowed_directories = [{', '.join(map(literal, allowed))}];"
        " set enable_external_access = false; set lock_configuration = true"
    )


def identity(name: str) -> str:
    """A column name in double quotes, as SQL wants it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text in single quotes, as SQL wants it."""
    return "'" + text.replace("'", "''") + "'"
