"""What a plan is made for, from the files of a patient: targets with their doses, organs with their goals, the body."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from isocenter.errors import UnreadableInput
from isocenter.evidence.apertures import apertures_of
from isocenter.evidence.portals import FIXED_AXES
from isocenter.evidence.roles import find_structure, role_of
from isocenter.planning.beam_data import BeamData
from isocenter.planning.goals import Goal, target_doses, understand
from isocenter.planning.objective import Objective, pose
from isocenter.planning.patient import PlanningPatient, lay_out_patient, voxels_inside
from isocenter.terms.chart import Constraint
from isocenter.terms.dose_metrics import parse_metric
from isocenter.terms.imaging import ContouredStructure, CtImage, FloatArray, PlanFolder, TreatmentPlan
from isocenter.terms.problems import Problem

USUAL_FRACTION_GY = 2.0
MOST_PRESCRIBED_GY = 150.0  # a prescription in cGy whose unit says Gy is above it
METAL_HU, LEAST_METAL_CC = 2500, 0.5
MOST_CUT_OFF = 0.02  # of a target; less comes of the grid
FAR_MM = 150.0  # beyond targets and fields; there 0.2 % (a field of 10 cm) to 0.6 % (20 cm) of the dose is left
UNEVEN = 1.02  # of the least distance of slices
LEAST_DENSITY, MOST_DENSITY = 0.2, 1.3  # of a body as a whole, relative to water; lungs and bones are within


@dataclass(frozen=True, slots=True)
class Choices:
    """What a comparison has to choose: the share of the highest target that receives its dose, and what 3D is offered.

    block_margin_mm holds where an arrangement states none of its own.
    """

    coverage_percent: float = 95.0
    block_margin_mm: float = 7.0
    wedge_deg: float = 60.0
    apertures_per_field: int = 3


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
    if folder.ct is None:
        raise UnreadableInput("there is no CT among the files; planning needs CT, structures and a prescription")
    if folder.structure_set is None:
        raise UnreadableInput("there is no RTSTRUCT among the files; planning needs CT, structures and a prescription")
    contoured = {s.name: s for s in folder.structure_set.structures if s.contours}
    roles = {name: role_of(name, s.interpreted_type).role for name, s in contoured.items()}
    problems: list[Problem] = []
    position = position_of(folder, problems)
    given = []
    for constraint in constraints:
        name = find_structure(constraint.structure, contoured)
        wrong = _why_left_out(constraint, name)
        if name and not wrong:
            given.append(constraint._replace(structure=name))
        else:
            place = f"goal {constraint.structure} {constraint.metric}"
            problems.append(Problem("", place, f"{wrong}; the goal is left out"))
    prescribed = target_doses(given, {name: role == "target" for name, role in roles.items()})
    if not prescribed:
        prescribed = _prescribed_by_the_plan(folder, contoured)
        problems += _taken_from_the_plan(prescribed, len(given) < len(constraints))
    if not prescribed:
        raise UnreadableInput(
            "no target has a prescribed dose; give one as a goal such as `PTV,D95%,>=,60,Gy` (--goals or constraints)"
        )
    for name, dose_gy in prescribed.items():
        if not 0 < dose_gy <= MOST_PRESCRIBED_GY:
            raise UnreadableInput(
                f"{name} has {dose_gy:g} Gy prescribed; expected more than 0 and at most {MOST_PRESCRIBED_GY:g} Gy"
            )
    body = _outline(contoured, roles, problems)
    critical = tuple(sorted(name for name, role in roles.items() if role == "critical"))
    wanted = sorted({*prescribed, *critical, *(c.structure for c in given)})
    treated = [contoured[name] for name, role in roles.items() if role == "target" or name in prescribed]
    between_mm = _reached_mm(treated, folder.plan)
    ct = replace(folder.ct, patient_position=position)
    patient = lay_out_patient(ct, body, [contoured[name] for name in wanted], spacing_mm, between_mm)
    empty = [name for name in prescribed if not len(patient.voxels[name])]
    if empty:
        raise UnreadableInput(f"{empty[0]} lies outside the body or the CT, or is smaller than the planning grid")
    _expect_a_body(patient, body.name)
    goals = _goals(given, prescribed, patient, problems)
    problems += _contradictions(goals) + _overlaps(goals, prescribed, patient)
    problems += _named_twice(folder, wanted)
    problems += [*_cut_off(prescribed, contoured, patient), *_metal(folder.ct, patient)]
    problems += _uneven_slices(folder.ct, spacing_mm)
    problems += _beyond(patient, wanted)
    task = Task(
        patient=patient,
        beam=beam,
        structures={name: contoured[name] for name in wanted},
        prescribed_gy=prescribed,
        fractions=_fractions(folder.plan, max(prescribed.values()), problems),
        goals=goals,
        constraints=tuple(given),
        isocenter_mm=_isocenter(folder, patient, prescribed, problems),
        critical=tuple(name for name in critical if len(patient.voxels[name])),
        choices=choices,
    )
    return task, problems


def _why_left_out(constraint: Constraint, name: str | None) -> str:
    """Why a goal of a structure of this name can neither be planned for nor compared; '' where it can."""
    if not name:
        return "no contoured structure of that name"
    if not (constraint.limit >= 0 and np.isfinite(constraint.limit)):
        return f"its limit is {constraint.limit:g}; expected a number of 0 or more"
    try:
        parse_metric(constraint.metric)
    except UnreadableInput as wrong:
        return str(wrong)
    return ""


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
    if folder.patient_position not in FIXED_AXES:
        stated_by = "plan" if of_plan else "CT"
        raise UnreadableInput(
            f"the {stated_by} states the patient position {folder.patient_position!r:.20}; planning takes "
            f"{', '.join(sorted(FIXED_AXES))}"
        )
    return folder.patient_position


def _reached_mm(treated: Sequence[ContouredStructure], plan: TreatmentPlan | None) -> tuple[float, float]:
    """The lowest and the highest z that dose is computed at: some way beyond every target and field of the clinic."""
    levels_mm = [z for structure in treated for z, _ in structure.contours]
    for field in plan.treatment_beams if plan else ():
        if field.isocenter_mm is not None:
            corners_mm = [side for aperture in apertures_of(field) for side in aperture.frame_mm]
            half_mm = float(np.hypot(*np.abs(np.reshape(corners_mm, (-1, 2))).max(0))) if corners_mm else 0.0
            levels_mm += [field.isocenter_mm[2] - half_mm, field.isocenter_mm[2] + half_mm]
    return min(levels_mm) - FAR_MM, max(levels_mm) + FAR_MM


def _beyond(patient: PlanningPatient, wanted: Sequence[str]) -> list[Problem]:
    """A remark where the body goes on beyond what is computed, with the structures that lie beyond as a whole."""
    if not any(patient.planes_beyond):
        return []
    away = [name for name in wanted if not len(patient.voxels[name])]
    sentence = (
        f"dose is computed up to {FAR_MM / 10:g} cm beyond targets and fields; the other "
        f"{sum(patient.planes_beyond) * patient.spacing_mm[2] / 10:.0f} cm of the body count with the dose at that "
        "distance, which is more than they receive"
    )
    return [Problem("", "body", sentence + (f"; {', '.join(away)} lie there as a whole" if away else ""))]


def _prescribed_by_the_plan(folder: PlanFolder, contoured: dict[str, ContouredStructure]) -> dict[str, float]:
    names = {structure.number: name for name, structure in contoured.items()}
    prescriptions = folder.plan.prescriptions if folder.plan else ()
    return {
        names[p.structure_number]: p.target_dose_gy
        for p in prescriptions
        if p.kind == "TARGET" and p.target_dose_gy and p.structure_number in names
    }


def _taken_from_the_plan(prescribed: dict[str, float], is_any_left_out: bool) -> list[Problem]:
    """A remark where goals were left out and no other states a target's dose."""
    if not is_any_left_out or not prescribed:
        return []
    taken = ", ".join(f"{name} {dose_gy:g} Gy" for name, dose_gy in prescribed.items())
    sentence = f"no goal that is left states a target's dose; planned is what the clinic's plan prescribes: {taken}"
    return [Problem("", "prescription", sentence)]


