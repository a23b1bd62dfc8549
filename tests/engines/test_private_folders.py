"""A library that keeps things between runs has a private folder for them where there is no home folder."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from isocenter.engines.private_folders import private_folder, settle_matplotlib, working_folder

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


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files lie."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_what_a_killed_process_left_among_temporary_files_goes_when_the_next_one_begins(temporary: Path) -> None:
    code = (
        "import os, signal\n"
        "from isocenter.engines.private_folders import working_folder\n"
        "with working_folder() as folder:\n"
        "    (folder / 'claims.csv').write_text('M-1', encoding='utf-8')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    surroundings = {**os.environ, "TMPDIR": str(temporary)}
    assert subprocess.run([sys.executable, "-c", code], env=surroundings, check=False).returncode == -signal.SIGKILL
    (left,) = temporary.rglob("claims.csv")
    with working_folder():
        assert not left.parent.exists()


def test_what_others_work_in_is_left_to_them_and_goes_when_they_end(temporary: Path) -> None:
    with working_folder() as first:
        (first / "claims.csv").write_text("M-1", encoding="utf-8")
        assert first.stat().st_mode & 0o777 == 0o700
        with working_folder() as second:
            assert (first / "claims.csv").exists()
            assert second != first
        assert not second.exists()
    assert list(temporary.rglob("*")) == [first.parent]


def test_where_the_system_knows_no_locks_nothing_is_removed(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with working_folder() as first, monkeypatch.context() as patched:
        patched.setattr("fcntl.flock", lambda *_: (temporary / "none").stat())
        with working_folder() as second:
            assert first.is_dir()
            assert second.is_dir()


def test_where_no_private_folder_can_be_had_another_temporary_one_is_used(temporary: Path) -> None:
    (temporary / f"isocenter-work-{os.getuid()}").write_text("a file of this name", encoding="utf-8")
    with working_folder() as folder:
        assert folder.parent == temporary
    assert not folder.exists()
