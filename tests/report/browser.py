"""The machine's Chromium and the accessibility checker, for tests that look at pages as a reader would."""

# The browser and its checker are loaded by the tests that need them.
# ruff: noqa: PLC0415
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PHONE, DESK = (390, 844), (1280, 900)


def expect_browser() -> str:
    """The path of the machine's Chromium; skips the test, saying so, where it or the checker is not installed."""
    pytest.importorskip("playwright", reason="Playwright is not installed, so no page was looked at in a browser")
    pytest.importorskip("axe_playwright_python", reason="axe-core is not installed, so accessibility was not checked")
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("there is no Chromium on this machine, so no page was looked at in a browser")
    return found


@contextmanager
def browser() -> Iterator[Any]:
    """A browser without a window, kept from every network."""
    path = expect_browser()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        opened = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield opened
        finally:
            opened.close()


# The rules whose outcome depends on the scheme of colors; they are most of the checker's time.
COLOR_RULES = ("color-contrast", "link-in-text-block")

# Marks one element with text of each look: its own color and type, and every background that it lies on.
MARK_LOOKS = """() => {
    const looks = new Set();
    document.querySelectorAll('[data-look]').forEach(one => one.removeAttribute('data-look'));
    for (const one of document.querySelectorAll('body *')) {
        const isText = [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim());
        if (!isText && !one.matches('input, select, textarea')) continue;
        const own = getComputedStyle(one);
        const look = [one.localName, own.color, own.fill, own.fontSize, own.fontWeight, own.position, own.textShadow];
        for (let on = one; on; on = on.parentElement) {
            const style = getComputedStyle(on);
            look.push(style.backgroundColor, style.backgroundImage, style.opacity);
        }
        const name = look.join('|');
        if (!looks.has(name)) { looks.add(name); one.setAttribute('data-look', ''); }
    }
    return looks.size;
}"""


@dataclass(frozen=True)
class Looked:
    """What was found on a page as a reader sees it, with every fold open."""

    faults: list[str]  # of accessibility, in both color schemes
    cut_off: list[str]  # where it uses little of a wide screen, or a table does not fit on it
    sideways: list[str]  # elements that reach beyond the width of a phone


def look_at(opened: Any, page_file: Path) -> Looked:
    """Open a page once, and look at it in both color schemes, on a desk and on a phone."""
    page = _page_of(opened)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    page.goto(page_file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(folded => { folded.open = true })")
    faults = [f"{page_file.name} {said}" for said in faults_on(page)]
    cut_off = [f"{page_file.name}: {text}" for text in page.evaluate(_CUT_OFF)]
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    return Looked(faults, cut_off, [f"{page_file.name}: {text}" for text in page.evaluate(_SIDEWAYS)])


def _page_of(opened: Any) -> Any:
    """The page in which all files are looked at: to open one anew takes longer than to look at a letter."""
    if not opened.contexts:
        opened.new_context(offline=True).new_page()
    return opened.contexts[0].pages[0]


def faults_on(page: Any, without: str = "") -> list[str]:
    """What axe-core finds on a page in both color schemes, each rule with the first element it names.

    What depends on color is checked once for each look, not for each of the thousand cells of a table. Elements that
    match `without` are left out.
    """
    from axe_playwright_python.base import AXE_SCRIPT

    page.evaluate(AXE_SCRIPT)
    left_out = [[without]] if without else []
    rules = {rule: {"enabled": False} for rule in COLOR_RULES}
    faults = _violations(page, "any", {"include": [["html"]], "exclude": left_out}, {"rules": rules})
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate(MARK_LOOKS), "a page without a text"
        looks = {"include": [["[data-look]"]], "exclude": left_out}
        faults += _violations(page, scheme, looks, {"runOnly": list(COLOR_RULES)})
    return faults


def _violations(page: Any, scheme: str, context: dict[str, Any], options: dict[str, Any]) -> list[str]:
    found = page.evaluate(_VIOLATIONS, [context, {"resultTypes": ["violations"], "preload": False, **options}])
    return [f"({scheme}): {rule}: {element}" for rule, element in found]


_VIOLATIONS = """([context, options]) => axe.run(context, options).then(found =>
    found.violations.map(fault => [fault.id, fault.nodes[0].html.slice(0, 160)]))"""

_CUT_OFF = """() => {
    const main = document.querySelector('main').getBoundingClientRect().width;
    const isPaper = document.querySelector('.signature, .checklist');
    const narrow = main < 800 && !isPaper ? [`main is ${main} pixels wide`] : [];
    return [...narrow, ...[...document.querySelectorAll('.wide, .scroll')]
        .filter(one => one.scrollWidth > one.clientWidth + 1)
        .map(one => 'cut off: ' + one.innerText.slice(0, 80))];
}"""

_SIDEWAYS = """() => {
    const root = document.scrollingElement;
    if (root.scrollWidth <= root.clientWidth) return [];
    const beyond = [...document.querySelectorAll('body *')]
        .filter(one => one.getBoundingClientRect().right > root.clientWidth + 1 && !one.closest('.wide'))
        .slice(0, 3).map(one => one.outerHTML.slice(0, 160));
    return beyond.length ? beyond : ['wider than the screen'];
}"""


def printed_pages(opened: Any, page_file: Path, out: Path) -> int:
    """How many sheets of letter paper a page takes when it is printed; the PDF is left at `out`."""
    import pypdfium2

    context = opened.new_context(offline=True)
    try:
        page = context.new_page()
        page.goto(page_file.as_uri())
        page.pdf(path=str(out), prefer_css_page_size=True, print_background=True)
    finally:
        context.close()
    printed = pypdfium2.PdfDocument(str(out))
    try:
        return len(printed)
    finally:
        printed.close()
