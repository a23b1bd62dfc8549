"""A pended FHIR request is a request in the queue, and what a person decides there is what the client is answered."""

import io
import json
import threading
from typing import Any

import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from isocenter.errors import UnreadableInput
from isocenter.fhir.serving.serving import FhirServing
from isocenter.fhir.settings import Payer
from isocenter.web import journal
from isocenter.web.models import AnsweredAtOnce, JournalEntry, Request
from isocenter.web.serving.interfaces import fhir_of_settings, interfaces_at, with_fhir
from isocenter.web.serving.workers import notify_alone
from isocenter.web.wsgi import application as pages
from tests.fhir.changes import cancelled, update
from tests.fhir.requests import authorization, request_item
from tests.fhir.test_authorizations import actions, statement_of_necessity
from tests.fhir.test_reason_codes import reasons
from tests.web.people import all_lines, review

pytestmark = pytest.mark.usefixtures("workbench")
Json = dict[str, Any]
CODES = (("a_condition_is_documented", "OPEN"), ("one_plan_per_course", "NAMED"))


class _Caller:
    """Asks a WSGI application without a server."""

    def __init__(self, application: Any) -> None:
        self._application = application

    def __call__(self, method: str, path: str, body: Json | None = None) -> tuple[int, Json]:
        data = json.dumps(body).encode() if body else b""
        status: list[str] = []
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)  # a test's transaction would be closed with its connection
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(data),
            "wsgi.errors": io.StringIO(),
            "CONTENT_LENGTH": str(len(data)),
            "CONTENT_TYPE": "application/fhir+json",
        }
        parts = b"".join(self._application(environ, lambda line, _, __=None: status.append(line)))
        return int(status[0][:3]), json.loads(parts) if parts.startswith(b"{") else {}


@pytest.fixture
def ask(tmp_path: Any) -> _Caller:
    codes = tmp_path / "codes.csv"
    rows = (f"imrt,{rule},https://payer.example/reasons,{code}" for rule, code in CODES)
    codes.write_text("\n".join(("policy,rule,system,code", *rows)), encoding="utf-8")
    wanted = FhirServing(
        "127.0.0.1", 8000, ["imrt"], Payer(), tmp_path / "answers.db", without_authentication=True, reason_codes=codes
    )
    return _Caller(with_fhir(pages, interfaces_at(wanted, "http://127.0.0.1:8000/fhir").service))


def test_pages_and_interfaces_are_one_server(ask: _Caller) -> None:
    assert ask("GET", "/fhir/metadata")[1]["resourceType"] == "CapabilityStatement"
    assert ask("GET", "/fhir/cds-services")[0] == 200
    assert ask("GET", "/fhirx")[0] in (302, 400, 404)
    assert ask("GET", "/")[0] == 302  # to the sign-in


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/fhir"), ("GET", "/fhir/metadata"), ("GET", "/fhir/cds-services"), ("POST", "/fhir/Claim/$submit")],
)
def test_where_the_interfaces_are_off_a_client_is_told_so_and_not_sent_to_sign_in(method: str, path: str) -> None:
    status, outcome = _Caller(pages)(method, path, authorization(("77301", 1)) if method == "POST" else None)
    assert status == 404
    assert outcome["resourceType"] == "OperationOutcome"
    (issue,) = outcome["issue"]
    assert "the FHIR interfaces of this server are off" in issue["diagnostics"]
    assert Request.objects.count() == 0


@pytest.mark.parametrize("path", ["/", "/fhirx", "/requests/new"])
def test_where_the_interfaces_are_off_pages_still_lead_to_sign_in(path: str) -> None:
    assert _Caller(pages)("GET", path)[0] == 302


@pytest.mark.parametrize(
    ("named", "codes"), [("", ["OPEN"]), ("one_plan_per_course", ["NAMED"]), ("codes_in_force_on_the_date", [])]
)
def test_a_pended_request_is_decided_in_the_workbench(ask: _Caller, sign_in: Any, named: str, codes: list[str]) -> None:
    status, given = ask("POST", "/fhir/Claim/$submit", authorization(("77301", 1), ("77300", 9)))
    assert (status, actions(given)) == (200, ["A4", "A4"])
    request = review(Request.objects.get(source="fhir"))
    assert request.state == "open"
    assert JournalEntry.objects.get(act="opened a request").detail["source"] == "fhir"
    course = {"run": request.runs.get().pk, "decision": "partly", "reason": "clinical_judgment", "text": "In part."}
    lines = all_lines(request, "pay", "deny", line_reason="clinical_judgment", line_text="Not supported.")
    lines["line_rule"] = ["", f"imrt/{named}" if named else ""]
    sign_in("physician").post(f"/requests/{request.pk}/decide", course | lines)
    _, found = ask("POST", "/fhir/Claim/$inquire", authorization())
    answered = found["parameter"][0]["resource"]
    assert sorted(actions(answered)) == ["A1", "A3"]
    assert answered["entry"][0]["resource"]["extension"][0]["extension"][0]["valueBoolean"] is True
    response = answered["entry"][0]["resource"]
    assert reasons(answered) == [[], codes]
    assert any(note["text"] == "Not supported." for note in response["processNote"])


