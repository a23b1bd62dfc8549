"""What cannot be written is said before the work, by every command, in a sentence that names it."""

import argparse
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from isocenter import cli
from isocenter.cli import main
from isocenter.cli.common import file_to_write, folder_to_write, given_path, letter_file, name_of, page_file
from isocenter.errors import UnwritableOutput
from isocenter.files.texts import printable
from isocenter.files.writing import expect_a_place_to_write

_CLAIMS = str(Path(__file__).parent.parent / "examples" / "prostate_clean" / "professional.837")
_POLICY = Path(__file__).parent / "policies_of_others" / "sbrt_commercial"
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
    assert ": argument" in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.usefixtures("here")
def test_files_that_hold_nothing_of_the_kind_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    for line in (("new", "case", "--from", "plain.txt"), ("plan", "plain.txt"), ("review", "C1", "--from", "empty")):
        assert main(line) == 2
        assert line[-1] in capsys.readouterr().err


_CASE = Path(_CLAIMS).parent


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (("review", "case", "--report", "a.html", "--letter", "./a.html"), "--report and --letter would be written to"),
        (
            ("review", "case", "--report", "l.html", "--checklist", "a.html"),
            "--report and --checklist would be written",
        ),
        (("rules", "--write", "a.md", "--write-tables", "a.md"), "--write and --write-tables would be written to one"),
        (("review", "case", "--letter", "case/chart.pdf"), "cannot be written: this command reads it"),
        (("review", "case", "--letter", "l.pdf"), "cannot be written: this command reads it"),
        (("review", "page.html", "--report", "page.html"), "cannot be written: this command reads it"),
        (("review", "case", "--policy-text", "page.html", "--report", "page.html"), "this command reads it"),
        (("rules", "--policy", "policy", "--write", "policy/policy.toml"), "this command reads it"),
    ],
)
def test_what_is_read_or_written_besides_is_not_written_over(
    line: tuple[str, ...], says: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(_CASE, here / "case")
    shutil.copytree(_POLICY, here / "policy")
    (here / "case" / "chart.pdf").write_bytes(b"%PDF-1.4 a chart")
    (here / "page.html").write_text("a page of others", encoding="utf-8")
    (here / "l.pdf").symlink_to("case/chart.pdf")
    (here / "l.html").symlink_to("a.html")
    before = {path: path.read_bytes() for path in here.rglob("*") if path.is_file()}
    assert main(line) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert says in said.err
    assert said.err.count("\n") == 1
    assert {path: path.read_bytes() for path in here.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("line", "again"),
    [
        (("scenario", "case", "--out"), 0),
        (("synthesize", "--courses", "3"), 0),
        (("phantom", "cylinder"), 2),  # another phantom would lie among the files of the first
    ],
    ids=lambda one: one[0] if isinstance(one, tuple) else "",
)
def test_what_would_be_read_with_the_files_of_a_case_is_not_written_among_them(
    line: tuple[str, ...], again: int, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(_CASE, here / "case")
    before = {path: path.read_bytes() for path in here.rglob("*") if path.is_file()}
    assert main([*line, "case"]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert said.err.startswith("isocenter: case: ")
    assert said.err.endswith("; name a new folder\n")
    assert {path: path.read_bytes() for path in here.rglob("*") if path.is_file()} == before
    (here / "new").mkdir()
    (here / "new" / ".DS_Store").touch()
    assert [main([*line, "new"]), main([*line, "new"])] == [0, again]


def test_a_page_that_was_written_before_is_written_anew_also_into_the_case(here: Path) -> None:
    shutil.copytree(_CASE, here / "case")
    for _ in range(2):
        assert main(["review", "case", "--report", "case/report.html", "--policy", "imrt_hospital"]) == 0
    assert main(["review", "case", "--report", "/dev/null", "--checklist", "/dev/null"]) == 0


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--most-rejected", "nan", "from 0 to 100"),
        ("--most-rejected", "-1", "from 0 to 100"),
        ("--most-rejected", "101", "from 0 to 100"),
        ("--most-rejected", "half", "from 0 to 100"),
        ("--answer-days", "9" * 5000, "is not a number of days from 1 to 365"),
    ],
)
def test_a_number_that_an_option_cannot_have_is_named(
    option: str, value: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["review", _CLAIMS, f"{option}={value}"])
    assert ended.value.code == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert says in said
    assert len(said) < 200


def _options_that_name_a_path() -> Iterator[tuple[str, argparse.Action]]:
    """Every argument of every command that names a file or a folder, with the command."""
    (commands,) = (one for one in cli._parser()._actions if isinstance(one, argparse._SubParsersAction))
    kinds = (given_path, name_of, folder_to_write, file_to_write, page_file, letter_file)
    for command, parser in commands.choices.items():
        yield from ((command, action) for action in parser._actions if action.type in kinds)


@pytest.mark.parametrize(
    "name", ["", "a\0b", "a" * 5000, "a/" * 3000, "loop/a", "pipe", "/dev/zero", "plain.txt/a\x1b[31m"]
)
def test_no_option_takes_a_name_that_is_none_or_a_file_without_end(name: str, here: Path) -> None:
    (here / "loop").symlink_to("loop")
    os.mkfifo(here / "pipe")
    named = list(_options_that_name_a_path())
    assert len({command for command, _ in named}) >= 14
    for command, action in named:
        assert callable(action.type)
        try:
            taken = action.type(name)
        except argparse.ArgumentTypeError as refused:
            said = str(refused)
            assert len(said) < 200, (command, action.dest)
            assert printable(said) == said
            assert "Errno" not in said
        else:
            is_to_write = action.type not in (given_path, name_of)
            assert (
                name == "plain.txt/a\x1b[31m"
                or (name in ("pipe", "/dev/zero") and is_to_write)
                or (name and action.type is name_of)
            ), (command, action.dest, taken)


@pytest.mark.parametrize("line", [("review", ""), ("screen", "", "--out", "s"), ("review", "x", "--readings", "")])
def test_an_empty_name_is_not_taken_for_the_working_folder(
    line: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(line)
    assert "the name is empty; write the name of a file or folder" in capsys.readouterr().err
