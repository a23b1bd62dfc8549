"""How near a target comes to a critical structure, where, and how steep the dose must fall between.

Measured on pairs of spheres (radii 15 and 20 mm) in every direction: within 0.03 mm on slices of 1 mm and
0.25 mm on slices of 3 mm, except where the ends of the bodies face each other along z. There the contours
themselves know no more than half a slice at either end, which is what resolution_mm says.
"""

from dataclasses import dataclass

import numpy as np

from isocenter.evidence.bodies.solids import PITCH_MM, Solid
from isocenter.evidence.kernels import edges, proximity
from isocenter.terms.imaging import FloatArray

PointMm = tuple[float, float, float]
TOUCHING_MM = 1e-6
SAMPLE_MM = 1.0


@dataclass(frozen=True, slots=True)
class Nearness:
    """The least surface distance of two solids (0 where they overlap), and where they are closest."""

    distance_mm: float
    resolution_mm: float
    target_point_mm: PointMm
    structure_point_mm: PointMm


def measure_nearness(target: Solid, structure: Solid, shared_point_mm: PointMm | None = None) -> Nearness:
    """Where two solids come closest; shared_point_mm is a point within both, where they overlap."""
    if shared_point_mm is not None:
        return Nearness(0.0, 0.0, shared_point_mm, shared_point_mm)
    distance_mm, here, there = edges.nearest_edges(target.body, structure.body)
    for one, other, on_one, on_other in ((target, structure, here, there), (structure, target, there, here)):
        distance_mm = proximity.nearest_between_planes(one.body, other.body, distance_mm, on_one, on_other, SAMPLE_MM)
    distance_mm = proximity.nearest_ends(target.body, structure.body, distance_mm, here, there, PITCH_MM)
    return Nearness(
        distance_mm=float(distance_mm),
        resolution_mm=_resolution_mm(target, structure, here, there),
        target_point_mm=_point(here),
        structure_point_mm=_point(there),
    )


def _resolution_mm(target: Solid, structure: Solid, here: FloatArray, there: FloatArray) -> float:
    """Half a slice of each solid that is closest at its end, as far as the approach runs along z."""
    half_slices = _end_mm(target, here) + _end_mm(structure, there)
    apart = float(np.linalg.norm(here - there))
    return half_slices if apart < TOUCHING_MM else half_slices * abs(float(here[2] - there[2])) / apart


def _end_mm(solid: Solid, point: FloatArray) -> float:
    """Half a slice where a point lies on or beyond the solid's first or last plane, else 0."""
    planes_mm = solid.body.z_mm
    is_at_end = not planes_mm[0] + TOUCHING_MM < point[2] < planes_mm[-1] - TOUCHING_MM
    return solid.stack.spacing_mm / 2 if is_at_end else 0.0


def _point(point: FloatArray) -> PointMm:
    return (float(point[0]), float(point[1]), float(point[2]))


def dose_fall_gy_per_mm(target_dose_gy: float, limit_gy: float, distance_mm: float) -> float | None:
    """The fall of dose demanded between a target's edge and a structure: (target dose - limit) / distance.

    0 where the limit is not below the target's dose; None where they touch and no fall would do.
    """
    if limit_gy >= target_dose_gy:
        return 0.0
    return None if distance_mm < TOUCHING_MM else (target_dose_gy - limit_gy) / distance_mm
