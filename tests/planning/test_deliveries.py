"""Sliding window and compensators: exact sweeps, limits of leaves, strips between pairs, plates, and files."""

import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt import read_plan
from isocenter.phantoms.make import phantom_objects
from isocenter.planning.beam.beam_data import load_beam_data
from isocenter.planning.dose.beam_view import look
from isocenter.planning.dose.delivered import delivered_fluence
from isocenter.planning.dose.influence import BIXEL_MM, BixelMap
from isocenter.planning.imrt.compensator import compensated_field, thickness_mm, transmission_of
from isocenter.planning.imrt.imrt import make_imrt
from isocenter.planning.imrt.sliding_window import fastest_leaf_mm_per_s, sweep_field
from isocenter.planning.kernels.sweep import sweep_times, synchronize
from isocenter.planning.plans.export import write_computed
from isocenter.planning.task.task import set_task
from isocenter.planning.task.templates import arrangement
from isocenter.terms.chart import Constraint
from isocenter.terms.imaging import Beam, ControlPoint

BEAM = load_beam_data()
VALIDATOR = shutil.which("dciodvfy")  # of dicom3tools, where it is installed
IDEAL = replace(BEAM, mlc_transmission=0.0, leaf_gap_mm=0.0, groove_mm=0.0, least_opening_mm=0.0)
fluences = st.lists(st.lists(st.integers(0, 60), min_size=6, max_size=6), min_size=1, max_size=5).map(
    lambda rows: np.array(rows, float)
)


def smooth_map(columns=14, pairs=9):
    """A hill with a valley, as an optimizer leaves it."""
    u, v = np.linspace(-1, 1, columns)[:, None], np.linspace(-1, 1, pairs)[None]
    return 60 * np.exp(-(u * u + v * v)) * (1 - 0.5 * np.exp(-8 * (u - 0.2) ** 2))


