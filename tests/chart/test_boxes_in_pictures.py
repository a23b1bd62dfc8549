"""Tick boxes on scanned pages: small, blurred or broken ones apart from letters, ticked ones from empty."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from isocenter.chart.pages.drawn_boxes import tick_boxes

cv2 = pytest.importorskip("cv2", reason="comes with the recognition of scanned pages")

_LETTER_PX, _SIDE_PX, _LEFT_PX = 24, 16, 60


def form(ticks: str, broken: int = -1, letter: str = "", seed: int = 1) -> NDArray[np.uint8]:
    """A column of boxes, x ticked and o empty, blurred and noisy as from a fax; `letter` is written below them."""
    page = np.full((60 + 40 * (len(ticks) + 1), 400), 242, np.uint8)
    for number, tick in enumerate(ticks):
        top = 40 + 40 * number
        cv2.rectangle(page, (_LEFT_PX, top), (_LEFT_PX + _SIDE_PX - 1, top + _SIDE_PX - 1), 20, 2)
        if tick == "x":
            cv2.line(page, (_LEFT_PX + 4, top + 8), (_LEFT_PX + 7, top + 11), 20, 2)
            cv2.line(page, (_LEFT_PX + 7, top + 11), (_LEFT_PX + 12, top + 4), 20, 2)
        if number == broken:
            page[top - 2 : top + 3, _LEFT_PX + 5 : _LEFT_PX + 7] = 242
    if letter:
        at = (_LEFT_PX, 40 + 40 * len(ticks) + _SIDE_PX)
        cv2.putText(page, letter, at, cv2.FONT_HERSHEY_SIMPLEX, 0.7, 20, 2)
    noise = np.random.default_rng(seed).normal(0, 9, page.shape)
    return np.clip(cv2.GaussianBlur(page, (3, 3), 0.9) + noise, 0, 255).astype(np.uint8)


def found(picture: NDArray[np.uint8]) -> str:
    boxes = sorted(tick_boxes(picture, _LETTER_PX), key=lambda one: one[0].top)
    assert all(below.top - above.top >= 35 for (above, _), (below, _) in pairwise(boxes))
    return "".join("x" if ticked else "o" for _, ticked in boxes)


@pytest.mark.parametrize("ticks", ["xoxox", "ooooo", "xxxxx", "ooxoo"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_thick_sides_of_a_small_box_are_no_tick(ticks: str, seed: int) -> None:
    assert found(form(ticks, seed=seed)) == ticks


@pytest.mark.parametrize("broken", [1, 2])
def test_a_broken_box_is_found_below_whole_ones(broken: int) -> None:
    assert found(form("xoxox", broken=broken)) == "xoxox"


@pytest.mark.parametrize("letter", ["D", "O", "B", "P", "o", "0", "8"])
def test_a_letter_below_boxes_is_none(letter: str) -> None:
    assert found(form("xox", letter=letter)) == "xox"
