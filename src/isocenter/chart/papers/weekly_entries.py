"""Weekly entries below a heading within a paper of no known title, such as the back of a treatment card.

A heading of few words is above rows that each begin with a day, and names weeks or the columns of a card. The visits of
the physician and the checks of physics have headings of their own.
"""

import re
from collections.abc import Sequence

from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.pages.blocks import Line
from isocenter.chart.papers.notes_of_a_log import is_a_log
from isocenter.chart.papers.paper import Paper
from isocenter.chart.papers.paper_ends import is_act_of_signing
from isocenter.chart.words.dates import has_date

_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
_BEGINS_WITH_A_DAY = re.compile(
    rf"^\W*(?:\d{{1,2}}[/-]\d{{1,2}}(?:[/-]\d{{2,4}})?|\d{{4}}[-./]\d{{1,2}}[-./]\d{{1,2}}|\d{{1,2}}(?:st|nd|rd|th)? {_MONTH}|{_MONTH} \d{{1,2}})"
    r"(?![/\d])\W*(?=\S*[A-Za-z]|\d)",
    re.IGNORECASE,
)
_WEEKS = re.compile(r"\b(?:week(?:s|ly)?|wk(?:s|ly)?|otvs?|jottings)\b", re.IGNORECASE)
_COLUMNS = re.compile(r"^\W*date\W+(?:fx|fxs|fractions?|sessions?)\W+\w+\W*$", re.IGNORECASE)
_PHYSICS = re.compile(r"\bphysic(?:s|ist)\b", re.IGNORECASE)
_PHYSICS_ALONE = re.compile(
    r"\W*(?:medical )?(?:physics|physicists?)(?:'s?)?(?: (?:log|notes?|entries|record|page|column|card))?\W*",
    re.IGNORECASE,
)
_RUN_IN = re.compile(r"^\W*physics?\W{1,3}(?=\d)", re.IGNORECASE)
_MOST_WORDS_OF_A_HEADING = 6
_FEWEST_ENTRIES = 2


def with_weekly_entries_apart(grammar: Grammar, paper: Paper) -> list[Paper]:
    """The paper and, as papers of their own, the weekly entries below headings within it.

    A log goes on up to a heading of the other log, or of an entry that is none of a log.
    """
    if is_a_log(paper):
        return _parts_of_a_log(grammar, paper)
    if paper.type is not None and paper.type.kinds:
        return [paper]
    parts: list[Paper] = [Paper(paper.type, paper.title, parent=paper.parent)]
    for at, line in enumerate(paper.lines):
        name = _heading(paper.lines, at)
        if name is not None:
            parts.append(Paper(grammar.paper_named(name), line.row.text.strip()))
        parts[-1].lines.append(line)
    if not any(part.type is not None and _entries(part.lines) >= _FEWEST_ENTRIES for part in parts[1:]):
        return [paper]
    return [part for part in parts if part.lines]


def _parts_of_a_log(grammar: Grammar, log: Paper) -> list[Paper]:
    """A log with what is below later headings as papers of their own: the other log, or an entry under its day in capitals."""
    parts = [Paper(log.type, log.title, parent=log.parent)]
    written_small = any(any(c.islower() for c in line.row.text) for line in log.lines[1:])
    for at, line in enumerate(log.lines):
        name = _heading(log.lines, at) if at and not _RUN_IN.match(line.row.text) else None
        known = grammar.paper_named(name)
        if known is not None and known is not parts[-1].type:
            parts.append(Paper(known, line.row.text.strip(), parent=log.parent))
        elif at and written_small and _heads_an_entry_of_its_own(log.lines, at):
            parts.append(Paper(None, _DAY_AHEAD.sub("", line.row.text).strip(), parent=log.parent))
        parts[-1].lines.append(line)
    return parts


_DAY_AHEAD = re.compile(r"^\W*\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}\W+")
_NAME_IN_CAPITALS = re.compile(r"[A-Z][A-Z'-]+(?: (?:[A-Z][A-Z'-]*|&|/)){0,4}")
_OF_A_NOTE = re.compile(
    r"\b(?:OTVS?|FXS?|WEEK(?:LY)?|WK|VISIT|SEEN|NO|NOT|SHOW|HELD|OK|STABLE|DONE|SKIPPED|PHYSICS|RN|MD|NOTE|CONTINUE)\b"
)


def _heads_an_entry_of_its_own(lines: Sequence[Line], at: int) -> bool:
    """Whether a row is a day and a name in capitals above text in small letters, such as: 5/2/2026 NEW PLANNING SCAN."""
    text = lines[at].row.text
    name = _DAY_AHEAD.sub("", text, count=1).strip()
    below = lines[at + 1].row.text if at + 1 < len(lines) else ""
    return (
        name != text.strip()
        and _NAME_IN_CAPITALS.fullmatch(name) is not None
        and _OF_A_NOTE.search(name) is None
        and any(c.islower() for c in below)
        and not _BEGINS_WITH_A_DAY.match(below)
    )


RANGE_OF_SESSIONS = re.compile(
    r"\W*(?:(?:visit|seen|note|week|wk) ?\d{0,2}\W{1,3})?(?:fxs?|frs?|tx|treatments?|fractions?|sessions?|sittings?)\W{0,2}\d{1,2}\s?(?:-|–|to|through|thru)\s?\d{1,2}\b",
    re.IGNORECASE,
)
_MOST_WORDS_OF_A_RANGE = 9


def begins_a_further_range(current: Paper, text: str) -> bool:
    """Whether a line heads one more weekly entry of a paper whose first one is headed by its sessions and its day too.

    Such as: Fractions 6-10, seen 5/2/2025.
    """
    if not is_a_log(current) or not _heads_a_range(text):
        return False
    return any(_heads_a_range(line.row.text) for line in current.lines)


def _heads_a_range(text: str) -> bool:
    return (
        RANGE_OF_SESSIONS.match(text) is not None
        and len(text.split()) <= _MOST_WORDS_OF_A_RANGE
        and has_date(text)
        and not is_act_of_signing(text)
    )


def _heading(lines: Sequence[Line], at: int) -> str | None:
    """The kind of entries that a row heads; '' of entries of another kind, None where it heads none."""
    text = lines[at].row.text
    if _RUN_IN.match(text):
        return "weekly physics"
    below = lines[at + 1].row.text if at + 1 < len(lines) else ""
    words = text.split()
    is_short = len(words) <= _MOST_WORDS_OF_A_HEADING and not has_date(text) and text[-1:] not in ".;"
    if not is_short or _BEGINS_WITH_A_DAY.match(text) or not _BEGINS_WITH_A_DAY.match(below):
        return None
    if _PHYSICS_ALONE.fullmatch(text) or (_PHYSICS.search(text) and (_WEEKS.search(text) or _COLUMNS.match(text))):
        return "weekly physics"
    return "weekly visit" if _WEEKS.search(text) or _COLUMNS.match(text) else ""


def _entries(lines: Sequence[Line]) -> int:
    return sum(_BEGINS_WITH_A_DAY.match(line.row.text) is not None for line in lines)