def bixels_of(wanted):
    cells = np.arange(wanted.size, dtype=np.int32).reshape(wanted.shape)
    view = look(90.0, np.zeros(3))
    return BixelMap(view, cells, -BIXEL_MM * (wanted.shape[0] // 2), -BIXEL_MM * (wanted.shape[1] // 2))


def delivered_mu(field, bixels, wanted, data):
    """Monitor units at the middle of each bixel."""
    fluence = delivered_fluence(field, data)
    u, v = (
        np.rint(low + BIXEL_MM * np.arange(count) - first).astype(int)
        for low, count, first in (
            (bixels.u0_mm, wanted.shape[0], fluence.u0_mm),
            (bixels.v0_mm, wanted.shape[1], fluence.v0_mm),
        )
    )
    return fluence.values[np.ix_(u, v)] * field.monitor_units


@given(fluences, st.floats(0.1, 5))
@settings(deadline=None)  # the first call compiles
def test_a_sweep_leaves_each_column_open_for_its_fluence_and_keeps_the_speed(wanted, least):
    lead, trail = sweep_times(wanted, least)
    assert np.allclose(trail - lead, wanted)
    for times in (lead, trail):
        assert (np.diff(times, axis=1) >= least - 1e-9).all()
    rises = np.maximum(np.diff(np.pad(wanted, ((0, 0), (1, 0))), axis=1), 0).sum(1)
    assert np.allclose(trail[:, -1], rises + least * wanted.shape[1])  # no shorter sweep has this fluence


@given(fluences)
@settings(max_examples=50, deadline=None)
def test_of_neighbors_one_is_open_only_while_the_other_is(wanted):
    lead, trail = sweep_times(wanted, 1.0)
    synchronize(lead, trail)
    assert np.allclose(trail - lead, wanted)
    assert (np.diff(lead, axis=1) >= 1.0 - 1e-9).all() and (np.diff(trail, axis=1) >= 1.0 - 1e-9).all()
    both = np.minimum(trail[1:], trail[:-1]) - np.maximum(lead[1:], lead[:-1])
    assert np.allclose(np.maximum(both, 0), np.minimum(wanted[1:], wanted[:-1]), atol=1e-6)


def test_an_ideal_sweep_delivers_the_map():
    wanted = smooth_map()
    bixels = bixels_of(wanted)
    field = sweep_field(bixels, wanted, IDEAL)
    given = delivered_mu(field, bixels, wanted, IDEAL)
    assert np.abs(given - wanted)[wanted > 5].max() < 0.02 * wanted.max()


def test_what_leaks_and_the_leaf_gap_are_taken_off():
    wanted = smooth_map()
    bixels = bixels_of(wanted)
    real = replace(BEAM, groove_mm=0.0)
    field = sweep_field(bixels, wanted, real)
    is_high = wanted > 0.3 * wanted.max()
    ratio = delivered_mu(field, bixels, wanted, real)[is_high] / wanted[is_high]
    assert ratio.mean() == pytest.approx(1.0, abs=0.02)
    assert ratio.std() < 0.02
    careless = replace(real, leaf_gap_mm=real.leaf_gap_mm + 1.0)
    wider = delivered_mu(field, bixels, wanted, careless)[is_high] / wanted[is_high]
    assert wider.mean() > ratio.mean() + 0.01  # a gap that is 1 mm off is worth per cents


def test_no_leaf_is_faster_and_no_pair_narrower_than_the_machine_allows():
    wanted = smooth_map()
    field = sweep_field(bixels_of(wanted), wanted, BEAM)
    assert 5 < fastest_leaf_mm_per_s(field, BEAM) <= BEAM.leaf_speed_mm_per_s
    leaves = np.array([point.leaves_mm for point in field.control_points])
    assert (leaves[:, 1] - leaves[:, 0] >= BEAM.least_opening_mm - 1e-9).all()
    assert (np.diff(leaves, axis=0) >= -BEAM.least_opening_mm - BEAM.leaf_gap_mm).all()  # they never turn back


@pytest.mark.parametrize("shift_mm", [0.05, 0.3, 0.5, 0.97])
@pytest.mark.parametrize("is_at_jaw", [True, False])
def test_what_is_open_follows_a_leaf_by_parts_of_a_millimeter(shift_mm, is_at_jaw):
    right_mm = 12.0 + shift_mm
    jaws_mm = (-20.0, right_mm if is_at_jaw else 30.0)
    point = ControlPoint(
        0.0, 0.0, jaws_x_mm=jaws_mm, jaws_y_mm=(-10.0, 10.0), leaves_mm=np.array([[-15.0, -15.0], [right_mm] * 2])
    )
    beam = Beam(
        1, leaf_axis="X", leaf_boundaries_mm=np.array([-10.0, 0.0, 10.0]), monitor_units=1.0,
        control_points=(point, replace(point, cumulative_weight=1.0)),
    )  # fmt: skip
    fluence = delivered_fluence(beam, IDEAL)
    assert fluence.values.sum() == pytest.approx((right_mm + 15.0) * 20.0, rel=1e-6)


def test_strips_between_pairs_lose_what_tongue_and_groove_hide():
    wanted = smooth_map()
    bixels = bixels_of(wanted)
    field = sweep_field(bixels, wanted, BEAM)
    smooth = delivered_fluence(field, replace(BEAM, groove_mm=0.0))
    ridged = delivered_fluence(field, BEAM)
    assert (ridged.values <= smooth.values + 1e-9).all()
    lost = 1 - ridged.values.sum() / smooth.values.sum()
    assert 0.0 < lost < 0.02


def test_beam_data_without_a_leaf_gap_cannot_plan_a_sweep():
    wanted = smooth_map()
    with pytest.raises(UnreadableInput, match="does not state leaf_gap_mm"):
        sweep_field(bixels_of(wanted), wanted, replace(BEAM, leaf_gap_mm=None))
    with pytest.raises(UnreadableInput, match="has no `compensator`"):
        compensated_field(bixels_of(wanted), wanted, replace(BEAM, compensator_mm=None))


def test_a_thickness_lets_through_what_was_asked_for():
    shares = np.array([1.0, 0.8, 0.5, 0.2, 0.1])
    thick = thickness_mm(shares, BEAM)
    assert np.allclose(transmission_of(thick, BEAM), shares, rtol=0.01)
    assert thick[2] == pytest.approx(19.8, abs=0.5)  # half of a 6 MV beam behind brass
    assert thickness_mm(np.array([0.0]), BEAM)[0] == BEAM.compensator_mm[-1]


def test_a_plate_delivers_the_map():
    wanted = smooth_map()
    bixels = bixels_of(wanted)
    field = compensated_field(bixels, wanted, BEAM)
    given = delivered_mu(field, bixels, wanted, BEAM)
    reachable = wanted > 1.2 * wanted.max() * BEAM.compensator_transmission[-1]
    assert np.abs(given / wanted - 1)[reachable].max() < 0.02


@pytest.mark.slow
@pytest.mark.parametrize("delivery", ["sliding_window", "compensator"])
def test_a_plan_is_written_and_read_back_with_its_delivery(delivery, tmp_path):
    source = phantom_objects("prostate")
    goals = [Constraint("", "PTV_78", "D95%", ">=", 78, "Gy"), Constraint("", "Rectum", "mean", "<=", 40, "Gy")]
    task, _ = set_task(source, goals, BEAM, spacing_mm=8.0)
    few = replace(arrangement("imrt", "prostate"), gantry_deg=(0.0, 90.0, 270.0))
    made = make_imrt(task, few, delivery=delivery)
    assert made.delivery == delivery and len(made.fields) == 3
    assert {cost.structure for cost in made.costs} >= {"PTV_78", "Rectum"}
    path, dose = write_computed(task, made, source, tmp_path)
    for file in (path, dose) if VALIDATOR else ():
        said = subprocess.run([VALIDATOR, str(file)], capture_output=True, text=True, check=False)
        assert "Error" not in said.stdout + said.stderr
    plan, problems = read_plan(path)
    assert not problems
    for beam, (_, field) in zip(plan.beams, made.fields, strict=True):
        assert beam.monitor_units == pytest.approx(field.monitor_units, abs=0.01)
        assert len(beam.compensators) == (1 if delivery == "compensator" else 0)
        again, own = (delivered_fluence(b, BEAM).values for b in (beam, field))
        assert np.abs(again - own).max() < 0.01
        for plate in beam.compensators:
            assert plate.has_thickness and plate.material == "BRASS"
            assert plate.thickness_mm.max() <= BEAM.compensator_mm[-1]
            assert plate.transmission.max() == pytest.approx(1.0)
