"""Draws the pictures of docs/workbench.md: main pages of a workbench with three examples, as Chromium shows them.

The picture of a second plan is left as it is, for to compute that plan takes minutes.

python -m tests.web.draw_workbench docs/workbench
"""

import shutil
import sys
import tempfile
from pathlib import Path

from isocenter.demo import make_example_plan
from tests.web.browser import Desk, first_link, served, upload

EXAMPLES = Path(__file__).parents[2] / "examples"
SIZE = {"width": 1280, "height": 860}


def main(pictures: Path) -> int:
    """Write the pictures; 0 also where there is no browser to draw them."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # of the development's libraries alone

    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        print("there is no Chromium on this machine: the pictures stay as they are", file=sys.stderr)
        return 0
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder)) as (address, _, printed),
        sync_playwright() as playwright,
    ):
        desk = Desk(playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"]), address, Path(folder))
        desk.make_accounts(first_link(printed))
        _draw(desk, pictures)
        desk.browser.close()
    return 0


def _draw(desk: Desk, pictures: Path) -> None:
    intake, reader = desk.pages["intake"], desk.pages["physician"]
    planned, coding, charted = (
        EXAMPLES / name for name in ("left_breast_coding", "compensator_undocumented", "esophagus_from_its_chart")
    )
    plan = desk.folder / "plan"
    make_example_plan(planned.name, plan)
    upload(intake, desk.address, [*_files(planned), *sorted(plan.rglob("*.dcm"))], "Left breast")
    with_plan = intake.url
    upload(intake, desk.address, _files(coding), "Pelvis")
    upload(intake, desk.address, _files(charted), "Esophagus")
    with_chart = intake.url
    reader.set_viewport_size(SIZE)
    reader.goto(f"{desk.address}/")
    reader.screenshot(path=pictures / "queue.png")
    reader.goto(with_plan)
    reader.screenshot(path=pictures / "case.png")
    reader.goto(with_chart)
    reader.locator("a[data-key=c]").click()
    reader.wait_for_load_state("networkidle")
    reader.screenshot(path=pictures / "chart.png")
    reader.goto(f"{with_plan}/plan")
    reader.wait_for_selector(".viewer[data-ready=yes]")
    reader.screenshot(path=pictures / "plan.png")


def _files(example: Path) -> list[Path]:
    return sorted(one for one in example.iterdir() if one.is_file() and one.suffix in (".yaml", ".csv", ".pdf"))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute()))
