"""The rows of a page without its head and foot, which name patient and clinic, count pages or repeat."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from itertools import zip_longest
from typing import NamedTuple

from isocenter.chart.pages.layout import Cell, Row
from isocenter.chart.pages.pages import Page
from isocenter.chart.papers.paper_days import is_dated
from isocenter.chart.papers.row_places import heads_a_table
from isocenter.chart.patient.identity_marks import in_margin, says_whose_it_is
from isocenter.chart.words.dates import dates_in, has_date
from isocenter.chart.words.people import has_credentials

_PAGE_OF = re.compile(
    r"\b(?:page|pg\.?|p\.)\s*:?\s*(\d+)\s*(?:of|/)\s*(\d+)|\bpg\.?\s*(\d+)|^\W*-\s*(\d+)\s*-\W*$|\bP\.?\d{3}/\d{3}",
    re.IGNORECASE,
)
_NAMES_A_PLACE = re.compile(
    r"\b(?:hospitals?|clinics?|cent(?:er|re)s?|university|health|medical|associates|institute|partners|release of information|export|printout|health information)\b",
    re.IGNORECASE,
)
_SENT_BY_FAX = re.compile(
    r"^\W*(?:fax(?:ed)?|telefax|facsimile)\b.*\b\d{1,2}[:.]\d{2}\b"
    r"|^\W*\d{1,4}[-/. ](?:\d{1,2}|[a-z]{3})[-/. ]\d{2,4}\W+\d{1,2}[:.]\d{2}\b.*\b\d{3}[-. ]\d{4}\b.*\b(?:p|pg|page)\W{0,2}\d{1,3}(?:\s?(?:/|of)\s?\d{1,3})?\W*$",
    re.IGNORECASE,
)  # by its word, or as a day and a time, a telephone number and the number of the page
_FEWEST_PAGES_OF_A_HEAD = 3
_SHARE_OF_A_LETTERHEAD = 0.8
_NUMBERS = re.compile(r"\d+")
_SHORTEST = 4  # letters of a cell that tells something
_LONGEST_IN_A_HEAD = 8
_LONG_ENOUGH_TO_REPEAT, _LETTERS_TO_REPEAT = 12, 10


def body_rows(
    pages: Sequence[Page], keep: Callable[[Row], bool], title_among: Callable[[Row], Row | None]
) -> list[list[Row]]:
    """The rows of each page without its head and foot: lines that name the patient, count pages or repeat.

    Lines of which `keep` is true stay although they repeat: titles of papers. Of a head that holds a title beside
    other things `title_among` gives the title; it stays where it is not the same on most pages.
    """
    running = _running_cells(pages)
    heads = [_title_in_head(page, title_among, running) for page in pages]
    titles = Counter(title.text for title, _ in heads if title is not None)
    repeated = _repeated(pages)
    bodies = []
    for page, (title, ran) in zip(pages, heads, strict=True):
        top = True
        others = any(keep(row) and row.text not in repeated.letterhead for row in page.rows if in_margin(page, row))
        body = [title] if title is not None and titles[title.text] <= max(1, 0.5 * len(pages)) else []
        for row, below in zip_longest(page.rows, page.rows[1:]):
            is_marginal = in_margin(page, row)
            is_of_a_table = top and below is not None and heads_a_table(row, below)
            if is_marginal and not is_of_a_table:
                is_low = row.box.top > 0.5 * page.height_pt
                if (
                    _names_or_counts(row.text, repeated)
                    or (row in ran and not (repeated.rows[row.text] == 1 and is_dated(row.text)))
                    or (row.text in repeated.letterhead and not _has_content(row.text) and (others or not keep(row)))
                    or (is_low and _same_foot(row.text) in repeated.feet)
                    or (_is_printed_again(row.text, repeated, top=top, is_low=is_low) and not keep(row))
                ):
                    continue
            top = top and is_marginal
            body.append(row)
        bodies.append(body)
    return bodies


class _Repeated(NamedTuple):
    """What the heads and feet of the pages of a file repeat: on how many pages a row is the same, and its letters alone."""

    rows: Counter[str]
    shapes: Counter[str]
    rows_of_most: set[str]
    shapes_of_most: set[str]
    letterhead: set[str]  # rows without a number on nearly every page
    feet: set[str]


def _repeated(pages: Sequence[Page]) -> _Repeated:
    margins = [{row.text for row in page.rows if in_margin(page, row)} for page in pages]
    rows = Counter(text for margin in margins for text in margin)
    shapes = Counter(shape for margin in margins for shape in {_shape(text) for text in margin})
    fewest = max(_FEWEST_PAGES_OF_A_HEAD + 1, _SHARE_OF_A_LETTERHEAD * len(pages))
    letterhead = {text for text, times in rows.items() if times >= fewest and not _NUMBERS.search(text)}
    return _Repeated(rows, shapes, _on_most(rows, pages), _on_most(shapes, pages), letterhead, _feet(pages))


def _on_most(seen: Counter[str], pages: Sequence[Page]) -> set[str]:
    """What is on at least half of the pages of a file, and on enough of them to be a head or a foot."""
    return {text for text, times in seen.items() if times >= max(_FEWEST_PAGES_OF_A_HEAD, 0.5 * len(pages))}


def _names_or_counts(text: str, repeated: _Repeated) -> bool:
    """Whether a row names patient or clinic or counts the pages, and does not date one paper."""
    if _is_marginal(text) and not (repeated.rows[text] == 1 and _gives_the_day_of_service(text)):
        return True
    is_of_a_clinic = text in repeated.rows_of_most and _NAMES_A_PLACE.search(text) is not None
    return is_of_a_clinic or (_PAGE_OF.search(text) is not None and _shape(text) in repeated.shapes_of_most)


def _is_printed_again(text: str, repeated: _Repeated, *, top: bool, is_low: bool) -> bool:
    """Whether a row of some length without a signature is on another page too, at its top or with other numbers at its foot."""
    if _has_content(text):
        return False
    if top and repeated.rows[text] > 1 and len(text) > _LONG_ENOUGH_TO_REPEAT:
        return True
    shape = _shape(text)
    is_again = repeated.shapes[shape] > 1 and len(shape) >= _LETTERS_TO_REPEAT and (top or is_low)
    return is_again and not has_date(text)


def _title_in_head(
    page: Page, title_among: Callable[[Row], Row | None], running: Collection[str]
) -> tuple[Row | None, list[Row]]:
    """The title within a line of the head of a page that also names clinic or patient, and the lines of running heads."""
    head = [row for row in page.rows if in_margin(page, row) and row.box.top < 0.5 * page.height_pt]
    ran = [row for row in head if len(row.cells) > 1 and any(_shape(cell.text) in running for cell in row.cells)]
    between = (rest for row in ran if (rest := _between_running_cells(row, running)) is not None)
    among = (title for row in head if _is_marginal(row.text) and (title := title_among(row)) is not None)
    return next(among, None) or next(between, None), [row for row in ran if _is_running(row, running)]


def _between_running_cells(row: Row, running: Collection[str]) -> Row | None:
    """The one cell of a running head that is not the same on most pages, as the title that it is; None for several."""
    own = [cell for cell in row.cells if _shape(cell.text) not in running]
    is_title = len(own) == 1 and 1 <= len(own[0].words) <= _LONGEST_IN_A_HEAD and len(_shape(own[0].text)) >= _SHORTEST
    if not is_title or _is_marginal(own[0].text) or has_date(own[0].text):
        return None
    return Row((Cell(tuple(word._replace(bold=True) for word in own[0].words)),))


def _is_running(row: Row, running: Collection[str]) -> bool:
    own = [cell for cell in row.cells if _shape(cell.text) not in running]
    return len(own) <= 1 and not any(_has_content(cell.text) for cell in own)


def _running_cells(pages: Sequence[Page]) -> set[str]:
    """Cells of the heads of at least half of the pages, such as the name of a record system beside the title."""
    seen = Counter(
        text
        for page in pages
        for text in {
            _shape(cell.text)
            for row in page.rows
            if in_margin(page, row) and row.box.top < 0.5 * page.height_pt and len(row.cells) > 1
            for cell in row.cells
        }
        if len(text) >= _SHORTEST
    )
    return _on_most(seen, pages)


def _same_foot(text: str) -> str:
    """A line without its numbers, which may count the pages; its days stay."""
    days = [(found.start, found.stop) for found in dates_in(text)]
    return _NUMBERS.sub(
        lambda found: found.group() if any(a < found.end() and found.start() < b for a, b in days) else "#", text
    )


def _feet(pages: Sequence[Page]) -> set[str]:
    """Long lines at the foot of at least half of the pages that differ in no more than numbers."""
    seen = Counter(
        text
        for page in pages
        for text in {_same_foot(r.text) for r in page.rows if in_margin(page, r) and r.box.top > 0.5 * page.height_pt}
        if len(text.split()) > 4 and not _has_content(text)
    )
    return _on_most(seen, pages)


def _shape(text: str) -> str:
    return re.sub(r"[^a-z]+", "", re.sub(r"\d+", "", text.lower()))


def _has_content(text: str) -> bool:
    return bool(re.search(r"signed|approved|\bsignatures\b", text, re.IGNORECASE)) or (
        has_credentials(text) and has_date(text)
    )


def _gives_the_day_of_service(text: str) -> bool:
    """Whether a line that names the patient also says when the patient was seen, as the head of one paper does."""
    return _DAY_OF_SERVICE.search(text) is not None and _PAGE_OF.search(text) is None


_DAY_OF_SERVICE = re.compile(
    r"\b(?:date of (?:service|visit|exam\w*|consult\w*|encounter|simulation|planning)|(?:service|visit|encounter|sim(?:ulation)?) date|d\.?o\.?s\.?|seen(?: on)?)\W{0,3}\d",
    re.IGNORECASE,
)


def _is_marginal(text: str) -> bool:
    if re.search(r"signed|approved by|\breview", text, re.IGNORECASE):
        return False
    return bool(
        _PAGE_OF.search(text) or says_whose_it_is(text) or (re.search(r"\bprinted\b|\bPRT\b", text, re.IGNORECASE) and not re.search(r"\b(?:plan|service|visit|order|sim\w*) date\b|date of|^\W*date\b|\b(?:calculated|computed)\b", text, re.IGNORECASE))
        or re.search(r"\bFROM:.*\bTO:", text) or _SENT_BY_FAX.search(text)
    )  # fmt: skip
