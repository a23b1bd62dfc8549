"""The physics of dose: references of a Monte Carlo code, tilted axes, reciprocity, inverse square, Fano, kernels."""

import csv
import importlib
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isocenter.planning.beam.beam_data import as_beam_data, load_beam_data
from isocenter.planning.beam.beam_file import Given, cone_axes
from isocenter.planning.dose.beam_view import cast_fan, look
from isocenter.planning.dose.dose import beam_dose, released_energy
from isocenter.planning.superposition import lay_out_medium, superpose
from tests.planning.water import depth_dose, slabs, square_field

BEAM = load_beam_data()
HERE = Path(__file__).parent / "references"
MAKING = Path(__file__).parents[2] / "benchmarks" / "beam_model"


def lung(depth_mm):
    return 0.25 if 50 < depth_mm < 150 else 1.0


def beam_of_references():
    """The spectrum and the kernels that the reference doses were computed with: a point source, photons alone."""
    given = json.loads((HERE / "beam_of_slab_doses.json").read_text())
    directions, primary, scatter = cone_axes(Given("references", "", given).parts("cones"))
    return replace(
        BEAM,
        depth_mm=np.array(given["depth_mm"]),
        collision_kerma=np.array(given["collision_kerma_cm2_per_g"]),
        scatter_terma=np.array(given["scatter_terma_cm2_per_g"]),
        directions=directions,
        primary=primary,
        scatter=scatter,
        source_sigma_mm=0.01,
        head_weight=0.0,
        electron_share=0.0,
    )


def reference_doses(field_mm, medium):
    """Central axis at SSD 900 mm by EGSnrc DOSXYZnrc, 0.4 to 1 % of noise a point: depths in mm, relative dose."""
    with (HERE / "slab_doses.csv").open() as file:
        rows = [r for r in csv.DictReader(file) if (float(r["field_mm"]), r["medium"]) == (field_mm, medium)]
    return np.array([[float(r["depth_mm"]), float(r["relative_dose"])] for r in rows]).T


@pytest.mark.slow
@pytest.mark.parametrize("medium", ["water", "lung"])
@pytest.mark.parametrize("field_mm", [30, 50, 100])
def test_slabs_agree_with_a_monte_carlo_code(field_mm, medium):
    depth_mm, reference = reference_doses(field_mm, medium)
    density = lung if medium == "lung" else lambda _: 1.0
    patient = slabs(density, spacing_mm=2.5, width_mm=300 if field_mm == 100 else 200)
    own_mm, own = depth_dose(patient, field_mm, beam_of_references())
    ratio = np.interp(depth_mm, own_mm, own) / reference
    ratio /= ratio[depth_mm > 7.5].mean()
    is_entering_lung = (medium == "lung") & (depth_mm > 50) & (depth_mm < 80)
    within = 0.025 if medium == "lung" else 0.02
    assert np.abs(ratio - 1)[(depth_mm > 7.5) & ~is_entering_lung].max() < within
    assert np.abs(ratio - 1)[is_entering_lung].max(initial=0) < 0.035
    assert np.std(ratio[(depth_mm > 7.5) & ~is_entering_lung]) < 0.012


def turned_to(ray):
    """The rotation that turns +z to a direction."""
    v, c = np.cross([0, 0, 1], ray), ray[2]
    k = np.array([[0, -v[2], v[1]], [v[2], 0, -v[0]], [-v[1], v[0], 0]])
    return np.eye(3) + k + k @ k / (1 + c)


@pytest.mark.slow
@pytest.mark.parametrize(("density", "within"), [(lambda _: 1.0, 0.01), (lung, 0.015)], ids=["water", "lung"])
def test_axes_need_no_tilt(density, within):
    """A field of 10 cm in beamlets of 2.5 cm, each with axes of its own, beside the same with parallel axes."""
    patient, side_mm, patch_mm = slabs(density, spacing_mm=5.0, width_mm=200), 100, 25.0
    view = look(0.0, np.array([0.0, 100.0, 0.0]))
    fan = cast_fan(patient, view)
    beam = replace(BEAM, electron_share=0.0)
    parallel = beam_dose(fan, square_field(side_mm), beam)
    energy = released_energy(fan, square_field(side_mm), beam)
    kerma, terma, places = energy.kerma, energy.terma, energy.places
    shape = patient.density.shape
    column, row = (np.rint(places[:, k] / patch_mm).reshape(shape) for k in (0, 1))
    tilted = np.zeros(shape, np.float32)
    for a in np.unique(column):
        for b in np.unique(row):
            mine = (column == a) & (row == b)
            if (kerma * mine).any():
                ray = np.array([a * patch_mm, b * patch_mm, 1000.0])
                axes = beam.directions @ turned_to(ray / np.linalg.norm(ray)).T @ view.axes
                tilted += superpose(
                    kerma * mine, terma * mine, patient.medium, patient.spacing_mm, axes, beam.primary, beam.scatter
                )
    u, v = (np.abs(places[:, k]).reshape(shape) for k in (0, 1))
    depth_mm = patient.points_mm()[:, 1].reshape(shape)
    inside = (u < side_mm / 2 - 8) & (v < side_mm / 2 - 8) & (depth_mm > 10) & (depth_mm < 290)
    assert np.abs(parallel - tilted)[inside].max() / tilted.max() < within


