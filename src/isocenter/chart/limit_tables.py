"""Dose limits in tables, read by the headings of their columns."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from isocenter.chart.limits import (
    ConstraintFound,
    completed,
    is_target_name,
    limits_in,
    usual_comparison,
)
from isocenter.chart.passages import Sentence
from isocenter.chart.plain_writing import plainly_written
from isocenter.chart.table_heads import Column

_STRUCTURE_COLUMN = re.compile(
    r"\b(?:structure|organ|roi|oar|target|region|tissue|volume of interest|voi|contour|name)\b", re.IGNORECASE
)
_NOT_ORDERED_COLUMN = re.compile(
    r"achieved|actual|default|result|\bplan(?:ned)?\b|pass|status|delivered|\bmet\b|priority|accept\w*|variation|minor|unaccept|deviation|rank|weight|note|comment|value|reached|evaluat|typical|usual|literature|published|reference|quantec|historical",
    re.IGNORECASE,
)
_METRIC_COLUMN = re.compile(
    r"\b(?:metric|parameter|measure|type|statistic|index|point|dose point|volume point)\b", re.IGNORECASE
)
_LIMIT_COLUMN = re.compile(
    r"\b(?:limit|bound|ceiling|cap|upper|goal|constraint|objective|order|tolerance|criteri\w+|threshold|max(?:imum)? allowed|aim|request\w*|ordered|requirement|wanted|desired|asked)\b",
    re.IGNORECASE,
)
_UNIT = re.compile(r"\(\s*(c?gy|%|cc|cm3)\s*\)|\[\s*(c?gy|%|cc|cm3)\s*\]|\b(c?gy)\b", re.IGNORECASE)
_METRIC_ALONE = re.compile(
    r"^\W*(?:(?:[dv])[ _]?\d+(?:\.\d+)?\s?(?:c?gy|%|cc)?|d?[ _]?(?:mean|max|min)(?:imum)?|average|max(?:imum)? point)\b(?:\s?dose)?\s*(?:\(?\[?\s*(?:c?gy|%|cc)\s*\]?\)?)?\W*$",
    re.IGNORECASE,
)


def of_columns(sentence: Sentence) -> Iterator[ConstraintFound]:
    """Limits of a table row by the headings of its columns; nothing where these do not name structures and limits."""
    named = [c for c in sentence.columns if _STRUCTURE_COLUMN.search(c.name)]
    starts = [at for at, c in enumerate(sentence.columns) if named and c.name == named[0].name]
    if len(starts) > 1:  # two tables side by side
        for start, stop in pairwise([*starts, len(sentence.columns)]):
            yield from of_columns(sentence._replace(columns=sentence.columns[start:stop]))
        return
    if not named or not any(ch.isalpha() for ch in named[0].value):
        return
    name = re.sub(r"\s+", " ", named[0].value).strip(" :,.-|")
    rest = [c for c in sentence.columns if c is not named[0] and not _NOT_ORDERED_COLUMN.search(c.name)]
    for text in _limits_written(rest, is_target=is_target_name(name)):
        for match in limits_in(plainly_written(f"{name}: {text}")):
            if match.limit is None:
                continue
            is_target = is_target_name(name)
            metric, unit = completed(match.metric, match.unit, match.limit, is_target)
            if not metric or not unit or (metric in ("max", "mean") and unit not in ("Gy", "cGy", "%")):
                continue
            comparison = match.comparison or usual_comparison(metric, is_target)
            sure = 0.93 * sentence.placed.sureness
            yield ConstraintFound(name, metric, comparison, match.limit, unit, sentence.placed, is_target, sure)


_VOLUME_OF_STRUCTURE = re.compile(r"\bvol(?:ume)?\b\W*(?:cc|cm3|cm³|ml)\b", re.IGNORECASE)


_STATISTICS = (
    re.compile(r"min", re.IGNORECASE),
    re.compile(r"mean|avg|average", re.IGNORECASE),
    re.compile(r"max", re.IGNORECASE),
)


def shows_statistics(columns: Sequence[Column]) -> bool:
    """Whether a table gives the size of each structure, or least, mean and greatest dose, as a plan's statistics do.

    A table with a column of limits, or with signs of comparison, is none.
    """
    if any(_LIMIT_COLUMN.search(c.name) or re.search(r"[<>≤≥]", c.value) for c in columns):
        return False
    if any(_VOLUME_OF_STRUCTURE.search(c.name) for c in columns):
        return True
    heads = [c for c in columns if _METRIC_ALONE.match(c.name)]
    if all(any(word.search(c.name) for c in heads) for word in _STATISTICS):
        return True
    computed = [c for c in heads if _COMPUTED.match(c.value)]
    filled = all(re.match(r"\d", c.value) for c in heads)
    return len(heads) >= _FEWEST_STATISTICS and filled and len(computed) > 1


_COMPUTED = re.compile(r"\d+\.\d+\s?(?:c?gy|%|cc)?$", re.IGNORECASE)
_FEWEST_STATISTICS = 3  # of a structure, all filled in, some with decimals: limits are whole numbers in few columns


def has_only_defaults(columns: Sequence[Column]) -> bool:
    """Whether the numbers of a row stand below a heading of defaults, beside a limit that nobody filled in."""
    numbers = [c for c in columns[1:] if re.search(r"\d\s?(?:c?gy|%|cc)", c.value, re.IGNORECASE)]
    return bool(numbers) and all(_DEFAULT_COLUMN.search(c.name) for c in numbers)


_DEFAULT_COLUMN = re.compile(
    r"\bdefaults?\b|\bstandard\b|\btemplate\b|\blibrary\b|\bpreset\b|\btypical\b|\bliterature\b|\bpublished\b|\bquantec\b",
    re.IGNORECASE,
)


def _limits_written(columns: Sequence[Column], *, is_target: bool) -> Iterator[str]:
    """The limits of a row as one writes them in a line, such as: V20Gy <= 30 %."""
    heads = [c for c in columns if _METRIC_ALONE.match(c.name)]
    metrics = [c for c in columns if (_METRIC_COLUMN.search(c.name) or _METRIC_ALONE.match(c.value)) and c not in heads]
    limits = [c for c in columns if _LIMIT_COLUMN.search(c.name) and c not in metrics and c not in heads]
    for column in heads:
        if limits_in(f"it: {column.value}") and not _ONLY_A_NUMBER.match(column.value):
            yield column.value
        elif re.match(r"\W{0,3}\d", column.value):
            unit = _unit_of(column.name)
            metric = _UNIT.sub(" ", column.name).strip(" ()[]") if unit else column.name
            yield f"{metric} {column.value} {'' if _has_unit(column.value) else unit}"
    if heads:
        return
    if metrics and not limits:
        others = [c for c in columns if c not in metrics and re.search(r"\d", c.value)]
        limits = others if len(others) == 1 else []
    units = [c.value for c in columns if re.fullmatch(r"\W*units?\W*", c.name, re.IGNORECASE)]
    if metrics and limits:
        for limit in limits:
            unit = "" if _has_unit(limit.value) else units[0] if units else _unit_of(limit.name)
            if re.search(r"\d", limit.value):
                yield f"{metrics[0].value} {limit.value} {unit}"
        return
    volumes = [
        c
        for c in columns
        if re.match(r"\W*(?:to )?vol(?:ume)?\b", c.name, re.IGNORECASE) and re.match(r"\W{0,3}\d", c.value)
    ]
    doses = [c for c in columns if re.match(r"\W*dose\b", c.name, re.IGNORECASE) and re.match(r"\W{0,3}\d", c.value)]
    if volumes and doses:
        line = _of_volume_and_dose(volumes[0], doses[0], columns, is_target=is_target)
        if line:
            yield line
        return
    for limit in limits or columns:
        if re.search(r"\d", limit.value) and re.search(r"[a-z<>≤≥]", limit.value, re.IGNORECASE):
            yield f"<= {limit.value}" if _DOSE_TO_VOLUME.match(limit.value) else limit.value


_ONLY_A_NUMBER = re.compile(r"\W{0,3}\d+(?:\.\d+)?\s?(?:c?gy|%|cc)?\W*$", re.IGNORECASE)
_DOSE_TO_VOLUME = re.compile(r"\s*\d+(?:\.\d+)?\s?c?gy\s+to\s+\d*\.?\d+\s?(?:cc|%)", re.IGNORECASE)
_LOWER = re.compile(r"\b(?:lower|min(?:imum)?|at least)\b|>|≥", re.IGNORECASE)
_COVERED_SHARE = 80.0  # %, from which the volume of a target is the share that a dose covers
_HOT_VOLUME_CC = 5.0  # up to which a volume in cc is the hottest part


def _of_volume_and_dose(volume: Column, dose: Column, columns: Sequence[Column], *, is_target: bool) -> str:
    """The limit of a row that gives a dose and the volume which may, or of a target must, receive it."""
    size, height = (re.search(r"\d*\.?\d+", c.value) for c in (volume, dose))
    if size is None or height is None:
        return ""
    unit = _unit_of(f"{volume.name} {volume.value}") or "%"
    dose_unit = _unit_of(f"{dose.name} {dose.value}") or "Gy"
    lower = any(_LOWER.search(c.value) for c in columns) or (is_target and float(size[0]) >= _COVERED_SHARE)
    if not float(size[0]) and not lower:
        return f"max <= {height[0]} {dose_unit}"
    if unit == "cc" and float(size[0]) <= _HOT_VOLUME_CC:
        return f"D{size[0]}cc <= {height[0]} {dose_unit}"
    return f"V{height[0]}{dose_unit} {'>=' if lower else '<='} {size[0]} {unit}"


def _has_unit(text: str) -> bool:
    return bool(re.search(r"\d\s?(?:c?gy|%|cc)", text, re.IGNORECASE))


def _unit_of(text: str) -> str:
    found = _UNIT.search(text) or re.search(r"(%|\bcc\b)()()", text)
    return next((part for part in found.groups() if part), "") if found else ""
