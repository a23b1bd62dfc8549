"""At a command's edge: one sentence, an exit code, and a report that names nobody."""

import contextlib
import importlib
import os
import py_compile
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from isocenter import edge
from isocenter.errors import UnreadableInput, at
from isocenter.signals import loop_has_ended

_EXAMPLE = Path(__file__).parents[1] / "examples" / "commercial_member"


def fail(mistake: BaseException) -> int:
    with at("claims.csv"):
        raise mistake


def test_an_exception_that_is_not_foreseen_becomes_one_sentence_and_a_report_that_names_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert edge.run(lambda: fail(KeyError("Jane Doe, M-1001")), "review") == 2
    told = capsys.readouterr().err
    assert told.startswith("isocenter: claims.csv: this could not be processed (KeyError)")
    assert told.count("\n") == 1
    (report,) = tmp_path.iterdir()
    text = report.read_text(encoding="utf-8")
    assert report.name in told
    assert "KeyError" in text
    assert "in fail" in text
    for private in ("Jane", "M-1001", "claims.csv", str(tmp_path), os.environ.get("HOME", "/root") + "/"):
        assert private not in text


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        (UnreadableInput("a.csv: line 3:\nwrong \x1b[31mred"), "isocenter: a.csv: line 3: wrong  [31mred\n"),
        (MemoryError(), "isocenter: claims.csv: there was not enough memory"),
        (OSError(28, "No space left on device"), "isocenter: a temporary file cannot be written"),
        (OSError(5, "Input/output error"), "isocenter: claims.csv: Input/output error\n"),
        (
            PermissionError(13, "Permission denied", "c.csv"),
            "isocenter: c.csv: Permission denied; give the account that runs this permission to read or write it, or"
            " name another\n",
        ),
        (
            OSError(30, "Read-only file system", "out"),
            "isocenter: out: Read-only file system; name a folder that can be written\n",
        ),
        (
            RuntimeError("can't start new thread"),
            "isocenter: claims.csv: the system cannot start another process or thread; ",
        ),
        (
            BlockingIOError(11, "Resource temporarily unavailable"),
            "isocenter: claims.csv: the system cannot start another process",
        ),
        (RecursionError(), "isocenter: claims.csv: this could not be processed (RecursionError)"),
    ],
)
def test_each_kind_of_mistake_is_one_sentence(
    mistake: BaseException,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert edge.run(lambda: fail(mistake), "review") == 2
    assert capsys.readouterr().err.startswith(said)


def test_a_plan_that_takes_too_much_memory_is_asked_for_on_a_wider_grid(capsys: pytest.CaptureFixture[str]) -> None:
    assert edge.run(lambda: fail(MemoryError()), "plan") == 2
    assert "there was not enough memory; plan on a wider grid (--spacing)" in capsys.readouterr().err


def test_a_screening_that_the_allowed_memory_does_not_suffice_asks_for_more(
    capsys: pytest.CaptureFixture[str],
) -> None:
    wrong = duckdb.OutOfMemoryException("Out of Memory Error: failed to allocate data\n\nPossible solutions")
    assert edge.run(lambda: fail(wrong), "screen") == 2
    said = capsys.readouterr().err
    assert said.endswith("there was not enough memory; allow more with --memory, or screen fewer claims at once\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_command_with_one_line_and_removes_what_is_half_written(number: int, tmp_path: Path) -> None:
    script = (
        "import time; from pathlib import Path; from isocenter import edge\n"
        "from isocenter.files.writing import growing\n"
        "def work():\n"
        "    with growing(Path('report.html')) as partial:\n"
        "        partial.write_text('half'); print('begun', flush=True); [time.sleep(0.1) for _ in range(600)]\n"
        "raise SystemExit(edge.run(work, 'review'))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        time.sleep(0.1)
        process.send_signal(number)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert told == "isocenter: stopped; what was finished is kept, nothing half written is left\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_server_whose_loop_passes_over_exceptions(
    number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the loop of waitress does with whatever a connection raises, but for what ends a program."""

    def served() -> int:
        for _ in range(3):
            try:
                signal.raise_signal(number)
            except KeyboardInterrupt:
                return 0
            except BaseException:
                continue
        raise AssertionError("the signal was passed over")

    assert edge.run(served, "serve") == edge.INTERRUPTED
    assert capsys.readouterr().err.startswith("isocenter: stopped")


def nap() -> None:
    """A tenth of a second, however often a signal comes between."""
    until = time.monotonic() + 0.1
    while time.monotonic() < until:
        time.sleep(0.01)


def test_a_signal_that_a_library_swallows_is_raised_again_but_not_while_its_exception_is_handled(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(edge, "_AGAIN_AFTER_S", 0.02)
    steps = []

    def work() -> int:
        try:
            with contextlib.suppress(BaseException):
                signal.raise_signal(signal.SIGINT)
            steps.append("went on")
            [nap() for _ in range(100)]
        finally:
            nap()
            steps.append("cleaned up")
        return 0

    assert edge.run(work, "plan") == edge.INTERRUPTED
    assert steps == ["went on", "cleaned up"]
    nap()  # the clock has stopped: nothing is raised any more
    assert capsys.readouterr().err.startswith("isocenter: stopped")


def test_a_signal_that_is_lost_before_a_server_begins_ends_its_loop_and_not_what_the_server_does_last(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(edge, "_AGAIN_AFTER_S", 0.02)
    steps = []

    class Callback:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGTERM)

    def served() -> int:
        Callback()
        try:
            [nap() for _ in range(100)]
            steps.append("served on")
        except KeyboardInterrupt:
            steps.append("loop ended")
        loop_has_ended()
        nap()
        steps.append("cleaned up")
        return 0

    assert edge.run(served, "serve") == edge.INTERRUPTED
    assert steps == ["loop ended", "cleaned up"]
    assert [line[:18] for line in capsys.readouterr().err.splitlines()] == ["isocenter: stopped"]


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_a_signal_while_the_program_is_being_loaded_ends_it_in_one_line(number: str) -> None:
    code = (
        "import os, signal, sys\n"
        "import isocenter.__main__ as program\n"
        "class Stopping:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'isocenter.cli':\n"
        f"            os.kill(os.getpid(), signal.{number})\n"
        "sys.meta_path.insert(0, Stopping())\n"
        "program.start()\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (130, "isocenter: stopped\n")


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_a_signal_when_all_is_done_changes_nothing(number: str) -> None:
    code = (
        "import os, signal, sys\n"
        "import isocenter.__main__ as program\n"
        "class Last:\n"
        "    def __del__(self, kill=os.kill, own=os.getpid()):\n"
        f"        kill(own, {int(getattr(signal, number))})\n"
        "last = Last()\n"
        "sys.argv = ['isocenter', '--version']\n"
        "program.start()\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("isocenter ")


def test_a_command_that_outlives_its_terminal_is_not_stopped_with_it() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert edge.run(lambda: signal.raise_signal(signal.SIGHUP) or 0, "screen") == 0
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        assert edge.run(lambda: signal.raise_signal(signal.SIGHUP) or 0, "screen") == edge.INTERRUPTED
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_full_disk_below_the_database_names_the_folder_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    full = duckdb.IOException('IO Error: Could not write file "x": No space left on device\nmore')
    assert edge.run(lambda: fail(full), "screen") == 2
    said = capsys.readouterr().err
    assert said.startswith("isocenter: claims.csv: the disk is full; ")
    assert said.endswith("make room there, or name another folder\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
@pytest.mark.parametrize("arguments", [("--version",), ("completion", "bash")], ids=" ".join)
def test_what_cannot_be_printed_ends_a_command_in_one_sentence(arguments: tuple[str, ...]) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-m", "isocenter", *arguments]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=environment, check=False)
    [said] = ended.stderr.splitlines()
    assert said.startswith("isocenter: ")
    assert said.endswith("No space left on device")
    assert ended.returncode == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
def test_output_that_is_not_buffered_is_named_where_it_has_no_room() -> None:
    command = [sys.executable, "-m", "isocenter", "review", _EXAMPLE]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            command,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            check=False,
        )
    [said] = ended.stderr.splitlines()
    assert said.startswith("isocenter: standard output, or a temporary file in the folder that TMPDIR names, ")
    assert said.endswith("No space left on device")
    assert ended.returncode == 2


def test_a_working_folder_that_is_gone_is_named_and_a_failure_in_it_is_still_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone, temporary = tmp_path / "gone", tmp_path / "temporary"
    gone.mkdir()
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert edge.run(lambda: len(str(Path("case").absolute())), "review") == 2
    assert capsys.readouterr().err == (
        "isocenter: the folder in which the command was started is no longer there; "
        "change to another one and run again\n"
    )
    assert edge.run(lambda: {}["missing"], "review") == 2
    assert "among the temporary files" in capsys.readouterr().err
    assert len(list(temporary.iterdir())) == 1


def test_a_command_whose_output_is_closed_does_its_work() -> None:
    command = ["sh", "-c", f"{sys.executable} -m isocenter review {_EXAMPLE} >&-"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_compiled_module_that_a_full_disk_cut_short_is_removed_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "cut_in_the_middle.py"
    source.write_text("NUMBERS = (1, 2, 3)\n", encoding="utf-8")
    compiled = Path(py_compile.compile(str(source)))
    compiled.write_bytes(compiled.read_bytes()[:30])
    monkeypatch.syspath_prepend(str(tmp_path))
    assert edge.run(lambda: len(importlib.import_module(source.stem).NUMBERS), "review") == 2
    assert capsys.readouterr().err == (
        f"isocenter: the compiled module {compiled.name} was cut short, as a full disk leaves it; "
        "it is removed now, run the command again\n"
    )
    assert edge.run(lambda: len(importlib.import_module(source.stem).NUMBERS), "review") == 3
