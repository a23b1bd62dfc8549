"""Papers that begin behind another one: addenda, drafts, repeats, and titles on the line of their first sentence."""

import re

from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.papers.entry_labels import labelled_entry, run_in_title, titling_sentence
from isocenter.chart.papers.notes_of_a_log import is_a_log
from isocenter.chart.papers.paper import Paper
from isocenter.chart.papers.paper_ends import is_act_of_signing, is_signed
from isocenter.chart.papers.row_places import Place
from isocenter.chart.papers.title_places import FEW_LINES_ABOVE_A_DAY, MOST_WORDS_OF_A_DATED_TITLE
from isocenter.chart.papers.titles import title_of_words
from isocenter.chart.words.dates import has_date

ADDENDUM = re.compile(
    r"^\W*(?:[\d/.-]{6,10}\W+)?(?:late(?=[.:])|(?:addend(?:um|a)|amendment|late entry|correction)\b)", re.IGNORECASE
)
_DRAFT = re.compile(r"^\W*(?:DRAFT|PRELIMINARY|UNSIGNED)\b\W*")
_OF_A_BANNER = re.compile(
    r"\b(?:draft|copy|preliminary|unsigned|(?:not )?(?:signed|final|official)|not for (?:the )?(?:chart|record|distribution))\b",
    re.IGNORECASE,
)  # words across a note that is not signed, such as: *** DRAFT COPY ***
_LETTERS = re.compile(r"[A-Za-z]{2,}")
_REPEATS = re.compile(
    r"^\W*(?:repeat(?:ed)?|re-?measure(?:d|ment)|re-?run|second (?:measurement|run))\b", re.IGNORECASE
)


def begun_behind(grammar: Grammar, place: Place, current: Paper) -> Paper | None:
    """The paper that a row begins behind another one; None where that goes on."""
    return (
        _begun_by_an_addendum(place, current)
        or _begun_by_a_labelled_entry(grammar, place, current)
        or _begun_by_a_draft(grammar, place, current)
        or _begun_by_a_repeat(place, current)
        or _begun_by_a_run_in_title(grammar, place, current)
        or _begun_by_a_titling_sentence(grammar, place, current)
    )


def _begun_by_a_run_in_title(grammar: Grammar, place: Place, current: Paper) -> Paper | None:
    """A paper behind a signature whose title stands in capitals on the line with its first sentence."""
    if not current.lines or not is_act_of_signing(current.lines[-1].row.text):
        return None
    found = run_in_title(grammar, place.row)
    dated = found is not None and has_date(found[0])
    if found is None or (found[1] is None and not dated):
        return _begun_by_a_statement_of_the_facility(grammar, place)
    return Paper(found[1], found[0])


def _begun_by_a_statement_of_the_facility(grammar: Grammar, place: Place) -> Paper | None:
    """A statement about the facility behind a signature, whose title is in any letters before a colon."""
    title, colon, rest = place.row.text.partition(": ")
    if not colon or not rest or len(title.split()) > MOST_WORDS_OF_A_DATED_TITLE:
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
    if kind is None or not (is_signed(current) or len(current.lines) <= FEW_LINES_ABOVE_A_DAY):
        return None
    if current.type is not None and current.type.kinds and not is_signed(current):
        return None  # the first field of what the title names, such as: Indication (3/4/2026): ...
    return Paper(kind, place.row.text.strip())


def _begun_by_an_addendum(place: Place, current: Paper) -> Paper | None:
    text = place.row.text
    if not ADDENDUM.match(text) or not _is_headed(place):
        return None
    if _OF_ANOTHER_DAY.match(text) and current.type is not None and _NOTES_OF_DAYS & {*current.type.kinds}:
        return Paper(current.type, text.strip())
    return Paper(current.type, text.strip(), parent=current.parent or current, sections=list(current.sections))


def is_added_in_a_sentence(place: Place, current: Paper) -> bool:
    """Whether a row adds something to the paper above it without a heading, such as: Addendum 3/4/2026: arms kept up."""
    is_on_its_page = current.lines[-1].page == place.number
    return is_on_its_page and ADDENDUM.match(place.row.text) is not None and not _is_headed(place)


def _is_headed(place: Place) -> bool:
    """Whether an addition has a heading of its own; a late entry for another day is a note of that day."""
    text = place.row.text
    return place.is_heading or len(text.split()) <= _MOST_WORDS_OF_A_HEADING or _OF_ANOTHER_DAY.match(text) is not None


_NOTES_OF_DAYS = {"visit_note", "weekly_management_note", "weekly_physics_check"}
_OF_ANOTHER_DAY = re.compile(r"^\W*late entry\b[^.;]{0,40}?\bfor\b[^.;:]{0,24}\d", re.IGNORECASE)


_MOST_WORDS_OF_A_HEADING = 8


def _begun_by_a_repeat(place: Place, current: Paper) -> Paper | None:
    """The repeat of a measurement under its own day, right behind the signature of the first, such as: Repeat, 7/2/2026."""
    text = place.row.text
    is_a_measurement = current.type is not None and "dosimetric_verification" in current.type.kinds
    if not is_a_measurement or not _REPEATS.match(text) or not is_act_of_signing(current.lines[-1].row.text):
        return None
    is_a_heading = len(text.split()) <= MOST_WORDS_OF_A_DATED_TITLE and has_date(text)
    return Paper(current.type, text.strip()) if is_a_heading else None


def _begun_by_a_draft(grammar: Grammar, place: Place, current: Paper) -> Paper | None:
    """A draft right behind a signed paper, such as: DRAFT - Plan meeting, phase two."""
    text = place.row.text
    if not _DRAFT.match(text) or not is_signed(current) or not _LETTERS.search(_OF_A_BANNER.sub("", text)):
        return None
    return Paper(title_of_words(grammar, _DRAFT.sub("", text).split(".")[0]), text.strip())


def _begun_by_a_titling_sentence(grammar: Grammar, place: Place, current: Paper) -> Paper | None:
    """A title that is the first sentence of a paragraph behind a signature: Signature attestation statement. I, ..."""
    found = titling_sentence(grammar, place.row.text) if is_signed(current) else None
    return Paper(found[1], found[0]) if found is not None else None
