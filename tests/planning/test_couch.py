"""Couch angles: a turned table gives the dose of a patient who is turned with it, in the sense of IEC 61217."""

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from isocenter.planning.beam.beam_data import load_beam_data
from isocenter.planning.dose.beam_view import cast_fan, look
from isocenter.planning.dose.dose import FluenceMap, beam_dose
from isocenter.planning.patient.patient import PlanningPatient
from tests.planning.water import square_field

BEAM = load_beam_data()
MIDDLE = np.array([0.0, 60.0, 0.0])
GRID_MM = 4.0


def block(density):
    across_mm = (np.arange(density.shape[0]) - density.shape[0] // 2) * GRID_MM
    down_mm = (np.arange(density.shape[1]) + 0.5) * GRID_MM
    return PlanningPatient(density, across_mm, down_mm, across_mm.copy(), np.arange(density.size), {})


def dose_of(patient, gantry_deg, couch_deg, fluence):
    return beam_dose(cast_fan(patient, look(gantry_deg, MIDDLE, couch_deg)), fluence, BEAM)


def test_with_the_head_to_the_left_of_who_faces_the_gantry_a_beam_from_the_right_comes_from_the_feet():
    """From above the table turns against the clock, so a quarter turn brings the head from the gantry to the left."""
    x, y, z = look(90.0, MIDDLE, 90.0).source_mm
    assert (x, y, z) == pytest.approx((0.0, 60.0, -1000.0), abs=1e-6)


@pytest.mark.parametrize("gantry_deg", [40.0, 300.0])
def test_a_couch_turned_by_a_right_angle_is_an_uneven_patient_turned_with_it(gantry_deg):
    lumps = np.random.default_rng(4).uniform(0.2, 1.7, (6, 6, 6)).astype(np.float32)
    density = lumps.repeat(5, 0).repeat(5, 1).repeat(5, 2)[:29, :, :29].copy()  # z, y, x
    turned = np.ascontiguousarray(density[::-1].transpose(2, 1, 0))  # z comes to lie along -x, and x along z
    straight = dose_of(block(density), gantry_deg, 90.0, square_field(40.0))
    other = dose_of(block(turned), gantry_deg, 0.0, square_field(40.0)).transpose(2, 1, 0)[::-1]
    assert np.abs(straight - other).max() < 0.001 * straight.max()


@pytest.mark.parametrize("couch_deg", [30.0, 345.0])
def test_on_a_patient_round_about_the_vertical_the_dose_turns_with_the_couch(couch_deg):
    count = 39
    at_mm = (np.arange(count) - count // 2) * GRID_MM
    radius_mm = np.hypot(at_mm[:, None], at_mm[None])
    flat = np.where(radius_mm < 20, 0.26, np.where(radius_mm < 70, 1.0, 0.001)).astype(np.float32)
    patient = block(np.ascontiguousarray(np.broadcast_to(flat[:, None, :], (count, 30, count))))
    raster_mm = np.arange(-80, 80.5, 1.0)
    line = np.exp(-((raster_mm / 25.0) ** 2))
    hill = FluenceMap(np.outer(line, line), -80.0, -80.0, 1.0)
    straight, turned = (dose_of(patient, 60.0, angle, hill) for angle in (0.0, couch_deg))
    # What lies at an angle on the straight table lies as much against the clock, seen from above, before it is turned.
    angle = np.radians(couch_deg)
    z, x = np.meshgrid(at_mm, at_mm, indexing="ij")
    there_x, there_z = x * np.cos(angle) - z * np.sin(angle), x * np.sin(angle) + z * np.cos(angle)
    places = [there / GRID_MM + count // 2 for there in (there_z, there_x)]
    inside = radius_mm < 60
    for depth in (5, 15, 25):
        expected = map_coordinates(straight[:, depth], places, order=1)
        assert np.abs(turned[:, depth] - expected)[inside].max() < 0.02 * straight.max()
