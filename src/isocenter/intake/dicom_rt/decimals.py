"""Decimal strings, as DICOM writes its coordinates, turned into numbers at the speed of reading bytes."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_FEW_BYTES = 20_000  # shorter texts are read before the compiled code would have been loaded
_POWERS_OF_TEN = 10.0 ** np.arange(23)


def parse_decimals(text: bytes, count: int | None = None) -> FloatArray:
    r"""The numbers of a backslash-separated text, shape (n,); NaN where a value is no finite number.

    `count` is how many there are, where that is known. Zero bytes pad the whole text; within it they are damage.
    """
    text = text.rstrip(b"\0")
    if len(text) < _FEW_BYTES:
        return _parse_few(text.split(b"\\"))
    from isocenter.intake.dicom_rt.decimal_kernel import scan  # noqa: PLC0415  numba takes 0.4 s to load

    characters = np.frombuffer(text, dtype=np.uint8)
    values: FloatArray = scan(characters, count or text.count(b"\\") + 1, _POWERS_OF_TEN)
    odd = np.flatnonzero(np.isnan(values))
    if len(odd):
        tokens = text.split(b"\\")
        values[odd] = [_parse_one(tokens[i]) for i in odd]
    return values


def _parse_few(tokens: list[bytes]) -> FloatArray:
    if any(b"\0" in token for token in tokens):  # which numpy takes for the end of a text
        return np.array([_parse_one(token) for token in tokens])
    try:
        values = np.array(tokens, dtype=np.float64)
    except ValueError:
        return np.array([_parse_one(token) for token in tokens])
    values[~np.isfinite(values)] = np.nan
    return values


def _parse_one(token: bytes) -> float:
    try:
        value = float(token.strip(b" "))
    except ValueError:
        return np.nan
    return value if np.isfinite(value) else np.nan
