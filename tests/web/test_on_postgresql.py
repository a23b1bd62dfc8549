"""The tests of the workbench once more, on PostgreSQL, on a server that a wheel holds and that goes with the test."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.on_postgresql import postgresql

_HERE = Path(__file__).parent


@pytest.fixture
def database_url() -> Iterator[str]:
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        pytest.skip("these tests run on PostgreSQL already")
    with postgresql() as address:
        yield address


@pytest.mark.slow
def test_the_workbench_is_the_same_on_postgresql(database_url: str, tmp_path: Path) -> None:
    tests = [
        _HERE / f"test_{name}.py"
        for name in (
            "deciding",
            "the_journal",
            "the_queue",
            "reviewing",
            "figures",
            "requests_from_outside",
            "retention",
            "at_the_same_time",
            "the_form",
        )
    ]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:xdist",
            "-m",
            "not slow",
            f"--basetemp={tmp_path / 'temporary'}",
            *map(str, tests),
        ],
        cwd=_HERE.parents[1],
        env=os.environ | {"DATABASE_URL": database_url, "DATABASE_GOES_WITH_ITS_SERVER": "1", "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4_000:]
