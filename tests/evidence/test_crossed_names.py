"""Names that join a target and an organ with an x, an in or a no: no target, and no organ either."""

import pytest

from isocenter.evidence.roles.roles import role_of


@pytest.mark.parametrize(
    "name",
    [
        *("PTVxRectum", "PTV_70xBowel", "PTV x Bladder", "Rectum x PTV", "RectumInPTV"),
        *(
            "RectumxPTV",
            "rectumxptv",
            "BladderxPTV_78",
            "ParotidxPTV_L",
            "Parotid_LxPTV",
            "RectumOutPTV",
            "PTV_AND_Rectum",
        ),
        *(
            "Rectum_minPTV",
            "RectumMinusPTV",
            "Rectum_no_PTV",
            "Rectum_ex_PTV",
            "PTVnoRectum",
            "PTV_ohne_Blase",
            "PTVxrectum",
        ),
    ],
)
def test_a_target_crossed_with_an_organ_is_a_helper(name: str) -> None:
    assert role_of(name, "PTV").role == "helper"


@pytest.mark.parametrize("name", ["Liver-GTV", "Liver_minusGTV", "LiverNoGTV", "Liver_min_GTV"])
def test_a_treated_organ_less_its_tumor_is_the_organ_however_it_is_written(name: str) -> None:
    assert role_of(name, "").role == "critical"


@pytest.mark.parametrize(
    ("name", "role"),
    [
        *(("PTV_Rectum", "target"), ("PTV X", "target"), ("Rectum", "critical"), ("PTV_N", "target")),
        *(("PTVx70", "target"), ("Brain", "critical"), ("PTV_Brain", "target"), ("BrainPTV", "target")),
        *(("CTV_SeminalVes", "target"), ("PTV_In1", "target"), ("GTVmin", "target"), ("Colon_PTV", "target")),
    ],
)
def test_a_target_of_an_organ_and_the_organ_stay_what_they_are(name: str, role: str) -> None:
    assert role_of(name, "").role == role
