"""Runs what reads a PDF in a process of its own, which may fail alone.

The library that reads PDF follows a page that draws itself without end, and ends the whole process where a page asks
for more memory than there is. The process is held to a limit of each, so that such a page costs itself and no other.
"""

import atexit
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import Any, TypeVar

MEMORY_BYTES = 1_500_000_000

_Answer = TypeVar("_Answer")


class DidNotReturn(Exception):  # it says what happened; its caller says what it means
    """What ran apart took more time or memory than it may, or ended its process."""


class _Process:
    """A process that answers one question after another."""

    def __init__(self) -> None:
        self.of = os.getpid()
        where = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        where |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # each further thread takes room of its own
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=where,
        )  # fmt: skip

    def answer(self, seconds: float, question: Callable[[], Any]) -> Any:
        questions, answers = self._process.stdin, self._process.stdout
        assert questions is not None
        assert answers is not None
        try:
            pickle.dump((seconds, question), questions)
            questions.flush()
            returned, answer = pickle.load(answers)  # of a process of our own
        except (OSError, EOFError, pickle.UnpicklingError):
            raise DidNotReturn from None
        if returned:
            return answer
        raise answer

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


_idle: list[_Process] = []
_lock = Lock()


def run_apart(seconds: float, question: Callable[[], _Answer]) -> _Answer:
    """What a function of a module, or a partial of one, answers or raises in a process of its own.

    Raises DidNotReturn after so many seconds of the processor, beyond MEMORY_BYTES, and where the process ends.
    """
    with _lock:
        process = next((_idle.pop(place) for place, one in enumerate(_idle) if one.of == os.getpid()), None)
    process = process or _Process()
    try:
        answer: _Answer = process.answer(seconds, question)
    except DidNotReturn:
        process.end()
        raise
    except Exception:  # the function's own
        _idle.append(process)
        raise
    except BaseException:  # Ctrl-C: the answer is not waited for
        process.end()
        raise
    _idle.append(process)
    return answer


@atexit.register
def _end_all() -> None:
    for process in _idle:
        if process.of == os.getpid():
            process.end()


def _limit_memory() -> None:
    try:
        import resource  # noqa: PLC0415  # not on every machine
    except ImportError:
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    wanted = MEMORY_BYTES if most == resource.RLIM_INFINITY else min(MEMORY_BYTES, most)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_seconds(seconds: float) -> None:
    """End the process once it has taken so many seconds of the processor from now; 0 takes the limit away."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def main() -> None:
    """Answer the questions on standard input until it ends."""
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(2, 1)  # what a library prints is not an answer
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit_memory()
    with suppress(EOFError, BrokenPipeError):
        while True:
            seconds, question = pickle.load(questions)  # of the process that began this one
            _limit_seconds(seconds)
            try:
                answer: tuple[bool, Any] = True, question()
            except MemoryError:
                return
            except Exception as wrong:  # it is raised where the question was asked
                answer = False, wrong
            _limit_seconds(0)
            pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
            answers.flush()


if __name__ == "__main__":
    main()
