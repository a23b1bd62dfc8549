"""Writes the questionnaire of a policy from its list of documents: what is still missing is asked, nothing else.

Source: Da Vinci Documentation Templates and Rules 2.0.1, profiles of Questionnaire and of the package operation.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from isocenter.fhir.asking.asked import Answer
from isocenter.fhir.questionnaires.prepopulation import extensions_of, filled_by
from isocenter.files.texts import without_controls
from isocenter.intake.fhir.answers import ANSWER_CODES, DATE, QUESTIONNAIRE_NAME, ROLE, SIGNATURE, SIGNED_ON, SIGNER
from isocenter.rulebook.rulebook import DocumentElementKind, Rulebook

Json = dict[str, Any]
_GUIDE = "http://hl7.org/fhir/us/davinci-dtr/StructureDefinition/"
_PROFILE = f"{_GUIDE}dtr-std-questionnaire"
_WITH_AUTHORIZATION = {"system": "http://hl7.org/fhir/us/davinci-crd/CodeSystem/temp", "code": "withpa"}
_TITLE = "Documents that the policy asks for"
_ROLES = (
    ("treating_physician", "Treating physician"),
    ("radiation_oncologist", "Radiation oncologist"),
    ("medical_physicist", "Medical physicist"),
    ("dosimetrist", "Dosimetrist"),
    ("radiation_therapist", "Radiation therapist"),
    ("other", "Somebody else"),
)


def questionnaire(rulebooks: Sequence[Rulebook], base_url: str, answer: Answer | None = None) -> Json:
    """The questions about documents: those that an answer asks for, or of every document of the policies.

    A rule that is added, and the document that it asks for, add their questions without a change here.
    """
    wanted = [request.kind for request in answer.to_send if request.kind] if answer else _kinds(rulebooks)
    stated = {request.kind: request.states for request in answer.to_send} if answer else {}
    name = name_of(rulebooks)
    identity = f"{name}-{answer.assertion_id}" if answer else name
    return {
        "resourceType": "Questionnaire",
        "id": identity[:64],
        "meta": {"profile": [_PROFILE]},
        "extension": extensions_of(rulebooks, base_url, version_of(rulebooks)),
        "url": f"{base_url}/Questionnaire/{identity[:64]}",
        "text": {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{_TITLE}</div>'},
        "version": version_of(rulebooks),
        "status": "active",
        "title": _TITLE,
        "subjectType": ["Patient"],
        "item": [group_of(kind, rulebooks, stated.get(kind, ())) for kind in dict.fromkeys(wanted)],
    }


def name_of(rulebooks: Sequence[Rulebook]) -> str:
    """The name of the policies' questionnaire."""
    return QUESTIONNAIRE_NAME + "-".join(rulebook.name for rulebook in rulebooks)


def version_of(rulebooks: Sequence[Rulebook]) -> str:
    """The version of the policies' questionnaire: the day from which the newest policy is valid."""
    return max(str(rulebook.valid_from) for rulebook in rulebooks)


def address_of(rulebooks: Sequence[Rulebook], base_url: str, assertion_id: str) -> str:
    """The versioned address of the questionnaire about one question; '' where none is served."""
    own = f"{name_of(rulebooks)}-{assertion_id}"[:64]
    return f"{base_url}/Questionnaire/{own}|{version_of(rulebooks)}" if base_url else ""


def draft_response(asked: Json, subject: Json, context: Sequence[str], at: datetime) -> Json:
    """A response to a questionnaire with nothing answered yet; `context` are the order and the coverage.

    That of an adaptive questionnaire has no items before the first question, and so not the profile that demands them.
    """
    items = [{"linkId": group["linkId"], "text": group["text"]} for group in asked.get("item", [])]
    response: Json = {
        "resourceType": "QuestionnaireResponse",
        "id": f"answers-{asked['id']}"[:64],
        "extension": [
            *({"url": f"{_GUIDE}qr-context", "valueReference": {"reference": one}} for one in context),
            {"url": f"{_GUIDE}intendedUse", "valueCodeableConcept": {"coding": [_WITH_AUTHORIZATION]}},
        ],
        "questionnaire": f"{asked['url']}|{asked['version']}",
        "status": "in-progress",
        "subject": subject,
        "authored": at.isoformat(),
    }
    if items:
        response |= {"meta": {"profile": [f"{_GUIDE}dtr-questionnaireresponse"]}, "item": items}
    return response


