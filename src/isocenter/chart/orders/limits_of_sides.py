"""Limits of both sides of a structure that is named once, such as: Parotids mean: L 20 Gy, R 15 Gy; kidneys: L mean < 12, R < 10."""

import re
from collections.abc import Iterator

from isocenter.chart.orders.limit_parts import (
    FILLING,
    LESS,
    NOT_A_NAME,
    Limit,
    comparison_of,
    metric_of_word,
    number_of,
    plain_number,
    unit_of,
)

_METRIC = r"(?:d ?)?(?:max|mean)(?:imum)?\b\.?(?: point)?(?: doses?)?|[dv] ?\d+(?:\.\d+)?(?: ?(?:c?gy|%|cc)\b)?"


def _bound(number: int) -> str:
    """A side of a structure with its number, and a metric where that is said for each side."""
    return (
        rf"(?P<side{number}>left|right|lt|rt|l|r)\b\.?(?: (?:one|side))?\s*[:=]?\s*(?:(?P<own{number}>{_METRIC})\s*)?"
        rf"{FILLING}(?P<cmp{number}>{LESS})?\s*(?P<limit{number}>\d+(?:\.\d+)?)(?:\s?(?P<unit{number}>c?gy\b|%|cc\b))?"
    )


_NAME = rf"(?!{NOT_A_NAME})[a-z][a-z_]*(?: (?!{NOT_A_NAME})[a-z_]+){{0,2}}?"
_OF_SIDES = re.compile(
    rf"\b(?P<of>{_NAME})\s*[:,]?\s*(?:(?P<metric>{_METRIC})\s*[:,]?\s*)?{_bound(1)}\s*(?:[,;/]|\band\b)\s*(?:and )?{_bound(2)}(?![\w/])",
    re.IGNORECASE,
)


def limits_of_sides(text: str) -> Iterator[Limit]:
    """The limits of texts that name a structure once, and then each side with its own number."""
    for found in _OF_SIDES.finditer(text):
        metric = found["metric"] or found["own1"]
        sides = [_written_out(found[f"side{number}"]) for number in (1, 2)]
        if metric is None or sides[0] == sides[1] or (found["own2"] and found["own2"].lower() != metric.lower()):
            continue
        unit = unit_of(found["unit2"] or found["unit1"] or "")
        border = found.start("side2")
        for number, (start, stop) in enumerate(((found.start(), border), (border, found.end())), start=1):
            comparison = comparison_of(found[f"cmp{number}"] or found["cmp1"] or "")
            limit = number_of(found[f"limit{number}"])
            yield Limit(
                start,
                stop,
                _named(metric),
                comparison,
                limit,
                unit,
                f"{sides[number - 1]} {_of_one(found['of'])}",
                needs_organ=True,
            )


def _written_out(side: str) -> str:
    return "left" if side[0] in "lL" else "right"


def _of_one(name: str) -> str:
    """The name of one of two structures, such as: parotid, lens, cochlea."""
    for several, one in (("lenses", "lens"), ("ae", "a"), ("i", "us")):
        if name.lower().endswith(several):
            return name[: -len(several)] + one
    return name if _NO_PLURAL.search(name) else name.removesuffix("s")


_NO_PLURAL = re.compile(r"(?:[^s]|ss|us|is|lens)$", re.IGNORECASE)


def _named(metric: str) -> str:
    """A metric as limits name it, such as V20Gy."""
    at_level = _AT_A_LEVEL.match(metric)
    if at_level is None:
        return metric_of_word(metric)
    return f"{at_level[1].upper()}{plain_number(at_level[2])}{unit_of(at_level[3] or '')}"


_AT_A_LEVEL = re.compile(r"([dv]) ?(\d+(?:\.\d+)?) ?(c?gy|%|cc)?", re.IGNORECASE)
