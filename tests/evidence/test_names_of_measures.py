"""Evidence writes no measure but those that are listed in one place, and the page on evidence explains each."""

import ast
import re
from pathlib import Path

import isocenter.evidence
from isocenter.terms.measures import MEASURES, is_measure

_EVIDENCE = Path(isocenter.evidence.__file__).parent
_PAGE = Path(__file__).parents[2] / "docs" / "evidence.md"
_LOOKS_LIKE_ONE = re.compile(r"[a-z0-9_]+_(mm|cc|percent|gy|gy_per_mm|slices)|components|(slice_)?solidity")


def _names_written() -> set[str]:
    """Texts in the code of evidence that name a measure: in its row, or in a list of (name, value, ...)."""
    found = set()
    for path in _EVIDENCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            parts: list[ast.expr] = []
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "PlanMeasure":
                parts = node.args[4:5]
            elif isinstance(node, ast.Tuple) and len(node.elts) in (2, 3):
                parts = node.elts[:1]
            found |= {part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)}
    return {name for name in found if _LOOKS_LIKE_ONE.fullmatch(name)}


def test_every_measure_that_evidence_writes_is_listed() -> None:
    written = _names_written()
    assert len(written) > 20
    assert {name for name in written if not is_measure(name)} == set()


def test_the_page_on_evidence_explains_every_measure() -> None:
    page = _PAGE.read_text(encoding="utf-8")
    explained = set(re.findall(r"`([^`]+)`", page))
    families = [re.compile(re.escape(name).replace(r"\*", ".*")) for name in explained if "*" in name]
    missing = {name for name in MEASURES - explained if not any(family.fullmatch(name) for family in families)}
    assert missing == set()


def test_metrics_of_the_dose_volume_histogram_are_measures_and_misspelled_names_are_none() -> None:
    for name in (
        "D95%",
        "D0.03cc",
        "V20Gy",
        "V100%",
        "mean",
        "HI",
        "verified_change_of_D95%",
        "surface_within_10mm_percent",
    ):
        assert is_measure(name), name
    for name in ("share_in_concavty_percent", "D95", "V20", "", "distance", "verified_change_of_distance"):
        assert not is_measure(name), name
