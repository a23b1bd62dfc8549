"""The check of the monitor units of a whole plan: its fields, its page, and a person who confirms it."""

import re
from dataclasses import replace
from datetime import date

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
from isocenter.planning.beam.measured_beam import read_measured_beam
from isocenter.planning.checks.mu_check import CLARKSON
from isocenter.planning.imrt.imrt import make_imrt
from isocenter.planning.plans.export import write_computed
from isocenter.planning.task.task import set_task
from isocenter.planning.task.templates import arrangement
from isocenter.report.mu_page import check_as_page, check_as_text
from isocenter.terms.chart import Constraint
from isocenter.terms.imaging import Patient
from isocenter.terms.plans import Verification

BEAM = load_beam_data()


@pytest.fixture
def checked(beam_folder, tmp_path, monkeypatch):
    """Checks a phantom of three static fields after a change of its beams, on a coarse grid."""
    style = PlanStyle(technique="step_and_shoot", gantry_deg=(0.0, 90.0, 270.0))
    found = replace(phantom_objects("prostate", style=style, delivery=Delivery(fractions=1)), ct=None)
    monkeypatch.setattr(mu_checking, "SPACING_MM", 8.0)

    def check(change=lambda beams: beams, point_mm=None, **parts):
        plan = replace(found.plan, beams=tuple(change(found.plan.beams)), **parts.pop("plan", {}))
        monkeypatch.setattr(mu_checking, "read_folder", lambda _: (replace(found, plan=plan, **parts), [], []))
        return check_plan(tmp_path, beam_folder, point_mm)

    return check


def test_a_measured_beam_that_is_changed_meanwhile_gives_no_check(checked, beam_folder, monkeypatch):
    machine, laid_out = beam_folder / "machine.toml", mu_checking._patient
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
def test_tongue_and_groove_are_those_of_the_beam_data(beam_folder, checked, stated, words, tmp_path):
    for file in beam_folder.iterdir():
        text = file.read_text()
        (tmp_path / file.name).write_text(text.replace("gap_mm", f"groove_mm = {stated}\ngap_mm") if stated else text)
    measured = read_measured_beam(tmp_path)
    assert measured.groove_mm == (float(stated) if stated else None)
    found = checked()
    check = replace(found.check, beams=(measured,))
    assert words in check_as_page(replace(found, check=check))


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
def test_a_plan_is_checked_from_its_files_and_confirmed_by_a_person(written, beam_folder, tmp_path, capsys):
    out = tmp_path / "out"
    options = ["mu-check", str(written), "--beams", str(beam_folder), "--out", str(out)]
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
