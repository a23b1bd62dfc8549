"""Claims as billed: service lines and the diagnoses of a course."""

from datetime import date
from typing import NamedTuple

SUBSCRIBER = "subscriber"  # who is treated, where it is the person whose number it is


class ClaimLine(NamedTuple):
    """One service line of a claim, as billed.

    `claim_id` and `claim_line_id` are keys of the store, each unique; what the biller and the payer call the claim
    has columns of its own.
    """

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
    last_service_date: date | None = None
    patient_account_number: str = ""
    payer_claim_number: str = ""
    submitter_id: str = ""
    diagnosis_pointer_1: int | None = None
    diagnosis_pointer_2: int | None = None
    diagnosis_pointer_3: int | None = None
    diagnosis_pointer_4: int | None = None
    patient: str = ""
    written_at: str = ""
    repeated_line_id: str = ""


class Diagnosis(NamedTuple):
    """One diagnosis of a course; position 1 is the principal one."""

    course_id: str
    icd10: str
    position: int


class ClaimDiagnosis(NamedTuple):
    """One diagnosis as a claim lists it; it becomes a diagnosis of the claim's course."""

    claim_id: str
    icd10: str
    position: int
    member_id: str = ""


class PossibleCourse(NamedTuple):
    """One other course that a line may belong to, where its claim does not say for which of several it was."""

    claim_line_id: str
    course_id: str


class ServiceDay(NamedTuple):
    """One day that a line billed from one day through another covers."""

    claim_line_id: str
    service_day: date
    is_certain: bool


class DataWindow(NamedTuple):
    """The first and last day of the claims supplied of one provider in one setting."""

    billing_npi: str
    setting: str
    first_service: date
    last_service: date


class CourseWindow(NamedTuple):
    """The days of a course beside the days that the claims supplied cover."""

    course_id: str
    first_service: date | None
    last_service: date | None
    data_from: date | None
    data_to: date | None
    may_begin_earlier: bool
    may_go_on: bool
