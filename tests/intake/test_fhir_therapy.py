"""Courses as treatment records state them: what was not given does not count, and no value is lost in silence."""

from decimal import Decimal
from typing import Any, TypeVar

import pytest
from tests.intake.fhir_resources import (
    CODEX,
    ICD10,
    MCODE,
    SNOMED,
    Json,
    concept,
    course_summary,
    dose_planned,
    patient,
    planned_course,
    technique,
)

from isocenter.intake.fhir.resources import Found
from isocenter.intake.fhir_r4 import FhirRows, read_found
from isocenter.terms.claims import Diagnosis
from isocenter.terms.courses import Course, PriorIrradiation
from isocenter.terms.plans import Plan
from isocenter.terms.problems import Unread
from isocenter.terms.tables import LostValue

Row = TypeVar("Row")
VMAT, CONFORMAL = "1156530009", "1162782007"
BREAST, LEFT, RIGHT = "76752008", "7771000", "24028007"
CONDITION_STATUS = "http://terminology.hl7.org/CodeSystem/condition-ver-status"


def read(*resources: Json) -> FhirRows:
    return read_found([Found(one, "case.json", f"[{place}]") for place, one in enumerate(resources)])


def of(found: FhirRows, kind: type[Row]) -> list[Row]:
    return [row for row in found.rows if isinstance(row, kind)]


def sentences(found: FhirRows) -> list[str]:
    return [one.sentence for one in found.problems]


def phase(number: int, code: str = VMAT, fractions: int = 28, **changes: Any) -> Json:
    return {
        "resourceType": "ServiceRequest",
        "id": f"phase-{number}",
        "status": "active",
        "code": concept("1222565005", SNOMED),
        "basedOn": [{"reference": "ServiceRequest/course-1"}],
        "subject": {"reference": "Patient/p1"},
        "extension": [
            *technique(code),
            {"url": CODEX + "codexrt-radiotherapy-fractions-planned", "valuePositiveInt": fractions},
        ],
        **changes,
    }


def dose(quantity: Json, fractions: Any = 28, volume: str = "") -> Json:
    parts: list[Json] = [
        {"url": "totalDose", "valueQuantity": quantity},
        {"url": "fractions", "valuePositiveInt": fractions},
    ]
    if volume:
        parts.append({"url": "volume", "valueReference": {"reference": volume}})
    return {"url": CODEX + "codexrt-radiotherapy-dose-planned-to-volume", "extension": parts}


@pytest.mark.parametrize("status", ["revoked", "entered-in-error", "cancelled", "not-done"])
def test_a_phase_that_is_not_given_is_no_plan_and_is_named(status: str) -> None:
    found = read(planned_course(), phase(1, CONFORMAL, status=status), phase(2, VMAT))
    assert [plan.is_imrt for plan in of(found, Plan)] == [True]
    assert of(found, Course)[0].planned_fractions == 28
    assert len(found.problems) == 1
    assert found.problems[0].sentence.endswith("the phase was left out")


@pytest.mark.parametrize("status", ["canceled", "final"])
def test_a_phase_or_course_whose_status_fhir_does_not_have_is_held_for_a_person(status: str) -> None:
    found = read(patient(), planned_course(), phase(1, status=status))
    (problem,) = [one for one in found.problems if isinstance(one, Unread)]
    assert (
        problem.sentence
        == f"its status is '{status}', which a ServiceRequest of FHIR does not have; the phase was left out"
    )
    assert not of(read(patient(), planned_course(status=status)), Course)


@pytest.mark.parametrize("course", [[], [planned_course(*technique(VMAT))]])
def test_a_phase_of_a_course_that_is_not_at_hand_is_named(course: list[Json]) -> None:
    found = read(*course, phase(1, CONFORMAL, basedOn=[{"reference": "ServiceRequest/course-9"}]))
    assert sentences(found) == ["it is a phase of a course that was not supplied; it was left out; add the course"]
    assert all(plan.is_imrt for plan in of(found, Plan))


@pytest.mark.parametrize(
    "quantity",
    [
        {"value": -5040, "code": "cGy"},
        {"value": 0, "code": "Gy"},
        {"value": 5040, "code": "Gy"},  # of cGy that are called Gy
        {"value": 50, "unit": "sessions"},
        {"value": "50", "code": "Gy"},
        {},
    ],
)
def test_a_dose_that_can_be_none_is_lost_and_named(quantity: Json) -> None:
    found = read(planned_course(dose(quantity)))
    assert of(found, Course)[0].prescribed_dose_gy is None
    assert found.values_lost == [LostValue("courses", "prescribed_dose_gy", "course-1", "case.json", "[0]")]
    assert "a number of Gy or cGy above 0" in sentences(found)[0]


