"""Processes that review beside the pages, and the one that notifies FHIR clients of determinations."""

import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from isocenter.signals import SERVED_BY
from isocenter.web.serving.interfaces import fhir_of_settings, interfaces_at

if TYPE_CHECKING:
    from isocenter.fhir.serving.notifier import Notifier

# Django's modules may be imported only once the settings are known.
# ruff: noqa: PLC0415

SECONDS_TO_END = 10
_LOCK_TRIED_EVERY_SECONDS = 5.0


def keep_a_worker(stop: threading.Event) -> None:
    """Keep one process at work; one that ends is started again."""
    command = [sys.executable, "-m", "isocenter", "serve", "--only-work"]
    while not stop.is_set():
        environment = {**os.environ, SERVED_BY: str(os.getpid())}
        # In a group of its own: a Ctrl-C is for the process that serves, which then ends its workers.
        worker = subprocess.Popen(command, stdin=subprocess.DEVNULL, env=environment, process_group=0)
        while worker.poll() is None and not stop.wait(0.3):
            pass
        if worker.poll() is None:
            worker.terminate()
            with suppress(subprocess.TimeoutExpired):
                worker.wait(SECONDS_TO_END)
        if worker.poll() is None:
            worker.kill()
        stop.wait(1.0)


def work(say: Callable[[str], None]) -> None:
    """Work off reviews until asked to stop, or until the process that serves is gone."""
    from django.conf import settings

    from isocenter.web.reviewing.tasks import work_until_stopped

    os.nice(settings.WORKER_NICENESS)
    stop = threading.Event()
    parent = int(os.environ.get(SERVED_BY) or os.getppid())  # it may be gone before a worker can ask who began it
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())

    def watch() -> None:
        while not stop.wait(1.0):
            if os.getppid() != parent:
                stop.set()

    threading.Thread(target=watch, daemon=True).start()
    base_url, fhir = fhir_of_settings()
    if fhir is not None:
        # A notifier checks no resource by its profile; packages of profiles would take seconds to load.
        notifying = (interfaces_at(replace(fhir, packages=()), base_url).notifier, stop, say)
        threading.Thread(target=notify_alone, args=notifying, daemon=True).start()
    work_until_stopped(stop)


def notify_alone(notifier: "Notifier", stop: threading.Event, say: Callable[[str], None]) -> None:
    """Notify FHIR clients of determinations, in one process at a time of those that share the data folder."""
    from django.conf import settings
    from django.db import close_old_connections

    with Path(settings.DATA_FOLDER, "fhir-notifier.lock").open("w") as file:
        while not stop.is_set():
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                stop.wait(_LOCK_TRIED_EVERY_SECONDS)
            else:
                notifier.run(stop, say, close_old_connections)
