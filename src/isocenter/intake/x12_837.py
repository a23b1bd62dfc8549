"""Reads claims as X12 837, professional and institutional, version 5010, while the file streams by."""

import re
from collections.abc import Iterator
from pathlib import Path

from isocenter.intake.x12.envelope import EnvelopeReader
from isocenter.intake.x12.segments import Batch, batches, starts_like_x12
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine
from isocenter.terms.problems import Problem

__all__ = ["ClaimDiagnosis", "count_service_lines", "looks_like_837", "read"]

_HEADER_BYTES = 106
_BLOCK_BYTES = 1 << 23
_LONGEST_BREAK = 64  # from the end of a segment to the name of the next and its separator


def looks_like_837(head: bytes) -> bool:
    """Whether the first bytes of a file open an X12 interchange; `read` tells which transactions it holds."""
    return starts_like_x12(head)


def count_service_lines(path: Path) -> int:
    """How many service lines a file holds, read or not, by the delimiters of its first interchange."""
    count = 0
    with path.open("rb") as file:
        head = file.read(_HEADER_BYTES)
        separator, terminator = re.escape(head[3:4]), re.escape(head[_HEADER_BYTES - 1 :])
        line = re.compile(terminator + rb"\s*SV[12]" + separator)
        rest = b""
        while block := file.read(_BLOCK_BYTES):
            text = rest + block
            ends = [match.end() for match in line.finditer(text)]
            count += len(ends)
            rest = text[max(ends[-1] if ends else 0, len(text) - _LONGEST_BREAK) :]
    return count


def read(path: Path) -> Iterator[ClaimLine | ClaimDiagnosis | Problem]:
    """Yield the service lines and diagnoses of every claim in file order, and what could not be read.

    Reads 005010X222A1 and 005010X223A2 in blocks; what is held grows with the claim numbers alone, which
    tell duplicates. Lines bear no course yet. REF*F8 (original_claim_id) is the payer's number of the
    original, CLM01 (claim_id) the provider's own. Raises UnreadableInput when the file has no ISA header.
    """
    reader = EnvelopeReader(str(path))
    for found in batches(path):
        if isinstance(found, Batch):
            yield from reader.read(found)
        else:
            yield found
    yield from reader.finish()
