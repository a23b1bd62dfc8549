"""The fair 3D conformal plan: what a clinic offers, weighted by the objective and under the limits of IMRT."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from isocenter.errors import UnreadableInput
from isocenter.planning.components import Component, ComponentDoses, choose_few, offer_components
from isocenter.planning.delivery import Opening, deliver_fluence, edges_of, fields_of, openings_of
from isocenter.planning.dose import beam_dose
from isocenter.planning.goals import Goal
from isocenter.planning.influence import InfluenceMatrix
from isocenter.planning.limits import exact_to_voxels, hard_limits
from isocenter.planning.objective import Objective
from isocenter.planning.optimize import Optimum, lower_on_table
from isocenter.planning.plan import FIRST_FLUENCE, ComputedPlan, Sampled, normalized, set_up
from isocenter.planning.steering import CORRECTIONS, Pressure, Progress, pressed
from isocenter.planning.task import Task
from isocenter.planning.templates import Arrangement
from isocenter.terms.imaging import FloatArray

Float32Array = NDArray[np.float32]

FIRMLY = Pressure(times=5, of_limits=10.0)


def make_conformal(
    task: Task, arrangement: Arrangement, shields: Sequence[str], progress: Progress = lambda _: None
) -> ComputedPlan:
    """The fair 3D conformal plan: components offered as a clinic would, weighted by the same objective and limits."""
    fine, coarse = set_up(task, arrangement, rings=3, progress=progress)
    matrix, objective = fine.matrix, fine.objective
    first_organs = sorted({goal.structure for goal in hard_limits(task) if goal.comes_first} & set(shields))
    offered = offer_components(task.patient, matrix, task.levels, shields, arrangement, task.choices, first_organs)
    if not offered:
        raise UnreadableInput("no aperture of the 3D conformal plan covers the target; it may lie outside the body")
    # Which apertures are kept follows from hard limits too: an aperture off the cord is worth little without pressing
    # on its limit.
    components, found = _few_components(task, coarse, offered)
    model = ComponentDoses(matrix, components)

    def openings(weights: FloatArray) -> list[Opening]:
        shapes = [
            Opening(c.beam, *edges_of(c.is_open), float(w), c.wedge, c.label, c.transmitted)
            for c, w in zip(components, weights, strict=True)
            if w > 0
        ]
        return openings_of(shapes, matrix.beams, task.beam)

    evaluations = found.evaluations
    dose = _dose_of_openings(task, matrix, openings(found.weights))
    progress(f"objective {found.value:.0f} after {evaluations} evaluations")
    for _ in range(CORRECTIONS):
        model.follow(dose.ravel()[matrix.rows], found.weights)
        found = _pressed_from_start(task, objective, model, found.weights, exact_to_voxels(task, dose))
        evaluations += found.evaluations
        dose = _dose_of_openings(task, matrix, openings(found.weights))
        progress(f"objective {found.value:.0f} after {evaluations} evaluations")
    labels = tuple(
        f"gantry {arrangement.gantry_deg[c.beam]:g}: {c.label}{' wedge ' + c.wedge if c.wedge else ''}" for c in offered
    )
    made = openings(found.weights)
    plan = ComputedPlan(
        technique="conformal",
        arrangement=arrangement,
        dose_gy=dose,
        fields=tuple(fields_of(made, matrix.beams)),
        openings=tuple(made),
        objective=found.value,
        evaluations=evaluations,
        offered=labels,
        delivery="static",
    )
    return normalized(task, plan)


def _few_components(
    task: Task, problem: Sampled, offered: Sequence[Component]
) -> tuple[tuple[Component, ...], Optimum]:
    """The components that are worth keeping once limits are pressed on, and their weights."""
    beams = len(problem.matrix.beams)
    weights = np.full(len(offered), FIRST_FLUENCE / max(1, len(offered) // beams))
    even, most = dict.fromkeys(hard_limits(task), 1.0), task.choices.apertures_per_field
    model, evaluations = ComponentDoses(problem.matrix, offered), 0
    for kept in (most + 2, most, None):
        found = _pressed_from_start(task, problem.objective, model, weights, even)
        evaluations += found.evaluations
        if kept is not None:
            chosen = choose_few(model.components, found.weights, beams, kept)
            model, weights = model.only(chosen), found.weights[chosen]
    return model.components, replace(found, evaluations=evaluations)


def _pressed_from_start(
    task: Task,
    objective: Objective,
    model: ComponentDoses,
    weights: FloatArray,
    ratios: Mapping[Goal, float],
) -> Optimum:
    """Weights under limits that are pressed on anew: on a table that is quick."""

    def lower_again(pressed_on: Objective, start: FloatArray) -> Optimum:
        return lower_on_table(pressed_on, model, start)

    found = lower_again(objective.aiming(ratios), weights)
    return pressed(task, objective, model, found, ratios, lower_again, FIRMLY)[1]


def _dose_of_openings(task: Task, matrix: InfluenceMatrix, openings: Sequence[Opening]) -> Float32Array:
    """The dose of openings of the 3D conformal plan, with their wedges."""
    total = np.zeros(task.patient.density.shape, np.float32)
    for number, (fan, bixels) in enumerate(zip(matrix.fans, matrix.beams, strict=True)):
        own = [opening for opening in openings if opening.beam == number]
        if own:
            total += beam_dose(fan, deliver_fluence(bixels, own, task.beam), task.beam)
    return total
