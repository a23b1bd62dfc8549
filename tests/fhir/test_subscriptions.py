"""Subscribers are notified of what a person determined or asked for, once, and in the shape that the guide asks for."""

import copy
import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.authorizations.authorizations import DENIED, Determination
from isocenter.fhir.authorizations.desk import Determined, DocumentsAsked
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.clients.subscriptions import TOPIC
from isocenter.fhir.serving.notifier import Notifier
from isocenter.fhir.serving.service import Service
from isocenter.fhir.settings import Payer
from isocenter.fhir.structures.checker import check
from isocenter.fhir.structures.definitions import Definitions
from tests.fhir.changes import NOW, PaperDesk, cancelled, own_id, related_to, submitted, update
from tests.fhir.requests import authorization, request_item
from tests.fhir.test_authorizations import DETERMINATION, actions
from tests.fhir.test_service import body_of, inquired, post

Json = dict[str, Any]


@pytest.fixture
def service(judges: Judges, records: Records, desk: PaperDesk) -> Service:
    return Service(judges, Payer(), records, desk=desk, now=lambda: NOW)


@pytest.mark.parametrize("version", ["2.2.1"])
def test_updates_inquiries_and_notifications_fit_their_profiles(
    shared_data: Path, service: Service, version: str
) -> None:
    definitions = Definitions.of(shared_data / "fhir_packages" / f"davinci_pas_{version}.tgz")
    submitted(service, authorization(("77301", 1), ("G6015", 28)))
    answered = submitted(service, update(request_item(1, "77301", 1), cancelled(request_item(2, "G6015", 28))))
    gone = submitted(service, update(cancelled(request_item(1, "77301", 1)), related=related_to("REQ-1-UPDATE"),
                                     identifier=[{"system": "x", "value": "CANCEL"}]))  # fmt: skip
    for resource in (answered, gone, inquired(service)):
        faults = [issue for issue in check(resource, definitions) if issue.severity == "error"]
        assert not faults, faults[:3]


class Endpoint:
    """Notes what is posted to it and answers with a status."""

    def __init__(self) -> None:
        self.status = 200
        self.got: list[tuple[Json, dict[str, str]]] = []

    def __call__(self, _: str, body: bytes, headers: Sequence[tuple[str, str]]) -> int:
        self.got.append((json.loads(body), dict(headers)))
        return self.status


def subscription(**changes: Any) -> Json:
    backport = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
    return {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "What became of our requests",
        "criteria": TOPIC,
        "_criteria": {
            "extension": [{"url": f"{backport}backport-filter-criteria", "valueString": "orgIdentifier=1999999984"}]
        },
        "channel": {
            "type": "rest-hook",
            "endpoint": "http://127.0.0.1:9/told",
            "payload": "application/fhir+json",
            "_payload": {"extension": [{"url": f"{backport}backport-payload-content", "valueCode": "full-resource"}]},
            "header": ["Authorization: Bearer of-the-clinic"],
        },
        **changes,
    }


def test_a_subscriber_is_notified_once_of_what_a_person_determined(
    service: Service, records: Records, shared_data: Path
) -> None:
    endpoint = Endpoint()
    notifier = Notifier(service.authorizations.current, records, "http://127.0.0.1:8000", lambda: NOW, endpoint)
    made = body_of(post(service, "/Subscription", subscription()))
    assert made["status"] == "requested"
    assert "header" not in made["channel"]
    notifier.step()
    (handshake, headers) = endpoint.got.pop()
    assert parameter(handshake, "type")["valueCode"] == "handshake"
    assert headers["Authorization"] == "Bearer of-the-clinic"
    stands = body_of(service.reply("GET", f"/Subscription/{made['id']}", {}, b""))
    assert stands["status"] == "active"
    given = submitted(service, authorization())
    notifier.step()
    assert not endpoint.got  # it is pended still
    records.determine(given["id"].removeprefix("response-"), DETERMINATION)
    notifier.step()
    notifier.step()
    ((told, _),) = endpoint.got
    assert parameter(told, "type")["valueCode"] == "event-notification"
    response = told["entry"][1]["resource"]
    assert actions(response) == ["A3"]
    definitions = Definitions.of(shared_data / "fhir_packages" / "davinci_pas_2.2.1.tgz")
    assert not [issue for issue in check(response, definitions) if issue.severity == "error"]


def test_a_subscriber_is_notified_of_each_letter_once_and_of_the_determination_after_it(
    service: Service, records: Records, desk: PaperDesk
) -> None:
    endpoint = Endpoint()
    notifier = Notifier(service.authorizations.current, records, "http://127.0.0.1:8000", lambda: NOW, endpoint)
    post(service, "/Subscription", subscription())
    given = submitted(service, authorization())
    notifier.step()
    endpoint.got.clear()
    for day, titles in ((20, ("Operative note",)), (22, ("Operative note", "Dose-volume histogram"))):
        desk.letters[own_id(given)] = DocumentsAsked(titles, date(2026, 1, day))
        notifier.step()
        notifier.step()
        ((told, _),) = endpoint.got
        wanted = [one["resource"] for one in told["entry"][1]["resource"]["entry"]]
        named = next(one for one in wanted if one["resourceType"] == "CommunicationRequest")
        assert [one["contentString"] for one in named["payload"]] == list(titles)
        endpoint.got.clear()
    records.determine(own_id(given), DETERMINATION)
    notifier.step()
    notifier.step()
    assert [actions(one["entry"][1]["resource"]) for one, _ in endpoint.got] == [["A3"]]


