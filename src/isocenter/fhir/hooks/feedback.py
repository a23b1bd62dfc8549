"""Checks the feedback of CDS Hooks: what became of the cards that were shown.

Source: CDS Hooks 2.0, section on feedback.
"""

from collections.abc import Mapping
from typing import Any

from isocenter.fhir.problems import Refused
from isocenter.files.texts import shown
from isocenter.intake.fhir.references import text

_OUTCOMES = ("accepted", "overridden")


def expect_feedback(request: Mapping[str, Any]) -> None:
    """Refused (400) where a request does not name cards and what became of each."""
    entries = request.get("feedback")
    if not isinstance(entries, list) or not entries:
        raise Refused(400, "required", "feedback is missing; it is a list of what became of cards", "feedback")
    for number, entry in enumerate(entries):
        place = f"feedback[{number}]"
        if not isinstance(entry, Mapping):
            raise Refused(400, "structure", "an object is expected", place)
        if not text(entry, "card"):
            raise Refused(400, "required", "card is missing; it is the uuid of a card", f"{place}.card")
        outcome = text(entry, "outcome")
        if outcome not in _OUTCOMES:
            named = shown(outcome)[:60] or "missing"
            raise Refused(400, "value", f"outcome is {named}; accepted or overridden is expected", f"{place}.outcome")
