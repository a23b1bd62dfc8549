"""The independent check of monitor units: closed forms, a measured beam in water, what it refuses, and files."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from isocenter import mu_checking
from isocenter.cli import main
from isocenter.errors import UnreadableInput
from isocenter.intake import csv_tables
from isocenter.mu_checking import check_plan, expect_confirmable, verifications_of
from isocenter.phantoms.knobs import Delivery, PlanStyle
from isocenter.phantoms.make import make_phantom, phantom_objects
from isocenter.planning.beam.beam_data import load_beam_data
from isocenter.planning.beam.measured_beam import read_measured_beam, read_measured_beams
from isocenter.planning.checks.mu_check import CLARKSON, FACTORS, check_field, check_monitor_units
from isocenter.planning.dose.beam_view import cast_fan, look
from isocenter.planning.dose.delivered import delivered_fluence
from isocenter.planning.dose.dose import beam_dose
from isocenter.planning.imrt.imrt import make_imrt
from isocenter.planning.plans.export import write_computed
from isocenter.planning.task.task import set_task
from isocenter.planning.task.templates import arrangement
from isocenter.report.mu_page import check_as_page, check_as_text
from isocenter.terms.chart import Constraint
from isocenter.terms.imaging import Beam, ControlPoint, Patient
from isocenter.terms.plans import Verification
from tests.planning.measured import write_measured
from tests.planning.water import slabs

BEAM = load_beam_data()
MEASURED = Path(__file__).parents[2].parent / "shared" / "data" / "pymedphys_mcc"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    where = tmp_path_factory.mktemp("beam")
    write_measured(where, BEAM)
    return where


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


def test_the_reference_field_gives_the_reference_dose(folder, water):
    beam = replace(read_measured_beam(folder), leaf_gap_mm=0.0)
    square = field((1.0, -50, 50, -50, 50))
    check = check_field(water, square, beam, np.array([0.0, 100.0, 0.0]), replace(BEAM, leaf_gap_mm=0.0, groove_mm=0.0))
    assert check.method == FACTORS
    assert check.ssd_mm == pytest.approx(900, abs=3) and check.depth_mm == pytest.approx(100, abs=3)
    assert check.side_mm == pytest.approx(100, abs=0.5)
    assert check.dose_gy == pytest.approx(100 * beam.gy_per_mu, rel=0.015)  # half a voxel of surface


def test_the_rings_of_a_square_add_up_to_its_factors(folder, water):
    beam, point = replace(read_measured_beam(folder), leaf_gap_mm=0.0), np.array([0.0, 102.5, 0.0])
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
def test_fields_in_water_agree_with_the_collapsed_cone(folder, water, shapes, within, depth_mm):
    beam, point = read_measured_beam(folder), np.array([0.0, depth_mm, 0.0])
    own = replace(BEAM, mlc_transmission=beam.transmission, leaf_gap_mm=beam.leaf_gap_mm, groove_mm=0.0)
    check = check_field(water, field(*shapes), beam, point, own)
    assert check.dose_gy == pytest.approx(by_collapsed_cone(water, field(*shapes), point, own), rel=within)


def lung_of(depth_mm):
    """Water with lung from 50 to 90 mm and from 120 to 180 mm."""
    return 0.25 if 50 < depth_mm < 90 or 120 < depth_mm < 180 else 1.0


@pytest.mark.parametrize(
    ("depth_mm", "within"), [(42.5, 0.03), (102.5, 0.15), (152.5, 0.25), (202.5, 0.15)]
)  # before lung, between, in and behind it
def test_fields_through_lung_are_within_what_the_method_states(folder, depth_mm, within):
    body, point = slabs(lung_of, spacing_mm=5.0, width_mm=250), np.array([0.0, depth_mm, 0.0])
    beam = read_measured_beam(folder)
    own = replace(BEAM, mlc_transmission=beam.transmission, leaf_gap_mm=beam.leaf_gap_mm, groove_mm=0.0)
    for shapes in ([(1.0, -40, 40, -40, 40)], [(0.5, -30, 10, -20, 20), (0.5, -10, 30, -20, 20)]):
        check = check_field(body, field(*shapes), beam, point, own)
        assert check.dose_gy == pytest.approx(by_collapsed_cone(body, field(*shapes), point, own), rel=within)
        assert check.method_percent == (100 * within if within > 0.05 else 0)


def test_a_difference_that_lung_may_explain_is_not_judged(folder):
    body, point = slabs(lung_of, spacing_mm=5.0, width_mm=250), np.array([0.0, 202.5, 0.0])
    beam = read_measured_beam(folder)
    square = field((1.0, -40, 40, -40, 40), dose_point_mm=tuple(point))
    own = check_monitor_units(body, [square], [beam], point, None, BEAM).dose_gy

    def judged(planned_gy):
        check = check_monitor_units(body, [replace(square, beam_dose_gy=planned_gy)], [beam], point, planned_gy, BEAM)
        return check.is_field_within(check.fields[0]), check.is_within

    assert judged(own / 1.02) == (True, True)
    assert judged(own / 1.10) == (None, None)
    assert judged(own / 1.20) == (False, False)


def test_a_field_is_compared_where_the_plan_states_its_dose(folder, water):
    beam = read_measured_beam(folder)
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
def test_a_field_that_the_data_cannot_check_says_why(folder, water, change, why):
    beam = read_measured_beam(folder)
    point = np.array([0.0, 102.5, 0.0])
    check = check_monitor_units(water, [replace(field((1.0, -40, 40, -40, 40)), **change)], [beam], point, 1.0, BEAM)
    assert why in check.fields[0].why_not
    assert check.difference_percent is None and check.dose_gy is None


def test_a_field_larger_than_what_was_measured_is_not_computed(folder, water):
    beam = read_measured_beam(folder)
    small = replace(beam, side_mm=beam.side_mm[:3], scp=beam.scp[:3])
    check = check_field(water, field((1.0, -50, 50, -60, 60)), small, np.array([0.0, 102.5, 0.0]), BEAM)
    assert "stop at a side of 5 cm" in check.why_not
    outside = check_field(water, field((1.0, -50, 50, -50, 50)), beam, np.array([0.0, -50.0, 0.0]), BEAM)
    assert "not lie in the body" in outside.why_not


def test_a_point_beyond_what_was_measured_is_not_computed(folder, water):
    beam, square = read_measured_beam(folder), field((1.0, -40, 40, -40, 40))
    shallow = replace(beam, depth_mm=beam.depth_mm[:40], tpr=beam.tpr[:40])  # to 197.5 mm
    deep = check_field(water, square, shallow, np.array([0.0, 250.0, 0.0]), BEAM)
    assert "under 24.8 cm of water, and depth doses were measured from 0.2 to 19.8 cm" in deep.why_not
    assert not check_field(water, square, shallow, np.array([0.0, 190.0, 0.0]), BEAM).why_not
    narrow = replace(beam, off_axis_mm=np.array([0.0, 10.0]), off_axis_ratio=np.array([1.0, 1.01]))
    aside = check_field(water, square, narrow, np.array([30.0, 100.0, 0.0]), BEAM)
    assert "3.0 cm off the axis, and off-axis ratios were measured to 1.0 cm" in aside.why_not


@pytest.mark.parametrize(
    ("written", "instead", "what"),
    [
        ("sad_mm = 1000", "sad_mm = 100", r"sad_mm is 100; expected 500 to 2000 mm"),
        ("cgy_per_mu = 0", "cgy_per_mu = 80", r"cgy_per_mu is 80.*expected 0.1 to 5 cGy"),
        ("depth_mm = 100", "depth_mm = 10", r"reference.depth_mm is 10; expected 11 to 400 mm"),
        ("depth_mm = 100", "depth_mm = 310", r"2.5 to 297.5 mm, without the reference depth of 310 mm"),
        ("transmission = 0.015", "transmission = 1.5", "leaves.transmission is 1.5; expected 0 to 0.2"),
        ("energy_mv = 6", "energy_mv = 6000", "energy_mv is 6000"),
        ("gap_mm = 1.0", "gap_mm = nan", "leaves.gap_mm is nan"),
        ("measured_on = 2026-03-02", 'measured_on = "March"', "measured_on is 'March'; expected a day without quotes"),
        ("measured_on = 2026-03-02", "measured_on = 2026", "measured_on is 2026; expected a day"),
    ],
)
def test_a_value_in_another_unit_is_named(folder, tmp_path, written, instead, what):
    for own in folder.iterdir():
        (tmp_path / own.name).write_bytes(own.read_bytes())
    machine = tmp_path / "machine.toml"
    machine.write_text(machine.read_text().replace(written, instead, 1))
    with pytest.raises(UnreadableInput, match=what):
        read_measured_beam(tmp_path)


@pytest.mark.parametrize(
    ("file", "content", "what"),
    [
        ("output_factors.csv", "side_mm,scp\n5,0.9\n10,1\n15,1.05", "largest side is 15 mm; expected sides in mm"),
        ("output_factors.csv", "side_mm,scp\n50,90.6\n100,100\n", "scp of the reference field of 10 cm is 100"),
        ("off_axis.csv", "radius_mm,ratio\n0,100\n50,101\n", "ratios from 0.3 to 2"),
        ("machine.toml", "energy_mv = ", "cannot be read as TOML"),
        ("machine.toml", "energy_mv = 6", "lacks the table"),
        ("output_factors.csv", "side_mm,scp\n50,x\n", "not a table of numbers"),
        ("output_factors.csv", "side,scp\n50,1\n100,1\n", "needs the columns"),
        ("output_factors.csv", "side_mm,scp\n100,1\n50,1\n", "ascending"),
        ("pdd.csv", "depth_mm,large\n10,1\n", "named by the side"),
        ("pdd.csv", "depth_mm,50\n10,1\n", "two or more sides"),
    ],
)
def test_a_file_that_is_wrong_is_named(folder, tmp_path, file, content, what):
    for own in folder.iterdir():
        (tmp_path / own.name).write_bytes(own.read_bytes())
    (tmp_path / file).write_text(content)
    with pytest.raises(UnreadableInput, match=what):
        read_measured_beam(tmp_path)


def test_a_folder_without_depth_doses_says_so(folder, tmp_path):
    for name in ("machine.toml", "output_factors.csv"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    with pytest.raises(UnreadableInput, match=r"no tpr.csv, no pdd.csv"):
        read_measured_beam(tmp_path)
    (tmp_path / "machine.toml").unlink()
    with pytest.raises(UnreadableInput, match=r"has no machine.toml"):
        read_measured_beam(tmp_path)


def test_a_folder_of_beams_holds_one_for_each_energy(folder, tmp_path):
    for name, energy in (("low", "energy_mv = 6"), ("high", "energy_mv = 10")):
        (tmp_path / name).mkdir()
        for own in folder.iterdir():
            (tmp_path / name / own.name).write_bytes(own.read_bytes())
        machine = tmp_path / name / "machine.toml"
        machine.write_text(machine.read_text().replace("energy_mv = 6", energy))
    assert [beam.kind for beam in read_measured_beams(tmp_path)] == ["10 MV", "6 MV"]
    with pytest.raises(UnreadableInput, match=r"holds a folder for each beam \(high, low\); name the one to take"):
        read_measured_beam(tmp_path)
    machine.write_text(machine.read_text().replace("energy_mv = 10", 'energy_mv = 6\nfluence_mode = "FFF"'))
    assert [beam.kind for beam in read_measured_beams(tmp_path)] == ["6 MV FFF", "6 MV"]
    machine.write_text(machine.read_text().replace('"FFF"', "6"))
    with pytest.raises(UnreadableInput, match=r"high: machine.toml: fluence_mode is 6; expected the name"):
        read_measured_beams(tmp_path)
    machine.write_text(machine.read_text().replace("fluence_mode = 6", ""))
    with pytest.raises(UnreadableInput, match=r"two beams of 6 MV, in high and low; keep the one"):
        read_measured_beams(tmp_path)


@pytest.mark.skipif(not MEASURED.is_dir(), reason="measured depth doses are not at hand")
def test_scans_of_a_water_tank_are_depth_doses(folder, tmp_path):
    (tmp_path / "machine.toml").write_bytes((folder / "machine.toml").read_bytes())
    (tmp_path / "output_factors.csv").write_text("side_mm,scp\n50,0.906\n100,1\n")
    for name in ("06MV_05x05.mcc", "06MV_10x10.mcc"):
        (tmp_path / name).write_bytes((MEASURED / name).read_bytes())
    beam = read_measured_beam(tmp_path)
    assert beam.tpr_side_mm.tolist() == [50, 100]
    tpr_20_10 = float(beam.tissue_phantom_ratio(200, 100) / beam.tissue_phantom_ratio(100, 100))
    assert 0.65 < tpr_20_10 < 0.69  # of a 6 MV beam
    assert "06MV_05x05.mcc" in beam.files and len(beam.sha256) == 64
    scan = (MEASURED / "06MV_05x05.mcc").read_text("latin-1")
    for changed, what in (
        (scan[: len(scan) // 2], "06MV_05x05.mcc: it ends in the middle"),
        (scan.replace("ENERGY=6.00", "ENERGY=10.00"), "06MV_05x05.mcc is a depth dose of 10 MV, .* states 6 MV"),
    ):
        (tmp_path / "06MV_05x05.mcc").write_text(changed, "latin-1")
        with pytest.raises(UnreadableInput, match=what):
            read_measured_beam(tmp_path)


@pytest.fixture
def checked(folder, monkeypatch):
    """Checks a phantom of three static fields after a change of its beams, on a coarse grid."""
    style = PlanStyle(technique="step_and_shoot", gantry_deg=(0.0, 90.0, 270.0))
    found = replace(phantom_objects("prostate", style=style, delivery=Delivery(fractions=1)), ct=None)
    monkeypatch.setattr(mu_checking, "SPACING_MM", 8.0)

    def check(change=lambda beams: beams, point_mm=None, **parts):
        plan = replace(found.plan, beams=tuple(change(found.plan.beams)), **parts.pop("plan", {}))
        monkeypatch.setattr(mu_checking, "read_folder", lambda _: (replace(found, plan=plan, **parts), [], []))
        return check_plan(Path("plan"), folder, point_mm)

    return check


def test_a_measured_beam_that_is_changed_meanwhile_gives_no_check(checked, folder, monkeypatch):
    machine, laid_out = folder / "machine.toml", mu_checking._patient
    before = machine.read_text()

    def changing(*given):
        machine.write_text(f"{before}\n")
        return laid_out(*given)

    monkeypatch.setattr(mu_checking, "_patient", changing)
    try:
        with pytest.raises(UnreadableInput, match=r"^machine\.toml: it changed while it was being read"):
            checked()
    finally:
        machine.write_text(before)


def all_changed(**changes):
    return lambda beams: [replace(beam, **changes) for beam in beams]


@pytest.mark.parametrize(
    ("change", "point_mm", "sentence"),
    [
        (all_changed(energy_mv=10.0), None, "no field can be checked: its energy is 10 MV, and the beam data are"),
        (all_changed(radiation="ELECTRON"), None, "no field can be checked: its radiation is electron, and the beam"),
        (
            all_changed(wedges=1),
            None,
            "no field can be checked: it goes through what the beam data do not describe: wedge",
        ),
        (all_changed(delivery_type="SETUP"), None, "the plan has no beam that treats"),
        (all_changed(), (900.0, 0.0, 0.0), "no field can be checked: the point does not lie in the body"),
        (
            lambda beams: [replace(beams[0], wedges=1), *all_changed(energy_mv=10.0)(beams[1:])],
            None,
            "no field can be checked: G000: it goes through .* wedge; G090, G270: its energy is 10 MV",
        ),
    ],
)
def test_a_plan_of_which_no_field_can_be_checked_is_refused_with_why(checked, change, point_mm, sentence):
    with pytest.raises(UnreadableInput, match=sentence):
        checked(change, point_mm)


def test_a_plan_with_a_field_whose_monitor_units_are_missing_is_not_compared_without_it(checked):
    def without(beams):
        return [replace(beams[0], monitor_units=None, gives_no_dose=True), *beams[1:]]

    found = checked(without)
    assert [field.field for field in found.check.fields] == ["G000", "G090", "G270"]
    assert found.check.difference_percent is None and found.not_compared == "G000 is not computed at the point"
    assert "G000: monitor units not stated, not computed" in check_as_text(found)
    assert checked().check.difference_percent is not None and checked().not_compared == ""
    two = checked(lambda beams: [*(replace(beam, wedges=1) for beam in beams[:2]), *beams[2:]])
    assert two.not_compared == "G000, G090 are not computed at the point"

    def stating_points(beams):
        return [replace(beam, dose_point_mm=beam.isocenter_mm, beam_dose_gy=0.3) for beam in beams]

    in_air = checked(stating_points, (900.0, 0.0, 0.0))
    assert in_air.not_compared.endswith("are not computed at the point: the point does not lie in the body")
    assert "RTDOSE" in checked(dose=None).not_compared
    assert "number of fractions" in checked(plan={"fractions": None}).not_compared


def test_a_set_up_without_monitor_units_is_no_field_of_the_check(checked):
    def imaged(beams):
        return [replace(beams[0], monitor_units=None, gives_no_dose=True, name="AP setup"), *beams[1:]]

    assert [field.field for field in checked(imaged).check.fields] == ["G090", "G270"]


def test_a_stored_dose_that_lacks_a_beam_is_not_that_of_all_fields(checked):
    dose = phantom_objects("prostate").dose
    found = checked(dose=replace(dose, is_reached=np.zeros(dose.dose_gy.shape, dtype=bool)))
    assert found.check.difference_percent is None
    assert found.not_compared == "the stored dose (RTDOSE) does not hold all beams everywhere"


def test_a_plan_that_prescribes_to_no_structure_is_compared_in_the_target_that_receives_most(checked):
    usual = checked()
    source = phantom_objects("prostate")
    marker = replace(source.structure_set.named("PTV_78"), name="CTV wire", number=70)
    aside = tuple((z, points + np.array([70.0, 0.0])) for z, points in marker.contours)
    drawn = (replace(marker, contours=aside), *source.structure_set.structures)
    unnamed = tuple(replace(p, structure_number=None) for p in source.plan.prescriptions)
    found = checked(
        structure_set=replace(source.structure_set, structures=drawn), plan={"prescriptions": unnamed, "fractions": 39}
    )
    assert found.check.planned_gy == pytest.approx(usual.check.planned_gy, rel=0.03)  # a marker has next to none


@pytest.mark.parametrize(("name", "is_lung"), [("PTV_lung", False), ("Lunge links", True), ("Lung_R", True)])
def test_lungs_alone_are_taken_for_lung_where_there_is_no_ct(checked, name, is_lung):
    source = phantom_objects("prostate").structure_set
    named = [replace(s, name=name, interpreted_type="") if s.name == "Rectum" else s for s in source.structures]
    made = checked(structure_set=replace(source, structures=tuple(named)))
    assert (f"{name} of density 0.26" in made.simplification) == is_lung


def test_metal_in_the_ct_is_named_beside_the_check(checked):
    ct = replace(phantom_objects("prostate").ct, frame_of_reference_uid="")
    hu = ct.hu.copy()
    hu[5:9, 20:30, 20:30] = 3071
    said = [p.sentence for p in checked(ct=replace(ct, given_hu=hu)).problems]
    assert sum("as metal is" in sentence for sentence in said) == 1


def test_a_folder_of_several_plans_or_structure_sets_says_what_is_checked(checked):
    boost = replace(phantom_objects("prostate"), ct=None)
    boost = replace(boost, plan=replace(boost.plan, label="BOOST"))
    (remark,) = checked(further=(boost,)).problems
    assert "not checked: BOOST" in remark.sentence
    with pytest.raises(UnreadableInput, match=r"2 structure sets .* nothing says which is meant"):
        checked(undecided=(("structure sets", ("a.dcm", "b.dcm")),))
    elsewhere = replace(phantom_objects("prostate").ct, frame_of_reference_uid="1.2.3")
    with pytest.raises(UnreadableInput, match="structures and CT lie in different frames of reference"):
        checked(ct=elsewhere)


@pytest.mark.parametrize(
    ("stated", "words"), [("0.8", "tongue and groove 0.8 mm"), (None, "tongue and groove not stated")]
)
def test_tongue_and_groove_are_those_of_the_beam_data(folder, checked, stated, words, tmp_path):
    for file in folder.iterdir():
        text = file.read_text()
        (tmp_path / file.name).write_text(text.replace("gap_mm", f"groove_mm = {stated}\ngap_mm") if stated else text)
    measured = read_measured_beam(tmp_path)
    assert measured.groove_mm == (float(stated) if stated else None)
    found = checked()
    check = replace(found.check, beams=(measured,))
    assert words in check_as_page(replace(found, check=check))


def test_the_strip_between_two_leaves_counts_where_the_beam_data_state_it(folder, water):
    point = np.array([0.0, 100.0, 0.0])
    halves = field((0.5, -40, 40, -40, 40), (0.5, -40, 40, -40, 40))
    one_side = np.array([[-40, -40, 40, 40], [40, 40, 40, 40]], float)  # two leaf pairs open, then the other two
    shapes = [one_side, one_side, one_side[:, ::-1], one_side[:, ::-1]]
    points = [replace(p, leaves_mm=leaves) for p, leaves in zip(halves.control_points, shapes, strict=True)]
    both = replace(halves, control_points=tuple(points))
    beam = read_measured_beam(folder)
    doses = [
        check_monitor_units(water, [both], [replace(beam, groove_mm=mm)], point, None, BEAM).dose_gy
        for mm in (None, 0.0, 0.8)
    ]
    assert doses[0] == doses[1] > doses[2]


@pytest.mark.parametrize("given", ["-1", "8", '"thin"'])
def test_a_groove_that_no_leaf_has_is_refused(folder, given, tmp_path):
    for file in folder.iterdir():
        (tmp_path / file.name).write_text(file.read_text().replace("gap_mm", f"groove_mm = {given}\ngap_mm"))
    with pytest.raises(UnreadableInput, match=r"leaves.groove_mm is .* expected 0 to 3 mm"):
        read_measured_beam(tmp_path)


@pytest.mark.parametrize("doses_gy", [(0.0, 0.0, 0.0), (0.0, 0.3, 0.3)])
def test_a_dose_of_zero_that_a_plan_states_for_a_field_is_no_dose_to_compare(checked, doses_gy):
    def stating(beams):
        return [
            replace(beam, dose_point_mm=beam.isocenter_mm, beam_dose_gy=dose_gy)
            for beam, dose_gy in zip(beams, doses_gy, strict=True)
        ]

    found = checked(stating)
    assert [field.planned_gy for field in found.check.fields] == [dose_gy or None for dose_gy in doses_gy]
    assert [found.check.is_field_within(field) is None for field in found.check.fields] == [g == 0 for g in doses_gy]
    assert check_as_text(found).count("does not state the field's dose") == doses_gy.count(0.0)


def test_fields_of_one_name_are_told_apart_so_that_each_counts_as_checked(checked):
    def of_one_name(beams):
        return [replace(b, name="AP", dose_point_mm=b.isocenter_mm, beam_dose_gy=0.3) for b in beams]

    found = checked(of_one_name)
    numbers = [beam.number for beam in found.plan.treatment_beams]
    rows = verifications_of(found, "A. Physicist", date(2026, 3, 5))
    assert [row.field for row in rows] == [f"AP (beam {number})" for number in numbers]


def test_the_page_states_whose_plan_it_is_and_factors_that_multiply_to_each_dose(checked):
    patient = Patient("PH-1", "Sample", "Alex")
    found = checked(plan={"patient": patient})
    (beam,) = found.check.beams
    for one in found.check.fields:
        factors = (one.sc, one.scatter, one.off_axis_ratio, one.inverse_square, one.accessory_factor)
        assert one.dose_gy == pytest.approx(one.monitor_units * beam.gy_per_mu * np.prod(factors), rel=1e-9)
        assert one.method == CLARKSON or one.scatter == one.sp * one.tpr
    page = check_as_page(found)
    assert "Patient: Sample, Alex; ID PH-1." in page and found.plan.sop_instance_uid in page
    assert f"{100 * beam.gy_per_mu:.4f} cGy per MU" in page


def test_a_confirmation_needs_a_field_that_was_compared_and_a_day_on_which_it_can_have_been(checked):
    with pytest.raises(UnreadableInput, match="nothing to confirm: the plan states no field's dose at a point"):
        expect_confirmable(checked(), "A. Physicist", date(2026, 3, 5))
    compared = checked(lambda beams: [replace(b, dose_point_mm=b.isocenter_mm, beam_dose_gy=0.3) for b in beams])
    expect_confirmable(compared, "Li", date(2026, 3, 5))
    with pytest.raises(
        UnreadableInput, match="2026-03-01 is before the day on which the beam was measured, 2026-03-02"
    ):
        expect_confirmable(compared, "Li", date(2026, 3, 1))
    with pytest.raises(UnreadableInput, match="is after today"):
        expect_confirmable(compared, "Li", date(2999, 1, 1))
    for nobody in (" ", "-", "?", "X", "  .  "):
        with pytest.raises(UnreadableInput, match="is no name of a person"):
            expect_confirmable(compared, nobody, date(2026, 3, 5))


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """An IMRT plan of a phantom as files, with the dose of each field at a point."""
    source = phantom_objects("prostate")
    goals = [Constraint("", "PTV_78", "D95%", ">=", 78, "Gy"), Constraint("", "Rectum", "mean", "<=", 40, "Gy")]
    task, _ = set_task(source, goals, BEAM, spacing_mm=5.0)
    few = replace(arrangement("imrt", "prostate"), gantry_deg=(0.0, 103.0, 257.0))
    made = make_imrt(task, few)
    where = tmp_path_factory.mktemp("plan")
    make_phantom("prostate", where)
    for name in ("RP.dcm", "RD.dcm"):
        (where / name).unlink()
    write_computed(task, made, source, where)
    return where


@pytest.mark.slow
@pytest.mark.usefixtures("no_sockets")
def test_a_plan_is_checked_from_its_files_and_confirmed_by_a_person(written, folder, tmp_path, capsys):
    out = tmp_path / "out"
    options = ["mu-check", str(written), "--beams", str(folder), "--out", str(out)]
    assert main(options) == 0
    printed = capsys.readouterr().out
    assert printed.count("modified Clarkson") == 3
    percent, verdict = re.findall(r" mm, ([+-][\d.]+) %, (within|beyond) 3 %", printed)[-1]  # of the plan
    assert abs(float(percent)) < 4
    assert (verdict == "within") == (abs(float(percent)) <= 3)
    assert not (out / "verifications.csv").exists()
    page = (out / "mu_check.html").read_text()
    assert "Reviewed by" in page and "Equivalent square" in page and "machine.toml" in page
    assert main([*options, "--confirmed-by", "A. Physicist"]) == 2
    assert main([*options, "--confirmed-by", "A. Physicist", "--confirmed-on", "2026-03-05"]) == 0
    rows = [row for row in csv_tables.read(out / "verifications.csv") if isinstance(row, Verification)]
    assert [row.kind for row in rows] == ["independent_calculation"] * 3
    assert all(row.result == "dose_deviation" and abs(row.value) < 10 for row in rows)
    assert len({row.field for row in rows}) == 3
    assert "confirmed by A. Physicist" in rows[0].criteria
