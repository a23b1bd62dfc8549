"""The text layer of a PDF page: letters with their places become words."""

import ctypes
import math
import unicodedata
from typing import Any, NamedTuple

from isocenter.chart.pages.layout import Box, Cell, Row, Word, box_around

_SCRIPT_FACES = ("chancery", "z003", "script", "hand", "caveat", "cursive", "brush", "dancing", "pacifico", "signature")
_BOLD_WEIGHT = 600
# Letters of symbol faces that show a box, as programs write them without a mapping.
_SYMBOLS = {
    "\uf06f": "☐", "\uf0a8": "☐", "\uf071": "☐", "\uf0fe": "☒", "\uf0fd": "☒", "\uf0fc": "☑", "\uf0fb": "☒",
    "❏": "☐", "❐": "☐", "❑": "☐", "❒": "☐", "□": "☐", "▢": "☐", "◻": "☐",
    "■": "☒", "▣": "☒", "◼": "☒", "✔": "☑", "✓": "☑", "✗": "☒", "✘": "☒",
}  # fmt: skip
_SPACES = frozenset(" \r\n\t\xa0\u2002\u2003\u3000\u200b")
LARGEST_LETTERS = 60_000
_QUARTER_TURN = math.pi / 2
_MOST_TILT = 0.12  # radians by which letters of one line lean against those of another on the same page


class PageText(NamedTuple):
    """The words of a page, and the lines that run in another direction, such as a stamp across it or a name in its margin."""

    words: list[Word]
    across: list[Row]
    quarter_turns: int = 0  # by which the page was turned


def text_of(page: Any, width: float, height: float) -> PageText:
    """What the text layer of a pypdfium2 page holds, in points from its top left corner, rotation taken out.

    A page that is drawn sideways on upright paper is turned, so that its lines run from left to right.
    """
    raw = _raw()
    text_page = page.get_textpage()
    count = min(raw.FPDFText_CountChars(text_page), LARGEST_LETTERS)
    rect = raw.FS_RECTF()
    letters: list[tuple[str, Box]] = []
    turned = _quarter_turns(raw, text_page, count)
    if page.get_rotation() % 180:
        width, height = height, width  # letters lie on the page as it is before it is turned
    words: list[Word] = []
    across: list[Row] = []
    first = 0
    skipped = 0  # letters before this one belong to a line across the page
    handle = text_page.raw
    unicode_of, box_of, at_rect = raw.FPDFText_GetUnicode, raw.FPDFText_GetLooseCharBox, ctypes.byref(rect)
    for index in range(count):
        if index < skipped:
            continue
        code = unicode_of(handle, index)
        letter = _letter(code)
        if letter in _SPACES:
            _close(raw, handle, letters, first, words)
            continue
        if not letters and _leans(raw, handle, index, turned):
            skipped = _end_of_line_across(raw, handle, index, count, turned)
            line = _line_across(raw, handle, index, skipped, height)
            across += [line] if line is not None else []
            continue
        box_of(handle, index, at_rect)
        box = Box(rect.left, height - rect.top, rect.right, height - rect.bottom)
        if turned:
            box = turned_box(box, turned, width, height)
        if letters and _is_apart(letters[-1][1], box):
            _close(raw, handle, letters, first, words)
        if not letters:
            first = index
        letters.append((letter, box))
        if letter in "☐☒☑":
            _close(raw, handle, letters, first, words)
    _close(raw, handle, letters, first, words)
    text_page.close()
    return PageText(words, across, turned)


def _letter(code: int) -> str:
    """The letter of a code as a PDF states it, boxes of symbol faces as boxes; a code of no letter is replaced."""
    return _SYMBOLS.get(chr(code), chr(code)) if 0 < code < 0x110000 else "\ufffd"


def _leans(raw: Any, text_page: Any, index: int, turned: int) -> bool:
    """Whether a letter runs in another direction than most of the page."""
    angle = (raw.FPDFText_GetCharAngle(text_page, index) - turned * _QUARTER_TURN) % math.tau
    return bool(_MOST_TILT < angle < math.tau - _MOST_TILT)


