"""PDF pages that are filled in as forms, turned, or drawn sideways are read like printed ones."""

from pathlib import Path

import pytest

from isocenter.chart.abstract import abstract
from isocenter.chart.pages.pages import Page, read_pages
from isocenter.phantoms.chart_pages import _file
from tests.chart.reading import POLICY, document_of, elements_of


def write_pdf(
    path: Path, content: bytes, *, page: bytes = b"", catalog: bytes = b"", more: tuple[bytes, ...] = ()
) -> Path:
    """One page with a content stream; `page` and `catalog` go into their dictionaries, `more` objects follow."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalog,
        b"<< /Type /Pages /Count 1 /Kids [5 0 R] >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >>"
        b" /Contents 4 0 R %s >>" % page,
        *more,
    ]
    path.write_bytes(_file(objects))
    return path


def lines_at(*lines: str, matrix: str = "1 0 0 1 60 700") -> bytes:
    drawn = " ".join(f"({line}) Tj 0 -18 Td" for line in lines)
    return f"q {matrix} cm BT /F1 11 Tf 0 0 Td {drawn} ET Q\n".encode()


NOTE = (
    "Doe, Rosa   MRN: 44-1200   DOB: 05/06/1950",
    "WEEKLY ON-TREATMENT VISIT",
    "Visit date: 03/04/2024",
    "Patient seen and examined. Skin intact.",
    "Electronically signed by Ada Winter, MD, 03/04/2024",
)


@pytest.mark.parametrize(
    ("matrix", "rotate"),
    [
        ("1 0 0 1 60 700", b""),
        ("0 1 -1 0 120 60", b""),  # drawn sideways on upright paper
        ("0 -1 1 0 500 700", b""),
        ("0 1 -1 0 120 60", b"/Rotate 90"),  # the page is turned, so that its lines stand upright
        ("-1 0 0 -1 560 100", b"/Rotate 180"),
    ],
)
def test_a_turned_page_states_what_an_upright_one_does(tmp_path: Path, matrix: str, rotate: bytes) -> None:
    file = write_pdf(tmp_path / "note.pdf", lines_at(*NOTE, matrix=matrix), page=rotate)
    found = abstract([(file, file.name)], POLICY, processes=1)
    document = document_of(found, "weekly_management_note")
    assert [e.element for e in document.elements] == ["physician_review"]
    assert [(s.role, str(s.signed_on)) for s in document.signatures] == [("radiation_oncologist", "2024-03-04")]


def field(kind: bytes, name: bytes, box: tuple[int, int, int, int], value: bytes) -> bytes:
    return b"<< /Type /Annot /Subtype /Widget /FT %s /T (%s) /Rect [%d %d %d %d] %s /P 5 0 R >>" % (
        kind,
        name,
        *box,
        value,
    )


def test_what_was_filled_into_a_form_is_read_and_an_empty_box_is_not(tmp_path: Path) -> None:
    printed = lines_at("Doe, Rosa   MRN: 44-1200   DOB: 05/06/1950", "IMRT MEDICAL NECESSITY", "Date: 02/01/2024")
    printed += lines_at("Concave target around the bladder", matrix="1 0 0 1 80 600")
    printed += lines_at("Narrow margins needed", matrix="1 0 0 1 80 570")
    printed += lines_at("Structures to spare:", matrix="1 0 0 1 60 540")
    states = b"/V /Yes /AS /Yes /AP << /N << /Yes 9 0 R /Off 9 0 R >> >>"
    off = b"/V /Off /AS /Off /AP << /N << /Yes 9 0 R /Off 9 0 R >> >>"
    more = (
        field(b"/Btn", b"c1", (62, 598, 74, 610), states),
        field(b"/Btn", b"c2", (62, 568, 74, 580), off),
        field(b"/Tx", b"t1", (170, 536, 400, 552), b"/V (cord, parotids and brainstem)"),
        b"<< /Type /XObject /Subtype /Form /BBox [0 0 1 1] /Length 0 >>\nstream\n\nendstream",
    )
    file = write_pdf(
        tmp_path / "form.pdf",
        printed,
        page=b"/Annots [6 0 R 7 0 R 8 0 R]",
        catalog=b"/AcroForm << /Fields [6 0 R 7 0 R 8 0 R] >>",
        more=more,
    )
    found = abstract([(file, file.name)], POLICY, processes=1)
    assert elements_of(found, "necessity_statement") == {"condition_concavity", "critical_structures_addressed"}


def test_scripts_and_embedded_files_are_never_run_and_the_page_is_read(tmp_path: Path) -> None:
    catalog = b"/OpenAction << /S /JavaScript /JS (app.launchURL\\('http://127.0.0.1/'\\)) >>"
    file = write_pdf(tmp_path / "script.pdf", lines_at(*NOTE), catalog=catalog)
    (page,) = [item for item in read_pages(file, file.name, None, 1) if isinstance(item, Page)]
    assert page.rows[1].text == "WEEKLY ON-TREATMENT VISIT"


def test_a_name_that_runs_up_the_margin_is_one_line_and_parts_no_paper(tmp_path: Path) -> None:
    margin = lines_at("WINTERBERG CANCER CENTER", matrix="0 1 -1 0 24 120")
    file = write_pdf(tmp_path / "note.pdf", lines_at(*NOTE, matrix="1 0 0 1 60 700") + margin)
    (page,) = [item for item in read_pages(file) if isinstance(item, Page)]
    assert [row.text for row in page.rows] == [" ".join(line.split()) for line in (*NOTE, "WINTERBERG CANCER CENTER")]
    box = page.rows[-1].box
    assert box.bottom - box.top > 5 * (box.right - box.left)
    document = document_of(abstract([(file, file.name)], POLICY, processes=1), "weekly_management_note")
    assert len(document.signatures) == 1


@pytest.mark.parametrize(
    "banner",
    [
        "** FAX ** 03/06/2024 14:12 FROM 555-0100 P 03",
        "2024-03-06 14:12 WINTERBERG ONC 555-0100 > PLAN OFFICE PG 2 OF 3",
    ],
)
def test_the_banner_of_a_fax_is_no_title(tmp_path: Path, banner: str) -> None:
    file = write_pdf(tmp_path / "note.pdf", lines_at(banner, *NOTE[1:], matrix="1 0 0 1 60 760"))
    document = document_of(abstract([(file, file.name)], POLICY, processes=1), "weekly_management_note")
    assert str(document.document_date) == "2024-03-04"


@pytest.mark.parametrize("scale", ["2147483648", "16777216", "90000"])
def test_words_that_lie_far_off_the_page_are_named_and_the_rest_is_read(tmp_path: Path, scale: str) -> None:
    far = "".join(f"BT /F1 11 Tf {scale} 0 0 1 {scale} {700 - 12 * line} Tm (far off) Tj ET\n" for line in range(12))
    file = write_pdf(tmp_path / "note.pdf", lines_at(*NOTE) + far.encode())
    found = abstract([(file, file.name)], POLICY, processes=1)
    assert len(document_of(found, "weekly_management_note").signatures) == 1
    assert ["far off the page" in problem.sentence for problem in found.problems] == [True]
