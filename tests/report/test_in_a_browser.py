"""Every page of every example in the machine's Chromium: axe-core finds nothing, a phone never scrolls sideways."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from isocenter.cli import main
from isocenter.demo import review_examples
from isocenter.report.mu_page import check_as_page
from isocenter.report.plans_page import plans_as_page
from tests.report.browser import browser, cut_off_on_a_desk, expect_browser, faults_in, printed_pages, scrolls_sideways
from tests.report.plan_pages import checked_plan, plans_made

pytestmark = pytest.mark.slow
USUAL_SHEETS = 5


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The pages of all examples, of a measured plan, of plans compared, of monitor units and of a screening."""
    expect_browser()
    out = tmp_path_factory.mktemp("pages")
    assert list(review_examples(out / "reports"))
    assert main(["measure", str(out / "reports/left_breast_coding/plan"), "--out", str(out / "measured")]) == 0
    assert main(["synthesize", str(out / "claims"), "--courses", "300"]) == 0
    screened = ["screen", str(out / "claims/claim_lines.parquet"), "--out", str(out / "screened"), "--reports", "1"]
    assert main([*screened, "--most-rejected", "100"]) == 0
    claims = Path(__file__).parents[2] / "examples/prostate_clean/professional.837"
    assert main(["review", str(claims), "--each", str(out / "each")]) == 0
    (out / "comparison.html").write_text(plans_as_page(plans_made()), encoding="utf-8")
    (out / "mu_check.html").write_text(check_as_page(checked_plan()), encoding="utf-8")
    return sorted(out.rglob("*.html"))


@pytest.fixture(scope="module")
def opened() -> Iterator[Any]:
    """One browser for all pages."""
    with browser() as started:
        yield started


def test_axe_finds_nothing_on_any_page(pages: list[Path], opened: Any) -> None:
    assert len(pages) > 25
    assert [fault for page in pages for fault in faults_in(opened, page)] == []


def test_a_pale_text_is_found_in_either_scheme(tmp_path: Path, opened: Any) -> None:
    page = tmp_path / "pale.html"
    cells = "<p>black</p>" * 50 + "<p class='pale'>pale</p>"
    style = (
        "body { background: #fff; color: #000 } .pale { color: #ccc }"
        "@media (prefers-color-scheme: dark) { body { background: #000; color: #fff } .pale { color: #444 } }"
    )
    head = f"<title>Pale</title><style>{style}</style>"
    page.write_text(f"<!doctype html><html lang='en'>{head}<main><h1>Pale</h1>{cells}</main></html>", encoding="utf-8")
    assert [fault.split(": ")[1] for fault in faults_in(opened, page)] == ["color-contrast", "color-contrast"]


def test_no_page_scrolls_sideways_on_a_phone(pages: list[Path], opened: Any) -> None:
    assert [fault for page in pages for fault in scrolls_sideways(opened, page)] == []


def test_every_page_uses_the_width_of_a_desk_and_cuts_nothing_off(pages: list[Path], opened: Any) -> None:
    assert [fault for page in pages for fault in cut_off_on_a_desk(opened, page)] == []


def test_a_usual_report_prints_on_five_sheets_each_with_its_course(
    pages: list[Path], opened: Any, tmp_path: Path
) -> None:
    reports = [page for page in pages if page.name == "report.html"]
    long = {}
    for report in reports:
        out = tmp_path / f"{report.parent.name}.pdf"
        sheets = printed_pages(opened, report, out)
        printed = pypdfium2.PdfDocument(str(out))
        texts = [printed[number].get_textpage().get_text_bounded() for number in range(sheets)]
        printed.close()
        for number, text in enumerate(texts, start=1):
            assert f"page {number} of {sheets}" in text, (report.parent.name, number)
            assert "Course " in text
        if sheets > USUAL_SHEETS:
            long[report.parent.name] = sheets
    assert long == {}