def _fractions(plan: TreatmentPlan | None, prescribed_gy: float, problems: list[Problem]) -> int:
    """As the clinic's plan states them, else as many as give the usual dose each, and a remark."""
    if plan and plan.fractions:
        return plan.fractions
    fractions = max(round(prescribed_gy / USUAL_FRACTION_GY), 1)
    sentence = (
        f"no plan states the number of fractions; {fractions} of {prescribed_gy / fractions:.2g} Gy each is assumed, "
        "and monitor units are those of one of them"
    )
    problems.append(Problem("", "fractions", sentence))
    return fractions


def _named_twice(folder: PlanFolder, wanted: Sequence[str]) -> list[Problem]:
    """A remark for each structure in use whose name another one with contours has too: the last of them is taken."""
    names = [s.name for s in folder.structure_set.structures if s.contours] if folder.structure_set else []
    return [
        Problem("", f"structure {name}", f"{names.count(name)} structures have this name; the last of them is taken")
        for name in wanted
        if names.count(name) > 1
    ]


def _expect_a_body(patient: PlanningPatient, name: str) -> None:
    """Raise UnreadableInput where the CT numbers within the outline cannot be those of a body."""
    density = float(patient.density.ravel()[patient.body].mean())
    if not LEAST_DENSITY <= density <= MOST_DENSITY:
        raise UnreadableInput(
            f"within {name} the CT is {density:.2g} times as dense as water on average, which no body is; export the "
            "CT of the structures, with its rescale intercept and slope"
        )


