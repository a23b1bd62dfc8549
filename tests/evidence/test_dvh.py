"""DVHs against closed formulas, a plain twin, their own symmetries, and a real planning system."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests import naive
from tests.evidence import analytic
from tests.evidence.analytic import Case, sixty_cases

from isocenter.errors import UnreadableInput
from isocenter.evidence.doses.dvh import compute_dvhs, structure_volume_cc, whole_grid_dvh
from isocenter.evidence.kernels import distance, scanline
from isocenter.terms.imaging import ContouredStructure, DoseGrid, FloatArray


def errors_of(case: Case, mode: str) -> tuple[float, float]:
    """Error of the volume, and the largest of the whole curve, in per cent of the true volume."""
    dvh = compute_dvhs([case.structure], case.dose, mode=mode)[0]
    curve = np.abs(dvh.cumulative_cc - case.cumulative_cc(dvh.dose_edges_gy)).max()
    return 100 * (dvh.total_volume_cc / case.total_cc - 1), 100 * curve / case.total_cc


def square(side: float, x: float = 0.0, y: float = 0.0) -> FloatArray:
    half = side / 2
    return np.array([[x - half, y - half], [x + half, y - half], [x + half, y + half], [x - half, y + half]])


def stacked(outlines: list[FloatArray], z_mm: list[float], name: str = "S") -> ContouredStructure:
    return ContouredStructure(1, name, contours=tuple((z, points) for z in z_mm for points in outlines))


def random_dose(seed: int, reach_mm: float = 40.0) -> DoseGrid:
    """A rough dose on an unevenly spaced grid."""
    random = np.random.default_rng(seed)
    axes = [np.sort(random.uniform(-reach_mm, reach_mm, 12)) for _ in range(3)]
    for axis in axes:
        axis[0], axis[-1] = -reach_mm, reach_mm
    return DoseGrid(random.uniform(0, 60, (12, 12, 12)).astype(np.float32), axes[2], axes[1], axes[0])


def star(seed: int, radius: float = 20.0, points: int = 17) -> FloatArray:
    random = np.random.default_rng(seed)
    angle = np.arange(points) * 2 * np.pi / points
    return (radius * random.uniform(0.4, 1.0, points) * np.array([np.cos(angle), np.sin(angle)])).T


# --- closed formulas ---


def test_the_formulas_themselves_agree_with_counting_points() -> None:
    centers = np.arange(-11.75, 12, 0.5)
    x, y, z = np.meshgrid(centers, centers, centers, indexing="ij")
    inside = {
        "sphere": x**2 + y**2 + z**2 <= 144,
        "cylinder lying": x**2 + z**2 <= 144,
        "cone lying": x**2 + z**2 <= ((12 - y) / 2) ** 2,
    }
    for solid, mask in inside.items():
        for axis, along in (("y", y), ("z", z)):
            exact = analytic.truth(solid, axis, 1.0)(np.array([0.0, 12.0, 16.0, 20.0]))
            counted = [np.count_nonzero(mask & (along >= d - 16)) * 0.125 / 1000 for d in (0, 12, 16, 20)]
            assert np.abs(exact - counted).max() < 0.01 * exact[0], (solid, axis)


def test_auto_comes_within_0_3_per_cent_of_every_solid_and_0_6_of_its_whole_curve() -> None:
    errors = np.abs([errors_of(case, "auto") for case in sixty_cases()])
    assert errors[:, 0].max() < 0.3
    assert errors[:, 1].max() < 0.6
    assert errors[:, 0].mean() < 0.15


def test_slabs_that_run_out_at_their_poles_come_within_0_8_per_cent_of_every_solid() -> None:
    errors = np.abs([errors_of(case, "slab") for case in sixty_cases()])
    assert errors[:, 0].mean() < 0.2
    assert errors[:, 0].max() < 0.8


@pytest.mark.parametrize(("tilt_deg", "spacing_mm"), [(5, 1.0), (10, 1.0), (10, 2.0), (20, 2.0)])
def test_a_long_rod_that_lies_slightly_tilted_keeps_its_volume(tilt_deg: float, spacing_mm: float) -> None:
    radius, length, tilt = 5.0, 60.0, np.radians(tilt_deg)
    across = np.linspace(-radius, radius, 81)
    contours = []
    for z in np.arange(-30.0, 30.1, spacing_mm):
        # Where the section at this height enters and leaves the rod, line by line, and its two flat ends.
        deep = np.sqrt(radius**2 - across**2) / np.cos(tilt)
        ends = [(s * length / 2 - z * np.sin(tilt)) / np.cos(tilt) for s in (-1, 1)]
        middle = z / np.tan(tilt)
        low = np.maximum(middle - deep / np.tan(tilt), ends[0])
        high = np.minimum(middle + deep / np.tan(tilt), ends[1])
        kept = high > low
        if kept.sum() > 2:
            sides = [np.column_stack([low[kept], across[kept]]), np.column_stack([high[kept], across[kept]])[::-1]]
            contours.append((float(z), np.concatenate(sides)))
    volume_cc = structure_volume_cc(ContouredStructure(1, "rod", contours=tuple(contours)))
    assert volume_cc == pytest.approx(np.pi * radius**2 * length / 1000, rel=0.007)


def test_d95_of_slabs_on_lying_rods_is_the_closed_formulas() -> None:
    for case in sixty_cases():
        if case.structure.name == "cylinder lying":
            dvh = compute_dvhs([case.structure], case.dose, mode="slab")[0]
            doses = np.linspace(0, 40, 8001)
            exact = float(np.interp(-0.95 * case.total_cc, -case.cumulative_cc(doses), doses))
            assert dvh.dose_at_fraction_gy(0.95) == pytest.approx(exact, rel=0.005), case.name


def rod(z_mm: FloatArray, radius: float = 12.0, length: float = 24.0, x: float = 0.0) -> list[tuple[float, FloatArray]]:
    """Contours of a rod along y, cut at these heights; none where it is thinner than its points."""
    widths = np.sqrt(np.maximum(radius**2 - z_mm**2, 0))
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    return [
        (float(z), corners * [w, length / 2] + [x, 0.0]) for z, w in zip(z_mm, widths, strict=True) if w > 0.01 * radius
    ]


@pytest.mark.parametrize("mode", ["auto", "slab"])
@pytest.mark.parametrize(
    ("radius", "length", "spacing"), [(12, 24, 3.0), (8, 60, 2.5), (40, 150, 5.0), (4, 40, 1.0), (20, 100, 5.0)]
)
def test_a_lying_rod_keeps_its_volume_wherever_its_slices_lie(
    radius: float, length: float, spacing: float, mode: str
) -> None:
    for phase in (0.0, 0.25, 0.5, 0.8):
        z_mm = (np.arange(-20, 21) + phase) * spacing
        body = ContouredStructure(1, "rod", contours=tuple(rod(z_mm, radius, length)))
        exact = np.pi * radius**2 * length / 1000
        assert structure_volume_cc(body, mode=mode) == pytest.approx(exact, rel=0.007), phase


@pytest.mark.parametrize("x_mm", [-39.5, -20.0, -0.7, 0.0, 0.3, 40.2])
def test_a_lying_rod_whose_planes_lie_evenly_about_its_middle_rounds_off_wherever_it_lies(x_mm: float) -> None:
    body = ContouredStructure(1, "rod", contours=tuple(rod(np.array([-7.5, -2.5, 2.5, 7.5]), 8.0, 80.0, x=x_mm)))
    assert structure_volume_cc(body) == pytest.approx(np.pi * 64 * 80 / 1000, rel=0.007)


def test_two_lying_rods_of_one_roi_keep_their_volume_in_a_dent_too() -> None:
    z_mm = np.arange(-12, 13, 3.0)
    both = ContouredStructure(1, "rods", contours=tuple(sorted(rod(z_mm) + rod(z_mm, x=40.0), key=lambda c: c[0])))
    assert structure_volume_cc(both) == pytest.approx(2 * np.pi * 144 * 24 / 1000, rel=0.003)


@pytest.mark.parametrize(
    "z_mm",
    [
        np.arange(-12, 13, 3.0) + np.random.default_rng(0).uniform(-0.1, 0.1, 9),
        np.cumsum(np.random.default_rng(1).uniform(1.5, 3.5, 12)) - 14.0,
        np.delete(np.arange(-13.5, 14, 3.0), 4),
    ],
    ids=["noise of 0.1 mm", "uneven", "one slice missing"],
)
def test_a_rod_keeps_its_volume_on_odd_slices(z_mm: FloatArray) -> None:
    body = ContouredStructure(1, "rod", contours=tuple(rod(z_mm)))
    assert structure_volume_cc(body) == pytest.approx(np.pi * 144 * 24 / 1000, rel=0.007)


@pytest.mark.parametrize("diameter_mm", [5, 7, 10, 20])
def test_small_spheres_anywhere_between_their_slices_keep_their_volume(diameter_mm: int) -> None:
    errors = {"shape": [], "slab": []}
    for phase in np.arange(0.05, 1, 0.1):
        z_mm = np.arange(-15, 16) + phase
        radii = np.sqrt(np.maximum((diameter_mm / 2) ** 2 - z_mm**2, 0))
        contours = tuple((float(z), analytic.circle(r, 90)) for z, r in zip(z_mm, radii, strict=True) if r > 0.1)
        ball = ContouredStructure(1, "ball", contours=contours)
        for mode, found in errors.items():
            found.append(100 * (structure_volume_cc(ball, mode=mode) / (np.pi * diameter_mm**3 / 6000) - 1))
    for found in errors.values():
        assert abs(np.mean(found)) < 0.5
        assert np.abs(found).max() < 1.0


# --- the plain twin ---


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000))
@example(2253)
def test_scan_lines_agree_with_counting_points_whatever_the_contours(seed: int) -> None:
    # A star, another across it and a square within: crossings, holes and islands by even-odd.
    outlines = [star(seed), star(seed + 1) + np.array([9.0, 4.0]), square(6.0, 1.0, -2.0)]
    structure = stacked(outlines, [-3.0, 0.0, 3.0])
    dose = random_dose(seed)
    dvh = compute_dvhs([structure], dose, mode="slab", line_spacing_mm=0.25)[0]
    doses, point_cc = naive.count_points(structure, dose, 3.0, 100)
    assert dvh.total_volume_cc == pytest.approx(len(doses) * point_cc, rel=0.02)
    assert dvh.mean_gy == pytest.approx(doses.mean(), rel=0.02)
    for dose_gy in (15.0, 25.0, 30.0, 35.0, 45.0):
        counted = np.count_nonzero(doses >= dose_gy) * point_cc
        # Both sample a dose that changes by tens of Gy within a few mm, at different heights of the slab.
        assert dvh.volume_at_dose_cc(dose_gy) == pytest.approx(counted, abs=0.04 * dvh.total_volume_cc)
    assert dvh.minimum_gy <= doses.min() + 1.0
    assert dvh.maximum_gy >= doses.max() - 1.0


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_signed_distance_is_that_of_the_plain_twin(seed: int) -> None:
    outlines = [star(seed, 8.0), square(2.0, 0.5, 0.5)]
    edges = np.concatenate([np.hstack([o, np.roll(o, -1, axis=0)]) for o in outlines])
    found = np.empty((21, 23))
    depth_mm = distance.signed_distance(edges, -10.0, -9.0, 0.9, found)
    for row, column in np.ndindex(*found.shape):
        expected = naive.distance_to_contours(-10 + 0.9 * column, -9 + 0.9 * row, outlines)
        assert found[row, column] == pytest.approx(expected, abs=1e-6)
    assert -found.min() <= depth_mm <= -found.min() + 0.9


# --- symmetries ---


def moved(structure: ContouredStructure, dose: DoseGrid, how: str) -> tuple[ContouredStructure, DoseGrid]:
    """The same patient shifted, mirrored or turned."""

    def contours(change):  # type: ignore[no-untyped-def]
        return ContouredStructure(1, "S", contours=tuple(change(z, p) for z, p in structure.contours))

    values, x, y, z = dose.dose_gy, dose.x_mm, dose.y_mm, dose.z_mm
    if how == "shift":
        step = np.array([13.7, -4.1])
        return contours(lambda h, p: (h + 8.3, p + step)), DoseGrid(values, x + step[0], y + step[1], z + 8.3)
    if how == "mirror x":
        return contours(lambda h, p: (h, p * [-1, 1])), DoseGrid(values[:, :, ::-1], -x[::-1], y, z)
    if how == "mirror z":
        return contours(lambda h, p: (-h, p)), DoseGrid(values[::-1], x, y, -z[::-1])
    return contours(lambda h, p: (h, p[:, ::-1] * [1, -1])), DoseGrid(
        np.ascontiguousarray(values.transpose(0, 2, 1)[:, ::-1]), y, -x[::-1], z
    )


@pytest.mark.parametrize("how", ["shift", "mirror x", "mirror z", "turn"])
@pytest.mark.parametrize("mode", ["slab", "shape"])
def test_a_moved_patient_keeps_the_same_dvh(how: str, mode: str) -> None:
    case = next(c for c in sixty_cases() if c.name.startswith("cone lying, 2 mm"))
    before = compute_dvhs([case.structure], case.dose, mode=mode)[0]
    structure, dose = moved(case.structure, case.dose, how)
    after = compute_dvhs([structure], dose, mode=mode)[0]
    assert after.total_volume_cc == pytest.approx(before.total_volume_cc, rel=0.002)
    assert after.mean_gy == pytest.approx(before.mean_gy, abs=0.02)
    for fraction in (0.05, 0.5, 0.95):
        expected_gy = before.dose_at_fraction_gy(fraction)
        assert after.dose_at_fraction_gy(fraction) == pytest.approx(expected_gy, abs=0.06)


def test_the_order_of_slices_does_not_matter() -> None:
    structure = analytic.contoured("cone", 2.0)
    shuffled = ContouredStructure(1, "cone", contours=structure.contours[1::2] + structure.contours[::2])
    assert len(shuffled.contours) == len(structure.contours)
    dose = analytic.linear_dose("z", 2.0)
    straight, reverse = compute_dvhs([structure, shuffled], dose)
    assert np.array_equal(straight.volume_cc, reverse.volume_cc)


def test_any_number_of_threads_gives_the_same_bytes() -> None:
    z_mm = [float(z) for z in range(-30, 31, 3)]
    structures = [stacked([star(1, 300.0), square(60.0)], z_mm), stacked([star(2)], z_mm)]
    dose = random_dose(3, 350.0)
    one = compute_dvhs(structures, dose, threads=1)
    for threads in (2, 5):
        for a, b in zip(one, compute_dvhs(structures, dose, threads=threads), strict=True):
            assert a.volume_cc.tobytes() == b.volume_cc.tobytes()
            assert (a.mean_gy, a.minimum_gy, a.maximum_gy) == (b.mean_gy, b.minimum_gy, b.maximum_gy)


def test_each_kernel_is_compiled_once() -> None:
    case = next(sixty_cases())
    for mode in ("slab", "shape"):
        compute_dvhs([case.structure], case.dose, mode=mode, line_spacing_mm=1)
    structure_volume_cc(case.structure)
    whole_grid_dvh(case.dose)
    kernels = (scanline.scan_slabs, scanline.scan_shape, scanline.scan_cap, distance.signed_distance)
    assert [len(kernel.signatures) for kernel in kernels] == [1, 1, 1, 1]


# --- holes, gaps, ends, borders ---


def test_all_of_a_structure_receives_its_lowest_dose_and_none_more_than_its_highest() -> None:
    grid = random_dose(1)
    even = replace(grid, dose_gy=np.full_like(grid.dose_gy, 10.0))
    (dvh,) = compute_dvhs([stacked([square(10.0)] * 3, [-2.0, 0.0, 2.0])], even)
    assert [dvh.volume_at_dose_cc(gy) for gy in (9.0, 10.0)] == [dvh.curve_volume_cc] * 2
    assert dvh.volume_at_dose_cc(10.01) == 0.0


def test_a_keyhole_is_the_same_as_a_ring_of_two_contours() -> None:
    outer, inner = square(40.0), square(16.0)
    keyhole = np.vstack([outer, outer[0], inner[0], inner[3], inner[2], inner[1], inner[0]])
    z_mm = [0.0, 2.0, 4.0]
    ring_cc = structure_volume_cc(stacked([outer, inner], z_mm))
    assert ring_cc == pytest.approx((1600 - 256) * 6 / 1000, rel=1e-3)
    assert structure_volume_cc(stacked([keyhole], z_mm)) == pytest.approx(ring_cc, rel=1e-6)


def test_one_missing_slice_is_bridged_and_a_wider_gap_is_not() -> None:
    slice_cc = 0.4 * 2.0
    one_missing = stacked([square(20.0)], [0.0, 2.0, 4.0, 8.0, 10.0, 12.0])
    two_missing = stacked([square(20.0)], [0.0, 2.0, 4.0, 10.0, 12.0, 14.0])
    for mode in ("slab", "shape"):
        assert structure_volume_cc(one_missing, mode=mode) == pytest.approx(7 * slice_cc, rel=0.01)
        assert structure_volume_cc(two_missing, mode=mode) == pytest.approx(6 * slice_cc, rel=0.01)


def test_two_lesions_one_slice_apart_are_not_bridged() -> None:
    lower = [(z, square(20.0)) for z in (0.0, 2.0, 4.0)]
    upper = [(z, square(20.0, x=50.0)) for z in (8.0, 10.0, 12.0)]
    lesions = ContouredStructure(1, "GTV", contours=(*lower, *upper))
    assert structure_volume_cc(lesions) == pytest.approx(6 * 0.4 * 2.0, rel=1e-3)


def test_the_end_cap_is_half_a_slice_at_either_end_or_nothing() -> None:
    block = stacked([square(20.0)], [0.0, 3.0, 6.0, 9.0])
    for mode in ("slab", "shape"):
        assert structure_volume_cc(block, end_cap="half", mode=mode) == pytest.approx(0.4 * 12, rel=0.005)
        assert structure_volume_cc(block, end_cap="none", mode=mode) == pytest.approx(0.4 * 9, rel=0.005)


def test_a_lone_slice_is_as_thick_as_the_doses_are_apart() -> None:
    structure = stacked([square(20.0)], [0.0])
    dose = analytic.linear_dose("z", 3.0)
    half, none = (compute_dvhs([structure], dose, end_cap=cap)[0] for cap in ("half", "none"))
    assert half.total_volume_cc == pytest.approx(0.4 * 3.0, rel=1e-6)
    assert none.total_volume_cc == 0.0


def test_auto_leaves_branches_keyholes_and_large_bodies_to_slabs() -> None:
    dose = random_dose(1, 200.0)
    z_mm = [0.0, 3.0, 6.0, 9.0]
    branching = ContouredStructure(
        1,
        "trunk",
        contours=(
            (0.0, square(40.0)),
            (3.0, square(30.0)),
            (6.0, square(9.0, 12.0)),
            (6.0, square(9.0, -12.0)),
        ),
    )
    band = np.array([[0.0, 0.0], [50.0, 0.0], [50.0, 2.0], [0.0, 2.0]])
    large = stacked([square(300.0)], z_mm)
    compact = stacked([square(20.0)], z_mm)
    modes = [dvh.mode for dvh in compute_dvhs([branching, stacked([band], z_mm), large, compact], dose)]
    assert modes == ["slab", "slab", "slab", "shape"]


def test_shapes_stay_near_slabs_where_anatomy_branches_and_leans() -> None:
    rng = np.random.default_rng(5)
    contours = [(float(z), square(30.0 - z) + rng.normal(0, 0.5, 2)) for z in range(0, 12, 3)]
    contours += [(float(z), square(8.0, side * (6.0 + z / 3))) for z in range(12, 24, 3) for side in (-1, 1)]
    trunk = ContouredStructure(1, "trunk", contours=tuple(contours))
    slab_cc, shape_cc = (structure_volume_cc(trunk, mode=mode) for mode in ("slab", "shape"))
    assert shape_cc == pytest.approx(slab_cc, rel=0.08)


def test_volume_outside_the_dose_grid_is_reported_apart_or_counted_as_no_dose() -> None:
    dose = DoseGrid(np.full((5, 5, 5), 10.0, np.float32), *(np.linspace(-20.0, 20.0, 5) for _ in range(3)))
    block = stacked([square(20.0, x=20.0)], [-3.0, 0.0, 3.0])
    excluded, zero = (compute_dvhs([block], dose, outside=rule)[0] for rule in ("excluded", "zero"))
    for dvh in (excluded, zero):
        assert dvh.total_volume_cc == pytest.approx(0.4 * 9, rel=0.005)
        assert dvh.volume_outside_cc == pytest.approx(0.2 * 9, rel=0.005)
    assert excluded.curve_volume_cc == pytest.approx(0.2 * 9, rel=0.005)
    assert (excluded.minimum_gy, excluded.mean_gy) == (pytest.approx(10.0), pytest.approx(10.0))
    assert zero.curve_volume_cc == pytest.approx(0.4 * 9, rel=0.005)
    assert (zero.minimum_gy, zero.mean_gy) == (0.0, pytest.approx(5.0, rel=0.005))


def test_a_structure_without_contours_has_an_empty_curve() -> None:
    empty = compute_dvhs([ContouredStructure(7, "Areola")], random_dose(1))[0]
    assert (empty.structure_number, empty.total_volume_cc, empty.slices) == (7, 0.0, 0)
    assert np.isnan([empty.mean_gy, empty.maximum_gy, empty.dose_at_fraction_gy(0.95)]).all()


def test_the_whole_grid_gives_the_volume_within_an_isodose() -> None:
    dose = analytic.linear_dose("y", 2.0)
    side = 2 * 24.0
    grid = whole_grid_dvh(dose)
    assert grid.total_volume_cc == pytest.approx(side**3 / 1000, rel=1e-6)
    # 16 Gy at the center, 1 Gy/mm: 26 Gy and more lie beyond 10 mm.
    assert grid.volume_at_dose_cc(26.0) == pytest.approx(side**2 * 14 / 1000, rel=0.005)


@pytest.mark.parametrize("asked_gy", [5.0, 30.0, 55.0, 61.0])
def test_isodose_volumes_are_the_same_where_only_the_grid_around_them_is_scanned(asked_gy: float) -> None:
    x_mm, y_mm, z_mm = np.arange(-40, 41, 2.5), np.arange(-50, 51, 2.5), np.arange(-45, 46, 3.0)
    far2 = (x_mm - 12) ** 2 + (y_mm + 9)[:, None] ** 2 + (z_mm - 6)[:, None, None] ** 2
    dose = DoseGrid((60 * np.exp(-far2 / 400)).astype(np.float32), x_mm, y_mm, z_mm)
    whole, around = whole_grid_dvh(dose), whole_grid_dvh(dose, from_gy=asked_gy)
    assert around.total_volume_cc < whole.total_volume_cc
    for dose_gy in (asked_gy, 1.2 * asked_gy):
        expected_cc = whole.volume_at_dose_cc(dose_gy)
        assert around.volume_at_dose_cc(dose_gy) == pytest.approx(expected_cc, rel=0.01, abs=0.01)


def test_doses_and_contours_that_are_no_numbers_are_refused() -> None:
    good = random_dose(1)
    broken = good.dose_gy.copy()
    broken[3, 3, 3] = np.nan
    for values, says in (
        (broken, "not numbers"),
        (good.dose_gy - 30, "negative"),
        (good.dose_gy[:5], "shape"),
    ):
        with pytest.raises(UnreadableInput, match=says):
            compute_dvhs([], DoseGrid(values, good.x_mm, good.y_mm, good.z_mm))
    with pytest.raises(UnreadableInput, match="ascend"):
        compute_dvhs([], DoseGrid(good.dose_gy, good.x_mm[::-1], good.y_mm, good.z_mm))
    outline = square(10.0)
    outline[1, 0] = np.nan
    with pytest.raises(UnreadableInput, match="'S' has a contour point"):
        compute_dvhs([stacked([outline], [0.0, 1.0])], good)


# --- the curve itself ---


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), fraction=st.floats(0, 1))
def test_dose_at_volume_and_volume_at_dose_are_each_others_inverse(seed: int, fraction: float) -> None:
    dvh = compute_dvhs([stacked([star(seed)], [0.0, 3.0, 6.0])], random_dose(seed))[0]
    dose_gy = dvh.dose_at_fraction_gy(fraction)
    assert dvh.minimum_gy <= dose_gy <= dvh.maximum_gy
    received = dvh.volume_at_dose_cc(dose_gy) / dvh.curve_volume_cc
    assert received == pytest.approx(fraction, abs=0.01)
    assert np.all(np.diff(dvh.cumulative_cc) <= 0)


@pytest.mark.parametrize(("radius_mm", "length_mm"), [(12.0, 24.0), (8.0, 60.0), (5.0, 100.0)])
@pytest.mark.parametrize("slice_mm", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("shift", [0.0, 0.25, 0.5])
def test_a_lying_rod_has_its_volume_however_long_and_wherever_the_slices_fall(
    radius_mm: float, length_mm: float, slice_mm: float, shift: float
) -> None:
    z_mm = (np.arange(-20, 21) + shift) * slice_mm
    x_mm = np.linspace(-length_mm / 2, length_mm / 2, 40)
    contours = []
    for z in z_mm[np.abs(z_mm) < radius_mm - 1e-6]:
        half_mm = np.full(40, np.sqrt(radius_mm**2 - z**2))
        outline = np.concatenate([np.column_stack([x_mm, -half_mm]), np.column_stack([x_mm, half_mm])[::-1]])
        contours.append((float(z), outline))
    rod = ContouredStructure(1, "rod", contours=tuple(contours))
    wanted_cc = np.pi * radius_mm**2 * length_mm / 1000
    assert structure_volume_cc(rod, lone_slice_mm=slice_mm) == pytest.approx(wanted_cc, rel=0.007)
