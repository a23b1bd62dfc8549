"""Reads what one item of a FHIR claim or explanation of benefit bills: service, units, days and amounts."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple

from msgspec import Raw

from isocenter.files.texts import shown
from isocenter.intake.fhir.billed import Billed, billed_as, is_billing_system, may_bill
from isocenter.intake.fhir.meaning import CANCELLED
from isocenter.intake.fhir.once import Once
from isocenter.intake.fhir.people import ZONES, day_of
from isocenter.intake.fhir.references import objects, text
from isocenter.intake.fhir.shapes import NOTHING, Bill, Concept, Count, Extension, Item

_PROCEDURE = re.compile(r"[0-9A-Z]{5}", re.ASCII)
_MODIFIER = re.compile(r"[0-9A-Z]{2}", re.ASCII)
# line_prcsg_ind_cd of the Medicare files: noncovered, unnecessary, bundled, exhausted, doubled, or another payer's.
DENIED = set("BCDGHIJKLMNOPQTUVXYZ!@#$*()+<>%&")
_INDICATOR = b"line_prcsg_ind_cd"
# In what services are counted, as payers and EHRs write it; a UCUM annotation in braces counts too.
_COUNTED_IN = re.compile(
    r"|1|u|un|ea|each|arb\. unit|\[arb'u\]|count|times|\{[^}]*\}"
    r"|(?:unit|service|session|fraction|treatment|visit|procedure|field|port|image|plan|device|occurrence)s?",
    re.ASCII | re.IGNORECASE,
)
_DOLLARS = ("USD", "")
_OF_AMOUNTS = frozenset({"submitted", "eligible", "benefit", "denialreason"})


def codes_of(concept: Concept | None) -> list[str]:
    """The codes of a concept, in every code system."""
    return [one.code for one in concept.coding if one.code] if concept else []


class _Procedure(NamedTuple):
    code: str  # '' where none is a procedure code
    modifiers: tuple[str, ...]  # that are written behind the code
    written: str
    names_none: bool  # nothing, or words that say that no procedure applies
    several: bool  # it names procedures that differ: which of them is billed is not known


def _procedure(concept: Concept) -> _Procedure:
    """The procedure that a concept names: codes of CPT and HCPCS come before those of other lists."""
    codes = [code.strip().upper() for code in codes_of(concept)]
    named = [(one.system, billed_as(one.code)) for one in concept.coding]
    known = [billed for system, billed in named if is_billing_system(system) and _PROCEDURE.fullmatch(billed.code)]
    known = known or [billed for system, billed in named if may_bill(system) and _PROCEDURE.fullmatch(billed.code)]
    of_codes, of_modifiers = {one.code for one in known}, {one.modifiers for one in known if one.modifiers}
    billed = next((one for one in known if one.modifiers), known[0] if known else Billed(""))
    names_none = not any(code and code != "NOT-APPLICABLE" for code in codes)
    several = len(of_codes) > 1 or len(of_modifiers) > 1
    return _Procedure(*billed, ", ".join(codes) or "empty", names_none, several)


class _Modifiers(NamedTuple):
    modifiers: tuple[str, str, str, str]
    unread: str  # what is written for one that is none


def _modifiers(concepts: tuple[Concept, ...]) -> _Modifiers:
    written = [[one.strip().upper() for one in codes_of(concept)] or [concept.text.strip()] for concept in concepts]
    known = [[one for one in codes if _MODIFIER.fullmatch(one)] for codes in written]
    unread = (", ".join(codes) for codes, kept in zip(written, known, strict=True) if any(codes) and not kept)
    return _Modifiers(_together(*known), next(unread, ""))


def _together(*modifiers: Iterable[str]) -> tuple[str, str, str, str]:
    """The first four of some modifiers, each once."""
    kept = dict.fromkeys(one for some in modifiers for one in some if one)
    first, second, third, fourth = (*kept, "", "", "", "")[:4]
    return first, second, third, fourth


class _Place(NamedTuple):
    code: str  # '' where none or several are named
    several: str  # places of service that differ, in words


def _revenue(concept: Concept) -> str:
    code = next((one for one in codes_of(concept) if one.isdecimal() and len(one) in (3, 4)), "")
    return code.zfill(4) if code else ""


def _place(concept: Concept) -> _Place:
    codes = {code for code in codes_of(concept) if len(code) == 2 and code.isalnum()}
    numbers = sorted(code for code in codes if code.isdecimal()) or sorted(codes)  # those of CMS are numbers
    return _Place(numbers[0], "") if len(numbers) == 1 else _Place("", " and ".join(numbers))


def _indicator(extensions: tuple[Extension, ...]) -> str:
    """The processing indicator of a line of the Medicare files; '' where there is none."""
    stated = (one.valueCoding for one in extensions if one.url.endswith("/line_prcsg_ind_cd") and one.valueCoding)
    return next((one.code for one in stated), "")


_PROCEDURES = Once("item.productOrService", Concept, _procedure, Concept())
_MODIFIERS = Once("item.modifier", tuple[Concept, ...], _modifiers, ())
_REVENUES = Once("item.revenue", Concept, _revenue, Concept())  # revenue codes of four digits
_PLACES = Once("item.locationCodeableConcept", Concept, _place, Concept())  # codes of places of service
_COUNTS = Once("item.quantity", Count, lambda count: count, None)
_CHANGING = Once("modifierExtension", tuple[Extension, ...], tuple[Extension, ...], ())
_INDICATORS = Once("item.extension", tuple[Extension, ...], _indicator, ())


class _Places(NamedTuple):
    """Where in a line's results the amounts and reasons are that count."""

    submitted: tuple[int, ...]
    eligible: tuple[int, ...]
    benefit: tuple[int, ...]
    denialreason: tuple[int, ...]


