"""Reads a request for prior authorization: its claim, what of it is judged, what it cancels, and what it changes.

Source: Da Vinci Prior Authorization Support 2.0.1 and 2.2.1.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from isocenter.fhir.given_twice import expect_each_once
from isocenter.fhir.problems import Refused
from isocenter.intake.fhir.belonging import Person, Whose
from isocenter.intake.fhir.kinds import BILLS
from isocenter.intake.fhir.people import counts_for_patient
from isocenter.intake.fhir.references import Directory, codes, extension, objects, profiles_of, references_in, text
from isocenter.intake.fhir.resources import Found

Json = dict[str, Any]
_OLDER_GUIDE = "|2.0"
_CANCEL = "3"  # certification type (X12 element 1322), as the guide's examples show it
_MOST_ITEMS = 999  # lines of an institutional claim
_NO_REQUEST = ("draft", "entered-in-error")  # a cancelled claim is a cancellation
_LISTS = ("identifier", "extension", "modifierExtension", "related", "careTeam", "supportingInfo", "diagnosis",
          "procedure", "insurance", "contained")  # fmt: skip
_OBJECTS = ("priority", "insurer", "provider")
_LARGEST_NUMBER = 2**31 - 1  # of FHIR's positiveInt


class Asked(NamedTuple):
    """A request as it was sent, and what of it is judged: without the items and documents that it cancels."""

    claim: Json
    resources: list[Found]
    judged: list[Found]
    cancelled: frozenset[int]  # sequences of items
    is_cancellation: bool  # of the whole request
    earlier_subjects: tuple[str, ...]  # identifiers of the request that this one changes
    earlier_addresses: tuple[str, ...]

    @property
    def changes_earlier(self) -> bool:
        """Whether an earlier request is changed or cancelled."""
        return bool(self.earlier_subjects or self.earlier_addresses)


def claim_of(bundle: Mapping[str, Any]) -> Asked:
    """The claim of a request bundle, with what it cancels and which earlier claim it changes.

    Raises Refused (400) where the bundle is not one, its claim is not first, not alone or no preauthorization, or where
    a reference leads to nothing. A claim that the first one names as related may come along.
    """
    if bundle.get("resourceType") != "Bundle":
        raise Refused(400, "structure", "a Bundle is expected", "Bundle")
    found = _entries(bundle)
    if not found or found[0].resource.get("resourceType") != "Claim":
        raise Refused(400, "structure", "the first entry has to be the Claim", "Bundle.entry[0].resource")
    for one in found:
        if not isinstance(one.resource.get("id", ""), str) or not text(one.resource, "resourceType"):
            raise Refused(400, "structure", "a resource has a resourceType, and its id is a text", one.place)
    claim = dict(found[0].resource)
    directory = Directory(found)
    related = _related_claims(claim, directory)
    others = [one for one in found[1:] if one.resource.get("resourceType") in BILLS]
    if any(not any(one.resource is known for known in related.values()) for one in others):
        raise Refused(400, "structure", "the bundle holds several claims; send one at a time", "Bundle.entry")
    if claim.get("use") != "preauthorization":
        raise Refused(400, "value", f"use is {claim.get('use')!r}; preauthorization is expected", "Claim.use")
    if text(claim, "status") in _NO_REQUEST:
        raise Refused(400, "value", f"status is {claim['status']}; active is expected", "Claim.status")
    _expect_shapes(claim)
    if not objects(claim, "item"):
        raise Refused(400, "required", "the claim has no item; one for each service is expected", "Claim.item")
    _expect_items(claim)
    if not subject_of(claim):
        raise Refused(400, "required", "the request has no identifier by which it is known", "Claim.identifier")
    if not claim.get("provider"):
        raise Refused(400, "required", "the request does not say who asks (provider)", "Claim.provider")
    expect_each_once(found, ("Coverage", "Patient", "ServiceRequest"))
    _expect_one_patient(claim, found)
    for path, reference in references_in({**claim, "related": []}, "Claim"):
        address = text(reference, "reference")
        if address and not address.startswith("#") and directory.at(address, claim) is None:
            raise Refused(400, "not-found", f"{address} is not in the bundle", path)
    return _asked(claim, found, related)


def _entries(bundle: Mapping[str, Any]) -> list[Found]:
    """The resources of a request; Refused (400) where an entry holds none."""
    entries = bundle.get("entry", [])
    if not isinstance(entries, list):
        raise Refused(400, "structure", "a list of entries is expected", "Bundle.entry")
    found = []
    for number, one in enumerate(entries):
        resource = one.get("resource") if isinstance(one, Mapping) else None
        if not isinstance(resource, Mapping):
            raise Refused(400, "structure", "an entry with its resource is expected", f"Bundle.entry[{number}]")
        found.append(Found(dict(resource), "request", f"Bundle.entry[{number}].resource", text(one, "fullUrl")))
    return found


def _expect_shapes(claim: Json) -> None:
    """Refused (400) where a member has another shape, so that it would be passed over; null counts as absent."""
    for name in _LISTS:
        held = claim.get(name)
        if held is not None and not (isinstance(held, list) and all(isinstance(one, Mapping | None) for one in held)):
            raise Refused(400, "structure", "a list of objects is expected", f"Claim.{name}")
    for name in _OBJECTS:
        if not isinstance(claim.get(name), Mapping | None):
            raise Refused(400, "structure", "an object is expected", f"Claim.{name}")


def _expect_items(claim: Json) -> None:
    if len(claim["item"]) > _MOST_ITEMS:
        raise Refused(400, "too-costly", f"{len(claim['item']):,} items; at most {_MOST_ITEMS} are read", "Claim.item")
    for place, item in enumerate(claim["item"]):
        if not isinstance(item, Mapping) or sequence_of(item) < 1:
            sentence = "an item with its sequence, a number from 1, is expected"
            raise Refused(400, "structure", sentence, f"Claim.item[{place}]")
    sequences = [sequence_of(item) for item in claim["item"]]
    if len(set(sequences)) < len(sequences):
        raise Refused(400, "duplicate", "two items have the same sequence", "Claim.item.sequence")


def _expect_one_patient(claim: Json, found: Sequence[Found]) -> None:
    person = Person.of(claim.get("patient"), Directory(found), claim)
    if not person.patient_id:
        raise Refused(400, "required", "the request does not refer to its patient", "Claim.patient")
    for one in found[1:]:
        whose = person.whose(one.resource) if counts_for_patient(one.resource) else Whose.OWN
        if whose is Whose.ANOTHERS:
            raise Refused(400, "invalid", "the document is of another patient than the request", f"{one.place}.subject")
        if whose is Whose.UNKNOWN:
            sentence = "the patient of the document cannot be determined; refer to the patient of the request"
            raise Refused(400, "invalid", sentence, f"{one.place}.subject")


def _related_claims(claim: Json, directory: Directory) -> dict[str, Mapping[str, Any] | None]:
    """The claims that one names as prior to it, by their addresses; None where they did not come along."""
    return {text(one, "reference"): directory.resolve(one, claim) for one in _prior_to(claim)}


def _prior_to(claim: Json) -> list[Mapping[str, Any]]:
    """The references to claims that one changes; another relationship, such as associated, changes nothing."""
    return [
        one["claim"]
        for one in objects(claim, "related")
        if isinstance(one.get("claim"), Mapping) and "prior" in (codes(one.get("relationship")) or ["prior"])
    ]


def _asked(claim: Json, found: Sequence[Found], related: Mapping[str, Mapping[str, Any] | None]) -> Asked:
    held = [one.get("identifier") for one in _prior_to(claim)]
    subjects = [identifier_text(one) for one in held if isinstance(one, Mapping)]
    subjects += [subject_of(earlier) for earlier in related.values() if earlier is not None]
    is_withdrawn = claim.get("status") == "cancelled" or is_cancelled(claim)
    if is_withdrawn and not related and not subjects:
        subjects = [subject_of(claim)]  # a request may be cancelled under its own identifier
    items, told = objects(claim, "item"), objects(claim, "supportingInfo")
    cancelled = frozenset(sequence_of(item) for item in items if is_withdrawn or is_cancelled(item))
    standing = {
        **claim,
        "item": [item for item in items if sequence_of(item) not in cancelled],
        **({"supportingInfo": [one for one in told if not is_cancelled(one)]} if told else {}),
    }
    directory = Directory(found)
    dropped = [directory.resolve(one.get("valueReference"), claim) for one in told if is_cancelled(one)]
    dropped += list(related.values())
    judged = [one for one in found[1:] if not any(one.resource is gone for gone in dropped)]
    return Asked(
        claim,
        list(found),
        [found[0]._replace(resource=standing), *judged],
        cancelled,
        len(cancelled) == len(items),
        tuple(one for one in subjects if one),
        tuple(address for address in related if address),
    )


def is_cancelled(value: Mapping[str, Any]) -> bool:
    """Whether an item, a piece of information or a whole claim is marked as cancelled."""
    flags = [one for one in objects(value, "modifierExtension") if text(one, "url").endswith("infoCancelled")]
    kind = extension(value, "extension-certificationType")
    return any(one.get("valueBoolean") is True for one in flags) or bool(
        kind and _CANCEL in codes(kind.get("valueCodeableConcept"))
    )


def subject_of(claim: Mapping[str, Any]) -> str:
    """What a request is known by: its first identifier, else its id."""
    for one in objects(claim, "identifier"):
        if text(one, "value"):
            return identifier_text(one)
    return text(claim, "id")


def identifier_text(identifier: Mapping[str, Any]) -> str:
    """An identifier as one text: its system and value."""
    return f"{text(identifier, 'system')}|{text(identifier, 'value')}"


def sequence_of(item: Mapping[str, Any]) -> int:
    """The number by which a request refers to an item; 0 where it has none."""
    value = item.get("sequence")
    is_number = isinstance(value, int) and not isinstance(value, bool) and value <= _LARGEST_NUMBER
    return value if is_number else 0  # type: ignore[return-value]


def is_of_older_guide(bundle: Mapping[str, Any]) -> bool:
    """Whether a bundle, or the claim in it, says that it is as version 2.0 of the guide has it."""
    resources = (entry.get("resource") for entry in objects(bundle, "entry"))
    claims = [one for one in resources if isinstance(one, Mapping) and one.get("resourceType") == "Claim"]
    return any(_OLDER_GUIDE in profile for one in (bundle, *claims) for profile in profiles_of(one))
