"""`isocenter serve`: one command that sets up the database, serves the pages and works off reviews."""

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isocenter.errors import IsocenterError
from isocenter.fhir.serving.addresses import why_not_at
from isocenter.fhir.serving.pauses import collect_in_small_steps
from isocenter.signals import loop_has_ended
from isocenter.web.serving.interfaces import (
    FHIR_PATH,
    Application,
    fhir_of_settings,
    interfaces_at,
    with_fhir,
    without_fhir,
)
from isocenter.web.serving.preparing import expect_policy_text, set_up
from isocenter.web.serving.workers import SECONDS_TO_END, keep_a_worker, notify_alone, work

if TYPE_CHECKING:
    from isocenter.fhir.serving.serving import FhirServing

# Django's modules may be imported only once the settings are known.
# ruff: noqa: PLC0415

_THREADS = 8


@dataclass(frozen=True, slots=True)
class Serving:
    """Where to serve, and how many processes work off reviews beside it."""

    host: str = "127.0.0.1"
    port: int = 8000
    data: Path | None = None
    workers: int = 1
    only_work: bool = False
    fhir: "FhirServing | None" = None  # the FHIR interfaces beside the pages


class NotServed(IsocenterError):
    """The address cannot be served on."""


def serve(wanted: Serving, say: Callable[[str], None]) -> None:
    """Serve the workbench until a signal ends it; NotInstalled where its libraries are missing."""
    if not wanted.only_work:
        _expect_to_listen(wanted.host, wanted.port)  # before a folder of data is made
    set_up(wanted.data, wanted.host)
    if wanted.only_work:
        work(say)
        return
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application

    expect_policy_text()
    call_command("migrate", verbosity=0, interactive=False)
    address = f"http://{wanted.host}:{wanted.port}"
    stop = threading.Event()
    threads = [threading.Thread(target=keep_a_worker, args=(stop,), daemon=True) for _ in range(wanted.workers)]
    application: Application = get_wsgi_application()
    base_url, fhir = (f"{address}{FHIR_PATH}", wanted.fhir) if wanted.fhir else fhir_of_settings()
    collect_in_small_steps()
    if fhir is None:
        application = without_fhir(application)
    else:
        from isocenter.fhir.serving.serving import prepare

        interfaces = interfaces_at(fhir, base_url)
        application = with_fhir(application, interfaces.service)
        threads.append(threading.Thread(target=prepare, args=(interfaces.service,), daemon=True))
        threads.append(threading.Thread(target=notify_alone, args=(interfaces.notifier, stop, say), daemon=True))
    server = _listening(application, wanted.host, wanted.port)
    for line in [*_first_words(address), *_fhir_words(fhir, base_url)]:
        say(line)
    for thread in threads:
        thread.start()
    try:
        server.run()
        loop_has_ended()
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=SECONDS_TO_END + 1)


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


def _fhir_words(fhir: "FhirServing | None", base_url: str) -> list[str]:
    if fhir is None:
        return ["The FHIR interfaces are off; --clients or --without-authentication turns them on."]
    said = [f"CDS Hooks are at {base_url}/cds-services, prior authorization at {base_url}/Claim/$submit."]
    return said + (["Every FHIR client is let in: --without-authentication was given."] if fhir.clients is None else [])


def _expect_to_listen(host: str, port: int) -> None:
    """NotServed where nothing can listen at the address."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        raise NotServed(why_not_at(ValueError(host), host, port)) from None
    for family, kind, protocol, _, address in found:
        try:
            with socket.socket(family, kind, protocol) as tried:
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                tried.bind(address)
        except OSError as wrong:
            raise NotServed(why_not_at(wrong, host, port)) from None


def _listening(application: Application, host: str, port: int) -> Any:
    """A server that listens at the address; NotServed where it cannot."""
    import waitress

    from isocenter.fhir.serving.broken_requests import answer_broken
    from isocenter.web.serving.broken import MOST_BYTES, page_of_refusal

    sockets: dict[int, object] = {}
    try:
        server = waitress.create_server(
            application,
            host=host,
            port=port,
            map=sockets,
            threads=_THREADS,
            max_request_body_size=MOST_BYTES,
            ident=None,
            clear_untrusted_proxy_headers=False,
        )
    except (OSError, ValueError) as wrong:
        raise NotServed(why_not_at(wrong, host, port)) from None
    answer_broken(list(sockets.values()), page_of_refusal)
    return server
