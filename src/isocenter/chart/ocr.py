"""Reads a picture of a page: lines by optical character recognition, tick boxes by their outlines."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from isocenter.chart.layout import Box, Word
from isocenter.errors import UnreadableInput

Picture = NDArray[np.uint8]
MISSING = "optical character recognition is not installed: pip install 'isocenter[ocr]'"
_LEAST_SURENESS = 0.5
_TICKED_INK = 0.10  # share of the inside of a box that is inked
_EMPTY_INK = 0.04


def is_installed() -> bool:
    """Whether scanned pages can be read here."""
    from importlib.util import find_spec  # noqa: PLC0415

    return find_spec("rapidocr") is not None


@cache
def _engine() -> Any:
    try:
        from rapidocr import RapidOCR  # noqa: PLC0415  # loads its models, which a typed chart does not need
    except ImportError:
        raise UnreadableInput(MISSING) from None
    settings: dict[str, Any] = {
        "Global.use_cls": False,
        "Global.log_level": "error",
        "Det.limit_type": "max",  # a third less memory than at full size, and the same lines
        "Det.limit_side_len": 1280,
        "Rec.rec_batch_num": 1,
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    }
    return RapidOCR(params=settings)


def words_of_picture(picture: Picture, points_per_pixel: float) -> list[Word]:
    """Words of a gray picture of shape (height, width), in points from its top left corner.

    A page that lies on its side or on its head is turned first. Raises UnreadableInput without the library.
    """
    lines, turned = _upright_lines(picture)
    high = float(np.median([line[1].bottom - line[1].top for line in lines])) if lines else 0.0
    boxes = tick_boxes(turned, high) if lines else []
    words: list[Word] = []
    for text, box, sureness in lines:
        words += _words_of_line(text, box, sureness, boxes)
    return [_scaled(word, points_per_pixel) for word in words]


def _upright_lines(picture: Picture) -> tuple[list[tuple[str, Box, float]], Picture]:
    """The lines of a picture and the picture, both turned upright."""
    lines = _read(picture)
    if _looks_upright(lines):
        return lines, picture
    best, best_picture = lines, picture
    for quarter_turns in (1, 3, 2):
        turned = np.ascontiguousarray(np.rot90(picture, quarter_turns))
        other = _read(turned)
        if _worth(other) > _worth(best):
            best, best_picture = other, turned
        if _looks_upright(other):
            break
    return best, best_picture


def _read(picture: Picture) -> list[tuple[str, Box, float]]:
    result = _engine()(np.repeat(picture[:, :, None], 3, axis=2))
    if result.txts is None:
        return []
    lines = []
    for corners, text, score in zip(result.boxes, result.txts, result.scores, strict=True):
        across, down = corners[:, 0], corners[:, 1]
        box = Box(float(across.min()), float(down.min()), float(across.max()), float(down.max()))
        if score >= _LEAST_SURENESS and text.strip():
            lines.append((text, _levelled(corners, box), float(score)))
    return lines


def _levelled(corners: Any, box: Box) -> Box:
    """The box of a tilted line as high as its letters are, at the height of its left end."""
    high = float((np.linalg.norm(corners[3] - corners[0]) + np.linalg.norm(corners[2] - corners[1])) / 2)
    middle = float((corners[0][1] + corners[3][1]) / 2)
    if high >= box.bottom - box.top:
        return box
    return Box(box.left, middle - high / 2, box.right, middle + high / 2)


def _looks_upright(lines: list[tuple[str, Box, float]]) -> bool:
    if not lines:
        return True
    wide = sum(len(text) for text, box, _ in lines if box.right - box.left >= box.bottom - box.top)
    letters = sum(len(text) for text, _, _ in lines)
    score = sum(score * len(text) for text, _, score in lines) / letters
    return wide >= 0.7 * letters and score >= 0.8


def _worth(lines: list[tuple[str, Box, float]]) -> float:
    return sum(
        len(text) * max(score - 0.6, 0.0) for text, box, score in lines if box.right - box.left >= box.bottom - box.top
    )


_JOINED = (
    (re.compile(r"(?<=[A-Z]\. )([A-Z]{2,}|[A-Z][a-z]+),? M[O0](?=\s+[A-Z\d]|$)(?!\s+\d{5})"), r"\1 MD"),
    (re.compile(r"(?<=[a-z)])(?=(?:19|20)\d\d-\d\d-\d\d)"), " "),
    (re.compile(r"(\d{4}-\d\d-\d\d)(?=\d\d?:\d\d)"), r"\1 "),
    (re.compile(r"(\d{1,2}[/.-]\d{1,2}[/.-]\d{4})(?=\d\d?:\d\d|[A-Za-z])"), r"\1 "),
    (re.compile(r"(?<=[A-Za-z.,)])(?=\d{1,2}[/-](?:\d{1,2}|[A-Z][a-z]{2})[/-]\d{2,4}\b)"), " "),
    (re.compile(r"(?<=[a-z])(?<!Mc)(?<!Mac)(?!(?<=c)Gy\b)(?=[A-Z][a-z])"), " "),
    (re.compile(r"(?<=[a-z])(?=MD\b|DO\b|PhD\b)"), " "),
    (re.compile(r"(?:(?<=\bMD)|(?<=\bDO)|(?<=\bPhD)|(?<=\bRN))(?=[A-Z][a-z]{2})"), " "),
    (re.compile(r"(?<=[A-Z]\.)(?=[A-Z][a-z])"), " "),
    (re.compile(r"(?<=,)(?=[A-Za-z])"), " "),
    (re.compile(r"(?<=[a-z]{3}[.;:])(?=[A-Za-z])"), " "),
    (re.compile(r"(?<=\d)(?=(?:percent|fractions?|fx)\b)", re.IGNORECASE), " "),
    (re.compile(r"(?<=[a-z]{3})(?=[VD]\d)"), " "),
    (re.compile(r"(?<=[A-Z]{2})0(?=[A-Z])|\b0(?=F\b)"), "O"),  # a nought within words in capitals
)
_BOX_LETTERS = re.compile(r"^[\s口囗冈図区回日凶田☐☒☑□■❏]+(?=\s|[A-Z])|^[\[(]\s?[xXvV]?\s?[\])]")

_BOXES_READ = {**dict.fromkeys("区冈図凶☑", "☒"), **dict.fromkeys("□口囗❏", "☐")}  # letters for which boxes are taken
_BOX_LETTERS_WITHIN = re.compile(r"(?<!\S)[口囗冈図区回日凶田☐☒☑□■❏]+\s*(?!\S)")


def _words_of_line(text: str, box: Box, sureness: float, boxes: list[tuple[Box, bool]]) -> list[Word]:
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    for pattern, put in _JOINED:
        text = pattern.sub(put, text)
    high = box.bottom - box.top
    own = [(b, ticked) for b, ticked in boxes if box.left - 3 * high < b.left < box.right and b.top < (box.top + box.bottom) / 2 + 0.4 * high and b.bottom > (box.top + box.bottom) / 2 - 0.4 * high]  # fmt: skip
    left = box.left
    if own:
        text = _BOX_LETTERS_WITHIN.sub("", _BOX_LETTERS.sub("", text)).strip()
        leading = [b for b, _ in own if b.left < box.left + 1.2 * high]
        left = max([box.left, *(b.right for b in leading)])
    width = max(box.right - left, 1.0) / max(len(text), 1)
    words = [
        Word(part.group(), Box(left + part.start() * width, box.top, left + part.end() * width, box.bottom), high * 0.75, sureness=sureness)
        for part in re.finditer(r"\S+", text)
    ]  # fmt: skip
    words = [word._replace(text=_BOXES_READ.get(word.text, word.text)) for word in words]
    marks = [
        Word("☒" if ticked else "☐", Box(b.left, box.top, b.right, box.bottom), high * 0.75, sureness=sureness)
        for b, ticked in own
    ]
    return sorted(
        [*words, *marks], key=lambda word: (word.box.left + word.box.right) / 2 if word.text in "☐☒" else word.box.left
    )


def tick_boxes(picture: Picture, letter_height: float) -> list[tuple[Box, bool]]:
    """Small square outlines on a gray picture, each with whether something is drawn inside.

    Outlines that noise has broken or smeared count below or above whole ones alone.
    """
    import cv2  # noqa: PLC0415  # comes with the recognition

    ink = cv2.adaptiveThreshold(picture, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 31, 15)
    found = [square for square in _squares(ink, ink, letter_height) if square.is_whole]
    whole = [square.box for square in found]
    for outlined in (ink, cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))):
        for square in _squares(outlined, ink, letter_height):
            aligned = sum(abs(box.left - square.box.left) <= _ALIGNED_OF_HEIGHT * letter_height for box in whole)
            if aligned >= _FEWEST_ALIGNED and not any(_overlap(other.box, square.box) for other in found):
                found.append(square)
    return [(square.box, square.is_ticked) for square in found]


_ALIGNED_OF_HEIGHT, _FEWEST_ALIGNED = 0.4, 2
_WHOLE, _BROKEN = 0.86, 0.72  # least share of each side of a square that is inked
_OPEN_OF_SIDE, _OPEN_SHARE = 0.55, 0.85  # of an empty square: how wide its inside is, and how much of it is blank


class _Square(NamedTuple):
    """A square outline: where, whether something is drawn inside, and whether all its sides and corners are there."""

    box: Box
    is_ticked: bool
    is_whole: bool


def _overlap(one: Box, other: Box) -> bool:
    return one.left < other.right and other.left < one.right and one.top < other.bottom and other.top < one.bottom


def _squares(outlined: Picture, ink: Picture, letter_height: float) -> Iterator[_Square]:
    """Squares among the outlines of a picture; `ink` is the picture itself. Those open to doubt are left out."""
    import cv2  # noqa: PLC0415  # comes with the recognition

    contours, hierarchy = cv2.findContours(outlined, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if hierarchy is None:
        return
    for contour, (_, _, first_hole, parent) in zip(contours, hierarchy[0], strict=True):
        if parent >= 0 or first_hole < 0:
            continue
        x, y, w, h = cv2.boundingRect(contour)
        if not 0.45 * letter_height <= h <= 1.3 * letter_height or not 0.75 <= w / h <= 1.33 or h < 8:
            continue
        holes, at = [], first_hole
        while at >= 0:
            hx, hy, hw, hh = cv2.boundingRect(contours[at])  # of the ink around the hole
            holes.append(outlined[hy + 1 : hy + hh - 1, hx + 1 : hx + hw - 1])
            at = hierarchy[0][at][0]
        is_empty = any(
            min(hole.shape) >= _OPEN_OF_SIDE * h and np.count_nonzero(hole == 0) >= _OPEN_SHARE * hole.size
            for hole in holes
        )
        outline = outlined[y : y + h, x : x + w]
        is_whole = _has_four_sides(outline, _WHOLE, corners=3)
        if not is_whole and not (_has_four_sides(outline, _BROKEN, corners=2) and 0.9 <= w / h <= 1.12):
            continue
        inside = _inside(ink[y : y + h, x : x + w])
        share = float(np.count_nonzero(inside)) / max(inside.size, 1)
        if is_empty or share <= _EMPTY_INK or share >= _TICKED_INK:
            box = Box(float(x), float(y), float(x + w), float(y + h))
            yield _Square(box, not is_empty and share >= _TICKED_INK, is_whole)


def _inside(ink: Picture) -> Picture:
    """What lies inside a drawn square, without its sides, however thick or blurred they are."""
    rims = [_thickness(lines) for lines in (ink, ink[::-1], ink.T, ink.T[::-1])]
    high, wide = ink.shape
    least = max(2, round(0.2 * high))
    most = round(0.34 * high)
    top, bottom, left, right = (min(max(rim, least), most) for rim in rims)
    return ink[top : high - bottom, left : wide - right]


def _thickness(lines: Picture) -> int:
    """How many lines from the edge of a square on are a side of it, with the line beside it that blur may reach."""
    shares = np.count_nonzero(lines, axis=1) / lines.shape[1]
    return int(np.argmax(shares < _SIDE)) + 1


_SIDE = 0.5  # share of a line that is inked where it is the side of a square


def _has_four_sides(ink: Picture, least: float, corners: int) -> bool:
    """Whether a small picture is framed: four straight edges that meet in inked corners, unlike a round letter."""
    high, wide = ink.shape
    rim = max(2, round(0.14 * high))
    edges = (ink[:rim].max(axis=0), ink[-rim:].max(axis=0), ink[:, :rim].max(axis=1), ink[:, -rim:].max(axis=1))
    if any(float(np.count_nonzero(edge)) < least * len(edge) for edge in edges):
        return False
    corner = max(2, round(0.15 * min(high, wide)))
    parts = (ink[:corner, :corner], ink[:corner, -corner:], ink[-corner:, :corner], ink[-corner:, -corner:])
    return sum(int(np.count_nonzero(part)) >= 0.4 * part.size for part in parts) >= corners


def _scaled(word: Word, factor: float) -> Word:
    left, top, right, bottom = word.box
    return word._replace(box=Box(left * factor, top * factor, right * factor, bottom * factor), size=word.size * factor)
