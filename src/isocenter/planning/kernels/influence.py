"""The influence matrix, dose per unit of each bixel's fluence, as compressed rows with 16-bit columns.

The dose of one bixel at a point that lies u, v from its middle is sum_q W_q T_q(u, v): W_q are the depth factors and
the inverse square of the point, T_q the bixel blurred by the source and folded with the radial kernel q. T is kept by
phase: the place of a point within its bixel, so that the bixels around it are one contiguous patch.
"""

import numpy as np
from numpy.typing import NDArray

from isocenter.engines.compiling import njit

Float32Array = NDArray[np.float32]
IntArray = NDArray[np.int64]
ColumnArray = NDArray[np.uint16]


@njit(nogil=True, cache=True)
def locate(seen: Float32Array, u0_mm: float, v0_mm: float, bixel_mm: float, phases: int) -> NDArray[np.int32]:
    """The bixel that each point lies in and its phase there, along u and v: (rows, 4); -1 phases outside the fan.

    Counting and filling both go by these whole numbers: rounding twice would not always agree.
    """
    places = np.empty((seen.shape[0], 4), np.int32)
    for k in range(seen.shape[0]):
        for axis in range(2):
            at = (seen[k, axis] - (u0_mm if axis == 0 else v0_mm)) / bixel_mm + 0.5
            bixel = int(np.floor(at))
            places[k, axis] = bixel
            places[k, 2 + axis] = min(int((at - bixel) * phases), phases - 1) if seen[k, 2] >= 0 else -1
    return places


@njit(nogil=True, cache=True, inline="always")
def _reach_across(reach: int, step: int) -> int:
    """Bixels along v that lie within a disc of reach bixels, step bixels along u from its middle."""
    return int(np.sqrt(float(reach * reach - step * step)))


@njit(nogil=True, cache=True)
def count_entries(places: NDArray[np.int32], cells: NDArray[np.int32], reach: int) -> NDArray[np.int32]:
    """Entries of each row for one beam: bixels of the map within a disc of reach bixels around the point's own."""
    nu, nv = cells.shape
    entries = np.zeros(places.shape[0], np.int32)
    for k in range(places.shape[0]):
        if places[k, 2] < 0:
            continue
        a, b = places[k, 0], places[k, 1]
        for i in range(max(a - reach, 0), min(a + reach + 1, nu)):
            across = _reach_across(reach, i - a)
            for j in range(max(b - across, 0), min(b + across + 1, nv)):
                entries[k] += cells[i, j] >= 0
    return entries


@njit(nogil=True, cache=True, fastmath=True)
def fill_entries(
    places: NDArray[np.int32],
    factors: Float32Array,
    cells: NDArray[np.int32],
    reach: int,
    patches: Float32Array,
    start: IntArray,
    columns: ColumnArray,
    values: Float32Array,
) -> None:
    """Write one beam's entries from start (rows,), which is moved on; patches (phases, phases, 3, 2r + 1, 2r + 1)."""
    nu, nv = cells.shape
    for k in range(places.shape[0]):
        if places[k, 2] < 0:
            continue
        a, b = places[k, 0], places[k, 1]
        patch = patches[places[k, 2], places[k, 3]]
        f0, f1, f2 = factors[k, 0], factors[k, 1], factors[k, 2]
        at = start[k]
        for i in range(max(a - reach, 0), min(a + reach + 1, nu)):
            across = _reach_across(reach, i - a)
            row0, row1, row2 = patch[0, i - a + reach], patch[1, i - a + reach], patch[2, i - a + reach]
            for j in range(max(b - across, 0), min(b + across + 1, nv)):
                if cells[i, j] >= 0:
                    t = j - b + reach
                    columns[at] = cells[i, j]
                    values[at] = f0 * row0[t] + f1 * row1[t] + f2 * row2[t]
                    at += 1
        start[k] = at


@njit(nogil=True, cache=True)
def times(
    first: int,
    last: int,
    pointers: IntArray,
    columns: ColumnArray,
    values: Float32Array,
    weights: Float32Array,
    dose: Float32Array,
) -> None:
    """dose[i] = sum_k values[k] weights[columns[k]] for rows first to last.

    Four sums side by side and no vectors of gathered weights, which are slower to fill than to use. A row is taken as a
    slice, whose numbers are known not to be negative: else every access asks whether it counts from the end.
    """
    for i in range(first, last):
        a, b, c, d = np.float32(0.0), np.float32(0.0), np.float32(0.0), np.float32(0.0)
        value, column = values[pointers[i] : pointers[i + 1]], columns[pointers[i] : pointers[i + 1]]
        by_fours = len(value) - len(value) % 4
        for k in range(0, by_fours, 4):
            a += value[k] * weights[column[k]]
            b += value[k + 1] * weights[column[k + 1]]
            c += value[k + 2] * weights[column[k + 2]]
            d += value[k + 3] * weights[column[k + 3]]
        for k in range(by_fours, len(value)):
            a += value[k] * weights[column[k]]
        dose[i] = (a + b) + (c + d)


@njit(nogil=True, cache=True, fastmath=True)
def transposed_times(
    first: int,
    last: int,
    pointers: IntArray,
    columns: ColumnArray,
    values: Float32Array,
    by_row: Float32Array,
    by_column: Float32Array,
) -> None:
    """Add values[k] by_row[i] to by_column[columns[k]] for rows first to last; rows of 0 are passed over."""
    for i in range(first, last):
        scale = by_row[i]
        if scale != 0:
            value, column = values[pointers[i] : pointers[i + 1]], columns[pointers[i] : pointers[i + 1]]
            for k in range(len(value)):
                by_column[column[k]] += value[k] * scale


@njit(nogil=True, cache=True, fastmath=True)
def component_doses(
    first: int,
    last: int,
    pointers: IntArray,
    columns: ColumnArray,
    values: Float32Array,
    by_bixel: Float32Array,
    starts: IntArray,
    table: Float32Array,
) -> None:
    """Add to table (rows, components) the dose of each component at rows first to last.

    A bixel belongs to components of its own beam alone: by_bixel (bixels, most of a beam) is its share of each, and
    starts (bixels,) the number of the first.
    """
    most = by_bixel.shape[1]
    for i in range(first, last):
        for k in range(pointers[i], pointers[i + 1]):
            value, column = values[k], columns[k]
            own = by_bixel[column]
            out = table[i, starts[column] : starts[column] + most]
            for n in range(most):
                out[n] += value * own[n]
