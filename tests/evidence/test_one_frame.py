"""Structures of another frame of reference are carried over by a rigid registration, or not judged with the dose."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from isocenter.evidence.course_plans import measure_course
from isocenter.evidence.doses.dvh import compute_dvhs, structure_volume_cc
from isocenter.evidence.frames.frames import link_frames
from isocenter.evidence.frames.one_frame import carry_structures, in_one_frame
from isocenter.evidence.measures import MeasuredPlan
from isocenter.phantoms import phantom_objects
from isocenter.terms.chart import Constraint
from isocenter.terms.imaging import FloatArray, PlanFolder, Registration, StructureSet
from isocenter.terms.plans import ConstraintResult, Plan, PlanMeasure

OTHER = "1.2.99"


def turned(degrees: float, axis: int, shift_mm: tuple[float, float, float]) -> FloatArray:
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrix = np.eye(4)
    a, b = [n for n in range(3) if n != axis]
    matrix[a, a], matrix[a, b], matrix[b, a], matrix[b, b] = cos, -sin, sin, cos
    matrix[:3, 3] = shift_mm
    return matrix


def drawn_elsewhere(folder: PlanFolder, matrix: FloatArray, *, registered: bool = True) -> PlanFolder:
    """The folder with its structures moved into a frame of their own, from which the matrix leads back."""
    assert folder.structure_set is not None
    assert folder.dose is not None
    moved = carry_structures(folder.structure_set, np.linalg.inv(matrix), OTHER)
    links = (Registration(OTHER, folder.dose.frame_of_reference_uid, matrix),) if registered else ()
    return replace(folder, structure_set=moved, registrations=links)


@pytest.mark.slow
@pytest.mark.parametrize("axis", [2, 0], ids=["level", "tilted"])
def test_structures_come_back_to_where_the_dose_is(axis: int) -> None:
    folder = phantom_objects("c_shape")
    assert folder.structure_set is not None
    assert folder.dose is not None
    aligned, problems = in_one_frame(drawn_elsewhere(folder, turned(6.0, axis, (12.0, -7.0, 9.0))))
    assert aligned.structure_set is not None
    assert ["registration carries the structures over" in problem.sentence for problem in problems] == [True]
    for name in ("PTV_50", "Core"):
        before, after = folder.structure_set.named(name), aligned.structure_set.named(name)
        assert structure_volume_cc(after) == pytest.approx(structure_volume_cc(before), rel=0.03)
        curves = compute_dvhs([before, after], folder.dose)
        assert curves[1].mean_gy == pytest.approx(curves[0].mean_gy, rel=0.02)


@pytest.mark.parametrize(
    ("registered", "why"), [(1, ""), (0, "No rigid registration links"), (2, "differ by 20.0 mm; take those")]
)
def test_a_structure_of_another_frame_than_its_set_is_carried_over_or_left_out(registered: int, why: str) -> None:
    folder = phantom_objects("sphere")
    assert folder.structure_set is not None
    matrix = turned(0.0, 2, (10.0, 0.0, 0.0))
    moved = carry_structures(folder.structure_set, np.linalg.inv(matrix), OTHER).named("Solid")
    mixed = tuple(
        replace(moved, frame_of_reference_uid=OTHER) if s.name == "Solid" else s
        for s in folder.structure_set.structures
    )
    frame = folder.structure_set.frame_of_reference_uid
    far = Registration(OTHER, frame, turned(0.0, 2, (30.0, 0.0, 0.0)))
    links = (Registration(OTHER, frame, matrix), far)[:registered]
    set_of_two = replace(folder.structure_set, structures=mixed)
    aligned, problems = in_one_frame(replace(folder, structure_set=set_of_two, registrations=links))
    assert aligned.structure_set is not None
    contours = aligned.structure_set.named("Solid").contours
    assert [why in problem.sentence and "(Solid)" in problem.sentence for problem in problems] == [True] * bool(why)
    assert bool(contours) is not bool(why)
    for (z_mm, points), (exact_z_mm, exact) in zip(
        contours, folder.structure_set.named("Solid").contours, strict=not why
    ):
        assert z_mm == exact_z_mm
        assert points == pytest.approx(exact)


def test_without_a_registration_the_dose_is_not_judged_on_the_structures() -> None:
    folder = drawn_elsewhere(phantom_objects("c_shape"), turned(0.0, 2, (10.0, 0.0, 0.0)), registered=False)
    measured = measure_course(folder, "C1")
    metrics = [row for row in measured.rows if isinstance(row, PlanMeasure) and row.measure == "mean"]
    assert metrics == []
    assert any("no rigid registration links them" in problem.sentence for problem in measured.problems)


def test_a_primary_and_its_boost_are_measured_each_and_together() -> None:
    primary = phantom_objects("c_shape")
    assert primary.plan is not None
    assert primary.dose is not None
    half = replace(primary.dose, dose_gy=primary.dose.dose_gy / 2, sop_instance_uid="1.5")
    boost = replace(primary, plan=replace(primary.plan, sop_instance_uid="1.4", label="boost"), dose=half)
    both = replace(primary.dose, dose_gy=primary.dose.dose_gy * 1.5, sop_instance_uid="1.6")
    measured = measure_course(replace(primary, further=(boost,), summed_dose=both), "C1")
    plans = [row for row in measured.rows if isinstance(row, Plan)]
    assert [(plan.summed_plans, plan.gantry_stops, plan.is_imrt) for plan in plans] == [
        (None, 7, True), (None, 7, True), (2, None, True)]  # fmt: skip
    means = [
        row.value
        for row in measured.rows
        if isinstance(row, PlanMeasure) and (row.structure, row.measure) == ("PTV_50", "mean")
    ]
    assert means == pytest.approx([means[0], means[0] / 2, means[0] * 1.5], rel=1e-3)
    nearest = [row for row in measured.rows if isinstance(row, PlanMeasure) and row.measure == "distance_mm"]
    assert len(nearest) == 1


def boosted(changes: Callable[[StructureSet], StructureSet]) -> PlanFolder:
    """A primary and a boost of half its dose, which has a structure set of its own, and their sum."""
    primary = phantom_objects("c_shape")
    assert primary.plan is not None
    assert primary.dose is not None
    assert primary.structure_set is not None
    half = replace(primary.dose, dose_gy=primary.dose.dose_gy / 2, sop_instance_uid="1.5")
    own = changes(replace(primary.structure_set, sop_instance_uid="1.3.2", label="boost"))
    boost = replace(
        primary, plan=replace(primary.plan, sop_instance_uid="1.4", label="boost"), dose=half, structure_set=own
    )
    both = replace(primary.dose, dose_gy=primary.dose.dose_gy * 1.5, sop_instance_uid="1.6")
    return replace(primary, further=(boost,), summed_dose=both)


def of_sum(measured: MeasuredPlan) -> tuple[dict[str, float], list[ConstraintResult]]:
    """Mean doses by structure of the sum of plans, and its constraints."""
    (sum_id,) = (row.plan_id for row in measured.rows if isinstance(row, Plan) and row.summed_plans)
    rows = [row for row in measured.rows if getattr(row, "plan_id", "") == sum_id]
    means = {row.structure: row.value for row in rows if isinstance(row, PlanMeasure) and row.measure == "mean"}
    return means, [row for row in rows if isinstance(row, ConstraintResult)]


def test_the_sum_is_measured_on_the_structures_of_every_plan() -> None:
    def with_boost(structures: StructureSet) -> StructureSet:
        target = replace(structures.named("PTV_50"), name="PTV_boost")
        return replace(structures, structures=(target, structures.named("Core")))

    folder = boosted(with_boost)
    limit = Constraint("C1", "PTV_boost", "D95%", ">=", 60.0, "Gy")
    measured = measure_course(folder, "C1", constraints=[limit])
    means, results = of_sum(measured)
    assert means["PTV_boost"] == pytest.approx(means["PTV_50"])
    assert [(row.structure, row.value > 60.0) for row in results] == [("PTV_boost", True)]
    assert not [problem for problem in measured.problems if "structure sets" in problem.place]


def test_a_structure_that_two_sets_draw_differently_is_named() -> None:
    def moved(structures: StructureSet) -> StructureSet:
        core = structures.named("Core")
        away = replace(core, contours=tuple((z, points + 3.0) for z, points in core.contours))
        return replace(structures, structures=(structures.named("PTV_50"), away))

    measured = measure_course(boosted(moved), "C1")
    (problem,) = (problem for problem in measured.problems if problem.place == "structure sets")
    assert "draw Core differently" in problem.sentence


@pytest.mark.parametrize(
    ("metric", "comparison", "limit", "is_known"),
    [("max", "<=", 100.0, False), ("max", "<=", 5.0, True), ("mean", ">=", 1.0, True), ("mean", ">=", 90.0, False)],
)
def test_where_a_summed_dose_does_not_reach_only_what_more_dose_cannot_change_is_known(
    metric: str, comparison: str, limit: float, is_known: bool
) -> None:
    folder = boosted(lambda structures: structures)
    assert folder.summed_dose is not None
    is_reached = np.ones(folder.summed_dose.dose_gy.shape, dtype=bool)
    is_reached[len(is_reached) // 2 :] = False
    cut = replace(folder, summed_dose=replace(folder.summed_dose, is_reached=is_reached))
    asked = Constraint("C1", "Core", metric, comparison, limit, "Gy")
    means, results = of_sum(measure_course(cut, "C1", constraints=[asked]))
    assert "Core" not in means
    assert len(results) == is_known
    means, results = of_sum(measure_course(folder, "C1", constraints=[asked]))
    assert "Core" in means
    assert len(results) == 1


def test_structures_and_dose_without_a_plan_have_their_curves() -> None:
    measured = measure_course(replace(phantom_objects("c_shape"), plan=None), "C1")
    assert any(isinstance(row, PlanMeasure) and row.measure == "mean" for row in measured.rows)
    assert [plan.technique for plan in measured.rows if isinstance(plan, Plan)] == ["unknown"]


def test_the_charts_prescription_is_used_where_the_plan_states_none() -> None:
    folder = phantom_objects("c_shape")
    assert folder.plan is not None
    bare = replace(folder, plan=replace(folder.plan, prescriptions=()))
    assert measure_course(bare, "C1").prescription_gy is None
    measured = measure_course(bare, "C1", charted_dose_gy=50.0)
    assert measured.prescription_gy == 50.0
    assert any(isinstance(row, PlanMeasure) and row.measure == "V95%" for row in measured.rows)


def test_registrations_one_after_another_carry_structures_over() -> None:
    def shift(x_mm: float, y_mm: float) -> FloatArray:
        matrix = np.eye(4)
        matrix[:2, 3] = x_mm, y_mm
        return matrix

    chain = (Registration("mr", "pet", shift(10.0, 0.0)), Registration("ct", "pet", shift(0.0, 4.0)))
    link = link_frames("mr", "ct", chain)
    assert link.matrix is not None
    np.testing.assert_allclose(link.matrix[:3, 3], [10.0, -4.0, 0.0])
    assert link_frames("mr", "other", chain).matrix is None


def test_registrations_that_disagree_carry_nothing_and_that_is_said() -> None:
    def shift(x_mm: float) -> FloatArray:
        matrix = np.eye(4)
        matrix[0, 3] = x_mm
        return matrix

    near, far = Registration("mr", "ct", shift(10.0)), Registration("ct", "mr", shift(-30.0))
    disputed = link_frames("mr", "ct", (near, far))
    assert disputed.matrix is None and disputed.is_disputed
    assert "differ by 20.0 mm" in disputed.sentence
    again = link_frames("mr", "ct", (near, Registration("mr", "ct", shift(10.4))))
    assert again.matrix is not None and again.matrix[0, 3] == 10.0
