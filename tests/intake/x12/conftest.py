"""Reads bytes as an 837, for every test of the reader."""

from pathlib import Path

import pytest
from tests.intake.x12_samples import Reader, Row

from isocenter.intake.x12_837 import read


@pytest.fixture
def rows(tmp_path: Path) -> Reader:
    """Reads bytes as if they were a file."""
    path = tmp_path / "claims.837"

    def read_bytes(content: bytes) -> list[Row]:
        path.write_bytes(content)
        return list(read(path))

    return read_bytes
