"""What a PDF carries beside the text of its pages: comments, attached files, digital signatures, forms of its own.

Of these only text that a person typed onto a page (FreeText) is read; the rest is named where it may state something.
"""

import ctypes
from collections import Counter
from typing import Any, NamedTuple

from isocenter.chart.pages.layout import Box

_MOST_NOTES = 2_000  # of one page
_LONGEST_TEXT_BYTES = 20_000
_HIDDEN = 0x02 | 0x20  # flags of an annotation: hidden, not shown on a screen


class TypedText(NamedTuple):
    """What a person typed onto a page, and where it lies."""

    text: str
    box: Box


def beside_the_pages(document: Any) -> list[str]:
    """A sentence for each thing that a pypdfium2 document carries beside its pages and that is not read."""
    raw = _raw()
    said = []
    if attached := raw.FPDFDoc_GetAttachmentCount(document):
        said.append(
            f"{_counted(attached, 'attached file')} of the PDF {_was(attached)} not read; send each as a separate file"
        )
    if signed := _signed_fields(raw, document):
        said.append(
            f"{_counted(signed, 'digital signature')} of the PDF {_was(signed)} not read;"
            " look in a PDF viewer at who signed and when"
        )
    if raw.FPDF_GetFormType(document) in (raw.FORMTYPE_XFA_FULL, raw.FORMTYPE_XFA_FOREGROUND):
        said.append("the PDF holds a form (XFA) that only some viewers show, and it was not read; print it to a PDF")
    return said


def typed_texts(page: Any, height: float) -> list[TypedText]:
    """The texts that were typed onto a page and are shown on it, in points from its top left corner."""
    raw = _raw()
    texts = []
    for note in _Notes(raw, page):
        rect = raw.FS_RECTF()
        if raw.FPDFAnnot_GetSubtype(note) != raw.FPDF_ANNOT_FREETEXT or is_hidden(raw, note):
            continue
        text = _contents(raw, note)
        if text.strip() and raw.FPDFAnnot_GetRect(note, ctypes.byref(rect)):
            texts.append(TypedText(text, Box(rect.left, height - rect.top, rect.right, height - rect.bottom)))
    return texts


def comments(page: Any) -> str:
    """Which comments and marks of a page may state or take back something, such as `1 stamp and 2 comments`; or ""."""
    raw = _raw()
    marks = {
        raw.FPDF_ANNOT_STAMP: "stamp",
        raw.FPDF_ANNOT_STRIKEOUT: "strikeout",
        raw.FPDF_ANNOT_REDACT: "redaction",
        raw.FPDF_ANNOT_INK: "drawing by hand",
        raw.FPDF_ANNOT_FILEATTACHMENT: "attached file",
        raw.FPDF_ANNOT_SOUND: "recording",
    }
    remarks = (
        raw.FPDF_ANNOT_TEXT, raw.FPDF_ANNOT_HIGHLIGHT, raw.FPDF_ANNOT_UNDERLINE, raw.FPDF_ANNOT_SQUIGGLY,
        raw.FPDF_ANNOT_CARET, raw.FPDF_ANNOT_SQUARE, raw.FPDF_ANNOT_CIRCLE, raw.FPDF_ANNOT_LINE,
        raw.FPDF_ANNOT_POLYGON, raw.FPDF_ANNOT_POLYLINE,
    )  # fmt: skip
    found: Counter[str] = Counter()
    for note in _Notes(raw, page):
        kind = raw.FPDFAnnot_GetSubtype(note)
        if is_hidden(raw, note):
            continue
        if kind in marks:
            found[marks[kind]] += 1
        elif kind in remarks and _contents(raw, note).strip():
            found["comment"] += 1
    said = [_counted(count, name) for name, count in found.items()]
    return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)


def is_hidden(raw: Any, note: Any) -> bool:
    """Whether an annotation or a field of a form is not shown to who looks at the page."""
    return bool(raw.FPDFAnnot_GetFlags(note) & _HIDDEN)


def _signed_fields(raw: Any, document: Any) -> int:
    """How many fields for a digital signature hold one; a field that nobody signed has no format."""
    fields = (raw.FPDF_GetSignatureObject(document, index) for index in range(raw.FPDF_GetSignatureCount(document)))
    return sum(1 for field in fields if raw.FPDFSignatureObj_GetSubFilter(field, None, 0))


class _Notes:
    """The annotations of a page one after another, each closed when the next one is asked for."""

    def __init__(self, raw: Any, page: Any) -> None:
        self._raw, self._page = raw, page

    def __iter__(self) -> Any:
        for index in range(min(self._raw.FPDFPage_GetAnnotCount(self._page), _MOST_NOTES)):
            note = self._raw.FPDFPage_GetAnnot(self._page, index)
            if not note:
                continue
            try:
                yield note
            finally:
                self._raw.FPDFPage_CloseAnnot(note)


def _contents(raw: Any, note: Any) -> str:
    length = min(raw.FPDFAnnot_GetStringValue(note, b"Contents", None, 0), _LONGEST_TEXT_BYTES)
    buffer = ctypes.create_string_buffer(max(length, 2))
    raw.FPDFAnnot_GetStringValue(note, b"Contents", ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), length)
    return buffer.raw[: max(length - 2, 0)].decode("utf-16-le", "replace")


def _counted(count: int, name: str) -> str:
    plural = name.replace("drawing", "drawings") if name.startswith("drawing") else f"{name}s"
    return f"{count} {name if count == 1 else plural}"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _raw() -> Any:
    import pypdfium2.raw  # noqa: PLC0415  # loads a library that a case without a chart does not need

    return pypdfium2.raw
