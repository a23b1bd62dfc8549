"""An appointment or a task that says against its order, or puts it on another day, is answered by no yes."""

from collections.abc import Iterator
from typing import Any

import pytest

from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.serving.service import Service
from isocenter.fhir.settings import Payer
from tests.fhir.requests import coverage, hook, order, statement_of_necessity
from tests.fhir.test_service import body_of, post
from tests.fhir.test_strangers import stated_of
from tests.intake.fhir_resources import CPT, ICD10, concept, patient

Json = dict[str, Any]
ORDER = {"reference": "ServiceRequest/order-1"}
YEAR = {"start": "2024-01-01", "end": "2024-06-30"}
LATE = {"start": "2024-08-01T10:00:00Z"}


@pytest.fixture(scope="module")
def service(judges: Judges) -> Iterator[Service]:
    records = Records()
    yield Service(judges, Payer(), records)
    records.close()


def asked(service: Service, name: str, context: Json, **of_coverage: Any) -> Any:
    """The status of a refusal, or what is stated of the order that is booked or dispatched."""
    held = {"resourceType": "Bundle", "entry": [{"resource": coverage(**of_coverage)}]}
    prefetch = {"patient": patient(), "coverage": held, "order": order(status="active")}
    body = hook(name=name, prefetch={**prefetch, "necessity": statement_of_necessity()})
    body["context"] = {"userId": "Practitioner/1", "patientId": "p1", **context}
    reply = post(service, f"/cds-services/isocenter-{name}", body)
    if reply.status != 200:
        return reply.status
    (action,) = body_of(reply)["systemActions"]
    stated = stated_of(action)
    return stated["covered"][0], stated["reason"][0]["text"]


def booked(service: Service, changes: Json, **of_coverage: Any) -> Any:
    appointment = {"resourceType": "Appointment", "id": "a1", "status": "proposed", "basedOn": [ORDER], **changes}
    entries = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": appointment}]}
    return asked(service, "appointment-book", {"appointments": entries}, **of_coverage)


def test_each_order_of_one_appointment_is_answered_and_one_that_is_not_at_hand_is_named(service: Service) -> None:
    orders = [order(status="active"), order("77338", status="active", id="order-2")]
    named = [ORDER, {"reference": "ServiceRequest/order-2"}, {"reference": "ServiceRequest/order-3"}]
    appointment = {"resourceType": "Appointment", "id": "a1", "status": "proposed", "basedOn": named}
    body = hook(name="appointment-book")
    body["prefetch"] |= {
        "orders": {"resourceType": "Bundle", "entry": [{"resource": one} for one in orders]},
        "necessity": statement_of_necessity(),
    }
    appointments = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": appointment}]}
    body["context"] = {"userId": "Practitioner/1", "patientId": "p1", "appointments": appointments}
    answer = body_of(post(service, "/cds-services/isocenter-appointment-book", body))
    stated = {one["resource"]["id"]: stated_of(one)["covered"][0] for one in answer["systemActions"]}
    assert (stated["order-1"], stated["order-2"]) == ("covered", "conditional")
    assert "order-3" not in stated
    assert any("ServiceRequest/order-3" in card["detail"] for card in answer["cards"])


def dispatched(service: Service, changes: Json) -> Any:
    task = {"resourceType": "Task", "id": "t1", "status": "requested", "intent": "order", "focus": ORDER, **changes}
    context = {"dispatchedOrders": [ORDER["reference"]], "performer": "Organization/clinic", "fulfillmentTasks": [task]}
    return asked(service, "order-dispatch", context)


@pytest.mark.parametrize(
    ("changes", "of_coverage", "said"),
    [
        ({}, {}, ""),
        ({"start": "2024-06-03T10:00:00Z", "end": "2024-06-03T11:00:00Z"}, {"period": YEAR}, ""),
        ({"serviceType": [{"text": "Radiation oncology planning"}]}, {}, ""),
        (LATE, {"period": YEAR}, "it ended on 2024-06-30"),
        ({"start": "soon"}, {}, "cannot be read (soon)"),
        ({"start": "2095-01-01T10:00:00Z"}, {}, "correct the day"),
        ({"start": "2024-06-03T10:00:00Z", "end": "2024-06-01T11:00:00Z"}, {}, "ends before it begins"),
        ({"status": "fulfilled"}, {}, "The status of the Appointment is fulfilled"),
        ({"status": ""}, {}, "The status of the Appointment is missing"),
        ({"comment": "Cancelled by patient"}, {}, "called off (“Cancelled by patient”)"),
        ({"cancelationReason": {"text": "weather"}}, {}, "called off"),
        ({"participant": [{"actor": {"reference": "Patient/p1"}, "status": "declined"}]}, {}, "called off"),
        ({"modifierExtension": [{"url": "urn:x", "valueBoolean": True}]}, {}, "cannot be understood"),
        ({"serviceType": [{"text": "3D conformal planning"}]}, {}, "“3D conformal planning”"),
        ({"serviceType": [concept("77295", CPT)]}, {}, "“77295”"),
        ({"reasonCode": [concept("C50.911", ICD10)]}, {}, "The Appointment is for C50.911"),
    ],
)
def test_an_appointment_that_says_against_its_order_is_no_yes(
    service: Service, changes: Json, of_coverage: Json, said: str
) -> None:
    covered, reason = booked(service, changes, **of_coverage)
    assert (covered, said in reason) == ("conditional" if said else "covered", True)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ""),
        ({"focus": {"reference": "ServiceRequest/another"}, "status": "cancelled"}, ""),
        ({"status": "cancelled"}, "The status of the Task is cancelled"),
        ({"status": "on-hold"}, "The status of the Task is on-hold"),
        ({"note": [{"text": "Please disregard"}]}, "called off (“Please disregard”)"),
        ({"statusReason": {"text": "Order entered in error"}}, "called off"),
    ],
)
def test_a_task_that_says_against_its_order_is_no_yes(service: Service, changes: Json, said: str) -> None:
    covered, reason = dispatched(service, changes)
    assert (covered, said in reason) == ("conditional" if said else "covered", True)


def test_a_task_for_another_patient_is_refused(service: Service) -> None:
    assert dispatched(service, {"for": {"reference": "Patient/p2"}}) == 400
    assert dispatched(service, {"for": {"reference": "Patient/p1"}})[0] == "covered"
