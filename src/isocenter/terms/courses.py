"""The course of therapy: what was ordered, delivered, guided by images, and given before."""

from datetime import date
from typing import NamedTuple


class Course(NamedTuple):
    """One course of therapy of one member."""

    course_id: str
    member_id: str
    line_of_business: str = ""
    site: str = ""
    laterality: str = ""
    delivery_technique: str = ""
    intent: str = ""
    prescribed_dose_gy: float | None = None
    planned_fractions: int | None = None
    first_delivery: date | None = None
    last_delivery: date | None = None
    jurisdiction: str = ""


class Member(NamedTuple):
    """One person insured, as claims or chart name them."""

    member_id: str
    family_name: str = ""
    given_name: str = ""
    birth_date: date | None = None
    sex: str = ""
    medical_record_number: str = ""
    patient: str = ""


class Fraction(NamedTuple):
    """One delivered fraction."""

    course_id: str
    fraction_number: int
    delivered_on: date
    delivered_mu: float | None = None
    planned_mu: float | None = None
    termination: str = ""
    plan_id: str = ""


class ImageGuidance(NamedTuple):
    """One image-guided set-up, with the shift it found and who did and reviewed it."""

    course_id: str
    guided_on: date
    method: str
    shift_mm: float | None = None
    tolerance_mm: float | None = None
    performed_by_role: str = ""
    supervision: str = ""
    reviewed_by_role: str = ""
    reviewed_on: date | None = None


class GuidanceProtocol(NamedTuple):
    """How set-ups are guided by images day after day, where treatment records hold the shift alone."""

    method: str
    tolerance_mm: float | None = None
    performed_by_role: str = ""
    supervision: str = ""


class PriorIrradiation(NamedTuple):
    """One earlier course of the same member."""

    member_id: str
    site: str
    ended_on: date | None = None
    dose_gy: float | None = None
    fractions: int | None = None
    ended_year: int | None = None
