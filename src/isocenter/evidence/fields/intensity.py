"""How unevenly a field is lit: the spread of its intensity that a wedge, compensation or nested boosts do not explain.

The intensity of a place is the share of the meterset during which leaves and jaws leave it open, moving evenly from
one control point to the next. What falls or rises steadily along one direction is what a wedge does, and segments
nested in an open field are boosts; both are taken out before the spread is stated.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from isocenter.evidence.fields.segments import Openings, Segments, openings_of
from isocenter.terms.imaging import Beam, Compensator, FloatArray

NESTED_SHARE = 0.95  # of the smaller apertures' area that lies within the largest: boosts of an open field
OPEN_SHARE = 0.5  # of the meterset that an open field with boosts gives through its largest aperture
MOVING_SHARE = 0.5  # of the meterset given while leaves move, from which on a field is no series of segments
NEARLY_EQUAL = 0.8  # of the area that is open: segments that share as much differ by their rims alone
_CELL_MM, _SUBSTEPS = 2.5, 8
_DARK = 0.02  # of the brightest place: leakage and rounding, no part of the field
_LEAST_REACHED = 1e-3  # of a cell: less is rounding
_STILL_MM = 0.05
_FLAT = 0.02  # curvature, of the brightest place, that is none
_PLATE_PER_MM = 0.035  # attenuation of brass at 6 MV, for a plate whose thickness alone is stated


class Spread(NamedTuple):
    """Standard deviation of the intensity over a field, by its mean: 0 if even.

    unexplained: beyond a wedge and nested boosts. beyond_dome: beyond a smooth rise to one place as well, as the
    compensation of a patient's round surface makes it; never more than unexplained. beyond_bend: beyond a smooth fall
    to one place too, as compensation makes it where the patient is thin (a neck); never more than beyond_dome.
    """

    unexplained: float
    beyond_dome: float
    beyond_bend: float


EVEN = Spread(0.0, 0.0, 0.0)


def is_dynamic_wedge(beam: Beam) -> bool:
    """Whether one jaw edge moves, or several that only close or only open, while the leaves stand still."""
    points = beam.control_points
    edges = np.array([(*(p.jaws_x_mm or (0.0, 0.0)), *(p.jaws_y_mm or (0.0, 0.0))) for p in points])
    moving = np.sum(np.ptp(edges, axis=0) > _STILL_MM) if len(points) > 2 else 0
    inward_mm = np.diff(edges, axis=0) * (1.0, -1.0, 1.0, -1.0)
    is_one_way = bool((inward_mm >= -_STILL_MM).all() or (inward_mm <= _STILL_MM).all())
    if not moving or (moving > 1 and not is_one_way):
        return False
    leaves = [point.leaves_mm for point in points if point.leaves_mm is not None]
    return not leaves or bool(np.ptp(np.array(leaves), axis=0).max() <= _STILL_MM)


def spread_of(beam: Beam, segments: Segments) -> Spread:
    """How unevenly the control points of a field light it."""
    if segments.count < 2 or is_dynamic_wedge(beam) or are_boosts(segments) or segments.are_parts_of_one_field():
        return EVEN
    openings = openings_of(beam)
    lit, area_mm2 = _intensity(openings)
    is_field = lit > _DARK * lit.max()
    across_mm = np.cumsum(openings.strip_mm) - openings.strip_mm / 2
    return _spread(lit, np.where(is_field, area_mm2, 0.0), across_mm)


def are_boosts(segments: Segments) -> bool:
    """Whether the smaller segments lie within an open field that gives most of the dose, or differ by its rim.

    Segments that lie each within the next larger one are boosts whatever each of them gives.
    """
    if segments.count < 2:
        return False
    if segments.common_share() >= NEARLY_EQUAL:
        return True
    if segments.nested_share() < NESTED_SHARE:
        return False
    if segments.moving_share < MOVING_SHARE and segments.is_chain(NESTED_SHARE):
        return True
    areas = segments.areas_mm2
    is_rim = bool(areas.min() >= NEARLY_EQUAL * areas.max())
    return is_rim or 1.0 - segments.share_outside_largest() >= OPEN_SHARE - 1e-9


def open_time_spread(beam: Beam) -> Spread | None:
    """The same of binary leaves: spread of the time that leaves are open within a projection; None where unstated."""
    open_times = [point.open_fractions for point in beam.control_points if point.open_fractions is not None]
    lit = [shares[shares > _DARK] for shares in open_times]
    lit = [shares for shares in lit if len(shares) > 1]
    if not lit:
        return None
    spread = float(np.mean([shares.std() / shares.mean() for shares in lit]))
    return Spread(spread, spread, spread)


def plates_spread(beam: Beam) -> Spread | None:
    """The same behind compensators, of the most uneven; None where one states neither transmission nor thickness."""
    spreads = [_plate_spread(plate) for plate in beam.compensators]
    known = [spread for spread in spreads if spread is not None]
    return max(known) if known and len(known) == len(spreads) else None


def _plate_spread(plate: Compensator) -> Spread | None:
    if plate.transmission is not None:
        lit = plate.transmission
    elif plate.thickness_mm is not None:
        lit = np.exp(-_PLATE_PER_MM * plate.thickness_mm)
    else:
        return None
    return _spread(lit, np.ones_like(lit), np.arange(len(lit), dtype=np.float64)) if lit.max() > 0 else None


def _spread(lit: FloatArray, weights: FloatArray, across: FloatArray) -> Spread:
    """The spread of an intensity (strips, cells), the steady slope that explains most taken out, then a dome.

    across: where the strips lie, shape (strips,); the cells are evenly spaced.
    """
    mean = float((lit * weights).sum() / weights.sum())
    even = np.full_like(lit, mean)
    bend, is_dome = _bend(lit, weights, across)
    unexplained, beyond_dome, beyond_bend = (
        min(float(np.sqrt(((lit - explained) ** 2 * weights).sum() / weights.sum())) / mean for explained in models)
        for models in ([even, *_steady(lit, weights)], [bend if is_dome else even], [bend])
    )
    beyond_dome = min(unexplained, beyond_dome)
    return Spread(unexplained, beyond_dome, min(beyond_dome, beyond_bend))


def _bend(lit: FloatArray, weights: FloatArray, across: FloatArray) -> tuple[FloatArray, bool]:
    """The nearest intensity of second degree, and whether it has one highest place (and no lowest)."""
    x = np.broadcast_to(np.linspace(-1.0, 1.0, lit.shape[1]), lit.shape)
    y = np.broadcast_to(((across - across.mean()) / max(float(np.ptp(across)) / 2, 1e-9))[:, None], lit.shape)
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)
    root = np.sqrt(weights)
    factors = np.linalg.lstsq((terms * root[..., None]).reshape(-1, 6), (lit * root).ravel(), rcond=None)[0]
    _, _, _, xx, xy, yy = factors
    highest = (xx + yy) / 2 + np.hypot((xx - yy) / 2, xy / 2)  # of the curvatures
    bend: FloatArray = terms @ factors
    return bend, bool(highest <= _FLAT * float(lit.max()))


def _intensity(openings: Openings) -> tuple[FloatArray, FloatArray]:
    """Share of the meterset during which each cell is open, and the area of it that any opening reaches.

    Both have shape (strips, cells).
    """
    low, high = openings.low_mm, openings.high_mm
    is_open = (high > low) & openings.is_seen
    start, stop = float(low[is_open].min()), float(high[is_open].max())
    edges = np.linspace(start, stop, max(int(np.ceil((stop - start) / _CELL_MM)), 1) + 1)
    lit = np.zeros((low.shape[1], len(edges) - 1))
    reached = np.zeros_like(lit)  # the share of a cell that the widest opening reaches: part of a cell at a rim
    shares = (np.arange(_SUBSTEPS) + 0.5) / _SUBSTEPS
    for interval in np.flatnonzero(openings.weight > 0):
        for share in shares:
            left = low[interval] * (1 - share) + low[interval + 1] * share
            right = high[interval] * (1 - share) + high[interval + 1] * share
            covered = np.minimum(right[:, None], edges[1:]) - np.maximum(left[:, None], edges[:-1])
            # A jaw that crosses a strip within the interval opens or shuts all of it half-way.
            covered *= openings.is_seen[interval + int(share > 0.5)][:, None]
            covered = np.clip(covered, 0.0, None) / np.diff(edges)
            lit += openings.weight[interval] / _SUBSTEPS * covered
            np.maximum(reached, covered, out=reached)
    is_reached = reached > _LEAST_REACHED
    lit = np.divide(lit, reached, out=np.zeros_like(lit), where=is_reached)
    return lit, np.where(is_reached, reached, 0.0) * openings.strip_mm[:, None] * float(edges[1] - edges[0])


def _steady(lit: FloatArray, weights: FloatArray) -> Sequence[FloatArray]:
    """The intensity as a wedge would make it: rising or falling along the leaves, or across them."""
    found = []
    for axis in (0, 1):
        total = weights.sum(axis=axis)
        profile = np.divide((lit * weights).sum(axis=axis), total, out=np.zeros_like(total), where=total > 0)
        for direction in (1, -1):
            steady = direction * _rising(direction * profile, total)
            found.append(np.broadcast_to(np.expand_dims(steady, axis), lit.shape))
    return found


def _rising(values: FloatArray, weights: FloatArray) -> FloatArray:
    """The nearest values that never fall (pooling of neighbors that do), shape (n,)."""
    blocks: list[list[float]] = []
    for value, weight in zip(values, np.maximum(weights, 1e-9), strict=True):
        blocks.append([float(value), float(weight), 1.0])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            value_b, weight_b, count_b = blocks.pop()
            value_a, weight_a, count_a = blocks.pop()
            both = weight_a + weight_b
            blocks.append([(value_a * weight_a + value_b * weight_b) / both, both, count_a + count_b])
    return np.repeat([block[0] for block in blocks], [int(block[2]) for block in blocks])
