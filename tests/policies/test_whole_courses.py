"""Whole courses: what the rules of coding add up to for a line and for its course."""

from collections.abc import Callable
from datetime import date

import pytest

from isocenter.facts.case_store import CaseStore
from isocenter.facts.store import FactStore
from isocenter.facts.stores import Store
from isocenter.review import judging
from isocenter.review.assembling import assemble
from isocenter.review.duckdb_engine import judge
from isocenter.review.rule_cases import fill
from isocenter.rulebook.rulebook import load_policy
from tests.builders import store_of


def test_delivery_for_another_tumor_on_a_day_of_imrt_is_refused_and_its_course_stays_out_of_scope() -> None:
    lines = [
        ("P", "C1", date(2024, 5, 6), "77301"),
        ("F1", "C1", date(2024, 5, 13), "G6015"),
        ("F2", "C1", date(2024, 5, 14), "G6015"),
        ("S1", "C2", date(2024, 5, 14), "77373"),
        ("S2", "C2", date(2024, 5, 16), "77373"),
    ]
    store = store_of({
        "courses": [{"course_id": "C1"}, {"course_id": "C2"}],
        "claim_lines": [
            {"claim_line_id": name, "course_id": course, "service_date": day, "procedure_code": code}
            for name, course, day, code in lines
        ],
    })  # fmt: skip
    judgment = judge(store, [load_policy("imrt")])
    said = {line.claim_line_id: str(line.recommendation) for line in judgment.lines}
    assert said["S1"] == "deny"
    assert said["S2"] == "not_judged"
    assert str(judgment.courses["C2"]) == "out_of_scope"


@pytest.mark.parametrize("store", [CaseStore, FactStore])
def test_a_group_is_not_asked_to_commission_the_hospitals_machine_where_it_has_one_of_its_own(
    store: Callable[[], Store],
) -> None:
    hospital, group = "1888888887", "1999999984"
    lines = [
        ("H1", "C1", "77301", "", "institutional", hospital),
        ("P1", "C1", "77301", "26", "professional", group),
        ("H2", "C1", "77386", "", "institutional", hospital),
        ("P2", "C2", "77301", "", "professional", group),
    ]
    filled = store()
    fill(filled, {
        "courses": [{"course_id": "C1"}, {"course_id": "C2"}],
        "claim_lines": [
            {
                "claim_line_id": name,
                "course_id": course,
                "service_date": date(2024, 5, 6),
                "procedure_code": code,
                "modifier_1": modifier,
                "setting": setting,
                "billing_npi": billed_by,
            }
            for name, course, code, modifier, setting, billed_by in lines
        ],
        "attestations": [],
    })  # fmt: skip
    rulebook = load_policy("imrt")
    judgment = judging.judge(filled, [rulebook])
    asked = {
        course.course_id: [
            finding.subject_id
            for finding in assemble(filled, course, judgment, [rulebook], version="").findings
            if finding.rule == "the_facility_commissioned_its_system"
        ]
        for course in filled.rows("courses")
    }
    assert asked == {"C1": [hospital], "C2": [group]}
