"""What single elements and segments of an 837 say: dates, units, amounts, procedures, diagnoses."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple, TypeVar

from isocenter.intake.bulk.value_forms import coverages_by, plain
from isocenter.terms.payer_names import names_another_kind
from isocenter.terms.problems import clause, worded

Meaning = TypeVar("Meaning")

REMEMBERED_AT_MOST = 16_384

# Claim filing indicators; of those that are not listed, as HM (an HMO) and ZZ, none says whose coverage it is.
BUSINESS_OF_FILINGS = {
    **dict.fromkeys(("MA", "MB", "16"), "medicare"),
    "MC": "medicaid",
    **dict.fromkeys(("12", "13", "14", "15", "17", "BL", "CI", "FI"), "commercial"),
    **dict.fromkeys(("09", "10", "11", "AM", "CH", "DS", "LI", "LM", "OF", "TV", "VA", "WC"), "other"),
}

PRINCIPAL = "ABK"
OTHER = "ABF"
OLD_DIAGNOSES = {"BK": PRINCIPAL, "BF": OTHER}
# Admitting, reason for visit, external cause; occurrences, values, conditions, procedures, groups.
PASSED_OVER = {
    *("ABJ", "APR", "ABN", "BJ", "PR", "BN"),
    *("BH", "BI", "BE", "BG", "TC", "BBR", "BBQ", "CAH", "BR", "BQ", "BP", "BO", "DR"),
}

_DIAGNOSIS = re.compile(r"[A-Z][0-9][0-9A-Z][0-9A-Z]{0,4}", re.ASCII)
_PROCEDURE = re.compile(r"[0-9A-Z]{5}", re.ASCII)
_MODIFIER = re.compile(r"(?:[0-9A-Z]{2})?", re.ASCII)
_AMOUNT = re.compile(r"-?(?:[0-9]{1,15}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})", re.ASCII)
_WHOLE_NUMBER = re.compile(r"([0-9]{1,9})(?:\.0*)?", re.ASCII)
_NPI = re.compile(r"[0-9]{10}", re.ASCII)
_POINTERS = {str(place): place for place in range(1, 13)} | {f"0{place}": place for place in range(1, 10)}
_POINTERS |= {letter: place for place, letter in enumerate("ABCDEFGHIJKL", start=1)}
_DAY = re.compile(r"[0-9]{8}", re.ASCII)


Pointers = tuple[int | None, int | None, int | None, int | None]
NO_POINTERS: Pointers = (None, None, None, None)


class Service(NamedTuple):
    """What an SV1 or SV2 bills; `refused` says why the line cannot be kept, `doubts` what else is odd."""

    procedure_code: str = ""
    modifier_1: str = ""
    modifier_2: str = ""
    modifier_3: str = ""
    modifier_4: str = ""
    charge_amount: float | None = None
    units: int = 0
    place_of_service: str = ""
    revenue_code: str = ""
    refused: str = ""
    doubts: tuple[str, ...] = ()
    pointers: Pointers = NO_POINTERS


class Period(NamedTuple):
    """The first and last day that a DTP names; `refused` says why it cannot be used."""

    first: date | None
    last: date | None
    refused: str = ""


class Diagnoses(NamedTuple):
    """The diagnoses of one HI as (is principal, code with its dot, '' where it cannot be read), and what is odd."""

    codes: tuple[tuple[bool, str], ...]
    doubts: tuple[str, ...]


class Npi(NamedTuple):
    """The NPI that an NM1 gives, '' and a doubt when it gives none."""

    npi: str
    doubt: str = ""


class Coverage(NamedTuple):
    """The line of business that an SBR gives, '' and a doubt when it states none."""

    line_of_business: str
    doubt: str = ""


class Facility(NamedTuple):
    """CLM05: where (place of service, or bill type of an institution) and the frequency code."""

    place_of_service: str
    bill_type: str
    frequency: str
    doubt: str = ""


class Remembered(dict[str, Meaning]):
    """Reads a text once and remembers what it says: the same segments recur by the thousand."""

    def __init__(self, read: Callable[[str], Meaning]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> Meaning:
        # A full memory is emptied: it stays small however long the file.
        if len(self) >= REMEMBERED_AT_MOST:
            self.clear()
        meaning = self[text] = self._read(text)
        return meaning


def moment_of(day: str, time: str) -> str:
    """A day of six or eight digits with its time as 2025-03-18 09:30; the day alone where the time is none, or ''."""
    written = f"20{day}" if len(day) == 6 else day
    with suppress(ValueError):
        found = datetime.strptime(written, "%Y%m%d")
        with suppress(ValueError):
            return f"{datetime.strptime(f'{written} {time[:4]}', '%Y%m%d %H%M'):%Y-%m-%d %H:%M}"
        return f"{found:%Y-%m-%d}"
    return ""


def read_elements(segment: str, separator: str, count: int) -> list[str]:
    """The elements of a segment without blanks around them, at least `count` of them ('' where absent)."""
    elements = [element.strip() for element in segment.split(separator)]
    return elements + [""] * (count - len(elements))


@lru_cache(maxsize=4096)
def read_day(text: str) -> date | None:
    """The day that CCYYMMDD names, or None when there is no such day."""
    if not _DAY.fullmatch(text):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def read_amount(text: str) -> float | None:
    """A decimal number, or None when it is none."""
    return float(text) if _AMOUNT.fullmatch(text) else None


def read_units(text: str) -> int | None:
    """A whole number above zero ('1', '1.0'), or None when it is none."""
    whole = _WHOLE_NUMBER.fullmatch(text)
    return (int(whole[1]) or None) if whole else None


def read_period(segment: str, separator: str) -> Period:
    """The day (D8) or days (RD8) of a DTP segment."""
    _, qualifier, form, value = read_elements(segment, separator, 4)[:4]
    days = [read_day(part.strip()) for part in value.split("-")]
    if form == "D8" and len(days) == 1 and days[0]:
        return Period(days[0], days[0])
    if form == "RD8" and len(days) == 2 and days[0] and days[1] and days[0] <= days[1]:
        return Period(days[0], days[1])
    expected = "D8 with CCYYMMDD or RD8 with CCYYMMDD-CCYYMMDD, in order, is expected"
    return Period(
        None,
        None,
        worded(
            "DTP*{qualifier} gives {form} {value!r}, which is not a date; {expected}",
            qualifier=qualifier,
            form=form,
            value=value,
            expected=clause(expected),
        ),
    )


def read_npi(segment: str, separator: str) -> Npi:
    """The NPI of the provider that an NM1 segment names."""
    elements = read_elements(segment, separator, 10)
    entity, qualifier, npi = elements[1], elements[8], elements[9]
    if qualifier == "XX" and _NPI.fullmatch(npi):
        return Npi(npi)
    found = worded("{qualifier} {npi!r}", qualifier=qualifier, npi=npi) if npi else "no identifier"
    return Npi(
        "",
        worded(
            "NM1*{entity} gives {found}; XX with an NPI of ten digits is expected; it stays empty",
            entity=entity,
            found=clause(found),
        ),
    )


def read_coverage(segment: str, separator: str) -> Coverage:
    """The coverage from the claim filing indicator SBR09; '' and a doubt where it names none."""
    indicator = read_elements(segment, separator, 10)[9].upper()
    business = BUSINESS_OF_FILINGS.get(indicator, "")
    if business or not indicator:
        return Coverage(business)
    return Coverage(
        "",
        worded("SBR09 is {indicator!r}, which does not say whose coverage it is; it stays open", indicator=indicator),
    )


def doubt_of_payer(segment: str, separator: str, business: str) -> str:
    """Why the payer in an NM1*PR is not of the line of business that SBR09 gives; '' where its name leaves that."""
    name = read_elements(segment, separator, 4)[3].strip()
    if business == "medicare" and names_another_kind(name):
        return worded(
            "NM1*PR names {name!r}, which is not Medicare's own coverage of these services, though SBR09 says "
            "Medicare; whose coverage it is stays open",
            name=name,
        )
    if business in ("commercial", "other") and coverages_by([name]).get(plain(name)) == "medicare":
        return worded(
            "NM1*PR names {name!r}, which may be a plan of Medicare, though SBR09 says {business}; whose coverage "
            "it is stays open",
            name=name,
            business=clause(business),
        )
    return ""


def read_facility(composite: str, component: str, setting: str) -> Facility:
    """Where the claim was served, from CLM05, and whether it is original (1), replaces (7) or voids (8)."""
    code, qualifier, frequency = read_elements(composite.upper(), component, 3)[:3]
    expected = "A" if setting == "institutional" else "B"
    if qualifier not in ("", expected):
        doubt = worded(
            "CLM05-2 is {qualifier!r}; {expected!r} is expected of a claim in the {setting} setting; its place of "
            "service and bill type stay empty",
            qualifier=qualifier,
            expected=expected,
            setting=setting,
        )
        return Facility("", "", frequency or "1", doubt)
    if setting == "institutional":
        return Facility("", f"{code}{frequency}", frequency or "1")
    return Facility(code, "", frequency or "1")


def read_diagnoses(segment: str, separator: str, component: str) -> Diagnoses:
    """The ICD-10-CM diagnoses of an HI segment; codes of other kinds are passed over."""
    codes: list[tuple[bool, str]] = []
    doubts: list[str] = []
    for composite in read_elements(segment, separator, 1)[1:]:
        qualifier, written = read_elements(composite.upper(), component, 2)[:2]
        if qualifier in PASSED_OVER or not (qualifier or written):
            continue
        code = written.replace(".", "", 1)
        if qualifier in OLD_DIAGNOSES:
            codes.append((OLD_DIAGNOSES[qualifier] == PRINCIPAL, ""))
            doubts.append(
                worded(
                    "diagnosis {written} is listed under {qualifier}, the qualifier of ICD-9-CM, which was in use to "
                    "2015-09-30; {value} is expected from then on; it is not kept, so it names no site",
                    written=written,
                    qualifier=qualifier,
                    value=OLD_DIAGNOSES[qualifier],
                )
            )
        elif qualifier not in (PRINCIPAL, OTHER):
            doubts.append(
                worded(
                    "HI has a code under {qualifier!r}; {principal} or {other} is expected; it is not kept",
                    qualifier=qualifier,
                    principal=PRINCIPAL,
                    other=OTHER,
                )
            )
        elif not _DIAGNOSIS.fullmatch(code):
            codes.append((qualifier == PRINCIPAL, ""))
            doubts.append(
                worded(
                    "HI gives {written!r}; an ICD-10-CM code of 3 to 7 characters is expected; it is not kept",
                    written=written,
                )
            )
        else:
            codes.append((qualifier == PRINCIPAL, f"{code[:3]}.{code[3:]}" if code[3:] else code))
    return Diagnoses(tuple(codes), tuple(doubts))


def read_professional_service(segment: str, separator: str, component: str) -> Service:
    """SV1: procedure, charge, units, place of service and diagnosis pointers of a professional line."""
    _, procedure, charge, basis, units, place, _, pointed = read_elements(segment, separator, 8)[:8]
    service = _read_service("SV1", procedure, component, charge, basis, units, place.upper(), "")
    pointers, doubt = _read_pointers(pointed, component)
    return service._replace(pointers=pointers, doubts=(*service.doubts, doubt) if doubt else service.doubts)


@lru_cache(maxsize=4096)
def _read_pointers(composite: str, component: str) -> tuple[Pointers, str]:
    """The places on the claim of up to four diagnoses that a service is for."""
    written = [part for part in read_elements(composite.upper(), component, 1) if part]
    places = [_POINTERS.get(part) for part in written]
    if None in places or len(places) > 4:
        return NO_POINTERS, worded(
            "SV107 points to {composite!r}; up to four diagnoses from 1 to 12 are expected", composite=composite
        )
    first, second, third, fourth = (*places, None, None, None, None)[:4]
    return (first, second, third, fourth), ""


def read_institutional_service(segment: str, separator: str, component: str) -> Service:
    """SV2: revenue code, procedure (empty when a line bills revenue alone), charge and units."""
    _, revenue, procedure, charge, basis, units = read_elements(segment, separator, 6)[:6]
    if not procedure.replace(component, "").strip():
        return Service(revenue_code=revenue, charge_amount=read_amount(charge))
    return _read_service("SV2", procedure, component, charge, basis, units, "", revenue)


def _read_service(
    kind: str, procedure: str, component: str, charge: str, basis: str, units: str, place: str, revenue: str
) -> Service:
    qualifier, code, modifiers, doubts = _read_procedure(procedure, component)
    amount = read_amount(charge)
    if amount is None:
        doubt = worded(
            "{kind} gives the charge {charge!r}; an amount is expected; the charge stays empty",
            kind=clause(kind),
            charge=charge,
        )
        doubts = (*doubts, doubt)
    count, refused = _count_units(kind, qualifier, code, basis.upper(), units)
    first, second, third, fourth = modifiers
    return Service(code, first, second, third, fourth, amount, count, place, revenue, refused, doubts)


@lru_cache(maxsize=4096)
def _read_procedure(composite: str, component: str) -> tuple[str, str, list[str], tuple[str, ...]]:
    """Qualifier, code and four modifiers ('' where absent), with what is odd about them."""
    qualifier, code, *modifiers = read_elements(composite.upper(), component, 6)[:6]
    doubts = tuple(
        worded("modifier {modifier!r} is not two letters or digits; it is kept as written", modifier=modifier)
        for modifier in modifiers
        if not _MODIFIER.fullmatch(modifier)
    )
    return qualifier, code, modifiers, doubts


@lru_cache(maxsize=4096)
def _count_units(kind: str, qualifier: str, code: str, basis: str, units: str) -> tuple[int, str]:
    """The units billed, and why the service cannot be kept as a procedure line ('' when it can)."""
    count = read_units(units)
    if qualifier != "HC":
        refused = worded(
            "names its procedure {code!r} under {qualifier!r}; HC with a HCPCS code is expected",
            code=code,
            qualifier=qualifier,
        )
    elif not _PROCEDURE.fullmatch(code):
        refused = worded("gives the procedure {code!r}; a HCPCS code of five letters or digits is expected", code=code)
    elif basis != "UN":
        refused = worded("counts {code} in {basis!r}; units (UN) are expected", code=code, basis=basis)
    elif count is None:
        refused = worded(
            "gives {units!r} units of {code}; a whole number above zero is expected", units=units, code=code
        )
    else:
        return count, ""
    return 0, worded("{kind} {refused}", kind=clause(kind), refused=clause(refused))
