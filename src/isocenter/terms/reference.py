"""Lists that the user loads because others own them: covered diagnoses, unit limits, pairs and add-on codes."""

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


class ProcedurePair(NamedTuple):
    """Two procedure codes of which the second is not paid beside the first.

    The indicator is 0 where no modifier sets them apart, 1 where one may, 9 where the pair never counted.
    """

    column_one: str
    column_two: str
    setting: str
    modifier_indicator: int
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""


class AddOnCode(NamedTuple):
    """One primary code that an add-on code may be billed beside; '' where the contractor decides which."""

    add_on_code: str
    primary_code: str
    add_on_type: int
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""
