"""Beams that a plan names and that cannot be read: what they do is unknown, not nothing."""

from pathlib import Path

import pytest
from pydicom.dataset import Dataset
from tests.dicom_files import beam, item, leaves, plan, save

from isocenter.evidence.fields.plan_rows import plan_rows
from isocenter.intake.dicom_rt import read_plan


def rows_of(tmp_path: Path, dataset: Dataset):
    found, problems = read_plan(save(dataset, tmp_path / "p"))
    row, fields = plan_rows(found, "C1")
    return row, {field.field_number: field.is_arc for field in fields}, [problem.sentence for problem in problems]


def damaged(number: object, **changes: object) -> Dataset:
    broken = beam(2, **changes)
    broken.ControlPointSequence[0].BeamLimitingDevicePositionSequence = leaves([-10, 10, 10])
    if isinstance(number, str):
        broken.add_new(0x300A00C0, "LO", number)
    else:
        broken.BeamNumber = number
    return broken


def given_through(dataset: Dataset, *numbers: int) -> Dataset:
    references = [item(ReferencedBeamNumber=number, BeamMeterset=100) for number in numbers]
    dataset.FractionGroupSequence[0].ReferencedBeamSequence = references
    return dataset


@pytest.mark.parametrize(
    ("beams", "references", "unknown"),
    [
        ([beam(1), damaged(2)], (1, 2), 2),
        ([beam(1), beam(1)], (1, 2), 2),  # the second takes the number that no beam bears
        ([beam(1), beam(1)], (1,), 2),
        ([beam(1), damaged("two")], (1, 7), 7),
        ([beam(1)], (1, 9), 9),
    ],
    ids=["cannot be read", "number twice", "number twice, named once", "number is a word", "not in the file"],
)
def test_a_plan_that_lacks_a_beam_is_not_called_3d_and_its_portals_are_not_counted(
    tmp_path: Path, beams: list[Dataset], references: tuple[int, ...], unknown: int
) -> None:
    row, fields, _ = rows_of(tmp_path, given_through(plan([], BeamSequence=beams), *references))
    assert row.is_imrt is None
    assert f"how the plan treats through beam {unknown}" in row.technique_reason
    assert (row.gantry_stops, row.arcs) == (None, None)
    assert fields == {1: False, unknown: None}


@pytest.mark.parametrize(("name", "stops"), [("AP Setup", 1), ("Setup_AP", 1), ("CBCT iso", 1), ("AP", None)])
def test_a_beam_without_meterset_that_is_an_image_by_its_name_leaves_the_portals_counted(
    tmp_path: Path, name: str, stops: int | None
) -> None:
    made = given_through(plan([beam(1), beam(2, BeamName=name)]), 1)
    row, _, _ = rows_of(tmp_path, made)
    assert row.gantry_stops == stops


def test_a_beam_whose_meterset_is_not_stated_may_treat_and_one_of_zero_does_not(tmp_path: Path) -> None:
    row, fields, _ = rows_of(tmp_path, given_through(plan(), 1))
    assert (row.is_imrt, row.gantry_stops, fields) == (None, None, {1: False, 2: None})
    none_given = given_through(plan(), 1, 2)
    none_given.FractionGroupSequence[0].ReferencedBeamSequence[1].BeamMeterset = 0
    row, fields, _ = rows_of(tmp_path, none_given)
    assert (row.is_imrt, row.gantry_stops, fields) == (False, 1, {1: False})


def test_beams_for_set_up_and_references_that_give_nothing_are_not_missed(tmp_path: Path) -> None:
    dataset = given_through(plan([beam(1), damaged(2, TreatmentDeliveryType="SETUP")]), 1, 3)
    dataset.FractionGroupSequence[0].ReferencedBeamSequence[1].BeamMeterset = 0
    row, fields, problems = rows_of(tmp_path, dataset)
    assert (row.is_imrt, row.gantry_stops, fields) == (False, 1, {1: False})
    assert not any("does not hold" in sentence for sentence in problems)


def test_a_beam_named_twice_in_a_fraction_group_counts_once_and_that_is_said(tmp_path: Path) -> None:
    dataset = given_through(plan([beam(1)]), 1, 1)
    dataset.FractionGroupSequence[0].ReferencedBeamSequence[1].BeamMeterset = 50
    found, problems = read_plan(save(dataset, tmp_path / "p"))
    assert [part.monitor_units for part in found.beams] == [100.0]
    assert found.fraction_groups[0].beams == (1,)
    assert [p.sentence for p in problems if "named twice" in p.sentence]
