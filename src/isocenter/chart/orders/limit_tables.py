"""Dose limits in tables, read by the headings of their columns."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from isocenter.chart.grammar.plain_writing import plainly_written
from isocenter.chart.orders.limit_columns import LIMIT_COLUMN, SIGN_ALONE, columns_that_order, holds_its_number
from isocenter.chart.orders.limit_parts import ConstraintFound, completed, is_target_name, usual_comparison
from isocenter.chart.orders.limits import limits_in
from isocenter.chart.orders.limits_side_by_side import rows_of_one
from isocenter.chart.orders.tables_without_orders import DIRECTION
from isocenter.chart.orders.volume_columns import (
    STARTS_WITH_A_NUMBER,
    has_unit,
    in_unit,
    of_volume_and_dose,
    sizes_and_doses,
    unit_of_column,
)
from isocenter.chart.pages.passages import Sentence
from isocenter.chart.pages.table_heads import Column
from isocenter.chart.words.metric_names import MetricName, metric_limited, metric_named

_STRUCTURE_COLUMN = re.compile(
    r"\b(?:structure|organ|roi|oar|target|region|tissue|volume of interest|voi|contour|name)\b|\bat risk\b|^\W*ptvs?\W*$",
    re.IGNORECASE,
)
_ONLY_STRUCTURES = re.compile(
    r"\W*(?:critical )?(?:structure|organ|roi|oar|target|region|tissue|contour)s?(?: (?:at risk|of interest|name))?\W*",
    re.IGNORECASE,
)
_METRIC_COLUMN = re.compile(
    r"\b(?:metric|parameter|measure|type|statistic|index|point|dose point|volume point)\b", re.IGNORECASE
)
_OBJECTIVE_OF_A_PLANNER = re.compile(r"\W*(?:max|min|upper|lower)\.? dvh\W*", re.IGNORECASE)


def of_columns(sentence: Sentence) -> Iterator[ConstraintFound]:
    """Limits of a table row by the headings of its columns; nothing where these do not name structures and limits."""
    named = [c for c in sentence.columns if _STRUCTURE_COLUMN.search(c.name) or not c.name]
    starts = [
        at
        for at, c in enumerate(sentence.columns)
        if named and (c.name == named[0].name or (c in named and _ONLY_STRUCTURES.fullmatch(c.name)))
    ]
    starts = [at for number, at in enumerate(starts) if not number or at > starts[number - 1] + 1]
    if len(starts) > 1:  # two tables side by side
        for start, stop in pairwise([*starts, len(sentence.columns)]):
            yield from of_columns(sentence._replace(columns=sentence.columns[start:stop]))
        return
    if not named or not any(ch.isalpha() for ch in named[0].value):
        return
    if any(_OBJECTIVE_OF_A_PLANNER.fullmatch(c.value) for c in sentence.columns) and limits_in(sentence.text):
        return  # its dose and its volume are in columns of their own, and the text of the row gives them together
    for columns in rows_of_one(_ordering(sentence.columns, named[0]), named[0]):
        yield from _of_one(sentence, columns, columns[0])


def leaves_open_whose(columns: Sequence[Column]) -> bool:
    """Whether a row holds several structures or metrics and another number of limits, so that it is unknown whose each is."""
    named = next((c for c in columns if _STRUCTURE_COLUMN.search(c.name)), None)
    return named is not None and not any(True for _ in rows_of_one(_ordering(columns, named), named))


def _ordering(columns: Sequence[Column], named: Column) -> list[Column]:
    """The column of structures first, then those that do not give results."""
    return [named, *columns_that_order([c for c in columns if c is not named])]


def _of_one(sentence: Sentence, columns: Sequence[Column], named: Column) -> Iterator[ConstraintFound]:
    """Limits of the columns of a row for the one structure that it names."""
    name = re.sub(r"\s+", " ", named.value).strip(" :,.-|")
    rest = [c for c in columns if c is not named]
    for text in _limits_written(rest, is_target=is_target_name(name)):
        for match in limits_in(plainly_written(f"{name}: {_in_percent(text)}")):
            if match.limit is None:
                continue
            is_target = is_target_name(name)
            metric, unit = completed(match.metric, match.unit, match.limit, is_target)
            if not metric or not unit or (metric in ("max", "mean") and unit not in ("Gy", "cGy", "%")):
                continue
            comparison = match.comparison or usual_comparison(metric, is_target)
            sure = 0.93 * sentence.placed.sureness
            yield ConstraintFound(
                _METRIC_BEHIND.sub("", name), metric, comparison, match.limit, unit, sentence.placed, is_target, sure
            )


_SHARES = {"1/3": "33.3 %", "2/3": "66.7 %", "1/2": "50 %"}


def _in_percent(text: str) -> str:
    """A text with its shares of a volume in percent."""
    return re.sub(r"(?<![\d/.])(?:[12]/3|1/2)(?![\d/.])", lambda share: _SHARES[share.group()], text)


_METRIC_BEHIND = re.compile(
    r"(?<=\w)\s+(?:(?:d ?)?(?:max(?:imum)?|mean)\.?(?: dose)?|[DV]\d+(?:\.\d+)?\s?(?:c?gy|%|cc)?)$", re.IGNORECASE
)  # as in Cord max, Colon V45


def is_of_structures(heading: str) -> bool:
    """Whether a heading is that of structures."""
    return _STRUCTURE_COLUMN.search(heading) is not None


def names_structures(head: Sentence) -> bool:
    """Whether the first heading of a table's head is that of structures, so that the head itself orders nothing."""
    return _STRUCTURE_COLUMN.search(" ".join(head.text.split()[:_LONGEST_HEADING])) is not None


