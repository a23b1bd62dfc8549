"""Tables of limits that give each structure a column and each metric a row."""

import re
from collections.abc import Callable, Iterator

from isocenter.chart.orders.limit_columns import LIMIT_COLUMN, NOT_ORDERED_COLUMN
from isocenter.chart.pages.passages import Sentence
from isocenter.chart.pages.table_heads import Column
from isocenter.chart.words.metric_names import metric_limited

_FEWEST_STRUCTURES = 2
_HOLDS_A_NUMBER = re.compile(r"\d")
_SIGN = re.compile(r"\s*(?:[<>≤≥]|(?:under|below|at most|at least|less than|no more than|up to)\b)", re.IGNORECASE)


def rows_of_structures(sentence: Sentence, is_structure: Callable[[str], bool]) -> Iterator[Sentence]:
    """The row of a metric as one row for each structure that heads a column.

    Nothing where the headings are not all those of structures, or where neither the first heading nor signs of
    comparison say that the values are limits: statistics of a plan are laid out alike.
    """
    if len(sentence.columns) <= _FEWEST_STRUCTURES:
        return
    first, *others = sentence.columns
    metric = metric_limited(first.value)
    if metric is None or NOT_ORDERED_COLUMN.search(first.name) or not all(is_structure(c.name) for c in others):
        return
    filled = [c for c in others if _HOLDS_A_NUMBER.search(c.value)]
    if LIMIT_COLUMN.search(first.name) is None and not all(_SIGN.match(c.value) for c in filled):
        return
    for column in filled:
        yield sentence._replace(columns=(Column("Structure", column.name), Column(first.value, column.value)))