def _end_of_line_across(raw: Any, text_page: Any, first: int, count: int, turned: int) -> int:
    """The letter behind a line that runs across the page; the spaces that a reader adds between its words have no angle."""
    stop = first + 1
    for index in range(first + 1, count):
        letter = _letter(raw.FPDFText_GetUnicode(text_page, index))
        if letter in "\r\n":
            break
        if letter not in _SPACES:
            if not _leans(raw, text_page, index, turned):
                break
            stop = index + 1
    return stop


def _line_across(raw: Any, text_page: Any, first: int, stop: int, height: float) -> Row | None:
    """A line across the page as a row of its own, with the boxes of its words as they lie; None for a mark alone."""
    rect = raw.FS_RECTF()
    words: list[Word] = []
    text, boxes = "", []
    for index in range(first, stop + 1):
        letter = _letter(raw.FPDFText_GetUnicode(text_page, index)) if index < stop else " "
        if letter not in _SPACES:
            raw.FPDFText_GetLooseCharBox(text_page, index, ctypes.byref(rect))
            text += letter
            boxes.append(Word("", Box(rect.left, height - rect.top, rect.right, height - rect.bottom), 1.0))
        elif text:
            words.append(
                Word(unicodedata.normalize("NFKC", text), box_around(boxes), boxes[0].box.bottom - boxes[0].box.top)
            )
            text, boxes = "", []
    return Row((Cell(tuple(words)),)) if sum(len(word.text) for word in words) > 1 else None


def _quarter_turns(raw: Any, text_page: Any, count: int) -> int:
    """By how many quarter turns most letters are drawn, clockwise."""
    angles: dict[int, int] = {}
    for index in range(0, count, max(count // 100, 1)):
        if raw.FPDFText_GetUnicode(text_page, index) > 32:
            angle = round(raw.FPDFText_GetCharAngle(text_page, index) / 1.5707963) % 4
            angles[angle] = angles.get(angle, 0) + 1
    return max(angles, key=lambda angle: angles[angle], default=0)


def _is_apart(before: Box, after: Box) -> bool:
    left, top, right, bottom = before
    high = max(bottom - top, 1.0)
    return after.left - right > 0.25 * high or left - after.right > high or abs(after.top - top) > high


def _close(raw: Any, text_page: Any, letters: list[tuple[str, Box]], first: int, words: list[Word]) -> None:
    if not letters:
        return
    text = "".join([letter for letter, _ in letters])
    text = text if text.isascii() else unicodedata.normalize("NFKC", text)
    lefts, tops, rights, bottoms = zip(*(box for _, box in letters), strict=True)
    box = Box(min(lefts), min(tops), max(rights), max(bottoms))
    weight = raw.FPDFText_GetFontWeight(text_page, first)
    face = _face(raw, text_page, first)
    size = max(min(box.bottom - box.top, box.right - box.left) if len(letters) > 1 else box.bottom - box.top, 1.0)
    words.append(
        Word(
            text,
            box,
            min(size, box.bottom - box.top) or 1.0,
            bold=weight >= _BOLD_WEIGHT or "bold" in face,
            script=any(name in face for name in _SCRIPT_FACES),
        )
    )
    letters.clear()


def _face(raw: Any, text_page: Any, index: int) -> str:
    buffer = ctypes.create_string_buffer(96)
    flags = ctypes.c_int()
    raw.FPDFText_GetFontInfo(text_page, index, buffer, len(buffer), ctypes.byref(flags))
    return buffer.value.decode("utf-8", "replace").lower()


def turned_box(box: Box, quarter_turns: int, width: float, height: float) -> Box:
    """A box on a page of this size once the page is turned so that its lines run from left to right."""
    left, top, right, bottom = box
    if quarter_turns == 1:
        return Box(top, width - right, bottom, width - left)
    if quarter_turns == 2:
        return Box(width - right, height - bottom, width - left, height - top)
    if quarter_turns == 3:
        return Box(height - bottom, left, height - top, right)
    return box


def _raw() -> Any:
    import pypdfium2.raw  # noqa: PLC0415  # loads a library that a case without a chart does not need

    return pypdfium2.raw
