"""A request that breaks the rules of HTTP is answered by an OperationOutcome, as everything else is."""

import contextlib
import io
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

waitress = pytest.importorskip("waitress")

from isocenter.fhir.serving.broken_requests import answer_broken  # noqa: E402  # of the same extra
from isocenter.fhir.serving.slow_requests import Pace  # noqa: E402


def _until_closed(server: Any) -> None:
    """Serve; the thread that waits may meet the sockets already closed at the end of a test."""
    with contextlib.suppress(OSError):
        server.run()


@pytest.fixture
def port() -> Iterator[int]:
    sockets: dict[int, object] = {}

    def never(_environ: object, _start: object) -> list[bytes]:
        raise AssertionError("a broken request reached the service")

    server = waitress.create_server(never, host="127.0.0.1", port=0, map=sockets, max_request_body_size=1000)
    answer_broken(list(sockets.values()))
    threading.Thread(target=_until_closed, args=(server,), daemon=True).start()
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


@pytest.mark.parametrize(
    "head",
    [
        b"get /metadata HTTP/1.1", b"G ET /metadata HTTP/1.1", b"GET /metadata HTTP/1.1 x", b"GET /metadata FHIR/4",
        b"GET /\xff HTTP/1.1", b"GET", b"GET /metadata HTTP/1.1\r\nno header", b"GET /metadata HTTP/1.1\r\nA: \x00",
    ],
)  # fmt: skip
def test_a_head_that_is_none_is_answered_and_its_connection_closed(port: int, head: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as to:
        to.sendall(head + b"\r\n\r\n")
        answer = b"".join(iter(lambda: to.recv(65536), b""))
    assert answer.split(b" ", 2)[1] == b"400"
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["resourceType"] == "OperationOutcome"


_TWO_LENGTHS = {
    "chunked beside a length": b"1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a length beside chunked": b"1.1\r\nHost: a\r\nTransfer-Encoding:chunked \r\ncontent-length: 0\r\n\r\n0\r\n\r\n",
    "chunked twice": b"1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "in two lines": b"1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked in HTTP 1.0": b"1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked in HTTP 1.2": b"1.2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n",
    "two equal lengths": b"1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("request_", _TWO_LENGTHS.values(), ids=_TWO_LENGTHS)
def test_what_follows_a_request_whose_length_is_stated_in_two_ways_is_no_request(port: int, request_: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as to:
        to.sendall(b"POST /Claim/$submit HTTP/" + request_ + b"GET /metadata HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = b"".join(iter(lambda: to.recv(65536), b""))
    assert answer.count(b"HTTP/1.") == 1
    assert answer.split(b" ", 2)[1] in (b"400", b"501")


@pytest.fixture
def answering_port() -> Iterator[int]:
    """A server that answers any request, also HEAD, by a body: in one piece, in two, or of a file."""
    sockets: dict[int, object] = {}

    def answered(environ: dict[str, Any], start: Callable[[str, list[tuple[str, str]]], object]) -> Any:
        pieces = [b"the", b" body"] if environ["PATH_INFO"] == "/pieces" else [b"the body"]
        start("200 OK", [] if environ["PATH_INFO"] == "/pieces" else [("Content-Length", "8")])
        if environ["PATH_INFO"] == "/file" and "wsgi.file_wrapper" in environ:
            return environ["wsgi.file_wrapper"](io.BytesIO(b"the body"))
        return pieces

    server = waitress.create_server(answered, host="127.0.0.1", port=0, map=sockets)
    answer_broken(list(sockets.values()))
    threading.Thread(target=_until_closed, args=(server,), daemon=True).start()
    yield server.effective_port
    server.close()


@pytest.mark.parametrize("path", ["/", "/pieces", "/file"])
def test_the_answer_to_head_has_no_body_which_would_be_taken_for_the_next_answer(
    answering_port: int, path: str
) -> None:
    answers = []
    for method in (b"HEAD", b"GET"):
        with socket.create_connection(("127.0.0.1", answering_port), timeout=20) as to:
            to.sendall(method + b" " + path.encode() + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            answers.append(b"".join(iter(lambda: to.recv(65536), b"")))
    head, whole = answers
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert head.endswith(b"\r\n\r\n")
    assert b"body" not in head
    assert b"the" in whole
    assert (b"Content-Length: 8" in head) is (path != "/pieces")


@pytest.fixture
def impatient_port() -> Iterator[int]:
    sockets: dict[int, object] = {}

    def answered(_environ: object, start: Callable[[str, list[tuple[str, str]]], object]) -> list[bytes]:
        start("200 OK", [("Content-Length", "2")])
        return [b"{}"]

    server = waitress.create_server(answered, host="127.0.0.1", port=0, map=sockets)
    answer_broken(list(sockets.values()), at=Pace(seconds=0.3, bytes_a_second=100.0))
    threading.Thread(target=_until_closed, args=(server,), daemon=True).start()
    yield server.effective_port
    server.close()


_BODY = b"POST /Claim/$submit HTTP/1.1\r\nHost: localhost\r\nContent-Length: 400\r\n\r\n"


@pytest.mark.parametrize("head", [b"GET /metadata HTTP/1.1\r\nA: ", _BODY], ids=["head", "body"])
def test_a_request_that_trickles_in_is_ended(impatient_port: int, head: bytes) -> None:
    with socket.create_connection(("127.0.0.1", impatient_port), timeout=20) as to:
        to.sendall(head)
        to.settimeout(0.05)
        answer = b""
        for _ in range(100):
            with contextlib.suppress(TimeoutError):
                answer = to.recv(65536)
                break
            to.sendall(b"a")
        to.settimeout(20)
        answer += b"".join(iter(lambda: to.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 408 ") or answer.startswith(b"HTTP/1.0 408 ")
    assert b'"timeout"' in answer


def test_a_request_that_arrives_at_the_least_speed_is_answered(impatient_port: int) -> None:
    with socket.create_connection(("127.0.0.1", impatient_port), timeout=20) as to:
        to.sendall(_BODY)
        for _ in range(8):
            time.sleep(0.06)
            to.sendall(b"a" * 50)
        assert to.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_a_connection_that_asks_nothing_is_closed(impatient_port: int) -> None:
    with socket.create_connection(("127.0.0.1", impatient_port), timeout=20) as to:
        assert to.recv(65536) == b""


def test_a_client_that_sends_a_long_body_to_its_end_reads_why_it_was_refused(port: int) -> None:
    body = b"x" * 3_000_000  # more than buffers take
    with socket.create_connection(("127.0.0.1", port), timeout=20) as to:
        to.sendall(b"POST /Claim/$submit HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body))
        for place in range(0, len(body), 50_000):
            to.sendall(body[place : place + 50_000])
            time.sleep(0.001)
        answer = b"".join(iter(lambda: to.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"it is longer than the 10,000,000 bytes that are read" in answer
