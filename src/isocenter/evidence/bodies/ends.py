"""How a stack of slabs ends: a body that closes before the next slice would come runs out at its pole.

The area of the sections, raised to a power, is a parabola in z: the first power for spheres and ellipsoids, the second
for lying cylinders, the root for cones; the one that best foretells the last section from the three before it is
taken. Where it falls to zero before the next slice, the last two slabs at that end thin out as the areas do; at any
other end, as a flat or a ragged one, a slab is its section times its height, half a slice beyond the last plane.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from isocenter.evidence.bodies.stacking import LATEST_POLE, Stack
from isocenter.terms.imaging import FloatArray

_POWERS = (2.0, 1.0, 0.5)
_LEAST_PLANES, _FLAT = 4, 0.98  # share of the section before, from which on an end is flat
_FARTHEST_MISS = 0.15  # of the section before the last: more, and the body does not run out evenly
_STEPS, _POINTS_A_LAYER = 200, 8


class End(NamedTuple):
    """An end that closes: its last two planes, the way out (+1 or -1), the pole, and the areas around it.

    known (3,) are the last areas in mm2 to a power, at away_mm (3,) from the last plane, positive outward.
    """

    planes: tuple[int, int]
    outward: int
    pole_mm: float
    away_mm: FloatArray
    known: FloatArray
    power: float

    def areas_mm2(self, away_mm: FloatArray) -> FloatArray:
        """Area of the section at distances outward from the last plane; 0 beyond the pole."""
        areas = np.maximum(_parabola(self.away_mm, self.known, away_mm), 0.0) ** (1 / self.power)
        return np.where(away_mm <= self.pole_mm, areas, 0.0)


def closing_ends(stack: Stack) -> list[End]:
    """The ends of a stack's runs at which the body closes before the next slice."""
    ends = []
    for first, last in stack.runs:
        if last - first + 1 >= _LEAST_PLANES:
            ends += [_end(stack, np.arange(first, last + 1), -1), _end(stack, np.arange(last, first - 1, -1), 1)]
    return [end for end in ends if end is not None]


def thinned(end: End, stack: Stack, plane: NDArray[np.int64], low_mm: FloatArray, height_mm: FloatArray) -> FloatArray:
    """What each layer of the slabs holds of its outline's area times its height; 1 away from the end.

    plane, low_mm, height_mm (layers,): the plane whose outline a layer has, its lower edge, its height.
    """
    shares = np.ones(len(plane))
    here = np.flatnonzero(np.isin(plane, end.planes))
    at = (np.arange(_POINTS_A_LAYER) + 0.5) / _POINTS_A_LAYER
    z_mm = low_mm[here, None] + at * height_mm[here, None]
    sections = end.areas_mm2(end.outward * (z_mm - stack.z_mm[end.planes[0]])).mean(axis=1)
    shares[here] = sections / stack.areas_mm2[plane[here]]
    return shares


def _end(stack: Stack, planes: NDArray[np.int64], outward: int) -> End | None:
    """The end that a run of planes, from there inward, closes at; None where it does not."""
    away_mm = -np.abs(stack.z_mm[planes[:4]] - stack.z_mm[planes[0]])
    areas = stack.areas_mm2[planes[:4]]
    if not (areas > 0).all() or areas[0] > _FLAT * areas[1]:
        return None
    power = min(_POWERS, key=lambda power: _miss(away_mm, areas, power))
    if _miss(away_mm, areas, power) > _FARTHEST_MISS * areas[1]:
        return None
    on_mm = np.linspace(0.0, LATEST_POLE * stack.spacing_mm, _STEPS + 1)
    known: FloatArray = areas[:3] ** power
    closed = np.flatnonzero(_parabola(away_mm[:3], known, on_mm) <= 0)
    if not closed.size:
        return None
    pole_mm = min(float(on_mm[closed[0]]), stack.spacing_mm)
    return End((int(planes[0]), int(planes[1])), outward, pole_mm, away_mm[:3], known, power)


def _miss(away_mm: FloatArray, areas_mm2: FloatArray, power: float) -> float:
    """By how much the three planes before the last foretell its section wrongly, with areas raised to the power."""
    foretold = float(_parabola(away_mm[1:], areas_mm2[1:] ** power, np.zeros(1))[0])
    return float(abs(max(foretold, 0.0) ** (1 / power) - areas_mm2[0]))


def _parabola(at: FloatArray, values: FloatArray, where: FloatArray) -> FloatArray:
    """The parabola through three points, at other places."""
    first = (values[1] - values[0]) / (at[1] - at[0])
    second = ((values[2] - values[1]) / (at[2] - at[1]) - first) / (at[2] - at[0])
    found: FloatArray = values[0] + (where - at[0]) * (first + second * (where - at[1]))
    return found
