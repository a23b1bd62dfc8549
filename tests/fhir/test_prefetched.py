"""What an EHR prefetches is read as it sends it: payers by reference, lists, versions, appointments that are kept."""

from collections.abc import Iterator
from typing import Any

import pytest

from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.serving.service import Service
from isocenter.fhir.settings import Payer
from tests.fhir.requests import coverage, hook, order
from tests.fhir.test_service import body_of, post
from tests.fhir.test_strangers import SIGN, prefetched, stated_of
from tests.intake.fhir_resources import patient

Json = dict[str, Any]


@pytest.fixture
def service(judges: Judges) -> Iterator[Service]:
    records = Records()
    yield Service(judges, Payer(), records)
    records.close()


def test_a_payer_is_known_by_the_name_of_its_organization(service: Service) -> None:
    payer = {"resourceType": "Organization", "id": "payer", "name": "Medicare Advantage of Example"}
    within = coverage(payor=[{"reference": "#payer"}], contained=[payer])
    beside = coverage(payor=[{"reference": "Organization/payer"}])
    for held in (prefetched(within), {**prefetched(beside), "payer": payer}):
        (action,) = body_of(post(service, SIGN, hook(order(), prefetch=held)))["systemActions"]
        assert not any("line of business" in one["text"] for one in stated_of(action)["reason"])
    (action,) = body_of(post(service, SIGN, hook(order(), prefetch=prefetched(beside))))["systemActions"]
    assert any("line of business" in one["text"] for one in stated_of(action)["reason"])


def test_a_coverage_that_comes_twice_is_answered_once_in_its_last_version(service: Service) -> None:
    same = prefetched(coverage(), coverage())
    assert len(extensions_of(body_of(post(service, SIGN, hook(order(), prefetch=same))))) == 1
    ended = coverage(meta={"versionId": "2"}, status="cancelled")
    held = prefetched(coverage(meta={"versionId": "1"}), ended)
    reply = body_of(post(service, SIGN, hook(order(), prefetch=held)))
    assert len(extensions_of(reply)) == 1
    assert any("status is cancelled" in one["text"] for one in stated_of(reply["systemActions"][0])["reason"])
    assert "a later version" in reply["extension"]["isocenter.remarks"][0]["text"]


def extensions_of(reply: Json) -> list[Json]:
    return [one for action in reply["systemActions"] for one in action["resource"]["extension"]]


def test_a_prefetch_may_hold_a_list_of_resources(service: Service) -> None:
    listed = {"patient": patient(), "coverages": [coverage()]}
    assert body_of(post(service, SIGN, hook(order(), prefetch=listed)))["systemActions"]


@pytest.mark.parametrize(
    ("changes", "status", "answers"),
    [
        ({}, 200, 1),
        ({"status": "cancelled"}, 200, 0),
        ({"status": "noshow"}, 200, 0),
        ({"participant": [{"actor": {"reference": "Patient/p9"}, "status": "accepted"}]}, 400, 0),
        ({"participant": [{"actor": {"reference": "Patient/p1"}, "status": "accepted"}]}, 200, 1),
        ({"participant": [{"actor": {"reference": "Location/room"}, "status": "accepted"}]}, 200, 1),
    ],
)
def test_an_appointment_counts_if_it_is_kept_and_the_patients(
    service: Service, changes: Json, status: int, answers: int
) -> None:
    based = {"basedOn": [{"reference": "ServiceRequest/order-1"}], "status": "proposed"}
    appointment = {"resourceType": "Appointment", "id": "a", **based, **changes}
    body = hook(name="appointment-book", prefetch={**prefetched(coverage()), "order": order(status="active")})
    body["context"]["appointments"] = {"resourceType": "Bundle", "entry": [{"resource": appointment}]}
    reply = post(service, "/cds-services/isocenter-appointment-book", body)
    assert reply.status == status
    assert len(body_of(reply).get("systemActions", [])) == answers