def _outline(
    contoured: dict[str, ContouredStructure], roles: dict[str, str], problems: list[Problem]
) -> ContouredStructure:
    outlines = [contoured[name] for name, role in roles.items() if role == "external"]
    if not outlines:
        listed = ", ".join(sorted(contoured)) or "none"
        raise UnreadableInput(f"no structure is the outline of the body; the structures are: {listed}")
    taken = max(outlines, key=_drawn_mm2)
    if len(outlines) > 1:
        others = ", ".join(sorted(s.name for s in outlines if s is not taken))
        sentence = f"it is the largest outline and taken for that of the body; left out: {others}"
        problems.append(Problem("", f"structure {taken.name}", sentence))
    return taken


def _drawn_mm2(structure: ContouredStructure) -> float:
    """The areas of its contours, added up."""
    corners = [(points[:, 0], points[:, 1]) for _, points in structure.contours]
    return float(sum(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2 for x, y in corners))


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
            goals.append(understand(constraint, max(prescribed.values()), volume_cc))
        except UnreadableInput as wrong:
            problems.append(Problem("", place, f"{wrong}; the goal does not steer the plans, it is only compared"))
    return tuple(goals)


def _contradictions(goals: Sequence[Goal]) -> list[Problem]:
    """Pairs of goals of one structure of which both cannot be met: a share of it that must receive more than it may."""
    problems = []
    for lower in goals:
        for upper in goals:
            if _exclude_each_other(lower, upper):
                place = f"goal {lower.structure} {lower.constraint.metric}"
                limit = f"{upper.constraint.comparison} {upper.constraint.limit:g} {upper.constraint.unit}"
                sentence = f"it contradicts {upper.constraint.metric} {limit}: both cannot be met; both are compared"
                problems.append(Problem("", place, sentence))
    return problems


def _exclude_each_other(lower: Goal, upper: Goal) -> bool:
    """Whether a share that must receive more than a dose is larger than the share that may.

    A dose to a share of the volume makes the mean at least their product; a mean is at most the maximum.
    """
    if lower.structure != upper.structure or lower.is_upper or not upper.is_upper:
        return False
    if upper.kind == "mean":
        return lower.share * lower.dose_gy > upper.dose_gy
    reaches = upper.share == 0 if lower.kind == "mean" else lower.share > upper.share
    return reaches and lower.dose_gy > upper.dose_gy


