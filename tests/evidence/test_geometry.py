"""Nearness, overlap, concavity and margins against closed forms, plain twins and symmetry."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.naive_geometry import (
    circle,
    draw_box,
    draw_cylinder,
    draw_prism,
    draw_sphere,
    least_contour_distance,
    moved,
    shared_cc,
)

from isocenter.evidence.bodies.solids import make_solid, split_parts
from isocenter.evidence.doses.dvh import structure_volume_cc
from isocenter.evidence.geometry.distance import dose_fall_gy_per_mm
from isocenter.evidence.geometry.geometry import (
    geometry_measures,
    margin_measures,
    measure_expansion,
    measure_geometry,
)
from isocenter.evidence.kernels.proximity import surface_distances
from isocenter.intake.dicom_rt import read_structures
from isocenter.terms.imaging import ContouredStructure

DIRECTIONS = [(1, 0, 0), (0, 1, 0), (1, 1, 0), (1, 0, 1), (1, 1, 1), (-2, 1, -1)]


def pair_of(target, structure, **options):
    (geometry,) = measure_geometry([target], [structure], **options)
    (pair,) = geometry.pairs
    return pair


def union(name, *structures):
    contours = tuple(contour for structure in structures for contour in structure.contours)
    return ContouredStructure(1, name, contours=contours)


def horseshoe(bottom_mm=-30.0, top_mm=30.0, slice_mm=3.0):
    """A ring of radii 20 and 35 mm around the origin, open by a quarter towards +y."""
    t = np.radians(np.linspace(135, 405, 200))
    outer = np.column_stack([35 * np.cos(t), 35 * np.sin(t)])
    inner = np.column_stack([20 * np.cos(t), 20 * np.sin(t)])[::-1]
    return draw_prism("PTV", [np.vstack([outer, inner])], bottom_mm, top_mm, slice_mm)


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("slice_mm", [1.0, 3.0])
@pytest.mark.parametrize("gap_mm", [1.5, 12.0])
def test_two_spheres_are_as_far_apart_as_their_centers_say(direction, slice_mm, gap_mm):
    unit = np.array(direction) / np.linalg.norm(direction)
    target = draw_sphere("PTV", (0, 0, 0), 20, slice_mm, first_mm=0.7)
    organ = draw_sphere("Cord", unit * (35 + gap_mm), 15, slice_mm, first_mm=0.7)
    pair = pair_of(target, organ)
    assert pair.distance_mm == pytest.approx(gap_mm, abs=0.03 if slice_mm == 1 else 0.25)
    assert pair.target_point_mm == pytest.approx(tuple(unit * 20), abs=3.0)
    apart = np.linalg.norm(np.subtract(pair.target_point_mm, pair.structure_point_mm))
    assert apart == pytest.approx(pair.distance_mm, abs=0.3)


@pytest.mark.parametrize("first_mm", [0.0, 0.6, 1.1, 2.4])
def test_bodies_that_face_each_other_along_z_are_known_to_half_a_slice_each(first_mm):
    target = draw_sphere("PTV", (0, 0, 0), 20, 3.0, first_mm)
    organ = draw_sphere("Cord", (0, 0, 41), 15, 3.0, first_mm)
    pair = pair_of(target, organ)
    assert pair.resolution_mm == pytest.approx(3.0)
    assert abs(pair.distance_mm - 6.0) <= pair.resolution_mm


def test_flat_ends_that_face_each_other_are_as_far_apart_as_their_heights_say():
    target = draw_box("PTV", (-20, -20, 0), (20, 20, 30), 3.0)
    thin = draw_cylinder("Cord", (5, 5), 1.0, 36, 60, 3.0)
    # The end of a body thinner than a slice is rounded off.
    assert pair_of(target, thin).distance_mm == pytest.approx(6.0, abs=0.8)
    wide = draw_box("Bladder", (-30, -10, 39), (10, 30, 60), 3.0)
    assert pair_of(target, wide).distance_mm == pytest.approx(9.0, abs=1e-6)


def test_a_sphere_beside_a_cylinder_is_as_far_as_its_center_less_both_radii():
    target = draw_sphere("PTV", (30, 12, 4), 18, 2.0)
    cord = draw_cylinder("SpinalCord", (0, 0), 6, -60, 60, 2.0)
    pair = pair_of(target, cord)
    assert pair.distance_mm == pytest.approx(np.hypot(30, 12) - 24, abs=0.1)
    assert pair.resolution_mm < 0.05


def test_planes_that_do_not_coincide_do_not_lengthen_the_distance():
    target = draw_cylinder("PTV", (0, 0), 20, -30, 30, 3.0)
    cord = moved(draw_cylinder("SpinalCord", (31, 0), 10, -30, 30, 3.0), (0, 0, 1.3))
    assert pair_of(target, cord).distance_mm == pytest.approx(1.0, abs=0.05)


def test_an_organ_within_the_target_overlaps_it_wholly_and_is_at_no_distance():
    pair = pair_of(draw_sphere("PTV", (0, 0, 0), 25, 2.0), draw_sphere("Urethra", (3, 2, 1), 6, 2.0))
    assert pair.distance_mm == 0.0
    assert pair.overlap_of_structure_percent == pytest.approx(100, abs=1e-6)
    assert pair.overlap_of_target_percent == pytest.approx(100 * (6 / 25) ** 3, rel=0.03)


def test_an_organ_in_the_hole_of_a_ring_does_not_overlap_it():
    ring = draw_prism("PTV", [circle((0, 0), 30), circle((0, 0), 14)], -30, 30, 3.0)
    cord = draw_cylinder("SpinalCord", (0, 0), 9, -24, 24, 3.0)
    pair = pair_of(ring, cord)
    assert pair.overlap_cc == 0.0
    assert pair.distance_mm == pytest.approx(5.0, abs=0.05)
    assert pair.in_slice_concavity_percent == pytest.approx(100, abs=1e-6)
    assert pair.surface_within_reach_percent > 20


def test_overlapping_spheres_share_a_lens():
    radius, apart = 20.0, 24.0
    lens_cc = np.pi * (2 * radius - apart) ** 2 * (apart**2 + 4 * apart * radius) / (12 * apart) / 1000
    target, organ = (
        draw_sphere("PTV", (0, 0, 0), radius, 2.0),
        draw_sphere("Rectum", (apart, 0, 0), radius, 2.0),
    )
    pair = pair_of(target, organ)
    assert pair.overlap_cc == pytest.approx(lens_cc, rel=0.02)
    assert pair.overlap_cc == pytest.approx(shared_cc(target, organ, 2.0, 2.0), rel=0.05)
    assert pair.distance_mm == 0.0


def test_the_least_distance_of_ragged_contours_is_that_of_their_plain_twin():
    rng = np.random.default_rng(5)
    for _ in range(4):
        rings = []
        for center in ((0.0, 0.0), (26.0, 4.0)):
            count = 40
            t = np.arange(count) * 2 * np.pi / count
            r = 11 + rng.uniform(-3, 3, count)
            rings.append(np.column_stack([center[0] + r * np.cos(t), center[1] + r * np.sin(t)]))
        target = draw_prism("PTV", [rings[0]], 0, 9, 3.0)
        organ = draw_prism("Cord", [rings[1]], 0, 9, 3.0)
        expected = least_contour_distance(target, organ)
        assert pair_of(target, organ).distance_mm == pytest.approx(expected, abs=0.02)


def test_a_convex_target_has_solidity_one_and_no_concavity():
    for target in (draw_sphere("PTV", (0, 0, 0), 20, 3.0), draw_box("PTV", (-9, -7, 0), (20, 14, 30), 3.0)):
        (geometry,) = measure_geometry([target], [draw_cylinder("Cord", (30, 0), 8, -30, 30, 3.0)])
        assert geometry.parts[0].slice_solidity == pytest.approx(1, abs=1e-6)
        assert geometry.parts[0].space_solidity == pytest.approx(1, abs=1e-6)
        assert geometry.pairs[0].in_space_concavity_cc == pytest.approx(0, abs=1e-6)


def test_a_horseshoe_holds_the_core_in_its_concavity():
    area = np.pi * (35**2 - 20**2) * 0.75
    outer_hull = np.pi * 35**2 * 0.75 + 35**2 / 2
    core = draw_cylinder("Core", (0, 0), 12, -30, 30, 3.0)
    (geometry,) = measure_geometry([horseshoe()], [core])
    assert geometry.parts[0].slice_solidity == pytest.approx(area / outer_hull, abs=0.003)
    assert geometry.parts[0].space_solidity == pytest.approx(area / outer_hull, abs=0.003)
    pair = geometry.pairs[0]
    assert pair.distance_mm == pytest.approx(8.0, abs=0.02)
    assert pair.in_slice_concavity_percent == pytest.approx(100, abs=0.1)
    # The hull's chord runs at 35 / sqrt(2) = 24.7 mm: half of a disc of 12 mm centered there lies within it.
    outside = draw_cylinder("Core", (0, 35 / np.sqrt(2)), 12, -30, 30, 3.0)
    assert pair_of(horseshoe(), outside).in_slice_concavity_percent == pytest.approx(50, abs=0.7)


def test_a_saddle_is_concave_in_space_alone():
    """Two discs joined by a thinner rod: each slice is convex, the whole is not."""
    contours = [(float(z), circle((0, 0), 10.0 if 12 < z < 48 else 30.0)) for z in np.arange(1.5, 60, 3)]
    dumbbell = ContouredStructure(1, "PTV", contours=tuple(contours))
    organ = draw_cylinder("Organ", (20, 0), 5, 21, 39, 3.0)
    (geometry,) = measure_geometry([dumbbell], [organ])
    assert geometry.parts[0].slice_solidity == pytest.approx(1, abs=1e-6)
    assert geometry.parts[0].space_solidity == pytest.approx((24 * 900 + 36 * 100) / (60 * 900), abs=0.01)
    assert geometry.pairs[0].in_slice_concavity_percent == 0
    assert geometry.pairs[0].in_space_concavity_percent == pytest.approx(100, abs=0.5)


def test_the_only_part_of_a_target_has_the_volume_of_the_target():
    target = draw_sphere("PTV", (0, 0, 0), 21, 3.0)
    (geometry,) = measure_geometry([target], [])
    assert [part.volume_cc for part in geometry.parts] == [structure_volume_cc(target)]


def test_each_of_several_lesions_is_measured_by_itself():
    lesions = [draw_sphere("PTV", center, 8, 2.0) for center in ((0, 0, 0), (60, 0, 0), (0, 0, 50))]
    many = union("PTV", *lesions)
    organ = draw_sphere("Brainstem", (30, 0, 0), 10, 2.0)
    (geometry,) = measure_geometry([many], [organ])
    assert len(geometry.parts) == 3
    assert all(part.space_solidity == pytest.approx(1, abs=1e-6) for part in geometry.parts)
    sphere_cc = 4 / 3 * np.pi * 8**3 / 1000
    assert [part.volume_cc for part in geometry.parts] == pytest.approx([sphere_cc] * 3, rel=0.01)
    assert sorted(pair.distance_mm for pair in geometry.pairs)[:2] == pytest.approx([12, 12], abs=0.1)
    assert all(pair.in_space_concavity_cc == 0 for pair in geometry.pairs)
    named = {(row.structure, row.part, row.beside) for row in geometry_measures("plan", [geometry])}
    assert {("PTV", "component 1", ""), ("PTV", "component 3", "Brainstem")} <= named
    (single,) = measure_geometry([lesions[0]], [organ])
    assert {row.part for row in geometry_measures("plan", [single])} == {""}


def test_a_target_with_a_missing_middle_is_two_parts():
    halves = (
        draw_cylinder("PTV", (0, 0), 10, 0, 20, 2.0).contours + draw_cylinder("PTV", (0, 0), 10, 40, 60, 2.0).contours
    )
    solid = make_solid(ContouredStructure(1, "PTV", contours=halves))
    assert [part.volume_cc for part in split_parts(solid)] == pytest.approx([np.pi * 100 * 20 / 1000] * 2, rel=0.01)


@pytest.mark.parametrize(
    ("apart_mm", "aside_mm", "parts"),
    [(0.0, 0.0, 1), (0.05, 0.0, 1), (0.4, 0.0, 2), (0.0, 11.0, 1), (0.0, 12.0, 2)],  # at 12 mm they meet in a corner
)
def test_a_body_drawn_in_two_halves_that_touch_is_one_part(apart_mm, aside_mm, parts):
    left = draw_box("PTV", (-10, 0, -6), (0, 12, 6), 3.0)
    right = draw_box("PTV", (apart_mm, aside_mm, -6), (10, 12 + aside_mm, 6), 3.0)
    for turned in (1, -1):
        both = [(z, points[:, ::turned]) for z, points in union("PTV", left, right).contours]
        solid = make_solid(ContouredStructure(1, "PTV", contours=tuple(both)))
        assert len(split_parts(solid)) == parts
        assert sum(part.volume_cc for part in split_parts(solid)) == pytest.approx(solid.volume_cc)


def test_a_forked_target_is_one_part():
    """Two legs that grow together above: the lower contours are joined only through the upper ones."""
    legs = [contour for x in (-12, 12) for contour in draw_cylinder("PTV", (x, 0), 8, 0, 20, 2.0).contours]
    body = draw_box("PTV", (-22, -9, 20), (22, 9, 40), 2.0).contours
    solid = make_solid(ContouredStructure(1, "PTV", contours=tuple(legs) + body))
    assert len(split_parts(solid)) == 1


def test_the_share_of_surface_beside_a_structure_is_that_of_the_near_arc():
    """A point at distance d from a wire outside a cylinder: the arc within reach has a closed form."""
    target = draw_cylinder("PTV", (0, 0), 20, -30, 30, 3.0)
    wire = draw_cylinder("Cord", (24, 0), 1, -60, 60, 3.0)
    # |p - c| <= 11 from the wire's axis: 20^2 + 24^2 - 2 * 20 * 24 cos(a) <= 121.
    share = np.degrees(np.arccos((400 + 576 - 121) / 960)) / 180 * 100
    assert pair_of(target, wire).surface_within_reach_percent == pytest.approx(share, abs=1.0)


@pytest.mark.parametrize("slice_mm", [1.0, 3.0])
def test_an_expansion_by_five_millimeters_has_that_margin_everywhere(slice_mm):
    inner, outer = draw_sphere("CTV", (4, 5, 6), 20, slice_mm), draw_sphere("PTV", (4, 5, 6), 25, slice_mm)
    (margins,) = measure_expansion(inner, outer)
    ways = [margins.left_mm, margins.right_mm, margins.anterior_mm, margins.posterior_mm]
    assert ways == pytest.approx([5] * 4, abs=0.1)
    assert margins.mean_mm == pytest.approx(5, abs=0.03 * slice_mm)
    assert margins.least_mm == pytest.approx(5, abs=0.1 * slice_mm)
    assert abs(margins.superior_mm - 5) <= slice_mm


def test_margins_are_given_by_direction_and_a_cropped_side_shows_in_the_least():
    inner = draw_box("CTV", (-20, -15, -12), (20, 15, 12), 3.0)
    outer = draw_box("PTV", (-27, -18, -18), (26, 23, 21), 3.0)
    (margins,) = measure_expansion(inner, outer)
    assert (margins.right_mm, margins.left_mm) == pytest.approx((7, 6))
    assert (margins.anterior_mm, margins.posterior_mm) == pytest.approx((3, 8))
    assert (margins.inferior_mm, margins.superior_mm) == pytest.approx((6, 9))
    assert margins.least_mm == pytest.approx(3, abs=0.01)
    cropped = draw_box("PTV", (-27, -10, -18), (26, 23, 21), 3.0)
    assert measure_expansion(inner, cropped)[0].least_mm == pytest.approx(-5, abs=0.01)
    names = {row.measure for row in margin_measures("plan", [margins])}
    assert {"margin_left_mm", "margin_superior_mm", "margin_least_mm", "margin_mean_mm"} <= names


def test_each_part_of_a_ctv_has_the_margins_of_the_part_of_the_ptv_around_it():
    first, second = (0, 0, 0), (70, 0, 9)
    inner = union("CTV", draw_sphere("", first, 10, 2.0), draw_sphere("", second, 10, 2.0))
    outer = union("PTV", draw_sphere("", first, 13, 2.0), draw_sphere("", second, 15, 2.0))
    assert sorted(m.left_mm for m in measure_expansion(inner, outer)) == pytest.approx([3, 5], abs=0.1)


SYMMETRIES = {
    "turned": {"turned": True},
    "mirrored": {"mirrored": True},
    "moved": {"by_mm": (13.3, -7.1, 4.4)},
}


@pytest.mark.parametrize("how", SYMMETRIES)
@settings(max_examples=8, deadline=None)
@given(
    st.tuples(st.floats(-40, 40), st.floats(-40, 40), st.floats(-20, 20)),
    st.floats(8, 15),
)
def test_where_the_patient_lies_does_not_change_the_numbers(how, center, radius_mm):
    target, organ = horseshoe(), draw_sphere("Organ", center, radius_mm, 3.0, first_mm=1.5)
    before = pair_of(target, organ)
    after = pair_of(moved(target, **SYMMETRIES[how]), moved(organ, **SYMMETRIES[how]))
    assert after.distance_mm == pytest.approx(before.distance_mm, abs=0.1)
    assert after.overlap_cc == pytest.approx(before.overlap_cc, abs=0.05)
    assert after.in_space_concavity_percent == pytest.approx(before.in_space_concavity_percent, abs=1.0)
    assert after.surface_within_reach_percent == pytest.approx(before.surface_within_reach_percent, abs=1.0)


@pytest.mark.parametrize("slice_mm", [1.0, 2.0, 5.0])
def test_finer_or_coarser_slices_give_the_same_numbers(slice_mm):
    target = horseshoe(-30, 30, slice_mm)
    organ = draw_cylinder("Core", (2, 3), 11, -30, 30, slice_mm)
    pair = pair_of(target, organ)
    reference = pair_of(horseshoe(-30, 30, 3.0), draw_cylinder("Core", (2, 3), 11, -30, 30, 3.0))
    assert pair.distance_mm == pytest.approx(reference.distance_mm, abs=0.02)
    assert pair.in_space_concavity_percent == pytest.approx(reference.in_space_concavity_percent, abs=0.5)
    assert pair.surface_within_reach_percent == pytest.approx(reference.surface_within_reach_percent, abs=1.0)


def test_structures_without_contours_give_no_rows():
    (geometry,) = measure_geometry([draw_sphere("PTV", (0, 0, 0), 9, 3.0)], [ContouredStructure(2, "Empty")])
    assert geometry.pairs == ()
    assert measure_geometry([ContouredStructure(2, "Empty")], []) == ()


def test_a_structure_on_one_slice_is_measured_with_the_thickness_given():
    lone = draw_box("Chiasm", (30, -5, 0), (36, 5, 3), 3.0)
    pair = pair_of(draw_box("PTV", (0, -20, -30), (25, 20, 30), 3.0), lone, lone_slice_mm=3.0)
    assert pair.distance_mm == pytest.approx(5.0, abs=1e-6)


def test_the_fall_of_dose_demanded_is_the_difference_over_the_distance():
    assert dose_fall_gy_per_mm(70, 45, 5) == pytest.approx(5.0)
    assert dose_fall_gy_per_mm(40, 45, 5) == 0.0
    assert dose_fall_gy_per_mm(70, 45, 0) is None


def test_the_rows_are_plain_numbers_and_the_same_each_time():
    target, organ = horseshoe(), draw_cylinder("Core", (0, 0), 12, -30, 30, 3.0)
    rows = [geometry_measures("plan", measure_geometry([target], [organ])) for _ in range(2)]
    assert rows[0] == rows[1]
    assert json.dumps(rows[0])


def test_the_c_shape_of_tg_119_holds_its_core_in_its_concavity(shared_data):
    """The horseshoe fills three quarters of its hull; the core lies 3 mm off and mostly within the concavity."""
    structures, _ = read_structures(shared_data / "tg119_pyradplan" / "RTSTRUCT.dcm")
    (geometry,) = measure_geometry([structures.named("OuterTarget")], [structures.named("Core")])
    assert geometry.parts[0].slice_solidity == pytest.approx(0.742, abs=0.003)
    assert geometry.parts[0].space_solidity == pytest.approx(0.742, abs=0.003)
    pair = geometry.pairs[0]
    assert pair.distance_mm == pytest.approx(3.0, abs=0.05)
    assert pair.overlap_cc == 0
    assert pair.in_slice_concavity_percent == pytest.approx(78, abs=1)


rings = st.lists(
    st.tuples(st.integers(-4, 4), st.integers(-4, 4)).map(lambda point: (5.0 * point[0], 5.0 * point[1])),
    min_size=1,
    max_size=9,
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([0.0, 3.0, 6.0, 30.0]), rings), max_size=6),
    st.lists(st.tuples(st.sampled_from([0.0, 3.0, 7.5, 33.0]), rings), max_size=6),
)
def test_contours_that_cross_repeat_or_enclose_nothing_still_give_finite_numbers(drawn, others):
    first, second = (
        ContouredStructure(1, name, contours=tuple((z, np.array(ring)) for z, ring in contours))
        for name, contours in (("PTV", drawn), ("Cord", others))
    )
    for geometry in measure_geometry([first], [second]):
        for row in geometry_measures("plan", [geometry]):
            assert np.isfinite(row.value), row
            assert row.value >= 0 or row.measure.startswith("margin")
    for margins in measure_expansion(first, second):
        assert np.isfinite([row.value for row in margin_measures("plan", [margins])]).all()


@pytest.mark.parametrize("points", [[(0, 0), (0, 10), (0, 20)], [(3, 3), (3, 3), (3, 3)]])
def test_a_target_whose_contours_enclose_nothing_has_no_volume_and_no_concavity(points):
    flat = ContouredStructure(1, "PTV", contours=tuple((3.0 * k, np.array(points, float)) for k in range(4)))
    (geometry,) = measure_geometry([flat], [draw_cylinder("Cord", (20, 0), 5, -9, 30, 3.0)])
    assert [part.volume_cc for part in geometry.parts] == [0]
    assert geometry.pairs[0].in_space_concavity_cc == 0
    assert np.isfinite(geometry.pairs[0].distance_mm)
    (margins,) = measure_expansion(flat, draw_cylinder("PTV", (0, 0), 40, -9, 30, 3.0))
    assert margins.least_mm > 0


def test_a_distance_that_is_cut_off_is_the_whole_one_cut_off():
    solid = make_solid(horseshoe())
    points = np.random.default_rng(2).uniform(-60, 60, (400, 3))
    whole = surface_distances(points, solid.body, 500.0)
    for reach_mm in (0.5, 3.0, 12.0):
        assert surface_distances(points, solid.body, reach_mm) == pytest.approx(
            np.clip(whole, -reach_mm, reach_mm), abs=1e-9
        )


def test_the_distance_to_a_ball_is_that_of_its_formula_within_and_without():
    ball = make_solid(draw_sphere("PTV", (0, 0, 0), 25, 2.0))
    points = np.random.default_rng(4).uniform(-45, 45, (300, 3))
    expected = np.linalg.norm(points, axis=1) - 25
    off = np.abs(surface_distances(points, ball.body, 500.0) - expected)
    beside = np.abs(points[:, 2]) < 0.8 * np.linalg.norm(points, axis=1)
    assert off[beside].max() < 0.2
    assert off.max() < 1.1  # half a slice where the ends are nearest
