"""Claims as billed: service lines and the diagnoses of a course."""

from datetime import date
from typing import NamedTuple


class ClaimLine(NamedTuple):
    """One service line of a claim, as billed."""

    claim_line_id: str
    claim_id: str
    line_number: int
    course_id: str
    member_id: str
    service_date: date
    procedure_code: str
    units: int
    modifier_1: str = ""
    modifier_2: str = ""
    modifier_3: str = ""
    modifier_4: str = ""
    place_of_service: str = ""
    setting: str = ""
    rendering_npi: str = ""
    billing_npi: str = ""
    supervising_npi: str = ""
    bill_type: str = ""
    revenue_code: str = ""
    line_of_business: str = ""
    claim_frequency: str = "1"
    original_claim_id: str = ""
    charge_amount: float | None = None
    allowed_amount: float | None = None


class Diagnosis(NamedTuple):
    """One diagnosis of a course; position 1 is the principal one."""

    course_id: str
    icd10: str
    position: int


class ClaimDiagnosis(NamedTuple):
    """One diagnosis as it stands on a claim; it becomes a diagnosis of the claim's course."""

    claim_id: str
    icd10: str
    position: int
    member_id: str = ""
