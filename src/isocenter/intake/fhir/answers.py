"""Reads the answers to a questionnaire that was written from a policy's list of documents.

The link ids say what an answer is about: `kind` for a document, `kind/date`, `kind/signed_by`, `kind/signed_role` and
`kind/signed_on` for what it bears, `kind/element` for what it states. An element that is answered by no is not stated.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from isocenter.intake.fhir.people import day_of
from isocenter.intake.fhir.references import objects, text
from isocenter.intake.fhir.resources import Found, Json
from isocenter.terms.chart import Document, DocumentElement, Signature
from isocenter.terms.problems import Problem

QUESTIONNAIRE_NAME = "isocenter-"
DATE, SIGNER, ROLE, SIGNED_ON = "date", "signed_by", "signed_role", "signed_on"

Row = Document | DocumentElement | Signature | Problem


def is_answers(resource: Json) -> bool:
    """Whether a QuestionnaireResponse answers one of our questionnaires."""
    named = text(resource, "questionnaire").split("|", 1)[0].rsplit("/", 1)[-1]
    return resource.get("resourceType") == "QuestionnaireResponse" and named.startswith(QUESTIONNAIRE_NAME)


def read_answers(found: Found) -> Iterator[Row]:
    """The documents that the answers describe, with what they state and who signed them."""
    response = found.resource
    status = text(response, "status")
    if status not in ("completed", "amended"):
        stated = status or "not stated"
        yield Problem(
            found.file, found.place, f"its status is {stated}; only completed answers count; they were left out"
        )
        return
    for kind, answers in _documents(response):
        document_id = _document_id(response, kind)
        yield Document(document_id, "", kind, day_of(_text(answers.pop(DATE, None))))
        signer, role = _text(answers.pop(SIGNER, None)), _text(answers.pop(ROLE, None))
        signed_on = day_of(_text(answers.pop(SIGNED_ON, None)))
        if signer or signed_on:
            yield Signature(document_id, role or "other", signer, signed_on)
        for element, value in answers.items():
            if value is True or (isinstance(value, str) and value):
                yield DocumentElement(document_id, element, value if isinstance(value, str) else "")


def documents_of(response: Json) -> list[str]:
    """The ids of the documents that completed answers describe."""
    if text(response, "status") not in ("completed", "amended"):
        return []
    return [_document_id(response, kind) for kind, _ in _documents(response)]


def _document_id(response: Json, kind: str) -> str:
    return f"{text(response, 'id') or 'answers'} {kind}"


def _documents(response: Json) -> Iterator[tuple[str, dict[str, Any]]]:
    """The kind of each document of which something was said, with the answers about it."""
    for group in objects(response, "item"):
        answers = {text(one, "linkId").partition("/")[2]: _answer(one) for one in objects(group, "item")}
        if any(value not in (None, False, "") for value in answers.values()):
            yield text(group, "linkId"), answers


def _answer(item: Mapping[str, Any]) -> Any:
    """The value of the first answer of an item: true or false, text, a day, or the code of a choice."""
    for one in objects(item, "answer"):
        for name, value in one.items():
            if name == "valueCoding" and isinstance(value, Mapping):
                return text(value, "code")
            if name.startswith("value"):
                return value
    return None


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
