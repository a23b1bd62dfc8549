"""Finds appointments and tasks by which a yes to their order would be another service's, or one that is called off.

Sources: HL7 FHIR R4 (4.0.1), resources Appointment and Task; CDS Hooks, appointment-book and order-dispatch.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from isocenter.fhir.doubts.disease_doubts import diagnoses_in
from isocenter.fhir.doubts.wished_in_words import words_against
from isocenter.files.texts import shown
from isocenter.intake.fhir.meaning import why_changed
from isocenter.intake.fhir.people import days_meant
from isocenter.intake.fhir.references import objects, text

Json = Mapping[str, Any]
_OPEN = {
    "Appointment": ("proposed", "pending", "booked", "arrived", "checked-in", "waitlist"),
    "Task": ("draft", "requested", "received", "accepted", "ready", "in-progress"),
}
_SAYING = ("comment", "description", "patientInstruction")


def of_order(order: Json, beside: Sequence[Json]) -> list[Json]:
    """The appointments and tasks among some that are about an order; a task that names no order is about each."""
    own = f"{text(order, 'resourceType')}/{text(order, 'id')}"
    return [one for one in beside if own in (named := set(_orders_of(one))) or not named]


def day_booked(bookings: Sequence[Json]) -> str:
    """The day on which an appointment begins, as it is written; '' where none states it."""
    return next((written for one in bookings if (written := text(one, "start"))), "")


def as_booked(order: Json, bookings: Sequence[Json]) -> Json:
    """An order with what its appointments and tasks say of its service: kind, day and words."""
    if not bookings:
        return order
    words = [{"text": said} for one in bookings for said in _words_of(one)]
    kinds = [kind for one in bookings for kind in objects(one, "serviceType")]
    told = {"note": [*objects(order, "note"), *words], "orderDetail": [*objects(order, "orderDetail"), *kinds]}
    if not (day := day_booked(bookings)):
        return {**order, **told}
    kept = {name: value for name, value in order.items() if not name.startswith("occurrence")}
    return {**kept, **told, "occurrenceDateTime": day}


def why_not_booked(order: Json, bookings: Sequence[Json]) -> str:
    """Why it is not known whether a service is given as it is booked or dispatched; '' where nothing says so."""
    asked = {code[:3] for concept in objects(order, "reasonCode") for code in diagnoses_in(concept)}
    for one in bookings:
        kind, status = text(one, "resourceType"), text(one, "status")
        if changed := why_changed(one):
            return f"The {kind} of the order cannot be understood: {changed.rstrip('.')}; a person decides."
        if status not in _OPEN[kind]:
            written = shown(status)[:60] or "missing"
            return f"The status of the {kind} is {written}: whether the service is still to be given is not known."
        said = next((words for words in _words_of(one) if words_against(words)), "")
        if one.get("cancelationReason") is not None or said or _is_declined(one):
            quoted = f" (“{shown(said)[:100]}”)" if said else ""
            return f"The {kind} says that the service is called off{quoted}; whether it is wanted is not known."
        starts, ends = (days_meant(text(one, name)) if name in one else None for name in ("start", "end"))
        if starts is not None and ends is not None and ends[1] < starts[0]:
            return f"The {kind} ends before it begins; correct it."
        named = [code for concept in objects(one, "reasonCode") for code in diagnoses_in(concept)]
        if asked and named and asked.isdisjoint(code[:3] for code in named):
            return f"The {kind} is for {named[0]}, and its order for another disease; correct one of them."
    return ""


def _orders_of(booking: Json) -> Iterator[str]:
    references = [*objects(booking, "basedOn"), booking.get("focus")]
    for one in references:
        if isinstance(one, Mapping) and (address := text(one, "reference")):
            yield "/".join(address.split("/_history/", 1)[0].rsplit("/", 2)[-2:])


def _words_of(booking: Json) -> list[str]:
    """What an appointment or a task says in words."""
    said = [text(booking, name) for name in _SAYING]
    reason = booking.get("statusReason")
    said += [text(reason, "text")] if isinstance(reason, Mapping) else []
    return [one for one in (*said, *(text(note, "text") for note in objects(booking, "note"))) if one]


def _is_declined(booking: Json) -> bool:
    """Whether the patient declined an appointment."""
    return any(
        text(part, "status") == "declined" and "Patient/" in text(part["actor"], "reference")
        for part in objects(booking, "participant")
        if isinstance(part.get("actor"), Mapping)
    )
