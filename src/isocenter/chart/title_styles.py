"""How a chart prints the titles of its papers: size and weight of letters, and marks before or behind the words."""

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from isocenter.chart.grammar import Grammar
from isocenter.chart.layout import Row
from isocenter.chart.passages import body_size
from isocenter.chart.titles import title_of_words

_FEWEST_OF_A_STYLE, _SHARE_OF_KNOWN_TITLES = 5, 0.8
_FEWEST_OF_MARKS, _SHARE_OF_KNOWN_BETWEEN_MARKS = 5, 0.5
_MOST_WORDS = 10
_LARGER = 1.05
_WORD = re.compile(r"[^\W_]_?[^\W_]")
_REPEATED = re.compile(r"([\W_])\1+")
_MARKS_OF_TEXT = re.compile(r"[\s.,;:()\[\]\-–—/'\"“”‘’&%+<>=≤≥°*#\d]|[☐☑☒□■✓✔✗✘•◦▪●○·]|_{2,}")


class TitleStyle(NamedTuple):
    """How the letters of a row are printed, and the marks around its words."""

    size: float
    is_bold: bool
    marks: tuple[str, str]  # before and behind the words, such as those of the title bar of a window


def styles_of_titles(grammar: Grammar, pages: Sequence[Sequence[Row]]) -> frozenset[TitleStyle]:
    """The styles in which a chart prints little but the titles of papers."""
    known: dict[TitleStyle, dict[str, bool]] = defaultdict(dict)
    for rows in pages:
        usual_size = body_size(rows)
        for row in rows:
            style = style_of(row)
            if style is not None and (style.is_bold or style.size > _LARGER * usual_size or any(style.marks)):
                words = words_of_title(row.text)
                known[style][words] = title_of_words(grammar, words) is not None
    return frozenset(style for style, titles in known.items() if _is_of_titles(style, list(titles.values())))


def _is_of_titles(style: TitleStyle, titles: Sequence[bool]) -> bool:
    fewest, share = (
        (_FEWEST_OF_MARKS, _SHARE_OF_KNOWN_BETWEEN_MARKS)
        if any(style.marks)
        else (_FEWEST_OF_A_STYLE, _SHARE_OF_KNOWN_TITLES)
    )
    return len(titles) >= fewest and sum(titles) >= share * len(titles)


def style_of(row: Row) -> TitleStyle | None:
    """The style of a row that is short enough for a title; None for another row."""
    parts = _parted(row.text)
    if parts is None or len(row.text.split()) > _MOST_WORDS:
        return None
    before, _, behind = parts
    return TitleStyle(round(row.size * 2) / 2, row.bold, (_marks(before), _marks(behind)))


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