_LONGEST_HEADING = 3


def _with_signs(columns: Sequence[Column]) -> list[Column]:
    """The columns of a row, a sign that has one of its own put before the number behind it."""
    made: list[Column] = []
    for column in columns:
        if made and SIGN_ALONE.fullmatch(made[-1].value) and holds_its_number(column):
            made[-1] = Column("limit", f"{made[-1].value} {column.value}")
        else:
            made.append(column)
    return made


def _limits_written(columns: Sequence[Column], *, is_target: bool) -> Iterator[str]:
    """The limits of a row as one writes them in a line, such as: V20Gy <= 30 %."""
    columns = _with_signs(columns)
    heads = [(c, head) for c in columns if (head := metric_limited(c.name) or _dose_at_a_share(c)) is not None]
    if heads:
        yield from _under_metrics(columns, heads)
        rest = [c for c in columns if all(c is not head for head, _ in heads)]
        volumes, doses = sizes_and_doses(rest, [])
        if len(volumes) == len(doses) == 1:  # such as: Volume (cc), Volume max (Gy), Max point dose (Gy)
            yield of_volume_and_dose(volumes[0], doses[0], rest, is_target=is_target)
        return
    metrics = [
        c
        for c in columns
        if metric_named(c.value) is not None or (_METRIC_COLUMN.search(c.name) and not _NO_METRIC.fullmatch(c.value))
    ]
    limits = [c for c in columns if _holds_a_limit(c) and c not in metrics and _DIGIT.search(c.value)]
    if not limits and all(DIRECTION.fullmatch(c.value) for c in metrics) and all(sizes_and_doses(columns, [])):
        metrics = []  # such as: Max, 20 Gy, 30 %
    if metrics and not limits:
        others = [c for c in columns if c not in metrics and re.search(r"\d", c.value)]
        limits = others if len(others) == 1 else []
    units = [c.value for c in columns if re.fullmatch(r"\W*units?\W*", c.name, re.IGNORECASE)]
    if metrics and limits:
        for limit in limits:
            unit = "" if has_unit(limit.value) else units[0] if units else unit_of_column(limit.name)
            if re.search(r"\d", limit.value):
                named = metric_named(metrics[0].value)
                metric = named.metric if named else metrics[0].value
                yield f"{metric} {limit.value} {unit or (named.unit if named and not has_unit(limit.value) else '')}"
        return
    volumes, doses = sizes_and_doses(columns, limits)
    objective = next((c.value for c in columns if _OBJECTIVE_OF_A_PLANNER.fullmatch(c.value)), "")
    if objective and volumes and doses:
        yield f"{objective} {in_unit(doses[0], 'Gy')} to {in_unit(volumes[0], '%')}"
        return
    if volumes and doses:
        line = of_volume_and_dose(volumes[0], doses[0], columns, is_target=is_target)
        if line:
            yield line
        return
    filled = [c for c in limits or columns if _DIGIT.search(c.value)]
    for limit in filled:
        if re.search(r"[a-z<>≤≥]", limit.value, re.IGNORECASE):
            value = _with_unit_of_dose(limit)
            yield from _with_metric_of_row(f"<= {value}" if _DOSE_TO_VOLUME.match(value) else value, filled)


