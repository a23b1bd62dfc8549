"""Courses and phases as the radiotherapy guides write them are told apart, and become courses, plans and documents."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.intake.fhir_reading import Reader, of, read, sentences
from tests.intake.fhir_resources import (
    CODEX,
    MCODE,
    SNOMED,
    bundle,
    concept,
    course_summary,
    dose_planned,
    patient,
    planned_course,
    technique,
)

from isocenter.terms.chart import Document
from isocenter.terms.claims import Diagnosis
from isocenter.terms.courses import Course, PriorIrradiation
from isocenter.terms.plans import Plan


def test_a_planned_course_states_dose_fractions_intent_side_and_technique(rows: Reader) -> None:
    side = {"url": MCODE + "mcode-laterality-qualifier", "valueCodeableConcept": concept("7771000", SNOMED)}
    found = rows(
        planned_course(
            *technique("441799006"),
            dose_planned(7800, 39),
            dose_planned(8100, 45, is_primary=True),
            bodySite=[{**concept("76752008", SNOMED), "extension": [side]}],
        ),
        patient(),
    )
    (course,) = of(found, Course)
    assert (course.course_id, course.member_id) == ("course-1", "1EG4TE5MK73")
    assert (course.prescribed_dose_gy, course.planned_fractions) == (81.0, 45)
    assert (course.intent, course.laterality) == ("curative", "left")
    (plan,) = of(found, Plan)
    assert (plan.technique, plan.is_imrt, plan.fractions) == ("imrt", True, 45)
    assert of(found, Diagnosis) == [Diagnosis("course-1", "C61", 1)]


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (technique("441799006"), True),
        (technique("1156530009"), True),
        (technique("1162782007"), False),
        (technique("1162782007", modality="45643008"), False),
        (technique("UNC", modality="394902000"), False),
        (technique("999"), None),
        (technique("441799006", "1162782007"), None),
    ],
)
def test_what_is_not_imrt_is_distinguished_from_what_is_and_from_the_unknown(
    rows: Reader, stated: Any, expected: bool | None
) -> None:
    (plan,) = of(rows(planned_course(*stated)), Plan)
    assert plan.is_imrt is expected


def test_a_summary_adds_the_days_of_treatment_to_its_order(rows: Reader) -> None:
    found = rows(planned_course(), course_summary("2024-03-18T09:00:00-05:00", "2024-05-10T09:30:00-05:00"))
    (course,) = of(found, Course)
    assert (course.first_delivery, course.last_delivery) == (date(2024, 3, 18), date(2024, 5, 10))
    running = rows(planned_course(), course_summary("2024-03-18", "2024-03-20", status="in-progress"))
    assert of(running, Course)[0].last_delivery is None


def test_a_course_that_ended_before_another_began_is_an_earlier_irradiation(rows: Reader) -> None:
    earlier = course_summary("2020-01-06", "2020-02-14", id="summary-0", basedOn=[])
    earlier["bodySite"] = [{"coding": [{"system": SNOMED, "code": "12738006", "display": "Brain structure"}]}]
    earlier["extension"] = [
        {
            "url": MCODE + "mcode-radiotherapy-dose-delivered-to-volume",
            "extension": [
                {"url": "totalDoseDelivered", "valueQuantity": {"value": 30, "code": "Gy"}},
                {"url": "fractionsDelivered", "valueUnsignedInt": 10},
            ],
        }
    ]
    found = rows(earlier, planned_course(), course_summary("2024-03-18", "2024-05-10"))
    assert of(found, PriorIrradiation) == [PriorIrradiation("p1", "Brain structure", date(2020, 2, 14), 30.0, 10, 2020)]


def test_a_change_of_anatomy_in_the_record_is_a_document_without_a_signature(rows: Reader) -> None:
    reason = {
        "url": CODEX + "codexrt-radiotherapy-reason-for-revision-or-adaptation",
        "valueCodeableConcept": concept("1259231006", SNOMED),
    }
    (document,) = of(rows(planned_course(reason, authoredOn="2024-04-02")), Document)
    assert (document.kind, document.document_date) == ("anatomy_change", date(2024, 4, 2))


def test_cancelled_courses_and_unknown_resources_are_named(rows: Reader) -> None:
    observation = {"resourceType": "Observation", "id": "o"}
    found = rows(bundle(planned_course(status="revoked"), observation, observation))
    assert not of(found, Course)
    assert "it was revoked; the course was left out" in sentences(found)
    (unread,) = [problem for problem in found.problems if "Observation" in problem.sentence]
    assert unread.place == "Bundle.entry[1] Observation/o"
    assert unread.sentence.endswith("this one and 1 more were left out")


def test_courses_of_the_radiotherapy_guide_are_distinguished(shared_data: Path) -> None:
    told = {}
    for case in ("XRTS-01", "XRTS-03", "XRTS-04", "XRTS-06"):
        files = sorted((shared_data / "codexrt").glob(f"*{case}*.json"))
        found = read(*(file for file in files if "1Fx" not in file.name))
        (course,) = of(found, Course)
        told[case] = ({plan.is_imrt for plan in of(found, Plan)}, course.prescribed_dose_gy, course.laterality)
    assert told == {
        "XRTS-01": ({True}, 4.0, ""),
        "XRTS-03": ({True}, 8.0, ""),
        "XRTS-04": ({False}, told["XRTS-04"][1], "bilateral"),
        "XRTS-06": ({False}, 30.0, ""),
    }
