"""An earlier request is changed or cancelled by its provider, and subscribers are told what a person determined."""

import copy
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from isocenter.fhir.asked import Judges
from isocenter.fhir.authorizations import DENIED, Determination, claim_of
from isocenter.fhir.authorizing import signatures_on
from isocenter.fhir.desk import Determined, LineDetermined
from isocenter.fhir.notifier import Notifier
from isocenter.fhir.records import Records
from isocenter.fhir.service import Service
from isocenter.fhir.settings import Payer
from isocenter.fhir.structures.checker import check
from isocenter.fhir.structures.definitions import Definitions
from isocenter.fhir.subscriptions import TOPIC
from tests.fhir.requests import GUIDE, authorization, request_item, statement_of_necessity
from tests.fhir.test_authorizations import DETERMINATION, actions
from tests.fhir.test_service import body_of, inquired, post
from tests.intake.fhir_resources import concept
from tests.intake.test_fhir_documents import NOTE, PHYSICIAN, UNSIGNED, document, pdf, signed_by

Json = dict[str, Any]
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


class PaperDesk:
    """A desk that notes what it gets, and answers what a test determines."""

    def __init__(self) -> None:
        self.received: dict[str, Json] = {}
        self.withdrawn: dict[str, str] = {}
        self.made: dict[str, Determined] = {}
        self.updated: dict[str, str] = {}
        self.at_once: list[tuple[str, str]] = []

    def receive(self, identifier: str, bundle: bytes, *, is_expedited: bool = False, updates: str = "") -> None:
        self.received[identifier] = json.loads(bytes(bundle)) | {"expedited": is_expedited}
        self.updated[identifier] = updates

    def answered(self, identifier: str, decision: str, *, is_expedited: bool = False) -> None:  # noqa: ARG002
        self.at_once.append((identifier, decision))

    def withdraw(self, identifier: str, how: str) -> None:
        self.withdrawn[identifier] = how

    def determined(self, identifier: str) -> Determined | None:
        return self.made.get(identifier)


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    kept = Records(tmp_path / "answers.db")
    yield kept
    kept.close()


@pytest.fixture
def desk() -> PaperDesk:
    return PaperDesk()


@pytest.fixture
def service(judges: Judges, records: Records, desk: PaperDesk) -> Service:
    return Service(judges, Payer(), records, desk=desk, now=lambda: NOW)


def update(*items: Json, more: tuple[Json, ...] = (), **changes: Any) -> Json:
    """A request that changes the one before it."""
    related = related_to("REQ-1")
    own = {"identifier": [{"system": "https://clinic.example.org/requests", "value": "REQ-1-UPDATE"}]}
    return authorization(more=more, **{"id": "claim-2", "related": related, "item": list(items), **own, **changes})


def cancelled(item: Json) -> Json:
    flag = {"url": f"{GUIDE}modifierextension-infoCancelled", "valueBoolean": True}
    changed = {"url": f"{GUIDE}extension-infoChanged", "valueCode": "changed"}
    return {**item, "modifierExtension": [flag], "extension": [*item["extension"], changed]}


def submitted(service: Service, bundle: Json) -> Json:
    reply = post(service, "/Claim/$submit", bundle)
    assert reply.status == 200, reply.body
    return body_of(reply)


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


def with_items(response: Json, *sequences: int) -> Json:
    """A response with some of its items alone."""
    kept = copy.deepcopy(response)
    claim_response = kept["entry"][0]["resource"]
    claim_response["item"] = [one for one in claim_response["item"] if one["itemSequence"] in sequences]
    return kept


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
    assert post(service, "/Claim/$submit", update(item, identifier=[{"value": "LATER"}])).status == 404


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
    assert post(service, "/Claim/$submit", other).status == 404
    same_name = update(request_item(1, "77300", 4))
    assert post(service, "/Claim/$submit", same_name).status == 409


