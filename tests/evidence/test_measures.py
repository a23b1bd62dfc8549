"""A plan folder in, the rows of every table out; what cannot be measured is told."""

from dataclasses import replace

import numpy as np
import pytest

from isocenter.evidence.measures import MeasuredPlan, measure_plan
from isocenter.phantoms.make import phantom_objects
from isocenter.terms.chart import Constraint
from isocenter.terms.courses import Fraction
from isocenter.terms.imaging import FractionGroup, PlanFolder
from isocenter.terms.plans import ConstraintResult, Plan, PlanField, PlanMeasure, Structure


def rows(measured: MeasuredPlan, kind: type) -> list:
    return [row for row in measured.rows if isinstance(row, kind)]


def value(measured: MeasuredPlan, structure: str, measure: str, beside: str = "") -> float:
    asked = (structure, beside, "", measure)
    (row,) = [r for r in rows(measured, PlanMeasure) if (r.structure, r.beside, r.part, r.measure) == asked]
    return row.value


def test_a_target_around_a_core_is_concave_and_holds_the_core() -> None:
    measured = measure_plan(phantom_objects("c_shape"), "C1")
    assert value(measured, "PTV_50", "solidity") < 0.85
    assert value(measured, "PTV_50", "distance_mm", "Core") == pytest.approx(5.0, abs=0.5)
    assert value(measured, "PTV_50", "share_in_slice_concavity_percent", "Core") > 60


def test_a_convex_target_far_from_everything_shows_no_condition() -> None:
    measured = measure_plan(phantom_objects("convex_control"), "C1")
    assert value(measured, "PTV_45", "solidity") > 0.97
    assert value(measured, "PTV_45", "distance_mm", "SpinalCord") > 50
    assert value(measured, "CTV_45", "margin_least_mm", "PTV_45") == pytest.approx(15, abs=1)
    assert rows(measured, Plan)[0].is_imrt is False


def test_constraints_are_measured_with_the_margin_that_is_left() -> None:
    constraints = [
        Constraint("C1", "PTV_78", "D95%", ">=", 76.0, "Gy"),
        Constraint("C1", "rectum", "max", "<=", 5000.0, "cGy"),
        Constraint("C1", "Spleen", "mean", "<=", 10.0, "Gy"),
        Constraint("C1", "Bladder", "Q7", "<=", 10.0, "Gy"),
    ]
    measured = measure_plan(phantom_objects("prostate"), "C1", constraints=constraints)
    coverage, rectum = rows(measured, ConstraintResult)
    assert coverage[1:6] == ("PTV_78", "D95%", ">=", 76.0, "Gy")
    assert coverage.margin == pytest.approx(coverage.value - 76.0) and coverage.margin > 0
    assert rectum[1:6] == ("Rectum", "max", "<=", 5000.0, "cGy")
    assert rectum.margin == pytest.approx(5000.0 - rectum.value) and rectum.margin < 0
    told = {problem.place.split()[1]: problem.sentence for problem in measured.problems}
    assert "no contoured structure of that name" in told["Spleen"]
    assert "it was not measured" in told["Bladder"]


def test_per_cents_of_a_dose_are_of_what_the_plan_prescribes_to_that_target() -> None:
    parts = phantom_objects("head_and_neck")
    assert parts.plan is not None and parts.dose is not None
    by_name = {p.description: p.target_dose_gy for p in parts.plan.prescriptions if p.kind == "TARGET"}
    assert by_name == {"PTV_7000": 70.0, "PTV_5600": 56.0}
    even = replace(parts, dose=replace(parts.dose, dose_gy=np.full_like(parts.dose.dose_gy, 55.0)))
    limits = [
        Constraint("C1", "PTV_5600", "V95%", ">=", 95.0, "%"),  # of 56 Gy: 53.2 Gy
        Constraint("C1", "PTV_7000", "V95%", ">=", 95.0, "%"),  # of 70 Gy: 66.5 Gy
        Constraint("C1", "PTV_5600", "mean", ">=", 98.0, "%"),
        Constraint("C1", "Parotid_L", "V50%", "<=", 30.0, "%"),  # of the highest: 35 Gy
    ]
    measured = measure_plan(even, "C1", constraints=limits)
    found = [round(row.value, 1) for row in rows(measured, ConstraintResult)]
    assert found == [100.0, 0.0, 98.2, 100.0]
    assert value(measured, "PTV_5600", "V95%") == pytest.approx(100) and value(measured, "PTV_7000", "V95%") == 0
    # Doses of one of several groups of fractions, or of an order by other means, are not what per cents are of.
    groups = (FractionGroup(25, (1,)), FractionGroup(10, (2,)))
    for unsure in (replace(parts.plan, ordered_dose_gy=70.0), replace(parts.plan, fraction_groups=groups)):
        measured = measure_plan(replace(even, plan=unsure), "C1", with_geometry=False)
        assert value(measured, "PTV_5600", "V95%") == 0


