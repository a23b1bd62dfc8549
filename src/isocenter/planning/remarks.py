"""Remarks on a task before it is planned: what is simplified, left out, or cannot be kept together."""

from collections.abc import Iterable, Sequence

import numpy as np

from isocenter.evidence.roles import Role, role_of
from isocenter.planning.goals import Goal
from isocenter.planning.patient import PlanningPatient, voxels_inside, with_densities
from isocenter.terms.imaging import ContouredStructure, CtImage, PlanFolder
from isocenter.terms.problems import Problem

METAL_HU, LEAST_METAL_CC = 2500, 0.5
MOST_CUT_OFF = 0.02  # of a target; less comes of the grid
FAR_MM = 150.0  # beyond targets and fields; there 0.2 % (a field of 10 cm) to 0.6 % (20 cm) of the dose is left
USUAL_SPACING_MM = 3.0
NEAR_END_MM = 15.0  # beyond a target: the margin of its fields and the scatter that matters most
UNEVEN = 1.02  # of the least distance of slices


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


def without_dose(
    contoured: dict[str, ContouredStructure], roles: dict[str, Role], prescribed: dict[str, float]
) -> list[Problem]:
    """A remark for each planning target that neither a goal nor the clinic's plan gives a dose."""
    sentence = "no goal states its dose, so neither plan is made to cover it; add one such as `{},D95%,>=,50,Gy`"
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


def cut_off(
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


def densities_taken(structures: Iterable[ContouredStructure]) -> list[Problem]:
    """A remark for each structure whose stated density is taken in place of that of the CT."""
    stated = with_densities(structures)
    others = "; where another structure with a stated density overlaps it, the smaller of the two counts"
    return [
        Problem(
            "",
            f"structure {one.name}",
            f"the structure set states a density of {one.stated_density:g} times that of water; within the body it is "
            f"taken in place of that of the CT{others if len(stated) > 1 else ''}",
        )
        for one in stated
    ]


def uneven_slices(ct: CtImage, spacing_mm: float) -> list[Problem]:
    steps_mm = np.diff(ct.z_mm)
    if len(steps_mm) < 2 or steps_mm.max() <= UNEVEN * steps_mm.min():
        return []
    sentence = (
        f"its slices are {steps_mm.min():g} to {steps_mm.max():g} mm apart; densities are taken linearly between them "
        f"on an even grid of {spacing_mm:g} mm"
    )
    return [Problem("", "CT", sentence)]


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


def metal(ct: CtImage, patient: PlanningPatient, structures: Iterable[ContouredStructure] = ()) -> list[Problem]:
    """A remark where the body holds more than a little of what is denser than bone; a couch or a mask does not count.

    What lies outside the body is computed as air, and a structure that states its density by that one.
    """
    in_body = np.zeros(patient.density.shape, bool)
    in_body.flat[patient.body] = True
    for one in with_densities(structures):
        in_body &= ~voxels_inside(one, patient.x_mm, patient.y_mm, patient.z_mm)
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
    return reaches and lower.dose_gy > upper.dose_gy


def _voxel_cc(ct: CtImage) -> float:
    steps = [float(np.median(np.diff(axis))) if len(axis) > 1 else 1.0 for axis in (ct.x_mm, ct.y_mm, ct.z_mm)]
    return float(np.prod(steps)) / 1000