def test_an_update_names_the_earlier_claim_by_reference_as_well(service: Service) -> None:
    submitted(service, authorization())
    by_address = update(request_item(1, "77301", 1))
    by_address["entry"][0]["resource"]["related"][0]["claim"] = {"reference": "Claim/claim-1"}
    submitted(service, by_address)


def test_the_published_update_is_read_as_one(shared_data: Path, service: Service) -> None:
    example = example_of(shared_data, "Bundle-HomecareAuthorizationUpdateBundleExample.json")
    reply = post(service, "/Claim/$submit", example)
    assert (reply.status, "not known" in reply.body.decode()) == (404, True)


def example_of(shared_data: Path, name: str) -> Json:
    import tarfile  # noqa: PLC0415

    with tarfile.open(shared_data / "fhir_packages" / "davinci_pas_2.2.1.tgz") as archive:
        member = archive.extractfile(f"package/example/{name}")
        assert member is not None
        found: Json = json.load(member)
        return found


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
    assert own == ["Twenty fractions are supported.", "Not one a field."]
    profiles = asked["entry"][0]["resource"]["meta"]["profile"]
    assert profiles == [f"{GUIDE}profile-claiminquiryresponse"]


def test_another_request_with_the_same_facts_has_its_own_answer(service: Service) -> None:
    first = submitted(service, authorization())
    second = submitted(service, authorization(identifier=[{"system": "x", "value": "REQ-2"}]))
    assert first["id"] != second["id"]
    assert second["entry"][0]["resource"]["identifier"][0]["value"] == "REQ-2"


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


def related_to(value: str) -> list[Json]:
    named = {"system": "https://clinic.example.org/requests", "value": value}
    code = concept("prior", "http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship")
    return [{"claim": {"identifier": named}, "relationship": code}]


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
    notifier = Notifier(service.authorizations, records, "http://127.0.0.1:8000", lambda: NOW, endpoint)
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


def parameter(bundle: Json, name: str) -> Json:
    found: Json = next(one for one in bundle["entry"][0]["resource"]["parameter"] if one["name"] == name)
    return found


def test_an_endpoint_that_does_not_answer_is_tried_a_few_times_and_no_more(service: Service, records: Records) -> None:
    endpoint = Endpoint()
    endpoint.status = 0
    clock = [NOW]
    notifier = Notifier(service.authorizations, records, "http://127.0.0.1:8000", lambda: clock[0], endpoint)
    made = body_of(post(service, "/Subscription", subscription()))
    for _ in range(50):
        notifier.step()
        clock[0] += timedelta(minutes=10)
    assert len(endpoint.got) == 5
    assert body_of(service.reply("GET", f"/Subscription/{made['id']}", {}, b""))["status"] == "error"


def test_other_organizations_are_not_notified(service: Service, records: Records) -> None:
    endpoint = Endpoint()
    notifier = Notifier(service.authorizations, records, "http://127.0.0.1:8000", lambda: NOW, endpoint)
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


def test_a_statement_on_paper_counts_like_an_answered_questionnaire(service: Service) -> None:
    without = submitted(service, authorization())
    assert actions(without) == ["A4"]
    answered = submitted(service, update(request_item(1, "77301", 1), more=(document(pdf(NOTE)),)))
    notes = answered["entry"][0]["resource"].get("processNote", [])
    assert notes != without["entry"][0]["resource"]["processNote"]
    assert actions(answered) == ["A1"], notes


def test_other_pages_are_another_question(service: Service) -> None:
    ids = {
        submitted(service, authorization(more=(document(words),)))["id"]
        for words in (b"Dear colleague, nothing is stated here.", b"Dear colleague, nothing is stated here either.")
    }
    assert len(ids) == 2


def test_a_service_without_a_day_is_judged_as_of_the_request(service: Service) -> None:
    item = {name: value for name, value in request_item(1, "77301", 1).items() if name != "servicedDate"}
    asked = authorization(more=(statement_of_necessity(),), item=[item])
    assert actions(submitted(service, asked)) == ["A1"]


