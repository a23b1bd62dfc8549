"""Planning's beam from a user's measured one: depth doses, outputs, leaves and monitor units as they were measured.

Point kernels, the source's blur, the width of head scatter and the electrons' range stay those of the nearest generic
beam. What is fitted: the fall of fluence with depth, the weight of head scatter (output factors), the contaminating
electrons (the first centimeters) and the dose of a monitor unit. How near the model comes is part of its description.
"""

from dataclasses import replace

import numpy as np

from isocenter.errors import UnreadableInput
from isocenter.planning.beam.beam_data import BeamData, generic_beams
from isocenter.planning.beam.measured_beam import MeasuredBeam
from isocenter.planning.dose.beam_view import cast_fan, look
from isocenter.planning.dose.dose import FluenceMap, beam_dose
from isocenter.planning.patient.patient import PlanningPatient
from isocenter.terms.imaging import FloatArray

REFERENCE_MM, LARGEST_MM = 100.0, 160.0
SPACING_MM, WATER_DEPTH_MM, RIM_MM = 5.0, 300.0, 50.0
SHALLOW_MM, DEEP_MM = 30.0, 250.0  # where electrons contaminate, and to where depth doses are fitted
FIRST_MM = 4.0
MORE_TURNS = 2
MOST_HEAD_WEIGHT = 0.2
LARGEST_MISFIT_PERCENT = 5.0


def fit_beam(measured: MeasuredBeam) -> BeamData:
    """The beam that gives the measured doses in water; UnreadableInput where the model cannot follow them."""
    start = min(generic_beams(), key=lambda beam: abs(beam.energy_mv - measured.energy_mv))
    beam = replace(
        start,
        name=measured.name,
        notice=f"beam data fitted to the measurements of {measured.name}, not a commissioned model, not for treatment",
        energy_mv=measured.energy_mv,
        sad_mm=measured.sad_mm,
        mlc_transmission=measured.transmission,
        leaf_gap_mm=measured.leaf_gap_mm,
        groove_mm=start.groove_mm if measured.groove_mm is None else measured.groove_mm,
    )
    sides_mm = _fields(measured)
    reference_mm = min(sides_mm, key=lambda side: abs(side - REFERENCE_MM))
    depths_mm = _depths(measured)
    beam = _with_fall(beam, measured, reference_mm, depths_mm)
    beam = _with_outputs(beam, measured, sides_mm, reference_mm)
    for _ in range(MORE_TURNS):
        beam = _with_fall(beam, measured, reference_mm, depths_mm)
    beam = _with_monitor_units(_with_electrons(beam, measured, reference_mm), measured, reference_mm, depths_mm)
    return _described(beam, start, measured, sides_mm, depths_mm)


def _fields(measured: MeasuredBeam) -> list[float]:
    """Few of the measured sides: the one nearest to the reference field, a small one and a large one."""
    known = [float(side) for side in measured.tpr_side_mm if side <= min(LARGEST_MM, measured.side_mm[-1])]
    if not known:
        raise UnreadableInput(f"the measured fields are larger than {LARGEST_MM:g} mm; planning needs one near 100 mm")
    chosen = {min(known, key=lambda side: abs(side - wanted)) for wanted in (REFERENCE_MM, 50.0, 150.0)}
    return sorted(chosen)


def _depths(measured: MeasuredBeam) -> FloatArray:
    deepest = min(DEEP_MM, float(measured.depth_mm[-1]))
    depths_mm = np.arange(max(SHALLOW_MM, float(measured.depth_mm[0])), deepest + 1, 10.0)
    if deepest < 150.0 or len(depths_mm) < 5:
        raise UnreadableInput(f"depth doses stop at {deepest:g} mm; planning needs them from 30 to 150 mm or deeper")
    return depths_mm


def _measured_gy(measured: MeasuredBeam, side_mm: float, depths_mm: FloatArray) -> FloatArray:
    ssd_mm = measured.sad_mm - REFERENCE_MM
    return np.array([measured.gy_per_mu_on_axis(side_mm, float(depth), ssd_mm) for depth in depths_mm])