def test_documents_that_come_later_go_to_the_open_request(ask: _Caller, sign_in: Any) -> None:
    ask("POST", "/fhir/Claim/$submit", authorization(("77301", 1), ("77300", 9)))
    request = review(Request.objects.get(source="fhir"))
    nurse = sign_in("nurse")
    nurse.post(f"/requests/{request.pk}/ask", {"asked": [1]})
    request.refresh_from_db()
    received_at = request.received_at
    assert request.clock_stopped_at is not None
    changed = update(request_item(1, "77301", 1), request_item(2, "77300", 9), request_item(3, "77334", 2))
    assert ask("POST", "/fhir/Claim/$submit", changed)[0] == 200
    request = review(Request.objects.get(source="fhir"))
    assert (request.state, request.generation, request.received_at) == ("awaiting_documents", 2, received_at)
    assert request.runs.last().lines.count() == 3
    page = nurse.get(f"/requests/{request.pk}").content.decode()
    assert "What changed since the review before" in page
    course = {
        "run": request.runs.last().pk,
        "decision": "approve",
        "reason": "document_not_read",
        "text": "It is there.",
    }
    lines = all_lines(request, "pay", "pay", "pay", line_reason="document_not_read")
    sign_in("physician").post(f"/requests/{request.pk}/decide", course | lines)
    _, found = ask("POST", "/fhir/Claim/$inquire", authorization())
    assert actions(found["parameter"][0]["resource"]) == ["A1", "A1", "A1"]
    assert journal.verify().faults == ()


def test_an_update_of_a_decided_request_is_a_request_of_its_own(ask: _Caller, sign_in: Any) -> None:
    ask("POST", "/fhir/Claim/$submit", authorization())
    first = review(Request.objects.get(source="fhir"))
    course = {"run": first.runs.get().pk, "decision": "approve", "reason": "document_not_read", "text": "It is there."}
    lines = all_lines(first, *["pay"] * first.runs.get().lines.count(), line_reason="document_not_read")
    sign_in("physician").post(f"/requests/{first.pk}/decide", course | lines)
    ask("POST", "/fhir/Claim/$submit", update(request_item(1, "77301", 1), request_item(2, "77300", 9)))
    first.refresh_from_db()
    assert first.state == "determined"
    assert Request.objects.count() == 2


def test_what_is_certified_at_once_is_counted_and_never_in_the_queue(ask: _Caller) -> None:
    certified = authorization(more=(statement_of_necessity(),))
    for _ in range(2):
        assert actions(ask("POST", "/fhir/Claim/$submit", certified)[1]) == ["A1"]
    assert AnsweredAtOnce.objects.get().decision == "approve"
    assert not Request.objects.exists()
    assert JournalEntry.objects.filter(act="answered at once").count() == 1


def test_a_cancelled_request_leaves_the_queue(ask: _Caller) -> None:
    ask("POST", "/fhir/Claim/$submit", authorization())
    status, _ = ask("POST", "/fhir/Claim/$submit", update(cancelled(request_item(1, "77301", 1))))
    assert status == 200
    assert Request.objects.get(source="fhir").state == "withdrawn"


def test_interfaces_are_served_where_the_settings_give_their_address_and_clients(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    assert fhir_of_settings() == ("", None)
    monkeypatch.setattr(settings, "FHIR_URL", "https://workbench.example/fhir")
    with pytest.raises(UnreadableInput, match="ISOCENTER_FHIR_CLIENTS"):
        fhir_of_settings()
    monkeypatch.setattr(settings, "FHIR_CLIENTS", tmp_path / "clients.json")
    settings.FHIR_CLIENTS.write_text('{"clinic": {"keys": []}}', encoding="utf-8")
    base_url, fhir = fhir_of_settings()
    ask = _Caller(with_fhir(pages, interfaces_at(fhir, base_url).service))
    assert ask("GET", "/fhir/metadata")[1]["implementation"]["url"] == base_url
    assert ask("POST", "/fhir/Claim/$submit", authorization())[0] == 401


def test_one_process_alone_notifies_clients_of_what_was_determined() -> None:
    told: list[int] = []
    stop, first_is_at_it = threading.Event(), threading.Event()

    class _Notifier:
        def __init__(self, number: int) -> None:
            self.number = number

        def run(self, stop: threading.Event, *_: object) -> None:
            told.append(self.number)
            first_is_at_it.set()
            stop.wait(20)

    threads = [
        threading.Thread(target=notify_alone, args=(_Notifier(number), stop, lambda _: None)) for number in range(3)
    ]
    for thread in threads:
        thread.start()
    assert first_is_at_it.wait(20)
    stop.set()
    for thread in threads:
        thread.join(20)
    assert len(told) == 1
