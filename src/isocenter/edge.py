"""The edge of every command: an exception becomes one sentence and an exit code, a signal ends it cleanly."""

import contextlib
import errno
import io
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from isocenter.bytecode import cut_short
from isocenter.errors import IsocenterError
from isocenter.failures import failure_report
from isocenter.files.texts import shown
from isocenter.files.writing import is_of_a_full_disk, write_whole
from isocenter.signals import Stopping, says_that_it_stops, stopping_signals

# What only a failure needs is imported when there is one: every start would be slower.
# ruff: noqa: PLC0415

INTERRUPTED = 130
_AGAIN_AFTER_S = 1.0
_STOPPED = "stopped; what was finished is kept, nothing half written is left"
_TO_DO = {
    errno.ENOENT: "; put it back, or name another, and run again",
    errno.EACCES: "; give the account that runs this permission to read or write it, or name another",
    errno.EPERM: "; give the account that runs this permission to read or write it, or name another",
    errno.EROFS: "; name a folder that can be written",
}
_NO_MORE_PROCESSES = (
    "the system cannot start another process or thread; end other programs, or use fewer workers, and run again"
)
_LESS_USUALLY = "review a smaller case, or screen large files"
_LESS_MEMORY = {
    "plan": "plan on a wider grid (--spacing)",
    "screen": "allow more with --memory, or screen fewer claims at once",
}  # by command


class Stopped(KeyboardInterrupt):
    """A signal asked the command to end; of this kind, for a server's loop passes over any other exception."""


def run(work: Callable[[], int], command: str) -> int:
    """What the command returns, or 2 where it could not do its work, said in one sentence; 130 where it was stopped."""
    _expect_streams()
    _escape_what_cannot_be_shown()
    try:
        with _stopped_by_signals():
            try:
                code = work()
            finally:
                sys.stdout.flush()  # what cannot be written is said here, not by the interpreter when it ends
        if Stopping.came:  # the server's loop ended by it, and the work with the loop
            return _stopped()
        return code
    except IsocenterError as mistake:
        _say(str(mistake))
    except BrokenPipeError:
        _write_no_more()
    except KeyboardInterrupt:
        return _stopped()
    except MemoryError as mistake:
        _say(f"{_place(mistake)}there was not enough memory; {_LESS_MEMORY.get(command, _LESS_USUALLY)}")
    except OSError as mistake:
        _say(_sentence_of_the_system(mistake))
    except Exception as mistake:
        if Stopping.came:
            return _stopped()
        if type(mistake).__name__ == "OutOfMemoryException":  # of DuckDB, which is loaded only by what uses it
            _say(f"{_place(mistake)}there was not enough memory; {_LESS_MEMORY.get(command, _LESS_USUALLY)}")
            return 2
        if type(mistake).__name__ == "IOException":  # likewise
            full = "the disk is full; make room there, or name another folder"
            _say(f"{_place(mistake)}{full if is_of_a_full_disk(mistake) else str(mistake).splitlines()[0]}")
            return 2
        if isinstance(mistake, RuntimeError) and str(mistake) == "can't start new thread":
            _say(f"{_place(mistake)}{_NO_MORE_PROCESSES}")
            return 2
        cut = cut_short(mistake) if isinstance(mistake, EOFError) else ""
        _say(cut or _sentence_of_the_unforeseen(mistake, command))
    return 2


def _stopped() -> int:
    if says_that_it_stops():
        _say(_STOPPED)
    return INTERRUPTED


def _sentence_of_the_system(mistake: OSError) -> str:
    """What the system refused, with the file; a temporary file has no name that would help."""
    if mistake.errno == errno.EAGAIN and not mistake.filename:  # of a fork; reads and writes here wait
        return f"{_place(mistake)}{_NO_MORE_PROCESSES}"
    is_full = is_of_a_full_disk(mistake)
    where = f"{shown(str(mistake.filename))}: " if mistake.filename else ""
    if not where and not is_full:  # a full disk is where something is written, not where the work was
        where = _place(mistake)
    if not where and _write_no_more():
        where = "standard output: cannot be written: "
    if not where and is_full:
        where = "a temporary file cannot be written, because the folder that TMPDIR names is out of room: "
        if _output_is_unbuffered():  # nothing is left in it that would show that it was the one
            where = "standard output, or a temporary file in the folder that TMPDIR names, cannot be written: "
    if not where and mistake.errno == errno.ENOENT and not mistake.filename and not _working_folder_is_there():
        return "the folder in which the command was started is no longer there; change to another one and run again"
    to_do = _TO_DO.get(mistake.errno or 0, "") if mistake.filename else ""
    return f"{where}{mistake.strerror or mistake}{to_do}"


