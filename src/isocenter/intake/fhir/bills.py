"""Reads FHIR claims and explanations of benefit to service lines and diagnoses, at the speed of bulk files."""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

import msgspec

from isocenter.intake.fhir.coverages import business_of_reference
from isocenter.intake.fhir.insured import name_by
from isocenter.intake.fhir.once import Once
from isocenter.intake.fhir.references import MBI_SYSTEM
from isocenter.intake.fhir.services import PLACES, REVENUES, amounts_of, codes_of, service_of
from isocenter.intake.fhir.shapes import (
    NOTHING,
    UNDECODED,
    Bill,
    Concept,
    DiagnosisEntry,
    Identifier,
    Information,
    Meta,
    Party,
    PersonName,
    Reference,
    why_undecoded,
)
from isocenter.intake.x12.claims import SUPERSEDING, ClaimKeys
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine
from isocenter.terms.problems import LostLine, Problem, clause, worded

Shape = TypeVar("Shape")
Row = ClaimLine | ClaimDiagnosis | Problem

_NPI = re.compile(r"[0-9]{10}", re.ASCII)
_DIAGNOSIS = re.compile(r"[A-Z][0-9][0-9A-Z][0-9A-Z]{0,4}", re.ASCII)

_SETTINGS = {"professional": "professional", "institutional": "institutional"}
# Types of claim of the Medicare files: 40 outpatient; 71 and 72 carrier, 81 and 82 equipment; 10 home health, 20 and 30
# skilled nursing, 50 hospice, 60 to 64 inpatient.
_SETTINGS_OF_MEDICARE = {
    **dict.fromkeys(("10", "20", "30", "40", "50", "60", "61", "62", "63", "64"), "institutional"),
    **dict.fromkeys(("71", "72", "81", "82"), "professional"),
    **dict.fromkeys(("INPATIENT", "OUTPATIENT", "HHA", "SNF", "HOSPICE"), "institutional"),
    **dict.fromkeys(("CARRIER", "DME"), "professional"),
}
_MEDICARE_TYPES = ("clm_type_cd", "clm-type-cd", "eob-type")
_OF_NO_SERVICE = {"pharmacy", "oral", "vision", "PDE", "4011"}
_STATUSES_LEFT_OUT = {
    "cancelled": "it is cancelled",
    "draft": "it is a draft",
    "entered-in-error": "it was entered in error",
}
_RENDERING = frozenset({"rendering", "performing"})
_SUPERVISING = frozenset({"supervisor", "supervising"})
_NOBODY: frozenset[str] = frozenset()
_Pointers = tuple[int | None, int | None, int | None, int | None]
_NO_POINTERS: _Pointers = (None, None, None, None)
_ADMITTING = {"admitting", "patientreasonforvisit", "externalcauseofinjury", "externalcause"}
_INFORMATION = msgspec.json.Decoder(tuple[Information, ...], strict=False)
_ENTRIES = msgspec.json.Decoder(tuple[DiagnosisEntry, ...], strict=False)
_PARTIES = msgspec.json.Decoder(tuple[Party, ...], strict=False)
_NAMES = msgspec.json.Decoder(tuple[PersonName, ...], strict=False)
_MOST_NUMBER = 1_000_000  # of a line: what is beyond it numbers nothing
_DEEP = "a service within a line (item.detail) is not read; bill it as a line of its own"


class Insured(NamedTuple):
    """A member by number, and which of the persons who share it; '' where the number is one person's."""

    member_id: str = ""
    patient: str = ""


class Parties(NamedTuple):
    """How references of a bill to patients, providers and coverages are followed; each gives '' where it cannot."""

    member: Callable[[Reference], Insured]
    npi: Callable[[Reference], str]
    business: Callable[[Reference], str]
    diagnosis: Callable[[Reference], Concept | None]
    claim_number: Callable[[Reference], str]


class BillRows(NamedTuple):
    """The rows of one bill with what could not be read of it, and how many of its items bill revenue alone."""

    rows: list[Row]
    revenue_items: int = 0


