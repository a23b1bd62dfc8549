"""Sample claims as X12 837 for tests, changed by a segment, and what a reader found in them."""

from collections.abc import Callable
from pathlib import Path

from tests.intake.x12_writer import delimit

from isocenter.intake.x12_837 import ClaimDiagnosis
from isocenter.terms.claims import ClaimLine
from isocenter.terms.problems import Problem

SAMPLES = Path(__file__).parent / "samples"
PROFESSIONAL = (SAMPLES / "professional.837").read_text().replace("\n", "").split("~")[:-1]
HOSPITAL = (SAMPLES / "hospital.837").read_text().replace("\n", "").split("~")[:-1]

Row = ClaimLine | ClaimDiagnosis | Problem
Reader = Callable[[bytes], list[Row]]


def lines_in(found: list[Row]) -> list[ClaimLine]:
    return [row for row in found if isinstance(row, ClaimLine)]


def problems_in(found: list[Row]) -> list[Problem]:
    return [row for row in found if isinstance(row, Problem)]


def by_id(found: list[Row]) -> dict[str, ClaimLine]:
    return {line.claim_line_id: line for line in lines_in(found)}


def changed(segments: list[str], old: str, *new: str) -> bytes:
    """The file with one segment replaced; the segment count follows, so that nothing else is wrong."""
    assert segments.count(old) == 1, old
    at = segments.index(old)
    result = [*segments[:at], *new, *segments[at + 1 :]]
    length = next(s for s in segments if s.startswith("SE*")).split("*")[1]
    return delimit([s.replace(f"SE*{length}", f"SE*{int(length) + len(new) - 1}") for s in result])
