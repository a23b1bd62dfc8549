"""Answers which questionnaire an order, a context or an address asks for: Questionnaire/$questionnaire-package.

Source: Da Vinci Documentation Templates and Rules 2.0.1 and 2.2.0, operation questionnaire-package.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from isocenter.fhir.asking.asked import Answer, Judges, answer, read_asked
from isocenter.fhir.asking.course_services import NOT_NAMED, may_belong
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.problems import Refused
from isocenter.fhir.questionnaires.adaptive import ADAPTIVE_NAME, QUESTIONS, adaptive_questionnaire
from isocenter.fhir.questionnaires.conditions import with_conditions
from isocenter.fhir.questionnaires.prepopulation import extensions_of, libraries
from isocenter.fhir.questionnaires.questionnaires import (
    draft_response,
    name_of,
    no_package,
    package,
    questionnaire,
    version_of,
)
from isocenter.files.texts import shown
from isocenter.intake.fhir.answers import QUESTIONNAIRE_NAME
from isocenter.intake.fhir.belonging import Person, Whose
from isocenter.intake.fhir.orders import billing_codes, is_order
from isocenter.intake.fhir.people import counts_for_patient
from isocenter.intake.fhir.references import Directory, codes, objects, profiles_of, text
from isocenter.intake.fhir.resources import Found
from isocenter.intake.fhir.therapy import is_therapy, why_not_given

Json = dict[str, Any]
_NEWER_PROFILES = ("|2.2", "|2.2.0", "|2.2.1")
_NOTHING_MISSING = "what the policies ask about this order is there; no questionnaire is needed"
_NOTHING_ASKED = "the policies ask nothing about what is ordered; no questionnaire is needed"

_NAMING = ("order", "questionnaire", "context")
# The orders, appointments and encounters that a hook may be about, and a request for authorization (Claim).
_ORDER_TYPES = {
    "Appointment",
    "Claim",
    "CommunicationRequest",
    "DeviceRequest",
    "Encounter",
    "MedicationRequest",
    "NutritionOrder",
    "ServiceRequest",
    "Task",
    "VisionPrescription",
}


def questionnaire_package(parameters: Json, judges: Judges, records: Records, base_url: str, now: datetime) -> Json:
    """The package for the order, the context or the questionnaire that the parameters name.

    An order that the policies do not address gets no questionnaire, which an outcome says. Raises Refused (400) for
    what are no Parameters or name none of these, for resources of two patients, and 404 for a context that is not
    known, where no order comes along.
    """
    if parameters.get("resourceType") != "Parameters":
        raise Refused(400, "structure", "Parameters are expected", "Parameters")
    listed = parameters.get("parameter", [])
    if not isinstance(listed, list) or not all(isinstance(one, Mapping) for one in listed):
        raise Refused(400, "structure", "a list of parameters is expected", "Parameters.parameter")
    given = objects(parameters, "parameter")
    _expect_resources(given)
    found = [
        Found(one["resource"], "request", f"Parameters.parameter[{number}].resource")
        for number, one in enumerate(given)
        if isinstance(one.get("resource"), Mapping)
    ]
    wanted = " ".join(text(one, f"value{kind}") for one in given for kind in ("Canonical", "String"))
    is_newer = any(one.endswith(_NEWER_PROFILES) for one in profiles_of(parameters))
    named, known = _kept_question(wanted, records)
    _expect_one_patient([*found, *known])
    if not any(text(one, "name") in _NAMING for one in given) and not any(_is_order(one.resource) for one in found):
        sentence = "nothing says what the questions are to be about; name an order, a questionnaire or a context"
        raise Refused(400, "required", sentence, "Parameters.parameter")
    warnings = _warnings(given, named)
    is_ordered = any(text(one, "name") == "order" for one in given)
    if not named and not is_ordered and any(text(one, "name") == "context" for one in given):
        raise Refused(404, "not-found", warnings[0], "Parameters.parameter")
    withdrawn = [one for one in found if _is_order(one.resource) and why_not_given(dict(one.resource))]
    warnings += [f"the order {one.place} asks for nothing: {why_not_given(dict(one.resource))}" for one in withdrawn]
    found = [one for one in found if not any(one is gone for gone in withdrawn)]
    orders = [one for one in found if _is_about_policies(dict(one.resource), judges, now.date())]
    if (is_ordered or withdrawn) and not orders and not known:
        is_open = any(_may_belong(dict(one.resource), judges, now.date()) for one in found)
        why = [] if withdrawn and not any(_is_order(one.resource) for one in found) else [_NOTHING_ASKED]
        return no_package([*warnings, *([NOT_NAMED] if is_open else why)], is_newer=is_newer)
    if not orders and known:
        found = [*known, *found]
        orders = [one for one in known if _is_order(one.resource)]
    left_out = [one for one in found if _is_order(one.resource) and not any(one is order for order in orders)]
    found = [one for one in found if not any(one is other for other in left_out)]
    asked = None
    if orders:
        asked = answer(read_asked(found, orders[0].resource, judges.all, now.date()), judges.all)
    if asked is not None and known and found[: len(known)] == known:
        asked = replace(asked, assertion_id=named)
    if asked is not None:
        records.keep(QUESTIONS, asked.assertion_id, {}, request=[one.resource for one in found])
    if asked is not None and not any(request.kind for request in asked.to_send):
        return no_package([*warnings, _NOTHING_MISSING], is_newer=is_newer)
    written = _written(asked, judges, base_url, is_adaptive=asked is not None and ADAPTIVE_NAME in wanted)
    written = with_conditions(written) if is_newer else written
    logic = libraries(judges.rulebooks, base_url, version_of(judges.rulebooks))
    coverages = [one for one in found if text(one.resource, "resourceType") == "Coverage"]
    warnings += _of_coverages(coverages) if orders else []
    draft = _draft(written, orders, coverages, now) if orders and coverages else None
    return package(written, logic, draft, warnings, is_newer=is_newer)


def _expect_resources(given: Sequence[Mapping[str, Any]]) -> None:
    """Refused (400) where an order or a coverage holds none, or the orders hold other resources only."""
    ordered = []
    for number, one in enumerate(given):
        name, place = text(one, "name"), f"Parameters.parameter[{number}]"
        if name not in ("order", "coverage"):
            continue
        resource = one.get("resource")
        if not isinstance(resource, Mapping):
            raise Refused(400, "required", f"the parameter {name} holds no resource; send the {name} itself", place)
        if name == "order":
            ordered.append((text(resource, "resourceType"), f"{place}.resource"))
    if ordered and not any(kind in _ORDER_TYPES for kind, _ in ordered):
        kind, place = ordered[0]
        held = f"a resource of the type {shown(kind)[:50]}" if kind else "a resource without a type"
        raise Refused(400, "invalid", f"an order is expected here; it is {held}", place)


def _expect_one_patient(found: Sequence[Found]) -> None:
    """Refused (400) where a coverage, a document or an order is of another patient than the first order."""
    orders = [one for one in found if _is_order(one.resource)]
    if not orders:
        return
    first = orders[0].resource
    person = Person.of(first.get("subject") or first.get("patient"), Directory(found), dict(first))
    kept = [
        one
        for one in found
        if text(one.resource, "resourceType") == "Coverage" or counts_for_patient(dict(one.resource))
    ]
    for one in (*orders[1:], *kept):
        if person.patient_id and person.whose(dict(one.resource)) is Whose.ANOTHERS:
            raise Refused(400, "invalid", "it is of another patient than the order", one.place)


def _of_coverages(coverages: Sequence[Found]) -> list[str]:
    """That a package is about one coverage, where several came along, or none."""
    if not coverages:
        return ["no coverage was sent with it, so no response to fill in is returned"]
    if len(coverages) < 2:
        return []
    return [
        f"{len(coverages)} coverages were sent; the questions are the same under each, and the response names all of"
        " them in its context; keep the one that pays, or ask for each by itself"
    ]


def _kept_question(wanted: str, records: Records) -> tuple[str, list[Found]]:
    """The id and the resources of an earlier question that a context or a questionnaire's address names."""
    for assertion_id in re.findall(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])", wanted):
        for kind in ("hook", QUESTIONS):
            kept = records.find(kind, assertion_id=assertion_id)
            if kept is not None and kept.request:
                return assertion_id, [Found(one, "request", "") for one in kept.request]
    return "", []


