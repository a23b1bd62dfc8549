"""What a dose keeps and what it breaks: hard limits, coverage of targets, and the scale at which a plan is judged.

Every plan is scaled to the prescribed coverage of its highest target, but no further than the limits that come before
coverage allow: cord, brainstem and optic pathway, as a clinician would choose. Where these cost coverage, other hard
limits that a little less dose keeps are kept too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isocenter.errors import UnreadableInput
from isocenter.evidence.doses.dvh import Dvh, compute_dvhs
from isocenter.evidence.doses.metrics import evaluate
from isocenter.planning.objective.goals import Goal, Ratios
from isocenter.planning.task.task import Task
from isocenter.terms.dose_metrics import parse_metric

Float32Array = NDArray[np.float32]

NORMALIZATION_SLACK = 2e-4  # a bin of the histogram, so that what is normalized to a goal meets it
MOST_IN_TARGET = 1.1  # of the prescribed dose to 2 % of the highest target; more counts against a plan
MOST_OVER = 2.0  # of a limit that comes first; what is beyond it once the target is covered is reported as not kept
UNMET_SHARE = 0.02  # what other goals count beside limits, coverage and even dose when plans are compared
LITTLE_LESS = 0.015  # of the dose, which other limits may cost where coverage is short already
BY_VOXELS: Ratios = {}
LEAST_COVERAGE = 0.985  # of the prescribed dose, before the plan is normalized; less is pressed on


def hard_limits(task: Task) -> list[Goal]:
    """Limits near the maximum of an organ."""
    return [goal for goal in task.goals if goal.is_hard and goal.structure not in task.prescribed_gy]


def covering(task: Task, dose: Float32Array, ratios: Ratios = BY_VOXELS) -> float:
    """The factor by which the chosen share of the highest target's volume receives its prescribed dose."""
    reached_gy = covered_gy(task, dose, task.top_target, ratios)
    return task.prescribed_gy[task.top_target] / reached_gy if reached_gy > 0 else 1.0


def normalization(task: Task, dose: Float32Array, ratios: Ratios) -> float:
    """The factor by which the highest target is covered, or less where a limit that comes first allows no more."""
    cover = covering(task, dose, ratios)
    first = (goal for goal in hard_limits(task) if goal.comes_first)
    return cover / _over({goal: by_voxels(task, dose, goal) * ratios[goal] * cover for goal in first})


@dataclass(frozen=True, slots=True)
class Normalized:
    """What a dose is multiplied by, and by how much more the highest target would be covered; 1 where it is.

    kept_too: limits that do not come before coverage, for which a little more of it was given up.
    """

    scale: float
    short_by: float
    kept_too: tuple[Goal, ...] = ()


def exact_normalization(task: Task, dose: Float32Array) -> Normalized:
    """The same by exact histograms, as the comparison will take it.

    Where coverage is short for limits that come first, others may cost as much again, but LITTLE_LESS at most.
    """
    patient = task.patient
    cover = covering(task, dose)
    if task.top_target in task.structures:
        grid = patient.grid_of(dose * np.float32(cover))
        (dvh,) = compute_dvhs([task.structures[task.top_target]], grid)
        reached_gy = dvh.dose_at_fraction_gy(task.choices.coverage_percent / 100)
        wanted_gy = task.prescribed_gy[task.top_target] * (1 + NORMALIZATION_SLACK)
        cover *= wanted_gy / reached_gy if reached_gy > 0 else 1.0
    reached = by_histogram(task, dose * np.float32(cover), hard_limits(task))
    over = _over({goal: dose_gy for goal, dose_gy in reached.items() if goal.comes_first})
    most = 1 + min(over - 1, LITTLE_LESS)
    little = {goal: dose_gy / over / goal.dose_gy for goal, dose_gy in reached.items() if goal.dose_gy > 0}
    kept_too = tuple(goal for goal, ratio in little.items() if not goal.comes_first and 1 < ratio <= most)
    over *= max([1.0, *(little[goal] for goal in kept_too)])
    over *= 1 + NORMALIZATION_SLACK if over > 1 else 1
    return Normalized(cover / over, over, kept_too)


