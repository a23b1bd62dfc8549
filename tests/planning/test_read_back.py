"""Deliveries written as RTPLAN and RTDOSE, read back, and computed again from what the files say."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isocenter.evidence.fields.portals import FIXED_AXES
from isocenter.intake.dicom_rt import read_dose, read_plan
from isocenter.phantoms.make import phantom_objects
from isocenter.planning.beam.beam_data import load_beam_data
from isocenter.planning.checks.recompute import recompute
from isocenter.planning.imrt.imrt import DELIVERIES, make_imrt
from isocenter.planning.plans.export import write_computed
from isocenter.planning.plans.plan import ComputedPlan
from isocenter.planning.task.task import set_task
from isocenter.planning.task.templates import arrangement
from isocenter.terms.chart import Constraint
from isocenter.terms.imaging import Beam, ContouredStructure, ControlPoint, PlanFolder

BEAM = load_beam_data()
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
REAL_PATIENT = Path(__file__).parents[2].parent / "shared" / "data" / "openkbp" / "pt_200"
SITES = {
    "prostate": ("PTV_78", 78, "Rectum", 40, (0.0, 103.0, 257.0)),
    "lung": ("PTV_60", 60, "Heart", 10, (0.0, 140.0, 30.0)),
    "head_and_neck": ("PTV_7000", 70, "Parotid_L", 26, (0.0, 80.0, 280.0)),
}


def expect_the_same_again(task, made, source, target, folder):
    """Files round leaves to a tenth of a millimeter and units to a hundredth."""
    plan_file, dose_file = write_computed(task, made, source, folder)
    plan, problems = read_plan(plan_file)
    stored, _ = read_dose(dose_file)
    assert problems == []
    again = recompute(task.patient, plan, [task.beam])
    assert again.problems == () and again.is_whole
    inside = task.patient.voxels[target]
    ratio = again.dose_gy.ravel()[inside] / stored.dose_gy.ravel()[inside]
    assert ratio.mean() == pytest.approx(1.0, abs=0.001)
    assert ratio.std() < 0.003
    assert np.abs(again.dose_gy - stored.dose_gy).max() < 0.02 * stored.dose_gy.max()
    assert sum(beam.monitor_units for beam in plan.beams) == pytest.approx(made.monitor_units, rel=1e-3)


# Every delivery of one site, and the other sites by one that moves and one that stands.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("site", "delivery"),
    [
        *(("prostate", delivery) for delivery in DELIVERIES),
        ("lung", "sliding_window"),
        ("head_and_neck", "compensator"),
    ],
)
def test_what_is_read_back_gives_the_dose_that_was_written(site, delivery, tmp_path):
    target, dose_gy, organ, limit_gy, angles = SITES[site]
    source = phantom_objects(site)
    goals = [
        Constraint("", target, "D95%", ">=", dose_gy, "Gy"),
        Constraint("", organ, "mean", "<=", limit_gy, "Gy"),
    ]
    task, _ = set_task(source, goals, BEAM, spacing_mm=8.0)
    few = replace(arrangement("imrt", site), gantry_deg=angles)
    expect_the_same_again(task, make_imrt(task, few, delivery=delivery), source, target, tmp_path)


@pytest.mark.parametrize("position", sorted(FIXED_AXES))
def test_files_of_a_plan_are_written_for_every_position_that_is_planned(position, tmp_path):
    source = phantom_objects("prostate")
    source = replace(source, plan=replace(source.plan, patient_position=position))
    task, _ = set_task(source, [Constraint("", "PTV_78", "D95%", ">=", 78, "Gy")], BEAM, spacing_mm=10.0)
    dose_gy = np.linspace(0, 80, task.patient.density.size, dtype=np.float32).reshape(task.patient.density.shape)
    points = tuple(ControlPoint(weight, 0.0, jaws_x_mm=(-50, 50), jaws_y_mm=(-50, 50)) for weight in (0.0, 1.0))
    beam = Beam(1, "G000", energy_mv=6.0, monitor_units=100.0, control_points=points)
    made = ComputedPlan("imrt", arrangement("imrt", "prostate"), dose_gy, ((0, beam),), (), 0.0, 0)
    plan_file, dose_file = write_computed(task, made, source, tmp_path)
    (plan, problems), (stored, _) = read_plan(plan_file), read_dose(dose_file)
    assert plan.patient_position == position and problems == []
    np.testing.assert_allclose(stored.dose_gy, dose_gy, atol=0.002)
    for axis in ("x_mm", "y_mm", "z_mm"):
        np.testing.assert_allclose(getattr(stored, axis), getattr(task.patient, axis), atol=0.01)


@pytest.mark.slow
@pytest.mark.skipif(not REAL_PATIENT.is_dir(), reason="the CT of a real patient is not there")
def test_on_the_ct_of_a_real_patient_too(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import planning  # noqa: PLC0415 - the benchmark lies outside the package

    patient, _ = planning.patient_of(REAL_PATIENT)
    task = planning.task_of(patient)
    few = replace(arrangement("imrt", "head_and_neck"), gantry_deg=(0.0, 80.0, 280.0))
    made = make_imrt(task, few)
    named = {name: ContouredStructure(number, name) for number, name in enumerate(task.prescribed_gy, 1)}
    expect_the_same_again(replace(task, structures=named), made, PlanFolder(), "PTV70", tmp_path)
    sys.modules.pop("planning", None)
