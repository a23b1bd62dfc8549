"""Weekly entries below a heading within a paper of no known title, such as the back of a treatment card.

A heading of few words is above rows that each begin with a day, and names weeks or the columns of a card. The visits of
the physician and the checks of physics have headings of their own.
"""

import re
from collections.abc import Sequence

from isocenter.chart.blocks import Line
from isocenter.chart.dates import dates_in
from isocenter.chart.grammar import Grammar
from isocenter.chart.paper import Paper

_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
_BEGINS_WITH_A_DAY = re.compile(
    rf"^\W*(?:\d{{1,2}}[/-]\d{{1,2}}(?:[/-]\d{{2,4}})?|\d{{4}}[-./]\d{{1,2}}[-./]\d{{1,2}}|\d{{1,2}}(?:st|nd|rd|th)? {_MONTH}|{_MONTH} \d{{1,2}})"
    r"(?![/\d])\W*(?=\S*[A-Za-z]|\d)",
    re.IGNORECASE,
)
_WEEKS = re.compile(r"\b(?:week(?:s|ly)?|wk(?:s|ly)?|otvs?|jottings)\b", re.IGNORECASE)
_COLUMNS = re.compile(r"^\W*date\W+(?:fx|fxs|fractions?|sessions?)\W+\w+\W*$", re.IGNORECASE)
_PHYSICS = re.compile(r"\bphysic(?:s|ist)\b", re.IGNORECASE)
_RUN_IN = re.compile(r"^\W*physics?\W{1,3}(?=\d)", re.IGNORECASE)
_MOST_WORDS_OF_A_HEADING = 6
_FEWEST_ENTRIES = 2


def with_weekly_entries_apart(grammar: Grammar, paper: Paper) -> list[Paper]:
    """The paper and, as papers of their own, the weekly entries below headings within it."""
    if paper.type is not None and paper.type.kinds:
        return [paper]
    parts: list[Paper] = [Paper(paper.type, paper.title, parent=paper.parent)]
    for at, line in enumerate(paper.lines):
        name = _heading(paper.lines, at)
        if name is not None:
            known = next((known for known in grammar.papers if known.name == name), None)
            parts.append(Paper(known, line.row.text.strip()))
        parts[-1].lines.append(line)
    if not any(part.type is not None and _entries(part.lines) >= _FEWEST_ENTRIES for part in parts[1:]):
        return [paper]
    return [part for part in parts if part.lines]


def _heading(lines: Sequence[Line], at: int) -> str | None:
    """The kind of entries that a row heads; '' of entries of another kind, None where it heads none."""
    text = lines[at].row.text
    if _RUN_IN.match(text):
        return "weekly physics"
    below = lines[at + 1].row.text if at + 1 < len(lines) else ""
    words = text.split()
    is_short = (
        len(words) <= _MOST_WORDS_OF_A_HEADING and not any(True for _ in dates_in(text)) and text[-1:] not in ".;"
    )
    if not is_short or _BEGINS_WITH_A_DAY.match(text) or not _BEGINS_WITH_A_DAY.match(below):
        return None
    if _PHYSICS.search(text) and (_WEEKS.search(text) or _COLUMNS.match(text)):
        return "weekly physics"
    return "weekly visit" if _WEEKS.search(text) or _COLUMNS.match(text) else ""


def _entries(lines: Sequence[Line]) -> int:
    return sum(_BEGINS_WITH_A_DAY.match(line.row.text) is not None for line in lines)
