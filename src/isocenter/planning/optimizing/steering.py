"""Steers an optimization to what comes first: the collapsed cone is followed, and broken limits are pressed on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from isocenter.planning.objective.goals import Goal, Ratios
from isocenter.planning.objective.objective import Objective
from isocenter.planning.optimizing.limits import (
    broken_by_voxels,
    exact_to_voxels,
    judged,
    kept_goals,
    thin_targets,
    unmet_goals,
)
from isocenter.planning.optimizing.optimize import FIRST_ITERATIONS, LATER_ITERATIONS, Cost, DoseModel, Optimum, lower
from isocenter.planning.task.task import Task
from isocenter.terms.imaging import FloatArray

Float32Array = NDArray[np.float32]
Progress = Callable[[str], None]

PRESSINGS, PRESSURE = 4, 4.0
TARGET_PRESSURE = 2.0  # of targets, so that limits come before them
GOAL_PRESSURE = 3.0  # of other goals, once limits and coverage are kept
ALIKE = 1e-4  # difference of what plans are judged by that does not count
LITTLE_WORSE = 0.01  # of the same: as 1 % of a target's dose
KEEPINGS, ROOM = 3, 0.01  # times that goals are pressed on which fluence kept; the share of a limit to keep them by
Lower = Callable[[Objective, FloatArray], Optimum]


@dataclass(frozen=True, eq=False)
class State:
    """Where an optimization ended: weights, and the objective with what was pressed."""

    weights: FloatArray
    objective: Objective
    value: float
    evaluations: int


@dataclass(frozen=True, eq=False)
class Trial:
    """A plan on the way: the objective as it was pressed, the weights it led to, and what they are judged by.

    keeps_limits: whether it breaks no hard limit once the highest target is covered.
    """

    objective: Objective
    optimum: Optimum
    judged: float
    keeps_limits: bool = False


@dataclass(frozen=True, slots=True)
class Pressure:
    """How often broken limits and thin targets are pressed on, and by what their importance is multiplied each time.

    Where none is left, other goals that are not met are.
    """

    times: int = PRESSINGS
    of_limits: float = PRESSURE
    of_targets: float = TARGET_PRESSURE
    of_goals: float = GOAL_PRESSURE


@dataclass(frozen=True, eq=False)
class Stage:
    """A model of dose and the objective over its rows."""

    model: DoseModel
    objective: Objective


def lower_with_correction(
    task: Task,
    coarse: Stage,
    fine: Stage,
    weights: FloatArray,
    dose_of: Callable[[FloatArray], Float32Array],
    cost: Cost | None,
    progress: Progress,
    pressure: Pressure = Pressure(),
    wanted: Float32Array | None = None,
) -> State:
    """Optimize coarsely, follow the collapsed cone once, and go on finely: press on hard limits that the normalized
    dose breaks and on coverage, and then on goals that a wanted dose keeps (flat over the grid) and this one lost.

    The corrected matrix says what is broken: near these weights it is as good as the collapsed cone, and quick. Both
    stages take the same weights; they may be one.
    """
    found = lower_by_steps(coarse.model, FIRST_ITERATIONS, cost, coarse.objective, weights)
    progress(f"objective {found.value:.0f} after {found.evaluations} evaluations")
    state = followed(task, fine, found.weights, dose_of(found.weights), cost, pressure, wanted)
    state = replace(state, evaluations=state.evaluations + found.evaluations)
    progress(f"objective {state.value:.0f} after {state.evaluations} evaluations")
    return state


def followed(
    task: Task,
    fine: Stage,
    weights: FloatArray,
    dose: Float32Array,
    cost: Cost | None,
    pressure: Pressure,
    wanted: Float32Array | None = None,
) -> State:
    """Follow the dose of the collapsed cone at some weights, optimize again, and press on what is broken or lost."""
    ratios = exact_to_voxels(task, dose)
    fine.model.follow(dose.ravel()[fine.objective.rows], weights)
    lower_later = partial(lower_by_steps, fine.model, LATER_ITERATIONS, cost)
    found = lower_later(fine.objective.aiming(ratios), weights)
    objective, found = pressed(task, fine.objective, fine.model, found, ratios, lower_later, pressure)
    evaluations = found.evaluations
    if wanted is not None:
        lower_freely = partial(lower_by_steps, fine.model, LATER_ITERATIONS, None)
        steps = [*[lower_later] * KEEPINGS, lower_freely]
        objective, found = keeping(task, objective, fine.model, found, ratios, steps, wanted)
        evaluations += found.evaluations
    return State(found.weights, objective, found.value, evaluations)


def lower_by_steps(
    model: DoseModel, iterations: int, cost: Cost | None, objective: Objective, weights: FloatArray
) -> Optimum:
    """lower, with what stays the same in front."""
    return lower(objective, model, weights, iterations, cost)


def pressed(
    task: Task,
    objective: Objective,
    model: DoseModel,
    found: Optimum,
    ratios: Ratios,
    lower_again: Lower,
    pressure: Pressure = Pressure(),
) -> tuple[Objective, Optimum]:
    """The best plan that pressings make, with what was evaluated for all of them."""
    trials = pressings(task, objective, model, found, ratios, lower_again, pressure)
    best = best_of(trials)
    return best.objective, replace(best.optimum, evaluations=sum(trial.optimum.evaluations for trial in trials))


def keeping(
    task: Task,
    objective: Objective,
    model: DoseModel,
    found: Optimum,
    ratios: Ratios,
    steps: Sequence[Lower],
    wanted: Float32Array,
) -> tuple[Objective, Optimum]:
    """Press on goals and targets that a wanted dose keeps and this one lost, once before each of the steps at most.

    Of all plans on the way that are worse by LITTLE_WORSE at most than the first, the one is taken that loses least,
    hard limits first. Its evaluations are those of all steps.
    """
    kept, evaluations = kept_goals(task, wanted, ratios), 0
    trials: list[tuple[Trial, tuple[int, int]]] = []
    for step in (*steps, None):
        dose = objective.on_every_voxel(model.dose(found.weights))
        lost = kept - kept_goals(task, dose, ratios, ROOM)
        goals = tuple(one for one in lost if isinstance(one, Goal))
        trials.append((Trial(objective, found, judged(task, dose, ratios)), (sum(g.is_hard for g in goals), len(lost))))
        if step is None or not lost:
            break
        thin = tuple(one for one in lost if isinstance(one, str))
        objective = objective.pressing(goals, PRESSURE, thin, TARGET_PRESSURE)
        found = step(objective.aiming(ratios), found.weights)
        evaluations += found.evaluations
    most = trials[0][0].judged + LITTLE_WORSE
    best, _ = min((pair for pair in trials if pair[0].judged <= most), key=lambda pair: pair[1])
    return best.objective, replace(best.optimum, evaluations=evaluations)


def pressings(
    task: Task,
    objective: Objective,
    model: DoseModel,
    found: Optimum,
    ratios: Ratios,
    lower_again: Lower,
    pressure: Pressure = Pressure(),
) -> list[Trial]:
    """Raise the importance of hard limits that are broken, and of targets that lack coverage, and optimize again.

    Where none is, other goals of organs that are not met are pressed on, as long as that makes a better plan. Returned
    is every plan on the way, the one that was found first: where a technique cannot keep a limit, pressing on costs
    coverage, and normalizing makes good for it with more dose to everything.
    """
    trials: list[Trial] = []
    while True:
        dose = objective.on_every_voxel(model.dose(found.weights))
        broken, thin = broken_by_voxels(task, dose, ratios), thin_targets(task, dose)
        trials.append(Trial(objective, found, judged(task, dose, ratios), not broken))
        is_best = trials[-1].judged <= min(trial.judged for trial in trials) + ALIKE
        unmet = tuple(unmet_goals(task, dose, ratios)) if is_best else ()
        if len(trials) > pressure.times or not (broken or thin or unmet):
            return trials
        if broken or thin:
            objective = objective.pressing(broken, pressure.of_limits, thin, pressure.of_targets)
        else:
            objective = objective.pressing(unmet, pressure.of_goals, (), 1.0)
        found = lower_again(objective.aiming(ratios), found.weights)


def best_of(trials: Sequence[Trial]) -> Trial:
    """The first trial that none is better than by more than what counts as alike.

    One that breaks a hard limit gives way to one that keeps all of them and is little worse otherwise.
    """
    least = min(trial.judged for trial in trials)
    keeping = [trial for trial in trials if trial.keeps_limits and trial.judged <= least + LITTLE_WORSE]
    best = min((trial.judged for trial in keeping), default=least)
    return next(trial for trial in keeping or trials if trial.judged <= best + ALIKE)
