"""Limits that lean on the one before them: second levels, corrections, and structures that follow with a number alone."""

import re
from collections.abc import Sequence

from isocenter.chart.orders.limit_parts import (
    FILLING,
    LESS,
    MORE,
    NOT_A_NAME,
    NOT_LESS,
    TARGET,
    Limit,
    N,
    comparison_of,
    is_target_name,
    number_of,
    plain_number,
    unit_of,
)

_LEVEL = r"(?:ideal|ideally|preferably|absolutely|in no case|at worst|(?:try|aim(?:ing)?|hope|strive) for|optimal|preferred|desired|aim|goal|soft|hard|mandatory|must|required|acceptable|tolerance|tolerable|absolute|objective|constraint|limit)(?: (?:goal|limit|constraint|variation))?"
_SECOND_LEVEL = re.compile(
    rf"\s*(?:[(\[]?\s*{_LEVEL}\s*[)\]]?)?\s*(?:[,;/]|(?P<opens>[(\[]))\s*(?:and |or |but )?(?:please )?(?:(?P<before>{_LEVEL})\s*:?\s*)?(?P<cmp><=|≤|<|>=|≥|>|no more than|not more than|not above|not over|under|below|up to|at most|at least)?\s*(?P<limit>\d+(?:\.\d+)?)(?![\d.]*\d)\s?(?P<unit>c?gy|%|cc)?\s*(?:[(\[]?\s*(?P<behind>{_LEVEL})\b\s*[)\]]?)?",
    re.IGNORECASE,
)


def _repeats_its_sign(second: re.Match[str]) -> bool:
    """Whether a second limit stands behind a stroke with a sign of its own, such as: D0.03cc <= 60 Gy / <= 54 Gy."""
    return bool(second["cmp"]) and "/" in second.group()[: second.start("cmp") - second.start()]


def _has_the_unit_of(one: Limit, second: re.Match[str]) -> bool:
    """Whether a second limit is in the unit of the first; in parentheses it may leave that out, such as: mean < 4 Gy (goal 3)."""
    if second["unit"] is None:
        return second["opens"] is not None
    return not one.unit or unit_of(second["unit"]) == one.unit


def with_second_levels(found: Sequence[Limit], text: str) -> list[Limit]:
    """Limits with a second one for the same metric behind each, such as: mean < 15 Gy (ideal), < 20 Gy (mandatory)."""
    made: list[Limit] = []
    for one in found:
        second = _SECOND_LEVEL.match(text, one.stop)
        is_level = second is not None and bool(second["before"] or second["behind"] or _repeats_its_sign(second))
        if second is None or not is_level or not _has_the_unit_of(one, second):
            continue
        comparison = comparison_of(second["cmp"] or "") or one.comparison
        limit = number_of(second["limit"])
        made.append(one._replace(start=second.start(), stop=second.end(), comparison=comparison, limit=limit))
    kept = [one for one in found if not any(one.start < other.stop and one.stop > other.start for other in made)]
    return [*kept, *made]


_DOSE_OF_A_SHARE = re.compile(
    rf"(?:\s*of (?:the )?(?:rx|prescri\w+|dose)(?: dose)?)?\s*[(\[]\s*=?\s*{N}\s?(c?gy)\s*[)\]]", re.IGNORECASE
)


def in_dose_of(one: Limit, text: str) -> Limit:
    """A share of the prescribed dose as the dose that follows it, such as: D95% >= 100 % of Rx (60 Gy)."""
    found = _DOSE_OF_A_SHARE.match(text, one.stop) if one.unit == "%" and not one.metric.startswith("V") else None
    if found is None:
        return one
    return one._replace(stop=found.end(), limit=number_of(found[1]), unit=unit_of(found[2]))


_CC = r"\s?(?:cc|cm3|cm³|ml)"
_AT_A_POINT = re.compile(
    rf"\s*(?:[(\[]\s*(?:to |at |as |in )?D?\s?(\d*\.?\d+){_CC}\s*[)\]]|[(\[]\s*D(0?\.\d+)\s*[)\]]|(?:to|at|in|for) (?:the |any )?(?:hottest )?(\d*\.?\d+){_CC}(?!\w)|,\s*(0?\.\d+){_CC}(?=\s*(?:[;)]|\.(?!\d)|$))"
    rf"|,?\s*(?:except (?:for |in )?|(?:to|for|in|over) all (?:but|except) )(?:up to )?(\d*\.?\d+){_CC}"
    rf"|,?\s*(?:at|in|to|for) (?:the |its )?hottest (\d*\.?\d+){_CC})",
    re.IGNORECASE,
)


