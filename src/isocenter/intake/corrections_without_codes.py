"""Rows of tables of claims that correct others: where no row of such a claim has a code, what it corrects is open.

A row without a code ends no claim, so that the claim that was corrected would still be judged and paid. The rows of one
claim may be in several files of a case, so this shows when all of them are read.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from isocenter.terms.claims import ClaimLine
from isocenter.terms.problems import Problem
from isocenter.terms.tables import FactRow, LostValue

_CORRECTING = ("7", "8")
_POINT_ZERO = re.compile(r"([0-9]+)\.0+")


class Correction(NamedTuple):
    """What names a claim that replaces or voids another, in its table."""

    claim_id: str
    member_id: str
    claim_frequency: str


class OfCorrection(NamedTuple):
    """A row that is no claim line, of a claim that corrects another; `said` is what there is to say where it is lost.

    A row with a code could not be read, and what is said of it is said already.
    """

    correction: Correction
    has_a_code: bool
    said: tuple[Problem | LostValue, ...] = ()


def correction_of(values: Mapping[str, object]) -> Correction | None:
    """The claim of a row of claim lines, by its columns, where it corrects another."""
    frequency = values.get("claim_frequency")
    if frequency not in _CORRECTING:
        return None
    claim, member = (_POINT_ZERO.sub(r"\1", str(values.get(name) or "")) for name in ("claim_id", "member_id"))
    return Correction(claim, member, str(frequency))


def corrections_with_codes(found: Iterable[OfCorrection], rows: Iterable[FactRow]) -> set[Correction]:
    """The corrections of which a row has a code, among those found or among the rows that were read."""
    coded = {one.correction for one in found if one.has_a_code}
    of_rows = (correction_of(row._asdict()) for row in rows if isinstance(row, ClaimLine) and row.procedure_code)
    return coded | set(filter(None, of_rows))
