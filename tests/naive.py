"""Slow, plain twins of the compiled kernels: what they should have computed, said as simply as possible."""

import math

import numpy as np
from numpy.typing import NDArray

from isocenter.terms.imaging import ContouredStructure, DoseGrid, FloatArray


def is_inside(x: float, y: float, contours: list[FloatArray]) -> bool:
    """Even-odd over all edges of all contours."""
    inside = False
    for points in contours:
        for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, axis=0), strict=True):
            if (y0 > y) != (y1 > y) and x0 + (x1 - x0) * (y - y0) / (y1 - y0) > x:
                inside = not inside
    return inside


def distance_to_contours(x: float, y: float, contours: list[FloatArray]) -> float:
    """Distance to the nearest edge, negative inside."""
    nearest = math.inf
    for points in contours:
        for start, end in zip(points, np.roll(points, -1, axis=0), strict=True):
            along = end - start
            t = np.clip(np.dot([x, y] - start, along) / np.dot(along, along), 0, 1)
            nearest = min(nearest, float(np.hypot(*(start + t * along - [x, y]))))
    return -nearest if is_inside(x, y, contours) else nearest


def trilinear_gy(dose: DoseGrid, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
    """The doses at points; nan outside the voxel centers."""
    is_within = np.ones(len(x), dtype=bool)
    at = []
    for axis, positions in ((dose.z_mm, z), (dose.y_mm, y), (dose.x_mm, x)):
        is_within &= (positions >= axis[0]) & (positions <= axis[-1])
        cells = np.clip(np.searchsorted(axis, positions, side="right") - 1, 0, len(axis) - 2)
        at.append((cells, (positions - axis[cells]) / (axis[cells + 1] - axis[cells])))
    total = np.zeros(len(x))
    for corner in range(8):
        weight, index = np.ones(len(x)), []
        for bit, (cells, fractions) in enumerate(at):
            upper = corner >> bit & 1
            weight = weight * (fractions if upper else 1 - fractions)
            index.append(cells + upper)
        total += weight * dose.dose_gy[tuple(index)]
    return np.where(is_within, total, np.nan)


def count_points(
    structure: ContouredStructure, dose: DoseGrid, thickness_mm: float, points_across: int
) -> tuple[FloatArray, float]:
    """Doses at the points of a fine lattice within slabs, and the volume in cc that each point stands for.

    Every slab is thickness_mm thick around its plane; points outside the dose grid are left out.
    """
    xy = np.concatenate([points for _, points in structure.contours])
    low, high = xy.min(axis=0), xy.max(axis=0)
    step = (high - low) / points_across
    layers = 4
    x = low[0] + (np.arange(points_across) + 0.5) * step[0]
    doses = []
    for plane in structure.z_mm:
        contours = [points for z, points in structure.contours if z == plane]
        for y in low[1] + (np.arange(points_across) + 0.5) * step[1]:
            inside = x[_are_inside(x, y, contours)]
            for k in range(layers):
                z = plane + ((k + 0.5) / layers - 0.5) * thickness_mm
                doses.append(trilinear_gy(dose, inside, np.full(len(inside), y), np.full(len(inside), z)))
    every = np.concatenate(doses)
    return every[~np.isnan(every)], float(step.prod()) * thickness_mm / layers / 1000


def _are_inside(x: FloatArray, y: float, contours: list[FloatArray]) -> NDArray[np.bool_]:
    """Even-odd over all edges of all contours, for points of one row."""
    inside = np.zeros(len(x), dtype=bool)
    for points in contours:
        for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, axis=0), strict=True):
            if (y0 > y) != (y1 > y):
                inside ^= x0 + (x1 - x0) * (y - y0) / (y1 - y0) > x
    return inside
