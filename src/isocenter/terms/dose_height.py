"""How high the dose of a plan is beside what it is to give."""

import math

LOWEST_MAXIMUM, HIGHEST_MAXIMUM = 0.8, 2.0  # highest dose of a plan, of its prescription: outside, they do not belong
_FEW_FRACTIONS, _HIGHEST_OF_FEW = 5, 3.0  # stereotactic doses are prescribed to isodoses of half and less


def is_far_from_order(
    highest_gy: float, ordered_gy: float, *, is_unbounded: bool, fractions: int | None = None
) -> bool:
    """Whether the highest dose of a plan of so many fractions is too low or too high to be all of what is ordered.

    Beside the sources of brachytherapy the dose has no upper bound (is_unbounded).
    """
    highest = _HIGHEST_OF_FEW if fractions and fractions <= _FEW_FRACTIONS else HIGHEST_MAXIMUM
    most_gy = math.inf if is_unbounded else highest * ordered_gy
    return not LOWEST_MAXIMUM * ordered_gy <= highest_gy <= most_gy
