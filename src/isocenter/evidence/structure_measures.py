"""The structures of a plan and its dose, as rows: shapes, distances, doses, and how each constraint is met."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from isocenter.errors import UnreadableInput
from isocenter.evidence.bodies.stacking import EndCap
from isocenter.evidence.courses.earlier_courses import measure_earlier_courses
from isocenter.evidence.doses.constraint_results import constraint_results, meant_structure
from isocenter.evidence.doses.dvh import Dvh, compute_dvhs, structure_volume_cc, whole_grid_dvh
from isocenter.evidence.doses.metrics import evaluate
from isocenter.evidence.doses.reach import measure_reach
from isocenter.evidence.doses.stored_dvh import CAP_SLICES, agree_with_stored
from isocenter.evidence.drawn.lengths import without_centimeters
from isocenter.evidence.drawn.unions import each_place_once, without_copies
from isocenter.evidence.fields.widths import width_along_portals_mm
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
from isocenter.terms.dose_metrics import parse_metric
from isocenter.terms.imaging import ContouredStructure, DoseGrid, PlanFolder, StructureSet
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


@dataclass(frozen=True, slots=True)
class Prescribed:
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


@dataclass(frozen=True, slots=True)
class Structures:
    """The structures of a plan: as they are drawn, by their roles, and those with contours by their numbers."""

    drawn: StructureSet
    roles: tuple[Structure, ...]
    contoured: Mapping[int, ContouredStructure]
    targets: Sequence[ContouredStructure]
    critical: Sequence[ContouredStructure]

    @property
    def outline_numbers(self) -> set[int]:
        """The numbers of the outlines of the body."""
        return {row.structure_number for row in self.roles if row.role == "external"}

    @property
    def outlines(self) -> list[ContouredStructure]:
        """The outlines of the body that have contours."""
        return [self.contoured[number] for number in self.outline_numbers if number in self.contoured]


def structures_of(
    plan: Plan, structure_set: StructureSet, given_roles: Mapping[str, str] | None
) -> tuple[Structures, Sequence[Problem]]:
    """The structures of a plan in millimeters, and what was wrong with their unit."""
    drawn, in_cm = without_centimeters(structure_set)
    roles = structure_rows(plan.plan_id, drawn, given_roles)
    contoured = {structure.number: structure for structure in drawn.structures if structure.contours}
    targets = _in_role(roles, contoured, "target", given_roles)
    critical = _in_role(roles, contoured, "critical", given_roles)
    return Structures(drawn, tuple(roles), contoured, targets, critical), in_cm


@dataclass(frozen=True, slots=True)
class MeasuredStructures:
    """What was measured of the structures: rows and problems, the curves, the shapes, and each with its volume."""

    rows: tuple[FactRow, ...] = ()
    problems: tuple[Problem, ...] = ()
    dvhs: Mapping[int, Dvh] = field(default_factory=dict)
    geometry: tuple[TargetGeometry, ...] = ()
    roles: tuple[Structure, ...] = ()


def measure_structures(
    plan: Plan,
    folder: PlanFolder,
    structures: Structures,
    constraints: Sequence[Constraint],
    prescribed: Prescribed,
    *,
    with_geometry: bool,
) -> MeasuredStructures:
    """What structures and dose show; without geometry, which takes longest, no shapes and distances."""
    roles, contoured = structures.roles, structures.contoured
    dvhs = _dvhs(folder, roles, contoured, constraints)
    geometry = _geometry(structures.targets, structures.critical, roles) if with_geometry else ()
    earlier, problems = measure_earlier_courses(plan.plan_id, folder, structures.targets, structures.critical)
    everything = _isodose_volumes(folder.dose, prescribed.lowest_gy)
    reach = measure_reach(folder.dose, contoured, dvhs, structures.outline_numbers, plan.label)
    whole = {number: dvh for number, dvh in dvhs.items() if number not in reach.shares}
    results, of_constraints = constraint_results(
        plan.plan_id, roles, dvhs, constraints, prescribed.to, everything, reach
    )
    measures = [
        *earlier,
        *geometry_measures(plan.plan_id, geometry),
        *(PlanMeasure(plan.plan_id, found.target, "", "", "components", len(found.parts)) for found in geometry),
        *(_margins(plan.plan_id, roles, contoured) if with_geometry else ()),
        *_widths(plan.plan_id, folder, roles, contoured),
        *_dose_falls(plan, geometry, roles, constraints),
        *_metrics(plan, roles, whole, prescribed, everything),
        *(
            PlanMeasure(plan.plan_id, contoured[number].name, "", "", "dose_at_grid_edge_gy", edge_gy, "Gy")
            for number, edge_gy in reach.edge_doses_gy.items()
        ),
        *_stored_differences(plan.plan_id, folder.dose, dvhs, contoured),
    ]
    rows = tuple(_with_volume(row, contoured, dvhs) for row in roles)
    return MeasuredStructures(
        (*rows, *measures, *results), (*problems, *reach.problems, *of_constraints), dvhs, geometry, rows
    )


def _isodose_volumes(dose: DoseGrid | None, prescription_gy: float | None) -> Dvh | None:
    """The volumes within the isodoses that indices of conformity and gradient need: half the prescribed dose and up."""
    if dose is None or not prescription_gy:
        return None
    return whole_grid_dvh(dose, from_gy=prescription_gy / 2)


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
    prescribed: Prescribed,
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
