"""The phantoms as objects: volumes of contours, plans that add up, leaves that follow, sessions that count."""

from datetime import date, timedelta
from functools import cache

import numpy as np
import pytest

from isocenter.errors import UnknownName
from isocenter.phantoms import (
    PHANTOMS,
    Delivery,
    PlanStyle,
    Quirks,
    phantom_names,
    phantom_objects,
    phantom_truth,
)
from isocenter.phantoms.aperture import LEAF_BOUNDARIES_MM, sweep, view
from isocenter.phantoms.images import keyhole
from isocenter.terms.imaging import ContouredStructure, PlanFolder, TreatmentPlan

TECHNIQUES = [
    PlanStyle(technique, (0.0, 90.0, 200.0))
    for technique in (
        "sliding_window",
        "step_and_shoot",
        "vmat",
        "compensator",
        "field_in_field",
        "conformal",
        "open",
    )
]


def area(points: np.ndarray) -> float:
    x, y = points.T
    return abs(float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))) / 2


def contour_volume_cc(structure: ContouredStructure, slice_mm: float) -> float:
    volume_mm3 = 0.0
    for z in structure.z_mm:
        areas = [area(points) for z_mm, points in structure.contours if z_mm == z]
        volume_mm3 += (2 * max(areas) - sum(areas)) * slice_mm
    return volume_mm3 / 1000


@cache
def plain(name: str) -> PlanFolder:
    """The phantom as it is by default, made once for all tests."""
    return phantom_objects(name)


def plan_of(name: str = "c_shape", **knobs: object) -> TreatmentPlan:
    plan = phantom_objects(name, **knobs).plan  # type: ignore[arg-type]
    assert plan is not None
    return plan


@pytest.mark.parametrize("name", phantom_names())
def test_contours_hold_the_closed_volume_within_their_slices(name: str) -> None:
    structures = plain(name).structure_set
    assert structures is not None
    for part_name, volume_cc in phantom_truth(name).volumes_cc.items():
        slice_mm = PHANTOMS[name].slice_mm
        measured_cc = contour_volume_cc(structures.named(part_name), slice_mm)
        # The midpoint rule on round ends: 1 % at the usual dozen slices, a little more for the smallest.
        assert measured_cc == pytest.approx(volume_cc, rel=0.01), part_name


def test_thinner_slices_come_closer_to_the_closed_volume() -> None:
    truth = phantom_truth("sphere").volumes_cc["Solid"]
    errors = []
    for slice_mm in (4.0, 2.0, 1.0):
        structures = phantom_objects("sphere", slice_mm=slice_mm).structure_set
        assert structures is not None
        errors.append(abs(contour_volume_cc(structures.named("Solid"), slice_mm) / truth - 1))
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.002


@pytest.mark.parametrize("name", phantom_names())
def test_prescription_fractions_and_beam_doses_agree(name: str) -> None:
    plan = plain(name).plan
    assert plan is not None
    fraction_gy = sum(beam.beam_dose_gy or 0.0 for beam in plan.treatment_beams)
    assert fraction_gy * (plan.fractions or 0) == pytest.approx(plan.prescribed_dose_gy, abs=0.01)
    assert all((beam.monitor_units or 0) > 0 for beam in plan.treatment_beams)


@pytest.mark.parametrize("name", [n for n in phantom_names() if PHANTOMS[n].dose is None])
def test_the_dose_grid_reaches_the_prescription_in_every_target(name: str) -> None:
    made = plain(name)
    assert made.dose is not None
    for part in PHANTOMS[name].contents:
        if part.name in PHANTOMS[name].prescription_gy:
            z, y, x = np.meshgrid(made.dose.z_mm, made.dose.y_mm, made.dose.x_mm, indexing="ij")
            inside = part.shape.signed_distance(x, y, z) <= 0
            prescribed_gy = PHANTOMS[name].prescription_gy[part.name]
            assert made.dose.dose_gy[inside].min() >= prescribed_gy - 0.002


