"""What the independent check of monitor units does not compute, and why: fields, and points of them."""

from collections.abc import Iterable, Sequence

import numpy as np

from isocenter.evidence.fields.turns import arc_length_deg
from isocenter.planning.beam.accessory_factors import factor_of
from isocenter.planning.beam.measured_beam import ENERGY_SLACK_MV, MeasuredBeam
from isocenter.planning.dose.unmodeled import unmodeled, why_not_open
from isocenter.terms.imaging import Beam

TURNED_DEG = 0.05
SAD_SLACK_MM = 1.0
BEYOND_PROFILE_MM = 5.0  # off-axis ratios hold this far beyond the last measured radius
NEAR_AXIS_MM = 30.0  # where none was measured, a flattened beam is taken as even so far; a table of its own beyond
NEAR_PEAK_MM = 5.0  # the same of a beam without flattening filter


def why_not_computed(field: Beam, beam: MeasuredBeam) -> str:
    """Why a field is not computed with this beam data; "" where it is."""
    return _wrong_beam(field, beam) or _unstated(field) or _not_static(field, beam)


def beam_for(field: Beam, beams: Sequence[MeasuredBeam]) -> MeasuredBeam:
    """The beam data of a field: of its energy and fluence mode where there is one, else the nearest in energy."""
    own = [beam for beam in beams if not _wrong_beam(field, beam)]
    return own[0] if own else min(beams, key=lambda beam: abs(beam.energy_mv - (field.energy_mv or 0.0)))


def why_not_there(beam: MeasuredBeam, water_mm: float, off_axis_mm: float) -> str:
    """Why the measurements say nothing of a point under so much water, so far off the axis at the isocenter plane."""
    first_mm, last_mm = float(beam.depth_mm[0]), float(beam.depth_mm[-1])
    if not first_mm <= water_mm <= last_mm:
        return (
            f"the point lies under {water_mm / 10:.1f} cm of water, and depth doses were measured from "
            f"{first_mm / 10:.1f} to {last_mm / 10:.1f} cm"
        )
    if beam.off_axis_mm is None:
        even_mm = NEAR_PEAK_MM if beam.fluence_mode else NEAR_AXIS_MM
        if off_axis_mm > even_mm:
            return (
                f"the point lies {off_axis_mm / 10:.1f} cm off the axis, and no off-axis ratios were measured "
                f"(off_axis.csv); without them the check goes to {even_mm / 10:g} cm"
            )
    elif off_axis_mm > beam.off_axis_mm[-1] + BEYOND_PROFILE_MM:
        return (
            f"the point lies {off_axis_mm / 10:.1f} cm off the axis, and off-axis ratios were measured to "
            f"{beam.off_axis_mm[-1] / 10:.1f} cm"
        )
    return ""


def stops_at(beam: MeasuredBeam) -> str:
    """That a field is larger than what was measured."""
    return f"output factors or depth doses stop at a side of {beam.largest_mm / 10:g} cm"


def _wrong_beam(field: Beam, beam: MeasuredBeam) -> str:
    if field.radiation != "PHOTON":
        return f"its radiation is {field.radiation.lower() or 'not stated'}, and the beam data are of photons"
    if field.energy_mv is None:
        return f"its energy is not stated, and the beam data are of {beam.energy_mv:g} MV"
    if abs(field.energy_mv - beam.energy_mv) > ENERGY_SLACK_MV:
        return f"its energy is {field.energy_mv:g} MV, and the beam data are of {beam.energy_mv:g} MV"
    if field.fluence_mode.upper() != beam.fluence_mode.upper():
        own, measured = (
            f"of fluence mode {mode}" if mode else "flattened" for mode in (field.fluence_mode, beam.fluence_mode)
        )
        return f"its beam is {own}, and that of the beam data is {measured} (fluence_mode in machine.toml)"
    if abs(field.source_axis_distance_mm - beam.sad_mm) > SAD_SLACK_MM:
        return (
            f"its source lies {field.source_axis_distance_mm / 10:g} cm from the isocenter, and that of the beam data "
            f"{beam.sad_mm / 10:g} cm"
        )
    return ""


def _unstated(field: Beam) -> str:
    if field.minutes is not None:
        return "its dose is set in minutes, and the beam data state the dose of a monitor unit"
    if field.monitor_units is None or field.isocenter_mm is None or not field.control_points:
        return "its monitor units, isocenter or control points are not stated"
    return why_not_open(field)


def _not_static(field: Beam, beam: MeasuredBeam) -> str:
    if through := unmodeled(field, lambda one: factor_of(one, beam.accessories) is not None):
        return f"it goes through what the beam data do not describe: {through}"
    if field.compensators:
        return "it has a compensator, which the beam data do not describe"
    if arc_length_deg(field) > TURNED_DEG:
        return "it is an arc; check it by measurement"
    if _turns(point.collimator_deg for point in field.control_points):
        return "its collimator turns during the beam; check it by measurement"
    if _turns(point.couch_deg for point in field.control_points):
        return "its couch turns during the beam; check it by measurement"
    return ""


def _turns(angles_deg: Iterable[float]) -> bool:
    angles = np.array(list(angles_deg))
    return bool(np.abs((angles - angles[0] + 180) % 360 - 180).max() > TURNED_DEG)
