"""Leaf positions and weights as variables: their dose, its derivative, and what an optimization makes of them."""

from dataclasses import replace

import numpy as np
import pytest

from isocenter.planning.beam.beam_data import load_beam_data
from isocenter.planning.dose.beam_view import cast_fan, look
from isocenter.planning.dose.delivery import Opening, openings_of
from isocenter.planning.dose.influence import build_influence
from isocenter.planning.imrt.leaf_positions import LeafDoses
from isocenter.planning.kernels.leaves import SOFT, add_openings, slopes_of_openings
from isocenter.planning.objective.objective import Objective, Penalty
from isocenter.planning.optimizing.optimize import BeamOn, lower
from isocenter.terms.imaging import FloatArray
from tests.planning.water import slabs

BEAM = load_beam_data()


@pytest.fixture(scope="module")
def matrix():
    patient = slabs(lambda _: 1.0, spacing_mm=5.0, width_mm=140)
    k, j, i = np.indices(patient.density.shape).reshape(3, -1)
    x, y, z = patient.x_mm[i], patient.y_mm[j], patient.z_mm[k]
    target = np.flatnonzero((np.abs(x) < 22) & (np.abs(z) < 17) & (np.abs(y - 100) < 20))
    rows = np.flatnonzero((np.abs(x) < 40) & (np.abs(z) < 30) & (np.abs(y - 100) < 40))
    fans = [cast_fan(patient, look(angle, np.array([0.0, 100.0, 0.0]))) for angle in (0.0, 90.0)]
    return build_influence(patient, fans, rows, target, BEAM)


@pytest.fixture(scope="module")
def openings(matrix):
    rng = np.random.default_rng(5)
    made = []
    for beam, bixels in enumerate(matrix.beams):
        columns, pairs = bixels.cells.shape
        for _ in range(3):
            left = rng.integers(1, 4, pairs).astype(float)
            right = rng.integers(4, columns - 1, pairs).astype(float)
            made.append(Opening(beam, left, np.where(rng.uniform(size=pairs) < 0.8, right, left), rng.uniform(0.2, 1)))
    return made


def test_openings_at_whole_columns_give_the_dose_of_their_bixels(matrix, openings):
    model = LeafDoses(matrix, openings, 0.0)
    fluence = np.zeros(matrix.bixels)
    for opening in openings:
        bixels = matrix.beams[opening.beam]
        column = np.arange(bixels.cells.shape[0])[:, None]
        is_open = (column >= opening.left) & (column < opening.right) & bixels.is_bixel
        fluence[bixels.cells[is_open]] += opening.weight
    wanted, found = matrix.dose(fluence), model.dose(model.variables())
    assert found.sum() == pytest.approx(wanted.sum(), rel=0.01)
    assert np.abs(found - wanted).max() < 0.06 * wanted.max()  # the softened edges


def test_the_derivative_is_that_of_the_dose(matrix, openings):
    moved = [replace(o, left=o.left + 0.3, right=o.right + 0.6 * (o.right > o.left)) for o in openings]
    model = LeafDoses(matrix, moved, BEAM.mlc_transmission)
    variables = model.variables()
    by_row = np.random.default_rng(6).normal(size=len(matrix.rows)).astype(np.float32)
    slope = model.transposed(by_row, variables)
    step = 0.02
    for number in range(0, len(variables), 7):
        ahead, behind = variables.copy(), variables.copy()
        ahead[number] += step
        behind[number] -= step
        numeric = float(by_row @ (model.dose(ahead).astype(float) - model.dose(behind))) / (2 * step)
        assert slope[number] == pytest.approx(numeric, abs=0.02 * np.abs(slope).max())


