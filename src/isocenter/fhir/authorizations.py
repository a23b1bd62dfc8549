"""Answers requests for prior authorization: certified, pended with the exact request, or modified; never refused.

Sources: Da Vinci Prior Authorization Support 2.0.1 and 2.2.1; the codes of review actions are those that the guide's
own examples show.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple

from isocenter.errors import UnreadableInput
from isocenter.fhir.asked import Answer, Judges, answer
from isocenter.fhir.coverage_information import reason_of
from isocenter.fhir.problems import Refused
from isocenter.intake.fhir.references import NPI_SYSTEM, Directory, objects, text
from isocenter.intake.fhir.resources import Found
from isocenter.intake.fhir_r4 import BILLS
from isocenter.report.points import Point
from isocenter.report.words import Effect
from isocenter.rulebook.policy import GroupRole
from isocenter.terms.findings import CourseRecommendation, LineRecommendation

Json = dict[str, Any]
_GUIDE = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/"
_ACTIONS = "https://codesystem.x12.org/005010/306"
CERTIFIED, DENIED, PENDED, MODIFIED = "A1", "A3", "A4", "A6"
_SUBMITTED = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/adjudication", "code": "submitted"}]}
_MOST_NOTES = 20


class Determination(NamedTuple):
    """What a person determined of a pended request."""

    action: str  # CERTIFIED or DENIED
    reason: str
    reviewer_name: str
    reviewer_npi: str
    reviewer_specialty: str
    determined_on: date


class Decision(NamedTuple):
    """What is answered for one item, the units that would be certified, and why."""

    action: str
    units: int | None
    notes: tuple[str, ...]


def claim_of(bundle: Mapping[str, Any]) -> tuple[Json, list[Found]]:
    """The claim of a request bundle and all its resources.

    Raises Refused (400) where the bundle is none, its claim is not first, not alone or no preauthorization, or where
    a reference leads to nothing.
    """
    if bundle.get("resourceType") != "Bundle":
        raise Refused(400, "structure", "a Bundle is expected", "Bundle")
    found = [
        Found(one["resource"], "request", f"Bundle.entry[{number}].resource", text(one, "fullUrl"))
        for number, one in enumerate(objects(bundle, "entry"))
        if isinstance(one.get("resource"), Mapping)
    ]
    if not found or found[0].resource.get("resourceType") != "Claim":
        raise Refused(400, "structure", "the first entry has to be the Claim", "Bundle.entry[0].resource")
    if sum(one.resource.get("resourceType") in BILLS for one in found) > 1:
        raise Refused(400, "structure", "the bundle holds several claims; send one at a time", "Bundle.entry")
    claim = dict(found[0].resource)
    if claim.get("use") != "preauthorization":
        raise Refused(400, "value", f"use is {claim.get('use')!r}; preauthorization is expected", "Claim.use")
    if not objects(claim, "item"):
        raise Refused(400, "required", "the claim has no item; one for each service is expected", "Claim.item")
    directory = Directory(found)
    for path, reference in _references(claim, "Claim"):
        address = text(reference, "reference")
        if address and not address.startswith("#") and directory.at(address) is None:
            raise Refused(400, "not-found", f"{address} is not in the bundle", path)
    return claim, found


def _references(value: Any, path: str) -> list[tuple[str, Mapping[str, Any]]]:
    if isinstance(value, Mapping):
        own = [(path, value)] if isinstance(value.get("reference"), str) else []
        return own + [one for key, inner in value.items() for one in _references(inner, f"{path}.{key}")]
    if isinstance(value, list):
        return [one for number, inner in enumerate(value) for one in _references(inner, f"{path}[{number}]")]
    return []


def decide(claim: Json, found: Sequence[Found], judges: Judges) -> tuple[dict[int, Decision], Answer]:
    """The decision for each item by its sequence, and the answer about the course.

    The course decides: what would be covered is certified, anything else is pended for a person or for documents.
    Where the course would be covered, units beyond what the policy allows modify an item. Raises Refused (400) where
    no course can be told.
    """
    try:
        course = answer(found, judges.deciding)
        lines = answer(found, judges.all, with_lines=True)
    except UnreadableInput as wrong:
        raise Refused(400, "invalid", str(wrong), "Claim.item") from None
    course = replace(course, assertion_id=lines.assertion_id)  # the items asked for are part of the question
    notes = tuple(reason_of(point) for point in course.points if point.effect is not Effect.INFORM)[:_MOST_NOTES]
    if course.review.recommendation is not CourseRecommendation.COVER:
        pended = Decision(PENDED, None, notes or ("A clinician has to decide; no automatic answer is given.",))
        return {_sequence(item): pended for item in objects(claim, "item")}, course
    numbers = {row.claim_line_id: row.line_number for row in lines.review.facts["claim_lines"]}
    by_number = {numbers[line.claim_line_id]: line for line in lines.review.lines}
    decided: dict[int, Decision] = {}
    for item in objects(claim, "item"):
        line = by_number.get(_sequence(item))
        if line is None:
            decided[_sequence(item)] = Decision(PENDED, None, ("The service could not be read; a person decides.",))
        elif line.recommendation is LineRecommendation.REDUCE and line.units_allowed:
            own = [one for one in lines.points if line in one.lines and one.effect is Effect.REDUCE]
            decided[_sequence(item)] = Decision(MODIFIED, line.units_allowed, tuple(reason_of(one) for one in own))
        elif line.recommendation in (LineRecommendation.DENY, LineRecommendation.REVIEW, LineRecommendation.NOT_JUDGED):
            own = [one for one in lines.points if line in one.lines and one.effect is not Effect.REQUEST]
            told = tuple(reason_of(one) for one in own) or ("No rule of the policy judges this service.",)
            decided[_sequence(item)] = Decision(PENDED, None, told)
        else:
            own = [one for one in lines.points if line in one.lines and _is_needed_before(one)]
            told = tuple(reason_of(one) for one in own)
            decided[_sequence(item)] = Decision(PENDED if told else CERTIFIED, None if told else line.units, told)
    return decided, course


def _is_needed_before(point: Point) -> bool:
    """Whether a document is needed before the service; what the record of the treatment shows comes with the claim."""
    return point.effect is Effect.REQUEST and not (point.rule and point.rule.role is GroupRole.RECORD)


def _sequence(item: Mapping[str, Any]) -> int:
    value = item.get("sequence")
    return value if isinstance(value, int) else 0


def response_bundle(
    bundle: Mapping[str, Any],
    claim: Json,
    found: Sequence[Found],
    decisions: Mapping[int, Decision],
    assertion_id: str,
    at: datetime,
    determination: Determination | None = None,
) -> Json:
    """The response to a request: a ClaimResponse first, then the parties that it refers to under their addresses."""
    response = _claim_response(claim, decisions, assertion_id, at, determination)
    named = {text(reference, "reference") for _, reference in _references(response, "ClaimResponse")}
    directory = Directory(found)
    parties = [one for one in found[1:] if any(directory.at(address) is one.resource for address in named)]
    base = found[0].full_url.rpartition("/Claim/")[0]
    own_url = f"{base}/ClaimResponse/{response['id']}" if base else f"urn:uuid:{_as_uuid(assertion_id)}"
    return {
        "resourceType": "Bundle",
        "id": f"response-{assertion_id}",
        "meta": {"profile": [f"{_GUIDE}profile-pas-response-bundle"]},
        "identifier": bundle.get("identifier", {"system": "urn:isocenter:assertion", "value": assertion_id}),
        "type": "collection",
        "timestamp": at.isoformat(),
        "entry": [
            {"fullUrl": own_url, "resource": response},
            *({"fullUrl": one.full_url, "resource": dict(one.resource)} for one in parties if one.full_url),
        ],
    }


def _claim_response(
    claim: Json,
    decisions: Mapping[int, Decision],
    assertion_id: str,
    at: datetime,
    determination: Determination | None,
) -> Json:
    notes: list[Json] = []
    items: list[Json] = []
    added: list[Json] = []
    for item in objects(claim, "item"):
        decision = decisions[_sequence(item)]
        numbers = []
        for note in decision.notes:
            known = next((one["number"] for one in notes if one["text"] == note), None)
            if known is None:
                known = len(notes) + 1
                notes.append({"number": known, "type": "display", "text": note})
            numbers.append(known)
        items.append(_item(item, decision, numbers, assertion_id, at))
        if decision.action == MODIFIED:
            added.append(_authorized(item, decision))
    kept = ("identifier", "type", "patient", "insurer")
    written: Json = {
        "resourceType": "ClaimResponse",
        "id": assertion_id,
        "meta": {"profile": [f"{_GUIDE}profile-claimresponse"]},
        "extension": [_reviewer(determination)],
        "status": "active",
        "use": "preauthorization",
        "created": at.isoformat(),
        "outcome": "complete",
        "request": {"reference": f"Claim/{text(claim, 'id')}"},
        **{name: claim[name] for name in kept if name in claim},
    }
    if "provider" in claim:
        written["requestor"] = claim["provider"]
    written["item"] = items
    if added:
        written["addItem"] = added
    if notes:
        written["processNote"] = notes
    return written


def _item(item: Mapping[str, Any], decision: Decision, notes: Sequence[int], assertion_id: str, at: datetime) -> Json:
    action: list[Json] = []
    if decision.action in (CERTIFIED, MODIFIED):
        action.append({"url": "number", "valueString": f"ISO-{assertion_id[:12].upper()}"})
    action.append(
        {
            "url": f"{_GUIDE}extension-reviewActionCode",
            "valueCodeableConcept": {"coding": [{"system": _ACTIONS, "code": decision.action}]},
        }
    )
    extensions: list[Json] = []
    if decision.action in (CERTIFIED, MODIFIED):
        issued = {"url": f"{_GUIDE}extension-itemPreAuthIssueDate", "valueDate": at.date().isoformat()}
        extensions.append(issued)
    elif decision.action == PENDED:
        number = f"PEND-{assertion_id[:12].upper()}"
        extensions.append({"url": f"{_GUIDE}extension-administrationReferenceNumber", "valueString": number})
    written: Json = {
        **({"extension": extensions} if extensions else {}),
        "itemSequence": _sequence(item),
        "adjudication": [
            {"extension": [{"url": f"{_GUIDE}extension-reviewAction", "extension": action}], "category": _SUBMITTED}
        ],
    }
    if notes:
        written["noteNumber"] = list(notes)
    return written


def _authorized(item: Mapping[str, Any], decision: Decision) -> Json:
    """What is certified in place of an item that was asked for in more units."""
    return {
        "itemSequence": [_sequence(item)],
        "productOrService": item.get("productOrService", {}),
        "quantity": {"value": decision.units},
        "adjudication": [{"category": _SUBMITTED}],
    }


def _reviewer(determination: Determination | None) -> Json:
    """Whether a person reviewed the request, and who: said as it was."""
    parts: list[Json] = [{"url": "wasHumanReviewedFlag", "valueBoolean": determination is not None}]
    if determination and determination.reviewer_npi:
        npi = {"system": NPI_SYSTEM, "value": determination.reviewer_npi}
        parts.append({"url": "reviewerNPI", "valueIdentifier": npi})
    if determination and determination.reviewer_specialty:
        specialty = {"text": determination.reviewer_specialty}
        parts.append({"url": "reviewerSpecialty", "valueCodeableConcept": specialty})
    return {"url": f"{_GUIDE}extension-claimResponseReviewer", "extension": parts}


def determined(decisions: Mapping[int, Decision], determination: Determination) -> dict[int, Decision]:
    """The decisions after a person determined the items that were pended."""
    note = (determination.reason,) if determination.reason else ()
    return {
        sequence: Decision(determination.action, one.units, note) if one.action == PENDED else one
        for sequence, one in decisions.items()
    }


def _as_uuid(digits: str) -> str:
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))
