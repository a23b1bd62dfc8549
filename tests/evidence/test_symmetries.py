"""Where a patient lies, to which side, and how finely he was cut, changes no measure at all."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.evidence.moving import Move

from isocenter.evidence.measures import measure_plan
from isocenter.intake.dicom_rt import read_folder
from isocenter.phantoms.make import phantom_objects
from isocenter.terms.imaging import PlanFolder
from isocenter.terms.plans import PlanMeasure

NOWHERE = Move()
MOVES = {
    "turned": Move(quarters=1, shift_mm=(13.7, -4.1, 8.3)),
    "mirrored": Move(mirrored=True),
    "turned and mirrored": Move(quarters=3, mirrored=True, shift_mm=(1.3, 2.2, -5.5)),
}
PHANTOMS = ("c_shape", "left_breast", "prostate", "reirradiation", "spine", "lung", "head_and_neck")
# How far a measure may change, by its unit: what scan lines in other places leave over.
TOLERANCE = {"Gy": 0.15, "%": 0.15, "cc": 0.05, "mm": 0.15, "Gy/mm": 0.1, "": 0.005}
# Extremes hang on a single line; where the dose falls by 1 Gy/mm they move by a part of the lines' distance.
EXTREMES_GY = 0.35


Told = dict[tuple[str, str], tuple[float, str]]


def table(folder: PlanFolder, move: Move = NOWHERE) -> Told:
    """Every measure of a plan, directions called what they are called after the move."""
    rows = {}
    for row in measure_plan(folder, "C1").rows:
        if isinstance(row, PlanMeasure):
            margin = re.fullmatch(r"margin_(\w+)_mm", row.measure)
            measure = f"margin_{move.way(margin[1])}_mm" if margin else row.measure
            rows[row.about, measure] = row.value, row.unit
    return rows


def changed(before: Told, after: Told) -> list[str]:
    """The measures that are not the same, in words."""
    assert set(before) == set(after)
    return [
        f"{' '.join(key)}: {value:.3f} and {after[key][0]:.3f} {unit}"
        for key, (value, unit) in before.items()
        if abs(after[key][0] - value) > _tolerance(key[1], unit) + 0.004 * abs(value)
    ]


def _tolerance(measure: str, unit: str) -> float:
    is_extreme = measure in ("min", "max") or measure.endswith("maximum_gy")
    return EXTREMES_GY if is_extreme else TOLERANCE[unit]


@pytest.mark.parametrize("name", PHANTOMS)
def test_a_moved_patient_has_the_same_measures(name: str) -> None:
    folder = phantom_objects(name)
    for how, move in MOVES.items():
        assert changed(table(folder, move), table(move.folder(folder))) == [], how


@settings(max_examples=6, deadline=None)
@given(
    quarters=st.integers(0, 3),
    mirrored=st.booleans(),
    shift_mm=st.tuples(*[st.floats(-60, 60)] * 3),
)
def test_anywhere_a_patient_has_the_same_measures(
    quarters: int, mirrored: bool, shift_mm: tuple[float, float, float]
) -> None:
    folder = phantom_objects("c_shape")
    move = Move(quarters, mirrored, shift_mm)
    assert changed(table(folder, move), table(move.folder(folder))) == []


# The spine's short target ends on slices of 3 mm, and on those of 1.5: on others its height is another.
@pytest.mark.parametrize(
    ("name", "slice_mm"), [("c_shape", 2.0), ("c_shape", 4.0), ("lung", 2.0), ("lung", 4.0), ("spine", 1.5)]
)
def test_a_patient_cut_otherwise_has_the_same_shape_and_dose(name: str, slice_mm: float) -> None:
    usual, other = table(phantom_objects(name)), table(phantom_objects(name, slice_mm=slice_mm))
    compared = 0
    for (subject, measure), (value, _) in usual.items():
        if (subject, measure) not in other or measure in ("distance_resolution_mm", "dose_grid_spacing_mm"):
            continue
        found = other[subject, measure][0]
        if measure in ("D95%", "D50%", "mean") or "solidity" in measure or "concavity_percent" in measure:
            assert found == pytest.approx(value, rel=0.02, abs=1.0), (subject, measure)
            compared += 1
        elif measure == "part_volume_cc":
            assert found == pytest.approx(value, rel=0.03), (subject, measure)
            compared += 1
        elif measure == "distance_mm":
            assert found == pytest.approx(value, abs=slice_mm), (subject, measure)
            compared += 1
    assert compared >= 10


@pytest.mark.parametrize("name", ["dicompyler_breast", "tg119_pyradplan"])
def test_a_real_patient_moved_has_the_same_measures(name: str, shared_data: Path) -> None:
    folder, _, _ = read_folder(shared_data / name)
    for how, move in MOVES.items():
        assert changed(table(folder, move), table(move.folder(folder))) == [], how
