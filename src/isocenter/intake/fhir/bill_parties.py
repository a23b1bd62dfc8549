"""Reads who and what a FHIR claim or explanation of benefit names: its numbers, member, providers and coverage."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

import msgspec

from isocenter.intake.fhir.coverages import business_of_reference
from isocenter.intake.fhir.insured import name_by
from isocenter.intake.fhir.kinds import RESOURCE_TYPES
from isocenter.intake.fhir.once import Once
from isocenter.intake.fhir.references import MBI_SYSTEM
from isocenter.intake.fhir.services import codes_of
from isocenter.intake.fhir.shapes import (
    Bill,
    Concept,
    Identifier,
    Party,
    PersonName,
    Reference,
    Shape,
    decode,
    why_undecoded,
)
from isocenter.intake.fhir.shapes import (
    Member as CareMember,
)

_NPI = re.compile(r"[0-9]{10}", re.ASCII)


_RENDERING = frozenset({"rendering", "performing"})


_SUPERVISING = frozenset({"supervisor", "supervising"})


_MOST_PERFORMERS = 100  # kept of one team


_NOBODY: frozenset[str] = frozenset()


_PARTIES = msgspec.json.Decoder(tuple[Party, ...], strict=False)


_NAMES = msgspec.json.Decoder(tuple[PersonName, ...], strict=False)


class Insured(NamedTuple):
    """A member by number, and which of the persons who share it; '' where the number is one person's."""

    member_id: str = ""
    patient: str = ""


class Parties(NamedTuple):
    """How references of a bill to patients, providers and coverages are followed; each gives '' where it cannot."""

    member: Callable[[Reference], Insured]
    npi: Callable[[Reference], str]
    business: Callable[[Reference], str]
    diagnosis: Callable[[Reference, Reference | None], Concept | None]  # of a bill of this patient
    claim_number: Callable[[Reference], str]


_Roles = frozenset[str]


class Team(NamedTuple):
    """The care team of a bill by the numbers of its members; `performers` of lines, where the team alone says them."""

    members: dict[int, tuple[_Roles, Reference | None]]
    performers: dict[tuple[int, ...], tuple[str, str]] | None


_KINDS_OF_NUMBER = Once("identifier.type", Concept, lambda one: frozenset(codes_of(one)), Concept())


_ROLES = Once("careTeam.role", Concept, lambda one: frozenset(codes_of(one)), Concept())


def numbers_of(bill: Bill) -> tuple[str, str, str]:
    """The unique number of a bill, the payer's control number, and the provider's account number; '' each."""
    unique = control = account = ""
    for one in bill.identifier:
        kinds = _KINDS_OF_NUMBER[bytes(one.type)]
        if "uc" in kinds or one.system.endswith("/clm_id"):
            unique = unique or one.value
        elif one.system.lower().rsplit("/", 1)[-1].replace("_", "-") in ("clm-cntl-num", "carr-clm-cntrl-num"):
            control = control or one.value
        elif "PLAC" in kinds or "AN" in kinds:
            account = account or one.value
        elif not kinds:
            unique = unique or one.value
    return unique or next((one.value for one in bill.identifier if one.value), "") or bill.id, control, account


def member_of(bill: Bill, parties: Parties | None) -> Insured:
    """Who the bill is about: by a number, by a Patient within it, or by the id of its Patient."""
    patient = bill.patient
    if patient is None:
        return Insured()
    if patient.identifier and patient.identifier.value:
        known = parties.member(patient) if parties and not patient.reference else Insured()
        return known if known.member_id else Insured(patient.identifier.value)
    if patient.reference.startswith("#"):
        return _contained_member(bill, _contained(bill, patient.reference))
    by_id = _insured_by_id(patient.reference)
    known = parties.member(patient) if parties and by_id.member_id else by_id
    return known if known.member_id else by_id


@lru_cache(maxsize=4096)
def _insured_by_id(reference: str) -> Insured:
    """The member whom a reference names by the id of a Patient; nobody where it leads to another kind of resource."""
    address = reference.split("/_history/", 1)[0].rsplit("/", 2)
    if address[-2:-1] != ["Patient"] and address[-2:-1] and address[-2] in RESOURCE_TYPES:
        return Insured()  # a Group, or somebody who is not the patient
    return Insured(address[-1].rsplit(":", 1)[-1])


