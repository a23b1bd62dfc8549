"""Documents on paper and documents that come later count for the request that waits for them."""

from pathlib import Path
from typing import Any

import pytest

from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.authorizations.asked_claims import claim_of
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.serving.authorizing import signatures_on
from isocenter.fhir.serving.service import Service
from isocenter.fhir.settings import Payer
from isocenter.fhir.structures.checker import check
from isocenter.fhir.structures.definitions import Definitions
from tests.fhir.changes import NOW, PaperDesk, own_id, related_to, submitted, update
from tests.fhir.requests import authorization, request_item, statement_of_necessity
from tests.fhir.test_authorizations import actions
from tests.fhir.test_service import body_of, inquired, post
from tests.intake.fhir_resources import concept
from tests.intake.test_fhir_documents import NOTE, PHYSICIAN, UNSIGNED, document, pdf, signed_by

Json = dict[str, Any]


@pytest.fixture
def service(judges: Judges, records: Records, desk: PaperDesk) -> Service:
    return Service(judges, Payer(), records, desk=desk, now=lambda: NOW)


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
