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
_ABOUT = {"specialty": "Radiation oncology", "license_number": "12345", "license_state": "OH", "credentials": "MD"}


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


class Desk:
    """The people of a workbench, each in a browser window of his or her own."""

    def __init__(self, browser, address: str, folder: Path) -> None:
        self.browser = browser
        self.address = address
        self.folder = folder
        self.pages: dict[str, object] = {}
        self.mistakes: list[str] = []

    def window(self, **options: object):
        """A new window, whose mistakes on the console are kept."""
        page = self.browser.new_context(**options).new_page()
        page.set_default_timeout(240_000)
        page.on("console", lambda said: self.mistakes.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda wrong: self.mistakes.append(str(wrong)))
        return page

    def make_accounts(self, link: str) -> None:
        """The first administrator by the link in the terminal, everyone else by his or her invitations."""
        administrator = self._make_account(link, "administrator")
        for role in ("intake", "nurse", "physician", "physicist", "auditor"):
            administrator.goto(f"{self.address}/people")
            administrator.select_option("select[name=role]", role)
            administrator.click("text=Make a one-time link")
            self._make_account(administrator.inner_text(".link"), role)

    def _make_account(self, link: str, role: str):
        page = self.window()
        page.goto(link)
        about = {"username": role, "first_name": "Robin", "last_name": role.title()}
        about |= _ABOUT if role == "physician" else {}
        for name, value in (about | {"password1": PASSWORD, "password2": PASSWORD}).items():
            page.fill(f"[name={name}]", value)
        page.click("text=Make the account")
        page.wait_for_selector("text=Second factor")
        self.pages[role] = page
        return page


def upload(page, address: str, files: list[Path], title: str) -> None:
    """Open a request with files by the form, and wait for its review."""
    page.goto(f"{address}/requests/new")
    page.set_input_files("input[name=files]", [str(file) for file in files])
    page.fill("[name=title]", title)
    page.click("text=Open the request")
    page.wait_for_selector("#verdict", timeout=240_000)
