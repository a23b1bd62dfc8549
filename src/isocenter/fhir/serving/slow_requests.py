"""Ends requests that arrive too slowly, so that connections which trickle in cannot keep others from being answered.

A server takes in a limited number of connections, and each that sends a byte now and then would hold its place for
hours. A request has a time, which grows with the part of its body that came: enough for a chart over a slow line.
"""

import socket
import time
from contextlib import suppress
from typing import Any, NamedTuple

from waitress.channel import HTTPChannel
from waitress.utilities import Error

_SECONDS_TO_FINISH = 10.0
_READ_BYTES = 1 << 16
_HEAD = b"GET / HTTP/1.0\r\n"


class Pace(NamedTuple):
    """How long a request may take to arrive: some seconds, and more for each byte of its body that is there."""

    seconds: float = 30.0
    bytes_a_second: float = 10_000.0

    def allowed_seconds(self, body_bytes: int) -> float:
        """How long a request may be under way of whose body so many bytes have come."""
        return self.seconds + body_bytes / self.bytes_a_second


class TooSlow(Error):  # type: ignore[misc]  # waitress states no types
    """A request that did not arrive in time."""

    code = 408
    reason = "Request Timeout"


class PacedChannel(HTTPChannel):  # type: ignore[misc]
    """A connection whose requests have to arrive at a pace; one that asks nothing at all is closed."""

    pace = Pace()
    request: Any
    will_close: bool
    close_when_flushed: bool
    is_refused_early = False  # answered while more of its body may come

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._since: float = time.monotonic()
        self._has_asked = False
        self._ignores_until: float | None = None  # what still comes of a request that was refused early

    def received(self, data: bytes) -> bool:
        """Take in what came; the time of a request begins with its first byte."""
        before = self.request
        taken: bool = super().received(data)
        self._has_asked = self._has_asked or bool(self.requests)
        if self.request is not before:
            self._since = time.monotonic()
        return taken

    def readable(self) -> bool:
        """Whether more is to be read; asked in every round of the server's loop, for every connection."""
        if self._ignores_until is not None:
            if time.monotonic() > self._ignores_until:
                self.handle_close()
            return self._ignores_until is not None and bool(self.connected)
        if self.requests:  # what follows on the same connection is not read meanwhile
            self._since = time.monotonic()
            self._has_asked = True
        elif self._is_late():
            self._end()
        readable: bool = super().readable()
        return readable

    def handle_read(self) -> None:
        """Take in what came, or let it go where the request was refused before."""
        if self._ignores_until is None:
            super().handle_read()
        elif self.connected:
            with suppress(OSError):
                self.recv(_READ_BYTES)  # closes where the client has ended

    def handle_close(self) -> None:
        """Close, but let a client whose request was refused early finish sending: else it would not read why."""
        if self.is_refused_early and self._ignores_until is None and self.connected:
            self._ignores_until = time.monotonic() + _SECONDS_TO_FINISH
            self.will_close = self.close_when_flushed = False
            try:
                self.socket.shutdown(socket.SHUT_WR)
            except OSError:
                super().handle_close()
        else:
            super().handle_close()

    def _is_late(self) -> bool:
        if self.request is None and self._has_asked:  # idle between two requests, which the server itself limits
            return False
        body_bytes = self.request.body_bytes_received if self.request is not None else 0
        return time.monotonic() - self._since > self.pace.allowed_seconds(body_bytes)

    def _end(self) -> None:
        """Refuse what came of a request; close a connection on which nothing came."""
        with self.requests_lock:
            late, self.request = self.request, None
            self._since = time.monotonic()
            if late is None or self.will_close or self.close_when_flushed:
                self.will_close = True
                return
            if not late.headers_finished:
                late.parse_header(_HEAD)  # what answers a refusal asks for a path and a version
            late.error = TooSlow("it did not arrive in time")
            late.completed = True
            self.requests.append(late)
        self.server.add_task(self)