def test_a_swap_of_source_and_point_deposits_the_same_energy():
    density = np.random.default_rng(5).uniform(0.2, 1.6, (9, 10, 11)).astype(np.float32)
    spacing_mm, share = np.array([3.0, 2.5, 4.0]), np.array([[0.6, 0.21]])
    here, there = (2, 2, 3), (6, 8, 6)
    direction = (np.array(there) - here)[::-1] * spacing_mm
    direction /= np.linalg.norm(direction)

    def energy(source, point, axis):
        kerma = np.zeros_like(density)
        kerma[source] = 1.0
        dose = superpose(kerma, 0 * kerma, lay_out_medium(density), spacing_mm, axis[None], share, share)
        return float(dose[point] * density[point])

    there_and_back = energy(here, there, direction), energy(there, here, -direction)
    assert there_and_back[0] > 1e-4
    assert there_and_back[0] == pytest.approx(there_and_back[1], rel=1e-4)


def test_at_one_depth_and_field_dose_follows_the_inverse_square():
    patient = slabs(lambda _: 1.0)
    doses = []
    for ssd_mm in (800.0, 1000.0):
        side_mm = 60.0 * 1000.0 / (ssd_mm + 100.0)  # 6 cm at a depth of 10 cm
        depth_mm, dose = depth_dose(patient, side_mm, replace(BEAM, head_weight=0.0, electron_share=0.0), ssd_mm)
        doses.append(np.interp(100.0, depth_mm, dose))
    assert doses[0] / doses[1] == pytest.approx((1100.0 / 900.0) ** 2, rel=0.01)


@pytest.fixture(scope="module")
def making():
    """The tools that make the bundled beams, which lie beside the package."""
    sys.path.insert(0, str(MAKING))
    yield importlib.import_module
    sys.path.remove(str(MAKING))


@pytest.fixture(scope="module")
def montecarlo(making):
    return making("montecarlo")


@pytest.mark.slow
def test_the_monte_carlo_keeps_fanos_theorem(montecarlo):
    density = np.repeat([1.0, 0.25, 2.0, 0.1, 1.0], 5)[:, None, None]
    energy_mev, electrons = 1.0, 60_000
    dose = montecarlo.fano_dose(electrons, energy_mev, montecarlo.tables(), density, np.array([1e6, 1e6, 0.4]), 3)
    per_electron = dose * density.sum() / electrons / energy_mev
    inner = per_electron.reshape(5, 5).mean(1)[1:-1]  # beyond the range of electrons from the open ends
    assert np.abs(inner / inner.mean() - 1).max() < 0.02


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mev", "primary", "within_60_cm", "radius_cm"),
    # EGSnrc EDKnrc, 200,000 photons an energy
    [(1.0, 0.4382, 0.9729, 0.1073), (2.0, 0.5278, 0.9575, 0.2930), (3.0, 0.5763, 0.9480, 0.4930)],
)
def test_point_kernels_agree_with_those_of_another_code(montecarlo, mev, primary, within_60_cm, radius_cm):
    shells = np.concatenate([np.geomspace(0.02, 8, 21), [10, 15, 20, 30, 40, 60]])
    own, rest = montecarlo.point_kernel(20_000, mev, montecarlo.tables(), shells, 12, 1)
    middle = (np.concatenate([[0], shells[:-1]]) + shells) / 2
    assert own.sum() == pytest.approx(primary, rel=0.015)
    assert (own + rest).sum() == pytest.approx(within_60_cm, rel=0.01)
    assert (own.sum(0) * middle).sum() / own.sum() == pytest.approx(radius_cm, rel=0.04)


def test_the_bundled_beam_is_what_its_maker_makes(making):
    made = as_beam_data(making("make_beam").beam_data(6))
    for name in ("collision_kerma", "scatter_terma", "primary", "scatter", "pencil_depth_factors"):
        assert np.allclose(getattr(made, name), getattr(BEAM, name), rtol=1e-3, atol=1e-6), name
