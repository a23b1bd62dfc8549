"""How long one input may take, and the alarm that ends what takes longer."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

LONGEST_SECONDS = 10.0  # of CPU
# The alarm counts time on the clock, which passes six times as fast where other processes share the cores.
ALARM_SECONDS = int(6 * LONGEST_SECONDS)


class StillRunning(BaseException):
    """Ends what takes too long. No `except Exception` or `except OSError` of what runs may take it for its own."""


@contextmanager
def no_longer_than(seconds: int) -> Iterator[None]:
    """Raise StillRunning in the body after so many seconds on the clock."""

    def stop(_: int, frame: FrameType | None) -> None:
        raise StillRunning(f"still in {frame.f_code.co_filename if frame else ''} after {seconds} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
