"""What all tests share."""

import socket
from pathlib import Path

import pytest

_SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture
def shared_data() -> Path:
    """Real and reference data of others, kept beside the checkout and never in it."""
    folder = _SHARED / "data"
    if not folder.is_dir():
        pytest.skip("the reference data of others is not beside the checkout (../shared/data)")
    return folder


@pytest.fixture
def policy_text() -> Path:
    """A copy of the policy text, kept beside the checkout and never in it."""
    text = _SHARED / "policy" / "imrt-policy.txt"
    if not text.is_file():
        pytest.skip("the policy text is not beside the checkout (../shared/policy)")
    return text


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """No connection is opened, no name looked up and no port listened on while a test runs."""

    def forbidden(*arguments: object, **_: object) -> None:
        pytest.fail(f"a socket was asked for: {arguments[1:]}")

    for name in ("connect", "connect_ex", "bind", "sendto"):
        monkeypatch.setattr(socket.socket, name, forbidden)
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, forbidden)
