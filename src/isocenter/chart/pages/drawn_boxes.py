"""Tick boxes drawn on a picture of a page: found by their outlines, ticked by what lies within their sides."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from isocenter.chart.pages.layout import Box

Picture = NDArray[np.uint8]
_TICKED_INK = 0.10  # share of the inside of a box that is inked
_EMPTY_INK = 0.04


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
