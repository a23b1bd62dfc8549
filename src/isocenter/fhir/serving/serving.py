"""Serves the FHIR interfaces without pages, and records what a person determines where there is no workbench."""

import os
import shutil
import signal
import socket
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from importlib.util import find_spec
from multiprocessing import get_context, parent_process
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

import msgspec

from isocenter.engines.private_folders import working_folder
from isocenter.errors import IsocenterError, UnreadableInput
from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.authorizations.authorizations import CERTIFIED, DENIED, Determination
from isocenter.fhir.authorizations.desk import Desk
from isocenter.fhir.authorizations.reason_codes import read_reason_codes, rules_by_policy, why_no_rule
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.clients.authentication import Clients
from isocenter.fhir.clients.tokens import Tokens
from isocenter.fhir.serving.addresses import why_not_at
from isocenter.fhir.serving.notifier import Notifier
from isocenter.fhir.serving.pauses import collect_in_small_steps
from isocenter.fhir.serving.service import Service
from isocenter.fhir.serving.wsgi import application
from isocenter.fhir.settings import MOST_BYTES, Payer
from isocenter.fhir.structures.definitions import Definitions
from isocenter.files.texts import shown
from isocenter.rulebook.rulebook import load_policy
from isocenter.signals import loop_has_ended
from isocenter.terms.npi import NOT_AN_NPI, is_npi

_THREADS = 8
_OF_DAMAGED_RECORDS = (sqlite3.Error, msgspec.MsgspecError, AttributeError, TypeError, ValueError)
_SECONDS_TO_END = 6


class NotServed(IsocenterError):
    """The interfaces cannot be served as asked."""


@dataclass(frozen=True, slots=True)
class FhirServing:
    """Where to serve, by which policies, for whom, and where answers are kept."""

    host: str
    port: int
    policies: Sequence[str]
    payer: Payer
    records: Path | None = None
    clients: Path | None = None
    without_authentication: bool = False
    packages: Sequence[Path] = ()
    reason_codes: Path | None = None
    processes: int = 1  # that answer


def serve(wanted: FhirServing, say: Callable[[str], None]) -> None:
    """Serve until a signal ends it; NotServed where libraries, keys of clients or the port are missing.

    Several processes share the port and the records; where no file is named, one that is removed at the end.
    """
    base_url = f"http://{wanted.host}:{wanted.port}"
    with ExitStack() as held:
        kept, shared = wanted, ""
        if wanted.processes > 1 and wanted.records is None:
            shared = str(held.enter_context(working_folder()))
            kept = replace(wanted, records=Path(shared, "records.db"))
        interfaces = interfaces_of(kept, base_url)
        server, listening = server_of(interfaces.service, host=wanted.host, port=wanted.port)
        say(f"CDS Hooks are at {base_url}/cds-services, prior authorization at {base_url}/Claim/$submit.")
        if wanted.clients is None:
            say("Every client is let in: --without-authentication was given.")
        if wanted.records is None:
            say(f"Answers are kept while {_THESE[wanted.processes > 1]}; keep them with --records FILE.")
        say("Ctrl-C ends it.")
        beside = [process_beside(kept, base_url, listening, shared) for _ in range(wanted.processes - 1)]
        stop = threading.Event()
        notifying = threading.Thread(target=interfaces.notifier.run, args=(stop, say), daemon=True)
        notifying.start()
        threading.Thread(target=prepare, args=(interfaces.service,), daemon=True).start()
        try:
            server.run()
            loop_has_ended()
        finally:
            stop.set()
            for process in beside:
                process.terminate()
            for process in beside:
                process.join(_SECONDS_TO_END)
            notifying.join(timeout=_SECONDS_TO_END)


_THESE = {False: "this process lasts", True: "these processes last"}


def server_of(service: Service, **at: Any) -> tuple[Any, list[socket.socket]]:
    """A server of a service at a host and port, or at sockets that listen; the sockets that it listens at."""
    import waitress  # noqa: PLC0415  # an extra

    from isocenter.fhir.serving.broken_requests import answer_broken  # noqa: PLC0415  # of the same extra

    sockets: dict[int, Any] = {}
    try:
        server = waitress.create_server(
            application(service),
            map=sockets,
            threads=_THREADS,
            ident=None,
            max_request_body_size=4 * MOST_BYTES,  # what is longer is not even taken in
            **at,
        )
    except (OSError, ValueError) as wrong:
        raise NotServed(why_not_at(wrong, at.get("host"), at.get("port"))) from None
    answer_broken(sockets.values())
    return server, [one.socket for one in sockets.values() if getattr(one, "accepting", False)]


def process_beside(
    wanted: FhirServing, base_url: str, listening: Sequence[socket.socket], shared: str = ""
) -> SpawnProcess:
    """A process that takes requests from the same sockets and keeps its answers in the same records.

    `shared` is a folder that it removes where the process that serves is killed.
    """
    given = (wanted, base_url, listening, shared)
    process = get_context("spawn").Process(target=_answer_beside, args=given, daemon=True)
    process.start()
    return process


