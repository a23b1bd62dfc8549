"""Planes through the patient: what a CT, a dose and the contours show where a plane cuts them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isocenter.evidence.bodies.stacking import Stack, stack_contours
from isocenter.terms.imaging import ContouredStructure, FloatArray

PointMm = tuple[float, float, float]

_STEP_MM = 0.5


@dataclass(frozen=True)
class Plane:
    """One of the three main planes; axes are numbered x 0, y 1, z 2, and letters say which way they point."""

    name: str
    normal: int
    across: int
    up: int
    low_letters: str  # at the low ends of across and up
    high_letters: str

    @property
    def axis(self) -> str:
        """The letter of the axis on which the plane stands upright."""
        return "xyz"[self.normal]


TRANSVERSE = Plane("Transverse", 2, 0, 1, "RA", "LP")
CORONAL = Plane("Coronal", 1, 0, 2, "RI", "LS")
SAGITTAL = Plane("Sagittal", 0, 1, 2, "AI", "PS")


def cut(values: NDArray[Any], axes_mm: Sequence[FloatArray], plane: Plane, position_mm: float) -> FloatArray | None:
    """Values [z, y, x] where a plane cuts them, shape (up, across), linear between voxels; None if outside."""
    along_mm = axes_mm[plane.normal]
    if not _reaches(along_mm, position_mm):
        return None
    before, share = _neighbors(along_mm, np.array([position_mm]))
    pair = values.take((before[0], min(before[0] + 1, len(along_mm) - 1)), axis=2 - plane.normal)
    first, second = (pair.take(side, axis=2 - plane.normal).astype(np.float64) for side in (0, 1))
    mixed: FloatArray = first + share[0] * (second - first)
    return mixed


def resample(
    image: FloatArray, across_mm: FloatArray, up_mm: FloatArray, to_across_mm: FloatArray, to_up_mm: FloatArray
) -> FloatArray:
    """An image on new rows and columns, linear between the old ones; NaN outside of them."""
    column, column_share = _neighbors(across_mm, to_across_mm)
    row, row_share = _neighbors(up_mm, to_up_mm)
    next_column = np.minimum(column + 1, len(across_mm) - 1)
    next_row = np.minimum(row + 1, len(up_mm) - 1)
    rows = image[row] + row_share[:, None] * (image[next_row] - image[row])
    new: FloatArray = rows[:, column] + column_share * (rows[:, next_column] - rows[:, column])
    new[:, (to_across_mm < across_mm[0]) | (to_across_mm > across_mm[-1])] = np.nan
    new[(to_up_mm < up_mm[0]) | (to_up_mm > up_mm[-1])] = np.nan
    return new


def level_lines(
    across_mm: FloatArray, up_mm: FloatArray, field: FloatArray, levels: Sequence[float]
) -> list[list[FloatArray]]:
    """The lines on which a field of shape (up, across) has each level, linear between its points."""
    from contourpy import contour_generator  # noqa: PLC0415

    found = contour_generator(across_mm, up_mm, field)
    return [[np.asarray(line, dtype=np.float64) for line in found.lines(level)] for level in levels]


def outlines(structure: ContouredStructure, plane: Plane, position_mm: float) -> list[FloatArray]:
    """The outlines of a structure in a plane, each of shape (n, 2): across, up.

    A transverse plane shows the contours of the slice it falls in. Across the slices the outline runs
    straight from one slice to the next, and half a slice beyond the first and the last.
    """
    stack = stack_contours(structure, _STEP_MM)
    if stack is None:
        return []
    if plane.normal == TRANSVERSE.normal:
        return _contours_at(structure, stack, position_mm)
    return _outlines_across(stack, plane, position_mm)


def centroid_mm(structure: ContouredStructure) -> PointMm:
    """The middle of a structure by area: its contours' own centroids, weighted by their signed areas.

    A structure without contours has none; ask only for one that has.
    """
    weights, middles = [], []
    for z_mm, points in structure.contours:
        x, y = points.T - points[0][:, None]
        turned = x * np.roll(y, -1) - np.roll(x, -1) * y
        area = float(turned.sum()) / 2
        if len(points) < 3 or abs(area) < 1e-9:
            continue
        offset = np.array([(x + np.roll(x, -1)) @ turned, (y + np.roll(y, -1)) @ turned]) / (6 * area)
        weights.append(abs(area))
        middles.append((*(points[0] + offset), z_mm))
    if not weights:
        x, y, z = np.mean([(*points.mean(axis=0), z_mm) for z_mm, points in structure.contours], axis=0)
    else:
        x, y, z = np.average(middles, axis=0, weights=weights)
    return float(x), float(y), float(z)


def _reaches(along_mm: FloatArray, position_mm: float) -> bool:
    """Whether a position lies among voxels, their outer halves counted in."""
    half_mm = float(np.diff(along_mm).min()) / 2 if len(along_mm) > 1 else _STEP_MM
    return bool(along_mm[0] - half_mm <= position_mm <= along_mm[-1] + half_mm)


def _neighbors(along_mm: FloatArray, at_mm: FloatArray) -> tuple[NDArray[np.intp], FloatArray]:
    """Index of the voxel before each position, and how far towards the next one it lies (0..1)."""
    before = np.clip(np.searchsorted(along_mm, at_mm, side="right") - 1, 0, max(len(along_mm) - 2, 0))
    after = np.minimum(before + 1, len(along_mm) - 1)
    gap = np.where(after > before, along_mm[after] - along_mm[before], 1.0)
    return before, np.clip((at_mm - along_mm[before]) / gap, 0.0, 1.0)


def _contours_at(structure: ContouredStructure, stack: Stack, z_mm: float) -> list[FloatArray]:
    below, above = stack.reach_mm("half")
    nearest = int(np.abs(stack.z_mm - z_mm).argmin())
    slice_mm = stack.z_mm[nearest]
    if not slice_mm - below[nearest] <= z_mm <= slice_mm + above[nearest]:
        return []
    return [
        np.vstack([points, points[:1]])
        for at_mm, points in structure.contours
        if abs(at_mm - slice_mm) < 0.001 and len(points) >= 3
    ]


def _outlines_across(stack: Stack, plane: Plane, position_mm: float) -> list[FloatArray]:
    """Zero lines of the distance to the contours' walls, along each slice, positive within."""
    crossings = _crossings(stack, plane, position_mm)
    if not any(len(found) for found in crossings):
        return []
    together = np.concatenate(crossings)
    along_mm = np.arange(together.min() - 2 * stack.spacing_mm, together.max() + 2 * stack.spacing_mm, _STEP_MM)
    depth_mm = np.array([_depths(found, along_mm, stack.spacing_mm) for found in crossings])
    below, above = stack.reach_mm("half")
    lines: list[FloatArray] = []
    for first, last in stack.runs:
        low_mm, high_mm = stack.z_mm[first] - below[first], stack.z_mm[last] + above[last]
        rows_mm = [low_mm - 0.01, low_mm, *stack.z_mm[first : last + 1], high_mm, high_mm + 0.01]
        outside = np.full(len(along_mm), -stack.spacing_mm)
        field = [outside, depth_mm[first], *depth_mm[first : last + 1], depth_mm[last], outside]
        lines += level_lines(along_mm, np.array(rows_mm), np.array(field), [0.0])[0]
    return lines


