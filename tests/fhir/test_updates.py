"""An earlier request is changed or cancelled by its provider, and subscribers are told what a person determined."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.authorizations.desk import Determined, DocumentsAsked, LineDetermined
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.serving.service import Service
from isocenter.fhir.settings import Payer
from tests.fhir.changes import NOW, PaperDesk, cancelled, example_of, own_id, submitted, update, with_items
from tests.fhir.requests import GUIDE, authorization, request_item, statement_of_necessity
from tests.fhir.test_authorizations import DETERMINATION, actions
from tests.fhir.test_service import inquired, post
from tests.intake.fhir_resources import ICD10, concept

Json = dict[str, Any]


@pytest.fixture
def service(judges: Judges, records: Records, desk: PaperDesk) -> Service:
    return Service(judges, Payer(), records, desk=desk, now=lambda: NOW)


def test_an_update_judges_what_is_in_force_and_replaces_the_earlier_request(service: Service, desk: PaperDesk) -> None:
    first = submitted(service, authorization(("77301", 1), ("G6015", 28)))
    changed = update(request_item(1, "77301", 1), cancelled(request_item(2, "G6015", 28)), request_item(3, "77300", 9))
    answered = submitted(service, changed)
    items = answered["entry"][0]["resource"]["item"]
    assert [item["itemSequence"] for item in items] == [1, 2, 3]
    assert actions(with_items(answered, 1, 3)) == ["A4", "A4"]
    assert "extension" not in items[1]["adjudication"][0]
    assert submitted(service, changed) == answered  # once more, the same answer
    earlier_id, own_id = (one["id"].removeprefix("response-") for one in (first, answered))
    assert desk.withdrawn == {earlier_id: "replaced"}
    at_desk = desk.received[own_id]["entry"][0]["resource"]["item"]
    assert [item["sequence"] for item in at_desk] == [1, 3]
    assert inquired(service)["id"] == answered["id"]  # by the identifier of the first request


def test_documents_sent_with_the_earlier_request_count_for_the_update(service: Service) -> None:
    assert actions(submitted(service, authorization(more=(statement_of_necessity(),)))) == ["A1"]
    answered = submitted(service, update(request_item(1, "77301", 1), request_item(2, "77300", 9)))
    assert actions(answered) == ["A1", "A1"]


def test_a_document_that_an_update_takes_back_does_not_count(service: Service) -> None:
    submitted(service, authorization())
    taken_back = {
        "sequence": 1,
        "category": concept("additionalInformation", "http://hl7.org/fhir/us/davinci-pas/CodeSystem/PASTempCodes"),
        "valueReference": {"reference": "QuestionnaireResponse/answers-1"},
        "modifierExtension": [{"url": f"{GUIDE}modifierextension-infoCancelled", "valueBoolean": True}],
    }
    more = (statement_of_necessity(),)
    item = request_item(1, "77301", 1)
    assert actions(submitted(service, update(item, more=more, supportingInfo=[taken_back]))) == ["A4"]


def test_what_a_person_determined_stays_for_items_that_an_update_leaves_as_they_were(
    service: Service, records: Records
) -> None:
    first = submitted(service, authorization())
    approved = DETERMINATION._replace(action="A1", reason="")
    records.determine(first["id"].removeprefix("response-"), approved)
    answered = submitted(service, update(request_item(1, "77301", 1), request_item(2, "77300", 9)))
    assert actions(answered) == ["A1", "A4"]
    assert answered["entry"][0]["resource"]["extension"][0]["extension"][0]["valueBoolean"] is True


_OTHER_BREAST = [{"sequence": 1, "diagnosisCodeableConcept": concept("C50.911", ICD10)}]


@pytest.mark.parametrize(
    ("of_item", "of_claim", "of_coverage"),
    [
        ({}, {"diagnosis": _OTHER_BREAST}, {}),
        ({}, {"diagnosis": []}, {}),
        ({}, {}, {"status": "cancelled"}),
        ({}, {}, {"period": {"end": "2024-04-30"}}),
        ({"bodySite": {"text": "left breast"}}, {}, {}),
        ({"locationCodeableConcept": concept("22", "https://www.cms.gov/place-of-service-codes")}, {}, {}),
        ({"quantity": {"value": 2}}, {}, {}),
    ],
)
def test_what_an_update_changes_is_not_what_a_person_determined(
    service: Service, records: Records, of_item: Json, of_claim: Json, of_coverage: Json
) -> None:
    first = submitted(service, authorization(("77301", 1), ("G6015", 28)))
    records.determine(own_id(first), DETERMINATION._replace(action="A1", reason=""))
    items = {**request_item(1, "77301", 1), **of_item}, request_item(2, "G6015", 28)
    changed = update(*items, **of_claim)
    covered = next(one["resource"] for one in changed["entry"] if one["resource"]["resourceType"] == "Coverage")
    covered.update(of_coverage)
    answered = submitted(service, changed)
    assert actions(answered) == ["A4", "A1" if of_item else "A4"]
    assert answered["entry"][0]["resource"]["extension"][0]["extension"][0]["valueBoolean"] is bool(of_item)


def test_documents_and_the_way_of_sending_leave_what_a_person_determined(service: Service, records: Records) -> None:
    first = submitted(service, authorization())
    records.determine(own_id(first), DETERMINATION._replace(action="A1", reason=""))
    item = request_item(1, "77301", 1)
    item["extension"][1]["valueCodeableConcept"]["coding"][0]["code"] = "S"  # revised
    item["informationSequence"] = [1]
    told = [{"sequence": 1, "category": concept("info"), "valueString": "the plan follows"}]
    note = {
        "resourceType": "DocumentReference",
        "id": "d1",
        "status": "current",
        "subject": {"reference": "Patient/p1"},
    }
    assert actions(submitted(service, update(item, more=(note,), supportingInfo=told))) == ["A1"]


def test_after_a_denial_a_new_request_is_expected(service: Service, records: Records) -> None:
    first = submitted(service, authorization())
    records.determine(first["id"].removeprefix("response-"), DETERMINATION)
    reply = post(service, "/Claim/$submit", update(request_item(1, "77301", 1)))
    assert reply.status == 422
    assert "new one" in reply.body.decode()


@pytest.mark.parametrize("how", ["items", "claim", "status"])
def test_a_request_is_cancelled_as_a_whole(service: Service, desk: PaperDesk, how: str) -> None:
    first = submitted(service, authorization())
    item = request_item(1, "77301", 1)
    kind = {
        "url": f"{GUIDE}extension-certificationType",
        "valueCodeableConcept": concept("3", "https://codesystem.x12.org/005010/1322"),
    }
    bundles = {
        "items": update(cancelled(item)),
        "claim": update(item, extension=[kind]),
        "status": authorization(status="cancelled"),
    }
    answered = submitted(service, bundles[how])
    claim_response = answered["entry"][0]["resource"]
    assert "cancelled" in claim_response["disposition"]
    assert desk.withdrawn == {first["id"].removeprefix("response-"): "cancelled"}
    assert submitted(service, bundles[how]) == answered
    assert {one["id"] for one in [inquired(service)]} == {answered["id"]}
    assert post(service, "/Claim/$submit", update(item, identifier=[{"value": "LATER"}])).status == 409


def test_what_changes_nothing_that_is_known_is_refused(service: Service) -> None:
    assert post(service, "/Claim/$submit", update(request_item(1, "77301", 1))).status == 404
    assert post(service, "/Claim/$submit", authorization(status="cancelled")).status == 404
    submitted(service, authorization())
    somebody = update(request_item(1, "77301", 1))
    patient = next(one["resource"] for one in somebody["entry"] if one["resource"]["resourceType"] == "Patient")
    patient["identifier"] = [{"system": "http://hl7.org/fhir/sid/us-mbi", "value": "9AA9AA9AA99"}]
    assert post(service, "/Claim/$submit", somebody).status == 404


def test_two_changes_of_one_request_cannot_both_stand(service: Service) -> None:
    submitted(service, authorization())
    submitted(service, update(request_item(1, "77300", 9)))
    other = update(request_item(1, "77300", 4), identifier=[{"value": "OTHER"}])
    assert post(service, "/Claim/$submit", other).status == 409
    same_name = update(request_item(1, "77300", 4))
    assert post(service, "/Claim/$submit", same_name).status == 409


def test_a_change_of_what_was_replaced_and_then_cancelled_hears_that_it_was_cancelled(service: Service) -> None:
    submitted(service, authorization())
    submitted(service, update(request_item(1, "77300", 9)))
    submitted(service, update(request_item(1, "77300", 9), status="cancelled", related=[]))
    answered = post(service, "/Claim/$submit", update(request_item(1, "77300", 4), identifier=[{"value": "LATER"}]))
    assert answered.status == 409
    assert b"was cancelled before; send a new one" in answered.body


def test_an_update_names_the_earlier_claim_by_reference_as_well(service: Service) -> None:
    submitted(service, authorization())
    by_address = update(request_item(1, "77301", 1))
    by_address["entry"][0]["resource"]["related"][0]["claim"] = {"reference": "Claim/claim-1"}
    submitted(service, by_address)


def test_the_published_update_is_read_as_one(shared_data: Path, service: Service) -> None:
    example = example_of(shared_data, "Bundle-HomecareAuthorizationUpdateBundleExample.json")
    reply = post(service, "/Claim/$submit", example)
    assert (reply.status, "no earlier request of this name is known" in reply.body.decode()) == (404, True)


def test_a_person_at_the_desk_determines_item_by_item(service: Service, desk: PaperDesk) -> None:
    given = submitted(service, authorization(("77301", 1), ("G6015", 28), ("77300", 9)))
    assert actions(given) == ["A4"] * 3
    lines = (
        LineDetermined(1, "pay", None, ""),
        LineDetermined(2, "reduce", 20, "Twenty fractions are supported."),
        LineDetermined(3, "deny", None, "Not one a field."),
    )
    identifier = given["id"].removeprefix("response-")
    desk.made[identifier] = Determined("partly", "In part.", lines, "D. Example MD", "1888888886", "Radiation oncology",
                                       date(2026, 1, 20))  # fmt: skip
    asked = inquired(service)
    assert actions(asked) == ["A1", "A6", "A3"]
    assert asked["entry"][0]["resource"]["addItem"][0]["quantity"]["value"] == 20
    notes = [one["text"] for one in asked["entry"][0]["resource"]["processNote"]]
    own = [one for one in notes if not one.startswith("Open when it was determined: ")]
    assert own == ["Twenty fractions are supported.", "In part.", "Not one a field."]
    profiles = asked["entry"][0]["resource"]["meta"]["profile"]
    assert profiles == [f"{GUIDE}profile-claiminquiryresponse"]


def test_a_denial_at_the_desk_states_the_reason_of_the_request_where_its_lines_have_none(
    service: Service, desk: PaperDesk
) -> None:
    given = submitted(service, authorization(("77301", 1), ("77300", 9)))
    lines = (LineDetermined(1, "deny", None, ""), LineDetermined(2, "deny", None, ""))
    why = "No condition of necessity is documented."
    desk.made[own_id(given)] = Determined("deny", why, lines, "D. Example MD", "1888888886", "Radiation oncology",
                                          date(2026, 1, 20))  # fmt: skip
    answered = inquired(service)["entry"][0]["resource"]
    texts = {one["number"]: one["text"] for one in answered["processNote"]}
    assert [texts[item["noteNumber"][0]] for item in answered["item"]] == [why, why]


def test_another_request_with_the_same_facts_has_its_own_answer(service: Service) -> None:
    first = submitted(service, authorization())
    second = submitted(service, authorization(identifier=[{"system": "x", "value": "REQ-2"}]))
    assert first["id"] != second["id"]
    assert second["entry"][0]["resource"]["identifier"][0]["value"] == "REQ-2"


@pytest.mark.parametrize(
    ("changed", "how"),
    [(cancelled(request_item(1, "77301", 1)), "cancelled"), (request_item(1, "77301", 2), "replaced")],
)
def test_a_certified_request_that_its_provider_ended_is_not_certified_when_it_is_sent_again(
    service: Service, changed: Json, how: str
) -> None:
    certified = authorization(more=(statement_of_necessity(),))
    assert actions(submitted(service, certified)) == ["A1"]
    submitted(service, update(changed))
    for again in (certified, {**certified, "timestamp": "2024-05-02T12:00:00-05:00"}):
        refused = post(service, "/Claim/$submit", again)
        assert refused.status == 409
        assert f"this request was {how} before" in refused.body.decode()


def test_a_related_claim_that_is_not_prior_is_not_changed(service: Service) -> None:
    first = submitted(service, authorization())
    relationship = concept("associated", "http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship")
    beside = [{**one, "relationship": relationship} for one in update()["entry"][0]["resource"]["related"]]
    submitted(service, update(request_item(1, "77301", 1), related=beside))
    assert inquired(service)["id"] == first["id"]


def test_an_inquiry_about_a_patient_who_did_not_come_along_shows_nothing(service: Service) -> None:
    submitted(service, authorization())
    asked = post(service, "/Claim/$inquire", authorization(patient={"reference": "Patient/p2"}))
    assert asked.status == 400
    assert "Patient/p2" in asked.body.decode()


def test_an_inquiry_says_what_a_person_asked_for_in_the_place_of_what_the_rules_miss(
    service: Service, desk: PaperDesk
) -> None:
    first = submitted(service, authorization())
    desk.letters[own_id(first)] = DocumentsAsked(("The report of the biopsy",), date(2026, 1, 17))
    answered = inquired(service)
    assert actions(answered) == ["A4"]
    (asked,) = [
        one["resource"] for one in answered["entry"] if one["resource"]["resourceType"] == "CommunicationRequest"
    ]
    assert asked["payload"] == [{"contentString": "The report of the biopsy"}]
    assert not [one for one in answered["entry"] if one["resource"]["resourceType"] == "Task"]
    (reviewer,) = answered["entry"][0]["resource"]["extension"]
    assert reviewer["extension"] == [{"url": "wasHumanReviewedFlag", "valueBoolean": True}]
    assert answered["timestamp"].startswith("2026-01-17")
    desk.letters.clear()
    assert actions(inquired(service)) == ["A4"]
    assert inquired(service)["timestamp"] == first["timestamp"]
