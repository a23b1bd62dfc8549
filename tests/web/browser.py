"""A browser and a workbench in a process of its own, for tests of pages as people use them."""

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import socket

import pytest

PASSWORD = "correct horse battery"


def chromium() -> str:
    """The browser on this machine; the test is skipped where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium on this machine: pages are not tried in a browser")
    return found


@contextmanager
def served(folder: Path, **settings: str) -> Iterator[tuple[str, subprocess.Popen, Path]]:
    """`isocenter serve` on a free port of this machine: its address, its process, and the file it prints to."""
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    printed = folder / "printed.txt"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ISOCENTER", "DJANGO"))}
    with printed.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "isocenter", "serve", "--port", str(port), "--data", str(folder / "data")],
            stdout=out,
            stderr=subprocess.STDOUT,
            env=inherited | {"ISOCENTER_WORKER_NICENESS": "0"} | settings,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            if process.poll() is not None:
                break
            with suppress(urllib.error.URLError, OSError):
                urllib.request.urlopen(f"{address}/health", timeout=2)
                break
            time.sleep(0.25)
        assert process.poll() is None, printed.read_text()
        yield address, process, printed
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        if process.poll() is None:
            process.kill()


def first_link(printed: Path) -> str:
    """The one-time link that the terminal shows."""
    found = re.search(r"http://\S+/invitation/\S+", printed.read_text())
    assert found is not None
    return found.group(0)
