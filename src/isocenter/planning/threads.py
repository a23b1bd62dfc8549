"""Shares rows out among threads; the parts are cut by count alone, so results are the same bytes with any number."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise

PARTS = 8
THREADS = 2


def each_part(count: int, work: Callable[[int, int], None], parts: int = PARTS) -> None:
    """Call work(first, last) for consecutive parts of range(count), in threads.

    The first part runs alone: a kernel that is compiled by several threads at once ends the process.
    """
    cuts = [(a, b) for a, b in pairwise([count * k // parts for k in range(parts + 1)]) if a < b]
    if not cuts:
        return
    work(*cuts[0])
    for done in [_pool(os.getpid()).submit(work, a, b) for a, b in cuts[1:]]:
        done.result()


@cache
def _pool(_process: int) -> ThreadPoolExecutor:
    """The threads of a process; a fork has to start its own."""
    return ThreadPoolExecutor(THREADS)
