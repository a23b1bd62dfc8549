"""Names that join a target and an organ with an x or an in: no target, and no organ either."""

import pytest

from isocenter.evidence.roles import role_of


@pytest.mark.parametrize("name", ["PTVxRectum", "PTV_70xBowel", "PTV x Bladder", "Rectum x PTV", "RectumInPTV"])
def test_a_target_crossed_with_an_organ_is_a_helper(name: str) -> None:
    assert role_of(name, "PTV").role == "helper"


@pytest.mark.parametrize(("name", "role"), [("PTV_Rectum", "target"), ("PTV X", "target"), ("Rectum", "critical")])
def test_a_target_of_an_organ_and_the_organ_stay_what_they_are(name: str, role: str) -> None:
    assert role_of(name, "").role == role
