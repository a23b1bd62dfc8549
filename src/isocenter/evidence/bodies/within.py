"""How much of one structure's outline lies within another: a rough answer, from the points as drawn."""

import numpy as np
from numpy.typing import NDArray

from isocenter.terms.imaging import ContouredStructure, FloatArray

_SAME_SLICE_MM = 0.5


def share_of_points_inside(structure: ContouredStructure, other: ContouredStructure) -> float:
    """Share (0..1) of the points of a structure's contours that lie within another on the slices of both.

    0 where they have no slice in common.
    """
    inside, all_points = 0, 0
    for z_mm, points in structure.contours:
        here = [outline for other_z_mm, outline in other.contours if abs(other_z_mm - z_mm) < _SAME_SLICE_MM]
        if here:
            inside += int((crossings_beside(points, here) % 2 == 1).sum())
            all_points += len(points)
    return inside / all_points if all_points else 0.0


def crossings_beside(points: FloatArray, outlines: list[FloatArray]) -> NDArray[np.int64]:
    """How many edges of closed outlines (m, 2) lie beside each point (n, 2), towards higher x; odd within them."""
    x, y = points[:, :1], points[:, 1:]
    counts = np.zeros(len(points), dtype=np.int64)
    for outline in outlines:
        x0, y0 = outline.T
        x1, y1 = np.roll(outline, -1, axis=0).T
        with np.errstate(divide="ignore", invalid="ignore"):
            counts += (((y0 > y) != (y1 > y)) & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)).sum(axis=1)
    return counts
