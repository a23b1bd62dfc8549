"""The dated notes of a log: one paper each, under the heading that they share."""

import itertools
import re
from collections.abc import Sequence

from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.pages.blocks import Line
from isocenter.chart.papers.entry_labels import labelled_entry
from isocenter.chart.papers.paper import Paper
from isocenter.chart.papers.paper_days import goes_on_below, is_a_day_alone, is_a_day_of_signing
from isocenter.chart.papers.paper_ends import ends_signed, is_act_of_signing
from isocenter.chart.words.dates import dates_in, first_date
from isocenter.chart.words.people import people_in

_WRITTEN_IN_LOGS = {"weekly_management_note", "weekly_physics_check"}
_FEWEST_NOTES_OF_A_LOG = 2
_BEFORE_A_DAY = re.compile(
    r"\b(?:fx|fxs|fraction|fractions|week|wk|no|date|day|visit|otv|physics|physicist|physician|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?)\b",
    re.IGNORECASE,
)
_DAY_WITHOUT_YEAR = re.compile(
    r"^\W*(?:(?:0?[1-9]|1[0-2])[/-](?:0?[1-9]|[12]\d|3[01])[.,:]?\s+(?!(?:fxs?|fractions?|tx)\s*[,.;)])(?=\S+\s+\S)|\d{1,2}(?:st|nd|rd|th)? (?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\s*[.:–-]\s*(?=\w))",
    re.IGNORECASE,
)
_LATE = re.compile(r"^\W*late entry\b(?=.*\d)", re.IGNORECASE)
_RUN_IN = re.compile(r"^\W*[A-Za-z]+\W{1,3}(?=\d)")  # a heading on the line of its first note
_LETTERS = re.compile(r"[A-Za-z]{2,}")
_OF_A_DICTATION = re.compile(
    r"\W*(?:d|dd|dt|dictated|t|td|tt|transcribed|typed)\b(?: on)?\W{0,3}(?=\d)", re.IGNORECASE
)  # such as: D: 3/9/2026 T: 3/10/2026, below a note


_OF_PHYSICS = re.compile(r"^\W*physic(?:s|ist)\b", re.IGNORECASE)


def notes_of_a_log(grammar: Grammar, paper: Paper) -> list[Paper]:
    """The notes of a paper that holds one a row, each row dated, under the heading that they share.

    A note under a title of its own is a paper of that title; one that names physics beside its day is a check of it.
    """
    if paper.type is None:
        return _notes_signed_day_by_day(grammar, paper)
    if not is_a_log(paper):
        return [paper]
    texts = [line.row.text for line in paper.lines]
    labels = [labelled_entry(grammar, text) for text in texts]
    if labels[0] is None:
        texts[0] = _RUN_IN.sub("", texts[0]) if _RUN_IN.match(texts[0]) else ""
    starts = [
        at
        for at, text in enumerate(texts)
        if labels[at] is not None
        or (
            begins_a_note(text)
            and not _IMAGES_OF_A_SESSION.search(text)
            and not (at and goes_on_below(paper.lines[at - 1].row))
        )
    ]
    starts = sorted({*starts, *_days_that_head_notes([line.row.text for line in paper.lines])})
    if len(starts) < _FEWEST_NOTES_OF_A_LOG:
        return [paper]
    head, above = paper.lines[: starts[0]], _guidance_above(grammar, paper, starts[0])
    physics = grammar.paper_of("weekly_physics_check")
    return above + [
        Paper(
            grammar.no_document
            if _is_still_to_be_done(texts[start], is_alone=stop - start == 1 or _is_a_row(paper.lines[start]))
            else labels[start] or (physics if _is_of_physics(texts[start]) else paper.type),
            paper.title,
            [*(head if not above else ()), *paper.lines[start:stop]],
            parent=paper.parent,
        )
        for start, stop in itertools.pairwise([*starts, len(paper.lines)])
    ]


def _is_still_to_be_done(text: str, *, is_alone: bool) -> bool:
    """Whether a dated row says no more than who is to write it, and that it is due or not yet done.

    A row that `is_alone`, of a table or with no further line of its note, need not say that it is not done.
    """
    spans = [(one.start, one.stop) for one in people_in(text)] + [(day.start, day.stop) for day in dates_in(text)]
    for start, stop in spans:
        text = f"{text[:start]}{' ' * (stop - start)}{text[stop:]}"
    said = _NOT_YET.fullmatch(_BEFORE_A_DAY.sub(" ", text))
    return said is not None and (is_alone or bool(said[1]))


def _is_a_row(line: Line) -> bool:
    return len(line.row.cells) >= _FEWEST_CELLS_OF_A_ROW


_FEWEST_CELLS_OF_A_ROW = 3
_NOT_YET = re.compile(
    r"[\W\d_]*(due|pending|open|scheduled|planned|upcoming|awaiting|outstanding|overdue|missed|not (?:yet )?(?:done|signed|started|due)|to (?:do|be done))?[\W_]*",
    re.IGNORECASE,
)


