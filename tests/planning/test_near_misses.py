"""What 3D nearly keeps it is pressed to keep, before a limit is called kept by IMRT alone."""

import numpy as np
import pytest

from isocenter.phantoms.make import phantom_objects
from isocenter.planning.beam.beam_data import load_beam_data
from isocenter.planning.conformal.aperture_search import pressed_from_start
from isocenter.planning.conformal.components import ComponentDoses, offer_components
from isocenter.planning.conformal.near_misses import NEAR_MISS, pressed_on_near_misses
from isocenter.planning.objective.goals import is_lower
from isocenter.planning.optimizing.limits import unmet_goals
from isocenter.planning.optimizing.steering import LITTLE_WORSE, best_of
from isocenter.planning.plans.plan import set_up
from isocenter.planning.task.task import set_task
from isocenter.planning.task.templates import arrangement
from isocenter.terms.chart import Constraint


@pytest.fixture(scope="module")
def lung():
    """A lung whose V20Gy no 3D plan keeps, and a heart that one can spare."""
    goals = (("PTV_60", "D95%", ">=", 60, "Gy"), ("Lung_L", "V20Gy", "<=", 10, "%"), ("Heart", "mean", "<=", 11, "Gy"))
    rows = [Constraint("", *goal) for goal in goals]
    task, _ = set_task(phantom_objects("lung"), rows, load_beam_data(), spacing_mm=10.0)
    around = arrangement("conformal", "lung")
    fine, _ = set_up(task, around, rings=3)
    organs = [row.structure for row in rows if not is_lower(row)]
    offered = offer_components(task.patient, fine.matrix, task.levels, organs, around, task.choices)
    model, start = ComponentDoses(fine.matrix, offered), np.full(len(offered), 0.02)
    trial = best_of(pressed_from_start(task, fine.objective, model, start, {}))
    return task, fine.objective, model, trial


def dose_of(objective, model, trial):
    return objective.on_every_voxel(model.dose(trial.optimum.weights))


def test_a_goal_that_is_nearly_kept_is_kept_where_another_is_out_of_reach(lung):
    task, objective, model, trial = lung
    dose = dose_of(objective, model, trial)
    missed = {goal.structure: excess for goal, excess in unmet_goals(task, dose, {}).items()}
    assert missed["Lung_L"] > NEAR_MISS and 0 < missed["Heart"] < NEAR_MISS
    pressed = pressed_on_near_misses(task, model, trial, {}, dose)
    assert [goal.structure for goal in unmet_goals(task, dose_of(objective, model, pressed.trial), {})] == ["Lung_L"]
    assert pressed.trial.judged <= trial.judged + LITTLE_WORSE
    assert pressed.trial.keeps_limits >= trial.keeps_limits


def test_it_is_pressed_farther_where_the_collapsed_cone_says_more_than_the_model(lung):
    task, objective, model, trial = lung
    dose = dose_of(objective, model, trial)
    heart = task.patient.voxels["Heart"]
    more = dose.copy()
    more.flat[heart] *= 1.05
    usual, farther = (
        float(dose_of(objective, model, pressed_on_near_misses(task, model, trial, {}, one).trial).flat[heart].mean())
        for one in (dose, more)
    )
    assert farther < usual
    assert farther * 1.05 < 11.0 * 1.02


def test_nothing_is_pressed_on_where_every_goal_is_kept_or_far_off(lung):
    task, objective, model, trial = lung
    dose = dose_of(objective, model, trial)
    dose.flat[task.patient.voxels["Heart"]] *= 0.5
    pressed = pressed_on_near_misses(task, model, trial, {}, dose)
    assert pressed.trial is None and pressed.evaluations == 0
