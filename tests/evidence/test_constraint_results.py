"""Constraints that cannot be measured: what a person must look at, and what is a remark."""

from dataclasses import replace

import numpy as np
import pytest

from isocenter.evidence.measures import measure_plan
from isocenter.phantoms.make import phantom_objects
from isocenter.terms.chart import Constraint
from isocenter.terms.imaging import PlanFolder
from isocenter.terms.plans import ConstraintResult
from isocenter.terms.problems import CONSTRAINT, UnreadPart

COVERAGE = Constraint("C1", "PTV_78", "D95%", ">=", 70.0, "Gy")
RECTUM = Constraint("C1", "rectum", "V70Gy", "<=", 60.0, "%")
FEMUR = Constraint("C1", "Femur_Head_L", "max", "<=", 50.0, "Gy")
SPLEEN = Constraint("C1", "Spleen", "mean", "<=", 10.0, "Gy")


def measured_and_open(folder: PlanFolder, *constraints: Constraint) -> tuple[list[str], list[str]]:
    """The structures with a result, and the places that go to a person."""
    found = measure_plan(folder, "C1", constraints=constraints, with_geometry=False)
    results = [row.structure for row in found.rows if isinstance(row, ConstraintResult)]
    of_person = [one for one in found.problems if isinstance(one, UnreadPart)]
    assert {one.part for one in of_person} <= {CONSTRAINT}
    return results, [one.place.split()[1] for one in of_person]


def without_contours(folder: PlanFolder, name: str) -> PlanFolder:
    drawn = folder.structure_set
    assert drawn is not None
    structures = (replace(one, contours=()) if one.name == name else one for one in drawn.structures)
    return replace(folder, structure_set=replace(drawn, structures=tuple(structures)))


def dose_from(folder: PlanFolder, least_z_mm: float) -> PlanFolder:
    assert folder.dose is not None
    kept = folder.dose.z_mm >= least_z_mm
    return replace(folder, dose=replace(folder.dose, dose_gy=folder.dose.dose_gy[kept], z_mm=folder.dose.z_mm[kept]))


def test_a_limit_on_a_structure_without_contours_goes_to_a_person_and_one_on_no_structure_does_not() -> None:
    whole = phantom_objects("prostate")
    assert measured_and_open(whole, COVERAGE, RECTUM, SPLEEN) == (["PTV_78", "Rectum"], [])
    empty = without_contours(whole, "Rectum")
    assert measured_and_open(empty, COVERAGE, RECTUM, SPLEEN) == (["PTV_78"], ["rectum"])
    assert measured_and_open(without_contours(whole, "Bladder"), RECTUM) == (["Rectum"], [])  # not limited


@pytest.mark.parametrize(
    ("constraint", "least_z_mm", "is_open"),
    [
        (COVERAGE, 0.0, True),  # half of the target has no dose
        (RECTUM, 0.0, True),  # the high dose goes on beyond the grid
        (FEMUR, 20.0, False),  # a femur seldom lies in the grid as a whole
    ],
)
def test_what_lies_beyond_the_grid_goes_to_a_person_where_it_is_a_target_or_may_get_a_high_dose(
    constraint: Constraint, least_z_mm: float, is_open: bool
) -> None:
    folder = dose_from(phantom_objects("prostate"), least_z_mm)
    assert measured_and_open(folder, constraint) == ([], [constraint.structure] if is_open else [])


def twice(folder: PlanFolder, name: str, shift_mm: float) -> PlanFolder:
    """The folder with a second structure of one name before the first, drawn elsewhere along y."""
    drawn = folder.structure_set
    assert drawn is not None
    (one,) = (one for one in drawn.structures if one.name == name)
    elsewhere = tuple((z_mm, points + np.array([0.0, shift_mm])) for z_mm, points in one.contours)
    other = replace(one, number=99, contours=elsewhere)
    return replace(folder, structure_set=replace(drawn, structures=(other, *drawn.structures)))


