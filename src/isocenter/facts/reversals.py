"""Lines of negative units or amount: what they take back is not judged, whole or in part."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from isocenter.terms.claims import ClaimLine
from isocenter.terms.problems import Problem, listed, worded
from isocenter.terms.tables import FactRow
from isocenter.terms.values import FORM_OF_A_MODIFIER, FORM_OF_A_PROCEDURE

REVERSED = "a line of negative units or amount takes it back"
REVERSES_NOTHING = "its units or amount are negative, and the line that it takes back was not supplied; it was left out"
REVERSED_IN_PART = "it takes back some of the units of a line, which are judged without them; it was left out"
_BOTH_LEFT_OUT = f"{REVERSED}; both were left out"
_OF_SEVERAL = {
    _BOTH_LEFT_OUT: "lines of negative units or amount take back these {lines} lines; all of them were left out",
    REVERSES_NOTHING: "the units or amounts of these {lines} lines are negative, and the lines that they take back were"
    " not supplied; they were left out",
    REVERSED_IN_PART: "these {lines} lines take back some of the units of others, which are judged without them; they"
    " were left out",
}
_CENT = 0.01
_CODE, _MODIFIER = re.compile(FORM_OF_A_PROCEDURE), re.compile(FORM_OF_A_MODIFIER)


def without_reversals(rows: list[FactRow]) -> tuple[list[FactRow], list[Problem]]:
    """The rows without lines that take another one back, and without those that they take back.

    A line whose code or modifier cannot be read takes none back and stays: which service it is about is not known.
    """
    lines = [row for row in rows if isinstance(row, ClaimLine) and names_a_service(row)]
    reversals = [line for line in lines if _is_reversal(line)]
    if not reversals:
        return rows, []
    not_reversed: dict[tuple[object, ...], list[ClaimLine]] = defaultdict(list)
    for line in lines:
        if line not in reversals:
            not_reversed[_reversible(line)].append(line)
    gone = list(reversals)
    said: list[tuple[str, ClaimLine]] = []
    alone = []
    for line in reversals:
        pairs = not_reversed[_reversible(line)]
        # Of its own claim first: an adjustment may have a number of its own.
        pairs.sort(key=lambda other: (other.claim_id != line.claim_id, other.claim_id))
        if pairs:
            taken_back = pairs.pop(0)
            gone.append(taken_back)
            said.append((_BOTH_LEFT_OUT, taken_back))
        else:
            alone.append(line)
    lowered = _taken_back_in_part([line for lines in not_reversed.values() for line in lines], alone)
    said += [(REVERSED_IN_PART if line in lowered.reversals else REVERSES_NOTHING, line) for line in alone]
    for line in gone:
        rows.remove(line)
    return [lowered.lines.get(row, row) if isinstance(row, ClaimLine) else row for row in rows], _by_claim(said)


def _by_claim(said: Iterable[tuple[str, ClaimLine]]) -> list[Problem]:
    """One problem for all lines of a claim of which the same is said, with how many there are."""
    alike: dict[tuple[str, str], list[ClaimLine]] = defaultdict(list)
    for sentence, line in said:
        alike[line.claim_id, sentence].append(line)
    problems = []
    for (claim, sentence), lines in alike.items():
        numbers = [str(number) for number in sorted(line.line_number for line in lines)]
        if len(numbers) == 1:
            problems.append(Problem("", f"claim {claim} line {numbers[0]}", sentence))
        else:
            of_all = worded(_OF_SEVERAL[sentence], lines=len(lines))
            problems.append(Problem("", f"claim {claim} lines {listed(numbers)}", of_all))
    return problems


class _Lowered(NamedTuple):
    """Lines as they are after a part of their units was taken back, and the lines that did so."""

    lines: dict[ClaimLine, ClaimLine]
    reversals: set[ClaimLine]


def _taken_back_in_part(lines: Iterable[ClaimLine], reversals: Iterable[ClaimLine]) -> _Lowered:
    """Each reversal takes units from one line of its service at their price, of its own claim first."""
    found = _Lowered({}, set())
    lines = sorted(lines, key=_place_in_claims)
    for of_own_claim in (True, False):
        services: dict[tuple[object, ...], list[ClaimLine]] = defaultdict(list)
        for line in lines:
            services[_service(line, of_own_claim)].append(line)
        waiting: dict[tuple[object, ...], list[ClaimLine]] = defaultdict(list)
        for reversal in sorted(reversals, key=_place_in_claims):
            if reversal not in found.reversals:
                waiting[_service(reversal, of_own_claim)].append(reversal)
        for service, taking in waiting.items():
            for reversal, line in zip(taking, services[service], strict=False):
                left = _left_of(found.lines.get(line, line), reversal)
                if left is not None:
                    found.lines[line] = left
                    found.reversals.add(reversal)
    return found


def _place_in_claims(line: ClaimLine) -> tuple[str, str]:
    return line.claim_id, line.claim_line_id


def _service(line: ClaimLine, of_own_claim: bool) -> tuple[object, ...]:
    return *_reversible(line)[:-1], line.claim_id if of_own_claim else ""


def _left_of(line: ClaimLine, reversal: ClaimLine) -> ClaimLine | None:
    """What a reversal of fewer units leaves of a line; None where its amount is not that of its units."""
    units = abs(reversal.units)
    amounts = [one.charge_amount if one.charge_amount is not None else one.allowed_amount for one in (line, reversal)]
    if not 0 < units < line.units:
        return None
    if None not in amounts:
        whole, part = (abs(amount or 0) for amount in amounts)
        if abs(part * line.units - whole * units) > _CENT * line.units:
            return None
    return line._replace(
        units=line.units - units,
        charge_amount=_less(line.charge_amount, reversal.charge_amount),
        allowed_amount=_less(line.allowed_amount, reversal.allowed_amount),
    )


def _less(amount: float | None, taken_back: float | None) -> float | None:
    return amount if amount is None or taken_back is None else round(amount - abs(taken_back), 2)


def names_a_service(line: ClaimLine) -> bool:
    """Whether the code and the modifiers of a line have the form of such."""
    modifiers = (line.modifier_1, line.modifier_2, line.modifier_3, line.modifier_4)
    return bool(_CODE.fullmatch(line.procedure_code)) and all(map(_MODIFIER.fullmatch, filter(None, modifiers)))


def _is_reversal(line: ClaimLine) -> bool:
    return line.units < 0 or (line.charge_amount or 0) < 0 or (line.allowed_amount or 0) < 0


def _reversible(line: ClaimLine) -> tuple[object, ...]:
    """What a line shares with the one that takes it back."""
    amount = line.charge_amount if line.charge_amount is not None else line.allowed_amount
    size = line.units if amount is None else round(amount * 100)
    modifiers = line[line._fields.index("modifier_1") : line._fields.index("modifier_4") + 1]
    return line.member_id, line.procedure_code, line.service_date, modifiers, abs(size)
