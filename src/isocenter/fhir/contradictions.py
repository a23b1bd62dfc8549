"""Finds answers that deny a condition of necessity which another document states: a person decides then."""

from collections.abc import Sequence

from isocenter.intake.fhir_r4 import FhirRows
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.review import Review


def why_contradicted(read: FhirRows, review: Review, rulebooks: Sequence[Rulebook]) -> str:
    """Which condition is stated and denied, and where; '' where none is. `review` is of what was read."""
    if not read.denied:
        return ""
    stated = {row.element: row.document_id for row in reversed(review.facts.get("document_elements", ()))}
    labels = {one.name: one.label for book in rulebooks for one in book.conditions}
    return next(
        (
            f"The record contradicts itself about {labels[one.element]}: {stated[one.element]} states it,"
            f" {one.document_id} denies it; a person decides."
            for one in read.denied
            if one.element in labels and one.element in stated
        ),
        "",
    )
