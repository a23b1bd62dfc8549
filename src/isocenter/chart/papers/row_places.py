"""Where on its page a row stands that may begin a paper."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from isocenter.chart.grammar.grammar import PaperType
from isocenter.chart.pages.blocks import is_heading
from isocenter.chart.pages.layout import Row
from isocenter.chart.papers.paper_days import is_a_day_alone
from isocenter.chart.papers.slips import labels_a_paper
from isocenter.chart.patient.identity_marks import names_the_patient
from isocenter.chart.words.dates import dates_in

_LETTERS = re.compile(r"[A-Za-z]{2,}")
_NAMES_A_PLACE = re.compile(
    r"(?:(?:the )?(?:department|division|section|service) of [\w &]{4,40}"
    r"|(?:[\w'’&.-]+ ){1,5}[-–]? ?(?:radiation oncology|rad\.? ?onc\.?|oncology|radiotherapy|healthcare|health(?: system)?|physics)"
    r"|form [\w-]{1,12}(?: rev\.? ?\w{1,4})?"
    r"|(?:[\w'’&.-]+ ){1,5}(?:hospitals?|medical cent(?:er|re)|cancer cent(?:er|re)|clinic|institute|vamc)(?: \(\w{3,12}\.?\))?)",
    re.IGNORECASE,
)  # as a line of a head, which says nothing of the paper
_RULE = re.compile(r"[-=_*~ ]{10,}")  # typed across the page


class Place(NamedTuple):
    """A row of a page with what decides whether a paper begins at it."""

    row: Row
    page: Sequence[Row]
    at: int  # of the row among those of its page
    number: int  # of the page
    size: float  # of most letters of the page
    capitals: bool  # whether the page is written in capitals
    first: bool  # nothing but names and days above it on the page
    anew: bool  # right below a line that names the patient above each slip
    title: PaperType | None

    @property
    def above(self) -> Row | None:
        """The row above it on the page."""
        return self.page[self.at - 1] if self.at else None

    @property
    def below(self) -> Row | None:
        """The row below it on the page."""
        return self.page[self.at + 1] if self.at + 1 < len(self.page) else None

    @property
    def text_below(self) -> str:
        """The text of the row below it, '' at the end of the page."""
        return self.below.text if self.below is not None else ""

    @property
    def is_heading(self) -> bool:
        """Whether the row is printed as a heading."""
        return is_heading(self.row, self.size, self.capitals)


def says_nothing_yet(place: Place) -> bool:
    """Whether a row at the head of a page only names the patient, gives a day, or holds less than two words."""
    text = place.row.text
    return place.title is None and (
        names_the_patient(text)
        or is_a_day_alone(text)
        or _NAMES_A_PLACE.fullmatch(text.strip()) is not None
        or (len(_LETTERS.findall(text)) < 2 and not labels_a_paper(place.row))
    )


_NOTES_FOLLOW = re.compile(
    r"(?:all )?(?:(?:encounter|visit|chart|clinical|medical|patient|progress|provider|physician|oncology|radiation oncology|ehr|emr|document) )*"
    r"(?:summary|notes?|records?|documents?|documentation|printout|print|export|report|chart)(?: \(?continued\)?)?",
    re.IGNORECASE,
)


def says_only_that_notes_follow(text: str) -> bool:
    """Whether a line names no kind of paper, but says with or without a day that records are below it."""
    for found in reversed(list(dates_in(text))):
        text = text[: found.start] + text[found.stop :]
    return _NOTES_FOLLOW.fullmatch(text.strip(" .,:|–-")) is not None


def is_below_a_rule(place: Place) -> bool:
    """Whether a row stands right below a line that was typed across the page."""
    return place.above is not None and _RULE.fullmatch(place.above.text.strip()) is not None


def is_an_empty_row(place: Place) -> bool:
    """Whether a row is a day alone below the day with which a row of a table begins: nobody has written in it yet."""
    above = place.above.cells if place.above is not None else ()
    return (
        len(above) >= _FEWEST_COLUMNS
        and is_a_day_alone(above[0].text)
        and is_a_day_alone(place.row.text)
        and abs(above[0].box.left - place.row.box.left) < place.row.size
    )


_FEWEST_COLUMNS = 3
_NUMBER = re.compile(r"\d")


def heads_a_table(row: Row, below: Row) -> bool:
    """Whether a row names the columns of a table: words alone, above as many cells with a number among them."""
    return (
        len(row.cells) >= _FEWEST_COLUMNS
        and len(below.cells) == len(row.cells)
        and not _NUMBER.search(row.text)
        and ":" not in row.text
        and any(cell.text[:1].isdigit() for cell in below.cells)
        and all(abs(a.box.left - b.box.left) < row.size for a, b in zip(row.cells, below.cells, strict=True))
    )
