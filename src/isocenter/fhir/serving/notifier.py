"""Notifies subscribers of what a person answers to pended requests: a few attempts each, further and further apart."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from http.client import HTTPException

from isocenter.fhir.authorizations.current_answers import CurrentAnswers
from isocenter.fhir.authorizations.records import Records, Waiting
from isocenter.fhir.clients.addresses import DIRECT
from isocenter.fhir.clients.subscriptions import ACTIVE, FAILED, HANDSHAKE, notification

_WAITS_SECONDS = (10.0, 60.0, 300.0, 1800.0)  # before the second attempt and the following ones
_TIMEOUT_SECONDS = 5.0
_EVERY_SECONDS = 2.0
_AT_ONCE = 20

Post = Callable[[str, bytes, Sequence[tuple[str, str]]], int]


def post(endpoint: str, body: bytes, headers: Sequence[tuple[str, str]]) -> int:
    """Send a notification; the status of the answer, 0 without an answer."""
    request = urllib.request.Request(endpoint, body, dict(headers) | {"Content-Type": "application/fhir+json"})
    try:
        with DIRECT.open(request, timeout=_TIMEOUT_SECONDS) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as refused:
        return refused.code
    except (OSError, ValueError, HTTPException):
        return 0


class Notifier:
    """Finds what a person determined or asked for by a letter since, and delivers what is due."""

    def __init__(
        self,
        answers: CurrentAnswers,
        records: Records,
        base_url: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC).replace(microsecond=0),
        send: Post = post,
    ) -> None:
        self._answers = answers
        self._records = records
        self._base_url = base_url
        self._now = now
        self._send = send
        self._looked_behind = ""

    def step(self) -> None:
        """Look once at the requests that wait, and make the attempts that are due."""
        answered, self._looked_behind = self._answers.newly_answered(self._looked_behind)
        for assertion_id in answered:
            about = self._records.about(assertion_id)
            if about:
                self._records.notify_of(assertion_id, about.organization, self._now().timestamp())
        for waiting in self._records.due_notifications(self._now().timestamp(), _AT_ONCE):
            self._deliver(waiting)

    def _deliver(self, waiting: Waiting) -> None:
        subscription = self._records.subscription(waiting.subscription_id)
        if subscription is None or subscription.status == FAILED:
            self._records.settle_notification(waiting, "dropped")
            return
        answered = self._answers.answer_of(waiting.assertion_id) if waiting.assertion_id else None
        body = notification(subscription, self._base_url, waiting.kind, waiting.number, answered, self._now())
        data = json.dumps(body, ensure_ascii=False, default=float).encode()
        status = self._send(subscription.endpoint, data, subscription.headers)
        if 200 <= status < 300:
            self._records.settle_notification(waiting, "delivered")
            if waiting.kind == HANDSHAKE:
                self._records.set_subscription_status(subscription.subscription_id, ACTIVE)
        elif waiting.attempts < len(_WAITS_SECONDS):
            self._records.postpone_notification(waiting, self._now().timestamp() + _WAITS_SECONDS[waiting.attempts])
        else:
            self._records.settle_notification(waiting, "failed")
            self._records.set_subscription_status(subscription.subscription_id, FAILED)

    def run(
        self, stop: threading.Event, say: Callable[[str], None], before_each: Callable[[], None] = lambda: None
    ) -> None:
        """Step again and again until stopped; failures are reported without any content."""
        while not stop.wait(_EVERY_SECONDS):
            try:
                before_each()
                self.step()
            except Exception as wrong:
                say(f"notifications: {type(wrong).__name__}; they are tried again")
