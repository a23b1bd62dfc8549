"""What planning names or refuses before it makes a plan: CT, structures, targets and the grid."""

import re
from dataclasses import replace

import numpy as np
import pytest

from isocenter.errors import UnreadableInput
from isocenter.phantoms.make import phantom_objects
from isocenter.planning.beam.beam_data import load_beam_data
from isocenter.planning.dose.influence import _expect_room
from isocenter.planning.task.remarks import coarse_grid
from isocenter.planning.task.task import set_task
from isocenter.terms.chart import Constraint
from tests.planning.set_ups import PTV_AND_DOSE, with_structures


def test_a_grid_wider_than_usual_is_named():
    assert coarse_grid(3.0) == []
    assert "it is 5 mm wide, more than the usual 3 mm" in coarse_grid(5.0)[0].sentence


@pytest.mark.parametrize(
    ("part", "what"),
    [("ct", "no CT"), ("structure_set", "no RTSTRUCT"), ("plan", "no target has a prescribed dose")],
)
def test_what_planning_needs_is_named_where_it_is_missing(part, what):
    folder = replace(phantom_objects("prostate"), **{part: None})
    with pytest.raises(UnreadableInput, match=what):
        set_task(folder, [], load_beam_data())


@pytest.mark.parametrize("spacing_mm", [0.0, -3.0, 0.01, 50.0, float("nan"), float("inf")])
def test_a_grid_that_no_plan_can_be_made_on_is_refused(spacing_mm):
    with pytest.raises(UnreadableInput, match=r"expected 0\.5 to 10 mm"):
        set_task(phantom_objects("prostate"), [], load_beam_data(), spacing_mm=spacing_mm)


def test_a_target_outside_the_ct_is_named():
    folder = phantom_objects("prostate")
    ct = replace(folder.ct, given_hu=folder.ct.hu[:3], z_mm=folder.ct.z_mm[:3])
    rows = [Constraint("", "PTV_78", "D95%", ">=", 78, "Gy")]
    with pytest.raises(UnreadableInput, match="PTV_78 lies outside the body or the CT"):
        set_task(replace(folder, ct=ct), rows, load_beam_data(), spacing_mm=6.0)


def test_a_ct_thinner_than_a_step_of_the_grid_is_named_with_what_it_covers():
    folder = phantom_objects("prostate")
    ct = replace(folder.ct, given_hu=folder.ct.hu[:3], z_mm=folder.ct.z_mm[:3])
    covered_mm = ct.z_mm[2] - ct.z_mm[0]
    rows = [Constraint("", "PTV_78", "D95%", ">=", 78, "Gy")]
    with pytest.raises(UnreadableInput, match=f"covers only {covered_mm:g} mm of Body"):
        set_task(replace(folder, ct=ct), rows, load_beam_data(), spacing_mm=10.0)


@pytest.mark.parametrize("moved_mm", [(0, 0, 5000.0), (0, 0, -700.0), (600.0, 0, 0)])
def test_a_target_drawn_far_from_the_body_is_named(moved_mm):
    folder = phantom_objects("prostate")
    x_mm, y_mm, z_mm = moved_mm
    moved = tuple(
        s
        if s.name != "PTV_78"
        else replace(s, contours=tuple((z + z_mm, points + np.array([x_mm, y_mm])) for z, points in s.contours))
        for s in folder.structure_set.structures
    )
    structures = replace(folder.structure_set, structures=moved)
    rows = [Constraint("", "PTV_78", "D95%", ">=", 78, "Gy")]
    with pytest.raises(UnreadableInput, match="PTV_78 lies outside the body or the CT"):
        set_task(replace(folder, structure_set=structures), rows, load_beam_data(), spacing_mm=8.0)


