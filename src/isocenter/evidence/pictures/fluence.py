"""How the monitor units of a field add up behind its apertures, point by point of the isocenter plane."""

from itertools import pairwise

import numpy as np

from isocenter.evidence.fields.apertures import Aperture, apertures_of
from isocenter.terms.imaging import Beam, FloatArray


def summed_fluence(beam: Beam, x_mm: FloatArray, y_mm: FloatArray, width_mm: float = 0.0) -> FloatArray:
    """Share of the beam's monitor units during which each point is open, shape (y, x); penumbra left out.

    With a width each point stands for the mean over a square of that side, so that an edge which moves by a tenth of it
    changes the share by as much; pairs of leaves meet in its middle or at its sides.

    Edges move evenly between control points. A point is open while the low edge has passed below it and the
    high edge has not, and the low edge is never beyond the high one: the two shares of time subtract. Exact
    for moving leaves between still jaws; where both move, their shares of time multiply.
    """
    along_mm, across_mm = (y_mm, x_mm) if beam.leaf_axis == "Y" else (x_mm, y_mm)
    halves = np.array([-0.25, 0.25]) if width_mm > 0 else np.zeros(1)
    across_mm = (across_mm[:, None] + width_mm * halves).ravel()
    share = np.zeros((len(across_mm), len(along_mm)))
    points = beam.control_points
    total = points[-1].cumulative_weight - points[0].cumulative_weight
    weights = np.diff([point.cumulative_weight for point in points]) / (total if total > 0 else 1.0)
    for weight, (before, after) in zip(weights, pairwise(apertures_of(beam)), strict=True):
        if weight > 0:
            share += weight * _open_share(before, after, along_mm, across_mm, width_mm)
    summed: FloatArray = share.reshape(-1, len(halves), len(along_mm)).mean(1)
    return summed.T if beam.leaf_axis == "Y" else summed


def _open_share(
    before: Aperture, after: Aperture, along_mm: FloatArray, across_mm: FloatArray, width_mm: float
) -> FloatArray:
    """Share of an interval during which each point is open, shape (across, along)."""
    pair = np.searchsorted(before.edges_mm, across_mm, side="right") - 1
    is_leaf = (pair >= 0) & (pair < before.tips_mm.shape[1])
    first, last = before.tips_mm, after.tips_mm
    is_still = before.along_mm == after.along_mm and np.array_equal(first, last)
    if is_still:
        first = last = np.clip(first, *before.along_mm)  # or a jaw that ends where a leaf does would count twice
    low, high = (_passed(first[side, :, None], last[side, :, None], along_mm, width_mm) for side in (0, 1))
    across = is_leaf * _between(before.across_mm, after.across_mm, across_mm, width_mm / 2)
    along = 1.0 if is_still else _between(before.along_mm, after.along_mm, along_mm, width_mm)
    open_share: FloatArray = (low - high)[np.where(is_leaf, pair, 0)] * across[:, None] * along
    return open_share


def _between(
    before_mm: tuple[float, float], after_mm: tuple[float, float], at_mm: FloatArray, width_mm: float
) -> FloatArray:
    """Share of an interval for which each place lies between two jaws."""
    low, high = (_passed(start, end, at_mm, width_mm) for start, end in zip(before_mm, after_mm, strict=True))
    return low - high


def _passed(start_mm: FloatArray | float, end_mm: FloatArray | float, at_mm: FloatArray, width_mm: float) -> FloatArray:
    """Share of an even motion from start to end that an edge spends below each place, in the mean over a width."""
    low, high = np.minimum(start_mm, end_mm), np.maximum(start_mm, end_mm)
    if width_mm > 0:
        behind, before = (_beyond(low, high, at_mm + side * width_mm / 2) for side in (1, -1))
        return np.asarray((behind - before) / width_mm)
    passed: FloatArray = np.clip((at_mm - low) / np.maximum(high - low, 1e-9), 0.0, 1.0)
    return passed


def _beyond(low: FloatArray | float, high: FloatArray | float, at_mm: FloatArray) -> FloatArray:
    """The integral of that share up to each place."""
    inside = np.clip(at_mm, low, high) - low
    integral: FloatArray = inside**2 / (2 * np.maximum(high - low, 1e-9)) + np.maximum(at_mm - high, 0.0)
    return integral
