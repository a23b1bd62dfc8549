"""Draws docs/report.png: the top of an example's report, as the machine's Chromium shows it.

Beside the picture is the hash of the page that it shows, so that a test finds a picture of an older page even
where there is no browser.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from isocenter.demo import examples_folder, make_example_plan
from isocenter.report.page import review_as_page
from isocenter.rulebook.rulebook import load_policy
from isocenter.workflow import review_case

EXAMPLE = "left_breast_coding"
SIZE = "1280,1480"
END_OF_WHAT_IS_SHOWN = '<section id="conditions"'


def page_shown() -> str:
    """The report of the example, without pictures of the plan: they lie far below what the picture shows."""
    rulebooks = [load_policy("imrt")]
    with tempfile.TemporaryDirectory() as folder:
        plan = Path(folder, "plan")
        make_example_plan(EXAMPLE, plan)
        review = review_case(examples_folder() / EXAMPLE, rulebooks, plan_folder=plan, with_pictures=False)
        return review_as_page(review, rulebooks, None)


def hash_of(page: str) -> str:
    """SHA-256 of the part of the page that the picture shows, in hexadecimal digits."""
    return hashlib.sha256(page[: page.index(END_OF_WHAT_IS_SHOWN)].encode()).hexdigest()


def main(picture: Path) -> int:
    """Write the picture and its hash; 0 also where there is no browser to draw it."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        print("there is no Chromium on this machine: the picture stays as it is", file=sys.stderr)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "report.html")
        page = page_shown()
        file.write_text(page, encoding="utf-8")
        options = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={SIZE}")
        subprocess.run([browser, *options, f"--screenshot={picture}", file.as_uri()], check=True, capture_output=True)
    picture.with_suffix(".sha256").write_text(f"{hash_of(page)}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute()))
