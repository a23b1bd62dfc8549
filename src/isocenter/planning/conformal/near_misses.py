"""Presses a 3D conformal plan once more on the goals of organs that it nearly keeps, and on these alone.

Where other goals are far out of reach, pressing on all of them spends on those what would keep the near ones, and a
limit would be called kept by IMRT alone that 3D can keep as well.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isocenter.planning.conformal.components import ComponentDoses
from isocenter.planning.objective.goals import Ratios
from isocenter.planning.optimizing.limits import broken_by_voxels, by_voxels, judged, normalization, unmet_goals
from isocenter.planning.optimizing.optimize import lower_on_table
from isocenter.planning.optimizing.steering import LITTLE_WORSE, Trial
from isocenter.planning.task.task import Task

Float32Array = NDArray[np.float32]

NEAR_MISS = 0.3  # of a goal, by which it is missed
PRESSURE, TIMES = 4.0, 6
SAFELY = 0.02  # of a goal, by which less is aimed at: a penalty only comes near, and the collapsed cone differs


@dataclass(frozen=True, eq=False)
class Pressed:
    """A plan that misses fewer goals, if one was found, and how often the objective was asked for it."""

    trial: Trial | None
    evaluations: int


def pressed_on_near_misses(
    task: Task, model: ComponentDoses, trial: Trial, ratios: Ratios, delivered_gy: Float32Array
) -> Pressed:
    """The plan of the same apertures that misses the fewest goals and is little worse otherwise than a trial.

    delivered_gy: the collapsed cone's dose of the trial, which says how far each goal is off where the model's sample
    of voxels differs from it.
    """
    before = unmet_goals(task, delivered_gy, ratios)
    near = [goal for goal, excess in before.items() if excess <= NEAR_MISS]
    dose = trial.objective.on_every_voxel(model.dose(trial.optimum.weights))
    true_scale, scale = (normalization(task, one, ratios) for one in (delivered_gy, dose))
    beyond_model = {
        goal: by_voxels(task, delivered_gy, goal) * true_scale / (by_voxels(task, dose, goal) * scale)
        for goal in before
        if by_voxels(task, dose, goal) > 0
    }
    objective, found, evaluations = trial.objective, trial.optimum, 0
    best: Trial | None = None
    fewest = len(beyond_model)
    aims = dict(ratios)
    for _ in range(TIMES if near else 0):
        for goal in near:
            aims[goal] = beyond_model.get(goal, 1.0) * ratios.get(goal, 1.0) * (1 + SAFELY)
        broken = broken_by_voxels(task, dose, ratios) if trial.keeps_limits else ()
        objective = objective.pressing((*near, *broken), PRESSURE, (), 1.0)
        found = lower_on_table(objective.aiming(aims), model, found.weights)
        evaluations += found.evaluations
        dose = objective.on_every_voxel(model.dose(found.weights))
        scale = normalization(task, dose, ratios)
        reached_gy = {
            goal: by_voxels(task, dose, goal) * ratios.get(goal, 1.0) * scale * beyond
            for goal, beyond in beyond_model.items()
        }
        left = [goal for goal, dose_gy in reached_gy.items() if dose_gy > goal.dose_gy]
        # Pressing on some goals may bring others near.
        came_near = [goal for goal in left if goal not in near and reached_gy[goal] <= (1 + NEAR_MISS) * goal.dose_gy]
        left += [goal for goal in unmet_goals(task, dose, ratios) if goal not in beyond_model]
        made = Trial(objective, found, judged(task, dose, ratios), not broken_by_voxels(task, dose, ratios))
        is_as_good = made.judged <= trial.judged + LITTLE_WORSE and made.keeps_limits >= trial.keeps_limits
        if is_as_good and len(left) < fewest:
            best, fewest = made, len(left)
        if not came_near and not any(goal in left for goal in near):
            break
        near += came_near
    return Pressed(best, evaluations)
