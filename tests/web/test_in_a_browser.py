"""The workbench as people use it: from an empty database to a letter and a journal that is whole, in a browser."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from isocenter.phantoms.make import make_phantom
from tests.report.browser import faults_on
from tests.web.browser import PASSWORD, Desk, chromium, first_link, served, upload
from tests.web.people import EXAMPLES
from tests.web.second_plans import add_second_plan

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A workbench with an account for each role, in one browser."""
    pytest.importorskip("playwright", reason="Playwright is not installed: pages are not tried in a browser")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("served")
    executable = chromium()
    with served(folder) as (address, _, printed), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        desk = Desk(browser, address, folder)
        desk.make_accounts(first_link(printed))
        yield desk
        browser.close()


@pytest.fixture(scope="module")
def case_with_plan(desk: Desk) -> str:
    """A request with a plan, uploaded by intake and reviewed; its address."""
    plan = desk.folder / "plan"
    make_phantom("c_shape", plan)
    add_second_plan(plan)
    example = EXAMPLES / "compensator_undocumented"
    files = [example / "case.yaml", example / "claim_lines.csv", *sorted(plan.rglob("*.dcm"))]
    page = desk.pages["intake"]
    upload(page, desk.address, files, "With a plan")
    return page.url


def test_intake_uploads_and_sees_the_review_without_loading_the_page(desk: Desk, case_with_plan: str) -> None:
    page = desk.pages["intake"]
    page.goto(case_with_plan)
    assert page.inner_text("h1").startswith("R-000001")
    assert "What would change it" in page.inner_text(".review")
    assert page.locator("text=Your role does not make determinations").count() == 1


def test_a_physicist_scrolls_the_plan_and_reads_dose_and_histogram(desk: Desk, case_with_plan: str) -> None:
    page = desk.pages["physicist"]
    page.goto(f"{case_with_plan}/plan")
    page.wait_for_selector(".viewer[data-ready=yes]")
    before = page.get_attribute(".viewer", "data-drawnaxial")
    canvas = page.locator("[data-plane=axial] canvas")
    canvas.hover()
    page.mouse.wheel(0, 100)
    page.wait_for_selector(f".viewer:not([data-drawnaxial='{before}'])")
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert "Gy" in page.inner_text("[data-pointer]")
    page.locator(".dvh canvas").hover()
    assert "%" in page.inner_text("[data-dvh-values]")
    drawn = canvas.evaluate("one => new Set(one.getContext('2d').getImageData(0, 0, one.width, one.height).data).size")
    assert drawn > 50
    page.locator("[data-closest] button").first.click()
    page.wait_for_selector(".portals[data-drawn]")
    page.check("[name=second][value=difference]")
    page.wait_for_selector("[data-difference-says]:not([hidden])")
    canvas.hover(position={"x": box["width"] / 2 + 3, "y": box["height"] / 2})
    assert "difference" in page.inner_text("[data-pointer]")
    page.check("[name=second][value=beside]")
    page.wait_for_selector("[data-beside=axial]:not([hidden])")
    page.locator(".dvh canvas").hover(position={"x": 60, "y": 60})
    assert "second plan" in page.inner_text("[data-dvh-values]")
    page.locator("h1").click()
    page.keyboard.press("Escape")
    page.wait_for_url(case_with_plan)


def test_a_nurse_asks_for_documents_and_the_clock_stops(desk: Desk, case_with_plan: str) -> None:
    page = desk.pages["nurse"]
    page.goto(case_with_plan)
    page.click("text=Preview the letter")
    assert "Preview, not sent" in page.inner_text(".sent-letter")
    page.click("text=Send and keep it")
    page.wait_for_selector("text=is on file")
    assert "The clock has been stopped" in page.inner_text(".facts")


def test_intake_answers_and_the_case_is_reviewed_again(desk: Desk, case_with_plan: str) -> None:
    page = desk.pages["intake"]
    page.goto(case_with_plan)
    note = desk.folder / "answer.txt"
    note.write_text("A letter that answers.", encoding="utf-8")
    page.set_input_files(".upload input[name=files]", str(note))
    for box in page.locator("input[name=answers]").all():
        box.check()
    page.click("text=Add and review again")
    page.wait_for_selector("#changes-title", timeout=240_000)
    assert "answer.txt" in page.text_content("#files")


