"""The kernel that reads the entropy-coded samples of lossless JPEG; loading it loads numba."""

import numpy as np
from numpy.typing import NDArray

from isocenter.engines.compiling import njit

READ_WHOLE, ENDED_EARLY, NO_SUCH_CODE = range(3)
WINDOW_BYTES = 5  # hold a code of 16 bits and a difference of 15, begun at any bit


def _prediction(samples: NDArray[np.uint16], row: int, column: int, predictor: int, first_value: int) -> np.int64:
    """What a sample is expected to be by its neighbors (ITU-T T.81, H.1.2.1); predictor is 1 to 7."""
    if row == 0:
        return np.int64(samples[0, column - 1]) if column > 0 else np.int64(first_value)
    above = np.int64(samples[row - 1, column])
    if column == 0 or predictor == 2:
        return above
    left, corner = np.int64(samples[row, column - 1]), np.int64(samples[row - 1, column - 1])
    if predictor == 1:
        return left
    if predictor == 3:
        return corner
    if predictor == 4:
        return left + above - corner
    if predictor == 5:
        return left + ((above - corner) >> 1)
    if predictor == 6:
        return above + ((left - corner) >> 1)
    return (left + above) >> 1


_compiled_prediction = njit(cache=True)(_prediction)


def _read_samples(
    coded: NDArray[np.uint8],
    last_bit: int,
    categories: NDArray[np.uint8],
    lengths: NDArray[np.uint8],
    predictor: int,
    first_value: int,
    samples: NDArray[np.uint16],
) -> int:
    """Fill samples (rows, columns) from coded bytes without stuffing, WINDOW_BYTES longer than their last bit.

    categories and lengths have one entry for each 16 bits that may come next: the category of the difference, and how
    many of the bits are its code, 0 where none is. Returns how it ended.
    """
    rows, columns = samples.shape
    bit = np.int64(0)
    for row in range(rows):
        for column in range(columns):
            window = np.int64(0)
            for byte in range(WINDOW_BYTES):
                window = (window << 8) | np.int64(coded[(bit >> 3) + byte])
            window = (window << (bit & 7)) & ((np.int64(1) << (8 * WINDOW_BYTES)) - 1)
            look = window >> (8 * WINDOW_BYTES - 16)
            length = np.int64(lengths[look])
            if length == 0:
                return NO_SUCH_CODE
            category = np.int64(categories[look])
            more_bits = np.int64(0) if category == 16 else category
            bit += length + more_bits
            if bit > last_bit:
                return ENDED_EARLY
            step = np.int64(32768) if category == 16 else np.int64(0)
            if more_bits > 0:
                step = (window >> (8 * WINDOW_BYTES - length - more_bits)) & ((np.int64(1) << more_bits) - 1)
                if step < np.int64(1) << (more_bits - 1):
                    step -= (np.int64(1) << more_bits) - 1
            expected = _compiled_prediction(samples, row, column, predictor, first_value)
            samples[row, column] = (expected + step) & 0xFFFF
    return READ_WHOLE


read_samples = njit(cache=True)(_read_samples)