def _days_that_head_notes(texts: Sequence[str]) -> list[int]:
    """The lines of a day alone that head a note each, signed or not, in a log whose first note is headed so.

    A day below a name is one of signing: what is above a heading is a whole sentence or a signature.
    """
    days = [at for at, text in enumerate(texts) if is_a_day_alone(text) and _heads_prose(texts, at)]
    if not days or days[0] > _LINES_OF_A_HEAD:
        return []
    return [
        at for at in days if at == days[0] or texts[at - 1].rstrip().endswith((".", "!")) or ends_signed(texts[at - 1])
    ]


_KEY_OF_INITIALS = re.compile(r"\W*[A-Z]{2,4}\s*[=:]\s*[A-Z][a-z.]")  # such as: OR = Ole Ray, PhD
_LINES_OF_A_HEAD = 2
_FEWEST_WORDS_OF_PROSE = 4


def _heads_prose(texts: Sequence[str], at: int) -> bool:
    below = texts[at + 1] if at + 1 < len(texts) else ""
    is_prose = len(below.split()) >= _FEWEST_WORDS_OF_PROSE and not is_act_of_signing(below)
    return is_prose and _KEY_OF_INITIALS.match(below) is None


def _notes_signed_day_by_day(grammar: Grammar, paper: Paper) -> list[Paper]:
    """The notes of a paper without a known title that each begin with a day and end with a signature."""
    texts = [line.row.text for line in paper.lines]
    dated = [
        at
        for at, text in enumerate(texts)
        if begins_a_note(text) and not is_act_of_signing(text) and not (at and goes_on_below(paper.lines[at - 1].row))
    ]
    starts = [at for at in dated if at == dated[0] or ends_signed(texts[at - 1])]
    if len(starts) < _FEWEST_NOTES_OF_A_LOG or not any(map(ends_signed, texts[starts[-1] :])):
        return [paper]
    head = [Paper(None, paper.title, paper.lines[: starts[0]])] if starts[0] else []
    return head + [
        Paper(
            labelled_entry(grammar, texts[start])
            or (grammar.paper_of("weekly_physics_check") if _is_of_physics(texts[start]) else None)
            or (grammar.paper_of("weekly_management_note") if _names_a_week(texts[start]) else None),
            paper.title,
            paper.lines[start:stop],
            parent=paper.parent,
        )
        for start, stop in itertools.pairwise([*starts, len(paper.lines)])
    ]


def _names_a_week(text: str) -> bool:
    """Whether a note names its week or visit right behind its day."""
    found = first_date(text)
    return found is not None and _WEEK_BEHIND_A_DAY.match(text, found.stop) is not None


_WEEK_BEHIND_A_DAY = re.compile(r"\W*(?:week|wk|otv|(?:on|under).treatment|weekly)\b", re.IGNORECASE)
_IMAGES_OF_A_SESSION = re.compile(
    r"\b(?:cbct|cone.?beam|kv|mv|mvct|exactrac|sgrt|ultrasound)\b.*\d\s?(?:mm|cm)\b", re.IGNORECASE
)


def _guidance_above(grammar: Grammar, paper: Paper, stop: int) -> list[Paper]:
    """The rows of imaging sessions above the first note of a log, with what is above them, as a paper of its own."""
    if not any(_IMAGES_OF_A_SESSION.search(line.row.text) for line in paper.lines[:stop]):
        return []
    guidance = grammar.paper_of("image_guidance_note")
    return [Paper(guidance, paper.title, paper.lines[:stop], parent=paper.parent)]


def _is_of_physics(text: str) -> bool:
    """Whether a note names physics before its day or right behind it."""
    found = first_date(text)
    return _OF_PHYSICS.match(text) is not None or (
        found is not None and _OF_PHYSICS.match(text[found.stop :]) is not None
    )


def is_a_log(paper: Paper) -> bool:
    return paper.type is not None and bool(set(paper.type.kinds) & _WRITTEN_IN_LOGS)


def begins_a_note(text: str) -> bool:
    """Whether a row begins with a day, perhaps behind a number or a range of fractions, and says more than that."""
    if _DAY_WITHOUT_YEAR.match(text) or _LATE.match(text):
        return True
    if _OF_A_DICTATION.match(text):
        return False
    found = first_date(text)
    if found is None or is_a_day_alone(text) or is_a_day_of_signing(text) or _is_a_row_of_numbers(text[found.stop :]):
        return False
    return not _LETTERS.search(_BEFORE_A_DAY.sub("", text[: found.start])) and bool(_LETTERS.search(text, found.stop))


def _is_a_row_of_numbers(behind_the_day: str) -> bool:
    """Whether a day heads numbers and initials alone, as a record of treatments has for each field."""
    if _OF_A_FRACTION.match(behind_the_day):
        return False  # such as: 3/13/2026 Fx 10/25
    return len(_VALUE.findall(behind_the_day)) >= _FEWEST_VALUES and _WORD.search(behind_the_day) is None


_OF_A_FRACTION = re.compile(r"\W*(?:fxs?|fractions?|tx|wk|week)\b\W*\d", re.IGNORECASE)


_VALUE, _WORD = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])"), re.compile(r"[A-Za-z]{3,}")
_FEWEST_VALUES = 2


def begins_with_a_day_without_year(text: str) -> bool:
    """Whether a row begins with a day whose year is not written, as the notes of a log do."""
    return _DAY_WITHOUT_YEAR.match(text) is not None
