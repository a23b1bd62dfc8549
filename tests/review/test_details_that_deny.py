"""A detail that only denies what its element asks states nothing; one that says something in denying words does."""

import pytest

from isocenter.review.stated import why_not_stated
from isocenter.rulebook.rulebook import load_policy
from isocenter.terms.chart import DocumentElement

_LABELS = {entry.element: entry.label for entry in load_policy("imrt").documents}


@pytest.mark.parametrize(
    ("element", "detail"),
    [
        ("anatomy_change", "No change of anatomy"),
        ("anatomy_change", "unchanged"),
        ("anatomy_change", "no significant anatomical changes noted"),
        ("repeat_planning_ct", "CT not repeated"),
        ("repeat_planning_ct", "declined by the patient"),
        ("repeat_planning_ct", "scheduled for 2/20"),
        ("condition_prior_irradiation", "no prior radiation"),
        ("condition_prior_irradiation", "not previously irradiated"),
        ("condition_prior_irradiation", "denies earlier treatment"),
        ("condition_dose_escalation", "dose not escalated"),
        ("condition_proximity", "target is not close to critical structures"),
        ("critical_structures_addressed", "none at risk"),
        ("portal_images", "portal images not taken"),
        ("compared_with_3d", "no 3D comparison made"),
        ("compared_with_3d", "never compared with 3D"),
    ],
)
def test_a_denial_in_the_words_of_its_element_states_nothing(element: str, detail: str) -> None:
    assert why_not_stated(DocumentElement("d", element, detail), _LABELS[element])


@pytest.mark.parametrize(
    ("element", "detail"),
    [
        ("anatomy_change", "no longer fits the mask"),
        ("anatomy_change", "tumor unchanged, neck 2 cm thinner"),
        ("separate_from_planning", "not part of IMRT planning"),
        ("apart_from_verification", "not for plan verification"),
        ("conventional_targeting_inadequate", "conventional targeting not adequate"),
        ("compared_with_3d", "no conventional plan meets the limits"),
        ("compared_with_3d", "3D would not serve"),
        ("separate_and_distinct", "not the device of the plan"),
        ("condition_narrow_margins", "no PTV margin toward the rectum"),
        ("physical_measurement", "no failing points"),
        ("prescribed_by_physician", "ordered by Dr. Example"),
        ("motion_managed", "no gating; compression"),
    ],
)
def test_denying_words_that_say_something_are_kept(element: str, detail: str) -> None:
    assert not why_not_stated(DocumentElement("d", element, detail), _LABELS[element])