# The places of amounts in a line's results, kept for the next line: a payer lists the same ones in one order.
_last_places: list[tuple[tuple[Raw, ...], _Places]] = [((), _Places((), (), (), ()))]


def _places_among(categories: tuple[Raw, ...]) -> _Places:
    """The places of what counts among the results of one line, kept for the next one."""
    said = [_CATEGORIES[bytes(one)] for one in categories]
    found = (tuple(place for place, kinds in enumerate(said) if name in kinds) for name in _Places._fields)
    places = _Places(*found)
    _last_places[0] = tuple(one.copy() for one in categories), places  # copies, which do not keep the whole bill
    return places


_CATEGORY = attrgetter("category")
_CATEGORIES = Once("item.adjudication.category", Concept, lambda one: _OF_AMOUNTS & set(codes_of(one)), Concept())
_REASONS = Once("item.adjudication.reason", Concept, codes_of, Concept())


class Billing(NamedTuple):
    """What a line bills, but for its days and amounts; `refused` and `doubt` say why it cannot be kept."""

    code: str = ""
    modifiers: tuple[str, str, str, str] = ("", "", "", "")
    units: int = 0
    revenue: str = ""
    place: str = ""
    refused: str = ""
    doubt: str = ""  # why it is not kept, where its days can be read
    is_revenue_alone: bool = False  # a line of revenue without a procedure


_MOST_KEPT = 8192
_LONGEST_KEPT_BYTES = 4000
_kept: dict[bytes, Billing] = {}
_TOGETHER = b"\0".join  # a character that no text of JSON holds


def billing_of(item: Item) -> Billing:
    """What a line bills."""
    return billing_as_written(
        item.productOrService, item.quantity, item.locationCodeableConcept, item.modifier, item.revenue
    )


def billing_as_written(*members: bytes | Raw) -> Billing:
    """What a line bills whose procedure, quantity, place, modifiers and revenue code are written like this.

    The same few thousand services recur, so each is worked out once. Raises one of UNDECODED.
    """
    written = _TOGETHER(members)
    found = _kept.get(written)
    if found is None:
        found = _billing(*map(bytes, members))
        if len(written) <= _LONGEST_KEPT_BYTES:
            if len(_kept) >= _MOST_KEPT:
                _kept.clear()
            _kept[written] = found
    return found


