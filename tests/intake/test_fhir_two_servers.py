"""Servers give ids each for itself: courses of one id on two servers are two, with their own phases and summaries."""

from pathlib import Path
from typing import Any

from tests.intake.fhir_reading import of, reader_in
from tests.intake.fhir_resources import CODEX, ICD10, bundle, concept, course_summary, planned_course, technique

from isocenter.terms.claims import Diagnosis
from isocenter.terms.courses import Course
from isocenter.terms.plans import Plan
from isocenter.terms.problems import Unread

HERE, THERE = "https://a.example.org/fhir", "https://b.example.org/fhir"


def on(server: str, *resources: dict[str, Any]) -> dict[str, Any]:
    held = bundle(*resources)
    for entry in held["entry"]:
        entry["fullUrl"] = f"{server}/{entry['resource']['resourceType']}/{entry['resource']['id']}"
    return held


def phase(fractions: int) -> dict[str, Any]:
    return {
        "resourceType": "ServiceRequest",
        "id": "phase-1",
        "status": "active",
        "code": concept("1222565005", "http://snomed.info/sct"),
        "basedOn": [{"reference": "ServiceRequest/course-1"}],
        "subject": {"reference": "Patient/p1"},
        "extension": [
            *technique("441799006"),
            {"url": CODEX + "codexrt-radiotherapy-fractions-planned", "valuePositiveInt": fractions},
        ],
    }


def test_courses_of_one_id_on_two_servers_are_two(tmp_path: Path) -> None:
    prostate = on(HERE, planned_course(), phase(25), course_summary("2024-03-04", "2024-04-12"))
    breast = planned_course(reasonCode=[concept("C50.911", ICD10)], subject={"reference": "Patient/p2"})
    found = reader_in(tmp_path)(prostate, on(THERE, breast, phase(16), course_summary("2023-01-02", "2023-02-10")))
    courses = of(found, Course)
    assert [(one.course_id, one.member_id, one.planned_fractions) for one in courses] == [
        ("course-1", "p1", 25),
        ("course-1 (2)", "p2", 16),
    ]
    assert [one.first_delivery.year for one in courses if one.first_delivery] == [2024, 2023]
    assert [(one.course_id, one.icd10) for one in of(found, Diagnosis)] == [
        ("course-1", "C61"),
        ("course-1 (2)", "C50.911"),
    ]
    plans = [one.plan_id for one in of(found, Plan)]
    assert len(set(plans)) == len(plans) == 2


def test_a_summary_elsewhere_follows_the_order_of_its_own_server(tmp_path: Path) -> None:
    summary = course_summary("2023-01-02", "2023-02-10")
    found = reader_in(tmp_path)(on(HERE, planned_course()), on(THERE, summary))
    assert [one.first_delivery is None for one in of(found, Course)] == [True, False]
    summary["basedOn"] = [{"reference": f"{HERE}/ServiceRequest/course-1/_history/2"}]
    (course,) = of(reader_in(tmp_path)(on(HERE, planned_course()), on(THERE, summary)), Course)
    assert course.first_delivery is not None


def test_a_summary_that_does_not_say_whose_order_it_follows_leaves_the_case_open(
    tmp_path: Path,
) -> None:
    orders = (on(HERE, planned_course()), on(THERE, planned_course(subject={"reference": "Patient/p2"})))
    found = reader_in(tmp_path)(*orders, course_summary("2023-01-02", "2023-02-10"))
    assert [(one.course_id, one.first_delivery) for one in of(found, Course)] == [
        ("course-1", None),
        ("course-1 (2)", None),
    ]
    (unread,) = [one for one in found.problems if isinstance(one, Unread)]
    assert "ServiceRequest/course-1, which several servers have" in unread.sentence
    (course,) = of(reader_in(tmp_path)(orders[0], course_summary("2023-01-02", "2023-02-10")), Course)
    assert course.first_delivery is not None


def test_a_phase_that_does_not_say_whose_order_it_follows_leaves_the_case_open(tmp_path: Path) -> None:
    orders = (on(HERE, planned_course()), on(THERE, planned_course(subject={"reference": "Patient/p2"})))
    found = reader_in(tmp_path)(*orders, phase(25))
    assert not [one for one in of(found, Course) if one.planned_fractions]
    assert len([one for one in found.problems if isinstance(one, Unread)]) == len(found.problems) == 1
