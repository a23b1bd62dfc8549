"""An order whose words, second code or reason name another procedure than its code is never a yes."""

from collections.abc import Iterator
from typing import Any

import pytest

from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.serving.service import Service
from isocenter.fhir.settings import Payer
from tests.fhir.requests import authorization, hook, order, request_item, statement_of_necessity
from tests.fhir.test_authorizations import actions, texts
from tests.fhir.test_service import body_of, post
from tests.fhir.test_strangers import SIGN, stated_of
from tests.intake.fhir_resources import CPT, SNOMED, concept

Json = dict[str, Any]
OWN = "https://clinic.example.org/orderables"
IMRT = {"system": CPT, "code": "77301"}
CONFORMAL = {"system": SNOMED, "code": "1162782007"}


@pytest.fixture(scope="module")
def service(judges: Judges) -> Iterator[Service]:
    records = Records()
    yield Service(judges, Payer(), records)
    records.close()


def stated(service: Service, version: str = "2.2", **changes: Any) -> Json:
    reasons = [concept("C61", "http://hl7.org/fhir/sid/icd-10-cm"), *changes.pop("reasons", [])]
    body = hook({**order(reasonCode=reasons), **changes}, extension={"davinci-crd.requestedVersion": version})
    body["prefetch"]["necessity"] = statement_of_necessity()
    (action,) = body_of(post(service, SIGN, body))["systemActions"]
    return stated_of(action)


CONTRADICTED: list[Json] = [
    {"code": {"coding": [IMRT], "text": "3D conformal planning"}},
    {"code": {"coding": [IMRT], "text": "Three-dimensional radiotherapy plan"}},
    {"code": {"coding": [{**IMRT, "display": "3D-CRT plan"}]}},
    {"code": {"coding": [IMRT, {"system": OWN, "code": "RT3D", "display": "Conformal radiation plan"}]}},
    {"code": {"coding": [IMRT], "text": "Plan 77295"}},
    {"code": {"coding": [IMRT], "text": "3D conformal plan, no IMRT"}},
    {"code": {"coding": [IMRT], "text": "HDR brachytherapy plan"}},
    {"reasons": [{"text": "3D conformal planning"}]},
    {"reasons": [{"coding": [{"system": CPT, "code": "77295"}]}]},
    {"code": {"coding": [IMRT, CONFORMAL]}},
    {"code": {"coding": [CONFORMAL, IMRT]}},
    {"code": {"coding": [IMRT, {"system": SNOMED, "code": "394902000"}]}},  # brachytherapy, a modality
    {"code": {"coding": [{"system": SNOMED, "code": "441799006"}, CONFORMAL]}},  # no billing code at all
    {"orderDetail": [{"coding": [CONFORMAL]}]},
    {"orderDetail": [{"text": "3D conformal planning"}]},
    {"reasons": [{"coding": [CONFORMAL]}]},
    {"note": [{"text": "Plan 3D conformal, no IMRT"}]},
    {"note": [{"text": "Seen today. Switch from IMRT to 3D conformal."}]},
    {"note": [{"text": "IMRT plan converted to a 3D-CRT plan"}]},
]
AGREEING: list[Json] = [
    {"code": {"coding": [{**IMRT, "display": "IMRT plan"}], "text": "IMRT or 3D conformal planning as 77301"}},
    {"code": {"coding": [IMRT], "text": "IMRT planning, CT simulation with 3D imaging"}},
    {"code": {"coding": [IMRT], "text": "Radiation treatment planning"}},
    {"reasons": [{"text": "3D conformal planning exceeds the tolerance of the rectum"}]},
    {"reasons": [{"text": "Carcinoma of the prostate"}]},
    {"code": {"coding": [IMRT, {"system": SNOMED, "code": "1156530009"}]}},  # VMAT
    {"note": [{"text": "A 3D conformal plan exceeded the dose of the rectum"}]},
    {"note": [{"text": "Switch from 3D conformal to IMRT"}]},
    {"note": [{"text": "Change to 3D conformal only if the IMRT plan fails QA"}]},
]


