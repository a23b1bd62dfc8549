"""Finds orders of which it is not known whether they are to be carried out: by their status, or in their words."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from isocenter.files import shown
from isocenter.intake.fhir.references import objects, text

Json = Mapping[str, Any]
_OF_STATUS = {
    "completed": "what was ordered was given; send an order that is still to be done",
    "on-hold": "it is not to be carried out as yet; send it when it is",
    "unknown": "whether it is in force is not known; state its status",
}
_NOT_WANTED = r"(?:cancel|declin|refus|withdr[ae]w|discontinu)\w*"
_SERVICE = r"(?:IMRT|VMAT|order|request|radiation|radiotherapy|RT)"
_BEGINS = r"(?:^|[.;:!\n])\W*(?:please\s+)?"
_IS_NOT_WANTED = re.compile(rf"\b{_NOT_WANTED}", re.IGNORECASE)
# Notes tell of other services too, such as surgery that is declined or drugs that are on hold.
_SERVICE_IS_NOT_WANTED = re.compile(
    rf"\b{_NOT_WANTED}\s+(?:\w+\s+){{0,2}}{_SERVICE}\b|\b{_SERVICE}\s+(?:\w+\s+){{0,3}}{_NOT_WANTED}"
    rf"|{_BEGINS}{_NOT_WANTED}(?=\W*$|\s*[.;,:(-]|\s+(?:by|per|on|at|due|as|because|until)\b)"
    rf"|{_BEGINS}(?:put\s+|place\s+)?(?:on\s+hold\b|hold\s+(?:until|till|pending|off|for\s+now|this|order)\b)"
    rf"|\b{_SERVICE}\s+(?:(?:is|was|now|currently)\s+)*on\s+hold\b|\bhold\s+(?:\w+\s+)?{_SERVICE}\b"
    r"|\b(?:entered|created|placed|ordered)\s+in\s+error\b"
    r"|\bwrong\s+(?:patient|side|site|order|code|procedure|diagnosis)\b"
    r"|\b(?:disregard|(?:please|to\s+be)\s+ignored?|ignore\s+th(?:is|e)\s+(?:order|request))\b"
    rf"|\bduplicate\s+{_SERVICE}\b|{_BEGINS}duplicate\W*$"
    r"|\bdo\s+not\s+(?:schedule|perform|treat|start|proceed|book|plan|simulate|process)\b"
    r"|\b(?:patient|pt)\s+(?:has\s+|is\s+)?(?:expired|died|dead|deceased|passed\s+away)\b",
    re.IGNORECASE,
)


def why_not_wanted(order: Json) -> str:
    """Why it is not known whether what is ordered is to be done; '' where nothing says so."""
    status = text(order, "status")
    if status in _OF_STATUS:
        return f"The status of the order is {status}: {_OF_STATUS[status]}."
    if order.get("doNotPerform") not in (None, False) or (
        "_doNotPerform" in order and order.get("doNotPerform") is not False
    ):
        return "Whether the service is to be done is not known: doNotPerform is neither true nor false; correct it."
    if order.get("asNeededCodeableConcept") is not None or order.get("asNeededBoolean") not in (None, False):
        return "The service is ordered as needed; whether it is to be done is not known. State it in the order."
    said = next(_words_against(order), "")
    if not said:
        return ""
    quoted = shown(said)[:100]
    return f"The order says “{quoted}”; whether the service is wanted is not known. Revoke the order, or correct it."


def _words_against(order: Json) -> Iterator[str]:
    """What an order says by which its service is declined, put off or ordered by mistake."""
    concept = order.get("code")
    of_code = text(concept, "text") if isinstance(concept, Mapping) else ""
    if _IS_NOT_WANTED.search(of_code):
        yield of_code
    for words in (of_code, *notes_of(order)):
        if words_against(words):
            yield words


def words_against(words: str) -> bool:
    """Whether words say that the service is declined, put off or asked for by mistake."""
    return bool(_SERVICE_IS_NOT_WANTED.search(words))


def notes_of(order: Json) -> list[str]:
    """What an order says in notes, and to the patient."""
    return [*(text(one, "text") for one in objects(order, "note")), text(order, "patientInstruction")]
