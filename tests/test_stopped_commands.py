"""Every command that is stopped ends with one line and leaves nothing half written."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from isocenter.signals import SERVED_BY

_EXAMPLE = Path(__file__).parents[1] / "examples" / "left_breast_coding"

# Stands still when the command opens a file, or a database, of which the name holds the words.
_STOPPED_AT = """
import sys, time
words, begun = sys.argv.pop(1), False
def stand_still(event, arguments):
    global begun
    if not begun and event in ("open", "sqlite3.connect") and words in str(arguments[0]):
        begun = True
        print("begun", flush=True)
        for _ in range(600):  # short naps: a signal that comes just before one falls asleep waits for it to end
            time.sleep(0.1)
sys.addaudithook(stand_still)
from isocenter.cli import main
sys.exit(main(sys.argv[1:]))
"""

_COMMANDS = (
    ("review {example} --report report.html", "report.html.partial"),
    ("review {example} --each reports", ".html.partial"),
    ("abstract note.txt --into case", "case.yaml.partial"),
    ("screen claims.csv --out screened --workers 1 --policy ncci", "summary.html.partial"),
    ("measure plan --out measured", ".partial"),
    ("plan plan --out plans", ".dcm"),
    ("mu-check plan --beams beams --out checked", "beams"),
    ("rules --write rules.md", "rules.md.partial"),
    ("check", "policy.toml"),
    ("validate --package bundle.json bundle.json", "bundle.json"),
    ("scenario {example} --out bodies", ".json.partial"),
    ("new case", ".partial"),
    ("phantom cylinder made", ".partial"),
    ("synthesize made --courses 5", ".sql"),
    ("demo --out reports", ".partial"),
    ("serve --port 8123 --data workbench", "sqlite3"),
    ("journal verify --data kept", "sqlite3"),
    ("determine response-1 --records records.db --approve --name A", "records.db"),
)
_LONGEST_END_S = 55  # less than a command stands still


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the commands are given."""
    folder = tmp_path_factory.mktemp("given")
    header, *rows = (_EXAMPLE / "claim_lines.csv").read_text(encoding="utf-8").splitlines()
    claims = "\n".join([f"{header},member_id", *(f"{row},M-1" for row in rows), ""])
    (folder / "claims.csv").write_text(claims, encoding="utf-8")
    (folder / "note.txt").write_text("Simulation note\nDate of service: 02/20/2025\n", encoding="utf-8")
    (folder / "bundle.json").write_text(json.dumps({"resourceType": "Bundle", "type": "collection"}), encoding="utf-8")
    (folder / "records.db").write_bytes(b"")
    (folder / "kept").mkdir()
    (folder / "beams").mkdir()
    (folder / "beams" / "beam.toml").write_text("", encoding="utf-8")
    made = [sys.executable, "-m", "isocenter", "phantom", "cylinder", str(folder / "plan")]
    subprocess.run(made, check=True, capture_output=True)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(("command", "words"), _COMMANDS)
def test_a_command_that_is_stopped_says_so_in_one_line(given: Path, tmp_path: Path, command: str, words: str) -> None:
    told = _told_when_stopped(given, tmp_path, command, words)
    assert told.splitlines()[-1] == "isocenter: stopped; what was finished is kept, nothing half written is left"


@pytest.mark.slow
def test_a_worker_leaves_it_to_the_process_that_serves_to_say_that_it_was_stopped(given: Path, tmp_path: Path) -> None:
    begun_by_another = {SERVED_BY: str(os.getpid())}
    assert _told_when_stopped(given, tmp_path, "serve --only-work --data workbench", "sqlite3", begun_by_another) == ""


def _told_when_stopped(
    given: Path, tmp_path: Path, command: str, words: str, environment: Mapping[str, str] | None = None
) -> str:
    """What a command says on standard error when a signal comes while it opens a file whose name holds the words."""
    here, temporary = tmp_path / "here", tmp_path / "temporary"
    shutil.copytree(given, here)
    temporary.mkdir()
    arguments = [part.format(example=_EXAMPLE) for part in command.split()]
    number = signal.SIGINT if len(command) % 2 else signal.SIGTERM
    with subprocess.Popen(
        [sys.executable, "-c", _STOPPED_AT, words, *arguments],
        cwd=here,
        env={**os.environ, **(environment or {}), "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = iter(process.stdout.readline, "")
        assert any(line == "begun\n" for line in said), process.communicate()[1]
        process.send_signal(number)
        _, told = process.communicate(timeout=_LONGEST_END_S)
    assert process.returncode == 130
    assert "Traceback" not in told
    assert [file.name for file in here.rglob("*.partial")] == []
    left = {file.relative_to(temporary).as_posix() for file in temporary.rglob("*")}
    assert left <= {f"isocenter-work-{os.getuid()}"}  # in which nothing lies
    return told
