"""Leaf sequencing: exact, with the fewest monitor units."""

from itertools import product

import numpy as np
import pytest

from isocenter.planning.imrt.sequence import segments_of
from isocenter.planning.kernels.segments import decompose
from tests.planning.naive import fewest_units


def rebuilt(left, right, units, columns):
    at = np.arange(columns)
    opened = (at >= left[:, :, None]) & (at < right[:, :, None])
    return np.tensordot(units, opened, 1)


@pytest.mark.parametrize("seed", range(6))
def test_segments_add_up_to_the_map_with_the_fewest_units(seed):
    whole = np.random.default_rng(seed).integers(0, 11, (12, 15))
    left, right, units = decompose(whole)
    assert np.array_equal(rebuilt(left, right, units, 15), whole)
    assert units.sum() == fewest_units(whole)


def test_every_small_map_is_rebuilt_with_the_fewest_units():
    for values in product(range(3), repeat=6):
        whole = np.array(values).reshape(2, 3)
        left, right, units = decompose(whole)
        assert np.array_equal(rebuilt(left, right, units, 3), whole)
        assert units.sum() == fewest_units(whole)


def test_a_fluence_is_rebuilt_to_half_a_level():
    fluence = np.random.default_rng(1).uniform(0, 3, (9, 7))
    column = np.arange(9)[:, None]
    total = sum(s.weight * ((column >= s.left) & (column < s.right)) for s in segments_of(fluence))
    assert np.abs(total - fluence).max() <= fluence.max() / 10 / 2 + 1e-12


def test_a_map_of_nothing_needs_no_segment():
    assert segments_of(np.zeros((3, 4))) == []
