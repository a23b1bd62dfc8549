"""Answers CDS Hooks at the order: coverage information, passages of the policy, and what the claim will need.

Sources: CDS Hooks 2.0; Da Vinci Coverage Requirements Discovery 2.0.1 and 2.2.1.
"""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from isocenter.errors import UnreadableInput
from isocenter.fhir.asked import Answer, Judges, answer
from isocenter.fhir.coverage_information import (
    TEMPORARY_CODES,
    URL,
    VERSIONS,
    coverage_information,
    passage_links,
)
from isocenter.fhir.ehr import Ehr
from isocenter.fhir.problems import Refused
from isocenter.fhir.questionnaires import address_of
from isocenter.fhir.settings import Payer
from isocenter.intake.fhir.coverages import why_not_in_force
from isocenter.intake.fhir.orders import billing_codes, is_order, words_of_service
from isocenter.intake.fhir.people import is_evidence, is_of_another
from isocenter.intake.fhir.references import Directory, objects, text
from isocenter.intake.fhir.resources import Found
from isocenter.intake.fhir.therapy import NOT_GIVEN, is_therapy
from isocenter.intake.fhir_r4 import read_found

Json = dict[str, Any]
_LONGEST_SUMMARY = 139
_PREFETCH = {
    "patient": "Patient/{{context.patientId}}",
    "coverage": "Coverage?patient={{context.patientId}}&status=active",
}
# Hooks, what they are for, and the member of the context that holds the orders.
HOOKS: dict[str, tuple[str, str]] = {
    "order-sign": ("An order of radiotherapy is signed", "draftOrders"),
    "order-select": ("An order of radiotherapy is chosen", "draftOrders"),
    "order-dispatch": ("An order of radiotherapy goes to a performer", "dispatchedOrders"),
    "appointment-book": ("An appointment for radiotherapy is made", "appointments"),
}
# At these hooks nothing is asked of the clinician yet.
_WITHOUT_DOCUMENTS = ("order-select",)
_OF_DOCUMENTS = ("doc-needed", "doc-purpose", "questionnaire")


def services() -> Json:
    """What GET /cds-services answers."""
    return {
        "services": [
            {
                "id": f"isocenter-{hook}",
                "hook": hook,
                "title": "Coverage of intensity modulated radiation therapy",
                "description": f"{what}: says whether IMRT is covered, what is lacking, and by which passage.",
                "prefetch": _PREFETCH,
                "extension": {
                    "davinci-crd.version": list(VERSIONS),
                    "davinci-crd.configuration-options": [
                        {
                            "code": code,
                            "type": "boolean",
                            "name": name,
                            "description": description,
                            "default": True,
                        }
                        for code, name, description in _OPTIONS
                    ],
                },
            }
            for hook, (what, _) in HOOKS.items()
        ]
    }