@pytest.mark.parametrize("changes", CONTRADICTED)
def test_an_order_that_names_another_procedure_is_no_yes(service: Service, changes: Json) -> None:
    said = stated(service, **dict(changes))
    assert said["covered"] == ["indeterminate"]
    assert "which procedure is meant is not known" in said["reason"][0]["text"]
    assert "satisfied-pa-id" not in said


def test_it_is_conditional_in_the_older_guide(service: Service) -> None:
    assert stated(service, "2.0", **CONTRADICTED[0])["covered"] == ["conditional"]


def test_a_second_code_of_another_procedure_is_no_yes(service: Service) -> None:
    coding = [IMRT, {"system": CPT, "code": "77295"}]
    assert stated(service, code={"coding": coding})["covered"] == ["indeterminate"]


def test_a_technique_of_imrt_beside_the_code_of_another_plan_is_answered_and_no_yes(service: Service) -> None:
    coding = [{"system": SNOMED, "code": "441799006"}, {"system": CPT, "code": "77295"}]
    assert stated(service, code={"coding": coding})["covered"] == ["indeterminate"]


@pytest.mark.parametrize("changes", AGREEING)
def test_words_that_agree_or_compare_change_nothing(service: Service, changes: Json) -> None:
    assert stated(service, **dict(changes))["covered"] == ["covered"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"text": "3D conformal plan"}, "“3D conformal plan”"), ({"coding": [IMRT, CONFORMAL]}, "“SNOMED 1162782007”")],
)
def test_a_request_that_names_another_procedure_waits(service: Service, changes: Json, said: str) -> None:
    plan = request_item(1, "77301", 1)
    plan["productOrService"] |= changes
    bundle = authorization(item=[plan, request_item(2, "G6015", 28)], more=(statement_of_necessity(),))
    answered = body_of(post(service, "/Claim/$submit", bundle))
    assert actions(answered) == ["A4", "A4"]
    assert f"say {said}" in texts(answered)[0]


@pytest.mark.parametrize(("code", "covered"), [("77522", "indeterminate"), ("77778", "covered")])
def test_protons_beside_an_imrt_plan_leave_open_which_is_given(service: Service, code: str, covered: str) -> None:
    body = hook(order(), order(code, id="order-2"), extension={"davinci-crd.requestedVersion": "2.2"})
    body["prefetch"]["necessity"] = statement_of_necessity()
    action = body_of(post(service, SIGN, body))["systemActions"][0]
    assert stated_of(action)["covered"] == [covered]
    asked = authorization(("77301", 1), (code, 1), more=(statement_of_necessity(),), id=f"claim-{code}")
    asked["entry"][0]["resource"]["identifier"][0]["value"] = f"REQ-{code}"
    assert actions(body_of(post(service, "/Claim/$submit", asked)))[0] == ("A1" if covered == "covered" else "A4")


@pytest.mark.parametrize("kind", ["ServiceRequest", "Patient", "Coverage", "QuestionnaireResponse"])
def test_what_is_marked_as_made_for_testing_is_no_yes(service: Service, kind: str) -> None:
    mark = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}]}
    body = hook(order())
    body["prefetch"]["necessity"] = statement_of_necessity()
    held = [body["context"]["draftOrders"], body["prefetch"]["coverage"], {"entry": [
        {"resource": body["prefetch"][name]} for name in ("patient", "necessity")]}]  # fmt: skip
    (marked,) = [
        entry["resource"] for one in held for entry in one["entry"] if entry["resource"]["resourceType"] == kind
    ]
    marked["meta"] = mark
    (action,) = body_of(post(service, SIGN, body))["systemActions"]
    found = stated_of(action)
    assert (found["covered"], "data for testing" in found["reason"][0]["text"]) == (["conditional"], True)
    if kind != "ServiceRequest":
        asked = authorization(more=(statement_of_necessity(),), id="claim-test")
        asked["entry"][0]["resource"]["identifier"][0]["value"] = f"TEST-{kind}"
        for entry in asked["entry"]:
            if entry["resource"]["resourceType"] == kind:
                entry["resource"]["meta"] = mark
        assert actions(body_of(post(service, "/Claim/$submit", asked))) == ["A4"]
