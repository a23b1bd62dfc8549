"""Which lines of a prescription are in force where one paper lists orders that were stopped beside the one that holds."""

import re
from collections.abc import Sequence

from isocenter.chart.orders.version_columns import without_earlier_versions
from isocenter.chart.pages.passages import Sentence
from isocenter.chart.pages.placed import Placed
from isocenter.chart.papers.order_versions import without_void_versions
from isocenter.chart.papers.paper_states import without_parts_cancelled

_STOPPED = re.compile(
    r"\b(?:void(?:ed)?|discontinued|cancell?ed|superseded|withdrawn|retired|inactive|annulled|anulad[ao]|rescinded|retracted|struck(?: out)?|crossed out|entered in error|wrong form)\b(?!,? (?:if|unless|after|when|by [A-Z]\w+ if))|\bno longer (?:valid|in force)|\b(?:was|is|been) replaced\b|\breplaced (?:by|on|\d)|^\W*not (?:a )?part of (?:this|the) (?:order|prescription)\b",
    re.IGNORECASE,
)
_HOLDS = re.compile(
    r"\b(?:supersedes|replaces|active|in force|current)\b|\bstatus\W+(?:approved|signed|final)", re.IGNORECASE
)
_HEAD = re.compile(
    r"\b(?:order|rx|prescription|directive|version)\b\W*(?:(?:id|no|number|ver(?:sion)?)\b\W*)?\w*\d", re.IGNORECASE
)
_IS_NEW = re.compile(r"^\W*(?:new|current|revised|amended) (?:order|rx|prescription|script)\b", re.IGNORECASE)
_DOSE = re.compile(r"\d\s?(?:c?gy|rads?)\b", re.IGNORECASE)


def in_force(sentences: Sequence[Sentence]) -> list[Sentence]:
    """The sentences without orders that were stopped; all of them where nothing with a dose would be left."""
    kept: list[Sentence] = []
    stopped, dropped_row = False, -1
    for whole in without_earlier_versions(sentences):
        sentence = _in_version_of_now(whole)
        if sentence.row >= 0 and sentence.row == dropped_row:
            continue
        holds = bool(_HOLDS.search(sentence.text))
        if _is_stopped(sentence):
            dropped_row = sentence.row
            stopped = stopped or not _orders(sentence)
            continue
        if holds or _IS_NEW.match(sentence.text) or (stopped and _HEAD.search(sentence.text) and not _orders(sentence)):
            stopped = False
        if not stopped:
            kept.append(sentence)
    return kept if any(_orders(sentence) for sentence in kept) else list(sentences)


def holds_parts_stopped(sentences: Sequence[Sentence]) -> bool:
    """Whether orders of a paper were stopped beside those in force; a mark without a dose stops the paper as a whole."""
    ordering = [s.text for s in sentences if _orders(s)]
    return bool(ordering) and ordering != [s.text for s in in_force(sentences) if _orders(s)]


def _in_version_of_now(sentence: Sentence) -> Sentence:
    """A sentence without the void versions of the order that it holds beside the one in force."""
    text = without_void_versions(sentence.text)
    if text == sentence.text:
        return sentence
    words = tuple(word for word in sentence.placed.words if text[word[0] : word[1]].strip())
    return sentence._replace(placed=Placed(text, words))


def are_stopped(sentences: Sequence[Sentence]) -> bool:
    """Whether every order of a paper was stopped, so that another prescription is the one in force."""
    sentences = [_in_version_of_now(sentence) for sentence in sentences]
    stopped = [s for s in sentences if _is_stopped(s)]
    ordering = [s for s in sentences if _orders(s)]
    return bool(ordering) and all(
        any((s.row >= 0 and s.row == one.row) or s is one for one in stopped) for s in ordering
    )


def _is_stopped(sentence: Sentence) -> bool:
    return _STOPPED.search(without_parts_cancelled(sentence.text)) is not None and _HOLDS.search(sentence.text) is None


def _orders(sentence: Sentence) -> bool:
    return bool(_DOSE.search(sentence.text)) or any(re.match(r"\d", column.value) for column in sentence.columns[1:])
