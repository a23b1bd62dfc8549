"""Days that a chart writes without their year get the year of the chart, where it shows one and no other.

Only days that date something: behind the few words of a heading, at the beginning of a row, or at the end of a line
with a person on it. What else is written so may be a share, a criterion or a score, such as 4/19 nodes.
"""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date

from isocenter.chart.pages.layout import Cell, Row, Word
from isocenter.chart.pages.pages import Page
from isocenter.chart.patient.identity import in_its_century
from isocenter.chart.words.dates import dates_in
from isocenter.chart.words.people import has_credentials

_DAY = re.compile(r"(\d{1,2})/(\d{1,2})(?=[.,;:]?$)")
_YEAR_OF_CHART = re.compile(r"\b(?:yr|year)\W{0,2}(20\d\d)\b|\b(20\d\d)\W{0,2}(?:yr|year)\b", re.IGNORECASE)
_MOST_WORDS_OF_A_HEADING = 5
_FEWEST_DAYS = 5
_SHARE_OF_ONE_YEAR = 0.8
_FEWER_FULL_DATES = 2  # times as many days without a year as with one
_LATE_MONTH, _EARLY_MONTH = 10, 3


def with_years(pages: Sequence[Page], born: date | None) -> list[Page]:
    """The pages with the year of the chart behind the days that lack it; the same pages where it is not sure."""
    found = [(month, day) for page in pages for row in page.rows for month, day in _days(row)]
    dates = [one.day for page in pages for row in page.rows for one in dates_in(row.text)]
    dates = [day for day in dates if born is None or in_its_century(day) != in_its_century(born)]
    year = _year_of(pages, dates)
    months = {month for month, _ in found}
    turns = min(months, default=0) <= _EARLY_MONTH and max(months, default=0) >= _LATE_MONTH
    if year is None or turns or len(found) < _FEWEST_DAYS or len(found) < _FEWER_FULL_DATES * len(dates):
        return list(pages)
    return [page._replace(rows=tuple(_with_year(row, year) for row in page.rows)) for page in pages]


def _year_of(pages: Sequence[Page], dates: Sequence[date]) -> int | None:
    """The year that heads of pages give to the chart, else that of nearly all of its full dates."""
    named = {
        int(match[1] or match[2]) for page in pages for row in page.rows for match in _YEAR_OF_CHART.finditer(row.text)
    }
    if len(named) == 1:
        return named.pop()
    years = Counter(day.year for day in dates)
    year, times = years.most_common(1)[0] if years else (0, 0)
    return year if times and times >= _SHARE_OF_ONE_YEAR * len(dates) else None


def _days(row: Row) -> list[tuple[int, int]]:
    words = row.words
    return [day for at, word in enumerate(words) if (day := _day_of(word)) and _dates_something(row, at)]


def _day_of(word: Word) -> tuple[int, int] | None:
    found = _DAY.match(word.text)
    if found is None:
        return None
    try:
        date(2024, int(found[1]), int(found[2]))
    except ValueError:
        return None
    return int(found[1]), int(found[2])


def _dates_something(row: Row, at: int) -> bool:
    """Whether a day stands where rows are dated: first, behind a short heading, or last beside a person."""
    words = [word.text for word in row.words]
    before = words[:at]
    is_last = at == len(words) - 1
    is_heading = is_last and len(words) <= _MOST_WORDS_OF_A_HEADING and not any(c.isdigit() for c in "".join(before))
    named = bool(before) and has_credentials(" ".join(before))
    return at == 0 or is_heading or (named and not any(_DAY.match(word) for word in words[at + 1 :]))


def _with_year(row: Row, year: int) -> Row:
    dated = {id(word) for at, word in enumerate(row.words) if _day_of(word) and _dates_something(row, at)}
    if not dated:
        return row
    return Row(
        tuple(
            Cell(tuple(_dated(word, year) if id(word) in dated else word for word in cell.words)) for cell in row.cells
        )
    )


def _dated(word: Word, year: int) -> Word:
    return word._replace(text=_DAY.sub(rf"\1/\2/{year}", word.text), printed=word.printed or word.text)
