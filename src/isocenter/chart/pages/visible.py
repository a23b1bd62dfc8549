"""Which words of a page of a PDF can be seen on it: a text layer also holds hidden, covered and white words."""

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isocenter.chart.pages.layout import Box, Row, Word
from isocenter.chart.pages.text_layer import PageText, turned_box

_LARGEST_SIDE_PIXELS = 1_600
_LEAST_CONTRAST = 4  # of 255 gray levels; the faintest letters of print have some thirty
# Where a program of electronic signatures is to put one: \s1\, /sn1/, {{Sig_es_:signer1:signature}}, <<Sign1>>.
_PLACE_TO_SIGN = re.compile(
    r"\\\w{1,12}\\|/[a-z]{1,6}\d{1,2}/|\{\{\S{1,80}\}\}|<<\S{1,40}>>|\[\[\S{1,40}\]\]", re.IGNORECASE
)


def without_unseen(page: Any, text: PageText, width: float, height: float) -> tuple[PageText, int]:
    """The words of a page that are drawn where they lie, as who looks at the page sees them; how many others there are.

    Words without a letter or digit are kept as they are, for a dot or a line is hardly drawn. White marks by which
    programs find the place of a signature are not counted.
    """
    if not text.words and not text.across:
        return text, 0
    import pypdfium2  # noqa: PLC0415  # loads a library that a case without a chart does not need

    if page.get_rotation() % 180:
        width, height = height, width  # words lie on the page as it is before it is turned
    scale = min(1.0, _LARGEST_SIDE_PIXELS / max(width, height, 1.0))
    try:
        left, bottom, right, top = page.get_bbox()
        drawn = page.render(scale=scale, grayscale=True, rotation=-page.get_rotation() % 360).to_numpy()
    except (pypdfium2.PdfiumError, MemoryError, ValueError):
        return text, 0
    gray = drawn[:, :, 0] if drawn.ndim == 3 else drawn
    shown = Box(left, height - top, right, height - bottom)
    upright = np.rot90(gray, text.quarter_turns)
    place = turned_box(shown, text.quarter_turns, width, height)
    words = [word for word in text.words if _is_seen(word, upright, place, scale, trimmed=0.25)]
    across = [row for row in text.across if _is_row_seen(row, gray, shown, scale)]
    unseen = _said(text.words) - _said(words)
    unseen += sum(_said(row.words) for row in text.across) - sum(_said(row.words) for row in across)
    return text._replace(words=words, across=across), unseen


def _said(words: Iterable[Word]) -> int:
    """How many words there are, but marks of where to sign."""
    return sum(not _PLACE_TO_SIGN.fullmatch(word.text) for word in words)


def _is_row_seen(row: Row, gray: NDArray[np.uint8], place: Box, scale: float) -> bool:
    return any(_is_seen(word, gray, place, scale, trimmed=0.0) for word in row.words)


def _is_seen(word: Word, gray: NDArray[np.uint8], place: Box, scale: float, *, trimmed: float) -> bool:
    """Whether a drawing differs within the box of a word, less a share of its height above and below."""
    if not any(letter.isalnum() for letter in word.text):
        return True
    left, top, right, bottom = word.box
    trim = trimmed * (bottom - top)
    rows = _span(top + trim - place.top, bottom - trim - place.top, scale, gray.shape[0])
    columns = _span(left - place.left, right - place.left, scale, gray.shape[1])
    within = gray[rows, columns]
    return within.size > 0 and int(within.max()) - int(within.min()) >= _LEAST_CONTRAST


def _span(first: float, last: float, scale: float, most: int) -> slice:
    """The pixels from one place to another, one at least, as far as the drawing reaches."""
    start, stop = (min(max(place * scale, -1.0), most + 1.0) for place in (first, last))
    begin = int(np.floor(start))
    return slice(max(begin, 0), max(int(np.ceil(stop)), begin + 1, 0))