def test_an_opening_moves_to_where_the_target_is(matrix):
    patient_rows = np.arange(len(matrix.rows))
    in_target = matrix.dose(np.ones(matrix.bixels))
    hot = patient_rows[in_target > 0.9 * in_target.max()]
    cold = patient_rows[in_target < 0.5 * in_target.max()]
    penalties = [
        Penalty(kind, rows, np.full(len(rows), 1 / len(rows), np.float32), dose, 10.0)
        for kind, rows, dose in (("under", hot, 20.0), ("over", hot, 21.0), ("over", cold, 6.0))
    ]
    objective = Objective(matrix.rows, tuple(penalties))
    narrow = [
        Opening(beam, np.full(b.cells.shape[1], 3.0), np.full(b.cells.shape[1], 5.0), 1.0)
        for beam, b in enumerate(matrix.beams)
    ]
    model = LeafDoses(matrix, narrow, BEAM.mlc_transmission)
    before = objective.value(model.dose(model.variables()))[0]
    found = lower(objective, model, model.variables(), 60)
    assert found.value < before / 4
    for opening, bixels in zip(model.openings(found.weights), matrix.beams, strict=True):
        assert (opening.right >= opening.left).all()
        assert (opening.left >= 0).all() and (opening.right <= bixels.cells.shape[0]).all()
        assert (opening.right - opening.left).mean() > 2.5


def test_monitor_units_cost_nothing_up_to_what_is_usual_and_their_excess_is_squared(matrix, openings):
    model = LeafDoses(matrix, openings, BEAM.mlc_transmission)
    variables = model.variables()
    units = sum(opening.weight for opening in openings)
    free = BeamOn(model.per_weight(), units + 0.01, 7.0)
    assert free.value(variables)[0] == 0
    assert not free.value(variables)[1].any()
    cost = BeamOn(model.per_weight(), units - 0.5, 7.0)
    value, slope = cost.value(variables)
    assert value == pytest.approx(7.0 * 0.25)
    for number in (0, len(openings) - 1, len(openings)):  # two weights, and the edge of a leaf
        ahead = variables.copy()
        ahead[number] += 1e-4
        assert slope[number] == pytest.approx((cost.value(ahead)[0] - value) / 1e-4, rel=1e-2, abs=1e-9)


def test_a_closed_pair_lies_beneath_the_jaw(matrix, openings):
    for made in openings_of(openings, matrix.beams, BEAM):
        closed = made.right <= made.left
        assert (made.left_mm[closed] >= made.jaws_x_mm[1]).all()
        assert (made.right_mm >= made.left_mm).all()


def let_through(left: FloatArray, right: FloatArray, leak: FloatArray) -> FloatArray:
    """The plain twin of the kernel: the softened share of each bixel between two edges, and leakage of the rest."""
    column = np.arange(leak.shape[1])[None, :, None]

    def beyond(distance: FloatArray) -> FloatArray:
        soft = (distance + SOFT) ** 2 / (4 * SOFT)
        return np.where(distance <= -SOFT, 0.0, np.where(distance >= SOFT, distance, soft))

    def to_the_right(edge: FloatArray) -> FloatArray:
        return beyond(column + 1 - edge[:, None]) - beyond(column - edge[:, None])

    return leak + (1 - leak) * (to_the_right(left) - to_the_right(right))


def test_kernels_of_openings_agree_with_their_plain_twin_and_its_differences() -> None:
    random = np.random.default_rng(5)
    left = random.uniform(0.0, 4.0, (3, 4))
    right = left + random.uniform(0.3, 3.0, (3, 4))
    weights, leak = random.uniform(0.5, 2.0, 3), random.uniform(0.0, 0.05, (3, 7, 4))
    by_bixel = random.normal(size=(7, 4))
    fluence = np.zeros((7, 4))
    add_openings(weights, left, right, leak, fluence)
    np.testing.assert_allclose(fluence, np.tensordot(weights, let_through(left, right, leak), 1), atol=1e-12)

    def value(weights: FloatArray, left: FloatArray, right: FloatArray) -> float:
        return float(np.sum(by_bixel * np.tensordot(weights, let_through(left, right, leak), 1)))

    given = (weights, left, right)
    for number, slopes in enumerate(slopes_of_openings(*given, leak, by_bixel)):
        for place in np.ndindex(slopes.shape):
            steps = []
            for step in (1e-6, -1e-6):
                moved = [values.copy() for values in given]
                moved[number][place] += step
                steps.append(value(*moved))
            assert slopes[place] == pytest.approx((steps[0] - steps[1]) / 2e-6, abs=1e-6)
