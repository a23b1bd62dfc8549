"""A questionnaire asks for what is missing, all at once or one document after another, until the rules ask no more."""

import json
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.questionnaires.questionnaires import questionnaire
from isocenter.fhir.serving.service import Service
from isocenter.fhir.settings import Payer
from isocenter.fhir.structures.checker import check
from isocenter.fhir.structures.definitions import Definitions
from isocenter.fhir.structures.fhirpath import evaluate
from isocenter.intake.fhir.resources import Found
from isocenter.intake.fhir_r4 import read_found
from isocenter.terms.chart import Document, Signature
from tests.fhir.requests import coverage, hook, order, statement_of_necessity
from tests.fhir.test_service import body_of, post
from tests.intake.fhir_resources import patient

Json = dict[str, Any]
BASE = "http://127.0.0.1:8000"


@pytest.fixture
def service(judges: Judges) -> Iterator[Service]:
    records = Records()
    yield Service(judges, Payer(), records, base_url=BASE, now=lambda: datetime(2026, 1, 15, tzinfo=UTC))
    records.close()


def parameters(*more: Json) -> Json:
    held = [order(), patient(), coverage()]
    return {"resourceType": "Parameters", "parameter": [*({"name": "r", "resource": one} for one in held), *more]}


ADAPTIVE = {"name": "questionnaire", "valueCanonical": f"{BASE}/Questionnaire/isocenter-imrt-adaptive"}


def packaged(service: Service, asked: Json) -> list[Json]:
    bundle = body_of(post(service, "/Questionnaire/$questionnaire-package", asked))["parameter"][0]["resource"]
    return [entry["resource"] for entry in bundle["entry"]]


def test_a_package_holds_a_response_to_fill_in(service: Service, shared_data: Path) -> None:
    asked, own, shared, draft = packaged(service, parameters())
    assert draft["questionnaire"] == f"{asked['url']}|{asked['version']}"
    assert [one["linkId"] for one in draft["item"]] == [one["linkId"] for one in asked["item"]]
    definitions = Definitions.of(shared_data / "fhir_packages" / "davinci_dtr_2.0.1.tgz")
    for resource in (asked, own, shared, draft):
        assert not [issue for issue in check(resource, definitions) if issue.severity == "error"]


def test_every_expression_is_defined_in_a_library_that_comes_along(service: Service) -> None:
    asked, own, shared, _ = packaged(service, parameters())
    held = {content["contentType"]: b64decode(content["data"]).decode() for content in own["content"]}
    assert set(held) == {"text/cql", "application/elm+json"}
    assert own["relatedArtifact"][0]["resource"] == f"{shared['url']}|{shared['version']}"
    named = [one["valueCanonical"] for one in asked["extension"] if one["url"].endswith("cqf-library")]
    assert named == [f"{own['url']}|{own['version']}"]
    defined = {one["name"] for one in json.loads(held["application/elm+json"])["library"]["statements"]["def"]}
    expressions = [
        part["valueExpression"]
        for group in asked["item"]
        for held in group["item"]
        for one in (held, *held.get("item", ()))
        for part in one.get("extension", ())
    ]
    assert len(expressions) == 2 * len(asked["item"])
    for one in expressions:
        library, _, name = one["expression"].partition(".")
        assert (one["language"], library) == ("text/cql", own["name"])
        assert name.strip('"') in defined
        assert f"define {name}:" in held["text/cql"]


def test_the_newer_guide_names_the_parts_of_a_package_its_way_and_hears_of_what_is_not_known(service: Service) -> None:
    newer = {"profile": ["http://hl7.org/fhir/us/davinci-dtr/StructureDefinition/dtr-qpackage-input-parameters|2.2.0"]}
    unknown = {"name": "questionnaire", "valueCanonical": "https://other.example.org/Questionnaire/home-oxygen"}
    asked = {**parameters(unknown), "meta": newer}
    first, second = body_of(post(service, "/Questionnaire/$questionnaire-package", asked))["parameter"]
    assert (first["name"], second["name"]) == ("packagebundle", "outcome")
    (issue,) = second["resource"]["issue"]
    assert issue["severity"] == "warning"
    assert "home-oxygen" in issue["diagnostics"]
    older = body_of(post(service, "/Questionnaire/$questionnaire-package", parameters()))["parameter"]
    assert [one["name"] for one in older] == ["PackageBundle"]


