"""Goals, doses and fractions that planning names, leaves out or refuses before it makes a plan."""

import re
from dataclasses import replace

import numpy as np
import pytest

from isocenter.errors import UnreadableInput
from isocenter.phantoms.make import phantom_objects
from isocenter.planning.beam.beam_data import load_beam_data
from isocenter.planning.plans.comparison import compare, dose_grid
from isocenter.planning.task.task import set_task
from isocenter.terms.chart import Constraint
from tests.planning.set_ups import PTV_AND_DOSE, with_structures


def test_goals_that_contradict_each_other_are_named():
    rows = [
        Constraint("", "PTV_78", "D95%", ">=", 78, "Gy"),
        Constraint("", "PTV_78", "max", "<=", 70, "Gy"),
        Constraint("", "Rectum", "mean", "<=", 40, "Gy"),
    ]
    _, problems = set_task(phantom_objects("prostate"), rows, load_beam_data(), spacing_mm=6.0)
    assert [p.place for p in problems] == ["goal PTV_78 D95%"]
    assert "contradicts max <= 70 Gy" in problems[0].sentence


@pytest.mark.parametrize(
    ("low", "high", "is_named"),
    [
        (("D95%", 78), ("mean", 74), True),  # 95 % of the volume at 78 Gy make a mean of 74.1 Gy
        (("D95%", 78), ("mean", 74.2), False),
        (("mean", 60), ("max", 59), True),
        (("mean", 60), ("max", 61), False),
        (("mean", 60), ("D2%", 50), False),  # the hottest 2 % may be as hot as they like
        (("mean", 60), ("mean", 50), True),
    ],
)
def test_a_mean_contradicts_what_no_dose_can_give_with_it(low, high, is_named):
    rows = [
        Constraint("", "PTV_78", "D95%", ">=", 50, "Gy"),
        Constraint("", "PTV_78", low[0], ">=", low[1], "Gy"),
        Constraint("", "PTV_78", high[0], "<=", high[1], "Gy"),
    ]
    _, problems = set_task(phantom_objects("prostate"), rows, load_beam_data(), spacing_mm=10.0)
    assert any(f"contradicts {high[0]} <= {high[1]:g} Gy" in p.sentence for p in problems) == is_named


@pytest.mark.parametrize(("least_percent", "is_named"), [(30, True), (20, False)])
def test_two_shares_of_a_volume_at_one_dose_contradict_each_other(least_percent, is_named):
    rows = [
        PTV_AND_DOSE[0],
        Constraint("", "Rectum", "V70Gy", "<=", 20, "%"),
        Constraint("", "Rectum", "V70Gy", ">=", least_percent, "%"),
        Constraint("", "PTV_78", "max", "<=", 78, "Gy"),  # an even dose of 78 Gy meets it
    ]
    _, problems = set_task(phantom_objects("prostate"), rows, load_beam_data(), spacing_mm=10.0)
    assert [p.place for p in problems if "contradicts" in p.sentence] == ["goal Rectum V70Gy"] * is_named


@pytest.mark.parametrize(("most_percent", "is_named"), [(0, True), (50, True), (95, False), (100, False)])
def test_a_covered_target_contradicts_a_smaller_volume_at_the_same_dose(most_percent, is_named):
    rows = [*PTV_AND_DOSE, Constraint("", "PTV_78", "V78Gy", "<=", most_percent, "%")]
    _, problems = set_task(phantom_objects("prostate"), rows, load_beam_data(), spacing_mm=10.0)
    assert [p.place for p in problems if "contradicts V78Gy" in p.sentence] == ["goal PTV_78 D95%"] * is_named


@pytest.mark.parametrize(("metric", "dose_gy", "is_named"), [("min", 74, True), ("D95%", 78, False)])
def test_goals_of_another_dose_than_the_clinics_plan_prescribes_are_named(metric, dose_gy, is_named):
    rows = [Constraint("", "PTV_78", metric, ">=", dose_gy, "Gy")]
    task, problems = set_task(phantom_objects("prostate"), rows, load_beam_data(), spacing_mm=10.0)
    assert task.prescribed_gy == {"PTV_78": dose_gy}
    assert [p.place for p in problems] == ["target PTV_78"] * is_named
    assert all("prescribes 78 Gy, and the goals ask for 74 Gy" in p.sentence for p in problems)


