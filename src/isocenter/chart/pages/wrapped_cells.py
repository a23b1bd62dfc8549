"""Rows of tables whose cells go on below: the lines of one cell become one cell again."""

import re
from collections.abc import Sequence

from isocenter.chart.pages.box_columns import box_alone
from isocenter.chart.pages.layout import Cell, Row

_GAP_OF_SIZE = 0.55  # between two lines of one cell
_EDGE_PT = 2.5
_VALUE = re.compile(
    r"^(?:[-+\u2212<>\u2264\u2265=~]{0,2}\s?[\d☐☒☑]|[<>\u2264\u2265]|[VD]\s?\d|(?:mean|max|min)\b)", re.IGNORECASE
)


def with_cells_joined(rows: Sequence[Row]) -> list[Row]:
    """The rows of a page, those that only go on with cells of a table row above joined to it.

    Such a row leaves the first column empty, or ends the name in it, begins each of its cells where the row above begins one, and holds no
    value where that one holds a value.
    """
    made: list[Row] = []
    bottom = 0.0  # of the last line that was joined to the last row
    for row in rows:
        above = made[-1] if made else None
        if above is not None and _goes_on(above, bottom, row):
            made[-1] = _joined(above, row)
        else:
            made.append(row)
        bottom = row.box.bottom
    return made


def _goes_on(above: Row, bottom: float, row: Row) -> bool:
    gap = row.box.top - bottom
    if len(above.cells) < 2 or not -0.5 * row.size < gap <= _GAP_OF_SIZE * row.size or above.bold != row.bold:
        return False
    met = [_column(above, cell) for cell in row.cells]
    if met[:1] == [0] and (
        _ends_a_day(above.cells[0].text, row.cells[0].text)
        or (1 < len(row.cells) < len(above.cells) and _ends_a_name(above.cells[0].text, row.cells[0].text))
        or (len(row.cells) == 1 and _is_answered(above) and re.match(r"[a-z(]", row.text))
        or (len(row.cells) == 1 and _gives_values(above) and _breaks_off(above.cells[0].text, row.text))
    ):
        met = met[1:]  # such as: January 30, over 2026
        cells = row.cells[1:]
    else:
        cells = row.cells
    if any(at < 1 for at in met) or len(set(met)) < len(met):
        return False
    return not any(
        _VALUE.match(cell.text) and _VALUE.match(above.cells[at].text) for at, cell in zip(met, cells, strict=True)
    )


_DAY_WITHOUT_YEAR = re.compile(r"\b[A-Z][a-z]{2,8}\.? \d{1,2},$|\b\d{1,2}\.? [A-Z][a-z]{2,8}\.?,?$")
_YEAR_ALONE = re.compile(r"(?:19|20)\d\d\b")


def _ends_a_day(above: str, below: str) -> bool:
    """Whether a cell of a row below is the year of the day that the cell above it breaks off."""
    return bool(_DAY_WITHOUT_YEAR.search(above.strip()) and _YEAR_ALONE.fullmatch(below.strip()))


_BROKEN_OFF = re.compile(r"\([^()]*$|(?:\b(?:minus|and|or|of|the|to|without|excluding|less)|[-–+/&,])$", re.IGNORECASE)


def _ends_a_name(above: str, below: str) -> bool:
    """Whether a first cell goes on below, such as: Both lungs minus, over GTV; small letters tell it where names have capitals."""
    goes_on = re.match(r"\)" if above.strip()[:1].islower() else r"[a-z)]", below.strip())
    return bool(_BROKEN_OFF.search(above.strip()) or goes_on)


_GOES_ON = re.compile(r"(?:and|or|of|minus|with|without|excluding)\b|\(|(?:c?Gy|cc|%)\W*$")


def _breaks_off(above: str, below: str) -> bool:
    """Whether a first cell breaks off in the middle of what it names, such as: Dose to 0.1 cc of, over the esophagus."""
    return bool(_BROKEN_OFF.search(above.strip()) or _GOES_ON.match(below.strip()))


def _gives_values(above: Row) -> bool:
    """Whether a row gives a value behind its first cell."""
    return any(_VALUE.match(cell.text) for cell in above.cells[1:])


def _is_answered(above: Row) -> bool:
    """Whether a row asks something in its first cell that a box in another one answers."""
    return any(box_alone(cell.text) is not None for cell in above.cells[1:])


def _column(above: Row, cell: Cell) -> int:
    """The number of the cell above that begins at the same place; -1 for none."""
    left = cell.box.left
    return next((at for at, other in enumerate(above.cells) if abs(other.box.left - left) < _EDGE_PT), -1)


def _joined(above: Row, row: Row) -> Row:
    further = {_column(above, cell): cell.words for cell in row.cells}
    return Row(tuple(Cell(cell.words + further.get(at, ())) for at, cell in enumerate(above.cells)))
