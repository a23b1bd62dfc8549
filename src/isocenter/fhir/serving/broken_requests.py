"""Answers requests whose framing is broken, which never reach an application: by an OperationOutcome, or by a page."""

import json
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from waitress.task import ErrorTask

from isocenter.fhir.outcomes import outcome_of
from isocenter.fhir.serving.framing import HeadTask, StrictParser
from isocenter.fhir.serving.slow_requests import Pace, PacedChannel
from isocenter.fhir.settings import MOST_BYTES
from isocenter.fhir.structures.checker import Issue

_TOO_LONG = 413
_TOO_LATE = 408
_CODES = {408: "timeout", 413: "too-long", 431: "too-long", 500: "exception", 501: "not-supported"}

_PACE = Pace()


class Refusal(NamedTuple):
    """What is answered to a broken request."""

    content_type: str
    body: bytes


Write = Callable[[str, int, str], Refusal]  # from the path that was asked for, the status and the reason


def outcome_of_refusal(_path: str, status: int, reason: str) -> Refusal:
    """The OperationOutcome of a request that was refused before it was read whole."""
    sentence = f"the request is not read: {reason}; send it whole, by the rules of HTTP"
    if status == _TOO_LONG:
        sentence = (
            f"the request is not read: it is longer than the {MOST_BYTES:,} bytes that are read; send fewer"
            " documents with it, and the others later by $submit-attachment"
        )
    issue = Issue("fatal" if status >= 500 else "error", _CODES.get(status, "structure"), "", sentence)
    return Refusal("application/fhir+json; charset=utf-8", json.dumps(outcome_of([issue])).encode())


def answer_broken(sockets: Iterable[Any], write: Write = outcome_of_refusal, at: Pace = _PACE) -> None:
    """Let the sockets of a waitress server answer what they refuse themselves as `write` does, not in plain text.

    A request that arrives slower than `at`, or states its length in two ways, is refused too.
    """

    class Task(ErrorTask):  # type: ignore[misc]  # waitress states no types
        def execute(self) -> None:
            refused = self.request.error
            # A first line that is none leaves the request without a path; an error here would never be answered.
            path = getattr(self.request, "path", "")
            refusal = write(path, refused.code, refused.body or refused.reason)
            self.status = f"{refused.code} {refused.reason}"
            self.response_headers.append(("Content-Type", refusal.content_type))
            self.set_close_on_finish()
            self.channel.is_refused_early = refused.code != _TOO_LATE
            self.content_length = len(refusal.body)
            self.write(refusal.body)

    class Channel(PacedChannel):
        pace = at
        parser_class = StrictParser
        task_class = HeadTask
        error_task_class = Task

    for socket in sockets:
        if hasattr(socket, "channel_class"):
            socket.channel_class = Channel
