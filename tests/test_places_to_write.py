"""What cannot be written is said before the work, by every command, in a sentence that names it."""

import os
from pathlib import Path

import pytest

from isocenter.cli import main
from isocenter.errors import UnwritableOutput
from isocenter.files import expect_a_place_to_write

_CLAIMS = str(Path(__file__).parent.parent / "examples" / "prostate_clean" / "professional.837")
_FOLDERS = {
    "plan": ("plan", "empty", "--out"),
    "measure": ("measure", "empty", "--out"),
    "mu-check": ("mu-check", "empty", "--beams", "empty", "--out"),
    "screen": ("screen", _CLAIMS, "--out"),
    "scenario": ("scenario", _CLAIMS, "--out"),
    "each": ("review", _CLAIMS, "--each"),
    "abstract": ("abstract", "plain.txt", "--into"),
    "demo": ("demo", "--out"),
    "synthesize": ("synthesize",),
    "new": ("new",),
    "phantom": ("phantom", "prostate"),
}
_FILES = {
    "report": ("review", _CLAIMS, "--report"),
    "letter": ("review", _CLAIMS, "--letter"),
    "checklist": ("review", _CLAIMS, "--checklist"),
    "rules": ("rules", "--write"),
    "tables": ("rules", "--write-tables"),
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "plain.txt").write_text("a note\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("command", _FOLDERS)
@pytest.mark.parametrize("place", ["plain.txt", "plain.txt/within"])
@pytest.mark.usefixtures("here")
def test_a_folder_that_cannot_be_made_is_named_first(
    command: str, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*_FOLDERS[command], place]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"isocenter: {place}: cannot be written: ")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("command", _FILES)
def test_a_file_that_cannot_be_written_is_named_first(
    command: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(here / "pipe.html")
    for place in ("missing/page.html", "plain.txt/page.html", "pipe.html"):
        assert main([*_FILES[command], place]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith(f"isocenter: {place}: cannot be written: ")


def test_what_may_not_be_written_is_said_as_such(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # the tests may run as a user who may write anywhere
    for path, is_folder in ((here / "new" / "deep", True), (here / "page.html", False), (here / "plain.txt", False)):
        with pytest.raises(UnwritableOutput, match="permission denied"):
            expect_a_place_to_write(path, is_folder=is_folder)


@pytest.mark.parametrize("option", ["--report", "--readings", "--policy-text", "--plan", "--each"])
@pytest.mark.parametrize("name", ["a" * 300, "x\0y"])
def test_a_name_that_is_no_name_is_refused_in_a_sentence(
    option: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["review", _CLAIMS, option, name])
    assert ended.value.code == 2
    assert "error: argument" in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.usefixtures("here")
def test_files_that_hold_nothing_of_the_kind_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    for line in (("new", "case", "--from", "plain.txt"), ("plan", "plain.txt"), ("review", "C1", "--from", "empty")):
        assert main(line) == 2
        assert line[-1] in capsys.readouterr().err
