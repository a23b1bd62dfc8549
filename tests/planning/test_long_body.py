"""A body that goes on far beyond the targets: the dose there is not computed, and the page says what is taken."""

from dataclasses import replace

import numpy as np
import pytest

from isocenter.evidence.doses.dvh import compute_dvhs
from isocenter.phantoms.make import phantom_objects
from isocenter.planning.beam.beam_data import load_beam_data
from isocenter.planning.checks.recompute import recompute
from isocenter.planning.optimizing.limits import by_histogram
from isocenter.planning.patient.patient import lay_out_patient
from isocenter.planning.task.remarks import FAR_MM
from isocenter.planning.task.task import set_task
from isocenter.terms.chart import Constraint

BEAM = load_beam_data()
SPACING_MM = 6.0


@pytest.fixture(scope="module")
def source():
    """The prostate phantom, in a body that is 40 cm longer at both ends, with an organ near one of them."""
    given = phantom_objects("prostate", spacing_mm=4.0, slice_mm=4.0)
    ct, drawn = given.ct, given.structure_set.structures
    step_mm, more = float(ct.z_mm[1] - ct.z_mm[0]), 100
    z_mm = ct.z_mm[0] + step_mm * np.arange(-more, len(ct.z_mm) + more)
    longer = replace(ct, given_hu=np.pad(ct.hu, ((more, more), (0, 0), (0, 0)), mode="edge"), z_mm=z_mm)
    outline = next(s for s in drawn if s.interpreted_type == "EXTERNAL")
    middle = outline.contours[len(outline.contours) // 2][1]
    body = replace(outline, contours=tuple((float(z), middle) for z in z_mm[1:-1]))
    knee = np.array([[-20.0, -20], [20, -20], [20, 20], [-20, 20]])
    far = replace(outline, number=99, name="Knee_L", interpreted_type="AVOIDANCE")
    far = replace(far, contours=tuple((float(z), knee) for z in z_mm[3:12]))
    kept = tuple(s for s in drawn if s is not outline)
    return replace(given, ct=longer, structure_set=replace(given.structure_set, structures=(body, *kept, far)))


@pytest.fixture(scope="module")
def posed(source):
    goals = [Constraint("", "PTV_78", "D95%", ">=", 78, "Gy"), Constraint("", "Knee_L", "mean", "<=", 10, "Gy")]
    return set_task(source, goals, BEAM, spacing_mm=SPACING_MM)


def test_only_what_lies_near_targets_and_fields_is_computed(source, posed):
    task, problems = posed
    target = next(s for s in source.structure_set.structures if s.name == "PTV_78")
    length_mm = task.patient.z_mm[-1] - task.patient.z_mm[0]
    assert np.ptp(target.z_mm) + 2 * FAR_MM - 2 * SPACING_MM < length_mm < 600
    said = [problem.sentence for problem in problems if problem.place == "body"]
    assert len(said) == 1
    assert "up to 15 cm beyond targets and fields" in said[0] and "Knee_L lie there as a whole" in said[0]


def test_the_dose_is_that_of_the_whole_body(source, posed):
    task, _ = posed
    outline = next(s for s in source.structure_set.structures if s.interpreted_type == "EXTERNAL")
    first = source.plan.treatment_beams[0]
    still = [replace(p, gantry_deg=0.0, cumulative_weight=float(k)) for k, p in enumerate(first.control_points[:2])]
    one = replace(source.plan, beams=(replace(first, control_points=tuple(still)),))
    long = lay_out_patient(source.ct, outline, [], SPACING_MM)
    whole, near = (recompute(patient, one, [BEAM]).dose_gy for patient in (long, task.patient))
    below, above = task.patient.planes_beyond
    assert min(below, above) > 20 and len(whole) == len(near) + below + above
    assert np.abs(whole[below : len(whole) - above] - near).max() < 0.001 * whole.max()
    taken = task.patient.grid_of(near)
    np.testing.assert_allclose(taken.z_mm, long.z_mm)
    beyond = [taken.dose_gy[:below].mean(), taken.dose_gy[-above:].mean()]
    true = [whole[:below].mean(), whole[-above:].mean()]
    assert all(0 <= there <= upper < 0.006 * whole.max() for there, upper in zip(true, beyond, strict=True))


def test_an_organ_far_away_is_compared_with_what_is_taken_there(posed):
    task, _ = posed
    assert not len(task.patient.voxels["Knee_L"]) and "Knee_L" not in [goal.structure for goal in task.goals]
    dose = np.full(task.patient.density.shape, 0.25, np.float32)
    (goal,) = (c for c in task.constraints if c.structure == "Knee_L")
    (curve,) = compute_dvhs([task.structures[goal.structure]], task.patient.grid_of(dose))
    assert curve.mean_gy == pytest.approx(0.25, abs=0.01) and curve.volume_outside_cc == pytest.approx(0, abs=1e-6)
    assert by_histogram(task, dose, []) == {}