def _crossings(stack: Stack, plane: Plane, position_mm: float) -> list[FloatArray]:
    """Where each slice's contours cross the plane, sorted, one array a slice."""
    fixed, along = plane.normal, plane.across
    start, end = stack.edges[:, fixed], stack.edges[:, 2 + fixed]
    crosses = np.flatnonzero((start <= position_mm) != (end <= position_mm))
    share = (position_mm - start[crosses]) / (end[crosses] - start[crosses])
    here, there = stack.edges[crosses, along], stack.edges[crosses, 2 + along]
    at_mm = here + share * (there - here)
    slices = np.searchsorted(stack.plane_edges, crosses, side="right") - 1
    ends = np.searchsorted(slices, np.arange(len(stack.z_mm) + 1))
    return [np.sort(at_mm[a:b]) for a, b in pairwise(ends)]


def _depths(crossings: FloatArray, along_mm: FloatArray, most_mm: float) -> FloatArray:
    """How deep each position lies within (positive) or outside (negative), never beyond most_mm."""
    if not len(crossings):
        return np.full(len(along_mm), -most_mm)
    after = np.searchsorted(crossings, along_mm)
    to_next = np.abs(crossings[np.minimum(after, len(crossings) - 1)] - along_mm)
    to_last = np.abs(along_mm - crossings[np.maximum(after - 1, 0)])
    depth = np.minimum(np.minimum(to_next, to_last), most_mm)
    return np.where(after % 2 == 1, depth, -depth)
