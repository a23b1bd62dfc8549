"""Passages: sentences, fields and table rows of a paper, each word with its place on the page."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from isocenter.chart.layout import Box, Row
from isocenter.chart.placed import MARKS, Placed, joined, placed
from isocenter.chart.questions import answers_no, question_of
from isocenter.chart.tick_boxes import parts_behind_boxes

_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[^\s])")
_ABBREVIATIONS = re.compile(
    r"(?:\b(?:dr|mr|mrs|ms|no|nos|approx|vs|fx|fig|st|prof|pt|pts|i\.e|e\.g|incl|max|min|thr|dept|ca|dev|resp|ref|tel|fem|lt|rt|post|ant|sup|inf|jr|sr|vol|temp|cf|ph\.d|m\.d|d\.o)|\b[a-z])\.$",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^\W{0,3}((?:[34]-?D|\d(?:st|nd|rd|th)\b|[A-Za-z])[^:;.?!☐☒☑|]{1,58}?)\s*(?:[:=]\s*(?=\S|$)|\?\s+(?=\S))"
)
_RUN_IN = re.compile(r"^([A-Z][A-Z0-9 ,/&'()-]{3,58}[A-Z)])\.\s+(?=\S)")
_RUN_IN_WORDS = re.compile(r"^((?:[A-Z][a-z]+)(?: (?:[a-z]+|[A-Z][a-z]+|&|3D|IMRT)){0,4})\.\s+(?=[A-Z0-9])")
_DEED = re.compile(
    r"\b(?:seen|examined|reviewed|saw|evaluated|checked|delivered|verified|approved)\b(?! (?:by|of)\b)", re.IGNORECASE
)
_LONGEST_CAPITAL_HEADING = 3  # of a paragraph in capitals throughout, whose sentences look like headings
_NO_HEADING = re.compile(
    r"\b(?:with|on|at|is|are|was|were|has|had|up|down|over|made|supine|prone|seated|without|no|not|mask|i|we|he|she)\b",
    re.IGNORECASE,
)  # words of sentences, not of headings
_BULLET = re.compile(
    r"^[•·∙▪●◦*\-–—>]\s+|^\(?\d{1,2}[.)]\s+(?=[A-Za-z])|^\d{1,2}\s+(?=[A-Z][^:?.]{2,40}[:?]\s)|^[a-z]\)\s+|^[A-H]\.\s+(?=[A-Z])"
)
_TYPED_BOX = re.compile(r"[\[(]\s*(?:([xXvV✓✔*]?)|_{1,3})\s*[\])](?=\s|[A-Za-z]|$)|(?<!\w)([xX_]?)_(?:_?)(?=\s[A-Z])")
_BEGINS_WITH_A_BOX = re.compile(
    rf"(?:{_TYPED_BOX.pattern})|(?:\d{{1,2}}\W+)?[A-Z][\w/-]*(?: [\w/-]+){{0,4}} (?:[{MARKS}]|[\[(]\s?[xXvV]?\s?[\])])"
)  # or with the short label of one
_NOTHING = re.compile(r"[-–—_.\s]+$")  # behind a question of a form that nobody answered
_MARKS_OF_VALUES = f"{MARKS}<>≤≥=%"  # a line with one of these states something and heads nothing


class Column(NamedTuple):
    """The value of a table row under the heading of its column, both as written."""

    name: str
    value: str


class Sentence(NamedTuple):
    """One statement of a paper with what stands around it."""

    placed: Placed
    section: str  # the heading above it or before it, '' where none
    label: str  # of a field whose value it is, '' where none
    ticked: bool | None  # of the box before it; None where none
    row: int  # rows with the same number stand side by side; -1 in prose
    columns: tuple[Column, ...] = ()  # of a table row under headings; empty elsewhere
    block: int = -1  # sentences with the same number belong to one paragraph or row

    @property
    def text(self) -> str:
        """The words."""
        return self.placed.text

    @property
    def page(self) -> int:
        """The page on which it begins."""
        return self.placed.page


class Line(NamedTuple):
    """A row of a page within a paper."""

    row: Row
    page: int


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
    capitals = all(c.isupper() for c in letters) and not mostly_capitals and not re.search(r"\d\s?C?GY\b", text)
    return row.bold or row.size > 1.12 * body_size or capitals or (text.endswith(":") and len(words) <= 6)


def body_size(rows: Sequence[Row]) -> float:
    """The size of most letters."""
    sizes = [word.size for row in rows for word in row.words]
    return median(sizes) if sizes else 10.0


def mostly_capitals(rows: Sequence[Row]) -> bool:
    """Whether a page is written in capitals throughout."""
    letters = "".join(row.text for row in rows)
    upper, lower = sum(map(str.isupper, letters)), sum(map(str.islower, letters))
    return upper > 3 * lower


def each_row_once(some: Sequence[Sentence]) -> Iterator[Sentence]:
    """The sentences without the further cells of a row that was given already."""
    rows: set[int] = set()
    for sentence in some:
        if sentence.row < 0 or sentence.row not in rows:
            rows.add(sentence.row)
            yield sentence


def sentences(lines: Sequence[Line], section: str = "") -> Iterator[Sentence]:
    """Sentences, fields and cells of the lines of a paper in their order."""
    rows = [line.row for line in lines]
    size, capitals = body_size(rows), mostly_capitals(rows)
    blocks = list(_blocks(lines, size, capitals))
    head: list[Placed] = []
    for number, block in enumerate(blocks):
        if isinstance(block, str):
            section, head = block, []
        elif isinstance(block, Placed):
            below = blocks[number + 1] if number + 1 < len(blocks) else ""
            for sentence in _split(block, section, "", -1, below.text if isinstance(below, Placed) else ""):
                if sentence.section != section and sentence.row == -1:
                    section = sentence.section if _RUN_IN.match(block.text) else section
                yield sentence._replace(block=number)
        else:
            following = blocks[number + 1] if number + 1 < len(blocks) else None
            is_head = _is_head(block, following)
            head = block if is_head or _is_head_by_words(block, following) or _names_fields(block, following) else head
            columns = () if head is block else _columns(head, block)
            for sentence in _cells_as_sentences(block, section, number, is_head=is_head, columns=columns):
                yield sentence._replace(block=number)


def _blocks(lines: Sequence[Line], size: float, capitals: bool) -> Iterator[str | Placed | list[Placed]]:
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
    """How far lines reach to the right, and where each line ends of its own, by page and place of their left edge."""

    reach: dict[tuple[int, int], float]
    listed: set[tuple[int, int]]


def line_ends(lines: Sequence[Line]) -> LineEnds:
    """How the lines of a paper end: at the edge of the column, or before it as in lists."""
    reach: dict[tuple[int, int], float] = {}
    single = [line for line in lines if len(line.row.cells) == 1]
    for line in single:
        reach[_edge(line)] = max(reach.get(_edge(line), 0.0), line.row.box.right)
    wrapped: dict[tuple[int, int], list[bool]] = {}
    for before, line in pairwise(single):
        if _edge(before) == _edge(line) and 0 < line.row.box.top - before.row.box.top < _LINE_OF_SIZE * line.row.size:
            wrapped.setdefault(_edge(line), []).append(_would_not_fit(before, line, reach[_edge(line)]))
    listed = {
        at for at, each in wrapped.items() if len(each) >= _FEWEST_LINES and sum(each) < _SHARE_OF_LISTS * len(each)
    }
    return LineEnds(reach, listed)


def _edge(line: Line) -> tuple[int, int]:
    return line.page, round(line.row.box.left / 40)


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
    label = _LABEL.match(text)
    if label and len(label[1].split()) <= 4 and text[0].isupper() and not _breaks_off(before, line, ends):
        return False
    if text[0] in MARKS or _BULLET.match(text) or before.row.bold != line.row.bold or _BEGINS_WITH_A_BOX.match(text):
        return False
    reach = ends.reach.get(_edge(before), first.right)
    full = (
        _would_not_fit(before, line, reach)
        and first.right >= first.left + 0.5 * (reach - first.left)
        and (_edge(before) not in ends.listed or text[0].islower())
    )
    return full or (
        text[0].islower()
        and before.row.text[-1] not in ".!?:"
        and first.right >= first.left + 0.5 * (reach - first.left)
    )


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
    return any(abs(left - row.box.left) < 2.0 for left in lefts[1:])


def _is_head(cells: Sequence[Placed], following: str | Placed | list[Placed] | None) -> bool:
    """Whether cells head a table: three or more without a number, or all bold, over a row with numbers."""
    if len(cells) < 3:
        return False
    if all(word.bold for cell in cells for _, _, word, _ in cell.words):
        return True
    numbers = any(c.isdigit() for cell in cells for c in cell.text)
    if numbers or not isinstance(following, list) or abs(len(following) - len(cells)) > 1:
        return False
    return any(c.isdigit() for cell in following for c in cell.text)


_HEADINGS = re.compile(
    r"\b(?:field|beam|arc|port|portal|structure|organ|roi|target|volume|dose|goal|limit|constraint|objective|metric|parameter|priority|"
    r"diff\w*|dev\w*|delta|mu|gamma|pass\w*|result|tolerance|date|fx|fractions?|shift|vrt|vert\w*|lng|long\w*|lat\w*|vector|modality|method|"
    r"gantry|couch|coll\w*|energy|measured|planned|calc\w*|check|total|per|achieved|actual|name|id|unit|#)\b|%",
    re.IGNORECASE,
)


def _is_head_by_words(cells: Sequence[Placed], following: str | Placed | list[Placed] | None) -> bool:
    """Whether cells are headings of columns although they hold numbers, such as: Area gamma < 1.0."""
    if len(cells) < 3 or not isinstance(following, list) or len(following) < 2:
        return False
    if any(re.fullmatch(r"[-+−]?\d[\d.,]*\s?%?", cell.text.strip()) for cell in cells):
        return False
    named = sum(bool(_HEADINGS.search(cell.text)) for cell in cells)
    below = sum(bool(re.match(r"[-+−<>≤≥]?\s?\d", cell.text.strip())) for cell in following)
    own = sum(any(c.isdigit() for c in cell.text) for cell in cells)
    return named >= max(2, round(0.6 * len(cells))) and below > own


COLUMN_OF_FIELDS = re.compile(
    r"\W*(?:(?:field|beam|arc|rotation|port|portal|bm|fld)s?(?: (?:name|id|no|number))?|#)\W*", re.IGNORECASE
)
_NAME_OF_A_FIELD = re.compile(
    r"(?:(?:field|beam|arc|port|bm|fld)\W{0,2})?[A-Za-z]{0,6}[-_ ]?\d{0,3}[A-Za-z]{0,3}", re.IGNORECASE
)
_NAME_OF_A_ROW = re.compile(
    r"\b(?:gamma|pass\w*|dev\w*|diff\w*|delta|plan\w*|check\w*|second\w*|2nd|mus?|units|monitor|dose|chamber|meas\w*|calc\w*|ratio)\b|[%γΔ]",
    re.IGNORECASE,
)


def _names_fields(cells: Sequence[Placed], following: str | Placed | list[Placed] | None) -> bool:
    """Whether cells name the fields of a table that gives each field a column, such as: Field A1 A2 over Gamma 97 % 98 %."""
    if len(cells) < 3 or not isinstance(following, list) or len(following) < 2:
        return False
    names = [cell.text.strip() for cell in cells]
    if not COLUMN_OF_FIELDS.fullmatch(names[0]) or not all(_NAME_OF_A_FIELD.fullmatch(name) for name in names[1:]):
        return False
    return bool(_NAME_OF_A_ROW.search(following[0].text)) and any(c.isdigit() for c in following[1].text)


def _columns(head: Sequence[Placed], cells: Sequence[Placed]) -> tuple[Column, ...]:
    """The cells of a row, each under the heading that lies over it; empty where the headings do not fit."""
    if not head or len(cells) < 2 or len(cells) > len(head) + 1:
        return ()
    boxes = [cell.box() for cell in head]
    found: dict[int, str] = {}
    for cell in cells:
        box = cell.box()

        def away(at: int, box: Box = box) -> float:
            over = min(box.right, boxes[at].right) - max(box.left, boxes[at].left)
            return -over if over > 0 else min(abs(box.left - boxes[at].left), abs(box.right - boxes[at].right))

        at = min(range(len(boxes)), key=away)
        found[at] = f"{found[at]} {cell.text}" if at in found else cell.text
    return tuple(Column(head[at].text.strip(" :"), found[at].strip()) for at in sorted(found))


def _cells_as_sentences(
    cells: Sequence[Placed], section: str, number: int, *, is_head: bool, columns: tuple[Column, ...] = ()
) -> Iterator[Sentence]:
    """Cells of a row: pairs of label and value become fields, all cells together a row."""
    whole = joined(cells)
    if any(c in whole.text for c in MARKS) or re.search(r"\[\s*(?:[xXvV]|_{1,3})?\s*\]", whole.text):
        yield from _split(whole, section, "", number)
        return
    answer = _answer(cells)
    if answer is not None and not answer:
        yield Sentence(whole, section, "", False, number, columns)
        return
    yield Sentence(whole, section, "", None, number, columns)
    if is_head:
        return
    if answer:
        asked = cells[0].text.strip(" :?")
        yield Sentence(cells[0], section, "", True, number)
        for cell in cells[2:]:
            yield from _split(cell, section, asked, number)
        return
    for index, cell in enumerate(cells):
        label = cells[index - 1].text.strip(" :") if index else ""
        if label and len(label) <= 60 and not any(c.isdigit() for c in label):
            yield from _split(cell, section, label, number)
        elif _LABEL.match(cell.text):
            yield from _split(cell, section, "", number)


_ANSWER = re.compile(
    r"(yes|y|done|completed|true)|(?:no|n|not done|n/?a|not applicable|false)(?:\s?\([^()]*\))?", re.IGNORECASE
)
_NUMBER_OF_A_QUESTION = re.compile(r"(?:\d{1,2}|[a-z])[.)]?", re.IGNORECASE)


def _answer(cells: Sequence[Placed]) -> bool | None:
    """What the second cell of a row answers to the first one, as in forms with a column for Yes or No; None elsewhere."""
    if len(cells) > 2 and _NUMBER_OF_A_QUESTION.fullmatch(cells[0].text.strip()):
        numbered = _ANSWER.fullmatch(cells[2].text.strip(" ."))
        return False if numbered is not None and numbered[1] is None and len(cells[1].text.split()) > 1 else None
    if len(cells) > 1 and cells[0].text.rstrip().endswith("?") and answers_no(cells[1].text):
        return False
    answer = _ANSWER.fullmatch(cells[1].text.strip(" .")) if len(cells) > 1 else None
    if answer is None or any(c.isdigit() for c in cells[0].text) or not any(c.isalpha() for c in cells[0].text):
        return None
    return answer[1] is not None


_ANSWERED_YES = re.compile(r"(?<=\? )\s*(?:yes|y)\b(?! ?/)(?!,? no\b)", re.IGNORECASE)


def _split(block: Placed, section: str, label: str, row: int, below: str = "") -> Iterator[Sentence]:
    """The sentences of a block; a heading that runs into the text, a label and boxes are taken off.

    `below` is the text of the next block, which may answer the last question of this one.
    """
    run_in = _RUN_IN.match(block.text) if not label else None
    if run_in is not None and block.text.isupper() and len(run_in[1].split()) > _LONGEST_CAPITAL_HEADING:
        run_in = None
    if run_in is None and not label and not block.text.isupper():
        run_in = _RUN_IN_WORDS.match(block.text)
        if run_in and (_ABBREVIATIONS.search(run_in[1] + ".") or _NO_HEADING.search(run_in[1])):
            run_in = None
    if run_in:
        section = run_in[1]
        if _DEED.search(section):  # such as: Seen today. A heading that runs into the text states nothing.
            yield Sentence(block.part(0, run_in.end(1) + 1), section, "", None, row)
        block = block.part(run_in.end(), len(block.text))
    for item, ticked in parts_behind_boxes(block):
        for sentence in _sentences_of_item(item, label, ticked, below):
            yield sentence._replace(section=section, row=row)


def _sentences_of_item(item: Placed, label: str, ticked: bool | None, below: str) -> Iterator[Sentence]:
    """The sentences of a text behind one box or none: fields with their labels, questions only where they are answered."""
    first_label, is_answer = label, False
    parts = list(_sentences_of(_without_bullet(item)))
    for number, part in enumerate(parts):
        asked = question_of(part.text, parts[number + 1].text if number + 1 < len(parts) else below)
        found = _LABEL.match(part.text)
        if asked is not None and ticked is None:
            if asked.states:
                yield Sentence(part, "", first_label, None, -1)
            first_label = asked.label
        elif found and len(found[1].split()) <= 7:
            if _ANSWERED_YES.match(part.text, found.end()):
                yield Sentence(part.part(0, found.end(1)), "", "", True, -1)
            first_label = found[1].strip()
            yield Sentence(part, "", first_label, ticked, -1)
        elif part.text.strip():
            yield Sentence(part, "", first_label if number == 0 or label or is_answer else "", ticked, -1)
        is_answer = asked is not None


_SHORT_ANSWER = re.compile(r"[:?]\s*(?:no|n|y)\.$", re.IGNORECASE)  # to a question of a form; no abbreviation


def _without_bullet(block: Placed) -> Placed:
    bullet = _BULLET.match(block.text)
    return block.part(bullet.end(), len(block.text)) if bullet else block


def _sentences_of(block: Placed) -> Iterator[Placed]:
    start = 0
    for end in _END.finditer(block.text):
        before = block.text[start : end.start()].rstrip()
        if (_ABBREVIATIONS.search(before) and not _SHORT_ANSWER.search(before)) or block.text[end.end()].islower():
            continue
        if before.endswith("?") and _NOTHING.match(block.text, end.end()):
            continue
        yield block.part(start, end.start())
        start = end.end()
    if block.text[start:].strip():
        yield block.part(start, len(block.text))
