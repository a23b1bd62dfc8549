"""Two long works at once, each in a process of its own, so that neither waits for the other's Python."""

import contextlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar

from isocenter.planning.optimizing.steering import Progress

Made = TypeVar("Made")
Work = Callable[[Progress], Made]
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Beside(Generic[Made]):
    """Work that was begun in another process. Its progress is passed on when `pass_on` is called."""

    def __init__(self, work: Work[Made], progress: Progress) -> None:
        self._work, self._progress = work, progress
        # Forked, so that the patient is shared and not copied, and nothing is imported again.
        context = multiprocessing.get_context("fork")
        self._received, sender = context.Pipe(duplex=False)
        self._process = context.Process(target=_work_and_send, args=(work, sender, self._received), daemon=True)
        # A signal that comes while it is forked waits until the process has its own answer to it.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        sender.close()
        self._ended: tuple[str, Any] | None = None

    def pass_on(self) -> None:
        """Pass on what has been said so far."""
        while self._ended is None and self._received.poll():
            self._take()

    def result(self) -> Made:
        """What the work made, once it is done; it is done here where its process was ended from outside."""
        while self._ended is None:
            self._take()
        how, content = self._ended
        self._process.join()
        if how == "failed":
            raise content
        made: Made = content if how == "made" else self._work(self._progress)
        return made

    def end(self) -> None:
        """End the process, whether or not it is done."""
        self._process.kill()
        self._process.join()
        self._received.close()

    def _take(self) -> None:
        try:
            how, content = self._received.recv()
        except EOFError:
            how, content = "lost", None
        if how == "said":
            self._progress(content)
        else:
            self._ended = how, content


@contextmanager
def beside(work: Work[Made], progress: Progress) -> Iterator[Beside[Made]]:
    """A work that goes on in another process while the block runs, and that ends with it."""
    begun = Beside(work, progress)
    try:
        yield begun
    finally:
        begun.end()


def can_work_side_by_side() -> bool:
    """Whether there is a second processor, and a system on which a process can be forked safely."""
    return sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1


def _work_and_send(work: Work[Any], sender: Connection, receiver: Connection) -> None:
    # Who began it unwinds when a command is stopped, and ends it; it says nothing itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for one in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
    receiver.close()
    with contextlib.suppress(BrokenPipeError):  # who began it is gone
        try:
            sender.send(("made", work(lambda text: sender.send(("said", text)))))
        except BrokenPipeError:
            raise
        except Exception as mistake:  # whatever it is, it is raised where the result is asked for
            sender.send(("failed", mistake))
