"""Pictures of passages, cut out of the pages they stand on; nothing is written to disk."""

import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from textwrap import wrap
from typing import Any

from isocenter.chart.pages.apart import DidNotReturn
from isocenter.chart.pages.page_pictures import picture_of_page
from isocenter.chart.pages.pages import is_pdf, is_picture
from isocenter.chart.pages.picture_files import pages_apart
from isocenter.errors import UnreadableInput
from isocenter.terms.citations import Citation

_DOTS_PER_INCH = 110
_AROUND_PT = 4.0
_LARGEST_BYTES = 700_000


def clips_of(citations: Iterable[Citation], files: Mapping[str, Path]) -> dict[tuple[str, int, float, float], bytes]:
    """PNG pictures of passages by file, page, left and upper edge, as many as fit into a page of a report.

    A passage of a text file is drawn from its words; one of a page that cannot be drawn has none.
    """
    wanted: dict[str, dict[int, list[Citation]]] = {}
    for citation in citations:
        wanted.setdefault(citation.file, {}).setdefault(citation.page, []).append(citation)
    clips: dict[tuple[str, int, float, float], bytes] = {}
    room = _LARGEST_BYTES
    for name, pages in wanted.items():
        path = files.get(name)
        for key, picture in _clips_of_any(path, pages) if path is not None else ():
            if key not in clips and len(picture) <= room:
                clips[key] = picture
                room -= len(picture)
    return clips


_Clip = tuple[tuple[str, int, float, float], bytes]


def _clips_of_any(path: Path, pages: Mapping[int, list[Citation]]) -> Iterable[_Clip]:
    """Clips of a file by what its first bytes say it is; none of a file that is gone."""
    try:
        with path.open("rb") as file:
            head = file.read(1024)
    except OSError:
        return ()
    if is_pdf(head):
        return _clips_of_pdf(path, pages)
    return _clips_of_picture(path, pages) if is_picture(head) else _clips_of_text(pages)


def _clips_of_picture(path: Path, pages: Mapping[int, list[Citation]]) -> Iterable[_Clip]:
    """Clips of a picture of pages; its longer side is 11 inches, as where it was read."""
    from PIL import Image  # noqa: PLC0415

    for number, citations in sorted(pages.items()):
        try:
            gray = pages_apart(path, (number,), 11 * _DOTS_PER_INCH).pages.get(number)
        except (DidNotReturn, UnreadableInput):
            return
        if gray is not None:
            yield from _cut_out(Image.fromarray(gray), citations, max(gray.shape) / (72.0 * 11.0))


def _clips_of_text(pages: Mapping[int, list[Citation]]) -> Iterable[_Clip]:
    """Passages of a text file, written out as they stand there."""
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415

    font = ImageFont.load_default(14)
    for citations in pages.values():
        for c in citations:
            lines = wrap(c.words, 90)[:8]
            sheet = Image.new("L", (20 + 8 * max(map(len, lines), default=1), 12 + 19 * len(lines)), 250)
            for at, line in enumerate(lines):
                ImageDraw.Draw(sheet).text((10, 6 + 19 * at), line, fill=20, font=font)
            yield (c.file, c.page, c.left_pt, c.top_pt), _png(sheet)


def _clips_of_pdf(path: Path, pages: Mapping[int, list[Citation]]) -> Iterable[_Clip]:
    from PIL import Image  # noqa: PLC0415

    for number, citations in sorted(pages.items()):
        drawn = picture_of_page(path, number, _DOTS_PER_INCH, 2_000, is_gray=True)
        if drawn is not None:
            yield from _cut_out(Image.fromarray(drawn.pixels), citations, drawn.pixels_a_point)


def _cut_out(sheet: Any, citations: Iterable[Citation], scale: float) -> Iterable[_Clip]:
    """The passages of one page, drawn as `sheet` with `scale` pixels a point."""
    for c in citations:
        edges = (c.left_pt - _AROUND_PT, c.top_pt - _AROUND_PT, c.right_pt + _AROUND_PT, c.bottom_pt + _AROUND_PT)
        left, top, right, bottom = (round(edge * scale) for edge in edges)
        box = (max(left, 0), max(top, 0), min(right, sheet.width), min(bottom, sheet.height))
        if box[2] - box[0] > 4 and box[3] - box[1] > 4:
            yield (c.file, c.page, c.left_pt, c.top_pt), _png(sheet.crop(box))


def _png(sheet: Any) -> bytes:
    data = io.BytesIO()
    sheet.quantize(16).save(data, "PNG", optimize=True)
    return data.getvalue()