def _with_metric_of_row(value: str, filled: Sequence[Column]) -> Iterator[str]:
    """A sign and a number with the metric of the other limit of the row; nothing where that names several."""
    named = [c for c in filled if not _SIGN_AND_NUMBER.fullmatch(c.value) and limits_in(f"it: {c.value}")]
    if not named or not _SIGN_AND_NUMBER.fullmatch(value):
        yield value
        return
    metrics = {one.metric for c in named for one in limits_in(plainly_written(f"it: {c.value}"))}
    yield from [f"{metric} {value}" for metric in metrics] if len(metrics) == 1 else []


_SIGN_AND_NUMBER = re.compile(r"\W{0,2}[<>≤≥]=?\s*\d+(?:\.\d+)?\s?(?:c?gy|%|cc)?\W*", re.IGNORECASE)


_BEGINS_WITH_A_SIGN = re.compile(
    r"\W{0,2}(?:[<>≤≥]=?|(?:at (?:least|most)|no more than|less than|under|below)\b)\s*\d", re.IGNORECASE
)


def _holds_a_limit(column: Column) -> bool:
    """Whether a column is headed as one of limits, or holds a sign of comparison and a number."""
    return LIMIT_COLUMN.search(column.name) is not None or _BEGINS_WITH_A_SIGN.match(column.value) is not None


_DOSE_OF_HEADING = re.compile(r"\bdose\b.*?[(\[,]\s*(?:in )?(c?gy)\b|\b(c?gy)\b.*?\bdose\b", re.IGNORECASE)
_NUMBER_OF_DOSE = re.compile(
    r"(?<![\w./-])(\d+(?:\.\d+)?)(?![\w./]|\s?(?:%|cc|cm|ml|c?gy|/))(?=\s+(?:to|point|max|mean|at|in)\b)", re.IGNORECASE
)


def _with_unit_of_dose(limit: Column) -> str:
    """The limit of a cell, its doses in the unit that the heading gives, such as: 1800 to < 1/3 under Dose limit (cGy)."""
    unit = _DOSE_OF_HEADING.search(limit.name)
    if unit is None:
        return limit.value
    return _NUMBER_OF_DOSE.sub(rf"\1 {unit[1] or unit[2]}", limit.value)


_SHARE_ALONE = re.compile(r"\W*(\d{1,2}) ?%\W*(?:vol(?:ume)?\W*)?", re.IGNORECASE)


def _dose_at_a_share(column: Column) -> MetricName | None:
    """The dose to a share of the volume, where that share alone heads a dose, such as: 30 % over 65 Gy."""
    share = _SHARE_ALONE.fullmatch(column.name)
    is_dose = unit_of_column(column.value).lower() in ("gy", "cgy")
    return MetricName(f"D{share[1]}%", "") if share is not None and is_dose else None


def _under_metrics(columns: Sequence[Column], heads: Sequence[tuple[Column, MetricName]]) -> Iterator[str]:
    """The limits of a row whose columns are headed by metrics."""
    for column, head in heads:
        if limits_in(f"it: {column.value}") and not _ONLY_A_NUMBER.match(column.value):
            yield column.value
        elif STARTS_WITH_A_NUMBER.match(column.value):
            yield f"{head.metric} {column.value} {'' if has_unit(column.value) else head.unit}"
    yield from (
        c.value
        for c in columns
        if (LIMIT_COLUMN.search(c.name) and any(m.metric for m in limits_in(f"it: {c.value}")))
        or (_OF_VOLUMES.fullmatch(c.name) and any(m.comparison for m in limits_in(f"it: {c.value}")))
    )


_OF_VOLUMES = re.compile(r"\W*(?:V ?x|D ?x|dvh|dose[- /]volume|volumes?|other)\W*", re.IGNORECASE)


_DIGIT = re.compile(r"\d")
_NO_METRIC = re.compile(
    r"\W*(?:\d*\.?\d+\s?(?:%|cc|cm3|ml|c?gy)?|at (?:least|most)|less than|more than|no more than|upper|lower|min|max|[<>≤≥=]+)?\W*",
    re.IGNORECASE,
)  # a size or a direction in a column that is headed as one of metrics, such as: Volume / type
_ONLY_A_NUMBER = re.compile(r"\W{0,3}\d+(?:\.\d+)?\s?(?:c?gy|%|cc)?\W*$", re.IGNORECASE)
_DOSE_TO_VOLUME = re.compile(r"\s*\d+(?:\.\d+)?\s?c?gy\s+to\s+\d*\.?\d+\s?(?:cc|%)", re.IGNORECASE)
