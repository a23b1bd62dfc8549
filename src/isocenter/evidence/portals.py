"""Portals seen along the beam: how much of a volume they look at, and how near their edge comes to it.

Geometry of IEC 61217: gantry 0 looks from above onto the table, 90 from its left; a portal is given at the
isocentre plane by jaws and leaves, all segments of one gantry angle together.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from isocenter.terms.imaging import Beam, ControlPoint, FloatArray

WIDEST_MM = 400.0

# Rows: the fixed (IEC) x, y, z axes in patient coordinates (LPS), by patient position.
FIXED_AXES = {
    "HFS": [[1, 0, 0], [0, 0, 1], [0, -1, 0]],
    "HFP": [[-1, 0, 0], [0, 0, 1], [0, 1, 0]],
    "FFS": [[-1, 0, 0], [0, 0, -1], [0, -1, 0]],
    "FFP": [[1, 0, 0], [0, 0, -1], [0, 1, 0]],
}


@dataclass(frozen=True, slots=True)
class PortalCrossing:
    """How one beam's portals lie to a volume, at the isocentre plane.

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
    for points in _segments_by_angle(beam):
        openings = _openings(beam, points)
        if not len(openings):
            continue
        along = look_along(beam, points[0], points_mm, patient_position)
        distances = _to_rectangles(along, openings)
        seen |= distances <= 0
        nearest_mm = min(nearest_mm, float(distances.min()))
    if not np.isfinite(nearest_mm):
        return None
    return PortalCrossing(beam.number, 100 * float(seen.mean()), nearest_mm)


def _segments_by_angle(beam: Beam) -> Iterator[list[ControlPoint]]:
    """Neighbouring control points at one gantry, collimator and couch angle."""
    for _, points in groupby(
        beam.control_points,
        key=lambda p: (round(p.gantry_deg, 1), round(p.collimator_deg, 1), round(p.couch_deg, 1)),
    ):
        yield list(points)


def look_along(beam: Beam, point: ControlPoint, points_mm: FloatArray, patient_position: str = "HFS") -> FloatArray:
    """Points (n, 3) of the patient as the beam sees them: x, y (n, 2) of the collimator at the isocentre plane."""
    centred = points_mm - np.asarray(beam.isocenter_mm)
    on_table = centred @ np.array(FIXED_AXES[patient_position], dtype=np.float64).T
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


def _openings(beam: Beam, points: list[ControlPoint]) -> FloatArray:
    """Rectangles (n, 4: low x, low y, high x, high y) that the segments of one angle leave open together."""
    found: list[FloatArray] = []
    for point in points:
        low_x, high_x = point.jaws_x_mm or (-WIDEST_MM, WIDEST_MM)
        low_y, high_y = point.jaws_y_mm or (-WIDEST_MM, WIDEST_MM)
        jaws = np.array([[low_x, low_y, high_x, high_y]])
        if point.leaves_mm is None or beam.leaf_boundaries_mm is None:
            found.append(jaws)
            continue
        across = beam.leaf_boundaries_mm
        strips = np.column_stack([point.leaves_mm[0], across[:-1], point.leaves_mm[1], across[1:]])
        if beam.leaf_axis == "Y":
            strips = strips[:, [1, 0, 3, 2]]
        found.append(np.column_stack([np.maximum(strips[:, :2], jaws[:, :2]), np.minimum(strips[:, 2:], jaws[:, 2:])]))
    rectangles = np.unique(np.concatenate(found), axis=0) if found else np.empty((0, 4))
    is_open = (rectangles[:, 2] > rectangles[:, 0]) & (rectangles[:, 3] > rectangles[:, 1])
    return rectangles[is_open]


def _to_rectangles(points: FloatArray, rectangles: FloatArray) -> FloatArray:
    """Distance of each point (n, 2) to the nearest rectangle, 0 inside."""
    nearest2 = np.full(len(points), np.inf)
    for low_x, low_y, high_x, high_y in rectangles:
        dx = np.maximum(np.maximum(low_x - points[:, 0], points[:, 0] - high_x), 0.0)
        dy = np.maximum(np.maximum(low_y - points[:, 1], points[:, 1] - high_y), 0.0)
        np.minimum(nearest2, dx * dx + dy * dy, out=nearest2)
    distances: FloatArray = np.sqrt(nearest2)
    return distances
