"""Follows references between FHIR resources: by address, by type and id, and into what a resource contains."""

from collections.abc import Iterable, Mapping
from typing import Any

from isocenter.intake.fhir.resources import Found, Json

NPI_SYSTEM = "http://hl7.org/fhir/sid/us-npi"
MBI_SYSTEM = "http://hl7.org/fhir/sid/us-mbi"


class Directory:
    """The resources of a case by every address under which others may refer to them.

    Ids are given by each server for itself: what one server calls Patient/1 is not Patient/1 of another.
    """

    def __init__(self, found: Iterable[Found] = ()) -> None:
        self._by_address: dict[str, Json] = {}
        self._by_id: dict[str, list[tuple[str, Json]]] = {}  # by type and id, each with the address of its server
        self._all: dict[int, Json] = {}  # by identity
        self._servers: dict[int, str] = {}  # by the identity of a resource
        self._roles: dict[int, list[Json]] | None = None  # by the identity of the person, once somebody asks
        self._by_identifier: dict[tuple[str, str], list[Json]] | None = None  # once somebody asks
        for one in found:
            self.add(one.resource, one.full_url)

    def add(self, resource: Json, full_url: str = "") -> None:
        """Make a resource known; of two under one address the first stays."""
        self._roles = None
        self._by_identifier = None
        own, server = resource.get("id"), _server_of(full_url)
        self._all[id(resource)] = resource
        if server:
            self._servers[id(resource)] = server
        if isinstance(own, str) and own:
            self._by_id.setdefault(f"{resource.get('resourceType')}/{own}", []).append((server, resource))
        if full_url:
            self._by_address.setdefault(full_url, resource)
        canonical = resource.get("url")
        if isinstance(canonical, str) and resource.get("resourceType") == "Questionnaire":
            self._by_address.setdefault(canonical, resource)

    def at(self, address: str, within: Json | None = None) -> Json | None:
        """The resource at an address: absolute, or relative to the server of the resource that it is written in.

        It may end in a version. None where it was not supplied, or where several servers have one of this type and id.
        """
        address = address.split("/_history/", 1)[0]
        known = self._by_address.get(address)
        if known is not None or not address:
            return known
        # A server's address ends in the type and the id; of a file, or of an entry under a UUID, no server is known.
        named = self._by_id.get("/".join(address.rsplit("/", 2)[-2:]), [])
        is_absolute = "://" in address
        server = _server_of(address) if is_absolute else self._servers.get(id(within), "")
        held = [one for other, one in named if other == server] or [one for other, one in named if not other]
        if held or server or len({other for other, _ in named}) != 1:
            return held[0] if held else None
        return named[0][1]

    def is_of_several_servers(self, address: str, within: Json) -> bool:
        """Whether a reference fits resources of several servers and does not say which is meant."""
        bare = address.split("/_history/", 1)[0]
        named = self._by_id.get("/".join(bare.rsplit("/", 2)[-2:]), [])
        return len({server for server, _ in named}) > 1 and "://" not in bare and self.at(bare, within) is None

    def address_of(self, resource: Json) -> str:
        """The type and id of a resource, with the address of its server where that is known."""
        own = f"{resource.get('resourceType')}/{text(resource, 'id')}"
        server = self._servers.get(id(resource), "")
        return f"{server}/{own}" if server else own

    def address_in(self, address: str, within: Json) -> str:
        """What a reference in a resource says of one that was not supplied, written as `address_of` does."""
        bare = address.split("/_history/", 1)[0]
        server = _server_of(bare) or self._servers.get(id(within), "")
        own = "/".join(bare.rsplit("/", 2)[-2:])
        return f"{server}/{own}" if server else own

    def has_id(self, address: str) -> bool:
        """Whether a resource of any server has a type and id, such as Patient/1."""
        return address in self._by_id

    def practitioner_of(self, npi: str) -> Json | None:
        """The one Practitioner who has an NPI; None where none or several have it."""
        named = [
            one
            for one in (self._bearing((NPI_SYSTEM, npi)) if npi else [])
            if one.get("resourceType") == "Practitioner" and identifier_of(one, NPI_SYSTEM) == npi
        ]
        return named[0] if len(named) == 1 else None

    def roles_of(self, practitioner: Json) -> list[Json]:
        """The PractitionerRoles of a Practitioner."""
        if self._roles is None:
            self._roles = {}
            for role in [one for one in self._all.values() if one.get("resourceType") == "PractitionerRole"]:
                person = self.resolve(role.get("practitioner"), role)
                if person is not None:
                    self._roles.setdefault(id(person), []).append(role)
        return self._roles.get(id(practitioner), [])

    def resolve(self, reference: object, within: Json | None = None) -> Json | None:
        """The resource that a Reference points to; `within` is the resource it is in, for what that contains."""
        if not isinstance(reference, Mapping):
            return None
        address = reference.get("reference")
        if not isinstance(address, str) or not address:
            return self._identified(reference.get("identifier"))
        if address.startswith("#"):
            return contained(within, address[1:])
        return self.at(address, within)

    def _identified(self, identifier: object) -> Json | None:
        """The one resource that has an identifier, by its system and value; None where none or several do."""
        if not isinstance(identifier, Mapping):
            return None
        key = text(identifier, "system"), text(identifier, "value")
        known = self._bearing(key) if all(key) else []
        return known[0] if len(known) == 1 else None

    def _bearing(self, key: tuple[str, str]) -> list[Json]:
        """The resources that have an identifier, by its system and value."""
        if self._by_identifier is None:
            self._by_identifier = {}
            for one in self._all.values():
                for own in objects(one, "identifier"):
                    named = text(own, "system"), text(own, "value")
                    held = self._by_identifier.setdefault(named, [])
                    if not any(other is one for other in held):
                        held.append(one)
        return self._by_identifier.get(key, [])


