"""The convex hull of points in space as triangles: a library for it takes longer to load than this to run."""

import math

import numpy as np
from numpy.typing import NDArray

from isocenter.engines.compiling import njit

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MOST_POINTS = 6_000  # the work grows with their square
_BEYOND_MM, _SOUND_MM = 1e-8, 1e-6  # what lies outside a facet; how far a point may lie outside the finished hull


def hull_facets(points_mm: FloatArray) -> IntArray:
    """Corners of the facets of the hull of points (n, 3) in mm, shape (f, 3).

    Empty where the points lie in one plane, are too many, or rounding left one outside: then the hull is to be found
    in another way.
    """
    first = _far_apart(points_mm)
    if not len(first) or len(points_mm) > MOST_POINTS:
        return np.empty((0, 3), np.int64)
    order = np.random.default_rng(0).permutation(len(points_mm))  # in the order of slices it takes many times as long
    facets: IntArray = _facets_around(points_mm, first, order)
    return facets


def _far_apart(points_mm: FloatArray) -> IntArray:
    """Four points that do not lie in one plane, wound so that the fourth lies behind the others; empty if all do."""
    origin = int(np.argmin(points_mm[:, 2]))
    ways = points_mm - points_mm[origin]
    second = int(np.argmax(np.linalg.norm(ways, axis=1)))
    across = np.cross(ways[second], ways)
    third = int(np.argmax(np.linalg.norm(across, axis=1)))
    length = float(np.linalg.norm(across[third]))
    heights_mm = ways @ across[third] / max(length, 1e-12)
    fourth = int(np.argmax(np.abs(heights_mm)))
    if length < 1e-6 or abs(heights_mm[fourth]) < 1e-6:
        return np.empty(0, np.int64)
    turned = (origin, third, second) if heights_mm[fourth] > 0 else (origin, second, third)
    return np.array([*turned, fourth])


@njit(nogil=True, cache=True)
def _facets_around(points_mm: FloatArray, first: IntArray, order: IntArray) -> IntArray:
    """The facets of the hull, from four corners and then point by point (beneath and beyond), in this order."""
    room = 2 * points_mm.shape[0] + 64
    facets, normals = np.zeros((room, 3), np.int64), np.zeros((room, 4))
    is_live = np.zeros(room, np.bool_)
    edges, free = np.empty((3 * room, 2), np.int64), np.empty(room, np.int64)
    used = freed = 0
    for a, b, c in ((0, 1, 2), (0, 2, 3), (0, 3, 1), (1, 3, 2)):
        _put(points_mm, facets, normals, used, first[a], first[b], first[c])
        is_live[used] = True
        used += 1
    for k in order:
        seen = 0
        for f in range(used):
            if is_live[f] and _height_mm(points_mm, normals, f, k) > _BEYOND_MM:
                for side in range(3):
                    edges[seen, 0], edges[seen, 1] = facets[f, side], facets[f, (side + 1) % 3]
                    seen += 1
                is_live[f] = False
                free[freed] = f
                freed += 1
        for e in range(seen):
            if _is_inner(edges, seen, e):
                continue
            if freed == 0 and used == room:
                return facets[:0]
            at = used
            if freed:
                freed -= 1
                at = free[freed]
            else:
                used += 1
            _put(points_mm, facets, normals, at, edges[e, 0], edges[e, 1], k)
            is_live[at] = True
    sound: IntArray = _sound_ones(points_mm, facets[:used], normals, is_live)
    return sound


@njit(nogil=True, cache=True)
def _is_inner(edges: IntArray, seen: int, e: int) -> bool:
    """Whether the facets on both sides of an edge are seen from the point, so that it is no edge of what is new."""
    found = False
    for other in range(seen):
        found = found or (edges[other, 0] == edges[e, 1] and edges[other, 1] == edges[e, 0])
    return found


@njit(nogil=True, cache=True)
def _sound_ones(points_mm: FloatArray, facets: IntArray, normals: FloatArray, is_live: NDArray[np.bool_]) -> IntArray:
    """The facets that are left; none where a point lies in front of one of them."""
    kept = 0
    for f in range(facets.shape[0]):
        if is_live[f]:
            for k in range(points_mm.shape[0]):
                if _height_mm(points_mm, normals, f, k) > _SOUND_MM:
                    return facets[:0]
            for side in range(3):
                facets[kept, side] = facets[f, side]
            kept += 1
    return facets[:kept]


@njit(nogil=True, cache=True)
def _height_mm(points_mm: FloatArray, normals: FloatArray, f: int, k: int) -> float:
    """How far a point lies in front of a facet."""
    x, y, z = points_mm[k, 0], points_mm[k, 1], points_mm[k, 2]
    height_mm: float = normals[f, 0] * x + normals[f, 1] * y + normals[f, 2] * z - normals[f, 3]
    return height_mm


@njit(nogil=True, cache=True)
def _put(points_mm: FloatArray, facets: IntArray, normals: FloatArray, at: int, a: int, b: int, c: int) -> None:
    """Put a facet in a row: corners, outward normal of length 1 (zeros without an area), distance from the origin."""
    facets[at, 0], facets[at, 1], facets[at, 2] = a, b, c
    ux, uy, uz = (
        points_mm[b, 0] - points_mm[a, 0],
        points_mm[b, 1] - points_mm[a, 1],
        points_mm[b, 2] - points_mm[a, 2],
    )
    vx, vy, vz = (
        points_mm[c, 0] - points_mm[a, 0],
        points_mm[c, 1] - points_mm[a, 1],
        points_mm[c, 2] - points_mm[a, 2],
    )
    nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    length = math.sqrt(nx * nx + ny * ny + nz * nz)
    share = 1.0 / length if length > 1e-9 else 0.0
    normals[at, 0], normals[at, 1], normals[at, 2] = nx * share, ny * share, nz * share
    normals[at, 3] = share * (nx * points_mm[a, 0] + ny * points_mm[a, 1] + nz * points_mm[a, 2])
