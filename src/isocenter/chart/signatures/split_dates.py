"""Dates of signatures that go on in the next line, such as: signed 2 / May 2025 07:15, or Ada Moor, / MD 3/4/2025."""

import re
from collections.abc import Sequence

from isocenter.chart.pages.layout import Cell, Row, Word
from isocenter.chart.papers.paper_ends import SIGNED
from isocenter.chart.words.dates import dates_in
from isocenter.chart.words.people import CREDENTIAL, people_in

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)\.?"
)
_YEAR = r"(?:19|20)\d\d[.,;:)]?"
_DAY = r"\d{1,2}(?:st|nd|rd|th|\.)?"
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
        if above is not None and not moved and _is_the_rest_of_a_signature(above.text, row.text):
            moved = len(row.words)
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


_REST_OF_A_SIGNATURE = re.compile(
    rf"(?:{CREDENTIAL},?\s+)?(?:on\s+)?[\w/.,-]+(?:\s[\w.,]+){{0,2}}(?:\s?(?:@|at)?\s?\d{{1,2}}:?\d\d(?:\s?[AP]M)?)?"
)


def _is_the_rest_of_a_signature(above: str, text: str) -> bool:
    """Whether a line is the credential and the day alone of somebody who signed at the end of the line above."""
    day = next(dates_in(text), None)
    if day is None or _REST_OF_A_SIGNATURE.fullmatch(text) is None or not SIGNED.search(above):
        return False
    person = next(iter(people_in(above)[-1:]), None)
    return (
        person is not None
        and len(above) - person.stop <= _LONGEST_BEHIND_A_NAME
        and not any(one.start > person.start for one in dates_in(above))
        and (bool(person.credentials) or text[: day.start].strip() != "")
    )


_LONGEST_BEHIND_A_NAME = 3


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
