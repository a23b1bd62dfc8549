"""Titles where they stand: whether one begins a paper, names the few lines above it, or heads a section of a paper."""

import re

from isocenter.chart.grammar.grammar import Grammar, PaperType
from isocenter.chart.pages.blocks import begins_with_a_box, is_heading
from isocenter.chart.pages.layout import Row
from isocenter.chart.papers.notes_of_a_log import begins_with_a_day_without_year, is_a_log
from isocenter.chart.papers.paper import Paper
from isocenter.chart.papers.paper_days import is_a_day_alone, is_a_day_of_sessions, is_dated, is_row_of_a_session
from isocenter.chart.papers.paper_ends import SIGNED, is_behind_a_signature, is_signed
from isocenter.chart.papers.paper_habits import Habits
from isocenter.chart.papers.row_places import Place, heads_a_table, is_below_a_rule, says_only_that_notes_follow
from isocenter.chart.papers.slips import labels_a_paper
from isocenter.chart.papers.titles import (
    NAMED_TITLE,
    before_the_patient,
    is_of_physics,
    title_among,
    title_of,
)
from isocenter.chart.words.dates import TIME_OF_DAY, dates_in, first_date, has_date
from isocenter.chart.words.people import has_credentials, people_in

CONTINUED = re.compile(r"\bcontinued\b|\(cont\.?\)|\bcont'd\b|\bpage [2-9] of", re.IGNORECASE)
NOTE_TYPE = re.compile(
    r"^\W*(?-i:TITLE:\s*\S.*\d{4})|^\W*(?:local title|(?:note|document|doc|report|result|entry|record) type|(?:note|document|doc|report) title)\s*:\s*\S",
    re.IGNORECASE,
)
_FIELD = re.compile(r"^\W*([A-Za-z][A-Za-z ]{2,24}?)\s*:\s*\S")
_MOST_FIELDS_OF_A_HEAD = 6
FEW_LINES_ABOVE_A_TITLE = 3
FEW_LINES_ABOVE_A_DAY, _MOST_WORDS_OF_A_LABEL = 3, 4
_FEWEST_WORDS_REPEATED = 2
_FEWEST_COLUMNS, _LINES_ABOVE_A_TABLE = 3, 3
_MOST_LINES_OF_A_HEAD = 6
_MOST_WORDS_OF_A_HEAD_LINE = 10
_LINES_OF_A_LETTERHEAD, _MOST_WORDS_OF_A_LETTERHEAD_LINE = 4, 6
MOST_WORDS_OF_A_DATED_TITLE = 6
_ENDS_OPEN = re.compile(r"\b(?:in|of|the|a|an|and|or|with|to|for|by|on|at|even|from|than|as|per|into)$", re.IGNORECASE)


def title_at(grammar: Grammar, place: Place, current: Paper | None) -> PaperType | None:
    """The type of paper that a row titles; the rows of a log title none."""
    if is_row_of_a_session(place.row.text) or _is_a_box_of_a_form(place.row, current):
        return None
    if place.above is not None and is_a_day_of_sessions(place.above, place.row):
        return None
    if _FIELD_LEFT_EMPTY.search(place.row.text):
        return None
    if place.below is not None and heads_a_table(place.row, place.below):
        return None
    if _is_a_row_of_signers(place) or is_within_a_block_of_signers(place) or _says_who_acted(place.row):
        return None
    behind = place.first or (current is not None and is_behind_a_signature(place.row, current))
    behind = behind or is_below_a_rule(place) or (current is not None and _is_below_a_general_head(place, current))
    title = title_of(grammar, place.row, place.size, place.capitals, behind)
    if title is None and place.first and (part := title_among(grammar, place.row)) is not None:
        title = title_of(grammar, part, place.size, place.capitals, behind)
    if title is None and current is not None and _repeats_its_title(place.row, current):
        title = current.type
    is_entry = title is not None and current is not None and begins_with_a_day_without_year(place.row.text)
    if is_entry and current is not None and (is_a_log(current) or _holds_an_entry(current)):
        return None
    return title