@pytest.mark.parametrize(
    ("quantity", "gy"),
    [
        ({"value": Decimal("50.4"), "code": "Gy"}, 50.4),
        ({"value": 5040, "unit": "cGy"}, 50.4),
        ({"value": 50400, "code": "mGy"}, 50.4),
        ({"value": 50, "unit": "Gray"}, 50.0),
    ],
)
def test_a_dose_is_read_by_its_unit(quantity: Json, gy: float) -> None:
    found = read(planned_course(dose(quantity)))
    assert of(found, Course)[0].prescribed_dose_gy == gy
    assert not found.problems


@pytest.mark.parametrize("fractions", [0, -1, 2000, "28", True])
def test_a_number_of_fractions_that_is_none_is_lost_and_named(fractions: Any) -> None:
    found = read(planned_course(dose({"value": 50, "code": "Gy"}, fractions)))
    assert of(found, Course)[0].planned_fractions is None
    assert found.values_lost == [LostValue("courses", "planned_fractions", "course-1", "case.json", "[0]")]
    assert repr(fractions) in sentences(found)[0]


@pytest.mark.parametrize(("sides", "side"), [((LEFT,), "left"), ((LEFT, RIGHT), "bilateral"), ((), "")])
def test_the_side_is_that_of_the_volumes_where_no_site_names_it(sides: tuple[str, ...], side: str) -> None:
    volumes = [
        {"resourceType": "BodyStructure", "id": f"v{number}", "location": concept(BREAST, SNOMED),
         "locationQualifier": [concept(one, SNOMED), concept("255503000", SNOMED)]}
        for number, one in enumerate(sides)
    ]  # fmt: skip
    doses = [dose({"value": 50, "code": "Gy"}, volume=f"BodyStructure/{one['id']}") for one in volumes]
    found = read(planned_course(*doses), *volumes)
    assert of(found, Course)[0].laterality == side


def test_the_side_that_a_site_names_stays() -> None:
    qualifier = {"url": MCODE + "mcode-laterality-qualifier", "valueCodeableConcept": concept(RIGHT, SNOMED)}
    volume = {"resourceType": "BodyStructure", "id": "v", "locationQualifier": [concept(LEFT, SNOMED)]}
    course = planned_course(
        dose({"value": 50, "code": "Gy"}, volume="BodyStructure/v"),
        bodySite=[{**concept(BREAST, SNOMED), "extension": [qualifier]}],
    )
    assert of(read(course, volume), Course)[0].laterality == "right"


def test_an_order_that_another_one_replaces_is_left_out_unless_it_was_given() -> None:
    earlier = planned_course(*technique(CONFORMAL), id="course-0", status="completed")
    later = planned_course(*technique(VMAT), replaces=[{"reference": "ServiceRequest/course-0"}])
    found = read(earlier, later)
    assert [course.course_id for course in of(found, Course)] == ["course-1"]
    assert sentences(found) == ["a later order replaces it; the course was left out"]
    given = course_summary("2024-01-08", "2024-01-19", basedOn=[{"reference": "ServiceRequest/course-0"}])
    assert len(of(read(earlier, later, given), Course)) == 2


@pytest.mark.parametrize("status", ["refuted", "entered-in-error"])
def test_a_condition_that_the_person_does_not_have_is_no_diagnosis(status: str) -> None:
    condition = {
        "resourceType": "Condition",
        "id": "dx",
        "code": concept("C61", ICD10),
        "verificationStatus": concept(status, CONDITION_STATUS),
    }
    found = read(planned_course(reasonCode=[], reasonReference=[{"reference": "Condition/dx"}]), condition)
    assert not of(found, Diagnosis)
    assert sentences(found) == ["the Condition that is its reason was refuted or entered in error"]


@pytest.mark.parametrize("status", ["differential", "unconfirmed", "provisional"])
def test_a_disease_that_is_only_thought_of_is_no_diagnosis(status: str) -> None:
    condition = {
        "resourceType": "Condition",
        "id": "dx",
        "code": concept("C61", ICD10),
        "verificationStatus": concept(status, CONDITION_STATUS),
    }
    found = read(planned_course(reasonCode=[], reasonReference=[{"reference": "Condition/dx"}]), condition)
    assert not of(found, Diagnosis)
    assert sentences(found) == [f"the Condition that is its reason is not confirmed (verificationStatus {status})"]


def test_the_disease_of_another_patient_is_no_diagnosis() -> None:
    condition = {"resourceType": "Condition", "id": "dx", "code": concept("C61", ICD10)}
    course = planned_course(reasonCode=[], reasonReference=[{"reference": "Condition/dx"}])
    own = read(course, {**condition, "subject": course["subject"]}, patient())
    assert [row.icd10 for row in of(own, Diagnosis)] == ["C61"]
    found = read(course, {**condition, "subject": {"reference": "Patient/somebody-else"}}, patient())
    assert not of(found, Diagnosis)
    assert sentences(found) == ["the Condition that is its reason is of another patient"]


