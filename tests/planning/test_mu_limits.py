"""What the check of monitor units does not compute says so by name: no field passes that the data do not describe."""

import re
from dataclasses import replace

import numpy as np
import pytest

from isocenter.errors import UnreadableInput
from isocenter.planning.beam.accessory_factors import read_accessory_factors
from isocenter.planning.beam.beam_data import load_beam_data
from isocenter.planning.beam.measured_beam import MeasuredBeam
from isocenter.planning.checks.mu_check import check_field, check_monitor_units
from isocenter.planning.patient.patient import PlanningPatient
from isocenter.terms.imaging import Accessory, Beam, ControlPoint
from tests.planning.water import slabs

DATA = load_beam_data()
POINT = np.array([0.0, 100.0, 0.0])
DEPTHS_MM = np.arange(5.0, 300.0, 5.0)
BEAM = MeasuredBeam(
    name="Test 6 MV", energy_mv=6.0, sad_mm=1000.0, gy_per_mu=0.008, reference_depth_mm=100.0, reference_ssd_mm=900.0,
    transmission=0.015, leaf_gap_mm=0.0, measured_on=None, side_mm=np.array([50.0, 100.0, 200.0]),
    scp=np.array([0.93, 1.0, 1.05]), sc=None, depth_mm=DEPTHS_MM, tpr_side_mm=np.array([50.0, 200.0]),
    tpr=np.exp(-0.0045 * (DEPTHS_MM - 100))[:, None] * np.ones(2), off_axis_mm=None, off_axis_ratio=None,
    files=(), sha256="0" * 64,
)  # fmt: skip


def field(**other):
    """A static square of 10 cm from above, its isocenter 10 cm below the skin, with some values changed."""
    points = tuple(ControlPoint(w, 0.0, jaws_x_mm=(-50, 50), jaws_y_mm=(-50, 50)) for w in (0.0, 1.0))
    usual = {"energy_mv": 6.0, "monitor_units": 100.0, "isocenter_mm": (0.0, 100.0, 0.0), "control_points": points}
    return Beam(**{"number": 1, "name": "F1", **usual, **other})


@pytest.fixture(scope="module")
def water():
    return slabs(lambda _: 1.0, spacing_mm=5.0, width_mm=250)


WEDGE = Accessory("wedge", "W45", "DYNAMIC", 45.0)
NO_OPENING = tuple(ControlPoint(weight, 0.0) for weight in (0.0, 1.0))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, ""),
        ({"accessories": (WEDGE,), "wedges": 1}, "do not describe: wedge W45 (dynamic, 45 degrees)"),
        ({"accessories": (WEDGE._replace(is_out=True),), "wedges": 1}, ""),
        ({"accessories": (Accessory("block", "B1", "APERTURE"),)}, "do not describe: block B1 (aperture)"),
        ({"accessories": (Accessory("bolus", "12"),)}, "do not describe: bolus 12"),
        ({"accessories": (Accessory("applicator", "C5", "STEREOTACTIC"),)}, "applicator C5 (stereotactic)"),
        ({"accessories": (Accessory("accessory", "T1", "TRAY"), WEDGE)}, "accessory T1 (tray), wedge W45"),
        ({"blocks": 2}, "do not describe: block"),
        ({"fluence_mode": "FFF"}, "its beam is of fluence mode FFF, and that of the beam data is flattened"),
        ({"source_axis_distance_mm": 800.0}, "its source lies 80 cm from the isocenter, and that of the beam data 100"),
        ({"has_unknown_weights": True}, "do not say how much is given through each aperture"),
        ({"has_unread_leaves": True}, "leaves could not all be read"),
        ({"control_points": NO_OPENING}, "states no aperture"),
        ({"is_tilted": True}, "table or gantry is tilted"),
    ],
)
def test_a_field_that_is_not_what_was_measured_is_named_and_leaves_the_plan_open(water, change, why):
    check = check_monitor_units(water, [field(), field(**change)], [BEAM], POINT, 1.0, DATA)
    assert check.fields[0].why_not == "" and check.fields[0].dose_gy > 0.5
    assert why in check.fields[1].why_not and bool(check.fields[1].why_not) == bool(why)
    assert (check.dose_gy is None) == bool(why)


FIXED, TRAY = WEDGE._replace(type="STANDARD"), Accessory("accessory", "T1", "TRAY")
FACTORS = "kind,identifier,factor,side_mm,depth_mm\n" + "".join(
    f"wedge,w45,{0.5 + side / 10000 + depth / 10000},{side},{depth}\n" for side in (50, 150) for depth in (50, 150)
)


