"""How a chart prints the titles of its papers: size and weight of letters, and marks before or behind the words."""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from statistics import median_low
from typing import NamedTuple

from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.pages.blocks import begins_with_a_box, body_size
from isocenter.chart.pages.layout import Row
from isocenter.chart.papers.titles import title_of_words

_FEWEST_OF_A_STYLE, _SHARE_OF_KNOWN_TITLES, _SHARE_OF_KNOWN_IF_LARGEST = 5, 0.8, 0.65
_SAME_SIZE, _SAME_SHARE = 0.35, 0.04  # points, or share, between sizes measured from rows of one font
_FEWEST_OF_MARKS, _SHARE_OF_KNOWN_BETWEEN_MARKS = 5, 0.5
_MOST_WORDS = 10
_LARGER, _LARGE = 1.05, 1.15  # than most letters of a page
_WORD = re.compile(r"[^\W_]_?[^\W_]")
_REPEATED = re.compile(r"([\W_])\1+")
_MARKS_OF_TEXT = re.compile(r"[\s.,;:()\[\]\-–—/'\"“”‘’&%+<>=≤≥°*#\d]|[☐☑☒□■✓✔✗✘•◦▪●○·]|_{2,}")


class Print(NamedTuple):
    """How the letters of a row are printed, and the marks around its words."""

    size: float  # in points, as measured from the boxes of the letters
    is_bold: bool
    marks: tuple[str, str]  # before and behind the words, such as those of the title bar of a window


class TitleStyle(NamedTuple):
    """A print in which a chart writes little but titles; sizes are in points and differ with the letters of a row."""

    smallest: float
    largest: float
    is_bold: bool
    marks: tuple[str, str]

    def fits(self, print_: Print) -> bool:
        """Whether a row is printed so."""
        near = self.smallest - _apart(self.smallest) <= print_.size <= self.largest + _apart(self.largest)
        return near and (print_.is_bold, print_.marks) == (self.is_bold, self.marks)


def styles_of_titles(grammar: Grammar, pages: Sequence[Sequence[Row]]) -> frozenset[TitleStyle]:
    """The styles in which a chart prints little but the titles of papers.

    Of the largest bold letters of a chart fewer titles need to be known than of smaller ones, in which sections are
    headed as well.
    """
    known: dict[tuple[bool, tuple[str, str]], dict[float, dict[str, bool]]] = defaultdict(lambda: defaultdict(dict))
    for rows in pages:
        usual_size = body_size(rows)
        for row in rows:
            own = print_of(row)
            if own is not None and _stands_out(row, own, usual_size):
                words = words_of_title(row.text)
                known[own.is_bold, own.marks][own.size][words] = title_of_words(grammar, words) is not None
    found: set[TitleStyle] = set()
    large = _LARGE * median_low([body_size(rows) for rows in pages if rows] or [0.0])
    for (is_bold, marks), by_size in known.items():
        is_largest = is_bold
        for sizes in reversed(_alike(sorted(by_size))):
            is_largest = is_largest and sizes[0] >= large
            titles = {words: is_known for size in sizes for words, is_known in by_size[size].items()}
            if _is_of_titles(marks, list(titles.values()), is_largest=is_largest):
                found.add(TitleStyle(sizes[0], sizes[-1], is_bold, marks))
            is_largest = is_largest and len(titles) < _FEWEST_OF_A_STYLE
    return frozenset(found)


def _apart(size: float) -> float:
    """Points by which the sizes measured from rows of one font may differ."""
    return max(_SAME_SIZE, _SAME_SHARE * size)


def _alike(sizes: Sequence[float]) -> list[list[float]]:
    """Rising sizes, parted where one is clearly larger than the one before."""
    groups: list[list[float]] = []
    for size in sizes:
        if groups and size - groups[-1][-1] <= _apart(size):
            groups[-1].append(size)
        else:
            groups.append([size])
    return groups


def _is_of_titles(marks: tuple[str, str], titles: Sequence[bool], *, is_largest: bool) -> bool:
    if any(marks):
        fewest, share = _FEWEST_OF_MARKS, _SHARE_OF_KNOWN_BETWEEN_MARKS
    else:
        fewest, share = _FEWEST_OF_A_STYLE, _SHARE_OF_KNOWN_IF_LARGEST if is_largest else _SHARE_OF_KNOWN_TITLES
    return len(titles) >= fewest and sum(titles) >= share * len(titles)


def is_printed_as_a_title(row: Row, styles: Collection[TitleStyle], usual_size: float) -> bool:
    """Whether a row is printed in one of the styles of titles, and not as most letters of its page, of `usual_size` points."""
    own = print_of(row) if styles else None
    return own is not None and _stands_out(row, own, usual_size) and any(style.fits(own) for style in styles)


def _stands_out(row: Row, own: Print, usual_size: float) -> bool:
    """Whether a row is bold, between marks or larger than other text; sizes measured by recognition differ more."""
    larger = _LARGE if any(word.sureness < 1.0 for word in row.words) else _LARGER
    return own.is_bold or any(own.marks) or own.size > larger * usual_size


def title_before_text(text: str) -> str:
    """The words in capitals between two equal marks before text on their line; '' where there are none.

    Such as: << PHONE >> 10/02/2026 patient asks whether flying is allowed.
    """
    found = _BETWEEN_MARKS.match(text)
    closed = found is not None and found["behind"] == found["before"].translate(_MIRRORED)
    return found["words"].strip() if found is not None and closed else ""


_BETWEEN_MARKS = re.compile(
    r"(?P<before>(?P<mark>[<\[({*=~#|])(?P=mark)+)\s?(?P<words>[A-Z][A-Z0-9 /&-]{2,40})(?P<behind>[>\])}*=~#|]{2,})\s"
)
_MIRRORED = str.maketrans("<[({", ">])}")


def print_of(row: Row) -> Print | None:
    """The print of a row that is short enough for a title; None for another row, as a box to tick in plain print is."""
    parts = _parted(row.text)
    if parts is None or len(row.text.split()) > _MOST_WORDS or (begins_with_a_box(row.text) and not row.bold):
        return None
    before, _, behind = parts
    return Print(round(row.size, 1), row.bold, (_marks(before), _marks(behind)))


def words_of_title(text: str) -> str:
    """The words of a row without the marks around them."""
    parts = _parted(text)
    return parts[1] if parts else text


def _parted(text: str) -> tuple[str, str, str] | None:
    """What stands before the words of a row, the words, and what stands behind them; None for a row without a word."""
    tokens = list(re.finditer(r"\S+", text))
    words = [token for token in tokens if _WORD.search(token[0])]
    if not words:
        return None
    start = next(at for at in range(words[0].start(), words[0].end()) if text[at].isalnum())
    stop = next(at for at in range(words[-1].end(), words[-1].start(), -1) if text[at - 1].isalnum())
    return text[:start], text[start:stop], text[stop:]


def _marks(text: str) -> str:
    """The marks of a text that are no punctuation, bullet or box; '' where it holds no other."""
    plain = _REPEATED.sub(r"\1", " ".join(text.split()))
    return plain if _MARKS_OF_TEXT.sub("", plain) else ""
