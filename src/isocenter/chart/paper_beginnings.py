"""Where a paper of a chart begins: by its title, its form number, an addendum, a draft, or behind a signature."""

import itertools
import re
from collections.abc import Sequence

from isocenter.chart.blocks import is_heading
from isocenter.chart.dates import dates_in
from isocenter.chart.entry_labels import labelled_entry, run_in_title
from isocenter.chart.grammar import Grammar, PaperType
from isocenter.chart.identity_marks import names_the_patient
from isocenter.chart.layout import Row
from isocenter.chart.notes_of_a_log import begins_a_note, begins_with_a_day_without_year, is_a_log
from isocenter.chart.paper import Paper
from isocenter.chart.paper_days import is_a_day_alone, is_dated, is_row_of_a_session
from isocenter.chart.paper_ends import SIGNED, is_act_of_signing, is_behind_a_signature, is_name_alone, is_signed
from isocenter.chart.paper_habits import COUNTED_SECTION, NUMBERED_FORM, Habits
from isocenter.chart.people import people_in
from isocenter.chart.row_places import Place, is_below_a_rule
from isocenter.chart.slips import (
    head_of_record,
    labels_a_paper,
    words_of_a_label,
)
from isocenter.chart.title_styles import is_printed_as_a_title
from isocenter.chart.titles import (
    NAMED_TITLE,
    before_the_patient,
    holds_a_result,
    sure_title,
    title_of,
    title_of_form,
    title_of_words,
)
from isocenter.chart.weekly_entries import begins_a_further_range

_CONTINUED = re.compile(r"\bcontinued\b|\(cont\.?\)|\bcont'd\b|\bpage [2-9] of", re.IGNORECASE)
_ADDENDUM = re.compile(
    r"^\W*(?:[\d/.-]{6,10}\W+)?(?:late(?=[.:])|(?:addend(?:um|a)|amendment|late entry|correction)\b)", re.IGNORECASE
)
_DRAFT = re.compile(r"^\W*(?:DRAFT|PRELIMINARY|UNSIGNED)\b\W*")
_NOTE_TYPE = re.compile(
    r"^\W*(?-i:TITLE:\s*\S.*\d{4})|^\W*(?:local title|(?:note|document|doc|report|result|entry|record) type|(?:note|document|doc|report) title)\s*:\s*\S",
    re.IGNORECASE,
)
_TYPE_OF_RECORD = re.compile(
    r"\b(?:appt|appointment|encounter|visit|note|report|result|service)\.? type\W{1,3}([A-Za-z][A-Za-z /-]*)",
    re.IGNORECASE,
)  # among the fields in the head of an entry, such as: Date 4 Mar 2025 Appt Type OTV
_FIELD = re.compile(r"^\W*([A-Za-z][A-Za-z ]{2,24}?)\s*:\s*\S")
_MOST_FIELDS_OF_A_HEAD = 6
_MOST_CELLS_OF_A_LABEL = 2
_DAY_FIELD = re.compile(
    r"^\W*(?:date(?: of (?:service|note|visit|procedure))?|d\.?o\.?s\.?|service date|encounter date|visit date|date of note)\s*:?\s*[\dA-Z]",
    re.IGNORECASE,
)
_FEW_LINES_ABOVE_A_TITLE = 3
_FAR_LARGER, _MOST_WORDS_OF_A_TITLE = 1.25, 10
_LETTERS = re.compile(r"[A-Za-z]{2,}")


def title_at(grammar: Grammar, place: Place, current: Paper | None) -> PaperType | None:
    """The type of paper that a row titles; the rows of a log title none."""
    if is_row_of_a_session(place.row.text):
        return None
    behind = place.first or (current is not None and is_behind_a_signature(place.row, current))
    behind = behind or is_below_a_rule(place)
    title = title_of(grammar, place.row, place.size, place.capitals, behind)
    if title is None and current is not None and _repeats_its_title(place.row, current):
        title = current.type
    is_entry = title is not None and current is not None and begins_with_a_day_without_year(place.row.text)
    if is_entry and current is not None and (is_a_log(current) or _holds_an_entry(current)):
        return None
    return title


