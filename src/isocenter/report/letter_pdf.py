"""The request for documents as PDF: what the letter in HTML says, on letter paper, each page numbered."""

from collections.abc import Sequence
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

from isocenter.engines.private_folders import settle_matplotlib
from isocenter.files.texts import printable
from isocenter.report import words
from isocenter.report.amounts import AmountsOf
from isocenter.report.letter import LetterContents, Sender, letter_contents, why_asked
from isocenter.report.requests import Request
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.review import Review

_FONT, _BOLD, _SIZE = "DejaVuSans", "DejaVuSans-Bold", 9.2
_INK, _SOFT = "#17242b", "#4d5f69"
_SIDE, _TOP, _BOTTOM = 54.0, 50.0, 54.0  # margins in points


def letter_as_pdf(review: Review, rulebooks: Sequence[Rulebook], sender: Sender | None = None) -> bytes:
    """The letter as the bytes of a PDF file, the same for the same review; nothing in it is a link or a script."""
    from reportlab.lib.pagesizes import letter as letter_paper  # noqa: PLC0415  # loads when a PDF is asked for
    from reportlab.platypus import SimpleDocTemplate  # noqa: PLC0415

    contents = letter_contents(review, rulebooks, sender or Sender())
    stored = BytesIO()
    document = SimpleDocTemplate(
        stored, pagesize=letter_paper, leftMargin=_SIDE, rightMargin=_SIDE, topMargin=_TOP, bottomMargin=_BOTTOM,
        title=_plain(f"Request for documents: course {contents.course_id}"), author=_plain(contents.sender.name),
        creator="Isocenter", invariant=1,
    )  # fmt: skip
    document.build(_story(contents), canvasmaker=_numbered_canvas(_plain(f"Course {contents.course_id}")))
    return stored.getvalue()


def _story(contents: LetterContents) -> list[Any]:
    from reportlab.platypus import KeepTogether, Paragraph, Spacer, Table, TableStyle  # noqa: PLC0415

    body, heading, small, item = _styles()
    rows = [[Paragraph(_marked(name), small), Paragraph(_marked(value), body)] for name, value in contents.about]
    about = Table(rows, colWidths=[92, None], hAlign="LEFT")
    about.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 1),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
            ]
        )
    )
    sender = "<br/>".join(map(_marked, contents.sender.lines)) or "From ______________________________"
    dated = str(contents.sender.dated or "____________________")
    top = Table(
        [[Paragraph(sender, body), Paragraph(f"Date {dated}<br/>Reference {_marked(contents.course_id)}", body)]]
    )
    top.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)]))
    story: list[Any] = [top, Spacer(1, 12), Paragraph("<br/>".join(map(_marked, contents.recipient)), body)]
    story += [Spacer(1, 8), about, Spacer(1, 8), Paragraph(_marked(contents.heading), heading)]
    story += [Paragraph(_marked(text), body) for text in contents.opening]
    for request in contents.requests:
        story.append(
            KeepTogether(
                [Paragraph(text, style) for text, style in _lines_of(request, contents.amounts, body, item, small)]
            )
        )
    ending: list[Any] = [Paragraph(_marked(text), body) for text in contents.closing]
    if contents.problems:
        ending.append(Paragraph("These parts of what we received could not be read as they are:", body))
        ending += [Paragraph(f"• {_marked(problem)}", item) for problem in contents.problems]
    thanks = [Paragraph("Thank you for your help.", body), Spacer(1, 30)]
    thanks.append(Paragraph("______________________________<br/>Name and title of the reviewer", body))
    # Nobody signs a sheet that says nothing: the last paragraph stays with the signature.
    return [*story, *ending[:-1], KeepTogether([*ending[-1:], *thanks])]


def _lines_of(request: Request, amounts: AmountsOf, body: Any, item: Any, small: Any) -> list[tuple[str, Any]]:
    """A request as its paragraphs: what to send, why, and for which lines."""
    asked = " ".join(words.sentence(remedy) for remedy in request.remedies)
    if request.states:
        asked += f" It should state, as far as it applies: {'; '.join(map(words.within, request.states))}."
    return [
        (f"<font name='{_BOLD}'>{request.number}. {_marked(request.title)}</font>", body),
        (_marked(asked), item),
        (_marked(why_asked(request, amounts)), small),
    ]


def _styles() -> tuple[Any, Any, Any, Any]:
    """Body, heading, small print and indented item, in a font that is embedded."""
    settle_matplotlib()
    import matplotlib  # noqa: PLC0415
    from reportlab.lib.styles import ParagraphStyle  # noqa: PLC0415
    from reportlab.pdfbase import pdfmetrics  # noqa: PLC0415
    from reportlab.pdfbase.ttfonts import TTFont  # noqa: PLC0415

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    for name in (_FONT, _BOLD):
        pdfmetrics.registerFont(TTFont(name, str(folder / f"{name}.ttf")))
    body = ParagraphStyle("body", fontName=_FONT, fontSize=_SIZE, leading=13, spaceAfter=5, textColor=_INK)
    heading = ParagraphStyle(
        "heading", parent=body, fontName=_BOLD, fontSize=12, leading=16, spaceBefore=4, spaceAfter=6
    )
    small = ParagraphStyle("small", parent=body, fontSize=8, leading=11, textColor=_SOFT)
    item = ParagraphStyle("item", parent=body, leftIndent=14, spaceAfter=2)
    return body, heading, small, item


def _numbered_canvas(label: str) -> Any:
    """A canvas that writes the course, the page and the number of pages at the foot of each page."""
    from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415

    class Numbered(Canvas):  # type: ignore[misc]
        """Pages are kept until their number is known."""

        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            self._kept: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802  # the library's name
            self._kept.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for number, page in enumerate(self._kept, start=1):
                self.__dict__.update(page)
                self.setFont(_FONT, 7.5)
                self.drawString(_SIDE, 30, label)
                self.drawRightString(self._pagesize[0] - _SIDE, 30, f"page {number} of {len(self._kept)}")
                super().showPage()
            super().save()

    return Numbered


def _plain(text: str) -> str:
    """Text without letters that cannot be seen, such as marks that turn the direction of reading."""
    return printable(text).replace("\n", " ")


def _marked(text: str) -> str:
    """Text for a paragraph, in which < and & are no markup."""
    return escape(_plain(text), quote=False)
