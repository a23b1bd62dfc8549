"""A PDF of which a compressed part was damaged says so, and one that a program merely wrote in its own way does not."""

import base64
import zlib
from pathlib import Path

import pytest

from isocenter.chart.pages.pages import Page, read_pages
from isocenter.chart.pages.pdf_damage import damaged_parts, has_emptied_stretch
from isocenter.terms.problems import Unread

_LINES = b"BT /F1 12 Tf 72 700 Td " + b"".join(
    b"(Weekly management note %d of the course) Tj 0 -20 Td " % number for number in range(20)
)
_PACKED = zlib.compress(_LINES + b"ET")


def _pdf(
    stream: bytes, filters: bytes = b"/Filter /FlateDecode", more: bytes = b"", end: bytes = b"\nendstream"
) -> bytes:
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
    page += b" /Resources << /Font << /F1 5 0 R >> >> >>"
    return b"".join(
        (
            b"%PDF-1.4\n1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\n",
            b"2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj\n3 0 obj " + page + b" endobj\n",
            b"5 0 obj << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> endobj\n",
            b"4 0 obj << /Length %d %s >>\nstream\n" % (len(stream), filters),
            stream,
            end,
            b"\nendobj\ntrailer << /Root 1 0 R %s >>\n%%%%EOF\n" % more,
        )
    )


def _overwritten(data: bytes, place: int, count: int = 4) -> bytes:
    return data[:place] + bytes(byte ^ 0x5A for byte in data[place : place + count]) + data[place + count :]


_IN_LETTERS = base64.a85encode(_PACKED) + b"~>"
_LETTERS = b"/Filter [ /ASCII85Decode /FlateDecode ]"


@pytest.mark.parametrize(
    ("written", "damaged", "checked"),
    [
        (_pdf(_PACKED), 0, 1),
        (_pdf(_overwritten(_PACKED, len(_PACKED) // 2)), 1, 1),
        (_pdf(_overwritten(_PACKED, len(_PACKED) - 4)), 1, 1),  # the checksum
        (_pdf(_PACKED[:-4], end=b"endstream"), 0, 1),  # none was written
        (_pdf(_PACKED + b"\r"), 0, 1),
        (_pdf(_PACKED, b"/Filter [/FlateDecode] /DecodeParms [<< /Predictor 1 >>]"), 0, 1),
        (_pdf(_IN_LETTERS, _LETTERS), 0, 1),
        (_pdf(_overwritten(_IN_LETTERS, 40, 1), _LETTERS), 1, 1),
        (_pdf(_overwritten(_PACKED, 30), more=b"/Encrypt 9 0 R"), 0, 0),
        (_pdf(_LINES, b""), 0, 0),
        (_pdf(_PACKED)[:-90], 1, 1),  # a file that was cut
    ],
)
def test_a_part_is_damaged_where_it_does_not_decompress_to_its_checksum(
    tmp_path: Path, written: bytes, damaged: int, checked: int
) -> None:
    file = tmp_path / "note.pdf"
    file.write_bytes(written)
    assert damaged_parts(file) == (damaged, checked)


@pytest.mark.parametrize(
    ("whole", "changed", "is_emptied"),
    [
        (b"", b"", False),
        (b"/Resources << /Font << /F1 5 0 R >> >>", bytes(38), True),
        (b"endobj\n5 0 obj << /Type", bytes(23), True),
        (b" /Filter /FlateDecode >>\nstream\n", bytes(32), True),
        (b"%PDF-1.4\n", b"%PDF-1.4\n" + bytes(600), False),  # before the first object
        (b"%%EOF\n", b"%%EOF\n" + bytes(600), False),  # and after the last
        (_PACKED, bytes(64), False),  # within a stream, which does not decompress
    ],
)
def test_zeros_between_the_objects_of_a_pdf_are_named(
    tmp_path: Path, whole: bytes, changed: bytes, is_emptied: bool
) -> None:
    file = tmp_path / "note.pdf"
    file.write_bytes(_pdf(_PACKED).replace(whole, changed, 1))
    assert has_emptied_stretch(file) == is_emptied
    named = [item for item in read_pages(file) if isinstance(item, Unread) and "there are zeros where" in item.sentence]
    assert len(named) == is_emptied


def test_a_damaged_part_is_named_and_the_pages_are_read_all_the_same(tmp_path: Path) -> None:
    file = tmp_path / "note.pdf"
    file.write_bytes(_pdf(_overwritten(_PACKED, len(_PACKED) // 2)))
    found = list(read_pages(file))
    assert [item.sentence for item in found if isinstance(item, Unread)] == [
        "1 of 1 compressed parts of the PDF is damaged, and text or pictures of its pages may be missing; "
        "send the file again"
    ]
    assert sum(isinstance(item, Page) for item in found) == 1
    file.write_bytes(_pdf(_PACKED))
    assert [type(item) for item in read_pages(file)] == [Page]
