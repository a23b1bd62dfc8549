"""A resource that means something else than it says is left out by name, and so is an order not to be carried out."""

from pathlib import Path
from typing import Any

import pytest
from tests.intake.fhir_reading import of, reader_in, sentences
from tests.intake.fhir_resources import CPT, ICD10, concept, patient, planned_course

from isocenter.terms.chart import Document
from isocenter.terms.claims import Diagnosis
from isocenter.terms.courses import Course, Member
from isocenter.terms.problems import Unread

CHANGED: dict[str, Any] = {"modifierExtension": [{"url": "https://example.org/not", "valueBoolean": True}]}


def order(own_id: str = "o1", reason: str = "C61", **changes: Any) -> dict[str, Any]:
    return {
        "resourceType": "ServiceRequest",
        "id": own_id,
        "status": "active",
        "intent": "order",
        "code": concept("77301", CPT),
        "subject": {"reference": "Patient/p1"},
        "reasonCode": [concept(reason, ICD10)],
        **changes,
    }


def answers(**changes: Any) -> dict[str, Any]:
    day = {"linkId": "medical_necessity/date", "answer": [{"valueDate": "2024-03-01"}], **changes}
    return {
        "resourceType": "QuestionnaireResponse",
        "id": "a1",
        "status": "completed",
        "questionnaire": "https://example.org/Questionnaire/isocenter-imrt",
        "item": [{"linkId": "medical_necessity", "item": [day]}],
    }


def document() -> dict[str, Any]:
    held = {"contentType": "text/plain", "data": "U3RhdGVtZW50"}
    return {"resourceType": "DocumentReference", "id": "d1", "status": "current", "content": [{"attachment": held}]}


@pytest.mark.parametrize(
    ("given", "row"),
    [(order(), Course), (planned_course(), Course), (answers(), Document), (patient(), None)],
    ids=["order", "course", "answers", "patient alone"],
)
def test_a_resource_of_changed_meaning_is_left_out_by_name(tmp_path: Path, given: Any, row: Any) -> None:
    read = reader_in(tmp_path)
    assert row is None or of(read(given), row)
    for changed, said in (
        ({**given, **CHANGED}, "its modifierExtension https://example.org/not changes what it means; it was left out"),
        ({**given, "implicitRules": "https://example.org/r"}, "implicitRules https://example.org/r"),
    ):
        found = read(changed)
        assert not found.rows
        (unread,) = [one for one in found.problems if isinstance(one, Unread)]
        assert said in unread.sentence


def test_a_change_of_a_part_counts_and_so_does_that_of_a_document(tmp_path: Path) -> None:
    read = reader_in(tmp_path)
    assert len(read(document()).attached) == 1
    held = document()
    held["content"][0].update(CHANGED)
    assert not read(held).attached
    assert not of(read(answers(**CHANGED)), Document)


def test_the_facts_of_a_patient_of_changed_meaning_are_not_taken(tmp_path: Path) -> None:
    assert of(reader_in(tmp_path)(order(), patient()), Member)
    found = reader_in(tmp_path)(order(), {**patient(), **CHANGED})
    assert not of(found, Member)
    assert [one.member_id for one in of(found, Course)] == ["p1"]


@pytest.mark.parametrize(
    ("withdrawn", "said"),
    [({"status": "revoked"}, "it was revoked"), ({"doNotPerform": True}, "is not to be done (doNotPerform)")],
)
def test_an_order_not_to_be_carried_out_takes_no_other_with_it(tmp_path: Path, withdrawn: Any, said: str) -> None:
    gone, stands = order("o1", "C50.911", **withdrawn), order("o2", "C61")
    for orders in ((gone, stands), (stands, gone)):
        found = reader_in(tmp_path)(*orders)
        assert [one.course_id for one in of(found, Course)] == ["o2"]
        assert [one.icd10 for one in of(found, Diagnosis)] == ["C61"]
        assert f"{said}; the order was left out" in sentences(found)
    forbidden = reader_in(tmp_path)(planned_course(**withdrawn))
    assert not of(forbidden, Course)
    assert said in sentences(forbidden)
