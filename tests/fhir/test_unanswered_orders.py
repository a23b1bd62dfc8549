"""What a hook does not answer is named with its reason; an order that may be withdrawn is refused."""

from datetime import date
from typing import Any

import pytest

from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.hooks.hooks import answer_hook
from isocenter.fhir.problems import Refused
from isocenter.fhir.settings import Payer
from tests.fhir.requests import coverage, hook, order
from tests.intake.fhir_resources import CPT, ICD10, concept, patient

Json = dict[str, Any]


def remarks(judges: Judges, request: Json) -> dict[str, str]:
    answered = answer_hook(f"isocenter-{request['hook']}", request, judges, Payer(), date(2024, 5, 3))
    assert answered["systemActions"] == []
    said = answered["extension"]["isocenter.remarks"]
    return {one["expression"]: one["text"] for one in said}


def asked(name: str, context: Json, *known: Json) -> Json:
    request = hook(name=name, prefetch={"patient": patient(), "coverage": coverage(), "record": list(known)})
    del request["context"]["draftOrders"]
    request["context"] |= context
    return request


@pytest.mark.parametrize(
    ("status", "why"), [("revoked", "it was revoked"), ("entered-in-error", "it was entered in error")]
)
def test_a_withdrawn_order_that_is_dispatched_is_named(judges: Judges, status: str, why: str) -> None:
    request = asked("order-dispatch", {"dispatchedOrders": ["ServiceRequest/order-1"]}, order(status=status))
    assert remarks(judges, request)["ServiceRequest/order-1"] == f"{why}; nothing is answered about it"


def test_what_is_no_order_is_named_by_its_type(judges: Judges) -> None:
    dispatched = remarks(judges, asked("order-dispatch", {"dispatchedOrders": ["Patient/p1"]}))
    assert "it is a Patient;" in dispatched["Patient/p1"]
    devices: Json = {
        "resourceType": "DeviceRequest",
        "id": "device-1",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": "Patient/p1"},
        "codeCodeableConcept": concept("77338", CPT),
        "reasonCode": [concept("C61", ICD10)],
    }
    drafted = remarks(judges, hook(devices))
    assert "it is a DeviceRequest;" in drafted["context.draftOrders.entry[0].resource"]


def test_an_appointment_without_an_order_or_that_is_not_kept_is_named(judges: Judges) -> None:
    based = {"basedOn": [{"reference": "ServiceRequest/order-1"}]}
    listed = [{"status": "proposed"}, {"status": "cancelled", **based}]
    booked = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": {"resourceType": "Appointment", **one}} for one in listed],
    }
    said = remarks(judges, asked("appointment-book", {"appointments": booked}, order()))
    assert "names no order" in said["context.appointments.entry[0].resource.basedOn"]
    assert "cancelled" in said["context.appointments.entry[1].resource.status"]


@pytest.mark.parametrize("status", ["canceled", "aborted", "REVOKED"])
def test_an_order_whose_status_fhir_does_not_have_is_refused(judges: Judges, status: str) -> None:
    with pytest.raises(Refused, match=f"'{status}'") as refused:
        answer_hook("isocenter-order-sign", hook(order(status=status)), judges, Payer(), date(2024, 5, 3))
    assert (refused.value.status, refused.value.expression) == (400, "context.draftOrders.entry[0].resource.status")