_FEWEST_WORDS_REPEATED = 2


def _repeats_its_title(row: Row, current: Paper) -> bool:
    """Whether a row of cells repeats the first words of the title of the paper before it and a day, as a list of sheets does."""
    own, words = _without_days(current.title), _without_days(row.text)
    return (
        len(row.cells) > 1
        and len(own) > _FEWEST_WORDS_REPEATED
        and own[:_FEWEST_WORDS_REPEATED] == words[:_FEWEST_WORDS_REPEATED]
        and any(True for _ in dates_in(row.text))
    )


def _holds_an_entry(paper: Paper) -> bool:
    return any(begins_with_a_day_without_year(line.row.text) for line in paper.lines)


def paper_begun(grammar: Grammar, habits: Habits, place: Place, current: Paper | None) -> Paper | None:
    """The paper that begins at a row; None where the paper before goes on."""
    if _heads_a_part_of_what_is_open(grammar, place, current) or _is_unanswered(place.row.text):
        return None
    if current is not None and _is_a_letter_under_its_heading(place, current):
        return None
    if current is not None and begins_a_further_range(current, place.row.text):
        return Paper(current.type, current.title, parent=current.parent)
    form = _begun_by_a_form(grammar, habits, place) or _begun_by_its_style(grammar, habits, place)
    if form is not None:
        return form
    if current is not None and goes_on_with_its_head(place, current):
        return None
    if current is not None and _NOTE_TYPE.match(place.row.text):
        return Paper(place.title, place.row.text.strip())
    if current is not None and place.title is not None and titles_what_stands_above(place, current):
        return None
    if place.title is not None and (current is None or _begins_by_title(habits, place, current)):
        return Paper(place.title, place.row.text.strip())
    if current is not None:
        adding = (
            _begun_by_an_addendum(place, current)
            or _begun_by_a_labelled_entry(grammar, place, current)
            or _begun_by_a_draft(grammar, place, current)
            or _begun_by_a_repeat(place, current)
            or _begun_by_a_run_in_title(grammar, place, current)
            or _begun_by_a_titling_sentence(grammar, place, current)
        )
        if adding is not None:
            return adding
    return _begun_without_a_title(grammar, habits, place, current) if place.title is None else None


def _is_unanswered(text: str) -> bool:
    """Whether a row is a question of a form whose boxes are all open, such as: Bolus ☐ needed ☐ not needed."""
    return (text.count("☐") > 1 or text.rstrip().endswith("☐")) and not re.search("[☒☑]", text)


def _is_a_letter_under_its_heading(place: Place, current: Paper) -> bool:
    """Whether a salutation stands right below the title of a visit, which is the letter's own."""
    return (
        place.title is not None
        and place.title.by_content
        and current.type is not None
        and "visit_note" in current.type.kinds
        and current.type is not place.title
        and current.lines[0].page == place.number
        and len(current.lines) <= _FEW_LINES_ABOVE_A_TITLE
        and not any(SIGNED.search(line.row.text) for line in current.lines)
    )


def _begun_by_a_run_in_title(grammar: Grammar, place: Place, current: Paper) -> Paper | None:
    """A paper behind a signature whose title stands in capitals on the line with its first sentence."""
    if not current.lines or not is_act_of_signing(current.lines[-1].row.text):
        return None
    found = run_in_title(grammar, place.row)
    dated = found is not None and any(True for _ in dates_in(found[0]))
    if found is None or (found[1] is None and not dated):
        return _begun_by_a_statement_of_the_facility(grammar, place)
    return Paper(found[1], found[0])


def _begun_by_a_statement_of_the_facility(grammar: Grammar, place: Place) -> Paper | None:
    """A statement about the facility behind a signature, whose title is in any letters before a colon."""
    title, colon, rest = place.row.text.partition(": ")
    if not colon or not rest or len(title.split()) > _MOST_WORDS_OF_A_DATED_TITLE:
        return None
    kind = title_of_words(grammar, title)
    return Paper(kind, title) if kind is not None and kind.facility else None


