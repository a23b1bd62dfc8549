"""A server of an EHR on this machine that answers as such servers do: slowly, in pages, with errors, or not at all."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.hooks.ehr import fetch
from isocenter.fhir.serving.service import Service
from isocenter.fhir.settings import Payer
from tests.fhir.requests import coverage, hook, order
from tests.fhir.test_service import body_of, post
from tests.intake.fhir_resources import patient

Json = dict[str, Any]
SEARCH = "/Coverage?patient=p1&status=active"
TOKEN = "of-the-hook"


class _Ehr(ThreadingHTTPServer):
    """Answers by path with a status and a body; a path in `slow` arrives a byte at a time."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.held: dict[str, tuple[int, Any]] = {}
        self.slow: set[str] = set()
        self.tokens: list[str | None] = []
        self.base = f"http://127.0.0.1:{self.server_port}/fhir"


class _Handler(BaseHTTPRequestHandler):
    server: _Ehr

    def do_GET(self) -> None:
        path = self.path.removeprefix("/fhir")
        self.server.tokens.append(self.headers.get("Authorization"))
        status, given = self.server.held.get(path, (404, {}))
        body = given if isinstance(given, bytes) else json.dumps(given).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status == 302:
            self.send_header("Location", f"{self.server.base}/moved")
        self.end_headers()
        try:
            for place in range(0, len(body), 1 if path in self.server.slow else max(len(body), 1)):
                self.wfile.write(body[place : place + 1] if path in self.server.slow else body)
                if path in self.server.slow:
                    time.sleep(0.05)
        except OSError:
            return

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def page(*resources: Json, following: str = "") -> Json:
    link = {"link": [{"relation": "next", "url": following}]} if following else {}
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one} for one in resources], **link}


@pytest.fixture
def ehr() -> Iterator[_Ehr]:
    with _Ehr() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        server.held = {"/Patient/p1": (200, patient()), SEARCH: (200, page(coverage()))}
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def service(judges: Judges) -> Iterator[Service]:
    records = Records()
    yield Service(judges, Payer(), records)
    records.close()


def signed(service: Service, ehr: _Ehr) -> tuple[int, Json]:
    access = {"access_token": TOKEN, "token_type": "Bearer"}
    request = hook(order(), prefetch={}, fhirServer=ehr.base, fhirAuthorization=access)
    reply = post(service, "/cds-services/isocenter-order-sign", request)
    return reply.status, body_of(reply)


def test_what_is_missing_is_fetched_with_the_token_of_the_hook(service: Service, ehr: _Ehr) -> None:
    status, answer = signed(service, ehr)
    assert (status, len(answer["systemActions"])) == (200, 1)
    assert set(ehr.tokens) == {f"Bearer {TOKEN}"}


@pytest.mark.parametrize("path", ["/Patient/p1", SEARCH])
@pytest.mark.parametrize(
    "answer",
    [(401, {}), (403, {}), (404, {}), (500, b"<html>"), (302, {}), (200, b"{"), (200, b""), (200, [1]), (200, {})],
)
def test_an_answer_that_gives_nothing_is_never_a_yes(
    service: Service, ehr: _Ehr, path: str, answer: tuple[int, Any]
) -> None:
    ehr.held[path] = answer
    status, answered = signed(service, ehr)
    assert status == (412 if path == SEARCH else 200)
    assert '"valueCode": "covered"' not in json.dumps(answered)
    assert ("systemActions" in answered) == (status == 200)


def test_every_page_of_the_coverages_is_fetched(service: Service, ehr: _Ehr) -> None:
    for following in (f"{ehr.base}?page=2", f"{ehr.base}/Coverage?page=2", "Coverage?page=2"):
        ehr.held[SEARCH] = (200, page(coverage(), following=following))
        second = coverage() | {"id": "second"}
        ehr.held["?page=2"] = ehr.held["/Coverage?page=2"] = (200, page(second))
        status, answer = signed(service, ehr)
        assert status == 200
        assert "Coverage/second" in json.dumps(answer["systemActions"])


@pytest.mark.parametrize("following", ["{base}/gone", "http://127.0.0.1:9/fhir/x", "{base}/../other", "{base}{search}"])
def test_coverages_of_which_a_page_cannot_be_had_are_not_all_of_them(
    service: Service, ehr: _Ehr, following: str
) -> None:
    ehr.held[SEARCH] = (200, page(coverage(), following=following.format(base=ehr.base, search=SEARCH)))
    assert signed(service, ehr)[0] == 412
    assert len(ehr.tokens) <= 12


def test_an_error_among_the_coverages_may_stand_for_one(service: Service, ehr: _Ehr) -> None:
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
    ehr.held[SEARCH] = (200, page(coverage(), outcome))
    assert signed(service, ehr)[0] == 412


def test_a_body_that_trickles_in_is_not_waited_for(ehr: _Ehr) -> None:
    ehr.slow.add("/Patient/p1")
    began = time.monotonic()
    assert fetch(f"{ehr.base}/Patient/p1", TOKEN, 0.3) is None
    assert time.monotonic() - began < 2
