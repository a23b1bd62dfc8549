"""Image-guided set-ups in grids that give each day a column and each direction a row."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise, takewhile
from math import sqrt
from typing import NamedTuple

from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.placed import Placed, placed
from isocenter.chart.papers.paper_days import is_a_day_alone
from isocenter.chart.results.image_guidance import (
    NO_IMAGE,
    SHIFT_COLUMN,
    GuidanceFound,
    length_mm,
    method_in,
    role_in,
)
from isocenter.chart.words.dates import dates_in

_FEWEST_DAYS, _DIRECTIONS = 2, 3
_SURENESS = 0.9


class _Row(NamedTuple):
    """A row of a grid: what it gives, its value on each day, and where it stands."""

    name: str
    values: tuple[str, ...]
    placed: Placed


def guidance_in_grids(
    lines: Sequence[Line], staff: Mapping[str, str], *, day_first: bool = False
) -> Iterator[GuidanceFound]:
    """The set-up of each day whose column holds a number in each of three directions.

    The method is that of a row of the grid, else the only one that the paper names. Nobody is taken to have reviewed
    a set-up by initials in a grid: they bear no day. Days without a year are of the one year that the paper writes.
    """
    years = {one.day.year for line in lines for one in dates_in(line.row.text, day_first=day_first)}
    year = years.pop() if len(years) == 1 else None
    named = {method for line in lines if (method := method_in(line.row.text))}
    of_paper = named.pop() if len(named) == 1 else ""
    for at, line in enumerate(lines):
        days = _days_of(line, day_first) or (_days_in_year(line, year, day_first) if year is not None else [])
        if len(days) >= _FEWEST_DAYS:
            rows = list(_rows_below(lines[at + 1 :], len(days)))
            for number, day in enumerate(days):
                found = _set_up(day, number, rows, of_paper, dict(staff))
                if found is not None:
                    yield found


def _days_of(line: Line, day_first: bool) -> list[date]:
    """The days that head the columns of a grid, of which the first may have words of its own."""
    texts = [cell.text for cell in line.row.cells]
    headed = texts if texts and is_a_day_alone(texts[0]) else texts[1:]
    if not all(map(is_a_day_alone, headed)):
        return []
    return [next(dates_in(text, day_first=day_first)).day for text in headed]


_DAY_WITHOUT_YEAR = re.compile(r"(\d{1,2})[/.-](\d{1,2})")


def _days_in_year(line: Line, year: int, day_first: bool) -> list[date]:
    """The days without a year that head the columns of a grid behind its name; none unless each is after the one before."""
    found = [_DAY_WITHOUT_YEAR.fullmatch(cell.text.strip()) for cell in line.row.cells[1:]]
    days: list[date] = []
    for one in found:
        if one is None:
            return []
        first, second = int(one[1]), int(one[2])
        try:
            days.append(date(year, second, first) if day_first else date(year, first, second))
        except ValueError:
            return []
    return days if all(before < day for before, day in pairwise(days)) else []


def _rows_below(lines: Sequence[Line], days: int) -> Iterator[_Row]:
    """The rows below the days: as many values behind a name."""
    for line in takewhile(lambda line: len(line.row.cells) == days + 1, lines):
        first, *values = line.row.cells
        yield _Row(first.text, tuple(cell.text for cell in values), placed(line.row.words, line.page))


def _set_up(day: date, number: int, rows: Sequence[_Row], of_paper: str, staff: dict[str, str]) -> GuidanceFound | None:
    directions = [row for row in rows if SHIFT_COLUMN.search(row.name)]
    parts = [length_mm(row.name, row.values[number]) for row in directions]
    lengths = [part for part in parts if part is not None]
    if len(directions) != _DIRECTIONS or len(lengths) != _DIRECTIONS:
        return None
    beside = [(row.name, row.values[number]) for row in rows if row not in directions]
    if any(NO_IMAGE.search(value) for _, value in beside):
        return None
    method = next((found for _, value in beside if (found := method_in(value))), of_paper)
    performed = next((role for _, value in beside if (role := role_in(value, staff)) == "radiation_therapist"), "")
    at = directions[-1].placed
    shift = round(sqrt(sum(length * length for length in lengths)), 2)
    return (
        GuidanceFound(day, method, shift, None, performed, "", "", None, at, _SURENESS * at.sureness)
        if method
        else None
    )
