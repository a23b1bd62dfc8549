"""Reads FHIR claims and explanations of benefit to service lines and diagnoses, at the speed of bulk files."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import NamedTuple

import msgspec

from isocenter.intake.fhir.coverages import business_of_reference
from isocenter.intake.fhir.people import day_of
from isocenter.intake.fhir.references import MBI_SYSTEM
from isocenter.intake.fhir.shapes import (
    Bill,
    Concept,
    Extension,
    Identifier,
    Information,
    Item,
    Party,
    Reference,
)
from isocenter.intake.x12.claims import SUPERSEDING, ClaimKeys
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine
from isocenter.terms.problems import LostLine, Problem

Row = ClaimLine | ClaimDiagnosis | Problem

_PROCEDURE = re.compile(r"[0-9A-Z]{5}", re.ASCII)
_MODIFIER = re.compile(r"[0-9A-Z]{2}", re.ASCII)
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
_RENDERING = ("rendering", "performing")
_ADMITTING = {"admitting", "patientreasonforvisit", "externalcauseofinjury", "externalcause"}
# line_prcsg_ind_cd of the Medicare files: noncovered, unnecessary, bundled, exhausted, doubled, or another payer's.
_DENIED = set("BCDGHIJKLMNOPQTUVXYZ!@#$*()+<>%&")
_SIGNS_OF_BILL_TYPE = (b"typeofbill", b"freq_cd", b"fac_type_cd", b"FREQ-CD", b"FAC-TYPE-CD")
_INDICATOR = b"line_prcsg_ind_cd"
_EXTENSIONS = msgspec.json.Decoder(tuple[Extension, ...], strict=False)
_INFORMATION = msgspec.json.Decoder(tuple[Information, ...], strict=False)
_PARTIES = msgspec.json.Decoder(tuple[Party, ...], strict=False)
_DEEP = "a service within a line (item.detail) is not read; bill it as a line of its own"


class Parties(NamedTuple):
    """How references of a bill to patients, providers and coverages are followed; each gives '' where it cannot."""

    member: Callable[[Reference], str]
    npi: Callable[[Reference], str]
    business: Callable[[Reference], str]
    diagnosis: Callable[[Reference], Concept | None]
    claim_number: Callable[[Reference], str]


def read_bill(bill: Bill, path: str, place: str, keys: ClaimKeys, parties: Parties | None = None) -> Iterator[Row]:
    """The lines and diagnoses of one bill, and what could not be read of it.

    Without `parties` only what the bill itself holds is used, and members are named by the id of their Patient. The
    claim's number is its unique identifier; claim_id is a key of the store, unique among `keys`.
    """
    refused = _why_left_out(bill)
    if refused:
        yield (LostLine if bill.item else Problem)(path, place, f"{refused}; its lines were left out")
        return
    setting, doubt = _setting(bill)
    member_id = _member(bill, parties)
    unique, payer_number, account = _numbers(bill)
    if bill.resourceType == "ExplanationOfBenefit":
        payer_number = payer_number or unique  # a payer names it
    else:
        account = account or unique
    if not member_id or not setting or not bill.item:
        yield LostLine(path, place, f"{doubt or _missing(bill, member_id)}; the claim is not read")
        return
    claim_id = keys.next_key(unique or payer_number or account or place)
    places = _places_of_diagnoses(bill, parties)
    for code, position in places.codes:
        yield ClaimDiagnosis(claim_id, code, position, member_id)
    for sentence in places.doubts:
        yield Problem(path, place, sentence)
    frequency, bill_type, original = _frequency(bill, parties)
    if frequency in SUPERSEDING and not original:
        sentence = f"it {SUPERSEDING[frequency]} another claim (frequency {frequency}) without naming it; it is kept"
        yield Problem(path, place, sentence)
    billing = _npi(bill, bill.provider, parties)
    business = _business(bill, parties)
    rendering_usual = billing if setting == "professional" else ""
    team = {one.sequence: (_codes(one.role), one.provider) for one in bill.careTeam}
    of_whole_team = _team(bill, sorted(team), team, parties)
    used: set[int] = set()
    new = tuple.__new__  # a row's own constructor costs as much again as all else here
    for place_on_claim, item in enumerate(bill.item, start=1):
        if item.detail:
            yield LostLine(path, f"{place}.item[{place_on_claim - 1}]", _DEEP)
        service = _service(item, bill, setting)
        if service is None:
            continue  # revenue billed without a procedure
        if isinstance(service, str):
            yield LostLine(path, f"{place}.item[{place_on_claim - 1}]", f"{service}; the line is not kept")
            continue
        code, modifiers, units, first, last = service
        line_number = item.sequence if item.sequence > 0 and item.sequence not in used else _next_free(used)
        used.add(line_number)
        rendering, supervising = of_whole_team
        if item.careTeamSequence:
            rendering, supervising = _team(bill, item.careTeamSequence, team, parties)
        submitted, eligible = _amounts(item)
        yield new(
            ClaimLine,
            (
                f"{claim_id}-{line_number}",
                claim_id,
                line_number,
                "",
                member_id,
                first,
                code,
                units,
                *modifiers,
                _first(item.locationCodeableConcept, 2),
                setting,
                rendering or rendering_usual,
                billing,
                supervising,
                bill_type,
                _revenue(item),
                business,
                frequency,
                original,
                submitted,
                eligible,
                last if last != first else None,
                account,
                payer_number,
                "",
                *_pointers(item, places.position_of),
            ),
        )


def _why_left_out(bill: Bill) -> str:
    if bill.status in _STATUSES_LEFT_OUT:
        return _STATUSES_LEFT_OUT[bill.status]
    if bill.use == "predetermination":
        return "it asks what would be paid (use is predetermination) and bills nothing"
    if bill.meta and any(tag.code == "NotFinalAction" for tag in bill.meta.tag):
        return "a later claim took its place (it is tagged as not final)"
    if any("replacedby" in _codes(one.relationship) for one in bill.related):
        return "a later claim replaces it"
    kinds = set(_codes(bill.type))
    if kinds & _OF_NO_SERVICE and not kinds & _SETTINGS.keys():
        return f"it is a claim for {'drugs' if kinds & {'pharmacy', 'PDE', '4011'} else 'other services'}"
    return ""


def _missing(bill: Bill, member_id: str) -> str:
    if not member_id:
        return "patient names nobody; a reference to a Patient, or an identifier, is expected"
    return "it has no item; one for each service is expected" if not bill.item else ""


def _setting(bill: Bill) -> tuple[str, str]:
    """The setting that the type of a bill states, or what is wrong with it."""
    codings = bill.type.coding if bill.type else ()
    settings = {_SETTINGS[one.code] for one in codings if one.code in _SETTINGS}
    settings = settings or {
        _SETTINGS_OF_MEDICARE[one.code]
        for one in codings
        if one.code in _SETTINGS_OF_MEDICARE and one.system.lower().endswith(_MEDICARE_TYPES)
    }
    if len(settings) == 1:
        return settings.pop(), ""
    stated = ", ".join(one.code for one in codings) or "not stated"
    return "", f"its type is {stated}; professional or institutional is expected"


def _codes(concept: Concept | None) -> list[str]:
    return [one.code for one in concept.coding if one.code] if concept else []


def _first(concept: Concept | None, length: int) -> str:
    """The first code of so many letters or digits."""
    return next((code for code in _codes(concept) if len(code) == length and code.isalnum()), "")


def _numbers(bill: Bill) -> tuple[str, str, str]:
    """The unique number of a bill, the payer's control number, and the provider's account number; '' each."""
    unique = control = account = ""
    for one in bill.identifier:
        kinds = _codes(one.type)
        if "uc" in kinds or one.system.endswith("/clm_id"):
            unique = unique or one.value
        elif one.system.lower().rsplit("/", 1)[-1].replace("_", "-") in ("clm-cntl-num", "carr-clm-cntrl-num"):
            control = control or one.value
        elif "PLAC" in kinds or "AN" in kinds:
            account = account or one.value
        elif not kinds:
            unique = unique or one.value
    return unique or next((one.value for one in bill.identifier if one.value), "") or bill.id, control, account


def _member(bill: Bill, parties: Parties | None) -> str:
    patient = bill.patient
    if patient is None:
        return ""
    if patient.identifier and patient.identifier.value:
        return patient.identifier.value
    if patient.reference.startswith("#"):
        party = _contained(bill, patient.reference)
        numbers = [one.value for one in party.identifier if one.system == MBI_SYSTEM] if party else []
        numbers += [one.value for one in party.identifier if one.value] if party else []
        return numbers[0] if numbers else ""
    known = parties.member(patient) if parties else ""
    return known or patient.reference.split("/_history/", 1)[0].rsplit("/", 1)[-1].rsplit(":", 1)[-1]


def _contained(bill: Bill, address: str) -> Party | None:
    held = _PARTIES.decode(bill.contained) if memoryview(bill.contained) else ()
    return next((one for one in held if one.id == address[1:]), None)


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
        is_npi = one.system.endswith("us-npi") or {"npi", "NPI"} & set(_codes(one.type))
        if is_npi and _NPI.fullmatch(one.value):
            return one.value
    return ""


def _business(bill: Bill, parties: Parties | None) -> str:
    focal = [one for one in bill.insurance if one.focal] or list(bill.insurance)[:1]
    for one in focal:
        if one.coverage:
            said = business_of_reference(one.coverage.reference, one.coverage.display)
            said = said or (parties.business(one.coverage) if parties else "")
            if said:
                return said
    return ""


def _frequency(bill: Bill, parties: Parties | None) -> tuple[str, str, str]:
    """Frequency code, type of bill, and the number of the claim that this one replaces or voids."""
    bill_type, frequency, parts = "", "", {"fac": "", "srvc": ""}
    held = memoryview(bill.supportingInfo).tobytes()
    for one in _INFORMATION.decode(held) if any(sign in held for sign in _SIGNS_OF_BILL_TYPE) else ():
        kinds = _codes(one.category)
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
        if {"prior", "replaces", "replacement"} & set(_codes(related.relationship)):
            named = related.reference.value if related.reference else ""
            claim = related.claim
            named = named or (claim.identifier.value if claim and claim.identifier else "")
            if claim and not named:
                named = (parties.claim_number(claim) if parties else "") or claim.reference.rsplit("/", 1)[-1]
            original = named
            frequency = frequency if frequency in SUPERSEDING else "7"
    return frequency if frequency in set("123456789") else "1", bill_type, original


class _Places(NamedTuple):
    codes: tuple[tuple[str, int], ...]  # code and position on the claim
    position_of: dict[int, int]  # by the diagnosis's sequence
    doubts: tuple[str, ...]


def _places_of_diagnoses(bill: Bill, parties: Parties | None) -> _Places:
    """The diagnoses in the order of their sequence, the principal one first; admitting and like ones are left out."""
    doubts: list[str] = []
    kept: list[tuple[bool, int, str]] = []
    for one in bill.diagnosis:
        kinds = {kind for concept in one.type for kind in _codes(concept)}
        if kinds & _ADMITTING and not kinds & {"principal", "secondary", "other"}:
            continue
        concept = one.diagnosisCodeableConcept
        if concept is None and parties and one.diagnosisReference:
            concept = parties.diagnosis(one.diagnosisReference)
        code, doubt = _diagnosis(concept)
        if doubt:
            doubts.append(doubt)
        kept.append(("principal" not in kinds, one.sequence, code))
    kept.sort(key=lambda entry: entry[:2])
    position_of = {sequence: position for position, (_, sequence, _) in enumerate(kept, start=1)}
    codes = tuple((code, position_of[sequence]) for _, sequence, code in kept if code)
    return _Places(codes, position_of, tuple(doubts))


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
            return "", f"diagnosis {one.code} is a code of ICD-9-CM; it is not kept"
    written = ", ".join(one.code for one in concept.coding) or concept.text or "nothing"
    return "", f"a diagnosis gives {written}; an ICD-10-CM code of 3 to 7 characters is expected; it is not kept"


_NO_MODIFIERS = ("", "", "", "")
_Service = tuple[str, tuple[str, str, str, str], int, date, date]  # code, modifiers, units, first and last day


def _service(item: Item, bill: Bill, setting: str) -> _Service | str | None:
    """What a line bills; None where it bills revenue alone, or why it cannot be kept."""
    codes = [code.strip().upper() for code in _codes(item.productOrService)]
    code = next((one for one in codes if _PROCEDURE.fullmatch(one)), "")
    if not code:
        if item.revenue and not any(code and code.lower() != "not-applicable" for code in codes):
            return None
        return f"productOrService is {', '.join(codes) or 'empty'}; a HCPCS code of five letters or digits is expected"
    if _is_denied(item):
        return f"the payer denied {code}, so nothing is billed by it any more"
    units = item.quantity.value if item.quantity else None
    if units is None:
        return f"{code} has no quantity; a whole number of units above zero is expected"
    if not units.is_integer() or not 0 < units < 1e9:
        return f"{code} has the quantity {units:g}; a whole number of units above zero is expected"
    first, last = _days(item, bill, setting)
    if first is None or last is None or last < first:
        return f"{code} has no day of service (servicedDate or servicedPeriod)"
    return code, _modifiers(item) if item.modifier else _NO_MODIFIERS, int(units), first, last


def _modifiers(item: Item) -> tuple[str, str, str, str]:
    written = [one.upper() for concept in item.modifier for one in _codes(concept)]
    kept = [one for one in dict.fromkeys(written) if _MODIFIER.fullmatch(one)]
    first, second, third, fourth = (*kept, "", "", "", "")[:4]
    return first, second, third, fourth


def _days(item: Item, bill: Bill, setting: str) -> tuple[date | None, date | None]:
    if item.servicedDate:
        day = day_of(item.servicedDate)
        return day, day
    period = item.servicedPeriod
    if period is None and setting == "institutional":
        period = bill.billablePeriod
    if period is None and bill.use == "preauthorization":
        asked = day_of(bill.created)  # a service that is asked for often has no day yet: it is judged as of the request
        return asked, asked
    if period is None:
        return None, None
    first = day_of(period.start) or day_of(period.end)
    return first, day_of(period.end) or first


def _is_denied(item: Item) -> bool:
    if _INDICATOR in memoryview(item.extension).tobytes():
        for said in _EXTENSIONS.decode(item.extension):
            if said.url.endswith("/line_prcsg_ind_cd") and said.valueCoding:
                return said.valueCoding.code in _DENIED
    for one in item.adjudication:
        if one.reason is not None and "denialreason" in _codes(one.category) and _codes(one.reason):
            return _amount(item, "eligible", _amount(item, "benefit", None)) == 0
    return False


def _amounts(item: Item) -> tuple[float | None, float | None]:
    """What was submitted, and what the payer allowed."""
    submitted = item.net.value if item.net else None
    eligible = None
    for one in item.adjudication:
        amount, category = one.amount, one.category
        if amount is not None and amount.value is not None and category is not None:
            for coding in category.coding:
                if coding.code == "submitted":
                    submitted = amount.value
                elif coding.code == "eligible":
                    eligible = amount.value
    return submitted, eligible


def _amount(item: Item, category: str, otherwise: float | None) -> float | None:
    """An amount of the payer's decision by its category."""
    for one in item.adjudication:
        if category in _codes(one.category) and one.amount and one.amount.value is not None:
            return one.amount.value
    return otherwise