def test_the_core_of_the_c_shape_is_spared() -> None:
    made = plain("c_shape")
    assert made.dose is not None
    core = next(part.shape for part in PHANTOMS["c_shape"].parts if part.name == "Core")
    z, y, x = np.meshgrid(made.dose.z_mm, made.dose.y_mm, made.dose.x_mm, indexing="ij")
    doses = made.dose.dose_gy[core.signed_distance(x, y, z) <= 0]
    assert np.quantile(doses, 0.9) < 0.6 * 50
    assert doses.mean() < 25


@pytest.mark.parametrize("style", TECHNIQUES, ids=lambda style: style.technique)
def test_control_points_run_from_nothing_to_everything(style: PlanStyle) -> None:
    for beam in plan_of(style=style).beams:
        weights = [point.cumulative_weight for point in beam.control_points]
        assert weights[0] == 0
        assert weights[-1] == 1
        assert weights == sorted(weights)
        for point in beam.control_points:
            if point.leaves_mm is not None:
                assert (point.leaves_mm[0] <= point.leaves_mm[1]).all()


@pytest.mark.parametrize(
    ("technique", "stops", "moves"), [("vmat", 0, True), ("sliding_window", 3, True), ("conformal", 3, False)]
)
def test_arcs_turn_and_static_fields_stand(technique: str, stops: int, moves: bool) -> None:
    beams = plan_of(style=PlanStyle(technique, (0.0, 90.0, 200.0))).beams  # type: ignore[arg-type]
    standing = [beam for beam in beams if len({p.gantry_deg for p in beam.control_points}) == 1]
    assert len(standing) == stops
    leaves = [p.leaves_mm for p in beams[0].control_points if p.leaves_mm is not None]
    assert any(not np.array_equal(leaf, leaves[0]) for leaf in leaves) == moves


def test_two_arcs_of_a_plan_turn_against_each_other() -> None:
    arcs = plan_of("prostate").beams
    assert [arc.control_points[0].rotation for arc in arcs] == ["CW", "CC"]
    assert [arc.control_points[-1].rotation for arc in arcs] == ["NONE", "NONE"]
    assert arcs[0].control_points[1].gantry_deg > arcs[0].control_points[0].gantry_deg


def test_open_leaves_let_the_whole_target_be_seen() -> None:
    made = plain("convex_control")
    assert made.plan is not None
    for beam in made.plan.beams:
        leaves = beam.control_points[0].leaves_mm
        assert leaves is not None
        open_rows = leaves[1] > leaves[0]
        # A ball of 28 mm radius, seen at the isocenter plane with a margin of 5 mm.
        assert leaves[1].max() - leaves[0].min() == pytest.approx(2 * (28 + 5), abs=1.5)
        assert 11 <= open_rows.sum() <= 13


def test_from_the_left_the_anterior_side_of_a_target_lies_at_negative_leaf_positions() -> None:
    anterior, isocenter = np.array([[0.0, -40.0, 1.0], [0.0, -30.0, 1.0]]), np.zeros(3)
    seen = view(90.0, isocenter, anterior, np.empty((0, 3)), 3.0)
    assert np.nanmax(seen.target) < 0


def test_a_source_magnifies_what_lies_nearer_to_it() -> None:
    near = view(0.0, np.zeros(3), np.array([[50.0, -100.0, 1.0]]), np.empty((0, 3)), 3.0)
    assert np.nanmax(near.target) == pytest.approx(50 / 0.9 + 5)


def test_a_sweep_opens_shaded_places_for_a_shorter_time() -> None:
    wall = np.array([[x, 0.0, z] for x in np.arange(-40, 41, 2.0) for z in np.arange(-10, 11, 2.0)])
    organ = wall[(wall[:, 0] > 10) & (wall[:, 0] < 25)]
    seen = view(0.0, np.zeros(3), wall, organ, 2.0)
    shares = np.linspace(0, 1, 2001)
    leaves = sweep(seen, shares)
    row = int(np.searchsorted(LEAF_BOUNDARIES_MM, 0.0))
    open_share = [((leaves[:, 0, row] <= u) & (leaves[:, 1, row] > u)).mean() for u in (5.0, 17.5)]
    assert open_share[1] < 0.6 * open_share[0]


def test_set_up_fields_stand_first_and_carry_no_meterset() -> None:
    plan = plan_of(style=PlanStyle(setup_beams=True))
    assert [beam.delivery_type for beam in plan.beams[:3]] == ["SETUP", "SETUP", "TREATMENT"]
    assert plan.beams[0].monitor_units is None
    assert len({beam.number for beam in plan.beams}) == len(plan.beams)