def _overlaps(goals: Sequence[Goal], prescribed: dict[str, float], patient: PlanningPatient) -> list[Problem]:
    """Hard limits of organs, and upper goals of targets, that reach into a target of a higher dose.

    There both cannot be kept; of a target it is more than the share that may receive more.
    """
    problems = []
    for goal in goals:
        is_of_target = goal.structure in prescribed and goal.is_upper and goal.kind == "dose"
        for name, dose_gy in prescribed.items():
            if (goal.is_hard or is_of_target) and goal.structure != name and goal.dose_gy < dose_gy:
                own = patient.voxels[goal.structure]
                shared = len(np.intersect1d(own, patient.voxels[name], assume_unique=True))
                if shared > (goal.share * len(own) if is_of_target else 0):
                    sentence = (
                        f"{shared * patient.voxel_cc:.1f} cc of {goal.structure} lie in {name}, whose {dose_gy:g} Gy "
                        f"are above the limit of {goal.dose_gy:g} Gy: both cannot be met there; both are compared"
                    )
                    problems.append(Problem("", f"goal {goal.structure} {goal.constraint.metric}", sentence))
    return problems


def _cut_off(
    prescribed: dict[str, float], contoured: dict[str, ContouredStructure], patient: PlanningPatient
) -> list[Problem]:
    """Targets of which a part lies outside the CT or the body: what is left is planned."""
    problems = []
    half_mm = float(patient.spacing_mm[2]) / 2
    for name in prescribed:
        levels_mm = np.array([z for z, _ in contoured[name].contours])
        within = (levels_mm >= patient.z_mm[0] - half_mm) & (levels_mm <= patient.z_mm[-1] + half_mm)
        drawn = int(voxels_inside(contoured[name], patient.x_mm, patient.y_mm, patient.z_mm).sum())
        share = within.mean() * len(patient.voxels[name]) / max(drawn, 1)
        if share < 1 - MOST_CUT_OFF:
            sentence = (
                f"about {100 * (1 - share):.0f} % of it lie outside the body or the CT; the rest is planned, and its "
                "coverage is that of the rest"
            )
            problems.append(Problem("", f"target {name}", sentence))
    return problems


def _uneven_slices(ct: CtImage, spacing_mm: float) -> list[Problem]:
    steps_mm = np.diff(ct.z_mm)
    if len(steps_mm) < 2 or steps_mm.max() <= UNEVEN * steps_mm.min():
        return []
    sentence = (
        f"its slices are {steps_mm.min():g} to {steps_mm.max():g} mm apart; densities are taken linearly between them "
        f"on an even grid of {spacing_mm:g} mm"
    )
    return [Problem("", "CT", sentence)]


def _metal(ct: CtImage, patient: PlanningPatient) -> list[Problem]:
    """A remark where the body holds more than a little of what is denser than bone; a couch or a mask does not count.

    What lies outside the body is computed as air.
    """
    in_body = np.zeros(patient.density.shape, bool)
    in_body.flat[patient.body] = True
    dense = 0
    for z_mm, hu in zip(ct.z_mm, ct.hu, strict=True):  # by slices: a mask of 600 takes much memory
        rows, columns = np.nonzero(hu > METAL_HU)
        points_mm = np.column_stack([ct.x_mm[columns], ct.y_mm[rows], np.full(len(rows), z_mm)])
        nearest = np.rint((points_mm - patient.origin_mm) / patient.spacing_mm).astype(np.int64)[:, ::-1]
        on_grid = nearest[np.all((nearest >= 0) & (nearest < in_body.shape), axis=1)]
        dense += int(in_body[tuple(on_grid.T)].sum())
    volume_cc = dense * _voxel_cc(ct)
    if volume_cc < LEAST_METAL_CC:
        return []
    sentence = (
        f"{volume_cc:.1f} cc of the body is above {METAL_HU} HU, as metal is; it is computed as dense bone, so doses "
        "behind it are too high, and streaks are not corrected"
    )
    return [Problem("", "CT", sentence)]


def _voxel_cc(ct: CtImage) -> float:
    steps = [float(np.median(np.diff(axis))) if len(axis) > 1 else 1.0 for axis in (ct.x_mm, ct.y_mm, ct.z_mm)]
    return float(np.prod(steps)) / 1000


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