def _sentence_of_the_unforeseen(mistake: Exception, command: str) -> str:
    import tempfile

    report = failure_report(mistake, command)
    frames = traceback.extract_tb(mistake.__traceback__)
    name = f"isocenter-failure-{frames[-1].lineno if frames else 0}.txt"
    for folder in (Path(), Path(tempfile.gettempdir())):
        try:
            write_whole(folder / name, report)
        except (IsocenterError, OSError):
            continue
        where = name if folder == Path() else f"{name} among the temporary files"
        return (
            f"{_place(mistake)}this could not be processed ({type(mistake).__name__}), which is a fault of isocenter; "
            f"please send {where} to its developers: it says where in the program, and nothing of the case"
        )
    return f"{_place(mistake)}this could not be processed ({type(mistake).__name__}), which is a fault of isocenter"


def _place(mistake: BaseException) -> str:
    """What was being read, where it was noted (isocenter.errors.at)."""
    notes = getattr(mistake, "__notes__", [])
    return f"{notes[0]}: " if notes else ""


def _say(sentence: str) -> None:
    legible = sentence.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    text = "".join(letter if letter.isprintable() else " " for letter in legible)
    with contextlib.suppress(OSError, ValueError):
        print(f"isocenter: {text}", file=sys.stderr)


def _expect_streams() -> None:
    """A stream that whoever began the program has closed takes what is printed, and keeps none of it."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115  # until the program ends


def _write_no_more() -> bool:
    """Drop what standard output could not take, which the interpreter would try again; whether there was any."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        return False
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    return True


def _working_folder_is_there() -> bool:
    try:
        Path.cwd()
    except FileNotFoundError:
        return False
    return True


def _output_is_unbuffered() -> bool:
    """Whether each line goes to a file or device at once, as PYTHONUNBUFFERED asks for."""
    return isinstance(getattr(sys.stdout, "buffer", None), io.RawIOBase) and not sys.stdout.isatty()


def _escape_what_cannot_be_shown() -> None:
    """A letter that the terminal's encoding lacks, or half a letter of a file name, is escaped and ends nothing."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError, OSError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


@contextlib.contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Ctrl-C, SIGTERM and SIGHUP unwind the stack, so that partial files are removed.

    What the handler raises may be lost in a library, which it came upon in a callback: it is raised again after a
    second, and so on, but while what it raised is being handled, and until a server says that its loop has ended.
    """
    Stopping.came = False
    clock = getattr(signal, "SIGALRM", None)

    def stop(number: int, _: FrameType | None) -> None:
        Stopping.came = True
        if clock is not None:
            signal.signal(clock, again)
            signal.setitimer(signal.ITIMER_REAL, _AGAIN_AFTER_S, _AGAIN_AFTER_S)
        raise Stopped(number)

    def again(number: int, _: FrameType | None) -> None:
        if not _is_being_handled(sys.exc_info()[1]):
            raise Stopped(number)

    told = sys.unraisablehook

    def tell(lost: "sys.UnraisableHookArgs") -> None:
        if not isinstance(lost.exc_value, Stopped):  # which is raised again
            told(lost)

    sys.unraisablehook = tell
    before = {}
    for one in stopping_signals():
        with contextlib.suppress(ValueError):  # not in the main thread: whoever runs us there has handlers of its own
            before[one] = signal.signal(one, stop)
    try:
        yield
    finally:
        if clock is not None and Stopping.came:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(clock, signal.SIG_DFL)
        for one, handler in before.items():
            signal.signal(one, handler)
        sys.unraisablehook = told


def _is_being_handled(mistake: BaseException | None) -> bool:
    """Whether an exception, or one during which it was raised, is that of a signal."""
    while mistake is not None:
        if isinstance(mistake, Stopped):
            return True
        mistake = mistake.__context__
    return False
