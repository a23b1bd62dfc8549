"""Lines that a hospital bills by a revenue code of radiation therapy, without saying which service they are."""

import re

from isocenter.terms.problems import Sentence, worded

RADIATION_REVENUE = "0?33[0346-9]"  # 0331, 0332 and 0335 are chemotherapy
INPATIENT_BILL = "0?(11|18|21|41).*"  # paid by the stay, without codes of its services; 12x and 22x need them
UNNAMED_RADIATION = (
    "procedure_code is missing beside revenue code {revenue_code}, which may be a radiation treatment; state its HCPCS"
    " code, or the type of bill if it is of an inpatient stay"
)
CORRECTION_WITHOUT_CODES = (
    "it replaces or voids another claim, and none of its lines has a procedure code, so it ends no claim; state their"
    " HCPCS codes"
)


def may_be_radiation(revenue_code: str, bill_type: str) -> bool:
    """Whether a line without a procedure code may be a radiation treatment that has to be coded.

    A bill whose type is not stated may be an outpatient's.
    """
    is_radiation = re.fullmatch(RADIATION_REVENUE, revenue_code) is not None
    return is_radiation and re.fullmatch(INPATIENT_BILL, bill_type) is None


def unnamed_radiation(revenue_code: str) -> Sentence:
    """What is wrong with such a line, and what to do."""
    return worded(UNNAMED_RADIATION, revenue_code=revenue_code)