def at_a_point(one: Limit, text: str) -> Limit:
    """A maximum with the volume behind it that it is taken at, such as: max 45 Gy (D0.03cc); 50 Gy except for 10 cc."""
    found = _AT_A_POINT.match(text, one.stop) if one.metric == "max" else None
    if found is None:
        return one
    size = next(part for part in found.groups() if part)
    return one._replace(stop=found.end(), metric=f"D{plain_number(size)}cc")


_NAME_CARRIED = (
    rf"(?P<of>(?!{NOT_A_NAME})[a-z][a-z_/]*(?: (?!{NOT_A_NAME})[a-z_/]+(?: \([a-z ]+\))?){{0,3}}?)(?: on average)?"
)
_FURTHER_STRUCTURE = re.compile(
    rf"(?:\s+(?:at (?:a|any)(?: single)? point|anywhere|max(?:imum)?|mean|or less|but (?:no|not) (?:further|more|higher)))?"
    rf"\s*(?:,|;|\s/\s|\band\b)\s*(?:(?:and|but|for|to|of|in) )*(?:the |both |each |either )?"
    rf"{_NAME_CARRIED}\s*[:,]?\s*{FILLING}(?P<cmp>{NOT_LESS}|{LESS}|{MORE})?\s*(?P<limit>\d{{1,4}}(?:\.\d+)?)(?:\s?(?P<unit>c?gy|%|percent)(?!\w))?(?=\s*(?:[,;(]|/\s|\.(?!\d)|and\b|but\b|$))",
    re.IGNORECASE,
)
_THE_SAME = r"(?:the same|likewise|similarly|ditto|as well|too)"
_ALIKE = rf"(?!{NOT_A_NAME}|same\b)[a-z][\w/]*(?: (?!{NOT_A_NAME}|{_THE_SAME})[a-z_/]+){{0,3}}?"
_LIMITED_ALIKE = re.compile(
    rf"(?:\s+of (?:the |its |their )?(?:\w+ )?dose)?\s*[,;.]?\s*(?:(?:and|also|the) )*(?:same (?:(?:limit|goal)s? )?(?:for|to|goes for|applies to) (?:the )?(?P<of>{_ALIKE})|(?P<before>{_ALIKE}),? {_THE_SAME})"
    r"(?=\s*(?:[,;)]|\.(?!\d)|$))",
    re.IGNORECASE,
)
OTHER_SIDE = re.compile(r"(?P<side>left|right|other)(?: (?:one|side))?", re.IGNORECASE)
_WHOLE_OR_HALF = re.compile(r"\d+(?:\.5)?")  # a value to a tenth is one of a plan


def with_further_structures(found: Sequence[Limit], text: str) -> list[Limit]:
    """Limits with those of the structures that follow with a number alone, such as: cord no more than 45 Gy, brainstem 54."""
    made = list(found)
    for first in found:
        one = first
        alike = _LIMITED_ALIKE.match(text, one.stop)
        if alike is not None and not any(alike.start() < other.stop and alike.end() > other.start for other in made):
            name = alike["of"] or alike["before"]
            made.append(one._replace(start=alike.start(), stop=alike.end(), named=name, needs_organ=True))
        while (more := _FURTHER_STRUCTURE.match(text, one.stop)) is not None:
            if any(more.start("of") < other.stop and more.end() > other.start for other in made):
                break
            comparison = comparison_of(more["cmp"] or "")
            if not _goes_on(one, more, comparison):
                break
            one = at_a_point(
                one._replace(
                    start=more.start("of"),
                    stop=more.end(),
                    comparison=comparison or one.comparison,
                    limit=number_of(more["limit"]),
                    unit=unit_of(more["unit"] or "") or one.unit,
                    named=more["of"],
                    needs_organ=True,
                ),
                text,
            )
            made.append(one)
    return made


def _goes_on(one: Limit, more: re.Match[str], comparison: str) -> bool:
    """Whether a structure with a number alone is limited by the metric of the limit before it.

    A comparison of its own goes with a maximum, so it goes on with none but a maximum, unless the same structure
    or a share of the volume goes on.
    """
    unit = unit_of(more["unit"] or "")
    if is_target_name(more["of"]) or (unit and one.unit and (unit == "%") != (one.unit == "%")):
        return False
    if OTHER_SIDE.fullmatch(more["of"]) is not None:
        return True
    if one.metric.startswith("V"):
        return unit == "%" and bool(comparison)
    if unit == "%" or one.unit == "%" or (not unit and _WHOLE_OR_HALF.fullmatch(more["limit"]) is None):
        return False
    return one.metric == "max" or (one.metric == "mean" and not more["cmp"])


