"""Reads what one item of a FHIR claim or explanation of benefit bills: service, units, days and amounts."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from isocenter.intake.fhir.once import Once
from isocenter.intake.fhir.people import day_of
from isocenter.intake.fhir.references import text
from isocenter.intake.fhir.shapes import Bill, Concept, Extension, Item

_PROCEDURE = re.compile(r"[0-9A-Z]{5}", re.ASCII)
_MODIFIER = re.compile(r"[0-9A-Z]{2}", re.ASCII)
# line_prcsg_ind_cd of the Medicare files: noncovered, unnecessary, bundled, exhausted, doubled, or another payer's.
_DENIED = set("BCDGHIJKLMNOPQTUVXYZ!@#$*()+<>%&")
_INDICATOR = b"line_prcsg_ind_cd"
_NO_MODIFIERS = ("", "", "", "")
_OF_AMOUNTS = frozenset({"submitted", "eligible", "benefit", "denialreason"})

# Code, modifiers, units, first and last day.
Service = tuple[str, tuple[str, str, str, str], int, date, date]


def codes_of(concept: Concept | None) -> list[str]:
    """The codes of a concept, in every code system."""
    return [one.code for one in concept.coding if one.code] if concept else []


class _Procedure(NamedTuple):
    code: str  # '' where none is a procedure code
    written: str
    names_none: bool  # nothing, or words that say that no procedure applies


def _procedure(concept: Concept) -> _Procedure:
    codes = [code.strip().upper() for code in codes_of(concept)]
    code = next((one for one in codes if _PROCEDURE.fullmatch(one)), "")
    names_none = not any(code and code != "NOT-APPLICABLE" for code in codes)
    return _Procedure(code, ", ".join(codes) or "empty", names_none)


def _modifiers(concepts: tuple[Concept, ...]) -> tuple[str, str, str, str]:
    written = [one.upper() for concept in concepts for one in codes_of(concept)]
    kept = [one for one in dict.fromkeys(written) if _MODIFIER.fullmatch(one)]
    first, second, third, fourth = (*kept, "", "", "", "")[:4]
    return first, second, third, fourth


def _revenue(concept: Concept) -> str:
    code = next((one for one in codes_of(concept) if one.isdecimal() and len(one) in (3, 4)), "")
    return code.zfill(4) if code else ""


def _place(concept: Concept) -> str:
    return next((code for code in codes_of(concept) if len(code) == 2 and code.isalnum()), "")


def _indicator(extensions: tuple[Extension, ...]) -> str:
    """The processing indicator of a line of the Medicare files; '' where there is none."""
    stated = (one.valueCoding for one in extensions if one.url.endswith("/line_prcsg_ind_cd") and one.valueCoding)
    return next((one.code for one in stated), "")


_PROCEDURES = Once("item.productOrService", Concept, _procedure, Concept())
_MODIFIERS = Once("item.modifier", tuple[Concept, ...], _modifiers, ())
REVENUES = Once("item.revenue", Concept, _revenue, Concept())  # revenue codes of four digits
PLACES = Once("item.locationCodeableConcept", Concept, _place, Concept())  # codes of places of service
_INDICATORS = Once("item.extension", tuple[Extension, ...], _indicator, ())
_CATEGORIES = Once("item.adjudication.category", Concept, lambda one: _OF_AMOUNTS & set(codes_of(one)), Concept())
_REASONS = Once("item.adjudication.reason", Concept, codes_of, Concept())


def service_of(item: Item, bill: Bill, setting: str) -> Service | str | None:
    """What a line bills; None where it bills revenue alone, or why it cannot be kept."""
    procedure = _PROCEDURES[bytes(item.productOrService)]
    code = procedure.code
    if not code:
        if procedure.names_none and bytes(item.revenue) not in (b"", b"null"):
            return None
        expected = "a HCPCS code of five letters or digits is expected"
        return f"productOrService is {procedure.written}; {expected}"
    units = item.quantity.value if item.quantity else None
    if units is None:
        return f"{code} has no quantity; a whole number of units above zero is expected"
    if not units.is_integer() or not 0 < units < 1e9:
        return f"{code} has the quantity {units:g}; a whole number of units above zero is expected"
    if item.servicedDate:
        first = last = day_of(item.servicedDate)
    else:
        first, last = _days(item, bill, setting)
    if first is None or last is None or last < first:
        return f"{code} has no day of service (servicedDate or servicedPeriod)"
    modifier = bytes(item.modifier)
    return code, _MODIFIERS[modifier] if modifier else _NO_MODIFIERS, int(units), first, last


def amounts_of(item: Item) -> tuple[float | None, float | None, bool]:
    """What was submitted, what the payer allowed, and whether it denied the line."""
    submitted = item.net.value if item.net else None
    held = bytes(item.extension)
    if not item.adjudication and not held:
        return submitted, None, False
    eligible = benefit = None
    gives_reason = False
    for one in item.adjudication:
        said = _CATEGORIES[bytes(one.category)]
        if not said:
            continue
        if "denialreason" in said:
            gives_reason = gives_reason or bool(_REASONS[bytes(one.reason)])
        value = one.amount.value if one.amount is not None else None
        if value is not None:
            submitted = value if "submitted" in said else submitted
            eligible = value if "eligible" in said else eligible
            benefit = value if "benefit" in said and benefit is None else benefit
    indicator = _INDICATORS[held] if _INDICATOR in held else ""
    if indicator:
        return submitted, eligible, indicator in _DENIED
    return submitted, eligible, gives_reason and (benefit if eligible is None else eligible) == 0


def why_not_dated(claim: Mapping[str, Any]) -> str:
    """Why it cannot be determined on which day a request was made; '' where it can.

    Items may have days of their own; whether the request was made before them is not known then.
    """
    if day_of(text(claim, "created")) is not None:
        return ""
    stated = "names no day that can be read" if claim.get("created") else "is missing"
    return f"The date of the request (created) {stated}."


def _days(item: Item, bill: Bill, setting: str) -> tuple[date | None, date | None]:
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
