"""What the tests of FHIR share: policies that are prepared once."""

from collections.abc import Iterator

import pytest

from isocenter.fhir.asked import Judges


@pytest.fixture(scope="session")
def judges() -> Iterator[Judges]:
    """The IMRT policy, prepared once for all tests: a request leaves nothing in it for the next one."""
    kept = Judges(["imrt"])
    yield kept
    kept.close()
