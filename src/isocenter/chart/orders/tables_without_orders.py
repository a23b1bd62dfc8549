"""Tables that give no limits that are ordered: a plan's statistics and results, defaults, and objectives of a planner."""

import re
from collections.abc import Sequence
from itertools import pairwise

from isocenter.chart.orders.limit_columns import LIMIT_COLUMN, NOT_ORDERED_COLUMN, SIGN_ALONE, holds_its_number
from isocenter.chart.pages.table_heads import Column
from isocenter.chart.words.metric_names import metric_named

_VOLUME_OF_STRUCTURE = re.compile(
    r"(?<!max )(?<!max\. )(?<!maximum )(?<!allowed )(?<!critical )\bvol(?:ume)?\b\W*(?:cc|cm3|cm³|ml)\b", re.IGNORECASE
)


_STATISTICS = (
    re.compile(r"min", re.IGNORECASE),
    re.compile(r"mean|avg|average", re.IGNORECASE),
    re.compile(r"max", re.IGNORECASE),
)


def _shows_statistics(columns: Sequence[Column]) -> bool:
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


def _has_only_defaults(columns: Sequence[Column]) -> bool:
    """Whether the numbers of a row stand below a heading of defaults, beside a limit that nobody filled in."""
    numbers = [c for c in columns[1:] if re.search(r"\d\s?(?:c?gy|%|cc)", c.value, re.IGNORECASE)]
    return bool(numbers) and all(_DEFAULT_COLUMN.search(c.name) for c in numbers)


def _leaves_its_limit_open(columns: Sequence[Column]) -> bool:
    """Whether the limit of a row is a sign without a number, or is left to a protocol, so that no other number is it."""
    limits = [c for c in columns[1:] if LIMIT_COLUMN.search(c.name) and not NOT_ORDERED_COLUMN.search(c.name)]
    if any(SIGN_ALONE.fullmatch(c.value) and holds_its_number(following) for c, following in pairwise(columns)):
        return False
    return bool(limits) and all(_OPEN_LIMIT.fullmatch(c.value.strip()) for c in limits)


_OPEN_LIMIT = re.compile(
    r"[<>≤≥=_.…\s–—-]*(?:(?:c?gy|%|cc|tbd|tba|pending|(?:as )?per (?:protocol|physician|md)|none|n/?a)[_.\s]*)?",
    re.IGNORECASE,
)


def _is_of_an_optimizer(columns: Sequence[Column]) -> bool:
    """Whether a row is an objective of a planner's optimization, with a weight beside its direction."""
    weighed = any(_WEIGHT_COLUMN.search(c.name) and _DIGIT.search(c.value) for c in columns[1:])
    return weighed and any(DIRECTION.fullmatch(c.value) for c in columns[1:])


_WEIGHT_COLUMN = re.compile(r"\bweight(?:s|ing)?\b|\bpenalty\b", re.IGNORECASE)
DIRECTION = re.compile(
    r"\W*(?:upper|lower|min|max|uniform|mean)\.?(?: (?:dose|dvh|g?eud|constraint|objective|point|limit))?\W*|g?eud.*",
    re.IGNORECASE,
)


def _has_only_results(columns: Sequence[Column]) -> bool:
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


_DIGIT = re.compile(r"\d")
_WITHOUT_ORDERS = (
    _shows_statistics,
    _has_only_defaults,
    _has_only_results,
    _is_of_an_optimizer,
    _leaves_its_limit_open,
)


def orders_nothing(columns: Sequence[Column]) -> bool:
    """Whether a row of a table gives no limit that is ordered."""
    return any(is_no_order(columns) for is_no_order in _WITHOUT_ORDERS)
