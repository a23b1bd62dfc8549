"""Finds what a hook is about: its orders, and what of their patient the prefetch or the EHR's server holds."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from isocenter.fhir.given_twice import expect_each_once
from isocenter.fhir.hooks.ehr import Ehr
from isocenter.fhir.problems import Refused
from isocenter.files.texts import shown
from isocenter.intake.fhir.belonging import Person, Whose
from isocenter.intake.fhir.meaning import understood, why_changed
from isocenter.intake.fhir.orders import is_order
from isocenter.intake.fhir.people import counts_for_patient, days_meant
from isocenter.intake.fhir.references import Directory, objects, text
from isocenter.intake.fhir.resources import Found
from isocenter.intake.fhir.therapy import is_therapy, why_not_given, why_status_unknown
from isocenter.intake.fhir.versions import newest

# Hooks, what they are for, and the member of the context that holds the orders.
HOOKS: dict[str, tuple[str, str]] = {
    "order-sign": ("An order of radiotherapy is signed", "draftOrders"),
    "order-select": ("An order of radiotherapy is chosen", "draftOrders"),
    "order-dispatch": ("An order of radiotherapy goes to a performer", "dispatchedOrders"),
    "appointment-book": ("An appointment for radiotherapy is made", "appointments"),
}
_REQUIRED = ("status", "intent", "subject")  # of a ServiceRequest
_NOT_KEPT = ("cancelled", "noshow", "entered-in-error")  # of an appointment
_TASKS = "fulfillmentTasks"  # of the context of a dispatch
_MOST_REMARKS = 20
_MOST_ANSWERS = 100  # orders, each under each coverage


Json = dict[str, Any]


class Ordered(NamedTuple):
    """What one hook is about."""

    orders: list[Found]  # of radiotherapy, or of a service by its code, that are to be done
    coverages: list[Found]
    others: list[Found]  # what else was supplied
    person: Person
    lacking: list[str]  # addresses of orders of an appointment that cannot be had
    remarks: list[Json]  # on what of the prefetch was left out
    bookings: Sequence[Mapping[str, Any]] = ()  # appointments and tasks by which orders are booked or dispatched


def ordered(hook: str, context: Mapping[str, Any], prefetch: Any, ehr: Ehr | None) -> Ordered:
    """The orders of a hook, with what the prefetch holds and what `ehr` answers where it lacks something.

    Raises Refused: 400 where the context or an order is malformed, or something is of another patient; 412 where
    orders or coverage are lacking and cannot be had.
    """
    patient_id = text(context, "patientId").rpartition("/")[2]
    if not patient_id:
        raise Refused(400, "required", "the id of the patient is missing", "context.patientId")
    shared = list(_resources(prefetch, "prefetch"))
    shared += _orders_elsewhere(hook, context, shared, ehr)
    shared, left_out = newest(shared)
    shared, changed = understood(shared)
    left_out += changed
    found, lacking = _orders(hook, context, shared)
    expect_each_once(shared, ("Coverage", "Patient"))
    expect_each_once(found, ("ServiceRequest",))
    for one in found:
        _expect_readable(one)
    unanswered = [_remark(one.place, f"{why}; nothing is answered about it") for one in found if (why := _why_not(one))]
    # An order that several appointments are based on, or that came along twice, is one order.
    orders = list({_identity(one): one for one in reversed(found) if _is_to_be_done(one.resource)}.values())[::-1]
    if orders:
        shared += _facts_elsewhere(orders, patient_id, shared, ehr)
    person = Person.of({"reference": f"Patient/{patient_id}"}, Directory(shared))
    _expect_one_patient([*orders, *(one for one in shared if counts_for_patient(one.resource))], person, shared)
    if hook == "appointment-book":
        _expect_own_appointments(context, person)
    bookings = _bookings(hook, context, person)
    coverages = _each_once([one for one in shared if one.resource.get("resourceType") == "Coverage"])
    if orders and not coverages:
        raise Refused(
            412, "not-found", "no active coverage is in the prefetch or could be retrieved; send it as `coverage`"
        )
    if len(orders) * len(coverages) > _MOST_ANSWERS:
        counted = f"{len(orders):,} orders under {len(coverages):,} coverages"
        raise Refused(400, "too-costly", f"{counted}; at most {_MOST_ANSWERS} are answered at once; ask about fewer")
    others = [one for one in shared if one.resource.get("resourceType") != "Coverage"]
    return Ordered(
        orders,
        coverages,
        others,
        person,
        lacking,
        [*unanswered, *(_remark(one.place, str(one.sentence)) for one in left_out)][:_MOST_REMARKS],
        bookings,
    )


def remarks_on(hook: str, context: Mapping[str, Any]) -> list[Json]:
    """What the standard asks for and the orders of a hook lack, each with its place; they are read all the same."""
    member = HOOKS[hook][1]
    held = context.get(member)
    if not isinstance(held, Mapping):
        return []
    place = f"context.{member}"
    remarks = []
    if held.get("resourceType") != "Bundle":
        remarks.append(_remark(f"{place}.resourceType", "it is missing; the member was read as a Bundle"))
    if not text(held, "type"):
        remarks.append(_remark(f"{place}.type", "it is missing; a Bundle needs one, such as collection"))
    if hook == "appointment-book":
        remarks += _remarks_on_appointments(held, place)
    entries = held.get("entry", [])
    if not isinstance(entries, list):
        remarks.append(_remark(f"{place}.entry", "it is not a list; what it holds was not read"))
    else:
        remarks += [
            _remark(f"{place}.entry[{number}]", "it holds no resource; it was not read")
            for number, one in enumerate(entries)
            if not isinstance(one, Mapping) or not isinstance(one.get("resource"), Mapping)
        ]
    if hook == "order-select" and not context.get("selections"):
        remarks.append(_remark("context.selections", "it names no order; all drafts are answered"))
    elif hook == "order-select":
        drafts = {text(one.resource, "id") for one in _resources(held, place)}
        remarks += [
            _remark(f"context.selections[{number}]", "it is not among the drafts; nothing is answered about it")
            for number, one in enumerate(_texts(context, "selections"))
            if one.rpartition("/")[2] not in drafts
        ]
    for one in _resources(held, place):
        if one.resource.get("resourceType") == "ServiceRequest":
            missing = [name for name in _REQUIRED if not one.resource.get(name)]
            remarks += [_remark(f"{one.place}.{name}", "it is missing; an order needs one") for name in missing]
            authored = text(one.resource, "authoredOn")
            if authored and days_meant(authored) is None:
                remarks.append(_remark(f"{one.place}.authoredOn", "it names no day; it was not read"))
    return remarks[:_MOST_REMARKS]


def _remarks_on_appointments(held: Mapping[str, Any], place: str) -> Iterator[Json]:
    for one in _resources(held, place):
        status = text(one.resource, "status")
        if status in _NOT_KEPT:
            yield _remark(f"{one.place}.status", f"it is {status}; nothing is answered about the appointment")
        elif not objects(one.resource, "basedOn"):
            yield _remark(f"{one.place}.basedOn", "it names no order; nothing is answered about the appointment")


def _remark(expression: str, sentence: str) -> Json:
    return {"expression": expression, "text": sentence}


class _Coding(msgspec.Struct):
    system: str = ""
    code: str = ""
    display: str = ""


class _Concept(msgspec.Struct):
    coding: list[_Coding] = []
    text: str = ""


class _Order(msgspec.Struct):
    """What has to be as FHIR has it before an order can be answered."""

    id: str = ""
    status: str = ""
    code: _Concept | None = None
    extension: list[dict[str, Any]] = []


def _expect_readable(order: Found) -> None:
    """Refused where an order could be answered by its neighbors alone, because it cannot be read or understood."""
    if changed := why_changed(order.resource):
        raise Refused(400, "not-supported", changed, order.place)
    if unknown := why_status_unknown(order.resource):
        sentence = f"{unknown}; send draft or active, and revoked where it is withdrawn"
        raise Refused(400, "code-invalid", sentence, f"{order.place}.status")
    if order.resource.get("resourceType") == "ServiceRequest":
        try:
            msgspec.convert(order.resource, _Order)
        except msgspec.ValidationError as wrong:
            sentence, _, place = str(wrong).partition(" - at ")
            raise Refused(400, "structure", sentence, order.place + place.strip("`").removeprefix("$")) from None


def _is_to_be_done(order: Mapping[str, Any]) -> bool:
    """Whether a resource orders radiotherapy, or a service by its code, that is neither withdrawn nor forbidden."""
    return not why_not_given(order) and (is_order(order) or is_therapy(order))


def _why_not(order: Found) -> str:
    """Why a resource among the orders is none that is answered; '' also of services that are not of radiotherapy."""
    kind = text(order.resource, "resourceType")
    if kind not in ("ServiceRequest", "Procedure"):
        return f"it is a {shown(kind)[:60]}; radiotherapy is ordered by a ServiceRequest"
    return why_not_given(order.resource)


def _expect_one_patient(about: Sequence[Found], person: Person, shared: Sequence[Found]) -> None:
    """Refused where an order, a document or the Patient is not of the patient whom the hook is about."""
    for one in about:
        whose = person.whose(one.resource)
        if whose is Whose.ANOTHERS:
            sentence = "it is of another patient than context.patientId names"
            raise Refused(400, "invalid", sentence, f"{one.place}.subject")
        if whose is Whose.UNKNOWN:
            sentence = "its patient cannot be determined; refer to the patient that context.patientId names"
            raise Refused(400, "invalid", sentence, f"{one.place}.subject")
    patients = [one for one in shared if one.resource.get("resourceType") == "Patient"]
    if patients and person.patient is None:
        raise Refused(400, "invalid", "it is another patient than context.patientId names", patients[0].place)


def _orders(hook: str, context: Mapping[str, Any], shared: Sequence[Found]) -> tuple[list[Found], list[str]]:
    """The orders that a hook is about; those that an appointment is based on, and the addresses of what is lacking."""
    member = HOOKS[hook][1]
    if hook == "order-dispatch":
        return _dispatched(_sent_out(context), Directory(shared)), []
    held = context.get(member)
    if not isinstance(held, Mapping):
        raise Refused(400, "required", "a Bundle of resources is expected", f"context.{member}")
    found = list(_resources(held, f"context.{member}"))
    if hook == "appointment-book":
        return _booked(found, Directory(shared))
    return (_selected(found, context) if hook == "order-select" else found), []


def _sent_out(context: Mapping[str, Any]) -> list[str]:
    """The addresses of the orders that are dispatched; a single one where a client writes as before CDS Hooks 1.0."""
    alone = text(context, "order")
    return (
        [alone] if alone and HOOKS["order-dispatch"][1] not in context else _texts(context, HOOKS["order-dispatch"][1])
    )


def _identity(order: Found) -> tuple[object, ...]:
    """What makes an order the same one: its type, id and address; without an id it is one by itself."""
    own = text(order.resource, "id")
    return (text(order.resource, "resourceType"), own, order.full_url) if own else (id(order.resource),)


def _each_once(found: Sequence[Found]) -> list[Found]:
    """The resources, of equal ones the first."""
    first: dict[str, Found] = {}
    for one in found:
        first.setdefault(json.dumps(one.resource, sort_keys=True, default=repr), one)
    return list(first.values())


def _texts(context: Mapping[str, Any], member: str) -> list[str]:
    """The addresses that a member of the context lists."""
    listed = context.get(member)
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise Refused(400, "required", "a list of references to orders is expected", f"context.{member}")
    return listed


def _dispatched(addresses: Sequence[str], directory: Directory) -> list[Found]:
    named = [(address, directory.at(address)) for address in addresses]
    missing = [address for address, one in named if one is None]
    if missing:
        raise Refused(
            412, "not-found", f"the order {missing[0][:100]} is not in the prefetch, and could not be retrieved"
        )
    return [Found(one, "request", address) for address, one in named if one is not None]


def _expect_own_appointments(context: Mapping[str, Any], person: Person) -> None:
    """Refused where an appointment names patients, and the hook's is none of them."""
    for one in _resources(context.get(HOOKS["appointment-book"][1]), "context.appointments"):
        actors = [part.get("actor") for part in objects(one.resource, "participant")]
        patients = [actor for actor in actors if isinstance(actor, Mapping) and "Patient/" in text(actor, "reference")]
        if patients and all(person.whose({"subject": actor}) is not Whose.OWN for actor in patients):
            sentence = "it is of another patient than context.patientId names"
            raise Refused(400, "invalid", sentence, f"{one.place}.participant")


