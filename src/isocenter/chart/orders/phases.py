"""Phases of a course: which doses add up, what is the dose of the whole course, and of a target over all phases."""

import re
from collections.abc import Sequence
from itertools import combinations

from isocenter.chart.orders.dose_numbers import MOST_GY
from isocenter.chart.orders.dose_tables import OrderedDose

_SAME_DOSE_GY = 0.6


def course_of(phases: Sequence[OrderedDose]) -> OrderedDose | None:
    """The one of several doses that is of the whole course; None where they are phases that add up.

    It is the sum of the others, or the highest where each target bears the dose in its name, as with a shrinking volume.
    """
    for one in phases:
        others = sum(other.dose_gy for other in phases if other is not one)
        if len(phases) > 2 and abs(one.dose_gy - others) < _SAME_DOSE_GY:
            return one
    own = [implied_gy(one.target) for one in phases]
    if all(gy is not None and abs(gy - one.dose_gy) < _SAME_DOSE_GY for gy, one in zip(own, phases, strict=True)):
        return max(phases, key=lambda one: one.dose_gy)
    return None


def fractions_of_total(ordered: Sequence[OrderedDose], total: OrderedDose, count: int | None) -> int | None:
    """The fractions of a total: of its phases, or beside it; a bare count only where no phases make it up."""
    beside = _fractions_of_phases(ordered, total) or _with_fractions_before(ordered, total)
    return beside if beside is not None or _add_up(_phases_of(ordered, total), total) else count


def _with_fractions_before(ordered: Sequence[OrderedDose], total: OrderedDose) -> int | None:
    """The fractions up to a total whose own are those of its last phase: 45 Gy in 25, then to 54 Gy in 5.

    They are of the phase where the phases before have more, and what it adds goes in as many of the same dose.
    """
    before = [one for one in ordered if not one.is_total and one.text == total.text and one.dose_gy < total.dose_gy]
    had = sum(one.fractions or 0 for one in before)
    if total.fractions is None or total.fractions >= had or not all(one.fractions for one in before):
        return total.fractions
    each_gy = (total.dose_gy - sum(one.dose_gy for one in before)) / total.fractions
    return had + total.fractions if _LEAST_EACH_GY <= each_gy <= _MOST_EACH_OF_A_PHASE_GY else total.fractions


_LEAST_EACH_GY, _MOST_EACH_OF_A_PHASE_GY = 1.0, 3.0


def _phases_of(ordered: Sequence[OrderedDose], total: OrderedDose) -> list[OrderedDose]:
    """The phases of a total, as its doses are without those of targets that are treated in the same fractions.

    A count behind both on one line is of the phase: 14 Gy, total 60 Gy, in 7 fractions.
    """
    doses = distinct(
        [
            one._replace(fractions=one.fractions or (total.fractions if one.text == total.text else None))
            for one in ordered
            if not one.is_total
        ]
    )
    if len(doses) > _MOST_PHASES:
        return doses
    made_up = [
        list(some)
        for size in range(len(doses), 1, -1)
        for some in combinations(doses, size)
        if _add_up(some, total) and len({one.fractions for one in some}) == size
    ]
    return made_up[0] if len(made_up) == 1 else doses


_MOST_PHASES = 6


def _add_up(phases: Sequence[OrderedDose], total: OrderedDose) -> bool:
    return len(phases) > 1 and abs(sum(one.dose_gy for one in phases) - total.dose_gy) < _SAME_DOSE_GY


def _fractions_of_phases(ordered: Sequence[OrderedDose], total: OrderedDose) -> int | None:
    """The fractions of all phases whose doses add up to the total; None where they do not, or one gives none."""
    phases = _phases_of(ordered, total)
    if not _add_up(phases, total) or not all(one.fractions for one in phases):
        return None
    return sum(one.fractions or 0 for one in phases)


_IS_ADDED = re.compile(
    r"\b(?:reducing to|additional|further|extra|sequential boost|boost of|boosted (?:by|with))\b", re.IGNORECASE
)


_CUMULATIVE = re.compile(r"\bcumulative\b", re.IGNORECASE)  # over the phases of one place
_LATER_PHASE = re.compile(r"\bphase\s*(?:II|III|2|3|two|three|B)\b|\bcone ?-?down\b", re.IGNORECASE)
_IS_A_BOOST = re.compile(r"(?:boost|bst|cone ?-?_?down)", re.IGNORECASE)  # as in PTV_Boost


def _last_phase(ordered: Sequence[OrderedDose]) -> OrderedDose:
    return [one for one in ordered if not one.is_total][-1]


def with_phases_before(ordered: Sequence[OrderedDose], phase: OrderedDose, course_gy: float) -> float:
    """The dose in Gy of a target over the course: the total behind that of its phase, where the other phases make it up.

    What the last phase adds goes onto the phases before it where the whole course is their sum.
    """
    others = sum(
        one.dose_gy for one in distinct([o for o in ordered if not o.is_total]) if one.dose_gy != phase.dose_gy
    )
    behind = (
        o.dose_gy for o in ordered if o.is_total and o.target == phase.target and (o.target or o.text == phase.text)
    )
    whole = phase.dose_gy + others
    is_summed = [o for o in ordered if o.is_total and abs(o.dose_gy - whole) < _SAME_DOSE_GY]
    is_boost = bool(is_summed) and (
        _IS_A_BOOST.search(phase.target or "") is not None
        or _LATER_PHASE.search(phase.text) is not None
        or any(_CUMULATIVE.search(o.text) for o in is_summed)
    )
    if not others or not ((is_boost or _IS_ADDED.search(phase.text)) and phase == _last_phase(ordered)):
        return next((dose for dose in behind if others and abs(dose - whole) < _SAME_DOSE_GY), phase.dose_gy)
    return whole if abs(course_gy - whole) < _SAME_DOSE_GY else phase.dose_gy


def distinct(ordered: Sequence[OrderedDose]) -> list[OrderedDose]:
    """The doses in their order, each pair of dose and fractions once."""
    seen: dict[tuple[float, int | None], OrderedDose] = {}
    for one in ordered:
        seen.setdefault((one.dose_gy, one.fractions), one)
    return list(seen.values())


def implied_gy(name: str) -> float | None:
    """The dose in the name of a target: 70 of PTV_70 and of PTV7000."""
    digits = re.search(r"(\d{2,4}(?:\.\d)?)", name)
    if not digits:
        return None
    value = float(digits[1])
    value = value / 100 if value >= 1000 else value / 10 if value >= 150 else value
    return value if 15 <= value <= MOST_GY else None
