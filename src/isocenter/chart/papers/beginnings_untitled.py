"""Papers that begin without a title: by a head that recurs, a day, a page, or behind a signature."""

import itertools
import re
from collections.abc import Sequence

from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.pages.blocks import is_heading
from isocenter.chart.pages.layout import Row
from isocenter.chart.papers.notes_of_a_log import begins_a_note, is_a_log
from isocenter.chart.papers.paper import Paper
from isocenter.chart.papers.paper_days import is_a_day_alone, is_row_of_a_session
from isocenter.chart.papers.paper_ends import SIGNED, is_act_of_signing, is_behind_a_signature, is_name_alone, is_signed
from isocenter.chart.papers.paper_habits import Habits
from isocenter.chart.papers.row_places import Place
from isocenter.chart.papers.slips import head_of_record, labels_a_paper, words_of_a_label
from isocenter.chart.papers.title_places import (
    CONTINUED,
    FEW_LINES_ABOVE_A_DAY,
    FEW_LINES_ABOVE_A_TITLE,
    is_labelled,
    label_of_day,
)
from isocenter.chart.papers.titles import title_of_words
from isocenter.chart.patient.identity_marks import names_the_patient
from isocenter.chart.words.dates import dates_in, has_date

_TYPE_OF_RECORD = re.compile(
    r"\b(?:appt|appointment|encounter|visit|note|report|result|service)\.? type\W{1,3}([A-Za-z][A-Za-z /-]*)",
    re.IGNORECASE,
)  # among the fields in the head of an entry, such as: Date 4 Mar 2025 Appt Type OTV
_MOST_CELLS_OF_A_LABEL = 2
_DAY_FIELD = re.compile(
    r"^\W*(?:date(?: of (?:service|note|visit|procedure))?|d\.?o\.?s\.?|service date|encounter date|visit date|date of note)\s*:?\s*[\dA-Z]",
    re.IGNORECASE,
)
_FAR_LARGER, _MOST_WORDS_OF_A_TITLE = 1.25, 10
_FEWEST_CELLS_OF_A_TABLE = 3
_SALUTATION = re.compile(
    r"^\W*(?:dear [A-Z]|to (?:whom it may concern|the (?:medical )?(?:director|reviewer)))", re.IGNORECASE
)
_LINES_ABOVE_A_SALUTATION = 8


def begun_without_a_title(grammar: Grammar, habits: Habits, place: Place, current: Paper | None) -> Paper | None:
    row = place.row
    if head_of_record(row) in habits.record_heads:
        kind = _TYPE_OF_RECORD.search(row.text)
        return Paper(title_of_words(grammar, kind[1]) if kind else None, "")
    labelled = is_labelled(habits, row) and len(row.cells) <= _MOST_CELLS_OF_A_LABEL
    if labelled and habits.dates_headings:
        return Paper(title_of_words(grammar, words_of_a_label(row.text)), row.text.strip())
    if place.anew or labelled:
        return Paper(None, row.text.strip() if labelled or labels_a_paper(row) else "")
    if current is not None and not _is_above_a_title(grammar, place, current) and _begins_anew(row, current):
        return Paper(current.type, current.title, parent=current.parent)
    opens_a_page = place.first and (
        current is None
        or (
            current.lines[-1].page != place.number
            and (not _goes_on(current, place.page) or _is_headed_like_a_paper(place, habits))
        )
    )
    if opens_a_page or (current is not None and _begins_behind_a_signature(row, current, place.size, place.capitals)):
        return Paper(None, "")
    return None


def _is_above_a_title(grammar: Grammar, place: Place, current: Paper) -> bool:
    """Whether the first row of a page stands right above a title."""
    following = place.page[place.at + 1 : place.at + 1 + FEW_LINES_ABOVE_A_TITLE]
    return current.lines[-1].page != place.number and any(
        len(row.text.split()) <= _MOST_WORDS_OF_A_TITLE and title_of_words(grammar, row.text) is not None
        for row in following
    )


def _is_day_of_a_signature(current: Paper) -> bool:
    """Whether a day alone is that of the signature above it, which has none yet, perhaps behind a reason or a title."""
    for line in reversed(current.lines[-_LINES_OF_A_SIGNATURE:]):
        text = line.row.text
        if len(text) > _LONGEST_LINE_OF_A_SIGNATURE or has_date(text):
            return False
        if is_act_of_signing(text):
            return True
    return False


_LINES_OF_A_SIGNATURE, _LONGEST_LINE_OF_A_SIGNATURE = 4, 80


