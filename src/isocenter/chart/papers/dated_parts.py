"""Sheets under one title that several people filled in and signed one below the other, each part under its day."""

import re
from collections.abc import Sequence
from itertools import pairwise

from isocenter.chart.grammar.grammar import Grammar, PaperType
from isocenter.chart.pages.layout import Row
from isocenter.chart.papers.notes_of_a_log import is_a_log
from isocenter.chart.papers.paper import Paper
from isocenter.chart.papers.paper_days import goes_on_below, is_a_day_alone, is_a_day_of_sessions, is_row_of_a_session
from isocenter.chart.papers.paper_ends import is_act_of_signing
from isocenter.chart.papers.titles import sure_title
from isocenter.chart.words.dates import dates_in, first_date, has_date

_LINES_OF_A_HEAD = 3
_LINES_BEHIND_A_SIGNATURE = 3
_FEWEST_WORDS = 4
_ENDS_A_HEADING = re.compile(r"[.:(;]")
_WEEKLY = {"weekly_management_note", "weekly_physics_check", "weekly_image_review", "signature_log"}


def with_dated_parts_apart(grammar: Grammar, paper: Paper) -> list[Paper]:
    """The parts of a sheet that begin with a day and end with a signature, each a paper of its own.

    A part is of the type that its first words name, else what it states shows what it is.
    """
    rows = [line.row for line in paper.lines]
    if paper.type is not None and (paper.type.none or paper.type.facility or _WEEKLY & {*paper.type.kinds}):
        return [paper]
    starts = [at for at in range(len(rows)) if _begins_a_part(grammar, rows, at)]
    if paper.type is None and starts[:1] == [0]:
        paper.type = _type_named(grammar, _heading(rows[0].text)) or paper.type
    if starts and any(is_act_of_signing(row.text) for row in rows[: starts[0]]):
        starts.insert(0, 0)
    if len(starts) < 2 or starts[0] > _LINES_OF_A_HEAD or is_a_log(paper):
        return [paper]
    parts: list[Paper] = []
    for start, stop in pairwise([*starts, len(rows)]):
        heading = _heading(rows[start].text) if has_date(rows[start].text) else ""
        named = _type_named(grammar, heading)
        lines = paper.lines[start:stop] if parts else paper.lines[:stop]
        title = heading if named is not None else paper.title
        parts.append(
            Paper(
                named or paper.type, title, lines, parent=paper.parent, sections=paper.sections, is_part=named is None
            )
        )
    return parts


def _begins_a_part(grammar: Grammar, rows: Sequence[Row], at: int) -> bool:
    text = rows[at].text
    day = first_date(text)
    if day is None or is_a_day_alone(text) or is_act_of_signing(text) or _is_row_of_a_table(rows[at]):
        return False
    named = _type_named(grammar, text[: day.start]) if day.start > 1 else None
    if day.start > 1 and (named is None or named.none):
        return False  # such as: Template 7, last edited 1/15/2025
    behind = text[day.stop :]
    if len(behind.split()) < _FEWEST_WORDS or (is_row_of_a_session(text) and not _IS_PROSE.search(behind)):
        return False
    above = rows[max(at - _LINES_BEHIND_A_SIGNATURE, 0) : at]
    if above and (goes_on_below(above[-1]) or is_a_day_of_sessions(above[-1], rows[at])):
        return False
    return (
        at <= _LINES_OF_A_HEAD
        or _OF_A_FRACTION.match(behind) is not None
        or (_OF_A_DISCIPLINE.match(behind) is not None and any(is_act_of_signing(row.text) for row in rows[:at]))
        or any(is_act_of_signing(row.text) for row in above)
    )


_OF_A_DISCIPLINE = re.compile(
    r"\W{0,3}(?:dosimetr(?:y|ist)|physician|attending|md|physics|physicist|therap(?:y|ists?)|nurs(?:e|ing))\s*[.:]\s+(?=\S)",
    re.IGNORECASE,
)  # such as: May 23, 2025, physician. I sat with ...
_OF_A_FRACTION = re.compile(r"\W{0,3}(?:fx|fractions?|week|wk)\W{0,3}#?\d", re.IGNORECASE)
_IS_PROSE = re.compile(r"[a-z)]\.\s+[A-Z]|^[^:]{4,40}:\s+[A-Za-z]")
_SHARE_OF_A_CELL = 0.6


def _is_row_of_a_table(row: Row) -> bool:
    words = [len(cell.words) for cell in row.cells]
    return len(words) > 2 and max(words) < _SHARE_OF_A_CELL * sum(words)


def _heading(text: str) -> str:
    """The words before the day of a part, or the first behind it, such as: Staff review."""
    day = next(dates_in(text))
    before = text[: day.start].strip(" ,.:-–")
    return before or _ENDS_A_HEADING.split(text[day.stop :].lstrip(" ,.:-–/"), maxsplit=1)[0].strip()


def _type_named(grammar: Grammar, heading: str) -> PaperType | None:
    if _OF_A_FRACTION.match(heading):
        kind = "weekly_physics_check" if _CHECKED_BY_PHYSICS.search(heading) else "weekly_management_note"
        return grammar.paper_of(kind)
    return sure_title(grammar, heading) if len(heading.split()) <= _MOST_WORDS_OF_A_HEADING else None


_MOST_WORDS_OF_A_HEADING = 6
_CHECKED_BY_PHYSICS = re.compile(r"\bMUs?\b|\bmonitor units\b|\bcouch\b|\brecord and verify\b", re.IGNORECASE)