def test_records_become_fractions_and_beams_become_fields() -> None:
    measured = measure_plan(phantom_objects("left_breast"), "C1")
    assert len(rows(measured, Fraction)) == 25
    assert len(rows(measured, PlanField)) == 5
    assert rows(measured, Plan)[0].gantry_stops == 5


def test_a_given_role_wins() -> None:
    measured = measure_plan(phantom_objects("c_shape"), "C1", {"Core": "helper"})
    (core,) = [row for row in rows(measured, Structure) if row.name == "Core"]
    assert (core.role, core.role_source) == ("helper", "given")
    assert not any("Core" in (row.structure, row.beside) for row in rows(measured, PlanMeasure))


def test_an_earlier_course_is_measured_only_where_something_links_the_frames() -> None:
    folder = phantom_objects("reirradiation")
    measured = measure_plan(folder, "C1")
    distances = [row.value for row in rows(measured, PlanMeasure) if row.measure == "prior_distance_mm"]
    assert min(distances) == pytest.approx(0, abs=1)
    unlinked = measure_plan(replace(folder, registrations=()), "C1")
    assert not any(row.measure.startswith("prior") for row in rows(unlinked, PlanMeasure))
    assert any("earlier course" in problem.place for problem in unlinked.problems)


def test_parts_that_are_absent_are_reported_or_left_out() -> None:
    folder = phantom_objects("sphere")
    assert "no plan (RTPLAN)" in measure_plan(replace(folder, plan=None), "C1").problems[0].sentence
    bare = measure_plan(replace(folder, structure_set=None, dose=None), "C1")
    assert rows(bare, Plan)
    assert not rows(bare, Structure)
    without_dose = measure_plan(replace(folder, dose=None), "C1")
    assert not any(row.measure == "D95%" for row in rows(without_dose, PlanMeasure))


def test_a_breast_has_its_separation_volume_and_the_dose_of_the_heart() -> None:
    measured = measure_plan(phantom_objects("right_breast"), "C1")
    (target,) = [row for row in rows(measured, Structure) if row.name == "PTV_50"]
    assert target.volume_cc == pytest.approx(2149, rel=0.01)
    folder = phantom_objects("right_breast")
    assert folder.structure_set is not None
    (drawn,) = [s for s in folder.structure_set.structures if s.name == "PTV_50"]
    farthest_mm = max(float(np.ptp(points, axis=0).max()) for _, points in drawn.contours)
    assert value(measured, "PTV_50", "width_along_portals_mm") >= 0.9 * farthest_mm
    assert value(measured, "Heart", "V25Gy") == 0
    assert not any(row.measure == "V25Gy" and row.structure == "Lung_R" for row in rows(measured, PlanMeasure))


def test_the_widest_step_of_the_dose_grid_is_reported() -> None:
    folder = phantom_objects("sphere")
    dose = folder.dose
    assert dose is not None
    coarse = replace(dose, dose_gy=dose.dose_gy[::6], z_mm=dose.z_mm[::6])
    steps_mm = [float(np.diff(axis).max()) for axis in (dose.x_mm, dose.y_mm, dose.z_mm)]
    assert value(measure_plan(folder, "C1"), "", "dose_grid_spacing_mm") == max(steps_mm)
    coarse_mm = value(measure_plan(replace(folder, dose=coarse), "C1"), "", "dose_grid_spacing_mm")
    assert coarse_mm == pytest.approx(6 * steps_mm[2])


def cut_at_mm(folder: PlanFolder, top_mm: float) -> PlanFolder:
    """The folder with a dose grid that ends at a height."""
    assert folder.dose is not None
    within = folder.dose.z_mm <= top_mm
    cut = replace(folder.dose, dose_gy=folder.dose.dose_gy[within], z_mm=folder.dose.z_mm[within])
    return replace(folder, dose=cut)


@pytest.mark.parametrize(
    ("metric", "comparison", "limit", "is_judged"),
    [
        ("max", "<=", 100.0, False),  # the part beyond the grid may receive more
        ("max", "<=", 5.0, True),
        ("mean", ">=", 5.0, True),
        ("D95%", ">=", 40.0, False),  # good within the grid, and a third of the target lies beyond it
        ("V20Gy", ">=", 50.0, True),
    ],
)
def test_of_a_structure_beyond_the_dose_grid_only_what_more_dose_cannot_change_is_judged(
    metric: str, comparison: str, limit: float, is_judged: bool
) -> None:
    folder = phantom_objects("c_shape")
    assert folder.structure_set is not None
    z_mm = folder.structure_set.named("PTV_50").z_mm
    cut = cut_at_mm(folder, float(z_mm[0] + 0.67 * np.ptp(z_mm)))
    unit = "%" if metric.startswith("V") else "Gy"
    measured = measure_plan(cut, "C1", constraints=[Constraint("C1", "PTV_50", metric, comparison, limit, unit)])
    assert len(rows(measured, ConstraintResult)) == is_judged
    assert not [row for row in rows(measured, PlanMeasure) if (row.structure, row.measure) == ("PTV_50", "mean")]
    (said,) = [problem.sentence for problem in measured.problems if problem.place == "dose grid"]
    assert "does not reach all of PTV_50 (3" in said


