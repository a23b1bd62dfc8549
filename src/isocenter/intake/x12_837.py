"""Reads claims as X12 837, professional and institutional, version 5010, while the file streams by."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from isocenter.intake.x12.claims import ClaimKeys
from isocenter.intake.x12.envelope import EnvelopeReader
from isocenter.intake.x12.segments import Batch, batches, starts_like_x12, written_at
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine
from isocenter.terms.problems import LostLine, Problem

__all__ = ["ClaimDiagnosis", "ClaimFile", "ClaimKeys", "in_order_written", "looks_like_837", "read"]

_HEAD_BYTES = 1_024


def looks_like_837(head: bytes) -> bool:
    """Whether the first bytes of a file open an X12 interchange; `read` says which transactions it holds."""
    return starts_like_x12(head)


def in_order_written(files: Sequence[Path]) -> list[Path]:
    """The files with those of X12 among them in the order in which they were written, whatever their names.

    A claim may correct one of an earlier file without naming it. Files that do not say when, or cannot be read, are
    taken as the earliest.
    """
    heads = {file: _head(file) for file in files}
    of_x12 = [file for file in files if looks_like_837(heads[file])]
    ordered = iter(sorted(of_x12, key=lambda file: written_at(heads[file])))
    return [next(ordered) if looks_like_837(heads[file]) else file for file in files]


def _head(file: Path) -> bytes:
    try:
        with file.open("rb") as data:
            return data.read(_HEAD_BYTES)
    except OSError:  # said where it is read
        return b""


class ClaimFile:
    """One file of claims, read as it is gone through once.

    `service_lines` and `revenue_lines` then hold how many service lines it has, kept or not, and how many of them
    bill revenue without a procedure.
    """

    left_out_lines = 0  # an 837 bills all that it lists

    def __init__(self, path: Path, keys: ClaimKeys | None = None) -> None:
        """Files that are read together share their `keys`, so that no two claims have the same one."""
        self._path = path
        self._reader = EnvelopeReader(str(path), keys or ClaimKeys())

    def __iter__(self) -> Iterator[ClaimLine | ClaimDiagnosis | Problem]:
        """The rows of the file under the terms of `read`."""
        for found in batches(self._path):
            if isinstance(found, Batch):
                yield from self._reader.read(found)
            else:
                self._reader.is_cut_short |= isinstance(found, LostLine)  # an interchange within its header
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

    @property
    def is_cut_short(self) -> bool:
        """Whether an interchange of claims that was read has no end, so that claims may be missing."""
        return self._reader.is_cut_short


def read(path: Path, keys: ClaimKeys | None = None) -> Iterator[ClaimLine | ClaimDiagnosis | Problem]:
    """Yield the service lines and diagnoses of every claim in file order, and what could not be read.

    Reads 005010X222A1 and 005010X223A2 in blocks; what is held grows with the claim numbers alone. Lines have no
    course yet. patient_account_number is CLM01, the provider's own; claim_id is the same where no claim before it
    has it. original_claim_id is REF*F8, the payer's number of the original. Raises UnreadableInput when the file
    has no ISA header.
    """
    yield from ClaimFile(path, keys)
