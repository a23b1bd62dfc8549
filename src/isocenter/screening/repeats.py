"""Whether a hash of a name comes again among many."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_BITS = 22  # of a slot: so many slots take 17 MB, and more of them no less time


def comes_again(hashes: "NDArray[np.uint64]") -> bool:
    """Whether some number comes again among hashes of 64 bits, in less than half the time that sorting them takes.

    By its first bits each goes to a slot, which the last one keeps. A number that is there again kept the slot itself,
    or lost it: to its like, or, with its like, to another. So those that lost theirs are looked at alone.
    """
    bits = min(_MOST_BITS, len(hashes).bit_length() + 1)
    slots = (hashes >> np.uint64(64 - bits)).astype(np.intp)
    places = np.arange(len(hashes), dtype=np.int32)
    keepers = np.empty(1 << bits, np.int32)
    keepers[slots] = places
    kept_by = keepers[slots]
    lost = np.flatnonzero(kept_by != places)
    losers = hashes[lost]
    if (hashes[kept_by[lost]] == losers).any():
        return True
    losers.sort()
    return bool((losers[1:] == losers[:-1]).any())
