"""Whole courses: what the rules of coding add up to for a line and for its course."""

from datetime import date

from isocenter.review.duckdb_engine import judge
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
    judgement = judge(store, [load_policy("imrt")])
    said = {line.claim_line_id: str(line.recommendation) for line in judgement.lines}
    assert said["S1"] == "deny"
    assert said["S2"] == "not_judged"
    assert str(judgement.courses["C2"]) == "out_of_scope"
