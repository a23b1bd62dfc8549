"""What a plan is made for, from the files of a patient: targets with their doses, organs with their goals, the body."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from isocenter.errors import UnreadableInput
from isocenter.evidence.fields.apertures import apertures_of
from isocenter.evidence.fields.portals import FIXED_AXES
from isocenter.evidence.roles.roles import find_structure, role_of
from isocenter.planning.beam.beam_data import BeamData
from isocenter.planning.objective.goals import Goal, is_lower, target_doses, understand, why_no_goal, why_no_volume
from isocenter.planning.objective.objective import Objective, pose
from isocenter.planning.patient.ct_remarks import contrast_agent, densities_taken, metal, uneven_slices
from isocenter.planning.patient.dose_point import dose_voxel
from isocenter.planning.patient.parts import parts_of
from isocenter.planning.patient.patient import PlanningPatient, drawn_mm3, lay_out_patient
from isocenter.planning.task.clinic_plans import fractions_of, labels_of, plans_of, prescribed_by_the_plans
from isocenter.planning.task.remarks import (
    FAR_MM,
    beyond,
    contradictions,
    cut_off,
    named_twice,
    near_an_end,
    outside_of_body,
    overlaps,
    prescribed_otherwise,
    raising_organs,
    times_named,
    without_dose,
)
from isocenter.planning.task.target_remarks import hard_to_cover
from isocenter.terms.chart import Constraint
from isocenter.terms.imaging import ContouredStructure, FloatArray, PlanFolder, TreatmentPlan
from isocenter.terms.problems import Problem

USUAL_FRACTION_GY = 2.0
LEAST_PRESCRIBED_GY = 0.5  # of the whole course; no treatment is planned for less
MOST_PRESCRIBED_GY = 150.0  # a prescription in cGy whose unit says Gy is above it


@dataclass(frozen=True, slots=True)
class Choices:
    """What a comparison has to choose: the share of the highest target that receives its dose, and what 3D is offered.

    block_margin_mm holds where an arrangement states none of its own; 3D that misses a limit by no more than
    least_miss_percent of it supports nothing.
    """

    coverage_percent: float = 95.0
    block_margin_mm: float = 7.0
    wedge_deg: float = 60.0
    apertures_per_field: int = 3
    least_miss_percent: float = 2.0


@dataclass(frozen=True, eq=False)
class Task:
    """One patient to plan. prescribed_gy by target; goals that an optimizer can lower; constraints as they were given.

    structures are those that the patient's voxels and the comparison name.
    """

    patient: PlanningPatient
    beam: BeamData
    structures: dict[str, ContouredStructure]
    prescribed_gy: dict[str, float]
    fractions: int
    goals: tuple[Goal, ...]
    constraints: tuple[Constraint, ...]
    isocenter_mm: FloatArray
    critical: tuple[str, ...]
    choices: Choices = Choices()

    @property
    def top_target(self) -> str:
        """The target of the highest dose, to which plans are normalized."""
        return max(self.prescribed_gy, key=lambda name: self.prescribed_gy[name])

    @property
    def levels(self) -> list[str]:
        """Targets from the lowest to the highest dose."""
        return sorted(self.prescribed_gy, key=lambda name: self.prescribed_gy[name])

    def prescribed_to(self, structure: str) -> float:
        """The dose in Gy that per cents in a goal of a structure are of: its own, or the highest where it has none."""
        return self.prescribed_gy.get(structure, self.prescribed_gy[self.top_target])

    @cached_property
    def dose_voxel(self) -> int:
        """The flat number of the voxel that the dose of each field is stated at."""
        return dose_voxel(self.patient, self.patient.voxels[self.top_target], self.isocenter_mm)

    @cached_property
    def objectives(self) -> tuple[Objective, Objective]:
        """What both techniques lower, over every voxel that counts and over a coarse sample."""
        return pose(self.patient, self.prescribed_gy, self.goals, self.critical)


def set_task(
    folder: PlanFolder,
    constraints: Sequence[Constraint],
    beam: BeamData,
    spacing_mm: float = 3.0,
    choices: Choices = Choices(),
) -> tuple[Task, list[Problem]]:
    """The task of a folder; a goal that cannot be taken is a problem, a missing necessity is UnreadableInput."""
    ct, structure_set = parts_of(folder)
    contoured = {s.name: s for s in structure_set.structures if s.contours}
    recognized = {name: role_of(name, s.interpreted_type) for name, s in contoured.items()}
    roles = {name: one.role for name, one in recognized.items()}
    problems: list[Problem] = []
    position = position_of(folder, problems)
    given = _of_contoured(constraints, contoured, problems)
    prescribed = target_doses(given, {name: role == "target" for name, role in roles.items()})
    by_plan = prescribed_by_the_plans(folder, contoured)
    problems += prescribed_otherwise(prescribed, by_plan)
    if not prescribed:
        prescribed = by_plan
        problems += _taken_from_the_plan(prescribed, len(given) < len(constraints))
    if not prescribed:
        raise UnreadableInput(_why_no_dose(folder))
    _refuse_implausible_doses(prescribed)
    _refuse_ambiguous_targets(folder, prescribed)
    problems += without_dose(contoured, recognized, prescribed)
    body = _outline(contoured, roles, problems)
    critical = tuple(sorted(name for name, role in roles.items() if role == "critical"))
    wanted = sorted({*prescribed, *critical, *(c.structure for c in given)})
    treated = [contoured[name] for name, role in roles.items() if role == "target" or name in prescribed]
    between_mm = _reached_mm(treated, folder.plan)
    patient = lay_out_patient(
        replace(ct, patient_position=position),
        body,
        [contoured[name] for name in wanted],
        spacing_mm,
        between_mm,
        structure_set.structures,
    )
    for name in prescribed:
        if not len(patient.voxels[name]):
            raise UnreadableInput(f"{name} {_why_empty(contoured[name], spacing_mm)}")
    given = _of_their_volume(given, patient, problems)
    goals = _goals(given, prescribed, patient, problems)
    problems += contradictions(goals) + overlaps(goals, prescribed, patient)
    problems += raising_organs(goals, roles)
    problems += named_twice(folder, wanted)
    problems += [
        *cut_off(prescribed, contoured, patient),
        *hard_to_cover(prescribed, patient),
        *metal(ct, patient, structure_set.structures),
        *contrast_agent(structure_set.structures, recognized, patient),
    ]
    problems += uneven_slices(ct, spacing_mm) + near_an_end(prescribed, contoured, patient)
    problems += outside_of_body(structure_set.structures, body.name)
    problems += densities_taken(structure_set.structures)
    problems += beyond(patient, wanted)
    task = Task(
        patient=patient,
        beam=beam,
        structures={name: contoured[name] for name in wanted},
        prescribed_gy=prescribed,
        fractions=_fractions(fractions_of(folder, by_plan), folder, max(prescribed.values()), problems),
        goals=goals,
        constraints=tuple(given),
        isocenter_mm=_isocenter(folder, patient, prescribed, problems),
        critical=tuple(name for name in critical if len(patient.voxels[name])),
        choices=choices,
    )
    return task, problems


def _of_contoured(
    constraints: Sequence[Constraint], contoured: Mapping[str, ContouredStructure], problems: list[Problem]
) -> list[Constraint]:
    """The goals of contoured structures, each with the name of its structure; any other is a problem."""
    given = []
    for constraint in constraints:
        name = find_structure(constraint.structure, contoured)
        wrong = why_no_goal(constraint)
        if not name and not wrong:
            _refuse_absent_target(constraint, contoured)
            wrong = "no contoured structure of that name"
        if name and not wrong:
            given.append(constraint._replace(structure=name))
        else:
            place = f"goal {constraint.structure} {constraint.metric}"
            problems.append(Problem("", place, f"{wrong}; the goal is left out"))
    return given


def _refuse_implausible_doses(prescribed: Mapping[str, float]) -> None:
    for name, dose_gy in prescribed.items():
        if not LEAST_PRESCRIBED_GY <= dose_gy <= MOST_PRESCRIBED_GY:
            raise UnreadableInput(
                f"{name} has {dose_gy:g} Gy prescribed; expected {LEAST_PRESCRIBED_GY:g} to {MOST_PRESCRIBED_GY:g} Gy"
            )


def _why_no_dose(folder: PlanFolder) -> str:
    """Why no target has a dose: nothing states one, or several plans state doses that do not add up."""
    plans = plans_of(folder)
    parts = max(len(plans), *(len(plan.fraction_groups) for plan in plans)) if plans else 0
    if parts > 1 and any(plan.prescriptions for plan in plans):
        what = "plans" if len(plans) > 1 else "groups of fractions"
        return (
            f"the course has {parts} {what} ({labels_of(folder)}), and what each target is to receive of all of them "
            "is not stated; give it as goals such as `PTV,D95%,>=,60,Gy` (--goals or constraints)"
        )
    return "no target has a prescribed dose; give one as a goal such as `PTV,D95%,>=,60,Gy` (--goals or constraints)"


def _why_empty(target: ContouredStructure, spacing_mm: float) -> str:
    """Why a target holds no voxel: it may lie between them, or elsewhere."""
    points_mm = np.concatenate([points for _, points in target.contours])
    least_mm = float(np.ptp(points_mm, axis=0).min())
    if least_mm < spacing_mm:
        return (
            f"is drawn only {least_mm:.2g} mm wide, less than a step of the planning grid of {spacing_mm:g} mm, and "
            "holds none of its voxels; plan on a narrower grid, or check whether it is a target"
        )
    return "lies outside the body or the CT"


def _refuse_absent_target(constraint: Constraint, contoured: Mapping[str, ContouredStructure]) -> None:
    """Raise UnreadableInput where a goal states the dose of a target that no structure is.

    Plans made without that target would leave it uncovered, and their comparison would say nothing of this patient.
    """
    if is_lower(constraint) and role_of(constraint.structure).role == "target":
        listed = ", ".join(sorted(contoured)) or "none"
        raise UnreadableInput(
            f"the goal {constraint.structure} {constraint.metric} {constraint.comparison} {constraint.limit:g} "
            f"{constraint.unit} is of a target that is not contoured; the structures with contours are: {listed}"
        )


def _refuse_ambiguous_targets(folder: PlanFolder, prescribed: dict[str, float]) -> None:
    """Raise UnreadableInput where two structures with contours have the name of a target with a dose."""
    for name in prescribed:
        if (count := times_named(folder, name)) > 1:
            raise UnreadableInput(
                f"{count} structures with contours are named {name}, and which of them is the target is not known; "
                "rename or delete the others in the RTSTRUCT"
            )


def position_of(folder: PlanFolder, problems: list[Problem]) -> str:
    """How the patient lies at the machine, which every gantry angle depends on.

    As the clinic's plan states it, else the CT. Where neither does, or they differ, a remark says what is taken;
    UnreadableInput where no gantry angle has a meaning in that position.
    """
    of_plan = folder.plan.patient_position if folder.plan else ""
    of_ct = folder.ct.patient_position if folder.ct else ""
    if not (of_plan or of_ct):
        sentence = (
            "neither the CT nor a plan states how the patient lies; head first supine (HFS) is assumed, and every "
            "gantry angle depends on it"
        )
        problems.append(Problem("", "patient position", sentence))
    elif of_plan and of_ct and of_plan != of_ct:
        sentence = f"the CT states {of_ct:.20}, the plan {of_plan:.20}; gantry angles are those of the plan's"
        problems.append(Problem("", "patient position", sentence))
    position = folder.patient_position or "HFS"
    if position not in FIXED_AXES:
        stated_by = "plan" if of_plan else "CT"
        raise UnreadableInput(
            f"the {stated_by} states the patient position {position!r:.20}; planning takes "
            f"{', '.join(sorted(FIXED_AXES))}"
        )
    return position


def _reached_mm(treated: Sequence[ContouredStructure], plan: TreatmentPlan | None) -> tuple[float, float]:
    """The lowest and the highest z that dose is computed at: some way beyond every target and field of the clinic."""
    levels_mm = [z for structure in treated for z, _ in structure.contours]
    for field in plan.treatment_beams if plan else ():
        if field.isocenter_mm is not None:
            corners_mm = [side for aperture in apertures_of(field) for side in aperture.frame_mm]
            half_mm = float(np.hypot(*np.abs(np.reshape(corners_mm, (-1, 2))).max(0))) if corners_mm else 0.0
            levels_mm += [field.isocenter_mm[2] - half_mm, field.isocenter_mm[2] + half_mm]
    return min(levels_mm) - FAR_MM, max(levels_mm) + FAR_MM


def _taken_from_the_plan(prescribed: dict[str, float], is_any_left_out: bool) -> list[Problem]:
    """A remark where goals were left out and no other states a target's dose."""
    if not is_any_left_out or not prescribed:
        return []
    taken = ", ".join(f"{name} {dose_gy:g} Gy" for name, dose_gy in prescribed.items())
    sentence = f"no goal that is left states a target's dose; planned is what the clinic's plan prescribes: {taken}"
    return [Problem("", "prescription", sentence)]


