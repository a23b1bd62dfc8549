"""A service that may belong to a course of IMRT and comes alone gets an answer that says what names the course."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.serving.service import Service
from isocenter.fhir.settings import Payer
from tests.fhir.requests import authorization, coverage, hook, order, request_item, statement_of_necessity
from tests.fhir.test_authorizations import actions
from tests.fhir.test_service import body_of, post
from tests.fhir.test_strangers import SIGN, answered_orders, stated_of
from tests.intake.fhir_resources import concept

Json = dict[str, Any]
NAMES_THE_COURSE = "send it together with the code of the plan or of the delivery"


@pytest.fixture
def service(judges: Judges) -> Iterator[Service]:
    records = Records()
    yield Service(judges, Payer(), records)
    records.close()


def notes(answered: Json) -> list[str]:
    return [one["text"] for one in answered["entry"][0]["resource"].get("processNote", [])]


def kinds(answered: Json) -> set[str]:
    return {one["resource"]["resourceType"] for one in answered["entry"]}


@pytest.mark.parametrize("code", ["77338", "77427", "77290", "77300", "77334", "77417", "77014"])
@pytest.mark.parametrize("version", ["2.0", "2.2"])
def test_a_hook_names_what_is_lacking(service: Service, code: str, version: str) -> None:
    """Devices of a collimator, management, a simulation, a calculation, a device, images, a code that has ended."""
    body = hook(order(code), extension={"davinci-crd.requestedVersion": version})
    (action,) = body_of(post(service, SIGN, body))["systemActions"]
    stated = stated_of(action)
    unknown = {"2.0": ("conditional", ["OTH"]), "2.2": ("indeterminate", ["detail-code"])}[version]
    assert (stated["covered"][0], stated["info-needed"]) == unknown
    assert stated["pa-needed"] == ["conditional"]
    assert NAMES_THE_COURSE in stated["reason"][0]["text"]
    assert not {"doc-needed", "questionnaire", "satisfied-pa-id"} & set(stated)


@pytest.mark.parametrize("code", ["77295", "77307", "77316", "77435", "77373", "99214", "70553"])
def test_a_service_of_another_technique_or_of_none_gets_no_answer(service: Service, code: str) -> None:
    assert answered_orders(service, hook(order(code))) == []


@pytest.mark.parametrize("more", [(), (statement_of_necessity(),)])
def test_a_request_for_it_waits_and_names_what_is_lacking(service: Service, more: tuple[Json, ...]) -> None:
    answered = body_of(post(service, "/Claim/$submit", authorization(("77338", 1), ("70553", 1), more=more)))
    assert actions(answered) == ["A4", "A4"]
    assert NAMES_THE_COURSE in notes(answered)[0]
    assert notes(answered)[1] == "The policy says nothing about this service; a person decides."
    assert not {"Task", "CommunicationRequest"} & kinds(answered)  # no document would help


def test_with_its_course_it_is_judged_as_before(service: Service) -> None:
    bundle = authorization(("77301", 1), ("77427", 1), more=(statement_of_necessity(),))
    assert NAMES_THE_COURSE not in " ".join(notes(body_of(post(service, "/Claim/$submit", bundle))))


def test_a_delivery_that_may_be_of_3d_treatment_asks_for_its_plan(judges: Judges, records: Records) -> None:
    service = Service(judges, Payer(), records, now=lambda: datetime(2026, 2, 21, tzinfo=UTC))
    item = {**request_item(1, "77412", 1), "servicedDate": "2026-03-01"}
    answers = statement_of_necessity()
    for place in (0, 3):  # the day of the statement, and of its signature
        answers["item"][0]["item"][place]["answer"] = [{"valueDate": "2026-02-10"}]
    bundle = authorization(item=[item], created="2026-02-20", more=(answers,))
    answered = body_of(post(service, "/Claim/$submit", bundle))
    assert (actions(answered), "do not distinguish IMRT" in notes(answered)[0]) == (["A4"], True)


def test_a_member_of_another_line_of_business_is_told_so(service: Service) -> None:
    bundle = authorization(("77301", 1), more=(statement_of_necessity(),))
    commercial = concept("EHCPOL", "http://terminology.hl7.org/CodeSystem/v3-ActCode")
    held = coverage(payor=[{"display": "Commercial of Example"}], type=commercial)
    for one in bundle["entry"]:
        if one["resource"]["resourceType"] == "Coverage":
            one["resource"] = held
    answered = body_of(post(service, "/Claim/$submit", bundle))
    assert (actions(answered), "Medicare" in notes(answered)[0]) == (["A4"], True)


def test_no_questionnaire_is_given_before_the_course_is_named(service: Service) -> None:
    given = [{"name": "order", "resource": order("77338")}, {"name": "coverage", "resource": coverage()}]
    reply = post(service, "/Questionnaire/$questionnaire-package", {"resourceType": "Parameters", "parameter": given})
    assert NAMES_THE_COURSE in reply.body.decode()