def test_of_two_structures_of_one_name_the_one_that_is_worse_counts() -> None:
    most = Constraint("C1", "Rectum", "max", "<=", 60.0, "Gy")
    whole = phantom_objects("prostate")
    for shift_mm in (0.0, 15.0, 60.0):  # drawn twice alike, away from the target, and partly beyond the dose
        found = measure_plan(twice(whole, "Rectum", shift_mm), "C1", constraints=[most], with_geometry=False)
        (alone,) = (
            row
            for row in measure_plan(whole, "C1", constraints=[most], with_geometry=False).rows
            if isinstance(row, ConstraintResult)
        )
        assert [row.value for row in found.rows if isinstance(row, ConstraintResult)] == [alone.value]


def test_a_limit_of_a_target_where_none_is_drawn_goes_to_a_person() -> None:
    whole = phantom_objects("prostate")
    without_ptv = without_contours(whole, "PTV_78")
    named = Constraint("C1", "PTV_total", "D95%", ">=", 70.0, "Gy")
    clinical = named._replace(structure="CTV_high")
    assert measured_and_open(whole, named, clinical) == ([], [])  # targets of another name: a remark
    assert measured_and_open(without_ptv, named, clinical) == ([], ["PTV_total"])
    assert measured_and_open(without_contours(without_ptv, "CTV_78"), named, clinical)[1] == ["PTV_total", "CTV_high"]


@pytest.mark.parametrize(
    ("asked", "drawn", "is_open"),
    [
        ("PTV_6000", {}, True),  # PTV_78 and CTV_78 are drawn
        ("PTV 60 Gy left", {}, True),
        ("CTV_60", {}, True),
        ("CTV_7840", {}, False),  # 78.4 Gy, written short in the plan
        ("GTV_60", {}, False),  # none after surgery
        ("PTV_boost", {}, False),
        ("PTV_60/54", {}, False),  # which level is meant is not known
        ("PTV_T12", {}, False),
        ("PTV_60", {"PTV_78": "PTV_high"}, False),
        ("PTV_60", {"CTV_78": "CTV"}, True),  # a clinical target is no planning target
        ("CTV_60", {"CTV_78": "CTV"}, False),
        ("PTV_60", {"CTV_78": "PTV60_opt"}, False),
        ("PTV_60", {"PTV_78": "PTV_78_39fx"}, True),
        ("PTV_60", {"PTV_78": "Target volume"}, False),
    ],
)
def test_a_limit_of_a_target_whose_dose_level_is_not_drawn_goes_to_a_person(
    asked: str, drawn: dict[str, str], is_open: bool
) -> None:
    whole = phantom_objects("prostate")
    assert whole.structure_set is not None
    renamed = tuple(replace(one, name=drawn.get(one.name, one.name)) for one in whole.structure_set.structures)
    folder = replace(whole, structure_set=replace(whole.structure_set, structures=renamed))
    limit = Constraint("C1", asked, "D95%", ">=", 57.0, "Gy")
    assert len(measured_and_open(folder, limit)[1]) == is_open


def cut_to_slices(folder: PlanFolder, name: str, count: int, scale: float = 1.0) -> PlanFolder:
    """The folder with a structure on its middle slices alone, each smaller about its middle by scale."""
    drawn = folder.structure_set
    assert drawn is not None
    (one,) = (one for one in drawn.structures if one.name == name)
    first = len(one.contours) // 2
    kept = tuple(
        (z_mm, points.mean(axis=0) + scale * (points - points.mean(axis=0)))
        for z_mm, points in one.contours[first : first + count]
    )
    cut = (replace(other, contours=kept) if other is one else other for other in drawn.structures)
    return replace(folder, structure_set=replace(drawn, structures=tuple(cut)))


def test_a_limit_of_an_organ_that_is_drawn_on_one_slice_goes_to_a_person_unless_it_is_small() -> None:
    whole = phantom_objects("prostate")
    assert measured_and_open(cut_to_slices(whole, "Rectum", 1), RECTUM) == ([], ["rectum"])
    assert measured_and_open(cut_to_slices(whole, "Rectum", 2), RECTUM) == (["Rectum"], [])
    assert measured_and_open(cut_to_slices(whole, "Rectum", 1, 0.3), RECTUM) == (["Rectum"], [])  # as a lens
