"""Passages: sentences, fields and table rows of a paper, each word with its place on the page."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from isocenter.chart.pages.blocks import BULLET, LABEL, Line, blocks_of, body_size, mostly_capitals
from isocenter.chart.pages.box_columns import answered_in_columns, fields_apart, label_before_boxes
from isocenter.chart.pages.placed import MARKS, Placed, joined
from isocenter.chart.pages.table_heads import Column, HeadAbove, columns_under, is_head
from isocenter.chart.pages.tick_boxes import TICKS, parts_behind_boxes
from isocenter.chart.words.questions import answer_in_a_column, answers_no, answers_yes, question_of, start_of_answer

_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[^\s])")
_ABBREVIATIONS = re.compile(
    r"(?:\b(?:dr|mr|mrs|ms|no|nos|approx|vs|fx|fig|st|prof|pt|pts|i\.e|e\.g|incl|max|min|thr|dept|ca|dev|resp|ref|tel|fem|lt|rt|post|ant|sup|inf|bilat|susp|prev|palp|prox|dist|hosp|clin|jr|sr|vol|temp|cf|ph\.d|m\.d|d\.o)|\b[a-z])\.$",
    re.IGNORECASE,
)
_RUN_IN = re.compile(r"^([A-Z][A-Z0-9 ,/&'()-]{3,58}[A-Z)])\.\s+(?=\S)")
_RUN_IN_WORDS = re.compile(r"^((?:[A-Z][a-z]+)(?: (?:[a-z]+|[A-Z][a-z]+|&|3D|IMRT)){0,4})\.\s+(?=[A-Z0-9])")
_DEED = re.compile(
    r"\b(?:seen|examined|reviewed|saw|evaluated|checked|delivered|verified|approved|formed|fabricated|molded|measured|resimulated|rescanned|repeated|treated|tolerated|placed|taken|given|made)\b(?! (?:by|of)\b)"
    r"|^(?:curative|palliative|definitive|radical|adjuvant|neoadjuvant|salvage)$|^(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b",
    re.IGNORECASE,
)  # or an intent or a count, which heads nothing
_VALUE = re.compile(r"\d\s?(?:C?GY|CC|MM|CM)\b")  # which no heading holds
_LONGEST_CAPITAL_HEADING = 3  # of a paragraph in capitals throughout, whose sentences look like headings
_NO_HEADING = re.compile(
    r"\b(?:with|on|at|is|are|was|were|has|had|up|down|over|made|supine|prone|seated|without|no|not|mask|i|we|he|she)\b"
    r"|\w (?:superseded|replaced|withdrawn|revoked|cancell?ed|lifted|unchanged)$",
    re.IGNORECASE,
)  # words of sentences, not of headings
_WORD = re.compile(r"[^\W_][^\s(/]*")
_HOLDS_A_BOX = re.compile(
    rf"\[\s*(?:[{TICKS}]|_{{1,3}})?\s*\]|\(\s?[{TICKS}]?\s?\) ?(?:yes|no)\b|\b(?:yes|no) ?\(\s?[{TICKS}]?\s?\)"
    r"|\(\s\).*\(\s?[x✓✔]\s?\)|\(\s?[x✓✔]\s?\).*\(\s\)",
    re.IGNORECASE,
)
_LONGEST_LABEL = 7  # words before the colon of a field
_NOTHING = re.compile(r"[-–—_.\s]+$")  # behind a question of a form that nobody answered


class Sentence(NamedTuple):
    """One statement of a paper with what stands around it."""

    placed: Placed
    section: str  # the heading above it or before it, '' where none
    label: str  # of a field whose value it is, '' where none
    ticked: bool | None  # of the box before it; None where none
    row: int  # rows with the same number stand side by side; -1 in prose
    columns: tuple[Column, ...] = ()  # of a table row under headings; empty elsewhere
    block: int = -1  # sentences with the same number belong to one paragraph or row
    is_head: bool = False  # names the columns of the rows below it

    @property
    def text(self) -> str:
        """The words."""
        return self.placed.text

    @property
    def page(self) -> int:
        """The page on which it begins."""
        return self.placed.page


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
    blocks = _without_rules(list(blocks_of(lines, size, capitals)))
    above = HeadAbove()
    for number, block in enumerate(blocks):
        if isinstance(block, str):
            section = block
            above.passes_heading(block)
        elif isinstance(block, Placed):
            above.passes_text(block.text)
            below = blocks[number + 1] if number + 1 < len(blocks) else ""
            for sentence in _split(block, section, "", -1, below.text if isinstance(below, Placed) else ""):
                if sentence.section != section and sentence.row == -1:
                    section = sentence.section if _RUN_IN.match(block.text) else section
                yield sentence._replace(block=number)
        else:
            following = blocks[number + 1] if number + 1 < len(blocks) else None
            above.passes_row(block, following)
            head = above.head
            columns = () if head is block else columns_under(head, block)
            for sentence in _cells_as_sentences(
                block,
                section,
                number,
                is_head=is_head(block, following),
                columns=columns,
                headings=[cell.text for cell in head],
            ):
                yield sentence._replace(block=number, is_head=head is block)


_RULE = re.compile(r"[-=_–—+|\s]{5,}")


def _without_rules(blocks: list[str | Placed | list[Placed]]) -> list[str | Placed | list[Placed]]:
    """Blocks without the typed lines between the rows of a table, such as those below its head."""
    return [
        block
        for before, block in zip([None, *blocks], blocks, strict=False)
        if not (isinstance(before, list) and isinstance(block, Placed) and _RULE.fullmatch(block.text))
    ]


def _cells_as_sentences(
    cells: Sequence[Placed],
    section: str,
    number: int,
    *,
    is_head: bool,
    columns: tuple[Column, ...] = (),
    headings: Sequence[str] = (),
) -> Iterator[Sentence]:
    """Cells of a row: pairs of label and value become fields, all cells together a row."""
    whole = joined(cells)
    answered = answered_in_columns(cells, columns, headings)
    if answered is not None:
        if answered.values:
            yield Sentence(joined([answered.asked, *answered.values]), section, "", True, number)
        yield Sentence(answered.asked, section, "", answered.is_yes, number)
        yield from _remarks(answered.remarks, section, answered.asked.text.strip(" :?"), number)
        return
    if any(c in whole.text for c in MARKS) or _HOLDS_A_BOX.search(whole.text):
        yield from _boxes_as_sentences(cells, section, number)
        return
    answer = _answer(cells)
    if answer is not None and not answer:
        yield Sentence(whole, section, "", False, number, columns)
        return
    fields = [_without_bullet(cell) for cell in cells]
    if _answer_each_their_own(fields):
        for field in fields:
            yield from _split(field, section, "", number)
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
        elif LABEL.match(cell.text):
            yield from _split(cell, section, "", number)


def _remarks(cells: Sequence[Placed], section: str, asked: str, number: int) -> Iterator[Sentence]:
    """What is written beside an answer: of the choices of a row those that are ticked, and remarks in words."""
    for cell in cells:
        yield from _split(cell, section, asked, number)


def _boxes_as_sentences(cells: Sequence[Placed], section: str, number: int) -> Iterator[Sentence]:
    """The fields of a row with tick boxes, each with the boxes that answer it."""
    for field in fields_apart(cells):
        if label_before_boxes(field):
            yield from _remarks(field[1:], section, field[0].text.strip(" :?"), number)
        else:
            yield from _split(joined(field), section, "", number)


def _answer_each_their_own(cells: Sequence[Placed]) -> bool:
    """Whether the cells of a row are fields of which one is answered no, such as: Wires: Y, and beside it Bolus: N."""
    labels = [LABEL.match(cell.text) for cell in cells]
    return (
        len(cells) > 1
        and all(labels)
        and any(answers_no(c.text[m.end() :]) for c, m in zip(cells, labels, strict=True) if m)
    )


_TEMPLATE_TEXT = re.compile(
    r"\W*(?:template(?: (?:text|row|line|entry))?|(?:sample|example|specimen)(?: (?:text|row|line|entry))?)\W*",
    re.IGNORECASE,
)  # a cell of a row that was printed beforehand
_NUMBER_OF_A_QUESTION = re.compile(r"(?:\d{1,2}|[a-z])[.)]?", re.IGNORECASE)


def _answer(cells: Sequence[Placed]) -> bool | None:
    """What the second cell of a row answers to the first one, as in forms with a column for Yes or No; None elsewhere.

    No too for a row that a cell calls a template: nothing in it was done.
    """
    if len(cells) > 1 and any(_TEMPLATE_TEXT.fullmatch(cell.text) for cell in cells):
        return False
    if len(cells) > 2 and _NUMBER_OF_A_QUESTION.fullmatch(cells[0].text.strip()):
        is_no = answer_in_a_column(cells[2].text) is False and len(cells[1].text.split()) > 1
        return False if is_no else None
    if len(cells) > 1 and cells[0].text.rstrip().endswith("?") and answers_no(cells[1].text):
        return False
    if any(c.isdigit() for c in cells[0].text) or not any(c.isalpha() for c in cells[0].text):
        return None
    return answer_in_a_column(cells[1].text) if len(cells) > 1 else None


def _split(block: Placed, section: str, label: str, row: int, below: str = "") -> Iterator[Sentence]:
    """The sentences of a block; a heading that runs into the text, a label and boxes are taken off.

    `below` is the text of the next block, which may answer the last question of this one.
    """
    block = _without_bullet(block)
    run_in = _RUN_IN.match(block.text) if not label else None
    if run_in is not None and block.text.isupper() and len(run_in[1].split()) > _LONGEST_CAPITAL_HEADING:
        run_in = None
    if run_in is not None and _VALUE.search(run_in[1]):
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


_PUT_TO_PHYSICS = re.compile(
    r"\W*(?:asked (?:by|of)|(?:[\w.]+ ){0,3}[\w.]+['’]s question|(?:the )?(?:consult(?:ation)? )?question (?:from|by|of|to|for)|request(?:ed)? (?:from|by)|reason for (?:the )?consult\w*"
    r"|(?:the )?question(?=: (?:what|how|which|whether)\b))\b[^:?]{0,40}:\s",
    re.IGNORECASE,
)  # a question that a label says a physician asked is what the consultation was needed for


def _sentences_of_item(item: Placed, label: str, ticked: bool | None, below: str) -> Iterator[Sentence]:
    """The sentences of a text behind one box or none: fields with their labels, questions only where they are answered."""
    first_label, is_answer = label, False
    parts = [field for one in _sentences_of(_without_bullet(item)) for field in _fields_of(one)]
    for number, field in enumerate(parts):
        part = field.part(start_of_answer(field.text), len(field.text)) if is_answer else field
        is_put_to_physics = _PUT_TO_PHYSICS.match(part.text) is not None
        answer = parts[number + 1].text if number + 1 < len(parts) else below
        asked = None if is_put_to_physics else question_of(part.text, answer)
        found = LABEL.match(part.text)
        if asked is not None and ticked is None:
            if asked.states:
                yield Sentence(part, "", first_label, None, -1)
            first_label = asked.label
        elif found and len(_WORD.findall(found[1])) <= _LONGEST_LABEL:
            if found[0].rstrip().endswith("?") and answers_yes(part.text[found.end() :]):
                yield Sentence(part.part(0, found.end(1)), "", "", True, -1)
            first_label = found[1].strip()
            yield Sentence(part, "", first_label, ticked, -1)
        elif part.text.strip():
            yield Sentence(part, "", first_label if number == 0 or label or is_answer else "", ticked, -1)
        is_answer = asked is not None


_SHORT_ANSWER = re.compile(r"[:?]\s*(?:no|n|y)\.$", re.IGNORECASE)  # to a question of a form; no abbreviation


_FURTHER_LABEL = re.compile(r"(?<=[\w).])\s+(?=[A-Z][a-z]+(?:/[A-Za-z]+|(?: [a-z]+){0,2})(?: #)?: \S)")


def _fields_of(part: Placed) -> Iterator[Placed]:
    """The fields that one line holds side by side, such as: Where: clinic, room 2 When: 6/19/2025; else the part itself."""
    if not LABEL.match(part.text):
        yield part
        return
    start = 0
    for found in _FURTHER_LABEL.finditer(part.text):
        if LABEL.match(part.text[start : found.start()]) and not part.text[: found.start()].endswith(":"):
            yield part.part(start, found.start())
            start = found.end()
    yield part.part(start, len(part.text))


def _without_bullet(block: Placed) -> Placed:
    bullet = BULLET.match(block.text)
    return block.part(bullet.end(), len(block.text)) if bullet else block


_JOTTED = re.compile(
    r"(?:\w{4,}|\d|[)\]]|\b(?:ok|met|yes|now|dry|c?gy))\.$", re.IGNORECASE
)  # a word written out, a number or a bracket before a full stop


_LABEL_IN_SMALL_LETTERS = re.compile(r"[a-z]{4,}(?: [a-z]+)?: \S")  # such as: isodoses: 95, 80, 50


def _is_jotted(text: str) -> bool:
    """Whether most sentences of a text begin in lower case behind a full stop, as a hurried writer types."""
    begin = [text[end.end()] for end in _END.finditer(text) if not _ABBREVIATIONS.search(text[: end.start()])]
    return sum(map(str.islower, begin)) > sum(map(str.isupper, begin))


def _sentences_of(block: Placed) -> Iterator[Placed]:
    start, is_jotted = 0, _is_jotted(block.text)
    for end in _END.finditer(block.text):
        before = block.text[start : end.start()].rstrip()
        if before.endswith((" .", "....")):
            continue  # dots that lead to a value
        if _ABBREVIATIONS.search(before) and not _SHORT_ANSWER.search(before):
            continue
        if (
            block.text[end.end()].islower()
            and not (is_jotted and _JOTTED.search(before))
            and not _LABEL_IN_SMALL_LETTERS.match(block.text, end.end())
        ):
            continue
        if before.endswith("?") and _NOTHING.match(block.text, end.end()):
            continue
        yield block.part(start, end.start())
        start = end.end()
    if block.text[start:].strip():
        yield block.part(start, len(block.text))
