"""How the monitor units of a field add up behind its apertures, point by point of the isocenter plane."""

from itertools import pairwise

import numpy as np

from isocenter.evidence.apertures import Aperture, apertures_of
from isocenter.terms.imaging import Beam, FloatArray


def summed_fluence(beam: Beam, x_mm: FloatArray, y_mm: FloatArray) -> FloatArray:
    """Share of the beam's monitor units during which each point is open, shape (y, x); penumbra left out.

    Edges move evenly between control points. A point is open while the low edge has passed below it and the
    high edge has not, and the low edge is never beyond the high one: the two shares of time subtract. Exact
    for moving leaves between still jaws; where both move, their shares of time multiply.
    """
    along_mm, across_mm = (y_mm, x_mm) if beam.leaf_axis == "Y" else (x_mm, y_mm)
    share = np.zeros((len(across_mm), len(along_mm)))
    points = beam.control_points
    total = points[-1].cumulative_weight - points[0].cumulative_weight
    if total <= 0:
        return share.T if beam.leaf_axis == "Y" else share
    weights = np.diff([point.cumulative_weight for point in points]) / total
    for weight, (before, after) in zip(weights, pairwise(apertures_of(beam)), strict=True):
        if weight > 0:
            share += weight * _open_share(before, after, along_mm, across_mm)
    return share.T if beam.leaf_axis == "Y" else share


def _open_share(before: Aperture, after: Aperture, along_mm: FloatArray, across_mm: FloatArray) -> FloatArray:
    """Share of an interval during which each point is open, shape (across, along)."""
    pair = np.searchsorted(before.edges_mm, across_mm, side="right") - 1
    is_leaf = (pair >= 0) & (pair < before.tips_mm.shape[1])
    low, high = (_passed(before.tips_mm[side, :, None], after.tips_mm[side, :, None], along_mm) for side in (0, 1))
    across = is_leaf * _between(before.across_mm, after.across_mm, across_mm)
    along = _between(before.along_mm, after.along_mm, along_mm)
    open_share: FloatArray = (low - high)[np.where(is_leaf, pair, 0)] * across[:, None] * along
    return open_share


def _between(before_mm: tuple[float, float], after_mm: tuple[float, float], at_mm: FloatArray) -> FloatArray:
    """Share of an interval for which each place lies between two jaws."""
    return _passed(before_mm[0], after_mm[0], at_mm) - _passed(before_mm[1], after_mm[1], at_mm)


def _passed(start_mm: FloatArray | float, end_mm: FloatArray | float, at_mm: FloatArray) -> FloatArray:
    """Share of an even motion from start to end that an edge spends below each place."""
    low, high = np.minimum(start_mm, end_mm), np.maximum(start_mm, end_mm)
    passed: FloatArray = np.clip((at_mm - low) / np.maximum(high - low, 1e-9), 0.0, 1.0)
    return passed
