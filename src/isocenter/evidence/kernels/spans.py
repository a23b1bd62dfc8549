"""Sections of structures as spans: where scan lines enter and leave, and what two structures share on them.

Line j of a plane runs in x at y = (j + shift of the plane) * pitch. The shift is a function of the plane's z
alone, so structures of one image share their lines, and flat borders do not fall on the same side of every
line. Spans of plane p and line j are x_mm[rows[p * lines + j - first_line] : rows[... + 1]], in pairs.
"""

import math

import numpy as np
from numpy.typing import NDArray

from isocenter.engines.compiling import njit
from isocenter.evidence.kernels.body import Body
from isocenter.terms.imaging import FloatArray

IntArray = NDArray[np.int64]

# Sums of what a target's part and a structure share, all in mm3.
OVERLAP, IN_SLICE_CONCAVITY, IN_SPACE_CONCAVITY = range(3)


@njit(nogil=True, cache=True)  # strict: both edges of a vertex must round alike
def scan(
    edges: FloatArray, plane_edges: IntArray, shift: FloatArray, pitch_mm: float, first_line: int, lines: int
) -> tuple[IntArray, FloatArray, IntArray]:
    """Spans of every plane and line: (rows of shape (planes * lines + 1,), x_mm, crossed edge of each x)."""
    planes = plane_edges.shape[0] - 1
    rows = np.zeros(planes * lines + 1, np.int64)
    for plane in range(planes):
        for e in range(plane_edges[plane], plane_edges[plane + 1]):
            low, high = min(edges[e, 1], edges[e, 3]), max(edges[e, 1], edges[e, 3])
            start = math.ceil(low / pitch_mm - shift[plane]) - first_line
            stop = math.ceil(high / pitch_mm - shift[plane]) - first_line
            for line in range(max(start, 0), min(stop, lines)):
                rows[plane * lines + line + 1] += 1
    for row in range(planes * lines):
        rows[row + 1] += rows[row]
    filled = rows[:-1].copy()
    x_mm = np.empty(rows[-1])
    crossed = np.empty(rows[-1], np.int64)
    for plane in range(planes):
        for e in range(plane_edges[plane], plane_edges[plane + 1]):
            x0, y0, x1, y1 = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
            start = math.ceil(min(y0, y1) / pitch_mm - shift[plane]) - first_line
            stop = math.ceil(max(y0, y1) / pitch_mm - shift[plane]) - first_line
            for line in range(max(start, 0), min(stop, lines)):
                row = plane * lines + line
                y = (line + first_line + shift[plane]) * pitch_mm
                x = x0 + (x1 - x0) * (y - y0) / (y1 - y0)
                place = filled[row]
                while place > rows[row] and x_mm[place - 1] > x:  # insertion keeps the row ascending
                    x_mm[place] = x_mm[place - 1]
                    crossed[place] = crossed[place - 1]
                    place -= 1
                x_mm[place] = x
                crossed[place] = e
                filled[row] += 1
    return rows, x_mm, crossed


@njit(nogil=True, cache=True)
def section_areas(rows: IntArray, x_mm: FloatArray, planes: int, lines: int, pitch_mm: float) -> FloatArray:
    """Area of each plane's section in mm2: the summed length of its spans times the pitch."""
    areas = np.zeros(planes)
    for plane in range(planes):
        for a in range(rows[plane * lines], rows[(plane + 1) * lines] - 1, 2):
            areas[plane] += (x_mm[a + 1] - x_mm[a]) * pitch_mm
    return areas


@njit(nogil=True, cache=True)
def _root(parent: IntArray, a: int) -> int:
    while parent[a] != a:
        parent[a] = parent[parent[a]]
        a = parent[a]
    return a


@njit(nogil=True, cache=True)
def _join(parent: IntArray, a: int, b: int) -> None:
    a, b = _root(parent, a), _root(parent, b)
    parent[max(a, b)] = min(a, b)


