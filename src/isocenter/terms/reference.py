"""Lists that the user loads because others own them: covered diagnoses and daily unit limits."""

from datetime import date
from typing import NamedTuple


class CoveredDiagnosis(NamedTuple):
    """One diagnosis that a payer's list accepts for a procedure code."""

    procedure_code: str
    icd10: str
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""


class UnitLimit(NamedTuple):
    """One medically-unlikely limit: how many units of a code a line or a day may carry."""

    procedure_code: str
    setting: str
    units: int
    adjudication: int
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""
