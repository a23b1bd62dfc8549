"""What a PDF carries beside the text of its pages is read where a person typed it there, and else named."""

from pathlib import Path

import pytest

from isocenter.chart.abstract import abstract
from isocenter.chart.pages.pages import Page, read_pages
from isocenter.terms.problems import Unread
from tests.chart.reading import POLICY, document_of
from tests.chart.test_forms_and_rotation import NOTE, field, lines_at, write_pdf

_SIGNED = NOTE[-1].encode()
_PLACE = (60, 590, 400, 606)


def note(kind: bytes, contents: bytes = b"", more: bytes = b"/F 4") -> bytes:
    return b"<< /Type /Annot /Subtype /%s /Rect [60 590 400 606] /Contents (%s) %s >>" % (kind, contents, more)


def read(path: Path, *, page: bytes = b"", catalog: bytes = b"", more: tuple[bytes, ...] = ()) -> tuple[str, list[str]]:
    """The text of the one page of an unsigned note, and what is said to be unread of the file."""
    file = write_pdf(path / "note.pdf", lines_at(*NOTE[:-1]), page=page, catalog=catalog, more=more)
    items = list(read_pages(file, file.name, None, 1))
    (text,) = ["\n".join(row.text for row in item.rows) for item in items if isinstance(item, Page)]
    return text, [item.sentence for item in items if isinstance(item, Unread)]


def test_text_that_was_typed_onto_a_page_is_read_with_it(tmp_path: Path) -> None:
    file = write_pdf(
        tmp_path / "note.pdf", lines_at(*NOTE[:-1]), page=b"/Annots [6 0 R]", more=(note(b"FreeText", _SIGNED),)
    )
    document = document_of(abstract([(file, file.name)], POLICY, processes=1), "weekly_management_note")
    assert [str(signature.signed_on) for signature in document.signatures] == ["2024-03-04"]


@pytest.mark.parametrize(
    ("notes", "named"),
    [
        ((note(b"Stamp", b"VOID"),), "1 stamp"),
        ((note(b"StrikeOut"), note(b"StrikeOut"), note(b"Text", b"wrong patient?")), "2 strikeouts and 1 comment"),
        ((note(b"Ink"), note(b"Ink"), note(b"Redact"), note(b"FileAttachment")), "2 drawings by hand, 1 redaction and"),
        ((note(b"Highlight", b"see the addendum"),), "1 comment"),
    ],
)
def test_comments_and_marks_over_a_page_are_named(tmp_path: Path, notes: tuple[bytes, ...], named: str) -> None:
    listed = b" ".join(b"%d 0 R" % (6 + place) for place in range(len(notes)))
    _, (unread,) = read(tmp_path, page=b"/Annots [%s]" % listed, more=notes)
    assert named in unread


@pytest.mark.parametrize(
    "harmless",
    [
        note(b"Highlight"),
        note(b"Link"),
        note(b"Popup", b"see the addendum"),
        note(b"FreeText", _SIGNED, b"/F 2"),  # hidden
        note(b"Stamp", b"VOID", b"/F 32"),  # not shown on a screen
    ],
)
def test_what_states_nothing_over_a_page_or_is_hidden_is_passed_over(tmp_path: Path, harmless: bytes) -> None:
    text, unread = read(tmp_path, page=b"/Annots [6 0 R]", more=(harmless,))
    assert not unread
    assert "signed by" not in text


_ATTACHED = b"/Names << /EmbeddedFiles << /Names [(b.pdf) 6 0 R] >> >>"
_FORM = b"/AcroForm << /SigFlags 3 /Fields [6 0 R] >>"
_FILE = (
    b"<< /Type /Filespec /F (b.pdf) /EF << /F 7 0 R >> >>",
    b"<< /Type /EmbeddedFile /Length 4 >>\nstream\nabcd\nendstream",
)
_SIGNATURE = (
    b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached /ByteRange [0 1 2 1] /Contents <00> >>"
)


@pytest.mark.parametrize(
    ("catalog", "more", "named"),
    [
        (_ATTACHED, _FILE, "1 attached file of the PDF was not read"),
        (_FORM, (field(b"/Sig", b"s", _PLACE, b"/V 7 0 R"), _SIGNATURE), "1 digital signature of the PDF was not read"),
        (b"/AcroForm << /Fields [] /XFA 6 0 R >>", (b"<< /Length 4 >>\nstream\n<x/>\nendstream",), "a form (XFA)"),
    ],
)
def test_what_lies_beside_the_pages_of_a_pdf_is_named(
    tmp_path: Path, catalog: bytes, more: tuple[bytes, ...], named: str
) -> None:
    _, (unread,) = read(tmp_path, catalog=catalog, more=more)
    assert named in unread


def test_a_place_for_a_digital_signature_that_nobody_signed_is_none(tmp_path: Path) -> None:
    _, unread = read(tmp_path, catalog=_FORM, page=b"/Annots [6 0 R]", more=(field(b"/Sig", b"s", _PLACE, b""),))
    assert not unread


@pytest.mark.parametrize(
    ("flags", "is_read"),
    [(b"", True), (b"/F 2", False), (b"/F 32", False)],
)
def test_a_field_is_read_where_the_page_shows_it(tmp_path: Path, flags: bytes, is_read: bool) -> None:
    filled = field(b"/Ch", b"s", _PLACE, b"%s /Opt [(%s) (none)] /V (%s)" % (flags, _SIGNED, _SIGNED))
    text, _ = read(tmp_path, catalog=b"/AcroForm << /Fields [6 0 R] >>", page=b"/Annots [6 0 R]", more=(filled,))
    assert ("signed by Ada Winter" in text) is is_read
