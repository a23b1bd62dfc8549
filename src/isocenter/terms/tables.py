"""The fact tables by name, each with the row it is made of."""

from typing import NamedTuple

from isocenter.terms.chart import Attestation, Constraint, Document, DocumentElement, Signature
from isocenter.terms.claims import ClaimLine, Diagnosis
from isocenter.terms.courses import Course, Fraction, ImageGuidance, PriorIrradiation
from isocenter.terms.plans import Plan, PlanField, PlanMeasure, Structure, Verification

FactRow = (
    Course
    | ClaimLine
    | Diagnosis
    | Document
    | DocumentElement
    | Signature
    | Constraint
    | Attestation
    | Plan
    | PlanField
    | Structure
    | PlanMeasure
    | Verification
    | Fraction
    | ImageGuidance
    | PriorIrradiation
)

FACT_TABLES: dict[str, type[NamedTuple]] = {
    "courses": Course,
    "claim_lines": ClaimLine,
    "diagnoses": Diagnosis,
    "documents": Document,
    "document_elements": DocumentElement,
    "signatures": Signature,
    "constraints": Constraint,
    "attestations": Attestation,
    "plans": Plan,
    "plan_fields": PlanField,
    "structures": Structure,
    "plan_measures": PlanMeasure,
    "verifications": Verification,
    "fractions": Fraction,
    "image_guidance": ImageGuidance,
    "prior_irradiations": PriorIrradiation,
}

TABLE_OF: dict[type[NamedTuple], str] = {row: table for table, row in FACT_TABLES.items()}
