"""Lists of work that is still to be done: whose initials stand there, with whatever day, has signed nothing."""

import re
from collections.abc import Iterator, Sequence

from isocenter.chart.pages.blocks import Line

_HEADS_WORK = re.compile(
    r"\W*(?:(?:open|outstanding|pending|remaining|upcoming|next|action|unfinished) (?:items?|tasks?|steps?|work|actions?)"
    r"|work ?list|to[- ]do(?: list)?|still to (?:do|be done)|assigned(?: to)?|assignments?)\W*",
    re.IGNORECASE,
)
_SIGNED = re.compile(r"\b(?:co-?|e-?)?signed\b|\be-?sig|authenticated", re.IGNORECASE)
_DUE = re.compile(
    r"\W*(?:due|date due|due (?:date|on|by)|target(?: date)?|deadline|assigned(?: (?:to|on))?)\W*", re.IGNORECASE
)
_LONGEST_ITEM_WORDS = 10


def lines_of_work_to_do(lines: Sequence[Line]) -> Iterator[int]:
    """The lines below a heading such as Open items, up to a sentence, a heading, or a line that says it is signed."""
    is_below = False
    for number, line in enumerate(lines):
        text = line.row.text
        if _HEADS_WORK.fullmatch(text):
            is_below = True
            continue
        is_item = len(text.split()) <= _LONGEST_ITEM_WORDS and not line.row.bold and _SIGNED.search(text) is None
        is_below = is_below and is_item
        if is_below:
            yield number


def heads_days_to_come(text: str) -> bool:
    """Whether the days below a heading are those on which work is due."""
    return _DUE.fullmatch(text) is not None
