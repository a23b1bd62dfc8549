"""Lays an arrangement on the patient: tangents that pass by lung and heart, fields beside, the gantry as he lies."""

from dataclasses import replace

import numpy as np
from scipy.ndimage import binary_closing, binary_dilation

from isocenter.evidence.fields.portals import FIXED_AXES
from isocenter.planning.dose.beam_view import BeamView, look
from isocenter.planning.dose.influence import BIXEL_MM
from isocenter.planning.task.task import Task
from isocenter.planning.task.templates import Arrangement
from isocenter.terms.imaging import FloatArray

STEP_DEG = 5.0
SUPINE = "HFS"  # head first, as the angles of arrangements are meant
MOST_POINTS = 4000  # of each structure


def searched(arrangement: Arrangement, task: Task) -> Arrangement:
    """The arrangement turned as a whole by what leaves the least of the critical structures within its apertures.

    An organ counts by the share of its volume that lies in the aperture of the targets, added up over fields. Fields
    beside them are searched after that in the same way. One that does not allow a search keeps its fields. The gantry
    angles are those at which they reach the patient from the same side in the position that he lies in.
    """
    if arrangement.search_deg:
        arrangement = _turned(arrangement, task)
        if arrangement.beside_deg:
            arrangement = _with_fields_beside(arrangement, task)
    return lying_as(task.patient.patient_position, arrangement)


def lying_as(patient_position: str, arrangement: Arrangement) -> Arrangement:
    """An arrangement, whose angles are of a patient head first and supine, for one who lies in another position."""
    if patient_position == SUPINE:
        return arrangement
    return replace(
        arrangement,
        gantry_deg=tuple(_gantry_deg(angle, patient_position) for angle in arrangement.gantry_deg),
        source=f"{arrangement.source}; turned from a patient head first and supine (HFS) to {patient_position}, so "
        "that each field reaches the same side of the patient",
    )


def _gantry_deg(supine_deg: float, patient_position: str) -> float:
    """The gantry angle that looks along the same direction in the patient as one does where he is supine."""
    along = look(supine_deg, np.zeros(3), patient_position=SUPINE).axes[2]
    # Gantry 0 looks down the third of the machine's axes, 90 degrees against the first (IEC 61217).
    x, _, z = np.array(FIXED_AXES[patient_position], np.float64) @ along
    return float(np.round(np.degrees(np.arctan2(-x, -z)), 6) % 360)


def _with_fields_beside(arrangement: Arrangement, task: Task) -> Arrangement:
    """The arrangement with a field in front of each, as far from it as the same measure of the apertures allows."""
    tried = {offset: _in_front(arrangement, offset) for offset in arrangement.beside_deg}
    chosen = min(sorted(tried), key=lambda offset: round(_seen(tried[offset], task, 0.0), 4))
    offsets = ", ".join(f"{offset:g}" for offset in sorted(tried))
    return replace(
        tried[chosen],
        source=f"{arrangement.source}; of fields {offsets} degrees in front of them, {chosen:g} leaves the least",
    )


def _in_front(arrangement: Arrangement, offset_deg: float) -> Arrangement:
    """Beside each field one that lies nearer to the front of a supine patient, gantry 0, by so many degrees."""
    fields = [
        (angle, (angle + (-offset_deg if angle <= 180 else offset_deg)) % 360) for angle in arrangement.gantry_deg
    ]
    return replace(arrangement, gantry_deg=tuple(angle for both in fields for angle in both))


def _turned(arrangement: Arrangement, task: Task) -> Arrangement:
    steps = np.arange(-arrangement.search_deg, arrangement.search_deg + STEP_DEG / 2, STEP_DEG)
    order = sorted(steps, key=abs)  # of equal ones the nearest to the template
    turn_deg = min(order, key=lambda turn: round(_seen(arrangement, task, turn), 4))
    return replace(
        arrangement,
        gantry_deg=tuple(float((angle + turn_deg) % 360) for angle in arrangement.gantry_deg),
        source=f"{arrangement.source}; of turns within {arrangement.search_deg:g} degrees, {turn_deg:+g} leaves the "
        "least of the critical structures within the apertures",
    )


def _seen(arrangement: Arrangement, task: Task, turn_deg: float) -> float:
    total = 0.0
    for angle in arrangement.gantry_deg:
        view = look(angle + turn_deg, task.isocenter_mm, patient_position=SUPINE, sad_mm=task.beam.sad_mm)
        targets = np.concatenate([_points(task, name) for name in task.prescribed_gy])
        low, aperture = _aperture(view, targets, arrangement.block_margin_mm or task.choices.block_margin_mm)
        for name in task.critical:
            cells = np.floor(view.onto_plane(_points(task, name)) / BIXEL_MM).astype(np.int64) - low
            within = np.all((cells >= 0) & (cells < aperture.shape), axis=1)
            total += float(aperture[tuple(cells[within].T)].sum()) / max(len(cells), 1)
    return total


def _points(task: Task, name: str) -> FloatArray:
    voxels = task.patient.voxels[name]
    points: FloatArray = task.patient.points_mm(voxels[:: max(len(voxels) // MOST_POINTS, 1)]).astype(np.float64)
    return points


def _aperture(view: BeamView, points_mm: FloatArray, margin_mm: float) -> tuple[np.ndarray, np.ndarray]:
    """The first cell, and the mask of cells that the points cover with a margin as the beam sees them."""
    rings = max(round(margin_mm / BIXEL_MM), 1)
    cells = np.floor(view.onto_plane(points_mm) / BIXEL_MM).astype(np.int64)
    low = cells.min(0) - rings - 1
    mask = np.zeros(cells.max(0) - low + rings + 2, bool)
    mask[tuple((cells - low).T)] = True
    square = np.ones((3, 3), bool)
    return low, binary_dilation(binary_closing(mask, square), square, iterations=rings)
