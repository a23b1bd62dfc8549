"""Citations have one form, and point to passages of a copy of the text."""

from pathlib import Path

import pytest

from isocenter.errors import UnknownName, UnreadableInput
from isocenter.rulebook.citations import Citation, Passages, Section, parse_citation
from isocenter.rulebook.rulebook import load_policy

_SECTIONS = (
    Section("plan", "^Of plans", "after", "Plans"),
    Section("list", "^The list", "with", "List"),
)
_SINGLE = """Of plans

One sentence here. Another
sentence there.

Second paragraph:

• first item
of two lines

• second item

The list is this.
"""


def test_the_form_of_a_citation() -> None:
    assert parse_citation("77301, paragraph 2, item 3") == Citation("77301", 2, "item", 3)
    assert parse_citation("77301, heading") == Citation("77301", 0, "", 0)
    with pytest.raises(UnknownName, match="is not a citation"):
        parse_citation("section 77301")


@pytest.mark.parametrize("text", [_SINGLE, _SINGLE.replace("\n", "\n\n").replace("\n\n\n\n", "\n\n \n\n")])
def test_paragraphs_items_and_sentences_are_found_in_copies_of_either_spacing(text: str) -> None:
    passages = Passages(text, _SECTIONS)
    assert passages.passage("plan, heading") == "Of plans"
    assert passages.passage("plan, paragraph 1") == "One sentence here. Another sentence there."
    assert passages.passage("plan, paragraph 1, sentence 2") == "Another sentence there."
    assert passages.passage("plan, paragraph 2, item 1") == "first item of two lines"
    assert passages.passage("list, paragraph 1") == "The list is this."


def test_what_the_text_does_not_hold_is_named() -> None:
    passages = Passages(_SINGLE, _SECTIONS)
    with pytest.raises(UnknownName, match="has 2 paragraphs, not 9"):
        passages.passage("plan, paragraph 9")
    with pytest.raises(UnknownName, match="no section nowhere"):
        passages.passage("nowhere, paragraph 1")


def test_another_text_is_not_taken_for_the_policy(tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("A text about something else.\n")
    with pytest.raises(UnreadableInput, match="does not look like the policy text"):
        Passages.read(other, load_policy("imrt").sections)


def test_every_citation_of_the_policy_resolves(policy_text: Path) -> None:
    rulebook = load_policy("imrt")
    passages = Passages.read(policy_text, rulebook.sections)
    for rule in rulebook.rules:
        assert passages.passage(rule.cites)


# A word that the cited passage has to hold for the rule to rest on it.
_SAYS = """
bill_type_and_revenue_code_change_nothing bill; brachytherapy_isodose_for_brachytherapy brachytherapy;
clinical_planning_precedes_the_plan prior; compensator_delivery_uses_three compensator;
deliveries_are_on_record billed; delivery_follows_an_imrt_plan required; devices_are_part_of_the_plan bundles;
image_guidance_on_days_of_treatment isodose; imrt_delivery_by_an_imrt_plan conventional;
management_during_treatment receiving;
management_is_reported_by_the_physician physician;
management_without_component_modifier physician; motion_management_with_its_plan addition;
no_3d_plan_beside_the_imrt_plan 77295; no_other_delivery_on_imrt_days same;
no_special_dosimetry_for_verification verification; one_device_per_gantry_stop maximum;
one_management_unit_per_five_fractions five; one_physics_unit_per_five_fractions weekly; one_plan_per_course one;
records_review_counted_once both; simulation_at_the_initial_setup initial;
special_physics_apart_from_planning other; special_treatment_is_a_separate_therapy separate;
teletherapy_isodose_for_another_modality modality; unlisted_procedure_is_a_lesser_one 77499;
weekly_physics_during_treatment creation; calculations_are_prescribed_and_approved approval;
clinical_planning_is_itemised itemizing; constraints_are_met_or_explained constraints;
distinct_devices_are_justified modifier; dose_volume_histograms_are_reviewed histograms;
doses_stay_within_usual_limits constraints; each_compensator_design_is_documented unique;
each_field_is_checked_independently independent; every_structure_has_a_histogram histograms;
goals_and_constraints_are_prescribed goals; image_guidance_is_done_by_trained_staff therapist;
image_guidance_is_reviewed_by_the_physician review; images_and_isodoses_are_reviewed signed;
measured_dose_agrees_with_the_plan physical; other_procedures_are_recorded supervising; portals_are_described number;
set_up_and_delivery_are_verified dosimetric; simulation_is_recorded immobilization;
special_physics_is_needed_and_used documented; the_facility_commissioned_its_system commissioned;
the_plan_is_a_joint_product dosimetrist; the_plan_is_imrt modulated; the_special_need_is_stated statement;
the_plan_is_verified_with_images_and_measurements images; weekly_work_is_noted work;
a_condition_is_documented five; an_adjacent_area_was_irradiated_before previously; breast_cases_are_selected breast;
complex_planning_follows_from_the_need complex; critical_tissue_lies_in_or_around_the_target_shape concave;
image_guidance_is_needed inadequate; narrow_margins_protect_adjacent_structures narrow;
spine_cases_put_the_cord_at_risk cord; the_dose_goes_beyond_the_usual escalation; the_site_is_supported sites;
the_target_lies_close_to_critical_structures proximity; thoracic_and_abdominal_cases_are_selected selected;
courses_with_imrt_only 77301; direct_supervision_of_xray_guidance direct;
general_supervision_of_ultrasound_guidance general; multileaf_work_claimed_once codes;
no_conventional_delivery_on_imrt_days different; one_delivery_level_a_day same;
fractions_of_one_day day; fractions_within_the_order excess; services_within_usual_counts excess;
units_within_the_limit units; units_within_the_limit_unless_documented units; no_line_is_billed_to_be_refused review;
the_policy_applies medicare
"""


def test_each_cited_passage_says_what_its_rule_rests_on(policy_text: Path) -> None:
    rulebook = load_policy("imrt")
    passages = Passages.read(policy_text, rulebook.sections)
    says = dict(entry.split() for entry in _SAYS.split(";"))
    cited = {rule.name: rule.cites for rule in rulebook.rules}
    assert says.keys() <= cited.keys()
    assert [
        f"{name}: {cited[name]} does not say {word}"
        for name, word in says.items()
        if word not in passages.passage(cited[name]).lower()
    ] == []
    # The others rest on the general demand that procedures be billed as they are described, or on the order of papers.
    assert {cited[name] for name in cited.keys() - says.keys()} <= {
        "utilization, paragraph 2",
        "documentation, paragraph 1",
        "coding, paragraph 6",
        "77301, paragraph 2, item 1",
        "indications, paragraph 1",
    }
