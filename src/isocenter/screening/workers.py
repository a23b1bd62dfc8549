"""Worker processes that end with the run that began them, however it ends."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children, get_context

_SECONDS_BETWEEN_LOOKS = 0.5
# The database's allocator gives back what a query freed, and the next one has the system clear the same pages again:
# a third of the system's time in a part. A worker keeps them; what its database may hold limits them as before.
_KEEP_FREED_MEMORY = ("DUCKDB_JE_MALLOC_CONF", "dirty_decay_ms:-1,muzzy_decay_ms:-1")


@contextmanager
def workers(count: int) -> Iterator[ProcessPoolExecutor]:
    """A pool of worker processes; where the block fails, they are ended and not waited for."""
    os.environ.setdefault(*_KEEP_FREED_MEMORY)
    # Spawned, not forked: a database library's threads do not survive a fork.
    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_begin, initargs=(os.getpid(),))
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in active_children():
            child.terminate()
        raise
    pool.shutdown()


def _begin(run: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the run decides what Ctrl-C ends
    threading.Thread(target=_end_with, args=(run,), daemon=True).start()


def _end_with(run: int) -> None:
    """A run that was killed can end nobody: its workers look whether it is still there."""
    while os.getppid() == run:
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    os._exit(1)
