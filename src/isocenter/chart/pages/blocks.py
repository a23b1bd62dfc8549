"""Blocks of a paper: its lines put together to headings, paragraphs and rows of a table."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from isocenter.chart.pages.layout import Row
from isocenter.chart.pages.placed import MARKS, Placed, joined, placed

LABEL = re.compile(
    r"^\W{0,3}((?:[34]-?D|\d(?:st|nd|rd|th)\b|[A-Za-z])[^:;.?!☐☒☑|]{1,58}?)\s*(?:[:=]\s*(?=\S|$)|\?\s+(?=\S))"
)
BULLET = re.compile(
    r"^[•·∙▪●◦*\-–—>]\s+|^\(?\d{1,2}[.)]\s+(?=[A-Za-z])|^\d{1,2}\s+(?=[A-Z][^:?.]{2,40}[:?]\s)|^[a-z]\)\s+|^(?:[A-H]|[IVX]{1,4})\.\s+(?=[A-Z])"
)
UNMAPPED = "\ufffd"  # a symbol of which the file does not say what it is, such as a box or a bullet
_TYPED_BOX = re.compile(r"[\[(]\s*(?:([xXvV✓✔•●*]?)|_{1,3})\s*[\])](?=\s|[A-Za-z]|$)|(?<!\w)([xX_]?)_(?:_?)(?=\s[A-Z])")
_BEGINS_WITH_A_BOX = re.compile(
    rf"(?:{_TYPED_BOX.pattern})|(?:\d{{1,2}}\W+)?[A-Z][\w/-]*(?: [\w/-]+){{0,4}} (?:[{MARKS}]|[\[(]\s?[xXvV]?\s?[\])])"
)  # or with the short label of one
_FILLED_FIELD = re.compile(r"[A-Z][A-Z0-9 /&-]{2,40}: ?\S")  # such as: MODALITY: IMRT, which heads nothing
_FIELD = re.compile(r"\b[A-Za-z][\w /-]{1,30}: ?\S")
_MARKS_OF_VALUES = f"{MARKS}<>≤≥=%"  # a line with one of these states something and heads nothing


class Line(NamedTuple):
    """A row of a page within a paper; `reach` is how far the lines of its page go to the right from the same edge, where known."""

    row: Row
    page: int
    reach: float = 0.0


def is_heading(row: Row, body_size: float, mostly_capitals: bool) -> bool:
    """Whether a row looks like a heading: short, alone, and bold, larger or in capitals."""
    if len(row.cells) != 1:
        return False
    text = row.text.strip()
    words = text.split()
    if not words or len(words) > 10 or len(text) > 80 or text[-1] in ".,;" or any(c in text for c in _MARKS_OF_VALUES):
        return False
    if re.search(r"(?<!version) \d+\.\d+$", text, re.IGNORECASE) or _TYPED_BOX.match(text):
        return False  # a measured value at the end, or a choice
    letters = [c for c in text if c.isalpha()]
    if len(letters) < 2:
        return False
    capitals = (
        all(c.isupper() for c in letters)
        and not mostly_capitals
        and not re.search(r"\d\s?(?:C?GY|MM|CM|MV|MEV|X)\b", text)
        and not _FILLED_FIELD.match(text)
    )
    is_larger = row.size > 1.12 * body_size and not _holds_fields(text)
    return row.bold or is_larger or capitals or (text.endswith(":") and len(words) <= 6)


def _holds_fields(text: str) -> bool:
    """Whether a line holds two fields or more, such as: Date: 4/2/2026  ICD-10: C34.1; tables around may be in smaller print."""
    return len(_FIELD.findall(text)) > 1


def begins_with_a_box(text: str) -> bool:
    """Whether a text begins with a tick box, drawn or typed."""
    return text[:1] in MARKS or _TYPED_BOX.match(text) is not None


def body_size(rows: Sequence[Row]) -> float:
    """The size of most letters; that of the smaller lines of text where tables beside them are in smaller print."""
    sizes = [word.size for row in rows for word in row.words]
    of_text = sorted(word.size for row in rows if len(row.cells) == 1 for word in row.words)
    smaller = of_text[len(of_text) // 4] if of_text else 0.0
    return max(median(sizes), smaller) if sizes else 10.0


def mostly_capitals(rows: Sequence[Row]) -> bool:
    """Whether a page is written in capitals throughout."""
    letters = "".join(row.text for row in rows)
    upper, lower = sum(map(str.isupper, letters)), sum(map(str.islower, letters))
    return upper > 3 * lower


def blocks_of(lines: Sequence[Line], size: float, capitals: bool) -> Iterator[str | Placed | list[Placed]]:
    """Headings as text, paragraphs as one text, rows of several cells as a list."""
    paragraph: list[Line] = []
    table: list[Placed] = []
    lefts: list[float] = []
    last: Line | None = None
    ends = line_ends(lines)
    for number, line in enumerate(lines):
        row = line.row
        if table and last is not None and _continues_cell(last, line, lefts):
            at = min(range(len(lefts)), key=lambda i: abs(lefts[i] - row.box.left))
            table[at] = joined([table[at], placed(row.words, line.page)])
            last = line
            continue
        if table:
            yield table
            table, lefts = [], []
        if len(row.cells) > 1:
            if paragraph:
                yield _paragraph(paragraph)
                paragraph = []
            table = [placed(cell.words, line.page) for cell in row.cells]
            lefts = [cell.box.left for cell in row.cells]
        elif (is_heading(row, size, capitals) or _heads_indented(row, lines, number)) and not (
            paragraph and continues(paragraph[-1], line, ends) and not row.bold
        ):
            if paragraph:
                yield _paragraph(paragraph)
                paragraph = []
            yield row.text
        else:
            if paragraph and not continues(paragraph[-1], line, ends):
                yield _paragraph(paragraph)
                paragraph = []
            paragraph.append(line)
        last = line
    if table:
        yield table
    if paragraph:
        yield _paragraph(paragraph)


_INDENT_PT = 4.0
_LINE_OF_SIZE = 2.2  # from line to line within one block
_FEWEST_LINES, _SHARE_OF_LISTS = 4, 0.3
_SHARE_OF_JOTTED = 0.4  # of lines that begin in small letters although their first word would have fitted above
_SPACE_OF_SIZE = 0.6  # of the size of letters: a space and what right edges differ by


def _heads_indented(row: Row, lines: Sequence[Line], number: int) -> bool:
    """Whether a few words without a value stand over a line that is set further in, as headings of an outline do."""
    if number + 1 >= len(lines) or lines[number + 1].page != lines[number].page:
        return False
    text = row.text.strip()
    below = lines[number + 1].row
    return (
        len(row.cells) == 1
        and len(text.split()) <= 4
        and text[:1].isupper()
        and text[-1] not in ".,;"
        and not any(c.isdigit() for c in text)
        and _INDENT_PT < below.box.left - row.box.left < 60.0
        and 0 < below.box.top - row.box.top < 3.0 * row.size
    )


def _paragraph(lines: Sequence[Line]) -> Placed:
    return joined([placed(line.row.words, line.page) for line in lines])


class LineEnds(NamedTuple):
    """How far lines reach to the right, and where each line ends of its own, by page and place of their left edge.

    `jotted` are the places where such lines begin in small letters. `dated` are the lines of logs, each with its day,
    by page and place from the top.
    """

    reach: dict[tuple[int, int], float]
    listed: set[tuple[int, int]]
    jotted: set[tuple[int, int]]
    dated: set[tuple[int, float]]


def line_ends(lines: Sequence[Line]) -> LineEnds:
    """How the lines of a paper end: at the edge of the column, or before it as in lists."""
    reach: dict[tuple[int, int], float] = {}
    single = [line for line in lines if len(line.row.cells) == 1]
    for line in single:
        reach[_edge(line)] = max(reach.get(_edge(line), 0.0), line.row.box.right, line.reach)
    wrapped: dict[tuple[int, int], list[bool]] = {}
    small: dict[tuple[int, int], int] = {}
    for before, line in pairwise(single):
        if _edge(before) == _edge(line) and 0 < line.row.box.top - before.row.box.top < _LINE_OF_SIZE * line.row.size:
            wraps = _would_not_fit(before, line, reach[_edge(line)])
            wrapped.setdefault(_edge(line), []).append(wraps)
            small[_edge(line)] = small.get(_edge(line), 0) + (line.row.text[0].islower() and not wraps)
    listed = {
        at for at, each in wrapped.items() if len(each) >= _FEWEST_LINES and sum(each) < _SHARE_OF_LISTS * len(each)
    }
    jotted = {at for at in listed if small[at] >= max(_FEWEST_LINES, _SHARE_OF_JOTTED * len(wrapped[at]))}
    dated = {
        (one.page, one.row.box.top)
        for pair in pairwise(single)
        if all(_DATED_ITEM.match(line.row.text) for line in pair) and _edge(pair[0]) == _edge(pair[1])
        for one in pair
    }
    return LineEnds(reach, listed, jotted, dated)


def reach_of_rows(rows: Sequence[Row]) -> dict[int, float]:
    """How far the lines of a page reach to the right, by the place of their left edge."""
    reach: dict[int, float] = {}
    for row in rows:
        if len(row.cells) == 1:
            at = left_edge(row)
            reach[at] = max(reach.get(at, 0.0), row.box.right)
    return reach


def left_edge(row: Row) -> int:
    """The place of the left edge of a row, by which lines of one column share it."""
    return round(row.box.left / 40)


def _edge(line: Line) -> tuple[int, int]:
    return line.page, left_edge(line.row)


def _would_not_fit(before: Line, line: Line, reach: float) -> bool:
    """Whether the first word of a line would not have fitted on the line before it."""
    word = line.row.words[0].box
    space = _SPACE_OF_SIZE * max(before.row.size, 1.0)
    return before.row.box.right + (word.right - word.left) + space > reach


def continues(before: Line, line: Line, ends: LineEnds) -> bool:
    """Whether a line goes on with the paragraph of the line before."""
    if before.page != line.page or len(before.row.cells) > 1:
        return False
    first, second = before.row.box, line.row.box
    text = line.row.text
    gap = second.top - first.bottom
    high = max(before.row.size, 1.0)
    if (
        gap > 0.75 * high
        or gap < -0.7 * high
        or abs(before.row.size - line.row.size) > 0.3 * high
        or second.left - first.left > 6 * high
        or first.left - second.left > 6 * high
    ):
        return False
    if _breaks_off_a_number(before.row.text, text):
        return True
    label = LABEL.match(text)
    if label and len(label[1].split()) <= 4 and text[0].isupper() and not _breaks_off(before, line, ends):
        return False
    if (
        text[0] in MARKS
        or text[0] == UNMAPPED
        or BULLET.match(text)
        or before.row.bold != line.row.bold
        or _BEGINS_WITH_A_BOX.match(text)
        or _SIGNS.match(text)
        or _LEADS_TO_A_VALUE.match(text)
    ):
        return False
    if (line.page, second.top) in ends.dated or (_ITEM.match(text) and _ITEM.match(before.row.text)):
        return False
    reach = ends.reach.get(_edge(before), first.right)
    would_not_fit = _would_not_fit(before, line, reach)
    if _begins_an_item(before.row.text, text, fits=not would_not_fit):
        return False
    full = (
        would_not_fit
        and first.right >= first.left + 0.5 * (reach - first.left)
        and (_edge(before) not in ends.listed or text[0].islower())
    )
    return full or (
        text[0].islower()
        and before.row.text[-1] not in ".!?:"
        and first.right >= first.left + 0.5 * (reach - first.left)
        and (_edge(before) not in ends.jotted or before.row.text[-1] == "," or _CONJUNCTION.match(text) is not None)
    )


_SIGNS = re.compile(
    r"(?:Electronically |Digitally |E-)?(?:[Cc]o-?)?(?:[Ss]igned|[Aa]pproved|[Aa]uthenticated|[Vv]erified)(?: electronically| digitally)? by:? [A-Z]"
)  # which ends the paragraph before it
_ITEM = re.compile(
    r"[A-Za-z][\w()/+. ]{1,40}? [-–—] \S"
)  # of a list of names, each with what belongs to it behind a dash


def _breaks_off_a_number(before: str, text: str) -> bool:
    """Whether a line breaks off between a number and its unit, or before a number or metric that its last words ask for."""
    if _ENDS_IN_A_NUMBER.search(before) and _BEGINS_WITH_A_UNIT.match(text):
        return True
    if _ENDS_IN_A_LABEL.search(before) and text[0].isdigit():
        return True
    if _ENDS_IN_A_NAME.search(before) and _BEGINS_WITH_A_METRIC.match(text):
        return True
    return _ASKS_FOR_A_NUMBER.search(before) is not None and text[0].isdigit()


_LEADS_TO_A_VALUE = re.compile(r"[A-Za-z][^.:]{1,40}? ?(?:\.{4,}|(?: \.){4,}) ?\S")  # with dots, as in a list of values


def _begins_an_item(before: str, text: str, *, fits: bool) -> bool:
    """Whether a line in small letters begins a further item of a list: with a label like the line before, or a value behind a value.

    `fits` where its first word would have fitted on the line before.
    """
    if not text[0].islower() or _CONJUNCTION.match(text):
        return False
    are_values = _HOLDS_A_VALUE.search(before) is not None and _HOLDS_A_VALUE.search(text) is not None
    labels = [LABEL.match(one) for one in (before, text)]
    if all(label is not None and len(label[1].split()) <= _LONGEST_LABEL_OF_AN_ITEM for label in labels):
        return fits or are_values
    return fits and are_values and _ENDS_IN_A_VALUE.search(before) is not None


_LONGEST_LABEL_OF_AN_ITEM = 6  # words
_CONJUNCTION = re.compile(
    r"(?:and|or|but|while|which|that|to|in|on|at|by|of|for|from|with|per|over|is|are|was|were|should|must|may|will|has|had|not|than|as|if|when|because)\b"
)
_ENDS_IN_A_VALUE = re.compile(r"\d\s?(?:c?Gy|cc|%)[,;]?$", re.IGNORECASE)
_HOLDS_A_VALUE = re.compile(r"\d\s?(?:c?Gy|cc|%)(?!\w)", re.IGNORECASE)
_DATED_ITEM = re.compile(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}\b")  # of a log, each line with its day
_ENDS_IN_A_LABEL = re.compile(
    r"[\d%)][,;]? (?:and |of )?(?:arc|field|beam|port|fraction|fx|level)$", re.IGNORECASE
)  # whose number follows
_ASKS_FOR_A_NUMBER = re.compile(
    r"(?: (?:above|over|below|under|than|exceed|receive|receives|receiving|least|most)|[<>≤≥]=?)$"
)
_ENDS_IN_A_NUMBER = re.compile(r"[a-z<>≤≥=] \d+(?:\.\d+)?$")
_ENDS_IN_A_NAME = re.compile(r"\d\s?(?:c?Gy|cc|%)\s*[,;.] (?:and )?[A-Za-z][A-Za-z -]{2,30}$", re.IGNORECASE)
_BEGINS_WITH_A_METRIC = re.compile(
    r"(?:[DV]\s?\d+(?:\.\d+)?(?: ?(?:c?Gy|cc|%))?|D?(?:max|mean)\w*)\W{1,3}(?:[a-z]+ ){0,3}\d", re.IGNORECASE
)
_BEGINS_WITH_A_UNIT = re.compile(r"(?:c?Gy|cc|percent|fractions?|fx|[mc]m|MU)\b|%")
_FEWEST_WORDS_BROKEN_OFF = 8
_ENDS_A_SENTENCE = re.compile(r"[.!?:;)\]]$")


def _breaks_off(before: Line, line: Line, ends: LineEnds) -> bool:
    """Whether a full line of a dictation in capitals goes on below, where any word can look like a label."""
    first, text = before.row, line.row.text
    return (
        first.text.isupper()
        and text.isupper()
        and min(len(first.text.split()), len(text.split())) >= _FEWEST_WORDS_BROKEN_OFF
        and not _ENDS_A_SENTENCE.search(first.text)
        and _would_not_fit(before, line, ends.reach.get(_edge(before), first.box.right))
    )


def _continues_cell(before: Line, line: Line, lefts: Sequence[float]) -> bool:
    """Whether a line is the second line of a cell of the table row before."""
    row = line.row
    if len(row.cells) != 1 or before.page != line.page:
        return False
    gap = row.box.top - before.row.box.bottom
    if gap > 0.45 * row.size or not lefts or row.text[0] in MARKS:
        return False
    if row.text[0].islower() and len(lefts) > 1 and row.box.right < lefts[1]:
        return abs(lefts[0] - row.box.left) < 2.0  # the second line of a label
    return any(abs(left - row.box.left) < 2.0 for left in lefts[1:])
