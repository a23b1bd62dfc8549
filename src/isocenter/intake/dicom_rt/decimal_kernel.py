r"""The kernel that turns backslash-separated decimal text into numbers; loading it loads numba.

    value = sign x digits x 10^power   (or / 10^-power)

is the correctly rounded number while digits < 2^53 and the power lies within 22, for both operands are then
exact (W. D. Clinger, How to read floating point numbers accurately, 1990).
"""

import numpy as np
from numpy.typing import NDArray

from isocenter.engines.compiling import njit

FloatArray = NDArray[np.float64]

_BACKSLASH, _DOT, _MINUS, _PLUS, _LOWER_E = 92, 46, 45, 43, 101
_EXACT_DIGITS = 2**53


def _decimal_at(text: NDArray[np.uint8], start: int, stop: int, powers_of_ten: FloatArray) -> float:
    """The number written in text[start:stop]; NaN where it is not plainly -123.456 or -1.5e-7."""
    is_negative = start < stop and text[start] == _MINUS
    first = start + 1 if is_negative else start
    digits = 0
    count = 0
    decimals = 0
    seen_dot = 0
    i = first
    while i < stop and (48 <= text[i] <= 57 or (text[i] == _DOT and not seen_dot)):
        if text[i] == _DOT:
            seen_dot = 1
        else:
            digits = digits * 10 + (text[i] - 48)
            count += 1
            decimals += seen_dot
        i += 1
    exponent = 0
    if i < stop and (text[i] | 0x20) == _LOWER_E and 0 < stop - i - 1 <= 4:
        exponent, i = _compiled_exponent_at(text, i + 1, stop)
    if i != stop or not 0 < count <= 18 or digits >= _EXACT_DIGITS:
        return np.nan
    power = exponent - decimals
    if abs(power) > 22:
        return np.nan
    value: float = digits * powers_of_ten[power] if power >= 0 else digits / powers_of_ten[-power]
    return -value if is_negative else value


def _exponent_at(text: NDArray[np.uint8], start: int, stop: int) -> tuple[int, int]:
    """The signed whole number in text[start:stop] and where it ends; an end before `stop` is not a number."""
    is_negative = text[start] == _MINUS
    i = start + 1 if is_negative or text[start] == _PLUS else start
    value = 0
    if i == stop:
        return 0, start
    while i < stop and 48 <= text[i] <= 57:
        value = value * 10 + (text[i] - 48)
        i += 1
    return (-value if is_negative else value), i


_compiled_exponent_at = njit(cache=True)(_exponent_at)
_compiled_decimal_at = njit(cache=True)(_decimal_at)


def _scan(text: NDArray[np.uint8], count: int, powers_of_ten: FloatArray) -> FloatArray:
    """The numbers of a text of `count` values, shape (count,); NaN where one is not plain digits."""
    values = np.empty(count)
    start = 0
    k = 0
    for i in range(len(text)):
        if text[i] == _BACKSLASH:
            values[k] = _compiled_decimal_at(text, start, i, powers_of_ten)
            start = i + 1
            k += 1
    values[k] = _compiled_decimal_at(text, start, len(text), powers_of_ten)
    return values


scan = njit(cache=True)(_scan)
