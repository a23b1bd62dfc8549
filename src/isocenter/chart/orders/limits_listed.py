"""Limits whose metric is said once for a list of structures, such as: Max doses (Gy): cord 45, brainstem 54."""

import re
from collections.abc import Iterator

from isocenter.chart.orders.limit_parts import NOT_A_NAME, Limit, comparison_of, metric_of_word, number_of, unit_of

_METRIC = r"(?:max(?:imum|imal|\.)?|mean|average|point max(?:imum)?)"
_ANNOUNCED = re.compile(
    rf"(?<![\w.])(?:(?P<word>{_METRIC}|point)(?: point| pt)? (?:doses?|limits?)(?: (?:limits?|allowed|to))?(?: unless \w+)?|D ?(?P<word2>max|mean))\s*(?:[(\[]\s*(?P<unit>c?gy)\s*[)\]]|,? in (?P<unit2>c?gy))?\s*[)\]]?\s*[:—–-]\s*",
    re.IGNORECASE,
)
_ITEM = re.compile(
    rf"(?P<of>(?!{NOT_A_NAME})[a-z][a-z_/+().-]*(?: [a-z_/+().-]+){{0,3}}?)\s*(?:[:=]|<=|≤|<)?\s*(?P<limit>\d+(?:\.5)?)(?![\d.]*\d)\s?(?P<unit>c?gy)?(?=\s*(?:[,;.(]|/\s|and\b|$))",
    re.IGNORECASE,
)
_FEWEST_OF_A_LIST = 2
_LIMITS_ANNOUNCED = re.compile(
    r"\b(?:limits?|constraints?|tolerances?|limitations?)\b(?:[ (][^:.;<>≤≥\d]{0,40})?:(?=\s)", re.IGNORECASE
)
_BORDER = re.compile(r"\s*(?:[,;]|(?<=\s)/(?=\s)|\.(?=\s|$)|\band\b|\Z)\s*(?:and )?", re.IGNORECASE)
_UNIT_OF_ALL = re.compile(r"\W{0,3}(?:all|doses|values|each)?\s?(?:doses )?(?:are )?(?:in )?(c?gy)\b", re.IGNORECASE)
_UNIT_BEHIND = re.compile(r"\s*[(\[]\s*(?:all (?:in )?)?(c?gy)\s*[)\]]", re.IGNORECASE)
_VOLUMES_AT_DOSES = re.compile(
    r"(?<![\w.])V ?(?P<doses>\d+(?:\s?gy)?(?:\s?/\s?V? ?\d+(?:\s?gy)?)+)\s*(?P<cmp><=|≤|<|under|below|less than|at most|:)?\s*(?P<limits>\d+ ?%?(?:\s?/\s?\d+ ?%?)+)\s?(?P<unit>%|cc)?(?![\w/])",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\s*(?:(?:[,;]|/(?=\s))\s*(?:and )?|and )\s*", re.IGNORECASE)
_SAID_BEHIND = re.compile(
    rf"\s*[(\[,;—–-]\s*(?:all|each|both|these are|all (?:are|as|of (?:these|them)))\s+(?:(?:are|as|is)\s+)?(?P<word>{_METRIC}|point maxim\w+|maxima|means)(?: point)?(?: (?:doses?|limits?|values?))*\s*[)\]]?",
    re.IGNORECASE,
)


def listed_limits(text: str) -> Iterator[Limit]:
    """The limits of lists that name their metric once, before a colon or behind the last of them.

    Whole doses alone count: a list of values to a tenth is one of a plan.
    """
    for head in _ANNOUNCED.finditer(text):
        items = _items(text, head.end())
        if head["word2"] and len(items) < _FEWEST_OF_A_LIST:
            continue
        behind = _UNIT_BEHIND.match(text, items[-1].end()) if items else None
        unit = head["unit"] or head["unit2"] or (behind[1] if behind is not None else "")
        yield from (_limit(item, head["word"] or head["word2"], unit) for item in items)
    for head in _LIMITS_ANNOUNCED.finditer(text):
        yield from _of_maxima(text, head.end())
    for volumes in _VOLUMES_AT_DOSES.finditer(text):
        yield from _of_volumes(volumes)
    for behind in _SAID_BEHIND.finditer(text):
        items = [item for item in _ITEM.finditer(text[: behind.start()]) if item["unit"]]
        if len(items) > 1 and not re.search(r"\d\s?%|\b[DV]\s?\d|\bm(?:ean|ax)", text[: behind.start()], re.IGNORECASE):
            yield from (_limit(item, behind["word"], "") for item in items)


def _of_maxima(text: str, at: int) -> Iterator[Limit]:
    """The limits of a list that names no metric for them, such as: Limits: cord 45 Gy, brainstem 54 Gy.

    Items between them that name a metric are left to other readers.
    """
    items, stop = [], at
    while stop < len(text):
        item = _ITEM_ALONE.match(text, stop)
        if item is not None:
            items.append(item)
        border = _BORDER.search(text, item.end() if item is not None else stop)
        if border is None or border.end() <= stop:
            break
        stop = border.end()
    unit = next((found[1] for item in items if (found := _UNIT_OF_ALL.match(text, item.end()))), "")
    if any(item["unit"] for item in items) or len(items) >= _FEWEST_OF_A_LIST:
        yield from (_limit(item, item["word"] or "max", unit) for item in items)


_ITEM_ALONE = re.compile(
    rf"\s*(?:(?P<word>{_METRIC})\s+)?(?P<of>(?!{NOT_A_NAME})[a-z][a-z_/+().-]*(?: (?!{NOT_A_NAME})[a-z_/+().-]+){{0,3}}?)\s*(?P<limit>\d+(?:\.5)?)(?![\d.]*\d)\s?(?P<unit>c?gy)?(?=\s*(?:[,;.(]|/\s|and\b|$))",
    re.IGNORECASE,
)


def _of_volumes(found: re.Match[str]) -> Iterator[Limit]:
    """Volumes at several doses with as many limits behind, such as: V75/V70/V65 < 15/25/35 %; none where the numbers differ."""
    doses = re.findall(r"\d+", found["doses"])
    limits = re.findall(r"\d+", found["limits"])
    unit = found["unit"] or ("%" if "%" in found["limits"] else "")
    if len(doses) != len(limits) or not unit:
        return
    for number, (dose, limit) in enumerate(zip(doses, limits, strict=True)):
        start, stop = found.start() + number, found.start() + number + 1 if number + 1 < len(doses) else found.end()
        yield Limit(start, stop, f"V{dose}Gy", comparison_of(found["cmp"] or ""), number_of(limit), unit_of(unit))


def _items(text: str, at: int) -> list[re.Match[str]]:
    items: list[re.Match[str]] = []
    while (item := _ITEM.match(text, at)) is not None:
        items.append(item)
        between = _BETWEEN.match(text, item.end())
        if between is None:
            break
        at = between.end()
    return items


def _limit(item: re.Match[str], word: str, unit: str) -> Limit:
    return Limit(
        item.start(),
        item.end(),
        metric_of_word("max" if "max" in word.lower() else word),
        "",
        number_of(item["limit"]),
        unit_of(item["unit"] or unit),
        item["of"].strip(),
        needs_organ=True,
    )
