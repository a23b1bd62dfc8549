"""Whether the place for a signature was left blank, beside a typed name at most."""

import re

from isocenter.chart.words.dates import FoundDate
from isocenter.chart.words.people import Person

_SIGNED_BY_NOBODY = re.compile(
    r"\bstatus\s*:?\s*(?:e-?)?(?:co-?)?(?:signed|attested)\b(?! by\b)|\b(?:co-?signer|author|signer|approver)s?\s*:|\b(?:(?:e-?)?sign(?:ed|ature)?|approved|sign date|date signed)(?: on| by)?\s*:\W*(?:(?:date|time)\W*){0,2}$|\b(?:sign|signed|signature|signature of \w+)\s*:?\s*_{3,}",
    re.IGNORECASE,
)
_BLANK_BEFORE_PRINT = re.compile(
    r"\bsig(?:nature|ned)?(?: of \w+| by)?\s*:?\s*_{3,}[\W\d]*(?:[A-Z]\.?\s)?$", re.IGNORECASE
)
_BLANK_BEHIND_PRINT = re.compile(r"[\s,:]*_{3,}[\s_]*(?:date\W*)?", re.IGNORECASE)
_SIGNED_BY_A_SYSTEM = re.compile(
    r"\b(?:electronically|digitally|e-?) ?(?:co-?|counter)?(?:signed|authenticated|approved)(?: (?:and|&) \w+ed)?(?: by\b\s*:?|\s*:)\s*(?:dr\.?\s+)?$",
    re.IGNORECASE,
)
_LINE_TO_THE_DAY = re.compile(r"[\s,:]*_{3,}(?=\s*(?:(?:on|date|dated)\b\s*:?\s*)?\d)", re.IGNORECASE)
_LINE_BEHIND_A_NAME = re.compile(r"[^A-Za-z]*(?:(?:sig|sgd|sign|signed|signature)\b\W*)?_{5,}", re.IGNORECASE)
_NO_INITIALS = re.compile(r"\binitials?\s*:[\W_]*$", re.IGNORECASE)
_DAY_LEFT_EMPTY = re.compile(r"\W*(?:[A-Za-z]+(?:'s)? )?signature\s*:.*\bdate\s*:[\s_]*$", re.IGNORECASE)
_EMPTY_FIELD = re.compile(r"\bsignature\s*:[\s_]*(?:date|time)\b", re.IGNORECASE)


def without_line_to_the_day(text: str, person: Person) -> str:
    """A text without the line behind a name that a system's words of signing precede: it leads to the day.

    Such as: Electronically signed by A. Winter, MD ____ 3/4/2026.
    """
    line = _LINE_TO_THE_DAY.match(text, person.stop)
    if line is None or not _SIGNED_BY_A_SYSTEM.search(text, 0, person.start):
        return text
    return text[: line.start()] + " " * len(line.group()) + text[line.end() :]


def is_blank(text: str, person: Person, day: FoundDate | None, *, by_hand: bool) -> bool:
    """Whether the line of a signature was left blank, beside a typed name at most."""
    if day is None:
        is_undated = _DAY_LEFT_EMPTY.match(text) or _LINE_BEHIND_A_NAME.match(text, person.stop)
        return (not by_hand and is_undated is not None) or _SIGNED_BY_NOBODY.search(text) is not None
    is_printed = len(person.name.split()[0].strip(".,")) > 1
    if is_printed and _NO_INITIALS.search(text[: person.start]):
        return True
    is_empty = (
        _EMPTY_FIELD.search(text)
        or _BLANK_BEFORE_PRINT.search(text[: person.start])
        or _BLANK_BEHIND_PRINT.fullmatch(text[person.stop : max(day.start, person.stop)])
    )
    return not by_hand and is_empty is not None
