"""What the tests of FHIR share: policies that are prepared once, and records and a desk of each test's own."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.serving.service import Service
from tests.fhir.changes import PaperDesk


@pytest.fixture(scope="package", autouse=True)
def _soon_after_the_orders() -> Iterator[None]:
    """A service that names no clock answers on the day after the orders of these tests are written."""
    with pytest.MonkeyPatch.context() as patch:
        usual = Service.__init__.__kwdefaults__
        assert usual is not None
        patch.setitem(usual, "now", lambda: datetime(2024, 5, 3, 12, tzinfo=UTC))
        yield


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
