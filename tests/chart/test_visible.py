"""Only what can be seen on a page of a PDF is taken from its text layer, and the rest is counted."""

from pathlib import Path

import pytest

from isocenter.chart.pages.pages import Page, read_pages
from isocenter.terms.problems import Unread
from tests.chart.test_forms_and_rotation import NOTE, lines_at, write_pdf

_BODY, _SIGNED = lines_at(*NOTE[:-1]), lines_at(NOTE[-1], matrix="1 0 0 1 60 600")
_LAYER = b"/Resources << /Font << /F1 3 0 R >> /Properties << /L 6 0 R >> >>"
_HIDDEN = b"/OCProperties << /OCGs [6 0 R] /D << /OFF [6 0 R] >> >>"
_SHOWN = b"/OCProperties << /OCGs [6 0 R] /D << /ON [6 0 R] >> >>"


def read(folder: Path, content: bytes, page: bytes = b"", catalog: bytes = b"") -> tuple[str, list[str]]:
    """The text of one page, and what is said to be unread of it."""
    layer = b"<< /Type /OCG /Name (Draft) >>"
    file = write_pdf(folder / "note.pdf", content, page=page, catalog=catalog, more=(layer,))
    items = list(read_pages(file, file.name, None, 1))
    (text,) = ["\n".join(row.text for row in item.rows) for item in items if isinstance(item, Page)]
    return text, [item.sentence for item in items if isinstance(item, Unread)]


@pytest.mark.parametrize(
    ("signature", "page", "catalog"),
    [
        (b"/OC /L BDC\n" + _SIGNED + b"EMC\n", _LAYER, _HIDDEN),
        (_SIGNED.replace(b"11 Tf", b"11 Tf 3 Tr"), b"", b""),  # neither filled nor outlined
        (b"q 1 1 1 rg " + _SIGNED + b"Q\n", b"", b""),
        (b"q 0 0 1 1 re W n " + _SIGNED + b"Q\n", b"", b""),
        (_SIGNED + b"q 0 0 0 rg 40 590 500 30 re f Q\n", b"", b""),
        (_SIGNED + b"q 1 1 1 rg 40 590 500 30 re f Q\n", b"/Rotate 90", b""),
        (_SIGNED, b"/CropBox [0 620 612 792]", b""),
    ],
    ids=["layer", "invisible", "white", "clipped", "blackened", "covered", "cropped"],
)
def test_a_signature_that_nobody_sees_is_not_taken(
    tmp_path: Path, signature: bytes, page: bytes, catalog: bytes
) -> None:
    text, (unread,) = read(tmp_path, _BODY + signature, page, catalog)
    assert "Patient seen and examined" in text
    assert "signed by" not in text
    assert f"{len(NOTE[-1].split())} of " in unread


@pytest.mark.parametrize(
    ("content", "page", "catalog"),
    [
        (_BODY + b"/OC /L BDC\n" + _SIGNED + b"EMC\n", _LAYER, _SHOWN),
        (_BODY + b"q 0.9 g " + _SIGNED + b"Q\n", b"", b""),
        (_BODY + b"q 0 0 0.5 rg 40 590 500 30 re f Q q 1 1 1 rg " + _SIGNED + b"Q\n", b"", b""),
        (_BODY + _SIGNED.replace(b"11 Tf", b"3 Tf"), b"", b""),
        (_BODY + _SIGNED, b"/CropBox [20 560 500 780] /UserUnit 2", b""),
        (lines_at(*NOTE, matrix="0 1 -1 0 120 60"), b"", b""),
        (lines_at(*NOTE, matrix="0 1 -1 0 120 60"), b"/Rotate 90 /CropBox [10 20 612 792]", b""),
        (lines_at(*NOTE, matrix="0 -1 1 0 480 700"), b"/Rotate 270 /MediaBox [-9 -30 612 792]", b""),
        (lines_at(*NOTE, matrix="-1 0 0 -1 560 130"), b"/Rotate 180 /MediaBox [0 0 612 900]", b""),
        (_BODY + _SIGNED, b"/Rotate 90", b""),
        (_BODY + lines_at(NOTE[-1], matrix="0 1 -1 0 30 60"), b"/CropBox [10 20 612 792]", b""),
    ],
)
def test_what_is_seen_is_taken_however_the_page_lies(
    tmp_path: Path, content: bytes, page: bytes, catalog: bytes
) -> None:
    text, unread = read(tmp_path, content, page, catalog)
    assert "Electronically signed by Ada Winter" in text
    assert not unread


@pytest.mark.parametrize("mark", ["/sn1/", r"\\s1\\", "{{Sig_es_:signer1:signature}}", "<<Sign1>>"])
def test_a_white_mark_of_where_to_sign_is_neither_taken_nor_counted(tmp_path: Path, mark: str) -> None:
    text, unread = read(tmp_path, _BODY + b"q 1 1 1 rg " + lines_at(mark, matrix="1 0 0 1 60 600") + b"Q\n")
    assert "Patient seen and examined" in text
    assert mark.replace("\\\\", "\\") not in text
    assert unread == []
