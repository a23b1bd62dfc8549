"""What jaws and leaves leave open at the isocenter plane, control point by control point."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from isocenter.terms.imaging import Beam, FloatArray

Box = tuple[float, float, float, float]  # x0, y0, x1, y1
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
        low, high, edges_mm = self.between_jaws()
        return float((high - low) @ np.diff(edges_mm))

    def leaves(self) -> list[Box]:
        """Both banks, as far as they are seen between the jaws."""
        banks = []
        low_mm, high_mm, edges_mm = self.between_jaws()
        for (start, end), low, high in zip(pairwise(edges_mm), low_mm, high_mm, strict=True):
            if end > start:
                banks.append(self._box(self.along_mm[0], start, low, end))
                banks.append(self._box(high, start, self.along_mm[1], end))
        return banks

    def outlines(self) -> list[FloatArray]:
        """Closed outlines, one around each row of open pairs, shape (m, 2): x, y."""
        low, high, edges_mm = self.between_jaws()
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

    def rectangles(self) -> FloatArray:
        """The open pairs, shape (n, 4): low x, low y, high x, high y."""
        low, high, edges_mm = self.between_jaws()
        strips = np.column_stack([low, edges_mm[:-1], high, edges_mm[1:]])
        if self.leaf_axis == "Y":
            strips = strips[:, [1, 0, 3, 2]]
        opened: FloatArray = strips[(strips[:, 2] > strips[:, 0]) & (strips[:, 3] > strips[:, 1])]
        return opened

    def between_jaws(self) -> tuple[FloatArray, FloatArray, FloatArray]:
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
