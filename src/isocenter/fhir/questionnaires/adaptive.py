"""Asks for one document after another, each chosen by the rules from what was answered before ($next-question).

Sources: Da Vinci Documentation Templates and Rules 2.0.1, profile dtr-questionnaire-adapt; SDC, adaptive forms.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any

from isocenter.errors import UnreadableInput
from isocenter.fhir.asking.asked import Judges, answer, read_asked
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.doubts.contradictions import why_contradicted
from isocenter.fhir.problems import Refused
from isocenter.fhir.questionnaires.prepopulation import extensions_of
from isocenter.fhir.questionnaires.questionnaires import group_of, version_of
from isocenter.intake.fhir.answers import QUESTIONNAIRE_NAME
from isocenter.intake.fhir.belonging import Person, Whose
from isocenter.intake.fhir.references import Directory, objects, text
from isocenter.intake.fhir.resources import Found
from isocenter.intake.fhir_r4 import FhirRows
from isocenter.rulebook.rulebook import Rulebook

Json = dict[str, Any]
ADAPTIVE_NAME = "-adaptive"
QUESTIONS = "questions"  # the kind under which the resources of a question are kept
_ADAPTIVE = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-questionnaireAdaptive"
_PROFILE = "http://hl7.org/fhir/us/davinci-dtr/StructureDefinition/dtr-questionnaire-adapt"
_SEARCH_PROFILE = f"{_PROFILE}-search"
_TITLE = "Documents that the policy asks for, one after another"
_PLACE = "QuestionnaireResponse"  # of what is wrong with the answers
_ASKING = ("ServiceRequest", "Claim")
_MOST_REMARKS = 5
_ID = re.compile(r"-([0-9a-f]{32})(?:\||$)")


def adaptive_questionnaire(name: str, base_url: str, version: str, assertion_id: str) -> Json:
    """The questionnaire that a package names; its questions come one after another."""
    own = f"{name}-{assertion_id}"[:64]
    return {
        "resourceType": "Questionnaire",
        "id": own,
        "meta": {"profile": [_SEARCH_PROFILE]},
        "extension": [{"url": _ADAPTIVE, "valueUrl": f"{base_url}/Questionnaire/$next-question"}],
        "url": f"{base_url}/Questionnaire/{own}",
        "version": version,
        "title": _TITLE,
        "status": "active",
        "subjectType": ["Patient"],
    }


def next_question(asked: Mapping[str, Any], judges: Judges, records: Records, today: date) -> Json:
    """The response with its next questions, or completed where the rules ask for nothing more.

    What is wrong with an answer, or contradicts another one, is said once, as a text beside the questions.
    Raises Refused (400) for what is no response to an adaptive questionnaire of ours, or one about another patient, and
    404 for one of an order that is not known any more.
    """
    response = _response_of(asked)
    contained = next((one for one in objects(response, "contained") if one.get("resourceType") == "Questionnaire"), {})
    derived = contained.get("derivedFrom")
    named = [text(response, "questionnaire"), text(contained, "url")]
    named += [one for one in derived if isinstance(one, str)] if isinstance(derived, list) else []
    found = next((match.group(1) for one in named if QUESTIONNAIRE_NAME in one and (match := _ID.search(one))), "")
    if not found:
        raise Refused(400, "invalid", "the response names no adaptive questionnaire that was given out here")
    kept = records.find(QUESTIONS, assertion_id=found)
    if kept is None:
        raise Refused(404, "not-found", "the order of this questionnaire is not known; ask for a package again")
    _expect_own(response, kept.request)
    completed = {**response, "status": "completed", "questionnaire": QUESTIONNAIRE_NAME}
    resources = [Found(one, "request", "") for one in kept.request] + [Found(completed, "request", _PLACE)]
    about: Json = next((one for one in kept.request if text(one, "resourceType") in _ASKING), {})
    read = read_asked(resources, about, judges.all, today)
    try:
        answered = answer(read, judges.all)
    except UnreadableInput as wrong:
        raise Refused(422, "processing", str(wrong)) from None
    items = objects(contained, "item")
    was_asked = {text(one, "linkId") for one in items} | {text(one, "linkId") for one in objects(response, "item")}
    following = next((one for one in answered.to_send if one.kind and one.kind not in was_asked), None)
    remarks = _remarks(read, why_contradicted(read, answered.review, judges.rulebooks, today))
    new = [one for one in remarks if one["linkId"] not in was_asked]
    items = [*items, *new]
    if following is not None:
        items = [*items, group_of(following.kind, judges.rulebooks, following.states)]
    source = next((one for one in named if not one.startswith("#") and QUESTIONNAIRE_NAME in one), "")
    written = {**response, "status": "in-progress" if following or new else "completed"}
    written["contained"] = [
        *(one for one in objects(response, "contained") if one is not contained),
        _questionnaire(contained, source, items, judges.rulebooks),
    ]
    written["questionnaire"] = f"#{written['contained'][-1]['id']}"
    return written


def _remarks(read: FhirRows, contradicted: str) -> list[Json]:
    """What is wrong with the answers, each as a text that is displayed in the form."""
    of_answers = (one for one in read.problems if one.place.split(".", 1)[0] == _PLACE)
    said = [contradicted, *(f"{one.place}: {one.sentence}." for one in of_answers)]
    return [
        {"linkId": f"remark/{sha256(one.encode()).hexdigest()[:8]}", "text": f"To correct: {one}", "type": "display"}
        for one in list(dict.fromkeys(filter(None, said)))[:_MOST_REMARKS]
    ]


def _response_of(asked: Mapping[str, Any]) -> Json:
    """The response itself, or the one within the parameters of the operation."""
    if asked.get("resourceType") == "Parameters":
        held = [one.get("resource") for one in objects(asked, "parameter")]
        asked = next((one for one in held if isinstance(one, Mapping)), {})
    if asked.get("resourceType") != "QuestionnaireResponse":
        raise Refused(400, "structure", "a QuestionnaireResponse is expected", "Parameters.parameter.resource")
    _expect_items(asked, "QuestionnaireResponse")
    return dict(asked)


def _expect_items(within: Mapping[str, Any], path: str) -> None:
    """Refused (400) where answers have another shape, so that they would be passed over."""
    for name in ("item", "answer"):
        held = within.get(name, [])
        if not isinstance(held, list) or not all(isinstance(one, Mapping) for one in held):
            raise Refused(400, "structure", "a list of objects is expected", f"{path}.{name}")
        for number, one in enumerate(held):
            _expect_items(one, f"{path}.{name}[{number}]")


def _expect_own(response: Json, asked_about: Sequence[Mapping[str, Any]]) -> None:
    """Refused (400) where a response is about another patient than the order that its questions are about."""
    order = next((one for one in asked_about if text(one, "resourceType") in ("ServiceRequest", "Claim")), None)
    if order is None:
        return
    directory = Directory([Found(dict(one), "request", "") for one in asked_about])
    person = Person.of(order.get("subject") or order.get("patient"), directory, dict(order))
    if person.patient_id and person.whose(response) is Whose.ANOTHERS:
        sentence = "the response is about another patient than the order of its questionnaire"
        raise Refused(400, "invalid", sentence, "QuestionnaireResponse.subject")


def _questionnaire(
    contained: Mapping[str, Any], source: str, items: Sequence[Mapping[str, Any]], rulebooks: Sequence[Rulebook]
) -> Json:
    """The questionnaire of what was asked so far, within the response."""
    logic = extensions_of(rulebooks, source.rpartition("/Questionnaire/")[0], version_of(rulebooks))
    return {
        "resourceType": "Questionnaire",
        "id": text(contained, "id") or "asked",
        "meta": {"profile": [_PROFILE]},
        "text": {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{_TITLE}</div>'},
        "extension": [{"url": _ADAPTIVE, "valueBoolean": True}, *logic],
        "title": _TITLE,
        "derivedFrom": [source],
        "status": "active",
        "subjectType": ["Patient"],
        "item": list(items),
    }