def _fractions(stated: int | None, folder: PlanFolder, prescribed_gy: float, problems: list[Problem]) -> int:
    """As the clinic's plans state them, else as many as give the usual dose each, and a remark."""
    if stated:
        return stated
    fractions = max(round(prescribed_gy / USUAL_FRACTION_GY), 1)
    if len(plans_of(folder)) > 1:
        lacks = f"how many fractions the plans {labels_of(folder)} make together is not known"
    else:
        lacks = "no plan states the number of fractions" if stated is None else f"the plan states {stated} fractions"
    sentence = (
        f"{lacks}; {fractions} of {prescribed_gy / fractions:.2g} Gy each is assumed, "
        "and monitor units are those of one of them"
    )
    problems.append(Problem("", "fractions", sentence))
    return fractions


def _outline(
    contoured: dict[str, ContouredStructure], roles: dict[str, str], problems: list[Problem]
) -> ContouredStructure:
    outlines = [contoured[name] for name, role in roles.items() if role == "external"]
    if not outlines:
        listed = ", ".join(sorted(contoured)) or "none"
        raise UnreadableInput(f"no structure is the outline of the body; the structures are: {listed}")
    taken = max(outlines, key=drawn_mm3)
    if len(outlines) > 1:
        others = ", ".join(sorted(s.name for s in outlines if s is not taken))
        sentence = f"it is the largest outline and taken for that of the body; left out: {others}"
        problems.append(Problem("", f"structure {taken.name}", sentence))
    return taken