def test_a_subscriber_is_notified_again_of_a_request_that_is_reopened(
    service: Service, records: Records, desk: PaperDesk
) -> None:
    endpoint = Endpoint()
    notifier = Notifier(service.authorizations.current, records, "http://127.0.0.1:8000", lambda: NOW, endpoint)
    post(service, "/Subscription", subscription())
    notifier.step()
    endpoint.got.clear()
    own = own_id(submitted(service, authorization()))
    answers = []
    for times, decision in ((1, "deny"), (2, "approve"), (3, "deny")):
        desk.made[own] = Determined(decision, "Read again.", (), "Robin", "", "", date(2026, 1, 20), times)
        for _ in range(2):
            notifier.step()
        del desk.made[own]
        desk.opened_again = [own]
        notifier.step()
        answers.append([actions(one["entry"][1]["resource"]) for one, _ in endpoint.got])
        endpoint.got.clear()
    assert answers == [[["A3"]], [["A1"]], [["A3"]]]
    submitted(service, update(cancelled(request_item(1, "77301", 1))))
    desk.made[own] = Determined("approve", "", (), "Robin", "", "", date(2026, 1, 21), 4)
    notifier.step()
    assert not endpoint.got


def parameter(bundle: Json, name: str) -> Json:
    found: Json = next(one for one in bundle["entry"][0]["resource"]["parameter"] if one["name"] == name)
    return found


def test_an_endpoint_that_does_not_answer_is_tried_a_few_times_and_no_more(service: Service, records: Records) -> None:
    endpoint = Endpoint()
    endpoint.status = 0
    clock = [NOW]
    notifier = Notifier(service.authorizations.current, records, "http://127.0.0.1:8000", lambda: clock[0], endpoint)
    made = body_of(post(service, "/Subscription", subscription()))
    for _ in range(50):
        notifier.step()
        clock[0] += timedelta(minutes=10)
    assert len(endpoint.got) == 5
    assert body_of(service.reply("GET", f"/Subscription/{made['id']}", {}, b""))["status"] == "error"


def test_other_organizations_are_not_notified(service: Service, records: Records) -> None:
    endpoint = Endpoint()
    notifier = Notifier(service.authorizations.current, records, "http://127.0.0.1:8000", lambda: NOW, endpoint)
    elsewhere = copy.deepcopy(subscription())
    elsewhere["_criteria"]["extension"][0]["valueString"] = "orgIdentifier=1234567893"
    post(service, "/Subscription", elsewhere)
    given = submitted(service, authorization())
    records.determine(given["id"].removeprefix("response-"), Determination(DENIED, "r", "n", "", "", date(2026, 1, 1)))
    notifier.step()
    notifier.step()
    assert len(endpoint.got) == 1  # the handshake


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"criteria": "Patient?"}, 400),
        ({"resourceType": "Patient"}, 400),
        ({"channel": {"type": "email", "endpoint": "mailto:a@example.org"}}, 400),
        ({"channel": {"type": "rest-hook", "endpoint": "ftp://127.0.0.1/x"}}, 400),
        ({"channel": {"type": "rest-hook", "endpoint": "http://127.0.0.1:x/"}}, 400),
        ({"channel": {"type": "rest-hook", "endpoint": "http://169.254.169.254/latest"}}, 403),
        ({"channel": {"type": "rest-hook", "endpoint": "http://127.0.0.1@example.org/"}}, 400),
        ({"channel": {"type": "rest-hook", "endpoint": "http://127.0.0.1/", "header": ["a: b\r\nc: d"]}}, 400),
        ({"_criteria": {}}, 400),
    ],
)
def test_a_subscription_that_cannot_be_served_is_refused(service: Service, changes: Json, status: int) -> None:
    reply = post(service, "/Subscription", subscription(**changes))
    assert reply.status == status
    assert body_of(reply)["resourceType"] == "OperationOutcome"


def test_a_subscription_is_ended_by_its_client(service: Service) -> None:
    made = body_of(post(service, "/Subscription", subscription()))
    own = f"/Subscription/{made['id']}"
    assert body_of(service.reply("GET", f"{own}/$status", {}, b""))["type"] == "history"
    assert service.reply("PUT", own, {}, b"").status == 405
    assert service.reply("DELETE", own, {}, b"").status == 204
    assert service.reply("GET", own, {}, b"").status == 404
    assert service.reply("GET", "/Subscription/none", {}, b"").status == 404
