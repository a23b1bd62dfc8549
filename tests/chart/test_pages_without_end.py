"""A page that draws itself without end, or asks for all memory, costs itself: the other pages are read."""

import os
from functools import partial
from pathlib import Path

import pytest

from isocenter.chart.pages import apart, page_pictures, pages
from isocenter.chart.pages.apart import MEMORY_BYTES, DidNotReturn, run_apart
from isocenter.errors import UnreadableInput
from isocenter.terms.problems import Unread

_CIRCLE, _PLAIN = b"/Again Do", b"BT /Face 12 Tf 72 700 Td (Simulation Note of the patient) Tj ET"


def _pdf(path: Path, *contents: bytes) -> Path:
    """A PDF with a page for each content; the form Again draws itself twice."""
    again = b"/Again Do /Again Do"
    form = b"<</Type/XObject/Subtype/Form/BBox[0 0 612 792]/Resources<</XObject<</Again 4 0 R>>>>/Length %d>>"
    kids = b" ".join(b"%d 0 R" % (5 + 2 * place) for place in range(len(contents)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%b]/Count %d/MediaBox[0 0 612 792]/Resources<</XObject<</Again 4 0 R>>/Font<</Face 3 0 R>>"
        b">>>>" % (kids, len(contents)),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        form % len(again) + b"\nstream\n" + again + b"\nendstream",
    ]
    for place, content in enumerate(contents):
        objects.append(b"<</Type/Page/Parent 2 0 R/Contents %d 0 R>>" % (6 + 2 * place))
        objects.append(b"<</Length %d>>\nstream\n%b\nendstream" % (len(content), content))
    data, places = b"%PDF-1.7\n", []
    for number, text in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (number, text)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"xref\n0 %d\n0000000000 65535 f \n%btrailer <</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, table, len(objects) + 1, len(data),
    )  # fmt: skip
    path.write_bytes(data)
    return path


def test_a_page_that_draws_itself_without_end_costs_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_SECONDS_OF_A_PAGE", 0.4)
    monkeypatch.setattr(pages, "_SECONDS_OF_A_FURTHER_PAGE", 0)
    given = _pdf(tmp_path / "chart.pdf", _CIRCLE, _PLAIN, _CIRCLE, _PLAIN)
    found = list(pages.read_pages(given))
    read = [item for item in found if isinstance(item, pages.Page)]
    assert [(page.number, " ".join(row.text for row in page.rows)) for page in read] == [
        (1, ""), (2, "Simulation Note of the patient"), (3, ""), (4, ""),
    ]  # fmt: skip
    named = {item.place: item.sentence for item in found if isinstance(item, Unread)}
    assert list(named) == ["page 1", "page 3", "page 4"]
    assert "takes more time or memory than a page may" in named["page 1"]
    assert "reading other pages of the file did not end" in named["page 4"]


def test_a_file_that_cannot_be_opened_within_its_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "_SECONDS_OF_A_PAGE", 1e-6)
    monkeypatch.setattr(apart, "_idle", [])  # a process that has read a page opens the next within a tick of its clock
    given = _pdf(tmp_path / "chart.pdf", _PLAIN)
    with pytest.raises(UnreadableInput, match=r"chart\.pdf: opening the PDF takes more time or memory"):
        list(pages.read_pages(given))


def test_a_page_that_cannot_be_drawn_within_its_limit_has_no_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = _pdf(tmp_path / "chart.pdf", _PLAIN, _CIRCLE)
    assert page_pictures.sizes_of_pages(given) == [(612.0, 792.0)] * 2
    assert page_pictures.picture_of_page(given, 3, 36, 2_000, is_gray=True) is None
    gray = page_pictures.picture_of_page(given, 1, 36, 2_000, is_gray=True)
    colored = page_pictures.picture_of_page(given, 1, 36, 198, is_gray=False)
    assert gray is not None
    assert colored is not None
    assert (gray.pixels.shape, gray.pixels_a_point) == ((396, 306), 0.5)
    assert (colored.pixels.shape, colored.pixels_a_point) == ((198, 153, 3), 0.25)
    monkeypatch.setattr(page_pictures, "_SECONDS", 0.4)
    assert page_pictures.picture_of_page(given, 2, 36, 2_000, is_gray=True) is None


def test_a_path_is_taken_from_the_folder_in_which_it_is_named_though_the_process_began_in_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _pdf(tmp_path / "given.pdf", _PLAIN, _PLAIN)
    run_apart(5, partial(int, "7"))
    monkeypatch.chdir(tmp_path)
    assert page_pictures.sizes_of_pages(Path("given.pdf")) == [(612, 792), (612, 792)]
    assert page_pictures.picture_of_page(Path("given.pdf"), 2, 36, 396, is_gray=True) is not None
    assert [page.number for page in pages.read_pages(Path("given.pdf")) if isinstance(page, pages.Page)] == [1, 2]
    assert page_pictures.sizes_of_pages(Path("of_none.pdf")) is None


def test_what_ends_its_process_or_asks_for_too_much_did_not_return_and_the_next_question_is_answered() -> None:
    with pytest.raises(DidNotReturn):
        run_apart(5, partial(os._exit, 0))
    with pytest.raises(DidNotReturn):
        run_apart(5, partial(bytes, 2 * MEMORY_BYTES))
    with pytest.raises(ValueError, match="invalid literal"):
        run_apart(5, partial(int, "none"))
    assert run_apart(5, partial(int, "7")) == 7
