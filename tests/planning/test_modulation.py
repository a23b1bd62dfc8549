"""IMRT spares an organ in the concavity of its target, and goals of organs are judged as the comparison judges them."""

import numpy as np

from isocenter.phantoms.make import phantom_objects
from isocenter.planning.beam_data import load_beam_data
from isocenter.planning.imrt import smoothness_of
from isocenter.planning.limits import by_histogram, by_voxels, covering, exact_to_voxels, unmet_goals
from isocenter.planning.optimize import lower
from isocenter.planning.plan import FIRST_FLUENCE, set_up
from isocenter.planning.task import set_task
from isocenter.planning.templates import arrangement
from isocenter.terms.chart import Constraint

GOALS = [Constraint("", "PTV_50", "D95%", ">=", 50, "Gy"), Constraint("", "Core", "D10%", "<=", 25, "Gy")]


def test_smooth_fluence_spares_the_core_of_a_c_shape():
    task, _ = set_task(phantom_objects("c_shape"), GOALS, load_beam_data(), spacing_mm=8.0)
    _, coarse = set_up(task, arrangement("imrt", "any"), rings=1)
    matrix, objective = coarse.matrix, coarse.objective
    start = np.full(matrix.bixels, FIRST_FLUENCE)
    found = lower(objective, matrix, start, 40, smoothness_of(matrix))
    dose = objective.on_every_voxel(matrix.dose(found.weights))
    core = dose[task.patient.voxels["Core"]] * covering(task, dose)
    assert np.percentile(core, 90) < 30  # 46 Gy where the fluence is smoothed a hundred times as strongly


def test_goals_of_volumes_and_doses_are_judged_by_the_exact_histogram():
    rows = [*GOALS, Constraint("", "Core", "V20Gy", "<=", 30, "%"), Constraint("", "Core", "mean", "<=", 20, "Gy")]
    task, _ = set_task(phantom_objects("c_shape"), rows, load_beam_data(), spacing_mm=8.0)
    dose = np.zeros(task.patient.density.shape, np.float32) + np.linspace(0, 60, len(task.patient.x_mm), dtype="f4")
    organs = [goal for goal in task.goals if goal.structure == "Core"]
    exact, ratios = by_histogram(task, dose, organs), exact_to_voxels(task, dose)
    for goal in organs:
        assert abs(exact[goal] - by_voxels(task, dose, goal)) < 0.1 * exact[goal]  # a dose in Gy, of a volume too
        assert by_voxels(task, dose, goal) * ratios[goal] >= exact[goal] - 1e-3
    unmet = unmet_goals(task, dose, ratios)
    assert unmet.keys() >= unmet_goals(task, dose, {}).keys() and max(ratios.values()) > 1
