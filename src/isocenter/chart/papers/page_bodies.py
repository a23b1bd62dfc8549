"""The rows of a page without its head and foot, which name patient and clinic, count pages or repeat."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from itertools import zip_longest

from isocenter.chart.pages.layout import Cell, Row
from isocenter.chart.pages.pages import Page
from isocenter.chart.papers.paper_days import is_dated
from isocenter.chart.papers.row_places import heads_a_table
from isocenter.chart.patient.identity_marks import in_margin, says_whose_it_is
from isocenter.chart.words.dates import dates_in
from isocenter.chart.words.people import people_in

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


def body_rows(
    pages: Sequence[Page], keep: Callable[[Row], bool], title_among: Callable[[Row], Row | None]
) -> list[list[Row]]:
    """The rows of each page without its head and foot: lines that name the patient, count pages or repeat.

    Lines of which `keep` is true stay although they repeat: titles of papers. Of a head that holds a title beside
    other things `title_among` gives the title; it stays where it is not the same on most pages.
    """
    running = _running_cells(pages)
    heads = [_title_in_head(page, title_among, running) for page in pages]
    repeated = Counter(title.text for title, _ in heads if title is not None)
    seen: Counter[str] = Counter()
    for page in pages:
        for text in {_shape(row.text) for row in page.rows if in_margin(page, row)}:
            seen[text] += 1
    counted = {shape for shape, times in seen.items() if times >= max(_FEWEST_PAGES_OF_A_HEAD, 0.5 * len(pages))}
    feet = _feet(pages)
    same = Counter(text for page in pages for text in {row.text for row in page.rows if in_margin(page, row)})
    recurring = {
        text
        for text, times in same.items()
        if times >= max(_FEWEST_PAGES_OF_A_HEAD + 1, _SHARE_OF_A_LETTERHEAD * len(pages)) and not _NUMBERS.search(text)
    }
    bodies = []
    for page, (title, ran) in zip(pages, heads, strict=True):
        top = True
        others = any(keep(row) and row.text not in recurring for row in page.rows if in_margin(page, row))
        body = [title] if title is not None and repeated[title.text] <= max(1, 0.5 * len(pages)) else []
        for row, below in zip_longest(page.rows, page.rows[1:]):
            margin = in_margin(page, row)
            if (
                margin
                and not (top and below is not None and heads_a_table(row, below))
                and (
                    (_is_marginal(row.text) and not (same[row.text] == 1 and _gives_the_day_of_service(row.text)))
                    or (row in ran and not (same[row.text] == 1 and is_dated(row.text)))
                    or (row.text in recurring and (others or not keep(row)) and not _has_content(row.text))
                    or (
                        same[row.text] >= max(_FEWEST_PAGES_OF_A_HEAD, 0.5 * len(pages))
                        and _NAMES_A_PLACE.search(row.text)
                    )
                    or (_PAGE_OF.search(row.text) and _shape(row.text) in counted)
                    or (_same_foot(row.text) in feet and row.box.top > 0.5 * page.height_pt)
                    or (
                        same[row.text] > 1
                        and top
                        and len(row.text) > 12
                        and not _has_content(row.text)
                        and not keep(row)
                    )
                    or (
                        seen[_shape(row.text)] > 1
                        and (top or row.box.top > 0.5 * page.height_pt)
                        and not _has_content(row.text)
                        and len(_shape(row.text)) >= 10
                        and not any(True for _ in dates_in(row.text))
                        and not keep(row)
                    )
                )
            ):
                continue
            top = top and margin
            body.append(row)
        bodies.append(body)
    return bodies


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
    if not is_title or _is_marginal(own[0].text) or any(True for _ in dates_in(own[0].text)):
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
    return {text for text, times in seen.items() if times >= max(_FEWEST_PAGES_OF_A_HEAD, 0.5 * len(pages))}


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
    return {text for text, times in seen.items() if times >= max(_FEWEST_PAGES_OF_A_HEAD, 0.5 * len(pages))}


def _shape(text: str) -> str:
    return re.sub(r"[^a-z]+", "", re.sub(r"\d+", "", text.lower()))


def _has_content(text: str) -> bool:
    return bool(re.search(r"signed|approved|\bsignatures\b", text, re.IGNORECASE)) or (
        any(person.credentials for person in people_in(text)) and any(True for _ in dates_in(text))
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
