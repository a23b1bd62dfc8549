"""The lines by which record systems head each note of a printout: who wrote it and when, with its fields below."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from isocenter.chart.words.dates import first_date
from isocenter.chart.words.people import people_in

_FIELD_BELOW = re.compile(
    r"^\W*(?:author(?: type)?|(?:hospital )?service|filed|(?:note )?status|specialty|editor|version|date of service|note type|creation time|(?:encounter|note) date)\s*:",
    re.IGNORECASE,
)
_BEFORE_THE_DAY = re.compile(r"\W*(?:\([^)]{2,40}\)\W*)?(?:at|on)\s+$", re.IGNORECASE)
_TIME_TO_THE_END = re.compile(
    r"^\W*(?:at\s+)?\d{1,2}[:.]?\d{2}(?::\d{2})?\s*(?:[ap]\.?m\.?)?\W*(?:(?:version|status|page)\b.*|\(.*)?$",
    re.IGNORECASE,
)
_TYPE_BEFORE = re.compile(r"^\W*([A-Z][A-Za-z&/ -]{2,40}?)\s+by:?\s+$")
_IS_AN_ACT = re.compile(
    r"\b(?:signed|attested|attestation|approved|reviewed|authenticated|verified|entered|dictated|printed|checked|edited|ordered|performed|completed|addended)\b|\b(?:\w{3,}ed|written|seen|done|signature|sign-?off)$",
    re.IGNORECASE,
)
_STAFF = {"rn", "lpn", "bsn", "msn", "ocn", "cna", "ma", "cma", "rd", "ldn", "lcsw", "pharmd"}


class EntryHead(NamedTuple):
    """Who wrote a note of a printout, by credentials in lower case, and the words that name its type, '' for none."""

    type_words: str
    credentials: tuple[str, ...]

    @property
    def is_of_staff(self) -> bool:
        """Whether a nurse, dietitian or the like wrote it."""
        return bool(self.credentials) and set(self.credentials) <= _STAFF


def head_of_entry(text: str, below: str) -> EntryHead | None:
    """The head that a line is, such as: Progress Notes by Ana Ruiz, MD at 2/11/2025 2:10 PM; `below` is the next line.

    A line without the type is one where the fields of the note follow it: else it may be its signature.
    """
    day = first_date(text)
    who = next((person for person in people_in(text) if person.credentials), None)
    if day is None or who is None or who.stop > day.start:
        return None
    named = _TYPE_BEFORE.match(text[: who.start])
    if (named is None and text[: who.start].strip()) or (named is not None and _IS_AN_ACT.search(named[1])):
        return None
    if not _BEFORE_THE_DAY.fullmatch(text[who.stop : day.start]) or not _TIME_TO_THE_END.match(text[day.stop :]):
        return None
    if named is None and not _FIELD_BELOW.match(below):
        return None
    return EntryHead(named[1] if named else "", who.credentials)


def is_head_alone(texts: Sequence[str], below: str) -> bool:
    """Whether lines are the head of a note and its fields alone; `below` is the line that follows them."""
    return bool(texts) and 0 in heads_of_entries([*texts, below]) and all(_FIELD_BELOW.match(t) for t in texts[1:])


def heads_of_entries(texts: Sequence[str]) -> set[int]:
    """Which of some lines, counted from 0, head a note: they name its author and sign nothing."""
    return {
        at for at, (text, below) in enumerate(zip(texts, [*texts[1:], ""], strict=True)) if head_of_entry(text, below)
    }
