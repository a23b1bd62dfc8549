"""`isocenter serve`: one command that sets up the database, serves the pages and works off reviews."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isocenter.errors import IsocenterError, UnreadableInput

if TYPE_CHECKING:
    from isocenter.fhir.notifier import Notifier
    from isocenter.fhir.service import Service
    from isocenter.fhir.serving import FhirServing, Interfaces

    Application = Callable[[dict[str, Any], Any], Any]

# Django's modules may be imported only once the settings are known.
# ruff: noqa: PLC0415

_LIBRARIES = (
    "django",
    "django_tasks_db",
    "django_htmx",
    "axes",
    "csp",
    "django_otp",
    "whitenoise",
    "waitress",
    "segno",
    "isal",
)
_THREADS = 8
FHIR_PATH = "/fhir"
_SECONDS_TO_END = 10


class NotInstalled(IsocenterError):
    """The workbench's libraries are not installed."""


@dataclass(frozen=True, slots=True)
class Serving:
    """Where to serve, and how many processes work off reviews beside it."""

    host: str = "127.0.0.1"
    port: int = 8000
    data: Path | None = None
    workers: int = 1
    only_work: bool = False
    fhir: "FhirServing | None" = None  # the FHIR interfaces beside the pages


def serve(wanted: Serving, say: Callable[[str], None]) -> None:
    """Serve the workbench until a signal ends it; NotInstalled where its libraries are missing."""
    set_up(wanted.data, wanted.host)
    from django.core.management import call_command

    if wanted.only_work:
        _work()
        return
    expect_policy_text()
    call_command("migrate", verbosity=0, interactive=False)
    address = f"http://{wanted.host}:{wanted.port}"
    stop = threading.Event()
    threads = [threading.Thread(target=_keep_a_worker, args=(stop,), daemon=True) for _ in range(wanted.workers)]
    application = pages()
    if wanted.fhir is not None:
        interfaces = interfaces_at(wanted.fhir, address)
        application = with_fhir(application, interfaces.service)
        threads.append(threading.Thread(target=_notify, args=(interfaces.notifier, stop, say), daemon=True))
    for line in [*_first_words(address), *_fhir_words(wanted.fhir, address)]:
        say(line)
    for thread in threads:
        thread.start()
    try:
        _answer(application, wanted.host, wanted.port)
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=_SECONDS_TO_END + 1)


def set_up(data: Path | None = None, host: str = "") -> None:
    """Make Django ready, with the settings of the environment; NotInstalled where a library is missing."""
    missing = [name for name in _LIBRARIES if find_spec(name) is None]
    if missing:
        raise NotInstalled("the workbench needs further libraries; run `pip install 'isocenter[web]'`")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "isocenter.web.settings")
    if data is not None:
        os.environ["ISOCENTER_DATA"] = str(data.absolute())
    if host and _is_this_machine(host):
        os.environ.setdefault("ISOCENTER_HTTPS", "0")
    elif host:
        os.environ.setdefault("ISOCENTER_HOSTS", host)
    import django
    from django.conf import settings

    for folder in (settings.DATA_FOLDER, settings.STATIC_ROOT):
        Path(folder).mkdir(parents=True, exist_ok=True, mode=0o700)
    django.setup()


