"""A library that keeps things between runs has a private folder for them where there is no home folder."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from isocenter.engines.private_folders import private_folder, settle_matplotlib

_DRAWS = "from isocenter.evidence.pictures.drawing import blank_sheet; blank_sheet(100, 100)"


def test_drawing_without_a_home_folder_warns_of_nothing(tmp_path: Path) -> None:
    kept = ("PATH", "PYTHONPATH")
    surroundings = {name: os.environ[name] for name in kept if name in os.environ}
    surroundings |= {"HOME": os.devnull, "TMPDIR": str(tmp_path)}
    drawn = subprocess.run([sys.executable, "-c", _DRAWS], env=surroundings, capture_output=True, text=True, check=True)
    slowly = "Matplotlib is building the font cache; this may take a moment."  # said where it takes over 5 seconds
    assert [line for line in drawn.stderr.splitlines() if line != slowly] == []
    assert [folder.name for folder in tmp_path.iterdir()] == [f"isocenter-matplotlib-{os.getuid()}"]


def test_a_home_folder_that_can_be_written_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MPLCONFIGDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    settle_matplotlib()
    assert "MPLCONFIGDIR" not in os.environ
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_somebody_else_could_write_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = private_folder("kernels")
    assert folder is not None
    folder.chmod(0o777)
    assert private_folder("kernels") is None
