"""Finds orders that state something of themselves by which a yes would be another service's.

How often, under which coverage, for which disease and where in the body a service is to be given.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from isocenter.fhir.doubts.disease_doubts import (
    diagnoses_in,
    how_ended,
    why_begins_later,
    why_doubtful,
    why_elsewhere,
    why_said_otherwise,
)
from isocenter.fhir.doubts.order_wishes import why_not_wanted
from isocenter.files.texts import shown
from isocenter.intake.fhir.people import days_meant, why_no_diagnosis
from isocenter.intake.fhir.references import Directory, objects, text
from isocenter.intake.fhir.resources import Found
from isocenter.intake.fhir.services import counts_services

Json = Mapping[str, Any]
_OCCURRENCES = ("occurrenceDateTime", "occurrencePeriod", "occurrenceTiming")
_OTHER_NUMBERS = ("quantityRange", "quantityRatio")
MOST_SERVICES = 1000  # of one order: a course has some forty fractions


def why_not_as_ordered(order: Json, coverage: Json, others: Sequence[Found]) -> str:
    """Why an order is not decided under a coverage, by what it says of itself; '' where nothing is in the way.

    `others` are the resources that came along, its diagnoses among them.
    """
    directory = Directory(others)
    return _why_under_another(order, coverage) or why_not_by_itself(order, directory)


def why_not_by_itself(order: Json, directory: Directory) -> str:
    """Why an order is not decided, whoever covers it and whatever is asked for beside it."""
    return (
        why_not_wanted(order)
        or _why_not_counted(order)
        or _why_no_period(order)
        or _why_no_disease(order, directory)
        or why_elsewhere(objects(order, "bodySite"), _named_diseases(order, directory))
    )


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
    coded = {code for concept in objects(order, "reasonCode") for code in diagnoses_in(concept)}
    for concept in objects(order, "reasonCode"):
        if why := why_said_otherwise(concept):
            return why
    for condition in _conditions(order, directory):
        if ended := how_ended(condition):
            return f"The Condition that is the reason of the order is stated to be {ended}; a person decides."
        ordered_on = days_meant(text(order, "authoredOn"))
        if why := why_doubtful(condition) or (why_begins_later(condition, ordered_on[1]) if ordered_on else ""):
            return why
        again = sorted(coded & set(diagnoses_in(condition.get("code"))))
        if again and (why := why_no_diagnosis(condition)):
            return f"The order gives {again[0]} as its reason, and the Condition of the same code {why}; correct one."
    return ""


def _named_diseases(order: Json, directory: Directory) -> list[str]:
    concepts = [*objects(order, "reasonCode"), *(one.get("code") for one in _conditions(order, directory))]
    return [code for concept in concepts for code in diagnoses_in(concept)]