def _is_this_machine(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


def expect_policy_text() -> None:
    """UnreadableInput where a copy of the policy's text is named that is not there, or is another text."""
    from django.conf import settings

    from isocenter.review.reviewer import Reviewer
    from isocenter.rulebook.citations import Passages

    if settings.POLICY_TEXT is None:
        return
    if not settings.POLICY_TEXT.is_file():
        raise UnreadableInput(f"{settings.POLICY_TEXT}: there is no such file; ISOCENTER_POLICY_TEXT names it")
    Passages.read(settings.POLICY_TEXT, Reviewer(settings.POLICIES).rulebooks[0].sections)


def _first_words(address: str) -> list[str]:
    """Where the workbench is, and a one-time link for a first administrator as long as there is none."""
    from django.conf import settings
    from django.urls import reverse

    from isocenter.web.models import Invitation, Person, Role

    said = [f"The workbench is at {address}; its data are in {settings.DATA_FOLDER}."]
    if not Person.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exists():
        secret = Invitation.issue(Role.ADMINISTRATOR)
        link = f"{address}{reverse('invitation', args=[secret])}"
        said.append(f"Make the first administrator's account by this link, which works once:\n  {link}")
    said.append("Ctrl-C ends it; requests under review are taken up again at the next start.")
    return said


def pages() -> "Application":
    """The pages of the workbench as a WSGI application."""
    from isocenter.web.wsgi import application

    return application


def interfaces_at(fhir: "FhirServing", address: str) -> "Interfaces":
    """The FHIR interfaces with the workbench as their desk; answers are kept among its data where no file is named."""
    from django.conf import settings

    from isocenter.fhir.serving import interfaces_of
    from isocenter.web.intake.outside import FhirDesk

    kept = fhir if fhir.records else replace(fhir, records=Path(settings.DATA_FOLDER) / "fhir-answers.db")
    return interfaces_of(kept, f"{address}{FHIR_PATH}", FhirDesk())


def with_fhir(pages: "Application", service: "Service") -> "Application":
    """The pages, and below FHIR_PATH the FHIR interfaces."""
    from django.db import close_old_connections

    from isocenter.fhir.wsgi import application

    fhir = application(service)

    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        path = environ.get("PATH_INFO", "")
        if path != FHIR_PATH and not path.startswith(f"{FHIR_PATH}/"):
            return pages(environ, start_response)
        below = {**environ, "SCRIPT_NAME": FHIR_PATH, "PATH_INFO": path.removeprefix(FHIR_PATH) or "/"}
        close_old_connections()
        try:
            return fhir(below, start_response)
        finally:
            close_old_connections()

    return answer


def _notify(notifier: "Notifier", stop: threading.Event, say: Callable[[str], None]) -> None:
    from django.db import close_old_connections

    notifier.run(stop, say, close_old_connections)


def _fhir_words(fhir: "FhirServing | None", address: str) -> list[str]:
    if fhir is None:
        return ["The FHIR interfaces are off; --clients or --without-authentication turns them on."]
    base = f"{address}{FHIR_PATH}"
    said = [f"CDS Hooks are at {base}/cds-services, prior authorization at {base}/Claim/$submit."]
    return said + (["Every FHIR client is let in: --without-authentication was given."] if fhir.clients is None else [])


def _answer(application: "Application", host: str, port: int) -> None:
    import waitress

    try:
        server = waitress.create_server(
            application, host=host, port=port, threads=_THREADS, ident=None, clear_untrusted_proxy_headers=False
        )
    except OSError as wrong:
        raise NotServed(f"port {port} cannot be used ({wrong.strerror}); choose another one by --port") from None
    server.run()


class NotServed(IsocenterError):
    """The address cannot be served on."""


def _keep_a_worker(stop: threading.Event) -> None:
    """Keep one process at work; one that ends is started again."""
    command = [sys.executable, "-m", "isocenter", "serve", "--only-work"]
    while not stop.is_set():
        worker = subprocess.Popen(command, stdin=subprocess.DEVNULL, env=os.environ.copy())  # our own command
        while worker.poll() is None and not stop.wait(0.3):
            pass
        if worker.poll() is None:
            worker.terminate()
            with suppress(subprocess.TimeoutExpired):
                worker.wait(_SECONDS_TO_END)
        if worker.poll() is None:
            worker.kill()
        stop.wait(1.0)


def _work() -> None:
    """Work off reviews until asked to stop, or until the process that serves is gone."""
    from django.conf import settings

    from isocenter.web.reviewing.tasks import work_until_told

    os.nice(settings.WORKER_NICENESS)
    stop = threading.Event()
    parent = os.getppid()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())

    def watch() -> None:
        while not stop.wait(1.0):
            if os.getppid() != parent:
                stop.set()

    threading.Thread(target=watch, daemon=True).start()
    work_until_told(stop)


def verify_journal(data: Path | None, head: str, say: Callable[[str], None]) -> bool:
    """Verify the journal and say what was found; whether it is whole."""
    set_up(data)
    from isocenter.web import journal

    verified = journal.verify(head)
    for fault in verified.faults:
        say(fault)
    state = "whole" if not verified.faults else f"{len(verified.faults)} faults"
    say(f"journal: {verified.entries} entries, {state}; the newest has hash {verified.head}")
    return not verified.faults


def recompute_archive(archive: Path, say: Callable[[str], None]) -> bool:
    """Compute every recommendation of an exported request again; whether each is the same to the byte."""
    set_up()
    from isocenter.web.archive import recompute

    outcome = recompute(archive)
    for run, same in outcome.items():
        say(f"{archive.name}, {run}: {'the same review, byte for byte' if same else 'the review differs'}")
    return bool(outcome) and all(outcome.values())
