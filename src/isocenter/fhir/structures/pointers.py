"""Follows the references of a resource: to what came along, and whether it may be pointed to from there.

Source: HL7 FHIR R4 (4.0.1), references between resources; ElementDefinition.type.targetProfile.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from isocenter.fhir.structures.definitions import BASE, Definitions, TypeOf
from isocenter.fhir.structures.fhirpath import Around, Resolved, contained_in
from isocenter.intake.fhir.kinds import RESOURCE_TYPES

Json = Mapping[str, Any]
_ANY = {"Resource", "DomainResource", "Any"}


def why_not_pointed(reference: Any, types: Iterable[TypeOf], definitions: Definitions, around: Around) -> str:
    """What is wrong with the type of resource that a Reference leads to; '' where it is allowed or not known."""
    if not isinstance(reference, Mapping):
        return ""
    found, stated = _led_to(reference.get("reference"), around), reference.get("type")
    if found and isinstance(stated, str) and stated in RESOURCE_TYPES and stated != found:
        return f"its type says {stated}, and it points to {found}"
    found = found or (stated if isinstance(stated, str) and stated in RESOURCE_TYPES else "")
    allowed = _allowed(types, definitions)
    if not found or not allowed or found in allowed or allowed & _ANY:
        return ""
    return f"it points to {found}; expected {' or '.join(sorted(allowed))}"


def _led_to(address: Any, around: Around) -> str:
    """The type of the resource at an address: of what came along, else as the address says it; '' if unknown."""
    if not isinstance(address, str):
        return ""
    resource = contained_in(address[1:], around) if address.startswith("#") else around.at(address)
    if isinstance(resource, Mapping):
        kind = resource.get("resourceType")
        return kind if isinstance(kind, str) else ""
    parts = address.split("/_history/", 1)[0].rsplit("/", 2)
    return parts[-2] if len(parts) > 1 and parts[-2] in RESOURCE_TYPES else ""


def _allowed(types: Iterable[TypeOf], definitions: Definitions) -> set[str]:
    """The types of resources that may be pointed to; none where one of the profiles is not loaded."""
    allowed: set[str] = set()
    for url in (url for one in types if one.code == "Reference" for url in one.targets):
        kind = url.removeprefix(BASE)
        if kind not in RESOURCE_TYPES | _ANY:
            profile = definitions.profile(url)
            if profile is None:
                return set()
            kind = profile.type
        allowed.add(kind)
    return allowed


def addresses_of(bundle: Json, outside: Resolved) -> Resolved:
    """What is at an address in a bundle: a full address, or a type and id; else what is at it outside."""
    known: dict[str, Json] = {}
    entries = bundle.get("entry")
    for entry in entries if isinstance(entries, list) else []:
        resource = entry.get("resource") if isinstance(entry, Mapping) else None
        if isinstance(resource, Mapping):
            known.setdefault(str(entry.get("fullUrl", "")), resource)
            known.setdefault(f"{resource.get('resourceType')}/{resource.get('id')}", resource)
    known.pop("", None)

    def at(address: str) -> Any:
        bare = address.split("/_history/", 1)[0]
        return known.get(bare) or outside(bare)

    return at
