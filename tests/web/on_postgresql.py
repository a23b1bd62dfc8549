"""A PostgreSQL server for tests, that a wheel holds and that goes with the test."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """The address of a database on a server of its own; the test is skipped where there is none."""
    pgserver = pytest.importorskip("pgserver", reason="no PostgreSQL at hand (pip install pgserver)")
    server = pgserver.get_server(folder / "pg")
    yield server.get_uri()
    server.cleanup()
