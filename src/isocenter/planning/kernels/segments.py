"""Decomposes a map of whole numbers into openings of leaf pairs with the least total of units (Engel 2005).

The least total for a row is the sum of its rises; for a map it is the largest of its rows (K. Engel, Discrete Appl Math
152:35, 2005). Each step takes as many units as any opening allows without raising what the rest needs, and among such
openings one that removes steps of the row.
"""

import numpy as np
from numpy.typing import NDArray

from isocenter.engines.compiling import njit

IntArray = NDArray[np.int64]

MOST_SEGMENTS = 4096


@njit(nogil=True, cache=True)
def least_units(row: IntArray) -> int:
    """The sum of the rises of a row: the least units that any sequence of openings needs for it."""
    total, last = 0, 0
    for value in row:
        total += max(value - last, 0)
        last = value
    return int(total)


@njit(nogil=True, cache=True)
def _rest_needs(row: IntArray, left: int, right: int, units: int, needed: int) -> int:
    """What the row needs after units are taken from left <= i < right."""
    rise = row[left] - (row[left - 1] if left > 0 else 0)
    fall = (row[right] if right < row.shape[0] else 0) - row[right - 1]
    return int(needed - max(rise, 0) + max(rise - units, 0) - max(fall, 0) + max(fall + units, 0))


@njit(nogil=True, cache=True)
def _most_units(row: IntArray, needed: int, budget: int) -> int:
    """The most units that one opening of the row can take, the closed one included, within the budget of the map."""
    most = budget - needed
    for left in range(row.shape[0]):
        lowest = row[left]
        for right in range(left + 1, row.shape[0] + 1):
            lowest = min(lowest, row[right - 1])
            if lowest <= most:
                break
            for units in range(lowest, most, -1):
                if _rest_needs(row, left, right, units, needed) <= budget - units:
                    most = units
                    break
    return most


@njit(nogil=True, cache=True)
def _best_opening(row: IntArray, needed: int, budget: int, units: int) -> tuple[int, int]:
    """The opening that takes these units and leaves the simplest row; closed where none may be open."""
    best, best_left, best_right = -1, 0, 0
    if needed <= budget - units:
        best = 0
    for left in range(row.shape[0]):
        for right in range(left + 1, row.shape[0] + 1):
            if row[right - 1] < units:
                break
            if _rest_needs(row, left, right, units, needed) > budget - units:
                continue
            rise = row[left] - (row[left - 1] if left > 0 else 0)
            fall = (row[right] if right < row.shape[0] else 0) - row[right - 1]
            score = 1 + right - left + (64 if rise == units else 0) + (64 if fall == -units else 0)
            if score > best:
                best, best_left, best_right = score, left, right
    return best_left, best_right


@njit(nogil=True, cache=True)
def decompose(whole: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """left, right (segments, rows) and units (segments,) that add up to whole (rows, columns)."""
    rest = whole.copy()
    rows = rest.shape[0]
    left, right = np.zeros((MOST_SEGMENTS, rows), np.int64), np.zeros((MOST_SEGMENTS, rows), np.int64)
    units = np.zeros(MOST_SEGMENTS, np.int64)
    count = 0
    needed = np.zeros(rows, np.int64)
    while count < MOST_SEGMENTS:
        for i in range(rows):
            needed[i] = least_units(rest[i])
        budget = needed.max()
        if budget == 0:
            break
        step = budget
        for i in range(rows):
            step = min(step, _most_units(rest[i], needed[i], budget))
        step = max(step, 1)
        for i in range(rows):
            a, b = _best_opening(rest[i], needed[i], budget, step)
            left[count, i], right[count, i] = a, b
            for j in range(a, b):
                rest[i, j] -= step
        units[count] = step
        count += 1
    return left[:count], right[:count], units[:count]
