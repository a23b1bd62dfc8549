"""Signed in-plane distance from raster points to the contours of one plane."""

import math

import numpy as np

from isocenter.engines.compiling import njit
from isocenter.terms.imaging import FloatArray

BLOCK = 8
FAR_MM2 = 1e30


@njit(nogil=True, cache=True, fastmath=True)
def _least_distance2(
    starts_x: FloatArray, starts_y: FloatArray, along_x: FloatArray, along_y: FloatArray,
    inverse_length2: FloatArray, count: int, x: float, y: float,
) -> float:  # fmt: skip
    """Squared distance in mm2 from a point to the nearest of the first count edges."""
    least = FAR_MM2
    for e in range(count):
        dx, dy = x - starts_x[e], y - starts_y[e]
        t = min(max((dx * along_x[e] + dy * along_y[e]) * inverse_length2[e], 0.0), 1.0)
        dx -= t * along_x[e]
        dy -= t * along_y[e]
        least = min(least, dx * dx + dy * dy)
    return least


@njit(nogil=True, cache=True)  # strict: both edges of a vertex must round alike
def _mark_inside(edges: FloatArray, x0: float, y0: float, pitch_mm: float, out: FloatArray) -> None:
    """Write -1 where an odd number of edges lies to the left of a raster point, else +1."""
    rows, columns = out.shape
    out[:] = 1.0
    for e in range(edges.shape[0]):
        ax, ay, bx, by = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
        first = max(math.ceil((min(ay, by) - y0) / pitch_mm), 0)
        last = min(math.ceil((max(ay, by) - y0) / pitch_mm), rows)
        for row in range(first, last):
            x = ax + (bx - ax) * (y0 + row * pitch_mm - ay) / (by - ay)
            for column in range(max(math.ceil((x - x0) / pitch_mm), 0), columns):
                out[row, column] = -out[row, column]


@njit(nogil=True, cache=True, fastmath=True)
def signed_distance(edges: FloatArray, x0: float, y0: float, pitch_mm: float, out: FloatArray) -> float:
    """Fill out (rows, columns) with the distance in mm to the nearest edge, negative inside; returns depth.

    edges (n, 4): x0, y0, x1, y1 in mm; inside is even-odd. Exact: a block of points looks only at the edges
    that can be nearest to any of them, at most twice the block's radius farther from its middle than the
    nearest is. The depth is the greatest distance inside, searched between the raster points around the
    deepest one.
    """
    rows, columns = out.shape
    _mark_inside(edges, x0, y0, pitch_mm, out)
    n = edges.shape[0]
    ax, ay = edges[:, 0].copy(), edges[:, 1].copy()
    ux, uy = edges[:, 2] - ax, edges[:, 3] - ay
    inverse = 1.0 / np.maximum(ux * ux + uy * uy, 1e-12)
    near_ax, near_ay, near_ux, near_uy, near_inverse = (
        np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n),
    )  # fmt: skip
    half = 0.5 * (BLOCK - 1) * pitch_mm
    deepest, deepest_x, deepest_y = 0.0, x0, y0
    for top in range(0, rows, BLOCK):
        for left in range(0, columns, BLOCK):
            x, y = x0 + left * pitch_mm + half, y0 + top * pitch_mm + half
            least = _least_distance2(ax, ay, ux, uy, inverse, n, x, y)
            limit = (math.sqrt(least) + 2.0 * math.sqrt(2.0) * half + 1e-9) ** 2
            count = 0
            for e in range(n):
                dx, dy = x - ax[e], y - ay[e]
                t = min(max((dx * ux[e] + dy * uy[e]) * inverse[e], 0.0), 1.0)
                dx -= t * ux[e]
                dy -= t * uy[e]
                if dx * dx + dy * dy <= limit:
                    near_ax[count], near_ay[count], near_ux[count] = ax[e], ay[e], ux[e]
                    near_uy[count], near_inverse[count] = uy[e], inverse[e]
                    count += 1
            for row in range(top, min(top + BLOCK, rows)):
                for column in range(left, min(left + BLOCK, columns)):
                    x, y = x0 + column * pitch_mm, y0 + row * pitch_mm
                    out[row, column] *= math.sqrt(
                        _least_distance2(near_ax, near_ay, near_ux, near_uy, near_inverse, count, x, y)
                    )
                    if -out[row, column] > deepest:
                        deepest, deepest_x, deepest_y = -out[row, column], x, y
    # Within less than its own depth of an inside point everything is inside: no sign is needed here.
    step = 0.5 * min(pitch_mm, deepest)
    while step > 0.02 * pitch_mm and step > 0.0:
        middle_x, middle_y = deepest_x, deepest_y
        for side in range(9):
            x, y = middle_x + (side // 3 - 1) * step, middle_y + (side % 3 - 1) * step
            depth = math.sqrt(_least_distance2(ax, ay, ux, uy, inverse, n, x, y))
            if depth > deepest + 1e-9:
                deepest, deepest_x, deepest_y = depth, x, y
        if deepest_x == middle_x and deepest_y == middle_y:
            step *= 0.5
    return deepest
