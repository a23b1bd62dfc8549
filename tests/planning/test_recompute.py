"""The clinic's plan computed again: each beam in the fractions that give it, and what is not computed is named."""

from dataclasses import replace

import numpy as np
import pytest

from isocenter.planning.beam.beam_data import load_beam_data
from isocenter.planning.checks import recompute as room
from isocenter.planning.checks.recompute import recompute
from isocenter.terms.imaging import Accessory, Beam, ControlPoint, FractionGroup, TreatmentPlan
from tests.planning.water import slabs

OPEN = tuple(ControlPoint(weight, 0.0, jaws_x_mm=(-50, 50), jaws_y_mm=(-50, 50)) for weight in (0.0, 1.0))
FIRST = Beam(1, "F1", energy_mv=6.0, monitor_units=100.0, isocenter_mm=(0.0, 100.0, 0.0), control_points=OPEN)
SECOND = replace(FIRST, number=2, name="F2")


@pytest.fixture
def again(monkeypatch):
    """The mean dose of a plan of two beams that each give 1 Gy a fraction, and the places of its remarks."""
    patient = slabs(lambda _: 1.0, spacing_mm=20.0, width_mm=100)
    even = np.ones(patient.density.shape, np.float32)
    monkeypatch.setattr(room, "_of_beam", lambda *_: even)

    def compute(second=SECOND, **plan):
        found = recompute(patient, TreatmentPlan("1.2", beams=(FIRST, second), **plan), [load_beam_data()])
        return float(found.dose_gy.max()), found.is_whole, [problem.sentence for problem in found.problems]

    return compute


@pytest.mark.parametrize(
    ("groups", "dose_gy", "is_whole"),
    [
        ((), 50.0, True),
        ((FractionGroup(25, (1, 2)),), 50.0, True),
        ((FractionGroup(25, (1,)), FractionGroup(8, (2,))), 33.0, True),
        ((FractionGroup(25, (1,)), FractionGroup(None, (2,))), 25.0, False),
    ],
)
def test_each_beam_is_given_in_the_fractions_of_its_group(again, groups, dose_gy, is_whole):
    found_gy, found_whole, said = again(fractions=25, fraction_groups=groups)
    assert (found_gy, found_whole) == (pytest.approx(dose_gy), is_whole)
    assert any("group of fractions" in sentence for sentence in said) != is_whole


@pytest.mark.parametrize(
    ("change", "said", "is_whole"),
    [
        ({"accessories": (Accessory("bolus", "12"),)}, "what is not modeled: bolus 12; it is not computed", False),
        ({"has_unknown_weights": True}, "its meterset weights do not say", False),
        ({"is_tilted": True}, "is tilted", False),
        ({"fluence_mode": "FFF"}, "its fluence mode is FFF, computed with a flattened beam", True),
    ],
)
def test_what_a_beam_has_beyond_its_openings_is_named(again, change, said, is_whole):
    found_gy, found_whole, sentences = again(replace(SECOND, **change), fractions=10)
    assert found_gy == pytest.approx(20.0 if is_whole else 10.0) and found_whole == is_whole
    assert len(sentences) == 1 and said in sentences[0]
