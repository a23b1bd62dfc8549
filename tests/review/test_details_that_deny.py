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
        ("condition_prior_irradiation", "no prior RT to this area"),
        ("condition_prior_irradiation", "no previous treatment here"),
        ("condition_prior_irradiation", "no history of radiotherapy"),
        ("condition_prior_irradiation", "patient denies previous radiotherapy"),
        ("condition_proximity", "target not near critical structures"),
        ("condition_proximity", "no adjacent critical structures"),
        ("separate_and_distinct", "not separate from the plan"),
        ("separate_and_distinct", "part of the plan"),
        ("other_procedures", "not documented"),
        ("conventional_targeting_inadequate", "conventional targeting is adequate"),
        ("conventional_targeting_inadequate", "skin marks suffice"),
        ("compared_with_3d", "3D would be acceptable"),
        ("compared_with_3d", "3D gives comparable coverage"),
        ("condition_prior_irradiation", "no prior XRT per patient"),
        ("condition_proximity", "OARs not adjacent"),
        ("other_procedures", "unknown"),
        ("separate_from_planning", "was part of the IMRT planning"),
        ("separate_from_planning", "not a separate question"),
        ("apart_from_verification", "not apart from verification"),
        ("apart_from_verification", "done as part of plan verification"),
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
        ("compared_with_3d", "3D plan exceeded the heart dose; IMRT acceptable"),
        ("compared_with_3d", "heart dose lower, coverage equivalent"),
        ("compared_with_3d", "3D gives comparable coverage but twice the heart dose"),
        ("compared_with_3d", "no conventional plan meets the limits"),
        ("compared_with_3d", "3D would not serve"),
        ("separate_and_distinct", "not the device of the plan"),
        ("condition_narrow_margins", "no PTV margin toward the rectum"),
        ("physical_measurement", "no failing points"),
        ("prescribed_by_physician", "ordered by Dr. Example"),
        ("motion_managed", "no gating; compression"),
        ("separate_and_distinct", "part of the electron boost"),
        ("separate_and_distinct", "not part of the plan"),
        ("other_procedures", "none"),
        ("conventional_targeting_inadequate", "skin marks are barely adequate"),
        ("compared_with_3d", "3D plan unacceptable"),
        ("compared_with_3d", "no 3D plan was acceptable"),
        ("other_procedures", "none planned"),
        ("other_procedures", "no chemotherapy"),
        ("condition_proximity", "rectum not separate from the target"),
        ("condition_prior_irradiation", "no gap to the field treated in 2015"),
        ("conventional_targeting_inadequate", "not adequate with skin marks"),
        ("condition_proximity", "next to the cord, not treatable by 3D"),
    ],
)
def test_denying_words_that_say_something_are_kept(element: str, detail: str) -> None:
    assert not why_not_stated(DocumentElement("d", element, detail), _LABELS[element])
