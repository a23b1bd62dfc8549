"""The given charts are read without a miss, an invention or a trap, as they once were."""

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

from isocenter.chart.abstract import abstract
from isocenter.chart.chart_json import as_json_shape
from isocenter.chart.pages import ocr
from tests.chart.reading import POLICY

_PARTS = (
    "documents", "document dates", "elements", "citation pages", "signatures", "constraints", "prescription",
    "target doses", "site and side", "diagnoses", "verifications", "image guidance", "prior irradiations",
    "attestations", "foreign pages",
)  # fmt: skip
_OF_TEXT = ("g01_tonsil", "g02_prostate_nodes", "g07_anal")
_WITH_SCANS = ("g03_left_breast", "g04_lung", "g05_spine_again", "g06_glioma", "g08_rectum_compensator")


def _wrong(folder: Path, chart: str) -> dict[str, Any]:
    """What is missed or invented of a chart, by part: how many are right, said and there."""
    truth = json.loads((folder / f"{chart}.truth.json").read_text(encoding="utf-8"))
    found = as_json_shape(abstract([(folder / f"{chart}.pdf", f"{chart}.pdf")], POLICY, processes=1))
    counted: dict[str, Any] = {}
    traps = runpy.run_path(str(folder / "score.py"))["score"](truth, found, counted)
    wrong: dict[str, Any] = {
        part: (one.hit, one.said, one.true)
        for part in _PARTS
        if (one := counted.get(part)) and not one.hit == one.said == one.true
    }
    return wrong | ({"traps": traps} if traps else {})


@pytest.mark.parametrize("chart", _OF_TEXT)
def test_a_chart_is_read_as_it_states(given_charts: Path, chart: str) -> None:
    assert _wrong(given_charts, chart) == {}


@pytest.mark.slow
@pytest.mark.skipif(not ocr.is_installed(), reason="optical character recognition is not installed")
@pytest.mark.parametrize("chart", _WITH_SCANS)
def test_a_chart_with_scanned_pages_is_read_as_it_states(given_charts: Path, chart: str) -> None:
    assert _wrong(given_charts, chart) == {}


def test_every_given_chart_is_read_here(given_charts: Path) -> None:
    assert {file.stem for file in given_charts.glob("*.pdf")} == {*_OF_TEXT, *_WITH_SCANS}