def test_the_newer_guide_asks_about_a_signature_once_a_signer_is_named(service: Service) -> None:
    newer = {"profile": ["http://hl7.org/fhir/us/davinci-dtr/StructureDefinition/dtr-qpackage-input-parameters|2.2.0"]}
    given = body_of(post(service, "/Questionnaire/$questionnaire-package", {**parameters(), "meta": newer}))
    asked = given["parameter"][0]["resource"]["entry"][0]["resource"]
    for group in asked["item"]:
        kind = group["linkId"]
        conditions = {
            one["linkId"]: part["valueExpression"]
            for held in group["item"]
            for one in held.get("item", ())
            for part in one.get("extension", ())
            if part["url"].endswith("enableWhenExpression")
        }
        assert set(conditions) == {f"{kind}/signed_role", f"{kind}/signed_on"}
        signed = {"linkId": f"{kind}/signed_by", "answer": [{"valueString": "C. Example MD"}]}
        for condition in conditions.values():
            assert condition["language"] == "text/fhirpath"
            for items, expected in (([], False), ([signed], True), ([{"linkId": f"{kind}/signed_by"}], False)):
                signatures = [{"linkId": f"{kind}/signature", "item": items}]
                response = {"resourceType": "QuestionnaireResponse", "item": [{"linkId": kind, "item": signatures}]}
                assert evaluate(condition["expression"], response) == [expected]
    older = body_of(post(service, "/Questionnaire/$questionnaire-package", parameters()))
    assert "fhirpath" not in str(older)


def test_the_questionnaire_that_a_hook_names_is_had_by_its_address_alone(service: Service) -> None:
    answered = body_of(post(service, "/cds-services/isocenter-order-sign", hook(order())))
    parts = answered["systemActions"][0]["resource"]["extension"][0]["extension"]
    named = next(one["valueCanonical"] for one in parts if one["url"] == "questionnaire")
    only = {"resourceType": "Parameters", "parameter": [{"name": "questionnaire", "valueCanonical": named}]}
    asked = packaged(service, only)[0]
    assert f"{asked['url']}|{asked['version']}" == named
    assert "necessity_statement" in [one["linkId"] for one in asked["item"]]


def first_of(service: Service) -> Json:
    source = packaged(service, parameters(ADAPTIVE))[0]
    return {
        "resourceType": "QuestionnaireResponse",
        "id": "answers-1",
        "status": "in-progress",
        "subject": {"reference": "Patient/p1"},
        "authored": "2026-01-15",
        "questionnaire": "#asked",
        "contained": [{"resourceType": "Questionnaire", "id": "asked", "status": "active",
                       "derivedFrom": [f"{source['url']}|{source['version']}"]}],
    }  # fmt: skip


def test_documents_are_asked_for_one_after_another_until_none_is_missing(service: Service, shared_data: Path) -> None:
    response = first_of(service)
    asked: list[str] = []
    definitions = Definitions.of(shared_data / "fhir_packages" / "davinci_dtr_2.0.1.tgz")
    for _ in range(40):
        response = body_of(post(service, "/Questionnaire/$next-question", response))
        contained = response["contained"][0]
        assert not [issue for issue in check(contained, definitions) if issue.severity == "error"]
        if response["status"] == "completed":
            break
        asked.append(contained["item"][-1]["linkId"])
        if asked[-1] == "necessity_statement":
            response["item"] = [*response.get("item", []), *statement_of_necessity()["item"]]
    assert response["status"] == "completed"
    assert len(asked) == len(set(asked)) > 1


def test_the_response_to_an_adaptive_questionnaire_has_no_empty_list_of_items(service: Service) -> None:
    draft = packaged(service, parameters(ADAPTIVE))[-1]
    assert draft["resourceType"] == "QuestionnaireResponse"
    assert "item" not in draft
    assert "meta" not in draft  # its profile would demand an item


