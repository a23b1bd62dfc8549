"""Bone as water of as many electrons: beside the Monte Carlo of the beams, and what that leaves out of attenuation."""

import csv
import importlib
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isocenter.planning.beam.beam_data import load_beam_data
from isocenter.planning.dose.beam_view import cast_fan, look
from isocenter.planning.dose.dose import beam_dose
from tests.planning.water import slabs, square_field

MAKING = Path(__file__).parents[2] / "benchmarks" / "beam_model"
REFERENCE = Path(__file__).parent / "references" / "bone_doses.csv"
BONE, SLAB_MM = 1.78, (30.0, 60.0)
PHOTONS_ALONE = replace(load_beam_data(), source_sigma_mm=0.01, head_weight=0.0, electron_share=0.0)
# Parts of the depth, away from the faces of the bone: their means have noise of 0.6 % or less in the reference.
PARTS_MM = {"before": (10, 30), "bone": (32.5, 57.5), "behind": (65, 120), "deeper": (120, 200), "end": (200, 295)}


@pytest.mark.slow
def test_dose_in_and_behind_bone_is_that_of_a_monte_carlo():
    with REFERENCE.open() as file:
        rows = list(csv.DictReader(file))
    depth_mm = np.array([float(r["depth_mm"]) for r in rows])
    reference = np.array([float(r["relative_dose"]) for r in rows])
    patient = slabs(lambda at: BONE if SLAB_MM[0] < at < SLAB_MM[1] else 1.0, spacing_mm=2.5, width_mm=300)
    view = look(0.0, np.array([0.0, 100.0, 0.0]))
    dose = beam_dose(cast_fan(patient, view), square_field(100.0), PHOTONS_ALONE)
    near = np.abs(patient.x_mm) <= 35  # as wide as the reference was taken together
    own = np.interp(depth_mm, patient.y_mm, dose[near][:, :, near].mean((0, 2)))
    own *= (reference / own)[depth_mm > 10].mean()
    means = {}
    for part, (low, high) in PARTS_MM.items():
        here = (depth_mm > low) & (depth_mm < high)
        means[part] = own[here].mean() / reference[here].mean() - 1
    assert max(abs(difference) for difference in means.values()) < 0.02, means


@pytest.fixture(scope="module")
def making():
    sys.path.insert(0, str(MAKING))
    yield importlib.import_module
    sys.path.remove(str(MAKING))


@pytest.mark.parametrize(("energy_mv", "within"), [(6, 0.006), (10, 0.011)])
def test_five_centimeters_of_bone_attenuate_as_water_of_as_many_electrons(making, energy_mv, within):
    sections, beams = making("cross_sections"), making("make_beam")
    bone, water = sections.CORTICAL_BONE, sections.WATER
    relative = sections.CORTICAL_BONE_G_PER_CM3 * sections.electrons(bone) / sections.electrons(water)
    assert relative == pytest.approx(BONE, abs=0.005)
    mev = np.linspace(0.05, beams.BEAMS[energy_mv]["Ee"] * 0.999, 600)
    released = beams.energy_fluence(beams.BEAMS[energy_mv], mev) * sections.attenuation(water, mev)

    def passes(mixture, g_per_cm2):
        return float((released * np.exp(-sections.attenuation(mixture, mev) * g_per_cm2)).sum() / released.sum())

    as_water = passes(water, relative * 5.0)
    as_bone = passes(bone, sections.CORTICAL_BONE_G_PER_CM3 * 5.0)
    assert as_water / as_bone == pytest.approx(1.0, abs=within)
    assert as_water > as_bone  # pairs in calcium and phosphorus, which water lacks