_FIELD_LEFT_EMPTY = re.compile(
    r"\w (?:by|on|at)\s*:[\s_–—-]*$", re.IGNORECASE
)  # of a form, such as: Order discontinued by: -


def _is_a_row_of_signers(place: Place) -> bool:
    """Whether a row of a table says who did what and when, such as: Physician approval | A. Winter, MD | 3/4/2026."""
    cells, above = place.row.cells, place.above.cells if place.above is not None else ()
    if min(len(cells), len(above)) < _FEWEST_COLUMNS or abs(cells[0].box.left - above[0].box.left) > place.row.size:
        return False
    text = place.row.text
    return has_credentials(text) and has_date(cells[-1].text)


def is_within_a_block_of_signers(place: Place) -> bool:
    """Whether a row in plain print says who acted and when, between rows that do: Planned A ..., Physics check B ..., MD C ..."""
    row, above, below = place.row, place.above, place.below
    if above is None or row.bold or row.size > above.size or not says_who_signed(above):
        return False
    is_followed = below is None or below.size > row.size or below.bold or says_who_signed(below)
    return says_who_signed(row) and is_followed


def dates_the_signers_above(place: Place) -> bool:
    """Whether a row labeled Date holds nothing but days, right below a row that names several people with credentials."""
    row, above = place.row, place.above
    if above is None or len(row.cells) < _FEWEST_CELLS_OF_SIGNERS:
        return False
    label, *others = row.cells
    signers = sum(has_credentials(cell.text) for cell in above.cells)
    return (
        signers > 1
        and _LABEL_OF_A_DAY.fullmatch(label.text.strip(" :")) is not None
        and all(is_a_day_alone(cell.text) for cell in others)
    )


_FEWEST_CELLS_OF_SIGNERS = 3


def attests_a_note(row: Row) -> bool:
    """Whether a row is the head that record systems print above what an attending adds to a resident's note."""
    return _ATTESTS_A_NOTE.match(row.text) is not None and says_who_signed(row)


_ATTESTS_A_NOTE = re.compile(
    r"\W*attestation (?:with (?:edits|changes|corrections|additions) )?(?:(?:signed|filed|entered) )?by\b",
    re.IGNORECASE,
)


def says_who_signed(row: Row) -> bool:
    """Whether a row is a few words, a person with credentials and a day with its label, and nothing else but a time."""
    people = [person for person in people_in(row.text) if person.credentials]
    days = list(dates_in(row.text))
    if len(people) != 1 or len(days) != 1 or days[0].start < people[0].stop:
        return False
    words = _WORDS.findall(row.text[: people[0].start])
    behind = row.text[people[0].stop : days[0].start] + row.text[days[0].stop :]
    beside = TIME_OF_DAY.sub("", _LABEL_OF_A_DAY.sub("", behind))
    return len(words) <= _MOST_WORDS_OF_AN_ACT and not _WORDS.search(beside)


def _says_who_acted(row: Row) -> bool:
    """Whether a row says that somebody with credentials acted, and when, such as: PLAN APPROVED A. WINTER, MD 3/4/2026."""
    person = next((person for person in people_in(row.text) if person.credentials), None)
    return person is not None and says_who_signed(row) and _ACTED.search(row.text, 0, person.start) is not None


_ACTED = re.compile(r"\w{3}ed(?: by)?\s*:?\s*\Z", re.IGNORECASE)
_LABEL_OF_A_DAY = re.compile(r"\b(?:date|time|date/time)\b(?: signed)?", re.IGNORECASE)
_WORDS, _MOST_WORDS_OF_AN_ACT = re.compile(r"[A-Za-z]{3,}|\bMD\b"), 3


def _is_a_box_of_a_form(row: Row, current: Paper | None) -> bool:
    """Whether a row in plain print is a box to tick within a form whose title is known, such as: [x] DVH of all targets."""
    return current is not None and current.type is not None and not row.bold and begins_with_a_box(row.text)


def _is_below_a_general_head(place: Place, current: Paper) -> bool:
    """Whether the lines above on the page only say that notes follow, such as: Encounter summary, 1/14/2025."""
    return (
        current.type is None
        and current.lines[0].page == place.number
        and len(current.lines) <= FEW_LINES_ABOVE_A_TITLE
        and all(says_only_that_notes_follow(line.row.text) for line in current.lines)
    )


