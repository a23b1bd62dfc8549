"""Courses of several plans: what they prescribe together, in how many fractions, and which dose is the clinic's."""

from dataclasses import replace

import numpy as np
import pytest

from isocenter import plan_making
from isocenter.errors import UnreadableInput
from isocenter.phantoms.make import phantom_objects
from isocenter.planning.beam.beam_data import load_beam_data
from isocenter.planning.plans.plan import ComputedPlan
from isocenter.planning.task.task import set_task
from isocenter.planning.task.templates import arrangement
from isocenter.terms.chart import Constraint
from isocenter.terms.imaging import FractionGroup


def course(boost_target="PTV_78", boost_fractions=14, base_fractions=25, **parts):
    """A prostate of 50 Gy and a boost of 28 Gy, to the same target or to another; doses of the parts as given."""
    whole = phantom_objects("prostate")
    numbers = {one.name: one.number for one in whole.structure_set.structures}

    def plan(label, dose_gy, fractions, target):
        (wanted,) = whole.plan.prescriptions
        wanted = replace(wanted, structure_number=numbers[target], target_dose_gy=dose_gy)
        return replace(
            whole.plan, label=label, sop_instance_uid=label, fractions=fractions, prescriptions=(wanted,),
            fraction_groups=(),
        )  # fmt: skip

    boost = replace(whole, plan=plan("BOOST", 28.0, boost_fractions, boost_target))
    return replace(whole, plan=plan("BASE", 50.0, base_fractions, "PTV_78"), further=(boost,), **parts)


def test_doses_and_fractions_of_a_boost_to_the_same_target_add_up():
    task, problems = set_task(course(), [], load_beam_data(), spacing_mm=10.0)
    assert task.prescribed_gy == {"PTV_78": 78.0} and task.fractions == 39
    assert problems == []


def test_plans_of_different_targets_state_no_dose_of_the_course():
    with pytest.raises(UnreadableInput, match=r"has 2 plans \(BASE, BOOST\), and what each target is to receive of"):
        set_task(course("CTV_78"), [], load_beam_data(), spacing_mm=10.0)
    goals = [Constraint("", "PTV_78", "D95%", ">=", 50, "Gy"), Constraint("", "CTV_78", "D95%", ">=", 78, "Gy")]
    task, problems = set_task(course("CTV_78"), goals, load_beam_data(), spacing_mm=10.0)
    assert task.prescribed_gy == {"PTV_78": 50.0, "CTV_78": 78.0} and task.fractions == 39  # of 2 Gy, and said so
    assert [p.place for p in problems] == ["fractions"]
    assert "how many fractions the plans BASE, BOOST make together is not known" in problems[0].sentence


@pytest.mark.parametrize(("second", "prescribed_gy"), [("PTV_78", {"PTV_78": 78.0}), ("CTV_78", None)])
def test_of_two_groups_of_fractions_of_one_plan_no_dose_is_taken_for_the_whole(second, prescribed_gy):
    whole = phantom_objects("prostate")
    numbers = {one.name: one.number for one in whole.structure_set.structures}
    (wanted,) = whole.plan.prescriptions
    of_groups = tuple(
        replace(wanted, structure_number=numbers[name], target_dose_gy=dose_gy)
        for name, dose_gy in (("PTV_78", 50.0), (second, 28.0))
    )
    groups = (FractionGroup(25, (1,)), FractionGroup(14, (2,)))
    plan = replace(whole.plan, prescriptions=of_groups, fraction_groups=groups, fractions=39, ordered_dose_gy=78.0)
    folder = replace(whole, plan=plan)
    if prescribed_gy is None:
        with pytest.raises(UnreadableInput, match="the course has 2 groups of fractions"):
            set_task(folder, [], load_beam_data(), spacing_mm=10.0)
    else:
        assert set_task(folder, [], load_beam_data(), spacing_mm=10.0)[0].prescribed_gy == prescribed_gy


@pytest.mark.parametrize("counts", [{"boost_fractions": None}, {"base_fractions": None}])
def test_fractions_that_one_plan_does_not_state_are_not_those_of_the_other(counts):
    task, problems = set_task(course(**counts), [], load_beam_data(), spacing_mm=10.0)
    assert task.fractions == 39 and [p.place for p in problems] == ["fractions"]


@pytest.mark.parametrize("has_sum", [True, False])
def test_the_clinics_column_is_of_the_whole_course_or_left_out(has_sum, tmp_path, monkeypatch):
    whole = phantom_objects("prostate").dose
    base = replace(whole, dose_gy=whole.dose_gy * np.float32(50 / 78))
    folder = course(dose=base, summed_dose=whole if has_sum else None)

    def even(task, techniques, site, *_):
        dose = np.full(task.patient.density.shape, 78, np.float32)
        return [ComputedPlan(name, arrangement(name, site), dose, (), (), 0.0, 0) for name in techniques]

    monkeypatch.setattr(plan_making, "read_folder", lambda _: (folder, [], []))
    monkeypatch.setattr(plan_making, "compute_plans", even)
    monkeypatch.setattr(plan_making, "_draw", lambda *_: ())
    monkeypatch.setattr(plan_making, "_draw_difference", lambda *_: None)
    (tmp_path / "case.yaml").write_text("courses: []\n")
    (tmp_path / "goals.csv").write_text(
        "structure,metric,comparison,limit,unit\nPTV_78,D95%,>=,78,Gy\nRectum,mean,<=,10,Gy\n"
    )
    made = plan_making.make_plans(tmp_path, goals=tmp_path / "goals.csv", site="prostate", spacing_mm=10.0)
    target, rectum = made.comparison.constraints
    # Of the base plan alone the rectum keeps a limit that the course breaks, and the target seems cold.
    assert ("clinic" in rectum.values) == has_sum and "clinic_recomputed" not in rectum.values
    if has_sum:
        assert target.values["clinic"] == pytest.approx(78.1, abs=0.2) and not rectum.is_met["clinic"]
    said = next(p.sentence for p in made.problems if p.place == "the clinic's plans")
    assert "2 plans (BASE, BOOST)" in said and ("are not known" in said) == (not has_sum)
