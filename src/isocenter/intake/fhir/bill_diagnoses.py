"""Reads the diagnoses of a FHIR claim or explanation of benefit, in their order, and which of them a line points to."""

import re
from typing import NamedTuple

import msgspec

from isocenter.intake.fhir.belonging import is_of_another
from isocenter.intake.fhir.bill_parties import Parties, decoded
from isocenter.intake.fhir.code_systems import is_icd9, is_icd10
from isocenter.intake.fhir.once import Once
from isocenter.intake.fhir.people import why_no_diagnosis
from isocenter.intake.fhir.references import Directory
from isocenter.intake.fhir.resources import Json
from isocenter.intake.fhir.services import codes_of
from isocenter.intake.fhir.shapes import UNDECODED, Bill, Concept, DiagnosisEntry, Reference
from isocenter.terms.problems import worded

_DIAGNOSIS = re.compile(r"[A-Z][0-9][0-9A-Z][0-9A-Z]{0,4}", re.ASCII)


Pointers = tuple[int | None, int | None, int | None, int | None]


NO_POINTERS: Pointers = (None, None, None, None)


_ADMITTING = {"admitting", "patientreasonforvisit", "externalcauseofinjury", "externalcause", "differential"}


_ENTRIES = msgspec.json.Decoder(tuple[DiagnosisEntry, ...], strict=False)


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
    sequences: frozenset[int] = frozenset()  # of all diagnoses, those that are left out too
    refers: bool = False  # a diagnosis is given by reference to a Condition


def _places_of(
    entries: tuple[DiagnosisEntry, ...], parties: Parties | None = None, patient: Reference | None = None
) -> _Places:
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
            code, doubt = _diagnosis(parties.diagnosis(one.diagnosisReference, patient))
        else:
            code, doubt = _DIAGNOSES[held]
        if doubt:
            doubts.append(doubt)
        kept.append((not role.is_principal, one.sequence, code))
    if len(kept) > 1:
        kept.sort(key=lambda entry: entry[:2])
    position_of = {sequence: position for position, (_, sequence, _) in enumerate(kept, start=1)}
    codes = tuple((code, position_of[sequence]) for _, sequence, code in kept if code)
    return _Places(codes, position_of, tuple(doubts), frozenset(one.sequence for one in entries), refers)


def places_of_diagnoses(bill: Bill, parties: Parties | None) -> _Places:
    """The diagnoses of a bill in their places, those by reference looked up by `parties`."""
    held = bytes(bill.diagnosis)
    places = _PLACES_OF_DIAGNOSES[held]
    if parties and places.refers:
        return _places_of(decoded(_ENTRIES, held, "diagnosis"), parties, bill.patient)
    return places


def diagnosed_at(address: str, bill: Json, directory: Directory) -> Concept | None:
    """The code of the Condition that a bill refers to; None where it was not supplied, or is not its patient's."""
    condition = directory.resolve({"reference": address}, bill)
    if condition is None or why_no_diagnosis(condition) or is_of_another(condition, bill, directory):
        return None
    code = condition.get("code")
    try:
        return msgspec.convert(code, Concept, strict=False) if code else None
    except UNDECODED:
        return None


def _diagnosis(concept: Concept | None) -> tuple[str, str]:
    """The ICD-10-CM code of a diagnosis with its dot, or '' and why there is none."""
    if concept is None:
        return "", (
            "a diagnosis is a reference to a Condition that was not supplied, or was refuted or entered in error;"
            " it is not kept"
        )
    stated = [one for one in concept.coding if is_icd10(one.system)] or [
        one for one in concept.coding if not one.system
    ]
    bare = (one.code.strip().upper().replace(".", "", 1) for one in stated)
    named = dict.fromkeys(f"{code[:3]}.{code[3:]}".rstrip(".") for code in bare if _DIAGNOSIS.fullmatch(code))
    if len(named) > 1:
        doubt = "a diagnosis names {codes}; one ICD-10-CM code is expected; it is not kept"
        return "", worded(doubt, codes=" and ".join(named))
    if named:
        return next(iter(named)), ""
    for one in concept.coding:
        if is_icd9(one.system):
            return "", worded("diagnosis {code} is a code of ICD-9-CM; it is not kept", code=one.code)
    written = ", ".join(one.code for one in concept.coding) or concept.text or "nothing"
    doubt = "a diagnosis gives {written}; an ICD-10-CM code of 3 to 7 characters is expected; it is not kept"
    return "", worded(doubt, written=written)


_DIAGNOSES = Once("diagnosis.diagnosisCodeableConcept", Concept, _diagnosis, None)


_PLACES_OF_DIAGNOSES = Once("diagnosis", tuple[DiagnosisEntry, ...], _places_of, ())


_DIAGNOSIS_ROLES = Once("diagnosis.type", tuple[Concept, ...], _diagnosis_role, ())


def pointers_of(sequences: tuple[int, ...], position_of: dict[int, int]) -> Pointers:
    """The places of the first four diagnoses that a line names by their sequence."""
    places = [position_of[one] for one in sequences if one in position_of]
    first, second, third, fourth = (*places, None, None, None, None)[:4]
    return first, second, third, fourth
