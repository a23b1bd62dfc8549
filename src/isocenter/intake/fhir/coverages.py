"""What a coverage says of itself and of its payer: its line of business, and whether it is in force."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from isocenter.files.texts import shown
from isocenter.intake.fhir.belonging import Person, Whose
from isocenter.intake.fhir.people import day_of, days_meant
from isocenter.intake.fhir.references import Directory, codes, objects, text
from isocenter.intake.fhir.resources import Json
from isocenter.terms.payer_names import names_another_kind

# Source of Payment Typology (Public Health Data Standards Consortium): its first digit names the kind of payer.
_PAYMENT_TYPOLOGY = "https://nahdo.org/sopt"
_OF_TYPOLOGY = {"1": "medicare", "2": "medicaid", "5": "commercial", "6": "commercial"}
_MEDICARE_PARTS = ("part-a", "part-b", "part-c", "part a", "part b", "part c")
_UNKNOWN = "It cannot be determined whether the coverage is in force"
# Kinds of coverages that are no health insurance: HL7 v3 ActCode, and the code of who pays for himself.
_OTHER_KINDS = {
    "ANNU", "AUTOPOL", "COL", "CRIME", "DENTAL", "DENTPRG", "DIS", "DRUGPOL", "ENDRENAL", "EWB", "FLEXP", "HIVAIDS",
    "LIFE", "LTC", "MENTPOL", "MENTPRG", "PROPTY", "REI", "SUBPOL", "SUBPRX", "SURPL", "TLIFE", "ULIFE", "UMBRL",
    "UNINSMOT", "VISPOL", "WCBPOL", "PAY",
}  # fmt: skip
_OTHER_KIND_IN_WORDS = re.compile(
    r"\b(?:work(?:ers|men)['’]?s? comp|self[- ]?pay|dental|vision|auto(?:mobile)? (?:insurance|liability|policy)"
    r"|no[- ]fault)",
    re.IGNORECASE,
)
_NOT_MEDICARE = re.compile(r"\b(?:non|pre|not|no|under)[-\s]*medicare\b", re.IGNORECASE)
_NAMES = (("medicare", "medicare"), ("medicaid", "medicaid"))


def business_of_reference(address: str, display: str) -> str:
    """The line of business that the address or name of a Medicare coverage gives away; '' where it does not."""
    for written in (address.rsplit("/", 1)[-1].lower(), display.strip().lower()):
        if written.startswith(_MEDICARE_PARTS):
            return "medicare"
    return ""


def business_of_coverage(coverage: Json, directory: Directory) -> str:
    """The line of business that a Coverage or its payer states; '' where none does, or they contradict each other."""
    said = set()
    typed = coverage.get("type")
    for code in codes(typed, _PAYMENT_TYPOLOGY):
        said.add(_OF_TYPOLOGY.get(code[:1], "other"))
    words = _names_in(coverage)
    words += [text(directory.resolve(payer, coverage) or {}, "name") for payer in objects(coverage, "payor")]
    if any(map(names_another_kind, words)):
        return ""
    if isinstance(typed, dict):
        words.append(text(typed, "text"))
        if "commercial" in text(typed, "text").lower():
            said.add("commercial")
    for word in words:
        named = _NOT_MEDICARE.sub("", word).lower()
        said |= {business for name, business in _NAMES if name in named}
    return said.pop() if len(said) == 1 else ""


def business_at(address: str, directory: Directory, within: Json | None = None) -> str:
    """The line of business of the Coverage at an address; '' where none is there or says it."""
    coverage = directory.resolve({"reference": address}, within)
    return business_of_coverage(coverage, directory) if coverage else ""


def _names_in(coverage: Mapping[str, Any]) -> list[str]:
    """The names by which a coverage calls its payers and its plan."""
    groups = objects(coverage, "class")
    return [
        *(text(payer, "display") for payer in objects(coverage, "payor")),
        *(text(group, name) for group in groups for name in ("value", "name")),
    ]


def why_not_in_force(coverage: Mapping[str, Any], person: Person, on: date, until: date | None = None) -> str:
    """Why a coverage does not cover a patient on a day, or on each day until another one; '' where it may.

    A missing status, and a status, period or beneficiary that cannot be read, is a reason too. A month or a year counts
    whole.
    """
    if kind := _another_kind(coverage):
        return f"The coverage is of another kind ({shown(kind)[:60]}) than health insurance; a person decides."
    status = text(coverage, "status")
    if status in ("cancelled", "entered-in-error", "draft"):
        return f"The coverage is not in force: its status is {status}."
    if not status:
        return f"{_UNKNOWN}: it states no status."
    if status != "active":
        return f"{_UNKNOWN}: its status is {shown(status)[:60]}."
    if outside := _why_not_within(coverage.get("period", {}), on, until or on):
        return outside
    if coverage.get("subrogation") not in (None, False):
        return f"{_UNKNOWN} for these services: another one may be liable for them (subrogation)."
    if "beneficiary" not in coverage:
        return f"{_UNKNOWN}: it names no beneficiary."
    whose = person.whose(dict(coverage))
    if whose is Whose.UNKNOWN:
        return f"{_UNKNOWN}: its beneficiary cannot be compared with the patient."
    return "The coverage names another beneficiary than the patient of the order." if whose is Whose.ANOTHERS else ""


def _why_not_within(period: Any, first: date, last: date) -> str:
    """Why days do not lie within the period of a coverage, or may not; '' where they do."""
    if not isinstance(period, Mapping):
        return f"{_UNKNOWN}: its period cannot be read."
    days = {name: days_meant(period[name]) for name in ("end", "start") if name in period}
    for name, found in days.items():
        if found is None:
            return f"{_UNKNOWN}: the {name} of its period cannot be read."
    ends, starts = days.get("end"), days.get("start")
    if ends and ends[1] < first:
        return f"The coverage is not in force: it ended on {ends[1]}."
    if ends and ends[1] < last:
        return f"The coverage ends on {ends[1]}, before the last day of the services, {last}."
    if starts and starts[0] > first:
        return f"The coverage is not in force yet: it begins on {starts[0]}."
    return ""


def _another_kind(coverage: Mapping[str, Any]) -> str:
    """The kind that a coverage states, where it is no health insurance; '' otherwise."""
    by_name = next(filter(names_another_kind, _names_in(coverage)), "")
    typed = coverage.get("type")
    if by_name or not isinstance(typed, Mapping):
        return by_name
    coded = next((code for code in codes(typed) if code.strip().upper() in _OTHER_KINDS), "")
    words = [text(typed, "text"), *(text(one, "display") for one in objects(typed, "coding"))]
    in_words = (one for one in words if _OTHER_KIND_IN_WORDS.search(one) or names_another_kind(one))
    return coded or next(in_words, "")


def why_not_covered(claim: Mapping[str, Any], items: Sequence[Mapping[str, Any]], directory: Directory) -> str:
    """Why the coverage of a request does not cover its services on their days; '' where it may.

    A request without any day is judged as of today; one whose coverage was not supplied is covered by nothing known.
    """
    insurances = objects(claim, "insurance")
    marked = [one for one in insurances if one.get("focal") is True]
    focal = marked or insurances
    coverages = [directory.resolve(one.get("coverage"), claim) for one in focal]
    if all(one is None for one in coverages):
        return f"{_UNKNOWN}: the request names none that was supplied."
    if len({id(one) for one in coverages}) > 1:
        count = len(marked) if marked else "none"
        return f"It cannot be determined which coverage is asked for: the request marks {count} as focal; mark one."
    periods = [item["servicedPeriod"] for item in items if isinstance(item.get("servicedPeriod"), Mapping)]
    written = [text(item, "servicedDate") for item in items]
    written += [text(one, name) for one in periods for name in ("start", "end")]
    days = [day for one in written if (day := day_of(one))] or [day_of(text(claim, "created")) or date.today()]
    person = Person.of(claim.get("patient"), directory, claim)
    reasons = [why_not_in_force(one, person, min(days), max(days)) for one in coverages if one is not None]
    return next((one for one in reasons if one), "")
