"""The layout of a page: words with boxes become rows of cells in the order of reading."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import NamedTuple

CELL_GAP = 1.25  # of the size of the letters: a wider gap separates cells
_LEAST_GAP_AT_AN_EDGE, _WIDER_THAN_A_SPACE = 0.5, 1.3  # of the size of the letters, and of the usual space
_FEWEST_ROWS_OF_A_COLUMN = 5
_FILLED = 0.62  # of its width that lines of a prose column fill at the median
_FEWEST_ROWS_OF_A_TERSE_COLUMN = 10
_FILLED_BY_LONG_LINES = 0.5  # of its width that the longest quarter of the lines of a terse column fill
_SHARE_OF_PHRASES = 0.55  # of the lines of a terse column that hold three words or more
_STEP_PT, _MOST_STEPS = 4.0, 1_000  # between two places where the gutter of two columns may lie
_LINE_BESIDE_TEXT = re.compile(r"^_{2,}(?=[^_])|(?<=[^_])_{2,}$")
_BEGINS_WITH_A_BOX = re.compile(r"[☐☒☑]|\[[xXvV✓✔]?(?:\]|$)|\([xXvV✓✔]?\)|\($")
_FEWEST_LINES_ALONE = 2  # lines of the right column without one beside them at their height


class Box(NamedTuple):
    """A rectangle on a page in points, from the top left corner as the page is seen."""

    left: float
    top: float
    right: float
    bottom: float

    def around(self, other: "Box") -> "Box":
        """The smallest box that holds both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


class Word(NamedTuple):
    """A word where it is printed, and how surely it was read; `printed` is what stands there if `text` says more."""

    text: str
    box: Box
    size: float
    bold: bool = False
    script: bool = False
    sureness: float = 1.0
    printed: str = ""


class Cell(NamedTuple):
    """Words side by side without a wide gap."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """The words with spaces between them."""
        return " ".join(word.text for word in self.words)

    @property
    def box(self) -> Box:
        """The box around the words."""
        return box_around(self.words)


@dataclass(frozen=True)
class Row:
    """Cells on one line of a page or of one of its columns; what is asked most is worked out once."""

    cells: tuple[Cell, ...]

    @property
    def words(self) -> tuple[Word, ...]:
        """The words of all cells."""
        return (
            self.cells[0].words if len(self.cells) == 1 else tuple(word for cell in self.cells for word in cell.words)
        )

    @cached_property
    def text(self) -> str:
        """The cells with spaces between them."""
        return " ".join(cell.text for cell in self.cells)

    @cached_property
    def box(self) -> Box:
        """The box around the row."""
        return box_around(self.words)

    @cached_property
    def size(self) -> float:
        """The size of most of its letters in points."""
        return median(word.size for word in self.words)

    @property
    def bold(self) -> bool:
        """Whether all words are bold."""
        return all(word.bold for word in self.words)


def box_around(words: Sequence[Word]) -> Box:
    """The box around some words; ValueError when there are none."""
    if not words:
        raise ValueError("no words to draw a box around")
    lefts, tops, rights, bottoms = zip(*(word.box for word in words), strict=True)
    return Box(min(lefts), min(tops), max(rights), max(bottoms))


def rows_in_reading_order(words: Sequence[Word]) -> tuple[Row, ...]:
    """Rows from top to bottom; where a page has two columns of prose, the left one first."""
    return _aligned(_rows(_lines([without_line_below(word) for word in words])))


def without_line_below(word: Word) -> Word:
    """A word without the drawn line that it fills, such as: __24__; a line that nothing fills stays."""
    text = _LINE_BESIDE_TEXT.sub("", word.text)
    return word if text == word.text else word._replace(text=text, printed=word.text)


def _rows(lines: Sequence[list[Word]]) -> list[Row]:
    gutter = _gutter(lines)
    if gutter is None:
        return [Row(tuple(_cells(line))) for line in lines]
    rows: list[Row] = []
    left: list[list[Word]] = []
    right: list[list[Word]] = []
    for line in lines:
        if any(word.box.left < gutter < word.box.right for word in line) or _spans(line, gutter):
            rows += _flushed(left, right)
            rows.append(Row(tuple(_cells(line))))
        else:
            left.append([word for word in line if word.box.right <= gutter])
            right.append([word for word in line if word.box.left >= gutter])
    return [*rows, *_flushed(left, right)]


def _aligned(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Rows whose cells are parted where the rows around them begin a cell: text can fill a cell to its edge."""
    space = _usual_space(rows)
    return tuple(_parted(row, _edges_near(rows, at), space) for at, row in enumerate(rows))


