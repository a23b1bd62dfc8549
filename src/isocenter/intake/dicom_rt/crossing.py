"""Contours of one ROI that cross each other on a slice: read as what they enclose together, as planning systems fill.

Nested contours stay as drawn, the inner one a hole; what the file declares as XOR stays so too. Two contours cross
where each holds a part that the other does not, beyond what a hole that touches its outline sticks out.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_NESTED = 0.98  # share of the smaller contour within the larger, from which on it is a hole that touches its outline
_LEAST_OUTSIDE_MM2 = 1.0  # less than a pixel of a planning CT
_NOISE_MM = 0.1  # by which the outlines of one contour, exported twice, may differ
_BESIDE_MM = 1e-4  # how far beside a piece of outline its two sides are looked at


def joined_where_crossing(contours: Sequence[FloatArray]) -> list[FloatArray]:
    """Closed outlines (n, 2) of one slice, those that cross replaced by the outlines of their union."""
    group = list(range(len(contours)))
    for a, b in combinations(range(len(contours)), 2):
        if group[a] != group[b] and _cross(contours[a], contours[b]):
            group = [group[a] if member == group[b] else member for member in group]
    outlines: list[FloatArray] = []
    for number in dict.fromkeys(group):
        members = [contour for contour, member in zip(contours, group, strict=True) if member == number]
        outlines += members if len(members) == 1 else _union(members)
    return outlines


def are_alike(a: FloatArray, b: FloatArray) -> bool:
    """Whether two closed outlines (n, 2) are one drawn twice: what only one of them holds is as thin as noise."""
    ends = [(outline.min(axis=0), outline.max(axis=0)) for outline in (a, b)]
    if max(np.abs(ends[0][side] - ends[1][side]).max() for side in (0, 1)) > _NOISE_MM:
        return False
    areas = abs(area_mm2(a)), abs(area_mm2(b))
    most_mm2 = _NOISE_MM * float(np.hypot(*(a - np.roll(a, -1, axis=0)).T).sum())
    if abs(areas[0] - areas[1]) > most_mm2:
        return False
    together = sum(area_mm2(outline) for outline in _union([a, b]))
    return 2 * together - sum(areas) <= most_mm2


def area_mm2(outline: FloatArray) -> float:
    """Area that a closed outline (n, 2) encloses, positive where it runs counterclockwise."""
    x, y = (outline - outline[0]).T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def _cross(a: FloatArray, b: FloatArray) -> bool:
    if (a.max(axis=0) <= b.min(axis=0)).any() or (b.max(axis=0) <= a.min(axis=0)).any():
        return False
    if not _meet(_edges(a), _edges(b)).any() and not _reaches_into(a, b) and not _reaches_into(b, a):
        return False
    smaller = min(abs(area_mm2(a)), abs(area_mm2(b)))
    together = sum(area_mm2(outline) for outline in _union([a, b]))
    outside = together - max(abs(area_mm2(a)), abs(area_mm2(b)))
    shared = smaller - outside
    return outside > max((1 - _NESTED) * smaller, min(_LEAST_OUTSIDE_MM2, smaller / 2)) and shared > 1e-6 * smaller


def _reaches_into(a: FloatArray, b: FloatArray) -> bool:
    """Whether some of a contour's edges have their middle within the other one, and some not."""
    inside = _in_any([b], (a + np.roll(a, -1, axis=0)) / 2)
    return bool(inside.any() and not inside.all())


def _edges(outline: FloatArray) -> FloatArray:
    return np.concatenate([outline, np.roll(outline, -1, axis=0)], axis=1)


def _meet(one: FloatArray, other: FloatArray) -> NDArray[np.bool_]:
    """Whether pieces (n, 4) and (m, 4) properly cross, shape (n, m)."""
    start, along = one[:, None, :2], (one[:, 2:] - one[:, :2])[:, None]
    far, across = other[None, :, :2], (other[:, 2:] - other[:, :2])[None]
    sides = [_turn(along, place - start) for place in (far, far + across)]
    ends = [_turn(across, place - far) for place in (start, start + along)]
    return (sides[0] * sides[1] < 0) & (ends[0] * ends[1] < 0)


