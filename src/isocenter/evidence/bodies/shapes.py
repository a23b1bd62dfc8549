"""Shape interpolation: the surface of a body between its contours, from a function that is negative inside.

In each plane the function is s (s + 2 m), with s the signed distance to the contour and m the greatest depth:
for a circle rho^2 - r^2, so that spheres, ellipsoids, cones and cylinders, which are parabolas in z at every
point, come out right to second order. (The signed distance itself would cut corners: frusta within a sphere.)
Beyond the last plane the same is done by radii: rho = s + m runs on as a parabola at every point, r (or r^2,
whichever foretells the planes better) = m as one parabola of the whole plane, and the body is where rho < r.
"""

from dataclasses import dataclass

import numpy as np

from isocenter.evidence.bodies.stacking import LATEST_POLE, Stack
from isocenter.evidence.kernels.distance import signed_distance
from isocenter.terms.imaging import FloatArray

_EVEN_MISS = 0.02  # of the depth: less is the raster's rounding
CLOSED = 0.01  # share of the last plane's squared depth at which a body counts as closed


@dataclass(frozen=True, eq=False)
class Shape:
    """The function (mm2) and its slope in z (mm) on the raster of each plane, both (planes, rows, columns).

    depth_mm (planes,) is the greatest distance from the contour inside each plane.
    """

    z_mm: FloatArray
    depth_mm: FloatArray
    value: FloatArray
    slope: FloatArray
    x0_mm: float
    y0_mm: float
    pitch_mm: float


@dataclass(frozen=True, eq=False)
class Cap:
    """A body beyond its last plane.

    middle: rho in mm and its two derivatives, each (rows, columns); rim (3,): r to the power rim_power and
    its two derivatives. Derivatives are taken away from the body; reach_mm is negative for a cap below.
    """

    z_mm: float
    reach_mm: float
    middle: tuple[FloatArray, FloatArray, FloatArray]
    rim: FloatArray
    rim_power: int


def interpolate_shape(stack: Stack, first: int, last: int, pitch_mm: float) -> Shape:
    """The shape of the planes first..last (inclusive) on a raster that leaves a margin around them."""
    left, top, right, bottom = stack.extent_mm
    x0_mm, y0_mm = left - 2.5 * pitch_mm, top - 2.5 * pitch_mm
    columns = int(np.ceil((right - left) / pitch_mm)) + 6
    rows = int(np.ceil((bottom - top) / pitch_mm)) + 6
    value = np.empty((last - first + 1, rows, columns))
    depth_mm = np.empty(last - first + 1)
    for plane in range(first, last + 1):
        edges = stack.edges[stack.plane_edges[plane] : stack.plane_edges[plane + 1]]
        distance = value[plane - first]
        depth_mm[plane - first] = signed_distance(edges, x0_mm, y0_mm, float(pitch_mm), distance)
        distance *= distance + 2.0 * depth_mm[plane - first]
    z_mm = np.ascontiguousarray(stack.z_mm[first : last + 1])
    return Shape(z_mm, depth_mm, value, _slopes(value, z_mm), x0_mm, y0_mm, float(pitch_mm))


def _slopes(value: FloatArray, z_mm: FloatArray) -> FloatArray:
    """Slope in z of the parabola through each plane and its two neighbors; spacing may be uneven."""
    if len(z_mm) < 3:
        return np.broadcast_to(np.diff(value, axis=0) / np.diff(z_mm)[0] if len(z_mm) == 2 else 0.0, value.shape).copy()
    gap = np.diff(z_mm)[:, None, None]
    rise = np.diff(value, axis=0) / gap
    bend = np.diff(rise, axis=0) / (gap[:-1] + gap[1:])
    slope = np.empty_like(value)
    slope[1:-1] = rise[:-1] + gap[:-1] * bend
    slope[0] = rise[0] - gap[0] * bend[0]
    slope[-1] = rise[-1] + gap[-1] * bend[-1]
    return slope


def end_caps(shape: Shape, spacing_mm: float) -> tuple[Cap, Cap]:
    """The caps below the first and above the last plane."""
    return _cap(shape, slice(None, 4), -1.0, spacing_mm), _cap(shape, slice(None, -5, -1), 1.0, spacing_mm)


def _cap(shape: Shape, end_first: slice, direction: float, spacing_mm: float) -> Cap:
    """The cap beyond the first of the planes chosen; straight where there are fewer than three."""
    z_mm, depth_mm = shape.z_mm[end_first], shape.depth_mm[end_first]
    rho = np.sqrt(np.maximum(shape.value[end_first][:3] + depth_mm[:3, None, None] ** 2, 0.0))
    middle = (rho[0].copy(), *_run_on(rho, z_mm))
    power = _rim_power(depth_mm, z_mm)
    rim = np.array([depth_mm[0] ** power, *_run_on(depth_mm**power, z_mm)], dtype=np.float64)
    return Cap(float(z_mm[0]), direction * _reach_mm(rim, power, spacing_mm), middle, rim, power)


def _run_on(values: FloatArray, z_mm: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Slope and curvature, away from the body, of the parabola through the first three planes."""
    if len(z_mm) < 3:
        return np.zeros_like(values[0]), np.zeros_like(values[0])
    near_mm, far_mm = abs(z_mm[1] - z_mm[0]), abs(z_mm[2] - z_mm[1])
    near, far = (values[0] - values[1]) / near_mm, (values[1] - values[2]) / far_mm
    curvature = 2.0 * (near - far) / (near_mm + far_mm)
    return near + 0.5 * near_mm * curvature, curvature


def _rim_power(depth_mm: FloatArray, z_mm: FloatArray) -> int:
    """2 where the body rounds off, 1 where it tapers: what better foretells the end from the three before.

    Planes that lie evenly about the middle of a body foretell its end both ways; then it rounds off.
    """
    if len(z_mm) < 4:
        return 2

    def miss(power: int) -> float:
        slope, curvature = _run_on(depth_mm[1:] ** power, z_mm[1:])
        step_mm = abs(z_mm[0] - z_mm[1])
        foretold = depth_mm[1] ** power + float(slope) * step_mm + 0.5 * float(curvature) * step_mm**2
        return float(abs(max(foretold, 0.0) ** (1 / power) - depth_mm[0]))

    return 1 if miss(1) < miss(2) - _EVEN_MISS * depth_mm[1] else 2


def _reach_mm(rim: FloatArray, power: int, spacing_mm: float) -> float:
    """How far a cap reaches: to the pole where the body closes before the next plane, else half a slice."""
    away_mm = np.linspace(0.0, LATEST_POLE * spacing_mm, 111)
    closed = np.flatnonzero(np.polyval([rim[2] / 2, rim[1], rim[0]], away_mm) <= CLOSED ** (power / 2) * rim[0])
    return min(float(away_mm[closed[0]]), spacing_mm) if closed.size else spacing_mm / 2
