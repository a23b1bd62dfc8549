"""A PostgreSQL server for tests, that a wheel holds and that goes with the test."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of a database on a server of its own; the test is skipped where there is none.

    The server runs as another user than root, whom pytest keeps out of its temporary folders whenever it is started.
    """
    pgserver = pytest.importorskip("pgserver", reason="no PostgreSQL here (pip install pgserver)")
    with tempfile.TemporaryDirectory(prefix="postgresql-") as folder:
        server = pgserver.get_server(Path(folder) / "pg")
        yield server.get_uri()
        server.cleanup()
