"""Words that a drawn line strikes out are not used; lines below words, and borders of tables, strike nothing."""

from pathlib import Path

import pytest
from reportlab.lib.pagesizes import letter
from reportlab.pdfgen import canvas

from isocenter.chart.pages.pages import Page, read_pages
from isocenter.terms.problems import Problem
from tests.chart.test_forms_and_rotation import lines_at, write_pdf

# Helvetica at 11 points; baselines lie at 700, 682 and 664 points above the bottom.
LINES = lines_at("Prescription of Rosa Doe", "Cord max 45 Gy, trachea max 61 Gy", "Stomach max 52 Gy")


def read(folder: Path, drawn: str, *, page: bytes = b"") -> tuple[list[str], list[str]]:
    """The rows of a page on which lines are drawn, and what is said of it."""
    file = write_pdf(folder / "order.pdf", LINES + f"q 0.7 w {drawn} Q\n".encode(), page=page)
    items = list(read_pages(file, file.name, None, 1))
    (rows,) = [[row.text for row in item.rows] for item in items if isinstance(item, Page)]
    return rows, [item.sentence for item in items if isinstance(item, Problem)]


@pytest.mark.parametrize(
    ("drawn", "page"),
    [
        ("60 685.5 m 142 685.5 l S", b""),
        ("60 685.2 82 0.8 re f", b""),
        ("60 685.5 m 100 685.5 l S 99 685.5 m 142 685.5 l S", b"/Rotate 90"),
    ],
    ids=["line", "bar", "turned"],
)
def test_words_with_a_line_through_them_are_not_used(tmp_path: Path, drawn: str, page: bytes) -> None:
    rows, said = read(tmp_path, drawn, page=page)
    assert rows == ["Prescription of Rosa Doe", "trachea max 61 Gy", "Stomach max 52 Gy"]
    assert said == ["not used, because a drawn line strikes them out: 4 of 16 words"]


@pytest.mark.parametrize(
    "drawn",
    [
        "60 680 m 142 680 l S",  # below the words
        "60 692 m 142 692 l S",
        "20 685.5 m 590 685.5 l S",  # goes on beyond them, as the border of a table
        "60 685.5 m 70 685.5 l S",  # reaches a part of a word
        "75 670 m 75 700 l S",
    ],
)
def test_other_lines_strike_nothing(tmp_path: Path, drawn: str) -> None:
    rows, said = read(tmp_path, drawn)
    assert rows[1] == "Cord max 45 Gy, trachea max 61 Gy"
    assert said == []


def test_of_a_page_that_is_struck_out_nothing_is_used_and_a_person_is_asked_to_look_at_it(tmp_path: Path) -> None:
    drawn = "60 703.5 m 184 703.5 l S 60 685.5 m 236 685.5 l S"
    rows, said = read(tmp_path, drawn)
    assert rows == ["Stomach max 52 Gy"]
    assert said == ["not used, because a drawn line strikes them out: 12 of 16 words; look at the page"]
    rows, said = read(tmp_path, f"{drawn} 60 667.5 m 158 667.5 l S")
    assert rows == []
    assert said == ["not used, because a drawn line strikes them out: 16 of 16 words; look at the page"]


def test_ruled_paper_strikes_nothing(tmp_path: Path) -> None:
    rows, said = read(tmp_path, " ".join(f"50 {y} m 560 {y} l S" for y in (703.5, 685.5, 667.5)))
    assert len(rows) == 3
    assert said == []


@pytest.mark.parametrize(("x", "y", "scale"), [(0.0, 0.0, 1.0), (40.0, 600.0, 1.0), (10.0, 300.0, 0.5)])
def test_a_line_within_forms_strikes_the_words_where_it_is_seen(
    tmp_path: Path, x: float, y: float, scale: float
) -> None:
    file = tmp_path / "order.pdf"
    page = canvas.Canvas(str(file), pagesize=letter, invariant=1)
    page.beginForm("inner", -2000, -2000, 2000, 2000)
    page.setLineWidth(0.7)
    page.line((60 - x) / scale - 5, (685.5 - y) / scale, (142 - x) / scale - 5, (685.5 - y) / scale)
    page.endForm()
    page.beginForm("outer", -2000, -2000, 2000, 2000)
    page.translate(5, 0)
    page.doForm("inner")
    page.endForm()
    page.setFont("Helvetica", 11)
    for at, text in enumerate(["Prescription of Rosa Doe", "Cord max 45 Gy, trachea max 61 Gy", "Stomach max 52 Gy"]):
        page.drawString(60, 700 - 18 * at, text)
    page.translate(x, y)
    page.scale(scale, scale)
    page.doForm("outer")
    page.save()
    (found,) = [item for item in read_pages(file, file.name, None, 1) if isinstance(item, Page)]
    assert [row.text for row in found.rows] == ["Prescription of Rosa Doe", "trachea max 61 Gy", "Stomach max 52 Gy"]
