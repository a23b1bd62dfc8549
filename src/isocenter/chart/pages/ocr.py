"""Reads a picture of a page: lines by optical character recognition, its tick boxes among them."""

import hashlib
import os
import re
import unicodedata
from functools import cache
from typing import Any

import numpy as np

from isocenter.chart.pages.drawn_boxes import Picture, tick_boxes
from isocenter.chart.pages.layout import Box, Word
from isocenter.errors import UnreadableInput

MISSING = "optical character recognition is not installed: pip install 'isocenter[ocr]'"
_LEAST_SURENESS = 0.5
_LONGEST_STRIP = 40  # times its shorter side is a picture's longer one; the library takes no narrower strip


def is_installed() -> bool:
    """Whether scanned pages can be read here."""
    from importlib.util import find_spec  # noqa: PLC0415

    return find_spec("rapidocr") is not None


@cache
def _engine() -> Any:
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # onnxruntime would keep events about its use and send them to its maker
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


class Recognition:
    """Recognizes the pages of one file, each picture once: a page that stands there often costs no more than one."""

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, tuple[int, ...], float], list[Word]] = {}

    def words_of(self, picture: Picture, points_per_pixel: float) -> list[Word]:
        """As words_of_picture."""
        pixels = np.ascontiguousarray(picture)
        key = hashlib.sha256(pixels.data).digest(), pixels.shape, points_per_pixel
        if key not in self._known:
            self._known[key] = words_of_picture(pixels, points_per_pixel)
        return self._known[key]


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
    result = _engine()(np.repeat(_no_strip(picture)[:, :, None], 3, axis=2))
    if result.txts is None:
        return []
    lines = []
    for corners, text, score in zip(result.boxes, result.txts, result.scores, strict=True):
        across, down = corners[:, 0], corners[:, 1]
        box = Box(float(across.min()), float(down.min()), float(across.max()), float(down.max()))
        if score >= _LEAST_SURENESS and text.strip():
            lines.append((text, _levelled(corners, box), float(score)))
    return lines


def _no_strip(picture: Picture) -> Picture:
    """A long narrow picture with white beside it, as wide as the library needs it."""
    least = max(picture.shape) // _LONGEST_STRIP + 1
    high, wide = (max(least - side, 0) for side in picture.shape)
    return np.pad(picture, ((0, high), (0, wide)), constant_values=255) if high or wide else picture


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


def _scaled(word: Word, factor: float) -> Word:
    left, top, right, bottom = word.box
    return word._replace(box=Box(left * factor, top * factor, right * factor, bottom * factor), size=word.size * factor)
