"""Titles that stand on one row with the first sentence of what they head: in capitals, or beside a day."""

import re

from isocenter.chart.grammar.grammar import Grammar, PaperType
from isocenter.chart.pages.layout import Row
from isocenter.chart.papers.titles import sure_title, title_of_words
from isocenter.chart.words.dates import dates_in, first_date
from isocenter.chart.words.people import people_in

_LETTERS = re.compile(r"[A-Za-z]{2,}")
_RUN_IN = re.compile(r"^([A-Z][A-Z'’ ,/&()-]{3,70}?)[,:]?$")
_MOST_WORDS_OF_A_RUN_IN = 9
_LABEL_BEHIND_A_DAY = re.compile(
    r"\W{1,3}([A-Za-z][A-Za-z /-]{2,40}?)(?: ?#\d{1,2})?(?: \([^)]{1,20}\))?(?:, (?:fx|fxs|fractions?|sittings?|sessions?|week|wk) [\d -]+(?:to \d+)?)?[.:]\s"
)
_BEHIND_A_LABEL = re.compile(
    r"\W{0,2}(?:, ?(?:fx|fxs|fractions?|sittings?|sessions?|week|wk) [\d -]+(?:to \d+)?)?\s?[:.]\s", re.IGNORECASE
)
_PARTS_OF_A_COURSE = re.compile(
    r",? (?:fx|fxs|fractions?|sittings?|sessions?|week|wk) \d[\d -]*(?:to \d+)?", re.IGNORECASE
)
_MOST_WORDS_BESIDE_A_DAY = 4
_OPEN_END = re.compile(r"\b(?:of|on|from|at|by|for|to)$", re.IGNORECASE)


def run_in_title(grammar: Grammar, row: Row) -> tuple[str, PaperType | None] | None:
    """The words in capitals, perhaps with a day, that a row begins with and goes on from, and what they title.

    Such as: IMAGE GUIDANCE, 31 October 2024. The target touches the cord. None where a row begins with no such words.
    """
    head, stop, rest = min((row.text.partition(mark) for mark in (". ", ": ")), key=lambda parted: len(parted[0]))
    if not stop or not rest.strip():
        return None
    bare = head
    for day in reversed(list(dates_in(head))):
        bare = head[: day.start] + head[day.stop :]
    bare = _PARTS_OF_A_COURSE.sub("", bare)
    bare = re.sub(r",? same (?:day|morning|afternoon)\W*$", "", bare.strip(" ,"))
    if not _RUN_IN.match(bare.strip()) or len(bare.split()) > _MOST_WORDS_OF_A_RUN_IN:
        return None
    return head, title_of_words(grammar, bare)


_TITLING_SENTENCE = re.compile(r"([A-Z][a-z]\w*(?: [\w/'’-]+){1,4})(?<! [A-Z])\.\s+(?=[A-Z])")


def titling_sentence(grammar: Grammar, text: str) -> tuple[str, PaperType] | None:
    """The first sentence of a paragraph where it is a title, and what it titles, such as: On treatment visit. Seen today."""
    found = _TITLING_SENTENCE.match(text)
    title = sure_title(grammar, found[1]) if found is not None and not people_in(found[1]) else None
    return (found[1], title) if found is not None and title is not None else None


def labelled_entry(grammar: Grammar, text: str) -> PaperType | None:
    """The type of paper that a row enters under a day and a known title, with its first sentence behind them.

    Such as: 4/16/2026, field change. From today the lower border is closed; or Weekly physics check 4/11/2026: MU agree.
    """
    day = first_date(text)
    if day is None:
        return None
    if not _LETTERS.search(text[: day.start]):
        found = _LABEL_BEHIND_A_DAY.match(text, day.stop)
        label = found[1] if found else ""
    else:
        label = text[: day.start].strip(" ,") if _BEHIND_A_LABEL.match(text, day.stop) else ""
    is_label = 1 <= len(label.split()) <= _MOST_WORDS_BESIDE_A_DAY and not _OPEN_END.search(label)
    if not is_label or (label[0].islower() and day.start > 0):
        return None
    return title_of_words(grammar, label)