def read_bill(bill: Bill, path: str, place: str, keys: ClaimKeys, parties: Parties | None = None) -> BillRows:
    """The lines and diagnoses of one bill, and what could not be read of it.

    Without `parties` only what the bill itself holds is used, and members are named by the id of their Patient. The
    claim's number is its unique identifier; claim_id is a key of the store, unique among `keys`. A member of another
    shape costs its bill alone, and is named.
    """
    try:
        return _rows_of_bill(bill, path, place, keys, parties)
    except UNDECODED as wrong:
        return BillRows(
            [LostLine(path, place, worded("{wrong}; the claim is not read", wrong=clause(why_undecoded(wrong))))]
        )


def _rows_of_bill(bill: Bill, path: str, place: str, keys: ClaimKeys, parties: Parties | None) -> BillRows:
    kind = _KINDS[bytes(bill.type)]
    refused = _why_left_out(bill) or kind.no_service
    if refused:
        return BillRows(
            [
                (LostLine if bill.item else Problem)(
                    path, place, worded("{why}; its lines were left out", why=clause(refused))
                )
            ]
        )
    setting, doubt = kind.setting
    member_id, patient = _member(bill, parties)
    if not member_id or not setting or not bill.item:
        return BillRows(
            [
                LostLine(
                    path,
                    place,
                    worded("{value}; the claim is not read", value=clause(doubt or _missing(bill, member_id))),
                )
            ]
        )
    unique, payer_number, account = _numbers(bill)
    if bill.resourceType == "ExplanationOfBenefit":
        payer_number = payer_number or unique  # a payer names it
    else:
        account = account or unique
    places = _places_of_diagnoses(bill, parties)
    frequency, bill_type, original = _frequency(bill, parties)
    billing = _npi(bill, bill.provider, parties)
    team = {one.sequence: (_ROLES[bytes(one.role)], one.provider) for one in bill.careTeam}
    head = _Head(
        path,
        place,
        keys.next_key(unique or payer_number or account or place),
        member_id,
        patient,
        setting,
        (bill_type, _business(bill, parties), frequency, original, account, payer_number),
        billing if setting == "professional" else "",
        billing,
        team,
        places.position_of,
    )
    rows: list[Row] = [ClaimDiagnosis(head.claim_id, code, position, member_id) for code, position in places.codes]
    if places.doubts:
        rows += [Problem(path, place, sentence) for sentence in places.doubts]
    if frequency in SUPERSEDING and not original:
        sentence = worded(
            "it {value} another claim (frequency {frequency}) without naming it; it is kept",
            value=SUPERSEDING[frequency],
            frequency=frequency,
        )
        rows.append(Problem(path, place, sentence))
    return BillRows(rows, _add_lines(rows, bill, head, parties))


_Roles = frozenset[str]
_Team = dict[int, tuple[_Roles, Reference | None]]


class _Head(NamedTuple):
    """What all lines of a bill share."""

    path: str
    place: str
    claim_id: str
    member_id: str
    patient: str
    setting: str
    numbers: tuple[str, str, str, str, str, str]  # type of bill, business, frequency, original, account, payer's
    rendering_npi: str  # where the care team names nobody
    billing_npi: str
    team: _Team
    position_of: dict[int, int]  # of diagnoses


