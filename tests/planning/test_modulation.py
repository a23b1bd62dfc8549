"""IMRT spares an organ in the concavity of its target, and goals of organs are judged as the comparison judges them."""

from dataclasses import replace

import numpy as np
import pytest

from isocenter.phantoms.make import phantom_objects
from isocenter.planning.beam.beam_data import load_beam_data
from isocenter.planning.imrt.imrt import smoothness_of
from isocenter.planning.objective.goals import understand
from isocenter.planning.optimizing.limits import (
    Lost,
    by_histogram,
    by_voxels,
    covering,
    exact_normalization,
    exact_to_voxels,
    kept_goals,
    lost_in,
    unmet_goals,
)
from isocenter.planning.optimizing.optimize import lower
from isocenter.planning.plans.plan import FIRST_FLUENCE, set_up
from isocenter.planning.task.task import set_task
from isocenter.planning.task.templates import arrangement
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


def test_coverage_is_judged_by_the_exact_histogram_as_plans_are_normalized():
    task, _ = set_task(phantom_objects("c_shape"), GOALS, load_beam_data(), spacing_mm=8.0)
    patient = task.patient
    dose = (
        np.zeros(patient.density.shape, np.float32)
        + 50
        - np.linspace(20, 0, len(patient.z_mm), dtype="f4")[:, None, None]
    )
    ratios, exact = exact_to_voxels(task, dose), exact_normalization(task, dose).scale
    assert abs(ratios["PTV_50"] - 1) > 0.001  # ends of the target between the planes of a coarse grid
    assert covering(task, dose, ratios) == pytest.approx(exact, rel=1e-3)
    assert covering(task, dose) != pytest.approx(exact, rel=1e-3)
    least = dose * np.float32(exact * 1.0003)
    assert "PTV_50" in kept_goals(task, least, ratios)


@pytest.mark.parametrize(
    ("core_gy", "target_gy", "lost"), [(20, 50, set()), (30, 50, {"Core"}), (24, 46, {"Core"}), (30, 61, set())]
)
def test_what_delivery_loses_is_judged_at_the_coverage_that_both_doses_are_given(core_gy, target_gy, lost):
    task, _ = set_task(phantom_objects("c_shape"), GOALS, load_beam_data(), spacing_mm=8.0)
    by_its_voxels = replace(task, structures={})

    def dose_of(core_gy, target_gy):
        dose = np.zeros(task.patient.density.shape, np.float32)
        for name, dose_gy in (("Core", core_gy), ("PTV_50", target_gy)):
            dose.flat[task.patient.voxels[name]] = dose_gy
        return dose

    found = lost_in(by_its_voxels, dose_of(20.0, 50.0), dose_of(core_gy, target_gy))
    assert {goal.structure for goal in found.goals} == lost
    assert found.order[:2] == (0, len(lost))


def test_of_two_deliveries_the_one_that_breaks_fewer_hard_limits_is_taken_though_the_fluence_broke_them_too():
    limit = understand(Constraint("", "SpinalCord", "max", "<=", 45, "Gy"), 50.0, 20.0)
    breaking, losing = Lost(frozenset(), (limit,), 1.0, 0.001), Lost(frozenset({"PTV_50"}), (), 1.02, 0.003)
    assert min(breaking, losing, key=lambda one: one.order) is losing


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
