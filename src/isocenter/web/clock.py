"""The clock of a request: when it is due, and the time that it stood still while documents were outstanding."""

from datetime import datetime, timedelta

from django.utils import timezone

from isocenter.web import organization
from isocenter.web.models import ClockEvent, Request
from isocenter.web.models.requests import Priority


def due_at(received_at: datetime, priority: str) -> datetime:
    """When an answer is due."""
    if priority == Priority.EXPEDITED:
        return received_at + timedelta(hours=organization.number("expedited_hours"))
    return received_at + timedelta(days=organization.number("standard_days"))


def start(request: Request) -> None:
    """Record that the clock started when the request came in."""
    _record(request, ClockEvent.Kind.STARTED, request.received_at, "The request came in")


def stop(request: Request, because: str) -> None:
    """Stop the clock, where the setting says that it stops and it runs; the caller saves the request."""
    if organization.is_on("clock_stops") and request.clock_stopped_at is None:
        request.clock_stopped_at = timezone.now()
        _record(request, ClockEvent.Kind.STOPPED, request.clock_stopped_at, because)


def resume(request: Request, because: str) -> None:
    """Let a stopped clock run on; what is due moves by the time it stood still. The caller saves the request."""
    if request.clock_stopped_at is not None:
        now = timezone.now()
        request.due_at += now - request.clock_stopped_at
        request.clock_stopped_at = None
        _record(request, ClockEvent.Kind.RESUMED, now, because)


def end(request: Request, because: str) -> None:
    """End the clock with a determination; the caller saves the request."""
    resume(request, "The request is decided")
    request.determined_at = timezone.now()
    _record(request, ClockEvent.Kind.ENDED, request.determined_at, because)


def withdraw(request: Request, because: str) -> None:
    """End the clock without a determination; the caller saves the request."""
    resume(request, "The request is withdrawn")
    _record(request, ClockEvent.Kind.ENDED, timezone.now(), because)


def reopen(request: Request, because: str) -> None:
    """Start the clock again for a request that was decided; the caller saves the request."""
    now = timezone.now()
    request.determined_at = None
    request.due_at = due_at(now, request.priority)
    _record(request, ClockEvent.Kind.REOPENED, now, because)


def _record(request: Request, kind: str, at: datetime, because: str) -> None:
    ClockEvent.objects.create(request=request, kind=kind, at=at, because=because)
