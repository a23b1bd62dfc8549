"""What comes out of an 837: service lines, diagnoses of claims, and what could not be read."""

from typing import NamedTuple

from isocenter.terms.claims import ClaimLine
from isocenter.terms.problems import Problem


class ClaimDiagnosis(NamedTuple):
    """One diagnosis of a claim, with the dot (C61, C50.912); position 1 is the principal one."""

    claim_id: str
    icd10: str
    position: int


Row = ClaimLine | ClaimDiagnosis | Problem