def _add_lines(rows: list[Row], bill: Bill, head: _Head, parties: Parties | None) -> int:
    """Add the lines of a bill; how many of its items bill revenue alone."""
    path, place, claim_id, member_id, patient, setting, numbers, rendering_usual, billing, team, position_of = head
    bill_type, business, frequency, original, account, payer_number = numbers
    performers: dict[tuple[int, ...], tuple[str, str]] = {}
    pointers: dict[tuple[int, ...], _Pointers] = {(): _NO_POINTERS}
    used: set[int] = set()
    new = tuple.__new__  # a row's own constructor costs as much again as all else here
    revenue_items = 0
    for index, item in enumerate(bill.item):
        if item.detail:
            rows.append(LostLine(path, f"{place}.item[{index}]", _DEEP))
        service = service_of(item, bill, setting)
        if service is None:
            revenue_items += 1
            continue
        submitted, eligible, is_denied = amounts_of(item)
        if isinstance(service, str) or is_denied:
            lost = service if isinstance(service, str) else f"the payer denied {service[0]}, so it bills nothing"
            rows.append(
                LostLine(path, f"{place}.item[{index}]", worded("{lost}; the line is not kept", lost=clause(lost)))
            )
            continue
        code, (modifier_1, modifier_2, modifier_3, modifier_4), units, first, last = service
        line_number = item.sequence
        if not 0 < line_number < _MOST_NUMBER or line_number in used:
            line_number = _next_free(used)
        used.add(line_number)
        served, judged = item.careTeamSequence, item.diagnosisSequence
        if served not in performers:
            performers[served] = _team(bill, served or sorted(team), team, parties)
        rendering, supervising = performers[served]
        if judged not in pointers:
            pointers[judged] = _pointers(judged, position_of)
        pointer_1, pointer_2, pointer_3, pointer_4 = pointers[judged]
        line = (
            f"{claim_id}-{line_number}", claim_id, line_number, "", member_id, first, code, units,
            modifier_1, modifier_2, modifier_3, modifier_4, PLACES[bytes(item.locationCodeableConcept)], setting,
            rendering or rendering_usual, billing, supervising, bill_type,
            "" if item.revenue is NOTHING else REVENUES[bytes(item.revenue)], business, frequency, original,
            submitted, eligible, last if last != first else None, account, payer_number, "",
            pointer_1, pointer_2, pointer_3, pointer_4, patient,
        )  # fmt: skip
        rows.append(new(ClaimLine, line))
    return revenue_items


def _why_left_out(bill: Bill) -> str:
    if bill.status in _STATUSES_LEFT_OUT:
        return _STATUSES_LEFT_OUT[bill.status]
    if bill.use == "predetermination":
        return "it asks what would be paid (use is predetermination) and bills nothing"
    meta = b"" if bill.meta is NOTHING else bytes(bill.meta)
    if b"NotFinalAction" in meta and _IS_NOT_FINAL[meta]:
        return "a later claim took its place (it is tagged as not final)"
    if bill.related and any("replacedby" in codes_of(one.relationship) for one in bill.related):
        return "a later claim replaces it"
    return ""


def _missing(bill: Bill, member_id: str) -> str:
    if not member_id:
        return "patient names nobody; a reference to a Patient, or an identifier, is expected"
    return "it has no item; one for each service is expected" if not bill.item else ""


class _Kind(NamedTuple):
    """What the type of a bill says: its setting, or what is wrong with it; for what it is, if for no service."""

    setting: tuple[str, str]
    no_service: str


def _kind(stated: Concept) -> _Kind:
    codings = stated.coding
    kinds = {one.code for one in codings}
    settings = {_SETTINGS[one.code] for one in codings if one.code in _SETTINGS}
    settings = settings or {
        _SETTINGS_OF_MEDICARE[one.code]
        for one in codings
        if one.code in _SETTINGS_OF_MEDICARE and one.system.lower().endswith(_MEDICARE_TYPES)
    }
    what = "drugs" if kinds & {"pharmacy", "PDE", "4011"} else "other services"
    no_service = f"it is a claim for {what}" if kinds & _OF_NO_SERVICE and not kinds & _SETTINGS.keys() else ""
    if len(settings) == 1:
        return _Kind((settings.pop(), ""), no_service)
    written = ", ".join(one.code for one in codings) or "not stated"
    doubt = worded("its type is {written}; professional or institutional is expected", written=written)
    return _Kind(("", doubt), no_service)


_KINDS = Once("type", Concept, _kind, Concept())
_IS_NOT_FINAL = Once("meta", Meta, lambda meta: any(tag.code == "NotFinalAction" for tag in meta.tag), Meta())
_KINDS_OF_NUMBER = Once("identifier.type", Concept, lambda one: frozenset(codes_of(one)), Concept())
_ROLES = Once("careTeam.role", Concept, lambda one: frozenset(codes_of(one)), Concept())


def _numbers(bill: Bill) -> tuple[str, str, str]:
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