VISIT = {
    **statement_of_necessity(id="answers-2"),
    "item": [{"linkId": "prescription", "item": [
        {"linkId": "prescription/date", "answer": [{"valueDate": "2024-05-01"}]},
        {"linkId": "prescription/treatment_goals", "answer": [{"valueBoolean": True}]},
    ]}],
}  # fmt: skip


def own_id(response: Json) -> str:
    return str(response["id"]).removeprefix("response-")


def test_a_request_that_is_sent_again_with_more_documents_stays_one_request(service: Service, desk: PaperDesk) -> None:
    first = submitted(service, authorization())
    second = submitted(service, authorization(more=(VISIT,)))
    assert actions(second) == ["A4"]
    assert desk.updated == {own_id(first): "", own_id(second): own_id(first)}
    third = submitted(service, authorization(more=(statement_of_necessity(),)))
    assert actions(third) == ["A1"]
    assert desk.withdrawn[own_id(second)] == "completed by further documents"
    assert desk.at_once == [(own_id(third), "approve")]
    assert submitted(service, authorization(more=(VISIT,)))["id"] == second["id"]  # once more, the same answer
    assert inquired(service)["id"] == third["id"]


def test_documents_of_every_earlier_request_count(service: Service) -> None:
    submitted(service, authorization(more=(statement_of_necessity(),)))
    submitted(service, update(request_item(1, "77301", 1), request_item(2, "77300", 9)))
    last = update(request_item(1, "77301", 1), related=related_to("REQ-1-UPDATE"), id="claim-3")
    last["entry"][0]["resource"]["identifier"][0]["value"] = "REQ-1-AGAIN"
    assert actions(submitted(service, last)) == ["A1"]


def attachment(number: str, *documents: Json, **changes: Any) -> Json:
    parts = [{"name": "Content", "resource": one} for one in documents]
    return {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "TrackingId", "valueIdentifier": {"value": number}},
            {"name": "AttachTo", "valueCode": "preauthorization"},
            {"name": "Attachment", "part": parts},
        ],
        **changes,
    }


def test_documents_that_come_later_are_added_to_the_request_that_waits_for_them(
    service: Service, desk: PaperDesk
) -> None:
    first = submitted(service, authorization())
    item = first["entry"][0]["resource"]["item"][0]
    number = next(one["valueString"] for one in item["extension"] if one["url"].endswith("ReferenceNumber"))
    sent = attachment(number, {**VISIT, "id": "late-1"})
    reply = post(service, "/$submit-attachment", sent)
    assert (reply.status, body_of(reply)["resourceType"]) == (200, "OperationOutcome")
    assert "further documents" in body_of(reply)["issue"][0]["diagnostics"]
    (successor,) = (new for new, earlier in desk.updated.items() if earlier == own_id(first))
    assert [one["resource"]["id"] for one in desk.received[successor]["entry"]][-1] == "late-1"
    reply = post(service, "/$submit-attachment", attachment(number, statement_of_necessity()))
    assert "nothing more" in body_of(reply)["issue"][0]["diagnostics"]
    assert actions(inquired(service)) == ["A1"]
    assert post(service, "/$submit-attachment", sent).status == 422  # it waits for no document any more


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"parameter": [{"name": "TrackingId", "valueIdentifier": {"value": "PEND-000000000000"}},
                        {"name": "Attachment", "part": [{"name": "Content", "resource": VISIT}]}]}, 404),
        ({"parameter": []}, 400),
        ({"parameter": [{"name": "TrackingId", "valueIdentifier": {"value": "x"}}]}, 400),
        ({"parameter": [{"name": "AttachTo", "valueCode": "claim"}]}, 400),
        ({"resourceType": "Bundle"}, 400),
    ],
)  # fmt: skip
def test_an_attachment_that_leads_to_no_request_is_refused(service: Service, changes: Json, status: int) -> None:
    reply = post(service, "/$submit-attachment", attachment("x", VISIT, **changes))
    assert (reply.status, body_of(reply)["resourceType"]) == (status, "OperationOutcome")


