"""A plan in, rows of measures out: technique, roles, geometry, dose-volume metrics, constraints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from isocenter.evidence.courses.delivery import add_up_delivery
from isocenter.evidence.doses.dvh import Dvh
from isocenter.evidence.doses.eqd2 import eqd2_gy
from isocenter.evidence.doses.gamma import GammaCriteria
from isocenter.evidence.doses.verification import USUAL_CRITERIA, ComparedDose, verify_plan
from isocenter.evidence.drawn.lone_slices import with_slice_thickness
from isocenter.evidence.drawn.outline import beyond_outline
from isocenter.evidence.fields.plan_rows import modulation_measures, plan_rows
from isocenter.evidence.fields.skin_distance import skin_distances
from isocenter.evidence.fields.technique import describe_technique
from isocenter.evidence.frames.one_frame import in_one_frame
from isocenter.evidence.geometry.geometry import (
    TargetGeometry,
)
from isocenter.evidence.structure_measures import MeasuredStructures, Prescribed, measure_structures, structures_of
from isocenter.terms.chart import Constraint
from isocenter.terms.courses import GuidanceProtocol
from isocenter.terms.imaging import DoseGrid, PlanFolder, TreatmentPlan
from isocenter.terms.plans import Plan, PlanMeasure, Structure
from isocenter.terms.problems import Problem
from isocenter.terms.tables import FactRow

_TUMOR_ALPHA_BETA_GY = 10.0


@dataclass(frozen=True, eq=False)
class MeasuredPlan:
    """What a plan shows: rows for the fact tables, and the curves and shapes that pictures are drawn from."""

    rows: tuple[FactRow, ...]
    problems: tuple[Problem, ...]
    dvhs: tuple[Dvh, ...] = ()
    geometry: tuple[TargetGeometry, ...] = ()
    roles: tuple[Structure, ...] = ()
    prescription_gy: float | None = None
    compared: tuple[ComparedDose, ...] = ()
    folder: PlanFolder = field(default_factory=PlanFolder)  # its parts in one frame of reference
    delivered: Mapping[str, tuple[FactRow, ...]] = field(default_factory=dict)  # of several plans, by plan_id


def measure_plan(
    folder: PlanFolder,
    course_id: str,
    given_roles: Mapping[str, str] | None = None,
    constraints: Sequence[Constraint] = (),
    gamma_criteria: Sequence[GammaCriteria] = USUAL_CRITERIA,
    guidance: GuidanceProtocol | None = None,
    *,
    with_geometry: bool = True,
) -> MeasuredPlan:
    """Measure everything that the parts of a plan allow; what cannot be measured becomes a problem.

    Structures and a dose without a plan have their volumes and curves all the same.
    """
    missing = _missing(folder)
    folder, problems = in_one_frame(folder)
    folder = with_slice_thickness(folder)
    if folder.plan is None:
        sentence = "There is no plan (RTPLAN) among the DICOM files, so portals and technique are not known."
        problems.append(Problem("", "plan", sentence))
        owner = folder.dose or folder.structure_set
        if owner is None:
            return MeasuredPlan((), tuple(problems), folder=folder)
        folder = replace(folder, plan=TreatmentPlan(owner.sop_instance_uid or "without a plan"))
    problems += missing
    assert folder.plan is not None
    technique = describe_technique(folder.plan)
    plan, fields = plan_rows(folder.plan, course_id, technique)
    delivery = add_up_delivery(course_id, folder.records, folder.plan, "treatment records", guidance)
    measures = modulation_measures(plan.plan_id, technique)
    measures += _prescription_measures(plan) + _grid_spacing(plan.plan_id, folder.dose)
    of_plan: tuple[FactRow, ...] = (plan, *fields, *delivery.fractions, *delivery.image_guidance, *measures)
    prescribed = Prescribed(plan.prescribed_dose_gy, folder.plan.target_doses_gy)
    if folder.structure_set is None:
        shown = MeasuredStructures()
        verified = verify_plan(plan, folder, (), {}, gamma_criteria)
    else:
        structures, in_cm = structures_of(plan, folder.structure_set, given_roles)
        folder = replace(folder, structure_set=structures.drawn)
        problems += in_cm
        if with_geometry:
            problems += beyond_outline(structures.targets, structures.outlines)
            problems += skin_distances(folder, structures.outlines)
        shown = measure_structures(plan, folder, structures, constraints, prescribed, with_geometry=with_geometry)
        with_curve = [structures.contoured[number] for number in shown.dvhs]
        verified = verify_plan(plan, folder, with_curve, shown.dvhs, gamma_criteria)
    return MeasuredPlan(
        (*of_plan, *shown.rows, *verified.rows),
        (*problems, *delivery.problems, *shown.problems, *verified.problems),
        tuple(shown.dvhs.values()),
        shown.geometry,
        shown.roles,
        prescribed.highest_gy,
        verified.compared,
        folder,
    )


def _missing(folder: PlanFolder) -> list[Problem]:
    """A sentence where what the measures are taken of is not there."""
    parts = ["structure set (RTSTRUCT)"] if folder.structure_set is None else []
    parts += ["dose (RTDOSE)"] if folder.dose is None else []
    if not parts:
        return []
    of_plan = f"the plan {folder.plan.label!r}" if folder.plan is not None and folder.plan.label else "the plan"
    sentence = f"No {' and no '.join(parts)} of {of_plan} could be used, so its dose-volume measures are not known."
    return [Problem("", "files", sentence)]


def _prescription_measures(plan: Plan) -> list[PlanMeasure]:
    """The prescribed dose as EQD2 with the alpha/beta of 10 Gy that tumors are given where none is stated."""
    dose_gy, fractions = plan.prescribed_dose_gy, plan.fractions
    if not dose_gy or not fractions:
        return []
    return [
        PlanMeasure(
            plan.plan_id, "", "", "", "prescribed_eqd2_gy", eqd2_gy(dose_gy, fractions, _TUMOR_ALPHA_BETA_GY), "Gy"
        )
    ]


def _grid_spacing(plan_id: str, dose: DoseGrid | None) -> list[PlanMeasure]:
    """The widest step between neighboring points of the dose, on any axis."""
    if dose is None:
        return []
    steps_mm = [float(np.diff(axis_mm).max()) for axis_mm in (dose.x_mm, dose.y_mm, dose.z_mm) if len(axis_mm) > 1]
    return [PlanMeasure(plan_id, "", "", "", "dose_grid_spacing_mm", max(steps_mm), "mm")] if steps_mm else []
