"""Writes the answer to a request for prior authorization: a ClaimResponse with an action and its reasons for each item.

Sources: Da Vinci Prior Authorization Support 2.0.1 and 2.2.1.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from isocenter.fhir.authorizations.asked_claims import Asked, sequence_of
from isocenter.fhir.authorizations.authorizations import (
    CANCELLED,
    CERTIFIED,
    DENIED,
    GUIDE,
    MODIFIED,
    PENDED,
    Decision,
    Determination,
)
from isocenter.fhir.authorizations.outstanding import Outstanding, address_of_claim, requests_for
from isocenter.fhir.authorizations.reason_codes import ReasonCodes, codes_of_rules
from isocenter.files.texts import without_controls
from isocenter.intake.fhir.references import NPI_SYSTEM, Directory, objects, references_in, text

Json = dict[str, Any]
_ACTIONS = "https://codesystem.x12.org/005010/306"
_SUBMITTED = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/adjudication", "code": "submitted"}]}


class Responded(NamedTuple):
    """What a response says beside the decisions: its id, its day, and the person who determined it, if one did."""

    assertion_id: str
    at: datetime
    determination: Determination | None = None
    wanted: Outstanding = Outstanding()
    was_reviewed: bool = False  # by a person, who has not determined it yet
    reason_codes: ReasonCodes | None = None


def response_bundle(
    bundle: Mapping[str, Any], asked: Asked, decisions: Mapping[int, Decision], responded: Responded
) -> Json:
    """The response to a request: a ClaimResponse first, then the parties that it refers to under their addresses."""
    response = _claim_response(asked, decisions, responded)
    pended = sorted(sequence for sequence, one in decisions.items() if one.action == PENDED)
    needed = requests_for(responded.wanted, asked.claim, asked.resources, pended, responded.assertion_id)
    if needed:
        response["communicationRequest"] = [{"reference": f"CommunicationRequest/{needed[0]['id']}"}]
    named = {text(reference, "reference") for _, reference in references_in(response, "ClaimResponse")}
    found = asked.resources
    directory = Directory(found)
    parties = [one for one in found[1:] if any(directory.at(address) is one.resource for address in named)]
    base = found[0].full_url.rpartition("/Claim/")[0]
    own_url = f"{base}/ClaimResponse/{response['id']}" if base else f"urn:uuid:{_as_uuid(responded.assertion_id)}"
    return {
        "resourceType": "Bundle",
        "id": f"response-{responded.assertion_id}",
        "meta": {"profile": [f"{GUIDE}profile-pas-response-bundle"]},
        "identifier": bundle.get("identifier", {"system": "urn:isocenter:assertion", "value": responded.assertion_id}),
        "type": "collection",
        "timestamp": responded.at.isoformat(),
        "entry": [
            {"fullUrl": own_url, "resource": response},
            *({"fullUrl": one.full_url, "resource": dict(one.resource)} for one in parties if one.full_url),
            *({"fullUrl": _url_of(one, base, responded.assertion_id), "resource": one} for one in needed),
        ],
    }


def _url_of(resource: Mapping[str, Any], base: str, assertion_id: str) -> str:
    """The address of a resource of ours beside the request's own; a name of its own where these have none."""
    if base:
        return f"{base}/{resource['resourceType']}/{resource['id']}"
    digits = hashlib.sha256(f"{resource['resourceType']} {assertion_id}".encode()).hexdigest()
    return f"urn:uuid:{_as_uuid(digits)}"


def as_inquired(response: Mapping[str, Any]) -> Json:
    """A response as the answer to an inquiry: the same, under the profiles that inquiries have."""
    first, *others = response["entry"]
    claim_response = {**first["resource"], "meta": {"profile": [f"{GUIDE}profile-claiminquiryresponse"]}}
    return {
        **response,
        "meta": {"profile": [f"{GUIDE}profile-pas-inquiry-response-bundle"]},
        "entry": [{**first, "resource": claim_response}, *others],
    }


