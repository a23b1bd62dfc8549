"""A request that breaks the rules of HTTP gets a page of the workbench, or below /fhir an OperationOutcome."""

import json
import socket
import threading
from collections.abc import Iterator

import pytest

waitress = pytest.importorskip("waitress")

from isocenter.fhir.serving.broken_requests import answer_broken  # noqa: E402
from isocenter.web.serving.broken import MOST_BYTES, page_of_refusal  # noqa: E402

pytestmark = pytest.mark.usefixtures("workbench")


@pytest.fixture
def port() -> Iterator[int]:
    sockets: dict[int, object] = {}

    def never(_environ: object, _start: object) -> list[bytes]:
        raise AssertionError("a broken request reached the workbench")

    server = waitress.create_server(never, host="127.0.0.1", port=0, map=sockets, max_request_body_size=MOST_BYTES)
    answer_broken(list(sockets.values()), page_of_refusal)
    threading.Thread(target=server.run, daemon=True).start()
    yield server.effective_port
    server.close()


def answered(port: int, path: str) -> tuple[str, str]:
    """Head and body of the answer to a chunked request whose first chunk has no length."""
    broken = "Host: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n<b>secret</b>\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=20) as to:
        to.sendall(f"POST {path} HTTP/1.1\r\n{broken}".encode())
        answer = b"".join(iter(lambda: to.recv(65536), b"")).decode()
    head, _, body = answer.partition("\r\n\r\n")
    return head, body


def test_a_broken_request_gets_a_page_that_says_what_to_do(port: int) -> None:
    head, body = answered(port, "/requests/new?name=secret")
    assert head.startswith("HTTP/1.1 400 ")
    assert "text/html" in head
    assert "nothing was changed" in body
    assert "secret" not in body


def test_a_first_line_that_is_none_gets_the_page_too(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as to:
        to.sendall(b"get /requests/new HTTP/1.1\r\n\r\n")
        answer = b"".join(iter(lambda: to.recv(65536), b"")).decode()
    assert answer.startswith("HTTP/1.0 400 ")
    assert "nothing was changed" in answer


def test_an_upload_that_is_too_long_is_refused_before_it_is_taken_in_with_what_to_do(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as to:
        head = f"POST /requests/open HTTP/1.1\r\nHost: localhost\r\nContent-Length: {MOST_BYTES + 1}\r\n\r\n"
        to.sendall(head.encode())
        answer = b"".join(iter(lambda: to.recv(65536), b"")).decode()
    assert answer.startswith("HTTP/1.1 413 ")
    assert f"More than {MOST_BYTES:,} bytes came at once, and nothing was changed." in answer
    assert "Send them in several parts" in answer


def test_a_broken_request_of_a_fhir_client_gets_an_outcome(port: int) -> None:
    head, body = answered(port, "/fhir/Claim/$submit")
    assert "application/fhir+json" in head
    assert json.loads(body)["resourceType"] == "OperationOutcome"
