"""What comes out of an 837: service lines, diagnoses of claims, and what could not be read."""

from isocenter.terms.claims import ClaimDiagnosis, ClaimLine
from isocenter.terms.problems import Problem

Row = ClaimLine | ClaimDiagnosis | Problem


class Tally:
    """How often something odd was found in a file, and where first."""

    __slots__ = ("count", "first")

    def __init__(self) -> None:
        self.count = 0
        self.first = ""

    def add(self, where: str) -> None:
        self.count += 1
        self.first = self.first or where