def _over(reached: Mapping[Goal, float]) -> float:
    """By what a dose has to be divided to keep limits; 1 where none is broken, or by so much that it is not kept."""
    kept = (dose_gy / goal.dose_gy for goal, dose_gy in reached.items() if dose_gy <= MOST_OVER * goal.dose_gy)
    return max([1.0, *kept])


def missed(task: Task, dose: Float32Array, ratios: Ratios) -> float:
    """How far a plan, once normalized, is from hard limits, coverage and even dose: relative excess, added up."""
    scale = normalization(task, dose, ratios)
    excess = [
        (by_voxels(task, dose, goal) * scale * ratios[goal] - goal.dose_gy) / max(goal.dose_gy, 1.0)
        for goal in hard_limits(task)
    ]
    # The highest target's hot spots count beyond a share of its dose, and those of any target beyond its own goal.
    hot = [
        goal for goal in task.goals if goal.structure in task.prescribed_gy and goal.is_upper and goal.kind == "dose"
    ]
    excess += [by_voxels(task, dose, goal) * scale / goal.dose_gy - 1 for goal in hot if goal.dose_gy > 0]
    excess += [
        LEAST_COVERAGE - covered_gy(task, dose, name, ratios) * scale / dose_gy
        for name, dose_gy in task.prescribed_gy.items()
    ]
    hottest = float(np.percentile(dose.ravel()[task.patient.voxels[task.top_target]], 98))
    excess.append(hottest * scale / task.prescribed_gy[task.top_target] - MOST_IN_TARGET)
    return sum(max(one, 0.0) for one in excess)


def other_goals(task: Task) -> list[Goal]:
    """Upper goals of organs that are no hard limits."""
    return [g for g in task.goals if g.is_upper and not g.is_hard and g.structure not in task.prescribed_gy]


def unmet_goals(task: Task, dose: Float32Array, ratios: Ratios) -> dict[Goal, float]:
    """Goals of organs, but hard limits, that a plan does not meet once it is normalized, and their relative excess."""
    scale = normalization(task, dose, ratios)
    excess = {
        goal: by_voxels(task, dose, goal) * ratios.get(goal, 1.0) * scale / max(goal.dose_gy, 1.0) - 1
        for goal in other_goals(task)
    }
    return {goal: over for goal, over in excess.items() if over > 0}


def kept_goals(task: Task, dose: Float32Array, ratios: Ratios, room: float = 0.0) -> set[Goal | str]:
    """Goals of organs that a plan keeps once it is normalized, and the names of targets that are covered then.

    room: the share of its limit by which a goal that is no hard limit has to be kept.
    """
    others: dict[Goal | str, float] = {goal: ratios.get(goal, 1.0) * (1 + room) for goal in other_goals(task)}
    lost = {*broken_by_voxels(task, dose, ratios), *unmet_goals(task, dose, {**ratios, **others})}
    least = normalization(task, dose, ratios) * (1 + NORMALIZATION_SLACK)
    covered = {
        name for name, dose_gy in task.prescribed_gy.items() if covered_gy(task, dose, name, ratios) * least >= dose_gy
    }
    return ({*hard_limits(task), *others} - lost) | covered


@dataclass(frozen=True, slots=True)
class Lost:
    """What a plan as delivered no longer keeps of what another dose of it kept.

    broken: all hard limits that it does not keep; short_by: the factor by which its dose would have to be raised to
    cover the highest target.
    """

    goals: frozenset[Goal | str]
    broken: tuple[Goal, ...]
    short_by: float
    judged: float

    @property
    def order(self) -> tuple[int, int, float]:
        """The less the better: hard limits first, then how much is lost, then coverage and what plans are judged by."""
        return len(self.broken), len(self.goals), self.short_by - 1 + self.judged


def lost_in(task: Task, wanted: Float32Array, dose: Float32Array) -> Lost:
    """What a dose loses of what a wanted one keeps, both judged by exact histograms."""
    ratios = exact_to_voxels(task, dose)
    lost = kept_goals(task, wanted, ratios) - kept_goals(task, dose, ratios)
    short_by = covering(task, dose, ratios) / normalization(task, dose, ratios)
    return Lost(frozenset(lost), broken_by_voxels(task, dose, ratios), short_by, judged(task, dose, ratios))


