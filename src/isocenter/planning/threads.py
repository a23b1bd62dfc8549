"""Shares rows out among threads; the parts are cut by count alone, so results are the same bytes with any number."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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
    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(work, a, b) for a, b in cuts[1:]]:
            done.result()