def test_an_undocumented_compensator_is_named_and_not_described() -> None:
    documented = plan_of("lung").beams[0].compensators[0]
    silent = plan_of("lung", style=PlanStyle("compensator", compensator_data=False)).beams[0].compensators[0]
    assert documented.has_thickness
    assert documented.rows > 0
    assert not silent.has_thickness
    assert silent.identifier


def test_an_unapproved_plan_names_no_reviewer() -> None:
    assert plan_of().reviewer == "ONCOLOGIST^ADA"
    plan = plan_of(style=PlanStyle(approval="UNAPPROVED"))
    assert (plan.approval, plan.reviewer, plan.approved_on) == ("UNAPPROVED", "", None)


def test_fractions_are_given_on_weekdays_that_are_no_holidays() -> None:
    holiday = date(2026, 1, 8)
    made = phantom_objects("spine", delivery=Delivery(holidays=(holiday,)))
    days = [record.treated_on for record in made.records]
    assert [record.fraction_number for record in made.records] == [1, 2, 3, 4, 5]
    assert days == [date(2026, 1, d) for d in (5, 6, 7, 9, 12)]


def test_an_interrupted_fraction_is_completed_on_the_next_weekday() -> None:
    made = phantom_objects("spine", delivery=Delivery(partial=(2,)))
    assert made.plan is not None
    first, second = (record for record in made.records if record.fraction_number == 2)
    assert first.treated_on is not None
    assert second.treated_on == first.treated_on + timedelta(days=1)
    assert "MACHINE" in [beam.termination for beam in first.beams]
    delivered_mu = sum(beam.delivered_mu or 0 for record in (first, second) for beam in record.beams)
    assert delivered_mu == pytest.approx(sum(beam.monitor_units or 0 for beam in made.plan.beams))


def test_a_repeated_fraction_is_recorded_twice() -> None:
    made = phantom_objects("spine", delivery=Delivery(repeated=(3,)))
    assert [record.fraction_number for record in made.records] == [1, 2, 3, 3, 4, 5]


def test_a_course_may_stop_early_and_deliver_too_much() -> None:
    made = phantom_objects("spine", delivery=Delivery(fractions=3, mu_deviation_percent=4.0))
    assert len(made.records) == 3
    for beam in made.records[0].beams:
        assert beam.delivered_mu == pytest.approx(1.04 * (beam.specified_mu or 0), abs=0.001)


def test_set_up_shifts_follow_the_seed_alone() -> None:
    shifts = [[r.table_shift_mm for r in phantom_objects("spine", seed=seed).records] for seed in (1, 1, 2)]
    assert shifts[0] == shifts[1]
    assert shifts[0] != shifts[2]
    unshifted = phantom_objects("spine", delivery=Delivery(shift_mm=None))
    assert {record.table_shift_mm for record in unshifted.records} == {None}


def test_the_registration_brings_the_earlier_target_next_to_todays() -> None:
    made = plain("reirradiation")
    (earlier,), (registration,) = made.earlier, made.registrations
    assert earlier.structure_set is not None
    assert made.structure_set is not None
    assert registration.source_frame_uid == earlier.structure_set.frame_of_reference_uid
    assert registration.target_frame_uid == made.structure_set.frame_of_reference_uid
    old = earlier.structure_set.named("PTV_45")
    points = np.vstack([np.column_stack([xy, np.full(len(xy), z)]) for z, xy in old.contours])
    moved = np.column_stack([points, np.ones(len(points))]) @ registration.matrix.T
    assert moved[:, :2].mean(axis=0) == pytest.approx([10, 10], abs=0.1)
    # The last of its slices ends half a slice below the plane where today's target begins.
    assert moved[:, 2].max() == pytest.approx(-2.0, abs=0.01)
    assert made.structure_set.named("PTV_40").z_mm[0] == pytest.approx(2.0, abs=0.01)


def test_a_keyhole_has_the_area_of_the_outline_less_the_hole() -> None:
    square = np.array([[0.0, 0.0], [10, 0], [10, 10], [0, 10]])
    hole = np.array([[4.0, 4.0], [6, 4], [6, 6], [4, 6]])
    assert area(keyhole(square, hole)) == pytest.approx(96.0)