@njit(nogil=True, cache=True)
def link_contours(
    rows: IntArray, x_mm: FloatArray, contour: IntArray, lines: int, linked: NDArray[np.bool_], contours: int
) -> IntArray:
    """The part that each contour belongs to, shape (contours,): parts are numbered by their first contour.

    Contours belong together when one span has both as its ends (a ring and its hole), or when spans of
    neighboring planes (linked, shape (planes - 1,)) overlap on one line. contour: the contour of each x of
    the spans.
    """
    parent = np.arange(contours)
    for row in range(rows.shape[0] - 1):
        for a in range(rows[row], rows[row + 1] - 1, 2):
            _join(parent, contour[a], contour[a + 1])
    for plane in range(linked.shape[0]):
        if not linked[plane]:
            continue
        for row in range(plane * lines, (plane + 1) * lines):
            above = row + lines
            for a in range(rows[row], rows[row + 1] - 1, 2):
                for b in range(rows[above], rows[above + 1] - 1, 2):
                    if x_mm[a] < x_mm[b + 1] and x_mm[b] < x_mm[a + 1]:
                        _join(parent, contour[a], contour[b])
    for a in range(contours):
        parent[a] = _root(parent, a)
    return parent


@njit(nogil=True, cache=True)
def _turn(points: FloatArray, a: int, b: int, c: int) -> float:
    """Twice the signed area of the triangle a, b, c."""
    bx, by = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1]
    cx, cy = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1]
    return float(bx * cy - by * cx)


@njit(nogil=True, cache=True)
def convex_ring(points: FloatArray) -> IntArray:
    """Indices of the corners of the convex hull of points (n, 2), in order (Andrew's monotone chain).

    The points are sorted by x, and by y where x is the same.
    """
    n = points.shape[0]
    ring = np.empty(2 * n + 1, np.int64)
    count = 0
    for a in range(n):
        while count >= 2 and _turn(points, ring[count - 2], ring[count - 1], a) <= 0.0:
            count -= 1
        ring[count] = a
        count += 1
    lower = count + 1
    for a in range(n - 2, -1, -1):
        while count >= lower and _turn(points, ring[count - 2], ring[count - 1], a) <= 0.0:
            count -= 1
        ring[count] = a
        count += 1
    return ring[: max(count - 1, 1)]


@njit(nogil=True, cache=True)
def hull_spans(
    points: FloatArray,
    plane_points: IntArray,
    shift: FloatArray,
    pitch_mm: float,
    first_line: int,
    lines: int,
) -> FloatArray:
    """Convex hull of each plane's points (n, 2), one span a line (planes, lines, 2); inf, -inf: none.

    The points of a plane are sorted by x, and by y where x is the same.
    """
    planes = plane_points.shape[0] - 1
    spans = np.empty((planes, lines, 2))
    spans[:, :, 0] = np.inf
    spans[:, :, 1] = -np.inf
    for plane in range(planes):
        here = points[plane_points[plane] : plane_points[plane + 1]]
        if here.shape[0] < 3:
            continue
        ring = convex_ring(here)
        for a in range(ring.shape[0]):
            b = ring[(a + 1) % ring.shape[0]]
            x0, y0, x1, y1 = here[ring[a], 0], here[ring[a], 1], here[b, 0], here[b, 1]
            start = math.ceil(min(y0, y1) / pitch_mm - shift[plane]) - first_line
            stop = math.ceil(max(y0, y1) / pitch_mm - shift[plane]) - first_line
            for line in range(max(start, 0), min(stop, lines)):
                y = (line + first_line + shift[plane]) * pitch_mm
                x = x0 + (x1 - x0) * (y - y0) / (y1 - y0)
                spans[plane, line, 0] = min(spans[plane, line, 0], x)
                spans[plane, line, 1] = max(spans[plane, line, 1], x)
    return spans


