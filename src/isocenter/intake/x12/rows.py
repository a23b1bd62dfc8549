"""What comes out of an 837: service lines, diagnoses of claims, and what could not be read."""

from isocenter.terms.claims import ClaimDiagnosis, ClaimLine
from isocenter.terms.problems import Problem

Row = ClaimLine | ClaimDiagnosis | Problem
