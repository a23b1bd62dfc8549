"""Asks the EHR's own server for what a hook's prefetch lacks, with the hook's token: few requests, little time.

Source: CDS Hooks 2.0, FHIR resource access. Servers are asked only where the file of clients allows it; where every
client is let in, on this machine alone. A redirect is not followed, for the token was given for one server.
"""

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPException
from typing import Any
from urllib.parse import quote, urljoin

from isocenter.fhir.clients.addresses import DIRECT, expect_address, is_below, is_this_machine
from isocenter.fhir.clients.authentication import Client
from isocenter.intake.fhir.references import objects, text
from isocenter.intake.fhir.resources import Found, parse_object

Json = Mapping[str, Any]
_SECONDS_EACH = 1.5
_SECONDS_IN_ALL = 3.0
_MOST_REQUESTS = 12
_MOST_BYTES = 2_000_000
_READ_BYTES = 1 << 16
_KINDS = ("ServiceRequest", "Condition", "Patient", "Coverage", "Practitioner", "Organization")

Fetch = Callable[[str, str, float], bytes | None]


def fetch(address: str, token: str, seconds: float) -> bytes | None:
    """The body at an address; None where it does not arrive as a whole within these seconds."""
    ends = time.monotonic() + seconds
    headers = {"Accept": "application/fhir+json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    try:
        with DIRECT.open(urllib.request.Request(address, headers=headers), timeout=seconds) as reply:
            body = bytearray()
            # The timeout is each reading's: a server that sends a byte now and then would hold the hook for hours.
            while len(body) <= _MOST_BYTES and time.monotonic() < ends:
                if not (part := reply.read1(_READ_BYTES)):
                    return bytes(body)
                body += part
            return None
    except (OSError, ValueError, HTTPException):
        return None


class Ehr:
    """The server that a hook names; every question is counted, and only the resource asked for is taken."""

    def __init__(self, request: Json, client: Client, get: Fetch = fetch) -> None:
        server = text(request, "fhirServer").rstrip("/")
        self._server = server if _is_allowed(server, client) else ""
        access = request.get("fhirAuthorization")
        self._token = text(access, "access_token") if isinstance(access, Mapping) else ""
        self._get = get
        self._asked = 0
        self._ends = time.monotonic() + _SECONDS_IN_ALL

    def read(self, address: str) -> Found | None:
        """The resource at a relative address such as ServiceRequest/1; None where it cannot be had."""
        kind, _, own_id = address.removeprefix(f"{self._server}/").partition("/")
        if kind not in _KINDS or not own_id or "/" in own_id:
            return None
        found = self._ask(f"{self._server}/{kind}/{quote(own_id, safe='')}")
        is_it = found is not None and found.get("resourceType") == kind
        return Found(found, "request", address) if found is not None and is_it else None

    def coverages(self, patient_id: str) -> Iterator[Found]:
        """The active coverages of a patient; none where not every page of them can be had, for one may be missing."""
        found: list[Found] = []
        address = f"{self._server}/Coverage?patient={quote(patient_id, safe='')}&status=active" if patient_id else ""
        while address:
            bundle = self._ask(address)
            if bundle is None or bundle.get("resourceType") != "Bundle":
                return
            for entry in objects(bundle, "entry"):
                resource = entry.get("resource")
                if isinstance(resource, Mapping) and resource.get("resourceType") == "Coverage":
                    found.append(Found(resource, "request", "Coverage", text(entry, "fullUrl")))
                elif isinstance(resource, Mapping) and _is_failure(resource):
                    return
            following = [text(one, "url") for one in objects(bundle, "link") if text(one, "relation") == "next"]
            address = urljoin(address, following[0]) if following else ""
            if address and not is_below(address, self._server):
                return  # the token was given for this server
        yield from found

    def _ask(self, address: str) -> dict[str, Any] | None:
        left = self._ends - time.monotonic()
        if not self._server or self._asked >= _MOST_REQUESTS or left <= 0:
            return None
        self._asked += 1
        body = self._get(address, self._token, min(left, _SECONDS_EACH))
        parsed = parse_object(body) if body else None
        return parsed if isinstance(parsed, dict) else None


def _is_failure(resource: Mapping[str, Any]) -> bool:
    """Whether a resource among those found says that others could not be given."""
    issues = objects(resource, "issue") if resource.get("resourceType") == "OperationOutcome" else []
    return any(text(issue, "severity") in ("fatal", "error") for issue in issues)


def _is_allowed(server: str, client: Client) -> bool:
    try:
        parts = expect_address(server)
    except ValueError:
        return False
    if parts.query:
        return False
    if client.name:
        return any(is_below(server, allowed) for allowed in client.fhir_servers)
    return is_this_machine(parts.hostname or "")
