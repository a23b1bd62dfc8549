"""Portals seen along the beam: how much of a volume they look at, and how near their edge comes to it.

Geometry of IEC 61217: gantry 0 looks from above onto the table, 90 from its left; a portal is given at the
isocenter plane by jaws and leaves, all segments of one gantry angle together.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from isocenter.evidence.fields.apertures import apertures_of
from isocenter.terms.imaging import Beam, ControlPoint, FloatArray

# Rows: the fixed (IEC) x, y, z axes in patient coordinates (LPS), by patient position.
FIXED_AXES = {
    "HFS": [[1, 0, 0], [0, 0, 1], [0, -1, 0]],
    "HFP": [[-1, 0, 0], [0, 0, 1], [0, 1, 0]],
    "FFS": [[-1, 0, 0], [0, 0, -1], [0, -1, 0]],
    "FFP": [[1, 0, 0], [0, 0, -1], [0, 1, 0]],
    "HFDR": [[0, 1, 0], [0, 0, 1], [1, 0, 0]],
    "HFDL": [[0, -1, 0], [0, 0, 1], [-1, 0, 0]],
    "FFDR": [[0, -1, 0], [0, 0, -1], [1, 0, 0]],
    "FFDL": [[0, 1, 0], [0, 0, -1], [-1, 0, 0]],
}


@dataclass(frozen=True, slots=True)
class PortalCrossing:
    """How one beam's portals lie to a volume, at the isocenter plane.

    seen_percent: the share of the volume that any portal of the beam looks at; distance_mm: from the volume to the
    nearest portal edge as the beam sees it, 0 where a portal looks at some of it.
    """

    beam_number: int
    seen_percent: float
    distance_mm: float


def measure_crossing(beam: Beam, points_mm: FloatArray, patient_position: str = "HFS") -> PortalCrossing | None:
    """How a beam lies to a volume of points (n, 3); None where the plan does not say where or how the beam opens."""
    if beam.isocenter_mm is None or patient_position not in FIXED_AXES or not len(points_mm):
        return None
    seen = np.zeros(len(points_mm), dtype=bool)
    nearest_mm = np.inf
    for point, _, openings in _openings_by_angle(beam):
        if not len(openings):
            continue
        along = look_along(beam, point, points_mm, patient_position)
        distances = _to_rectangles(along, openings)
        seen |= distances <= 0
        nearest_mm = min(nearest_mm, float(distances.min()))
    if not np.isfinite(nearest_mm):
        return None
    return PortalCrossing(beam.number, 100 * float(seen.mean()), nearest_mm)


def share_passing(beam: Beam, points_mm: FloatArray, patient_position: str, least_mm: float) -> float | None:
    """The share (0..1) of a beam's meterset given through portals that pass all points (n, 3) by more than least_mm.

    None where the plan does not say where, how or how long the beam opens.
    """
    if beam.isocenter_mm is None or patient_position not in FIXED_AXES or not len(points_mm):
        return None
    passing = given = 0.0
    for point, weight, openings in _openings_by_angle(beam):
        if weight <= 0 or not len(openings):
            continue
        distances_mm = _to_rectangles(look_along(beam, point, points_mm, patient_position), openings)
        given += weight
        passing += weight * bool(distances_mm.min() > least_mm)
    return passing / given if given else None


def _openings_by_angle(beam: Beam) -> Iterator[tuple[ControlPoint, float, FloatArray]]:
    """For neighboring control points at one gantry, collimator and couch angle the first one, the share of the
    meterset given around them, and the rectangles (n, 4: low x, low y, high x, high y) that they leave open together.
    """
    steps = np.abs(np.diff([point.cumulative_weight for point in beam.control_points])) / 2
    weights = (np.append(steps, 0.0) + np.append(0.0, steps))[: len(beam.control_points)]
    all_three = zip(beam.control_points, weights, apertures_of(beam), strict=True)
    for _, alike in groupby(all_three, key=lambda entry: _angles(entry[0])):
        points, given, apertures = zip(*alike, strict=True)
        rectangles = np.unique(np.concatenate([aperture.rectangles() for aperture in apertures]), axis=0)
        yield points[0], float(sum(given)), rectangles


def _angles(point: ControlPoint) -> tuple[float, float, float]:
    return round(point.gantry_deg, 1), round(point.collimator_deg, 1), round(point.couch_deg, 1)


def look_along(beam: Beam, point: ControlPoint, points_mm: FloatArray, patient_position: str = "HFS") -> FloatArray:
    """Points (n, 3) of the patient as the beam sees them: x, y (n, 2) of the collimator at the isocenter plane."""
    centered = points_mm - np.asarray(beam.isocenter_mm)
    on_table = centered @ np.array(FIXED_AXES[patient_position], dtype=np.float64).T
    x, y, z = (on_table @ _turn_z(point.couch_deg).T).T
    cos, sin = np.cos(np.radians(point.gantry_deg)), np.sin(np.radians(point.gantry_deg))
    towards_source = x * sin + z * cos
    enlarged = beam.source_axis_distance_mm / (beam.source_axis_distance_mm - towards_source)
    in_gantry = np.column_stack([(x * cos - z * sin) * enlarged, y * enlarged, towards_source])
    seen: FloatArray = (in_gantry @ _turn_z(-point.collimator_deg).T)[:, :2]
    return seen


def _turn_z(degrees: float) -> FloatArray:
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])


def _to_rectangles(points: FloatArray, rectangles: FloatArray) -> FloatArray:
    """Distance of each point (n, 2) to the nearest rectangle, 0 inside."""
    nearest2 = np.full(len(points), np.inf)
    for low_x, low_y, high_x, high_y in rectangles:
        dx = np.maximum(np.maximum(low_x - points[:, 0], points[:, 0] - high_x), 0.0)
        dy = np.maximum(np.maximum(low_y - points[:, 1], points[:, 1] - high_y), 0.0)
        np.minimum(nearest2, dx * dx + dy * dy, out=nearest2)
    distances: FloatArray = np.sqrt(nearest2)
    return distances
