"""The dose that a label of a plan states, in the ways in which planners write it."""

import pytest

from isocenter.evidence.doses.labeled_dose import labeled_dose_gy


@pytest.mark.parametrize(
    ("label", "dose_gy"),
    [
        ("Prostate_7800cGy", 78.0),
        ("RT BREAST 4256 cGy/16fx", 42.56),
        ("PTV 50,4 Gy", 50.4),
        ("SBRT 5x10Gy", 50.0),
        ("10 Gy x5", 50.0),
        ("2Gy × 25", 50.0),
        ("200 cGy x 30", 60.0),
        ("Boost 5 x 2 Gy", 10.0),
        ("8Gyx1", None),  # less than a course
        ("45 Gy + 14.4 Gy", None),
        ("50 Gy 25 x 2 Gy", None),  # two statements, which may not be one
        ("7000", None),
        ("10 Gyn", None),
    ],
)
def test_a_label_states_one_dose_of_a_course_or_none(label: str, dose_gy: float | None) -> None:
    assert labeled_dose_gy(label) == dose_gy
