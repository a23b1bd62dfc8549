"""Dose limits in tables, read by the headings of their columns."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from isocenter.chart.grammar.plain_writing import plainly_written
from isocenter.chart.orders.limit_columns import LIMIT_COLUMN, NOT_ORDERED_COLUMN, SIGN_ALONE, columns_that_order
from isocenter.chart.orders.limit_parts import ConstraintFound, completed, is_target_name, usual_comparison
from isocenter.chart.orders.limits import limits_in
from isocenter.chart.orders.limits_side_by_side import rows_of_one
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
_UNIT = re.compile(r"\(\s*(c?gy|%|cc|cm3)\s*\)|\[\s*(c?gy|%|cc|cm3)\s*\]|\b(c?gy)\b", re.IGNORECASE)


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
    if any(LIMIT_COLUMN.search(c.name) or re.search(r"[<>≤≥]", c.value) for c in columns):
        return False
    if any(_VOLUME_OF_STRUCTURE.search(c.name) for c in columns):
        return True
    if _gives_size_and_doses(columns):
        return True
    heads = [c for c in columns if metric_named(c.name) is not None]
    if all(any(word.search(c.name) for c in heads) for word in _STATISTICS):
        return True
    computed = [c for c in heads if _COMPUTED.match(c.value)]
    filled = all(re.match(r"\d", c.value) for c in heads)
    return len(heads) >= _FEWEST_STATISTICS and filled and len(computed) > 1


def _gives_size_and_doses(columns: Sequence[Column]) -> bool:
    """Whether a row gives a volume in cc and beside it two or three of least, mean and greatest dose, all as numbers."""
    sized = any(_VOLUME_ALONE.fullmatch(c.name) and _SIZE_IN_CC.fullmatch(c.value) for c in columns)
    doses = [c for c in columns if metric_named(c.name) and any(word.search(c.name) for word in _STATISTICS)]
    return sized and len(doses) > 1 and all(re.match(r"\d", c.value) for c in doses)


_VOLUME_ALONE = re.compile(r"\W*(?:total )?vol(?:ume)?\W*", re.IGNORECASE)
_SIZE_IN_CC = re.compile(r"\d+(?:\.\d+)?\s?(?:cc|cm3|cm³|ml)", re.IGNORECASE)


def holds_statistics(rows: Sequence[Sequence[Column]]) -> bool:
    """Whether most values under a table's metrics are given to a tenth or closer without a sign, as computed ones are."""
    if any(LIMIT_COLUMN.search(c.name) or _SIGN.search(c.value) for columns in rows for c in columns):
        return False
    values = [c.value for columns in rows for c in columns[1:] if metric_named(c.name) and re.match(r"\d", c.value)]
    computed = [value for value in values if _COMPUTED_CLOSELY.match(value)]
    return len(computed) >= _FEWEST_STATISTICS and len(computed) > _SHARE_COMPUTED * len(values)


_SIGN = re.compile(r"[<>≤≥]|\b(?:no more|less|at most|under|below|at least|up to|max)\b", re.IGNORECASE)
_COMPUTED = re.compile(r"\d+\.\d+\s?(?:c?gy|%|cc)?$", re.IGNORECASE)
_COMPUTED_CLOSELY = re.compile(r"\d+\.(?:\d\d|[1-46-9])\s?(?:c?gy|%|cc)?$", re.IGNORECASE)  # not half a unit
_SHARE_COMPUTED = 0.6
_FEWEST_STATISTICS = 3  # of a structure, all filled in, some with decimals: limits are whole numbers in few columns


def has_only_defaults(columns: Sequence[Column]) -> bool:
    """Whether the numbers of a row stand below a heading of defaults, beside a limit that nobody filled in."""
    numbers = [c for c in columns[1:] if re.search(r"\d\s?(?:c?gy|%|cc)", c.value, re.IGNORECASE)]
    return bool(numbers) and all(_DEFAULT_COLUMN.search(c.name) for c in numbers)


def leaves_its_limit_open(columns: Sequence[Column]) -> bool:
    """Whether the limit of a row is a sign without a number, or is left to a protocol, so that no other number is it."""
    limits = [c for c in columns[1:] if LIMIT_COLUMN.search(c.name) and not NOT_ORDERED_COLUMN.search(c.name)]
    if any(SIGN_ALONE.fullmatch(c.value) and _holds_its_number(following) for c, following in pairwise(columns)):
        return False
    return bool(limits) and all(_OPEN_LIMIT.fullmatch(c.value.strip()) for c in limits)


