"""Every kind of page in the machine's Chromium: axe-core finds nothing, a phone never scrolls sideways."""

from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pypdfium2
import pytest

from isocenter.cli import main
from isocenter.report.mu_page import check_as_page
from isocenter.report.plans_page import plans_as_page
from tests.report.browser import Looked, browser, expect_browser, look_at, printed_pages
from tests.report.plan_pages import checked_plan, plans_made
from tests.without_network import expect_nothing_of_the_machine, run

pytestmark = pytest.mark.slow
USUAL_SHEETS = 5

# Their pages have the same parts as those of the five others, which take the browser long enough.
LIKE_OTHERS = {"course_of_2026", "hospital_course", "prostate_clean", "compensator_undocumented"}


@pytest.fixture(scope="module")
def demonstrated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, CompletedProcess[str]]:
    """The folder in which the demo was run without a network, and what it said."""
    folder = tmp_path_factory.mktemp("pages") / "demo"
    folder.mkdir()
    return folder, run("demo", folder=folder)


@pytest.fixture(scope="module")
def pages(demonstrated: tuple[Path, CompletedProcess[str]]) -> list[Path]:
    """The pages of examples, of a measured plan, of plans compared, of monitor units and of a screening."""
    expect_browser()
    out = demonstrated[0].parent
    assert main(["measure", str(out / "demo/reports/left_breast_coding/plan"), "--out", str(out / "measured")]) == 0
    assert main(["synthesize", str(out / "claims"), "--courses", "300"]) == 0
    screened = ["screen", str(out / "claims/claim_lines.parquet"), "--out", str(out / "screened"), "--reports", "1"]
    assert main([*screened, "--most-rejected", "100"]) == 0
    claims = Path(__file__).parents[2] / "examples/prostate_clean/professional.837"
    assert main(["review", str(claims), "--each", str(out / "each")]) == 0
    (out / "comparison.html").write_text(plans_as_page(plans_made()), encoding="utf-8")
    (out / "mu_check.html").write_text(check_as_page(checked_plan()), encoding="utf-8")
    return [page for page in sorted(out.rglob("*.html")) if page.parent.name not in LIKE_OTHERS]


@pytest.fixture(scope="module")
def opened() -> Iterator[Any]:
    """One browser for all pages."""
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def looked(pages: list[Path], opened: Any) -> list[Looked]:
    """What was found on each page."""
    return [look_at(opened, page) for page in pages]


def test_the_demo_opens_no_connection_and_names_nothing_of_the_machine(
    demonstrated: tuple[Path, CompletedProcess[str]],
) -> None:
    expect_nothing_of_the_machine(*demonstrated)


def test_axe_finds_nothing_on_any_page(looked: list[Looked]) -> None:
    assert len(looked) > 20
    assert [fault for page in looked for fault in page.faults] == []


def test_a_pale_text_is_found_in_either_scheme(tmp_path: Path, opened: Any) -> None:
    page = tmp_path / "pale.html"
    cells = "<p>black</p>" * 50 + "<p class='pale'>pale</p>"
    style = (
        "body { background: #fff; color: #000 } .pale { color: #ccc }"
        "@media (prefers-color-scheme: dark) { body { background: #000; color: #fff } .pale { color: #444 } }"
    )
    head = f"<title>Pale</title><style>{style}</style>"
    page.write_text(f"<!doctype html><html lang='en'>{head}<main><h1>Pale</h1>{cells}</main></html>", encoding="utf-8")
    assert [fault.split(": ")[1] for fault in look_at(opened, page).faults] == ["color-contrast", "color-contrast"]


def test_a_table_too_wide_is_found_on_a_phone_and_on_a_desk(tmp_path: Path, opened: Any) -> None:
    page = tmp_path / "wide.html"
    table = "<div class='wide' style='overflow: auto'><div style='width: 3000px'>wide</div></div>"
    main = f"<main><h1>Wide</h1>{table}<p style='width: 600px'>beyond a phone</p></main>"
    page.write_text(f"<!doctype html><html lang='en'><title>Wide</title>{main}</html>", encoding="utf-8")
    found = look_at(opened, page)
    assert [fault.split(": ")[1] for fault in found.cut_off] == ["cut off"]
    assert ["beyond a phone" in fault for fault in found.sideways] == [True]


def test_no_page_scrolls_sideways_on_a_phone(looked: list[Looked]) -> None:
    assert [fault for page in looked for fault in page.sideways] == []


def test_every_page_uses_the_width_of_a_desk_and_cuts_nothing_off(looked: list[Looked]) -> None:
    assert [fault for page in looked for fault in page.cut_off] == []


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
