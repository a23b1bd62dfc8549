"""Carries the FHIR interfaces over HTTP, as a WSGI application that any server runs."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from isocenter.fhir.serving.service import Service
from isocenter.fhir.settings import MOST_BYTES

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
_CROSS_ORIGIN = [
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "GET, POST, OPTIONS"),
    ("Access-Control-Allow-Headers", "Authorization, Content-Type"),
]

_HOW_TO_LOG_IN = ("WWW-Authenticate", "Bearer")


def application(service: Service) -> Callable[[dict[str, Any], StartResponse], Iterable[bytes]]:
    """The WSGI application of a service."""

    def answer(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/")
        if method == "OPTIONS":  # a browser asks first; clients of CDS Hooks may be one
            start_response("204 No Content", list(_CROSS_ORIGIN))
            return [b""]
        headers = {
            name.removeprefix("HTTP_").replace("_", "-").lower(): value
            for name, value in environ.items()
            if name.startswith("HTTP_") or name == "CONTENT_TYPE"
        }
        reply = service.reply(method, path, headers, _body(environ))
        status = HTTPStatus(reply.status)
        own = [("Content-Type", f"{reply.content_type}; charset=utf-8"), ("Content-Length", str(len(reply.body)))]
        own += [_HOW_TO_LOG_IN] if status is HTTPStatus.UNAUTHORIZED else []
        start_response(f"{reply.status} {status.phrase}", [*own, ("Cache-Control", "no-store"), *_CROSS_ORIGIN])
        return [reply.body]

    return answer


def _body(environ: dict[str, Any]) -> bytes:
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return b""
    body: bytes = environ["wsgi.input"].read(min(length, MOST_BYTES + 1))
    return body
