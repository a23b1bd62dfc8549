"""The FHIR interfaces beside the pages, on or off, with the workbench as the desk that pended requests go to."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isocenter.errors import UnreadableInput

if TYPE_CHECKING:
    from isocenter.fhir.serving.service import Service
    from isocenter.fhir.serving.serving import FhirServing, Interfaces

# Django's modules may be imported only once the settings are known.
# ruff: noqa: PLC0415

Application = Callable[[dict[str, Any], Any], Any]
FHIR_PATH = "/fhir"
_OFF = (
    "the FHIR interfaces of this server are off; its administrator turns them on with --clients of isocenter serve, or"
    " with ISOCENTER_FHIR_URL and ISOCENTER_FHIR_CLIENTS"
)


def fhir_of_settings() -> "tuple[str, FhirServing | None]":
    """The address and the FHIR interfaces that the environment asks for; ('', None) where it asks for none.

    Raises UnreadableInput where no clients are named: none is let in without a key.
    """
    from django.conf import settings

    from isocenter.fhir.serving.serving import FhirServing
    from isocenter.fhir.settings import Payer

    if not settings.FHIR_URL:
        return "", None
    if settings.FHIR_CLIENTS is None:
        raise UnreadableInput("ISOCENTER_FHIR_URL is set; name the file of clients and keys by ISOCENTER_FHIR_CLIENTS")
    return settings.FHIR_URL, FhirServing(
        "",
        0,
        settings.POLICIES,
        Payer(settings.FHIR_PAYER, settings.FHIR_POLICY_URL),
        clients=settings.FHIR_CLIENTS,
        packages=settings.FHIR_PACKAGES,
        reason_codes=settings.FHIR_REASON_CODES,
    )


def interfaces_at(fhir: "FhirServing", base_url: str) -> "Interfaces":
    """The FHIR interfaces at an address, with the workbench as their desk.

    Answers are kept among the workbench's data where no file is named.
    """
    from django.conf import settings

    from isocenter.fhir.serving.serving import interfaces_of
    from isocenter.web.intake.outside import FhirDesk

    kept = fhir if fhir.records else replace(fhir, records=Path(settings.DATA_FOLDER) / "fhir-answers.db")
    return interfaces_of(kept, base_url, FhirDesk())


def is_of_fhir(path: str) -> bool:
    """Whether a path is of the FHIR interfaces, not of a page."""
    return path == FHIR_PATH or path.startswith(f"{FHIR_PATH}/")


def without_fhir(pages: Application) -> Application:
    """The pages, and below FHIR_PATH 404 with an OperationOutcome: a client of the interfaces cannot sign in."""
    from isocenter.fhir.outcomes import outcome_of
    from isocenter.fhir.structures.checker import Issue

    outcome = json.dumps(outcome_of([Issue("error", "not-supported", "", _OFF)])).encode()
    headers = [
        ("Content-Type", "application/fhir+json; charset=utf-8"),
        ("Content-Length", str(len(outcome))),
        ("Cache-Control", "no-store"),
    ]

    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        if not is_of_fhir(environ.get("PATH_INFO", "")):
            return pages(environ, start_response)
        start_response("404 Not Found", headers.copy())
        return [outcome]

    return answer


def with_fhir(pages: Application, service: "Service") -> Application:
    """The pages, and below FHIR_PATH the FHIR interfaces."""
    from django.core.signals import request_finished, request_started

    from isocenter.fhir.serving.wsgi import application

    fhir = application(service)

    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        path = environ.get("PATH_INFO", "")
        if not is_of_fhir(path):
            return pages(environ, start_response)
        below = {**environ, "SCRIPT_NAME": FHIR_PATH, "PATH_INFO": path.removeprefix(FHIR_PATH) or "/"}
        request_started.send(with_fhir, environ=environ)  # connections that are too old are closed, as for pages
        try:
            return fhir(below, start_response)
        finally:
            request_finished.send(with_fhir)

    return answer