def _server_of(address: str) -> str:
    """The address of the server that gave a resource; '' where its address is of another kind, such as a UUID."""
    bare = address.split("/_history/", 1)[0]
    return bare.rsplit("/", 2)[0].rstrip("/") if bare.startswith(("http://", "https://")) else ""


def npi_at(address: str, directory: Directory, within: Json | None = None) -> str:
    """The NPI of the provider at an address, that of the person of a role before its own; '' where none is found."""
    party = directory.at(address, within)
    if party is None:
        return ""
    if party.get("resourceType") == "PractitionerRole":
        person = directory.resolve(party.get("practitioner"), party)
        return identifier_of(person, NPI_SYSTEM) if person else identifier_of(party, NPI_SYSTEM)
    return identifier_of(party, NPI_SYSTEM)


def contained(resource: Json | None, own_id: str) -> Json | None:
    """The resource of this id within another one."""
    for inner in objects(resource or {}, "contained"):
        if inner.get("id") == own_id:
            return inner
    return None


def objects(resource: Mapping[str, Any], member: str) -> list[Json]:
    """The objects of a repeating member; what is none of them is passed over."""
    values = resource.get(member)
    if not isinstance(values, list):
        return []
    # To ask whether something is a Mapping takes ten times as long as whether it is a dict, which it mostly is.
    return [value for value in values if isinstance(value, (dict, Mapping))]


def text(resource: Mapping[str, Any], member: str) -> str:
    """A member that is text; '' where it is absent or something else."""
    value = resource.get(member)
    return value.strip() if isinstance(value, str) else ""


def profiles_of(resource: Mapping[str, Any]) -> list[str]:
    """The profiles that a resource claims."""
    meta = resource.get("meta")
    named = meta.get("profile") if isinstance(meta, Mapping) else None
    return [one for one in named if isinstance(one, str)] if isinstance(named, list) else []


def codes(concept: object, system: str = "") -> list[str]:
    """The codes of a CodeableConcept, of one code system where it is named."""
    codings = objects(concept, "coding") if isinstance(concept, Mapping) else []
    return [text(one, "code") for one in codings if text(one, "code") and (not system or text(one, "system") == system)]


def extension(resource: Mapping[str, Any], name: str) -> Json | None:
    """The first extension whose address ends in a name."""
    return next(iter(extensions(resource, name)), None)


def extensions(resource: Mapping[str, Any], name: str) -> list[Json]:
    """The extensions whose address is a name, or ends in it."""
    return [one for one in objects(resource, "extension") if text(one, "url").rsplit("/", 1)[-1] == name]


def identifier_of(resource: Mapping[str, Any], system: str = "", type_code: str = "") -> str:
    """The value of the first identifier of a system, or of a type; '' where there is none."""
    for one in objects(resource, "identifier"):
        if (not system or text(one, "system") == system) and (not type_code or type_code in codes(one.get("type"))):
            return text(one, "value")
    return ""


def references_in(value: Any, path: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Every Reference by address within a value, with its path."""
    if isinstance(value, Mapping):
        own = [(path, value)] if isinstance(value.get("reference"), str) else []
        return own + [one for key, inner in value.items() for one in references_in(inner, f"{path}.{key}")]
    if isinstance(value, list):
        return [one for number, inner in enumerate(value) for one in references_in(inner, f"{path}[{number}]")]
    return []
