"""The independent check of monitor units of a field: closed forms, a measured beam in water, what it refuses."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isocenter.planning.beam.beam_data import load_beam_data
from isocenter.planning.beam.measured_beam import read_measured_beam
from isocenter.planning.checks.mu_check import CLARKSON, FACTORS, check_field, check_monitor_units
from isocenter.planning.dose.beam_view import cast_fan, look
from isocenter.planning.dose.delivered import delivered_fluence
from isocenter.planning.dose.dose import beam_dose
from isocenter.terms.imaging import Beam, ControlPoint
from tests.planning.water import slabs

BEAM = load_beam_data()
MEASURED = Path(__file__).parents[2].parent / "shared" / "data" / "pymedphys_mcc"


@pytest.fixture(scope="module")
def water():
    return slabs(lambda _: 1.0, spacing_mm=5.0, width_mm=250)


def field(*shapes, mu=100.0, **other):
    """Rectangular openings one after the other, as (share, left, right, low, high) in mm."""
    points, done = [], 0.0
    for share, left, right, low, high in shapes:
        for weight in (done, done + share):
            leaves = np.array([[left] * 4, [right] * 4], float)
            points.append(ControlPoint(weight, 0.0, jaws_x_mm=(-60, 60), jaws_y_mm=(low, high), leaves_mm=leaves))
        done += share
    return Beam(
        1, "F1", energy_mv=6.0, monitor_units=mu, isocenter_mm=(0.0, 100.0, 0.0), leaf_axis="X",
        leaf_boundaries_mm=np.array([-60, -30, 0, 30, 60.0]), control_points=tuple(points), **other,
    )  # fmt: skip


def turned(what, last, first=None):
    """The control points of a square field that ends at another angle, or whose gantry goes around."""
    begin, end = field((1.0, -40, 40, -40, 40)).control_points
    return begin if first is None else replace(begin, **{what: first}), replace(end, **{what: last})


def by_collapsed_cone(water, beam, point_mm, data):
    fluence = delivered_fluence(beam, data)
    view = look(0.0, np.array(beam.isocenter_mm))
    units = beam.monitor_units / data.mu_per_unit
    dose = beam_dose(cast_fan(water, view), replace(fluence, values=fluence.values * units), data)
    axes = (water.z_mm, water.y_mm, water.x_mm)
    return float(dose[tuple(np.argmin(np.abs(a - p)) for a, p in zip(axes, point_mm[::-1], strict=True))])


def test_the_reference_field_gives_the_reference_dose(beam_folder, water):
    beam = replace(read_measured_beam(beam_folder), leaf_gap_mm=0.0)
    square = field((1.0, -50, 50, -50, 50))
    check = check_field(water, square, beam, np.array([0.0, 100.0, 0.0]), replace(BEAM, leaf_gap_mm=0.0, groove_mm=0.0))
    assert check.method == FACTORS
    assert check.ssd_mm == pytest.approx(900, abs=3) and check.depth_mm == pytest.approx(100, abs=3)
    assert check.side_mm == pytest.approx(100, abs=0.5)
    assert check.dose_gy == pytest.approx(100 * beam.gy_per_mu, rel=0.015)  # half a voxel of surface


def test_the_rings_of_a_square_add_up_to_its_factors(beam_folder, water):
    beam, point = replace(read_measured_beam(beam_folder), leaf_gap_mm=0.0), np.array([0.0, 102.5, 0.0])
    data = replace(BEAM, leaf_gap_mm=0.0, groove_mm=0.0, mlc_transmission=0.0)
    by_factors = check_field(water, field((1.0, -40, 40, -40, 40)), beam, point, data)
    halves = field((0.5, -40, 40, -40, 40), (0.5, -39.9, 40, -40, 40))  # no longer one opening
    by_rings = check_field(water, halves, beam, point, data)
    assert (by_factors.method, by_rings.method) == (FACTORS, CLARKSON)
    assert by_rings.dose_gy == pytest.approx(by_factors.dose_gy, rel=0.015)
    assert by_rings.side_mm == pytest.approx(by_factors.side_mm, rel=0.06)


@pytest.mark.parametrize(
    ("shapes", "within"),
    [
        ([(1.0, -40, 40, -40, 40)], 0.02),
        ([(1.0, -50, 50, -20, 20)], 0.03),
        ([(0.4, -50, 50, -50, 50), (0.3, -20, 50, -50, 50), (0.3, -50, 20, -30, 30)], 0.03),
        ([(0.5, -50, 30, -50, 50), (0.5, -30, 50, -50, 50)], 0.03),
    ],
)
@pytest.mark.parametrize("depth_mm", [52.5, 152.5])
def test_fields_in_water_agree_with_the_collapsed_cone(beam_folder, water, shapes, within, depth_mm):
    beam, point = read_measured_beam(beam_folder), np.array([0.0, depth_mm, 0.0])
    own = replace(BEAM, mlc_transmission=beam.transmission, leaf_gap_mm=beam.leaf_gap_mm, groove_mm=0.0)
    check = check_field(water, field(*shapes), beam, point, own)
    assert check.dose_gy == pytest.approx(by_collapsed_cone(water, field(*shapes), point, own), rel=within)


def lung_of(depth_mm):
    """Water with lung from 50 to 90 mm and from 120 to 180 mm."""
    return 0.25 if 50 < depth_mm < 90 or 120 < depth_mm < 180 else 1.0


@pytest.mark.parametrize(
    ("depth_mm", "within"), [(42.5, 0.03), (102.5, 0.15), (152.5, 0.25), (202.5, 0.15)]
)  # before lung, between, in and behind it
def test_fields_through_lung_are_within_what_the_method_states(beam_folder, depth_mm, within):
    body, point = slabs(lung_of, spacing_mm=5.0, width_mm=250), np.array([0.0, depth_mm, 0.0])
    beam = read_measured_beam(beam_folder)
    own = replace(BEAM, mlc_transmission=beam.transmission, leaf_gap_mm=beam.leaf_gap_mm, groove_mm=0.0)
    for shapes in ([(1.0, -40, 40, -40, 40)], [(0.5, -30, 10, -20, 20), (0.5, -10, 30, -20, 20)]):
        check = check_field(body, field(*shapes), beam, point, own)
        assert check.dose_gy == pytest.approx(by_collapsed_cone(body, field(*shapes), point, own), rel=within)
        assert check.method_percent == (100 * within if within > 0.05 else 0)


def test_a_difference_that_lung_may_explain_is_not_judged(beam_folder):
    body, point = slabs(lung_of, spacing_mm=5.0, width_mm=250), np.array([0.0, 202.5, 0.0])
    beam = read_measured_beam(beam_folder)
    square = field((1.0, -40, 40, -40, 40), dose_point_mm=tuple(point))
    own = check_monitor_units(body, [square], [beam], point, None, BEAM).dose_gy

    def judged(planned_gy):
        check = check_monitor_units(body, [replace(square, beam_dose_gy=planned_gy)], [beam], point, planned_gy, BEAM)
        return check.is_field_within(check.fields[0]), check.is_within

    assert judged(own / 1.02) == (True, True)
    assert judged(own / 1.10) == (None, None)
    assert judged(own / 1.20) == (False, False)


def test_a_field_is_compared_where_the_plan_states_its_dose(beam_folder, water):
    beam = read_measured_beam(beam_folder)
    point = (0.0, 102.5, 0.0)
    own = replace(BEAM, mlc_transmission=beam.transmission, leaf_gap_mm=beam.leaf_gap_mm, groove_mm=0.0)
    square = field((1.0, -40, 40, -40, 40), dose_point_mm=point)
    planned = by_collapsed_cone(water, square, np.array(point), own)
    fields = [replace(square, beam_dose_gy=planned), replace(square, name="F2", number=2, beam_dose_gy=1.2 * planned)]
    check = check_monitor_units(water, fields, [beam], np.array(point), 2 * planned, BEAM)
    first, second = check.fields
    assert check.is_field_within(first) and check.is_field_within(second) is False
    assert second.difference_percent == pytest.approx(100 * (1 / 1.2 - 1), abs=2)
    assert second.difference_gy < 0 and second.checked_monitor_units == pytest.approx(120, abs=3)
    assert check.is_within and abs(check.difference_percent) < 3
    silent = check_monitor_units(water, [replace(square, dose_point_mm=None)], [beam], np.array(point), None, BEAM)
    assert silent.fields[0].difference_percent is None and silent.is_within is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"energy_mv": 10.0}, "beam data are of 6 MV"),
        ({"wedges": 1}, "beam data do not describe: wedge"),
        ({"energy_mv": None}, "energy is not stated"),
        ({"monitor_units": None}, "monitor units"),
        ({"monitor_units": None, "minutes": 1.2}, "set in minutes"),
        ({"control_points": turned("gantry_deg", 10.0)}, "an arc"),
        ({"control_points": turned("rotation", "NONE", first="CW")}, "an arc"),
        ({"control_points": turned("collimator_deg", 90.0)}, "collimator turns during the beam"),
        ({"control_points": turned("couch_deg", 350.0)}, "couch turns during the beam"),
        ({"radiation": "ELECTRON"}, "electron"),
    ],
)
def test_a_field_that_the_data_cannot_check_says_why(beam_folder, water, change, why):
    beam = read_measured_beam(beam_folder)
    point = np.array([0.0, 102.5, 0.0])
    check = check_monitor_units(water, [replace(field((1.0, -40, 40, -40, 40)), **change)], [beam], point, 1.0, BEAM)
    assert why in check.fields[0].why_not
    assert check.difference_percent is None and check.dose_gy is None


def test_a_field_larger_than_what_was_measured_is_not_computed(beam_folder, water):
    beam = read_measured_beam(beam_folder)
    small = replace(beam, side_mm=beam.side_mm[:3], scp=beam.scp[:3])
    check = check_field(water, field((1.0, -50, 50, -60, 60)), small, np.array([0.0, 102.5, 0.0]), BEAM)
    assert "stop at a side of 5 cm" in check.why_not
    outside = check_field(water, field((1.0, -50, 50, -50, 50)), beam, np.array([0.0, -50.0, 0.0]), BEAM)
    assert "not lie in the body" in outside.why_not


def test_a_point_beyond_what_was_measured_is_not_computed(beam_folder, water):
    beam, square = read_measured_beam(beam_folder), field((1.0, -40, 40, -40, 40))
    shallow = replace(beam, depth_mm=beam.depth_mm[:40], tpr=beam.tpr[:40])  # to 197.5 mm
    deep = check_field(water, square, shallow, np.array([0.0, 250.0, 0.0]), BEAM)
    assert "under 24.8 cm of water, and depth doses were measured from 0.2 to 19.8 cm" in deep.why_not
    assert not check_field(water, square, shallow, np.array([0.0, 190.0, 0.0]), BEAM).why_not
    narrow = replace(beam, off_axis_mm=np.array([0.0, 10.0]), off_axis_ratio=np.array([1.0, 1.01]))
    aside = check_field(water, square, narrow, np.array([30.0, 100.0, 0.0]), BEAM)
    assert "3.0 cm off the axis, and off-axis ratios were measured to 1.0 cm" in aside.why_not


def test_the_strip_between_two_leaves_counts_where_the_beam_data_state_it(beam_folder, water):
    point = np.array([0.0, 100.0, 0.0])
    halves = field((0.5, -40, 40, -40, 40), (0.5, -40, 40, -40, 40))
    one_side = np.array([[-40, -40, 40, 40], [40, 40, 40, 40]], float)  # two leaf pairs open, then the other two
    shapes = [one_side, one_side, one_side[:, ::-1], one_side[:, ::-1]]
    points = [replace(p, leaves_mm=leaves) for p, leaves in zip(halves.control_points, shapes, strict=True)]
    both = replace(halves, control_points=tuple(points))
    beam = read_measured_beam(beam_folder)
    doses = [
        check_monitor_units(water, [both], [replace(beam, groove_mm=mm)], point, None, BEAM).dose_gy
        for mm in (None, 0.0, 0.8)
    ]
    assert doses[0] == doses[1] > doses[2]
