"""The margins of an expanded volume around the one inside it, such as a PTV around its CTV.

By direction the margin is the difference of the two bodies' support (their farthest reach): exact where the
outer one is the inner one expanded, in every direction and whatever the shape. Cropping shows in the least
distance.
"""

from dataclasses import dataclass

import numpy as np

from isocenter.evidence.bodies.solids import Solid, sample_wall, split_parts
from isocenter.evidence.kernels import proximity
from isocenter.terms.imaging import FloatArray

SAMPLE_MM = 2.0
FARTHEST_MM = 200.0
LEAST_AREA_MM2 = 1e-9  # so that even a point-like contour has a mean


@dataclass(frozen=True, slots=True)
class Margins:
    """Margins of one separate part of the inner volume; negative where it sticks out of the outer one."""

    inner: str
    outer: str
    part: int
    left_mm: float
    right_mm: float
    anterior_mm: float
    posterior_mm: float
    superior_mm: float
    inferior_mm: float
    least_mm: float
    mean_mm: float


def measure_margins(inner: Solid, outer: Solid) -> tuple[Margins, ...]:
    """The margins of each separate part of the inner volume, within the outer part that holds it."""
    outer_parts = split_parts(outer)
    found = []
    for number, part in enumerate(split_parts(inner), start=1):
        wall = sample_wall(part, SAMPLE_MM)
        depths = [-proximity.surface_distances(wall.points_mm, other.body, FARTHEST_MM) for other in outer_parts]
        held_by = int(np.argmax([depth.mean() for depth in depths]))
        depth_mm, around = depths[held_by], outer_parts[held_by]
        right, anterior, inferior, left, posterior, superior = _reach_beyond(part, around)
        found.append(
            Margins(
                inner=inner.name,
                outer=outer.name,
                part=number,
                left_mm=left,
                right_mm=right,
                anterior_mm=anterior,
                posterior_mm=posterior,
                superior_mm=superior,
                inferior_mm=inferior,
                least_mm=float(depth_mm.min()),
                mean_mm=float(np.average(depth_mm, weights=wall.area_mm2 + LEAST_AREA_MM2)),
            )
        )
    return tuple(found)


def _reach_beyond(inner: Solid, outer: Solid) -> tuple[float, ...]:
    """How much farther the outer body reaches: towards -x, -y, -z, +x, +y, +z."""
    inner_low, inner_high = _extent_mm(inner)
    outer_low, outer_high = _extent_mm(outer)
    return (*(float(v) for v in inner_low - outer_low), *(float(v) for v in outer_high - inner_high))


def _extent_mm(solid: Solid) -> tuple[FloatArray, FloatArray]:
    """Least and greatest x, y, z."""
    return solid.body.box[:3], solid.body.box[3:]
