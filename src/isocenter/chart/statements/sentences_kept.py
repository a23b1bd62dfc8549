"""Which sentences of a paper can state anything: not blank rows, heads of tables, lost boxes, or general remarks."""

import re
from collections.abc import Iterable, Iterator, Sequence

from isocenter.chart.grammar.assertion import is_blank, is_general
from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.grammar.phrases import lowered
from isocenter.chart.pages.blocks import UNMAPPED
from isocenter.chart.pages.passages import Sentence

_BEGINS_TICKED = re.compile(r"\W{0,2}[✓✔☑☒]")
_WORDS_OF_A_BOX = re.compile(r"[A-Z][a-z-]+(?: [a-z-]+){0,3}")
_GOES_ON = re.compile(r"\W*(?:it|this|these|they|such|the technique|the method|this technique)\b")


def without_what_goes_on_in_general(grammar: Grammar, sentences: Sequence[Sentence]) -> Iterator[Sentence]:
    """Sentences without those that go on with a general one of the same paragraph, such as: It spares the organs."""
    general_block = -1
    for sentence in sentences:
        low = lowered(sentence.text)
        if is_general(low, grammar.cues):
            general_block = sentence.block
        elif sentence.block >= 0 and sentence.block == general_block and _GOES_ON.match(low):
            continue
        else:
            general_block = -1
        yield sentence


def without_rows_left_blank(grammar: Grammar, sentences: Sequence[Sentence]) -> list[Sentence]:
    """Sentences without rows of a form whose one field says nothing, such as: Physician work | --."""
    values: dict[tuple[int, int, str], list[str]] = {}
    for sentence in sentences:
        if sentence.row >= 0 and sentence.label:
            values.setdefault((sentence.page, sentence.row, sentence.label), []).append(sentence.text)
    blank = {
        (page, row, f"{label}{''.join(texts)}".replace(" ", "").replace(":", ""))
        for (page, row, label), texts in values.items()
        if all(is_blank(text, grammar.cues) for text in texts)
    } | {
        (page, row, text.replace(" ", "").replace(":", ""))
        for (page, row, _), texts in values.items()
        for text in texts
        if is_blank(text, grammar.cues)
    }
    return [s for s in sentences if (s.page, s.row, s.text.replace(" ", "").replace(":", "")) not in blank]


def without_boxes_lost(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Sentences without the words of boxes of which it is unknown whether they are ticked.

    Such as a scanned line, Concave shape, beside lines that begin with a tick; or answers beside symbols of which
    the file does not say what they are.
    """
    boxes = [sentence.ticked is not None or bool(_BEGINS_TICKED.match(sentence.text)) for sentence in sentences]
    beside = [any(boxes[max(at - 1, 0) : at + 2]) for at in range(len(boxes))]
    return [
        s
        for s, is_beside in zip(sentences, beside, strict=True)
        if not (is_beside and _may_have_lost_its_box(s)) and _ANSWERS_BESIDE_UNKNOWN_SYMBOLS.search(s.text) is None
    ]


_ANSWERS_BESIDE_UNKNOWN_SYMBOLS = re.compile(rf"{UNMAPPED} ?\w[^{UNMAPPED}]{{0,40}}{UNMAPPED} ?\w")


def _may_have_lost_its_box(sentence: Sentence) -> bool:
    return (
        sentence.placed.sureness < 1.0
        and sentence.ticked is None
        and sentence.row < 0
        and not sentence.label
        and _WORDS_OF_A_BOX.fullmatch(sentence.text) is not None
    )


def without_heads_of_tables(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Sentences without the rows that name the columns of those below them, which state nothing.

    A row below may have nothing in some of its columns, as one that nobody signed.
    """
    tables = {tuple(_joined([column.name]) for column in sentence.columns) for sentence in sentences}
    tables = {names for names in tables if len(names) >= _FEWEST_COLUMNS}
    heads = {"".join(names) for names in tables}
    rows: dict[tuple[int, int], str] = {}
    for s in sentences:
        if s.is_head and not s.columns:
            rows[s.page, s.row] = rows.get((s.page, s.row), "") + _joined([s.text])
    named = {at for at, text in rows.items() if any(all(name in text for name in names) for names in tables)}
    return [
        s
        for s in sentences
        if s.columns or not (_joined([s.text]) in heads or (s.is_head and (s.page, s.row) in named))
    ]


_FEWEST_COLUMNS = 2


def _joined(texts: Iterable[str]) -> str:
    return "".join("".join(texts).split()).lower()
