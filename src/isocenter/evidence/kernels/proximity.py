"""Distances to the surface of a body given as stacked contours: from points, from contours, end to end.

A contour is taken as true at its own plane. Between two planes a section's signed in-plane distance is
interpolated linearly in z; beyond the last plane the section shrinks by as much as z rises, and ends after
half a slice.
"""

import math

import numpy as np

from isocenter.engines.compiling import njit
from isocenter.evidence.kernels.body import Body
from isocenter.evidence.kernels.edges import FAR_MM, along, box_gap2, point_gap2
from isocenter.terms.imaging import FloatArray

EDGE_ON = 1e-6  # mm: slabs nearer than this to each other touch


@njit(nogil=True, cache=True)
def _nearest_on_contours(body: Body, p: int, x: float, y: float) -> tuple[float, float, float]:
    """The point of plane p's contours that is closest to (x, y), and its squared distance."""
    best2, best_x, best_y = FAR_MM, x, y
    first, last = body.plane_blocks[p], body.plane_blocks[p + 1]
    likely, least2 = first, FAR_MM
    for b in range(first, last):
        gap2 = point_gap2(body.boxes[b], x, y)
        if gap2 < least2:
            likely, least2 = b, gap2
    for turn in range(first - 1, last):
        b = likely if turn < first else turn  # the likely block first: it rules out most others
        if point_gap2(body.boxes[b], x, y) >= best2:
            continue
        for e in range(body.block_edges[b], body.block_edges[b + 1]):
            x0, y0, x1, y1 = body.edges[e, 0], body.edges[e, 1], body.edges[e, 2], body.edges[e, 3]
            t, d2 = along(x, y, x0, y0, x1, y1)
            if d2 < best2:
                best2, best_x, best_y = d2, x0 + t * (x1 - x0), y0 + t * (y1 - y0)
    return best_x, best_y, best2


@njit(nogil=True, cache=True)
def _is_in_plane(body: Body, p: int, x: float, y: float) -> bool:
    """Whether a point lies within the contours of plane p (even-odd)."""
    inside = False
    for b in range(body.plane_blocks[p], body.plane_blocks[p + 1]):
        if not body.boxes[b, 1] <= y <= body.boxes[b, 3] or body.boxes[b, 2] < x:
            continue
        for e in range(body.block_edges[b], body.block_edges[b + 1]):
            x0, y0, x1, y1 = body.edges[e, 0], body.edges[e, 1], body.edges[e, 2], body.edges[e, 3]
            if (y0 <= y) != (y1 <= y) and x < x0 + (x1 - x0) * (y - y0) / (y1 - y0):
                inside = not inside
    return inside


@njit(nogil=True, cache=True)
def _in_plane(body: Body, p: int, x: float, y: float) -> float:
    """Signed in-plane distance to the contours of plane p: negative inside them."""
    distance = math.sqrt(_nearest_on_contours(body, p, x, y)[2])
    return -distance if _is_in_plane(body, p, x, y) else distance


@njit(nogil=True, cache=True)
def _next_section(body: Body, p: int, step: int, signed: float, x: float, y: float) -> tuple[float, float, bool]:
    """Where the piece of the body next to plane p ends: z, signed distance there, whether it goes on."""
    edge = body.high_mm[p] if step > 0 else body.low_mm[p]
    q = p + step
    if 0 <= q < body.z_mm.shape[0] and abs((body.low_mm[q] if step > 0 else body.high_mm[q]) - edge) < EDGE_ON:
        return body.z_mm[q], _in_plane(body, q, x, y), True
    return edge, signed + abs(edge - body.z_mm[p]), False


@njit(nogil=True, cache=True)
def _least_in_piece(z: float, z0: float, s0: float, z1: float, s1: float) -> tuple[float, float]:
    """Least of (max(s, 0)^2 + (height - z)^2) where s and the height run linearly from (s0, z0) to (s1, z1).

    A convex function of where between the two: its least value is at an end, at the vertex of the parabola
    with s, where s is 0, or level with z. Returns (the least, the height there).
    """
    rise, fall = z1 - z0, s1 - s0
    best2, best_z = FAR_MM, z0
    for trial in range(5):
        w = float(trial)
        if trial == 2:
            w = -(s0 * fall + (z0 - z) * rise) / max(fall * fall + rise * rise, 1e-30)
        elif trial == 3:
            w = -s0 / fall if fall != 0.0 else 0.0
        elif trial == 4:
            w = (z - z0) / rise if rise != 0.0 else 0.0
        w = min(max(w, 0.0), 1.0)
        across, height = max(s0 + w * fall, 0.0), z0 + w * rise
        d2 = across * across + (height - z) ** 2
        if d2 < best2:
            best2, best_z = d2, height
    return best2, best_z


