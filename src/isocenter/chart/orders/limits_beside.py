"""Rows of a page set in two columns, of which one gives dose limits: each column is read by itself."""

import re
from collections.abc import Sequence
from itertools import pairwise

from isocenter.chart.grammar.phrases import lowered
from isocenter.chart.orders.limits import limits_in
from isocenter.chart.pages.layout import CELL_GAP
from isocenter.chart.pages.passages import Sentence

_BEGINS_WITH_A_NAME = re.compile(
    r"\W*[A-Za-z][\w .,/()-]*?(?=\s*(?:[<>≤≥:]|\b(?:d|v)\s?\d|\bd?(?:max|mean|min)))", re.IGNORECASE
)


def parts_beside(sentence: Sentence, organ: re.Pattern[str]) -> list[Sentence]:
    """A row without headings, parted before the cell that names an organ and gives its whole limit; else the row itself.

    Such as: Fractions: 33, daily, and at the right of the page: Chiasm max < 54 Gy.
    """
    if sentence.row < 0 or sentence.columns or sentence.label:
        return [sentence]
    for start in reversed(_starts_of_cells(sentence)):
        cell = sentence.text[start:]
        name = _BEGINS_WITH_A_NAME.match(cell)
        if name is not None and organ.search(lowered(name.group())) and len(limits_in(cell)) == 1:
            before = sentence.placed.part(0, start - 1)
            return [
                sentence._replace(placed=before),
                sentence._replace(placed=sentence.placed.part(start, len(sentence.text))),
            ]
    return [sentence]


def _starts_of_cells(sentence: Sentence) -> Sequence[int]:
    """Where the cells of a row begin in its text, but for the first."""
    words = sentence.placed.words
    return [
        start
        for (_, _, before, _), (start, _, word, _) in pairwise(words)
        if word.box.left - before.box.right > CELL_GAP * max(word.size, 1.0)
    ]