def _usual_space(rows: Sequence[Row]) -> float:
    """The gap between two words of a cell, of the size of the letters; 0.6 in most fonts of one width."""
    gaps = [
        (after.box.left - before.box.right) / max(after.size, 1.0)
        for row in rows
        for cell in row.cells
        for before, after in itertools.pairwise(cell.words)
    ]
    return median(gaps) if gaps else 0.0


def _edges_near(rows: Sequence[Row], at: int) -> list[float]:
    around = [row for row in rows[max(at - 5, 0) : at + 6] if row is not rows[at]]
    return [cell.box.left for row in around for cell in row.cells[1:]]


def _parted(row: Row, edges: Sequence[float], space: float) -> Row:
    if not edges:
        return row
    least = max(_LEAST_GAP_AT_AN_EDGE, _WIDER_THAN_A_SPACE * space)
    cells: list[Cell] = []
    for cell in row.cells:
        start = 0
        for at in range(1, len(cell.words)):
            before, word = cell.words[at - 1], cell.words[at]
            gap = word.box.left - before.box.right
            if gap > least * word.size and sum(abs(word.box.left - edge) < 1.0 for edge in edges) >= 1:
                cells.append(Cell(cell.words[start:at]))
                start = at
        cells.append(Cell(cell.words[start:]))
    return Row(tuple(cells))


def _spans(line: Sequence[Word], gutter: float) -> bool:
    """Whether words left and right of the gutter belong to one line of prose."""
    before = [word for word in line if word.box.right <= gutter]
    after = [word for word in line if word.box.left >= gutter]
    if not before or not after:
        return False
    gap = min(word.box.left for word in after) - max(word.box.right for word in before)
    return gap < 0.6 * before[-1].size


def _flushed(left: list[list[Word]], right: list[list[Word]]) -> list[Row]:
    rows = [Row(tuple(_cells(line))) for line in (*left, *right) if line]
    left.clear()
    right.clear()
    return rows


def _lines(words: Sequence[Word]) -> list[list[Word]]:
    """Words whose middles lie at one height, from top to bottom, each line from left to right."""
    lines: list[list[Word]] = []
    middles: list[float] = []
    for word in sorted(words, key=lambda word: (word.box.top + word.box.bottom) / 2):
        middle = (word.box.top + word.box.bottom) / 2
        if lines and abs(middle - middles[-1]) <= 0.45 * word.size:
            lines[-1].append(word)
            middles[-1] += (middle - middles[-1]) / len(lines[-1])
        else:
            lines.append([word])
            middles.append(middle)
    for line in lines:
        line.sort(key=lambda word: word.box.left)
    return lines


def _cells(line: Sequence[Word]) -> list[Cell]:
    cells: list[list[Word]] = []
    for word in line:
        if cells and word.box.left - cells[-1][-1].box.right <= CELL_GAP * max(word.size, 1.0):
            cells[-1].append(word)
        else:
            cells.append([word])
    if _is_stretched(cells):
        cells = [[word for cell in cells for word in cell]]
    return [Cell(tuple(cell)) for cell in cells]


def _is_stretched(cells: Sequence[Sequence[Word]]) -> bool:
    """Whether gaps come from justifying a bold heading and not from a table."""
    if len(cells) < 3 or not all(len(cell) == 1 and cell[0].bold and cell[0].text.isalpha() for cell in cells):
        return False
    gaps = [after[0].box.left - before[0].box.right for before, after in itertools.pairwise(cells)]
    return max(gaps) < min(1.3 * min(gaps), 3.5 * cells[0][0].size)


