"""DICOM-RT as machines and converters write it is measured as what it is."""

from functools import cache
from pathlib import Path

import pytest

from isocenter.measuring import MeasuredFolder, measure_folder
from isocenter.terms.plans import ConstraintResult, Plan, PlanField, PlanMeasure, Structure
from tests.builders import row

_CASES = {
    "dose_types", "dynamic_wedge", "feet_first_without_ct", "fraction_groups", "gamma_knife", "noise_in_z",
    "primary_and_boost", "registered_structures", "same_plan_twice", "tomotherapy",
}  # fmt: skip


@cache
def _measured(folder: Path) -> MeasuredFolder:
    return measure_folder(folder, with_pictures=False)


def _plans(folder: Path) -> list[Plan]:
    return [row for row in _measured(folder).plan.rows if isinstance(row, Plan)]


def _measures(folder: Path, structure: str, measure: str) -> list[float | None]:
    rows = _measured(folder).plan.rows
    return [
        row.value
        for row in rows
        if isinstance(row, PlanMeasure) and (row.structure, row.measure, row.beside) == (structure, measure, "")
    ]


def _said(folder: Path) -> str:
    return " ".join(problem.sentence for problem in _measured(folder).problems)


def test_every_given_folder_is_measured_here(given_cases: Path) -> None:
    assert {folder.name for folder in (given_cases / "dicom").iterdir() if folder.is_dir()} == _CASES


def test_of_several_kinds_of_dose_the_physical_one_is_measured(given_cases: Path) -> None:
    folder = given_cases / "dicom" / "dose_types"
    assert _measures(folder, "PTV", "mean") == [pytest.approx(50.75, abs=0.01)]
    assert "A_RD.dcm (EFFECTIVE)" in _said(folder)
    assert "B_RD.dcm (ERROR)" in _said(folder)


def test_a_jaw_that_sweeps_is_a_wedge(given_cases: Path) -> None:
    (plan,) = _plans(given_cases / "dicom" / "dynamic_wedge")
    assert (plan.technique, plan.is_imrt) == ("wedge", False)


def test_the_set_up_of_the_plan_says_how_the_patient_lies(given_cases: Path) -> None:
    folder = given_cases / "dicom" / "feet_first_without_ct"
    assert _measures(folder, "PTV", "width_along_portals_mm") == [pytest.approx(80, abs=1)]


def test_fractions_are_those_of_the_groups_whose_dose_counts(given_cases: Path) -> None:
    folder = given_cases / "dicom" / "fraction_groups"
    assert [(plan.prescribed_dose_gy, plan.fractions) for plan in _plans(folder)] == [(52.4, 20)]
    assert "0.00 Gy" not in _said(folder)


def test_a_placeholder_for_a_beam_tells_no_technique(given_cases: Path) -> None:
    folder = given_cases / "dicom" / "gamma_knife"
    (plan,) = _plans(folder)
    assert (plan.technique, plan.is_imrt) == ("unknown", None)
    assert plan.gantry_stops == 0
    assert "export" not in _said(folder)


def test_contours_of_one_slice_lie_on_one_slice(given_cases: Path) -> None:
    rows = _measured(given_cases / "dicom" / "noise_in_z").plan.rows
    volumes = {row.name: row.volume_cc for row in rows if isinstance(row, Structure)}
    assert volumes["PTV"] == pytest.approx(13.2, abs=0.1)


def test_two_plans_and_the_sum_of_their_doses_are_measured(given_cases: Path) -> None:
    folder = given_cases / "dicom" / "primary_and_boost"
    plans = _plans(folder)
    assert [(plan.prescribed_dose_gy, plan.fractions) for plan in plans[:2]] == [(50.0, 25), (16.0, 8)]
    assert pytest.approx(66.99, abs=0.01) in _measures(folder, "PTV", "mean")
    assert "no plan" not in _said(folder)


def test_a_registration_carries_structures_to_the_dose(given_cases: Path) -> None:
    folder = given_cases / "dicom" / "registered_structures"
    assert _measures(folder, "PTV", "mean") == [pytest.approx(50.75, abs=0.01)]
    assert _measures(folder, "SpinalCord", "mean") == [pytest.approx(52.00, abs=0.01)]


def test_a_plan_that_is_there_twice_counts_once(given_cases: Path) -> None:
    folder = given_cases / "dicom" / "same_plan_twice"
    assert len(_plans(folder)) == 1
    assert "RP_copy.dcm" in {problem.path for problem in _measured(folder).problems}


def test_leaves_in_private_elements_modulate_all_the_same(given_cases: Path) -> None:
    folder = given_cases / "dicom" / "tomotherapy"
    assert [plan.is_imrt for plan in _plans(folder)] == [True]
    fields = [row for row in _measured(folder).plan.rows if isinstance(row, PlanField)]
    assert [row.monitor_units for row in fields] == [None]  # its meterset is in minutes


def test_the_doses_of_a_plan_of_another_system_are_those_that_it_states(shared_data: Path) -> None:
    stated = {("OuterTarget", "D95%"): 48.5, ("OuterTarget", "D10%"): 50.6, ("Core", "D10%"): 18.4}
    constraints = [
        row("constraints", structure=structure, metric=metric, comparison="<=", limit=60.0, unit="Gy")
        for structure, metric in stated
    ]
    found = measure_folder(shared_data / "tg119_pyradplan", constraints=constraints, with_pictures=False)
    results = [one for one in found.plan.rows if isinstance(one, ConstraintResult)]
    assert [one.value for one in results] == [pytest.approx(dose, abs=0.1) for dose in stated.values()]
