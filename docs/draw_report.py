"""Draws docs/report.png: the top of an example's report, as the machine's Chromium shows it."""

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


def main(picture: Path) -> int:
    """Write the picture; 0 also where there is no browser to draw it."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        print("there is no Chromium on this machine: the picture stays as it is", file=sys.stderr)
        return 0
    rulebooks = [load_policy("imrt")]
    with tempfile.TemporaryDirectory() as folder:
        plan = Path(folder, "plan")
        make_example_plan(EXAMPLE, plan)
        page = Path(folder, "report.html")
        review = review_case(examples_folder() / EXAMPLE, rulebooks, plan_folder=plan)
        page.write_text(review_as_page(review, rulebooks, None), encoding="utf-8")
        options = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={SIZE}")
        subprocess.run([browser, *options, f"--screenshot={picture}", page.as_uri()], check=True, capture_output=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute()))
