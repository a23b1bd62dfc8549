"""Whether the distances from source to skin that a plan states fit the outline that lies with it.

Isocenter or structures of another patient show here even where every beam looks along the way between them.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from isocenter.evidence.bodies.within import crossings_beside
from isocenter.evidence.fields.portals import FIXED_AXES
from isocenter.terms.imaging import Beam, ContouredStructure, FloatArray, PlanFolder
from isocenter.terms.problems import Problem

_MOST_MM = 30.0  # boluses, masks and table tops within the outline stay below
_STEP_MM, _ABOVE_MM, _BELOW_MM = 2.0, 500.0, 300.0  # of the ray, from above the isocenter to below it
_USUAL_SHARE = 0.5  # of the beams may differ, as behind a table top


def skin_distances(folder: PlanFolder, outlines: Sequence[ContouredStructure]) -> Iterator[Problem]:
    """A sentence where more than half of the beams that state a distance miss the outline's by more than 30 mm.

    None where plan and structures lie in different frames of reference, or nothing states how the patient lies.
    """
    plan, drawn, patient_position = folder.plan, folder.structure_set, folder.patient_position
    if plan is None or drawn is None or patient_position not in FIXED_AXES or not outlines:
        return
    if len({plan.frame_of_reference_uid, drawn.frame_of_reference_uid} - {""}) > 1:
        return
    pairs = [
        (found_mm, beam.ssd_mm)
        for beam in plan.treatment_beams
        if beam.ssd_mm is not None and (found_mm := _to_skin_mm(beam, outlines, patient_position)) is not None
    ]
    apart = [pair for pair in pairs if abs(pair[0] - pair[1]) > _MOST_MM]
    if len(apart) > _USUAL_SHARE * len(pairs):
        found_mm, stated_mm = apart[0]
        sentence = (
            f"Of {len(pairs)} beams {len(apart)} state a distance from source to skin that is not that of the "
            f"outline ({outlines[0].name}): the first {stated_mm:.0f} mm, by the outline {found_mm:.0f} mm. Check that "
            "isocenter and structures belong together."
        )
        yield Problem("", "SourceToSurfaceDistance", sentence)


def _to_skin_mm(beam: Beam, outlines: Sequence[ContouredStructure], patient_position: str) -> float | None:
    """From the source of the first control point along the axis to the outlines; None where it meets none."""
    if beam.isocenter_mm is None or not beam.control_points:
        return None
    above_mm = np.arange(_ABOVE_MM, -_BELOW_MM, -_STEP_MM)
    points_mm = np.asarray(beam.isocenter_mm) + above_mm[:, None] * _towards_source(beam, patient_position)
    inside = np.zeros(len(points_mm), dtype=bool)
    for outline in outlines:
        inside |= _inside(points_mm, outline)
    return float(beam.source_axis_distance_mm - above_mm[inside.argmax()]) if inside.any() else None


def _towards_source(beam: Beam, patient_position: str) -> FloatArray:
    """The direction from isocenter to source in patient coordinates (LPS), of length 1."""
    gantry, couch = np.radians(beam.control_points[0].gantry_deg), np.radians(beam.control_points[0].couch_deg)
    on_table = np.array([np.sin(gantry) * np.cos(couch), -np.sin(gantry) * np.sin(couch), np.cos(gantry)])
    towards: FloatArray = on_table @ np.array(FIXED_AXES[patient_position], dtype=np.float64)
    return towards


def _inside(points_mm: FloatArray, outline: ContouredStructure) -> NDArray[np.bool_]:
    """Whether each point lies within the contours of the nearest slice, not farther than slices are apart."""
    planes_mm = np.unique(outline.z_mm)
    if len(planes_mm) < 2:
        return np.zeros(len(points_mm), dtype=bool)
    spacing_mm = float(np.median(np.diff(planes_mm)))
    nearest_mm = planes_mm[np.abs(points_mm[:, 2:] - planes_mm).argmin(axis=1)]
    inside = np.zeros(len(points_mm), dtype=bool)
    for z_mm in np.unique(nearest_mm):
        here = (nearest_mm == z_mm) & (np.abs(points_mm[:, 2] - z_mm) <= spacing_mm)
        contours = [points for at_mm, points in outline.contours if at_mm == z_mm]
        inside[here] = crossings_beside(points_mm[here, :2], contours) % 2 == 1
    return inside
