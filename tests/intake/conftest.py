"""What the tests of formats share."""

from pathlib import Path

import pytest
from tests.intake.fhir_reading import Reader, reader_in


@pytest.fixture
def rows(tmp_path: Path) -> Reader:
    """Reads FHIR resources as if each were a file of one case."""
    return reader_in(tmp_path)
