"""The pages of a picture file, each decoded apart: one that cannot be decoded costs itself."""

import warnings
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from isocenter.chart.pages.apart import DidNotReturn, run_apart
from isocenter.chart.pages.tiff_chain import leaves_a_page_out
from isocenter.errors import UnreadableInput
from isocenter.files.structured import why_not_opened

Gray = NDArray[np.uint8]

_LARGEST_PICTURE_PIXELS = 120_000_000  # twice as many are refused
_PAGES_AT_ONCE = 8
_SECONDS_OF_A_PAGE = 15  # of the processor; most pages take a tenth of one
_SECONDS_OF_A_FURTHER_PAGE = 2
_PAGES_WITHOUT_END = 2  # of one file, after which its other pages are not read
_SECONDS_OF_A_FILE = 20  # and what its size adds: a page that takes a second has some 100,000 bytes of its own
_BYTES_OF_A_FURTHER_SECOND = 50_000
_WITHOUT_END = "takes more time or memory than a page may"
_BROKEN = "is broken and could not be read; scan it again"
_TOO_LARGE = "has too many pixels; save it with 150 to 300 dots an inch"


class Decoded(NamedTuple):
    """Some pages of a file by their numbers, None for a broken one, and what follows them."""

    pages: dict[int, Gray | None]
    is_all: bool  # no page follows
    is_cut_short: bool  # where others follow is lost
    seconds: float  # of the processor


def pages_of_picture(path: Path, shown: str, most: int, largest_side_pixels: int) -> Iterator[tuple[int, Gray | str]]:
    """Each page with its number, from 1: a gray picture of shape (height, width), or why it was not read.

    With the number 0 it says at the end why further pages were not read. Raises UnreadableInput where the first page
    cannot be decoded.
    """
    seconds_left = _SECONDS_OF_A_FILE + path.stat().st_size / _BYTES_OF_A_FURTHER_SECOND
    first, at_once, without_end = 1, 1, 0  # most picture files hold one page
    while True:
        numbers = range(first, first + at_once)
        try:
            found = pages_apart(path, numbers, largest_side_pixels)
        except DidNotReturn:
            if at_once > 1:
                at_once = 1
                continue
            if first == 1:
                sentence = f"reading the picture {_WITHOUT_END}; save it with 150 to 300 dots an inch"
                raise UnreadableInput(f"{shown}: {sentence}") from None
            without_end += 1
            if without_end == _PAGES_WITHOUT_END:
                yield 0, f"reading its pages does not end; those from page {first} on were not read; split the file"
                return
            yield first, f"reading it {_WITHOUT_END}; scan it again"
            first += 1
            continue
        except UnreadableInput as wrong:
            raise UnreadableInput(f"{shown}: {wrong}") from None
        for number, gray in found.pages.items():
            if number > most:
                yield 0, f"more than {most} pages; the rest was not read; split the file"
                return
            if gray is None and number == 1:
                raise UnreadableInput(f"{shown}: the picture {_BROKEN}")
            yield number, "the page is broken and was not read; scan it again" if gray is None else gray
        last = numbers[-1]
        if found.is_cut_short:
            yield (
                0,
                f"the file is damaged behind page {max(found.pages, default=first - 1)}, and pages may be missing; scan it again",
            )
        if found.is_all or found.is_cut_short:
            return
        seconds_left -= found.seconds
        if seconds_left < 0:
            yield 0, f"the pages after page {last} were not read: they take longer than so small a file may; split it"
            return
        first, at_once = last + 1, 1 if without_end else _PAGES_AT_ONCE


def pages_apart(path: Path, numbers: Sequence[int], largest_side_pixels: int) -> Decoded:
    """These pages of a file, as far as there are so many, none with a longer side than that.

    Raises DidNotReturn, and UnreadableInput, without the name of the file, where it cannot be opened as a picture.
    """
    seconds = _SECONDS_OF_A_PAGE + _SECONDS_OF_A_FURTHER_PAGE * (len(numbers) - 1)
    return run_apart(seconds, partial(_decoded, path.absolute(), numbers, largest_side_pixels))


_opened: dict[Path, Any] = {}  # whose pages were asked for last: the way to a late page is long from the first


def _decoded(path: Path, numbers: Sequence[int], largest_side_pixels: int) -> Decoded:
    pages: dict[int, Gray | None] = {}
    is_all = is_cut_short = False
    began = process_time()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        image = _opened[path] if path in _opened and numbers[0] > 1 else _open(path)
        for number in numbers:
            try:
                image.seek(number - 1)
            except EOFError:
                is_all = True
                is_cut_short = image.format == "TIFF" and leaves_a_page_out(path)
                break
            except MemoryError:
                raise
            except Exception:  # a damaged file sets free exceptions of many kinds
                pages[number], is_cut_short = None, True
                break
            pages[number] = _page(image, largest_side_pixels)
            # The library passes over a table of contents that is cut off, and what it would have led to.
            is_cut_short = image.format == "TIFF" and any("orrupt" in str(one.message) for one in told)
            if is_cut_short:
                break
    return Decoded(pages, is_all, is_cut_short, process_time() - began)


def _open(path: Path) -> Any:
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415  # loads a library that a typed chart does not need

    Image.MAX_IMAGE_PIXELS = _LARGEST_PICTURE_PIXELS
    for image in _opened.values():
        image.close()
    _opened.clear()
    try:
        _opened[path] = Image.open(path)
    except Image.DecompressionBombError:
        raise UnreadableInput(f"the picture {_TOO_LARGE}") from None
    except UnidentifiedImageError:
        raise UnreadableInput(f"the picture {_BROKEN}") from None
    except OSError as wrong:
        raise UnreadableInput(f"cannot be read ({why_not_opened(wrong)})") from None
    except Exception:  # likewise
        raise UnreadableInput(f"the picture {_BROKEN}") from None
    return _opened[path]


def _page(image: Any, largest_side_pixels: int) -> Gray | None:
    """The page of a file at which it stands; None where it is broken."""
    try:
        sheet = _gray(image)
    except MemoryError:
        raise
    except Exception:  # likewise
        return None
    sheet.thumbnail((largest_side_pixels, largest_side_pixels))
    return np.asarray(sheet)


def _gray(image: Any) -> Any:
    """The page in 256 shades: of more shades from the darkest to the lightest, and of what shines through on white."""
    from PIL import Image  # noqa: PLC0415

    if image.mode.startswith(("I", "F")):
        shades = np.asarray(image).astype(np.float32)
        dark, light = float(shades.min()), float(shades.max())
        return Image.fromarray(((shades - dark) * (255 / max(light - dark, 1e-30))).astype(np.uint8))
    if "transparency" in image.info:
        image = image.convert("RGBA")
    if "A" not in image.getbands():
        return image.convert("L")
    sheet = image.convert("L")
    return Image.composite(sheet, Image.new("L", sheet.size, 255), image.getchannel("A"))