def test_a_target_that_the_ct_cuts_off_is_named_with_its_share():
    folder = phantom_objects("prostate")
    z_mm = folder.ct.z_mm
    levels = sorted(z for s in folder.structure_set.structures if s.name == "PTV_78" for z, _ in s.contours)
    upto = int(np.searchsorted(z_mm, levels[len(levels) * 2 // 3]))
    ct = replace(folder.ct, given_hu=folder.ct.hu[:upto], z_mm=z_mm[:upto])
    rows = [Constraint("", "PTV_78", "D95%", ">=", 78, "Gy")]
    _, problems = set_task(replace(folder, ct=ct), rows, load_beam_data(), spacing_mm=6.0)
    (told,) = [p for p in problems if p.place == "target PTV_78"]
    share = float(re.search(r"about (\d+) %", told.sentence)[1])
    assert share == pytest.approx(100 / 3, abs=10)


def test_of_a_target_that_reaches_out_of_the_body_a_small_part_is_named_as_well():
    folder = phantom_objects("prostate")
    points = np.concatenate([p for _, p in folder.structure_set.named("PTV_78").contours])
    right_mm = np.concatenate([p for _, p in folder.structure_set.named("Body").contours])[:, 0].max()
    out_mm = 0.1 * np.ptp(points[:, 0])
    beyond = target_of(folder, lambda p: moved(p, right_mm - points[:, 0].max() + out_mm, 0.0))
    _, problems = set_task(beyond, PTV_AND_DOSE, load_beam_data(), spacing_mm=10.0)  # ends of a target between planes
    assert any("lie outside the body or the CT" in p.sentence for p in problems if p.place == "target PTV_78")


@pytest.mark.parametrize("spacing_mm", [3.0, 4.0, 5.0, 6.5])
def test_no_more_than_a_fifth_of_a_voxel_is_left_out_at_the_ends_of_a_target(spacing_mm):
    source = phantom_objects("c_shape")
    drawn_mm = source.structure_set.named("PTV_50").z_mm
    half_gap_mm = (drawn_mm[1] - drawn_mm[0]) / 2
    task, _ = set_task(source, [Constraint("", "PTV_50", "D95%", ">=", 50, "Gy")], load_beam_data(), spacing_mm)
    planes = np.unravel_index(task.patient.voxels["PTV_50"], task.patient.density.shape)[0]
    first_mm, last_mm = task.patient.z_mm[planes.min()], task.patient.z_mm[planes.max()]
    left_out_mm = max(
        first_mm - spacing_mm / 2 - (drawn_mm[0] - half_gap_mm), drawn_mm[-1] + half_gap_mm - last_mm - spacing_mm / 2
    )
    assert left_out_mm <= 0.2 * spacing_mm + 0.01


def test_a_ct_of_two_spacings_is_resampled_and_says_so():
    folder = phantom_objects("prostate")
    keep = np.r_[: len(folder.ct.z_mm) // 2, len(folder.ct.z_mm) // 2 : len(folder.ct.z_mm) : 2]
    ct = replace(folder.ct, given_hu=folder.ct.hu[keep], z_mm=folder.ct.z_mm[keep])
    rows = [Constraint("", "PTV_78", "D95%", ">=", 78, "Gy")]
    _, problems = set_task(replace(folder, ct=ct), rows, load_beam_data(), spacing_mm=6.0)
    assert any("mm apart" in p.sentence and "even grid of 6 mm" in p.sentence for p in problems)


def test_a_matrix_beyond_the_memory_is_refused_with_its_size():
    _expect_room(900_000_000)
    with pytest.raises(UnreadableInput, match=r"9\.0 GB, more than 6 GB; plan on a wider grid"):
        _expect_room(1_500_000_000)


def test_a_grid_of_half_millimeters_is_refused_with_its_size():
    rows = [Constraint("", "PTV_78", "D95%", ">=", 78, "Gy")]
    with pytest.raises(UnreadableInput, match="plan on a wider grid"):
        set_task(phantom_objects("prostate"), rows, load_beam_data(), spacing_mm=0.5)


def test_an_isocenter_outside_the_patient_is_named_and_not_taken():
    folder = phantom_objects("prostate")
    beams = tuple(replace(beam, isocenter_mm=(9000.0, 0.0, 0.0)) for beam in folder.plan.beams)
    rows = [Constraint("", "PTV_78", "D95%", ">=", 78, "Gy")]
    task, problems = set_task(
        replace(folder, plan=replace(folder.plan, beams=beams)), rows, load_beam_data(), spacing_mm=8.0
    )
    assert np.abs(task.isocenter_mm).max() < 200
    assert "its isocenter lies outside the patient" in problems[0].sentence


def test_a_ct_of_one_slice_is_refused():
    folder = phantom_objects("prostate")
    ct = replace(folder.ct, given_hu=folder.ct.hu[:1], z_mm=folder.ct.z_mm[:1])
    rows = [Constraint("", "PTV_78", "D95%", ">=", 78, "Gy")]
    with pytest.raises(UnreadableInput, match="a single slice"):
        set_task(replace(folder, ct=ct), rows, load_beam_data(), spacing_mm=8.0)


def test_of_two_outlines_the_larger_is_taken_and_of_two_organs_of_a_name_the_last_and_both_are_said():
    folder = phantom_objects("prostate")
    body, rectum = (folder.structure_set.named(name) for name in ("Body", "Rectum"))
    fine = tuple((z, 0.3 * np.repeat(points, 9, axis=0)) for z, points in body.contours)  # more points, a smaller area
    skin, again = replace(body, name="External", number=70, contours=fine), replace(rectum, number=71)
    twice = with_structures(folder, *folder.structure_set.structures, skin, again)
    task, problems = set_task(twice, PTV_AND_DOSE, load_beam_data(), spacing_mm=10.0)
    usual, _ = set_task(folder, PTV_AND_DOSE, load_beam_data(), spacing_mm=10.0)
    assert len(task.patient.body) == len(usual.patient.body)
    assert [p.place for p in problems] == ["structure Body", "structure Rectum"]
    assert problems[0].sentence.endswith("left out: External") and "2 structures" in problems[1].sentence


def test_a_target_whose_name_two_structures_have_is_refused():
    folder = phantom_objects("prostate")
    rectum = replace(folder.structure_set.named("Rectum"), name="PTV_78", number=71)
    twice = with_structures(folder, *folder.structure_set.structures, rectum)
    with pytest.raises(UnreadableInput, match="2 structures with contours are named PTV_78"):
        set_task(twice, PTV_AND_DOSE, load_beam_data(), spacing_mm=10.0)


@pytest.mark.parametrize(("shift_hu", "density"), [(-1000, "0.0"), (1024, r"1\.[4-6]")])
def test_a_ct_whose_numbers_are_those_of_no_body_is_refused(shift_hu, density):
    folder = phantom_objects("prostate")
    ct = replace(folder.ct, given_hu=np.maximum(folder.ct.hu + shift_hu, -1000))
    with pytest.raises(UnreadableInput, match=f"within Body the CT is {density}.*rescale"):
        set_task(replace(folder, ct=ct), PTV_AND_DOSE, load_beam_data(), spacing_mm=10.0)


def moved(points, right_mm, back_mm):
    return points + np.array([right_mm, back_mm])


def target_of(folder, change):
    """The phantom with the contours of its planning target changed, one (z, points) at a time."""
    target = folder.structure_set.named("PTV_78")
    changed = replace(target, contours=tuple((z, change(points)) for z, points in target.contours))
    return with_structures(folder, changed, *(s for s in folder.structure_set.structures if s.name != "PTV_78"))


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("as it is", ""),
        ("at the skin", "within 3 mm of the skin"),
        ("around air", "are air in the CT"),
        ("of a few voxels", "voxels of the planning grid, too few"),
    ],
)
def test_a_target_that_no_field_covers_as_its_numbers_say_is_named(kind, words):
    folder = phantom_objects("prostate")
    middle_mm = np.concatenate([points for _, points in folder.structure_set.named("PTV_78").contours]).mean(0)
    if kind == "at the skin":
        skin_mm = np.concatenate([points for _, points in folder.structure_set.named("Body").contours])[:, 1].min()
        folder = target_of(folder, lambda points: moved(points, 0.0, skin_mm - points[:, 1].min()))
    if kind == "of a few voxels":
        folder = target_of(folder, lambda points: middle_mm + 0.1 * (points - middle_mm))
    if kind == "around air":
        hu = folder.ct.hu.copy()
        rows, columns = (
            np.abs(at - m) < 12 for at, m in zip((folder.ct.y_mm, folder.ct.x_mm), middle_mm[::-1], strict=True)
        )
        hu[:, rows[:, None] & columns] = -1000
        folder = replace(folder, ct=replace(folder.ct, given_hu=hu))
    _, problems = set_task(folder, PTV_AND_DOSE, load_beam_data(), spacing_mm=5.0)
    found = [p.sentence for p in problems if p.place == "target PTV_78"]
    assert bool(found) == bool(words) and words in " ".join(found)
    if kind == "at the skin":
        _, problems = set_task(folder, PTV_AND_DOSE, load_beam_data(), spacing_mm=10.0)
        assert any("within 5 mm of the skin" in p.sentence for p in problems)


def test_a_target_between_the_voxels_is_told_apart_from_one_that_lies_elsewhere():
    folder = phantom_objects("prostate")
    with pytest.raises(UnreadableInput, match=r"PTV_78 is drawn only .* less than a step of the planning grid of 5 mm"):
        set_task(target_of(folder, lambda p: p[:1] + 0.01 * (p - p[:1])), PTV_AND_DOSE, load_beam_data(), 5.0)
    with pytest.raises(UnreadableInput, match="PTV_78 lies outside the body or the CT"):
        set_task(target_of(folder, lambda points: moved(points, 900.0, 0.0)), PTV_AND_DOSE, load_beam_data(), 5.0)


@pytest.mark.parametrize("values", ["of magnetic resonance", "lifted above air"])
def test_images_without_fat_and_air_are_refused_though_they_are_as_dense_as_a_body(values):
    folder = phantom_objects("prostate")
    signal = np.clip(folder.ct.hu + 1000, 0, None) // 10 if values == "of magnetic resonance" else folder.ct.hu.clip(0)
    ct = replace(folder.ct, given_hu=signal.astype(np.int16))
    with pytest.raises(UnreadableInput, match=r"around Body the CT has almost no value below -50 HU.*not HU"):
        set_task(replace(folder, ct=ct), PTV_AND_DOSE, load_beam_data(), spacing_mm=10.0)


def test_a_position_in_which_no_angle_has_a_meaning_is_refused():
    folder = phantom_objects("prostate")
    folder = replace(folder, plan=None, ct=replace(folder.ct, patient_position="SITTING"))
    with pytest.raises(UnreadableInput, match="CT states the patient position 'SITTING'; planning takes FFDL"):
        set_task(folder, PTV_AND_DOSE, load_beam_data())


@pytest.mark.parametrize(
    ("of_ct", "of_plan", "taken", "remark"),
    [
        ("FFS", "FFS", "FFS", ""),
        ("FFS", "", "FFS", ""),
        ("", "HFP", "HFP", ""),
        ("HFS", "HFP", "HFP", "the CT states HFS, the plan HFP"),
        ("", "", "HFS", r"head first supine \(HFS\) is assumed"),
    ],
)
def test_a_position_that_is_assumed_or_stated_in_two_ways_is_said(of_ct, of_plan, taken, remark):
    folder = phantom_objects("prostate")
    folder = replace(
        folder,
        plan=replace(folder.plan, patient_position=of_plan),
        ct=replace(folder.ct, patient_position=of_ct),
    )
    task, problems = set_task(folder, PTV_AND_DOSE, load_beam_data(), spacing_mm=10.0)
    assert task.patient.patient_position == taken
    said = [p.sentence for p in problems if p.place == "patient position"]
    assert len(said) == bool(remark) and all(re.search(remark, sentence) for sentence in said)


def cut_above(folder, beyond_mm):
    """The phantom without the slices of the CT that lie farther above its target."""
    last_mm = folder.structure_set.named("PTV_78").z_mm[-1]
    upto = int(np.searchsorted(folder.ct.z_mm, last_mm + beyond_mm, side="right"))
    return replace(folder, ct=replace(folder.ct, given_hu=folder.ct.hu[:upto], z_mm=folder.ct.z_mm[:upto]))


@pytest.mark.parametrize(("beyond_mm", "is_named"), [(4.0, True), (36.0, False)])
def test_a_target_near_the_end_of_the_ct_is_named(beyond_mm, is_named):
    _, problems = set_task(cut_above(phantom_objects("prostate"), beyond_mm), PTV_AND_DOSE, load_beam_data(), 5.0)
    found = [p.sentence for p in problems if "are cut off" in p.sentence]
    assert len(found) == is_named and all("mm above it" in sentence for sentence in found)


def test_a_bolus_that_is_drawn_is_named():
    folder = phantom_objects("prostate")
    outside = tuple((z, moved(p, 0.0, -150.0)) for z, p in folder.structure_set.named("PTV_78").contours)
    sheet = replace(folder.structure_set.named("PTV_78"), name="Sheet", number=74, contours=outside)
    drawn = with_structures(folder, *folder.structure_set.structures, replace(sheet, interpreted_type="BOLUS"))
    _, problems = set_task(drawn, PTV_AND_DOSE, load_beam_data(), spacing_mm=10.0)
    (found,) = [p for p in problems if p.place == "structure Sheet"]
    assert "outside Body is computed as air" in found.sentence


@pytest.mark.parametrize(("name", "kind"), [("CouchSurface", ""), ("Plate", "SUPPORT"), ("Maske", "FIXATION")])
def test_a_couch_or_support_that_is_drawn_is_named(name, kind):
    folder = phantom_objects("prostate")
    below = tuple((z, moved(p, 0.0, 150.0)) for z, p in folder.structure_set.named("PTV_78").contours)
    table = replace(folder.structure_set.named("PTV_78"), name=name, number=75, contours=below, interpreted_type=kind)
    drawn = with_structures(folder, *folder.structure_set.structures, table)
    _, problems = set_task(drawn, PTV_AND_DOSE, load_beam_data(), spacing_mm=10.0)
    (found,) = [p for p in problems if p.place == f"structure {name}"]
    assert "outside Body is computed as air, so fields that pass through it lose nothing" in found.sentence
