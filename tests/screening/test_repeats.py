"""Hashes that come again are found among many, whichever slot they share with others."""

import numpy as np
import pytest

from isocenter.screening.repeats import comes_again

_SHARED_BITS = 40  # numbers that differ in these alone go to one slot


@pytest.mark.parametrize("seed", range(40))
def test_numbers_that_come_again_are_found_as_by_looking_at_each(seed: int) -> None:
    random = np.random.default_rng(seed)
    of_few_slots = random.integers(0, 8, 400, dtype=np.uint64) << np.uint64(61)
    numbers = of_few_slots + random.integers(0, 1 << random.integers(8, 20), 400, dtype=np.uint64)
    assert comes_again(numbers) == (len(set(numbers.tolist())) < len(numbers))


def test_two_of_a_kind_that_both_lost_their_slot_are_found() -> None:
    first, other, third = 5 << _SHARED_BITS, (5 << _SHARED_BITS) + 1, (5 << _SHARED_BITS) + 2
    assert comes_again(np.array([other, third, other, first], np.uint64))
    assert not comes_again(np.array([other, third, first], np.uint64))


@pytest.mark.parametrize("numbers", [[], [7], [0, 2**64 - 1]])
def test_few_numbers_that_differ_do_not_come_again(numbers: list[int]) -> None:
    assert not comes_again(np.array(numbers, np.uint64))


def test_more_numbers_than_slots_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("isocenter.screening.repeats._MOST_BITS", 3)
    numbers = np.random.default_rng(1).permutation(np.arange(1000, dtype=np.uint64) << np.uint64(50))
    assert not comes_again(numbers)
    assert comes_again(np.append(numbers, numbers[500]))
