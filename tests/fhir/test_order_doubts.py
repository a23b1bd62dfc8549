"""An order or a request that says of itself what does not fit is answered, and never by a yes."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from isocenter.fhir.asked import Judges
from isocenter.fhir.order_doubts import why_elsewhere, why_not_as_ordered
from isocenter.fhir.records import Records
from isocenter.fhir.service import Service
from isocenter.fhir.settings import Payer
from tests.fhir.requests import GUIDE, authorization, coverage, hook, order, request_item, statement_of_necessity
from tests.fhir.test_authorizations import actions, texts
from tests.fhir.test_service import body_of, post
from tests.fhir.test_strangers import SIGN, stated_of
from tests.intake.fhir_resources import CPT, ICD10, SNOMED, concept

Json = dict[str, Any]
BREAST = concept("76752008", SNOMED)
BY_CONDITION = {"reasonReference": [{"reference": "Condition/k1"}]}


@pytest.fixture(scope="module")
def service(judges: Judges) -> Iterator[Service]:
    records = Records()
    yield Service(judges, Payer(), records)
    records.close()


def condition(**changes: Any) -> Json:
    subject = {"reference": "Patient/p1"}
    return {"resourceType": "Condition", "id": "k1", "subject": subject, "code": concept("C61", ICD10), **changes}


def stated(service: Service, changes: Json, version: str = "2.2", **prefetch: Any) -> Json:
    body = hook(order(**changes), extension={"davinci-crd.requestedVersion": version})
    body["prefetch"] |= {"necessity": statement_of_necessity(), **prefetch}
    (action,) = body_of(post(service, SIGN, body))["systemActions"]
    return stated_of(action)


@pytest.mark.parametrize(
    ("changes", "disease", "said"),
    [
        ({"insurance": [{"reference": "Coverage/other"}]}, {}, "under another coverage (Coverage/other)"),
        ({"quantityQuantity": {"value": 0}}, {}, "The number of services is 0;"),
        ({"quantityRange": {"low": {"value": 1}}}, {}, "stated as quantityRange"),
        ({"status": "completed"}, {}, "is completed"),
        ({"occurrenceDateTime": "2019-05-05"}, {}, "more than a year before the request"),
        ({"bodySite": [BREAST]}, {}, "is the breast, and the diagnosis is C61"),
        ({"bodySite": [{"text": "left breast"}]}, {}, "is the breast, and the diagnosis is C61"),
        (BY_CONDITION, {"clinicalStatus": concept("resolved")}, "is stated to be resolved"),
        (BY_CONDITION, {"verificationStatus": concept("refuted")}, "was refuted or entered in error"),
    ],
)
def test_an_order_that_does_not_fit_itself_is_no_yes(service: Service, changes: Json, disease: Json, said: str) -> None:
    more = {"condition": condition(**disease)} if disease else {}
    answered = stated(service, changes, **more)
    assert answered["covered"] == ["indeterminate"]
    assert said in answered["reason"][0]["text"]
    assert stated(service, changes, "2.0", **more)["covered"] == ["conditional"]


@pytest.mark.parametrize(
    ("changes", "more"),
    [
        ({"insurance": [{"reference": "https://ehr.example.org/fhir/Coverage/c1/_history/2"}]}, {}),
        ({"quantityQuantity": {"value": 1}}, {}),
        ({"bodySite": [concept("41216001", SNOMED)]}, {}),
        ({"bodySite": [{"text": "pelvis"}]}, {}),
        (BY_CONDITION, {"condition": condition(verificationStatus=concept("confirmed"))}),
    ],
)
def test_an_order_that_fits_is_covered_as_before(service: Service, changes: Json, more: Json) -> None:
    assert stated(service, changes, **more)["covered"] == ["covered"]


@pytest.mark.parametrize("value", [True, "2", None, 1.5, -3, Decimal("1e999999")])
def test_what_is_no_number_of_services_is_said(value: Any) -> None:
    assert "a whole number above zero" in why_not_as_ordered({"quantityQuantity": {"value": value}}, coverage(), [])


def test_an_organ_is_held_against_tumors_alone() -> None:
    assert why_elsewhere([BREAST], ["C50.911", "C61"]) == ""
    assert why_elsewhere([BREAST], ["C7981"]) == ""
    assert why_elsewhere([BREAST], ["D50.9", "Z85.3"]) == ""
    assert why_elsewhere([BREAST], ["C34.11"]) != ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"bodySite": BREAST}, "is the breast"),
        ({"servicedDate": "2019-01-01"}, "more than a year before the request"),
        ({"extension": [{"url": f"{GUIDE}extension-productOrServiceCodeEnd",
                         "valueCodeableConcept": concept("77338", CPT)}]}, "all procedures up to 77338"),
    ],
)  # fmt: skip
def test_a_request_whose_item_does_not_fit_it_waits(service: Service, changes: Json, said: str) -> None:
    item = request_item(1, "77301", 1)
    item |= {**changes, "extension": [*item["extension"], *changes.get("extension", [])]}
    answered = body_of(post(service, "/Claim/$submit", authorization(item=[item], more=(statement_of_necessity(),))))
    assert (actions(answered), said in texts(answered)[0]) == (["A4"], True)


def test_a_differential_diagnosis_is_no_diagnosis_of_a_request(service: Service) -> None:
    kind = concept("differential", "http://terminology.hl7.org/CodeSystem/ex-diagnosistype")
    named = [{"sequence": 1, "diagnosisCodeableConcept": concept("C61", ICD10), "type": [kind]}]
    bundle = authorization(diagnosis=named, more=(statement_of_necessity(),))
    assert actions(body_of(post(service, "/Claim/$submit", bundle))) == ["A4"]
