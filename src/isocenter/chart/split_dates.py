"""Dates that begin at the end of one line and go on in the next, such as: signed 2 / May 2025 07:15."""

import re
from collections.abc import Sequence

from isocenter.chart.layout import Cell, Row, Word

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)\.?"
)
_YEAR = r"(?:19|20)\d\d[.,;:)]?"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_PARTINGS = [
    (re.compile(end, re.IGNORECASE), re.compile(beginning, re.IGNORECASE))
    for end, beginning in (
        (rf"(?:^|[^\w./-]){_DAY}$", rf"{_MONTH},? {_YEAR}(?!\S)"),
        (rf"(?:^|[^\w./-])(?:{_DAY} {_MONTH}|{_MONTH} {_DAY}),?$", rf"{_YEAR}(?!\S)"),
        (rf"(?:^|\W){_MONTH}$", rf"{_DAY}, {_YEAR}(?!\S)"),
    )
]


def with_dates_whole(rows: Sequence[Row]) -> list[Row]:
    """The rows, each date that goes on in the next row moved whole to the row in which it begins."""
    made: list[Row] = []
    for row in rows:
        above = made[-1] if made else None
        moved = _words_that_go_on(above.text, row) if above is not None else 0
        if above is None or not moved:
            made.append(row)
            continue
        made[-1] = _with_words_behind(above, row.words[:moved])
        rest = _without_first(row, moved)
        if rest is not None:
            made.append(rest)
    return made


def _words_that_go_on(above: str, row: Row) -> int:
    """How many words at the beginning of a row are the rest of a date; 0 for none."""
    text = row.text
    for end, beginning in _PARTINGS:
        found = beginning.match(text) if end.search(above) else None
        if found is not None:
            return len(found.group().split())
    return 0


def _with_words_behind(row: Row, words: tuple[Word, ...]) -> Row:
    *before, last = row.cells
    return Row((*before, Cell(last.words + words)))


def _without_first(row: Row, count: int) -> Row | None:
    cells: list[Cell] = []
    for cell in row.cells:
        kept = cell.words[count:]
        count = max(0, count - len(cell.words))
        if kept:
            cells.append(Cell(kept))
    return Row(tuple(cells)) if cells else None
