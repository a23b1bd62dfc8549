"""Requests of fictitious providers for tests: orders, hooks and bundles that ask for prior authorization."""

from typing import Any

from tests.intake.fhir_resources import CPT, ICD10, NPI, concept, patient

Json = dict[str, Any]
BASE = "https://clinic.example.org/fhir"
GUIDE = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/"
CLAIM_TYPE = "http://terminology.hl7.org/CodeSystem/claim-type"


def order(code: str = "77301", system: str = CPT, **changes: Any) -> Json:
    return {
        "resourceType": "ServiceRequest",
        "id": "order-1",
        "status": "draft",
        "intent": "order",
        "authoredOn": "2024-05-02",
        "requester": {"reference": "Practitioner/1"},
        "subject": {"reference": "Patient/p1"},
        "code": concept(code, system),
        "reasonCode": [concept("C61", ICD10)],
        **changes,
    }


def coverage(**changes: Any) -> Json:
    return {
        "resourceType": "Coverage",
        "id": "c1",
        "status": "active",
        "subscriberId": "1EG4TE5MK73",
        "beneficiary": {"reference": "Patient/p1"},
        "payor": [{"display": "Medicare Advantage of Example"}],
        **changes,
    }


def hook(*orders: Json, name: str = "order-sign", prefetch: Json | None = None, **changes: Any) -> Json:
    usual = {"patient": patient(), "coverage": {"resourceType": "Bundle", "entry": [{"resource": coverage()}]}}
    return {
        "hook": name,
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {
            "userId": "Practitioner/1",
            "patientId": "p1",
            "draftOrders": {
                "resourceType": "Bundle",
                "type": "collection",
                "entry": [{"resource": one} for one in orders],
            },
        },
        "prefetch": usual if prefetch is None else prefetch,
        **changes,
    }


def request_item(number: int, code: str, units: int) -> Json:
    kinds = {"serviceItemRequestType": ("1525", "HS"), "certificationType": ("1322", "I")}
    return {
        "extension": [
            {
                "url": f"{GUIDE}extension-{name}",
                "valueCodeableConcept": concept(own, f"https://codesystem.x12.org/005010/{system}"),
            }
            for name, (system, own) in kinds.items()
        ],
        "sequence": number,
        "category": concept("1", "https://codesystem.x12.org/005010/1365"),
        "productOrService": concept(code, CPT),
        "servicedDate": "2024-05-10",
        "quantity": {"value": units},
        "locationCodeableConcept": concept("11", "https://www.cms.gov/Medicare/Coding/place-of-service-codes"),
    }


def authorization(*services: tuple[str, int], more: tuple[Json, ...] = (), **changes: Any) -> Json:
    """A bundle that asks for these services, with further resources behind the usual ones."""
    claim = {
        "resourceType": "Claim",
        "id": "claim-1",
        "identifier": [{"system": "https://clinic.example.org/requests", "value": "REQ-1"}],
        "status": "active",
        "type": concept("professional", CLAIM_TYPE),
        "use": "preauthorization",
        "patient": {"reference": "Patient/p1"},
        "created": "2024-05-02T11:01:00-05:00",
        "insurer": {"reference": "Organization/payer"},
        "provider": {"reference": "Organization/clinic"},
        "priority": concept("normal"),
        "diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": concept("C61", ICD10)}],
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": "Coverage/c1"}}],
        "item": [request_item(number, *service) for number, service in enumerate(services or [("77301", 1)], start=1)],
        **changes,
    }
    parties: list[Json] = [
        {"resourceType": "Organization", "id": own, "active": True, "name": own,
         "identifier": [{"system": NPI, "value": number}]}
        for own, number in (("payer", "1234567893"), ("clinic", "1999999984"))
    ]  # fmt: skip
    resources = [claim, patient(), coverage(), *parties, *more]
    return {
        "resourceType": "Bundle",
        "id": "request-1",
        "meta": {"profile": [f"{GUIDE}profile-pas-request-bundle"]},
        "identifier": {"system": "https://clinic.example.org/transactions", "value": "T-1"},
        "type": "collection",
        "timestamp": "2024-05-02T11:01:00-05:00",
        "entry": [{"fullUrl": f"{BASE}/{one['resourceType']}/{one['id']}", "resource": one} for one in resources],
    }


def statement_of_necessity(**changes: Any) -> Json:
    """Answers that describe a signed statement which names one condition."""

    def answered(link_id: str, value: Json) -> Json:
        return {"linkId": f"necessity_statement/{link_id}", "answer": [value]}

    return {
        "resourceType": "QuestionnaireResponse",
        "id": "answers-1",
        "questionnaire": "https://payer.example.org/fhir/Questionnaire/isocenter-imrt|2009-02-16",
        "status": "completed",
        "subject": {"reference": "Patient/p1"},
        "item": [
            {
                "linkId": "necessity_statement",
                "item": [
                    answered("date", {"valueDate": "2024-04-28"}),
                    answered("signed_by", {"valueString": "C. Example MD"}),
                    answered("signed_role", {"valueCoding": {"code": "treating_physician"}}),
                    answered("signed_on", {"valueDate": "2024-04-28"}),
                    answered("condition_proximity", {"valueBoolean": True}),
                    answered("compared_with_3d", {"valueBoolean": True}),
                    answered("critical_structures_addressed", {"valueString": "rectum and bladder"}),
                    answered("condition_concavity", {"valueBoolean": False}),
                ],
            }
        ],
        **changes,
    }
