"""Says why an entry of a bundle holds no resource. Source: HL7 FHIR R4 (4.0.1), Bundle.entry."""

from collections.abc import Mapping
from typing import Any

from isocenter.files.texts import shown
from isocenter.terms.problems import Sentence, clause, worded

_ACCEPTED = "2"  # begins the status of an answer that is no error
_LONGEST = 100


def why_empty(entry: Mapping[str, Any]) -> Sentence:
    """Why an entry holds no resource, and what to do: what it would have said is not known."""
    request, response = entry.get("request"), entry.get("response")
    if isinstance(request, Mapping) and request.get("method") == "DELETE":
        address = shown(str(request.get("url", "")))[:_LONGEST] or "a resource"
        return worded("it says that {address} was deleted; take that out of the record", address=address)
    status = str(response.get("status", "")) if isinstance(response, Mapping) else ""
    if status and not status.startswith(_ACCEPTED):
        status = shown(status)[:_LONGEST]
        return worded("the server answered {status} in place of a resource; export it again", status=status)
    return clause("the entry holds no resource; add the resource")
