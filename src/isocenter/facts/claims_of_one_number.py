"""Which of several claims under one number each line is of, where lines of one place on it state different things."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from itertools import count
from typing import NamedTuple

from isocenter.facts.reversals import names_a_service
from isocenter.facts.schema import LATEST, earliest
from isocenter.terms.claims import ClaimLine

# What a line states of its claim as a whole, which lines of one claim state alike; the day of writing orders claims.
OF_CLAIM = ("written_at", "payer_claim_number", "patient_account_number", "original_claim_id")
# What a line states of its service: by this, lines of one name have their order, and not by that of reading.
STATED = ClaimLine._fields[ClaimLine._fields.index("service_date") :]

Alike = Mapping[tuple[str, str], Sequence[ClaimLine]]


class _Bill(NamedTuple):
    """One of the claims under a number: what its lines state of it, and how many lines of one place were before it."""

    of_claim: tuple[str, ...]
    turn: int


def turns_of_alike(alike: Alike, covered: Collection[str] | None) -> dict[tuple[str, ClaimLine], str]:
    """What follows the names of lines, by the claim with its number and the line: '' for the first claim, #2 and on.

    `alike` are the lines of each claim and name. Lines that have one name on a claim are put in the order of what they
    state.
    """
    return {
        (claim, line): text
        for (claim, _), found in alike.items()
        if len(found) > 1
        for line, text in zip(_in_order(found, covered), again(), strict=False)
    }


def turns_of_bills(alike: Alike, covered: Collection[str] | None) -> dict[tuple[str, ClaimLine], str]:
    """The same of claims on which several lines have one place: every line goes with those of its own bill.

    Which these are is known by what lines state of their claim as a whole, and only where that is the same by what
    they state of their service.
    """
    bills: dict[str, dict[_Bill, list[ClaimLine]]] = defaultdict(lambda: defaultdict(list))
    for (claim, _), found in alike.items():
        turns: Counter[tuple[str, ...]] = Counter()
        for line in _in_order(found, covered):
            of_claim = _of_claim(line)
            turns[of_claim] += 1
            bills[claim][_Bill(of_claim, turns[of_claim])].append(line)
    return {
        (claim, line): text
        for claim, of_number in bills.items()
        for bill, text in zip(_bills_in_order(of_number, covered), again(), strict=False)
        for line in of_number[bill]
    }


def _bills_in_order(bills: Mapping[_Bill, Sequence[ClaimLine]], covered: Collection[str] | None) -> list[_Bill]:
    """By the day of writing and then by the first service; those last of which no line is kept in a screening."""
    known = {bill for bill, lines in bills.items() if not all(is_not_kept(line, covered) for line in lines)}
    days: dict[tuple[bool, tuple[str, ...]], list[date]] = defaultdict(list)
    for bill, lines in bills.items():
        for line in lines:
            days[not is_not_kept(line, covered), bill.of_claim].append(line.service_date)

    def place(bill: _Bill) -> tuple[object, ...]:
        first = min(days.get((True, bill.of_claim)) or days[False, bill.of_claim])
        return bill not in known, bill.of_claim[0], first, bill

    return sorted(bills, key=place)


def again() -> Iterator[str]:
    """What follows a name the first time, the second time and so on."""
    yield ""
    yield from (f"#{times}" for times in count(2))


def is_not_kept(line: ClaimLine, covered: Collection[str] | None) -> bool:
    """Whether a screening keeps no such line: of a code that no rule covers and no correction, or not to be judged.

    Such lines come last, so that the others are named as in a screening.
    """
    if not names_a_service(line) or line.units < 1 or not earliest("service_date") <= line.service_date <= LATEST:
        return True
    return covered is not None and line.procedure_code not in covered and line.claim_frequency not in ("7", "8")


def stated(line: ClaimLine) -> list[tuple[bool, object]]:
    """What a line states of its service, to order lines by: in a screening they are read in no order."""
    return [(value is None, value) for value in _with_account(line)[-len(STATED) :]]


def _in_order(lines: Sequence[ClaimLine], covered: Collection[str] | None) -> list[ClaimLine]:
    return sorted(lines, key=lambda line: (is_not_kept(line, covered), stated(line)))


def _of_claim(line: ClaimLine) -> tuple[str, ...]:
    return tuple(str(getattr(_with_account(line), name)) for name in OF_CLAIM)


def _with_account(line: ClaimLine) -> ClaimLine:
    return line if line.patient_account_number else line._replace(patient_account_number=line.claim_id)
