"""What several tests of planning share, and is dear to make."""

from pathlib import Path

import pytest

from isocenter.planning.beam.beam_data import load_beam_data
from tests.planning.measured import write_measured


@pytest.fixture(scope="session")
def beam_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a measured beam."""
    where = tmp_path_factory.mktemp("beam")
    write_measured(where, load_beam_data())
    return where
