"""A day that the chart does not state is no better than any day it may have been, and refuses no line."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import Any, NamedTuple

import pytest

from isocenter.facts.case_store import CaseStore
from isocenter.facts.courses import add_courses_of_lines, lay_out_days
from isocenter.facts.schema import tables
from isocenter.review.judging import judge
from isocenter.review.policy_tables import courses_rulebook, use_policy
from isocenter.review.rule_cases import fill
from isocenter.rulebook.rulebook import load_policy

_SIMULATED, _PLANNED, _BEGUN = date(2022, 3, 1), date(2022, 3, 8), date(2022, 3, 14)
_CHANGED, _REPLANNED = date(2022, 3, 21), date(2022, 3, 23)
_DELIVERED = [_BEGUN + timedelta(days=day) for week in range(3) for day in range(7 * week, 7 * week + 5)]
_PLANNING = {
    "image_review": ("radiation_oncologist",),
    "dvh_review": ("radiation_oncologist",),
    "portal_description": ("medical_physicist",),
    "plan_report": ("radiation_oncologist", "medical_physicist"),
    "dosimetric_verification": ("radiation_oncologist", "medical_physicist"),
}
# Where a missing day is no gap: kind of document or table, column, rule.
_NO_DAY_IS_ASKED_FOR = {
    # The policy asks for a date under the review of images, and under these for a signature alone.
    ("dvh_review", "signed_on", "dose_volume_histograms_are_reviewed"),
    ("dosimetric_verification", "signed_on", "set_up_and_delivery_are_verified"),
    ("plan_report", "signed_on", "the_plan_is_a_joint_product"),
}


class Place(NamedTuple):
    """A day that the chart states: row of a table, its column, and the kind of document or the table."""

    table: str
    number: int
    column: str
    kind: str


@cache
def _policy() -> Any:
    return load_policy("imrt")


def _chart() -> dict[str, list[dict[str, Any]]]:
    """A course of fifteen fractions with a replan, guided set-ups, weekly work and all documents, each with its day."""
    services = [
        ("77263", _SIMULATED),
        ("77290", _SIMULATED),
        ("77334", _SIMULATED),
        ("77301", _PLANNED),
        ("77300", _PLANNED),
        ("77301", _REPLANNED),
        *(("G6015", day) for day in _DELIVERED),
        *(("77014", day) for day in _DELIVERED[:2]),
        *((code, day) for code in ("77427", "77336") for day in _DELIVERED[4::5]),
    ]
    documents = [
        ("prescription", _SIMULATED, ("treating_physician",)),
        ("necessity_statement", _SIMULATED, ("treating_physician",)),
        ("clinical_planning_note", _SIMULATED, ("radiation_oncologist",)),
        ("simulation_record", _SIMULATED, ("radiation_oncologist",)),
        ("device_record", _SIMULATED, ("radiation_oncologist",)),
        ("image_guidance_note", _SIMULATED, ("radiation_oncologist",)),
        ("dosimetry_calculation", _PLANNED, ("radiation_oncologist", "medical_physicist")),
        ("anatomy_change", _CHANGED, ("radiation_oncologist",)),
        *((kind, day, roles) for kind, roles in _PLANNING.items() for day in (_PLANNED, _REPLANNED)),
        *(("weekly_management_note", day, ("radiation_oncologist",)) for day in _DELIVERED[4::5]),
        *(("weekly_physics_check", day, ("medical_physicist",)) for day in _DELIVERED[4::5]),
    ]
    elements = {kind: [entry.element for entry in _policy().documents if entry.kind == kind] for kind, *_ in documents}
    elements["necessity_statement"] = ["condition_proximity", "compared_with_3d", "critical_structures_addressed"]
    return {
        "courses": [{"course_id": "C1", "site": "prostate", "first_delivery": _BEGUN, "last_delivery": _DELIVERED[-1]}],
        "claim_lines": [
            {
                "claim_line_id": f"L{number:03}",
                "service_date": day,
                "procedure_code": code,
                "place_of_service": "11",
                "modifier_1": "59" if code == "77334" else "",
            }
            for number, (code, day) in enumerate(services)
        ],
        "documents": [
            {"document_id": f"D{number}", "kind": kind, "document_date": day}
            for number, (kind, day, _) in enumerate(documents)
        ],
        "document_elements": [
            {"document_id": f"D{number}", "element": element, "detail": "7" if element == "portal_count" else ""}
            for number, (kind, *_) in enumerate(documents)
            for element in elements[kind]
        ],
        "signatures": [
            {"document_id": f"D{number}", "role": role, "signer": role, "signed_on": day}
            for number, (_, day, roles) in enumerate(documents)
            for role in roles
        ],
        "constraints": [
            {"structure": "PTV", "metric": "D95%", "comparison": ">=", "limit": 70.0, "unit": "Gy"},
        ],
        "attestations": [
            {"element": element, "physicist": "Grace Example", "valid_from": date(2015, 1, 1)}
            for element in ("commissioning", "authorized_for_clinical_use", "quality_assurance_program")
        ],
        "plans": [
            {"plan_id": "P1", "label": "first", "plan_date": _PLANNED, "approval": "APPROVED", "approved_on": _PLANNED,
             "is_imrt": True, "gantry_stops": 7, "technique": "imrt"},
        ],
        "verifications": [
            {"plan_id": "P1", "kind": "measurement", "verified_on": _PLANNED, "value": 98.2, "unit": "%",
             "criteria": "3 %/2 mm"},
            {"plan_id": "P1", "kind": "portal_image", "field": "1", "verified_on": _BEGUN},
        ],
        "fractions": [
            {"fraction_number": number, "delivered_on": day} for number, day in enumerate(_DELIVERED, start=1)
        ],
        "image_guidance": [
            {"guided_on": day, "method": "ct", "shift_mm": 2.0, "tolerance_mm": 5.0, "supervision": "direct",
             "performed_by_role": "radiation_therapist", "reviewed_by_role": "radiation_oncologist",
             "reviewed_on": day}
            for day in _DELIVERED[:2]
        ],
        "prior_irradiations": [{"site": "spine", "ended_on": date(2016, 5, 2), "dose_gy": 30.0}],
    }  # fmt: skip


def _answered(chart: dict[str, list[dict[str, Any]]]) -> tuple[dict[tuple[str, str], str], dict[str, str]]:
    """What each rule says of each subject, and what comes of each line."""
    store = CaseStore()
    fill(store, chart)
    use_policy(store, courses_rulebook([_policy()]))
    add_courses_of_lines(store)
    lay_out_days(store)
    judgment = judge(store, [_policy()])
    said = {(one.rule, one.subject_id): str(one.outcome) for one in judgment.findings}
    return said, {line.claim_line_id: str(line.recommendation) for line in judgment.lines}


def _with(chart: dict[str, list[dict[str, Any]]], place: Place, day: date | None) -> dict[str, list[dict[str, Any]]]:
    """The chart with another day there; the day of a document is that of its signatures too."""
    changed = list(chart[place.table])
    changed[place.number] = {**changed[place.number], place.column: day}
    if place.table != "documents":
        return {**chart, place.table: changed}
    name = changed[place.number]["document_id"]
    signatures = [{**one, "signed_on": day} if one["document_id"] == name else one for one in chart["signatures"]]
    return {**chart, "documents": changed, "signatures": signatures}


def _stated_days(chart: dict[str, list[dict[str, Any]]]) -> Iterator[Place]:
    """The first day of each kind that a table may leave open."""
    kinds = {one["document_id"]: one["kind"] for one in chart["documents"]}
    seen = set()
    for table, rows in chart.items():
        columns = [column.name for column in tables()[table].columns if column.type == "date" and not column.required]
        for number, values in enumerate(rows):
            for column in columns:
                kind = kinds.get(values.get("document_id", ""), values.get("kind", table))
                if values.get(column) and (table, column, kind, values.get("role")) not in seen:
                    seen.add((table, column, kind, values.get("role")))
                    yield Place(table, number, column, kind)


@pytest.mark.slow
def test_a_day_that_is_not_stated_is_no_better_than_a_bad_one_and_refuses_nothing() -> None:
    chart = _chart()
    said, lines = _answered(chart)
    assert {key for key, outcome in said.items() if outcome in ("not_met", "not_documented")} == set()
    assert set(lines.values()) <= {"pay"}
    places = list(_stated_days(chart))
    assert len(places) > 30
    too_good, refused = [], []
    for place in places:
        unknown, without_day = _answered(_with(chart, place, None))
        bad = [_answered(_with(chart, place, day))[0] for day in (_SIMULATED - timedelta(days=700), date(2022, 9, 30))]
        too_good += [
            (place.kind, place.column, rule)
            for (rule, subject), outcome in unknown.items()
            if outcome == "met" and any(one.get((rule, subject)) in ("not_met", "not_documented") for one in bad)
        ]
        refused += [(place, line) for line, answer in without_day.items() if answer == "deny"]
    assert set(too_good) == _NO_DAY_IS_ASKED_FOR
    assert not refused
