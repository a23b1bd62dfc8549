"""Worker processes that end with the run that began them, however it ends."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children, get_context

from isocenter.screening.freed_memory import keep_freed_memory_in_workers

_SECONDS_BETWEEN_LOOKS = 0.5


@contextmanager
def workers(count: int) -> Iterator[ProcessPoolExecutor]:
    """A pool of worker processes; where the block fails, they are ended and not waited for."""
    keep_freed_memory_in_workers()
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