def test_an_answer_changes_what_is_asked_next(service: Service) -> None:
    response = body_of(post(service, "/Questionnaire/$next-question", first_of(service)))
    groups = [one["linkId"] for one in response["contained"][0]["item"]]
    answered = first_of(service) | {"item": statement_of_necessity()["item"]}
    after = body_of(post(service, "/Questionnaire/$next-question", answered))
    assert groups != [one["linkId"] for one in after["contained"][0]["item"]]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([{"valueBoolean": True}, {"valueBoolean": False}], "The record contradicts itself about close proximity"),
        ([{"valueInteger": 1}], "valueInteger"),
    ],
)
def test_answers_that_contradict_themselves_or_cannot_be_read_are_named_once(
    service: Service, shared_data: Path, value: list[Json], said: str
) -> None:
    item = statement_of_necessity()["item"]
    asked = next(one for one in item[0]["item"] if one["linkId"].endswith("condition_proximity"))
    asked["answer"] = value
    response = body_of(post(service, "/Questionnaire/$next-question", first_of(service) | {"item": item}))
    contained = response["contained"][0]
    (remark,) = [one for one in contained["item"] if one["type"] == "display"]
    assert (said in remark["text"], response["status"]) == (True, "in-progress")
    definitions = Definitions.of(shared_data / "fhir_packages" / "davinci_dtr_2.0.1.tgz")
    assert not [issue for issue in check(contained, definitions) if issue.severity == "error"]
    after = body_of(post(service, "/Questionnaire/$next-question", response))["contained"][0]["item"]
    assert [one for one in after if one["type"] == "display"] == [remark]


def test_the_parameters_of_the_operation_are_read_and_written(service: Service) -> None:
    held = {"resourceType": "Parameters", "parameter": [{"name": "r", "resource": first_of(service)}]}
    answered = body_of(post(service, "/Questionnaire/$next-question", held))
    assert answered["parameter"][0]["name"] == "return"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"resourceType": "Patient"}, 400),
        ({"contained": []}, 400),
        ({"contained": [{"resourceType": "Questionnaire", "derivedFrom": ["https://example.org/other|1"]}]}, 400),
        ({"questionnaire": f"{BASE}/Questionnaire/isocenter-imrt-adaptive-{'0' * 32}", "contained": []}, 404),
        ({"subject": {"reference": "Patient/p2"}}, 400),
        ({"item": "words"}, 400),
        ({"item": [{"linkId": "necessity_statement", "item": ["words"]}]}, 400),
        (
            {"item": [{"linkId": "necessity_statement", "item": [{"linkId": "x", "answer": {"valueBoolean": True}}]}]},
            400,
        ),
    ],
)
def test_what_answers_no_questionnaire_of_ours_is_refused(service: Service, changes: Json, status: int) -> None:
    assert post(service, "/Questionnaire/$next-question", first_of(service) | changes).status == status


def test_a_document_that_several_sign_is_answered_with_each_signature(judges: Judges) -> None:
    asked = questionnaire(judges.rulebooks, "https://payer.example.org/fhir")
    (group,) = [one for one in asked["item"] if one["linkId"] == "dosimetric_verification"]
    (signature,) = [one for one in group["item"] if one["linkId"].endswith("/signature")]
    assert signature["repeats"] is True
    names = [one["linkId"].rpartition("/")[2] for one in signature["item"]]

    def signed(*values: Json) -> Json:
        links = [f"dosimetric_verification/{name}" for name in names]
        items = [{"linkId": link, "answer": [value]} for link, value in zip(links, values, strict=True)]
        return {"linkId": signature["linkId"], "item": items}

    response = {
        "resourceType": "QuestionnaireResponse",
        "id": "verified",
        "questionnaire": asked["url"],
        "status": "completed",
        "item": [
            {
                "linkId": "dosimetric_verification",
                "item": [
                    {"linkId": "dosimetric_verification/date", "answer": [{"valueDate": "2024-05-01"}]},
                    signed(
                        {"valueString": "A. Example MD"},
                        {"valueCoding": {"code": "radiation_oncologist"}},
                        {"valueDate": "2024-05-02"},
                    ),
                    signed(
                        {"valueString": "B. Example PhD"},
                        {"valueCoding": {"code": "medical_physicist"}},
                        {"valueDate": "2024-05-03"},
                    ),
                ],
            }
        ],
    }
    rows = read_found([Found(response, "answers.json", "")]).rows
    (document,) = [row for row in rows if isinstance(row, Document)]
    signatures = [(row.document_id, row.role, str(row.signed_on)) for row in rows if isinstance(row, Signature)]
    expected = [("radiation_oncologist", "2024-05-02"), ("medical_physicist", "2024-05-03")]
    assert signatures == [(document.document_id, role, day) for role, day in expected]