def _gutter(lines: Sequence[Sequence[Word]]) -> float | None:
    """The middle of the empty band between two columns of prose; None where the page has one column."""
    if len(lines) < 2 * _FEWEST_ROWS_OF_A_COLUMN // 2:
        return None
    start = min(line[0].box.left for line in lines)
    stop = max(line[-1].box.right for line in lines)
    reaches = [[(word.box.left - 2, word.box.right + 2) for word in line] for line in lines]
    best: tuple[int, float] | None = None
    step = max(_STEP_PT, (stop - start) / _MOST_STEPS)
    x = start + 0.3 * (stop - start)
    while x < start + 0.7 * (stop - start):
        crossing = sum(_crosses(reach, x) or _spans(line, x) for reach, line in zip(reaches, lines, strict=True))
        if best is None or crossing < best[0]:
            best = (crossing, x)
        x += step
    if best is None or best[0] > 0.35 * len(lines):
        return None
    crossing, x = best
    apart = [line for reach, line in zip(reaches, lines, strict=True) if not (_crosses(reach, x) or _spans(line, x))]
    left = [[w for w in line if w.box.right < x] for line in apart]
    right = [[w for w in line if w.box.left > x] for line in apart]
    is_a_form = _are_fields_side_by_side(left, right) or _are_choices_beside_questions(left, right)
    if is_a_form or _are_entries_with_days(left, right):
        return None
    if _is_prose(left, x - start) and _is_prose(right, stop - x):
        return x
    alone = sum(not before and bool(after) for before, after in zip(left, right, strict=True))
    terse = _is_terse(left, x - start) and _is_terse(right, stop - x)
    return x if terse and alone >= _FEWEST_LINES_ALONE and crossing <= max(2, 0.08 * len(lines)) else None


def _are_fields_side_by_side(left: Sequence[Sequence[Word]], right: Sequence[Sequence[Word]]) -> bool:
    """Whether most lines left and right of a gutter begin with labels at the same height, as the boxes of a form do."""
    both = [(before, after) for before, after in zip(left, right, strict=True) if before and after]
    labelled = sum(_begins_with_a_label(before) and _begins_with_a_label(after) for before, after in both)
    return labelled >= _FEWEST_FIELDS and labelled > 0.5 * len(both)


def _are_choices_beside_questions(left: Sequence[Sequence[Word]], right: Sequence[Sequence[Word]]) -> bool:
    """Whether many lines right of a gutter begin with a box and those left of it hold none: rows of a form with its answers."""
    both = [(before, after) for before, after in zip(left, right, strict=True) if before and after]
    chosen = sum(_is_a_box(after[0]) and not any(map(_is_a_box, before)) for before, after in both)
    return chosen >= _FEWEST_FIELDS and chosen >= 0.5 * len(both)


def _is_a_box(word: Word) -> bool:
    return _BEGINS_WITH_A_BOX.match(word.text) is not None


def _are_entries_with_days(left: Sequence[Sequence[Word]], right: Sequence[Sequence[Word]]) -> bool:
    """Whether most lines right of a gutter are a few words and a day at the height of a line on the left, as signers of entries."""
    full = [(before, after) for before, after in zip(left, right, strict=True) if after]
    dated = sum(
        bool(before) and len(after) <= _MOST_WORDS_OF_A_SIGNER and _ENDS_A_DAY.search(after[-1].text) is not None
        for before, after in full
    )
    return dated >= _FEWEST_FIELDS and dated > 0.5 * len(full)


_ENDS_A_DAY, _MOST_WORDS_OF_A_SIGNER = re.compile(r"\d[/.-]\d\d?[/.-]\d{2,4}$|^(?:19|20)\d\d$"), 6


def _begins_with_a_label(line: Sequence[Word]) -> bool:
    return any(word.text.endswith(":") for word in line[:_MOST_WORDS_OF_A_LABEL])


_FEWEST_FIELDS, _MOST_WORDS_OF_A_LABEL = 3, 3


def _crosses(reaches: Sequence[tuple[float, float]], x: float) -> bool:
    """Whether a word of a line, given by how far each reaches from left to right, lies across a place."""
    for left, right in reaches:  # runs most often of all that reads a layout
        if left >= x:
            return False
        if x < right:
            return True
    return False


def _is_prose(side: Sequence[Sequence[Word]], width: float) -> bool:
    """Whether the lines of one side of a page are those of a column of prose."""
    full = [line for line in side if line]
    one_cell = [line for line in full if len(_cells(line)) == 1 and len(line) > 3]
    if len(full) < _FEWEST_ROWS_OF_A_COLUMN or not one_cell or len(one_cell) < 0.5 * len(full):
        return False
    return median(line[-1].box.right - line[0].box.left for line in one_cell) >= _FILLED * width


def _is_terse(side: Sequence[Sequence[Word]], width: float) -> bool:
    """Whether the lines of one side of a page are those of a column of slips: phrases, short tables, signatures."""
    full = [line for line in side if line]
    if len(full) < _FEWEST_ROWS_OF_A_TERSE_COLUMN:
        return False
    lengths = sorted(line[-1].box.right - line[0].box.left for line in full)
    phrases = sum(len(line) >= 3 for line in full)
    return phrases >= _SHARE_OF_PHRASES * len(full) and lengths[3 * len(lengths) // 4] >= _FILLED_BY_LONG_LINES * width