def _is_headed_like_a_paper(place: Place, habits: Habits) -> bool:
    """Whether the first row of a page is in bold letters far larger than its others, where titles are printed alike."""
    return bool(habits.title_styles) and place.row.bold and place.row.size > _FAR_LARGER * place.size


def _begins_anew(row: Row, current: Paper) -> bool:
    """Whether a row dates another paper of the same title, with the words that date the signed one above it.

    In logs of notes a day alone does, right behind a signature with its day.
    """
    if is_a_day_alone(row.text):
        if _is_day_of_a_signature(current):
            return False
        if is_a_log(current) and is_act_of_signing(current.lines[-1].row.text):
            return True
    label = label_of_day(row.text)
    return (
        bool(label)
        and is_signed(current)
        and any(label_of_day(line.row.text) == label for line in current.lines[:FEW_LINES_ABOVE_A_DAY])
    )


def _begins_behind_a_signature(row: Row, current: Paper, size: float, capitals: bool) -> bool:
    """Whether a heading or a short line with a day of its own follows right behind a signature."""
    if not is_behind_a_signature(row, current) or is_row_of_a_session(row.text) or is_name_alone(row.text):
        return False
    if _is_a_further_row(current.lines[-1].row, row):
        return False
    if _is_row_of_days(current.lines[-1].row, row):
        return False
    if _PART_OF_A_FORM.fullmatch(row.text):
        return False  # the form goes on with what somebody else fills in
    if is_row_of_a_session(current.lines[-1].row.text):
        return False  # whoever looked at the images of a session signs no paper there
    if is_a_log(current) and begins_a_note(row.text):
        return False
    words = row.text.split()
    dated = len(words) <= 9 and any(found.start <= 2 or found.stop >= len(row.text) - 1 for found in dates_in(row.text))
    signs = SIGNED.search(row.text) is not None or _MARK_OF_SIGNING.search(row.text) is not None
    return (is_heading(row, size, capitals) or (dated and not signs)) and len(words) > 1


_MARK_OF_SIGNING = re.compile(r"(?<!\w)/e?s/", re.IGNORECASE)


_WHO = r"(?:(?:attending |treating )?physician|m\.?d|doctor|attending|(?:radiation )?oncologist|therapist|therapy|dosimetrist|dosimetry)(?:['’]s)?"
_PART_OF_A_FORM = re.compile(
    rf"\W*(?:(?:part|section)\W+(?:[A-D]|\d|I{{1,3}})\W+)?(?:(?:to be (?:completed|filled in) by|for)(?: the)? {_WHO}(?: use)?(?: only)?"
    rf"|{_WHO} (?:section|part|portion|component|participation|use only))\W*",
    re.IGNORECASE,
)  # such as: Physician section


def _is_a_further_row(above: Row, row: Row) -> bool:
    """Whether a row goes on with the table of the row above it: as many cells, and a day first in both."""
    cells = (above.cells, row.cells)
    return (
        min(map(len, cells)) >= _FEWEST_CELLS_OF_A_TABLE
        and abs(len(above.cells) - len(row.cells)) <= 1
        and all(has_date(first.text) for first, *_ in cells)
        and abs(above.box.left - row.box.left) < row.size
    )


def _is_row_of_days(above: Row, row: Row) -> bool:
    """Whether a row gives the day of each signer of the row above it, below a label such as Date."""
    label, *days = row.cells
    return (
        len(row.cells) > _MOST_CELLS_OF_A_LABEL
        and len(above.cells) <= len(row.cells)
        and abs(above.box.left - row.box.left) < row.size
        and _LABEL_OF_DAYS.fullmatch(label.text) is not None
        and any(is_a_day_alone(cell.text) for cell in days)
    )


_LABEL_OF_DAYS = re.compile(r"\W*(?:date|day|time)(?: signed)?(?: ?(?:/|&|and) ?time)?\W*", re.IGNORECASE)


def _goes_on(current: Paper, rows: Sequence[Row]) -> bool:
    """Whether a page without a title goes on with the paper of the page before."""
    if any(CONTINUED.search(row.text) for row in rows[:3]):
        return True
    if _opens_with_a_day(rows) or any(_SALUTATION.match(row.text) for row in rows[:_LINES_ABOVE_A_SALUTATION]):
        return False
    return not is_signed(current)


def _opens_with_a_day(rows: Sequence[Row]) -> bool:
    """Whether a page opens with a short line and the day of a note below it, as a paper does."""
    body = [row.text for row in rows[:6] if not names_the_patient(row.text)]
    return any(
        len(above.split()) <= 8 and above[-1:] not in ".,;" and (is_a_day_alone(below) or bool(_DAY_FIELD.match(below)))
        for above, below in itertools.pairwise(body)
    )