def test_what_a_pended_request_lacks_is_asked_for_by_task_and_questionnaire(
    service: Service, shared_data: Path
) -> None:
    first = submitted(service, authorization(("77301", 1), ("G6015", 28)))
    definitions = Definitions.of(shared_data / "fhir_packages" / "davinci_pas_2.2.1.tgz")
    assert not [issue for issue in check(first, definitions) if issue.severity == "error"]
    held = {entry["resource"]["resourceType"]: entry["resource"] for entry in first["entry"]}
    task, asked = held["Task"], held["CommunicationRequest"]
    reference = {"reference": f"CommunicationRequest/{asked['id']}"}
    assert first["entry"][0]["resource"]["communicationRequest"] == [reference]
    assert asked["payload"]
    inputs = {one["type"]["coding"][0]["code"]: one for one in task["input"]}
    assert [one["extension"][0]["valuePositiveInt"] for one in task["input"] if "extension" in one] == [1, 2]
    context = {"name": "context", "valueString": inputs["questionnaire-context"]["valueString"]}
    package = body_of(
        post(service, "/Questionnaire/$questionnaire-package", {"resourceType": "Parameters", "parameter": [context]})
    )
    entries = package["parameter"][0]["resource"]["entry"]
    questionnaire, response = entries[0]["resource"], entries[-1]["resource"]
    named = inputs["questionnaires-needed"]["valueCanonical"]
    assert f"{questionnaire['url']}|{questionnaire['version']}" == named
    assert "necessity_statement" in [one["linkId"] for one in questionnaire["item"]]
    contexts = [one["valueReference"]["reference"] for one in response["extension"] if "valueReference" in one]
    assert contexts == ["Claim/claim-1", "Coverage/c1"]


def test_a_signature_that_comes_later_signs_what_was_sent_and_not_what_takes_its_place(
    service: Service, desk: PaperDesk
) -> None:
    unsigned = {**document(UNSIGNED.encode()), "id": "note-1"}
    first = submitted(service, authorization(more=(unsigned,)))
    assert actions(first) == ["A4"]
    item = first["entry"][0]["resource"]["item"][0]
    number = next(one["valueString"] for one in item["extension"] if one["url"].endswith("ReferenceNumber"))
    signed = signed_by("DocumentReference/note-1", signature={"who": {"display": "Cora Example"}})
    assert post(service, "/$submit-attachment", attachment(number, signed)).status == 200
    (successor,) = (new for new, earlier in desk.updated.items() if earlier == own_id(first))
    kinds = [one["resource"]["resourceType"] for one in desk.received[successor]["entry"]]
    assert kinds[-2:] == ["DocumentReference", "Provenance"]
    other = {**document(UNSIGNED.replace("cannot", "could not").encode()), "id": "note-1"}
    assert post(service, "/$submit-attachment", attachment(number, other)).status == 200
    (last,) = (new for new, earlier in desk.updated.items() if earlier == successor)
    assert "Provenance" not in [one["resource"]["resourceType"] for one in desk.received[last]["entry"]]
    physician = {**PHYSICIAN, "qualification": [{"code": concept("2085R0001X")}]}
    by_physician = signed_by("DocumentReference/note-1", "#o1", contained=[physician])
    reply = body_of(post(service, "/$submit-attachment", attachment(number, by_physician)))
    assert "nothing more" in reply["issue"][0]["diagnostics"]


def test_a_signature_goes_with_the_documents_that_an_update_keeps() -> None:
    kept, replaced = ({**document(UNSIGNED.encode()), "id": own} for own in ("kept", "replaced"))
    provenance = signed_by(target="DocumentReference/kept")
    provenance["target"].append({"reference": "DocumentReference/replaced"})
    earlier = claim_of(authorization(more=(kept, replaced, provenance)))
    documents = [one for one in earlier.judged if one.resource.get("id") == "kept"]
    (carried,) = signatures_on(documents, earlier)
    assert [one["reference"] for one in carried.resource["target"]] == ["DocumentReference/kept"]
    assert signatures_on([], earlier) == []