def package(
    asked: Json,
    libraries: Sequence[Json] = (),
    draft: Json | None = None,
    warnings: Sequence[str] = (),
    *,
    is_newer: bool = False,
) -> Json:
    """What Questionnaire/$questionnaire-package answers: a bundle with the questionnaire, the libraries that fill it
    in, and a response that is not filled in yet; `is_newer` gives the names that DTR 2.2 has for the parts."""
    bundle: Json = {
        "resourceType": "Bundle",
        "meta": {"profile": [f"{_GUIDE}DTR-QPackageBundle"]},
        "type": "collection",
        "entry": [{"fullUrl": one["url"], "resource": one} for one in (asked, *libraries)],
    }
    if draft is not None:
        base = asked["url"].rpartition("/Questionnaire/")[0]
        bundle["entry"].append({"fullUrl": f"{base}/QuestionnaireResponse/{draft['id']}", "resource": draft})
    parts: list[Json] = [{"name": "packagebundle" if is_newer else "PackageBundle", "resource": bundle}]
    if warnings:
        parts.append(_outcome(warnings, "warning", is_newer=is_newer))
    return {"resourceType": "Parameters", "parameter": parts}


def no_package(reasons: Sequence[str], *, is_newer: bool = False) -> Json:
    """The answer where no questionnaire is needed, with the reasons."""
    return {"resourceType": "Parameters", "parameter": [_outcome(reasons, "information", is_newer=is_newer)]}


def _outcome(sentences: Sequence[str], severity: str, *, is_newer: bool) -> Json:
    issues = [{"severity": severity, "code": "not-found", "diagnostics": without_controls(one)} for one in sentences]
    outcome = {"resourceType": "OperationOutcome", "issue": issues}
    return {"name": "outcome" if is_newer else "Outcome", "resource": outcome}


def _kinds(rulebooks: Sequence[Rulebook]) -> list[str]:
    return list(dict.fromkeys(entry.kind for rulebook in rulebooks for entry in rulebook.documents))


def _elements(kind: str, rulebooks: Sequence[Rulebook]) -> Iterator[DocumentElementKind]:
    seen = set()
    for rulebook in rulebooks:
        for entry in rulebook.documents:
            if entry.kind == kind and entry.element not in seen:
                seen.add(entry.element)
                yield entry


def group_of(kind: str, rulebooks: Sequence[Rulebook], wanted: Sequence[str]) -> Json:
    """The questions about one document; of its elements those that no document states yet, where they are known."""
    label = kind.replace("_", " ").capitalize()
    elements = [one for one in _elements(kind, rulebooks) if not wanted or one.label in wanted]
    return {
        "linkId": kind,
        "text": label,
        "type": "group",
        "item": [
            {
                **_item(f"{kind}/{DATE}", f"Date of the document: {label}", "date"),
                **filled_by(rulebooks, kind, DATE),
            },
            _signature_group(kind, rulebooks),
            *(_element_item(kind, one) for one in elements),
        ],
    }


def _signature_group(kind: str, rulebooks: Sequence[Rulebook]) -> Json:
    """The questions about one signature; the group comes again for each person who signed."""
    return {
        "linkId": f"{kind}/{SIGNATURE}",
        "text": "Signature, once for each person who signed",
        "type": "group",
        "repeats": True,
        "item": [
            {
                **_item(f"{kind}/{SIGNER}", "Signed by (name as it is under the document)", "string"),
                **filled_by(rulebooks, kind, SIGNER),
            },
            {
                **_item(f"{kind}/{ROLE}", "Who signed it", "choice"),
                "answerOption": [{"valueCoding": {"code": code, "display": name}} for code, name in _ROLES],
            },
            _item(f"{kind}/{SIGNED_ON}", "Signed on", "date"),
        ],
    }


def _element_item(kind: str, element: DocumentElementKind) -> Json:
    """A yes or no; where the list asks for a detail, a text."""
    type_name = "string" if "(detail" in element.label else "boolean"
    return _item(f"{kind}/{element.element}", f"It states: {element.label}", type_name)


def _item(link_id: str, words: str, kind: str) -> Json:
    return {"linkId": link_id, "code": [{"system": ANSWER_CODES, "code": link_id}], "text": words, "type": kind}
