"""A letter as PDF, on US letter paper, in a typeface that holds the letters of most names."""

import io
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

from isocenter.engines.private_folders import settle_matplotlib
from isocenter.web.letters.wording import LetterText

# reportlab and the typeface load when a letter is laid out.
# ruff: noqa: PLC0415


def letter_as_pdf(text: LetterText) -> bytes:
    """The letter as PDF; the same letter gives the same bytes."""
    from reportlab.lib.pagesizes import LETTER
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.lib.units import inch
    from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer

    _register_typeface()
    body = ParagraphStyle("body", fontName="DejaVu", fontSize=10, leading=14.5, spaceAfter=7)
    quiet = ParagraphStyle("quiet", parent=body, fontSize=8.5, leading=12, textColor="#44525a")
    title = ParagraphStyle("title", parent=body, fontName="DejaVu-Bold", fontSize=13, leading=17, spaceBefore=10)

    def paragraph(said: str, style: ParagraphStyle = body) -> Paragraph:
        return Paragraph(escape(_drawable(said)), style)

    flow = [paragraph(line, quiet) for line in text.sender]
    flow += [Spacer(1, 8), paragraph(f"{text.dated}    {text.number}".rstrip(), quiet)]
    flow += [paragraph(f"{name}: {value}", quiet) for name, value in text.about]
    flow.append(paragraph(text.title, title))
    flow += [paragraph(said) for said in text.paragraphs]
    for place, item in enumerate(text.items, start=1):
        parts = [Paragraph(f'<font name="DejaVu-Bold">{escape(_drawable(f"{place}. {item.title}"))}</font>', body)]
        parts += [paragraph(line) for line in item.lines]
        parts += [paragraph(item.text)] if item.text else []
        parts += [paragraph(f"Policy: {item.cites}", quiet)] if item.cites else []
        flow.append(KeepTogether(parts))
    flow += [paragraph(line) for said in text.after for line in said.splitlines() if line.strip()]
    if text.signed:
        flow += [Spacer(1, 18), *(paragraph(line) for line in text.signed)]
    data = io.BytesIO()
    document = SimpleDocTemplate(
        data,
        pagesize=LETTER,
        leftMargin=inch,
        rightMargin=inch,
        topMargin=0.9 * inch,
        bottomMargin=0.9 * inch,
        title=f"{text.title} {text.number}",
        author="",
        invariant=1,
    )
    document.build(flow)
    return data.getvalue()


@cache
def _register_typeface() -> None:
    settle_matplotlib()
    import matplotlib
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    pdfmetrics.registerFont(TTFont("DejaVu", str(folder / "DejaVuSans.ttf")))
    pdfmetrics.registerFont(TTFont("DejaVu-Bold", str(folder / "DejaVuSans-Bold.ttf")))


def _drawable(text: str) -> str:
    """Text without control characters and half letters, which no typeface draws."""
    return "".join(letter if letter.isprintable() else " " for letter in text.encode("utf-8", "replace").decode())