def test_a_prescription_that_is_the_plans_because_a_goal_was_left_out_is_named():
    rows = [Constraint("", "PTV_78", "D95%", ">=", 60, "Sv")]
    task, problems = set_task(phantom_objects("prostate"), rows, load_beam_data(), spacing_mm=10.0)
    assert task.prescribed_gy == {"PTV_78": 78}
    assert [p.place for p in problems] == ["goal PTV_78 D95%", "prescription"]
    assert "PTV_78 78 Gy" in problems[1].sentence


def test_a_limit_that_reaches_into_the_target_is_named():
    rows = [Constraint("", "PTV_78", "D95%", ">=", 78, "Gy"), Constraint("", "PTV_78_core", "max", "<=", 50, "Gy")]
    folder = phantom_objects("prostate")
    target = next(s for s in folder.structure_set.structures if s.name == "PTV_78")
    inner = replace(target, name="Bladder_in", number=99, interpreted_type="ORGAN", contours=target.contours[:4])
    structures = replace(folder.structure_set, structures=(*folder.structure_set.structures, inner))
    rows[1] = rows[1]._replace(structure="Bladder_in")
    _, problems = set_task(replace(folder, structure_set=structures), rows, load_beam_data(), spacing_mm=6.0)
    assert any("both cannot be met there" in p.sentence for p in problems)


def test_goals_come_with_the_structures_they_mean():
    rows = [Constraint("", "ptv 78", "D95%", ">=", 78, "Gy"), Constraint("", "rectum", "mean", "<=", 40, "Gy")]
    task, problems = set_task(phantom_objects("prostate"), rows, load_beam_data(), spacing_mm=6.0)
    assert not problems
    assert task.prescribed_gy == {"PTV_78": 78}
    assert {goal.structure for goal in task.goals} == {"PTV_78", "Rectum"}


@pytest.mark.parametrize("limit", [0.0, 0.3, -78.0, 7800.0])
def test_a_prescription_that_cannot_be_one_is_refused(limit):
    rows = [Constraint("", "PTV_78", "D95%", ">=", 78, "Gy")._replace(limit=limit)]
    folder = replace(phantom_objects("prostate"), plan=None)
    with pytest.raises(UnreadableInput, match=r"expected 0\.5 to 150 Gy|no target has a prescribed dose"):
        set_task(folder, rows, load_beam_data(), spacing_mm=8.0)


@pytest.mark.parametrize("limit", [float("nan"), float("inf"), -1.0])
def test_a_limit_that_is_no_number_leaves_its_goal_out_and_says_so(limit):
    rows = [Constraint("", "PTV_78", "D95%", ">=", 78, "Gy"), Constraint("", "Rectum", "mean", "<=", limit, "Gy")]
    task, problems = set_task(phantom_objects("prostate"), rows, load_beam_data(), spacing_mm=8.0)
    assert [goal.structure for goal in task.goals] == ["PTV_78"]
    assert [p.place for p in problems] == ["goal Rectum mean"]


@pytest.mark.parametrize(("metric", "is_named"), [("D9999cc", True), ("D70cc", True), ("D50cc", False)])
def test_a_dose_of_more_volume_than_a_structure_has_is_named_and_steers_nothing(metric, is_named):
    rows = [PTV_AND_DOSE[0], Constraint("", "Rectum", metric, "<=", 20, "Gy")]  # of 55 cc
    task, problems = set_task(phantom_objects("prostate"), rows, load_beam_data(), spacing_mm=6.0)
    assert [p.place for p in problems] == [f"goal Rectum {metric}"] * is_named
    assert all(
        re.search(r"the dose of \d+ cc, and the structure has 5\d\.\d cc; it does not steer", p.sentence)
        for p in problems
    )
    kept = ["PTV_78", "Rectum"][: 1 if is_named else 2]
    assert [goal.structure for goal in task.goals] == [row.structure for row in task.constraints] == kept


