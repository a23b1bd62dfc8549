"""The smallest course of each kind of wrong judgment gets its right answer, finding by finding and line by line."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from isocenter.review.reviewer import Reviewer
from isocenter.terms.findings import Finding, Outcome
from isocenter.terms.review import Review
from isocenter.workflow import review_each

_MET, _NOT_MET, _ASKED = frozenset({"met"}), frozenset({"not_met"}), frozenset({"not_documented"})
_OPEN = _NOT_MET | _ASKED
_HARMLESS = frozenset({"met", "not_applicable", "no finding"})


@dataclass(frozen=True)
class Right:
    """What has to come out of a case: outcomes by subject, lines by recommendation and units, and words."""

    rule: str
    outcomes: dict[str, frozenset[str]]
    lines: dict[str, tuple[str, int]] | None = None
    not_denied: str = ""
    words: tuple[str, ...] = ()  # of the explanation of the first subject


_DELIVERY = "delivery_follows_an_imrt_plan"
_ONE_PLAN = "one_plan_per_course"
_WEEKS = "one_management_unit_per_five_fractions"
_XRAY = "direct_supervision_of_xray_guidance"
_SITE = "the_site_is_supported"
_DOSE = "the_dose_goes_beyond_the_usual"
_MEASURED = "measured_dose_agrees_with_the_plan"
_DESIGNS = "each_compensator_design_is_documented"
_IMAGES = "images_and_isodoses_are_reviewed"

_RIGHT: dict[str, list[Right]] = {
    "d01_plan_claim_not_at_hand": [
        Right(_DELIVERY, {"F1": _ASKED, "F2": _ASKED}, not_denied="F1 F2", words=("plan report of 2024-01-15",))
    ],
    "d02_extract_begins_in_mid_course": [
        Right(_DELIVERY, dict.fromkeys(("F1", "F2", "F3"), _ASKED), not_denied="F1 F2 F3")
    ],
    "d03_course_interrupted_for_nine_weeks": [
        Right(_DELIVERY, dict.fromkeys(("F4", "F5", "F6"), _MET | _ASKED), not_denied="F1 F2 F3 F4 F5 F6")
    ],
    "d04_virtual_direct_supervision_2020_to_2025": [Right(_XRAY, {"IG": _MET}, not_denied="IG")],
    "d06_proton_boost_not_counted": [Right(_WEEKS, {"M1": _MET, "M2": _MET}, not_denied="M1 M2")],
    "d08_dead_code_costs_a_week_of_management": [
        Right("codes_in_force_on_the_date", dict.fromkeys(("F6", "F7", "F8"), _NOT_MET) | {"F5": _MET, "M2": _MET}),
        Right(_WEEKS, {"M2": _MET}, dict.fromkeys(("F6", "F7", "F8"), ("deny", 0)), not_denied="M2 F5"),
    ],
    "d10_replan_after_a_cone_down": [Right(_ONE_PLAN, {"PLAN": _MET, "PLAN2": _NOT_MET, "PLAN3": _MET})],
    "d11_boost_of_2026_cannot_be_shown": [Right("devices_are_part_of_the_plan", {"BLK": _ASKED}, not_denied="BLK")],
    "m01_other_delivery_of_another_tumour_on_imrt_days": [
        Right("no_other_delivery_on_imrt_days", {"S1": _NOT_MET}, {"S1": ("deny", 0)})
    ],
    "m02_delivery_billed_that_no_record_shows": [
        Right(
            "deliveries_are_on_record",
            dict.fromkeys(("F3", "F4", "F5"), _OPEN) | dict.fromkeys(("F1", "F2"), _MET),
        )
    ],
    "m03_weekly_notes_never_asked_for": [Right("weekly_work_is_noted", {"M1": _ASKED, "P1": _ASKED})],
    "m04_replan_without_its_documents": [
        Right(rule, {"C1": _ASKED}, words=("replan",))
        for rule in (
            "dose_volume_histograms_are_reviewed",
            _IMAGES,
            "portals_are_described",
            "set_up_and_delivery_are_verified",
        )
    ],
    "m05_change_before_treatment": [Right(_ONE_PLAN, {"PLAN": _MET, "PLAN2": _ASKED})],
    "m06_one_change_pays_two_plans": [
        Right(_ONE_PLAN, {"PLAN2": _MET}),
        Right("no_3d_plan_beside_the_imrt_plan", {"P3D": _ASKED}),
    ],
    "m07_site_taken_from_a_second_diagnosis": [Right(_SITE, {"C1": _NOT_MET}, words=("C49.21",))],
    "m09_both_breasts_by_the_heart_alone": [Right("breast_cases_are_selected", {"C1": _ASKED}, words=("right",))],
    "m11_record_and_diagnosis_name_two_sites": [Right(_SITE, {"C1": _OPEN}, words=("prostate", "lung"))],
    "m12_gantry_stops_told_by_fields": [Right("one_device_per_gantry_stop", {"DEV": _NOT_MET}, {"DEV": ("reduce", 5)})],
    "m14_any_boost_frees_every_device": [
        Right("devices_are_part_of_the_plan", {"DEV": _ASKED}, {"DEV": ("request", 8)})
    ],
    "m16_one_field_checked_twice_counts_twice": [
        Right("each_field_is_checked_independently", {"CALCL": _NOT_MET}, {"CALCL": ("request", 2)})
    ],
    "m18_management_before_the_first_fraction": [
        Right("management_during_treatment", {"M1": _NOT_MET}, {"M1": ("deny", 0)})
    ],
    "m19_hospital_bills_the_physicians_management": [
        Right("management_is_reported_by_the_physician", {"M1": _NOT_MET}, {"M1": ("deny", 0)}, words=("131",))
    ],
    "m21_resimulation_excused_by_another_day": [
        Right("simulation_at_the_initial_setup", {"SIM3": _ASKED, "SIM1": _MET, "SIM2": _MET})
    ],
    "m23_twice_daily_one_set_up_unsupervised": [
        Right(_XRAY, {"IG1": _MET, "IG2": _NOT_MET}, {"IG2": ("deny", 0)}, not_denied="IG1")
    ],
    "m24_guidance_reviewed_before_it_was_done": [Right("image_guidance_is_reviewed_by_the_physician", {"IG": _ASKED})],
    "m26_guidance_on_a_day_without_a_fraction": [Right("image_guidance_on_days_of_treatment", {"IG": _OPEN})],
    "m28_physicist_signs_after_the_course": [
        Right("reviews_are_signed_before_treatment_ends", {"QA": _NOT_MET}, words=("physicist", "2024-03-13"))
    ],
    "m30_measured_after_the_course": [Right(_MEASURED, {"P1": _OPEN}, words=("after the last fraction: 1",))],
    "m31_one_compensator_design_for_five_portals": [Right(_DESIGNS, {"C1": _ASKED}, words=("in the chart: 5",))],
    "m32_g6016_with_two_compensators": [Right("compensator_delivery_uses_three", {"C1": _OPEN}, {"F1": ("review", 1)})],
    "m34_77387_whole_in_2026": [Right("image_guidance_of_2026_is_professional", {"IG": _NOT_MET}, {"IG": ("deny", 0)})],
    "m36_level_three_of_2026_without_its_criterion": [
        Right("level_three_delivery_states_its_criterion", {"F1": _ASKED}, {"F1": ("request", 1)})
    ],
    "m37_imrt_on_record_but_no_imrt_line": [
        Right(_WEEKS, {"M1": _MET, "M2": _NOT_MET, "M3": _NOT_MET}),
        Right("courses_with_imrt_only", {"C1": _MET}),
    ],
    "m38_special_physics_on_the_plans_day_by_claims_alone": [
        Right("special_physics_apart_from_planning", {"SP": _ASKED}, {"SP": ("request", 1)})
    ],
    "m39_colon_told_as_pelvis": [
        Right("thoracic_and_abdominal_cases_are_selected", {"C1": _ASKED}),
        Right(_SITE, {"C1": _MET}, words=("abdomen",)),
    ],
    "m40_mlc_work_claimed_twice": [Right("multileaf_work_claimed_once", {"DEV": _OPEN}, {"DEV": ("review", 6)})],
    "m42_calculation_that_nobody_signed": [Right("calculations_are_prescribed_and_approved", {"CALCL": _ASKED})],
    "m43_two_levels_of_2026_on_one_day": [Right("one_delivery_level_a_day", {"F1": _OPEN, "F2": _OPEN})],
    "r01_physicians_group_asked_to_commission": [
        Right(
            "the_facility_commissioned_its_system",
            {"1888888887": _MET, "1777777770": _HARMLESS},
        )
    ],
    "r02_ionization_chamber_read_as_gamma": [Right(_MEASURED, {"P1": _HARMLESS})],
    "r03_measured_again_after_correction": [Right(_MEASURED, {"P1": _MET}, words=("97.5 %",))],
    "r05_escalation_of_prostate_at_alpha_beta_10": [Right(_DOSE, {"C1": _MET}, words=("72.0 Gy", "70.0 Gy"))],
    "r06_site_of_C41_4": [Right(_SITE, {"C1": _MET}, words=("pelvis",))],
    "r08_site_of_D02_0": [Right(_SITE, {"C1": _MET}, words=("head and neck",))],
    "r11_site_of_C7A_090": [Right(_SITE, {"C1": _MET}, words=("thorax",))],
    "r13_breast_irradiated_again": [
        Right("breast_cases_are_selected", {"C1": _HARMLESS}),
        Right(_SITE, {"C1": _MET}),
    ],
    "r14_change_and_ct_in_two_notes": [Right(_ONE_PLAN, {"PLAN": _MET, "PLAN2": _MET})],
    "r15_review_names_two_structures_in_one_detail": [Right(_IMAGES, {"C1": _MET})],
    "r17_designs_in_plan_and_chart_not_joined": [Right(_DESIGNS, {"C1": _MET})],
    "r19_glioblastomas_dose_for_every_glioma": [Right(_DOSE, {"C1": _MET}, words=("58.4 Gy",))],
    "w01_document_joined_with_anothers_day": [
        Right(_IMAGES, {"C1": _MET}, words=("IMG on 2024-01-15",)),
        Right("the_special_need_is_stated", {"C1": _MET}, words=("NEED, signed on 2024-01-08",)),
    ],
    "w03_planning_before_the_plan_cites_a_paragraph_without_it": [
        Right("clinical_planning_precedes_the_plan", {"CLINL": _NOT_MET}, {"CLINL": ("deny", 0)})
    ],
    "w04_replan_told_to_sign_before_the_first_fraction": [
        Right("reviews_are_signed_before_treatment_starts", dict.fromkeys(("DVH2", "IMG2", "QA2"), _HARMLESS))
    ],
}


@cache
def _reviewer() -> Reviewer:
    return Reviewer(["imrt", "imrt_hospital", "ncci"])


@cache
def _reviews(folder: Path) -> tuple[Review, ...]:
    return tuple(review_each(folder, _reviewer()))


def _findings(folder: Path, rule: str) -> dict[str, Finding]:
    return {found.subject_id: found for review in _reviews(folder) for found in review.findings if found.rule == rule}


@pytest.mark.parametrize("case", _RIGHT)
def test_the_case_is_judged_right(given_cases: Path, case: str) -> None:
    folder = given_cases / "policy" / case
    lines = {line.claim_line_id: line for review in _reviews(folder) for line in review.lines}
    for right in _RIGHT[case]:
        found = _findings(folder, right.rule)
        for subject, outcomes in right.outcomes.items():
            outcome = found[subject].outcome.value if subject in found else "no finding"
            assert outcome in outcomes, (right.rule, subject, outcome)
        said = found[next(iter(right.outcomes))].because if right.words else ""
        assert [word for word in right.words if word not in said] == [], said
        for line, expected in (right.lines or {}).items():
            assert (lines[line].recommendation.value, lines[line].units_allowed) == expected, line
        denied = {
            name for name, line in lines.items() if line.recommendation.value == "deny" or line.units_allowed == 0
        }
        assert denied.isdisjoint(right.not_denied.split())


def test_a_late_planning_is_refused_by_the_heading_that_says_so(given_cases: Path) -> None:
    folder = given_cases / "policy" / "w03_planning_before_the_plan_cites_a_paragraph_without_it"
    found = _findings(folder, "clinical_planning_precedes_the_plan")["CLINL"]
    assert found.outcome is Outcome.NOT_MET
    assert found.cites == "77263, heading"


def test_every_given_case_has_its_right_answer_here(given_cases: Path) -> None:
    assert {folder.name for folder in (given_cases / "policy").iterdir() if folder.is_dir()} == _RIGHT.keys()