def _begun_by_a_labelled_entry(grammar: Grammar, place: Place, current: Paper) -> Paper | None:
    """A paper that is entered under a day and a known title behind the end of the one before, or below a heading."""
    if is_a_log(current) and current.parent is None:
        return None  # its notes are parted once it is whole
    kind = labelled_entry(grammar, place.row.text)
    if kind is not None and "prescription" in kind.kinds and current.type is not None and not is_signed(current):
        return None  # the order of what the paper is about, such as: Order 3/4/2026. Cone beam before each fraction
    if kind is None or not (is_signed(current) or len(current.lines) <= _FEW_LINES_ABOVE_A_DAY):
        return None
    if current.type is not None and current.type.kinds and not is_signed(current):
        return None  # the first field of what the title names, such as: Indication (3/4/2026): ...
    return Paper(kind, place.row.text.strip())


def _begun_by_a_form(grammar: Grammar, habits: Habits, place: Place) -> Paper | None:
    if habits.counts_sections and COUNTED_SECTION.match(place.row.text):
        return Paper(
            title_of_words(grammar, COUNTED_SECTION.sub("", place.row.text)) or place.title, place.row.text.strip()
        )
    found = NUMBERED_FORM.match(place.row.text) if habits.numbered else None
    if found is None or found[1].lower() not in habits.numbered or holds_a_result(place.row.text):
        return None
    return Paper(title_of_form(grammar, place.row) or place.title, place.row.text.strip())


def _begun_by_its_style(grammar: Grammar, habits: Habits, place: Place) -> Paper | None:
    """A paper whose heading is printed as the chart prints its titles, whether its words are known or not."""
    if not is_printed_as_a_title(place.row, habits.title_styles) or _ADDENDUM.match(place.row.text):
        return None
    words = place.row.text.strip()
    return Paper(place.title or title_of_words(grammar, words), words)


def _heads_a_part_of_what_is_open(grammar: Grammar, place: Place, current: Paper | None) -> bool:
    """Whether words that also head sections stand within a paper of the same page that nobody signed, such as: Fields."""
    return (
        current is not None
        and bool(current.lines)
        and current.lines[-1].page == place.number
        and not is_signed(current)
        and place.row.text.strip(" :").lower() in grammar.weak
    )


def goes_on_with_its_head(place: Place, current: Paper) -> bool:
    """Whether a row is one more field of the head with which a record system begins an entry: type, day, status, title."""
    rows = [line.row.text for line in current.lines]
    fields = [match[1].lower() for text in rows if (match := _FIELD.match(text))]
    own = _FIELD.match(place.row.text)
    return (
        own is not None
        and bool(rows)
        and current.lines[-1].page == place.number
        and len(fields) == len(rows) <= _MOST_FIELDS_OF_A_HEAD
        and _NOTE_TYPE.match(rows[0]) is not None
        and own[1].lower() not in fields
    )


def titles_what_stands_above(place: Place, current: Paper) -> bool:
    """Whether a title names the few lines above it, which began a paper without one."""
    return (
        current.type is None
        and bool(current.lines)
        and current.lines[0].page == place.number
        and (len(current.lines) <= _FEW_LINES_ABOVE_A_TITLE or _is_a_head(current))
        and not is_signed(current)
    )


def _is_a_head(current: Paper) -> bool:
    """Whether the lines so far are short and none ends a sentence, as names of a place, a patient and a day."""
    texts = [line.row.text.strip() for line in current.lines]
    return len(texts) <= _MOST_LINES_OF_A_HEAD and all(
        len(text.split()) <= _MOST_WORDS_OF_A_HEAD_LINE and not text.endswith((".", ";", ":")) for text in texts
    )


_MOST_LINES_OF_A_HEAD = 6
_MOST_WORDS_OF_A_HEAD_LINE = 10


