"""Memory of large arrays that is kept for the next ones while plans are made.

The C library gives the memory of a large array back to the system as soon as it is done with, and the next one waits
for its pages to be found and cleared again: a tenth of the CPU seconds of a plan.
"""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Options of mallopt in glibc's malloc.h, and the greatest values that its own adjusting would come to.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_USUAL_MMAP, _USUAL_TRIM = 32 << 20, 64 << 20
_KEPT = 1 << 30  # bytes: larger arrays are given back at once, and more than that at the end of what was used


@contextmanager
def kept_memory() -> Iterator[None]:
    """Keep memory of arrays for the next ones within the block; at its end it is given back. Linux with glibc only."""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    if not hasattr(library, "mallopt") or not hasattr(library, "malloc_trim"):
        library = None
    _set(library, _KEPT, _KEPT)
    try:
        yield
    finally:
        _set(library, _USUAL_MMAP, _USUAL_TRIM)
        if library is not None:
            library.malloc_trim(0)


def _set(library: ctypes.CDLL | None, mmap: int, trim: int) -> None:
    if library is not None:
        library.mallopt(_MMAP_THRESHOLD, mmap)
        library.mallopt(_TRIM_THRESHOLD, trim)
