"""Columns of a table that hold an earlier version of an order beside the one in force, such as: Old, New; v1 limit."""

import re
from collections.abc import Iterator, Sequence

from isocenter.chart.pages.passages import Sentence
from isocenter.chart.pages.placed import Placed
from isocenter.chart.pages.table_heads import Column

_EARLIER = re.compile(
    r"\b(?:old|previous(?:ly)?|prior|former(?:ly)?|earlier|original(?:ly)?|superseded|replaced|void(?:ed)?|outdated|withdrawn)\b",
    re.IGNORECASE,
)
_OF_NOW = re.compile(r"\b(?:new|current|this|present|revised|amended|active|updated|now|in force)\b", re.IGNORECASE)
_OF_OTHERS = re.compile(r"\b(?:protocol|rtog|nrg|trial|study|template|default|standard|usual)\b", re.IGNORECASE)
_OF_THE_PATIENT = re.compile(r"\b(?:this (?:patient|case|order|prescription)|for (?:him|her)|ours?)\b", re.IGNORECASE)
_VERSION = re.compile(
    r"\b(?:(?:ver(?:sion)?|rev(?:ision)?)[ .#]{0,2}(\d{1,2})|v[ .]?([1-4]))\b(?!\s?(?:gy|%|cc))", re.IGNORECASE
)  # V5 and more are volumes at a dose
_HOLDS_A_NUMBER = re.compile(r"\d")


def without_earlier_versions(sentences: Sequence[Sentence]) -> Iterator[Sentence]:
    """The sentences without what table rows hold below the headings of earlier versions; each row is kept."""
    row, void = -1, set[str]()
    for sentence in sentences:
        if sentence.row < 0 or sentence.row != row:
            row, void = sentence.row, set()
        if sentence.columns:
            columns = _earlier(sentence.columns)
            void = {column.value for column in columns}
            yield _without(sentence, columns) if columns else sentence
        elif sentence.text not in void:
            yield sentence


def _earlier(columns: Sequence[Column]) -> list[Column]:
    """The columns of earlier versions or of others, where another column holds the one in force or is of this patient."""
    numbers = [c for c in columns[1:] if _HOLDS_A_NUMBER.search(c.value)]
    versions = {c.name: int(found[1] or found[2]) for c in numbers if (found := _VERSION.search(c.name)) is not None}
    latest = max(versions.values(), default=0)
    if versions and (len(versions) > 1 or len(numbers) > 1):
        is_unnumbered = len(set(versions.values())) == 1
        return [c for c in numbers if c.name in versions and (is_unnumbered or versions[c.name] < latest)]
    for void, holding in ((_EARLIER, _OF_NOW), (_OF_OTHERS, _OF_THE_PATIENT)):
        earlier = [c for c in numbers if void.search(c.name) and not holding.search(c.name)]
        if earlier and any(holding.search(c.name) for c in numbers if c not in earlier):
            return earlier
    return []


def _without(sentence: Sentence, void: Sequence[Column]) -> Sentence:
    """A row without columns: their values are blanked in its text, whose places stay as they are."""
    text, at = sentence.text, 0
    for column in sentence.columns:
        found = text.find(column.value, at)
        if found < 0:
            continue
        at = found + len(column.value)
        if column in void:
            text = text[:found] + " " * len(column.value) + text[at:]
    words = tuple(word for word in sentence.placed.words if text[word[0] : word[1]].strip())
    return sentence._replace(
        placed=Placed(text, words), columns=tuple(column for column in sentence.columns if column not in void)
    )
