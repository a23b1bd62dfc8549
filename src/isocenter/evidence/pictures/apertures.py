"""What jaws and leaves leave open at the isocentre plane, ready to be drawn and summed."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from isocenter.evidence.pictures.panel import Box
from isocenter.terms.imaging import Beam, ControlPoint, FloatArray

OPEN_FIELD_MM = (-200.0, 200.0)  # where a machine has no jaw on an axis


@dataclass(frozen=True, eq=False)
class Aperture:
    """One control point: low_mm and high_mm (n,) bound the opening of each leaf pair along its travel.

    edges_mm (n + 1,) are the pairs' boundaries across it; along_mm and across_mm the jaws'. A field without
    leaves is one pair as wide as its jaws.
    """

    leaf_axis: str
    edges_mm: FloatArray
    low_mm: FloatArray
    high_mm: FloatArray
    along_mm: tuple[float, float]
    across_mm: tuple[float, float]

    @property
    def frame_mm(self) -> Box:
        """The jaws as x0, y0, x1, y1."""
        return self._box(self.along_mm[0], self.across_mm[0], self.along_mm[1], self.across_mm[1])

    @property
    def area_mm2(self) -> float:
        """The area left open."""
        return float((self.high_mm - self.low_mm) @ np.diff(np.clip(self.edges_mm, *self.across_mm)))

    def leaves(self) -> list[Box]:
        """Both banks, as far as they are seen between the jaws."""
        banks = []
        edges_mm = np.clip(self.edges_mm, *self.across_mm)
        for (start, end), low, high in zip(pairwise(edges_mm), self.low_mm, self.high_mm, strict=True):
            if end > start:
                banks.append(self._box(self.along_mm[0], start, low, end))
                banks.append(self._box(high, start, self.along_mm[1], end))
        return banks

    def outlines(self) -> list[FloatArray]:
        """Closed outlines, one around each row of open pairs, shape (m, 2): x, y."""
        edges_mm = np.clip(self.edges_mm, *self.across_mm)
        is_open = (self.high_mm > self.low_mm) & (np.diff(edges_mm) > 0)
        turns = np.flatnonzero(np.diff(np.concatenate([[0], is_open.astype(int), [0]])))
        return [self._outline(edges_mm, first, end) for first, end in turns.reshape(-1, 2)]

    def _outline(self, edges_mm: FloatArray, first: int, end: int) -> FloatArray:
        across = np.repeat(edges_mm[first : end + 1], 2)[1:-1]
        low, high = np.repeat(self.low_mm[first:end], 2), np.repeat(self.high_mm[first:end], 2)
        along = np.concatenate([low, high[::-1], low[:1]])
        around = np.concatenate([across, across[::-1], across[:1]])
        return np.column_stack([around, along] if self.leaf_axis == "Y" else [along, around])

    def _box(self, along0: float, across0: float, along1: float, across1: float) -> Box:
        if self.leaf_axis == "Y":
            return across0, along0, across1, along1
        return along0, across0, along1, across1


def aperture_of(beam: Beam, point: ControlPoint) -> Aperture:
    """The aperture of a control point; where a machine has no jaw along its leaves, their tips are the frame."""
    jaws = {"X": point.jaws_x_mm, "Y": point.jaws_y_mm}
    axis = beam.leaf_axis or "X"
    across_mm = jaws["X" if axis == "Y" else "Y"] or OPEN_FIELD_MM
    leaves_mm, edges_mm = point.leaves_mm, beam.leaf_boundaries_mm
    if leaves_mm is None or edges_mm is None:
        along_mm = jaws[axis] or OPEN_FIELD_MM
        low, high = np.array([along_mm[0]]), np.array([along_mm[1]])
        return Aperture(axis, np.array(across_mm), low, high, along_mm, across_mm)
    along_mm = jaws[axis] or (float(leaves_mm[0].min()), float(leaves_mm[1].max()))
    low = np.clip(leaves_mm[0], *along_mm)
    return Aperture(axis, edges_mm, low, np.maximum(np.clip(leaves_mm[1], *along_mm), low), along_mm, across_mm)


def summed_fluence(beam: Beam, x_mm: FloatArray, y_mm: FloatArray) -> FloatArray:
    """Share of the beam's monitor units during which each point is open, shape (y, x); penumbra left out.

    Edges move evenly between control points. A point is open while the low edge has passed below it and the
    high edge has not, and the low edge is never beyond the high one: the two shares of time subtract.
    """
    along_mm, across_mm = (y_mm, x_mm) if beam.leaf_axis == "Y" else (x_mm, y_mm)
    share = np.zeros((len(across_mm), len(along_mm)))
    points = beam.control_points
    total = points[-1].cumulative_weight - points[0].cumulative_weight
    for before, after in pairwise(points) if total > 0 else ():
        weight = (after.cumulative_weight - before.cumulative_weight) / total
        if weight > 0:
            share += weight * _open_share(aperture_of(beam, before), aperture_of(beam, after), along_mm, across_mm)
    return share.T if beam.leaf_axis == "Y" else share


def _open_share(before: Aperture, after: Aperture, along_mm: FloatArray, across_mm: FloatArray) -> FloatArray:
    """Share of an interval during which each point is open, shape (across, along)."""
    between = [_passed(before.across_mm[side], after.across_mm[side], across_mm) for side in (0, 1)]
    pair = np.searchsorted(before.edges_mm, across_mm, side="right") - 1
    is_leaf = (pair >= 0) & (pair < len(before.low_mm))
    opened = _passed(before.low_mm[:, None], after.low_mm[:, None], along_mm)
    opened -= _passed(before.high_mm[:, None], after.high_mm[:, None], along_mm)
    open_share: FloatArray = opened[np.where(is_leaf, pair, 0)] * (is_leaf * (between[0] - between[1]))[:, None]
    return open_share


def _passed(start_mm: FloatArray | float, end_mm: FloatArray | float, at_mm: FloatArray) -> FloatArray:
    """Share of an even motion from start to end that an edge spends below each place."""
    low, high = np.minimum(start_mm, end_mm), np.maximum(start_mm, end_mm)
    passed: FloatArray = np.clip((at_mm - low) / np.maximum(high - low, 1e-9), 0.0, 1.0)
    return passed
