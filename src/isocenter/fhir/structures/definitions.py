"""Reads packages of FHIR profiles: snapshots as trees of elements, and value sets with their codes."""

import json
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from isocenter.errors import UnreadableInput
from isocenter.fhir.structures.base_codes import codes_of
from isocenter.fhir.structures.datatypes import Invariant
from isocenter.files.texts import named_within, shown
from isocenter.terms.limits import UNPACKED_BYTES

_SYSTEM_TYPES = "http://hl7.org/fhirpath/System."
_BEST_PRACTICE = "elementdefinition-bestpractice"
_FHIR_TYPE = "structuredefinition-fhir-type"
BASE = "http://hl7.org/fhir/StructureDefinition/"

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TypeOf:
    """One type that an element may have, with the profiles that it is held to."""

    code: str
    profiles: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()  # of a Reference: profiles of what it may point to


@dataclass(frozen=True, slots=True)
class Discriminator:
    """By what the values of a sliced element are distinguished."""

    kind: str  # value, pattern, type, exists, profile
    path: str


@dataclass(slots=True)
class Element:
    """One element of a snapshot, with what is below it."""

    path: str
    name: str
    slice_name: str
    least: int
    most: int | None  # None for any number
    repeats: bool  # as a list in JSON
    types: tuple[TypeOf, ...]
    fixed: Any = None
    pattern: Any = None
    discriminators: tuple[Discriminator, ...] = ()
    is_closed: bool = False  # no value may be outside the slices
    same_as: str = ""  # id of the element whose content it has
    required_value_set: str = ""
    invariants: tuple[Invariant, ...] = ()
    children: dict[str, list["Element"]] = field(default_factory=dict)  # by name; the element itself, then its slices


@dataclass(frozen=True, slots=True)
class Profile:
    """A StructureDefinition: what a resource, or an extension, that claims it has to be."""

    url: str
    type: str
    root: Element
    by_id: Mapping[str, Element]


class Definitions:
    """Profiles and value sets of one or several packages, compiled when they are first asked for."""

    def __init__(self) -> None:
        self._written: dict[str, Json] = {}
        self._profiles: dict[str, Profile] = {}
        self._value_sets: dict[str, Json] = {}
        self._code_systems: dict[str, Json] = {}
        self._codes: dict[str, frozenset[tuple[str, str]] | None] = {}

    @classmethod
    def of(cls, *packages: Path) -> "Definitions":
        """The definitions of packages: .tgz files as published, or folders of their JSON files.

        Raises UnreadableInput where one holds no StructureDefinition with a snapshot.
        """
        found = cls()
        for package in packages:
            before = len(found._written)
            for resource in _resources_in(package):
                found.add(resource)
            if len(found._written) == before:
                raise UnreadableInput(
                    f"{named_within(package)}: no profile with a snapshot; expected a package of FHIR profiles"
                )
        return found

    def add(self, resource: Json) -> None:
        """Make a definition known; others are passed over."""
        kind, url = resource.get("resourceType"), resource.get("url")
        if not isinstance(url, str):
            return
        if kind == "StructureDefinition" and isinstance(resource.get("snapshot"), dict):
            self._written[url] = resource
        elif kind == "ValueSet":
            self._value_sets[url] = resource
        elif kind == "CodeSystem":
            self._code_systems[url] = resource

    @property
    def urls(self) -> list[str]:
        """The profiles that are known."""
        return sorted(self._written)

    def describes(self, kind: str) -> bool:
        """Whether a profile is about this type of resource."""
        return any(one.get("type") == kind for one in self._written.values())

    def profile(self, url: str) -> Profile | None:
        """The profile of an address, with or without its version; None where it is not known.

        Raises UnreadableInput where it is damaged: nothing can be found good by it.
        """
        url = url.split("|", 1)[0]
        if url not in self._profiles and url in self._written:
            with _named(url, "profile"):
                self._profiles[url] = _compiled(self._written[url])
        return self._profiles.get(url)

    def codes(self, value_set: str) -> frozenset[tuple[str, str]] | None:
        """Every (system, code) of a value set; None where the package does not list them all."""
        url = value_set.split("|", 1)[0]
        if url not in self._codes:
            self._codes[url] = None  # a value set that includes itself is not listed
            with _named(url, "value set"):
                self._codes[url] = self._listed(url) if url in self._value_sets else codes_of(url)
        return self._codes[url]

    def _listed(self, url: str) -> frozenset[tuple[str, str]] | None:
        found: set[tuple[str, str]] = set()
        compose = self._value_sets[url].get("compose")
        if not isinstance(compose, dict) or compose.get("exclude"):
            return None
        for part in compose.get("include", []):
            system = str(part.get("system", ""))
            listed: set[tuple[str, str]] | frozenset[tuple[str, str]] | None
            if part.get("filter"):
                return None
            if part.get("concept"):
                listed = {(system, str(one.get("code"))) for one in part["concept"]}
            elif system:
                listed = self._of_system(system)
            else:
                included = [self.codes(one) for one in part.get("valueSet", [])]
                if not included or None in included:
                    return None
                listed = frozenset.union(*(one for one in included if one is not None))
            if listed is None:
                return None
            found |= listed
        return frozenset(found)

    def _of_system(self, url: str) -> set[tuple[str, str]] | None:
        system = self._code_systems.get(url)
        if system is None or system.get("content") != "complete":
            return None
        found: set[tuple[str, str]] = set()
        waiting = list(system.get("concept", []))
        while waiting:
            one = waiting.pop()
            found.add((url, str(one.get("code"))))
            waiting += one.get("concept", [])
        return found