def _turn(a: FloatArray, b: FloatArray) -> FloatArray:
    turned: FloatArray = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return turned


def _union(contours: Sequence[FloatArray]) -> list[FloatArray]:
    """Outlines around what any of the contours encloses, counterclockwise; holes that they leave, clockwise."""
    pieces = np.concatenate([_cut(number, contours) for number in range(len(contours))])
    middle, along = (pieces[:, :2] + pieces[:, 2:]) / 2, pieces[:, 2:] - pieces[:, :2]
    length = np.hypot(*along.T)
    pieces, middle, along = pieces[length > 0], middle[length > 0], along[length > 0] / length[length > 0, None]
    left_of = np.column_stack([-along[:, 1], along[:, 0]]) * _BESIDE_MM
    left, right = (_in_any(contours, middle + side) for side in (left_of, -left_of))
    is_rim = left != right
    rim = np.where(left[:, None], pieces, pieces[:, [2, 3, 0, 1]])[is_rim]
    return _chained(np.unique(np.round(rim, 6), axis=0))


def _cut(number: int, contours: Sequence[FloatArray]) -> FloatArray:
    """The edges of one contour, cut where those of the others meet them."""
    edges = _edges(contours[number])
    places: dict[int, set[float]] = {}
    for other, contour in enumerate(contours):
        if other == number:
            continue
        across = _edges(contour)
        start, along = edges[:, None, :2], (edges[:, 2:] - edges[:, :2])[:, None]
        far, reach = across[None, :, :2], (across[:, 2:] - across[:, :2])[None]
        turn = _turn(along, reach)
        with np.errstate(divide="ignore", invalid="ignore"):
            at = _turn(far - start, reach) / turn
            on = _turn(far - start, along) / turn
        # Where edges lie on one line, the ends of the other one cut.
        for piece, position in zip(*np.nonzero((turn != 0) & (at > 0) & (at < 1) & (on >= 0) & (on <= 1)), strict=True):
            places.setdefault(int(piece), set()).add(float(at[piece, position]))
        for piece, position in zip(*np.nonzero((turn == 0) & (_turn(far - start, along) == 0)), strict=True):
            step = edges[piece, 2:] - edges[piece, :2]
            square = float(step @ step)
            ends = [float((end - edges[piece, :2]) @ step) / square for end in across[position].reshape(2, 2) if square]
            places.setdefault(int(piece), set()).update(end for end in ends if 0 < end < 1)
    cut = [edges[[edge for edge in range(len(edges)) if edge not in places]]]
    for edge, at_places in places.items():
        shares = np.array([0.0, *sorted(at_places), 1.0])[:, None]
        corners = edges[edge, :2] * (1 - shares) + edges[edge, 2:] * shares
        cut.append(np.concatenate([corners[:-1], corners[1:]], axis=1))
    return np.concatenate(cut)


def _in_any(contours: Sequence[FloatArray], points: FloatArray) -> NDArray[np.bool_]:
    inside = np.zeros(len(points), dtype=bool)
    for contour in contours:
        x0, y0, x1, y1 = (column[None] for column in _edges(contour).T)
        x, y = points[:, :1], points[:, 1:]
        with np.errstate(divide="ignore", invalid="ignore"):
            crosses = ((y0 > y) != (y1 > y)) & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
        inside |= crosses.sum(axis=1) % 2 == 1
    return inside


def _chained(pieces: FloatArray) -> list[FloatArray]:
    """Closed outlines of pieces that follow one another, each from where the last one ended."""
    begins: dict[tuple[float, ...], list[int]] = {}
    for number, piece in enumerate(pieces):
        begins.setdefault((float(piece[0]), float(piece[1])), []).append(number)
    outlines = []
    used = np.zeros(len(pieces), dtype=bool)
    for first in range(len(pieces)):
        if used[first]:
            continue
        ring, at = [], first
        while not used[at]:
            used[at] = True
            ring.append(pieces[at, :2])
            at = next((n for n in begins.get((float(pieces[at, 2]), float(pieces[at, 3])), ()) if not used[n]), first)
        if len(ring) > 2:
            outlines.append(np.array(ring))
    return outlines
