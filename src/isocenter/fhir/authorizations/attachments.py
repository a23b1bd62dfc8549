"""Reads documents, and who signed them, that are sent for a request after it: the parameters of $submit-attachment.

Source: Da Vinci Clinical Data Exchange 2.0, operation submit-attachment.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from isocenter.fhir.authorizations.asked_claims import is_cancelled
from isocenter.fhir.problems import Refused
from isocenter.intake.fhir.documents import documents_within
from isocenter.intake.fhir.references import objects, text
from isocenter.intake.fhir.resources import Found

Json = dict[str, Any]
_KINDS = ("DocumentReference", "QuestionnaireResponse", "Provenance")
_PENDED = "PEND-"


class Attachments(NamedTuple):
    """For which request documents are sent, and the documents."""

    name: str  # an identifier, as requests are known by
    number: str  # an assertion id, or its first digits as an answer shows them
    documents: tuple[Json, ...]


def attached_documents(parameters: Mapping[str, Any]) -> Attachments:
    """What the parameters of the operation hold; Refused (400) where no request is named or no document sent."""
    if parameters.get("resourceType") != "Parameters":
        raise Refused(400, "structure", "Parameters are expected", "Parameters")
    held = objects(parameters, "parameter")
    purpose = next((text(one, "valueCode") for one in held if text(one, "name") == "AttachTo"), "")
    if purpose not in ("", "preauthorization"):
        raise Refused(
            400, "value", f"AttachTo is {purpose[:60]!r}; preauthorization is expected", "Parameters.parameter"
        )
    identifier = next((one.get("valueIdentifier") for one in held if text(one, "name") == "TrackingId"), None)
    value = text(identifier, "value") if isinstance(identifier, Mapping) else ""
    if not isinstance(identifier, Mapping) or not value:
        raise Refused(400, "required", "TrackingId is missing; it names the request", "Parameters.parameter")
    parts = [part for one in held if text(one, "name") == "Attachment" for part in objects(one, "part")]
    documents = [one["resource"] for one in parts if isinstance(one.get("resource"), Mapping)]
    wrong = [text(one, "resourceType") for one in documents if one.get("resourceType") not in _KINDS]
    if wrong or not documents:
        found = f"{wrong[0][:60]} cannot be attached" if wrong else "no document is attached"
        raise Refused(400, "structure", f"{found}; {' or '.join(_KINDS)} is expected", "Parameters.parameter.part")
    if not all(isinstance(one.get("id", ""), str) for one in documents):
        raise Refused(400, "structure", "an id is a text", "Parameters.parameter.part.resource.id")
    name = f"{text(identifier, 'system')}|{value}"
    return Attachments(name, value.removeprefix(_PENDED), tuple(dict(one) for one in documents))


def attached_still(earlier: Found, claim: Mapping[str, Any]) -> list[Found]:
    """The attachments within an earlier claim that a later one neither takes back nor sends again."""
    later = objects(claim, "supportingInfo")
    gone = [one.get("sequence") for one in later if is_cancelled(one)]
    again = [one.get("valueAttachment") for one in later]
    kept = [
        one
        for one in objects(earlier.resource, "supportingInfo")
        if one.get("sequence") not in gone and one.get("valueAttachment") not in again
    ]
    return documents_within(earlier._replace(resource={**earlier.resource, "supportingInfo": kept}))


def with_documents(bundle: Json, documents: Sequence[Mapping[str, Any]]) -> Json:
    """A request with further documents; one that it holds already is not added again, another of its id replaces it.

    Who signed what was replaced has not signed what took its place.
    """
    entries = [dict(one) for one in bundle["entry"]]
    before = {id(one) for one in entries}
    replaced: set[tuple[Any, Any]] = set()
    base = text(entries[0], "fullUrl").rpartition("/Claim/")[0]
    for number, document in enumerate(documents, start=1):
        own = copy.deepcopy(dict(document))
        own.setdefault("id", f"attached-{len(entries)}-{number}")
        if any(_is_same(one.get("resource"), document) for one in entries):
            continue
        key = (own["resourceType"], own["id"])
        replaced |= {key for one in entries if _key(one.get("resource")) == key}
        entries = [one for one in entries if _key(one.get("resource")) != key]
        address = f"{base}/{own['resourceType']}/{own['id']}" if base else f"{own['resourceType']}/{own['id']}"
        entries.append({"fullUrl": address, "resource": own})
    held = [_without_signed(one, replaced) if id(one) in before else one for one in entries]
    return {**bundle, "entry": [one for one in held if one is not None]}


def _without_signed(entry: Json, replaced: set[tuple[Any, Any]]) -> Json | None:
    """An entry, a Provenance without the documents that were replaced; None where it signs nothing else."""
    resource = entry.get("resource")
    if not replaced or not isinstance(resource, Mapping) or resource.get("resourceType") != "Provenance":
        return entry
    left = signing(resource, lambda target: _address_key(text(target, "reference")) not in replaced)
    return None if left is None else {**entry, "resource": left}


def signing(provenance: Mapping[str, Any], of: Callable[[Mapping[str, Any]], bool]) -> Json | None:
    """A Provenance of those of its targets alone that a condition picks; None where it picks none of them."""
    targets = [one for one in objects(provenance, "target") if of(one)]
    return {**provenance, "target": targets} if targets else None


def _address_key(address: str) -> tuple[str, str]:
    kind, _, own_id = address.split("/_history/", 1)[0].rpartition("/")
    return kind.rpartition("/")[2], own_id


def _key(resource: Any) -> tuple[Any, Any]:
    return (resource.get("resourceType"), resource.get("id")) if isinstance(resource, Mapping) else ("", "")


def _is_same(resource: Any, document: Mapping[str, Any]) -> bool:
    """Whether a resource is a document, whatever id it was given."""
    if not isinstance(resource, Mapping):
        return False
    own_id = document.get("id", resource.get("id"))
    return {**resource, "id": own_id} == {**document, "id": own_id}