def test_a_keyhole_structure_keeps_its_volume_with_one_contour_a_slice() -> None:
    rings, keyholes = (
        phantom_objects("prostate", quirks=Quirks(keyhole_contours=on)).structure_set for on in (False, True)
    )
    assert rings is not None
    assert keyholes is not None
    wall, one_piece = rings.named("Rectum_Wall"), keyholes.named("Rectum_Wall")
    assert len(one_piece.contours) * 2 == len(wall.contours)
    assert contour_volume_cc(one_piece, 3.0) == pytest.approx(contour_volume_cc(wall, 3.0), rel=1e-3)


def test_end_caps_add_a_slice_at_each_end_but_not_to_the_body() -> None:
    uncapped, capped = (phantom_objects("c_shape", quirks=Quirks(end_caps=on)).structure_set for on in (False, True))
    assert uncapped is not None
    assert capped is not None
    assert len(capped.named("PTV_50").contours) == len(uncapped.named("PTV_50").contours) + 2
    assert len(capped.named("Body").contours) == len(uncapped.named("Body").contours)


def test_odd_names_markers_and_numbers_can_be_asked_for() -> None:
    quirks = Quirks(odd_names=True, empty_markers=True, shuffled_numbers=True)
    structures = phantom_objects("left_breast", quirks=quirks, seed=3).structure_set
    assert structures is not None
    names = [s.name for s in structures.structures]
    assert {"Lt Lung", "LUNG_RIGHT", "Spinal-Cord"} <= set(names)
    assert not structures.structures[0].contours
    assert not structures.named("Marker 1").contours
    numbers = [s.number for s in structures.structures]
    assert len(set(numbers)) == len(numbers)
    assert numbers != sorted(numbers)


def test_uneven_slices_are_twice_as_far_apart_in_the_outer_quarters() -> None:
    ct = phantom_objects("c_shape", quirks=Quirks(uneven_slices=True)).ct
    assert ct is not None
    steps_mm = np.diff(ct.z_mm)
    assert set(np.round(steps_mm, 3)) == {3.0, 6.0}
    assert steps_mm[0] == steps_mm[-1] == 6.0
    assert steps_mm[len(steps_mm) // 2] == 3.0


@pytest.mark.parametrize(
    ("position", "from_in_front"), [("HFS", 0), ("HFP", 180), ("FFS", 0), ("FFP", 180), ("HFDR", 270)]
)
def test_the_gantry_looks_at_the_patient_from_the_same_side_however_he_lies(
    position: str, from_in_front: float
) -> None:
    plan = plan_of("convex_control", quirks=Quirks(patient_position=position))  # type: ignore[arg-type]
    assert plan.beams[0].control_points[0].gantry_deg == from_in_front


def test_more_dose_references_mislead_no_one_who_looks_at_volumes() -> None:
    plan = plan_of(quirks=Quirks(more_dose_references=True))
    kinds = [prescription.kind for prescription in plan.prescriptions]
    assert kinds.count("TARGET") == 2
    assert kinds.count("ORGAN_AT_RISK") == 1
    assert plan.prescribed_dose_gy == 50.0


def test_stored_dvhs_follow_the_closed_form_and_may_state_per_cent() -> None:
    usual = phantom_objects("sphere", quirks=Quirks(stored_dvhs=True)).dose
    odd = phantom_objects("sphere", quirks=Quirks(stored_dvhs=True, dvh_statistics_in_percent=True)).dose
    assert usual is not None
    assert odd is not None
    solid = usual.stored_dvhs[1]
    exact_cc = phantom_truth("sphere").closed_forms["Solid"](solid.dose_gy)
    assert np.abs(solid.volume_cc - exact_cc).max() < 0.02 * exact_cc[0]
    assert solid.stated_mean == pytest.approx(16.0, abs=0.05)
    assert odd.stored_dvhs[1].stated_mean == pytest.approx(100 * 16 / 28, abs=0.2)


def test_an_unknown_phantom_is_answered_with_those_that_exist() -> None:
    with pytest.raises(UnknownName, match="nearest is 'prostate'"):
        phantom_objects("prostata")