def _revenue(item: Item) -> str:
    code = next((one for one in _codes(item.revenue) if one.isdecimal() and len(one) in (3, 4)), "")
    return code.zfill(4) if code else ""


def _next_free(used: set[int]) -> int:
    return max(used, default=0) + 1


def _team(
    bill: Bill,
    sequences: Iterable[int],
    team: dict[int, tuple[list[str], Reference | None]],
    parties: Parties | None,
) -> tuple[str, str]:
    """Who of some members of the care team rendered a line and who supervised it; else who attended."""
    rendering = supervising = ""
    for sequence in sequences:
        roles, provider = team.get(sequence, ([], None))
        if not rendering and any(role in _RENDERING for role in roles):
            rendering = _npi(bill, provider, parties)
        if not supervising and any(role in ("supervisor", "supervising") for role in roles):
            supervising = _npi(bill, provider, parties)
    if not rendering:
        attending = next((provider for roles, provider in team.values() if "attending" in roles), None)
        rendering = _npi(bill, attending, parties)
    return rendering, supervising


def _pointers(item: Item, position_of: dict[int, int]) -> tuple[int | None, int | None, int | None, int | None]:
    if not item.diagnosisSequence:
        return None, None, None, None
    places = [position_of[one] for one in item.diagnosisSequence if one in position_of]
    first, second, third, fourth = (*places, None, None, None, None)[:4]
    return first, second, third, fourth