PACKAGE = "/Questionnaire/$questionnaire-package"


def asked_about(*orders: Json, **values: str) -> Json:
    parts: list[Json] = [{"name": "coverage", "resource": coverage()}]
    parts += [{"name": "order", "resource": one} for one in orders]
    parts += [{"name": name, "valueString": value} for name, value in values.items()]
    return {"resourceType": "Parameters", "parameter": parts}


@pytest.mark.parametrize("profile", ["", "|2.2.0"])
def test_an_order_of_something_else_needs_no_questionnaire(service: Service, profile: str) -> None:
    medicine = {"resourceType": "MedicationRequest", "id": "m1", "status": "draft", "intent": "order"}
    for other in (order("71046"), order(code={"text": "Chest film"}), medicine):
        asked = {**asked_about(other), "meta": {"profile": [f"https://example.org/input{profile}"]}}
        (part,) = body_of(post(service, PACKAGE, asked))["parameter"]
        assert part["name"] == ("outcome" if profile else "Outcome")
        assert "no questionnaire is needed" in part["resource"]["issue"][0]["diagnostics"]
    beside = body_of(post(service, PACKAGE, asked_about(order("71046", id="film"), order())))
    draft = beside["parameter"][0]["resource"]["entry"][-1]["resource"]
    context = [one["valueReference"]["reference"] for one in draft["extension"] if "valueReference" in one]
    assert context == ["ServiceRequest/order-1", "Coverage/c1"]


def test_a_context_that_is_not_known_is_said_to_be_unknown(service: Service) -> None:
    for context in ("PA-77", "0" * 32):
        reply = post(service, PACKAGE, asked_about(context=context))
        assert (reply.status, context in body_of(reply)["issue"][0]["diagnostics"]) == (404, True)
        beside = body_of(post(service, PACKAGE, asked_about(order(), context=context)))
        assert [one["name"] for one in beside["parameter"]] == ["PackageBundle", "Outcome"]


@pytest.mark.parametrize(
    ("held", "place"),
    [
        ([order(subject={"reference": "Patient/p2"}), coverage()], "Parameters.parameter[1].resource"),
        ([order(), order(id="o2", subject={"reference": "Patient/p2"})], "Parameters.parameter[1].resource"),
        (None, "Parameters.parameter"),
    ],
)
def test_parameters_of_two_patients_or_of_none_are_refused(service: Service, held: Any, place: str) -> None:
    listed = [None] if held is None else [{"name": "r", "resource": one} for one in held]
    asked = {"resourceType": "Parameters", "parameter": listed}
    reply = post(service, "/Questionnaire/$questionnaire-package", asked)
    assert (reply.status, body_of(reply)["issue"][0]["expression"]) == (400, [place])


