"""Finds requests that may not be wanted, do not follow the orders they refer to, or are for a doubtful disease."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from isocenter.fhir.asking.days_of_service import LONGEST_YEAR, stated_day, why_ordered_ahead, why_years_apart
from isocenter.fhir.doubts.disease_doubts import (
    diagnoses_in,
    how_ended,
    why_begins_later,
    why_doubtful,
    why_elsewhere,
    why_said_otherwise,
)
from isocenter.fhir.doubts.order_doubts import why_not_by_itself
from isocenter.fhir.doubts.wished_in_words import words_against
from isocenter.files.texts import shown
from isocenter.intake.fhir.orders import billing_codes
from isocenter.intake.fhir.people import days_meant
from isocenter.intake.fhir.references import Directory, objects, text
from isocenter.intake.fhir.services import day_of_request
from isocenter.intake.fhir.therapy import why_not_given

Json = Mapping[str, Any]
_RADIOTHERAPY = re.compile(r"77[2-7][0-9]{2}|G60[01][0-9]", re.ASCII)  # as CMS numbers its procedures


def why_not_ordered(claim: Json, directory: Directory, today: date) -> str:
    """Why a request does not follow the orders that it refers to, or may not be wanted, or its disease is doubtful.

    '' where nothing of it is so.
    """
    if claim.get("accident") is not None:
        return "The request is about an accident, for which another one may be liable; a person decides."
    if why := _why_of_another_period(claim):
        return why
    for one in objects(claim, "supportingInfo"):
        if words_against(text(one, "valueString")):
            said = shown(text(one, "valueString"))[:100]
            return f"The request says “{said}”; whether the service is wanted is not known. Cancel it, or correct it."
    for path, reference in [("referral", claim.get("referral")), *_orders_of_items(claim)]:
        order = directory.resolve(reference, claim)
        if order is None or order.get("resourceType") != "ServiceRequest":
            continue
        why = (
            why_not_given(order)
            or why_not_by_itself(order, directory)
            or why_ordered_ahead(text(order, "authoredOn"), today)
            or _why_for_another_service(order, claim)
            or _why_on_another_day(order, claim)
            or why_elsewhere(objects(order, "bodySite"), _diseases_of(claim))
        )
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
    return _why_no_diagnosis_of(claim, directory)


def _why_of_another_period(claim: Json) -> str:
    """Why a request can hardly be for the period that it names: its services are more than a year away from it."""
    period, asked_on = claim.get("billablePeriod"), day_of_request(claim)
    if not isinstance(period, Mapping) or asked_on is None:
        return ""
    starts, ends = (days_meant(text(period, name)) for name in ("start", "end"))
    first, last = (starts or ends or (asked_on, asked_on))[0], (ends or starts or (asked_on, asked_on))[1]
    if first - LONGEST_YEAR <= asked_on <= last + LONGEST_YEAR:
        return ""
    return (
        f"The request is for {first} to {last} (billablePeriod), and its services for {asked_on}; correct one of them."
    )


def _diseases_of(claim: Json) -> list[str]:
    stated = (one.get("diagnosisCodeableConcept") for one in objects(claim, "diagnosis"))
    return [code for concept in stated for code in diagnoses_in(concept)]


def _why_for_another_service(order: Json, claim: Json) -> str:
    """Why an order is none for a request: it orders a procedure of radiotherapy that no item asks for."""
    asked = {code for item in objects(claim, "item") for code in billing_codes({"code": item.get("productOrService")})}
    named = [code for code in billing_codes(order) if _RADIOTHERAPY.fullmatch(code)]
    if not asked or not named or asked & set(named):
        return ""
    return f"it orders {named[0]}, which no item asks for"


def _why_on_another_day(order: Json, claim: Json) -> str:
    """Why an order is none for a request: its day cannot be read, or is more than a year from that of the request."""
    written, asked_on = stated_day(order) or text(order, "authoredOn"), days_meant(text(claim, "created"))
    if not written or asked_on is None:
        return ""
    days = days_meant(written)
    if days and not stated_day(order):
        is_old = asked_on[0] - days[1] > LONGEST_YEAR
        return f"it is dated {days[0]} (authoredOn), more than a year before the request" if is_old else ""
    return why_years_apart(days[0], asked_on[0]) if days else f"its day cannot be read ({shown(written)[:30]})"


def _why_no_diagnosis_of(claim: Json, directory: Directory) -> str:
    """Why a diagnosis of a request is doubtful: it is over, suspected, or of another place by its own words."""
    for one in objects(claim, "diagnosis"):
        stated = one.get("diagnosisCodeableConcept")
        if isinstance(stated, Mapping) and (why := why_said_otherwise(stated)):
            return why
        condition = directory.resolve(one.get("diagnosisReference"), claim)
        if condition is None:
            continue
        if ended := how_ended(condition):
            return f"The Condition that is the diagnosis of the request is stated to be {ended}; a person decides."
        asked_on = days_meant(text(claim, "created"))
        if why := why_doubtful(condition) or (why_begins_later(condition, asked_on[1]) if asked_on else ""):
            return why
    return ""


def _orders_of_items(claim: Json) -> Iterator[tuple[str, Any]]:
    for number, item in enumerate(objects(claim, "item")):
        for one in objects(item, "extension"):
            if _is_of_order(one):
                yield f"item[{number}]", one.get("valueReference")


def _is_of_order(extension: Json) -> bool:
    return text(extension, "url").endswith("extension-requestedService")
