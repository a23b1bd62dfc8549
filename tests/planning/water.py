"""Water and lung in slabs, and square fields, for tests of dose."""

import numpy as np

from isocenter.planning.dose.beam_view import cast_fan, look
from isocenter.planning.dose.dose import FluenceMap, beam_dose
from isocenter.planning.patient.patient import PlanningPatient


def slabs(densities, spacing_mm=3.0, width_mm=180.0):
    """A block whose density changes with depth: densities is a function of the depth in mm."""
    depths_mm = (np.arange(round(300 / spacing_mm)) + 0.5) * spacing_mm
    count = round(width_mm / spacing_mm) // 2 * 2 + 1
    across_mm = (np.arange(count) - count // 2) * spacing_mm
    by_depth = np.array([densities(depth) for depth in depths_mm], np.float32)
    density = np.ascontiguousarray(np.broadcast_to(by_depth[None, :, None], (count, len(depths_mm), count)))
    return PlanningPatient(density, across_mm, depths_mm, across_mm.copy(), np.arange(density.size), {})


def square_field(side_mm):
    """A square opening of unit fluence at the isocenter plane."""
    at_mm = np.arange(-140, 140.5, 1.0)
    line = np.clip(side_mm / 2 - np.abs(at_mm) + 0.5, 0, 1)
    return FluenceMap(np.outer(line, line), -140.0, -140.0, 1.0)


def depth_dose(patient, side_mm, beam, ssd_mm=900.0):
    """Depths in mm and dose on the central axis of a square field from above."""
    view = look(0.0, np.array([0.0, beam.sad_mm - ssd_mm, 0.0]), sad_mm=beam.sad_mm)
    dose = beam_dose(cast_fan(patient, view), square_field(side_mm), beam)
    middle = dose.shape[0] // 2
    return patient.y_mm, dose[middle, :, middle]