@njit(nogil=True, cache=True)
def _nearest_plane(body: Body, z: float) -> int:
    nearest = 0
    for p in range(1, body.z_mm.shape[0]):
        if abs(body.z_mm[p] - z) < abs(body.z_mm[nearest] - z):
            nearest = p
    return nearest


@njit(nogil=True, cache=True)
def _to_surface(body: Body, x: float, y: float, z: float, reach_mm: float) -> tuple[float, float]:
    """Signed distance to the surface (negative inside), cut at reach_mm, and the z where it is reached."""
    p = _nearest_plane(body, z)
    here = _in_plane(body, p, x, y)
    z1, s1, _ = _next_section(body, p, 1 if z >= body.z_mm[p] else -1, here, x, y)
    w = (z - body.z_mm[p]) / (z1 - body.z_mm[p]) if z1 != body.z_mm[p] else 0.0
    inside = w <= 1.0 and here + w * (s1 - here) < 0.0
    sign = -1.0 if inside else 1.0
    best2, best_z = reach_mm * reach_mm, z
    for step in (1, -1):
        q, s0 = p, here
        while True:
            z0 = body.z_mm[q]
            z1, s1, goes_on = _next_section(body, q, step, s0, x, y)
            d2, height = _least_in_piece(z, z0, sign * s0, z1, sign * s1)
            if inside and not goes_on and (z1 - z) ** 2 < d2:  # the flat end is surface too
                d2, height = (z1 - z) ** 2, z1
            if d2 < best2:
                best2, best_z = d2, height
            q, s0 = q + step, s1
            if not 0 <= q < body.z_mm.shape[0]:
                break
            if not goes_on:
                # Across a gap the body begins again: half a slice before its next plane.
                s0 = _in_plane(body, q, x, y)
                z1 = body.low_mm[q] if step > 0 else body.high_mm[q]
                d2, height = _least_in_piece(z, body.z_mm[q], sign * s0, z1, sign * (s0 + abs(z1 - body.z_mm[q])))
                if not inside and d2 < best2:
                    best2, best_z = d2, height
            if (body.z_mm[q] - z) ** 2 >= best2 and (body.z_mm[q] - z) * step > 0.0:
                break
    return sign * math.sqrt(best2), best_z


@njit(nogil=True, cache=True)
def _reach(body: Body, p: int) -> float:
    """An upper bound of how far the body reaches from plane p: to the neighboring plane."""
    return 2.0 * float(max(body.high_mm[p] - body.z_mm[p], body.z_mm[p] - body.low_mm[p]))


@njit(nogil=True, cache=True)
def _clear_sign(body: Body, x: float, y: float, z: float, reach_mm: float) -> float:
    """1 or -1 where a point lies outside or inside with no surface within reach, 0 where that is not plain to see.

    Between planes that hold the point alike, each farther from its contours than the reach, there is no surface.
    """
    sign = 0.0
    for q in range(body.z_mm.shape[0]):
        if abs(body.z_mm[q] - z) - _reach(body, q) >= reach_mm:
            continue
        here = -1.0 if _is_in_plane(body, q, x, y) else 1.0
        if sign * here < 0.0:
            return 0.0
        sign = here
        for b in range(body.plane_blocks[q], body.plane_blocks[q + 1]):
            if point_gap2(body.boxes[b], x, y) < reach_mm * reach_mm:
                return 0.0
        if here < 0.0:
            goes_down = q > 0 and abs(body.high_mm[q - 1] - body.low_mm[q]) < EDGE_ON
            goes_up = q + 1 < body.z_mm.shape[0] and abs(body.low_mm[q + 1] - body.high_mm[q]) < EDGE_ON
            if not (goes_down and goes_up):
                return 0.0
    return sign


@njit(nogil=True, cache=True)
def surface_distances(points: FloatArray, body: Body, reach_mm: float) -> FloatArray:
    """Signed distance in mm from points (n, 3) to a surface: negative inside, cut at reach_mm either way."""
    out = np.empty(points.shape[0])
    for i in range(points.shape[0]):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        dx = max(body.box[0] - x, x - body.box[3], 0.0)
        dy = max(body.box[1] - y, y - body.box[4], 0.0)
        dz = max(body.box[2] - z, z - body.box[5], 0.0)
        far = dx * dx + dy * dy + dz * dz >= reach_mm * reach_mm
        sign = 1.0 if far else _clear_sign(body, x, y, z, reach_mm)
        out[i] = sign * reach_mm if sign != 0.0 else _to_surface(body, x, y, z, reach_mm)[0]
    return out


@njit(nogil=True, cache=True)
def _may_be_nearer(body: Body, box: FloatArray, z: float, best_mm: float) -> bool:
    """Whether a box at height z may come nearer than best_mm to a body, neighboring planes included."""
    for p in range(body.z_mm.shape[0]):
        height = max(abs(body.z_mm[p] - z) - _reach(body, p), 0.0)
        for b in range(body.plane_blocks[p], body.plane_blocks[p + 1]):
            if height >= best_mm:
                break
            if box_gap2(body.boxes[b], box) + height * height < best_mm * best_mm:
                return True
    return False


