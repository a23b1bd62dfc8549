"""A plan in, rows of measures out: technique, roles, geometry, dose-volume metrics, constraints."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from isocenter.errors import UnreadableInput
from isocenter.evidence.bodies.stacking import EndCap
from isocenter.evidence.courses.delivery import add_up_delivery
from isocenter.evidence.courses.earlier_courses import measure_earlier_courses
from isocenter.evidence.doses.constraint_results import constraint_results, meant_structure
from isocenter.evidence.doses.dvh import Dvh, compute_dvhs, structure_volume_cc, whole_grid_dvh
from isocenter.evidence.doses.eqd2 import eqd2_gy
from isocenter.evidence.doses.gamma import GammaCriteria
from isocenter.evidence.doses.metrics import evaluate
from isocenter.evidence.doses.reach import measure_reach
from isocenter.evidence.doses.stored_dvh import CAP_SLICES, agree_with_stored
from isocenter.evidence.doses.verification import USUAL_CRITERIA, ComparedDose, verify_plan
from isocenter.evidence.drawn.lengths import without_centimeters
from isocenter.evidence.drawn.lone_slices import with_slice_thickness
from isocenter.evidence.drawn.outline import beyond_outline
from isocenter.evidence.drawn.unions import each_place_once, without_copies
from isocenter.evidence.fields.plan_rows import modulation_measures, plan_rows
from isocenter.evidence.fields.skin_distance import skin_distances
from isocenter.evidence.fields.technique import describe_technique
from isocenter.evidence.fields.widths import width_along_portals_mm
from isocenter.evidence.frames.one_frame import in_one_frame
from isocenter.evidence.geometry.distance import dose_fall_gy_per_mm
from isocenter.evidence.geometry.geometry import (
    TargetGeometry,
    component_name,
    geometry_measures,
    margin_measures,
    measure_expansion,
    measure_geometry,
)
from isocenter.evidence.roles.roles import find_structure, role_of, structure_rows
from isocenter.evidence.roles.targets_and_helpers import name_without_class
from isocenter.terms.chart import Constraint
from isocenter.terms.courses import GuidanceProtocol
from isocenter.terms.dose_metrics import parse_metric
from isocenter.terms.imaging import ContouredStructure, DoseGrid, PlanFolder, TreatmentPlan
from isocenter.terms.plans import Plan, PlanMeasure, Structure
from isocenter.terms.problems import Problem
from isocenter.terms.tables import FactRow

_TARGET_METRICS = ("D98%", "D95%", "D50%", "D2%", "V95%", "V100%", "V107%", "mean", "max", "min", "HI", "CI")
_CRITICAL_METRICS = ("mean", "max", "D0.03cc", "D1cc", "V20Gy")
# Those that published limits of a structure use beside the usual ones (QUANTEC, 2010).
_METRICS_OF = {
    "Heart": ("V25Gy",),
    "Pericardium": ("V30Gy",),
    "Esophagus": ("V35Gy", "V50Gy"),
    "Bladder": ("V65Gy", "V70Gy", "V75Gy", "V80Gy"),
    "Rectum": ("V50Gy", "V60Gy", "V65Gy", "V70Gy", "V75Gy"),
}
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
    folder, problems_before = in_one_frame(folder)
    folder = with_slice_thickness(folder)
    if folder.plan is None:
        sentence = "There is no plan (RTPLAN) among the DICOM files, so portals and technique are not known."
        problems_before.append(Problem("", "plan", sentence))
        owner = folder.dose or folder.structure_set
        if owner is None:
            return MeasuredPlan((), tuple(problems_before), folder=folder)
        folder = replace(folder, plan=TreatmentPlan(owner.sop_instance_uid or "without a plan"))
    problems_before += missing
    assert folder.plan is not None
    technique = describe_technique(folder.plan)
    plan, fields = plan_rows(folder.plan, course_id, technique)
    delivery = add_up_delivery(course_id, folder.records, folder.plan, "treatment records", guidance)
    delivered: tuple[FactRow, ...] = (*delivery.fractions, *delivery.image_guidance)
    prescribed = _Prescribed(plan.prescribed_dose_gy, folder.plan.target_doses_gy)
    measures = modulation_measures(plan.plan_id, technique)
    measures += _prescription_measures(plan) + _grid_spacing(plan.plan_id, folder.dose)
    if folder.structure_set is None:
        verified = verify_plan(plan, folder, (), {}, gamma_criteria)
        return MeasuredPlan(
            (plan, *fields, *delivered, *measures, *verified.rows),
            (*problems_before, *delivery.problems, *verified.problems),
            prescription_gy=prescribed.highest_gy,
            compared=verified.compared,
            folder=folder,
        )
    in_mm, in_cm = without_centimeters(folder.structure_set)
    folder = replace(folder, structure_set=in_mm)
    problems_before += in_cm
    roles = structure_rows(plan.plan_id, in_mm, given_roles)
    contoured = {s.number: s for s in in_mm.structures if s.contours}
    dvhs = _dvhs(folder, roles, contoured, constraints)
    targets = _in_role(roles, contoured, "target", given_roles)
    critical_structures = _in_role(roles, contoured, "critical", given_roles)
    geometry = _geometry(targets, critical_structures, roles) if with_geometry else ()
    earlier, earlier_problems = measure_earlier_courses(plan.plan_id, folder, targets, critical_structures)
    measures += earlier
    measures += geometry_measures(plan.plan_id, geometry)
    measures += [PlanMeasure(plan.plan_id, found.target, "", "", "components", len(found.parts)) for found in geometry]
    measures += _margins(plan.plan_id, roles, contoured) if with_geometry else []
    measures += _widths(plan.plan_id, folder, roles, contoured)
    measures += _dose_falls(plan, geometry, roles, constraints)
    everything = _isodose_volumes(folder.dose, prescribed.lowest_gy)
    outlines = {row.structure_number for row in roles if row.role == "external"}
    drawn_outlines = [contoured[number] for number in outlines if number in contoured]
    if with_geometry:
        problems_before += (*beyond_outline(targets, drawn_outlines), *skin_distances(folder, drawn_outlines))
    reach = measure_reach(folder.dose, contoured, dvhs, outlines, plan.label)
    measures += _metrics(plan, roles, {n: d for n, d in dvhs.items() if n not in reach.shares}, prescribed, everything)
    measures += [
        PlanMeasure(plan.plan_id, contoured[number].name, "", "", "dose_at_grid_edge_gy", edge_gy, "Gy")
        for number, edge_gy in reach.edge_doses_gy.items()
    ]
    results, problems = constraint_results(plan.plan_id, roles, dvhs, constraints, prescribed.to, everything, reach)
    measures += _stored_differences(plan.plan_id, folder.dose, dvhs, contoured)
    structures = [_with_volume(row, contoured, dvhs) for row in roles]
    verified = verify_plan(plan, folder, [contoured[number] for number in dvhs], dvhs, gamma_criteria)
    rows: tuple[FactRow, ...] = (plan, *fields, *structures, *delivered, *measures, *results, *verified.rows)
    return MeasuredPlan(
        rows,
        (*problems_before, *delivery.problems, *earlier_problems, *reach.problems, *problems, *verified.problems),
        tuple(dvhs.values()),
        geometry,
        tuple(structures),
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


@dataclass(frozen=True, slots=True)
class _Prescribed:
    """The dose in Gy that a plan prescribes, and those of targets with one of their own, by structure number."""

    highest_gy: float | None
    by_target_gy: Mapping[int, float]

    def to(self, structure_number: int) -> float | None:
        """The dose that per cents of a dose are of, in a metric or a limit of a structure."""
        return self.by_target_gy.get(structure_number, self.highest_gy)

    @property
    def lowest_gy(self) -> float | None:
        """The lowest of all."""
        return min(self.by_target_gy.values(), default=self.highest_gy)


def _isodose_volumes(dose: DoseGrid | None, prescription_gy: float | None) -> Dvh | None:
    """The volumes within the isodoses that indices of conformity and gradient need: half the prescribed dose and up."""
    if dose is None or not prescription_gy:
        return None
    return whole_grid_dvh(dose, from_gy=prescription_gy / 2)


def _grid_spacing(plan_id: str, dose: DoseGrid | None) -> list[PlanMeasure]:
    """The widest step between neighboring points of the dose, on any axis."""
    if dose is None:
        return []
    steps_mm = [float(np.diff(axis_mm).max()) for axis_mm in (dose.x_mm, dose.y_mm, dose.z_mm) if len(axis_mm) > 1]
    return [PlanMeasure(plan_id, "", "", "", "dose_grid_spacing_mm", max(steps_mm), "mm")] if steps_mm else []


def _in_role(
    roles: Sequence[Structure],
    contoured: Mapping[int, ContouredStructure],
    role: str,
    given_roles: Mapping[str, str] | None,
) -> list[ContouredStructure]:
    """Structures of a role; among targets the planning targets alone, where any is named as one."""
    numbers = [row.structure_number for row in roles if row.role == role and row.structure_number in contoured]
    if role == "target":
        planning = [n for n in numbers if _target_class(contoured[n], given_roles) == "PTV"]
        numbers = planning or numbers
    return [contoured[number] for number in numbers]


def _target_class(structure: ContouredStructure, given_roles: Mapping[str, str] | None = None) -> str:
    return role_of(structure.name, structure.interpreted_type, given_roles).target_class


def _geometry(
    targets: Sequence[ContouredStructure],
    critical_structures: Sequence[ContouredStructure],
    roles: Sequence[Structure],
) -> tuple[TargetGeometry, ...]:
    organs = each_place_once(critical_structures, {row.structure_number: row for row in roles})
    return measure_geometry(without_copies(targets), organs)


def _dvhs(
    folder: PlanFolder,
    roles: Sequence[Structure],
    contoured: Mapping[int, ContouredStructure],
    constraints: Sequence[Constraint],
) -> dict[int, Dvh]:
    """The curves of targets, critical structures, and whatever else a constraint is set on, as a planning volume."""
    if folder.dose is None:
        return {}
    limited = {meant_structure(constraint, roles, contoured) for constraint in constraints}
    wanted = [
        contoured[row.structure_number]
        for row in roles
        if row.structure_number in contoured and (row.role in ("target", "critical") or row in limited)
    ]
    return {dvh.structure_number: dvh for dvh in compute_dvhs(wanted, folder.dose)}


def _margins(
    plan_id: str, roles: Sequence[Structure], contoured: Mapping[int, ContouredStructure]
) -> list[PlanMeasure]:
    """Margins from each clinical target to the planning target of the same dose or side."""
    targets = [
        contoured[row.structure_number] for row in roles if row.role == "target" and row.structure_number in contoured
    ]
    clinical = [target for target in targets if _target_class(target) in ("CTV", "ITV")]
    planning = [target for target in targets if _target_class(target) == "PTV"]
    measures: list[PlanMeasure] = []
    for inner in clinical:
        outer = [target for target in planning if name_without_class(target.name) == name_without_class(inner.name)]
        outer = outer or (planning if len(planning) == 1 else [])
        if len(outer) == 1:
            measures += margin_measures(plan_id, measure_expansion(inner, outer[0]))
    return measures


def _widths(
    plan_id: str, folder: PlanFolder, roles: Sequence[Structure], contoured: Mapping[int, ContouredStructure]
) -> list[PlanMeasure]:
    """How wide targets and breasts are along the portals."""
    beams = folder.plan.treatment_beams if folder.plan else ()
    position = folder.patient_position
    measures = []
    for row in roles:
        structure = contoured.get(row.structure_number)
        if structure is not None and (row.role == "target" or row.standard_name.startswith("Breast")):
            width_mm = width_along_portals_mm(structure, beams, position)
            if width_mm is not None:
                measures.append(PlanMeasure(plan_id, row.name, "", "", "width_along_portals_mm", width_mm, "mm"))
    return measures


def _dose_falls(
    plan: Plan, geometry: Sequence[TargetGeometry], roles: Sequence[Structure], constraints: Sequence[Constraint]
) -> list[PlanMeasure]:
    """How steeply the dose has to fall from a target to a structure whose largest dose is limited."""
    if not plan.prescribed_dose_gy:
        return []
    limits_gy = {
        constraint.structure: constraint.limit / (100 if constraint.unit == "cGy" else 1)
        for constraint in constraints
        if constraint.comparison in ("<=", "<") and constraint.unit in ("Gy", "cGy") and _limits_maximum(constraint)
    }
    names = [row.name for row in roles]
    limit_of = {find_structure(asked, names): limit_gy for asked, limit_gy in reversed(limits_gy.items())}
    measures = []
    for found in geometry:
        for pair in found.pairs:
            limit_gy = limit_of.get(pair.structure)
            fall = None
            if limit_gy is not None:
                fall = dose_fall_gy_per_mm(plan.prescribed_dose_gy, limit_gy, pair.distance_mm)
            if fall:
                part = component_name(pair.part, len(found.parts))
                measures.append(
                    PlanMeasure(
                        plan.plan_id, pair.target, pair.structure, part, "required_dose_fall_gy_per_mm", fall, "Gy/mm"
                    )
                )
    return measures


def _limits_maximum(constraint: Constraint) -> bool:
    metric = "".join(constraint.metric.lower().split())
    return metric in ("max", "dmax", "maximum", "maxdose", "maximumdose", "d0.03cc", "d1cc", "d2%", "d0.1cc")


def _metrics(
    plan: Plan,
    roles: Sequence[Structure],
    dvhs: Mapping[int, Dvh],
    prescribed: _Prescribed,
    everything: Dvh | None,
) -> list[PlanMeasure]:
    measures = []
    for row in roles:
        dvh = dvhs.get(row.structure_number)
        if dvh is None:
            continue
        usual = _TARGET_METRICS if row.role == "target" else _CRITICAL_METRICS
        for text in (*usual, *_METRICS_OF.get(row.standard_name, ())):
            try:
                value, unit = evaluate(parse_metric(text), dvh, prescribed.to(row.structure_number), everything)
            except UnreadableInput:
                continue  # a metric that this structure is too small for, or that needs a prescription
            if not math.isnan(value):  # as the index of a target without dose is
                measures.append(PlanMeasure(plan.plan_id, row.name, "", "", text, value, unit))
    return measures


def _stored_differences(
    plan_id: str, dose: DoseGrid | None, dvhs: Mapping[int, Dvh], contoured: Mapping[int, ContouredStructure]
) -> list[PlanMeasure]:
    """How far the planning system's own curves, where the dose file carries them, lie from ours."""
    stored = dose.stored_dvhs if dose else ()
    both = [contoured[curve.structure_number] for curve in stored if curve.structure_number in dvhs]
    if dose is None or not both:
        return []
    by_cap: dict[EndCap, list[Dvh]] = {"half": list(dvhs.values()), "none": compute_dvhs(both, dose, end_cap="none")}
    agreement = agree_with_stored(by_cap, stored)
    if agreement is None:
        return []
    measures = [PlanMeasure(plan_id, "", "", "", "stored_end_cap_slices", CAP_SLICES[agreement.end_cap])]
    for found in agreement.differences:
        name = found.structure_name
        measures += [
            PlanMeasure(plan_id, name, "", "", "stored_volume_difference_percent", found.volume_percent, "%"),
            PlanMeasure(plan_id, name, "", "", "stored_curve_difference_percent", found.curve_percent, "%"),
        ]
    return measures


def _with_volume(row: Structure, contoured: Mapping[int, ContouredStructure], dvhs: Mapping[int, Dvh]) -> Structure:
    if row.structure_number in dvhs:
        return row._replace(volume_cc=dvhs[row.structure_number].total_volume_cc)
    structure = contoured.get(row.structure_number)
    return row._replace(volume_cc=structure_volume_cc(structure) if structure else None)