def _bookings(hook: str, context: Mapping[str, Any], person: Person) -> list[Mapping[str, Any]]:
    """The appointments that are to be kept, or the tasks of a dispatch; Refused where a task is for another patient."""
    if hook == "appointment-book":
        found = [one.resource for one in _resources(context.get(HOOKS[hook][1]), "")]
        return [one for one in found if _is_of(one, "Appointment") and text(one, "status") not in _NOT_KEPT]
    tasks = [one for one in _resources(context.get(_TASKS), f"context.{_TASKS}") if _is_of(one.resource, "Task")]
    for one in tasks:
        if "for" in one.resource and person.whose({"subject": one.resource["for"]}) is not Whose.OWN:
            sentence = "it is for another patient than context.patientId names"
            raise Refused(400, "invalid", sentence, f"{one.place}.for")
    return [one.resource for one in tasks]


def _is_of(resource: Mapping[str, Any], kind: str) -> bool:
    return text(resource, "resourceType") == kind


def _booked(appointments: Sequence[Found], directory: Directory) -> tuple[list[Found], list[str]]:
    """The orders that appointments are based on, and the addresses of those that cannot be had."""
    based, lacking = [], []
    for appointment in appointments:
        if text(appointment.resource, "status") in _NOT_KEPT:
            continue
        for reference in objects(appointment.resource, "basedOn"):
            order = directory.resolve(reference, appointment.resource)
            address = text(reference, "reference")
            if order is None:
                lacking.append(address)
            else:
                based.append(Found(order, "request", address))
    if lacking and not based:
        raise Refused(
            412, "not-found", f"the order {lacking[0][:100]} is not in the prefetch, and could not be retrieved"
        )
    return based, lacking


