"""Starts the command line, as `isocenter` and as `python -m isocenter`."""

import os
import signal
import sys
from types import FrameType

_INTERRUPTED = 130


def start() -> None:
    """Run the command line; a Ctrl-C while it is being loaded, or has ended, is answered in one line."""
    signal.signal(signal.SIGINT, _stop)
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
    os.write(2, b"isocenter: stopped\n")
    os._exit(_INTERRUPTED)


if __name__ == "__main__":
    start()
