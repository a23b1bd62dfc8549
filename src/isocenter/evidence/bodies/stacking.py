"""How a structure's contours stack up in z: its planes, its gaps, and what lies beyond its ends.

Each contour stands for the slab that reaches half-way to its neighbors. Contours more than 1.5 times the
usual spacing apart are a gap. A gap of one missing slice between contours that overlap is bridged (each side
reaches half-way); across any other gap the structure ends and begins again.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from isocenter.errors import UnreadableInput
from isocenter.terms.imaging import ContouredStructure, FloatArray

EndCap = Literal["half", "none"]

GAP = 1.5  # times the usual spacing: farther apart, at least one slice is missing
ONE_MISSING = 2.5  # times the usual spacing: farther apart, more than one is
LATEST_POLE = 1.1  # spacings: a pole this little beyond the next plane, which has no contour, is taken to be on it
FARTHEST_MM = 1e5
_SHORTEST_STEP_MM, _STRAIGHT_SINE = 0.05, 0.05
_MOST_ASIDE = 0.35  # half widths of a section by which those of an interpolated body move aside from slice to slice
_NARROWEST_MM = 5.0  # of the box around a long body whose surface is still interpolated


@dataclass(frozen=True, eq=False)
class Stack:
    """The planes of one structure, ascending in z.

    edges (n, 4): x0, y0, x1, y1 in mm, grouped by plane; plane_edges (planes + 1,): where each plane's begin;
    plane_contours (planes,): how many contours lie in each; spacing_mm: the usual distance of planes;
    runs: (first, last) planes of each part without an open gap.
    """

    z_mm: FloatArray
    edges: FloatArray
    plane_edges: NDArray[np.int64]
    plane_contours: NDArray[np.int64]
    spacing_mm: float
    runs: tuple[tuple[int, int], ...]

    @cached_property
    def extent_mm(self) -> tuple[float, float, float, float]:
        """Least x, least y, greatest x, greatest y."""
        low, high = self.edges.min(axis=0), self.edges.max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    @property
    def span_mm(self) -> float:
        """The longer side of the box around all contours."""
        left, top, right, bottom = self.extent_mm
        return max(right - left, bottom - top)

    @property
    def narrow_mm(self) -> float:
        """The shorter side of the box around all contours."""
        left, top, right, bottom = self.extent_mm
        return min(right - left, bottom - top)

    @cached_property
    def areas_mm2(self) -> FloatArray:
        """Area of the section at each plane, shape (planes,): holes taken off, islands in them added."""
        first = contour_begins(self.edges, self.plane_edges)
        x0, y0, x1, y1 = (self.edges - np.tile(self.edges[0, :2], 2)).T
        enclosed: FloatArray = np.abs(np.add.reduceat(x0 * y1 - x1 * y0, first)) / 2
        plane = np.searchsorted(self.plane_edges, first, side="right") - 1
        for contour in np.flatnonzero(self.plane_contours[plane] > 1):
            if self._is_hole(first[contour], np.append(first, len(self.edges))[contour + 1], plane[contour]):
                enclosed[contour] *= -1
        return np.bincount(plane, weights=enclosed, minlength=len(self.z_mm)).astype(np.float64)

    def _is_hole(self, first: int, stop: int, plane: int) -> bool:
        """Whether the contour of edges first..stop lies within an odd number of the others of its plane."""
        start, end = self.plane_edges[plane], self.plane_edges[plane + 1]
        x, y = (self.edges[first, :2] + self.edges[first, 2:]) / 2
        ax, ay, bx, by = np.concatenate([self.edges[start:first], self.edges[stop:end]]).T
        is_level = (ay > y) != (by > y)
        crossed = x < (bx - ax)[is_level] * (y - ay[is_level]) / (by - ay)[is_level] + ax[is_level]
        return bool(crossed.sum() % 2)

    def reach_mm(self, end_cap: EndCap) -> tuple[FloatArray, FloatArray]:
        """How far each plane's slab reaches below and above the plane, each of shape (planes,)."""
        half_gaps = np.diff(self.z_mm) / 2
        end_mm = self.spacing_mm / 2 if end_cap == "half" else 0.0
        below = np.concatenate([[end_mm], half_gaps])
        above = np.concatenate([half_gaps, [end_mm]])
        for first, last in self.runs:
            below[first] = end_mm
            above[last] = end_mm
        return below, above


def contour_begins(edges: FloatArray, plane_edges: NDArray[np.int64]) -> NDArray[np.intp]:
    """The first edge of each contour: one that does not go on from the edge before, or begins a plane."""
    begins = np.ones(len(edges), dtype=bool)
    begins[1:] = np.any(edges[1:, :2] != edges[:-1, 2:], axis=1)
    begins[plane_edges[:-1]] = True
    return np.flatnonzero(begins)


