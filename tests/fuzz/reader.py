"""What a reader is to the fuzzer."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.mutators import mutated


@dataclass(frozen=True)
class Reader:
    """A reader: the files that are mutated, by name, and how one of them is read in a folder of its own."""

    seeds: Callable[[], dict[str, bytes]]
    read: Callable[[Path], None]
    mutate: Callable[[bytes, int], bytes] = mutated
