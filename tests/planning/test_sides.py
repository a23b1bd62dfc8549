"""The side that is treated: the case's, that of a target's name and that of its place are held against each other."""

from dataclasses import replace

import pytest

from isocenter.errors import UnreadableInput
from isocenter.phantoms.make import phantom_objects
from isocenter.planning.beam.beam_data import load_beam_data
from isocenter.planning.task.sides import TargetSide, side_remarks, target_sides, with_side
from isocenter.planning.task.task import set_task
from isocenter.terms.chart import Constraint


@pytest.mark.parametrize("position", ["HFS", "FFP"])
@pytest.mark.parametrize(
    ("phantom", "target", "side"),
    [("left_breast", "", "left"), ("right_breast", "", "right"), ("prostate", "PTV_78", "")],
)
def test_where_a_target_lies_is_the_side_of_the_patient_in_any_position(phantom, target, side, position):
    folder = phantom_objects(phantom)
    names = [s.name for s in folder.structure_set.structures if s.name.startswith("PTV")]
    rows = [Constraint("", target or names[0], "D95%", ">=", 50, "Gy")]
    lying = replace(
        folder,
        plan=replace(folder.plan, patient_position=position),
        ct=replace(folder.ct, patient_position=position),
    )
    task, _ = set_task(lying, rows, load_beam_data(), spacing_mm=10.0)
    (found,) = target_sides(task)
    assert found.by_place == side


LEFT, RIGHT, MIDDLE = (TargetSide("PTV", "", mm) for mm in (70.0, -70.0, 5.0))


@pytest.mark.parametrize(
    ("sides", "site", "case_side", "said"),
    [
        ([LEFT], "left_breast", "left", ""),
        ([MIDDLE], "left_breast", "left", ""),
        ([LEFT], "lung", "right", "the case states the right side, and it lies 7.0 cm to the left"),
        ([replace(MIDDLE, by_name="left")], "lung", "right", "the case states the right side, and its name says left"),
        ([replace(RIGHT, by_name="left")], "lung", "", "its name says left, and it lies 7.0 cm to the right"),
        ([RIGHT], "lung", "bilateral", ""),
        ([RIGHT], "prostate", "", ""),
        ([LEFT, RIGHT], "left_breast", "left", "the case states the left side, and it lies 7.0 cm to the right"),
    ],
)
def test_a_side_that_differs_is_named(sides, site, case_side, said):
    found = [problem.sentence for problem in side_remarks(sides, site, case_side)]
    assert len(found) == bool(said) and all(said in sentence for sentence in found)


@pytest.mark.parametrize(
    ("sides", "site"),
    [([LEFT], "left_breast"), ([RIGHT], "right_breast"), ([RIGHT, replace(MIDDLE, by_name="right")], "right_breast")],
)
def test_the_fields_of_a_breast_without_a_stated_side_are_those_of_the_side_that_its_targets_lie_on(sides, site):
    taken, (said,) = with_side("breast", sides)
    assert taken == site and "the side of the breast is not stated" in said.sentence
    assert with_side("lung", sides) == ("lung", [])


@pytest.mark.parametrize("sides", [[LEFT, RIGHT], [MIDDLE]])
def test_a_breast_on_no_side_or_on_both_has_no_fields(sides):
    with pytest.raises(UnreadableInput, match="fields of a breast depend on its side, which neither the case nor"):
        with_side("breast", sides)


def test_fields_of_the_wrong_side_are_refused():
    with pytest.raises(
        UnreadableInput, match=r"fields of the left breast are asked for, and PTV lies 7\.0 cm to the r"
    ):
        side_remarks([RIGHT], "left_breast", "left")
