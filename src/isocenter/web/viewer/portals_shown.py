"""The portals of a plan as the viewer draws them: jaws, what is open, and the target as each field sees it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from isocenter.evidence.fields.apertures import apertures_of
from isocenter.evidence.fields.portals import FIXED_AXES
from isocenter.evidence.pictures.silhouettes import silhouette
from isocenter.terms.imaging import Beam, ContouredStructure, ControlPoint, FloatArray, TreatmentPlan

_MOST_VIEWS = 24  # of the target along one arc; in between, the nearest one is shown


def portals_of(plan: TreatmentPlan, target: ContouredStructure | None, patient_position: str) -> list[dict[str, Any]]:
    """A row for each treatment field, lengths in mm of the isocenter plane in the collimator's axes."""
    seen = target if patient_position in FIXED_AXES else None
    return [_portal(beam, seen, patient_position) for beam in plan.treatment_beams if beam.control_points]


def _portal(beam: Beam, target: ContouredStructure | None, patient_position: str) -> dict[str, Any]:
    points = beam.control_points
    views = _views(points)
    return {
        "number": beam.number,
        "name": beam.name,
        "monitor_units": beam.monitor_units,
        "points": [
            {
                "gantry_deg": round(point.gantry_deg, 1),
                "collimator_deg": round(point.collimator_deg, 1),
                "couch_deg": round(point.couch_deg, 1),
                "weight": round(point.cumulative_weight, 5),
                "jaws_mm": _rounded(aperture.frame_mm),
                "open_mm": _rounded(aperture.rectangles().ravel()),
                "view": _nearest(views, place),
            }
            for place, (point, aperture) in enumerate(zip(points, apertures_of(beam), strict=True))
        ],
        "target_mm": [
            [_rounded(line.ravel()) for line in silhouette(target, beam, points[place], patient_position)]
            if target is not None
            else []
            for place in views
        ],
    }


def _views(points: Sequence[ControlPoint]) -> list[int]:
    """The control points from which the target is drawn: one where the machine does not move, several along an arc."""
    angles = [(point.gantry_deg, point.collimator_deg, point.couch_deg) for point in points]
    if len(set(angles)) == 1:
        return [0]
    count = min(_MOST_VIEWS, len(points))
    return sorted({round(place) for place in np.linspace(0, len(points) - 1, count)})


def _nearest(views: Sequence[int], place: int) -> int:
    return min(range(len(views)), key=lambda at: abs(views[at] - place))


def _rounded(values: Sequence[float] | FloatArray) -> list[float]:
    return [round(float(value), 1) for value in values]
