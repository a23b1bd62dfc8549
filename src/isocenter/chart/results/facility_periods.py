"""What is attested of a facility, and the days that a statement covers as its sentences name them."""

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from isocenter.chart.pages.placed import Placed
from isocenter.chart.words.dates import FoundDate, dates_in, days_without_year_in


class AttestationFound(NamedTuple):
    """One element that a physicist attests, and the first and last day that it covers."""

    element: str
    physicist: str
    valid_from: date | None
    valid_to: date | None
    placed: Placed
    sureness: float


class Period(NamedTuple):
    """The first and last day that a text names; None where it names none."""

    first: date | None = None
    last: date | None = None


_LAST = re.compile(
    r"(?:\b(?:through|thru|until|till|to|up to|expir\w+(?: on)?|end(?:s|ed|ing)?(?: on)?|last day(?: is)?|not after|before|"
    r"out of service (?:on|since)|retired (?:on|in)|withdrawn (?:on)?|next (?:statement|review|renewal|attestation)(?: is)?(?: due)?(?: on)?)|[-–])\W*$",
    re.IGNORECASE,
)
_FIRST = re.compile(
    r"\b(?:from|since|as of|beginning|begins?|starting|effective|dated|report of|in force on|"
    r"(?:commissioned|finished|completed|accepted|released|authori[sz]ed|approved|issued|adopted|established)(?: \w+){0,3}? (?:on|in|by me on))\W*(?:the )?$",
    re.IGNORECASE,
)
_SAME = re.compile(r"\bsame (?:time|period|dates|days?|terms?|interval)\b", re.IGNORECASE)
_OF_THE_STATEMENT = re.compile(
    r"\b(?:this|the) (?:\w+ )?(?:letter|statement|memo|memorandum|certificate|declaration|notice|note|attestation|paper)\b"
    r".*\b(?:holds?|held|valid|good|in force|in effect|expires?|covers?|ends?|runs?|lasts?|stands)\b|^\W*(?:valid|in force|in effect|validity|expires?|good)\b",
    re.IGNORECASE,
)


def periods_of(texts: Sequence[str], *, day_first: bool) -> dict[str, Period]:
    """The days that each sentence covers, by its words; those of the whole statement by ''."""
    periods: dict[str, Period] = {}
    before = Period()
    for text in texts:
        period = period_in(text, day_first=day_first)
        if _SAME.search(text):
            period = Period(period.first or before.first, period.last or before.last)
        if period != Period():
            before = period
            periods[text] = period
            if _OF_THE_STATEMENT.search(text):
                periods[""] = period
    return periods


def period_in(text: str, *, day_first: bool = False) -> Period:
    """The first and last day that a sentence names, by the words before each: from, since, through, until, expires."""
    first: date | None = None
    last: date | None = None
    stop = 0
    for found in _days(text, day_first):
        before = text[stop : found.start]
        if _LAST.search(before):
            last = last or found.day
        elif _FIRST.search(before):
            first = first or found.day
        stop = found.stop
    return Period(first, last)


def _days(text: str, day_first: bool) -> list[FoundDate]:
    """The full days of a text, and those before the first that leave its year out: from January 6 to June 30, 2025."""
    full = list(dates_in(text, day_first=day_first))
    shortened = [day for one in full[:1] for day in days_without_year_in(text[: one.start], one.day.year)]
    return [*shortened, *full]