def _claim_response(asked: Asked, decisions: Mapping[int, Decision], responded: Responded) -> Json:
    claim = asked.claim
    notes: list[Json] = []
    items: list[Json] = []
    added: list[Json] = []
    for item in objects(claim, "item"):
        decision = decisions[sequence_of(item)]
        numbers = []
        for note in decision.notes:
            known = next((one["number"] for one in notes if one["text"] == note), None)
            if known is None:
                known = len(notes) + 1
                notes.append({"number": known, "type": "display", "text": without_controls(note)})
            numbers.append(known)
        items.append(_item(item, decision, numbers, responded))
        if decision.action == MODIFIED:
            added.append(_authorized(item, decision))
    kept = ("identifier", "type", "patient", "insurer")
    written: Json = {
        "resourceType": "ClaimResponse",
        "id": responded.assertion_id,
        "meta": {"profile": [f"{GUIDE}profile-claimresponse"]},
        "extension": [_reviewer(responded.determination, was_reviewed=responded.was_reviewed)],
        "status": "active",
        "use": "preauthorization",
        "created": responded.at.isoformat(),
        "outcome": "complete",
        **({"disposition": "The request is cancelled, as it was asked."} if asked.is_cancellation else {}),
        "request": {"reference": address_of_claim(asked.resources)},
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


def _item(item: Mapping[str, Any], decision: Decision, notes: Sequence[int], responded: Responded) -> Json:
    number = responded.assertion_id[:12].upper()
    action: list[Json] = []
    extensions: list[Json] = []
    if decision.action in (CERTIFIED, MODIFIED):
        action.append({"url": "number", "valueString": f"ISO-{number}"})
        issued = {"url": f"{GUIDE}extension-itemPreAuthIssueDate", "valueDate": responded.at.date().isoformat()}
        extensions.append(issued)
    elif decision.action == PENDED:
        extensions.append({"url": f"{GUIDE}extension-administrationReferenceNumber", "valueString": f"PEND-{number}"})
    if decision.action != CANCELLED:
        code = {"coding": [{"system": _ACTIONS, "code": decision.action}]}
        action.append({"url": f"{GUIDE}extension-reviewActionCode", "valueCodeableConcept": code})
    if decision.action in (DENIED, MODIFIED):
        action += [
            {"url": "reasonCode", "valueCodeableConcept": {"coding": [{"system": one.system, "code": one.code}]}}
            for one in codes_of_rules(decision.rules, responded.reason_codes or {})
        ]
    reviewed = [{"url": f"{GUIDE}extension-reviewAction", "extension": action}] if action else []
    return {
        **({"extension": extensions} if extensions else {}),
        "itemSequence": sequence_of(item),
        "adjudication": [{**({"extension": reviewed} if reviewed else {}), "category": _SUBMITTED}],
        **({"noteNumber": list(notes)} if notes else {}),
    }


def _authorized(item: Mapping[str, Any], decision: Decision) -> Json:
    """What is certified in place of an item that was asked for in more units."""
    return {
        "itemSequence": [sequence_of(item)],
        "productOrService": item.get("productOrService", {}),
        "quantity": {"value": decision.units},
        "adjudication": [{"category": _SUBMITTED}],
    }


def _reviewer(determination: Determination | None, *, was_reviewed: bool) -> Json:
    """Whether a person reviewed the request, and who: said as it was."""
    by_a_person = was_reviewed or determination is not None
    parts: list[Json] = [{"url": "wasHumanReviewedFlag", "valueBoolean": by_a_person}]
    if determination and determination.reviewer_npi:
        npi = {"system": NPI_SYSTEM, "value": determination.reviewer_npi}
        parts.append({"url": "reviewerNPI", "valueIdentifier": npi})
    if determination and determination.reviewer_specialty:
        specialty = {"text": determination.reviewer_specialty}
        parts.append({"url": "reviewerSpecialty", "valueCodeableConcept": specialty})
    return {"url": f"{GUIDE}extension-claimResponseReviewer", "extension": parts}


def _as_uuid(digits: str) -> str:
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))
