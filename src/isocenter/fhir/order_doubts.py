"""Finds orders and requests that state something of themselves by which a yes would be another service's.

How often, under which coverage, for which disease and where in the body a service is to be given.
Source of the categories of tumors: ICD-10-CM (CDC/NCHS).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from isocenter.fhir.days_of_service import why_ordered_ahead
from isocenter.fhir.order_wishes import why_not_wanted
from isocenter.files import shown
from isocenter.intake.fhir.code_systems import is_icd10
from isocenter.intake.fhir.orders import billing_codes
from isocenter.intake.fhir.people import days_meant, why_no_diagnosis
from isocenter.intake.fhir.references import Directory, codes, objects, text
from isocenter.intake.fhir.resources import Found
from isocenter.intake.fhir.services import counts_services
from isocenter.intake.fhir.therapy import why_not_given
from isocenter.intake.fhir.therapy_course import SNOMED

Json = Mapping[str, Any]
_OCCURRENCES = ("occurrenceDateTime", "occurrencePeriod", "occurrenceTiming")
_OTHER_NUMBERS = ("quantityRange", "quantityRatio")
_NO_LONGER = ("resolved", "inactive", "remission")
# Organs by their SNOMED concepts and in words, with the categories of tumors that lie in them.
_ORGANS = (
    ("breast", ("76752008", "80248007", "73056007"), ("C50", "C7981", "D05")),
    ("prostate", ("41216001",), ("C61", "C7982", "D075", "D400")),
    ("brain", ("12738006",), ("C70", "C71", "C72", "C793", "C794", "C75", "D32", "D33", "D35", "D42", "D43", "D44")),
    ("lung", ("39607008", "3341006", "44029006"), ("C34", "C780", "C7A090", "D022")),
)
_TUMOR = re.compile(r"C|D[0-4]")
MOST_SERVICES = 1000  # of one order: a course has some forty fractions
_SUSPECTED = re.compile(
    r"\b(?:suspect\w*|rule[- ]out|r/o|possib\w+|probabl\w+|presum\w+|question of|not (?:yet )?confirmed|unconfirmed)\b",
    re.IGNORECASE,
)
_OF_PRIMARY_TUMORS = re.compile(r"C[0-2]|C3[0-24]|C50|C6|C7[0-2]")  # not of skin or soft tissue of an organ
_SPREAD = re.compile(r"metasta|second|spread", re.IGNORECASE)


def why_not_as_ordered(order: Json, coverage: Json, others: Sequence[Found]) -> str:
    """Why an order is not decided under a coverage, by what it says of itself; '' where nothing is in the way.

    `others` are the resources that came along, its diagnoses among them.
    """
    return (
        why_not_wanted(order)
        or _why_not_counted(order)
        or _why_no_period(order)
        or _why_under_another(order, coverage)
        or _why_no_disease(order, Directory(others))
        or why_elsewhere(objects(order, "bodySite"), _named_diseases(order, Directory(others)))
    )


def why_elsewhere(body_sites: Iterable[Json], diagnoses: Iterable[str]) -> str:
    """Why it is not known where a service is given: its site in the body is an organ that no diagnosis names.

    `diagnoses` are codes of ICD-10-CM; '' where none is of a tumor, and of organs and sites that are not compared.
    """
    tumors = [code for code in diagnoses if _TUMOR.match(code)]
    for concept in body_sites if tumors else ():
        words = [text(concept, "text"), *(text(one, "display") for one in objects(concept, "coding"))]
        for organ, concepts, categories in _ORGANS:
            is_named = set(concepts) & set(codes(concept, SNOMED)) or any(
                re.search(rf"\b{organ}\b", one, re.IGNORECASE) for one in words
            )
            if is_named and not any(code.replace(".", "").startswith(categories) for code in tumors):
                return f"The site in the body is the {organ}, and the diagnosis is {tumors[0]}; correct one of them."
    return ""


def _why_not_counted(order: Json) -> str:
    """Why it is not known how often a service is ordered."""
    other = next((name for name in _OTHER_NUMBERS if order.get(name) is not None), "")
    if other:
        return f"The number of services is stated as {other}; a whole number above zero is expected (quantityQuantity)."
    quantity = order.get("quantityQuantity")
    if quantity is None:
        return ""
    value = quantity.get("value") if isinstance(quantity, Mapping) else None
    if isinstance(quantity, Mapping):
        comparator, unit, code = (text(quantity, name) for name in ("comparator", "unit", "code"))
        if not counts_services(comparator, unit, code):
            said = shown(" ".join(filter(None, (comparator, str(value), unit or code))))[:60]
            return f"The number of services is {said}; a whole number without a measure is expected (quantityQuantity)."
    is_flag = isinstance(value, bool)
    if isinstance(value, int | float | Decimal) and 0 < value < MOST_SERVICES and value == int(value) and not is_flag:
        return ""
    written = shown(str(value))[:30] if value is not None else "not stated"
    return f"The number of services is {written}; a whole number above zero is expected (quantityQuantity)."


def _why_no_period(order: Json) -> str:
    stated = [name for name in _OCCURRENCES if order.get(name) is not None]
    if len(stated) > 1:
        return f"The day of the service is stated in several ways ({', '.join(stated)}); state it in one."
    period = order.get("occurrencePeriod")
    if not isinstance(period, Mapping):
        return ""
    starts, ends = (days_meant(text(period, name)) for name in ("start", "end"))
    is_reversed = starts is not None and ends is not None and ends[1] < starts[0]
    return "The period of the service ends before it begins; correct it." if is_reversed else ""


def why_not_ordered(claim: Json, directory: Directory, today: date) -> str:
    """Why a request does not follow the orders that it refers to, or its disease is over; '' where neither is so."""
    for path, reference in [("referral", claim.get("referral")), *_orders_of_items(claim)]:
        order = directory.resolve(reference, claim)
        if order is None or order.get("resourceType") != "ServiceRequest":
            continue
        why = why_not_given(order) or why_not_wanted(order) or why_ordered_ahead(text(order, "authoredOn"), today)
        if why:
            return f"Of the order that the request refers to ({path}): {why.rstrip('.')}; a person decides."
    for number, item in enumerate(objects(claim, "item")):
        asked = billing_codes({"code": item.get("productOrService")})
        for one in objects(item, "extension"):
            order = directory.resolve(one.get("valueReference"), claim) if _is_of_order(one) else None
            named = billing_codes(order) if order is not None else []
            if asked and named and not set(asked) & set(named):
                sentence = f"item[{number}] asks for {asked[0]}, and the order that it refers to for {named[0]}"
                return f"{sentence}; which is meant is not known. Correct one."
    for one in objects(claim, "diagnosis"):
        condition = directory.resolve(one.get("diagnosisReference"), claim)
        if condition is not None and (ended := _ended(condition)):
            return f"The Condition that is the diagnosis of the request is stated to be {ended}; a person decides."
    return ""


def _orders_of_items(claim: Json) -> Iterator[tuple[str, Any]]:
    for number, item in enumerate(objects(claim, "item")):
        for one in objects(item, "extension"):
            if _is_of_order(one):
                yield f"item[{number}]", one.get("valueReference")


def _is_of_order(extension: Json) -> bool:
    return text(extension, "url").endswith("extension-requestedService")


def _ended(condition: Json) -> str:
    """How a Condition is stated to be over; '' where nothing says so."""
    stated = next((one for one in _NO_LONGER if one in codes(condition.get("clinicalStatus"))), "")
    is_over = condition.get("abatementBoolean") is True or any(
        name.startswith("abatement") and name != "abatementBoolean" for name in condition
    )
    return stated or ("over (abatement)" if is_over else "")


def _why_under_another(order: Json, coverage: Json) -> str:
    """Why an order is not asked about under a coverage: it names others, and not this one."""
    named = [_named(text(one, "reference")) for one in objects(order, "insurance")]
    named = [one for one in named if one.startswith("Coverage/")]
    if not named or f"Coverage/{text(coverage, 'id')}" in named:
        return ""
    return f"The order is under another coverage ({shown(named[0])[:80]}) than this one."


def _named(address: str) -> str:
    return "/".join(address.split("/_history/", 1)[0].rsplit("/", 2)[-2:])


def _conditions(order: Json, directory: Directory) -> Iterator[Json]:
    for reference in objects(order, "reasonReference"):
        condition = directory.resolve(reference, order)
        if condition is not None and condition.get("resourceType") == "Condition":
            yield condition


def _why_no_disease(order: Json, directory: Directory) -> str:
    """Why the disease that an order gives as its reason is doubtful: its Condition is no diagnosis, or is over."""
    coded = {code for concept in objects(order, "reasonCode") for code in _diagnoses_in(concept)}
    for concept in objects(order, "reasonCode"):
        if why := _why_said_otherwise(concept):
            return why
    for condition in _conditions(order, directory):
        if ended := _ended(condition):
            return f"The Condition that is the reason of the order is stated to be {ended}; a person decides."
        named = condition.get("code")
        otherwise = _why_said_otherwise(named) if isinstance(named, Mapping) else ""
        if why := why_elsewhere(objects(condition, "bodySite"), _diagnoses_in(named)) or otherwise:
            return why
        again = sorted(coded & set(_diagnoses_in(condition.get("code"))))
        if again and (why := why_no_diagnosis(condition)):
            return f"The order gives {again[0]} as its reason, and the Condition of the same code {why}; correct one."
    return ""


def _why_said_otherwise(concept: Json) -> str:
    """Why a coded diagnosis is doubtful by its own words: they name another organ, or say that it is suspected."""
    coded = _diagnoses_in(concept)
    if not coded:
        return ""
    words = [text(concept, "text"), *(text(one, "display") for one in objects(concept, "coding"))]
    said = next((one for one in words if _SUSPECTED.search(one)), "")
    if said:
        return f"The diagnosis is {coded[0]}, and its words say “{shown(said)[:100]}”; a suspected disease is none yet."
    of_one_place = _OF_PRIMARY_TUMORS.match(coded[0]) and not any(_SPREAD.search(one) for one in words)
    named = [why_elsewhere([{"text": one}], coded) for one in words if of_one_place and one]
    if not any(named):
        return ""
    return f"The diagnosis is {coded[0]}, and its words say “{shown(words[0] or words[1])[:100]}”; correct one of them."


def _named_diseases(order: Json, directory: Directory) -> list[str]:
    concepts = [*objects(order, "reasonCode"), *(one.get("code") for one in _conditions(order, directory))]
    return [code for concept in concepts for code in _diagnoses_in(concept)]


def _diagnoses_in(concept: object) -> list[str]:
    codings = objects(concept, "coding") if isinstance(concept, Mapping) else []
    return [text(one, "code").strip().upper() for one in codings if is_icd10(text(one, "system"))]
