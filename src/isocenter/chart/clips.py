"""Pictures of passages, cut out of the pages they stand on; nothing is written to disk."""

import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from isocenter.chart.pages import is_pdf
from isocenter.terms.citations import Citation

_DOTS_PER_INCH = 110
_AROUND_PT = 4.0
_LARGEST_BYTES = 700_000


def clips_of(citations: Iterable[Citation], files: Mapping[str, Path]) -> dict[tuple[str, int, float, float], bytes]:
    """PNG pictures of passages by file, page, left and upper edge, as many as fit into a page of a report.

    A passage of a text file, or of a page that cannot be drawn, has none.
    """
    wanted: dict[str, dict[int, list[Citation]]] = {}
    for citation in citations:
        wanted.setdefault(citation.file, {}).setdefault(citation.page, []).append(citation)
    clips: dict[tuple[str, int, float, float], bytes] = {}
    room = _LARGEST_BYTES
    for name, pages in wanted.items():
        path = files.get(name)
        if path is None or not _is_pdf_file(path):
            continue
        for key, picture in _clips_of_file(path, pages):
            if key not in clips and len(picture) <= room:
                clips[key] = picture
                room -= len(picture)
    return clips


def _is_pdf_file(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return is_pdf(file.read(1024))
    except OSError:
        return False


def _clips_of_file(
    path: Path, pages: Mapping[int, list[Citation]]
) -> Iterable[tuple[tuple[str, int, float, float], bytes]]:
    import pypdfium2  # noqa: PLC0415  # loads a library that a case without a chart does not need

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError:
        return
    try:
        for number, citations in sorted(pages.items()):
            try:
                page = document[number - 1]
                scale = min(_DOTS_PER_INCH / 72, 2_000 / max(page.get_size()))
                sheet = page.render(scale=scale, grayscale=True).to_pil().convert("L")
            except (pypdfium2.PdfiumError, ValueError, IndexError):
                continue
            for c in citations:
                edges = (
                    c.left_pt - _AROUND_PT,
                    c.top_pt - _AROUND_PT,
                    c.right_pt + _AROUND_PT,
                    c.bottom_pt + _AROUND_PT,
                )
                left, top, right, bottom = (round(edge * scale) for edge in edges)
                box = (max(left, 0), max(top, 0), min(right, sheet.width), min(bottom, sheet.height))
                if box[2] - box[0] > 4 and box[3] - box[1] > 4:
                    data = io.BytesIO()
                    sheet.crop(box).quantize(16).save(data, "PNG", optimize=True)
                    yield (c.file, c.page, c.left_pt, c.top_pt), data.getvalue()
    finally:
        document.close()
