"""Finds orders of which it is not known whether they are to be carried out: by their status, or in their words."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from isocenter.fhir.doubts.wished_in_words import is_not_wanted, words_against
from isocenter.files.texts import shown
from isocenter.intake.fhir.references import objects, text

Json = Mapping[str, Any]
_OF_STATUS = {
    "completed": "what was ordered was given; send an order that is still to be done",
    "on-hold": "it is not to be carried out as yet; send it when it is",
    "unknown": "whether it is in force is not known; state its status",
}


_FOR_TESTING = ("HTEST",)


def why_not_wanted(order: Json) -> str:
    """Why it is not known whether what is ordered is to be done; '' where nothing says so."""
    status = text(order, "status")
    if status in _OF_STATUS:
        return f"The status of the order is {status}: {_OF_STATUS[status]}."
    if order.get("doNotPerform") not in (None, False) or (
        "_doNotPerform" in order and order.get("doNotPerform") is not False
    ):
        return "Whether the service is to be done is not known: doNotPerform is neither true nor false; correct it."
    if text(order, "intent") == "option":
        return (
            "The intent of the order is option, one of several services of which one is chosen; state the one ordered."
        )
    if order.get("asNeededCodeableConcept") is not None or order.get("asNeededBoolean") not in (None, False):
        return "The service is ordered as needed; whether it is to be done is not known. State it in the order."
    said = next(_words_against(order), "")
    if not said:
        return ""
    quoted = shown(said)[:100]
    return f"The order says “{quoted}”; whether the service is wanted is not known. Revoke the order, or correct it."


def why_for_testing(resources: Iterable[Json]) -> str:
    """Why what came along may be of nobody: it is marked as made for testing (HL7 v3 ActReason)."""
    for one in resources:
        meta = one.get("meta")
        marks = [*objects(meta, "security"), *objects(meta, "tag")] if isinstance(meta, Mapping) else []
        if any(text(mark, "code").upper() in _FOR_TESTING for mark in marks):
            own = f"{text(one, 'resourceType')}/{shown(text(one, 'id'))[:60]}"
            return f"{own} is marked as data for testing (meta.security); remove the mark if it is of a patient."
    return ""


def _words_against(order: Json) -> Iterator[str]:
    """What an order says by which its service is declined, put off or ordered by mistake."""
    concept = order.get("code")
    of_code = text(concept, "text") if isinstance(concept, Mapping) else ""
    if is_not_wanted(of_code):
        yield of_code
    for words in (of_code, *notes_of(order)):
        if words_against(words):
            yield words


def notes_of(order: Json) -> list[str]:
    """What an order says in notes, and to the patient."""
    return [*(text(one, "text") for one in objects(order, "note")), text(order, "patientInstruction")]
