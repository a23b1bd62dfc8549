"""DuckDB, opened within a limit of memory, and closed to the machine before a policy's SQL runs in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

_SECONDS_OF_A_POLICY = 120.0
_LINES_A_SECOND = 500.0
_NO_EXTENSIONS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


def connect(
    database: str = ":memory:", *, threads: int = 2, memory_bytes: int = 0, spill: Path | None = None
) -> "duckdb.DuckDBPyConnection":
    """A connection that loads no extension and reads time stamps in UTC, whatever the machine's time zone.

    With `memory_bytes` it keeps to that limit, and what does not fit is spilled to the folder `spill`, or refused.
    """
    import duckdb  # noqa: PLC0415 - a case seldom needs DuckDB

    connection = duckdb.connect(database, config={"threads": threads, **_NO_EXTENSIONS})
    connection.execute("set allow_community_extensions = false; set TimeZone = 'UTC'; set enable_progress_bar = false")
    # A short list of words is looked up as it is: as a join, of which a query may have a hundred, it takes longer.
    connection.execute("set disabled_optimizers = 'in_clause'")
    if memory_bytes:
        connection.execute(f"set memory_limit = '{memory_bytes}B'; set preserve_insertion_order = false")
    if spill is None:
        connection.execute("set temp_directory = ''")
    else:
        spill.mkdir(parents=True, exist_ok=True)
        connection.execute(f"set temp_directory = {literal(str(spill))}")
    return connection


def beside(connection: "duckdb.DuckDBPyConnection") -> "duckdb.DuckDBPyConnection":
    """Another connection to the same database, for a thread of its own: it sees its tables but the temporary ones."""
    another = connection.cursor()
    another.execute("set TimeZone = 'UTC'")  # which it does not take over, as it does the other settings
    return another


def lock(connection: "duckdb.DuckDBPyConnection", folder: Path | None = None) -> None:
    """Close a connection to files, the network and its own settings, for good; `folder` alone stays open.

    Whatever a policy's query asks for then, it sees the tables of the connection and nothing of the machine.
    """
    allowed = [f"{folder.absolute()}/"] if folder else []
    connection.execute(
        f"set allowed_directories = [{', '.join(map(literal, allowed))}];"
        " set enable_external_access = false; set lock_configuration = true"
    )


def seconds_of_a_policy(lines: int) -> float:
    """How long the queries of a policy may run over so many claim lines; those here take less than a tenth of it."""
    return _SECONDS_OF_A_POLICY + lines / _LINES_A_SECOND


@contextmanager
def no_longer_than(seconds: float, connection: "duckdb.DuckDBPyConnection") -> Iterator[None]:
    """Interrupt whatever runs in a connection once the block has taken so long: duckdb.InterruptException."""
    is_over = Event()

    def interrupt() -> None:
        # An interrupt between two queries reaches neither.
        wait = seconds
        while not is_over.wait(wait):
            connection.interrupt()
            wait = 0.2

    watch = Thread(target=interrupt, daemon=True)
    watch.start()
    try:
        yield
    finally:
        is_over.set()
        watch.join()


def identity(name: str) -> str:
    """A column name in double quotes, as SQL wants it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text in single quotes, as SQL wants it."""
    return "'" + text.replace("'", "''") + "'"
