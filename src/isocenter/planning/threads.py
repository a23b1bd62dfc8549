"""Shares rows out among threads; the parts are cut by count alone, so results are the same bytes with any number."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from itertools import pairwise

PARTS = 9
THREADS = 2
FIRST_SHARE = 64  # one of so many rows is in the first part


def each_part(count: int, work: Callable[[int, int], None]) -> None:
    """Call work(first, last) for consecutive parts of range(count), in threads.

    The first part runs alone, and is small: a kernel that is compiled by several threads at once ends the process.
    """
    cuts = [(a, b) for a, b in pairwise(cuts_of(count)) if a < b]
    if not cuts:
        return
    work(*cuts[0])
    in_threads([partial(work, *part) for part in cuts[1:]])


def in_threads(works: Sequence[Callable[[], None]]) -> None:
    """Call each of some works, whose kernels have been compiled before."""
    for done in [_pool(os.getpid()).submit(work) for work in works]:
        done.result()


def cuts_of(count: int) -> list[int]:
    """Where the parts of range(count) begin and end: a small one, and others of equal length."""
    first = count // FIRST_SHARE
    return [0, *(first + (count - first) * k // (PARTS - 1) for k in range(PARTS))]


@cache
def _pool(_process: int) -> ThreadPoolExecutor:
    """The threads of a process; a fork has to start its own."""
    return ThreadPoolExecutor(THREADS)