def _billing(service: bytes, count: bytes, where: bytes, modified: bytes, account: bytes) -> Billing:
    procedure = _PROCEDURES[service]
    code = procedure.code
    if not code:
        if procedure.names_none and account not in (b"", b"null"):
            return Billing(revenue=_REVENUES[account], is_revenue_alone=True)
        expected = "a HCPCS code of five letters or digits is expected"
        return Billing(refused=f"productOrService is {shown(procedure.written)[:100]}; {expected}")
    if procedure.several:
        expected = "one procedure is expected; which of them is billed is not known"
        return Billing(refused=f"productOrService names {shown(procedure.written)[:100]}; {expected}")
    quantity = _COUNTS[count]
    units = quantity.value if quantity else None
    if quantity is None or units is None:
        return Billing(code, refused=f"{code} has no quantity; a whole number of units above zero is expected")
    if (quantity.unit or quantity.code or quantity.comparator) and (said := _why_no_count(quantity)):
        return Billing(code, refused=f"{code} has the quantity {said}; a number of units without a measure is expected")
    if not units.is_integer() or not 0 < units < 1e9:
        expected = "a whole number of units above zero is expected"
        return Billing(code, refused=f"{code} has the quantity {units:g}; {expected}")
    modifiers, unread = _MODIFIERS[modified]
    place, places = _PLACES[where]
    doubt = f"{code} is at the places of service {shown(places)[:60]}; one is expected" if places else ""
    doubt = f"{code} has the modifier {shown(unread)[:60]}; two letters or digits are expected" if unread else doubt
    modifiers = _together(procedure.modifiers, modifiers)
    return Billing(code, modifiers, int(units), _REVENUES[account], place, doubt=doubt)


def _why_no_count(quantity: Count) -> str:
    """What a quantity says that is no number of services; '' where it is one."""
    if counts_services(quantity.comparator, quantity.unit, quantity.code):
        return ""
    return shown(f"{quantity.comparator}{quantity.value:g} {quantity.unit or quantity.code}".strip())[:60]


def counts_services(comparator: str, unit: str, code: str) -> bool:
    """Whether a Quantity of this comparator, unit and code counts services; a measure, such as minutes, does not."""
    return not comparator and bool(_COUNTED_IN.fullmatch((unit or code).strip()))


def indicator_of(extensions: bytes) -> str:
    """The processing indicator among the extensions of a line; '' where there is none. Raises one of UNDECODED."""
    return _INDICATORS[extensions] if _INDICATOR in extensions else ""


def other_currency(item: Item) -> str:
    """The currency of the first amount that is not in US dollars; '' where all are."""
    net = item.net
    if net is not None and net.currency not in _DOLLARS:
        return net.currency
    for one in item.adjudication:
        if one.amount is not None and one.amount.currency not in _DOLLARS:
            return one.amount.currency
    return ""


def amounts_of(item: Item) -> tuple[float | None, float | None, bool]:
    """What was submitted, what the payer allowed, in US dollars, and whether it denied the line."""
    net, results = item.net, item.adjudication
    submitted = net.value if net is not None and net.currency in _DOLLARS else None
    if not results and item.extension is NOTHING:
        return submitted, None, False
    eligible = None
    categories = tuple(map(_CATEGORY, results))
    known, places = _last_places[0]
    in_submitted, in_eligible, in_benefit, in_reasons = places if categories == known else _places_among(categories)
    for place in in_submitted:
        amount = results[place].amount
        if amount is not None and amount.value is not None and amount.currency in _DOLLARS:
            submitted = amount.value
    for place in in_eligible:
        amount = results[place].amount
        if amount is not None and amount.value is not None and amount.currency in _DOLLARS:
            eligible = amount.value
    if item.extension is not NOTHING and (indicator := indicator_of(bytes(item.extension))):
        return submitted, eligible, indicator in DENIED
    if not in_reasons or not any(_REASONS[bytes(results[place].reason)] for place in in_reasons):
        return submitted, eligible, False
    amounts = (results[place].amount for place in in_benefit)
    benefit = next((one.value for one in amounts if one and one.value is not None and one.currency in _DOLLARS), None)
    return submitted, eligible, (benefit if eligible is None else eligible) == 0