_IN_A_TARGET = re.compile(
    rf"\s*(?:is |are )?(?:(?:allowed|permitted|accepted|acceptable|tolerated|fine|ok)\s+)?(?:only )?(?:inside|within|in)(?: of)?\s+(?:the )?(?P<of>{TARGET.pattern})(?:\s+only)?",
    re.IGNORECASE,
)
_OTHERWISE = r"(?:otherwise|elsewhere|everywhere else|in the rest(?: of (?:it|the volume))?)"
_HOT_SPOT_OTHERWISE = re.compile(
    rf"\s*[,;(]?\s*(?:and |but )?(?:{_OTHERWISE}\s*:?\s*(?:max(?:imum)?\s*|{LESS}\s*)?(?P<behind>\d+(?:\.\d+)?)\s?%|(?:max(?:imum)?\s*|{LESS}\s*)?(?P<before>\d+(?:\.\d+)?)\s?%\s*{_OTHERWISE}\b)",
    re.IGNORECASE,
)


def of_parts_of_targets(one: Limit, text: str) -> list[Limit]:
    """A hot spot that one target may have, and what holds for the rest of the target before it.

    Such as: PTV max 115 % inside the GTV only, otherwise 110 %.
    """
    is_hot = one.metric == "max" and one.unit == "%" and not one.named
    part = _IN_A_TARGET.match(text, one.stop) if is_hot else None
    if part is None:
        return [one]
    of_part = one._replace(stop=part.end(), named=part["of"], comparison=one.comparison or "<=")
    rest = _HOT_SPOT_OTHERWISE.match(text, part.end())
    whole = [found.group() for found in TARGET.finditer(text, 0, one.start)]
    if rest is None or not whole:
        return [of_part]
    limit = number_of(rest["behind"] or rest["before"])
    return [of_part, of_part._replace(start=part.end(), stop=rest.end(), limit=limit, named=whole[-1])]


_CORRECTION = re.compile(
    rf"\s*[,;(|–—-]?\s*(?:no,|no (?=\d)|correct(?:ed|ion)(?: to)?:?|make (?:it|that)|rather|->|→)\s*{N}\s?(cgy|gy|%|percent|cc)(?![\w/])",
    re.IGNORECASE,
)


def corrected(one: Limit, text: str) -> Limit:
    """A limit with the number that right behind it takes the place of the first, such as: under 30 Gy - no, 26 Gy."""
    found = _CORRECTION.match(text, one.stop)
    if found is None or (one.unit and unit_of(found[2]) != one.unit):
        return one
    return one._replace(stop=found.end(), limit=number_of(found[1]), unit=unit_of(found[2]))


METRIC_OF_DOSE_TO = re.compile(
    rf"\b(?P<word>mean|max(?:imum)?|average|point)(?: point)?(?: dose)?\s+(?:of\s+)?(?P<cmp>{LESS})?\s*(?P<limit>\d+(?:\.\d+)?)\s?(?P<unit>c?gy)\s+(?:to|for|in|on) (?:the |each |both |either |any )?"
    rf"(?P<of>(?!{NOT_A_NAME}|(?:one|half|part|any|all|a|an)\b)[a-z][a-z_-]*(?: (?!{NOT_A_NAME})[a-z][a-z_-]*){{0,2}}?)(?=\s*(?:[,;)]|\.(?!\d)|\b(?:and|or)\b|$))",
    re.IGNORECASE,
)


_FURTHER_DOSE_TO = re.compile(
    rf"\s*(?:,|\band\b|, and\b)\s*(?:of\s+)?(?P<limit>\d+(?:\.\d+)?)\s?(?P<unit>c?gy)\s+(?:(?:to|for|in|on) (?:the |each |both |either )?|the )"
    rf"(?P<of>(?!{NOT_A_NAME}|(?:one|half|part|any|all|a|an)\b)[a-z][a-z_-]*(?: (?!{NOT_A_NAME})[a-z][a-z_-]*){{0,2}}?)(?=\s*(?:[,;)]|\.(?!\d)|\b(?:and|or)\b|$))",
    re.IGNORECASE,
)


def of_further_doses(one: Limit, text: str, found: Sequence[Limit]) -> list[Limit]:
    """The limits that follow with their structures alone, such as: a maximum of 12 Gy to the chiasm and of 14 Gy to the left nerve."""
    made: list[Limit] = []
    is_first = one.metric in ("max", "mean") and bool(one.named) and text[: one.stop].endswith(one.named)
    while is_first and (more := _FURTHER_DOSE_TO.match(text, one.stop)) is not None:
        if any(more.start("limit") < other.stop and more.end() > other.start for other in found):
            break
        one = one._replace(
            start=more.start("limit"),
            stop=more.end(),
            limit=number_of(more["limit"]),
            unit=unit_of(more["unit"]),
            named=more["of"],
        )
        made.append(one)
    return made
