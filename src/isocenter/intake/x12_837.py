"""Reads claims as X12 837, professional and institutional, version 5010, while the file streams by."""

from collections.abc import Iterator
from pathlib import Path

from isocenter.intake.x12.claims import ClaimKeys
from isocenter.intake.x12.envelope import EnvelopeReader
from isocenter.intake.x12.segments import Batch, batches, starts_like_x12
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine
from isocenter.terms.problems import Problem

__all__ = ["ClaimDiagnosis", "ClaimFile", "ClaimKeys", "looks_like_837", "read"]


def looks_like_837(head: bytes) -> bool:
    """Whether the first bytes of a file open an X12 interchange; `read` says which transactions it holds."""
    return starts_like_x12(head)


class ClaimFile:
    """One file of claims, read as it is gone through once.

    `service_lines` and `revenue_lines` then hold how many service lines it has, kept or not, and how many of them
    bill revenue without a procedure.
    """

    def __init__(self, path: Path, keys: ClaimKeys | None = None) -> None:
        """Files that are read together share their `keys`, so that no two claims bear one."""
        self._path = path
        self._reader = EnvelopeReader(str(path), keys or ClaimKeys())

    def __iter__(self) -> Iterator[ClaimLine | ClaimDiagnosis | Problem]:
        """The rows of the file under the terms of `read`."""
        for found in batches(self._path):
            if isinstance(found, Batch):
                yield from self._reader.read(found)
            else:
                yield found
        yield from self._reader.finish()

    @property
    def service_lines(self) -> int:
        """How many service lines were read so far."""
        return self._reader.service_lines

    @property
    def revenue_lines(self) -> int:
        """How many of them bill revenue without a procedure."""
        return self._reader.revenue_lines


def read(path: Path, keys: ClaimKeys | None = None) -> Iterator[ClaimLine | ClaimDiagnosis | Problem]:
    """Yield the service lines and diagnoses of every claim in file order, and what could not be read.

    Reads 005010X222A1 and 005010X223A2 in blocks; what is held grows with the claim numbers alone. Lines bear no
    course yet. patient_account_number is CLM01, the provider's own; claim_id is the same where no claim before it
    bears it. original_claim_id is REF*F8, the payer's number of the original. Raises UnreadableInput when the file
    has no ISA header.
    """
    yield from ClaimFile(path, keys)
