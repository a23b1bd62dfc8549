"""The outline of a structure as a beam sees it.

Each contour is a slab as high as its slice. A slab is seen as the convex hull of its two faces: exact for beams
across the slices, and for beams along them where the contour is convex. The outline runs around all slabs together.
"""

import numpy as np

from isocenter.evidence.bodies.solids import LONE_SLICE_MM
from isocenter.evidence.bodies.stacking import Stack, stack_contours
from isocenter.evidence.fields.portals import look_along
from isocenter.evidence.pictures.planes import level_lines
from isocenter.terms.imaging import Beam, ContouredStructure, ControlPoint, FloatArray

RASTER_MM = 1.0
AROUND_MM = 3.0  # beyond each slab, so that the outline runs smoothly from one to the next
ANGLES = np.arange(0.0, 2 * np.pi, 2 * np.pi / 72)  # a circle of 10 cm is met to within 0.1 mm
DIRECTIONS = np.column_stack([np.cos(ANGLES), np.sin(ANGLES)])


def silhouette(
    structure: ContouredStructure, beam: Beam, point: ControlPoint, patient_position: str
) -> list[FloatArray]:
    """Closed lines, each of shape (n, 2): x, y in mm of the collimator at the isocenter plane.

    Empty where the beam has no isocenter or the structure no contours. Holes that a beam sees through are kept.
    """
    stack = stack_contours(structure, LONE_SLICE_MM)
    if stack is None or beam.isocenter_mm is None:
        return []
    hulls = [_hull(look_along(beam, point, face, patient_position)) for face in _slabs(stack)]
    hulls = [hull for hull in hulls if len(hull) > 2]
    if not hulls:
        return []
    every = np.concatenate(hulls)
    low, high = every.min(axis=0) - 2 * AROUND_MM, every.max(axis=0) + 2 * AROUND_MM
    x_mm, y_mm = (np.arange(low[axis], high[axis] + RASTER_MM, RASTER_MM) for axis in (0, 1))
    outside_mm = np.full((len(y_mm), len(x_mm)), AROUND_MM)
    for hull in hulls:
        _take_in(outside_mm, hull, x_mm, y_mm)
    return level_lines(x_mm, y_mm, outside_mm, [0.0])[0]


def _slabs(stack: Stack) -> list[FloatArray]:
    """The points of the lower and upper face of each contour's slab, shape (2 n, 3) each."""
    below_mm, above_mm = stack.reach_mm("half")
    starts = np.flatnonzero(np.any(stack.edges[1:, :2] != stack.edges[:-1, 2:], axis=1)) + 1
    firsts = np.unique(np.concatenate([stack.plane_edges[:-1], starts]))
    plane = np.searchsorted(stack.plane_edges, firsts, side="right") - 1
    slabs = []
    for first, last, at in zip(firsts, [*firsts[1:], len(stack.edges)], plane, strict=True):
        outline = stack.edges[first:last, :2]
        faces_mm = (stack.z_mm[at] - below_mm[at], stack.z_mm[at] + above_mm[at])
        slabs.append(np.concatenate([np.column_stack([outline, np.full(len(outline), z)]) for z in faces_mm]))
    return slabs


def _hull(points: FloatArray) -> FloatArray:
    """Corners of the convex hull of points (n, 2), turning left: the farthest point in each of many directions."""
    farthest = np.argmax(points @ DIRECTIONS.T, axis=0)
    corners: FloatArray = points[farthest[farthest != np.roll(farthest, 1)]]
    return corners


def _take_in(outside_mm: FloatArray, hull: FloatArray, x_mm: FloatArray, y_mm: FloatArray) -> None:
    """Lower the distance outside (negative inside) of the raster points in and around a hull, in place."""
    low, high = hull.min(axis=0) - AROUND_MM, hull.max(axis=0) + AROUND_MM
    columns = slice(*np.searchsorted(x_mm, (low[0], high[0])))
    rows = slice(*np.searchsorted(y_mm, (low[1], high[1])))
    along = np.roll(hull, -1, axis=0) - hull
    length = np.hypot(along[:, 0], along[:, 1])
    outward = np.column_stack([along[:, 1], -along[:, 0]])[length > 0] / length[length > 0, None]
    reach = np.sum(outward * hull[length > 0], axis=1)
    sides = outward[:, 0, None, None] * x_mm[columns] + outward[:, 1, None, None] * y_mm[rows, None]
    view = outside_mm[rows, columns]
    np.minimum(view, (sides - reach[:, None, None]).max(axis=0), out=view)
