"""Documents that come with a question count, or the answer says why not; what contradicts itself is a person's."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.serving.service import Service
from isocenter.fhir.settings import Payer
from tests.fhir.requests import GUIDE, authorization, coverage, hook, order, request_item, statement_of_necessity
from tests.fhir.test_authorizations import actions
from tests.fhir.test_lone_services import notes
from tests.fhir.test_service import body_of, post
from tests.fhir.test_strangers import SIGN, prefetched, stated_of
from tests.intake.fhir_resources import CPT, ICD10, concept, dose_planned, planned_course, technique

Json = dict[str, Any]
SUBMIT = "/Claim/$submit"
STATEMENT = b"""STATEMENT OF MEDICAL NECESSITY
Date: 04/28/2024
The target is in close proximity to the rectum and the bladder, and a 3D conformal plan cannot spare them.
Electronically signed by C. Example, MD, Radiation Oncologist 04/28/2024
"""


@pytest.fixture
def service(judges: Judges) -> Iterator[Service]:
    records = Records()
    yield Service(judges, Payer(), records)
    records.close()


def attachment(content: bytes) -> Json:
    return {"contentType": "application/pdf", "data": base64.b64encode(content).decode()}


def document(**held: Any) -> Json:
    return {
        "resourceType": "DocumentReference",
        "id": "letter",
        "status": "current",
        "subject": {"reference": "Patient/p1"},
        "content": [{"attachment": held}],
    }


def information(content: bytes, **changes: Any) -> Json:
    kind = concept("additionalInformation", "http://hl7.org/fhir/us/davinci-pas/CodeSystem/PASTempCodes")
    return {"sequence": 1, "category": kind, "valueAttachment": attachment(content), **changes}


def submitted(service: Service, **changes: Any) -> Json:
    reply = post(service, SUBMIT, authorization(("77301", 1), **changes))
    assert reply.status == 200, reply.body
    return body_of(reply)


def updated(service: Service, **changes: Any) -> Json:
    """The answer to an update of the request that tests send first."""
    earlier = {"system": "https://clinic.example.org/requests", "value": "REQ-1"}
    own = [{"system": "https://clinic.example.org/requests", "value": "REQ-2"}]
    related = [{"claim": {"identifier": earlier}, "relationship": concept("prior")}]
    return submitted(service, id="claim-2", identifier=own, related=related, **changes)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (document(**attachment(b"%PDF-1.7 cut off")), "the PDF is broken"),
        (document(data="***"), "not base64"),
        (document(**attachment(b"\x00\x01")), "not PDF, a picture, text or CDA"),
        (document(url="https://files.example.org/letter.pdf"), "nothing is fetched"),
        (statement_of_necessity(status="in-progress"), "only completed answers count"),
    ],
)
def test_what_cannot_be_read_is_named_in_the_answer(service: Service, sent: Json, said: str) -> None:
    answered = submitted(service, more=(sent,))
    assert (actions(answered), said in " ".join(notes(answered))) == (["A4"], True)
    (action,) = body_of(post(service, SIGN, hook(order(), prefetch={**prefetched(coverage()), "sent": sent})))[
        "systemActions"
    ]
    stated = stated_of(action)
    assert stated["covered"] == ["conditional"]
    assert any(said in one["text"] for one in stated["reason"])


def lost_dose(**changes: Any) -> Json:
    """A planned course of IMRT with a dose that is none, where `changes` say so."""
    stated = dose_planned(7000, 28)
    stated["extension"][0]["valueQuantity"] |= changes
    return planned_course(stated, *technique("1156530009"))


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (document(**attachment(b"%PDF-1.7 cut off")), "DocumentReference-letter.pdf: the PDF is broken"),
        (document(data="***"), "Bundle.entry[6].resource: its content is not base64"),
        (lost_dose(value="abc"), "Bundle.entry[6].resource: a dose is abc cGy"),
        (lost_dose(code="inch"), "Bundle.entry[6].resource: a dose is 7000 inch"),
    ],
)
def test_nothing_is_certified_beside_what_the_decision_could_rest_on(service: Service, sent: Json, said: str) -> None:
    answered = submitted(service, more=(statement_of_necessity(), sent))
    first, last = notes(answered)
    assert (actions(answered), said in first) == (["A4"], True)
    assert last.startswith("What could not be read may change the decision: correct it and send it again")
    held = {**prefetched(coverage()), "statement": statement_of_necessity(), "sent": sent}
    (action,) = body_of(post(service, SIGN, hook(order(), prefetch=held)))["systemActions"]
    assert stated_of(action)["covered"] == ["conditional"]


def test_a_value_that_is_corrected_certifies(service: Service) -> None:
    assert actions(submitted(service, more=(statement_of_necessity(), lost_dose(value="abc")))) == ["A4"]
    assert actions(updated(service, more=(lost_dose(),))) == ["A1"]


@pytest.mark.parametrize("sent", [statement_of_necessity(id="answers-2", status="in-progress"), lost_dose()])
def test_what_no_decision_rests_on_leaves_it_and_is_named(service: Service, sent: Json) -> None:
    answered = submitted(service, more=(statement_of_necessity(), sent))
    assert actions(answered) == ["A1"]
    remarks = [note for note in notes(answered) if note.startswith("Of what was sent: Bundle.entry[6].resource: ")]
    assert len(remarks) == (sent["resourceType"] == "QuestionnaireResponse")
    assert all(one.startswith(("Met: ", "Of what was sent: ")) for one in notes(answered))


def test_what_was_sent_and_cannot_be_read_is_part_of_the_question(service: Service) -> None:
    """An answer that was kept for nothing sent is no answer to something that cannot be read."""
    ids = []
    for sent in (None, document(data="***")):
        held = {**prefetched(coverage()), **({"sent": sent} if sent else {})}
        (action,) = body_of(post(service, SIGN, hook(order(), prefetch=held)))["systemActions"]
        ids += stated_of(action)["coverage-assertion-id"]
    assert ids[0] != ids[1]


def test_an_attachment_within_the_claim_is_a_page_of_the_chart(service: Service) -> None:
    assert actions(submitted(service, supportingInfo=[information(STATEMENT)])) == ["A1"]
    assert actions(updated(service)) == ["A1"]  # what an update does not take back still counts


def test_a_text_within_the_claim_is_named(service: Service) -> None:
    told = {key: value for key, value in information(b"").items() if key != "valueAttachment"}
    answered = submitted(service, supportingInfo=[{**told, "valueString": "The rectum is close."}])
    assert actions(answered) == ["A4"]
    assert "supportingInfo[0].valueString: its text is not read" in " ".join(notes(answered))


@pytest.mark.parametrize("content", [STATEMENT, None])
def test_an_attachment_that_an_update_takes_back_does_not_count(service: Service, content: bytes | None) -> None:
    submitted(service, supportingInfo=[information(STATEMENT)])
    gone = information(content or b"", modifierExtension=[
        {"url": f"{GUIDE}modifierextension-infoCancelled", "valueBoolean": True}
    ])  # fmt: skip
    if content is None:
        del gone["valueAttachment"]
    assert actions(updated(service, supportingInfo=[gone])) == ["A4"]


def denied() -> Json:
    return answered_by(False)


def answered_by(*values: bool) -> Json:
    """Answers to the question whether the target is close to critical structures."""
    answers = statement_of_necessity(id="answers-2")
    for item in answers["item"][0]["item"]:
        if item["linkId"].endswith("condition_proximity"):
            item["answer"] = [{"valueBoolean": value} for value in values]
    return answers


@pytest.mark.parametrize("sent", [(statement_of_necessity(), denied()), (answered_by(True, False),)])
def test_answers_that_contradict_each_other_are_a_persons(service: Service, sent: tuple[Json, ...]) -> None:
    answered = submitted(service, more=sent)
    assert (actions(answered), "contradicts itself" in notes(answered)[0]) == (["A4"], True)
    held = {**prefetched(coverage()), **{f"answers-{number}": one for number, one in enumerate(sent)}}
    (action,) = body_of(post(service, SIGN, hook(order(), prefetch=held)))["systemActions"]
    stated = stated_of(action)
    assert (stated["covered"], "contradicts itself" in stated["reason"][0]["text"]) == (["conditional"], True)


def test_answers_that_deny_what_a_page_states_are_a_persons(service: Service) -> None:
    assert actions(submitted(service, more=(document(**attachment(STATEMENT)), denied()))) == ["A4"]


def of_tumor(code: str) -> Json:
    """A planned course of IMRT for a tumor."""
    return planned_course(*technique("1156530009"), reasonCode=[concept(code, ICD10)])


@pytest.mark.parametrize(("code", "is_other"), [("C50.911", True), ("C61", False), ("Z51.0", False)])
def test_services_for_another_tumor_than_that_of_the_record_are_a_persons(
    service: Service, code: str, is_other: bool
) -> None:
    sent = (statement_of_necessity(), of_tumor(code))
    answered = submitted(service, more=sent)
    assert any("a person decides which course it is" in note for note in notes(answered)) is is_other
    assert actions(answered) != ["A1"] or not is_other
    held = {**prefetched(coverage()), "answers": sent[0], "course": sent[1]}
    (action,) = body_of(post(service, SIGN, hook(order(), prefetch=held)))["systemActions"]
    stated = stated_of(action)
    assert any("a person decides which course it is" in one["text"] for one in stated["reason"]) is is_other
    assert stated["covered"] != ["covered"] or not is_other


def test_a_statement_that_is_signed_after_today_is_a_persons(service: Service) -> None:
    ahead = statement_of_necessity()
    for item in ahead["item"][0]["item"]:
        if item["linkId"].endswith("signed_on"):
            item["answer"] = [{"valueDate": "2045-04-28"}]
    answered = submitted(service, more=(ahead,))
    assert (actions(answered), "signed 2045-04-28, after today" in notes(answered)[0]) == (["A4"], True)


def test_two_statements_that_agree_are_one_yes(service: Service) -> None:
    assert actions(submitted(service, more=(statement_of_necessity(), statement_of_necessity(id="answers-2")))) == [
        "A1"
    ]


def test_a_day_long_after_the_request_is_a_persons(service: Service) -> None:
    far = {**request_item(1, "77301", 1), "servicedDate": "2099-01-01"}
    answered = submitted(service, item=[far], more=(statement_of_necessity(),))
    assert (actions(answered), "2099-01-01" in notes(answered)[0]) == (["A4"], True)


@pytest.mark.parametrize("system", ["CPT", "cpt-4", CPT.replace("http:", "https:")])
def test_a_code_system_is_known_by_its_bare_name(service: Service, system: str) -> None:
    assert body_of(post(service, SIGN, hook(order("77301", system))))["systemActions"]


def condition_answered(said: str = "", **answer: Any) -> Json:
    """A statement of necessity whose answer about its only condition is in words, or another one."""
    answers = statement_of_necessity()
    asked = answers["item"][0]["item"]
    next(one for one in asked if one["linkId"].endswith("condition_proximity"))["answer"] = [
        answer or {"valueString": said}
    ]
    return answers


def covered(service: Service, prefetch: Json, **changes: Any) -> tuple[str, str]:
    """Whether an order is covered by what was prefetched, and the reasons."""
    (action,) = body_of(post(service, SIGN, hook({**order(), **changes}, prefetch=prefetch)))["systemActions"]
    found = stated_of(action)
    return found["covered"][0], str(found["reason"])


@pytest.mark.parametrize(
    "said", ["no", "None.", "not applicable", "-", " ", "0", "denied", "see chart", "no critical structure is nearby"]
)
def test_an_answer_in_words_that_denies_or_says_nothing_is_no_condition(service: Service, said: str) -> None:
    assert covered(service, prefetched(coverage(), condition_answered(said)))[0] != "covered"


def test_an_answer_in_words_that_names_what_is_near_is_a_condition(service: Service) -> None:
    near = prefetched(coverage(), condition_answered("rectum, 3 mm from the target; none of it can be moved"))
    assert covered(service, near)[0] == "covered"


@pytest.mark.parametrize(("coding", "is_stated"), [
    ({"system": "http://terminology.hl7.org/CodeSystem/v2-0136", "code": "Y", "display": "Yes"}, True),
    ({"system": "http://loinc.org", "code": "LA33-6"}, True),
    ({"system": "http://loinc.org", "code": "LA32-8", "display": "No"}, False),
    ({"system": "http://snomed.info/sct", "code": "373067005"}, False),
    ({"system": "http://loinc.org", "code": "LA4489-6", "display": "Unknown"}, False),
    ({"display": "see chart"}, False),
])  # fmt: skip
def test_a_choice_states_what_it_is_yes_to(service: Service, coding: Json, is_stated: bool) -> None:
    said, _ = covered(service, prefetched(coverage(), condition_answered(valueCoding=coding)))
    assert said == ("covered" if is_stated else "conditional")


@pytest.mark.parametrize("answer", [{"valueInteger": 1}, {"valueReference": {"reference": "Observation/1"}}])
def test_an_answer_of_another_type_is_named(service: Service, answer: Json) -> None:
    said, reasons = covered(service, prefetched(coverage(), condition_answered(**answer)))
    assert (said, f"is a {next(iter(answer))} that says neither yes nor no" in reasons) == ("conditional", True)


def test_an_order_of_two_procedures_of_which_one_is_no_imrt_is_not_clear(service: Service) -> None:
    codings = [coding for code in ("77301", "77295") for coding in concept(code, CPT)["coding"]]
    said, reasons = covered(service, prefetched(coverage(), statement_of_necessity()), code={"coding": codings})
    assert (said, "77301, 77295" in reasons) == ("conditional", True)


def test_a_further_page_of_coverages_that_is_not_at_hand_is_no_yes(service: Service) -> None:
    page = {"relation": "next", "url": "https://ehr.example.org/fhir?page=2"}
    held = prefetched(coverage(), statement_of_necessity())
    held["coverage"] = {**held["coverage"], "link": [page]}
    said, reasons = covered(service, held)
    assert (said, "next page was not supplied" in reasons) == ("conditional", True)


@pytest.mark.parametrize("kind", ["Condition", "Procedure", "ServiceRequest"])
def test_what_is_another_patients_is_refused_with_its_place(service: Service, kind: str) -> None:
    others = {"resourceType": kind, "id": "x1", "subject": {"reference": "Patient/somebody-else"}}
    reply = post(service, SIGN, hook(order(), prefetch=prefetched(coverage(), statement_of_necessity(), others)))
    assert (reply.status, "another patient" in reply.body.decode()) == (400, True)
    sent = post(service, SUBMIT, authorization(("77301", 1), more=(others,)))
    assert (sent.status, "another patient" in sent.body.decode()) == (400, True)


def test_a_document_that_a_later_one_replaces_does_not_count(service: Service) -> None:
    earlier = document(contentType="text/plain", data=base64.b64encode(STATEMENT).decode())
    assert actions(submitted(service, more=(earlier,))) == ["A1"]
    withdrawn = base64.b64encode(b"ADDENDUM\nDate: 04/29/2024\nThe earlier statement is withdrawn.\n").decode()
    later = {
        **document(contentType="text/plain", data=withdrawn),
        "id": "addendum",
        "relatesTo": [{"code": "replaces", "target": {"reference": "DocumentReference/letter"}}],
    }
    answered = submitted(service, more=(earlier, later))
    assert actions(answered) == ["A4"]
    assert "a later document replaces it" in str(answered)


def test_a_statement_of_long_before_may_be_of_an_earlier_course(service: Service) -> None:
    old = STATEMENT.replace(b"2024", b"2022")
    letter = document(contentType="text/plain", data=base64.b64encode(old).decode())
    answered = submitted(service, more=(letter,))
    assert actions(answered) == ["A4"]
    assert "may be of an earlier course" in str(answered)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"diagnosisSequence": [2]}, "another diagnosis than the first"),
        ({"diagnosisSequence": [2, 1]}, ""),
        ({"servicedDate": "", "servicedPeriod": {"start": "2024-05-10", "end": "2024-06-30"}}, ""),
        ({"servicedDate": "", "servicedPeriod": {"start": "2024-05-10", "end": "2024-05-20"}}, "28 deliveries"),
    ],
)
def test_an_item_that_can_hardly_be_meant_waits_for_a_person(service: Service, changes: Json, said: str) -> None:
    diagnoses = [
        {"sequence": place, "diagnosisCodeableConcept": concept(code, ICD10)}
        for place, code in enumerate(("C61", "I10"), start=1)
    ]
    items = [request_item(1, "77301", 1), {**request_item(2, "G6015", 28), **changes}]
    asked = authorization(more=(statement_of_necessity(),), diagnosis=diagnoses, item=items)
    answered = body_of(post(service, SUBMIT, asked))
    assert actions(answered) == ["A1", "A4" if said else "A1"]
    assert said in str(answered)


def test_a_code_of_another_terminology_is_no_service(service: Service) -> None:
    item = {**request_item(1, "77301", 1), "productOrService": concept("77301", "http://snomed.info/sct")}
    reply = post(service, SUBMIT, authorization(more=(statement_of_necessity(),), item=[item]))
    assert reply.status == 400 or actions(body_of(reply)) == ["A4"]


_CONTAINED = {
    "sequence": 1,
    "category": concept("additionalInformation", "http://hl7.org/fhir/us/davinci-pas/CodeSystem/PASTempCodes"),
    "valueReference": {"reference": "#answers-1"},
}


def _with_contained(service: Service, **changes: Any) -> Json:
    """The answer to a request that contains its statement of necessity."""
    asked = authorization(contained=[statement_of_necessity(**changes)], supportingInfo=[_CONTAINED])
    return body_of(post(service, SUBMIT, asked))


def test_answers_that_a_claim_contains_count_as_those_beside_it(service: Service) -> None:
    assert actions(_with_contained(service)) == ["A1"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"subject": {"identifier": {"system": "urn:other", "value": "7"}}}, "not known to be of the patient"),
        ({"modifierExtension": [{"url": "https://other.example.org/negated", "valueBoolean": True}]}, "modifierExt"),
        ({"status": "entered-in-error"}, "entered-in-error"),
    ],
)
def test_answers_that_a_claim_contains_and_that_do_not_count_are_named(
    service: Service, changes: Json, why: str
) -> None:
    answered = _with_contained(service, **changes)
    assert actions(answered) == ["A4"]
    assert any("contained[0]" in one and why in one for one in notes(answered))
