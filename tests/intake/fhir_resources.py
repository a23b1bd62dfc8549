"""Writes FHIR resources for tests: fictitious claims, explanations of benefit, patients and courses of radiotherapy."""

from typing import Any

Json = dict[str, Any]
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
CPT = "http://www.ama-assn.org/go/cpt"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
NPI = "http://hl7.org/fhir/sid/us-npi"
MBI = "http://hl7.org/fhir/sid/us-mbi"
SNOMED = "http://snomed.info/sct"
CLAIM_TYPE = "http://terminology.hl7.org/CodeSystem/claim-type"
ADJUDICATION = "http://terminology.hl7.org/CodeSystem/adjudication"
MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/"
CODEX = "http://hl7.org/fhir/us/codex-radiation-therapy/StructureDefinition/"


def concept(code: str, system: str = "") -> Json:
    return {"coding": [{"system": system, "code": code} if system else {"code": code}]}


def amount(category: str, value: float) -> Json:
    return {"category": concept(category, ADJUDICATION), "amount": {"value": value, "currency": "USD"}}


def item(code: str = "77301", units: float | None = 1, **changes: Any) -> Json:
    line: Json = {
        "sequence": 1,
        "productOrService": concept(code, CPT),
        "servicedDate": "2024-03-18",
        "locationCodeableConcept": concept("11"),
    }
    if units is not None:
        line["quantity"] = {"value": units}
    return {**line, **changes}


def bill(*items: Json, kind: str = "ExplanationOfBenefit", **changes: Any) -> Json:
    return {
        "resourceType": kind,
        "id": "eob-1",
        "identifier": [{"type": concept("uc"), "value": "CLM-1"}],
        "status": "active",
        "type": concept("professional", CLAIM_TYPE),
        "use": "claim",
        "patient": {"reference": "Patient/p1"},
        "provider": {"identifier": {"system": NPI, "value": "1999999984"}},
        "diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": concept("C61", ICD10)}],
        "insurance": [{"focal": True, "coverage": {"reference": "Coverage/part-b-p1"}}],
        "item": list(items) or [item()],
        **changes,
    }


def patient(own_id: str = "p1", number: str = "1EG4TE5MK73") -> Json:
    return {
        "resourceType": "Patient",
        "id": own_id,
        "identifier": [{"system": MBI, "value": number}, {"type": concept("MR"), "value": "MRN-7"}],
        "name": [{"use": "official", "family": "Example", "given": ["Ada", "B"]}],
        "gender": "male",
        "birthDate": "1950-02-01",
    }


def technique(*codes: str, modality: str = "1156506007") -> list[Json]:
    return [
        {
            "url": MCODE + "mcode-radiotherapy-modality-and-technique",
            "extension": [
                {"url": MCODE + "mcode-radiotherapy-modality", "valueCodeableConcept": concept(modality, SNOMED)},
                {"url": MCODE + "mcode-radiotherapy-technique", "valueCodeableConcept": concept(code, SNOMED)},
            ],
        }
        for code in codes
    ]


def dose_planned(total_cgy: int, fractions: int, *, is_primary: bool = False) -> Json:
    return {
        "url": CODEX + "codexrt-radiotherapy-dose-planned-to-volume",
        "extension": [
            {"url": "totalDose", "valueQuantity": {"value": total_cgy, "code": "cGy"}},
            {"url": "fractions", "valuePositiveInt": fractions},
            {"url": CODEX + "codexrt-radiotherapy-primary-plan-dose", "valueBoolean": is_primary},
        ],
    }


def planned_course(*extensions: Json, **changes: Any) -> Json:
    return {
        "resourceType": "ServiceRequest",
        "id": "course-1",
        "status": "active",
        "code": concept("1217123003", SNOMED),
        "identifier": [{"system": "http://example.org/courses", "value": "C1"}],
        "subject": {"reference": "Patient/p1"},
        "reasonCode": [concept("C61", ICD10)],
        "extension": [
            {"url": MCODE + "mcode-procedure-intent", "valueCodeableConcept": concept("373808002", SNOMED)},
            *extensions,
        ],
        **changes,
    }


def course_summary(start: str, end: str, **changes: Any) -> Json:
    return {
        "resourceType": "Procedure",
        "id": "summary-1",
        "status": "completed",
        "meta": {"profile": [CODEX + "codexrt-radiotherapy-course-summary"]},
        "subject": {"reference": "Patient/p1"},
        "basedOn": [{"reference": "ServiceRequest/course-1"}],
        "performedPeriod": {"start": start, "end": end},
        **changes,
    }


def bundle(*resources: Json) -> Json:
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}
