"""Says which items an update leaves as they were, so that what a person determined of them stays.

A person determines a service for a patient's disease under a coverage: where the update changes any of these, the item
is judged again. Documents may be added, and how the request is sent may change.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from isocenter.fhir.authorizations.asked_claims import Asked, sequence_of
from isocenter.intake.fhir.people import is_evidence
from isocenter.intake.fhir.references import objects, text
from isocenter.intake.fhir.resources import Found

Json = dict[str, Any]
_OF_SERVICES = ("productOrService", "modifier", "quantity", "servicedDate", "servicedPeriod")
# Of an item: how it is counted, documented and traced, which is another at each step of a request.
_OF_SENDING = ("id", "sequence", "extension", "modifierExtension", "informationSequence", "category")
_OF_TRACING = ("certificationType", "infoChanged", "itemTraceNumber", "authorizationNumber",
               "administrationReferenceNumber")  # fmt: skip
_OF_REQUESTS = ("type", "patient", "provider", "facility", "billablePeriod", "diagnosis", "procedure", "accident",
                "careTeam", "insurance", "contained")  # fmt: skip
_NOT_ABOUT_THE_CARE = ("Bundle", "Claim", "Provenance", "Binary", "Organization", "Practitioner", "PractitionerRole",
                       "Location", "Endpoint", "Task", "CommunicationRequest", "RelatedPerson")  # fmt: skip
_OF_PATIENTS = ("deceasedBoolean", "deceasedDateTime", "birthDate", "gender")
_OF_STORING = ("id", "meta", "text")


def is_same_service(item: Mapping[str, Any], before: Mapping[str, Any] | None) -> bool:
    """Whether an item asks for the same service, as often and on the same days."""
    return before is not None and all(item.get(name) == before.get(name) for name in _OF_SERVICES)


def unchanged_items(asked: Asked, before: Asked) -> set[int]:
    """The sequences of the items in force that are as they were, in a request that is for the same care."""
    if _stated(asked.claim) != _stated(before.claim) or not _brings_nothing_new(asked, before):
        return set()
    earlier = {sequence_of(item): _item(item) for item in objects(before.claim, "item")}
    items = objects(asked.judged[0].resource, "item")
    return {sequence_of(item) for item in items if _item(item) == earlier.get(sequence_of(item))}


def _stated(claim: Json) -> Json:
    """What a request says of the care in its own words, in any order of its members."""
    return {name: claim[name] for name in _OF_REQUESTS if claim.get(name)}


def _item(item: Mapping[str, Any]) -> Json:
    kept = {name: value for name, value in item.items() if name not in _OF_SENDING}
    for name in ("extension", "modifierExtension"):
        lasting = [one for one in objects(item, name) if not text(one, "url").endswith(_OF_TRACING)]
        kept |= {name: lasting} if lasting else {}
    return kept


def _brings_nothing_new(asked: Asked, before: Asked) -> bool:
    """Whether each resource of an update that is about the care came with the earlier request as well."""
    known = _about_the_care(before.resources)
    return all(one in known for one in _about_the_care(asked.resources))


def _about_the_care(found: Sequence[Found]) -> list[Json]:
    return [
        _content(one.resource)
        for one in found
        if text(one.resource, "resourceType") not in _NOT_ABOUT_THE_CARE and not is_evidence(dict(one.resource))
    ]


def _content(resource: Mapping[str, Any]) -> Json:
    """What a resource says of the care; of a Patient what may change a decision, whatever the address is."""
    if text(resource, "resourceType") == "Patient":
        return {name: resource[name] for name in _OF_PATIENTS if name in resource}
    return {name: value for name, value in resource.items() if name not in _OF_STORING}