def _warnings(given: Sequence[Mapping[str, Any]], named: str) -> list[str]:
    """What the parameters name and is not known here."""
    unknown = [
        f"no context {shown(text(one, 'valueString'))[:100]} is known here"
        for one in given
        if text(one, "name") == "context" and not named
    ]
    return unknown + [
        f"no questionnaire {shown(text(one, 'valueCanonical'))[:200]} is known here; that of the policy is given"
        for one in given
        if text(one, "name") == "questionnaire" and QUESTIONNAIRE_NAME not in text(one, "valueCanonical")
    ]


def _written(asked: Answer | None, judges: Judges, base_url: str, *, is_adaptive: bool) -> Json:
    """The questionnaire: with its questions, or the adaptive one that gets them one after another."""
    if asked is None or not is_adaptive:
        return questionnaire(judges.rulebooks, base_url, asked)
    version = version_of(judges.rulebooks)
    name = f"{name_of(judges.rulebooks)}{ADAPTIVE_NAME}"
    written = adaptive_questionnaire(name, base_url, version, asked.assertion_id)
    written["extension"] += extensions_of(judges.rulebooks, base_url, version)
    return written


def _draft(written: Json, orders: Sequence[Found], coverages: Sequence[Found], now: datetime) -> Json:
    context = [f"{text(one.resource, 'resourceType')}/{text(one.resource, 'id')}" for one in (*orders, *coverages)]
    person = orders[0].resource.get("subject") or orders[0].resource.get("patient")
    subject = {"reference": text(person, "reference") if isinstance(person, Mapping) else ""}
    return draft_response(written, subject, context, now)


def _is_order(resource: Mapping[str, Any]) -> bool:
    return text(resource, "resourceType") in ("ServiceRequest", "Claim")


def _is_about_policies(resource: Json, judges: Judges, on: date) -> bool:
    """Whether a resource orders something that the policies address: by its codes, or radiotherapy without a code."""
    billed = _billed(resource)
    if billed is None:
        return False
    if not billed and not _is_claim(resource):
        return True
    return bool(set(billed) & judges.codes) and judges.are_about(billed, on)


def _may_belong(resource: Json, judges: Judges, on: date) -> bool:
    return may_belong(_billed(resource) or [], on, judges)


def _billed(resource: Json) -> list[str] | None:
    """The codes of the services that a resource orders or asks for; None where it does neither."""
    if _is_claim(resource):
        return [code for item in objects(resource, "item") for code in codes(item.get("productOrService"))]
    return billing_codes(resource) if is_order(resource) or is_therapy(resource) else None


def _is_claim(resource: Json) -> bool:
    return text(resource, "resourceType") == "Claim"
