"""Two commands that write to one place at the same time: one of them ends in a sentence, and nothing is of both."""

import os
from pathlib import Path

import pytest

from isocenter.cli import main
from isocenter.errors import UnwritableOutput
from isocenter.files import writing
from isocenter.files.writing import folder_held, growing, write_whole

_EXAMPLE = str(Path(__file__).parents[1] / "examples" / "left_breast_coding")
_COMMANDS = {
    "each": ("review", _EXAMPLE, "--each"),
    "abstract": ("abstract", "note.txt", "--into"),
    "scenario": ("scenario", _EXAMPLE, "--out"),
    "measure": ("measure", "plan", "--out"),
    "plan": ("plan", "plan", "--out"),
    "mu-check": ("mu-check", "plan", "--beams", "beams", "--out"),
    "new": ("new",),
    "phantom": ("phantom", "cylinder"),
    "synthesize": ("synthesize",),
    "demo": ("demo", "--out"),
}


@pytest.mark.parametrize("command", _COMMANDS)
def test_a_folder_that_another_command_writes_to_is_left_to_it(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("plan", "beams", "out"):
        Path(name).mkdir()
    Path("note.txt").write_text("Simulation note\n", encoding="utf-8")
    with folder_held(Path("out")):
        assert main([*_COMMANDS[command], "out"]) == 2
    assert capsys.readouterr().err == (
        "isocenter: out: another command is writing into this folder; wait for it, or name another one\n"
    )
    assert list(Path("out").iterdir()) == []


def test_a_file_is_written_by_one_at_a_time(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    with growing(file) as partial:
        partial.write_text("of the first", encoding="utf-8")
        with pytest.raises(UnwritableOutput, match=r"report\.html: another command is writing it; wait for it"):
            write_whole(file, "of the second")
    assert file.read_text(encoding="utf-8") == "of the first"
    write_whole(file, "of the third")
    assert file.read_text(encoding="utf-8") == "of the third"
    assert list(tmp_path.iterdir()) == [file]


def test_what_a_killed_command_left_half_written_stands_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "report.html.partial").write_text("half of a report that was longer than the next", encoding="utf-8")
    write_whole(tmp_path / "report.html", "whole")
    assert [(one.name, one.read_text(encoding="utf-8")) for one in tmp_path.iterdir()] == [("report.html", "whole")]


def test_a_folder_into_which_nothing_came_is_removed_with_those_made_for_it(tmp_path: Path) -> None:
    with folder_held(tmp_path / "a" / "b"):
        assert (tmp_path / "a" / "b").is_dir()
    assert list(tmp_path.iterdir()) == []
    with folder_held(tmp_path / "a" / "b"):
        (tmp_path / "a" / "b" / "x").touch()
    assert (tmp_path / "a" / "b" / "x").exists()


def test_a_folder_whose_system_knows_no_locks_is_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_locks(*_: int) -> None:
        raise OSError(os.strerror(9))

    monkeypatch.setattr(writing.fcntl, "flock", without_locks)
    write_whole(tmp_path / "report.html", "whole")
    with folder_held(tmp_path):
        assert (tmp_path / "report.html").read_text(encoding="utf-8") == "whole"