def changing(modifiers: Raw) -> str:
    """The first modifierExtension that is not understood, in words; '' where none changes anything.

    FHIR forbids to process what such an extension changes without knowing it. Raises one of UNDECODED.
    """
    for one in _CHANGING[bytes(modifiers)]:
        if not (one.url.lower().endswith(CANCELLED) and one.valueBoolean is False):
            return f"its modifierExtension {shown(one.url)[:100] or 'without address'}"
    return ""


def why_not_dated(claim: Mapping[str, Any], today: date | None = None) -> str:
    """Why it cannot be determined on which day a request was made, or it was made after today; '' where it can.

    Items may have days of their own; whether the request was made before them is not known then.
    """
    day = day_of(text(claim, "created"))
    if day is not None and today is not None and day > today + ZONES:
        return f"The date of the request (created) is {day}, after today, {today}."
    if day is not None:
        return ""
    stated = "names no day that can be read" if claim.get("created") else "is missing"
    return f"The date of the request (created) {stated}."


def day_of_request(claim: Mapping[str, Any]) -> date | None:
    """The first day on which a request asks for services, else that on which it was made; None without either."""
    items = objects(claim, "item")
    periods = [one["servicedPeriod"] for one in items if isinstance(one.get("servicedPeriod"), Mapping)]
    written = [*(text(one, "servicedDate") for one in items), *(text(one, "start") for one in periods)]
    return min((day for one in written if (day := day_of(one))), default=None) or day_of(text(claim, "created"))


def says_two_days(item: Item) -> bool:
    """Whether a line states a day and a period that it does not lie in; FHIR has one of them."""
    day, period = day_of(item.servicedDate), item.servicedPeriod
    if day is None or period is None:
        return False
    first, last = day_of(period.start), day_of(period.end or period.start)
    return first is None or last is None or not first <= day <= last


def days_of(item: Item, bill: Bill, setting: str) -> tuple[date | None, date | None]:
    """The first and the last day of a line; None each where it names none that can be read.

    A period without its end is one day; one without its start may have begun on any.
    """
    if item.servicedDate:
        first = day_of(item.servicedDate)
        return (None, None) if says_two_days(item) else (first, first)
    period = item.servicedPeriod
    if period is None and setting == "institutional":
        period = bill.billablePeriod
    if period is None and bill.use == "preauthorization":
        asked = day_of(bill.created)  # a service that is asked for often has no day yet: it is judged as of the request
        return asked, asked
    if period is None:
        return None, None
    first = day_of(period.start)
    return first, day_of(period.end) if period.end else first


class ServiceDoubts(NamedTuple):
    """What is odd about a service that was decoded whole."""

    holds_services: bool  # within it, which are not read
    changed: str = ""  # by which extension its meaning is changed
    has_two_days: bool = False
    currency: str = ""  # of an amount that is not in US dollars


class Service(NamedTuple):
    """One service as a bill lists it, in whichever way it was read."""

    billing: Billing
    first_day: date | None
    last_day: date | None
    submitted: float | None  # in US dollars, as what the payer allowed
    allowed: float | None
    is_denied: bool
    sequence: int = 0
    care_team: tuple[int, ...] = ()  # by their sequences
    diagnoses: tuple[int, ...] = ()
    doubts: ServiceDoubts | None = None  # of a service that was decoded whole


def service_of(item: Item, bill: Bill, setting: str) -> Service:
    """One service of a bill that was decoded whole. Raises one of UNDECODED."""
    changed = "" if item.modifierExtension is NOTHING else changing(item.modifierExtension)
    billing = Billing() if changed else billing_of(item)
    if changed or billing.is_revenue_alone:
        doubts = ServiceDoubts(bool(item.detail), changed) if changed or item.detail else None
        return Service(billing, None, None, None, None, is_denied=False, doubts=doubts)
    submitted, allowed, is_denied = amounts_of(item)
    currency = other_currency(item) if submitted is None or allowed is None else ""
    two_days = item.servicedPeriod is not None and says_two_days(item)
    doubts = ServiceDoubts(bool(item.detail), "", two_days, currency) if item.detail or two_days or currency else None
    first, last = days_of(item, bill, setting)
    served, judged = item.careTeamSequence, item.diagnosisSequence
    return Service(billing, first, last, submitted, allowed, is_denied, item.sequence, served, judged, doubts)