_BESIDE_A_SIGN = re.compile(r"\W*(?:dose|value|volume|number|amount|limit|goal)\b\W*(?:c?gy|%|cc)?\W*", re.IGNORECASE)


def _holds_its_number(column: Column) -> bool:
    """Whether a column right behind one of signs gives the number that goes with the sign."""
    return _BESIDE_A_SIGN.fullmatch(column.name) is not None and _DIGIT.search(column.value) is not None


_OPEN_LIMIT = re.compile(
    r"[<>≤≥=_.…\s–—-]*(?:(?:c?gy|%|cc|tbd|tba|pending|(?:as )?per (?:protocol|physician|md)|none|n/?a)[_.\s]*)?",
    re.IGNORECASE,
)


def is_of_an_optimizer(columns: Sequence[Column]) -> bool:
    """Whether a row is an objective of a planner's optimization, with a weight beside its direction."""
    weighed = any(_WEIGHT_COLUMN.search(c.name) and _DIGIT.search(c.value) for c in columns[1:])
    return weighed and any(_DIRECTION.fullmatch(c.value) for c in columns[1:])


_WEIGHT_COLUMN = re.compile(r"\bweight(?:s|ing)?\b|\bpenalty\b", re.IGNORECASE)
_DIRECTION = re.compile(
    r"\W*(?:upper|lower|min|max|uniform|mean)\.?(?: (?:dose|dvh|g?eud|constraint|objective|point|limit))?\W*|g?eud.*",
    re.IGNORECASE,
)


def has_only_results(columns: Sequence[Column]) -> bool:
    """Whether the numbers of a row, beside those that name its metric, stand below headings of results."""
    numbers = [c for c in columns[1:] if re.search(r"\d\s?(?:c?gy|%|cc)", c.value, re.IGNORECASE)]
    return bool(numbers) and all(
        _RESULT_COLUMN.search(c.name) and not LIMIT_COLUMN.search(c.name) and not re.search(r"[<>≤≥]", c.value)
        for c in numbers
    )


def gives_results(columns: Sequence[Column]) -> bool:
    """Whether a row gives a number below a heading of what a plan reached."""
    return any(
        _RESULT_COLUMN.search(c.name) and not LIMIT_COLUMN.search(c.name) and _DIGIT.search(c.value)
        for c in columns[1:]
    )


_RESULT_COLUMN = re.compile(
    r"\bachiev\w*|\bactual\b|\bresults?\b|\bdelivered\b|\breached\b|\bplan(?: (?:[a-z0-9]|value|dose))?\W*$|\bgot\b|\bcomputed\b|\bcalculated\b",
    re.IGNORECASE,
)
_DEFAULT_COLUMN = re.compile(
    r"\bdefaults?\b|\bstandard\b|\btemplate\b|\blibrary\b|\bpreset\b|\btypical\b|\bliterature\b|\bpublished\b|\bquantec\b",
    re.IGNORECASE,
)


def _with_signs(columns: Sequence[Column]) -> list[Column]:
    """The columns of a row, a sign that has one of its own put before the number behind it."""
    made: list[Column] = []
    for column in columns:
        if made and SIGN_ALONE.fullmatch(made[-1].value) and _holds_its_number(column):
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
        volumes, doses = _sizes_and_doses(rest, [])
        if len(volumes) == len(doses) == 1:  # such as: Volume (cc), Volume max (Gy), Max point dose (Gy)
            yield _of_volume_and_dose(volumes[0], doses[0], rest, is_target=is_target)
        return
    metrics = [
        c
        for c in columns
        if metric_named(c.value) is not None or (_METRIC_COLUMN.search(c.name) and not _NO_METRIC.fullmatch(c.value))
    ]
    limits = [c for c in columns if _holds_a_limit(c) and c not in metrics and _DIGIT.search(c.value)]
    if not limits and all(_DIRECTION.fullmatch(c.value) for c in metrics) and all(_sizes_and_doses(columns, [])):
        metrics = []  # such as: Max, 20 Gy, 30 %
    if metrics and not limits:
        others = [c for c in columns if c not in metrics and re.search(r"\d", c.value)]
        limits = others if len(others) == 1 else []
    units = [c.value for c in columns if re.fullmatch(r"\W*units?\W*", c.name, re.IGNORECASE)]
    if metrics and limits:
        for limit in limits:
            unit = "" if _has_unit(limit.value) else units[0] if units else _unit_of(limit.name)
            if re.search(r"\d", limit.value):
                named = metric_named(metrics[0].value)
                metric = named.metric if named else metrics[0].value
                yield f"{metric} {limit.value} {unit or (named.unit if named and not _has_unit(limit.value) else '')}"
        return
    volumes, doses = _sizes_and_doses(columns, limits)
    objective = next((c.value for c in columns if _OBJECTIVE_OF_A_PLANNER.fullmatch(c.value)), "")
    if objective and volumes and doses:
        yield f"{objective} {_in_unit(doses[0], 'Gy')} to {_in_unit(volumes[0], '%')}"
        return
    if volumes and doses:
        line = _of_volume_and_dose(volumes[0], doses[0], columns, is_target=is_target)
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
    is_dose = _unit_of(column.value).lower() in ("gy", "cgy")
    return MetricName(f"D{share[1]}%", "") if share is not None and is_dose else None


