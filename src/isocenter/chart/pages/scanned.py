"""Pages whose text layer does not say what they show: pictures of paper, and letters without a meaning."""

import contextlib
from typing import Any

from isocenter.chart.pages.layout import Word

_FEWEST_LETTERS = 12
_MOST_GARBLED = 0.3  # share of the letters


def is_scanned(page: Any, words: list[Word], width: float, height: float) -> bool:
    """Whether what the page says is a picture: no letters, or hardly any over a picture of the whole page."""
    letters = sum(len(word.text) for word in words)
    if letters >= 30 * _FEWEST_LETTERS:
        return False
    import pypdfium2.raw  # noqa: PLC0415

    picture_types = (pypdfium2.raw.FPDF_PAGEOBJ_IMAGE,)
    covered = 0.0
    objects = 0
    for item in page.get_objects(max_depth=3):
        objects += 1
        if item.type in picture_types:
            with contextlib.suppress(Exception):
                left, bottom, right, top = item.get_bounds()
                covered = max(covered, abs(right - left) * abs(top - bottom) / max(width * height, 1.0))
        if objects > 20_000:
            break
    if letters < _FEWEST_LETTERS:
        return covered > 0.02 or objects > 20
    return covered > 0.4


def is_garbled(words: list[Word]) -> bool:
    """Whether the fonts of a page do not say which letters many of its words show."""
    letters = "".join(word.text for word in words)
    strange = sum(1 for c in letters if c == "\ufffd" or 0xE000 <= ord(c) <= 0xF8FF or ord(c) < 32)
    return len(letters) >= _FEWEST_LETTERS and strange > _MOST_GARBLED * len(letters)
