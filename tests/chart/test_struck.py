"""Words that a drawn line strikes out are not used; lines below words, and borders of tables, strike nothing."""

from pathlib import Path

import pytest

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


def test_a_page_most_of_whose_words_lie_on_lines_is_read_as_it_is(tmp_path: Path) -> None:
    rows, said = read(tmp_path, "60 703.5 m 190 703.5 l S 60 685.5 m 236 685.5 l S 60 667.5 m 158 667.5 l S")
    assert len(rows) == 3
    assert said == []
