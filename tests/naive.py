"""Slow, plain twins of the compiled kernels: what they should have computed, said as simply as possible."""

import math

import numpy as np

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


def trilinear_gy(dose: DoseGrid, x: float, y: float, z: float) -> float | None:
    """The dose at a point; None outside the voxel centers."""
    at = []
    for axis, position in ((dose.z_mm, z), (dose.y_mm, y), (dose.x_mm, x)):
        if not axis[0] <= position <= axis[-1]:
            return None
        cell = min(int(np.searchsorted(axis, position, side="right")) - 1, len(axis) - 2)
        at.append((cell, (position - axis[cell]) / (axis[cell + 1] - axis[cell])))
    total = 0.0
    for corner in range(8):
        weight, index = 1.0, []
        for bit, (cell, fraction) in enumerate(at):
            upper = corner >> bit & 1
            weight *= fraction if upper else 1 - fraction
            index.append(cell + upper)
        total += weight * float(dose.dose_gy[tuple(index)])
    return total


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
    doses = []
    for plane in structure.z_mm:
        contours = [points for z, points in structure.contours if z == plane]
        for i in range(points_across):
            for j in range(points_across):
                x, y = low + (np.array([i, j]) + 0.5) * step
                if not is_inside(x, y, contours):
                    continue
                for k in range(layers):
                    dose_gy = trilinear_gy(dose, x, y, plane + ((k + 0.5) / layers - 0.5) * thickness_mm)
                    if dose_gy is not None:
                        doses.append(dose_gy)
    return np.array(doses), float(step.prod()) * thickness_mm / layers / 1000
