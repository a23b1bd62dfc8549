"""How high the dose of a plan is beside what it is to give."""

import math

LOWEST_MAXIMUM, HIGHEST_MAXIMUM = 0.8, 2.0  # highest dose of a plan, of its prescription: outside, they do not belong


def is_far_from_order(highest_gy: float, ordered_gy: float, *, is_unbounded: bool) -> bool:
    """Whether the highest dose of a plan is too low or too high to be all of what is ordered.

    Beside the sources of brachytherapy the dose has no upper bound (is_unbounded).
    """
    most_gy = math.inf if is_unbounded else HIGHEST_MAXIMUM * ordered_gy
    return not LOWEST_MAXIMUM * ordered_gy <= highest_gy <= most_gy
