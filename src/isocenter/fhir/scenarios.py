"""Writes what a client would send about a case: hooks, the request for a questionnaire, requests for authorization.

For those who write a client: every body is answered by the interfaces, and fits the profiles of the guides.
Sources: CDS Hooks 2.0; Da Vinci CRD and DTR 2.0.1, PAS 2.2.1.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from isocenter.errors import UnreadableInput
from isocenter.fhir.authorizations.authorizations import GUIDE
from isocenter.fhir.clients.subscriptions import TOPIC
from isocenter.files.writing import expect_no_other_files, write_whole
from isocenter.intake.case import read_case
from isocenter.intake.case_contents import shown_in
from isocenter.intake.fhir.answers import DATE, QUESTIONNAIRE_NAME, ROLE, SIGNATURE, SIGNED_ON, SIGNER
from isocenter.intake.fhir.references import MBI_SYSTEM, NPI_SYSTEM
from isocenter.terms.chart import Document, DocumentElement, Signature
from isocenter.terms.claims import ClaimLine, Diagnosis
from isocenter.terms.problems import Problem
from isocenter.terms.review import Review
from isocenter.workflow import review_contents

Json = dict[str, Any]
_BASE = "https://clinic.example.org/fhir"
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
_V2 = f"{_TERMINOLOGY}v2-0203"
_X12 = "https://codesystem.x12.org/005010/"
_CPT, _HCPCS = "http://www.ama-assn.org/go/cpt", "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
_ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
_PLACES = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"
_BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
_CLINIC_NPI, _PAYER_NPI = "1999999984", "1234567893"
_OURS = re.compile(
    r"(hook-[a-z-]+|questionnaire-package|submit|submit-without-documents|submit-attachment|inquire|cancel|subscription)"
    r"\.json"
)
_APART = "a plan or chart, of which the bodies hold nothing"
_USUAL_DAY = date(2024, 5, 2)  # of an order of a case that has no claims yet


def scenario_of(
    case: Path,
    policies: Sequence[str] = ("imrt",),
    course_id: str = "",
    leave_out: Callable[[Sequence[Problem]], None] = lambda _: None,
) -> dict[str, Json]:
    """The bodies by file name; UnreadableInput where the case holds no course.

    `leave_out` is told what of the case is not in them: what could not be read, and the files of plan and chart.
    """
    contents = read_case(case)
    apart = sorted([*contents.dicom_files, *contents.chart_files])
    contents.dicom_files, contents.chart_files = [], []
    review = review_contents(contents, policies, course_id=course_id, with_pictures=False)
    leave_out([*review.problems, *(Problem(shown_in(contents, file), "", _APART) for file in apart)])
    return _bodies(review)


def write_scenario(
    case: Path,
    folder: Path,
    policies: Sequence[str] = ("imrt",),
    course_id: str = "",
    leave_out: Callable[[Sequence[Problem]], None] = lambda _: None,
) -> Iterator[Path]:
    """Write the bodies into a folder, and yield each file; `leave_out` as for scenario_of."""
    expect_no_other_files(folder, _OURS, "a request of a scenario")
    bodies = scenario_of(case, policies, course_id, leave_out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as wrong:
        raise UnreadableInput(f"{folder}: the folder cannot be made ({wrong.strerror})") from None
    for name, body in bodies.items():
        path = folder / name
        write_whole(path, json.dumps(body, indent=2, ensure_ascii=False) + "\n")
        yield path


def _bodies(review: Review) -> dict[str, Json]:
    lines: Sequence[ClaimLine] = review.facts.get("claim_lines", ())
    first = min((line.service_date for line in lines), default=_USUAL_DAY)
    ordered_on = first - timedelta(days=7)
    answers = list(_answers(review))
    order = _order(review, ordered_on, first)
    patient, coverage = _patient(review), _coverage(review)
    record = [patient, coverage, *answers]
    bodies = {f"hook-{name}.json": _hook(name, context, record) for name, context in _contexts(order).items()}
    asked = [("order", order), ("coverage", coverage), ("patient", patient)]
    bodies["questionnaire-package.json"] = {
        "resourceType": "Parameters",
        "parameter": [{"name": name, "resource": resource} for name, resource in asked],
    }
    claim = _claim(review, ordered_on)
    usual = [patient, coverage, *_parties()]
    bodies["submit.json"] = _bundle("pas-request-bundle", [claim, *usual, *answers], ordered_on)
    bodies["submit-without-documents.json"] = _bundle("pas-request-bundle", [claim, *usual], ordered_on)
    inquiry = {**claim, "meta": {"profile": [f"{GUIDE}profile-claim-inquiry"]}}
    bodies["inquire.json"] = _bundle("pas-inquiry-request-bundle", [inquiry, *usual], ordered_on)
    bodies["cancel.json"] = _bundle("pas-request-bundle", [_cancellation(claim), *usual], ordered_on)
    bodies["subscription.json"] = _subscription()
    if answers:
        bodies["submit-attachment.json"] = _attachment(claim, answers, patient["identifier"][0]["value"])
    return bodies


def _concept(code: str, system: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


def _patient(review: Review) -> Json:
    """The member as the record names him or her; a number of a Medicare card is marked as one."""
    number = review.course.member_id or "MEMBER-1"
    is_medicare = len(number) == 11 and number.isalnum() and number.isupper()
    known = next(iter(review.facts.get("members", ())), None)
    kind = {"system": MBI_SYSTEM} if is_medicare else {"system": f"{_BASE}/members", "type": _concept("MB", _V2)}
    return {
        "resourceType": "Patient",
        "id": "patient-1",
        "identifier": [{**kind, "value": number}],
        "name": [{"family": known.family_name if known and known.family_name else "Example", "given": ["Fictitious"]}],
        "gender": {"M": "male", "F": "female"}.get(known.sex if known else "", "unknown"),
        "birthDate": str(known.birth_date if known and known.birth_date else date(1950, 1, 1)),
    }


def _coverage(review: Review) -> Json:
    business = review.course.line_of_business
    return {
        "resourceType": "Coverage",
        "id": "coverage-1",
        "status": "active",
        "subscriberId": review.course.member_id or "MEMBER-1",
        "beneficiary": {"reference": "Patient/patient-1"},
        "relationship": _concept("self", f"{_TERMINOLOGY}subscriber-relationship"),
        "payor": [{"reference": "Organization/payer", "display": f"{business.title() or 'Medicare'} of Example"}],
    }


def _parties() -> list[Json]:
    return [
        {
            "resourceType": "Organization",
            "id": own,
            "active": True,
            "name": name,
            "identifier": [{"system": NPI_SYSTEM, "value": npi}],
        }
        for own, name, npi in (
            ("payer", "Example Health", _PAYER_NPI),
            ("clinic", "Example Radiation Oncology", _CLINIC_NPI),
        )
    ]


def _order(review: Review, ordered_on: date, first: date) -> Json:
    diagnoses: Sequence[Diagnosis] = review.facts.get("diagnoses", ())
    return {
        "resourceType": "ServiceRequest",
        "id": "order-1",
        "status": "draft",
        "intent": "order",
        "authoredOn": str(ordered_on),
        "occurrenceDateTime": str(first),
        "subject": {"reference": "Patient/patient-1"},
        "requester": {"reference": "Practitioner/physician-1"},
        "code": _concept("77301", _CPT),
        "reasonCode": [_concept(one.icd10, _ICD10) for one in diagnoses],
    } | ({} if diagnoses else {"reasonCode": [{"text": "not stated"}]})


def _contexts(order: Json) -> dict[str, Json]:
    """What each hook is about; the order is dispatched and booked as it was signed."""
    drafts = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": order}]}
    booked = {
        "resourceType": "Appointment",
        "id": "appointment-1",
        "status": "proposed",
        "basedOn": [{"reference": "ServiceRequest/order-1"}],
        "participant": [{"actor": {"reference": "Patient/patient-1"}, "status": "tentative"}],
    }
    appointments = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": booked}]}
    who = {"userId": "Practitioner/physician-1", "patientId": "patient-1"}
    return {
        "order-sign": {**who, "draftOrders": drafts},
        "order-select": {**who, "selections": ["ServiceRequest/order-1"], "draftOrders": drafts},
        "order-dispatch": {
            "patientId": "patient-1",
            "dispatchedOrders": ["ServiceRequest/order-1"],
            "performer": "Organization/clinic",
            "order": order,
        },
        "appointment-book": {**who, "appointments": appointments, "order": order},
    }


def _hook(name: str, context: Json, record: Sequence[Json]) -> Json:
    patient, coverage, *answers = record
    order = context.pop("order", None)
    held = {"patient": patient, "coverage": _searchset([coverage])}
    held |= {"order": order} if order else {}
    held |= {"documents": _searchset(answers)} if answers else {}
    return {
        "hook": name,
        "hookInstance": "7f8a3a0e-54f5-4d9a-9d3e-0d7a1f2f6c11",
        "context": context,
        "prefetch": held,
        "extension": {"davinci-crd.requestedVersion": "2.2"},
    }


def _searchset(resources: Sequence[Json]) -> Json:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one} for one in resources]}


def _answers(review: Review) -> Iterator[Json]:
    """Each document of the record as answers to the questionnaire."""
    documents: Sequence[Document] = review.facts.get("documents", ())
    elements: Sequence[DocumentElement] = review.facts.get("document_elements", ())
    signatures: Sequence[Signature] = review.facts.get("signatures", ())
    for number, document in enumerate(documents, start=1):
        kind = document.kind
        stated = [one for one in elements if one.document_id == document.document_id]
        signed = [one for one in signatures if one.document_id == document.document_id]
        items = [_item(kind, DATE, {"valueDate": str(document.document_date)})] if document.document_date else []
        items += [{"linkId": f"{kind}/{SIGNATURE}", "item": _signature(kind, one)} for one in signed]
        items += [
            _item(kind, one.element, {"valueString": one.detail} if one.detail else {"valueBoolean": True})
            for one in stated
        ]
        yield {
            "resourceType": "QuestionnaireResponse",
            "id": f"answers-{number}",
            "questionnaire": f"https://payer.example.org/fhir/Questionnaire/{QUESTIONNAIRE_NAME}imrt",
            "status": "completed",
            "subject": {"reference": "Patient/patient-1"},
            "authored": str(document.document_date or _USUAL_DAY),
            "item": [{"linkId": kind, "item": items}],
        }


def _signature(kind: str, signature: Signature) -> list[Json]:
    return [
        _item(kind, SIGNER, {"valueString": signature.signer or "not legible"}),
        _item(kind, ROLE, {"valueCoding": {"code": signature.role}}),
        *([_item(kind, SIGNED_ON, {"valueDate": str(signature.signed_on)})] if signature.signed_on else []),
    ]


def _item(kind: str, name: str, value: Json) -> Json:
    return {"linkId": f"{kind}/{name}", "answer": [value]}


def _claim(review: Review, ordered_on: date) -> Json:
    diagnoses: Sequence[Diagnosis] = review.facts.get("diagnoses", ())
    return {
        "resourceType": "Claim",
        "id": "claim-1",
        "meta": {"profile": [f"{GUIDE}profile-claim"]},
        "identifier": [{"system": f"{_BASE}/requests", "value": f"REQ-{review.course.course_id}"[:60]}],
        "status": "active",
        "type": _concept("professional", f"{_TERMINOLOGY}claim-type"),
        "use": "preauthorization",
        "patient": {"reference": "Patient/patient-1"},
        "created": f"{ordered_on}T09:00:00Z",
        "insurer": {"reference": "Organization/payer"},
        "provider": {"reference": "Organization/clinic"},
        "priority": _concept("normal", f"{_TERMINOLOGY}processpriority"),
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": "Coverage/coverage-1"}}],
        "item": list(_items(review, ordered_on)),
    } | (
        {
            "diagnosis": [
                {"sequence": number, "diagnosisCodeableConcept": _concept(one.icd10, _ICD10)}
                for number, one in enumerate(diagnoses[:12], start=1)
            ]
        }
        if diagnoses
        else {}
    )


def _items(review: Review, ordered_on: date) -> Iterator[Json]:
    """One item for each service of the course, with all its units; one plan where nothing was billed yet."""
    lines: Sequence[ClaimLine] = review.facts.get("claim_lines", ())
    grouped: dict[tuple[str, ...], list[ClaimLine]] = {}
    for line in lines:
        modifiers = (line.modifier_1, line.modifier_2, line.modifier_3, line.modifier_4)
        grouped.setdefault((line.procedure_code, *modifiers), []).append(line)
    if not grouped:
        yield _service(1, "77301", (), 1, ordered_on + timedelta(days=7), ordered_on + timedelta(days=7), "11")
    for number, ((code, *others), of_code) in enumerate(grouped.items(), start=1):
        days = [line.service_date for line in of_code]
        units = sum(line.units for line in of_code)
        place = of_code[0].place_of_service or "11"
        yield _service(number, code, [one for one in others if one], units, min(days), max(days), place)


def _service(number: int, code: str, modifiers: Sequence[str], units: int, first: date, last: date, place: str) -> Json:
    kinds = {"serviceItemRequestType": ("1525", "HS"), "certificationType": ("1322", "I")}
    return {
        "extension": [
            {"url": f"{GUIDE}extension-{name}", "valueCodeableConcept": _concept(own, f"{_X12}{system}")}
            for name, (system, own) in kinds.items()
        ],
        "sequence": number,
        "category": _concept("1", f"{_X12}1365"),
        "productOrService": _concept(code, _CPT if code.isdecimal() else _HCPCS),
        **({"modifier": [_concept(one, f"{_BASE}/modifiers") for one in modifiers]} if modifiers else {}),
        "servicedPeriod": {"start": str(first), "end": str(last)},
        "locationCodeableConcept": _concept(place, _PLACES),
        "quantity": {"value": units},
    }


def _cancellation(claim: Mapping[str, Any]) -> Json:
    kind = {"url": f"{GUIDE}extension-certificationType", "valueCodeableConcept": _concept("3", f"{_X12}1322")}
    (identifier,) = claim["identifier"]
    return {
        **claim,
        "id": "claim-2",
        "meta": {"profile": [f"{GUIDE}profile-claim-update"]},
        "extension": [kind],
        "identifier": [{**identifier, "value": f"{identifier['value']}-CANCEL"}],
        "related": [
            {
                "claim": {"identifier": identifier},
                "relationship": _concept("prior", f"{_TERMINOLOGY}ex-relatedclaimrelationship"),
            }
        ],
    }


def _bundle(profile: str, resources: Sequence[Json], on: date) -> Json:
    return {
        "resourceType": "Bundle",
        "id": "request-1",
        "meta": {"profile": [f"{GUIDE}profile-{profile}"]},
        "identifier": {"system": f"{_BASE}/transactions", "value": "T-1"},
        "type": "collection",
        "timestamp": f"{on}T09:00:00Z",
        "entry": [{"fullUrl": f"{_BASE}/{one['resourceType']}/{one['id']}", "resource": one} for one in resources],
    }


def _attachment(claim: Json, answers: Sequence[Json], member_id: str) -> Json:
    """The documents of the record, sent later for the request that went without them."""
    (tracking,) = claim["identifier"]
    identifiers = (
        ("TrackingId", tracking),
        ("OrganizationId", {"system": NPI_SYSTEM, "value": _CLINIC_NPI}),
        ("PayerId", {"system": NPI_SYSTEM, "value": _PAYER_NPI}),
        ("MemberId", {"system": f"{_BASE}/members", "value": member_id}),
    )
    attached = ({"name": "Attachment", "part": [{"name": "Content", "resource": one}]} for one in answers)
    return {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "AttachTo", "valueCode": "preauthorization"},
            *({"name": name, "valueIdentifier": value} for name, value in identifiers),
            {"name": "Final", "valueBoolean": True},
            *attached,
        ],
    }


def _subscription() -> Json:
    wanted = {"url": f"{_BACKPORT}backport-filter-criteria", "valueString": f"orgIdentifier={_CLINIC_NPI}"}
    return {
        "resourceType": "Subscription",
        "meta": {"profile": [f"{GUIDE}profile-subscription"]},
        "status": "requested",
        "reason": "What became of pended requests",
        "criteria": TOPIC,
        "_criteria": {"extension": [wanted]},
        "channel": {
            "type": "rest-hook",
            "endpoint": "http://127.0.0.1:9000/notifications",
            "payload": "application/fhir+json",
            "_payload": {"extension": [{"url": f"{_BACKPORT}backport-payload-content", "valueCode": "full-resource"}]},
        },
    }
