"""Finds answers to questionnaires that contradict each other about a condition of necessity: a person decides then."""

from collections.abc import Sequence

from isocenter.fhir.asked import Judges
from isocenter.intake.fhir.answers import elements_answered, is_answers
from isocenter.intake.fhir.references import Directory, text
from isocenter.intake.fhir.resources import Found


def why_contradicted(found: Sequence[Found], judges: Judges) -> str:
    """Which condition answers state and deny, and where; '' where none is answered both ways."""
    responses = [one for one in found if is_answers(one.resource)]
    if not responses:
        return ""
    directory = Directory(found)
    labels = {one.name: one.label for book in judges.rulebooks for one in book.conditions}
    said: dict[str, dict[bool, str]] = {}
    for one in responses:
        name = text(one.resource, "id") or one.place
        for element, is_stated in elements_answered(one.resource, directory):
            if element in labels:
                said.setdefault(element, {}).setdefault(is_stated, name)
    return next(
        (
            f"The answers contradict each other about {labels[element]}: {by[True]} states it, {by[False]} denies it;"
            " a person decides."
            for element, by in said.items()
            if len(by) > 1
        ),
        "",
    )
