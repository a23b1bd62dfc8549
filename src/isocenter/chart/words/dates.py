"""Dates as charts write them, with what each is the date of."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from typing import NamedTuple

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_NAME = r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
_DATE = re.compile(
    rf"(?:(?<![\d/.\w#-])|(?<=[A-Za-z)]/)(?=\d{{1,4}}-))(?:(?P<y1>(?:19|20)\d\d)[-/.–‑](?P<m1>\d{{1,2}})[-/.–‑](?P<d1>\d{{1,2}})"
    rf"|(?P<y5>20\d\d)(?P<m5>0[1-9]|1[0-2])(?P<d5>0[1-9]|[12]\d|3[01])(?![\w])"
    rf"|(?P<a>\d{{1,2}})(?:(?P<s>[/.-])(?P<b>\d{{1,2}})(?P=s)(?P<y2>(?:19|20)\d\d|\d\d)| ?/ ?(?P<b2>\d{{1,2}}) ?/ ?(?P<y6>(?:19|20)\d\d|\d\d))"
    rf"|(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?(?: (?:day )?of |[ ./-]?){_NAME}[ ,./-]*['’]?(?P<y3>(?:19|20)\d\d|(?<!\d)\d\d)"
    rf"|{_NAME}[ -](?P<d4>\d{{1,2}})(?:(?:st|nd|rd|th)?(?:[,.] ?| |-)['’]?(?P<y4>(?:19|20)\d\d|(?<=['’])\d\d)"
    r"|,? \d{1,2}:\d\d(?::\d\d)?(?: ?[ap]m)?(?: [a-z]{2,4})? (?P<y7>20\d\d)))(?![\d/]|-\d|\.\d(?!\d?:\d\d))",
    re.IGNORECASE,
)
_WITHOUT_YEAR = re.compile(
    rf"(?<![\w/.-])(?:(\d{{1,2}})/(\d{{1,2}})(?![\d/])|{_NAME} (\d{{1,2}})\b(?!,? ?\d{{4}})|(\d{{1,2}})(?:st|nd|rd|th)? {_NAME}(?! ?,? ?\d))",
    re.IGNORECASE,
)


_WEEKDAY = re.compile(r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?,? ?$", re.IGNORECASE)
_LONGEST_WEEKDAY = 12
_LETTERS_OF_A_YEAR = 4
_LABEL = re.compile(r"\b(?:date[ds]?|signed|on)\W{0,3}\Z", re.IGNORECASE)  # of a day written 3 / 4 / 26
_ZONE = r"(?:\s*\(?(?:[AECMPH][SD]T|UTC|GMT|(?:eastern|central|mountain|pacific)(?: (?:standard|daylight))?(?: time)?|hr:min:sec)\b\)?)?(?:\s*\(?(?:UTC|GMT)?[-+]\d{1,2}:?'?(?:\d\d'?)?\)?)?"
TIME_OF_DAY = re.compile(
    rf"\b\d{{1,2}}[:.]\d{{2}}(?::\d{{2}})?(?:\s*[ap]\.?m\b\.?|\s*h(?:rs?)?\b)?{_ZONE}|\b\d{{4}} ?h(?:rs)?\b|\b[0-2]\d[0-5]\d\b{_ZONE}",
    re.IGNORECASE,
)


class FoundDate(NamedTuple):
    """A date and where it stands in its text, with the day of the week before it."""

    day: date
    start: int
    stop: int


def dates_in(text: str, *, day_first: bool = False) -> Iterator[FoundDate]:
    """Full dates in a text from left to right; 3/4/2024 is March 4 unless `day_first`."""
    return iter(_dates(text, day_first))


def first_date(text: str, *, day_first: bool = False) -> FoundDate | None:
    """The first full date in a text; None where it holds none."""
    return next(dates_in(text, day_first=day_first), None)


def has_date(text: str) -> bool:
    """Whether a text holds a full date."""
    return bool(_dates(text, False))


@lru_cache(maxsize=4096)
def _dates(text: str, day_first: bool) -> tuple[FoundDate, ...]:
    return tuple(_each_date(text, day_first))


def _each_date(text: str, day_first: bool) -> Iterator[FoundDate]:
    for found in _DATE.finditer(text):
        if not _is_written(found, text):
            continue
        day = _day(found, day_first)
        if day is not None and 1900 < day.year < 2100:
            before = text[max(found.start() - _LONGEST_WEEKDAY, 0) : found.start()]
            weekday = _WEEKDAY.search(before)
            start = found.start() - (len(before) - weekday.start() if weekday is not None else 0)
            yield FoundDate(day, start, found.end())


def days_without_year_in(text: str, year: int) -> Iterator[FoundDate]:
    """Days that a text writes without their year, such as 12 May or 5/12, in the year that is given."""
    for found in _WITHOUT_YEAR.finditer(text):
        month, day, name, of_month, of_day, name_behind = found.groups()
        word = name or name_behind
        made = _made(str(year), str(_MONTHS[word[:3].lower()]) if word else month, of_month or of_day or day)
        if made is not None:
            yield FoundDate(made, found.start(), found.end())


def _is_written(found: re.Match[str], text: str) -> bool:
    """Whether three numbers are a day: those that stand apart, such as doses 70 / 60 / 54, are one behind a label alone."""
    short = found["y6"] and len(found["y6"]) < _LETTERS_OF_A_YEAR
    return not short or _LABEL.search(text, 0, found.start()) is not None


def _day(found: re.Match[str], day_first: bool) -> date | None:
    groups = found.groupdict()
    if groups["y1"]:
        return _made(groups["y1"], groups["m1"], groups["d1"])
    if groups["y5"]:
        return _made(groups["y5"], groups["m5"], groups["d5"])
    if groups["a"]:
        first, second = int(groups["a"]), int(groups["b"] or groups["b2"])
        if groups["s"] == "." or (day_first and second <= 12) or first > 12:
            first, second = second, first
        return _made(groups["y2"] or groups["y6"], str(first), str(second))
    month = next(part for part in found.groups() if part and part[:3].lower() in _MONTHS)
    return _made(
        groups["y3"] or groups["y4"] or groups["y7"],
        str(_MONTHS[month[:3].lower()]),
        groups["d3"] or groups["d4"],
    )


def _made(year: str, month: str, day: str) -> date | None:
    full = int(year) if len(year) == 4 else 2000 + int(year) if int(year) < 70 else 1900 + int(year)
    try:
        return date(full, int(month), int(day))
    except ValueError:
        return None


def writes_day_first(texts: Iterable[str]) -> bool:
    """Whether a chart writes 13/4/2024: some first number is over 12 and no second one is."""
    first = second = 0
    for text in texts:
        for found in _DATE.finditer(text):
            if found["a"] and found["s"] != "." and _is_written(found, text) and _day(found, day_first=False):
                first += int(found["a"]) > 12
                second += int(found["b"] or found["b2"]) > 12
    return first > second
