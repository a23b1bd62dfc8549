"""Reads a plan and a measured beam, checks the monitor units of each field, and gives what a person confirms."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from scipy.ndimage import map_coordinates

from isocenter.errors import UnreadableInput
from isocenter.evidence.roles.roles import role_of
from isocenter.files.folders import expect_a_folder_of_a_plan, files_below
from isocenter.files.unchanged import States
from isocenter.intake.dicom_rt.folder import read_folder
from isocenter.planning.beam.beam_data import load_beam_data
from isocenter.planning.beam.measured_beam import read_measured_beams
from isocenter.planning.checks.mu_check import MuCheck, check_monitor_units
from isocenter.planning.patient.ct_remarks import densities_taken, metal
from isocenter.planning.patient.parts import refuse_unclear
from isocenter.planning.patient.patient import (
    PlanningPatient,
    drawn_mm3,
    lay_out_contours,
    lay_out_patient,
    voxels_inside,
)
from isocenter.planning.task.remarks import outside_of_body
from isocenter.planning.task.task import position_of
from isocenter.terms.imaging import Beam, ContouredStructure, DoseGrid, FloatArray, PlanFolder, TreatmentPlan
from isocenter.terms.plans import Verification
from isocenter.terms.problems import Problem

SPACING_MM = 2.5
_LUNGS = {"Lung_L", "Lung_R", "Lungs", "Lung"}
FEWEST_SLICES = 8
_LEAST_LETTERS = 2  # of a name
NEAR_MEDIAN = 0.02  # candidates for the point: voxels of the target this near to its median dose


@dataclass(frozen=True, eq=False)
class CheckedPlan:
    """A plan whose monitor units were checked, what the check took for the patient, and what could not be read.

    not_compared: why the whole plan is not compared with its dose; "" where it is.
    """

    plan: TreatmentPlan
    check: MuCheck
    simplification: str
    problems: tuple[Problem, ...]
    not_compared: str = ""


def check_plan(folder: Path, beams: Path, point_mm: tuple[float, float, float] | None = None) -> CheckedPlan:
    """Check the plan of a folder by the measured beams of another; UnreadableInput where something is missing.

    Without point_mm the whole plan is compared at a point of even dose in the target: where the stored dose is near
    its median there and changes least.
    """
    expect_a_folder_of_a_plan(folder)
    files = [file for given in (folder, beams) for file in (files_below(given)[0] if given.is_dir() else [given])]
    states = States.of(files, folder)
    measured = read_measured_beams(beams)
    found, problems, _ = read_folder(folder)
    if found.plan is None or found.structure_set is None:
        raise UnreadableInput("the check needs an RTPLAN and an RTSTRUCT with the outline of the body")
    refuse_unclear(found)
    problems = [*problems, *_left_unchecked(found)]
    patient, simplification = _patient(found, position_of(found, problems))
    place = np.array(point_mm, np.float64) if point_mm else _even_point(found)
    planned_gy = _stored_gy(found, place)
    check = check_monitor_units(patient, _fields(found.plan), measured, place, planned_gy, load_beam_data())
    if all(field.why_not for field in check.fields):
        raise UnreadableInput(_why_none(check))
    structures = found.structure_set.structures
    problems += _of_another_skin(check) + outside_of_body(structures, "the outline of the body")
    problems += densities_taken(structures)
    if found.ct is not None and not simplification:
        problems += metal(found.ct, patient, structures)
    states.expect_the_same()
    return CheckedPlan(found.plan, check, simplification, tuple(problems), _not_compared(check, found))


def _left_unchecked(found: PlanFolder) -> list[Problem]:
    """A remark where the folder holds more plans than the one that is checked."""
    labels = [one.plan.label or one.plan.sop_instance_uid for one in found.further if one.plan]
    if not labels or found.plan is None:
        return []
    sentence = (
        f"only {found.plan.label or found.plan.sop_instance_uid} was checked; not checked: {', '.join(labels)}; put "
        "each plan into its own folder with its structures and dose"
    )
    return [Problem("", "plans", sentence)]


def _of_another_skin(check: MuCheck) -> list[Problem]:
    """A remark for each field whose distance to the skin in the plan is not that of the outline."""
    return [
        Problem(
            "",
            f"beam {field.field}",
            f"the plan states an SSD of {(field.stated_ssd_mm or 0) / 10:.1f} cm, and the outline gives "
            f"{(field.axis_ssd_mm or 0) / 10:.1f} cm along the axis; look for a bolus, a couch, or structures of "
            "another CT",
        )
        for field in check.fields
        if field.has_another_ssd
    ]


def _fields(plan: TreatmentPlan) -> list[Beam]:
    """The beams that treat, with those whose monitor units alone are missing: without them no sum is the plan's."""
    return [beam for beam in plan.beams if beam.is_treatment or _lacks_units(beam)]