@pytest.mark.parametrize(
    ("dose_gy", "plan_fractions", "fractions", "is_said"),
    [(78.0, None, 39, True), (0.5, None, 1, True), (78.0, 0, 39, True), (78.0, 42, 42, False)],
)
def test_a_number_of_fractions_that_no_plan_states_is_assumed_and_said(dose_gy, plan_fractions, fractions, is_said):
    folder = phantom_objects("prostate")
    plan = None if plan_fractions is None else replace(folder.plan, fractions=plan_fractions)
    rows = [Constraint("", "PTV_78", "D95%", ">=", dose_gy, "Gy")]
    task, problems = set_task(replace(folder, plan=plan), rows, load_beam_data(), spacing_mm=10.0)
    assert task.fractions == fractions
    assert any(p.place == "fractions" and f"; {fractions} of " in p.sentence for p in problems) == is_said


@pytest.mark.parametrize(
    ("metric", "limit", "unit", "prescribed_gy"),
    [("V60Gy", 95, "%", 60.0), ("V6000cGy", 98, "%", 60.0), ("V60Gy", 10, "%", None), ("V95%", 95, "%", None)],
)
def test_most_of_a_target_at_a_dose_is_a_prescription(metric, limit, unit, prescribed_gy):
    folder = replace(phantom_objects("prostate"), plan=None)
    rows = [Constraint("", "PTV_78", metric, ">=", limit, unit)]
    if prescribed_gy is None:
        with pytest.raises(UnreadableInput, match="no target has a prescribed dose"):
            set_task(folder, rows, load_beam_data(), spacing_mm=10.0)
    else:
        task, _ = set_task(folder, rows, load_beam_data(), spacing_mm=10.0)
        assert task.prescribed_gy == {"PTV_78": prescribed_gy}


def test_a_goal_of_a_target_that_is_not_contoured_is_refused_with_the_structures_that_are():
    rows = [*PTV_AND_DOSE, Constraint("", "PTV_56", "D95%", ">=", 56, "Gy")]
    with pytest.raises(UnreadableInput, match=r"the goal PTV_56 D95% >= 56 Gy .* are: Bladder, Body.*, PTV_78"):
        set_task(phantom_objects("prostate"), rows, load_beam_data(), spacing_mm=10.0)


def test_a_planning_target_without_a_dose_is_named():
    folder = phantom_objects("head_and_neck")
    rows = [Constraint("", "PTV_7000", "D95%", ">=", 70, "Gy")]
    _, problems = set_task(folder, rows, load_beam_data(), spacing_mm=10.0)
    assert [p.place for p in problems if "no goal states its dose" in p.sentence] == ["target PTV_5600"]


@pytest.mark.parametrize(
    ("metric", "limit", "is_named"), [("D2%", 65, True), ("D2%", 80, False), ("D99.9%", 65, False)]
)
def test_an_upper_goal_of_a_target_that_holds_a_higher_one_is_named(metric, limit, is_named):
    folder = phantom_objects("prostate")
    low = replace(folder.structure_set.named("Body"), name="PTV_56", number=72, interpreted_type="PTV")
    rows = [*PTV_AND_DOSE, Constraint("", "PTV_56", "D95%", ">=", 56, "Gy")]
    rows.append(Constraint("", "PTV_56", metric, "<=", limit, "Gy"))
    wide = tuple((z, 0.5 * points) for z, points in low.contours)
    both = with_structures(folder, *folder.structure_set.structures, replace(low, contours=wide))
    _, problems = set_task(both, rows, load_beam_data(), spacing_mm=8.0)
    assert any("both cannot be met there" in p.sentence for p in problems) == is_named


@pytest.mark.parametrize(
    ("structure", "metric", "comparison", "limit", "dose_gy"),
    [
        ("PTV_5600", "V95%", ">=", 90, 53.2),  # 95 % of its own 56 Gy, not of the 70 Gy of the other target
        ("PTV_7000", "V95%", ">=", 90, 66.5),
        ("Parotid_L", "V50%", "<=", 30, 35.0),  # of an organ: of the highest
    ],
)
def test_per_cents_of_a_dose_are_of_the_targets_own(structure, metric, comparison, limit, dose_gy):
    rows = [
        Constraint("", "PTV_7000", "D95%", ">=", 70, "Gy"),
        Constraint("", "PTV_5600", "D95%", ">=", 56, "Gy"),
        Constraint("", structure, metric, comparison, limit, "%"),
        Constraint("", structure, "mean", comparison, float(metric[1:-1]), "%"),
    ]
    task, _ = set_task(phantom_objects("head_and_neck"), rows, load_beam_data(), spacing_mm=8.0)
    of_volume, of_mean = task.goals[-2:]
    assert (of_volume.dose_gy, of_mean.dose_gy) == (pytest.approx(dose_gy), pytest.approx(dose_gy))
    for even_gy, is_more in ((dose_gy + 0.5, True), (dose_gy - 0.5, False)):
        even = dose_grid(task, np.full(task.patient.density.shape, even_gy, np.float32))
        *_, volume, mean = compare(task, {"imrt": even, "conformal": even}).constraints
        assert volume.values["imrt"] == pytest.approx(100.0 * is_more)
        assert mean.values["imrt"] == pytest.approx(float(metric[1:-1]) * even_gy / dose_gy)
        assert mean.is_met["imrt"] == ((comparison == ">=") == is_more)


