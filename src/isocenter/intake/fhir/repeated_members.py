"""Finds lines of NDJSON in which an object may name one member twice, at the speed of reading bytes.

The decoder of bulk files keeps the last of two such members without a word, and passes over those it does not read.
"""

import json
from collections.abc import Callable
from typing import Any

import numpy as np

_FEW_BYTES = 4_000_000  # a shorter file is read before the compiled code would have been loaded
_MOST_MEMBERS = 4096  # of the objects around one place; what holds more is read with care
_MOST_LEVELS = 512


def finder_of_repeats(file_bytes: int) -> Callable[[bytes], bool]:
    """What says of a line of JSON in a file of this size whether some object in it may name one member twice.

    It may say so of a line without such an object, such as one whose names are written with escapes; never otherwise.
    """
    if file_bytes < _FEW_BYTES:
        return repeats_a_member
    from isocenter.intake.fhir.member_kernel import may_repeat  # noqa: PLC0415  numba takes 0.4 s to load

    digests, starts = np.empty(_MOST_MEMBERS, np.uint64), np.empty(_MOST_LEVELS, np.int64)

    def finds(line: bytes) -> bool:
        words = np.frombuffer(line, np.uint64, len(line) // 8)
        return bool(may_repeat(np.frombuffer(line, np.uint8), words, digests, starts))

    return finds


def repeats_a_member(line: bytes) -> bool:
    """Whether some object of a JSON text names one member twice; True as well where it is no JSON."""
    try:
        json.loads(line.decode("utf-8", "replace"), object_pairs_hook=_expect_each_once)
    except (ValueError, RecursionError):
        return True
    return False


def _expect_each_once(members: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in members}) < len(members):
        raise ValueError
