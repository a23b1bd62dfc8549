"""Contour edges in blocks with boxes around them, and the nearest two edges of two bodies."""

import math

import numpy as np
from numpy.typing import NDArray

from isocenter.engines.compiling import njit
from isocenter.evidence.kernels.body import Body
from isocenter.terms.imaging import FloatArray

IntArray = NDArray[np.int64]

BLOCK = 16  # edges that share a box
FAR_MM = 1e30


@njit(nogil=True, cache=True)
def reach_along(edges: FloatArray, first: int, last: int, axis: int) -> tuple[float, float]:
    """Lowest and highest x (axis 0) or y (axis 1) of the edges first..last, in mm.

    A loop, for an array's own min and max make Numba load SciPy with the kernel: 0.3 s of a process.
    """
    lowest, highest = FAR_MM, -FAR_MM
    for e in range(first, last):
        for end in range(axis, 4, 2):
            lowest, highest = min(lowest, edges[e, end]), max(highest, edges[e, end])
    return lowest, highest


@njit(nogil=True, cache=True)
def edge_blocks(edges: FloatArray, plane_edges: IntArray, contour: IntArray) -> tuple[FloatArray, IntArray, IntArray]:
    """Runs of at most BLOCK edges of a contour: (boxes (n, 4), block_edges (n + 1,), plane_blocks)."""
    planes = plane_edges.shape[0] - 1
    count = 0
    for pass_number in range(2):
        if pass_number == 1:
            boxes = np.empty((count, 4))
            block_edges = np.empty(count + 1, np.int64)
            plane_blocks = np.empty(planes + 1, np.int64)
        count = 0
        for plane in range(planes):
            if pass_number == 1:
                plane_blocks[plane] = count
            e = plane_edges[plane]
            while e < plane_edges[plane + 1]:
                last = e
                while last < plane_edges[plane + 1] and last - e < BLOCK and contour[last] == contour[e]:
                    last += 1
                if pass_number == 1:
                    block_edges[count] = e
                    for axis in range(2):
                        boxes[count, axis], boxes[count, axis + 2] = reach_along(edges, e, last, axis)
                count += 1
                e = last
    block_edges[count] = edges.shape[0]
    plane_blocks[planes] = count
    return boxes, block_edges, plane_blocks


@njit(nogil=True, cache=True)
def box_gap2(a: FloatArray, b: FloatArray) -> float:
    """Squared distance between two boxes."""
    dx = max(a[0] - b[2], b[0] - a[2], 0.0)
    dy = max(a[1] - b[3], b[1] - a[3], 0.0)
    return float(dx * dx + dy * dy)


@njit(nogil=True, cache=True)
def point_gap2(box: FloatArray, x: float, y: float) -> float:
    """Squared distance between a box and a point."""
    dx = max(box[0] - x, x - box[2], 0.0)
    dy = max(box[1] - y, y - box[3], 0.0)
    return float(dx * dx + dy * dy)


@njit(nogil=True, cache=True)
def along(x: float, y: float, x0: float, y0: float, x1: float, y1: float) -> tuple[float, float]:
    """Where on a segment (0 to 1) it comes closest to a point, and that squared distance."""
    ex, ey = x1 - x0, y1 - y0
    length2 = ex * ex + ey * ey
    t = min(max(((x - x0) * ex + (y - y0) * ey) / length2, 0.0), 1.0) if length2 > 0.0 else 0.0
    dx, dy = x0 + t * ex - x, y0 + t * ey - y
    return t, dx * dx + dy * dy


@njit(nogil=True, cache=True)
def _edge_to_edge(a: FloatArray, b: FloatArray, out: FloatArray) -> float:
    """Squared distance between segments a and b (x0, y0, x1, y1); writes both closest points to out (4,)."""
    best = FAR_MM
    for end in range(2):
        x, y = a[2 * end], a[2 * end + 1]
        t, d2 = along(x, y, b[0], b[1], b[2], b[3])
        if d2 < best:
            best = d2
            out[0], out[1], out[2], out[3] = x, y, b[0] + t * (b[2] - b[0]), b[1] + t * (b[3] - b[1])
        x, y = b[2 * end], b[2 * end + 1]
        t, d2 = along(x, y, a[0], a[1], a[2], a[3])
        if d2 < best:
            best = d2
            out[0], out[1], out[2], out[3] = a[0] + t * (a[2] - a[0]), a[1] + t * (a[3] - a[1]), x, y
    ax, ay, bx, by = a[2] - a[0], a[3] - a[1], b[2] - b[0], b[3] - b[1]
    cross = ax * by - ay * bx
    if cross != 0.0:
        s = ((b[0] - a[0]) * by - (b[1] - a[1]) * bx) / cross
        t = ((b[0] - a[0]) * ay - (b[1] - a[1]) * ax) / cross
        if 0.0 <= s <= 1.0 and 0.0 <= t <= 1.0:
            best = 0.0
            out[0] = out[2] = a[0] + s * ax
            out[1] = out[3] = a[1] + s * ay
    return best


@njit(nogil=True, cache=True)
def nearest_edges(  # noqa: PLR0912 - one search, two passes over the same pairs
    one: Body, other: Body
) -> tuple[float, FloatArray, FloatArray]:
    """Least distance between the contours of two bodies, and the point on each: (mm, (3,), (3,)).

    Blocks of edges are visited from the likely nearest on, and skipped where their boxes lie too far apart.
    """
    blocks = one.boxes.shape[0]
    first_look = np.full(blocks, FAR_MM)
    best2 = FAR_MM
    for p in range(one.z_mm.shape[0]):
        for q in range(other.z_mm.shape[0]):
            height = abs(one.z_mm[p] - other.z_mm[q])
            if height * height >= best2:
                continue
            for a in range(one.plane_blocks[p], one.plane_blocks[p + 1]):
                e = one.block_edges[a]
                for b in range(other.plane_blocks[q], other.plane_blocks[q + 1]):
                    f = other.block_edges[b]
                    dx, dy = one.edges[e, 0] - other.edges[f, 0], one.edges[e, 1] - other.edges[f, 1]
                    look = dx * dx + dy * dy + height * height
                    first_look[a] = min(first_look[a], look)
                    best2 = min(best2, look)
    best2 = best2 * (1.0 + 1e-9) + 1e-12  # the pair first looked at must still count as nearer
    plane_of = np.empty(blocks, np.int64)
    for p in range(one.z_mm.shape[0]):
        plane_of[one.plane_blocks[p] : one.plane_blocks[p + 1]] = p
    here, there, ends = np.zeros(3), np.zeros(3), np.zeros(4)
    for a in np.argsort(first_look):
        p = plane_of[a]
        for q in range(other.z_mm.shape[0]):
            height = abs(one.z_mm[p] - other.z_mm[q])
            if height * height >= best2:
                continue
            for b in range(other.plane_blocks[q], other.plane_blocks[q + 1]):
                if box_gap2(one.boxes[a], other.boxes[b]) + height * height >= best2:
                    continue
                for e in range(one.block_edges[a], one.block_edges[a + 1]):
                    for f in range(other.block_edges[b], other.block_edges[b + 1]):
                        d2 = _edge_to_edge(one.edges[e], other.edges[f], ends) + height * height
                        if d2 < best2:
                            best2 = d2
                            here[:2], there[:2] = ends[:2], ends[2:]
                            here[2], there[2] = one.z_mm[p], other.z_mm[q]
    return math.sqrt(best2), here, there