def _begins_by_title(habits: Habits, place: Place, current: Paper) -> bool:
    assert place.title is not None
    return (
        place.anew
        or is_below_a_rule(place)
        or before_the_patient(place.row) is not None
        or _is_dated_title(place, current)
        or _begins_paper(place.title, place.row, current, place.first, place.size)
        or _is_below_a_letterhead(place, current)
        or _is_labelled(habits, place.row)
        or (
            place.title is not current.type
            and len(current.lines) > 1
            and _heads_dated_lines(place.row, place.page[place.at + 1 : place.at + 3], place.size)
        )
    )


def _is_below_a_letterhead(place: Place, current: Paper) -> bool:
    """Whether a title of another paper stands near the head of a page, below a few short lines such as names and forms."""
    above = place.page[: place.at]
    return (
        place.title is not current.type
        and place.title is not None
        and bool(place.title.kinds)
        and current.lines[0].page != place.number
        and 0 < place.at <= _LINES_OF_A_LETTERHEAD
        and all(
            len(row.text.split()) <= _MOST_WORDS_OF_A_LETTERHEAD_LINE and row.text[-1] not in ".;:" for row in above
        )
        and (place.is_heading or place.row.text[:1].isupper())
        and len(place.row.text.split()) <= _MOST_WORDS_OF_A_HEAD_LINE
    )


_LINES_OF_A_LETTERHEAD, _MOST_WORDS_OF_A_LETTERHEAD_LINE = 4, 6


def _is_dated_title(place: Place, current: Paper) -> bool:
    """Whether a title in capitals or bold letters is followed by a day, and heads more than a row of what is above it.

    Such as: WEEKLY PHYSICS 4/25/2026 fractions 1-5, below a note that nobody signed.
    """
    text = place.row.text
    day = next(dates_in(text), None)
    if day is None or len(current.lines) <= 1 or (current.type is not None and current.type.none):
        return False
    label = text[: day.start].strip(" ,:|–-")
    letters = [letter for letter in label if letter.isalpha()]
    is_printed = place.row.bold or (all(map(str.isupper, letters)) and not place.capitals)
    return 2 <= len(label.split()) <= _MOST_WORDS_OF_A_DATED_TITLE and is_printed and ":" not in label


_MOST_WORDS_OF_A_DATED_TITLE = 6


def _begun_by_an_addendum(place: Place, current: Paper) -> Paper | None:
    text = place.row.text
    if not _ADDENDUM.match(text) or not (place.is_heading or len(text.split()) <= 8):
        return None
    return Paper(current.type, text.strip(), parent=current.parent or current, sections=list(current.sections))


_REPEATS = re.compile(
    r"^\W*(?:repeat(?:ed)?|re-?measure(?:d|ment)|re-?run|second (?:measurement|run))\b", re.IGNORECASE
)


def _begun_by_a_repeat(place: Place, current: Paper) -> Paper | None:
    """The repeat of a measurement under its own day, right behind the signature of the first, such as: Repeat, 7/2/2026."""
    text = place.row.text
    is_a_measurement = current.type is not None and "dosimetric_verification" in current.type.kinds
    if not is_a_measurement or not _REPEATS.match(text) or not is_act_of_signing(current.lines[-1].row.text):
        return None
    is_a_heading = len(text.split()) <= _MOST_WORDS_OF_A_DATED_TITLE and any(True for _ in dates_in(text))
    return Paper(current.type, text.strip()) if is_a_heading else None


def _begun_by_a_draft(grammar: Grammar, place: Place, current: Paper) -> Paper | None:
    """A draft right behind a signed paper, such as: DRAFT - Plan meeting, phase two."""
    text = place.row.text
    if not _DRAFT.match(text) or not is_signed(current) or not _LETTERS.search(_DRAFT.sub("", text)):
        return None
    return Paper(title_of_words(grammar, _DRAFT.sub("", text).split(".")[0]), text.strip())


