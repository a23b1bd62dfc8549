"""A request that breaks the rules of HTTP is answered by an OperationOutcome, as everything else is."""

import json
import socket
import threading
from collections.abc import Iterator

import pytest

waitress = pytest.importorskip("waitress")

from isocenter.fhir.broken_requests import answer_broken  # noqa: E402  # of the same extra


@pytest.fixture
def port() -> Iterator[int]:
    sockets: dict[int, object] = {}

    def never(_environ: object, _start: object) -> list[bytes]:
        raise AssertionError("a broken request reached the service")

    server = waitress.create_server(never, host="127.0.0.1", port=0, map=sockets, max_request_body_size=1000)
    answer_broken(list(sockets.values()))
    threading.Thread(target=server.run, daemon=True).start()
    yield server.effective_port
    server.close()


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        (b"Transfer-Encoding: chunked\r\n\r\nZZ\r\nabc\r\n", 400, "structure"),
        (b"Content-Length: many\r\n\r\n", 400, "structure"),
        (b"Content-Length: 5000\r\n\r\n", 413, "too-long"),
        (b"Transfer-Encoding: gzip\r\n\r\n", 501, "not-supported"),
    ],
)
def test_what_breaks_the_rules_of_http_is_answered_in_json(port: int, request_: bytes, status: int, code: str) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as to:
        to.sendall(b"POST /Claim/$submit HTTP/1.1\r\nHost: localhost\r\n" + request_)
        answer = b"".join(iter(lambda: to.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"application/fhir+json" in head
    (issue,) = json.loads(body)["issue"]
    assert issue["code"] == code
    assert "not read" in issue["diagnostics"]
