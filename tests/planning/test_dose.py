"""The collapsed cone: against its plain twin, its energy, closed forms of rays, and measured depth doses."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isocenter.intake.ptw_mcc import read_depth_doses
from isocenter.planning.beam.beam_data import generic_beams, half_of_cones, load_beam_data
from isocenter.planning.dose import dose as dose_engine
from isocenter.planning.dose.beam_view import cast_fan, look
from isocenter.planning.dose.dose import beam_dose
from isocenter.planning.patient.patient import hull_faces, within_faces
from isocenter.planning.superposition import lay_out_medium, superpose
from tests.planning.naive import superpose_one
from tests.planning.water import depth_dose, slabs, square_field

BEAM = load_beam_data()
SPACING_MM = np.array([3.0, 2.5, 4.0])
MEASURED = Path(__file__).parents[2].parent / "shared" / "data" / "pymedphys_mcc"


@pytest.mark.parametrize("towards", [1.0, -1.0])
def test_a_sweep_is_what_its_formula_says(towards):
    rng = np.random.default_rng(4)
    density = rng.uniform(0.2, 1.5, (5, 6, 7)).astype(np.float32)
    kerma, terma = rng.uniform(0, 1, (2, 5, 6, 7)).astype(np.float32)
    direction = np.array([0.3, towards * 0.9, -0.25])
    direction /= np.linalg.norm(direction)
    primary, scatter = (0.4, 0.21), (0.6, 0.02)
    cone = direction[None], np.array([primary]), np.array([scatter])
    dose = superpose(kerma, terma, lay_out_medium(density), SPACING_MM, *cone)
    plain = superpose_one(kerma * density, terma * density, density, SPACING_MM, direction, primary, scatter)
    assert np.allclose(dose * density, plain, rtol=1e-3, atol=2e-5)  # single precision


def test_each_direction_deposits_the_energy_of_its_cone():
    density = np.ones((31, 31, 31), np.float32)
    kerma = np.zeros_like(density)
    kerma[15, 15, 15] = 1.0
    medium = lay_out_medium(density)
    for direction in BEAM.directions:
        share = np.array([[0.7, 0.4]])  # slope so steep that nothing leaves the grid
        dose = superpose(kerma, 0 * kerma, medium, np.full(3, 3.0), direction[None], share, 0 * share + [[0, 0.4]])
        assert dose.sum(dtype=np.float64) == pytest.approx(0.7, rel=1e-5)


def test_rounding_in_air_gives_no_negative_dose(monkeypatch):
    patient = slabs(lambda depth: 0.001 if depth > 60 else 1.0, spacing_mm=6.0, width_mm=60.0)
    fan = cast_fan(patient, look(0.0, np.zeros(3)))
    monkeypatch.setattr(dose_engine, "superpose", lambda kerma, *_: np.full_like(kerma, -0.07))
    assert beam_dose(fan, square_field(30.0), BEAM).min() >= 0


def test_air_around_the_body_carries_energy_on_and_changes_no_dose():
    side = slabs(lambda _: 1.0, spacing_mm=5.0, width_mm=150.0)
    x_mm = np.abs(side.points_mm()[:, 0].reshape(side.density.shape))
    apart = (x_mm > 10) & (x_mm < 40)  # two bodies with air between and beside them
    density = np.where(apart, side.density, np.float32(0.001))
    whole = replace(side, density=density)
    cropped = replace(side, density=density, body=np.flatnonzero(apart))
    for angle in (0.0, 90.0):
        view = look(angle, np.array([0.0, 100.0, 0.0]))
        fans = [cast_fan(patient, view) for patient in (whole, cropped)]
        of_all, of_body = (beam_dose(fan, square_field(60.0), BEAM) for fan in fans)
        # What air itself releases is left out: less than 1 % of the dose of the first voxel behind it.
        assert np.abs(of_all - of_body)[apart].max() < 5e-3 * of_all[apart].max()


def test_a_hull_holds_every_line_between_two_of_its_points():
    corner = np.zeros((6, 9, 9), bool)
    corner[1:5, 1:8, 1:3] = corner[1:5, 1:3, 1:8] = True  # an L: its hull is cut off along the diagonal
    hull = within_faces(hull_faces(corner), corner.shape)
    assert hull[corner].all()
    assert hull[2, 4, 4] and not hull[2, 6, 6] and not hull[0].any()
    flat = np.zeros((6, 9, 9), bool)
    flat[2] = True
    assert within_faces(hull_faces(flat), flat.shape).all()  # it has no volume


def test_rays_add_up_the_density_they_cross():
    patient = slabs(lambda depth: 0.25 if 60 < depth < 150 else 1.0)
    fan = cast_fan(patient, look(0.0, np.array([0.0, 100.0, 0.0])))
    places = fan.places(np.array([[0.0, 50.0, 0.0], [0.0, 250.0, 0.0], [40.0, 250.0, 0.0]], np.float32))
    half_voxel_mm = 1.5  # the first voxel's outer half lies before the first sample
    assert places[0, 2] == pytest.approx(50 - half_voxel_mm, abs=1.0)
    assert places[1, 2] == pytest.approx(250 - 0.75 * 90 - half_voxel_mm, abs=1.5)
    oblique = np.hypot(1.0, 40.0 / 1150.0)
    assert places[2, 2] == pytest.approx(places[1, 2] * oblique, abs=1.0)
    assert places[1, 3] == pytest.approx((1000.0 / 1150.0) ** 2, rel=1e-4)


@pytest.mark.parametrize(("gantry_deg", "from_where"), [(0, (0, -1, 0)), (90, (1, 0, 0)), (180, (0, 1, 0))])
def test_the_source_is_where_the_gantry_angle_says(gantry_deg, from_where):
    view = look(gantry_deg, np.zeros(3))
    assert np.allclose(view.source_mm, 1000 * np.array(from_where), atol=1e-9)
    assert np.allclose(view.onto_plane(np.array([[0.0, 0.0, 50.0]])), [[0.0, 50.0]])


def test_dose_is_lower_behind_more_water_and_higher_behind_lung():
    _, water = depth_dose(slabs(lambda _: 1.0), 50, BEAM)
    _, lung = depth_dose(slabs(lambda depth: 0.25 if 50 < depth < 150 else 1.0), 50, BEAM)
    assert np.all(np.diff(water[8:]) < 0)
    assert 1.15 < lung[70] / water[70] < 1.4


def test_a_wider_field_has_more_scatter():
    patient = slabs(lambda _: 1.0)
    narrow, wide = (depth_dose(patient, side, BEAM)[1][33] for side in (50, 100))
    assert 0.87 < narrow / wide < 0.94  # measured output factor 0.906 at 10 cm


@pytest.mark.slow
@pytest.mark.skipif(not MEASURED.is_dir(), reason="measured depth doses are not there")
@pytest.mark.parametrize(("side_mm", "file", "within"), [(100, "06MV_10x10.mcc", 0.006), (50, "06MV_05x05.mcc", 0.006)])
def test_depth_doses_agree_with_measured_ones(side_mm, file, within):
    scan = read_depth_doses(MEASURED / file)[0]
    at_mm = np.arange(30, 281, 10.0)
    own_mm, own = depth_dose(slabs(lambda _: 1.0, width_mm=240), side_mm, BEAM)
    computed = np.interp(at_mm, own_mm, own) / np.interp(100, own_mm, own)
    given = np.interp(at_mm, scan.depth_mm, scan.dose) / np.interp(100, scan.depth_mm, scan.dose)
    assert np.abs(computed / given - 1).max() < within
    shallow_mm = np.arange(5, 31, 1.0)  # where electrons from the head contribute
    computed = np.interp(shallow_mm, own_mm, own) / np.interp(100, own_mm, own)
    given = np.interp(shallow_mm, scan.depth_mm, scan.dose) / np.interp(100, scan.depth_mm, scan.dose)
    assert np.abs(computed / given - 1).max() < 0.015


@pytest.mark.slow
@pytest.mark.parametrize("beam", generic_beams(), ids=lambda beam: beam.name)
def test_one_monitor_unit_is_one_centigray_at_the_maximum(beam):
    _, dose = depth_dose(slabs(lambda _: 1.0, spacing_mm=2.5, width_mm=240), 100, beam, ssd_mm=1000)
    assert dose.max() / beam.mu_per_unit == pytest.approx(0.01, rel=0.002)


def test_half_of_the_cones_carry_the_energy_of_each_ring_and_two_halves_make_the_dose():
    beam, patient = BEAM, slabs(lambda depth_mm: 0.3 if 60 < depth_mm < 120 else 1.0, 6.0)
    halves = [half_of_cones(beam, number) for number in (3, 4)]
    assert [len(half.directions) for half in halves] == [45, 45]
    for half in halves:
        for height in np.unique(np.round(beam.directions[:, 2], 6)):
            whole, kept = (np.isclose(one.directions[:, 2], height, atol=1e-6) for one in (beam, half))
            assert half.primary[kept, 0].sum() == pytest.approx(beam.primary[whole, 0].sum())
            assert half.scatter[kept, 0].sum() == pytest.approx(beam.scatter[whole, 0].sum())
    fan = cast_fan(patient, look(0.0, np.array([0.0, 100.0, 0.0]), sad_mm=beam.sad_mm))
    full, *rough = (beam_dose(fan, square_field(100.0), one) for one in (beam, *halves))
    np.testing.assert_allclose((rough[0] + rough[1]) / 2, full, atol=1e-4 * full.max())
    inside = full > 0.5 * full.max()
    assert np.std(rough[0][inside] / full[inside]) < 0.01
