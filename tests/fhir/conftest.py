"""What the tests of FHIR share: policies that are prepared once, and records and a desk of each test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from isocenter.fhir.asked import Judges
from isocenter.fhir.records import Records
from tests.fhir.changes import PaperDesk


@pytest.fixture(scope="session")
def judges() -> Iterator[Judges]:
    """The IMRT policy, prepared once for all tests: a request leaves nothing in it for the next one."""
    kept = Judges(["imrt"])
    yield kept
    kept.close()


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    kept = Records(tmp_path / "answers.db")
    yield kept
    kept.close()


@pytest.fixture
def desk() -> PaperDesk:
    return PaperDesk()
