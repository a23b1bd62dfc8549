"""Answers requests whose framing is broken, which never reach the service, by an OperationOutcome like all others."""

import json
from collections.abc import Iterable
from typing import Any

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

from isocenter.fhir.outcomes import outcome_of
from isocenter.fhir.structures.checker import Issue

_CODES = {413: "too-long", 431: "too-long", 500: "exception", 501: "not-supported"}


def answer_by_outcomes(sockets: Iterable[Any]) -> None:
    """Let the sockets of a waitress server answer what they refuse themselves in JSON."""
    for socket in sockets:
        if hasattr(socket, "channel_class"):
            socket.channel_class = _Channel


def outcome_of_refusal(status: int, reason: str) -> bytes:
    """The OperationOutcome of a request that was refused before it was read whole."""
    sentence = f"the request is not read: {reason}; send it whole, by the rules of HTTP"
    issue = Issue("fatal" if status >= 500 else "error", _CODES.get(status, "structure"), "", sentence)
    return json.dumps(outcome_of([issue])).encode()


class _OutcomeTask(ErrorTask):  # type: ignore[misc]  # waitress states no types
    def execute(self) -> None:
        refused = self.request.error
        body = outcome_of_refusal(refused.code, refused.body or refused.reason)
        self.status = f"{refused.code} {refused.reason}"
        self.response_headers.append(("Content-Type", "application/fhir+json; charset=utf-8"))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(HTTPChannel):  # type: ignore[misc]
    error_task_class = _OutcomeTask
