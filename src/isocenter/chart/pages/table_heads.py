"""Heads of tables: which rows name the columns below them, and what of a row lies under which name."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from isocenter.chart.pages.box_columns import box_alone, heads_answers
from isocenter.chart.pages.layout import Box
from isocenter.chart.pages.placed import Placed
from isocenter.chart.words.metric_names import metric_limited, metric_named


class Column(NamedTuple):
    """The value of a table row under the heading of its column, both as written."""

    name: str
    value: str


def names_columns(cells: Sequence[Placed], following: str | Placed | list[Placed] | None) -> bool:
    """Whether the cells of a row name the columns of the rows that follow it; a row with a tick box names none."""
    if any(box_alone(cell.text) is not None for cell in cells) or _is_marked(cells):
        return False
    if sum(_SIGNED_VALUE.match(cell.text) is not None for cell in cells) > 1:
        return False  # a row of limits that leaves some of them out
    return (
        is_head(cells, following)
        or _heads_results_of_fields(cells, following)
        or _is_head_by_words(cells, following)
        or _names_fields(cells, following)
        or _names_a_metric_of_organs(cells, following)
        or heads_answers(cells, following)
    )


_SIGNED_VALUE = re.compile(r"\s*[<>≤≥]=?\s?\d")
_MARKED = re.compile(r"[xX✓✔✗]")
_AXIS = re.compile(r"[yYzZ]\b.{0,6}")


def _is_marked(cells: Sequence[Placed]) -> bool:
    """Whether a row answers by a mark in one of its cells, and is no heading over the axes x, y and z."""
    texts = [cell.text.strip() for cell in cells]
    return any(map(_MARKED.fullmatch, texts)) and not any(map(_AXIS.fullmatch, texts))


_RESULTS = re.compile(r"\b(?:gamma|pass\w*|diff\w*|dev\w*)\b|%|γ|Δ", re.IGNORECASE)


def _heads_results_of_fields(cells: Sequence[Placed], following: str | Placed | list[Placed] | None) -> bool:
    """Whether two cells head the two columns of fields and of their results, such as: Arc, Passing (3 %/2 mm)."""
    if len(cells) != 2 or not isinstance(following, list) or len(following) != 2:
        return False
    value = following[1].text.strip()
    return (
        COLUMN_OF_FIELDS.fullmatch(cells[0].text) is not None
        and _RESULTS.search(cells[1].text) is not None
        and _BEGINS_WITH_A_VALUE.match(value) is not None
        and value[-1:] in "0123456789%"
    )


_ORGANS = re.compile(r"\W*(?:organs?(?: at risk)?|structures?|oars?|rois?|normal tissues?)\W*", re.IGNORECASE)

_WHOLE_DOSES = re.compile(r"\W*\d+(?:\.5)?(?:\s*/\s*\d+(?:\.5)?)?\W*")  # values of a plan are given to a tenth


def _names_a_metric_of_organs(cells: Sequence[Placed], following: str | Placed | list[Placed] | None) -> bool:
    """Whether two cells head the two columns of organs and of one metric in its unit, such as: Organ, Max dose (Gy)."""
    if len(cells) != 2 or not isinstance(following, list) or len(following) != 2:
        return False
    metric = metric_limited(cells[1].text) if _ORGANS.fullmatch(cells[0].text) else None
    return metric is not None and bool(metric.unit) and _WHOLE_DOSES.fullmatch(following[1].text) is not None


def is_head(cells: Sequence[Placed], following: str | Placed | list[Placed] | None) -> bool:
    """Whether cells head a table: three or more without a number, or all bold, over a row with numbers."""
    if len(cells) < 3:
        return False
    if all(word.bold for cell in cells for _, _, word, _ in cell.words):
        return True
    numbers = any(c.isdigit() for cell in cells for c in cell.text)
    is_answered = sum(_YES_OR_NO.fullmatch(cell.text) is not None for cell in cells[1:]) == 1
    if numbers or is_answered or not isinstance(following, list) or abs(len(following) - len(cells)) > 1:
        return False
    return any(c.isdigit() for cell in following for c in cell.text)


_YES_OR_NO = re.compile(r"\W*(?:yes|no)\W*", re.IGNORECASE)  # both of them head columns of answers
_HEADINGS = re.compile(
    r"\b(?:field|beam|arc|port|portal|structure|organ|roi|target|volume|dose|goal|limit|constraint|objective|metric|parameter|priority|plans?|"
    r"diff\w*|dev\w*|delta|mu|gamma|pass\w*|result|tolerance|date|fx|fractions?|shift|vrt|vert\w*|lng|long\w*|lat\w*|vector|modality|method|"
    r"old|new|previous|current|former|revised|original|gantry|couch|coll\w*|energy|measured|planned|calc\w*|check|total|per|achieved|actual|name|id|unit|#|v[ .]?[1-4]|version)\b|%",
    re.IGNORECASE,
)


_NUMBER = re.compile(r"\d")
_DAY = re.compile(r"\b\d{1,4}[/.-]\d{1,2}(?:[/.-]\d{2,4})?\b")
FRACTIONS = re.compile(r"\b(\d{1,2})\s?(?:fx|fractions?|sessions?|treatments?)\b", re.IGNORECASE)
_VERSION = re.compile(r"\b(?:ver(?:sion)?[ .]?\d{1,2}|v[ .]?[1-4])\b", re.IGNORECASE)
_BEGINS_WITH_A_VALUE = re.compile(
    r"(?:[-+−<>≤≥]=?|no more than|not more than|at most|at least|less than|under|below|up to)?\s?\d", re.IGNORECASE
)


_IS_A_LIMIT = re.compile(
    r"(?:d?(?:max|mean|min)\w*|[dv]\d+(?:\.\d+)?(?![\d.])\s?(?:c?gy|%|cc)?)(?: dose)?\s*[<>≤≥=:]{0,2}\s*\d+(?:\.\d+)?\s?(?:c?gy|%|cc)",
    re.IGNORECASE,
)  # such as: Dmax 45 Gy


def _is_head_by_words(cells: Sequence[Placed], following: str | Placed | list[Placed] | None) -> bool:
    """Whether cells are headings of columns although they hold numbers, such as: Area gamma < 1.0."""
    if not isinstance(following, list) or len(following) < 2:
        return False
    if len(cells) < 3 and not (len(cells) == 2 and len(following) == 3 and _is_named(following[0], cells[0])):
        return False
    if any(re.fullmatch(r"[-+−]?\d[\d.,]*\s?%?", cell.text.strip()) for cell in cells):
        return False
    named = sum(bool(_HEADINGS.search(cell.text) or metric_named(cell.text)) for cell in cells)
    below = sum(
        bool(_BEGINS_WITH_A_VALUE.match(text) or _IS_A_LIMIT.match(text))
        for text in (cell.text.strip() for cell in following)
    )
    own = sum(
        bool(_NUMBER.search(_DAY.sub("", _VERSION.sub("", FRACTIONS.sub("", cell.text)))))
        and metric_named(cell.text) is None
        for cell in cells
    )
    return named >= max(2, round(0.6 * len(cells))) and below > own


def _is_named(first: Placed, heading: Placed) -> bool:
    """Whether the first cell of a row is a name left of the first heading, in a table whose names have no heading."""
    return first.box().right < heading.box().left and first.text.strip()[:1].isalpha()


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


def columns_under(head: Sequence[Placed], cells: Sequence[Placed]) -> tuple[Column, ...]:
    """The cells of a row, each under the heading that lies over it; empty where the headings do not fit."""
    if not head or len(cells) < 2 or len(cells) > len(head) + 1:
        return ()
    boxes = [cell.box() for cell in head]
    first = cells[0].box()
    if first.right < boxes[0].left and any(cell.box().right > boxes[0].left for cell in cells[1:]):
        return (Column("", cells[0].text.strip()), *_under(head, boxes, cells[1:]))  # names below no heading
    return _under(head, boxes, cells)


def _under(head: Sequence[Placed], boxes: Sequence[Box], cells: Sequence[Placed]) -> tuple[Column, ...]:
    found: dict[int, str] = {}
    for cell in cells:
        box = cell.box()

        def away(at: int, box: Box = box) -> float:
            over = min(box.right, boxes[at].right) - max(box.left, boxes[at].left)
            return -over if over > 0 else min(abs(box.left - boxes[at].left), abs(box.right - boxes[at].right))

        at = min(range(len(boxes)), key=away)
        found[at] = f"{found[at]} {cell.text}" if at in found else cell.text
    return tuple(Column(head[at].text.strip(" :"), found[at].strip()) for at in sorted(found))


class HeadAbove:
    """The head of the table that a row belongs to, also where the table goes on below the heading of the next page."""

    def __init__(self) -> None:
        self.head: list[Placed] = []
        self._page_before: list[Placed] = []  # the head of a table that may go on
        self._page = 0  # of its last row
        self._headings: set[str] = set()

    def passes_heading(self, heading: str) -> None:
        """A heading ends a table, unless it is printed on each page or says that it goes on."""
        goes_on = heading.lower() in self._headings or _GOES_ON.search(heading) is not None
        self._page_before = (self._page_before or self.head) if goes_on else []
        self._headings.add(heading.lower())
        self.head = []

    def passes_text(self, text: str) -> None:
        """A paragraph below the heading of a page, or a line that announces another table, ends the one before."""
        if len(text) > _LONGEST_LINE_OF_A_PAGE or text.rstrip().endswith(":"):
            self._page_before = []

    def passes_row(self, cells: list[Placed], following: str | Placed | list[Placed] | None) -> None:
        """A row heads the rows below it, or belongs to a table."""
        if names_columns(cells, following):
            self.head, self._page_before = cells, []
        elif self._page_before and cells[0].page > self._page and len(cells) == len(self._page_before):
            self.head, self._page_before = self._page_before, []
        if self.head:
            self._page = cells[0].page


_GOES_ON = re.compile(r"\b(?:continued|cont['’]?d|cont\.)|^\W*page \d", re.IGNORECASE)
_LONGEST_LINE_OF_A_PAGE = 60
