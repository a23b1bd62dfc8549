"""The clinic's plan computed again from its control points and monitor units, with the beam data that are loaded.

With generic beam data this shows whether monitor units and dose fit together (plausibility); it is no independent
calculation of a commissioned beam. Leaves and jaws move evenly between control points; arcs are cut into short pieces
at fixed angles.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from isocenter.evidence.doses.dvh import Dvh
from isocenter.planning.beam.beam_data import BeamData
from isocenter.planning.dose.beam_view import cast_fan, look
from isocenter.planning.dose.delivered import delivered_fluence
from isocenter.planning.dose.dose import beam_dose
from isocenter.planning.dose.unmodeled import unmodeled, why_not_open
from isocenter.planning.patient.patient import PlanningPatient
from isocenter.terms.imaging import Beam, Compensator, TreatmentPlan
from isocenter.terms.problems import Problem

Float32Array = NDArray[np.float32]

ARC_STEP_DEG = 6.0
ENERGY_SLACK_MV = 0.5
PLAUSIBLE_PERCENT = 10.0
_NO_FRACTIONS = "its group of fractions does not state how many there are"


@dataclass(frozen=True, eq=False)
class Recomputed:
    """Dose in Gy of all fractions (nz, ny, nx), that of one fraction by beam number, and what could not be computed.

    is_whole: whether every treatment beam was computed.
    """

    dose_gy: Float32Array
    by_beam_gy: dict[int, Float32Array]
    is_whole: bool
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class FieldCheck:
    """One field computed again: its monitor units and the mean dose it gives the target in one fraction, in Gy."""

    name: str
    energy_mv: float | None
    monitor_units: float
    target_mean_gy: float


@dataclass(frozen=True, slots=True)
class Plausibility:
    """How the plan computed again compares with the stored dose over all fractions: two doses of the target, in Gy.

    Its mean, and the dose that coverage_percent of its volume receives. Beyond a tenth of the mean, monitor units and
    dose of the plan do not fit together, or the beam is unlike the generic one; beyond a tenth of the other, openings
    and dose do not. Then the stored dose is not that of the plan as it was computed again.
    """

    target: str
    stored_gy: float
    computed_gy: float
    fields: tuple[FieldCheck, ...]
    coverage_percent: float
    stored_covered_gy: float
    computed_covered_gy: float

    @property
    def difference_percent(self) -> float:
        """The mean computed again against the stored one."""
        return 100 * (self.computed_gy / self.stored_gy - 1)

    @property
    def is_plausible(self) -> bool:
        """Whether the mean is within PLAUSIBLE_PERCENT."""
        return abs(self.difference_percent) <= PLAUSIBLE_PERCENT

    @property
    def is_reproduced(self) -> bool:
        """Whether the dose of the covered volume is, too, so that the two doses are of one plan."""
        within = PLAUSIBLE_PERCENT / 100 * self.stored_covered_gy
        return self.is_plausible and abs(self.computed_covered_gy - self.stored_covered_gy) <= within


def check_plausibility(
    again: Recomputed,
    plan: TreatmentPlan,
    voxels: NDArray[np.int64],
    stored: Dvh,
    computed: Dvh,
    coverage_percent: float,
) -> Plausibility:
    """Hold a plan that was computed again against its stored dose: both as histograms of the same target.

    voxels: of the target, for the mean dose of each field.
    """
    fields = tuple(
        FieldCheck(
            beam.name or str(beam.number),
            beam.energy_mv,
            beam.monitor_units or 0.0,
            float(again.by_beam_gy[beam.number].ravel()[voxels].mean()),
        )
        for beam in plan.treatment_beams
        if beam.number in again.by_beam_gy
    )
    covered_gy = [curve.dose_at_fraction_gy(coverage_percent / 100) for curve in (stored, computed)]
    return Plausibility(stored.structure_name, stored.mean_gy, computed.mean_gy, fields, coverage_percent, *covered_gy)


def recompute(patient: PlanningPatient, plan: TreatmentPlan, beams: Sequence[BeamData]) -> Recomputed:
    """The dose of every photon beam whose opening, isocenter and monitor units are stated, by the nearest beam data.

    Of a plan that does not state its fractions nothing is computed: its dose of the course is not known.
    """
    if not plan.fractions:
        sentence = "it does not state how many fractions it has, so the dose of the course is not computed again"
        unknown = Problem("", "the clinic's plan", sentence)
        return Recomputed(np.zeros(patient.density.shape, np.float32), {}, False, (unknown,))
    problems: list[Problem] = []
    by_beam: dict[int, Float32Array] = {}
    for planned in plan.treatment_beams:
        beam = min(beams, key=lambda known: abs(known.energy_mv - (planned.energy_mv or beams[0].energy_mv)))
        why_not = _why_not(planned, beam) or ("" if _fractions_of(plan, planned) else _NO_FRACTIONS)
        if why_not:
            problems.append(
                Problem("", f"beam {planned.name or planned.number}", f"{why_not}; it is not computed again")
            )
            continue
        if abs((planned.energy_mv or 0) - beam.energy_mv) > ENERGY_SLACK_MV:
            sentence = f"its energy is {planned.energy_mv or 0:g} MV, computed with the {beam.name} beam"
            problems.append(Problem("", f"beam {planned.name or planned.number}", sentence))
        if planned.fluence_mode:
            sentence = f"its fluence mode is {planned.fluence_mode}, computed with a flattened beam"
            problems.append(Problem("", f"beam {planned.name or planned.number}", sentence))
        by_beam[planned.number] = _of_beam(patient, planned, beam)
    dose_gy = np.zeros(patient.density.shape, np.float32)
    for planned in plan.treatment_beams:
        if planned.number in by_beam:
            dose_gy += by_beam[planned.number] * np.float32(_fractions_of(plan, planned))
    is_whole = len(by_beam) == len(plan.treatment_beams) > 0
    return Recomputed(patient.without_air(dose_gy), by_beam, is_whole, tuple(problems))


def _fractions_of(plan: TreatmentPlan, beam: Beam) -> int:
    """How many fractions give a beam: those of its groups, 0 where one does not state them."""
    own = [group.fractions or 0 for group in plan.fraction_groups if beam.number in group.beams]
    if not own:
        return plan.fractions or 0
    return sum(own) if all(own) else 0


def _why_not(planned: Beam, beam: BeamData) -> str:
    if planned.radiation != "PHOTON":
        return f"its radiation is {planned.radiation.lower() or 'not stated'}"
    if planned.monitor_units is None or planned.isocenter_mm is None or len(planned.control_points) < 2:
        return "its monitor units, isocenter or control points are not stated"
    if through := unmodeled(planned):
        return f"it goes through what is not modeled: {through}"
    if any(not _is_known(plate) for plate in planned.compensators):
        return "it has a compensator whose transmission is not known"
    if why_not := why_not_open(planned):
        return why_not
    if abs(planned.source_axis_distance_mm - beam.sad_mm) > 1:
        return f"its source lies {planned.source_axis_distance_mm:g} mm from the isocenter"
    return ""


def _is_known(plate: Compensator) -> bool:
    """Whether a plate states what it lets through, and where."""
    has_place = plate.pixel_mm is not None and min(plate.pixel_mm) > 0 and plate.corner_mm is not None
    return has_place and plate.transmission is not None and float(plate.transmission.max()) <= 1.0


def _of_beam(patient: PlanningPatient, planned: Beam, beam: BeamData) -> Float32Array:
    """One fraction's dose of a beam, in Gy."""
    assert planned.monitor_units is not None and planned.isocenter_mm is not None
    total = np.zeros(patient.density.shape, np.float32)
    for piece, share in _pieces(planned):
        point = piece.control_points[len(piece.control_points) // 2]
        view = look(
            _middle_angle_deg(piece),
            np.asarray(planned.isocenter_mm, np.float64),
            point.couch_deg,
            collimator_deg=point.collimator_deg,
            patient_position=patient.patient_position,
            sad_mm=beam.sad_mm,
        )
        units = share * planned.monitor_units / beam.mu_per_unit
        fluence = delivered_fluence(piece, beam)
        total += beam_dose(cast_fan(patient, view), replace(fluence, values=fluence.values * units), beam)
    return total


def _pieces(planned: Beam) -> Iterator[tuple[Beam, float]]:
    """A beam cut where its gantry has moved by a step, each with its share of the monitor units."""
    points = planned.control_points
    whole = points[-1].cumulative_weight - points[0].cumulative_weight
    first = 0
    for last in range(1, len(points)):
        turned = abs(_turn_deg(points[first].gantry_deg, points[last].gantry_deg))
        following = points[min(last + 1, len(points) - 1)]
        goes_on = abs(_turn_deg(points[first].gantry_deg, following.gantry_deg)) <= ARC_STEP_DEG
        if last == len(points) - 1 or (turned > 0 and not goes_on):
            share = (points[last].cumulative_weight - points[first].cumulative_weight) / whole if whole > 0 else 0.0
            if share > 0:
                yield replace(planned, control_points=points[first : last + 1]), share
            first = last


def _turn_deg(start: float, end: float) -> float:
    """The shorter turn from one angle to another, signed."""
    return (end - start + 180.0) % 360.0 - 180.0


def _middle_angle_deg(piece: Beam) -> float:
    start, end = piece.control_points[0].gantry_deg, piece.control_points[-1].gantry_deg
    return start + _turn_deg(start, end) / 2
