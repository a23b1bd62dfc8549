"""What openings with softened leaf edges let through at each bixel, and the derivative by every edge.

To the right of an edge at e lies the share B(c + 1 - e) - B(c - e) of column c, where B(t) is t beyond the softened
part, 0 before it and (t + s)^2 / 4s within s of it. Between a left and a right edge lies the difference of both.
"""

import numpy as np

from isocenter.engines.compiling import njit
from isocenter.terms.imaging import FloatArray

SOFT = 0.25  # columns to each side of an edge


@njit(nogil=True, cache=True, fastmath=True, inline="always")
def _beyond(t: float) -> float:
    return (t + SOFT) ** 2 / (4 * SOFT) if abs(t) < SOFT else max(t, 0.0)


@njit(nogil=True, cache=True, fastmath=True, inline="always")
def _passed(t: float) -> float:
    """The derivative of _beyond."""
    return min(max((t + SOFT) / (2 * SOFT), 0.0), 1.0)


@njit(nogil=True, cache=True, fastmath=True)
def add_openings(
    weights: FloatArray, left: FloatArray, right: FloatArray, leak: FloatArray, fluence: FloatArray
) -> None:
    """Add to fluence (columns, pairs) what openings of these weights (n,) and edges (n, pairs) let through.

    leak (n, columns, pairs): the share that closed leaves let through.
    """
    columns, pairs = fluence.shape
    for n in range(len(weights)):
        for c in range(columns):
            for p in range(pairs):
                a, b = left[n, p], right[n, p]
                is_open = _beyond(c + 1 - a) - _beyond(c - a) - _beyond(c + 1 - b) + _beyond(c - b)
                fluence[c, p] += weights[n] * (leak[n, c, p] + (1 - leak[n, c, p]) * is_open)


@njit(nogil=True, cache=True, fastmath=True)
def slopes_of_openings(
    weights: FloatArray,
    left: FloatArray,
    right: FloatArray,
    leak: FloatArray,
    by_bixel: FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The derivative by each weight (n,) and by each left and right edge (n, pairs), from that by bixel.

    by_bixel (columns, pairs); edges of a closed pair have none.
    """
    columns, pairs = by_bixel.shape
    by_weight, by_left, by_right = np.zeros(len(weights)), np.zeros(left.shape), np.zeros(left.shape)
    for n in range(len(weights)):
        for c in range(columns):
            for p in range(pairs):
                a, b, through = left[n, p], right[n, p], leak[n, c, p]
                if b > a:
                    is_open = _beyond(c + 1 - a) - _beyond(c - a) - _beyond(c + 1 - b) + _beyond(c - b)
                    more = weights[n] * (1 - through) * by_bixel[c, p]
                    by_left[n, p] -= more * (_passed(c + 1 - a) - _passed(c - a))
                    by_right[n, p] += more * (_passed(c + 1 - b) - _passed(c - b))
                    through += (1 - through) * is_open
                by_weight[n] += through * by_bixel[c, p]
    return by_weight, by_left, by_right