def _under_metrics(columns: Sequence[Column], heads: Sequence[tuple[Column, MetricName]]) -> Iterator[str]:
    """The limits of a row whose columns are headed by metrics."""
    for column, head in heads:
        if limits_in(f"it: {column.value}") and not _ONLY_A_NUMBER.match(column.value):
            yield column.value
        elif _STARTS_WITH_A_NUMBER.match(column.value):
            yield f"{head.metric} {column.value} {'' if _has_unit(column.value) else head.unit}"
    yield from (
        c.value
        for c in columns
        if (LIMIT_COLUMN.search(c.name) and any(m.metric for m in limits_in(f"it: {c.value}")))
        or (_OF_VOLUMES.fullmatch(c.name) and any(m.comparison for m in limits_in(f"it: {c.value}")))
    )


_OF_VOLUMES = re.compile(r"\W*(?:V ?x|D ?x|dvh|dose[- /]volume|volumes?|other)\W*", re.IGNORECASE)


def _sizes_and_doses(columns: Sequence[Column], limits: Sequence[Column]) -> tuple[list[Column], list[Column]]:
    """The columns of a row that give a volume, and those that give the dose which it may receive."""
    filled = [c for c in columns if _STARTS_WITH_A_NUMBER.match(c.value)]
    volumes = [c for c in filled if _COLUMN_OF_VOLUMES.match(c.name) and not _DOSE_TO_A_VOLUME.match(c.name)]
    doses = [
        c
        for c in filled
        if _COLUMN_OF_DOSES.match(c.name) or _DOSE_TO_A_VOLUME.match(c.name) or _ABOVE_A_DOSE.fullmatch(c.value)
    ]
    doses = [c for c in doses if c not in volumes]
    if not volumes and doses:  # such as: Vx (Gy), Limit (%)
        volumes = [c for c in limits if c in filled and c not in doses and _unit_of(f"{c.name} {c.value}") in _SIZES]
    if not doses and volumes:  # such as: Limit (Gy), At volume
        doses = [c for c in limits if c in filled and _unit_of(f"{c.name} {c.value}").lower() in ("gy", "cgy")]
    return volumes, doses


_DIGIT = re.compile(r"\d")
_NO_METRIC = re.compile(
    r"\W*(?:\d*\.?\d+\s?(?:%|cc|cm3|ml|c?gy)?|at (?:least|most)|less than|more than|no more than|upper|lower|min|max|[<>≤≥=]+)?\W*",
    re.IGNORECASE,
)  # a size or a direction in a column that is headed as one of metrics, such as: Volume / type
_STARTS_WITH_A_NUMBER = re.compile(
    r"\W{0,3}(?:(?:no|not|is|at|to|be|the|more|less|than|most|least|under|below|above|over|exceed|up|max(?:imum)?\.?) ){0,4}\W{0,3}\d",
    re.IGNORECASE,
)
_ABOVE_A_DOSE = re.compile(
    r"\W*(?:at or above|above|over|beyond|exceeding|receiving|getting) \d+(?:\.\d+)?\s?c?gy\W*", re.IGNORECASE
)  # of which a limit beside it is the volume, whatever the column is called
_DOSE_TO_A_VOLUME = re.compile(r"\W*vol(?:ume)? (?:max(?:imum)?|dose)\W*c?gy\b", re.IGNORECASE)
_COLUMN_OF_VOLUMES = re.compile(
    r"\W*(?:max(?:imum)? critical )?(?:(?:to|at|in|for|max(?:imum)?\.?|most|allowed|percent|percentage|relative|%) (?:the |a |of )?)?(?:vol(?:ume)?|v)\b",
    re.IGNORECASE,
)
_COLUMN_OF_DOSES = re.compile(
    r"\W*(?:(?:at|above|over|threshold|isodose|upper|max(?:imum)?|lower|min(?:imum)?) )?(?:dose|V ?x|threshold|isodose|d(?= ?[(\[]))\b|\W*c?gy\b(?: or (?:more|less|higher|lower))?\W*$",
    re.IGNORECASE,
)
_SIZES = ("%", "cc", "cm3", "ml")
_ONLY_A_NUMBER = re.compile(r"\W{0,3}\d+(?:\.\d+)?\s?(?:c?gy|%|cc)?\W*$", re.IGNORECASE)
_DOSE_TO_VOLUME = re.compile(r"\s*\d+(?:\.\d+)?\s?c?gy\s+to\s+\d*\.?\d+\s?(?:cc|%)", re.IGNORECASE)
_DOSE_OR_MORE = re.compile(r"\bor more\b|\bat least\b|\bmin(?:imum)?\b|[≥>]", re.IGNORECASE)
_LOWER = re.compile(r"\b(?:lower|min(?:imum)?|at least)\b|>|≥", re.IGNORECASE)
_AT_LEAST = re.compile(r"\W*(?:lower|min(?:imum)?|at least|>=?|≥)(?: (?:dose|dvh))?\W*", re.IGNORECASE)
_SIGN_FIRST = re.compile(r"\s*([<>≤≥]=?)")
_SPARED = re.compile(
    r"\b(?:spar(?:e|ed|ing)|preserv\w+|below|under|kept|uninvolved)\b", re.IGNORECASE
)  # of a volume that must stay below
_COVERED_SHARE = 80.0  # %, from which the volume of a target is the share that a dose covers
_HOT_SHARE = 5.0  # %, up to which the volume of a target is its hottest part
_HOT_VOLUME_CC = 5.0  # up to which a volume in cc is the hottest part


