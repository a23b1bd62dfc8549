"""The point that each field's dose is stated at, and that the doses of all fields there are the plan's."""

import numpy as np
import pydicom
import pytest

from isocenter.phantoms.make import phantom_objects
from isocenter.planning.beam.beam_data import load_beam_data
from isocenter.planning.conformal.conformal import make_conformal
from isocenter.planning.imrt.imrt import make_imrt
from isocenter.planning.patient.dose_point import dose_voxel
from isocenter.planning.patient.patient import PlanningPatient
from isocenter.planning.plans.export import write_computed
from isocenter.planning.task.task import set_task
from isocenter.planning.task.templates import arrangement
from isocenter.terms.chart import Constraint

STEP_MM = 4.0


def body(density=1.0):
    """A cube of 20 voxels a side, in mm from -38 to 38."""
    axis = STEP_MM * (np.arange(20) - 9.5)
    filled = np.full((20, 20, 20), density, np.float32)
    return PlanningPatient(filled, axis, axis, axis, np.arange(filled.size), {})


def chosen_mm(patient, is_target, near_mm):
    """x, y, z of the voxel chosen in the target where is_target holds of x, y, z (3, n)."""
    target = np.flatnonzero(is_target(patient.points_mm().T))
    number = dose_voxel(patient, target, np.array(near_mm, float))
    assert number in target
    return patient.points_mm(np.array([number]))[0]


def test_the_voxel_of_the_isocenter_is_taken_where_it_lies_well_inside_the_target():
    def ball(at):
        return (at**2).sum(0) < 30**2

    assert chosen_mm(body(), ball, (6.5, 1.0, -2.5)).tolist() == [6, 2, -2]


def test_an_isocenter_beside_the_target_or_at_its_edge_gives_a_point_inside():
    def shell(at):
        return (np.hypot(*at[:2]) > 12) & (np.hypot(*at[:2]) < 36) & (np.abs(at[2]) < 30)

    x, y, _ = chosen_mm(body(), shell, (0.0, 0.0, 0.0))
    assert 20 <= np.hypot(x, y) <= 28  # of a ring from 12 to 36 mm
    x, y, z = chosen_mm(body(), lambda at: (at[0] > 0) & (at[0] < 30), (0.0, 0.0, 0.0))
    assert x == pytest.approx(10) and abs(y) < 3 and abs(z) < 3


def test_a_thin_target_is_taken_in_its_middle_and_a_single_voxel_as_it_is():
    assert chosen_mm(body(), lambda at: np.abs(at[0]) < 7, (-30.0, 2.0, 2.0)).tolist() == [-2, 2, 2]
    assert chosen_mm(body(), lambda at: (at == [[2], [6], [-2]]).all(0), (0.0, 0.0, 0.0)).tolist() == [2, 6, -2]


def test_tissue_goes_before_lung_of_a_target_that_holds_both():
    patient = body(0.26)
    x, _, _ = patient.points_mm().T
    patient.density.ravel()[x > 14] = 1.0
    assert chosen_mm(patient, lambda at: np.abs(at[1]) < 30, (0.0, 0.0, 0.0))[0] == 18
    assert chosen_mm(body(0.26), lambda at: np.abs(at[1]) < 30, (2.0, 2.0, 2.0)).tolist() == [2, 2, 2]


@pytest.mark.slow
@pytest.mark.parametrize("technique", ["imrt", "conformal"])
def test_the_doses_of_all_fields_make_that_of_the_plan_at_their_point(technique, tmp_path):
    source = phantom_objects("spine")
    goals = [
        Constraint("", "PTV_30", "D95%", ">=", 30, "Gy"),
        Constraint("", "SpinalCord", "max", "<=", 25, "Gy"),
    ]
    task, _ = set_task(source, goals, load_beam_data(), spacing_mm=8.0)
    fields = arrangement("conformal", "spine")
    made = make_conformal(task, fields, ["SpinalCord"]) if technique == "conformal" else make_imrt(task, fields)
    plan_file, dose_file = write_computed(task, made, source, tmp_path)
    plan, dose = pydicom.dcmread(plan_file), pydicom.dcmread(dose_file)
    (group,) = plan.FractionGroupSequence
    stated = group.ReferencedBeamSequence
    points_mm = {tuple(map(float, one.BeamDoseSpecificationPoint)) for one in stated}
    assert len(points_mm) == 1 and len(stated) == len(made.fields)
    at = np.array(points_mm.pop()) - np.array(dose.ImagePositionPatient, float)
    column, row, plane = np.rint(at / (*dose.PixelSpacing[::-1], dose.GridFrameOffsetVector[1])).astype(int)
    stored_gy = dose.pixel_array[plane, row, column] * float(dose.DoseGridScaling)
    summed_gy = group.NumberOfFractionsPlanned * sum(float(one.BeamDose) for one in stated)
    assert summed_gy == pytest.approx(stored_gy, rel=1e-3)
    assert stored_gy > 0.9 * 30
    assert all(float(one.BeamDose) > 0 for one in stated)
    if technique == "conformal":  # a beam with and without a wedge is two fields with doses of their own
        assert any(one.NumberOfWedges for one in plan.BeamSequence)
