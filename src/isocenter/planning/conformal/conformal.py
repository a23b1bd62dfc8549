"""The fair 3D conformal plan: what a clinic offers, weighted by the objective and under the limits of IMRT."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isocenter.errors import UnreadableInput
from isocenter.planning.conformal.aperture_search import asked, pressed_from_start, search_apertures
from isocenter.planning.conformal.components import Component, ComponentDoses, offer_components
from isocenter.planning.conformal.near_misses import pressed_on_near_misses
from isocenter.planning.dose.delivery import Opening, by_field, deliver_fluence, edges_of, field_of, openings_of
from isocenter.planning.dose.dose import beam_dose
from isocenter.planning.dose.influence import InfluenceMatrix
from isocenter.planning.objective.goals import Ratios
from isocenter.planning.optimizing.limits import exact_to_voxels, hard_limits, judged, unmet_goals
from isocenter.planning.optimizing.optimize import Optimum
from isocenter.planning.optimizing.steering import LITTLE_WORSE, Progress, best_of
from isocenter.planning.plans.plan import FIRST_FLUENCE, ComputedPlan, Offered, normalized, set_up, with_dose
from isocenter.planning.task.task import Task
from isocenter.planning.task.templates import Arrangement
from isocenter.terms.imaging import Beam, FloatArray

Float32Array = NDArray[np.float32]


MOST_DOSES = 2  # of what is kept, by collapsed cone
SURPRISE = 0.01  # more than that worse by the collapsed cone than by the table, and the table follows it once more


@dataclass(frozen=True, eq=False)
class Delivered:
    """What openings of unit weights give by collapsed cone, what that is judged by, and how many goals it misses.

    at_point_gy: what each beam gives the point of the task.
    """

    dose_gy: Float32Array
    openings: Sequence[Opening]
    at_point_gy: dict[int, float]
    objective: float
    judged: float
    unmet: int


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

    def openings(components: Sequence[Component], weights: FloatArray) -> list[Opening]:
        shapes = [
            Opening(c.beam, *edges_of(c.is_open), float(w), c.wedge, c.label, c.transmitted)
            for c, w in zip(components, weights, strict=True)
            if w > 0
        ]
        return openings_of(shapes, matrix.beams, task.beam)

    def delivered(components: Sequence[Component], found: Optimum) -> tuple[Delivered, Ratios]:
        made = openings(components, found.weights)
        dose, at_point_gy = _dose_of_openings(task, matrix, made)
        ratios = exact_to_voxels(task, dose)
        missed = judged(task, dose, ratios), len(unmet_goals(task, dose, ratios))
        return Delivered(dose, made, at_point_gy, found.value, *missed), ratios

    # All that is offered shows how the collapsed cone differs from the pencil beam before any of it is left out.
    whole = ComponentDoses(coarse.matrix, offered)
    start = np.full(len(offered), FIRST_FLUENCE / max(1, len(offered) // len(matrix.beams)))
    of_limits: Ratios = dict.fromkeys(hard_limits(task), 1.0)
    trials = pressed_from_start(task, coarse.objective, whole, start, of_limits)
    evaluations, found = asked(trials), best_of(trials).optimum
    dose, _ = _dose_of_openings(task, matrix, openings(offered, found.weights))
    ratios: Ratios = exact_to_voxels(task, dose)
    matrix.follow(dose.ravel()[matrix.rows], whole.as_bixels(found.weights))
    whole.follow(dose.ravel()[coarse.matrix.rows], found.weights)
    progress(f"objective {found.value:.0f} after {evaluations} evaluations, all apertures offered")
    chosen = search_apertures(task, coarse.objective, whole, start, ratios)
    progress(f"{len(chosen.components)} of {len(offered)} apertures kept")
    evaluations += chosen.evaluations
    best: Delivered | None = None
    for _ in range(MOST_DOSES):
        model = ComponentDoses(matrix, chosen.components)
        trials = [
            trial
            for begun in (objective.pressed_as(chosen.trial.objective), objective)
            for trial in pressed_from_start(task, begun, model, chosen.trial.optimum.weights, ratios)
        ]
        found, expected = best_of(trials).optimum, best_of(trials).judged
        evaluations += asked(trials)
        latest, ratios = delivered(chosen.components, found)
        progress(f"objective {found.value:.0f} after {evaluations} evaluations")
        best = latest if best is None or latest.judged < best.judged else best
        if latest.judged <= expected + SURPRISE:
            break
        model.follow(latest.dose_gy.ravel()[matrix.rows], found.weights)
    assert best is not None
    model.follow(latest.dose_gy.ravel()[matrix.rows], found.weights)
    pressed = pressed_on_near_misses(task, model, best_of(trials), ratios, latest.dose_gy)
    evaluations += pressed.evaluations
    if pressed.trial is not None:
        progress("pressed on goals that are nearly kept")
        latest, _ = delivered(chosen.components, pressed.trial.optimum)
        if latest.unmet < best.unmet and latest.judged <= best.judged + LITTLE_WORSE:
            best = latest
    plan = ComputedPlan(
        technique="conformal",
        arrangement=arrangement,
        dose_gy=best.dose_gy,
        fields=tuple(_dosed_fields(task, matrix, best)),
        openings=tuple(best.openings),
        objective=best.objective,
        evaluations=evaluations,
        judged=best.judged,
        offered=tuple(Offered(c.beam, c.label, c.wedge) for c in offered),
        delivery="static",
    )
    return normalized(task, plan)


def _dosed_fields(task: Task, matrix: InfluenceMatrix, made: Delivered) -> list[tuple[int, Beam]]:
    """The fields, one for each beam and wedge, with the dose that each gives the point of the task."""
    fields = by_field(made.openings)
    of_beam = Counter(number for number, _ in fields)
    dosed = []
    for number, own in fields:
        at_point_gy = made.at_point_gy if of_beam[number] == 1 else _dose_of_openings(task, matrix, own)[1]
        dosed.append((number, with_dose(task, field_of(own, matrix.beams[number]), at_point_gy[number])))
    return dosed


def _dose_of_openings(
    task: Task, matrix: InfluenceMatrix, openings: Sequence[Opening]
) -> tuple[Float32Array, dict[int, float]]:
    """The dose of openings of the 3D conformal plan, with their wedges, and what each beam gives the task's point."""
    total, at_point_gy = np.zeros(task.patient.density.shape, np.float32), {}
    for number, (fan, bixels) in enumerate(zip(matrix.fans, matrix.beams, strict=True)):
        own = [opening for opening in openings if opening.beam == number]
        if own:
            dose = beam_dose(fan, deliver_fluence(bixels, own, task.beam), task.beam)
            at_point_gy[number] = float(dose.flat[task.dose_voxel])
            total += dose
    return total, at_point_gy
