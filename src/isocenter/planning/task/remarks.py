"""Remarks on a task before it is planned: what is simplified, left out, or cannot be kept together."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from isocenter.evidence.roles.roles import Role, role_of
from isocenter.planning.objective.goals import Goal
from isocenter.planning.patient.patient import END_OF_VOXEL, PlanningPatient, voxels_inside
from isocenter.terms.dose_metrics import parse_metric
from isocenter.terms.imaging import ContouredStructure, PlanFolder
from isocenter.terms.problems import Problem

DOSE_SLACK = 0.01  # of the prescribed dose
MOST_CUT_OFF = 0.02  # of a target; less comes of the grid
FAR_MM = 150.0  # beyond targets and fields; there 0.2 % (a field of 10 cm) to 0.6 % (20 cm) of the dose is left
USUAL_SPACING_MM = 3.0
NEAR_END_MM = 15.0  # beyond a target: the margin of its fields and the scatter that matters most


def times_named(folder: PlanFolder, name: str) -> int:
    """How many structures with contours have a name."""
    structures = folder.structure_set.structures if folder.structure_set else ()
    return sum(one.name == name for one in structures if one.contours)


def named_twice(folder: PlanFolder, wanted: Sequence[str]) -> list[Problem]:
    """A remark for each structure in use whose name another one with contours has too: the last of them is taken."""
    return [
        Problem("", f"structure {name}", f"{count} structures have this name; the last of them is taken")
        for name in wanted
        if (count := times_named(folder, name)) > 1
    ]


def prescribed_otherwise(prescribed: dict[str, float], by_plan: dict[str, float]) -> list[Problem]:
    """A remark for each target whose dose by the goals is not what the clinic's plan prescribes to it."""
    sentence = (
        "the clinic's plan prescribes {:g} Gy, and the goals ask for {:g} Gy; the plans are made for the dose of the "
        "goals, so the clinic's column is of another dose"
    )
    return [
        Problem("", f"target {name}", sentence.format(by_plan[name], dose_gy))
        for name, dose_gy in prescribed.items()
        if name in by_plan and abs(dose_gy - by_plan[name]) > DOSE_SLACK * by_plan[name]
    ]


def without_dose(
    contoured: dict[str, ContouredStructure], roles: dict[str, Role], prescribed: dict[str, float]
) -> list[Problem]:
    """A remark for each planning target that neither a goal nor the clinic's plan gives a dose."""
    sentence = "no goal states its dose, so no plan is made to cover it; add one such as `{},D95%,>=,50,Gy`"
    return [
        Problem("", f"target {name}", sentence.format(name))
        for name in contoured
        if roles[name].target_class == "PTV" and name not in prescribed
    ]


def contradictions(goals: Sequence[Goal]) -> list[Problem]:
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


def overlaps(goals: Sequence[Goal], prescribed: dict[str, float], patient: PlanningPatient) -> list[Problem]:
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


def raising_organs(goals: Sequence[Goal], roles: Mapping[str, str]) -> list[Problem]:
    """A remark for each goal that asks a critical structure for more dose, as where >= was written for <=."""
    return [
        Problem(
            "",
            f"goal {goal.structure} {goal.constraint.metric}",
            f"it asks for at least {goal.constraint.limit:g} {goal.constraint.unit} in a critical structure; it is "
            "compared and steers no plan; write <= where it is a limit",
        )
        for goal in goals
        if not goal.is_upper and roles.get(goal.structure) == "critical"
    ]