def _member(bill: Bill, parties: Parties | None) -> Insured:
    patient = bill.patient
    if patient is None:
        return Insured()
    if patient.identifier and patient.identifier.value:
        return Insured(patient.identifier.value)
    if patient.reference.startswith("#"):
        return _contained_member(bill, _contained(bill, patient.reference))
    known = parties.member(patient) if parties else Insured()
    own_id = patient.reference.split("/_history/", 1)[0].rsplit("/", 1)[-1].rsplit(":", 1)[-1]
    return known if known.member_id else Insured(own_id)


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
    names = _decoded(_NAMES, bytes(party.name), "contained.name") if bytes(party.name) else ()
    given_name = next((part for name in names for part in name.given), "")
    return Insured(number, name_by(relationship, party.birthDate, given_name))


def _contained(bill: Bill, address: str) -> Party | None:
    held = _decoded(_PARTIES, bytes(bill.contained), "contained") if bytes(bill.contained) else ()
    return next((one for one in held if one.id == address[1:]), None)


def _decoded(decoder: msgspec.json.Decoder[Shape], held: bytes, member: str) -> Shape:
    """What a member holds; where it has another shape the error names it."""
    try:
        return decoder.decode(held)
    except (msgspec.ValidationError, RecursionError) as wrong:
        raise msgspec.ValidationError(f"{member}: {why_undecoded(wrong)}") from None


def _npi(bill: Bill, reference: Reference | None, parties: Parties | None) -> str:
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


def _business(bill: Bill, parties: Parties | None) -> str:
    insurance = bill.insurance
    focal = insurance if len(insurance) < 2 else [one for one in insurance if one.focal] or insurance[:1]
    for one in focal:
        if one.coverage:
            said = business_of_reference(one.coverage.reference, one.coverage.display)
            said = said or (parties.business(one.coverage) if parties else "")
            if said:
                return said
    return ""


def _frequency(bill: Bill, parties: Parties | None) -> tuple[str, str, str]:
    """Frequency code, type of bill, and the number of the claim that this one replaces or voids."""
    held = b"" if bill.supportingInfo is NOTHING else bytes(bill.supportingInfo)
    states_type = b"typeofbill" in held or b"freq_cd" in held or b"fac_type_cd" in held
    states_type = states_type or b"FREQ-CD" in held or b"FAC-TYPE-CD" in held
    if not states_type and not bill.related:
        return "1", "", ""
    bill_type, frequency, parts = "", "", {"fac": "", "srvc": ""}
    for one in _decoded(_INFORMATION, held, "supportingInfo") if states_type else ():
        kinds = codes_of(one.category)
        for coding in one.code.coding if one.code else ():
            name = coding.system.rsplit("/", 1)[-1].lower().replace("-", "_")
            if name in ("clm_freq_cd", "clm_bill_freq_cd"):
                frequency = coding.code
            elif name in ("clm_fac_type_cd", "clm_bill_fac_type_cd"):
                parts["fac"] = coding.code
            elif name in ("clm_srvc_clsfctn_type_cd", "clm_bill_clsfctn_cd"):
                parts["srvc"] = coding.code
            elif "typeofbill" in kinds and coding.code.strip("0").isalnum() and len(coding.code) in (3, 4):
                bill_type = coding.code[-3:]
    if not bill_type and all(parts.values()):
        bill_type = f"{parts['fac']}{parts['srvc']}{frequency}"
    frequency = frequency or (bill_type[2:3] if len(bill_type) == 3 else "")
    original = ""
    for related in bill.related:
        if {"prior", "replaces", "replacement"} & set(codes_of(related.relationship)):
            named = related.reference.value if related.reference else ""
            claim = related.claim
            named = named or (claim.identifier.value if claim and claim.identifier else "")
            if claim and not named:
                named = (parties.claim_number(claim) if parties else "") or claim.reference.rsplit("/", 1)[-1]
            original = named
            frequency = frequency if frequency in SUPERSEDING else "7"
    return frequency if frequency in set("123456789") else "1", bill_type, original


class _DiagnosisRole(NamedTuple):
    is_principal: bool
    is_left_out: bool


def _diagnosis_role(types: tuple[Concept, ...]) -> _DiagnosisRole:
    kinds = {kind for concept in types for kind in codes_of(concept)}
    is_left_out = bool(kinds & _ADMITTING and not kinds & {"principal", "secondary", "other"})
    return _DiagnosisRole("principal" in kinds, is_left_out)


