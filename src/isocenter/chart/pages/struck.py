"""Words of a page of a PDF that a drawn line strikes out: what a person took back states nothing."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from isocenter.chart.pages.layout import Box, Word
from isocenter.chart.pages.text_layer import PageText, turned_box

_MOST_OBJECTS, _DEEPEST = 20_000, 5  # of a page, and of the forms within forms that are looked into
_THICKEST_PT, _SHORTEST_PT = 2.0, 4.0  # of a line
_HIGHEST, _LOWEST = 0.38, 0.72  # shares of the height of a word, from its top, between which a line strikes it out
_LEAST_COVERED = 0.8  # share of the width of a word
_LONGEST_BESIDE = 1.5  # heights of a word by which a line may stick out of the words; a border of a table goes on


def without_struck(page: Any, text: PageText, width: float, height: float) -> tuple[PageText, int]:
    """The words of a page that no drawn line strikes out, and how many others there are."""
    if not text.words:
        return text, 0
    if page.get_rotation() % 180:
        width, height = height, width  # words lie on the page as it is before it is turned
    paths = (turned_box(line, text.quarter_turns, width, height) for line in _thin_paths(page, height))
    lines = _joined([line for line in paths if line.bottom - line.top <= _THICKEST_PT])
    struck = {number for line in lines for number in _struck_by(line, text.words)}
    if not struck:
        return text, 0
    kept: list[Word] = []
    for number, word in enumerate(text.words):
        if number not in struck:
            kept.append(word)
        elif kept and _is_next_to(kept[-1].box, word.box):  # so that what is left of the line stays together
            kept[-1] = kept[-1]._replace(box=kept[-1].box._replace(right=word.box.right))
    return text._replace(words=kept), len(struck)


def _is_next_to(before: Box, after: Box) -> bool:
    """Whether a word follows another one on its line with no more than a space between them."""
    high = before.bottom - before.top
    return abs(before.top - after.top) < high / 2 and -high / 2 < after.left - before.right < high


def _thin_paths(page: Any, height: float) -> Iterator[Box]:
    """The drawn lines of a page that run across it or along it, in points from its top left corner."""
    import pypdfium2.raw  # noqa: PLC0415  # loads a library that a case without a chart does not need

    for number, item in enumerate(page.get_objects(max_depth=_DEEPEST)):
        if number >= _MOST_OBJECTS:
            return
        if item.type != pypdfium2.raw.FPDF_PAGEOBJ_PATH:
            continue
        with contextlib.suppress(pypdfium2.PdfiumError):
            left, bottom, right, top = _bounds_on_page(item)
            if min(right - left, top - bottom) <= _THICKEST_PT and max(right - left, top - bottom) >= _SHORTEST_PT:
                yield Box(left, height - top, right, height - bottom)


def _bounds_on_page(item: Any) -> tuple[float, float, float, float]:
    """Left, bottom, right and top of an object on its page, through the forms in which it is drawn."""
    bounds = item.get_bounds()
    while item.container is not None:
        item = item.container
        bounds = item.get_matrix().on_rect(*bounds)
    left, bottom, right, top = bounds
    return left, bottom, right, top


def _joined(lines: Sequence[Box]) -> list[Box]:
    """Lines along the page, those that go on in one another as one, as programs draw one for each word or letter."""
    made: list[Box] = []
    for line in sorted(lines, key=lambda box: (round(box.top), box.left)):
        last = made[-1] if made else None
        is_on_it = last is not None and abs(last.top - line.top) <= _THICKEST_PT
        if last is not None and is_on_it and line.left - last.right <= _SHORTEST_PT:
            made[-1] = last._replace(right=max(last.right, line.right))
        else:
            made.append(line)
    return made


def _struck_by(line: Box, words: Sequence[Word]) -> list[int]:
    """The numbers of the words that a line runs through from end to end; none where it goes on beyond them."""
    through = [number for number, word in enumerate(words) if not word.script and _runs_through(line, word.box)]
    if not through:
        return []
    beside = _LONGEST_BESIDE * max(words[number].box.bottom - words[number].box.top for number in through)
    first = min(words[number].box.left for number in through)
    last = max(words[number].box.right for number in through)
    return through if first - line.left <= beside and line.right - last <= beside else []


def _runs_through(line: Box, word: Box) -> bool:
    high = word.bottom - word.top
    middle = (line.top + line.bottom) / 2 - word.top
    covered = min(line.right, word.right) - max(line.left, word.left)
    return _HIGHEST * high <= middle <= _LOWEST * high and covered >= _LEAST_COVERED * (word.right - word.left)
