"""Memory of large arrays is kept for the next ones while plans are made, and given back afterwards."""

import resource
import sys

import numpy as np
import pytest

from isocenter.planning.memory import kept_memory

ARRAYS, BYTES = 8, 40 << 20


def pages_found():
    """How many pages of memory the system had to find for arrays that are made and dropped one after the other."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(ARRAYS):
        np.ones(BYTES, np.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere memory is left as it is")
def test_arrays_take_the_memory_of_those_before_them():
    with kept_memory():
        pages_found()
        kept = pages_found()
    assert kept < 0.2 * pages_found()