@njit(nogil=True, cache=True)
def hull_sections(corners: FloatArray, facets: IntArray, z_mm: FloatArray) -> tuple[FloatArray, IntArray]:
    """Where planes cut a convex body: (points (n, 2), plane_points (planes + 1,)).

    corners (m, 3) in mm; facets (f, 3): the corners of each triangle, wound alike: each edge is cut where one of its
    two triangles runs up its numbers.
    """
    count = 0
    for pass_number in range(2):
        if pass_number == 1:
            points = np.empty((count, 2))
        plane_points = np.zeros(z_mm.shape[0] + 1, np.int64)
        count = 0
        for plane in range(z_mm.shape[0]):
            z = z_mm[plane]
            for f in range(facets.shape[0]):
                for side in range(3):
                    a, b = facets[f, side], facets[f, (side + 1) % 3]
                    za, zb = corners[a, 2], corners[b, 2]
                    if a > b or (za - z) * (zb - z) > 0.0:
                        continue
                    for end in range(2 if za == zb else 1):
                        if pass_number == 1:
                            t = float(end) if za == zb else (z - za) / (zb - za)
                            points[count, 0] = corners[a, 0] + t * (corners[b, 0] - corners[a, 0])
                            points[count, 1] = corners[a, 1] + t * (corners[b, 1] - corners[a, 1])
                        count += 1
            plane_points[plane + 1] = count
    return points, plane_points


@njit(nogil=True, cache=True)
def _shared_length(low: float, high: float, x_mm: FloatArray, start: int, stop: int) -> float:
    """How much of low..high lies in the spans x_mm[start:stop]."""
    length = 0.0
    for b in range(start, stop - 1, 2):
        length += max(min(high, x_mm[b + 1]) - max(low, x_mm[b]), 0.0)
    return length


@njit(nogil=True, cache=True)
def shared_volumes(
    target: Body, structure: Body, slice_hull: FloatArray, space_hull: FloatArray, pitch_mm: float
) -> tuple[FloatArray, FloatArray]:
    """What a target's part and a structure share: (sums in mm3, the middle of the widest shared span).

    target, structure: Body; hulls (planes of the target, its lines, 2). A slab of the target and one of the
    structure share their height in z; in concavity means within the hull but not within the target.
    """
    sums = np.zeros(3)
    place = np.full(3, np.nan)
    widest = 0.0
    for p in range(target.z_mm.shape[0]):
        for q in range(structure.z_mm.shape[0]):
            low = max(target.low_mm[p], structure.low_mm[q])
            height = min(target.high_mm[p], structure.high_mm[q]) - low
            if height <= 0.0:
                continue
            first = max(target.first_line, structure.first_line)
            last = min(target.first_line + target.lines, structure.first_line + structure.lines)
            for line in range(first, last):
                own = p * target.lines + line - target.first_line
                row = q * structure.lines + line - structure.first_line
                start, stop = structure.rows[row], structure.rows[row + 1]
                if start == stop:
                    continue
                shared = 0.0
                for a in range(target.rows[own], target.rows[own + 1] - 1, 2):
                    for b in range(start, stop - 1, 2):
                        left = max(target.x_mm[a], structure.x_mm[b])
                        width = min(target.x_mm[a + 1], structure.x_mm[b + 1]) - left
                        if width > 0.0:
                            shared += width
                        if width > widest:
                            widest = width
                            place[0] = left + width / 2
                            place[1] = (line + target.shift[p]) * pitch_mm
                            place[2] = low + height / 2
                mm2 = height * pitch_mm
                sums[OVERLAP] += shared * mm2
                inside = _shared_length(
                    slice_hull[p, line - target.first_line, 0],
                    slice_hull[p, line - target.first_line, 1],
                    structure.x_mm,
                    start,
                    stop,
                )
                sums[IN_SLICE_CONCAVITY] += max(inside - shared, 0.0) * mm2
                inside = _shared_length(
                    space_hull[p, line - target.first_line, 0],
                    space_hull[p, line - target.first_line, 1],
                    structure.x_mm,
                    start,
                    stop,
                )
                sums[IN_SPACE_CONCAVITY] += max(inside - shared, 0.0) * mm2
    return sums, place
