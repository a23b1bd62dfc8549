"""The rules find every violation that is planted, and nothing in courses that are clean."""

from isocenter.rulebook.rulebook import load_policy
from isocenter.terms.findings import Outcome
from tests.synthesis.claims import POLICIES, Claims

_CLAIMS = {"claim_lines", "courses", "claim_diagnoses", "diagnoses"}
# Rules that ask for the chart of every line they look at: without a chart they can only ask.
_ALWAYS_ASK = {
    "direct_supervision_of_xray_guidance",
    "general_supervision_of_ultrasound_guidance",
    "compensator_delivery_uses_three",
    "level_three_delivery_states_its_criterion",
}
# What a changed anatomy explains, once the chart is there.
_ASK_FOR_CHANGES = {"one_plan_per_course", "simulation_at_the_initial_setup"}
# What is measured against peers may be unusual and right, such as treatment twice a day; it only informs.
_COMPARES = {"counts_far_from_peers"}
# Rules on claims that can refuse nothing by claims alone, with the reason.
_NOTHING_TO_PLANT = {
    "bill_type_and_revenue_code_change_nothing": "it is always met",
    "records_review_counted_once": "only notes say what a visit rests on",
    "the_policy_applies": "it says whom and when the policy is for",
    "courses_with_imrt_only": "it tells what the policy speaks of",
    "fractions_within_the_order": "claims do not state what was ordered",
    **dict.fromkeys(_ALWAYS_ASK, "only records answer it"),
}


def test_clean_courses_stay_silent(clean: Claims) -> None:
    for (_, rule, subject), outcome in clean.open_answers().items():
        kind = clean.courses[clean.course_of.get(subject, subject)].kind
        if outcome is Outcome.NOT_MET:
            assert rule in _COMPARES, (rule, subject)
        elif rule in _ASK_FOR_CHANGES:
            assert kind in ("replan", "adaptive"), (rule, subject)
        else:
            assert rule in _ALWAYS_ASK


def test_every_planted_violation_is_found_and_nothing_else_is_refused(spoiled: Claims) -> None:
    open_answers = spoiled.open_answers()
    planted = spoiled.planted()
    assert planted - set(open_answers) == set()
    refused = {key for key, outcome in open_answers.items() if outcome is Outcome.NOT_MET}
    assert {key for key in refused - planted if key[1] not in _COMPARES} == set()


def test_every_kind_of_violation_is_planted(spoiled: Claims, violation_list: list[dict[str, str]]) -> None:
    assert {course.violation for course in spoiled.courses.values()} == {
        "",
        *(row["kind"] for row in violation_list if row["subject_kind"] != "facility"),
    }


def test_every_rule_that_needs_claims_alone_has_a_violation_to_find(violation_list: list[dict[str, str]]) -> None:
    planted = {(row["policy"], row["rule"]) for row in violation_list}
    on_claims = {
        (rule.policy, rule.name)
        for policy in POLICIES
        for rule in load_policy(policy).rules
        if set(rule.needs) <= _CLAIMS and rule.name not in _NOTHING_TO_PLANT
    }
    assert planted == on_claims
