"""Signed in-plane distance from raster points to the contours of one plane."""

import math

import numpy as np

from isocenter.engines.compiling import njit
from isocenter.terms.imaging import FloatArray

WIDE_BLOCK, BLOCK = 16, 8
FAR_MM2 = 1e30
Edges = tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]  # starts x, y; along x, y; 1 / length^2


@njit(nogil=True, cache=True, fastmath=True, forceinline=True)
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


@njit(nogil=True, cache=True, fastmath=True, forceinline=True)
def _keep_near(edges: Edges, count: int, x: float, y: float, reach_mm: float, near: Edges) -> int:
    """Write to near those of the first count edges that may be nearest to a point within reach_mm of (x, y).

    Such an edge is at most twice the reach farther from the middle than the nearest is.
    """
    least = _least_distance2(edges[0], edges[1], edges[2], edges[3], edges[4], count, x, y)
    limit = (math.sqrt(least) + 2.0 * reach_mm + 1e-9) ** 2
    kept = 0
    for e in range(count):
        dx, dy = x - edges[0][e], y - edges[1][e]
        t = min(max((dx * edges[2][e] + dy * edges[3][e]) * edges[4][e], 0.0), 1.0)
        dx -= t * edges[2][e]
        dy -= t * edges[3][e]
        if dx * dx + dy * dy <= limit:
            near[0][kept], near[1][kept], near[2][kept] = edges[0][e], edges[1][e], edges[2][e]
            near[3][kept], near[4][kept] = edges[3][e], edges[4][e]
            kept += 1
    return kept


@njit(nogil=True, cache=True, fastmath=True, forceinline=True)
def _least_distances2(edges: Edges, count: int, at_x: FloatArray, at_y: FloatArray, least2: FloatArray) -> None:
    """Squared distance in mm2 from each point to the nearest of the first count edges.

    Edge by edge, which is the same work for all points: several at a time.
    """
    least2[:] = FAR_MM2
    for e in range(count):
        start_x, start_y, along_x, along_y = edges[0][e], edges[1][e], edges[2][e], edges[3][e]
        inverse_length2 = edges[4][e]
        for i in range(at_x.shape[0]):
            dx, dy = at_x[i] - start_x, at_y[i] - start_y
            t = min(max((dx * along_x + dy * along_y) * inverse_length2, 0.0), 1.0)
            dx -= t * along_x
            dy -= t * along_y
            least2[i] = min(least2[i], dx * dx + dy * dy)


@njit(nogil=True, cache=True, fastmath=True)
def signed_distance(edges: FloatArray, x0: float, y0: float, pitch_mm: float, out: FloatArray) -> float:
    """Fill out (rows, columns) with the distance in mm to the nearest edge, negative inside; returns depth.

    edges (n, 4): x0, y0, x1, y1 in mm; inside is even-odd. Exact: a block of points looks only at the edges
    that can be nearest to any of them, found among those of the wider block around it. The depth is the greatest
    distance inside, searched between the raster points around the deepest one.
    """
    rows, columns = out.shape
    _mark_inside(edges, x0, y0, pitch_mm, out)
    n = edges.shape[0]
    ax, ay = edges[:, 0].copy(), edges[:, 1].copy()
    ux, uy = edges[:, 2] - ax, edges[:, 3] - ay
    inverse = 1.0 / np.maximum(ux * ux + uy * uy, 1e-12)
    every = (ax, ay, ux, uy, inverse)
    around = (np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n))
    near = (np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n))
    half_wide, half = 0.5 * (WIDE_BLOCK - 1) * pitch_mm, 0.5 * (BLOCK - 1) * pitch_mm
    at_x, at_y, least2 = np.empty(BLOCK * BLOCK), np.empty(BLOCK * BLOCK), np.empty(BLOCK * BLOCK)
    deepest, deepest_x, deepest_y = 0.0, x0, y0
    for wide_top in range(0, rows, WIDE_BLOCK):
        for wide_left in range(0, columns, WIDE_BLOCK):
            x, y = x0 + wide_left * pitch_mm + half_wide, y0 + wide_top * pitch_mm + half_wide
            of_wide = _keep_near(every, n, x, y, math.sqrt(2.0) * half_wide, around)
            for top in range(wide_top, min(wide_top + WIDE_BLOCK, rows), BLOCK):
                for left in range(wide_left, min(wide_left + WIDE_BLOCK, columns), BLOCK):
                    x, y = x0 + left * pitch_mm + half, y0 + top * pitch_mm + half
                    count = _keep_near(around, of_wide, x, y, math.sqrt(2.0) * half, near)
                    for i in range(BLOCK * BLOCK):
                        at_x[i], at_y[i] = x0 + (left + i % BLOCK) * pitch_mm, y0 + (top + i // BLOCK) * pitch_mm
                    _least_distances2(near, count, at_x, at_y, least2)
                    for row in range(top, min(top + BLOCK, rows)):
                        for column in range(left, min(left + BLOCK, columns)):
                            i = (row - top) * BLOCK + column - left
                            out[row, column] *= math.sqrt(least2[i])
                            if -out[row, column] > deepest:
                                deepest, deepest_x, deepest_y = -out[row, column], at_x[i], at_y[i]
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