_TITLING_SENTENCE = re.compile(r"([A-Z][a-z]\w*(?: [\w/'’-]+){1,4})\.\s+(?=[A-Z])")


def _begun_by_a_titling_sentence(grammar: Grammar, place: Place, current: Paper) -> Paper | None:
    """A title that is the first sentence of a paragraph behind a signature: Signature attestation statement. I, ..."""
    found = _TITLING_SENTENCE.match(place.row.text)
    if found is None or not is_signed(current) or people_in(found[1]):
        return None
    title = sure_title(grammar, found[1])
    return Paper(title, found[1]) if title is not None else None


def _begun_without_a_title(grammar: Grammar, habits: Habits, place: Place, current: Paper | None) -> Paper | None:
    row = place.row
    if head_of_record(row) in habits.record_heads:
        kind = _TYPE_OF_RECORD.search(row.text)
        return Paper(title_of_words(grammar, kind[1]) if kind else None, "")
    labelled = _is_labelled(habits, row) and len(row.cells) <= _MOST_CELLS_OF_A_LABEL
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
    following = place.page[place.at + 1 : place.at + 1 + _FEW_LINES_ABOVE_A_TITLE]
    return current.lines[-1].page != place.number and any(
        len(row.text.split()) <= _MOST_WORDS_OF_A_TITLE and title_of_words(grammar, row.text) is not None
        for row in following
    )


def _is_headed_like_a_paper(place: Place, habits: Habits) -> bool:
    """Whether the first row of a page is in bold letters far larger than its others, where titles are printed alike."""
    return bool(habits.title_styles) and place.row.bold and place.row.size > _FAR_LARGER * place.size


def _begins_anew(row: Row, current: Paper) -> bool:
    """Whether a row dates another paper of the same title, with the words that date the signed one above it.

    In logs of notes a day alone does, right behind a signature with its day.
    """
    if is_a_day_alone(row.text) and is_a_log(current) and is_act_of_signing(current.lines[-1].row.text):
        return any(True for _ in dates_in(current.lines[-1].row.text))
    label = _label_of_day(row.text)
    return (
        bool(label)
        and is_signed(current)
        and any(_label_of_day(line.row.text) == label for line in current.lines[:_FEW_LINES_ABOVE_A_DAY])
    )


_FEW_LINES_ABOVE_A_DAY, _MOST_WORDS_OF_A_LABEL = 3, 4


def _label_of_day(text: str) -> str:
    """The words with which a line gives the day of what it is part of, such as: Document date; '' for none."""
    found = next(dates_in(text), None)
    label = text[: found.start].strip(" :") if found is not None else ""
    return label.lower() if label and len(label.split()) <= _MOST_WORDS_OF_A_LABEL and is_dated(text) else ""


def _is_labelled(habits: Habits, row: Row) -> bool:
    """Whether a row heads a paper by the words and the day with which the chart heads its papers."""
    if is_row_of_a_session(row.text):
        return False
    return (habits.dates_titles and labels_a_paper(row)) or (
        habits.dates_headings and labels_a_paper(row, any_letters=True)
    )


def heads_a_section(place: Place, current: Paper) -> bool:
    """Whether a title within a paper heads a section of it, and not merely a second line of its title."""
    return (
        place.title is not current.type
        and not _ENDS_OPEN.search(current.lines[-1].row.text)
        and place.is_heading
        and not all(is_heading(line.row, place.size, place.capitals) for line in current.lines)
    )


_ENDS_OPEN = re.compile(r"\b(?:in|of|the|a|an|and|or|with|to|for|by|on|at|even|from|than|as|per|into)$", re.IGNORECASE)


