"""Contours of one slice that share a stretch of their outlines: halves of one body that was drawn in two."""

from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from isocenter.terms.imaging import FloatArray

_APART_MM = 0.1  # by which outlines that touch may lie apart: the rounding of their points
_LEAST_STRETCH_MM = 1.0  # shorter, two bodies meet in a point


def join_touching(
    part_of: NDArray[np.int64], edges: FloatArray, contour_of_edge: NDArray[np.int64], plane_edges: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The part of each contour, shape (contours,), with parts made one whose contours touch along a stretch.

    edges (n, 4): x0, y0, x1, y1 in mm, grouped by plane; contour_of_edge (n,); plane_edges (planes + 1,).
    """
    joined = part_of.copy()
    for start, end in pairwise(plane_edges):
        contours = np.unique(contour_of_edge[start:end])
        if len(np.unique(joined[contours])) < 2:
            continue
        outlines = {int(contour): edges[start:end][contour_of_edge[start:end] == contour] for contour in contours}
        for one, other in combinations(outlines, 2):
            if joined[one] != joined[other] and _touch(outlines[one], outlines[other]):
                joined[joined == joined[other]] = joined[one]
    return joined


def _touch(one: FloatArray, other: FloatArray) -> bool:
    points = np.concatenate([_near(one, other), _near(other, one)])
    return len(points) > 1 and float(np.hypot(*np.ptp(points, axis=0))) >= _LEAST_STRETCH_MM


def _near(edges: FloatArray, others: FloatArray) -> FloatArray:
    """The points of one outline, shape (n, 2), that lie on another."""
    starts, ends = others[:, :2], others[:, 2:]
    low, high = starts.min(axis=0) - _APART_MM, starts.max(axis=0) + _APART_MM
    points = edges[:, :2]
    points = points[np.all((points >= low) & (points <= high), axis=1)]
    along = ends - starts
    from_start = points[:, None, :] - starts
    t = np.clip((from_start * along).sum(axis=2) / np.maximum((along**2).sum(axis=1), 1e-12), 0.0, 1.0)
    apart_mm = np.linalg.norm(from_start - t[:, :, None] * along, axis=2)
    near: FloatArray = points[(apart_mm <= _APART_MM).any(axis=1)] if len(points) else points
    return near
