"""Pictures of the pages of a PDF, each drawn apart: a page that cannot be drawn costs itself."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from isocenter.chart.pages.apart import DidNotReturn, run_apart

_Answer = TypeVar("_Answer")
_SECONDS = 15  # of the processor, for one page or for the sizes of all


class PagePicture(NamedTuple):
    """A page, gray of shape (height, width) or in colors of shape (height, width, 3), and its pixels a point."""

    pixels: NDArray[np.uint8]
    pixels_a_point: float


def picture_of_page(
    path: Path, number: int, dots_per_inch: float, largest_side_pixels: int, *, is_gray: bool
) -> PagePicture | None:
    """The page of this number, from 1; None where the file has none, or it cannot be drawn within its limits."""
    question = partial(_drawn, path.absolute(), number, dots_per_inch, largest_side_pixels, is_gray=is_gray)
    return _apart(question)


def sizes_of_pages(path: Path) -> list[tuple[float, float]] | None:
    """Width and height of each page in points; None where the file cannot be opened."""
    return _apart(partial(_sizes, path.absolute()))


def _apart(question: Callable[[], _Answer]) -> _Answer | None:
    import pypdfium2  # noqa: PLC0415  # loads a library that a case without a chart does not need

    try:
        return run_apart(_SECONDS, question)
    except (DidNotReturn, OSError, pypdfium2.PdfiumError, ValueError, IndexError, OverflowError):
        return None


def _drawn(path: Path, number: int, dots_per_inch: float, largest_side_pixels: int, *, is_gray: bool) -> PagePicture:
    import pypdfium2  # noqa: PLC0415

    document = pypdfium2.PdfDocument(path)
    try:
        page = document[number - 1]
        scale = min(dots_per_inch / 72, largest_side_pixels / max(page.get_size()))
        sheet = page.render(scale=scale, grayscale=is_gray).to_pil().convert("L" if is_gray else "RGB")
        return PagePicture(np.asarray(sheet), scale)
    finally:
        document.close()


def _sizes(path: Path) -> list[tuple[float, float]]:
    import pypdfium2  # noqa: PLC0415

    document = pypdfium2.PdfDocument(path)
    try:
        return [document.get_page_size(place) for place in range(len(document))]
    finally:
        document.close()
