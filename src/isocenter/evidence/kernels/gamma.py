"""Gamma at listed points: offsets sorted by distance, and a stop as soon as distance alone is worse than the best."""

import math

import numpy as np
from numpy.typing import NDArray

from isocenter.engines.compiling import njit
from isocenter.terms.imaging import FloatArray

IntArray = NDArray[np.int64]

LOOK_AROUND_AFTER = 200  # offsets; as many voxels lie within the usual reach


@njit(nogil=True, cache=True)
def _trilinear(
    dose: NDArray[np.float32],
    k: int,
    j: int,
    i: int,
    fz: float,
    fy: float,
    fx: float,
) -> float:
    """Dose at shares fz, fy, fx beyond voxel (k, j, i); an axis of one voxel has share 0."""
    k1, j1, i1 = min(k + 1, dose.shape[0] - 1), min(j + 1, dose.shape[1] - 1), min(i + 1, dose.shape[2] - 1)
    a = dose[k, j, i] + (dose[k, j, i1] - dose[k, j, i]) * fx
    b = dose[k, j1, i] + (dose[k, j1, i1] - dose[k, j1, i]) * fx
    c = dose[k1, j, i] + (dose[k1, j, i1] - dose[k1, j, i]) * fx
    d = dose[k1, j1, i] + (dose[k1, j1, i1] - dose[k1, j1, i]) * fx
    a += (b - a) * fy
    c += (d - c) * fy
    return float(a + (c - a) * fz)


@njit(nogil=True, cache=True)
def _span(cells: IntArray) -> tuple[int, int]:
    """First and last cell that any step reaches; (0, -1) where none lies in the grid."""
    first, last = 0, -1
    for cell in cells:
        if cell >= 0:
            first = cell if last < 0 else min(first, cell)
            last = max(last, cell)
    return first, last


@njit(nogil=True, cache=True)
def _nearest_off(
    evaluated: NDArray[np.float32], dose: float, cells_z: IntArray, cells_y: IntArray, cells_x: IntArray
) -> float:
    """How far the dose lies beyond all evaluated doses that any offset reaches; 0 where it lies among them."""
    lowest, highest = np.inf, -np.inf
    (z0, z1), (y0, y1), (x0, x1) = _span(cells_z), _span(cells_y), _span(cells_x)
    for k in range(z0, min(z1 + 2, evaluated.shape[0])):
        for j in range(y0, min(y1 + 2, evaluated.shape[1])):
            for i in range(x0, min(x1 + 2, evaluated.shape[2])):
                there = float(evaluated[k, j, i])
                lowest, highest = min(lowest, there), max(highest, there)
    return max(0.0, lowest - dose, dose - highest)


@njit(nogil=True, cache=True)
def gamma_at_points(
    points: IntArray,
    dose_gy: FloatArray,
    criterion_gy: FloatArray,
    evaluated: NDArray[np.float32],
    cells_z: IntArray,
    shares_z: FloatArray,
    cells_y: IntArray,
    shares_y: FloatArray,
    cells_x: IntArray,
    shares_x: FloatArray,
    offsets: IntArray,
    apart2: FloatArray,
    maximum: float,
) -> FloatArray:
    """Gamma = min over offsets of sqrt(apart2 + ((evaluated - dose) / criterion)^2), at most the maximum.

    points (n, 3): voxel (z, y, x) of each point; dose_gy and criterion_gy (n,). Offset m lies offsets[m] (z, y, x)
    raster steps away, apart2[m] = (distance / criterion)^2, ascending. cells, shares (voxels, steps) of each axis:
    the evaluated grid's cell at a voxel's coordinate plus a step and how far into it; cell -1 is outside the grid.
    NaN where no offset within the maximum lies in the evaluated grid. A search that goes far looks once at the range
    of all doses within reach: where the dose lies beyond it, the search ends as soon as no offset can be nearer.
    """
    out = np.empty(points.shape[0])
    for n in range(points.shape[0]):
        z, y, x = points[n, 0], points[n, 1], points[n, 2]
        best = maximum * maximum
        is_within = False
        off2 = 0.0  # no offset comes nearer in dose
        for m in range(offsets.shape[0]):
            if m == LOOK_AROUND_AFTER:
                off = _nearest_off(evaluated, dose_gy[n], cells_z[z], cells_y[y], cells_x[x]) / criterion_gy[n]
                off2 = off * off
            if is_within and apart2[m] + off2 >= best:
                break
            k = cells_z[z, offsets[m, 0]]
            j = cells_y[y, offsets[m, 1]]
            i = cells_x[x, offsets[m, 2]]
            if k < 0 or j < 0 or i < 0:
                continue
            is_within = True
            there = _trilinear(
                evaluated,
                k,
                j,
                i,
                shares_z[z, offsets[m, 0]],
                shares_y[y, offsets[m, 1]],
                shares_x[x, offsets[m, 2]],
            )
            off = (there - dose_gy[n]) / criterion_gy[n]
            best = min(best, apart2[m] + off * off)
        out[n] = math.sqrt(best) if is_within else np.nan
    return out
