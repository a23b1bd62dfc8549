"""The picture in the README shows the report as it is today."""

import runpy
from pathlib import Path

import pytest

_DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.slow
def test_the_picture_was_drawn_from_the_page_as_it_is() -> None:
    drawing = runpy.run_path(str(_DOCS / "draw_report.py"))
    drawn = (_DOCS / "report.sha256").read_text(encoding="utf-8").strip()
    assert drawing["hash_of"](drawing["page_shown"]()) == drawn, "the report has changed: run `make docs`"
