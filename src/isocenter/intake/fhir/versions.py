"""Finds out which of several versions of one FHIR resource counts: exports repeat what was changed since the last one.

Source: HL7 FHIR R4 (4.0.1), Resource.meta: lastUpdated changes with each version, versionId names it.
"""

from collections import deque
from collections.abc import Container, Sequence
from datetime import UTC, datetime
from enum import StrEnum

import msgspec

from isocenter.intake.fhir.references import objects, text
from isocenter.intake.fhir.resources import Found, Json
from isocenter.intake.fhir.shapes import NOTHING, UNDECODED, Bill, Meta
from isocenter.terms.problems import LostLine, Problem, Unread, worded

_LARGEST_VERSION = 1_000_000
_OWNERS = ("patient", "subject", "beneficiary")
_BILLS = ("Claim", "ExplanationOfBenefit")
_META = msgspec.json.Decoder(Meta, strict=False)


class Order(StrEnum):
    """What a resource is beside the one of its identity that was read before."""

    LATER = "later"
    EARLIER = "earlier"
    SAME = "same"
    UNKNOWN = "unknown"


LEFT_OUT = {
    Order.EARLIER: "a later version of it was supplied; this one was left out",
    Order.SAME: "it appears twice in the same version; it is read once",
    Order.UNKNOWN: "it appears twice, and neither meta.versionId nor meta.lastUpdated says which counts; the first is"
    " read; give the one that counts",
}

_OTHER_PERSON = (
    "another patient has this id too, with another birth date or no number in common, and no version says which"
    " counts; give the one that counts"
)


def version_of(version_id: str, last_updated: str) -> int:
    """A number that grows from one version of a resource to the next; 0 where nothing says which it is."""
    own = int(version_id) if version_id.isascii() and version_id.isdecimal() and len(version_id) < 7 else 0
    try:
        moment = datetime.fromisoformat(last_updated) if len(last_updated) > 10 else None
    except ValueError:
        moment = None
    if moment is None:
        return own
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000) * _LARGEST_VERSION + own


def compared(version: int, before: int) -> Order:
    """What a version is beside one that was read before, both as `version_of` numbers them."""
    if (version < _LARGEST_VERSION) != (before < _LARGEST_VERSION):  # one states its moment, the other does not
        version, before = version % _LARGEST_VERSION, before % _LARGEST_VERSION
    if not version or not before:
        return Order.UNKNOWN
    if version == before:
        return Order.SAME
    return Order.LATER if version > before else Order.EARLIER


def version_of_bill(bill: Bill) -> int:
    """The version of a claim or explanation of benefit, as `version_of` numbers it."""
    if bill.meta is NOTHING:
        return 0
    held = bytes(bill.meta)
    if b"lastUpdated" not in held and b"versionId" not in held:
        return 0
    try:
        meta = _META.decode(held)
    except UNDECODED:
        return 0
    return version_of(meta.versionId, meta.lastUpdated)


def newest(found: Sequence[Found]) -> tuple[list[Found], list[Problem]]:
    """The resources of a record in the version that counts, and what was left out.

    Resources without an id are kept, and so are those that are no bills and whose order no version states.
    """
    kept: dict[int, Found] = {}
    known: dict[tuple[str, ...], _Places] = {}
    problems: list[Problem] = []
    for place, one in enumerate(found):
        kept[place] = one
        if not text(one.resource, "id"):
            continue
        places = known.setdefault(_identity(one.resource), _Places(kept))
        before = places.first_like(one)
        places.add(place, one)
        if before is None:
            continue
        order = _order(one.resource, kept[before].resource)
        is_bill = one.resource.get("resourceType") in _BILLS
        if not is_bill and order not in (Order.LATER, Order.EARLIER):
            if _are_other_people(one.resource, kept[before].resource):
                problems.append(Unread(one.file, one.place, worded(_OTHER_PERSON)))
            continue
        gone = before if order is Order.LATER else place
        left_out = kept.pop(gone)
        kind = LostLine if order is Order.UNKNOWN else Problem
        sentence = LEFT_OUT[Order.EARLIER if order is Order.LATER else order]
        problems.append(kind(left_out.file, left_out.place, worded(sentence)))
    return list(kept.values()), problems


def _are_other_people(one: Json, other: Json) -> bool:
    """Whether two patients state different days of birth, or numbers of which none is the same."""
    if one.get("resourceType") != "Patient":
        return False
    day, other_day = sorted(text(patient, "birthDate") for patient in (one, other))  # a year alone sorts first
    numbers = [{text(number, "value") for number in objects(patient, "identifier")} - {""} for patient in (one, other)]
    return not other_day.startswith(day) or (all(numbers) and numbers[0].isdisjoint(numbers[1]))


def _identity(resource: Json) -> tuple[str, ...]:
    owners = (resource.get(name) for name in _OWNERS)
    owner = next((text(one, "reference") for one in owners if isinstance(one, dict)), "")
    kind = text(resource, "resourceType")
    number = text(next(iter(objects(resource, "identifier")), {}), "value") if kind in _BILLS else ""
    return kind, text(resource, "id"), owner, number


class _Places:
    """The places of resources of one identity, of which those that are still kept count."""

    def __init__(self, kept: Container[int]) -> None:
        self._kept = kept
        self._all: deque[int] = deque()
        self._by_address: dict[str, deque[int]] = {}

    def add(self, place: int, one: Found) -> None:
        """Make a place known, behind those before it."""
        self._all.append(place)
        self._by_address.setdefault(_address(one), deque()).append(place)

    def first_like(self, one: Found) -> int | None:
        """The first place of a resource that may be of the same server: it is not where both state other addresses."""
        address = _address(one)
        listed = [self._by_address.get(known, deque()) for known in (address, "")] if address else [self._all]
        return min((first for places in listed if (first := self._first(places)) is not None), default=None)

    def _first(self, places: deque[int]) -> int | None:
        while places and places[0] not in self._kept:
            places.popleft()
        return places[0] if places else None


def _address(one: Found) -> str:
    return one.full_url.split("/_history/", 1)[0]


def _order(resource: Json, before: Json) -> Order:
    if resource == before:
        return Order.SAME
    order = compared(_version(resource), _version(before))
    return Order.UNKNOWN if order is Order.SAME else order


def _version(resource: Json) -> int:
    meta = resource.get("meta")
    return version_of(text(meta, "versionId"), text(meta, "lastUpdated")) if isinstance(meta, dict) else 0
