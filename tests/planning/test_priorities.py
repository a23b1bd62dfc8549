"""What comes first where not everything can be had: hard limits, then targets, then all other goals."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from isocenter.planning.beam.beam_data import load_beam_data
from isocenter.planning.objective.goals import understand
from isocenter.planning.objective.objective import Objective, Penalty, Sample, build_objective
from isocenter.planning.optimizing.limits import covering, exact_normalization, missed, normalization
from isocenter.planning.optimizing.optimize import BeamOn, lower
from isocenter.planning.optimizing.steering import Trial, best_of, keeping, lower_by_steps, pressed
from isocenter.planning.patient.patient import PlanningPatient
from isocenter.planning.task.task import Task
from isocenter.terms.chart import Constraint

ROWS = np.arange(40)
SHARES = np.full(40, 1 / 40, np.float32)
CORD = understand(Constraint("", "Cord", "max", "<=", 45, "Gy"), 60.0, 20.0)
MANDIBLE = understand(Constraint("", "Mandible", "max", "<=", 45, "Gy"), 60.0, 20.0)
LUNG = understand(Constraint("", "Lung", "mean", "<=", 20, "Gy"), 60.0, 20.0)


def test_a_broken_limit_is_pressed_more_than_a_target_and_a_target_more_than_a_goal():
    penalties = (
        Penalty("over", ROWS, SHARES, 45.0, 10.0, goal=CORD),
        Penalty("under", ROWS, SHARES, 60.0, 10.0, target="PTV"),
        Penalty("over", ROWS, SHARES, 63.0, 10.0, target="PTV"),
        Penalty("mean", ROWS, SHARES, 20.0, 10.0, goal=LUNG),
    )
    pressed = Objective(ROWS, penalties).pressing([CORD], 4.0, ["PTV"], 2.0)
    assert [p.importance for p in pressed.penalties] == [40.0, 20.0, 20.0, 10.0]


def test_a_limit_is_aimed_lower_by_what_the_exact_histogram_shows_above_the_voxels():
    objective = Objective(ROWS, (Penalty("over", ROWS, SHARES, 42.0, 10.0, goal=CORD),))
    (aimed,) = objective.aiming({CORD: 1.2}).penalties
    assert float(aimed.dose_gy) == pytest.approx(35.0)
    assert objective.aiming({}).penalties[0].dose_gy == 42.0


def test_where_an_organ_overlaps_the_target_its_limit_leaves_no_room_below_it():
    axis = 3.0 * np.arange(8)
    voxels = {"PTV": np.arange(100, 200), "Cord": np.arange(180, 240)}
    patient = PlanningPatient(np.ones((8, 8, 8), np.float32), axis, axis, axis, np.arange(512), voxels)
    rows = np.arange(512)
    made = build_objective(patient, Sample(rows, np.ones(512, np.float32), rows), {"PTV": 60.0}, [CORD], ["Cord"])
    limit = next(p for p in made.penalties if p.goal is CORD)
    aims = np.asarray(limit.dose_gy)
    assert aims[limit.rows < 200] == pytest.approx(45.0)
    assert aims[limit.rows >= 200] == pytest.approx(0.95 * 45.0)


def test_a_limit_above_the_dose_of_the_target_that_the_organ_reaches_into_leaves_room_for_delivery():
    axis = 3.0 * np.arange(8)
    voxels = {"PTV": np.arange(100, 200), "Mandible": np.arange(180, 240)}
    patient = PlanningPatient(np.ones((8, 8, 8), np.float32), axis, axis, axis, np.arange(512), voxels)
    rows = np.arange(512)
    goal = understand(Constraint("", "Mandible", "max", "<=", 73.5, "Gy"), 70.0, 20.0)
    made = build_objective(patient, Sample(rows, np.ones(512, np.float32), rows), {"PTV": 70.0}, [goal], ["Mandible"])
    limit = next(p for p in made.penalties if p.goal is goal)
    aims = np.asarray(limit.dose_gy)
    assert np.all(aims[limit.rows < 200] < 73.5 - 1) and np.all(aims[limit.rows < 200] > 70.0)
    assert aims[limit.rows >= 200] == pytest.approx(0.95 * 73.5)


class TwoParts:
    """A model of two weights: one part reaches the whole target, the other all but the cord in it."""

    def __init__(self, rows, cord):
        self.table = np.stack([np.ones(rows), np.where(np.isin(np.arange(rows), cord), 0.05, 1.0)], 1).astype("f4")

    def bounds(self):
        return np.zeros(2), np.full(2, np.inf)

    def dose(self, weights):
        return (self.table @ weights).astype(np.float32)

    def transposed(self, by_row, _weights):
        return np.asarray(by_row @ self.table, np.float64)


@pytest.mark.parametrize("limit_gy", [45.0, 20.0, 2.0])
def test_pressing_on_a_limit_that_cannot_be_kept_makes_no_plan_worse(limit_gy):
    axis = 3.0 * np.arange(8)
    cord = np.arange(180, 200)
    patient = PlanningPatient(
        np.ones((8, 8, 8), np.float32), axis, axis, axis, np.arange(512), {"PTV": np.arange(100, 200), "Cord": cord}
    )
    goal = understand(Constraint("", "Cord", "max", "<=", limit_gy, "Gy"), 60.0, 20.0)
    task = Task(patient, load_beam_data(), {}, {"PTV": 60.0}, 30, (goal,), (goal.constraint,), np.zeros(3), ("Cord",))
    rows = np.arange(512)
    objective = build_objective(patient, Sample(rows, np.ones(512, np.float32), rows), {"PTV": 60.0}, [goal], ["Cord"])
    model, ratios = TwoParts(512, cord), {goal: 1.0}
    start = lower(objective, model, np.array([1.0, 1.0]), 50)
    _, kept = pressed(task, objective, model, start, ratios, lambda o, w: lower(o, model, w, 50))
    assert missed(task, model.dose(kept.weights), ratios) <= missed(task, model.dose(start.weights), ratios) + 1e-6


def lung_beside_a_target():
    """A task, its objective, and a model with one part that heats the lung and one that makes the target less even."""
    axis = 3.0 * np.arange(8)
    goal = understand(Constraint("", "Lung", "mean", "<=", 12, "Gy"), 60.0, 20.0)
    target, lung = np.arange(100, 200), np.arange(300, 400)
    voxels = {"PTV": target, "Lung": lung}
    patient = PlanningPatient(np.ones((8, 8, 8), np.float32), axis, axis, axis, np.arange(512), voxels)
    task = Task(patient, load_beam_data(), {}, {"PTV": 60.0}, 30, (goal,), (goal.constraint,), np.zeros(3), ("Lung",))
    rows = np.arange(512)
    even = np.full(100, 0.01, np.float32)
    objective = Objective(
        rows,
        (
            Penalty("under", target, even, 60.9, 900.0, target="PTV"),
            Penalty("over", target, even, 61.8, 450.0, target="PTV"),
            Penalty("mean", lung, even, 11.0, 0.5, goal=goal),
        ),
        rows,
    )
    model = TwoParts(512, lung)  # one part heats the lung as much as the target, the other hardly
    model.table[target[:50], 1] = 0.93  # but it is less even in the target
    return task, objective, model, lung


def test_where_limits_are_kept_goals_that_are_not_met_are_pressed_on():
    task, objective, model, lung = lung_beside_a_target()
    start = lower(objective, model, np.array([1.0, 0.0]), 50)
    lowered, kept = pressed(task, objective, model, start, {}, lambda o, w: lower(o, model, w, 50))
    before, after = (model.dose(found.weights) for found in (start, kept))
    assert lowered.penalties[2].importance > 0.5
    assert after[lung].mean() < 0.8 * before[lung].mean()
    assert missed(task, after, {}) <= missed(task, before, {}) + 1e-3


@pytest.mark.parametrize(("pressure", "asked"), [(40.0, ["frugal"]), (1.0, ["frugal"] * 3 + ["free"])])
def test_monitor_units_are_saved_only_as_far_as_no_goal_is_lost_that_fluence_kept(pressure, asked):
    task, objective, model, lung = lung_beside_a_target()
    objective = objective.pressing(task.goals, pressure, (), 1.0)
    cost = BeamOn(np.array([0.02, 0.05]), 1.3, 300.0)  # the part that spares the lung takes more monitor units
    start = lower(objective, model, np.array([50.0, 10.0]), 50, cost)
    steps = {"frugal": partial(lower_by_steps, model, 50, cost), "free": partial(lower_by_steps, model, 50, None)}
    taken = []

    def step(name):
        return lambda objective, weights: taken.append(name) or steps[name](objective, weights)

    every = [step(name) for name in ("frugal", "frugal", "frugal", "free")]
    wanted = np.zeros(512, np.float32)
    wanted[task.patient.voxels["PTV"]], wanted[lung] = 60.0, 13.0
    _, same = keeping(task, objective, model, start, {}, every, wanted)
    assert taken == []  # a goal that fluence misses as well costs no monitor units
    assert (same.weights == start.weights).all()

    wanted[lung] = 11.0
    _, kept = keeping(task, objective, model, start, {}, every, wanted)
    before, after = (
        dose[lung].mean() * covering(task, dose) for dose in map(model.dose, (start.weights, kept.weights))
    )
    assert before > 12 >= after
    assert taken == asked


@pytest.mark.parametrize(("goal", "is_kept"), [(CORD, True), (MANDIBLE, False)])
def test_a_limit_of_the_cord_comes_before_coverage_and_one_of_bone_does_not(goal, is_kept):
    axis = 3.0 * np.arange(8)
    organ = np.arange(180, 200)
    patient = PlanningPatient(
        np.ones((8, 8, 8), np.float32),
        axis,
        axis,
        axis,
        np.arange(512),
        {"PTV": np.arange(100, 180), goal.structure: organ},
    )
    task = Task(patient, load_beam_data(), {}, {"PTV": 60.0}, 30, (goal,), (goal.constraint,), np.zeros(3), ())
    dose = np.full((8, 8, 8), 30.0, np.float32)  # half of what is prescribed, to the organ as to the target
    assert covering(task, dose) == pytest.approx(2.0)
    wanted = 1.5 if is_kept else 2.0
    assert normalization(task, dose, {goal: 1.0}) == pytest.approx(wanted)
    made = exact_normalization(task, dose)
    assert (made.scale, made.short_by) == pytest.approx((wanted, 2.0 / wanted), rel=1e-3)


@pytest.mark.parametrize(
    ("cord_gy", "mandible_gy", "short_by", "kept_too"),
    [
        (60.0, 45.0 * 4 / 3 * 1.01, 4 / 3 * 1.01, (MANDIBLE,)),  # coverage is short for the cord: 1 % less keeps both
        (60.0, 45.0 * 4 / 3 * 1.03, 4 / 3, ()),  # 3 % more of coverage is too much for bone
        (45.3, 45.3 * 1.005, 45.3 / 45.0 * 1.005, (MANDIBLE,)),
        (45.3, 45.3 * 1.012, 45.3 / 45.0, ()),  # no more than the cord costs
        (30.0, 45.4, 1.0, ()),  # coverage is not short, and comes before bone
    ],
)
def test_where_coverage_is_short_a_limit_that_a_little_less_keeps_is_kept_too(cord_gy, mandible_gy, short_by, kept_too):
    axis = 3.0 * np.arange(8)
    voxels = {"PTV": np.arange(100, 180), "Cord": np.arange(180, 200), "Mandible": np.arange(200, 220)}
    patient = PlanningPatient(np.ones((8, 8, 8), np.float32), axis, axis, axis, np.arange(512), voxels)
    first = understand(Constraint("", "SpinalCord", "max", "<=", 45, "Gy"), 60.0, 20.0)
    cord = replace(first, structure="Cord")
    goals = (cord, MANDIBLE)
    task = Task(patient, load_beam_data(), {}, {"PTV": 60.0}, 30, goals, (), np.zeros(3), ())
    dose = np.zeros(512, np.float32)
    for name, dose_gy in (("PTV", 60.0), ("Cord", cord_gy), ("Mandible", mandible_gy)):
        dose[voxels[name]] = dose_gy
    made = exact_normalization(task, dose.reshape(8, 8, 8))
    assert made.short_by == pytest.approx(short_by, rel=5e-4)
    assert made.kept_too == kept_too
    assert all(dose_gy <= 45.0 for dose_gy in (cord_gy * made.scale, *([mandible_gy * made.scale] * len(kept_too))))


def test_limits_of_cord_brainstem_and_optic_pathway_come_before_coverage():
    def comes_first(name, metric="max", limit=45.0):
        return understand(Constraint("", name, metric, "<=", limit, "Gy"), 60.0, 20.0).comes_first

    assert all(map(comes_first, ("Spinal Cord", "SpinalCord_PRV05", "Brainstem", "Chiasm", "OpticNrv_L", "Cauda")))
    assert not any(map(comes_first, ("Mandible", "Parotid_L", "Heart", "PTV_60")))
    assert comes_first("Cord", "D0.03cc") and not comes_first("Cord", "mean")


def test_a_limit_that_only_half_the_dose_would_keep_is_not_kept_at_the_cost_of_the_target():
    axis = 3.0 * np.arange(8)
    goal = understand(Constraint("", "Cord", "max", "<=", 20, "Gy"), 60.0, 20.0)
    voxels = {"PTV": np.arange(100, 180), "Cord": np.arange(180, 200)}
    patient = PlanningPatient(np.ones((8, 8, 8), np.float32), axis, axis, axis, np.arange(512), voxels)
    task = Task(patient, load_beam_data(), {}, {"PTV": 60.0}, 30, (goal,), (goal.constraint,), np.zeros(3), ())
    assert normalization(task, np.full((8, 8, 8), 30.0, np.float32), {goal: 1.0}) == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("plans", "taken"),
    [
        ([(0.021, False), (0.024, True)], 1),  # little worse, and it keeps the limits
        ([(0.021, False), (0.24, True)], 0),  # much worse
        ([(0.021, True), (0.020, False), (0.015, True)], 2),
        ([(0.03, False), (0.02, False), (0.02, False)], 1),
    ],
)
def test_a_plan_that_keeps_every_hard_limit_goes_before_one_that_is_little_better_and_breaks_one(plans, taken):
    trials = [Trial(None, None, by, keeps_limits=keeps) for by, keeps in plans]
    assert best_of(trials) is trials[taken]