def test_a_day_of_birth_that_names_no_day_is_lost_and_named() -> None:
    found = read(planned_course(dose_planned(7000, 28)), {**patient(), "birthDate": "1950"})
    assert found.values_lost == [LostValue("members", "birth_date", "1EG4TE5MK73")]
    assert sentences(found) == ["its birthDate names no day; it was left out"]


@pytest.mark.parametrize(("period", "column"), [
    ({"start": "2024-13-40", "end": "2024-05-01"}, "first_delivery"),
    ({"start": "2024-03-18", "end": "2024-05"}, "last_delivery"),
])  # fmt: skip
def test_a_day_of_treatment_that_is_none_is_lost_and_named(period: Json, column: str) -> None:
    found = read(planned_course(), course_summary("", "", performedPeriod=period))
    assert found.values_lost == [LostValue("courses", column, "course-1", "case.json", "[1]")]
    assert "names no day" in sentences(found)[0]
    assert getattr(of(found, Course)[0], column) is None


def test_a_dose_of_an_earlier_course_that_is_none_is_lost_and_named() -> None:
    stated = {
        "url": MCODE + "mcode-radiotherapy-dose-delivered-to-volume",
        "extension": [{"url": "totalDoseDelivered", "valueQuantity": {"value": "much", "code": "cGy"}}],
    }
    before = course_summary("2020-03-02", "2020-04-01", id="earlier", basedOn=[], extension=[stated])
    alone = read(before)
    assert (alone.values_lost, of(alone, PriorIrradiation)) == ([], [])
    found = read(before, planned_course(), course_summary("2024-03-18", "2024-05-01"))
    assert of(found, PriorIrradiation)[0].dose_gy is None
    assert found.values_lost == [LostValue("prior_irradiations", "dose_gy", "p1", "case.json", "[0]")]


def test_a_reason_that_is_no_diagnosis_code_is_named() -> None:
    found = read(planned_course(reasonCode=[concept("399068003", SNOMED), concept("C61", ICD10)]))
    assert [one.icd10 for one in of(found, Diagnosis)] == ["C61"]
    assert "its reason is 399068003; an ICD-10-CM code is expected" in sentences(found)[0]


def part_of(*wholes: str, **changes: Any) -> Json:
    return {"basedOn": [], "partOf": [{"reference": one} for one in wholes], **changes}


@pytest.mark.parametrize("circle", [("phase-1",), ("phase-2", "phase-1"), ("phase-2", "phase-3", "phase-1")])
def test_phases_that_are_parts_of_each_other_are_named_and_the_course_is_read(circle: tuple[str, ...]) -> None:
    inner = [phase(number, **part_of(f"ServiceRequest/{whole}")) for number, whole in enumerate(circle, start=1)]
    found = read(patient(), planned_course(), *inner, phase(9, CONFORMAL))
    assert [plan.is_imrt for plan in of(found, Plan)] == [False]
    assert [said for said in sentences(found) if "phase of a course that was not supplied" in said] == [
        "it is a phase of a course that was not supplied; it was left out; add the course"
    ] * len(circle)


def test_phases_in_a_circle_of_which_one_follows_a_course_are_all_of_it() -> None:
    first = phase(1, partOf=[{"reference": "ServiceRequest/phase-2"}])
    found = read(patient(), planned_course(), first, phase(2, **part_of("ServiceRequest/phase-1")))
    assert len(of(found, Plan)) == 2
    assert not sentences(found)


def test_a_part_of_a_phase_that_the_summary_names_is_of_its_course() -> None:
    summary = course_summary("2024-01-01", "2024-02-01", basedOn=[{"reference": "ServiceRequest/course-1"}])
    whole = phase(1, **part_of(f"Procedure/{summary['id']}"))
    found = read(patient(), planned_course(), summary, whole, phase(2, **part_of("ServiceRequest/phase-1")))
    assert len(of(found, Plan)) == 2
    assert not sentences(found)


def test_a_record_of_very_many_resources_is_read_while_one_waits() -> None:
    """Without a clock: were each held against each, this test would take half a minute."""
    many = 4000
    courses = [
        course_summary(f"20{10 + one % 10}-01-01", f"20{10 + one % 10}-02-01", id=f"given-{one}", basedOn=[])
        for one in range(many)
    ]
    chain = [phase(one, **part_of(f"ServiceRequest/phase-{one + 1}")) for one in range(many)]
    found = [Found(one, "case.json", "") for one in (patient(), *courses, *chain)]
    elsewhere = [
        Found({"resourceType": "Condition", "id": "1"}, "case.json", "", f"https://ehr-{one}.example.org/Condition/1")
        for one in range(many)
    ]
    rows = read_found([*found, *elsewhere])
    assert len(of(rows, Course)) == many
    assert len(of(rows, PriorIrradiation)) == many * 9 // 10  # those of the last year ended before none began