def _of_their_volume(
    given: Sequence[Constraint], patient: PlanningPatient, problems: list[Problem]
) -> list[Constraint]:
    """The constraints but those that ask for the dose of more volume than a structure has, each with a remark."""
    kept = []
    for constraint in given:
        volume_cc = len(patient.voxels[constraint.structure]) * patient.voxel_cc
        if volume_cc > 0 and (why_not := why_no_volume(constraint, volume_cc)):
            place = f"goal {constraint.structure} {constraint.metric}"
            problems.append(Problem("", place, f"{why_not}; it does not steer the plans and is not compared"))
        else:
            kept.append(constraint)
    return kept


def _goals(
    given: Sequence[Constraint], prescribed: dict[str, float], patient: PlanningPatient, problems: list[Problem]
) -> tuple[Goal, ...]:
    goals = []
    for constraint in given:
        volume_cc = len(patient.voxels[constraint.structure]) * patient.voxel_cc
        place = f"goal {constraint.structure} {constraint.metric}"
        if volume_cc == 0:
            problems.append(
                Problem("", place, "the structure holds no voxel of the planning grid; the goal is left out")
            )
            continue
        try:
            of_gy = prescribed.get(constraint.structure, max(prescribed.values()))
            goals.append(understand(constraint, of_gy, volume_cc))
        except UnreadableInput as wrong:
            problems.append(Problem("", place, f"{wrong}; the goal does not steer the plans, it is only compared"))
    return tuple(goals)


def _isocenter(
    folder: PlanFolder, patient: PlanningPatient, prescribed: dict[str, float], problems: list[Problem]
) -> FloatArray:
    """The isocenter of the clinic's plan, or the middle of the targets where it has none in the patient."""
    ends_mm = patient.corners_mm
    for beam in folder.plan.treatment_beams if folder.plan else ():
        if beam.isocenter_mm is not None:
            given_mm = np.asarray(beam.isocenter_mm, np.float64)
            if np.all((given_mm >= ends_mm.min(0)) & (given_mm <= ends_mm.max(0))):
                return given_mm
            sentence = "its isocenter lies outside the patient; the plans are made around the middle of the targets"
            problems.append(Problem("", f"beam {beam.number} of the clinic's plan", sentence))
            break
    targets = np.unique(np.concatenate([patient.voxels[name] for name in prescribed]))
    middle: FloatArray = patient.points_mm(targets).astype(np.float64).mean(0)
    return middle
