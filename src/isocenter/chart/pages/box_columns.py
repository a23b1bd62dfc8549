"""Rows of forms that answer in columns: which box or mark lies under which heading, and the fields beside boxes."""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from isocenter.chart.pages.blocks import LABEL
from isocenter.chart.pages.placed import MARKS, Placed
from isocenter.chart.words.metric_names import metric_named
from isocenter.chart.words.questions import answer_in_a_column, answers_no

_BOX_ALONE = re.compile(rf"[\[(]?\s*([{MARKS}])\s*[\])]?|[\[(]\s*([xXvV✓✔]?|_{{1,3}})\s*[\])]")
_MARK_ALONE = re.compile(r"[xX✓✔✗]|--?|–|—|\.")
_TICKED = re.compile(r"[☒☑xXvV✓✔✗]")
_ANSWERS_BADLY = re.compile(
    r"\W*(?:fail\w*|reject\w*|un(?!it)\w{4,}|in(?:correct|adequate|complete|valid)\w*|missing|omitted|deferred|skipped|declined|waived)\b",
    re.IGNORECASE,
)
_HOLDS_A_BOX = re.compile(rf"[{MARKS}]|[\[(]\s?(?:[xXvV✓✔]|_{{1,3}})?\s?[\])]")


class Answered(NamedTuple):
    """A row of a form whose answer lies in columns: what it asks, whether the answer is yes, and what is written beside it.

    Beside another answer than yes a remark counts only behind a ticked no and with a number: words may have been printed
    with the form.
    """

    asked: Placed
    is_yes: bool
    remarks: tuple[Placed, ...]

    @property
    def values(self) -> list[Placed]:
        """The remarks with a number beside a yes, with the metrics of these, such as a limit that is selected."""
        numbers = [c for c in self.remarks if self.is_yes and _is_value(c)]
        return [c for c in self.remarks if c in numbers or metric_named(c.text) is not None] if numbers else []


def _is_value(cell: Placed) -> bool:
    return any(map(str.isdigit, cell.text)) and not holds_a_box(cell.text)


def holds_a_box(text: str) -> bool:
    """Whether a text holds a tick box, drawn or typed."""
    return _HOLDS_A_BOX.search(text) is not None


def heads_answers(cells: Sequence[Placed], following: object) -> bool:
    """Whether cells head columns of answers, such as: Item, Yes, No, over a row with a mark in one of them."""
    if not isinstance(following, list) or not 2 <= len(following) <= len(cells) + 1:
        return False
    answers = len(_names_of_answers([cell.text for cell in cells]))
    boxed = sum(box_alone(cell.text) is not None for cell in following)
    marked = sum(_MARK_ALONE.fullmatch(cell.text.strip()) is not None for cell in following)
    return answers > 0 and (boxed > 0 or (answers > 1 and marked > 0)) and not any(holds_a_box(c.text) for c in cells)


def answered_in_columns(
    cells: Sequence[Placed], columns: Sequence[tuple[str, str]], headings: Sequence[str]
) -> Answered | None:
    """What a row asks and how it is answered by the boxes or marks under its headings; None for a row without them.

    The answer is yes where every column of a yes is ticked and none of a no is. A lone mark counts as a tick only
    where the headings name answers.
    """
    first = cells[0]
    if not columns or box_alone(first.text) is not None or sum(c.isalpha() for c in first.text) < _FEWEST_LETTERS:
        return None
    under = list(_ticks_under(columns[1:], _names_of_answers(headings)))
    if not under:
        return None
    affirmed = [ticked for name, ticked in under if not _is_a_no(name)]
    denied = any(ticked for name, ticked in under if _is_a_no(name))
    is_yes = bool(affirmed) and all(affirmed) and not denied
    beside = [c for c in cells[1:] if box_alone(c.text) is None and not _MARK_ALONE.fullmatch(c.text.strip())]
    return Answered(first, is_yes, tuple(c for c in beside if is_yes or (denied and any(map(str.isdigit, c.text)))))


def _ticks_under(columns: Sequence[tuple[str, str]], answers: Collection[str]) -> Iterator[tuple[str, bool]]:
    """The headings over a box, or over a mark where headings name answers, each with whether it is ticked."""
    boxes = [(name, box_alone(value)) for name, value in columns]
    if any(ticked is not None for _, ticked in boxes):
        yield from ((name, ticked) for name, ticked in boxes if ticked is not None)
        return
    for name, value in columns:
        if name in answers and _MARK_ALONE.fullmatch(value):
            yield name, _TICKED.search(value) is not None


def _names_of_answers(names: Sequence[str]) -> set[str]:
    """The headings that answer a row: yes, no and the like, and a heading whose denial is one too: Reviewed, Not reviewed."""
    plain = [name.strip(" .:?").lower() for name in names]
    denied = {
        (at, other)
        for at, one in enumerate(plain)
        for other, two in enumerate(plain)
        if one in (f"not {two}", f"un{two}")
    }
    paired = {at for pair in denied for at in pair}
    return {
        name.strip(" :")
        for at, name in enumerate(names)
        if at in paired or answer_in_a_column(name) is not None or _ANSWERS_BADLY.match(name)
    }


_FEWEST_LETTERS = 2


def box_alone(text: str) -> bool | None:
    """Whether a cell that is one box and no more is ticked; None for every other cell."""
    return _TICKED.search(text) is not None if _BOX_ALONE.fullmatch(text.strip()) else None


def _is_a_no(name: str) -> bool:
    return answers_no(name) or _ANSWERS_BADLY.match(name) is not None


def fields_apart(cells: Sequence[Placed]) -> Iterator[list[Placed]]:
    """The cells of a row with boxes, those of each field together: a cell with a label of its own begins a field."""
    field: list[Placed] = []
    for cell in cells:
        if field and LABEL.match(cell.text):
            yield field
            field = []
        field.append(cell)
    yield field


_YES_OR_NO_BOXED = re.compile(rf"(?:[{MARKS}]|[\[(]\s?[xXvV✓✔]?\s?[\])])\s*(?:yes|no|y|n)\b", re.IGNORECASE)


def label_before_boxes(cells: Sequence[Placed]) -> bool:
    """Whether the first cell of a row is the label of choices in the next one, such as: Arms, over ☒ up ☐ down.

    Yes and no are no choices: they answer what the first cell asks.
    """
    first, *others = cells
    if others and _YES_OR_NO_BOXED.match(others[0].text):
        return False
    return (
        bool(others)
        and not holds_a_box(first.text)
        and LABEL.match(first.text) is None
        and sum(c.isalpha() for c in first.text) >= _FEWEST_LETTERS
        and any(_HOLDS_A_BOX.match(cell.text) and box_alone(cell.text) is None for cell in others)
    )