def judged(task: Task, dose: Float32Array, ratios: Ratios) -> float:
    """One number by which plans are compared, the less the better: what is missed, and a little of the other goals.

    It changes by little where a dose does, so that plans which miss as much are not chosen by their last digits.
    """
    return missed(task, dose, ratios) + UNMET_SHARE * sum(unmet_goals(task, dose, ratios).values())


def broken_by_voxels(task: Task, dose: Float32Array, ratios: Ratios) -> tuple[Goal, ...]:
    """The hard limits that are broken once the highest target is covered."""
    scale = covering(task, dose, ratios)
    return tuple(
        goal for goal in hard_limits(task) if by_voxels(task, dose, goal) * scale * ratios[goal] > goal.dose_gy
    )


def thin_targets(task: Task, dose: Float32Array) -> tuple[str, ...]:
    """Targets that lack coverage: the highest as it is, for scaling it up heats all else; others once it is scaled.

    By voxels: pressed on to what the exact histogram lacks at its ends, 3D lost coverage to the cord instead.
    """
    scale = covering(task, dose)
    return tuple(
        name
        for name, dose_gy in task.prescribed_gy.items()
        if covered_gy(task, dose, name) * (1 if name == task.top_target else scale) < LEAST_COVERAGE * dose_gy
    )


def by_voxels(task: Task, dose: Float32Array, goal: Goal) -> float:
    """The dose that the share of a goal receives, or the mean that it is about, by voxels."""
    here = dose.ravel()[task.patient.voxels[goal.structure]]
    if not len(here):
        return 0.0
    if goal.kind == "mean":
        return float(here.mean())
    hotter = min(int(goal.share * len(here)), len(here) - 1)
    return float(np.partition(here, len(here) - 1 - hotter)[len(here) - 1 - hotter])


def by_histogram(task: Task, dose: Float32Array, goals: Sequence[Goal]) -> dict[Goal, float]:
    """The same by the exact histogram of each structure that has contours, by voxels of one that has none.

    Of a volume at a dose, such as V20Gy <= 35 %, it is the dose that this share of the volume receives.
    """
    contoured = sorted({goal.structure for goal in goals} & set(task.structures))
    grid = task.patient.grid_of(dose)
    curves = {dvh.structure_name: dvh for dvh in compute_dvhs([task.structures[name] for name in contoured], grid)}
    found = {}
    for goal in goals:
        exact = _by_curve(goal, curves[goal.structure]) if goal.structure in curves else np.nan
        found[goal] = exact if np.isfinite(exact) else by_voxels(task, dose, goal)
    return found


def _by_curve(goal: Goal, curve: Dvh) -> float:
    metric = parse_metric(goal.constraint.metric)
    if metric.kind == "volume at dose":
        return curve.dose_at_fraction_gy(goal.share)
    try:  # as the comparison takes it
        return float(evaluate(metric, curve)[0])
    except UnreadableInput:
        return np.nan


def exact_to_voxels(task: Task, dose: Float32Array) -> dict[Goal | str, float]:
    """By how much the dose of each organ's goal is above that of the voxels in the exact histogram, where it is, and by
    how much the dose that covers a target is above or below it.
    """
    exact = by_histogram(task, dose, [*hard_limits(task), *other_goals(task)])
    voxels = {goal: by_voxels(task, dose, goal) for goal in exact}
    ratios: dict[Goal | str, float] = {
        goal: max(exact[goal] / voxels[goal], 1.0) if voxels[goal] > 0 else 1.0 for goal in exact
    }
    drawn = [task.structures[name] for name in task.prescribed_gy if name in task.structures]
    for curve in compute_dvhs(drawn, task.patient.grid_of(dose)) if drawn else ():
        name, share = curve.structure_name, task.choices.coverage_percent / 100
        by_voxels_gy = covered_gy(task, dose, name)
        ratios[name] = curve.dose_at_fraction_gy(share) / by_voxels_gy if by_voxels_gy > 0 else 1.0
    return ratios


def covered_gy(task: Task, dose: Float32Array, target: str, ratios: Ratios = BY_VOXELS) -> float:
    """The dose that the chosen share of a target's volume receives at least."""
    by_voxels_gy = np.percentile(dose.ravel()[task.patient.voxels[target]], 100 - task.choices.coverage_percent)
    return float(by_voxels_gy) * ratios.get(target, 1.0)
