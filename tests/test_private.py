"""Nothing of the machine reaches an output, and no command opens a connection."""

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from isocenter import cli
from isocenter.chart.pages import ocr
from isocenter.phantoms.make import make_phantom
from tests.fuzz import samples
from tests.without_network import expect_nothing_of_the_machine, run

_EXAMPLES = Path(__file__).parents[1] / "examples"


_COMMANDS: list[tuple[object, ...]] = [
    ("review", _EXAMPLES / "left_breast_coding", "--letter", "letter.pdf", "--checklist", "checklist.html"),
    ("review", _EXAMPLES / "left_breast_coding", "--each", "reports"),
    ("abstract", "note.txt", "--json"),
    ("synthesize", "claims", "--courses", "5"),
    ("completion", "bash"),
    ("screen", _EXAMPLES / "left_breast_coding" / "claim_lines.csv", "--out", "screened", "--workers", "1"),
    ("measure", "plan", "--out", "measured"),
    ("plan", "plan", "--technique", "conformal", "--spacing", "10", "--out", "made"),
    ("mu-check", "plan", "--beams", "beams", "--out", "checked"),
    ("phantom", "sphere", "another"),
    ("rules", "--json"),
    ("rules", "--write", "rules.md", "--write-tables", "tables.md"),
    ("check", "imrt_hospital"),  # lint checks the others
    ("new", "case"),
    ("scenario", _EXAMPLES / "left_breast_coding", "--out", "bodies"),
]
_ON_WHAT_A_SERVICE_KEEPS = [
    "validate --package package patient.json",
    "journal recompute request.zip",
    "journal verify --data workbench",
    "determine 1 --records records.db --approve --name Nurse",
]
_RUN_ELSEWHERE = {"serve", "demo"}  # below, and by the tests in a browser


def test_every_command_is_run_where_nothing_may_be_connected_to() -> None:
    (commands,) = (one for one in cli._parser()._actions if isinstance(one, argparse._SubParsersAction))
    run_here = {str(one[0]) for one in _COMMANDS} | {one.split()[0] for one in _ON_WHAT_A_SERVICE_KEEPS}
    assert set(commands.choices) == run_here | _RUN_ELSEWHERE


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", _COMMANDS, ids=lambda arguments: " ".join(str(one) for one in arguments if not isinstance(one, Path))
)
def test_a_command_opens_no_connection_and_names_nothing_of_the_machine(
    arguments: tuple[object, ...], tmp_path: Path
) -> None:
    if arguments[1] == "plan":
        make_phantom("cylinder", tmp_path / "plan")
    if arguments[0] == "mu-check":
        (tmp_path / "beams").mkdir()
        for name, data in samples.beams().items():
            (tmp_path / "beams" / name).write_bytes(data)
    if arguments[0] == "abstract":
        (tmp_path / "note.txt").write_text("Simulation note\nDate of service: 02/20/2025\n", encoding="utf-8")
    if arguments[0] == "screen":
        header, *rows = (_EXAMPLES / "left_breast_coding" / "claim_lines.csv").read_text(encoding="utf-8").splitlines()
        claims = "\n".join([f"{header},member_id", *(f"{row},M-1" for row in rows), ""])
        (tmp_path / "claims.txt").write_text(claims, encoding="utf-16")  # so that it is written anew to be read
        arguments = (arguments[0], "claims.txt", *arguments[2:])
    expect_nothing_of_the_machine(tmp_path, run(*arguments, folder=tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("command", _ON_WHAT_A_SERVICE_KEEPS)
def test_a_command_on_what_a_service_keeps_opens_no_connection(command: str, tmp_path: Path) -> None:
    for name, data in {**samples.profiled(), **samples.archive(), **samples.records()}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    (tmp_path / "workbench").mkdir()
    done = run(*command.split(), folder=tmp_path)
    assert done.returncode in (0, 2)
    assert "socket." not in done.stderr
    assert "isocenter-failure" not in done.stderr
    assert str(tmp_path) not in done.stdout + done.stderr


_LISTENS_HERE_ALONE = """
import sys
def forbid(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.bind", "socket.sendto"):
        host = arguments[1][0] if event != "socket.getaddrinfo" else arguments[0]
        if host not in ("127.0.0.1", "::1", None):
            print(f"isocenter: {event} {arguments}", file=sys.stderr, flush=True)
sys.addaudithook(forbid)
"""


@pytest.mark.slow
def test_the_workbench_listens_on_this_machine_alone_and_connects_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(_LISTENS_HERE_ALONE, encoding="utf-8")  # its workers load it too
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen(
        [sys.executable, "-m", "isocenter", "serve", "--port", str(port), "--data", "workbench"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        answer = None
        while process.poll() is None and answer is None:
            time.sleep(0.1)
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as page:
                answer = page.status
        listening = Path(f"/proc/{process.pid}/net/tcp").read_text(encoding="utf-8").splitlines()[1:]
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=60)
    assert answer == 200
    here = [row.split()[1] for row in listening if row.split()[1].endswith(f":{port:04X}") and row.split()[3] == "0A"]
    assert here == [f"0100007F:{port:04X}"]
    assert "socket." not in told


@pytest.mark.skipif(not ocr.is_installed(), reason="optical character recognition is not installed")
def test_the_recognition_of_scanned_pages_keeps_no_record_of_its_use(tmp_path: Path) -> None:
    """Python sees no connection of a library's own code; what it would send it keeps in the home folder first."""
    passed_on = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    read = (
        "import numpy; from isocenter.chart.pages import ocr;"
        " ocr.words_of_picture(numpy.full((60, 60), 255, numpy.uint8), 1.0)"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", read],
        env={**passed_on, "HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.rglob("*")) == []
