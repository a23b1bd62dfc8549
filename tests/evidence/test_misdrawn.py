"""Structures that contradict their names, and a dose that no target of its plan gets: no evidence in a review."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from isocenter.evidence.frames.one_frame import in_one_frame
from isocenter.evidence.identity import OfCase, plan_differences
from isocenter.phantoms import phantom_objects
from isocenter.terms.courses import Course
from isocenter.terms.imaging import FloatArray, PlanFolder, Registration

ANY = OfCase(Course("C1", "M-1"))


def phantom(name: str) -> PlanFolder:
    return phantom_objects(name, start=date(2024, 2, 5))


def drawn_anew(
    name: str, names: dict[str, str] | None = None, moved: dict[str, Callable[[FloatArray], FloatArray]] | None = None
) -> PlanFolder:
    """A phantom of which some structures have other names, or each of their points (x, y) elsewhere."""
    made = phantom(name)
    assert made.structure_set is not None
    structures = tuple(
        replace(
            one,
            name=(names or {}).get(one.name, one.name),
            contours=tuple((z_mm, (moved or {}).get(one.name, lambda xy: xy)(xy)) for z_mm, xy in one.contours),
        )
        for one in made.structure_set.structures
    )
    return replace(made, structure_set=replace(made.structure_set, structures=structures))


def differing(found: PlanFolder) -> list[tuple[str, str]]:
    return [(row.item, row.of_plan) for row in plan_differences(found, ANY)]


@pytest.mark.parametrize("name", ["prostate", "lung", "left_breast", "head_and_neck"])
def test_structures_that_are_what_they_are_named_and_the_dose_of_their_plan_differ_in_nothing(name: str) -> None:
    assert differing(phantom(name)) == []


@pytest.mark.parametrize(
    ("name", "behind", "before"), [("prostate", "Rectum", "Bladder"), ("lung", "SpinalCord", "Esophagus")]
)
def test_organs_exchanged_from_front_to_back_are_a_difference(name: str, behind: str, before: str) -> None:
    exchanged = drawn_anew(name, {behind: before, before: behind})
    assert differing(exchanged) == [("structures", f"{behind} in front of {before}")]
    beside_each_other = drawn_anew(name, moved=dict.fromkeys((behind, before), lambda xy: xy * [1.0, 0.0]))
    assert [found for found in differing(beside_each_other) if "in front of" in found[1]] == []


@pytest.mark.parametrize(
    ("name", "left", "right"),
    [
        ("lung", "Lung_L", "Lung_R"),
        ("prostate", "Femur_Head_L", "Femur_Head_R"),
        ("head_and_neck", "Parotid_L", "Parotid_R"),
    ],
)
def test_organs_of_exchanged_sides_are_a_difference(name: str, left: str, right: str) -> None:
    exchanged = drawn_anew(name, {left: right, right: left})
    assert differing(exchanged) == [("structures", f"{left} on the right of {right}")]
    beside_the_midline = drawn_anew(name, moved={left: lambda xy: xy * [0.0, 1.0], right: lambda xy: xy * [0.0, 1.0]})
    assert differing(beside_the_midline) == []


def test_a_planning_target_within_its_clinical_target_is_a_difference() -> None:
    shrunk = drawn_anew("prostate", moved={"PTV_78": lambda xy: xy * 0.5})
    assert differing(shrunk) == [("structures", "PTV_78 within CTV_78")]
    cropped = drawn_anew("prostate", moved={"PTV_78": lambda xy: np.minimum(xy, [np.inf, 15.0])})
    assert differing(cropped) == []
    of_another = drawn_anew("prostate", {"CTV_78": "CTV_56", "Bladder": "CTV_60"}, {"PTV_78": lambda xy: xy * 0.5})
    assert differing(of_another) == []  # a boost within the nodes' clinical target


@pytest.mark.parametrize(
    ("planning", "clinical", "is_held"),
    [
        ("PTV", "CTV", True),
        ("PTV_78", "CTV_Prostate", True),  # a place and its dose
        ("PTV_78", "CTV", True),
        ("PTV_Boost", "CTV_Pelvis", False),
        ("PTV_78", "CTV_46", False),
        ("PTV_78_Eval", "CTV_78", False),
        ("PTV_Eval", "CTV", False),
    ],
)
def test_the_only_planning_target_may_lie_within_a_clinical_target_of_another_one(
    planning: str, clinical: str, is_held: bool
) -> None:
    names = {"PTV_78": planning, "CTV_78": clinical}
    found = differing(drawn_anew("prostate", names, {"PTV_78": lambda xy: xy * 0.5}))
    assert found == ([("structures", f"{planning} within {clinical}")] if is_held else [])


def test_a_target_outside_the_patient_is_a_difference_and_one_at_the_skin_is_none() -> None:
    away = drawn_anew("left_breast", moved={"Body": lambda xy: xy + np.array([400.0, 0.0])})
    assert ("structures", "PTV_50 outside the outline of the patient") in differing(away)
    swollen = drawn_anew("left_breast", moved={"Body": lambda xy: xy * 0.95})
    assert differing(swollen) == []


@pytest.mark.parametrize(
    ("scale", "shown"),
    [(0.82, "Gy to half of CTV_60 where 60 Gy are prescribed"), (1.4, "Gy to half of"), (0.95, ""), (1.1, "")],
)
def test_a_dose_that_gives_no_target_what_is_prescribed_is_not_of_the_plan(scale: float, shown: str) -> None:
    made = phantom("lung")
    assert made.dose is not None
    scaled = replace(made, dose=replace(made.dose, dose_gy=made.dose.dose_gy * scale))
    found = differing(scaled)
    assert [item for item, _ in found] == (["dose"] if shown else [])
    assert not shown or shown in found[0][1]


def test_a_dose_beside_the_target_is_not_of_the_plan_and_high_doses_of_few_fractions_are() -> None:
    made = phantom("lung")
    assert made.dose is not None
    assert made.plan is not None
    mirrored = replace(made, dose=replace(made.dose, dose_gy=np.ascontiguousarray(made.dose.dose_gy[:, :, ::-1])))
    assert [item for item, _ in differing(mirrored)] == ["dose"]
    hot = replace(made.dose, dose_gy=made.dose.dose_gy * 1.4)
    assert differing(replace(made, dose=hot, plan=replace(made.plan, fractions=5))) == []


def test_structures_in_another_frame_of_reference_are_no_evidence_until_they_are_registered() -> None:
    made = phantom("prostate")
    assert made.structure_set is not None
    elsewhere = replace(made, structure_set=replace(made.structure_set, frame_of_reference_uid="1.9.9"))
    assert differing(in_one_frame(elsewhere).folder) == [("structures", "structures in another frame of reference")]
    assert made.plan is not None
    link = Registration("1.9.9", made.plan.frame_of_reference_uid, np.eye(4))
    assert differing(in_one_frame(replace(elsewhere, registrations=(link,))).folder) == []
