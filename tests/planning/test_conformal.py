"""Apertures of the 3D conformal plan: what leaves can form, what a margin covers, what a wedge lets through."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from isocenter.phantoms.make import phantom_objects
from isocenter.plan_making import choices_of
from isocenter.planning.beam.beam_data import load_beam_data
from isocenter.planning.conformal import fields_to_try
from isocenter.planning.conformal.angles import lying_as, searched
from isocenter.planning.conformal.aperture_search import search_apertures, spare_the_least
from isocenter.planning.conformal.components import (
    WEDGE_PER_MM,
    Component,
    ComponentDoses,
    _behind,
    as_leaves_form,
    beside,
    offer_components,
)
from isocenter.planning.conformal.conformal import make_conformal
from isocenter.planning.conformal.fields_to_try import conformal_fields, make_best_conformal
from isocenter.planning.dose.beam_view import look
from isocenter.planning.dose.influence import BIXEL_MM
from isocenter.planning.objective.objective import Objective, Penalty
from isocenter.planning.optimizing.limits import hard_limits
from isocenter.planning.optimizing.optimize import Optimum
from isocenter.planning.optimizing.steering import Trial
from isocenter.planning.plans.plan import ComputedPlan, set_up
from isocenter.planning.task.task import Choices, set_task
from isocenter.planning.task.templates import Arrangement, arrangement, is_known_site
from isocenter.rulebook.readings import read_chosen_readings
from isocenter.rulebook.rulebook import load_policies, load_policy
from isocenter.terms.chart import Constraint


def test_leaves_form_no_island():
    shape = np.array([[1, 1], [0, 1], [1, 0], [1, 1]], bool)  # columns by leaf pairs
    formed = as_leaves_form(shape)
    assert formed[:, 0].tolist() == [False, False, True, True]
    assert formed[:, 1].tolist() == [True, True, False, False]


def test_a_field_goes_on_on_both_sides_of_a_block():
    whole = np.ones((6, 3), bool)  # columns by leaf pairs
    blocked = np.zeros((6, 3), bool)
    blocked[2:4, 1:] = True
    low, high = beside(whole, blocked)
    assert low[:, 0].all() and not high[:, 0].any()
    assert low[:, 1].tolist() == [True, True, False, False, False, False]
    assert high[:, 2].tolist() == [False, False, False, False, True, True]
    assert np.array_equal(low | high, whole & ~blocked)


def test_a_wedge_lets_less_through_towards_its_thick_end():
    formed = np.ones((5, 3), bool)
    through = _behind(formed, 1.0, 0.0, 45.0)
    assert through[0, 0] == 1.0
    assert np.allclose(through[1:] / through[:-1], np.exp(-WEDGE_PER_MM * BIXEL_MM))
    assert (_behind(formed, 1.0, 0.0, 60.0) <= through).all()


class Table:
    """Components of given beams with a dense table of doses (rows, components)."""

    def __init__(self, table, beams):
        self.table = np.asarray(table, np.float32)
        self.components = [Component(beam, str(k), "", np.ones((2, 2))) for k, beam in enumerate(beams)]

    def dose(self, weights):
        return (self.table @ weights).astype(np.float32)


def test_the_component_is_left_out_that_others_make_up_for_not_the_one_that_delivers_least():
    # The first two of the first beam do nearly the same; the third alone reaches the last rows.
    table = [[1, 1, 0, 0, 0]] * 4 + [[0.9, 1, 0, 0, 0]] * 4 + [[0, 0, 1, 0, 0]] * 2 + [[0, 0, 0, 1, 0]] * 2
    model = Table(table, [0, 0, 0, 1, 1])
    rows = np.arange(12)
    objective = Objective(rows, (Penalty("under", rows, np.full(12, 1 / 12, np.float32), 60.0, 900.0, target="PTV"),))
    weights = np.array([29.0, 29.0, 20.0, 50.0, 0.001])
    chosen, left = spare_the_least(model, Trial(objective, Optimum(weights, 0.0, 0), 0.0), 2)
    assert len(chosen) == 3 and set(chosen) > {2, 3} and 4 not in chosen
    assert left[0] == pytest.approx(58.0, rel=0.1)  # makes up for its twin
    every, _ = spare_the_least(model, Trial(objective, Optimum(weights, 0.0, 0), 0.0), 3)
    assert every.tolist() == [0, 1, 2, 3]


def test_which_apertures_are_kept_does_not_hang_on_the_last_digits_of_the_dose():
    source = phantom_objects("spine")
    rows = [Constraint("", "PTV_30", "D95%", ">=", 30, "Gy"), Constraint("", "SpinalCord", "max", "<=", 22, "Gy")]
    rows += [Constraint("", name, "mean", "<=", 2, "Gy") for name in ("Lung_L", "Lung_R", "Esophagus")]
    task, _ = set_task(source, rows, load_beam_data(), spacing_mm=10.0)
    around = arrangement("conformal", "spine")
    _, problem = set_up(task, around, rings=3)
    shields = [row.structure for row in rows[1:]]
    offered = offer_components(task.patient, problem.matrix, task.levels, shields, around, task.choices, ["SpinalCord"])
    judged_by, nominal = [], problem.matrix.values.copy()
    for seed in range(3):
        noise = np.random.default_rng(seed).normal(1, 1e-4 if seed else 0, len(nominal))
        problem.matrix.values[:] = nominal * noise.astype(np.float32)
        even, start = dict.fromkeys(hard_limits(task), 1.0), np.full(len(offered), 0.05)
        chosen = search_apertures(task, problem.objective, ComponentDoses(problem.matrix, offered), start, even)
        judged_by.append(chosen.trial.judged)
        of_beam = np.bincount([component.beam for component in chosen.components])
        assert of_beam.max() <= task.choices.apertures_per_field
    assert max(judged_by) - min(judged_by) < 0.005


def test_each_site_has_its_arrangement_and_says_where_it_is_from():
    for technique in ("imrt", "conformal"):
        for site in ("prostate", "head_and_neck", "left_breast", "spine", "nowhere"):
            found = arrangement(technique, site)
            assert found.source and found.gantry_deg


def test_tangents_are_turned_to_pass_by_lung_and_heart():
    source = phantom_objects("left_breast")
    target = next(s.name for s in source.structure_set.structures if s.name.startswith("PTV"))
    task, _ = set_task(source, [Constraint("", target, "D95%", ">=", 50, "Gy")], load_beam_data(), spacing_mm=8.0)
    template = arrangement("conformal", "left_breast")
    found = searched(template, task)
    turns = {(b - a + 180) % 360 - 180 for a, b in zip(template.gantry_deg, found.gantry_deg, strict=True)}
    assert len(turns) == 1 and abs(turns.pop()) <= template.search_deg
    assert "least of the critical structures" in found.source
    box = arrangement("conformal", "pelvis")
    assert searched(box, task) is box


@pytest.mark.parametrize(("position", "posterior_deg", "from_left_deg"), [
    ("HFP", 0, 270), ("FFS", 180, 270), ("FFP", 0, 90), ("HFDR", 90, 0), ("HFDL", 270, 180), ("FFDR", 270, 0),
    ("FFDL", 90, 180),
])  # fmt: skip
def test_fields_reach_the_same_side_of_a_patient_however_he_lies(position, posterior_deg, from_left_deg):
    named = Arrangement("two", (180.0, 90.0), ("any",), "chosen")  # from behind and from the left of one who is supine
    found = lying_as(position, named)
    assert found.gantry_deg == (posterior_deg, from_left_deg)
    assert f"to {position}" in found.source
    assert lying_as("HFS", named) is named


def test_tangents_of_a_prone_patient_lie_as_those_of_a_supine_one():
    source = phantom_objects("left_breast")
    rows = [Constraint("", "PTV_50", "D95%", ">=", 50, "Gy")]
    supine, _ = set_task(source, rows, load_beam_data(), spacing_mm=10.0)
    template = replace(arrangement("imrt", "left_breast"), beside_deg=(10.0, 25.0))
    along = {}
    for position in ("HFS", "HFP", "FFS"):
        task = replace(supine, patient=replace(supine.patient, patient_position=position))
        found = searched(template, task)
        along[position] = [look(a, task.isocenter_mm, patient_position=position).axes[2] for a in found.gantry_deg]
    for position in ("HFP", "FFS"):
        np.testing.assert_allclose(along[position], along["HFS"], atol=1e-6)


def test_fields_beside_tangents_are_searched_on_the_patient():
    source = phantom_objects("left_breast")
    rows = [Constraint("", "PTV_50", "D95%", ">=", 50, "Gy"), Constraint("", "Heart", "mean", "<=", 4, "Gy")]
    task, _ = set_task(source, rows, load_beam_data(), spacing_mm=10.0)
    template = replace(arrangement("imrt", "left_breast"), beside_deg=(10.0, 60.0))
    found = searched(template, task)
    first, beside, second, behind = found.gantry_deg
    offset = (beside - first) % 360
    assert offset in template.beside_deg
    assert (second - behind) % 360 == offset  # both lie nearer to the front
    assert f"{offset:g} leaves the least" in found.source


def test_readings_of_the_policy_choose_what_a_comparison_needs(tmp_path):
    chosen = tmp_path / "readings.toml"
    chosen.write_text("comparison_block_margin_mm = 10\ncomparison_apertures_per_field = 2\n")
    (policy,) = load_policies(["imrt"], read_chosen_readings(chosen), "set here")
    assert choices_of(policy) == Choices(95.0, 10.0, 60.0, 2)
    assert choices_of(load_policy("imrt")) == Choices()
    assert choices_of(load_policy("ncci")) == Choices()


def test_a_site_of_the_policy_has_its_own_beams_and_an_unknown_one_even_beams():
    assert arrangement("conformal", "spine_metastasis").name == "spine_posterior_obliques"
    assert arrangement("conformal", "central_nervous_system").name == "brain_5_fields"
    assert arrangement("conformal", "knee").name == "even_7_fields"
    assert not is_known_site("knee") and is_known_site("retroperitoneum") and is_known_site("")


def test_3d_is_tried_on_the_fields_of_practice_and_on_those_of_imrt():
    rows = [Constraint("", "PTV_30", "D95%", ">=", 30, "Gy")]
    task, _ = set_task(phantom_objects("spine"), rows, load_beam_data(), spacing_mm=10.0)
    usual, like_imrt = conformal_fields(task, "spine")
    assert usual.gantry_deg == arrangement("conformal", "spine").gantry_deg
    assert like_imrt.gantry_deg == arrangement("imrt", "spine").gantry_deg
    assert like_imrt.has_wedges and "their number and direction make no difference" in like_imrt.source
    assert [one.name for one in conformal_fields(task, "head_and_neck")] == ["neck_nine_even"]


@pytest.mark.parametrize(
    ("judged", "breaks_a_limit", "doses_gy", "kept"),
    [
        ((0.30, 0.20), (False, False), (1, 2), 1),
        ((0.0, 0.0), (False, False), (1, 2), 0),  # they miss alike: the objective, here the dose, decides
        ((0.0, 0.0), (False, False), (2, 1), 1),
        ((0.205, 0.20), (False, True), (2, 1), 0),  # little worse, but it keeps every limit
        ((0.30, 0.20), (False, True), (1, 2), 1),
    ],
)
def test_the_fields_that_miss_least_are_kept_and_the_others_are_named(
    monkeypatch, judged, breaks_a_limit, doses_gy, kept
):
    tried = [arrangement("conformal", "spine"), arrangement("imrt", "spine")]
    plans = [
        ComputedPlan(
            "conformal", one, np.full((1, 1, 1), dose, np.float32), (), (), 0.0, 0, (None,) * broken, judged=value
        )
        for one, value, broken, dose in zip(tried, judged, breaks_a_limit, doses_gy, strict=True)
    ]
    made = iter(plans)
    monkeypatch.setattr(fields_to_try, "make_conformal", lambda *_: next(made))
    of_dose = SimpleNamespace(rows=np.array([0]), value=lambda dose: (float(dose[0]), dose))
    best = make_best_conformal(SimpleNamespace(objectives=(of_dose, of_dose)), tried, ())
    assert best.arrangement.gantry_deg == tried[kept].gantry_deg
    assert best.tried_too == (tried[1 - kept],)


def test_more_fields_give_a_spine_the_dose_that_three_cannot(monkeypatch):
    goals = (("PTV_30", "D95%", ">=", 30), ("SpinalCord", "D0.03cc", "<=", 25))
    rows = [Constraint("", name, metric, sign, limit, "Gy") for name, metric, sign, limit in goals]
    task, _ = set_task(phantom_objects("spine"), rows, load_beam_data(), spacing_mm=8.0)
    made = []
    monkeypatch.setattr(fields_to_try, "make_conformal", lambda *given: made.append(make_conformal(*given)) or made[-1])
    best = make_best_conformal(task, conformal_fields(task, "spine"), ["SpinalCord"])
    three, seven = made
    assert best.arrangement == seven.arrangement and best.tried_too == (three.arrangement,)
    assert seven.short_by < three.short_by
