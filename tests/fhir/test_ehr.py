"""What a hook's prefetch lacks is asked of the EHR's server: with its token, where it is allowed, and not for long."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.clients.authentication import Client
from isocenter.fhir.hooks.ehr import Ehr, fetch
from isocenter.fhir.serving.service import Reply, Service
from isocenter.fhir.settings import Payer
from tests.fhir.requests import coverage, hook, order
from tests.fhir.test_service import body_of, post
from tests.intake.fhir_resources import ICD10, concept, patient

Json = dict[str, Any]
SERVER = "http://127.0.0.1:9/fhir"
CONDITION = {"resourceType": "Condition", "id": "7", "code": concept("C61", ICD10)}
BY_REFERENCE = order(reasonCode=[], reasonReference=[{"reference": "Condition/7"}])


class Server:
    """Answers by address; notes what it was asked."""

    def __init__(self) -> None:
        found = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": coverage()}]}
        self.held: dict[str, Json] = {
            "Coverage?patient=p1&status=active": found,
            "Patient/p1": patient(),
            "ServiceRequest/order-1": BY_REFERENCE,
            "Condition/7": CONDITION,
        }
        self.asked: list[str] = []

    def __call__(self, address: str, token: str, seconds: float) -> bytes | None:
        assert token == "of-the-hook"
        assert 0 < seconds <= 2
        path = address.removeprefix(f"{SERVER}/")
        self.asked.append(path)
        return json.dumps(self.held[path]).encode() if path in self.held else None


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def service(judges: Judges, server: Server) -> Iterator[Service]:
    records = Records()
    yield Service(judges, Payer(), records, get=server)
    records.close()


def ask(service: Service, name: str, context: Json, **changes: Any) -> Reply:
    access = {"access_token": "of-the-hook", "token_type": "Bearer"}
    request = hook(name=name, prefetch={}, fhirServer=SERVER, fhirAuthorization=access)
    return post(service, f"/cds-services/isocenter-{name}", {**request, "context": context, **changes})


CONTEXTS = {
    "order-sign": {"patientId": "p1", "draftOrders": {"entry": [{"resource": BY_REFERENCE}]}},
    "order-select": {"patientId": "p1", "selections": ["ServiceRequest/order-1"],
                     "draftOrders": {"entry": [{"resource": BY_REFERENCE}]}},
    "order-dispatch": {"patientId": "p1", "dispatchedOrders": ["ServiceRequest/order-1"],
                       "performer": "Organization/1"},
    "appointment-book": {"patientId": "p1", "appointments": {"entry": [{"resource": {
        "resourceType": "Appointment", "id": "a1", "basedOn": [{"reference": "ServiceRequest/order-1"}]}}]}},
}  # fmt: skip


@pytest.mark.parametrize("name", list(CONTEXTS))
def test_every_hook_is_answered_without_prefetch(service: Service, server: Server, name: str) -> None:
    reply = ask(service, name, CONTEXTS[name])
    assert reply.status == 200
    assert body_of(reply)["systemActions"][0]["resource"]["id"] == "order-1"
    assert {"Patient/p1", "Condition/7", "Coverage?patient=p1&status=active"} <= set(server.asked)


def test_what_cannot_be_had_is_a_failed_precondition(service: Service, server: Server) -> None:
    server.held.clear()
    for name, context in CONTEXTS.items():
        assert ask(service, name, context).status == 412
    assert len(server.asked) < 20


@pytest.mark.parametrize("elsewhere", ["https://169.254.169.254/latest", "http://10.0.0.1/fhir", "file:///etc", "x"])
def test_a_server_that_is_not_allowed_is_not_asked(service: Service, server: Server, elsewhere: str) -> None:
    assert ask(service, "order-sign", CONTEXTS["order-sign"], fhirServer=elsewhere).status == 412
    assert not server.asked


def test_a_known_client_has_its_own_servers_asked_and_no_other(server: Server) -> None:
    access = {"access_token": "of-the-hook"}
    for allowed, count in (((SERVER,), 1), (("https://127.0.0.1:9/fhir", "http://127.0.0.1:9/other"), 0)):
        client = Client("clinic", fhir_servers=allowed)
        Ehr({"fhirServer": SERVER, "fhirAuthorization": access}, client, server).read("Patient/p1")
        assert len(server.asked) == count
        server.asked.clear()


def test_another_resource_than_the_one_asked_for_is_not_taken(server: Server) -> None:
    ehr = Ehr({"fhirServer": SERVER, "fhirAuthorization": {"access_token": "of-the-hook"}}, Client(), server)
    server.held["Patient/p1"] = CONDITION
    assert ehr.read("Patient/p1") is None
    assert ehr.read("Patient/../../admin") is None
    assert ehr.read("AuditEvent/1") is None


def test_a_server_that_is_not_there_costs_little() -> None:
    assert fetch("http://127.0.0.1:9/fhir/Patient/p1", "t", 0.5) is None