def _selected(found: Sequence[Found], context: Mapping[str, Any]) -> list[Found]:
    """The orders just chosen; all drafts where the client does not say which."""
    if not context.get("selections"):
        return list(found)
    ids = {one.rpartition("/")[2] for one in _texts(context, "selections")}
    return [one for one in found if text(one.resource, "id") in ids]


def _orders_elsewhere(hook: str, context: Mapping[str, Any], shared: Sequence[Found], ehr: Ehr | None) -> list[Found]:
    """The orders that a hook names by their address alone, asked of the EHR's server where the prefetch lacks them."""
    if ehr is None:
        return []
    named: list[str] = []
    if hook == "order-dispatch":
        named = _sent_out(context)
    elif hook == "appointment-book":
        booked = _resources(context.get(HOOKS[hook][1]), "")
        named = [text(one, "reference") for each in booked for one in objects(each.resource, "basedOn")]
    directory = Directory(shared)
    asked = dict.fromkeys(address for address in named if address and directory.at(address) is None)
    return [found for address in asked if (found := ehr.read(address)) is not None]


def _facts_elsewhere(orders: Sequence[Found], patient_id: str, shared: Sequence[Found], ehr: Ehr | None) -> list[Found]:
    """Patient, coverage and diagnoses of orders that the prefetch lacks."""
    if ehr is None:
        return []
    kinds = {text(one.resource, "resourceType") for one in shared}
    directory = Directory(shared)
    wanted = [f"Patient/{patient_id}"] if "Patient" not in kinds else []
    for order in orders:
        for reference in objects(order.resource, "reasonReference"):
            if directory.resolve(reference, order.resource) is None:
                wanted.append(text(reference, "reference"))
    found = [one for address in dict.fromkeys(wanted) if (one := ehr.read(address)) is not None]
    return found + (list(ehr.coverages(patient_id)) if "Coverage" not in kinds else [])


def _resources(value: Any, place: str) -> Iterator[Found]:
    """Every resource of a bundle, with or without its type, of a list, or of an object of them."""
    if isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _resources(inner, f"{place}[{number}]")
    if not isinstance(value, Mapping):
        return
    if value.get("resourceType") == "Bundle" or ("entry" in value and "resourceType" not in value):
        if following := [one for one in objects(value, "link") if text(one, "relation") == "next"]:
            yield Found({"resourceType": "Bundle", "link": following}, "request", place)
        for number, entry in enumerate(objects(value, "entry")):
            address = text(entry, "fullUrl")
            for one in _resources(entry.get("resource"), f"{place}.entry[{number}].resource"):
                yield one._replace(full_url=address)
    elif isinstance(value.get("resourceType"), str):
        yield Found(value, "request", place)
    else:
        for name, inner in value.items():
            yield from _resources(inner, f"{place}.{name}")
