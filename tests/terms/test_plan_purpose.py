"""What a plan was made for, by the words of its label."""

import pytest

from isocenter.terms.imaging import TreatmentPlan
from isocenter.terms.plan_purpose import is_for_verification


@pytest.mark.parametrize(
    "label",
    [
        *("LungQA", "QAplan", "QAPLAN", "PhantomQA", "LUNGQA1", "pelvisqa", "ProstQAv2", "PT_QA", "Phantom"),
        *("ArcVerif", "ArcCHECK", "Lung_MapCheck", "OctaVius 4D"),
    ],
)
def test_a_label_names_verification_also_where_its_words_run_together(label: str) -> None:
    assert is_for_verification(TreatmentPlan("1.2", label))


@pytest.mark.parametrize(
    "label", ["Phantom limb", "PhantomLimb_L", "Prost verified", "SquamousCa", "Aqua", "Lung", "SeqA", "Pelvis_SEQA"]
)
def test_a_label_of_a_treatment_names_no_verification(label: str) -> None:
    assert not is_for_verification(TreatmentPlan("1.2", label))