def _in_unit(column: Column, usual: str) -> str:
    """The number of a column in its own unit, that of its heading, or the usual one."""
    return column.value if _has_unit(column.value) else f"{column.value} {_unit_of(column.name) or usual}"


def _of_volume_and_dose(volume: Column, dose: Column, columns: Sequence[Column], *, is_target: bool) -> str:
    """The limit of a row that gives a dose and the volume which may, or of a target must, receive it."""
    size, height = (re.search(r"\d*\.?\d+", c.value) for c in (volume, dose))
    if size is None or height is None or _SPARED.search(f"{volume.name} {volume.value}"):
        return ""
    unit = _unit_of(f"{volume.name} {volume.value}") or "%"
    dose_unit = _unit_of(f"{dose.name} {dose.value}") or "Gy"
    share_first = any(_AT_LEAST.fullmatch(c.value) for c in columns) and columns.index(volume) < columns.index(dose)
    if is_target and (_DOSE_OR_MORE.search(dose.name) or (unit == "%" and share_first)):
        return f"D{size[0]}{unit} >= {height[0]} {dose_unit}"
    sign, bound = _SIGN_FIRST.match(dose.value), _SIGN_FIRST.match(volume.value)
    if sign is not None and not is_target and sign[1][0] in ">≥":  # the volume above a dose, of an organ at risk
        return f"V{height[0]}{dose_unit} {bound[1] if bound is not None else '<='} {size[0]} {unit}"
    if sign is not None and bound is None:  # the dose is limited, at a volume that is given
        return f"D{size[0]}{unit} {sign[1]} {height[0]} {dose_unit}"
    is_limited = LIMIT_COLUMN.search(dose.name) and not LIMIT_COLUMN.search(volume.name)
    if unit == "cc" and not is_target and (_DOSE_TO_A_VOLUME.match(dose.name) or is_limited):
        return f"D{size[0]}cc <= {height[0]} {dose_unit}"
    lower = any(_LOWER.search(c.value) for c in columns) or (is_target and float(size[0]) >= _COVERED_SHARE)
    if not float(size[0]) and not lower:
        return f"max <= {height[0]} {dose_unit}"
    if unit == "cc" and float(size[0]) <= _HOT_VOLUME_CC:
        return f"D{size[0]}cc <= {height[0]} {dose_unit}"
    if is_target and unit == "%" and float(size[0]) <= _HOT_SHARE:
        return f"D{size[0]}% <= {height[0]} {dose_unit}"
    return f"V{height[0]}{dose_unit} {'>=' if lower else '<='} {size[0]} {unit}"


def _has_unit(text: str) -> bool:
    return bool(re.search(r"\d\s?(?:c?gy|%|cc)", text, re.IGNORECASE))


def _unit_of(text: str) -> str:
    found = _UNIT.search(text) or re.search(r"(%|(?<![a-z])cc\b)()()", text)
    return next((part for part in found.groups() if part), "") if found else ""