def _begins_paper(title: PaperType, row: Row, current: Paper | None, first: bool, size: float) -> bool:
    if current is None:
        return True
    if first:
        again = title is current.type and not is_signed(current) and (_CONTINUED.search(row.text) is not None)
        return not again
    if NAMED_TITLE.match(row.text) and len(current.lines) > 2:
        return True
    if (
        title is current.type
        and _without_days(row.text)[:2] == _without_days(current.title)[:2]
        and len(current.lines) > 2
    ):
        return True
    if title is not current.type and _stands_like_its_title(row, current, size):
        return True
    if current.type is not None and current.type.none and not is_signed(current):
        return (
            row.bold
            or row.size > 1.1 * size
            or (row.text.isupper() and current.lines[-1].page != current.lines[0].page)
        )
    return is_signed(current)


def _begins_behind_a_signature(row: Row, current: Paper, size: float, capitals: bool) -> bool:
    """Whether a heading or a short line with a day of its own follows right behind a signature."""
    if not is_behind_a_signature(row, current) or is_row_of_a_session(row.text) or is_name_alone(row.text):
        return False
    if _is_a_further_row(current.lines[-1].row, row):
        return False
    if is_row_of_a_session(current.lines[-1].row.text):
        return False  # whoever looked at the images of a session signs no paper there
    if is_a_log(current) and begins_a_note(row.text):
        return False
    words = row.text.split()
    dated = len(words) <= 9 and any(found.start <= 2 or found.stop >= len(row.text) - 1 for found in dates_in(row.text))
    return (is_heading(row, size, capitals) or (dated and not SIGNED.search(row.text))) and len(words) > 1


def _is_a_further_row(above: Row, row: Row) -> bool:
    """Whether a row goes on with the table of the row above it: as many cells, and a day first in both."""
    cells = (above.cells, row.cells)
    return (
        min(map(len, cells)) >= _FEWEST_CELLS_OF_A_TABLE
        and abs(len(above.cells) - len(row.cells)) <= 1
        and all(any(dates_in(first.text)) for first, *_ in cells)
        and abs(above.box.left - row.box.left) < row.size
    )


_FEWEST_CELLS_OF_A_TABLE = 3


def _without_days(title: str) -> list[str]:
    """The words of a title without days and numbers, which differ from note to note."""
    return [word.lower() for word in title.split() if not any(c.isdigit() for c in word)]


def _stands_like_its_title(row: Row, current: Paper, size: float) -> bool:
    """Whether a row is printed like the title of the paper before it, larger than other rows, hence heads another one."""
    if current.type is None or len(current.lines) <= 3 or row.size <= 1.1 * size:
        return False
    own = next((line.row for line in current.lines if line.row.text.strip() == current.title), None)
    if own is None or own.bold is not row.bold:
        return False  # of a picture no letters are known to be bold, and their sizes vary
    return own.size <= row.size * (1.02 if row.bold else 1.1)


def _heads_dated_lines(row: Row, following: Sequence[Row], size: float) -> bool:
    """Whether a printed title stands over a line that dates what follows, as at the beginning of a paper."""
    if row.bold and row.size > 1.1 * size and any(is_dated(line.text) for line in following):
        return True
    return bool(following) and is_a_day_alone(following[0].text)


def _goes_on(current: Paper, rows: Sequence[Row]) -> bool:
    """Whether a page without a title goes on with the paper of the page before."""
    if any(_CONTINUED.search(row.text) for row in rows[:3]):
        return True
    if _opens_with_a_day(rows) or any(_SALUTATION.match(row.text) for row in rows[:_LINES_ABOVE_A_SALUTATION]):
        return False
    return not is_signed(current)


_SALUTATION = re.compile(
    r"^\W*(?:dear [A-Z]|to (?:whom it may concern|the (?:medical )?(?:director|reviewer)))", re.IGNORECASE
)
_LINES_ABOVE_A_SALUTATION = 8


def _opens_with_a_day(rows: Sequence[Row]) -> bool:
    """Whether a page opens with a short line and the day of a note below it, as a paper does."""
    body = [row.text for row in rows[:6] if not names_the_patient(row.text)]
    return any(
        len(above.split()) <= 8 and above[-1:] not in ".,;" and (is_a_day_alone(below) or bool(_DAY_FIELD.match(below)))
        for above, below in itertools.pairwise(body)
    )