@njit(nogil=True, cache=True)
def nearest_between_planes(
    one: Body, other: Body, best_mm: float, here: FloatArray, there: FloatArray, step_mm: float
) -> float:
    """Least distance from one body's contours to another's surface between planes, if below best_mm.

    Contours are tried every step_mm; writes the points it found.
    """
    point = np.empty(4)  # a box without extent
    for p in range(one.z_mm.shape[0]):
        z = one.z_mm[p]
        for a in range(one.plane_blocks[p], one.plane_blocks[p + 1]):
            if not _may_be_nearer(other, one.boxes[a], z, best_mm):
                continue
            for e in range(one.block_edges[a], one.block_edges[a + 1]):
                dx, dy = one.edges[e, 2] - one.edges[e, 0], one.edges[e, 3] - one.edges[e, 1]
                pieces = max(math.ceil(math.sqrt(dx * dx + dy * dy) / step_mm), 1)
                for piece in range(pieces):
                    x, y = one.edges[e, 0] + dx * piece / pieces, one.edges[e, 1] + dy * piece / pieces
                    point[0] = point[2] = x
                    point[1] = point[3] = y
                    if not _may_be_nearer(other, point, z, best_mm):
                        continue
                    distance, height = _to_surface(other, x, y, z, best_mm)
                    if distance < best_mm:
                        best_mm = max(distance, 0.0)
                        here[0], here[1], here[2] = x, y, z
                        across = math.sqrt(max(best_mm * best_mm - (height - z) ** 2, 0.0))
                        near_x, near_y, d2 = _nearest_on_contours(other, _nearest_plane(other, height), x, y)
                        share = across / math.sqrt(d2) if d2 > 0.0 else 0.0
                        there[0], there[1], there[2] = (
                            x + share * (near_x - x),
                            y + share * (near_y - y),
                            height,
                        )
    return best_mm


@njit(nogil=True, cache=True)
def _rise(body: Body, p: int, step: int, signed: float, x: float, y: float) -> float:
    """How far the body reaches from plane p, up (step 1) or down (-1), at a point within the plane.

    As far as the neighboring plane where that holds the point too.
    """
    z1, s1, _ = _next_section(body, p, step, signed, x, y)
    gap = abs(z1 - body.z_mm[p])
    return float(gap if s1 <= 0.0 else gap * signed / (signed - s1))


@njit(nogil=True, cache=True)
def nearest_ends(one: Body, other: Body, best_mm: float, here: FloatArray, there: FloatArray, pitch_mm: float) -> float:
    """Least distance along z where sections face each other, if below best_mm; writes the points it found.

    For pairs of planes from the nearest on, the middles of shared spans are tried on every line.
    """
    n, m = one.z_mm.shape[0], other.z_mm.shape[0]
    least = np.empty(n * m)
    for p in range(n):
        for q in range(m):
            apart = abs(one.z_mm[p] - other.z_mm[q])
            least[p * m + q] = apart - _reach(one, p) - _reach(other, q)
    first = max(one.first_line, other.first_line)
    last = min(one.first_line + one.lines, other.first_line + other.lines)
    for pair in np.argsort(least):
        if least[pair] >= best_mm:
            break
        p, q = pair // m, pair % m
        step = 1 if other.z_mm[q] > one.z_mm[p] else -1
        apart = abs(one.z_mm[p] - other.z_mm[q])
        for line in range(first, last):
            own, row = p * one.lines + line - one.first_line, q * other.lines + line - other.first_line
            y = (line + one.shift[p]) * pitch_mm
            for a in range(one.rows[own], one.rows[own + 1] - 1, 2):
                for b in range(other.rows[row], other.rows[row + 1] - 1, 2):
                    left = max(one.x_mm[a], other.x_mm[b])
                    right = min(one.x_mm[a + 1], other.x_mm[b + 1])
                    if right <= left or least[pair] >= best_mm:
                        continue
                    x = (left + right) / 2
                    own_signed, other_signed = _in_plane(one, p, x, y), _in_plane(other, q, x, y)
                    if own_signed >= 0.0 or other_signed >= 0.0:
                        continue
                    up = _rise(one, p, step, own_signed, x, y)
                    down = _rise(other, q, -step, other_signed, x, y)
                    gap = max(apart - up - down, 0.0)
                    if gap < best_mm:
                        best_mm = gap
                        here[0] = there[0] = x
                        here[1] = there[1] = y
                        here[2] = one.z_mm[p] + step * up
                        there[2] = other.z_mm[q] - step * down
    return best_mm
