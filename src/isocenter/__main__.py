"""Starts the command line, as `isocenter` and as `python -m isocenter`."""

import atexit
import os
import signal
import sys
from types import FrameType

from isocenter.signals import says_that_it_stops, stopping_signals

_INTERRUPTED = 130


def start() -> None:
    """Run the command line; a Ctrl-C or SIGTERM while it is being loaded is answered in one line.

    One that comes when all is done and only the interpreter ends changes nothing.
    """
    atexit.register(_stop_no_more)  # the first to be registered is the last to be called
    for one in stopping_signals():
        signal.signal(one, _stop)
    try:
        from isocenter.cli import main  # noqa: PLC0415 - what it takes to load may be interrupted
    except EOFError as mistake:
        from isocenter.bytecode import cut_short  # noqa: PLC0415 - a start that succeeds does without

        if not (sentence := cut_short(mistake)):
            raise
        sys.stderr.write(f"isocenter: {sentence}\n")
        sys.exit(2)

    sys.exit(main())


def _stop(_: int, __: FrameType | None) -> None:
    if says_that_it_stops():
        os.write(2, b"isocenter: stopped\n")
    os._exit(_INTERRUPTED)


def _stop_no_more() -> None:
    for one in stopping_signals():
        signal.signal(one, signal.SIG_IGN)


if __name__ == "__main__":
    start()
