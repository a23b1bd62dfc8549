"""The work that is done in the background: one task a state of a request's files, found again when a worker dies."""

import contextlib
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import cache

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django_tasks import task

from isocenter.errors import IsocenterError
from isocenter.failures import failure_report
from isocenter.files.texts import shown
from isocenter.files.writing import is_of_a_full_disk
from isocenter.review.reviewer import Reviewer
from isocenter.web import journal
from isocenter.web.models import Request
from isocenter.web.models.requests import State
from isocenter.web.retention import remove_leftovers, remove_what_is_over
from isocenter.web.reviewing.keeping import keep_run
from isocenter.web.reviewing.running import run_review

LEASE = timedelta(seconds=settings.WORKER_LEASE_SECONDS)
_RENEWED_EVERY_SECONDS = settings.WORKER_LEASE_SECONDS / 4


def have_reviewed(request: Request) -> None:
    """Have a request reviewed once the transaction that changed it is kept."""
    key, generation = request.pk, request.generation
    transaction.on_commit(lambda: review.enqueue(key, generation))


@task()
def review(request_id: int, generation: int) -> str:
    """Review one generation of a request, unless it is reviewed, superseded, or another worker is at it.

    A worker holds a lease on what it reviews. One that dies leaves the request as it was, and the lease runs out.
    """
    if not _take_lease(request_id, generation):
        return "nothing to do"
    request = Request.objects.get(pk=request_id)
    try:
        with _renewed(request_id):
            outcome = run_review(request, generation, reviewer(), lambda said: _show_progress(request_id, said))
        keep_run(request_id, generation, outcome)
    except IsocenterError as wrong:
        _leave_unreviewed(request_id, generation, shown(str(wrong)))
        return "could not be reviewed"
    except Exception as wrong:
        _leave_unreviewed(request_id, generation, _why_it_failed(wrong))
        return "failed"
    return "reviewed"


def _why_it_failed(wrong: Exception) -> str:
    """What to do about a review that ended in no sentence; of a fault, its place in the program and nothing else."""
    if is_of_a_full_disk(wrong):
        return "The disk of the server is full; ask an administrator to make room, and review again."
    report = failure_report(wrong, "review").splitlines()
    place = report[-1].strip() if len(report) > 2 else ""
    return (
        f"This could not be processed ({type(wrong).__name__}, {place}), which is a fault of isocenter; "
        "review the case by hand, and send this sentence to its developers."
    )


@cache
def reviewer() -> Reviewer:
    """The policies that requests are reviewed by, prepared once a process."""
    return Reviewer(settings.POLICIES)


def find_abandoned() -> int:
    """Enqueue again every request whose review nobody works on; how many there were.

    A task that was lost, or was cut off with its worker, is found by what it leaves: a request in review whose lease
    has run out. To enqueue one twice does no harm.
    """
    now = timezone.now()
    quiet_since = now - LEASE
    waiting = Request.objects.filter(state=State.IN_REVIEW).filter(
        Q(worked_on_until__lt=now) | Q(worked_on_until=None, received_at__lt=quiet_since)
    )
    found = list(waiting.values_list("pk", "generation"))
    already = _enqueued()
    lost = [one for one in found if one not in already]
    for key, generation in lost:
        review.enqueue(key, generation)
    return len(lost)


def _enqueued() -> set[tuple[int, int]]:
    from django_tasks_db.models import DBTaskResult  # noqa: PLC0415  # a model, which loads after the apps

    waiting = DBTaskResult.objects.ready().values_list("args_kwargs", flat=True)
    return {(row["args"][0], row["args"][1]) for row in waiting}


@transaction.atomic
def _take_lease(request_id: int, generation: int) -> bool:
    now = timezone.now()
    return bool(
        Request.objects.filter(pk=request_id, generation=generation, state=State.IN_REVIEW)
        .filter(Q(worked_on_until=None) | Q(worked_on_until__lt=now))
        .update(worked_on_until=now + LEASE, progress="Reading the files")
    )


@contextlib.contextmanager
def _renewed(request_id: int) -> Iterator[None]:
    """Renew the lease while the work goes on, in a thread of its own: measuring a plan holds the other one for long."""
    done = threading.Event()

    def renew() -> None:
        while not done.wait(_RENEWED_EVERY_SECONDS):
            with contextlib.suppress(Exception):  # a locked database is tried again
                Request.objects.filter(pk=request_id).update(worked_on_until=timezone.now() + LEASE)
        connection.close()

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(timeout=5)


def _show_progress(request_id: int, said: str) -> None:
    Request.objects.filter(pk=request_id).update(progress=said, worked_on_until=timezone.now() + LEASE)


@transaction.atomic
def _leave_unreviewed(request_id: int, generation: int, because: str) -> None:
    request = Request.objects.select_for_update().get(pk=request_id)
    if request.generation != generation or request.state != State.IN_REVIEW:
        return
    request.state = State.UNREADABLE
    request.unreadable_because = because.replace("\x00", "")
    request.progress = ""
    request.worked_on_until = None
    request.save()
    journal.write(None, "could not review", request, generation=generation)


def work_until_stopped(stop: threading.Event, poll_seconds: float = 0.5) -> None:
    """Work off tasks until asked to stop; look for abandoned ones now and then."""
    from django_tasks_db.management.commands.db_worker import Worker  # noqa: PLC0415

    looked_at = 0.0
    while not stop.is_set():
        if time.monotonic() - looked_at > LEASE.total_seconds() / 2:
            find_abandoned()
            remove_what_is_over()
            remove_leftovers()
            looked_at = time.monotonic()
        Worker(
            queue_names=["*"],
            interval=0,
            batch=True,
            backend_name="default",
            startup_delay=False,
            max_tasks=1,
            worker_id=f"{id(stop):x}"[-12:],
            excluded_queue_names=[],
        ).run()
        stop.wait(poll_seconds)