def cut_off(
    prescribed: dict[str, float], contoured: dict[str, ContouredStructure], patient: PlanningPatient
) -> list[Problem]:
    """Targets of which a part lies outside the CT or the body: what is left is planned."""
    problems = []
    half_mm = float(patient.spacing_mm[2]) / 2
    for name in prescribed:
        levels_mm = np.array([z for z, _ in contoured[name].contours])
        within = (levels_mm >= patient.z_mm[0] - half_mm) & (levels_mm <= patient.z_mm[-1] + half_mm)
        beyond_mm = END_OF_VOXEL * 2 * half_mm  # as its voxels were found
        drawn = int(voxels_inside(contoured[name], patient.x_mm, patient.y_mm, patient.z_mm, beyond_mm).sum())
        share = within.mean() * len(patient.voxels[name]) / max(drawn, 1)
        if share < 1 - MOST_CUT_OFF:
            sentence = (
                f"about {100 * (1 - share):.0f} % of it lie outside the body or the CT; the rest is planned, and its "
                "coverage is that of the rest"
            )
            problems.append(Problem("", f"target {name}", sentence))
    return problems


def near_an_end(
    prescribed: dict[str, float], contoured: dict[str, ContouredStructure], patient: PlanningPatient
) -> list[Problem]:
    """A remark for each target near a place where CT or outline are cut off: scatter from beyond is missing there."""
    problems = []
    low_mm, high_mm = patient.cut_ends_mm
    for name in prescribed:
        drawn_mm = contoured[name].z_mm
        left_mm = {
            "below": None if low_mm is None else float(drawn_mm[0]) - low_mm,
            "above": None if high_mm is None else high_mm - float(drawn_mm[-1]),
        }
        for where, distance_mm in left_mm.items():
            if distance_mm is not None and 0 <= distance_mm < NEAR_END_MM:
                sentence = (
                    f"CT or outline are cut off {distance_mm:.0f} mm {where} it, where the body goes on: scatter from "
                    "beyond is missing, so the dose computed at that end is too low"
                )
                problems.append(Problem("", f"target {name}", sentence))
    return problems


def outside_of_body(structures: Iterable[ContouredStructure], outline: str) -> list[Problem]:
    """Remarks where a bolus, a couch or a support is drawn, which dose is computed through within the outline alone."""
    drawn = [s for s in structures if s.contours and role_of(s.name, s.interpreted_type).role == "support"]
    boluses = [s.name for s in drawn if s.interpreted_type == "BOLUS" or "bolus" in s.name.lower()]
    supports = [s.name for s in drawn if s.name not in boluses]
    where = f"what of it lies outside {outline} is computed as air"
    sentences = (
        (
            boluses,
            f"a bolus is drawn: {where}, what lies inside as the CT shows it, and no plan that is made here adds one",
        ),
        (supports, f"a couch or support is drawn: {where}, so fields that pass through it lose nothing there"),
    )
    return [Problem("", f"structure {', '.join(names)}", sentence) for names, sentence in sentences if names]


def coarse_grid(spacing_mm: float) -> list[Problem]:
    """A remark on a grid that is wider than the usual one."""
    if spacing_mm <= USUAL_SPACING_MM:
        return []
    sentence = (
        f"it is {spacing_mm:g} mm wide, more than the usual {USUAL_SPACING_MM:g} mm: where an organ lies beside a "
        "target, doses and what a limit costs in coverage can differ by several grays from those of a finer grid; "
        f"plan on {USUAL_SPACING_MM:g} mm before a number of these is used"
    )
    return [Problem("", "planning grid", sentence)]


def beyond(patient: PlanningPatient, wanted: Sequence[str]) -> list[Problem]:
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


def _exclude_each_other(lower: Goal, upper: Goal) -> bool:
    """Whether a share that must receive more than a dose is larger than the share that may.

    A dose to a share of the volume makes the mean at least their product; a mean is at most the maximum.
    """
    if lower.structure != upper.structure or lower.is_upper or not upper.is_upper:
        return False
    if upper.kind == "mean":
        return lower.share * lower.dose_gy > upper.dose_gy
    reaches = upper.share == 0 if lower.kind == "mean" else lower.share > upper.share
    # What receives just the dose of a volume counts in that volume; a limit of the dose itself an even dose meets.
    is_volume = parse_metric(upper.constraint.metric).kind == "volume at dose"
    return reaches and (lower.dose_gy > upper.dose_gy or (is_volume and lower.dose_gy == upper.dose_gy))
