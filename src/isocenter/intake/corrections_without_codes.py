"""Claims of a table that correct others and of which no line has a procedure code."""

from collections.abc import Iterator, Mapping
from typing import Generic, NamedTuple, TypeVar

CORRECTING = ("7", "8")
Row = TypeVar("Row")


class Correction(NamedTuple):
    """What names a claim that replaces or voids another, in its table."""

    claim_id: str
    member_id: str
    claim_frequency: str


class CorrectionsWithoutCodes(Generic[Row]):
    """The rows without a code of claims that correct others: where a claim has no other row, what it corrects is open.

    A row without a code ends no claim, so that the claim that was corrected would still be judged and paid.
    """

    def __init__(self) -> None:
        self._rows: dict[Correction, list[Row]] = {}
        self._with_codes: set[Correction] = set()

    def takes(self, values: Mapping[str, object], row: Row) -> bool:
        """Keep a row without a code, where it is of a claim that corrects another; whether it is."""
        correction = _correction(values)
        if correction is not None:
            self._rows.setdefault(correction, []).append(row)
        return correction is not None

    def has_a_code(self, values: Mapping[str, object]) -> None:
        """Say of a claim that one of its lines has a code."""
        if (correction := _correction(values)) is not None:
            self._with_codes.add(correction)

    def lost(self) -> Iterator[Row]:
        """The rows of the claims of which no line has a code."""
        for correction, rows in self._rows.items():
            if correction not in self._with_codes:
                yield from rows

    @property
    def passed_over(self) -> int:
        """How many rows there are of the other claims."""
        return sum(len(rows) for correction, rows in self._rows.items() if correction in self._with_codes)


def _correction(values: Mapping[str, object]) -> Correction | None:
    frequency = values.get("claim_frequency")
    if frequency not in CORRECTING:
        return None
    return Correction(str(values.get("claim_id") or ""), str(values.get("member_id") or ""), str(frequency))
