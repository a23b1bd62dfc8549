"""Results of QA that are given as a ratio of doses, such as: measured/planned 0.988, or plan, check and ratio in columns."""

import re
from collections.abc import Iterator

from isocenter.chart.pages.passages import Sentence
from isocenter.chart.pages.table_heads import Column
from isocenter.chart.results.result_words import (
    CALCULATION,
    CHECK,
    HIGHEST_DEVIATION,
    MEASUREMENT,
    Evidence,
    VerificationFound,
)

_RATIO = r"(?P<ratio>[01]\.\d{2,4})(?![\d%]|\s?(?:%|c?gy|mm|cm))"
_PLANNED = r"(?:calc\w*|plan\w*|predict\w*|expect\w*|tps)"
_IN_WORDS = re.compile(
    rf"\b(?P<found>meas\w*|chamber|reading|check(?:ed)?|second|hand)\s?(?:/|to|over|divided by)\s?{_PLANNED}(?: dose)?(?: ratio)?\W{{1,3}}(?:(?:is|was|of)\s)?{_RATIO}",
    re.IGNORECASE,
)
_CHECKS = re.compile(r"check|second|hand", re.IGNORECASE)
_RATIO_COLUMN = re.compile(r"\bratio\b", re.IGNORECASE)
_PLAN_COLUMN = re.compile(r"\b(?:plan\w*|tps|eclipse|raystation|pinnacle|monaco|expect\w*|predict\w*)\b", re.IGNORECASE)
_FOUND_COLUMN = re.compile(r"\b(?:meas\w*|chamber|reading|check\w*|second|2nd|hand|radcalc|mobius)\b", re.IGNORECASE)
_NUMBER_ALONE = re.compile(r"\d+(?:\.\d+)?(?:\s?(?:c?gy|mu))?", re.IGNORECASE)
_SAME_RATIO = 0.006


def ratios_of_text(sentence: Sentence) -> Iterator[VerificationFound]:
    """The deviations in % that ratios of a measured or checked dose to the planned one make."""
    for found in _IN_WORDS.finditer(sentence.text):
        kind = CALCULATION if _CHECKS.match(found["found"]) else MEASUREMENT
        yield from _deviation(sentence, kind, "", float(found["ratio"]) - 1.0)


def ratios_of_columns(sentence: Sentence, lead: Evidence) -> Iterator[VerificationFound]:
    """The deviation in % of a row with a column of ratios beside the planned and the found dose that make it up.

    Without both it is not known which is divided by which.
    """
    ratio = next((c for c in sentence.columns if _RATIO_COLUMN.search(c.name)), None)
    plan = next((c for c in sentence.columns if c is not ratio and _PLAN_COLUMN.search(c.name)), None)
    other = next((c for c in sentence.columns if c not in (ratio, plan) and _FOUND_COLUMN.search(c.name)), None)
    if ratio is None or plan is None or other is None:
        return
    planned, got, quotient = (_number(column) for column in (plan, other, ratio))
    if not planned or not got or not quotient:
        return
    if min(abs(quotient - got / planned), abs(quotient - planned / got)) > _SAME_RATIO:
        return
    is_check = CHECK.search(other.name) is not None or (lead.check and not lead.point)
    kind = CALCULATION if is_check else MEASUREMENT
    yield from _deviation(sentence, kind, sentence.columns[0].value, got / planned - 1.0)


_PAIR = re.compile(
    r"(?<![\w.])(?P<field>[A-Z]{1,6}[-_ ]?\d{1,3}[A-Z]?|\d{1,2}[A-Z]?)(?:\s*[:=]?\s+|\s?/\s?)(?P<plan>\d{2,4}(?:\.\d+)?)(?: MU)?\s*(?:/|\bvs\.?|\bversus|\bagainst)\s*(?P<check>\d{2,4}(?:\.\d+)?)(?: MU\b|(?=\s*(?:[,;.)]|$)))",
    re.IGNORECASE,
)
_OF_UNITS = re.compile(r"\bmus?\b|\bunits\b|monitor", re.IGNORECASE)
_FARTHEST_APART = 0.1  # a second calculation that is farther off is hardly one of the same field


def pairs_of_units(sentence: Sentence) -> Iterator[VerificationFound]:
    """The deviation that the planned and the checked units of a field make where none is given, such as: Arc 1 301 / 303."""
    if sentence.columns:
        plan = next((c for c in sentence.columns[1:] if _PLAN_COLUMN.search(c.name)), None)
        check = next((c for c in sentence.columns[1:] if c is not plan and _FOUND_COLUMN.search(c.name)), None)
        is_of_units = any(_OF_UNITS.search(c.name) for c in (plan, check) if c is not None)
        if plan is not None and check is not None and is_of_units:
            yield from _apart(sentence, sentence.columns[0].value, _number(plan), _number(check))
        return
    for found in _PAIR.finditer(sentence.text):
        yield from _apart(sentence, found["field"], float(found["plan"]), float(found["check"]))


def _apart(sentence: Sentence, field: str, plan: float, check: float) -> Iterator[VerificationFound]:
    if plan and check and abs(check / plan - 1.0) <= _FARTHEST_APART:
        yield from _deviation(sentence, CALCULATION, field, check / plan - 1.0)


def _number(column: Column) -> float:
    found = _NUMBER_ALONE.fullmatch(column.value.strip())
    return float(re.split(r"[^\d.]", found.group())[0]) if found is not None else 0.0


def _deviation(sentence: Sentence, kind: str, field: str, share: float) -> Iterator[VerificationFound]:
    value = round(100.0 * share, 1)
    if abs(value) < HIGHEST_DEVIATION:
        yield VerificationFound(kind, field, "", value, "%", sentence.placed, 0.9 * sentence.placed.sureness)