@pytest.mark.parametrize(
    ("structure", "comparison", "is_named"), [("Rectum", ">=", True), ("Rectum", "<=", False), ("CTV_78", ">=", False)]
)
def test_a_goal_that_asks_for_more_dose_in_an_organ_is_named(structure, comparison, is_named):
    rows = [*PTV_AND_DOSE, Constraint("", structure, "V50Gy", comparison, 20, "%")]
    _, problems = set_task(phantom_objects("prostate"), rows, load_beam_data(), spacing_mm=10.0)
    assert [p.place for p in problems] == ["goal Rectum V50Gy"] * is_named
    assert all("at least 20 % in a critical structure" in p.sentence for p in problems)


def test_a_goal_of_the_body_a_help_structure_or_an_unprescribed_target_is_compared_too():
    folder = phantom_objects("prostate")
    ring = replace(folder.structure_set.named("Rectum"), name="Ring", number=73, interpreted_type="CONTROL")
    rows = [
        *PTV_AND_DOSE,
        Constraint("", "Body", "max", "<=", 82, "Gy"),
        Constraint("", "CTV_78", "max", "<=", 30, "Gy"),
        Constraint("", "Ring", "mean", "<=", 30, "Gy"),
        Constraint("", "Bladder", "brightness", "<=", 30, "Gy"),
    ]
    both = with_structures(folder, *folder.structure_set.structures, ring)
    task, problems = set_task(both, rows, load_beam_data(), spacing_mm=10.0)
    even = dose_grid(task, np.full(task.patient.density.shape, 50, np.float32))
    compared = compare(task, {"imrt": even, "conformal": even})
    verdicts = {(c.structure, c.metric): c.verdict for c in compared.constraints}
    assert verdicts[("Body", "max")] == "both"
    assert verdicts[("CTV_78", "max")] == verdicts[("Ring", "mean")] == "neither"
    assert [p.place for p in problems if "left out" in p.sentence] == ["goal Bladder brightness"]
    assert compared.problems == ()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((), [("D95%", 78, "only_imrt"), ("mean", 60, "both")]),
        (("V74Gy", 90, "%"), [("D95%", 74, "both"), ("V74Gy", 90, "both"), ("mean", 60, "both")]),
        (("D95 %", 74.1, "Gy"), [("D95 %", 74.1, "both"), ("mean", 60, "both")]),
    ],
)
def test_the_coverage_of_each_target_is_compared_where_only_organs_are_limited(given, expected):
    rows = [Constraint("", "Rectum", "mean", "<=", 60, "Gy")]
    if given:
        metric, limit, unit = given
        rows.insert(0, Constraint("", "PTV_78", metric, ">=", limit, unit))
    task, _ = set_task(phantom_objects("prostate"), rows, load_beam_data(), spacing_mm=10.0)
    doses = {"imrt": 79, "conformal": 75, "conformal_raised": 79}
    shape = task.patient.density.shape
    rectum = np.zeros(shape, bool)
    rectum.flat[task.patient.voxels["Rectum"]] = True
    grids = {name: dose_grid(task, np.where(rectum, 50, gy).astype(np.float32)) for name, gy in doses.items()}
    compared = compare(task, grids)
    assert [(c.metric, c.limit, c.verdict) for c in compared.constraints] == expected
    assert [c.metric for c in compared.coverage] == ([] if given[:1] == ("D95 %",) else ["D95%"])
    assert set(compared.constraints[0].values) == set(doses)
