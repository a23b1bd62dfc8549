"""The influence matrix: against a direct sum over bixels, and against the collapsed cone in water."""

import numpy as np
import pytest

from isocenter.planning.beam.beam_data import load_beam_data
from isocenter.planning.dose.beam_view import cast_fan, look
from isocenter.planning.dose.dose import beam_dose
from isocenter.planning.dose.influence import BIXEL_MM, build_influence, folded_within
from tests.planning.water import slabs

BEAM = load_beam_data()


@pytest.fixture(scope="module")
def matrix_in_water():
    patient = slabs(lambda _: 1.0, spacing_mm=4.0, width_mm=160)
    k, j, i = np.indices(patient.density.shape).reshape(3, -1)
    x, y, z = patient.x_mm[i], patient.y_mm[j], patient.z_mm[k]
    target = np.flatnonzero((np.abs(x) < 22) & (np.abs(z) < 22) & (np.abs(y - 100) < 20))
    rows = np.flatnonzero((np.abs(x) < 60) & (np.abs(z) < 12) & (y > 20) & (y < 180))
    fan = cast_fan(patient, look(0.0, np.array([0.0, 100.0, 0.0])))
    return patient, fan, build_influence(patient, [fan], rows, target, BEAM)


def test_products_are_those_of_the_entries(matrix_in_water):
    _, _, matrix = matrix_in_water
    weights = np.random.default_rng(2).uniform(0, 1, matrix.bixels)
    full = np.zeros((len(matrix.rows), matrix.bixels))
    for row in range(len(matrix.rows)):
        entries = slice(matrix.pointers[row], matrix.pointers[row + 1])
        full[row, matrix.columns[entries]] = matrix.values[entries]
    assert np.allclose(matrix.dose(weights), full @ weights, rtol=1e-4)
    by_row = np.random.default_rng(3).normal(size=len(matrix.rows)).astype(np.float32)
    assert np.allclose(matrix.transposed(by_row, by_row), full.T @ by_row, rtol=1e-3, atol=1e-6)


def test_an_entry_falls_off_evenly_to_both_sides(matrix_in_water):
    patient, fan, matrix = matrix_in_water
    bixels = matrix.beams[0]
    places = fan.places(patient.points_mm(matrix.rows))
    middle = np.flatnonzero((np.abs(places[:, 2] - 98) < 3) & (np.abs(places[:, 1]) < 2))
    column = bixels.cells[round(-bixels.u0_mm / BIXEL_MM), round(-bixels.v0_mm / BIXEL_MM)]
    profile = {}
    for row in middle:
        entries = slice(matrix.pointers[row], matrix.pointers[row + 1])
        own = matrix.values[entries][matrix.columns[entries] == column]
        if len(own):
            profile[round(float(places[row, 0]))] = float(own[0])
    pairs = [(profile[u], profile[-u]) for u in profile if u > 0 and -u in profile]
    assert len(pairs) >= 5
    assert all(a == pytest.approx(b, rel=0.05) for a, b in pairs)
    assert profile[min(profile, key=abs)] == max(profile.values())


def test_in_water_the_pencil_differs_from_the_collapsed_cone_by_a_constant(matrix_in_water):
    _, fan, matrix = matrix_in_water
    weights = np.ones(matrix.bixels)
    better = beam_dose(fan, matrix.beams[0].as_fluence(matrix.beams[0].spread(weights)), BEAM)
    pencil = matrix.dose(weights)
    inside = pencil > 0.9 * pencil.max()
    ratio = better.ravel()[matrix.rows][inside] / pencil[inside]
    assert 0.85 < ratio.mean() < 1.05
    assert ratio.std() / ratio.mean() < 0.03


def test_rows_follow_a_better_dose(matrix_in_water):
    _, _, matrix = matrix_in_water
    weights = np.ones(matrix.bixels)
    wanted = matrix.dose(weights) * np.float32(0.8)
    matrix.follow(wanted, weights)
    assert np.allclose(matrix.dose(weights), wanted, rtol=1e-3, atol=wanted.max() * 0.02)


@pytest.mark.parametrize(("wide", "small"), [((9, 7), (3, 3)), ((12, 15), (5, 4)), ((5, 5), (5, 5)), ((6, 4), (1, 1))])
def test_an_image_is_folded_where_the_smaller_lies_within_as_a_whole(wide, small):
    numbers = np.random.default_rng(0)
    image, kernel = numbers.random(wide), numbers.random(small)
    expected = [
        [np.sum(image[i : i + small[0], j : j + small[1]] * kernel[::-1, ::-1]) for j in range(wide[1] - small[1] + 1)]
        for i in range(wide[0] - small[0] + 1)
    ]
    assert folded_within(image, kernel) == pytest.approx(np.array(expected), abs=1e-12)
