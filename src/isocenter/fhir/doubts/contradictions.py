"""Finds where what was sent contradicts itself, about a condition, the tumor or a day: a person decides then."""

from collections.abc import Iterable, Sequence
from datetime import date

from isocenter.facts.days_of_course import LONGEST_APART
from isocenter.intake.fhir.people import ZONES
from isocenter.intake.fhir_r4 import FhirRows
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.claims import ClaimDiagnosis, Diagnosis
from isocenter.terms.courses import PriorIrradiation
from isocenter.terms.review import Review


def why_contradicted(
    read: FhirRows, review: Review, rulebooks: Sequence[Rulebook], today: date, asked_on: date | None = None
) -> str:
    """Which condition is stated and denied, which tumors differ, or which document is of another time than its day.

    '' where nothing contradicts itself. `review` is of what was read, `asked_on` the day of the request or the service.
    """
    return (
        _denied(read, review, rulebooks)
        or _of_another_tumor(read)
        or _dated_ahead(review, rulebooks, today)
        or _signed_before(review, rulebooks)
        or _of_earlier_course(read, review, rulebooks)
        or (_dated_long_before(review, rulebooks, asked_on) if asked_on else "")
    )


def _dated_long_before(review: Review, rulebooks: Sequence[Rulebook], asked_on: date) -> str:
    """Where all that states a condition of necessity is so old that it may be of an earlier course."""
    dated = _days_of_necessity(review, rulebooks)
    known = [(day, document) for day, document in dated if day is not None and asked_on - day > LONGEST_APART]
    if not known or len(known) < len(dated):
        return ""
    day, document = max(known)
    return (
        f"{document} is dated {day}, more than {LONGEST_APART.days} days before {asked_on}, so it may be of an earlier"
        " course; a person decides."
    )


def _days_of_necessity(review: Review, rulebooks: Sequence[Rulebook]) -> list[tuple[date | None, str]]:
    """The documents that state a condition of necessity, each behind its day, else behind that of its signature."""
    conditions = {one.name for book in rulebooks for one in book.conditions}
    stating = {row.document_id for row in review.facts.get("document_elements", ()) if row.element in conditions}
    signed = {row.document_id: row.signed_on for row in review.facts.get("signatures", ()) if row.signed_on is not None}
    days = {row.document_id: row.document_date for row in review.facts.get("documents", ())}
    return [(days.get(document) or signed.get(document), document) for document in sorted(stating)]


def _of_earlier_course(read: FhirRows, review: Review, rulebooks: Sequence[Rulebook]) -> str:
    """Where all that states a condition of necessity was written before an earlier course ended, and may be of that."""
    ended_on = max(
        (row.ended_on for row in read.rows if isinstance(row, PriorIrradiation) and row.ended_on), default=None
    )
    dated = _days_of_necessity(review, rulebooks)
    if ended_on is None or not dated or not all(day is not None and day <= ended_on for day, _ in dated):
        return ""
    day, document = max((day, document) for day, document in dated if day is not None)
    return (
        f"{document} is dated {day}, before an earlier course ended on {ended_on}, so it may be of that one; a person"
        " decides."
    )


def _dated_ahead(review: Review, rulebooks: Sequence[Rulebook], today: date) -> str:
    """Where what states a condition of necessity is dated or signed after today."""
    conditions = {one.name for book in rulebooks for one in book.conditions}
    stating = {row.document_id for row in review.facts.get("document_elements", ()) if row.element in conditions}
    days = [(row.document_id, "dated", row.document_date) for row in review.facts.get("documents", ())]
    days += [(row.document_id, "signed", row.signed_on) for row in review.facts.get("signatures", ())]
    return next(
        (
            f"{document} is {what} {day}, after today, {today}; a person decides."
            for document, what, day in days
            if document in stating and day is not None and day > today + ZONES
        ),
        "",
    )


def _signed_before(review: Review, rulebooks: Sequence[Rulebook]) -> str:
    """Where what states a condition of necessity is signed before it was written."""
    conditions = {one.name for book in rulebooks for one in book.conditions}
    stating = {row.document_id for row in review.facts.get("document_elements", ()) if row.element in conditions}
    days = {row.document_id: row.document_date for row in review.facts.get("documents", ())}
    for row in review.facts.get("signatures", ()):
        written = days.get(row.document_id)
        is_known = row.document_id in stating and written is not None and row.signed_on is not None
        if is_known and row.signed_on + ZONES < written:
            return f"{row.document_id} is signed {row.signed_on}, before its day, {written}; a person decides."
    return ""


def _denied(read: FhirRows, review: Review, rulebooks: Sequence[Rulebook]) -> str:
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


def _of_another_tumor(read: FhirRows) -> str:
    """Where the services asked for are for one tumor, and the course that the record describes is for another one."""
    asked = _tumors([*(row.icd10 for row in read.rows if isinstance(row, ClaimDiagnosis)), *read.diagnoses_beside])
    described = _tumors(row.icd10 for row in read.rows if isinstance(row, Diagnosis))
    if not asked or not described or asked.keys() & described.keys():
        return ""
    return (
        f"The services are asked for {', '.join(asked.values())}, and the course that the record describes is for"
        f" {', '.join(described.values())}; a person decides which course it is."
    )


def _tumors(codes: Iterable[str]) -> dict[str, str]:
    """The codes of neoplasms (ICD-10-CM C00 to D49), by their categories."""
    return {code[:3]: code for code in codes if code[:1] == "C" or (code[:1] == "D" and code[1:2] in "01234")}