def _resources_in(package: Path) -> Iterator[Json]:
    if not package.exists():
        raise UnreadableInput(
            f"{named_within(package)}: there is no such file or folder; expected a package of FHIR profiles (.tgz), or"
            " the folder of its files"
        )
    if package.is_dir():
        for file in sorted(package.rglob("*.json")):
            yield from _definition(file.read_bytes(), shown(file.relative_to(package)))
        return
    try:
        with tarfile.open(package, "r:gz") as archive:
            unpacked = 0
            for member in archive:
                unpacked += member.size
                UNPACKED_BYTES.refuse_beyond(unpacked, shown(package.name))
                held = archive.extractfile(member) if member.isfile() and member.name.endswith(".json") else None
                if held is not None:
                    yield from _definition(held.read(), shown(member.name))
    except (OSError, tarfile.TarError, EOFError) as wrong:
        why = (wrong.strerror if isinstance(wrong, OSError) else None) or str(wrong)
        raise UnreadableInput(
            f"{named_within(package)}: cannot be read as a package (.tgz) of FHIR profiles ({why})"
        ) from None


def _definition(data: bytes, name: str) -> Iterator[Json]:
    try:
        resource = json.loads(data, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise UnreadableInput(f"{name}: no JSON that can be read; get the package of profiles again") from None
    if isinstance(resource, dict):
        yield resource


@contextmanager
def _named(url: str, kind: str) -> Iterator[None]:
    """UnreadableInput that names a definition of which a member is of another shape than FHIR says."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError):
        raise UnreadableInput(f"{shown(url)}: this {kind} is damaged; get the package that holds it again") from None


def _compiled(written: Json) -> Profile:
    elements = written["snapshot"]["element"]
    by_id: dict[str, Element] = {}
    root: Element | None = None
    for one in elements:
        element = _element(one)
        by_id[one["id"]] = element
        parent_id, _, last = one["id"].rpartition(".")
        if not parent_id:
            root = element
        elif parent_id in by_id:
            by_id[parent_id].children.setdefault(last.split(":", 1)[0], []).append(element)
    if root is None:
        raise UnreadableInput(f"{written['url']}: its snapshot has no element")
    return Profile(str(written["url"]), str(written.get("type", "")), root, by_id)


def _element(one: Json) -> Element:
    last = str(one["id"]).rpartition(".")[2]
    most = str(one.get("max", "*"))
    slicing = one.get("slicing", {})
    binding = one.get("binding", {})
    return Element(
        path=str(one["path"]),
        name=last.split(":", 1)[0],
        slice_name=str(one.get("sliceName", "")),
        least=int(one.get("min", 0)),
        most=None if most == "*" else int(most),
        repeats=str(one.get("base", {}).get("max", most)) not in ("0", "1"),
        types=tuple(_type(kind) for kind in one.get("type", [])),
        fixed=_prefixed(one, "fixed"),
        pattern=_prefixed(one, "pattern"),
        discriminators=tuple(Discriminator(by["type"], by["path"]) for by in slicing.get("discriminator", [])),
        is_closed=slicing.get("rules") == "closed",
        same_as=str(one.get("contentReference", "")).rpartition("#")[2],
        required_value_set=str(binding.get("valueSet", "")) if binding.get("strength") == "required" else "",
        invariants=tuple(_invariants(one)),
    )


def _invariants(one: Json) -> Iterator[Invariant]:
    """The conditions of an element, without advice on best practice."""
    for stated in one.get("constraint", []):
        is_advice = any(str(part.get("url", "")).endswith(_BEST_PRACTICE) for part in stated.get("extension", []))
        if stated.get("expression") and not is_advice:
            words = " ".join(str(stated.get("human", "")).split())
            yield Invariant(
                str(stated.get("key", "")), str(stated.get("severity", "error")), words, stated["expression"]
            )


def _type(kind: Json) -> TypeOf:
    code = str(kind.get("code", ""))
    if code.startswith(_SYSTEM_TYPES):
        stated = [
            one.get("valueUrl") or one.get("valueUri")
            for one in kind.get("extension", [])
            if str(one.get("url", "")).endswith(_FHIR_TYPE)
        ]
        code = str(stated[0]) if stated else code.removeprefix(_SYSTEM_TYPES).lower()
    return TypeOf(code, _unversioned(kind.get("profile", [])), _unversioned(kind.get("targetProfile", [])))


def _unversioned(addresses: list[str]) -> tuple[str, ...]:
    return tuple(one.split("|", 1)[0] for one in addresses)


def _prefixed(one: Json, prefix: str) -> Any:
    return next((value for name, value in one.items() if name.startswith(prefix) and name[len(prefix)].isupper()), None)