@pytest.mark.parametrize(
    ("parameter", "place"),
    [
        ({"name": "order", "valueString": "ServiceRequest/1"}, "Parameters.parameter[0]"),
        ({"name": "order", "resource": {"resourceType": "Patient", "id": "1"}}, "Parameters.parameter[0].resource"),
        ({"name": "order", "resource": {}}, "Parameters.parameter[0].resource"),
        ({"name": "coverage", "valueReference": {"reference": "Coverage/1"}}, "Parameters.parameter[0]"),
    ],
)
def test_a_parameter_without_the_order_or_coverage_that_it_names_is_refused(
    service: Service, parameter: Json, place: str
) -> None:
    """That no questionnaire is needed would be an answer about an order that nobody has seen."""
    asked = {"resourceType": "Parameters", "parameter": [parameter]}
    reply = post(service, PACKAGE, asked)
    assert (reply.status, body_of(reply)["issue"][0]["expression"]) == (400, [place])


def test_a_package_is_about_something_and_about_one_patient(service: Service) -> None:
    nothing = {"resourceType": "Parameters", "parameter": [{"name": "coverage", "resource": coverage()}]}
    for asked in (nothing, {**nothing, "parameter": []}):
        reply = post(service, PACKAGE, asked)
        assert (reply.status, b"name an order, a questionnaire or a context" in reply.body) == (400, True)
    told = body_of(post(service, "/cds-services/isocenter-order-sign", hook(order())))
    parts = told["systemActions"][0]["resource"]["extension"][0]["extension"]
    known = next(part["valueString"] for part in parts if part["url"] == "coverage-assertion-id")
    somebody = coverage(beneficiary={"reference": "Patient/p2"})
    of_two = [{"name": "coverage", "resource": somebody}, {"name": "context", "valueString": known}]
    reply = post(service, PACKAGE, {"resourceType": "Parameters", "parameter": of_two})
    assert (reply.status, body_of(reply)["issue"][0]["expression"]) == (400, ["Parameters.parameter[0].resource"])


@pytest.mark.parametrize("changes", [{"status": "revoked"}, {"status": "entered-in-error"}, {"doNotPerform": True}])
def test_an_order_that_was_withdrawn_asks_nothing_and_the_answer_says_why(service: Service, changes: Json) -> None:
    held = [order(**changes), patient(), coverage()]
    asked = {"resourceType": "Parameters", "parameter": [{"name": "order", "resource": one} for one in held]}
    reply = post(service, "/Questionnaire/$questionnaire-package", asked)
    (part,) = body_of(reply)["parameter"]
    (issue,) = part["resource"]["issue"]
    assert (reply.status, part["name"], issue["severity"]) == (200, "Outcome", "information")
    assert "Parameters.parameter[0].resource asks for nothing" in issue["diagnostics"]


def test_beside_an_order_in_force_one_that_was_withdrawn_is_named_and_asks_nothing(service: Service) -> None:
    revoked = order(id="order-0", status="revoked")
    asked = parameters({"name": "order", "resource": revoked})
    package, outcome = body_of(post(service, "/Questionnaire/$questionnaire-package", asked))["parameter"]
    draft = package["resource"]["entry"][-1]["resource"]
    context = [one["valueReference"]["reference"] for one in draft["extension"] if "valueReference" in one]
    assert "ServiceRequest/order-1" in context
    assert "ServiceRequest/order-0" not in context
    assert "it was revoked" in outcome["resource"]["issue"][0]["diagnostics"]


def test_a_package_without_a_coverage_says_that_it_lacks_one(service: Service) -> None:
    asked = {"resourceType": "Parameters", "parameter": [{"name": "order", "resource": order()}]}
    package, outcome = body_of(post(service, PACKAGE, asked))["parameter"]
    kinds = {one["resource"]["resourceType"] for one in package["resource"]["entry"]}
    assert "QuestionnaireResponse" not in kinds
    assert outcome["resource"]["issue"][0]["diagnostics"].startswith("no coverage was sent with it")


def test_several_coverages_of_a_package_are_named(service: Service) -> None:
    asked = parameters({"name": "coverage", "resource": coverage(id="c2")})
    _, outcome = body_of(post(service, "/Questionnaire/$questionnaire-package", asked))["parameter"]
    (issue,) = outcome["resource"]["issue"]
    assert issue["severity"] == "warning"
    assert issue["diagnostics"].startswith("2 coverages were sent")
