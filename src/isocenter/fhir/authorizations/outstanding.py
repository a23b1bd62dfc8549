"""Asks the provider for what a pended request lacks: a CommunicationRequest, and a Task that names a questionnaire.

Source: Da Vinci Prior Authorization Support 2.0.1 and 2.2.1, profiles profile-task and profile-communicationrequest.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from isocenter.intake.fhir.references import NPI_SYSTEM, Directory, identifier_of, text
from isocenter.intake.fhir.resources import Found

Json = dict[str, Any]
_GUIDE = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/"
_CODES = "http://hl7.org/fhir/us/davinci-pas/CodeSystem/PASTempCodes"
_OWN_NUMBERS = "urn:isocenter:outstanding"
_UNKNOWN = {"display": "not stated"}


class Outstanding(NamedTuple):
    """What a pended request lacks: the documents as a person reads them, and the questionnaire that asks for them."""

    titles: tuple[str, ...] = ()
    payer_url: str = ""
    questionnaire_url: str = ""
    is_of_older_guide: bool = False  # 2.0 names the questionnaire by an identifier for each line of the request


def address_of_claim(found: Sequence[Found]) -> str:
    """How an answer refers to the request's Claim, the first of its resources: as the bundle's own addresses are."""
    claim, address = found[0].resource, found[0].full_url
    own = text(claim, "id")
    return address if address and (not own or address.startswith("urn:")) else f"Claim/{own}"


def requests_for(
    wanted: Outstanding, claim: Mapping[str, Any], found: Sequence[Found], pended: Sequence[int], assertion_id: str
) -> list[Json]:
    """A CommunicationRequest that names the documents and, where a questionnaire is served, a Task that leads to it.

    `pended` are the sequences of the items that wait for them. Nothing where no document is asked for.
    """
    if not wanted.titles or not pended:
        return []
    made = [_communication(wanted, pended, assertion_id)]
    return [*made, _task(wanted, claim, found, pended, assertion_id)] if wanted.questionnaire_url else made


def _communication(wanted: Outstanding, pended: Sequence[int], assertion_id: str) -> Json:
    return {
        "resourceType": "CommunicationRequest",
        "id": f"needs-{assertion_id}"[:64],
        "meta": {"profile": [f"{_GUIDE}profile-communicationrequest"]},
        **({"extension": [_line(pended[0])]} if len(pended) == 1 else {}),
        "identifier": [{"system": _OWN_NUMBERS, "value": assertion_id}],
        "status": "active",
        "payload": [{"contentString": title} for title in wanted.titles],
    }


def _task(
    wanted: Outstanding, claim: Mapping[str, Any], found: Sequence[Found], pended: Sequence[int], assertion_id: str
) -> Json:
    directory = Directory(found)
    provider = _party(claim.get("provider"), directory)
    inputs: list[Json] = [{"type": _code("payer-url"), "valueUrl": wanted.payer_url}]
    inputs += _questionnaires(wanted, pended)
    inputs += [
        {"extension": [_line(number)], "type": _code("questionnaire-context"), "valueString": assertion_id}
        for number in pended
    ]
    return {
        "resourceType": "Task",
        "id": f"task-{assertion_id}"[:64],
        "meta": {"profile": [f"{_GUIDE}profile-task"]},
        "identifier": [{"system": _OWN_NUMBERS, "value": assertion_id}],
        "status": "requested",
        "intent": "order",
        "code": _code("attachment-request-questionnaire"),
        "for": claim.get("patient", _UNKNOWN),
        "requester": _party(claim.get("insurer"), directory),
        "owner": provider,
        "reasonCode": _code("priorAuthorization"),
        "reasonReference": {"reference": address_of_claim(found)},
        "input": inputs,
    }


def _questionnaires(wanted: Outstanding, pended: Sequence[int]) -> list[Json]:
    needed, url = {"type": _code("questionnaires-needed")}, wanted.questionnaire_url
    if not wanted.is_of_older_guide:
        return [{**needed, "valueCanonical": url}]
    line = f"{_GUIDE}extension-paLineNumber"
    return [
        {"extension": [{"url": line, "valueInteger": number}], **needed, "valueIdentifier": {"value": url}}
        for number in pended
    ]


def _party(reference: Any, directory: Directory) -> Json:
    """A party by its identifier alone, as the profile has it."""
    party = directory.resolve(reference)
    npi = identifier_of(party, NPI_SYSTEM) if party else ""
    if npi:
        return {"identifier": {"system": NPI_SYSTEM, "value": npi}}
    return {"identifier": {"value": (identifier_of(party) if party else "") or "not stated"}}


def _line(number: int) -> Json:
    return {"url": f"{_GUIDE}extension-serviceLineNumber", "valuePositiveInt": max(1, number)}


def _code(code: str) -> Json:
    return {"coding": [{"system": _CODES, "code": code}]}
