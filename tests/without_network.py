"""Commands run where nothing may be connected to, and a look for the machine's names in what they write."""

import getpass
import re
import socket
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"
_WITHOUT_NETWORK = """
import sys
def forbid(event, arguments):
    # A library asks on loading whether the machine knows IPv6, by a socket bound to itself and closed at once.
    asks = event == "socket.bind" and arguments[1] == ("::1", 0)
    watched = ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")
    if event in watched and not asks:
        raise SystemExit(f"{event} {arguments}")
sys.addaudithook(forbid)
from isocenter.cli import main
sys.exit(main(sys.argv[1:]))
"""


_PACKED = re.compile(rb"stream\r?\n|[iz]TXt[^\0]{1,79}\0.{0,80}?(?=\x78[\x01\x5e\x9c\xda])", re.DOTALL)
_DATA_URI = re.compile(r"data:[a-z/+]+;base64,[A-Za-z0-9+/=]+")


def run(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder; it ends where it asks for a connection."""
    return subprocess.run(
        [sys.executable, "-c", _WITHOUT_NETWORK, *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def _with_what_is_packed(data: bytes) -> Iterator[bytes]:
    """A file, and each part of a PDF or picture that unpacks."""
    yield data
    for found in _PACKED.finditer(data):
        with suppress(zlib.error):
            yield zlib.decompressobj().decompress(data[found.end() :])


def expect_nothing_of_the_machine(folder: Path, done: subprocess.CompletedProcess[str]) -> None:
    """The command succeeded, and neither a path, the user nor the machine is named in the folder or on the terminal."""
    assert done.returncode == 0, done.stderr
    paths = (str(folder), f"/{getpass.getuser()}/", str(EXAMPLES.parent))
    for file in (one for one in folder.rglob("*") if one.is_file()):
        for held in _with_what_is_packed(file.read_bytes()):
            assert not [one for one in paths if one.encode() in held], file.name
    written = [file for file in folder.rglob("*") if file.suffix in (".html", ".json", ".csv", ".svg", ".yaml")]
    for name, text in {
        "stdout": done.stdout,
        **{file.name: file.read_text(encoding="utf-8") for file in written},
    }.items():
        words = _DATA_URI.sub("", text)  # a short name of a machine may well stand in the letters of a picture
        for private in paths:
            assert private not in words, f"{name} holds {private}"
        assert not re.search(rf"\b{re.escape(socket.gethostname())}\b", words), f"{name} names the machine"