@pytest.mark.parametrize(
    ("written", "goes_through", "point_mm", "expected"),
    [
        (FACTORS, (FIXED,), POINT, 0.52),  # between the sides and depths that were measured
        (FACTORS, (FIXED._replace(is_out=True),), POINT, 1.0),
        ("kind,identifier,factor\ntray,T1,0.97\nwedge,W45,0.6\n", (TRAY, FIXED), POINT, 0.582),
        ("kind,identifier,factor,side_mm\nwedge,W45,0.5,50\nwedge,W45,0.6,150\n", (FIXED,), POINT, 0.55),
        (FACTORS, (WEDGE,), POINT, "do not describe: wedge W45 (dynamic, 45 degrees)"),
        (FACTORS, (FIXED, TRAY), POINT, "do not describe: accessory T1 (tray)"),
        (FACTORS, (FIXED._replace(identifier="W30"),), POINT, "do not describe: wedge W30"),
        (FACTORS, (FIXED,), np.array([10.0, 100.0, 0.0]), "1.0 cm off the axis, and the factor of wedge w45 holds"),
        (FACTORS, (FIXED,), np.array([0.0, 170.0, 0.0]), "for a depth of 5 to 15 cm, and that of the field is 1"),
    ],
)
def test_the_factors_of_wedges_and_trays_are_those_of_the_users_beam(
    water, tmp_path, written, goes_through, point_mm, expected
):
    (tmp_path / "accessories.csv").write_text(written, "utf-8")
    beam = replace(BEAM, accessories=read_accessory_factors(tmp_path))
    check = check_field(water, field(accessories=goes_through, wedges=1), beam, point_mm, DATA)
    if isinstance(expected, str):
        assert expected in check.why_not
    else:
        open_field = check_field(water, field(), BEAM, point_mm, DATA)
        assert check.dose_gy == pytest.approx(expected * open_field.dose_gy, rel=1e-3)
        assert check.accessory_factor == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("kind,identifier\nwedge,W45\n", "needs the columns kind, identifier, factor"),
        ("kind,identifier,factor\nwedge,W45,55\n", "line 2: factor is '55'; expected 0.1 to 1"),
        ("kind,identifier,factor\nwedge,W45,nan\n", "line 2: factor is 'nan'"),
        ("kind,identifier,factor\nbolus,B,0.9\n", "line 2: expected wedge or tray"),
        ("kind,identifier,factor\nwedge,W45,0.5\nwedge,W45,0.6\n", "line 3: wedge W45 has two factors"),
        (FACTORS.rsplit("\n", 2)[0] + "\n", "wedge w45 needs a factor at each of its depths"),
        (FACTORS.replace(",50,50", ",,50", 1), "line 2: side_mm is ''"),
    ],
)
def test_a_file_of_factors_that_is_wrong_is_named_with_its_line(tmp_path, written, said):
    (tmp_path / "accessories.csv").write_text(written, "utf-8")
    with pytest.raises(UnreadableInput, match=re.escape(said)):
        read_accessory_factors(tmp_path)


def test_a_beam_without_flattening_filter_is_checked_by_its_own_data_near_the_axis_alone(water):
    own, unflattened = replace(BEAM, fluence_mode="FFF"), field(fluence_mode="fff")
    assert not check_field(water, unflattened, own, POINT, DATA).why_not
    assert "data is of fluence mode FFF" in check_field(water, field(), own, POINT, DATA).why_not
    aside = np.array([10.0, 100.0, 0.0])
    assert "no off-axis ratios were measured" in check_field(water, unflattened, own, aside, DATA).why_not
    assert not check_field(water, field(), BEAM, aside, DATA).why_not


def test_each_field_of_two_energies_is_computed_with_the_beam_of_its_own(water):
    strong = replace(BEAM, name="Test 10 MV", energy_mv=10.0, gy_per_mu=0.009, sha256="1" * 64)
    fields = [field(), field(number=2, name="F2", energy_mv=10.0)]
    alone = [
        check_monitor_units(water, [one], [own], POINT, None, DATA).dose_gy
        for one, own in zip(fields, (BEAM, strong), strict=True)
    ]
    both = check_monitor_units(water, fields, [strong, BEAM], POINT, 2.0, DATA)
    assert both.dose_gy == pytest.approx(sum(alone)) and alone[1] == pytest.approx(alone[0] * 9 / 8)
    assert [both.beam_of(one).name for one in both.fields] == ["Test 6 MV", "Test 10 MV"]
    third = check_monitor_units(water, [*fields, field(energy_mv=15.0)], [BEAM, strong], POINT, 2.0, DATA)
    assert "its energy is 15 MV, and the beam data are of 10 MV" in third.fields[2].why_not and third.dose_gy is None


def test_a_point_far_off_the_axis_needs_off_axis_ratios(water):
    aside = np.array([40.0, 100.0, 0.0])
    assert "4.0 cm off the axis, and no off-axis ratios" in check_field(water, field(), BEAM, aside, DATA).why_not
    horn = replace(BEAM, off_axis_mm=np.array([0.0, 50.0]), off_axis_ratio=np.array([1.0, 1.05]))
    assert check_field(water, field(), horn, aside, DATA).off_axis_ratio == pytest.approx(1.04)


@pytest.mark.parametrize(("stated_mm", "differs"), [(None, False), (900.0, False), (903.0, False), (920.0, True)])
def test_an_ssd_that_the_plan_states_is_held_against_the_outline(water, stated_mm, differs):
    check = check_field(water, field(ssd_mm=stated_mm), BEAM, POINT, DATA)
    assert check.axis_ssd_mm == pytest.approx(900, abs=3)
    assert check.has_another_ssd == differs


def test_a_way_that_enters_through_the_end_of_the_ct_is_not_computed(water):
    flat = field(control_points=tuple(replace(p, couch_deg=90.0, gantry_deg=60.0) for p in field().control_points))
    counts = len(water.z_mm)
    keep = slice(counts // 2 - 4, counts // 2 + 5)  # 45 mm of body around the point
    density = water.density[keep]
    cut = PlanningPatient(density, water.x_mm, water.y_mm, water.z_mm[keep], np.flatnonzero(density > 0.5), {})
    assert "where the CT or the outline is cut off" in check_field(cut, flat, BEAM, POINT, DATA).why_not
    assert not check_field(cut, field(), BEAM, POINT, DATA).why_not
