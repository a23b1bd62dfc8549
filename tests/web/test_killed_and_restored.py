"""The whole process killed in the middle of its work, started again, backed up and restored."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.web.browser import served
from tests.web.people import EXAMPLES

pytestmark = pytest.mark.slow

_OPEN = """
import sys
from pathlib import Path
from isocenter.web.serving.preparing import set_up
set_up(Path(sys.argv[1]), "127.0.0.1")
from isocenter.web.intake.receiving import open_request, receive_folder
from isocenter.web.models import Person
person = Person.objects.create_user("intake", role="intake")
for _ in range(4):
    open_request(receive_folder(Path(sys.argv[2])), person, priority="standard")
"""

_OPEN_NONE = """
import sys
from pathlib import Path
from isocenter.web.serving.preparing import set_up
set_up(Path(sys.argv[1]), "127.0.0.1")
from django.core.management import call_command
call_command("migrate", verbosity=0)
"""

_LOOK = """
import sys, tempfile
from pathlib import Path
from isocenter.web.serving.preparing import set_up
set_up(Path(sys.argv[1]), "127.0.0.1")
from django.test import Client
from isocenter.web import archive, journal
from isocenter.web.models import Person, Request
client = Client(headers={"host": "127.0.0.1"})
person = Person.objects.create_user("physician", role="physician")
client.force_login(person, "django.contrib.auth.backends.ModelBackend")
assert b"What would change it" in client.get("/requests/1").content
packed = Path(sys.argv[1]) / "archive.zip"
packed.write_bytes(b"".join(client.get("/requests/1/archive").streaming_content))
assert archive.recompute(packed) == {"run-1": True}
verified = journal.verify()
assert verified.faults == (), verified
print("whole")
"""


def _run(*arguments: str, data: Path) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ISOCENTER", "DJANGO"))}
    return subprocess.run(
        [sys.executable, *arguments], env=inherited, cwd=data.parent, capture_output=True, text=True, check=False
    )


def _rows(data: Path, query: str) -> list[tuple]:
    with sqlite3.connect(f"file:{data / 'workbench.sqlite3'}?mode=ro", uri=True) as database:
        return database.execute(query).fetchall()


def _wait_until(holds, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.2)
    return False


def test_no_request_is_lost_or_reviewed_twice_and_a_backup_is_whole(tmp_path: Path) -> None:
    psutil = pytest.importorskip("psutil", reason="psutil is not installed: no process is killed")
    data = tmp_path / "data"
    states = "select state, count(*) from workbench_request group by state"
    with served(tmp_path, ISOCENTER_LEASE_SECONDS="4") as (_, process, _):
        opened = _run("-c", _OPEN, str(data), str(EXAMPLES / "left_breast_coding"), data=data)
        assert opened.returncode == 0, opened.stderr
        at_work = "select count(*) from workbench_request where worked_on_until is not null"
        assert _wait_until(lambda: _rows(data, at_work)[0][0] > 0, 120)
        for one in (*psutil.Process(process.pid).children(recursive=True), process):
            one.kill()
        process.wait()
    assert dict(_rows(data, states)).get("in_review", 0) > 0
    with served(tmp_path, ISOCENTER_LEASE_SECONDS="4"):
        done = _wait_until(lambda: dict(_rows(data, states)) == {"open": 4}, 240)
        assert done, _rows(data, "select state, progress, unreadable_because from workbench_request")
    assert _rows(data, "select count(*) from workbench_reviewrun") == [(4,)]
    assert _rows(data, "select count(*) from workbench_journalentry where act = 'reviewed'") == [(4,)]

    restored = tmp_path / "restored"
    shutil.copytree(data / "files", restored / "files")
    with sqlite3.connect(data / "workbench.sqlite3") as source, sqlite3.connect(restored / "workbench.sqlite3") as copy:
        source.backup(copy)
    looked_at = _run("-c", _LOOK, str(restored), data=data)
    assert looked_at.returncode == 0, looked_at.stderr
    assert looked_at.stdout.strip() == "whole"


def test_a_worker_ends_where_the_process_that_serves_was_killed_before_it_could_look(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert _run("-c", _OPEN_NONE, str(data), data=data).returncode == 0
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ISOCENTER", "DJANGO"))}
    worker = subprocess.run(
        [sys.executable, "-m", "isocenter", "serve", "--only-work"],
        env={**inherited, "ISOCENTER_DATA": str(data), "ISOCENTER_SERVED_BY": str(gone.pid)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert worker.returncode == 0, worker.stderr