def stack_contours(structure: ContouredStructure, lone_slice_mm: float) -> Stack | None:
    """Stack a structure's contours; None when it has none. A lone slice counts as thick as the structure says, else
    as lone_slice_mm.

    Contours of fewer than three points enclose nothing; readers have reported them.
    """
    contours = sorted(
        ((round(float(z), 3), points) for z, points in structure.contours if len(points) >= 3),
        key=lambda c: c[0],
    )
    if not contours:
        return None
    points = np.concatenate([points for _, points in contours]).astype(np.float64, copy=False)
    contour_z = np.array([z for z, _ in contours])
    if not (np.abs(points).max() <= FARTHEST_MM and np.abs(contour_z).max() <= FARTHEST_MM):
        raise UnreadableInput(
            f"structure {structure.name!r} has a contour point that is not a number or farther than "
            f"{FARTHEST_MM / 1000:.0f} m from the origin; export the structure again"
        )
    lengths = np.array([len(points) for _, points in contours])
    z_mm, first_contour, plane_contours = np.unique(contour_z, return_index=True, return_counts=True)
    plane_edges = np.append(np.concatenate([[0], np.cumsum(lengths)])[first_contour], len(points))
    edges = np.concatenate([points, _next_points(points, lengths)], axis=1)
    gaps = np.diff(z_mm)
    spacing_mm = float(np.median(gaps)) if gaps.size else structure.slice_mm or lone_slice_mm
    return Stack(
        z_mm=z_mm,
        edges=np.ascontiguousarray(edges),
        plane_edges=plane_edges.astype(np.int64),
        plane_contours=plane_contours.astype(np.int64),
        spacing_mm=spacing_mm,
        runs=_find_runs(gaps, spacing_mm, edges, plane_edges),
    )


def _next_points(points: FloatArray, lengths: NDArray[np.int64]) -> FloatArray:
    """The point after each one along its closed contour."""
    following = np.arange(1, len(points) + 1)
    ends = np.cumsum(lengths)
    following[ends - 1] = ends - lengths
    return np.asarray(points[following])


def _find_runs(
    gaps: FloatArray, spacing_mm: float, edges: FloatArray, plane_edges: NDArray[np.int64]
) -> tuple[tuple[int, int], ...]:
    """(first, last) planes of each part between which the structure is open."""
    breaks = [
        a
        for a in np.flatnonzero(gaps > GAP * spacing_mm)
        if gaps[a] > ONE_MISSING * spacing_mm or not _overlap(edges, plane_edges, int(a))
    ]
    firsts = [0, *(int(a) + 1 for a in breaks)]
    lasts = [*(int(a) for a in breaks), len(gaps)]
    return tuple(zip(firsts, lasts, strict=True))


def _overlap(edges: FloatArray, plane_edges: NDArray[np.int64], plane: int) -> bool:
    """Whether the boxes around the contours of a plane and of the next one meet."""
    here = edges[plane_edges[plane] : plane_edges[plane + 1], :2]
    there = edges[plane_edges[plane + 1] : plane_edges[plane + 2], :2]
    return bool(np.all(here.min(axis=0) <= there.max(axis=0)) and np.all(there.min(axis=0) <= here.max(axis=0)))


def is_simple(stack: Stack) -> bool:
    """Whether the body may be interpolated: one compact contour a plane, no open gap, three planes or more.

    Compact means perimeter^2 <= 8 pi area (a circle has 4 pi area), or no dent at all, as the long sections of a
    lying rod; keyholes and thin bands are neither. Sections that move aside by more than a third of their half width,
    as those of a rod that lies slightly tilted, would lose volume in between: they stay slabs.
    """
    if len(stack.z_mm) < 3 or len(stack.runs) > 1 or stack.plane_contours.max() > 1:
        return False
    x0, y0, x1, y1 = stack.edges.T
    first = stack.plane_edges[:-1]
    area = np.abs(np.add.reduceat((x0 - x0[0]) * (y1 - y0[0]) - (x1 - x0[0]) * (y0 - y0[0]), first)) / 2
    perimeter = np.add.reduceat(np.hypot(x1 - x0, y1 - y0), first)
    is_compact = perimeter**2 <= 8 * np.pi * area
    if _moves_aside(stack, area, perimeter):
        return False
    if is_compact.all() or stack.narrow_mm < _NARROWEST_MM:
        return bool(is_compact.all())
    return all(is_compact[plane] or _is_convex(stack, plane) for plane in range(len(area)))


def _moves_aside(stack: Stack, area: FloatArray, perimeter: FloatArray) -> bool:
    """Whether sections (planes,) move one way, from each to the next by more than a third of their half width.

    A body that tapers moves to and fro, which evens out.
    The half width is that of the stadium (a rectangle between two half circles) of the same area and perimeter.
    """
    x0, y0, x1, y1 = stack.edges.T
    first = stack.plane_edges[:-1]
    length = np.hypot(x1 - x0, y1 - y0)
    total = np.maximum(np.add.reduceat(length, first), 1e-9)
    middle = np.array([np.add.reduceat(length * (a + b) / 2, first) / total for a, b in ((x0, x1), (y0, y1))])
    moved_mm = np.diff(middle, axis=1)
    root = np.sqrt(np.clip(perimeter**2 - 4 * np.pi * area, 0.0, None))
    half_width_mm = np.maximum((perimeter - root) / (2 * np.pi), 1e-9)
    narrower_mm = np.minimum(half_width_mm[1:], half_width_mm[:-1])
    return float(np.hypot(*np.mean(moved_mm / narrower_mm, axis=1))) > _MOST_ASIDE


def _is_convex(stack: Stack, plane: int) -> bool:
    """Whether the one contour of a plane turns one way only, but for the rounding of its points."""
    edges = stack.edges[stack.plane_edges[plane] : stack.plane_edges[plane + 1]]
    steps = edges[:, 2:] - edges[:, :2]
    steps = steps[np.hypot(*steps.T) > _SHORTEST_STEP_MM]
    following = np.roll(steps, -1, axis=0)
    turns = steps[:, 0] * following[:, 1] - steps[:, 1] * following[:, 0]
    sizes = np.hypot(*steps.T) * np.hypot(*following.T)
    sines = turns / sizes
    return bool((sines >= -_STRAIGHT_SINE).all() or (sines <= _STRAIGHT_SINE).all())
