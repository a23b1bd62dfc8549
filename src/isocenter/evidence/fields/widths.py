"""Widths: how far a structure reaches along the portals, as the separation of a breast between tangents."""

from collections.abc import Iterable

import numpy as np

from isocenter.evidence.fields.portals import FIXED_AXES
from isocenter.terms.imaging import Beam, ContouredStructure, FloatArray

# A couch that is turned further takes the portal out of the axial plane.
COUCH_SLACK_DEG = 0.5


def width_along_portals_mm(
    structure: ContouredStructure, beams: Iterable[Beam], patient_position: str = "HFS"
) -> float | None:
    """The greatest width of a structure in an axial slice along any portal that lies in that plane.

    For a breast between tangents this is its separation: medial to lateral border, along the beam. A target that
    ends short of the skin gives that much less. An arc counts with every gantry angle that the plan names. None
    where no portal lies in the axial plane, or nothing was drawn.
    """
    directions = _directions(beams, patient_position)
    if not len(directions) or not structure.contours:
        return None
    return max(float(np.ptp(points_mm @ directions.T, axis=0).max()) for _, points_mm in structure.contours)


def _directions(beams: Iterable[Beam], patient_position: str) -> FloatArray:
    """Unit vectors (n, 2) in x, y of the patient, from the isocenter to the source, each once."""
    angles = {
        round(point.gantry_deg, 1)
        for beam in beams
        if beam.is_treatment
        for point in beam.control_points
        if abs((point.couch_deg + 180.0) % 360.0 - 180.0) <= COUCH_SLACK_DEG
    }
    if patient_position not in FIXED_AXES:
        return np.empty((0, 2))
    across, _, up = np.array(FIXED_AXES[patient_position], dtype=np.float64)
    radians = np.radians(sorted(angles))
    towards_source = np.outer(np.sin(radians), across) + np.outer(np.cos(radians), up)
    directions: FloatArray = towards_source[:, :2]
    return directions