def _repeats_its_title(row: Row, current: Paper) -> bool:
    """Whether a row of cells repeats the first words of the title of the paper before it and a day, as a list of sheets does."""
    own, words = _without_days(current.title), _without_days(row.text)
    return (
        len(row.cells) > 1
        and len(own) > _FEWEST_WORDS_REPEATED
        and own[:_FEWEST_WORDS_REPEATED] == words[:_FEWEST_WORDS_REPEATED]
        and has_date(row.text)
    )


def _holds_an_entry(paper: Paper) -> bool:
    return any(begins_with_a_day_without_year(line.row.text) for line in paper.lines)


def is_a_letter_under_its_heading(place: Place, current: Paper) -> bool:
    """Whether a salutation stands right below the title of a visit, which is the letter's own."""
    return (
        place.title is not None
        and place.title.by_content
        and current.type is not None
        and "visit_note" in current.type.kinds
        and current.type is not place.title
        and current.lines[0].page == place.number
        and len(current.lines) <= FEW_LINES_ABOVE_A_TITLE
        and not any(SIGNED.search(line.row.text) for line in current.lines)
    )


def heads_a_part_of_what_is_open(grammar: Grammar, place: Place, current: Paper | None) -> bool:
    """Whether words that also head sections stand within a paper of the same page that nobody signed, such as: Fields."""
    return (
        current is not None
        and bool(current.lines)
        and current.lines[-1].page == place.number
        and not is_signed(current)
        and place.row.text.strip(" :").lower() in grammar.weak
    )


def is_a_part_of_its_kind(place: Place, current: Paper) -> bool:
    """Whether other words for the same kind of paper, without a day, stand within an order of the page that nobody signed.

    Such as: Dose constraints, below the doses of a prescription; two side by side head columns of one that was signed above.
    """
    return (
        place.title is not None
        and place.title is current.type
        and "prescription" in place.title.kinds
        and current.lines[-1].page == place.number
        and len(current.lines) > 1
        and _without_days(place.row.text)[:1] != _without_days(current.title)[:1]
        and not any(has_date(text) for text in (place.row.text, place.text_below))
        and (len(place.row.cells) > 1 or not is_signed(current))
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
        and NOTE_TYPE.match(rows[0]) is not None
        and own[1].lower() not in fields
    )


def titles_what_stands_above(place: Place, current: Paper) -> bool:
    """Whether a title names the few lines above it, which began a paper without one."""
    return (
        current.type is None
        and bool(current.lines)
        and current.lines[0].page == place.number
        and (len(current.lines) <= FEW_LINES_ABOVE_A_TITLE or _is_a_head(current))
        and not is_signed(current)
    )


def _is_a_head(current: Paper) -> bool:
    """Whether the lines so far are short and none ends a sentence, as names of a place, a patient and a day."""
    texts = [line.row.text.strip() for line in current.lines]
    return len(texts) <= _MOST_LINES_OF_A_HEAD and all(
        len(text.split()) <= _MOST_WORDS_OF_A_HEAD_LINE and not text.endswith((".", ";", ":")) for text in texts
    )


def label_of_day(text: str) -> str:
    """The words with which a line gives the day of what it is part of, such as: Document date; '' for none."""
    found = first_date(text)
    label = text[: found.start].strip(" :") if found is not None else ""
    return label.lower() if label and len(label.split()) <= _MOST_WORDS_OF_A_LABEL and is_dated(text) else ""


def _is_dated_like_the_paper_above(place: Place, current: Paper) -> bool:
    """Whether a title is above a day with the label that dates the paper so far, such as: Service date 3/5/2025."""
    label, text = label_of_day(place.text_below), place.row.text
    return (
        bool(label)
        and (place.is_heading or text[:1].isupper())
        and ":" not in text
        and any(label_of_day(line.row.text) == label for line in current.lines[:FEW_LINES_ABOVE_A_DAY])
    )


