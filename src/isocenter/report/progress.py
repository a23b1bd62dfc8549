"""One line that says how far a long task is, how fast it goes and how long it will take."""

import os
import time
from typing import TextIO

_SHORTEST_STEP_S = 0.5


def can_rewrite(stream: TextIO) -> bool:
    """Whether a stream is a terminal on which a line can be written over."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


class ProgressLine:
    """Writes over itself on a terminal; elsewhere a line is written each time a tenth is done."""

    def __init__(self, stream: TextIO, unit: str = "lines") -> None:
        self._stream, self._rewrites, self._unit = stream, can_rewrite(stream), unit
        self._stage, self._began, self._begun_at, self._shown, self._tenth = "", 0.0, 0, 0.0, -1

    def __enter__(self) -> "ProgressLine":
        return self

    def __exit__(self, *_: object) -> None:
        if self._rewrites and self._stage:
            self._stream.write("\n")

    def show(self, stage: str, done: int, total: int) -> None:
        """Say that `done` units of `total` are through a stage; `total` is 0 where it is not known."""
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._began, self._begun_at, self._shown, self._tenth = stage, now, done, 0.0, -1
        text = f"{stage}: {_text(done, total, done - self._begun_at, now - self._began, self._unit)}"
        if self._rewrites:
            if now - self._shown >= _SHORTEST_STEP_S or done == total:
                self._shown = now
                self._stream.write(f"\r\x1b[K{text}")
                self._stream.flush()
            return
        tenth = 10 * done // total if total else done
        if tenth != self._tenth:
            self._tenth = tenth
            self._stream.write(f"{text}\n")
            self._stream.flush()


def _text(done: int, total: int, progressed: int, seconds: float, unit: str) -> str:
    parts = [f"{done:,} of {total:,} {unit}" if total else f"{done:,} {unit}"]
    if progressed and seconds > 1:
        rate = progressed / seconds
        parts.append(f"{rate:,.0f} {unit}/s")
        if total > done:
            parts.append(f"{_duration((total - done) / rate)} left")
    return ", ".join(parts)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min"
