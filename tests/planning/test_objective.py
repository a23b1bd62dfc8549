"""Penalties: their derivative, what they spare, and hard limits pressed."""

import numpy as np
import pytest

from isocenter.planning.goals import understand
from isocenter.planning.objective import Objective, Penalty
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