def begins_by_title(habits: Habits, place: Place, current: Paper) -> bool:
    assert place.title is not None
    heads_columns = len(place.row.cells) > 1 and is_a_part_of_its_kind(place, current)
    if heads_columns or _goes_on_with_its_table(place, current):
        return False
    return (
        place.anew
        or is_below_a_rule(place)
        or before_the_patient(place.row) is not None
        or _is_dated_title(place, current)
        or _begins_paper(place.title, place.row, current, place.first, place.size)
        or _is_below_a_letterhead(place, current)
        or is_labelled(habits, place.row)
        or _is_dated_like_the_paper_above(place, current)
        or (place.title is not current.type and len(current.lines) > 1 and _heads_dated_lines(place))
        or _is_of_the_other_profession(place, current)
        or _heads_another_log(place, current)
    )


def _heads_another_log(place: Place, current: Paper) -> bool:
    """Whether a title stands between the rows of one log and those of another, as of set-ups and of weekly checks."""
    below = place.below
    logs = [_LOGS & {*kind.kinds} for kind in (place.title, current.type) if kind is not None]
    is_between = below is not None and min(len(below.cells), len(current.lines[-1].row.cells)) >= _FEWEST_COLUMNS
    return is_between and len(place.row.cells) == 1 and len(logs) == 2 and all(logs) and logs[0] != logs[1]


_LOGS = {"image_guidance_note", "weekly_image_review", "weekly_management_note", "weekly_physics_check"}


def _is_of_the_other_profession(place: Place, current: Paper) -> bool:
    """Whether a heading is the title of the same kind as that of the paper above, and one of the two alone is physics'.

    Such as: PHYSICS PLAN REVIEW, below a plan review that nobody signed.
    """
    is_same_kind = place.title is current.type and place.is_heading and len(current.lines) > 1
    return is_same_kind and is_of_physics(place.row.text) != is_of_physics(current.title)


def _goes_on_with_its_table(place: Place, current: Paper) -> bool:
    """Whether the title of the page before is printed again above more rows of the table with which that page ended."""
    if not (place.title is current.type and current.lines[-1].page == place.number - 1 and not is_signed(current)):
        return False
    if _without_days(place.row.text) != _without_days(current.title):
        return False
    above = [line.row.text for line in current.lines if len(line.row.cells) >= _FEWEST_COLUMNS]
    following = place.page[place.at + 1 : place.at + 1 + _LINES_ABOVE_A_TABLE]
    return any(len(row.cells) >= _FEWEST_COLUMNS and row.text in above for row in following)


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


def _is_dated_title(place: Place, current: Paper) -> bool:
    """Whether a title in capitals or bold letters is followed by a day, and heads more than a row of what is above it.

    Such as: WEEKLY PHYSICS 4/25/2026 fractions 1-5, below a note that nobody signed.
    """
    text = place.row.text
    day = first_date(text)
    if day is None or len(current.lines) <= 1 or (current.type is not None and current.type.none):
        return False
    label = text[: day.start].strip(" ,:|–-")
    letters = [letter for letter in label if letter.isalpha()]
    is_printed = place.row.bold or (all(map(str.isupper, letters)) and not place.capitals)
    return 2 <= len(label.split()) <= MOST_WORDS_OF_A_DATED_TITLE and is_printed and ":" not in label


def is_labelled(habits: Habits, row: Row) -> bool:
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


def _begins_paper(title: PaperType, row: Row, current: Paper | None, first: bool, size: float) -> bool:
    if current is None:
        return True
    if first:
        again = title is current.type and not is_signed(current) and (CONTINUED.search(row.text) is not None)
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


def _heads_dated_lines(place: Place) -> bool:
    """Whether a printed title, or one typed in capitals, is above a line that dates what follows, as where a paper begins."""
    row, following = place.row, place.page[place.at + 1 : place.at + 3]
    is_printed = row.bold and row.size > 1.1 * place.size
    is_typed = place.is_heading and row.text.isupper()
    if (is_printed or is_typed) and any(is_dated(line.text) for line in following):
        return True
    return bool(following) and is_a_day_alone(following[0].text)