@pytest.mark.parametrize(
    ("reached", "words"),
    [(slice(0), "is not whole"), (slice(0, 1), "does not reach all of PTV_50 (all beyond), Core (all beyond)")],
)
def test_a_dose_that_is_not_whole_is_said_so_and_one_that_ends_is_told_by_its_structures(
    reached: slice, words: str
) -> None:
    folder = phantom_objects("c_shape", spacing_mm=10.0, slice_mm=10.0)
    assert folder.dose is not None
    is_reached = np.zeros(folder.dose.dose_gy.shape, dtype=bool)
    is_reached[reached] = True
    measured = measure_plan(replace(folder, dose=replace(folder.dose, is_reached=is_reached)), "C1")
    assert [problem for problem in measured.problems if f"The dose of 'c_shape' {words}" in problem.sentence]
    assert len([problem for problem in measured.problems if "open" in problem.sentence]) == 1


@pytest.mark.parametrize(("off_mm", "is_said"), [(0.0, False), (20.0, False), (300.0, True)])
def test_a_target_far_beyond_the_outline_of_the_patient_is_named(off_mm: float, is_said: bool) -> None:
    folder = phantom_objects("c_shape", spacing_mm=10.0, slice_mm=10.0)
    assert folder.structure_set is not None
    drawn = [
        replace(one, contours=tuple((z, points + np.array([off_mm, 0.0])) for z, points in one.contours))
        if one.name == "PTV_50"
        else one
        for one in folder.structure_set.structures
    ]
    moved = replace(folder, structure_set=replace(folder.structure_set, structures=tuple(drawn)), dose=None)
    said = [one.sentence for one in measure_plan(moved, "C1").problems if "beyond the outline" in one.sentence]
    assert [sentence.split(" reaches ")[0] for sentence in said] == (["PTV_50"] if is_said else [])


def test_a_grid_that_ends_within_half_a_step_of_a_structure_reaches_it() -> None:
    folder = phantom_objects("c_shape")
    assert folder.structure_set is not None
    top_mm = float(folder.structure_set.named("PTV_50").z_mm[-1])
    measured = measure_plan(cut_at_mm(folder, top_mm + 0.1), "C1")
    assert value(measured, "PTV_50", "mean") > 45
    assert not [problem for problem in measured.problems if "PTV_50" in problem.sentence]


def test_the_dose_where_a_structure_leaves_the_grid_is_measured() -> None:
    folder = phantom_objects("sphere")  # 16 Gy at z = 0, 1 Gy/mm towards the head, radius 12 mm
    measured = measure_plan(cut_at_mm(folder, 4.0), "C1")
    assert folder.dose is not None
    edge_mm = float(folder.dose.z_mm[folder.dose.z_mm <= 4.0][-1])
    assert value(measured, "Solid", "dose_at_grid_edge_gy") == pytest.approx(16 + edge_mm, abs=0.01)
    assert not [row for row in rows(measure_plan(folder, "C1"), PlanMeasure) if row.measure == "dose_at_grid_edge_gy"]
    away = measure_plan(cut_at_mm(folder, -14.0), "C1")
    assert not [row for row in rows(away, PlanMeasure) if row.measure == "dose_at_grid_edge_gy"]


def test_the_outline_of_the_patient_is_measured_on_the_part_within_the_grid_and_that_is_said() -> None:
    limit = Constraint("C1", "Body", "max", "<=", 60.0, "Gy")
    measured = measure_plan(phantom_objects("c_shape"), "C1", constraints=[limit])
    assert len(rows(measured, ConstraintResult)) == 1
    (said,) = [problem.sentence for problem in measured.problems if problem.place == "dose grid"]
    assert "the outline of the patient; it is measured on the part that the dose reaches" in said


def test_a_structure_of_one_slice_is_as_thick_as_the_slices_of_its_image() -> None:
    folder = phantom_objects("convex_control")
    assert folder.structure_set is not None and folder.ct is not None and folder.dose is not None
    first, *others = folder.structure_set.structures
    lone = replace(first, name="Scar", number=99, contours=((0.0, np.array([[0.0, 0], [20, 0], [20, 20], [0, 20]])),))
    step_mm = folder.ct.z_mm[1] - folder.ct.z_mm[0]
    for kept, wanted_mm in ((others, step_mm), ([], folder.dose.z_mm[1] - folder.dose.z_mm[0])):
        drawn = replace(folder.structure_set, structures=(lone, *kept))
        measured = measure_plan(replace(folder, structure_set=drawn, ct=folder.ct if kept else None), "C1")
        (scar,) = [row for row in rows(measured, Structure) if row.name == "Scar"]
        assert scar.volume_cc == pytest.approx(0.4 * wanted_mm)
