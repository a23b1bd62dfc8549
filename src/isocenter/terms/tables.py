"""The fact tables by name, each with the row it is made of."""

from typing import NamedTuple

from isocenter.terms.chart import Attestation, Constraint, Document, DocumentElement, Signature
from isocenter.terms.citations import Citation
from isocenter.terms.claims import (
    ClaimDiagnosis,
    ClaimLine,
    CourseWindow,
    DataWindow,
    Diagnosis,
    PossibleCourse,
    ServiceDay,
)
from isocenter.terms.courses import Course, Fraction, ImageGuidance, Member, PriorIrradiation
from isocenter.terms.plans import (
    ConstraintResult,
    Plan,
    PlanDifference,
    PlanField,
    PlanMeasure,
    Structure,
    TechniqueComparison,
    Verification,
)
from isocenter.terms.reference import AddOnCode, CoveredDiagnosis, ProcedurePair, UnitLimit

FactRow = (
    Course
    | Member
    | ClaimLine
    | PossibleCourse
    | Diagnosis
    | ClaimDiagnosis
    | ServiceDay
    | DataWindow
    | CourseWindow
    | Document
    | DocumentElement
    | Signature
    | Constraint
    | Attestation
    | Plan
    | PlanDifference
    | PlanField
    | Structure
    | PlanMeasure
    | ConstraintResult
    | TechniqueComparison
    | Verification
    | Fraction
    | ImageGuidance
    | PriorIrradiation
    | CoveredDiagnosis
    | UnitLimit
    | ProcedurePair
    | AddOnCode
    | Citation
)

FACT_TABLES: dict[str, type[NamedTuple]] = {
    "courses": Course,
    "members": Member,
    "claim_lines": ClaimLine,
    "possible_courses": PossibleCourse,
    "diagnoses": Diagnosis,
    "claim_diagnoses": ClaimDiagnosis,
    "service_days": ServiceDay,
    "data_windows": DataWindow,
    "course_windows": CourseWindow,
    "documents": Document,
    "document_elements": DocumentElement,
    "signatures": Signature,
    "constraints": Constraint,
    "attestations": Attestation,
    "plans": Plan,
    "plan_differences": PlanDifference,
    "plan_fields": PlanField,
    "structures": Structure,
    "plan_measures": PlanMeasure,
    "constraint_results": ConstraintResult,
    "comparisons": TechniqueComparison,
    "verifications": Verification,
    "fractions": Fraction,
    "image_guidance": ImageGuidance,
    "prior_irradiations": PriorIrradiation,
    "covered_diagnoses": CoveredDiagnosis,
    "unit_limits": UnitLimit,
    "procedure_pairs": ProcedurePair,
    "add_on_codes": AddOnCode,
    "citations": Citation,
}

TABLE_OF: dict[type[NamedTuple], str] = {row: table for table, row in FACT_TABLES.items()}


class Supplied(NamedTuple):
    """Says that a table was supplied, also when no row of it follows."""

    table: str


class LostValue(NamedTuple):
    """Says that the case gave a value, or a whole row, that could not be read, and where.

    table: '' where it may be of any; column: '' for a whole row; row: the course or member it is of, '' where unknown.
    """

    table: str
    column: str = ""
    row: str = ""
    path: str = ""
    place: str = ""
