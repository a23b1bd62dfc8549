"""Lists of work that is still to be done: whose initials stand there, with whatever day, has signed nothing."""

import re
from collections.abc import Iterator, Sequence

from isocenter.chart.pages.blocks import Line
from isocenter.chart.words.dates import TIME_OF_DAY, dates_in
from isocenter.chart.words.people import people_in

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


_ACTED = re.compile(r"\W*(?:[a-z]+ly )?[a-z]{3,}ed(?: and [a-z]{3,}ed)?(?: by\b|\s*:)", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")


def tasks_to_do(lines: Sequence[Line]) -> set[int]:
    """The lines of such lists that say what somebody is to do, or whom it is assigned to.

    A name and a day alone below the tasks sign the paper, and so does an act such as: Approved by.
    """
    numbers = list(lines_of_work_to_do(lines))
    return {
        number
        for number in numbers
        if not _ACTED.match(lines[number].row.text)
        and (_is_more_than_a_signer(lines[number].row.text) or _ASSIGNED.fullmatch(lines[number - 1].row.text))
    }


_ASSIGNED = re.compile(r"\W*(?:assigned(?: to)?|assignments?)\W*", re.IGNORECASE)


def _is_more_than_a_signer(text: str) -> bool:
    rest = list(text)
    for start, stop in [(p.start, p.stop) for p in people_in(text)] + [(d.start, d.stop) for d in dates_in(text)]:
        rest[start:stop] = " " * (stop - start)
    return _LETTER.search(TIME_OF_DAY.sub("", "".join(rest))) is not None


def heads_days_to_come(text: str) -> bool:
    """Whether the days below a heading are those on which work is due."""
    return _DUE.fullmatch(text) is not None