def test_a_note_survives_the_end_of_the_session_and_is_gone_once_taken(desk: Desk, case_with_plan: str) -> None:
    page = desk.window()
    _sign_in(page, desk.address, "nurse")
    page.goto(case_with_plan)
    note = page.locator("#course-of-request textarea[name=text]")
    note.fill("The chart names a second plan.")
    page.context.clear_cookies()
    page.click("text=Add the note")
    page.wait_for_selector("text=what you sent was not taken")
    _sign_in(page, desk.address, "nurse")
    assert page.url.rstrip("/") == case_with_plan.rstrip("/")
    assert note.input_value() == "The chart names a second plan."
    assert "filled in again" in page.inner_text("#course-of-request [role=status]")
    page.click("text=Add the note")
    page.wait_for_selector(".note >> text=The chart names a second plan.")
    assert not note.input_value()


def test_nobody_finds_what_another_person_typed_in_the_same_tab(desk: Desk, case_with_plan: str) -> None:
    page = desk.window()
    _sign_in(page, desk.address, "nurse")
    page.goto(case_with_plan)
    note = page.locator("#course-of-request textarea[name=text]")
    note.fill("Not sent.")
    page.goto(case_with_plan)
    assert note.input_value() == "Not sent."
    page.context.clear_cookies()
    page.goto(case_with_plan)
    _sign_in(page, desk.address, "physician")
    assert not note.input_value()
    note.fill("Not sent either.")
    page.click("text=Sign out")
    page.wait_for_selector("h1 >> text=Sign in")
    assert "Not sent" not in page.evaluate("JSON.stringify(sessionStorage)")


def _sign_in(page, address: str, role: str) -> None:
    if not page.url.startswith(address):
        page.goto(address)
    page.fill("[name=username]", role)
    page.fill("[name=password]", PASSWORD)
    page.click("button >> text=Sign in")
    page.wait_for_selector(".who")


def test_a_physician_decides_and_an_auditor_finds_the_journal_whole(desk: Desk) -> None:
    intake, physician, auditor = (desk.pages[role] for role in ("intake", "physician", "auditor"))
    example = EXAMPLES / "left_breast_coding"
    upload(intake, desk.address, [example / "case.yaml", example / "claim_lines.csv"], "Left breast")
    address = intake.url
    physician.goto(f"{desk.address}/?assignee=nobody&order=received")
    physician.keyboard.press("j")
    physician.keyboard.press("Enter")
    physician.wait_for_url(address)
    physician.click("input[name=decision][value=deny]")
    chosen = physician.eval_on_selector_all("select[name=line_decision]", "all => all.map((one) => one.value)")
    assert set(chosen) == {"deny"}  # the course decides its lines
    physician.select_option("select[name=reason]", "clinical_judgment")
    physician.fill("form:has(select[name=reason]) textarea[name=text]", "The record does not support these services.")
    physician.click("text=Preview its letter")
    assert "Preview, not sent" in physician.inner_text(".sent-letter")
    physician.click("text=Decide and send it")
    physician.wait_for_selector("text=the letter is on file")
    physician.locator("#letters a").first.click()
    assert "License OH 12345" in physician.inner_text(".sent-letter")
    auditor.goto(f"{desk.address}/journal?request=R-000002")
    for act in ("opened a request", "reviewed", "determined", "sent a letter", "looked at a letter"):
        assert act in auditor.inner_text("table")
    auditor.goto(f"{desk.address}/journal/verify")
    assert auditor.inner_text("h1") == "The journal is whole"
    done = subprocess.run(
        [sys.executable, "-m", "isocenter", "journal", "verify", "--data", str(desk.folder / "data")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "whole" in done.stdout


_PAGES = {
    "nurse": ("/", "/requests/new", "/requests/1", "/requests/1/plan", "/requests/2", "/account", "/figures"),
    "auditor": ("/journal", "/journal/verify", "/figures/public/2026"),
    "administrator": ("/people", "/people/1", "/settings", "/account/second-factor/new"),
}


def test_no_page_has_a_fault_of_accessibility(desk: Desk) -> None:
    pytest.importorskip("axe_playwright_python", reason="axe-core is not installed, so accessibility was not checked")
    for role, addresses in _PAGES.items():
        page = desk.pages[role]
        for address in addresses:
            page.goto(desk.address + address)
            if address.endswith("/plan"):
                page.wait_for_selector(".viewer[data-ready=yes]")
            # Text of a picture takes its color from `fill`, which axe-core does not look at.
            assert faults_on(page, without="svg") == [], address


def test_the_pages_fit_a_telephone(desk: Desk) -> None:
    page = desk.pages["nurse"]
    page.set_viewport_size({"width": 390, "height": 844})
    for address in _PAGES["nurse"]:
        page.goto(desk.address + address)
        wide = page.evaluate(
            "[...document.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right > innerWidth + 1"
            " && !one.closest('.wide, svg, details:not([open])')).map(one => one.outerHTML.slice(0, 120))"
        )
        assert wide == [], address


def test_no_page_said_anything_on_its_console(desk: Desk) -> None:
    assert desk.mistakes == []