def _answer_beside(wanted: FhirServing, base_url: str, listening: Sequence[socket.socket], shared: str) -> None:
    """Answer until the process that serves ends this one, or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is answered by the process that serves
    parent = parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
        if shared:
            shutil.rmtree(shared, ignore_errors=True)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
    service = interfaces_of(wanted, base_url).service
    server, _ = server_of(service, sockets=list(listening))
    threading.Thread(target=prepare, args=(service,), daemon=True).start()
    server.run()


@dataclass(frozen=True, slots=True)
class Interfaces:
    """What answers requests, and what notifies subscribers of determinations."""

    service: Service
    notifier: Notifier


def interfaces_of(wanted: FhirServing, base_url: str, desk: Desk | None = None) -> Interfaces:
    """The interfaces; with a `desk` pended requests go to it.

    Raises NotServed where libraries are missing, or clients are neither known by keys nor let in by a setting.
    """
    if find_spec("waitress") is None or find_spec("jwt") is None:
        raise NotServed("the FHIR interfaces need further libraries; run `pip install 'isocenter[fhir]'`")
    if wanted.clients is None and not wanted.without_authentication:
        what = "name the file of clients and their keys with --clients"
        raise NotServed(f"{what}, or let every client in with --without-authentication")
    records = Records(wanted.records)
    service = service_of(wanted, base_url, records, desk)
    return Interfaces(service, Notifier(service.authorizations.current, records, base_url))


def prepare(service: Service) -> None:
    """Load what answers need before the first client asks, and keep garbage collection from pausing an answer."""
    service.prepare()
    collect_in_small_steps()


def service_of(wanted: FhirServing, base_url: str, records: Records, desk: Desk | None = None) -> Service:
    """The service that answers."""
    judges = Judges(list(wanted.policies))
    return Service(
        judges,
        wanted.payer,
        records,
        base_url=base_url,
        clients=_clients(wanted, base_url),
        definitions=Definitions.of(*wanted.packages) if wanted.packages else None,
        desk=desk,
        reason_codes=read_reason_codes(wanted.reason_codes, judges.rulebooks) if wanted.reason_codes else None,
    )


def _clients(wanted: FhirServing, base_url: str) -> Clients | None:
    if wanted.clients is None:
        return None
    beside = wanted.records.with_name(f"{wanted.records.name}-tokens") if wanted.records else None
    return Clients.read(wanted.clients, f"{base_url}/token", Tokens(beside))


def determine(
    records: Path,
    assertion_id: str,
    *,
    is_approved: bool,
    reason: str,
    reviewer_name: str,
    reviewer_npi: str = "",
    reviewer_specialty: str = "",
    rules: Sequence[str] = (),
    policies: Sequence[str] = ("imrt",),
    on: date,
) -> None:
    """Record what a person determined of a pended request.

    `rules` are those for which the person refuses, each as policy/rule; `policies` those that were served. Raises
    UnreadableInput where the request is not known or was determined before, where a refusal lacks its reason, or the
    name, NPI or specialty of the clinician who refuses, where the NPI is none, and where a rule is none of the
    policies, or is named for an approval; also where the records are damaged.
    """
    if not reviewer_name.strip():
        raise UnreadableInput("a determination is a person's; name the person with --name")
    if not is_approved:
        needed = {"--reason": reason, "--npi": reviewer_npi, "--specialty": reviewer_specialty}
        missing = [option for option, value in needed.items() if not value.strip()]
        if missing:
            raise UnreadableInput(f"a refusal needs {', '.join(missing)}")
    if reviewer_npi and not is_npi(reviewer_npi):
        raise UnreadableInput(f"--npi {shown(reviewer_npi)[:20]}: {NOT_AN_NPI}")
    if rules and is_approved:
        raise UnreadableInput("--rule names why a request is refused; leave it out, or refuse with --deny")
    named = _rules_named(rules, policies)
    if not records.is_file():
        raise UnreadableInput(f"{records}: there is no such file of records")
    action = CERTIFIED if is_approved else DENIED
    made = Determination(action, reason, reviewer_name, reviewer_npi, reviewer_specialty, on, rules=named)
    kept = Records(records)
    try:
        kept.determine(assertion_id, made)
    except _OF_DAMAGED_RECORDS:
        what = "it is damaged or in use, or its disk is full"
        raise UnreadableInput(f"{records}: the determination was not recorded; {what}") from None
    finally:
        kept.close()


def _rules_named(rules: Sequence[str], policies: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Policy and name of each rule, in their order, each once."""
    known = rules_by_policy(load_policy(one) for one in policies) if rules else {}
    named = []
    for one in rules:
        policy, _, rule = one.strip().partition("/")
        if wrong := why_no_rule(policy, rule, known):
            raise UnreadableInput(f"--rule {shown(one)[:100]}: {wrong}; write it as policy/rule")
        named.append((policy, rule))
    return tuple(dict.fromkeys(named))
