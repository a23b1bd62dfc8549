"""Penalties: their derivative, what they spare, and hard limits pressed."""

import numpy as np
import pytest

from isocenter.planning.objective.goals import understand
from isocenter.planning.objective.objective import Objective, Penalty, choose_rows
from isocenter.planning.optimizing.optimize import lower, lower_on_table
from isocenter.planning.patient.patient import PlanningPatient
from isocenter.terms.chart import Constraint

ROWS = np.arange(40)
SHARES = np.full(40, 1 / 40, np.float32)


@pytest.mark.parametrize("kind", ["over", "under", "mean", "share"])
def test_the_derivative_is_that_of_the_value(kind):
    rng = np.random.default_rng(3)
    dose = rng.uniform(10, 50, 40).astype(np.float32)
    objective = Objective(ROWS, (Penalty(kind, ROWS, SHARES, 25.0, 8.0, share=0.3),))
    value, slope = objective.value(dose)
    assert value > 0
    for k in (0, 7, 23):
        moved = dose.copy()
        moved[k] += 0.01
        assert (objective.value(moved)[0] - value) / 0.01 == pytest.approx(float(slope[k]), abs=2e-2)


def test_what_an_allowed_share_receives_costs_nothing():
    dose = np.where(ROWS < 12, 60, 10).astype(np.float32)
    spared = Penalty("share", ROWS, SHARES, 20.0, 1.0, share=0.3)
    assert Objective(ROWS, (spared,)).value(dose)[0] == 0
    dose[12:16] = 30
    assert Objective(ROWS, (spared,)).value(dose)[0] == pytest.approx(4 / 40 * 10**2)


def test_only_the_broken_goals_are_pressed():
    cord = understand(Constraint("", "Cord", "max", "<=", 45, "Gy"), 60.0, 20.0)
    lung = understand(Constraint("", "Lung", "mean", "<=", 20, "Gy"), 60.0, 20.0)
    penalties = (
        Penalty("over", ROWS, SHARES, 45.0, 10.0, goal=cord),
        Penalty("mean", ROWS, SHARES, 20.0, 5.0, goal=lung),
    )
    pressed = Objective(ROWS, penalties).pressing([cord], 4.0, [], 2.0)
    assert [p.importance for p in pressed.penalties] == [40.0, 5.0]


class Table:
    def __init__(self, table):
        self.table = table

    def bounds(self):
        return np.zeros(self.table.shape[1]), np.full(self.table.shape[1], np.inf)

    def dose(self, weights):
        return (self.table @ weights).astype(np.float32)

    def transposed(self, by_row, _weights):
        return np.asarray(by_row @ self.table, np.float64)


@pytest.mark.parametrize("seed", range(5))
def test_newtons_steps_end_where_nothing_lowers_the_objective(seed):
    rng = np.random.default_rng(seed)
    model = Table(rng.uniform(0, 1, (40, 12)).astype(np.float32))
    target, organ = ROWS[:20], ROWS[20:]
    half = np.full(20, 1 / 20, np.float32)
    objective = Objective(
        ROWS,
        (
            Penalty("under", target, half, 60.0, 9.0),
            Penalty("over", target, half, 62.0, 4.0),
            Penalty("over", organ, half, 45.0, 1.0),
            Penalty("mean", organ, half, 20.0, 0.5),
        ),
    )
    found = lower_on_table(objective, model, np.full(12, 5.0))
    value, by_row = objective.value(model.dose(found.weights))
    slope = model.transposed(by_row, found.weights)
    assert value == pytest.approx(found.value)
    scale = np.abs(by_row).sum()
    assert (slope > -1e-3 * scale).all()  # more of nothing lowers it, and less of what is used does not
    assert np.abs(slope[found.weights > 1e-6]).max() < 1e-3 * scale
    assert found.value <= lower(objective, model, np.full(12, 5.0), 500).value * 1.001
    assert found.evaluations < 40


def test_a_sample_keeps_volumes_and_every_voxel_of_what_is_limited_near_its_maximum():
    axis = 3.0 * np.arange(40)
    in_box = np.zeros((40, 40, 40), bool)
    in_box[5:30, 5:30, 5:30] = True
    target, cord = np.flatnonzero(in_box), np.arange(40) + 40 * 34 + 1600 * 20
    body = np.arange(64000)
    patient = PlanningPatient(np.ones((40, 40, 40), np.float32), axis, axis, axis, body, {"PTV": target, "Cord": cord})
    sample = choose_rows(patient, target, ["Cord"], ["Cord"], is_coarse=True)
    fine = choose_rows(patient, target, ["Cord"], ["Cord"], is_coarse=False)
    assert np.isin(target, fine.rows).all() and np.isin(sample.rows, fine.rows).all()
    is_target, is_cord = np.isin(sample.rows, target), np.isin(sample.rows, cord)
    assert is_cord.sum() == len(cord) and (sample.counts[is_cord] == 1).all()
    assert sample.counts[is_target].sum() == pytest.approx(len(target), rel=0.01)
    assert sample.counts.sum() == pytest.approx(len(body), rel=0.01)
    assert len(sample.rows) < len(body) / 4
    assert np.array_equal(sample.row_of_voxel[sample.rows], np.arange(len(sample.rows)))
    assert is_target[sample.row_of_voxel[target]].all()  # what stands for a target's voxel is of the target
    distance = np.abs(patient.points_mm(sample.rows[sample.row_of_voxel[target]]) - patient.points_mm(target)).max()
    assert distance <= 9.0