def _contained_member(bill: Bill, party: Party | None) -> Insured:
    """The member of a Patient within the bill, by what the bill's own Coverage says of the relationship."""
    numbers = party.identifier if party else ()
    of_one_person = next((one.value for one in numbers if one.system == MBI_SYSTEM), "")
    number = of_one_person or next((one.value for one in numbers if one.value), "")
    if party is None or of_one_person or not number:
        return Insured(number)
    covered = next((one.coverage for one in bill.insurance if one.coverage), None)
    coverage = _contained(bill, covered.reference) if covered and covered.reference.startswith("#") else None
    relationship = next(iter(codes_of(coverage.relationship)), "") if coverage and coverage.relationship else ""
    if not party.birthDate and not relationship:
        return Insured(number)
    names = decoded(_NAMES, bytes(party.name), "contained.name") if bytes(party.name) else ()
    given_name = next((part for name in names for part in name.given), "")
    return Insured(number, name_by(relationship, party.birthDate, given_name))


def _contained(bill: Bill, address: str) -> Party | None:
    held = decoded(_PARTIES, bytes(bill.contained), "contained") if bytes(bill.contained) else ()
    return next((one for one in held if one.id == address[1:]), None)


def decoded(decoder: msgspec.json.Decoder[Shape], held: bytes, member: str) -> Shape:
    """What a member holds; where it has another shape the error names it."""
    try:
        return decode(decoder, held)
    except (msgspec.ValidationError, RecursionError) as wrong:
        raise msgspec.ValidationError(f"{member}: {why_undecoded(wrong)}") from None


def npi_of(bill: Bill, reference: Reference | None, parties: Parties | None) -> str:
    """The NPI of a provider, by its identifier, within the bill or by `parties`; '' where none is found."""
    if reference is None:
        return ""
    if reference.identifier and _NPI.fullmatch(reference.identifier.value):
        return reference.identifier.value
    if reference.reference.startswith("#"):
        party = _contained(bill, reference.reference)
        return _npi_among(party.identifier) if party else ""
    return parties.npi(reference) if parties and reference.reference else ""


def _npi_among(identifiers: tuple[Identifier, ...]) -> str:
    for one in identifiers:
        is_npi = one.system.endswith("us-npi") or {"npi", "NPI"} & _KINDS_OF_NUMBER[bytes(one.type)]
        if is_npi and _NPI.fullmatch(one.value):
            return one.value
    return ""


def business_of(bill: Bill, parties: Parties | None) -> str:
    """The line of business of the focal coverage; '' where nothing says it, or several that are focal differ."""
    insurance = bill.insurance
    focal = insurance if len(insurance) < 2 else [one for one in insurance if one.focal] or insurance[:1]
    if len(focal) == 1:
        return _business(focal[0].coverage, parties)
    said = {business for one in focal if (business := _business(one.coverage, parties))}
    return said.pop() if len(said) == 1 else ""


def _business(coverage: Reference | None, parties: Parties | None) -> str:
    if coverage is None:
        return ""
    said = business_of_reference(coverage.reference, coverage.display)
    return said or (parties.business(coverage) if parties else "")


def _team(members: tuple[CareMember, ...]) -> Team:
    providers = [one.provider for one in members if one.provider is not None]
    is_alone = not any(one.reference.startswith("#") for one in providers)
    by_number = {one.sequence: (_ROLES[bytes(one.role)], one.provider) for one in members}
    return Team(by_number, {} if is_alone else None)


_TEAMS = Once("careTeam", tuple[CareMember, ...], _team, ())


def team_members(bill: Bill) -> Team:
    """The care team of a bill."""
    return _TEAMS[bytes(bill.careTeam)]


def team_of(bill: Bill, served: tuple[int, ...], team: Team, parties: Parties | None) -> tuple[str, str]:
    """Who of the care team rendered and who supervised a line that names some of its members, or none; else who
    attended.
    """
    known = team.performers if parties is None else None
    if known is not None and served in known:
        return known[served]
    found = _performers(bill, served or sorted(team.members), team.members, parties)
    if known is not None and len(known) < _MOST_PERFORMERS:
        known[served] = found
    return found


def _performers(
    bill: Bill,
    sequences: Iterable[int],
    team: dict[int, tuple[_Roles, Reference | None]],
    parties: Parties | None,
) -> tuple[str, str]:
    rendering = supervising = ""
    for sequence in sequences:
        roles, provider = team.get(sequence, (_NOBODY, None))
        if not rendering and roles & _RENDERING:
            rendering = npi_of(bill, provider, parties)
        if not supervising and roles & _SUPERVISING:
            supervising = npi_of(bill, provider, parties)
    if not rendering:
        attending = next((provider for roles, provider in team.values() if "attending" in roles), None)
        rendering = npi_of(bill, attending, parties)
    return rendering, supervising
