"""Lists of dose limits in papers that plan a course and are no prescription, such as a request for a simulation."""

import re
from collections import Counter
from collections.abc import Sequence

from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.grammar.plain_writing import plainly_written
from isocenter.chart.orders.constraints import constraints_by_sentence
from isocenter.chart.orders.limit_columns import LIMIT_COLUMN
from isocenter.chart.orders.limit_parts import ConstraintFound
from isocenter.chart.orders.limits import limits_in
from isocenter.chart.pages.passages import Sentence

_FEWEST_OF_A_LIST = 3
_NUMBER_OF_AN_ITEM = re.compile(r"[\W_]*(?:\(?(?:\d{1,2}|[a-z])[.)]\s+)?[\W_]*", re.IGNORECASE)


def limits_listed_in(grammar: Grammar, sentences: Sequence[Sentence]) -> list[ConstraintFound]:
    """The limits of the lists of a paper: lines that begin with a structure, of which several give a sign and a number.

    Prose is no list: it also reports what other plans gave.
    """
    found = [
        (sentence, one) for sentence, one in constraints_by_sentence(grammar, sentences) if _begins_with(sentence, one)
    ]
    lines = {(sentence.section, sentence.text) for sentence, _ in found if _gives_a_sign(sentence)}
    listed = Counter(section for section, _ in lines)
    return [one for sentence, one in found if listed[sentence.section] >= _FEWEST_OF_A_LIST]


def _begins_with(sentence: Sentence, one: ConstraintFound) -> bool:
    """Whether a line begins with the structure that it limits, behind the number of an item."""
    start = _NUMBER_OF_AN_ITEM.match(sentence.text)
    text = sentence.text[start.end() if start is not None else 0 :]
    return bool(sentence.columns) or text.lower().startswith(one.structure.lower())


def _gives_a_sign(sentence: Sentence) -> bool:
    if any(LIMIT_COLUMN.search(column.name) for column in sentence.columns):
        return True
    return any(limit.comparison for limit in limits_in(plainly_written(sentence.text)))