def _lacks_units(beam: Beam) -> bool:
    has_leaves = any(point.leaves_mm is not None for point in beam.control_points)
    is_meant = beam.delivery_type in ("TREATMENT", "CONTINUATION") and bool(beam.energy_mv) and has_leaves
    is_meant = is_meant and not beam.is_named_an_image
    return is_meant and beam.monitor_units is None and beam.minutes is None


def _why_none(check: MuCheck) -> str:
    """Why no field of a plan can be checked, each reason once with its fields."""
    if not check.fields:
        return "no field can be checked: the plan has no beam that treats"
    reasons = list(dict.fromkeys(field.why_not for field in check.fields))
    if len(reasons) == 1:
        return f"no field can be checked: {reasons[0]}"
    by_reason = [f"{', '.join(f.field for f in check.fields if f.why_not == reason)}: {reason}" for reason in reasons]
    return "no field can be checked: " + "; ".join(by_reason)


def _not_compared(check: MuCheck, found: PlanFolder) -> str:
    assert found.plan is not None
    if check.dose_gy is None:
        missing = [name for name, _ in check.not_there]
        said = {field.field for field in check.fields if field.why_not}  # beside the field already
        reasons = "; ".join(dict.fromkeys(why_not for name, why_not in check.not_there if name not in said))
        why = f": {reasons}" if reasons else ""
        return f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not computed at the point{why}"
    if check.planned_gy:
        return ""
    if why_not := _not_of_a_fraction(found):
        return why_not
    if found.dose is None:
        return "there is no dose (RTDOSE) of the plan"
    if not found.plan.fractions:
        return "the plan does not state its number of fractions, so its dose of one fraction is not known"
    return "the plan's dose is 0, or none is stored, at the point"


def _not_of_a_fraction(found: PlanFolder) -> str:
    """Why the stored dose over the number of fractions is not what all fields give in one; "" where it is."""
    assert found.plan is not None
    treating = {beam.number for beam in found.plan.treatment_beams}
    groups = [group for group in found.plan.fraction_groups if treating & set(group.beams)]
    if len(groups) > 1:
        return f"the plan has {len(groups)} groups of fractions with their own beams, so no fraction gives all fields"
    if found.dose is not None and len(set(found.dose.plan_uids)) > 1:
        return "the stored dose (RTDOSE) is the sum of several plans"
    if found.dose is not None and found.dose.is_reached is not None and not found.dose.is_reached.all():
        return "the stored dose (RTDOSE) does not hold all beams everywhere"
    if found.dose is not None and found.dose.kind not in ("PHYSICAL", ""):
        return f"the stored dose (RTDOSE) is of the kind {found.dose.kind}, not a physical dose"
    return ""


def expect_confirmable(checked: CheckedPlan, by: str, on: date) -> None:
    """UnreadableInput where nothing was compared that a person could confirm, no person is named, or nobody can have
    done it on that day.

    A name has two letters at least; a day ahead of today, or before the beam was measured, is none.
    """
    if sum(letter.isalpha() for letter in by) < _LEAST_LETTERS:
        raise UnreadableInput(f"--confirmed-by {by!r:.40} is no name of a person; give that of who looked at the check")
    if all(field.difference_percent is None for field in checked.check.fields):
        raise UnreadableInput(
            "nothing to confirm: the plan states no field's dose at a point in the body (BeamDose with "
            "BeamDoseSpecificationPoint), so no field was compared; leave out --confirmed-by to see the doses"
        )
    if on > date.today():
        raise UnreadableInput(f"--confirmed-on {on} is after today, {date.today()}")
    days = [beam.measured_on for beam in checked.check.beams if beam.measured_on is not None]
    if days and on < (measured_on := max(days)):
        raise UnreadableInput(f"--confirmed-on {on} is before the day on which the beam was measured, {measured_on}")


def verifications_of(checked: CheckedPlan, confirmed_by: str, confirmed_on: date) -> list[Verification]:
    """The rows of facts that a person's confirmation makes: one for each field that was compared with its dose."""
    plan, check = checked.plan, checked.check
    data = {beam.sha256: f"{beam.name}, sha256 {beam.sha256[:16]}" for beam in check.beams}
    return [
        Verification(
            plan_id=plan.sop_instance_uid or plan.label,
            course_id="",
            kind="independent_calculation",
            field=field.field,
            verified_on=confirmed_on,
            criteria=f"{field.method}; beam data {data[check.beam_of(field).sha256]}; confirmed by {confirmed_by}",
            value=round(field.difference_percent, 2),
            unit="%",
            result="dose_deviation",
        )
        for field in check.fields
        if field.difference_percent is not None
    ]


