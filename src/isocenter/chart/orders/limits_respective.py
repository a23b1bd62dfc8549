"""Limits of several structures or metrics by their order, such as: bowel and bladder V45 below 195 cc and 40 % respectively."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.grammar.phrases import lowered
from isocenter.chart.orders.limit_parts import LESS, MORE, NOT_LESS, Limit, is_target_name, number_of, tidied, unit_of
from isocenter.chart.orders.limits import limits_in
from isocenter.chart.orders.structures_listed import STRUCTURE_LIKE

_NUMBER = r"\d+(?:\.\d+)?(?:\s?(?:c?gy|%|percent|cc|ml)(?!\w))?"
_RESPECTIVELY = re.compile(
    rf"(?<![\w.])(?P<numbers>{_NUMBER}(?:\s*(?:,|/|\band\b|\bor\b)\s*(?:and )?(?:(?:{NOT_LESS}|{LESS}|{MORE})\s*)?{_NUMBER})+)\W{{0,2}}respectively\b",
    re.IGNORECASE,
)
_ONE = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)(?:\s?(c?gy|%|percent|cc|ml))?(?!\w)", re.IGNORECASE)
_BORDER = re.compile(r"[;:]\s|\.\s+")
_BETWEEN_NAMES = re.compile(r"\s*(?:,|/|&|\band\b)\s*(?:(?:and|of|to|for) )?(?:the |both |each )?", re.IGNORECASE)
_BEFORE_NAMES = re.compile(
    r".*\b(?:keep|hold|limit|restrict|for|to|of|that|while|with|but|then|also|please)\b\s*(?:the |both |each )?",
    re.IGNORECASE,
)
_BEHIND_NAMES = re.compile(
    r"\s*[,:]?\s*(?:(?:is|are|be|to|may|must|should|can|stay|kept|held|get|gets|receive|receives|dose|doses|volume)\b\s*)*\Z",
    re.IGNORECASE,
)
_METRIC = re.compile(r"(?<![\w.])[DV] ?\d+(?:\.\d+)?(?![\w.])", re.IGNORECASE)
_SIDE = re.compile(r"(?:left|right|lt|rt|l|r)\.?", re.IGNORECASE)


class Respective(NamedTuple):
    """From where to where a clause gives several structures their limits by order, and these; none where that is unclear."""

    start: int
    stop: int
    limits: tuple[Limit, ...]


def respective_limits(grammar: Grammar, text: str) -> Iterator[Respective]:
    """The clauses of a text that end in respectively, with one limit for each structure or metric in its order."""
    for found in _RESPECTIVELY.finditer(text):
        start = max((border.end() for border in _BORDER.finditer(text, 0, found.start())), default=0)
        yield Respective(start, found.end(), tuple(_paired(grammar, text[start : found.start()], start, found)))


def _paired(grammar: Grammar, clause: str, at: int, found: re.Match[str]) -> Iterator[Limit]:
    numbers = _with_units([(one[1], unit_of(one[2] or "")) for one in _ONE.finditer(found["numbers"])])
    read = limits_in(f"{clause}{numbers[0][0]} {numbers[0][1]}")
    if len(read) != 1 or not all(unit for _, unit in numbers):
        return
    one = read[0]._replace(start=at + read[0].start, stop=found.end(), needs_organ=False)
    metrics = [metric.group().replace(" ", "").upper() for metric in _METRIC.finditer(clause)]
    if len(metrics) == len(numbers):
        start = at + next(metric.start() for metric in _METRIC.finditer(clause))
        for metric, (number, unit) in zip(metrics, numbers, strict=True):
            yield one._replace(start=start, metric=metric, limit=number_of(number), unit=unit)
        return
    names = _names(grammar, one.named or clause[: read[0].start])
    if len(names) == len(numbers) and len(metrics) <= 1:
        for name, (number, unit) in zip(names, numbers, strict=True):
            yield one._replace(limit=number_of(number), unit=unit, named=name)


def _with_units(numbers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Numbers with the unit behind the next one where they have none, such as 45/50 Gy."""
    made: list[tuple[str, str]] = []
    behind = ""
    for number, unit in reversed(numbers):
        behind = unit or behind
        made.insert(0, (number, behind))
    return made


def _names(grammar: Grammar, text: str) -> list[str]:
    """The structures of a list; none where one of its parts is no structure."""
    listed = _BEFORE_NAMES.sub("", _BEHIND_NAMES.sub("", text))
    parts = [tidied(part) for part in _BETWEEN_NAMES.split(listed)]
    of_sides = parts[-1].split(maxsplit=1)
    if len(of_sides) > 1 and _SIDE.fullmatch(of_sides[0]):
        parts = [f"{part} {of_sides[1]}" if _SIDE.fullmatch(part) else part for part in parts]
    organ = grammar.lists.pattern("organ")
    are_all = all(is_target_name(part) or organ.search(lowered(part)) or STRUCTURE_LIKE.search(part) for part in parts)
    return parts if are_all else []
