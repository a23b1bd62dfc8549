"""Which apertures of a 3D conformal plan are worth keeping: few a field, those that the objective can least spare.

An aperture off the cord is worth little before its limit is pressed on, and much after, so each pressing suggests a set
of its own. Every set is optimized and pressed on again, and the plan that is judged best decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isocenter.planning.conformal.components import Component, ComponentDoses
from isocenter.planning.objective.goals import Ratios
from isocenter.planning.objective.objective import Objective
from isocenter.planning.optimizing.optimize import Optimum, lower_on_table, second_derivatives
from isocenter.planning.optimizing.steering import Pressure, Trial, best_of, pressings
from isocenter.planning.task.task import Task
from isocenter.terms.imaging import FloatArray

IntArray = NDArray[np.int64]

FIRMLY = Pressure(times=5, of_limits=10.0)
LEAST_SHARE = 0.02  # of what the largest component delivers; less is left out


@dataclass(frozen=True, eq=False)
class Chosen:
    """The components to keep, the plan of their weights that is judged best, and how often the objective was asked."""

    components: tuple[Component, ...]
    trial: Trial
    evaluations: int


def search_apertures(
    task: Task, objective: Objective, model: ComponentDoses, start: FloatArray, ratios: Ratios
) -> Chosen:
    """The components that are worth keeping of those that a model holds."""
    suggesting = pressed_from_start(task, objective, model, start, ratios)
    sets: dict[tuple[int, ...], FloatArray] = {}
    for trial in suggesting:
        kept, weights = spare_the_least(model, trial, task.choices.apertures_per_field)
        sets.setdefault(tuple(kept), weights)
    tried = []
    for numbers, weights in sets.items():
        few = model.only(np.array(numbers, np.int64))
        tried.append((few.components, pressed_from_start(task, objective, few, weights, ratios)))
    bests = [best_of(trials) for _, trials in tried]
    best = best_of(bests)
    return Chosen(tried[bests.index(best)][0], best, sum(map(asked, (suggesting, *(trials for _, trials in tried)))))


def pressed_from_start(
    task: Task, objective: Objective, model: ComponentDoses, weights: FloatArray, ratios: Ratios
) -> list[Trial]:
    """The plans that pressing on limits makes from an objective on: on a table that is quick."""

    def lower_again(pressed_on: Objective, start: FloatArray) -> Optimum:
        return lower_on_table(pressed_on, model, start)

    found = lower_again(objective.aiming(ratios), weights)
    return pressings(task, objective, model, found, ratios, lower_again, FIRMLY)


def asked(trials: Sequence[Trial]) -> int:
    """How often the objective was evaluated for trials."""
    return sum(trial.optimum.evaluations for trial in trials)


def spare_the_least(model: ComponentDoses, trial: Trial, most: int) -> tuple[IntArray, FloatArray]:
    """At most so many components of each beam, and weights for them: one after the other is left out, each time the
    one without which the objective rises least while the others make up for it (Hassibi and Stork, NIPS 5:164, 1993).
    """
    weights = trial.optimum.weights
    delivered = weights * np.array([component.transmitted.sum() for component in model.components])
    kept = np.flatnonzero(delivered > LEAST_SHARE * delivered.max(initial=0.0))
    left, of_beam = weights[kept], np.array([model.components[k].beam for k in kept], np.int64)
    inverse = np.linalg.inv(second_derivatives(trial.objective, model.table[:, kept], model.dose(weights)))
    while True:
        is_over = np.bincount(of_beam)[of_beam] > most if len(kept) else np.zeros(0, bool)
        if not is_over.any():
            return kept, np.maximum(left, 0.0)
        rise = np.where(is_over, left**2 / np.diagonal(inverse), np.inf)
        out = int(np.argmin(rise))
        column = inverse[:, out] / inverse[out, out]
        stays = np.arange(len(kept)) != out
        left = (left - column * left[out])[stays]
        inverse = (inverse - np.outer(column, inverse[out]))[np.ix_(stays, stays)]
        kept, of_beam = kept[stays], of_beam[stays]