def _patient(found: PlanFolder, position: str) -> tuple[PlanningPatient, str]:
    """The patient on a grid, of the CT where it covers the body, else water in the outline with the lungs at 0.26."""
    assert found.structure_set is not None
    contoured = [s for s in found.structure_set.structures if s.contours]
    roles = {s.name: role_of(s.name, s.interpreted_type) for s in contoured}
    outlines = [s for s in contoured if roles[s.name].role == "external"]
    if not outlines:
        listed = ", ".join(s.name for s in contoured) or "none"
        raise UnreadableInput(f"no structure is the outline of the body; the structures are: {listed}")
    outline = max(outlines, key=drawn_mm3)
    if found.ct is not None and len(found.ct.z_mm) >= FEWEST_SLICES:
        ct = replace(found.ct, patient_position=position)
        return lay_out_patient(ct, outline, [], SPACING_MM, all_structures=contoured), ""
    lungs = [s for s in contoured if roles[s.name].role == "critical" and roles[s.name].standard_name in _LUNGS]
    patient = lay_out_contours(outline, lungs, SPACING_MM, position, contoured)
    named = f" and {', '.join(s.name for s in lungs)} of density 0.26" if lungs else ""
    return patient, f"there is no CT of the whole body: the patient is taken as water within {outline.name}{named}"


def _even_point(found: PlanFolder) -> FloatArray:
    """A point of the target where dose is near its median and changes least; the isocenter where none is stored."""
    if found.dose is None:
        return _isocenter(found)
    inner = [_inner_points(target, found.dose) for target in _targets(found)]
    doses = [_sampled(found.dose, points) for points in inner]
    medians = [float(np.median(one)) if len(one) else 0.0 for one in doses]
    if not any(medians):
        return _isocenter(found)
    highest = int(np.argmax(medians))
    points, here, median = inner[highest], doses[highest], medians[highest]
    steps = np.array([np.roll([5.0, 0.0, 0.0], k) * sign for k in range(3) for sign in (1, -1)])
    around = np.stack([_sampled(found.dose, points + step) for step in steps])
    is_near = np.abs(here - median) <= max(NEAR_MEDIAN * median, float(np.abs(here - median).min()))
    unevenness = np.where(is_near, np.abs(around - here).max(0), np.inf)
    place: FloatArray = points[int(np.argmin(unevenness))]
    return place


def _targets(found: PlanFolder) -> list[ContouredStructure]:
    """The targets of the highest prescribed dose; all targets where the plan states the dose of none by its number.

    Of these the stored dose decides: a marker that is drawn as a target receives next to none.
    """
    assert found.plan is not None and found.structure_set is not None
    doses = {p.structure_number: p.target_dose_gy or 0.0 for p in found.plan.prescriptions if p.kind == "TARGET"}
    contoured = [s for s in found.structure_set.structures if s.contours]
    prescribed = [s for s in contoured if s.number in doses]
    if prescribed:
        highest_gy = max(doses[s.number] for s in prescribed)
        return [s for s in prescribed if doses[s.number] == highest_gy]
    return [s for s in contoured if role_of(s.name, s.interpreted_type).role == "target"]


def _inner_points(target: ContouredStructure, dose: DoseGrid) -> FloatArray:
    """Voxel middles of the dose inside the target, at most a few thousand of them."""
    inside = np.argwhere(voxels_inside(target, dose.x_mm, dose.y_mm, dose.z_mm))
    few = inside[:: max(len(inside) // 5000, 1)]
    return np.column_stack([dose.x_mm[few[:, 2]], dose.y_mm[few[:, 1]], dose.z_mm[few[:, 0]]])


def _isocenter(found: PlanFolder) -> FloatArray:
    assert found.plan is not None
    for beam in found.plan.treatment_beams:
        if beam.isocenter_mm is not None:
            return np.array(beam.isocenter_mm, np.float64)
    raise UnreadableInput("no beam states its isocenter, and no dose is stored; give the point to check (--point)")


def _sampled(dose: DoseGrid, points_mm: FloatArray) -> FloatArray:
    index = [
        np.interp(points_mm[:, k], axis, np.arange(len(axis)))
        for k, axis in enumerate((dose.x_mm, dose.y_mm, dose.z_mm))
    ]
    values: FloatArray = map_coordinates(dose.dose_gy, index[::-1], np.float64, order=1, mode="nearest")
    return values


def _stored_gy(found: PlanFolder, point_mm: FloatArray) -> float | None:
    """The stored dose of one fraction at a point; None where none is stored, or the point lies off its grid."""
    dose = found.dose
    if dose is None or found.plan is None or not found.plan.fractions or _not_of_a_fraction(found):
        return None
    axes = (dose.x_mm, dose.y_mm, dose.z_mm)
    if any(not axis[0] <= at <= axis[-1] for axis, at in zip(axes, point_mm, strict=True)):
        return None
    return float(_sampled(dose, point_mm[None])[0]) / found.plan.fractions
