"""The name at the end of an entry of a log: set apart from the text, with the day on which the entry begins."""

import re
from itertools import pairwise

from isocenter.chart.pages.placed import Placed
from isocenter.chart.words.dates import TIME_OF_DAY, dates_in
from isocenter.chart.words.people import Person

_LETTER = re.compile(r"[^\W\d_]")
_GAP = 0.9  # of the size of the letters


def ends_an_entry(text: str, person: Person) -> bool:
    """Whether a text begins with a day and ends with a person on the same day: 3/4/26 Doses correct   A. Winter, MD 3/4/26."""
    days = list(dates_in(text))
    return (
        len(days) > 1
        and not _LETTER.search(text[: days[0].start])
        and days[0].day == days[-1].day
        and days[0].stop < person.start < days[-1].start
        and not _LETTER.search(TIME_OF_DAY.sub("", text[person.stop : days[-1].start] + text[days[-1].stop :]))
    )


def is_set_apart(part: Placed, person: Person) -> bool:
    """Whether a gap that no two words of a sentence have between them is before a name."""
    words = [(start, word) for start, _, word, _ in part.words]
    return any(
        start == person.start and word.box.left - before.box.right >= _GAP * word.size
        for (_, before), (start, word) in pairwise(words)
    )
