"""Writes fictitious charts as PDF: typed pages with headings, fields and tables, or tilted pictures of them."""

import io
import zlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from isocenter.files.writing import write_whole

_WIDTH, _HEIGHT, _MARGIN = 612, 792, 50
_DOTS_PER_POINT = 150 / 72
_LINE_LETTERS = 96


class _Printed(NamedTuple):
    """A piece of text with the place of its left lower corner in points from the top left of the page."""

    text: str
    left: float
    base: float
    size: float
    bold: bool


def write_chart(path: Path, pages: Sequence[str], scanned: Collection[int] = ()) -> None:
    """Write pages of text as one PDF; those numbered in `scanned`, from 1, become pictures without letters.

    In a page, a line that begins with `# ` is a heading, one with `| ` between cells a row of a table; others are
    wrapped as prose.
    """
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", *_fonts()]
    kids = []
    for number, page in enumerate(pages, start=1):
        printed = _laid_out(page)
        resources = b"/Font << /F1 3 0 R /F2 4 0 R >>"
        if number in scanned:
            objects.append(_picture(printed, seed=number))
            resources = b"/XObject << /I %d 0 R >>" % len(objects)
            content = b"q %d 0 0 %d 0 0 cm /I Do Q" % (_WIDTH, _HEIGHT)
        else:
            content = b"\n".join(_shown(piece) for piece in printed)
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        contents = len(objects)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Resources << %s >> /Contents %d 0 R >>"
            % (_WIDTH, _HEIGHT, resources, contents)
        )
        kids.append(len(objects))
    listed = b" ".join(b"%d 0 R" % kid for kid in kids)
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), listed)
    write_whole(path, _file(objects))


def _fonts() -> list[bytes]:
    face = b"<< /Type /Font /Subtype /Type1 /BaseFont /%s /Encoding /WinAnsiEncoding >>"
    return [face % b"Helvetica", face % b"Helvetica-Bold"]


def _laid_out(page: str) -> list[_Printed]:
    printed, base = [], 60.0
    for line in page.strip("\n").split("\n"):
        if line.startswith("# "):
            base += 8
            printed.append(_Printed(line[2:], _MARGIN, base, 13.0, True))
            base += 20
        elif line.startswith("| "):
            cells = [cell.strip() for cell in line.strip("| ").split("|")]
            width = (_WIDTH - 2 * _MARGIN) / len(cells)
            printed += [_Printed(cell, _MARGIN + at * width, base, 9.0, False) for at, cell in enumerate(cells)]
            base += 14
        else:
            for part in _wrapped(line):
                printed.append(_Printed(part, _MARGIN, base, 10.0, False))
                base += 12.5
            base += 4
    return printed


def _wrapped(line: str) -> list[str]:
    lines = [""]
    for word in line.split():
        if len(lines[-1]) + len(word) > _LINE_LETTERS:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _shown(piece: _Printed) -> bytes:
    text = piece.text.encode("cp1252", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    face = b"F2" if piece.bold else b"F1"
    place = (piece.left, _HEIGHT - piece.base)
    return b"BT /%s %.1f Tf %.1f %.1f Td (%s) Tj ET" % (face, piece.size, *place, text)


def _picture(printed: Sequence[_Printed], seed: int) -> bytes:
    """The page as a gray picture, slightly tilted and noisy, as a scanner leaves it."""
    import numpy as np  # noqa: PLC0415
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415

    size = (round(_WIDTH * _DOTS_PER_POINT), round(_HEIGHT * _DOTS_PER_POINT))
    sheet = Image.new("L", size, 245)
    draw = ImageDraw.Draw(sheet)
    for piece in printed:
        font = ImageFont.load_default(piece.size * _DOTS_PER_POINT)
        left, top = piece.left * _DOTS_PER_POINT, (piece.base - piece.size) * _DOTS_PER_POINT
        draw.text((left, top), piece.text, fill=25, font=font, stroke_width=1 if piece.bold else 0)
    sheet = sheet.rotate(0.4, fillcolor=245, resample=Image.Resampling.BILINEAR)
    noise = np.random.default_rng(seed).normal(0.0, 9.0, (size[1], size[0]))
    pixels = np.clip(np.asarray(sheet) + noise, 0, 255).astype(np.uint8)
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "JPEG", quality=80)
    head = b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8" % size
    return head + b" /Filter /DCTDecode /Length %d >>\nstream\n%s\nendstream" % (len(data.getvalue()), data.getvalue())


def _file(objects: Sequence[bytes]) -> bytes:
    """Objects as a PDF file with its table of places; streams of text are packed."""
    parts, places, at = [b"%PDF-1.4\n"], [], len(b"%PDF-1.4\n")
    for number, body in enumerate(objects, start=1):
        written = b"%d 0 obj\n%s\nendobj\n" % (number, _packed(body))
        places.append(at)
        parts.append(written)
        at += len(written)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    parts.append(b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table))
    parts.append(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, at))
    return b"".join(parts)


def _packed(body: bytes) -> bytes:
    head, mark, rest = body.partition(b">>\nstream\n")
    if not mark or b"/Filter" in head:
        return body
    data = zlib.compress(rest.removesuffix(b"\nendstream"))
    return b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(data), data)