class _Places(NamedTuple):
    codes: tuple[tuple[str, int], ...]  # code and position on the claim
    position_of: dict[int, int]  # by the diagnosis's sequence
    doubts: tuple[str, ...]
    refers: bool = False  # a diagnosis is given by reference to a Condition


def _places_of(entries: tuple[DiagnosisEntry, ...], parties: Parties | None = None) -> _Places:
    """The diagnoses in the order of their sequence, the principal one first; admitting and like ones are left out."""
    doubts: list[str] = []
    kept: list[tuple[bool, int, str]] = []
    refers = False
    for one in entries:
        role = _DIAGNOSIS_ROLES[bytes(one.type)]
        if role.is_left_out:
            continue
        held = bytes(one.diagnosisCodeableConcept)
        is_reference = not held and one.diagnosisReference is not None
        refers = refers or is_reference
        if is_reference and parties and one.diagnosisReference:
            code, doubt = _diagnosis(parties.diagnosis(one.diagnosisReference))
        else:
            code, doubt = _DIAGNOSES[held]
        if doubt:
            doubts.append(doubt)
        kept.append((not role.is_principal, one.sequence, code))
    if len(kept) > 1:
        kept.sort(key=lambda entry: entry[:2])
    position_of = {sequence: position for position, (_, sequence, _) in enumerate(kept, start=1)}
    codes = tuple((code, position_of[sequence]) for _, sequence, code in kept if code)
    return _Places(codes, position_of, tuple(doubts), refers)


def _places_of_diagnoses(bill: Bill, parties: Parties | None) -> _Places:
    held = bytes(bill.diagnosis)
    places = _PLACES_OF_DIAGNOSES[held]
    if parties and places.refers:
        return _places_of(_decoded(_ENTRIES, held, "diagnosis"), parties)
    return places


def _diagnosis(concept: Concept | None) -> tuple[str, str]:
    """The ICD-10-CM code of a diagnosis with its dot, or '' and why there is none."""
    if concept is None:
        return "", "a diagnosis is given by reference to a Condition that is not at hand; it is not kept"
    for one in concept.coding:
        if "icd-10" in one.system.lower() or not one.system:
            code = one.code.strip().upper().replace(".", "", 1)
            if _DIAGNOSIS.fullmatch(code):
                return (f"{code[:3]}.{code[3:]}" if code[3:] else code), ""
    for one in concept.coding:
        if "icd-9" in one.system.lower():
            return "", worded("diagnosis {code} is a code of ICD-9-CM; it is not kept", code=one.code)
    written = ", ".join(one.code for one in concept.coding) or concept.text or "nothing"
    doubt = "a diagnosis gives {written}; an ICD-10-CM code of 3 to 7 characters is expected; it is not kept"
    return "", worded(doubt, written=written)


_DIAGNOSES = Once("diagnosis.diagnosisCodeableConcept", Concept, _diagnosis, None)
_PLACES_OF_DIAGNOSES = Once("diagnosis", tuple[DiagnosisEntry, ...], _places_of, ())
_DIAGNOSIS_ROLES = Once("diagnosis.type", tuple[Concept, ...], _diagnosis_role, ())


def _next_free(used: set[int]) -> int:
    return max(used, default=0) + 1


def _team(
    bill: Bill,
    sequences: Iterable[int],
    team: _Team,
    parties: Parties | None,
) -> tuple[str, str]:
    """Who of some members of the care team rendered a line and who supervised it; else who attended."""
    rendering = supervising = ""
    for sequence in sequences:
        roles, provider = team.get(sequence, (_NOBODY, None))
        if not rendering and roles & _RENDERING:
            rendering = _npi(bill, provider, parties)
        if not supervising and roles & _SUPERVISING:
            supervising = _npi(bill, provider, parties)
    if not rendering:
        attending = next((provider for roles, provider in team.values() if "attending" in roles), None)
        rendering = _npi(bill, attending, parties)
    return rendering, supervising


def _pointers(sequences: tuple[int, ...], position_of: dict[int, int]) -> _Pointers:
    places = [position_of[one] for one in sequences if one in position_of]
    first, second, third, fourth = (*places, None, None, None, None)[:4]
    return first, second, third, fourth
