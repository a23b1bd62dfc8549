"""Finds texts of JSON in which an object names one member twice.

The decoder of bulk files keeps the last of two such members without a word, and passes over those it does not read.
"""

import json
from typing import Any


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
