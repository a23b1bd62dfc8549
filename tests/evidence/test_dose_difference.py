"""The picture of the difference of two doses: where they agree it is clear, and it says what its colors mean."""

import numpy as np

from isocenter.evidence.pictures.difference import dose_difference
from isocenter.terms.imaging import DoseGrid

AXIS = 5.0 * np.arange(12)


def drawn(first: np.ndarray, second: np.ndarray) -> bytes:
    one, other = (DoseGrid(dose.astype(np.float32), AXIS, AXIS, AXIS) for dose in (first, second))
    picture = dose_difference(
        None, one, other, None, {}, 50.0, (25.0, 25.0, 25.0), name="difference", title="IMRT less 3D"
    )
    assert picture.media_type == "image/svg+xml" and b"<script" not in picture.data
    assert "the color is full at 25 Gy" in picture.caption and "2 % of the prescribed 50 Gy" in picture.caption
    return picture.data


def test_equal_doses_leave_it_clear_and_the_sign_turns_the_color():
    dose = np.full((12, 12, 12), 20.0)
    more = dose.copy()
    more[5, 3:8, 3:8] += 15
    alike, warm, cold = drawn(dose, dose), drawn(more, dose), drawn(dose, more)
    assert len({alike, warm, cold}) == 3
    assert drawn(dose, dose + 0.5) == alike  # less than what counts
    assert drawn(more, dose) == warm  # the same bytes each time