def _computed(beam: BeamData, side_mm: float, depths_mm: FloatArray) -> FloatArray:
    """Dose per unit of fluence on the axis of a square at the isocenter plane, 10 cm deep in water."""
    count = 2 * round((side_mm / 2 + RIM_MM) / SPACING_MM) + 1
    across_mm = np.asarray(np.arange(count) - count // 2, np.float64) * SPACING_MM
    down_mm = np.asarray(np.arange(round(WATER_DEPTH_MM / SPACING_MM)) + 0.5, np.float64) * SPACING_MM
    density = np.ones((count, len(down_mm), count), np.float32)
    water = PlanningPatient(density, across_mm, down_mm, across_mm.copy(), np.arange(density.size), {})
    view = look(0.0, np.array([0.0, REFERENCE_MM, 0.0]), sad_mm=beam.sad_mm)
    at_mm = np.arange(-side_mm / 2 - 10, side_mm / 2 + 10.5, 1.0)
    line = np.clip(side_mm / 2 - np.abs(at_mm) + 0.5, 0, 1)
    field = FluenceMap(np.outer(line, line), float(at_mm[0]), float(at_mm[0]), 1.0)
    dose = beam_dose(cast_fan(water, view), field, beam)
    on_axis: FloatArray = np.interp(depths_mm, down_mm, dose[count // 2, :, count // 2])
    return on_axis


def _with_fall(beam: BeamData, measured: MeasuredBeam, side_mm: float, depths_mm: FloatArray) -> BeamData:
    """Kerma, terma and pencil factors times a parabola of depth in the exponent that the reference field asks for."""
    photons = replace(beam, electron_share=0.0)
    ratio = np.log(_measured_gy(measured, side_mm, depths_mm) / _computed(photons, side_mm, depths_mm))
    curve = np.polynomial.Polynomial.fit(depths_mm, ratio, 2)

    def factor(at_mm: FloatArray) -> FloatArray:
        inside = np.clip(at_mm, 0, depths_mm[-1])
        changed: FloatArray = np.exp(curve(inside) - curve(REFERENCE_MM))
        return changed

    return replace(
        beam,
        collision_kerma=beam.collision_kerma * factor(beam.depth_mm),
        scatter_terma=beam.scatter_terma * factor(beam.depth_mm),
        pencil_depth_factors=beam.pencil_depth_factors * factor(beam.pencil_depth_mm),
    )


def _with_outputs(beam: BeamData, measured: MeasuredBeam, sides_mm: list[float], reference_mm: float) -> BeamData:
    """The weight of head scatter that the measured outputs ask for, by least squares."""
    at = np.array([REFERENCE_MM])
    both = {
        side: [
            float(_computed(replace(beam, electron_share=0.0, head_weight=weight), side, at)[0])
            for weight in (0.0, 1.0)
        ]
        for side in sides_mm
    }
    wanted = {side: float(_measured_gy(measured, side, at)[0]) for side in sides_mm}
    slopes, rests = [], []
    for side in sides_mm:
        if side != reference_mm:
            ratio = wanted[side] / wanted[reference_mm]
            slopes.append((both[side][1] - both[side][0]) - ratio * (both[reference_mm][1] - both[reference_mm][0]))
            rests.append(ratio * both[reference_mm][0] - both[side][0])
    weight = float(np.dot(slopes, rests) / np.dot(slopes, slopes)) if slopes else beam.head_weight
    return replace(beam, head_weight=float(np.clip(weight, 0, MOST_HEAD_WEIGHT)))


def _with_electrons(beam: BeamData, measured: MeasuredBeam, side_mm: float) -> BeamData:
    """The share of electrons that the first centimeters ask for; the generic one where they were not measured."""
    depths_mm = np.arange(max(FIRST_MM, float(measured.depth_mm[0])), SHALLOW_MM, 2.0)
    if len(depths_mm) < 5:
        return beam
    photons, with_one = (
        _computed(replace(beam, electron_share=share), side_mm, np.append(depths_mm, REFERENCE_MM)) for share in (0, 1)
    )
    scale = photons[-1] / float(_measured_gy(measured, side_mm, np.array([REFERENCE_MM]))[0])
    electrons = (with_one - photons)[:-1]
    missing = scale * _measured_gy(measured, side_mm, depths_mm) - photons[:-1]
    return replace(beam, electron_share=max(float(electrons @ missing / (electrons @ electrons)), 0.0))


def _with_monitor_units(beam: BeamData, measured: MeasuredBeam, side_mm: float, depths_mm: FloatArray) -> BeamData:
    ratio = _computed(beam, side_mm, depths_mm) / _measured_gy(measured, side_mm, depths_mm)
    return replace(beam, mu_per_unit=float(ratio.mean()))


def _described(
    beam: BeamData, start: BeamData, measured: MeasuredBeam, sides_mm: list[float], depths_mm: FloatArray
) -> BeamData:
    """The beam with how near it comes to the measurements; UnreadableInput where that is not near enough."""
    misfits = {
        side: 100 * float(np.abs(_computed(beam, side, depths_mm) / beam.mu_per_unit
                                 / _measured_gy(measured, side, depths_mm) - 1).max())
        for side in sides_mm
    }  # fmt: skip
    fields = ", ".join(f"{side / 10:g} cm within {misfit:.1f} %" for side, misfit in misfits.items())
    reach = f"from {depths_mm[0] / 10:g} to {depths_mm[-1] / 10:g} cm"
    if max(misfits.values()) > LARGEST_MISFIT_PERCENT:
        raise UnreadableInput(
            f"{measured.name}: planning follows the measured doses only so far: fields of {fields} {reach}, more than "
            f"{LARGEST_MISFIT_PERCENT:g} %; check energy_mv, the depth doses' SSD and the output factors"
        )
    kept = "groove and speed" if measured.groove_mm is None else "speed"
    on = f", measured {measured.measured_on}" if measured.measured_on else ""
    return replace(
        beam,
        source=(
            f"fitted to {', '.join(measured.files)} (SHA-256 {measured.sha256[:12]}{on}): dose of a monitor unit in "
            f"water, fields of {fields} {reach}; point kernels, penumbra, {kept} of leaves are those of "
            f"{start.name}"
        ),
    )
