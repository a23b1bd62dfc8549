"""All plans of a course: each with its own portals and dose, and their sum, which the constraints are held against."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from isocenter.evidence.doses.gamma import GammaCriteria
from isocenter.evidence.doses.verification import USUAL_CRITERIA
from isocenter.evidence.frames.one_frame import in_one_frame
from isocenter.evidence.measures import MeasuredPlan, measure_plan
from isocenter.terms.chart import Constraint
from isocenter.terms.courses import Fraction, GuidanceProtocol, ImageGuidance
from isocenter.terms.imaging import ContouredStructure, FloatArray, PlanFolder, StructureSet, TreatmentPlan
from isocenter.terms.plans import Plan
from isocenter.terms.problems import Problem
from isocenter.terms.tables import FactRow
from isocenter.terms.treated_places import ordered_together, treated_places

_SAME_MM = 0.1
_NOT_JUDGED = Problem(
    "", "constraints", "The limits hold for the whole course, and the sum of its plans is not known; none was measured."
)


def measure_course(
    folder: PlanFolder,
    course_id: str,
    given_roles: Mapping[str, str] | None = None,
    constraints: Sequence[Constraint] = (),
    gamma_criteria: Sequence[GammaCriteria] = USUAL_CRITERIA,
    guidance: GuidanceProtocol | None = None,
    charted_dose_gy: float | None = None,
) -> MeasuredPlan:
    """Measure every plan of the folder and, of several, their sum.

    charted_dose_gy is the dose of the chart's prescription, which stands in where no plan states any. Geometry is
    measured once for each structure set. Curves, shapes and compared doses are those of the sum where there is one.
    """
    of_sum = folder.summed_dose is not None
    own_constraints = () if folder.further or of_sum else constraints
    first = measure_plan(
        folder if of_sum else _with_charted_dose(folder, charted_dose_gy),
        course_id,
        given_roles,
        own_constraints,
        gamma_criteria,
        guidance,
    )
    if not folder.further and not of_sum:
        return first
    parts = [folder, *folder.further]
    measured = [first]
    seen = {_structures_of(folder)}
    for part in folder.further:
        is_new = _structures_of(part) not in seen
        seen.add(_structures_of(part))
        measured.append(measure_plan(part, course_id, given_roles, (), gamma_criteria, guidance, with_geometry=is_new))
    whole = first
    if of_sum:
        together, drawn_twice = _sum_of(parts)
        together = _with_charted_dose(together, charted_dose_gy)
        whole = measure_plan(together, course_id, given_roles, constraints, gamma_criteria, with_geometry=False)
        whole = replace(whole, problems=(*whole.problems, *drawn_twice))
        rows = [row for row in whole.rows if not isinstance(row, Plan)]
        others = _other_plans(folder, [part.plan for part in parts if part.plan is not None])
        whole = replace(whole, rows=(_sum_row(whole, list(measured), others), *rows))
        measured.append(whole)
    all_rows: tuple[FactRow, ...] = tuple(row for one in measured for row in one.rows)
    of_course = [_NOT_JUDGED] if constraints and folder.further and not of_sum else []
    problems = tuple(dict.fromkeys([*(problem for one in measured for problem in one.problems), *of_course]))
    return replace(
        whole, rows=all_rows, delivered=_delivered(measured), problems=problems,
        geometry=first.geometry, compared=first.compared,
        folder=replace(folder, dose=whole.folder.dose if of_sum else folder.dose,
                       structure_set=whole.folder.structure_set),
    )  # fmt: skip


def _delivered(measured: Sequence[MeasuredPlan]) -> dict[str, tuple[FactRow, ...]]:
    """What the treatment records of each plan say of fractions and set-ups, by plan_id."""
    return {
        plan.plan_id: tuple(row for row in one.rows if isinstance(row, Fraction | ImageGuidance))
        for one in measured
        for plan in one.rows
        if isinstance(plan, Plan)
    }


def _with_charted_dose(folder: PlanFolder, dose_gy: float | None) -> PlanFolder:
    if folder.plan is None or folder.plan.prescribed_dose_gy or not dose_gy or folder.further:
        return folder
    return replace(folder, plan=replace(folder.plan, ordered_dose_gy=dose_gy))


def _structures_of(folder: PlanFolder) -> str:
    return folder.structure_set.sop_instance_uid if folder.structure_set else ""


def _sum_of(parts: Sequence[PlanFolder]) -> tuple[PlanFolder, list[Problem]]:
    """The plans of a course as one without portals: doses and fractions added, where every plan states them.

    Its structures are those of every plan's structure set; of two of one name the first, which is said.
    """
    first = parts[0]
    plans = [part.plan for part in parts if part.plan is not None]
    others = _other_plans(first, plans)
    places = treated_places(parts)
    dose_gy, fractions = (None, None) if others else ordered_together(places)
    labels = [plan.label or "unnamed" for plan in plans] + ["a plan that is not there"] * others
    uid = first.summed_dose.sop_instance_uid if first.summed_dose else ""
    plan = TreatmentPlan(
        sop_instance_uid=uid or f"sum.{plans[0].sop_instance_uid}",
        label=" + ".join(labels),
        ordered_dose_gy=dose_gy,
        fractions=fractions,
        frame_of_reference_uid=plans[0].frame_of_reference_uid,
        structure_set_uid=plans[0].structure_set_uid,
        patient_position=plans[0].patient_position,
    )
    structures, problems = _all_structures(parts)
    if len(places) > 1 and dose_gy is not None:
        sentence = (
            f"The plans treat {len(places)} places that share next to nothing, so their prescriptions are not added; "
            f"the highest that one place receives is {dose_gy:g} Gy."
        )
        problems.append(Problem("", "prescribed dose", sentence))
    together = replace(first, plan=plan, structure_set=structures, dose=first.summed_dose, summed_dose=None, further=(),
                       records=(), earlier=(), verifying_doses=())  # fmt: skip
    return together, problems


def _all_structures(parts: Sequence[PlanFolder]) -> tuple[StructureSet | None, list[Problem]]:
    """The structures of all plans in the frame of their summed dose, renumbered where two have one number."""
    sets: dict[str, StructureSet] = {}
    for part in parts:
        aligned = in_one_frame(replace(part, dose=parts[0].summed_dose)).folder
        if part.structure_set is not None and aligned.dose is not None and aligned.structure_set is not None:
            sets.setdefault(part.structure_set.sop_instance_uid, aligned.structure_set)
    if len(sets) < 2:
        return next(iter(sets.values()), parts[0].structure_set), []
    by_name: dict[str, ContouredStructure] = {}
    again = []
    for structure in (structure for one in sets.values() for structure in one.structures if structure.contours):
        if structure.name not in by_name:
            by_name[structure.name] = structure
        elif not _is_drawn_alike(structure, by_name[structure.name]):
            again.append(structure.name)
    first = next(iter(sets.values()))
    highest = max(structure.number for structure in by_name.values())
    taken: set[int] = set()
    structures = []
    for structure in by_name.values():
        highest += structure.number in taken
        structures.append(replace(structure, number=highest) if structure.number in taken else structure)
        taken.add(structures[-1].number)
    sentence = (
        f"The structure sets of the plans draw {', '.join(sorted(set(again)))} differently; the sum is measured on "
        f"those of the first ({first.label or first.sop_instance_uid})."
    )
    problems = [Problem("", "structure sets", sentence)] if again else []
    return replace(first, structures=tuple(structures)), problems


def _is_drawn_alike(one: ContouredStructure, other: ContouredStructure) -> bool:
    """Whether two structures have the same contours, to 0.1 mm."""
    if len(one.contours) != len(other.contours):
        return False
    pairs = zip(sorted(one.contours, key=_place), sorted(other.contours, key=_place), strict=True)
    return all(
        abs(z - other_z) < _SAME_MM and points.shape == others.shape and np.abs(points - others).max() < _SAME_MM
        for (z, points), (other_z, others) in pairs
    )


def _place(contour: tuple[float, FloatArray]) -> tuple[float, int, float]:
    z_mm, points = contour
    return z_mm, len(points), float(points[0, 0])


def _other_plans(folder: PlanFolder, plans: Sequence[TreatmentPlan]) -> int:
    """How many plans the sum holds beside those that are there."""
    summed = set(folder.summed_dose.plan_uids) if folder.summed_dose else set()
    return len(summed - {plan.sop_instance_uid for plan in plans})


def _sum_row(whole: MeasuredPlan, parts: Sequence[MeasuredPlan], others: int) -> Plan:
    """The row of the sum: it is IMRT where any of its plans is, and has no portals of its own."""
    plans = [row for one in parts for row in one.rows if isinstance(row, Plan)]
    leading = next((plan for plan in plans if plan.is_imrt), plans[0])
    is_imrt = True if leading.is_imrt else None if any(plan.is_imrt is None for plan in plans) else False
    (row,) = (row for row in whole.rows if isinstance(row, Plan))
    return row._replace(
        technique=leading.technique,
        is_imrt=is_imrt,
        technique_reason=f"the sum of {len(plans) + others} plans, of which {leading.label or leading.plan_id!r} leads",
        gantry_stops=None,
        arcs=None,
        summed_plans=len(plans) + others,
    )
