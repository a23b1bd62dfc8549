"""What jaws and leaves leave open at the isocentre plane, ready to be drawn and summed."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from isocenter.evidence.pictures.panel import Box
from isocenter.terms.imaging import Beam, FloatArray

OPEN_FIELD_MM = (-200.0, 200.0)  # where a machine has no jaw on an axis
DRAWN_BACK_MM = np.array([[-1e4], [1e4]])


@dataclass(frozen=True, eq=False)
class Aperture:
    """One control point: tips_mm (2, n) are the low and high leaf tips of each pair, along their travel.

    edges_mm (n + 1,) are the pairs' boundaries across it; along_mm and across_mm the jaws'. A field without
    leaves is one pair drawn far back.
    """

    leaf_axis: str
    edges_mm: FloatArray
    tips_mm: FloatArray
    along_mm: tuple[float, float]
    across_mm: tuple[float, float]

    @property
    def frame_mm(self) -> Box:
        """The jaws as x0, y0, x1, y1."""
        return self._box(self.along_mm[0], self.across_mm[0], self.along_mm[1], self.across_mm[1])

    @property
    def area_mm2(self) -> float:
        """The area left open."""
        low, high, edges_mm = self._between_jaws()
        return float((high - low) @ np.diff(edges_mm))

    def leaves(self) -> list[Box]:
        """Both banks, as far as they are seen between the jaws."""
        banks = []
        low_mm, high_mm, edges_mm = self._between_jaws()
        for (start, end), low, high in zip(pairwise(edges_mm), low_mm, high_mm, strict=True):
            if end > start:
                banks.append(self._box(self.along_mm[0], start, low, end))
                banks.append(self._box(high, start, self.along_mm[1], end))
        return banks

    def outlines(self) -> list[FloatArray]:
        """Closed outlines, one around each row of open pairs, shape (m, 2): x, y."""
        low, high, edges_mm = self._between_jaws()
        is_open = (high > low) & (np.diff(edges_mm) > 0)
        turns = np.flatnonzero(np.diff(np.concatenate([[0], is_open.astype(int), [0]])))
        lines = []
        for first, end in turns.reshape(-1, 2):
            across = np.repeat(edges_mm[first : end + 1], 2)[1:-1]
            near, far = np.repeat(low[first:end], 2), np.repeat(high[first:end], 2)
            along = np.concatenate([near, far[::-1], near[:1]])
            around = np.concatenate([across, across[::-1], across[:1]])
            lines.append(np.column_stack([around, along] if self.leaf_axis == "Y" else [along, around]))
        return lines

    def _between_jaws(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Low and high tips and the pairs' boundaries, as far as the jaws let them be seen."""
        low, high = np.clip(self.tips_mm, *self.along_mm)
        return low, high, np.clip(self.edges_mm, *self.across_mm)

    def _box(self, along0: float, across0: float, along1: float, across1: float) -> Box:
        if self.leaf_axis == "Y":
            return across0, along0, across1, along1
        return along0, across0, along1, across1


def apertures_of(beam: Beam) -> list[Aperture]:
    """The aperture of each control point.

    Where a machine has no jaws along its leaves, the field's frame is as far as any open pair ever reaches.
    """
    axis = beam.leaf_axis or "X"
    reach_mm = _farthest_tips(beam)
    apertures = []
    for point in beam.control_points:
        jaws = {"X": point.jaws_x_mm, "Y": point.jaws_y_mm}
        along_mm, across_mm = jaws[axis] or reach_mm, jaws["X" if axis == "Y" else "Y"] or OPEN_FIELD_MM
        if point.leaves_mm is None or beam.leaf_boundaries_mm is None:
            edges_mm, tips_mm = DRAWN_BACK_MM[:, 0], DRAWN_BACK_MM
        else:
            edges_mm, tips_mm = beam.leaf_boundaries_mm, np.maximum(point.leaves_mm, point.leaves_mm[0])
        apertures.append(Aperture(axis, edges_mm, tips_mm, along_mm, across_mm))
    return apertures


def _farthest_tips(beam: Beam) -> tuple[float, float]:
    """The outermost tips of all open pairs of a beam; a wide field where none is open."""
    tips_mm = [point.leaves_mm for point in beam.control_points if point.leaves_mm is not None]
    low, high = np.concatenate(tips_mm, axis=1) if tips_mm else np.empty((2, 0))
    is_open = high > low
    return (float(low[is_open].min()), float(high[is_open].max())) if is_open.any() else OPEN_FIELD_MM


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
