"""What a plan says of metal, contrast agent and densities that are stated or cut off."""

import re
from dataclasses import replace

import numpy as np
import pytest

from isocenter.phantoms.make import phantom_objects
from isocenter.planning.beam.beam_data import load_beam_data
from isocenter.planning.task.task import set_task
from isocenter.terms.chart import Constraint
from tests.planning.set_ups import PTV_AND_DOSE, with_structures


@pytest.mark.parametrize(
    ("block", "cut_off_at", "words"),
    [
        ((3071, 3071), 32767, "of the body is above 2500 HU, as metal is"),
        ((5000, 9000), 2500, "of the body has one value, 2500 HU"),  # metal of many values, of which a CT kept one
        ((2100, 9000), 2047, "of the body has one value, 2047 HU"),
        ((1900, 2500), 32767, None),  # teeth
        ((1700, 1700), 32767, None),
    ],
)
def test_metal_is_named_with_what_is_done_about_it_and_so_is_a_ct_that_was_cut_off(block, cut_off_at, words):
    folder = phantom_objects("prostate")
    hu = folder.ct.hu.copy()
    hu[5:9, 20:30, 20:30] = np.linspace(*block, 400).round().reshape(4, 10, 10)
    ct = replace(folder.ct, given_hu=np.minimum(hu, cut_off_at).astype(np.int16))
    _, problems = set_task(replace(folder, ct=ct), PTV_AND_DOSE[:1], load_beam_data(), spacing_mm=6.0)
    assert [words in p.sentence and "computed as dense bone" in p.sentence for p in problems] == [True] * bool(words)


@pytest.mark.parametrize(("cut_off_at", "is_named"), [(1000, True), (1400, True), (600, True), (32767, False)])
def test_a_ct_cut_off_within_the_values_of_bone_may_hide_metal_and_is_named(cut_off_at, is_named):
    folder = phantom_objects("prostate")
    hu = folder.ct.hu.copy()
    bone = np.random.default_rng(3).exponential(300, hu[5:15, 20:40, 20:40].shape)  # few voxels of the highest values
    hu[5:15, 20:40, 20:40] = np.minimum(200 + bone, 1800)
    hu[8, 28:32, 28:32] = 1850  # an implant that nobody could tell from bone where values end
    ct = replace(folder.ct, given_hu=np.minimum(hu, cut_off_at).astype(np.int16))
    _, problems = set_task(replace(folder, ct=ct), PTV_AND_DOSE[:1], load_beam_data(), spacing_mm=6.0)
    assert [f"the largest value of the CT, {cut_off_at} HU" in p.sentence for p in problems] == [True] * is_named
    assert all("whether there is metal cannot be seen" in p.sentence for p in problems)


@pytest.mark.parametrize(("hu", "stated", "is_named"), [(400, None, True), (90, None, False), (400, 1.0, False)])
def test_contrast_agent_in_an_organ_is_named_unless_its_density_is_stated(hu, stated, is_named):
    folder = phantom_objects("prostate")
    ct = folder.ct
    values = ct.hu.copy()
    for z_mm, points in folder.structure_set.named("Bladder").contours:
        columns, lines = (
            np.abs(axis - middle) < 12 for axis, middle in zip((ct.x_mm, ct.y_mm), points.mean(0), strict=True)
        )
        values[np.argmin(np.abs(ct.z_mm - z_mm))][np.ix_(lines, columns)] = hu
    filled = stating(replace(folder, ct=replace(ct, given_hu=values)), Bladder=stated)
    _, problems = set_task(filled, PTV_AND_DOSE, load_beam_data(), spacing_mm=6.0)
    said = [p.sentence for p in problems if "contrast agent" in p.sentence]
    assert len(said) == is_named and all(re.match(r"\d+ % of Bladder is denser", one) for one in said)


def test_what_is_drawn_as_contrast_agent_is_named():
    folder = phantom_objects("prostate")
    drawn = [
        replace(one, interpreted_type="CONTRAST_AGENT") if one.name == "Rectum" else one
        for one in folder.structure_set.structures
    ]
    _, problems = set_task(with_structures(folder, *drawn), PTV_AND_DOSE, load_beam_data(), spacing_mm=10.0)
    assert ["Rectum is drawn as contrast agent" in p.sentence for p in problems] == [True]


def stating(folder, **density):
    """The folder with a density stated for each structure that is named."""
    stated = [replace(one, stated_density=density.get(one.name)) for one in folder.structure_set.structures]
    return with_structures(folder, *stated)


def test_a_density_that_a_structure_states_is_taken_and_named():
    folder = stating(phantom_objects("prostate"), Rectum=0.5, PTV_78=0.3, CTV_78=1.2)
    task, problems = set_task(folder, PTV_AND_DOSE, load_beam_data(), spacing_mm=6.0)
    patient = task.patient
    rectum, target = (patient.density.ravel()[patient.voxels[name]] for name in ("Rectum", "PTV_78"))
    assert np.median(rectum) == np.float32(0.5)
    assert set(np.unique(target)) >= {np.float32(0.3), np.float32(1.2)}  # the smaller one within the larger one
    said = {p.place: p.sentence for p in problems if "taken in place" in p.sentence}
    assert sorted(said) == ["structure CTV_78", "structure PTV_78", "structure Rectum"]
    assert "states a density of 0.5 times that of water" in said["structure Rectum"]


def test_metal_of_a_stated_density_is_not_said_to_be_computed_as_bone():
    folder = phantom_objects("prostate")
    drawn = folder.structure_set.named("PTV_78").contours
    z_mm, points = drawn[len(drawn) // 2]
    middle = (z_mm, *points.mean(0)[::-1])
    axes = (folder.ct.z_mm, folder.ct.y_mm, folder.ct.x_mm)
    near = [np.abs(axis - at) < 8 for axis, at in zip(axes, middle, strict=True)]
    hu = folder.ct.hu.copy()
    hu[np.ix_(*near)] = 3071
    folder = replace(folder, ct=replace(folder.ct, given_hu=hu))
    named = [set_task(f, PTV_AND_DOSE, load_beam_data(), 6.0)[1] for f in (folder, stating(folder, PTV_78=3.7))]
    counts = [sum("as metal is" in p.sentence for p in problems) for problems in named]
    assert counts == [1, 0]


def test_metal_of_a_couch_does_not_count_and_that_of_the_body_counts_alone():
    folder = phantom_objects("prostate")
    ct, rows = folder.ct, [Constraint("", "PTV_78", "D95%", ">=", 78, "Gy")]
    columns, lines = ct.x_mm, ct.y_mm
    body = folder.structure_set.named("Body")
    lowest_mm = max(points[:, 1].max() for _, points in body.contours)
    hu = ct.hu.copy()
    hu[:, lines > lowest_mm + 5] = 3071
    couch = replace(folder, ct=replace(ct, given_hu=hu))
    assert set_task(couch, rows, load_beam_data(), spacing_mm=6.0)[1] == []
    hu[6, lines.size // 2 - 3 : lines.size // 2 + 3, columns.size // 2 - 3 : columns.size // 2 + 3] = 3071
    ct = replace(ct, given_hu=hu)
    (told,) = set_task(replace(folder, ct=ct), rows, load_beam_data(), spacing_mm=6.0)[1]
    voxel_cc = np.prod([np.median(np.diff(axis)) for axis in (ct.x_mm, ct.y_mm, ct.z_mm)]) / 1000
    assert told.sentence.startswith(f"{36 * voxel_cc:.1f} cc of the body")