_OPTIONS = (
    ("coverage-info", "Coverage information", "Whether an order is covered, and what is lacking"),
    ("guideline", "Passages of the policy", "Links to the passages that an answer rests on"),
    ("claim", "What the claim will need", "The documents that the record has to hold"),
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one hook request asks, and of whom."""

    hook: str
    context: Mapping[str, Any]
    shared: Sequence[Found]  # what the client sent along
    version: str  # whose shape the answer has
    wanted: frozenset[str]  # the kinds of answers that the client did not switch off
    payer: Payer
    on: date
    keep: Callable[[str, Json, list[Json]], Json]


def answer_hook(
    service_id: str,
    request: Mapping[str, Any],
    judges: Judges,
    payer: Payer,
    on: date,
    keep: Callable[[str, Json, list[Json]], Json] = lambda _, information, __: information,
    ehr: Ehr | None = None,
) -> Json:
    """Cards and system actions for a hook request; `on` is the day of the answer.

    `keep` gets each coverage information with its assertion id and the resources asked about, and returns the one to
    give: that of the day on which the same was asked first. What the prefetch lacks is asked of `ehr`. Orders that the
    policies do not address get no answer. Raises Refused with the status that the standard asks for: 404 for an unknown
    service, 400 for a malformed request, 412 where orders or coverage are lacking and cannot be had.
    """
    hook = service_id.removeprefix("isocenter-")
    if hook not in HOOKS or not service_id.startswith("isocenter-"):
        known = ", ".join(f"isocenter-{name}" for name in HOOKS)
        raise Refused(404, "not-found", f"no service {service_id}; known are {known}")
    if request.get("hook") not in (None, hook):
        raise Refused(400, "invalid", f"the service answers {hook}; the request is for {request.get('hook')}")
    context = request.get("context")
    if not isinstance(context, Mapping):
        raise Refused(400, "required", "context is missing; it holds the orders and the patient")
    shared = list(_resources(request.get("prefetch"), "prefetch"))
    shared += _orders_elsewhere(hook, context, shared, ehr)
    orders = [one for one in _orders(hook, context, shared) if _is_to_be_done(one.resource)]
    _expect_one_patient([*orders, *(one for one in shared if is_evidence(one.resource))], context)
    cards: list[Json] = []
    actions: list[Json] = []
    if orders:
        shared += _facts_elsewhere(orders, context, shared, ehr)
        _expect_coverage(shared)
        asked = _Asked(hook, context, shared, _version(request), _wanted(request), payer, on, keep)
        for order in orders:
            of_order, action = _answer_order(order, asked, judges)
            cards += of_order
            actions += action
    return {"cards": _each_once(cards), "systemActions": actions}


def _answer_order(order: Found, asked: _Asked, judges: Judges) -> tuple[list[Json], list[Json]]:
    """The cards and system actions about one order, under each coverage that the policies are for."""
    billed = billing_codes(order.resource)
    known = {code.code for rulebook in judges.rulebooks for code in rulebook.codes}
    if billed and not (set(billed) & known and judges.are_about(billed, asked.on)):
        return [], []
    coverages = [one for one in asked.shared if one.resource.get("resourceType") == "Coverage"]
    others = [one for one in asked.shared if one not in coverages]
    not_clear = _why_not_clear(order.resource)
    shape = f"{asked.version} {asked.hook in _WITHOUT_DOCUMENTS}"  # what is kept for one is no answer to another
    information: list[Json] = []
    cards: list[Json] = []
    for coverage in coverages:
        reference = f"Coverage/{text(coverage.resource, 'id')}"
        question = [_with_coverage(order, reference), coverage, *others]
        read = read_found(question)
        not_in_force = why_not_in_force(coverage.resource, text(asked.context, "patientId"), asked.on)
        try:
            answered = answer(read, judges.deciding, beside=" ".join((reference, not_in_force, not_clear, shape)))
        except UnreadableInput as wrong:
            raise Refused(400, "invalid", f"{order.place}: {wrong}") from None
        if not answered.is_in_scope:
            continue
        stated = coverage_information(
            answered,
            reference,
            asked.payer,
            asked.on,
            asked.version,
            address_of(judges.rulebooks, asked.payer.fhir_url, answered.assertion_id),
            not_in_force,
            not_clear,
        )
        if asked.hook in _WITHOUT_DOCUMENTS:
            stated["extension"] = [part for part in stated["extension"] if part["url"] not in _OF_DOCUMENTS]
        information.append(asked.keep(answered.assertion_id, stated, [dict(one.resource) for one in question]))
        if "guideline" in asked.wanted and not not_clear:
            cards += [_passage_card(*link, asked.payer) for link in passage_links(answered, asked.payer)]
        if "claim" in asked.wanted and not not_clear:
            later = answer(read, judges.all)
            cards += [_needs_card(later, order, asked.payer)] if later.to_send else []
    if not information or "coverage-info" not in asked.wanted:
        return cards, []
    resource = copy.deepcopy(dict(order.resource))
    kept = [one for one in resource.get("extension", []) if one.get("url") != URL]
    resource["extension"] = [*kept, *information]
    description = f"Adds what is known of the coverage to {resource['resourceType']}/{text(resource, 'id')}"
    return cards, [{"type": "update", "description": description, "resource": resource}]


def _why_not_clear(order: Mapping[str, Any]) -> str:
    """Why it is not known what is ordered, where an order names its service in words alone; '' where a code does."""
    if not is_order(dict(order)) or not words_of_service(dict(order)):
        return ""
    return (
        "The order names its service in words alone, or by a code that is not known here; send its CPT or HCPCS code."
    )


def _is_to_be_done(order: Mapping[str, Any]) -> bool:
    """Whether a resource orders radiotherapy, or a service by its code, that is neither withdrawn nor forbidden."""
    is_withdrawn = text(order, "status") in NOT_GIVEN or order.get("doNotPerform") is True
    return not is_withdrawn and (is_order(order) or is_therapy(order))


def _expect_one_patient(found: Sequence[Found], context: Mapping[str, Any]) -> None:
    """Refused where an order or a document is of another patient than the hook is about."""
    patient = text(context, "patientId").rpartition("/")[2]
    for one in found:
        if is_of_another(one.resource, patient):
            sentence = "it is of another patient than context.patientId names"
            raise Refused(400, "invalid", sentence, f"{one.place}.subject")


def _with_coverage(order: Found, coverage: str) -> Found:
    """The order as if it were made under this coverage."""
    return order._replace(resource={**order.resource, "insurance": [{"reference": coverage}]})


def _passage_card(name: str, address: str, payer: Payer) -> Json:
    return {
        "summary": _short(f"Coverage policy for IMRT: {name}"),
        "indicator": "info",
        "source": _source(payer, "guideline"),
        "links": [{"label": _short(name), "url": address, "type": "absolute"}],
    }


def _needs_card(found: Answer, order: Found, payer: Payer) -> Json:
    lines = [f"- **{request.title}**: {' '.join(request.remedies)}" for request in found.to_send]
    count = len(lines)
    what = "one thing" if count == 1 else f"{count} things"
    own = text(order.resource, "id")
    return {
        "summary": _short(f"IMRT: what the record has to show for the order and its claims: {what}"),
        "detail": "\n".join(lines),
        "indicator": "info",
        "source": _source(payer, "claim"),
        "extension": {
            "davinci-crd.associated-resource": [{"reference": f"{order.resource['resourceType']}/{own}"}],
        },
    }


def _source(payer: Payer, topic: str) -> Json:
    return {"label": payer.name, "topic": {"system": TEMPORARY_CODES, "code": topic}}


def _short(sentence: str) -> str:
    return sentence if len(sentence) <= _LONGEST_SUMMARY else f"{sentence[: _LONGEST_SUMMARY - 3]}..."


def _each_once(cards: Sequence[Json]) -> list[Json]:
    kept: list[Json] = []
    for card in cards:
        if card not in kept:
            kept.append(card)
    return kept


def _orders(hook: str, context: Mapping[str, Any], shared: Sequence[Found]) -> list[Found]:
    """The orders that a hook is about; those that an appointment is based on."""
    member = HOOKS[hook][1]
    directory = Directory(shared)
    if hook == "order-dispatch":
        references = context.get(member)
        if not isinstance(references, list):
            raise Refused(400, "required", "a list of references to orders is expected", f"context.{member}")
        addresses = [one for one in references if isinstance(one, str)]
        named = [directory.at(address) for address in addresses]
        missing = [address for address, one in zip(addresses, named, strict=True) if one is None]
        if missing:
            raise Refused(412, "not-found", f"the order {missing[0][:100]} is not in the prefetch, and cannot be had")
        return [Found(one, "request", address) for address, one in zip(addresses, named, strict=True) if one]
    held = context.get(member)
    if not isinstance(held, Mapping):
        raise Refused(400, "required", "a Bundle of resources is expected", f"context.{member}")
    found = list(_resources(held, f"context.{member}"))
    if hook == "order-select":
        return _selected(found, context)
    if hook != "appointment-book":
        return found
    based = []
    lacking = ""
    for appointment in found:
        for reference in objects(appointment.resource, "basedOn"):
            order = directory.resolve(reference, appointment.resource)
            if order is None:
                lacking = text(reference, "reference")
            else:
                based.append(Found(order, "request", text(reference, "reference")))
    if lacking and not based:
        raise Refused(412, "not-found", f"the order {lacking[:100]} is not in the prefetch, and cannot be had")
    return based


def _selected(found: Sequence[Found], context: Mapping[str, Any]) -> list[Found]:
    """The orders just chosen; all drafts where the client does not say which."""
    chosen = context.get("selections")
    if not isinstance(chosen, list) or not chosen:
        return list(found)
    ids = {one.rpartition("/")[2] for one in chosen if isinstance(one, str)}
    return [one for one in found if text(one.resource, "id") in ids]


def _orders_elsewhere(hook: str, context: Mapping[str, Any], shared: Sequence[Found], ehr: Ehr | None) -> list[Found]:
    """The orders that a hook names by their address alone, asked of the EHR's server where the prefetch lacks them."""
    if ehr is None:
        return []
    named: list[str] = []
    if hook == "order-dispatch":
        addresses = context.get(HOOKS[hook][1])
        named = [one for one in addresses if isinstance(one, str)] if isinstance(addresses, list) else []
    elif hook == "appointment-book":
        booked = _resources(context.get(HOOKS[hook][1]), "")
        named = [text(one, "reference") for each in booked for one in objects(each.resource, "basedOn")]
    directory = Directory(shared)
    asked = dict.fromkeys(address for address in named if address and directory.at(address) is None)
    return [found for address in asked if (found := ehr.read(address)) is not None]


def _facts_elsewhere(
    orders: Sequence[Found], context: Mapping[str, Any], shared: Sequence[Found], ehr: Ehr | None
) -> list[Found]:
    """Patient, coverage and diagnoses of orders that the prefetch lacks."""
    if ehr is None:
        return []
    patient_id = text(context, "patientId").removeprefix("Patient/")
    kinds = {text(one.resource, "resourceType") for one in shared}
    directory = Directory(shared)
    wanted = [f"Patient/{patient_id}"] if patient_id and "Patient" not in kinds else []
    for order in orders:
        for reference in objects(order.resource, "reasonReference"):
            if directory.resolve(reference, order.resource) is None:
                wanted.append(text(reference, "reference"))
    found = [one for address in dict.fromkeys(wanted) if (one := ehr.read(address)) is not None]
    return found + (list(ehr.coverages(patient_id)) if "Coverage" not in kinds else [])


def _resources(value: Any, place: str) -> Iterator[Found]:
    """Every resource of a bundle, with or without its type, of a list, or of an object of them."""
    if not isinstance(value, Mapping):
        return
    if value.get("resourceType") == "Bundle" or ("entry" in value and "resourceType" not in value):
        for number, entry in enumerate(objects(value, "entry")):
            address = text(entry, "fullUrl")
            for one in _resources(entry.get("resource"), f"{place}.entry[{number}]"):
                yield one._replace(full_url=address)
    elif isinstance(value.get("resourceType"), str):
        yield Found(value, "request", place)
    else:
        for name, inner in value.items():
            yield from _resources(inner, f"{place}.{name}")


def _expect_coverage(shared: Sequence[Found]) -> None:
    if not any(one.resource.get("resourceType") == "Coverage" for one in shared):
        raise Refused(412, "not-found", "no active coverage is in the prefetch or can be had; send it as `coverage`")


def _version(request: Mapping[str, Any]) -> str:
    """The version whose shape the client asks for; the older one where it names none."""
    extension = request.get("extension")
    asked = extension.get("davinci-crd.requestedVersion") if isinstance(extension, Mapping) else None
    if asked is None:
        return VERSIONS[0]
    if not isinstance(asked, str) or not asked.startswith(VERSIONS):
        raise Refused(400, "not-supported", f"version {asked} is not supported; known are {', '.join(VERSIONS)}")
    return asked[:3]


def _wanted(request: Mapping[str, Any]) -> frozenset[str]:
    """The kinds of answers that the client did not switch off."""
    extension = request.get("extension")
    chosen = extension.get("davinci-crd.configuration") if isinstance(extension, Mapping) else None
    off = {code for code, value in chosen.items() if value is False} if isinstance(chosen, Mapping) else set()
    return frozenset(code for code, _, _ in _OPTIONS) - off
