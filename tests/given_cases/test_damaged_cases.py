"""Damaged inputs end in one sentence or in a review that names what was lost; nothing is lost in silence."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from isocenter.cli import main
from isocenter.errors import IsocenterError
from isocenter.intake.ncci_tables import read as read_edits
from isocenter.review.reviewer import Reviewer
from isocenter.screening.run import screen
from isocenter.screening.settings import Settings
from isocenter.workflow import review_case

_PLAN_PARTS = {
    "dcm-CT-582fa3f6", "dcm-RD-7daf0801", "dcm-RD-d6e4f082", "dcm-RD-df788020", "dcm-RD-ed6cabbc",
    "dcm-REG-8cc71cfb", "dcm-REG-e3e47bbd", "dcm-RP-05f03aa2", "dcm-RP-e100f446", "dcm-RS-15efe79d",
    "dcm-RS-a94ab19e", "dcm-RT-0e9288ae", "dcm-RT-e1ed7af1",
}  # fmt: skip
_CLAIMS = {
    "csv-5e5778ad", "csv-a0a48a94", "pq-4c5bf6ef", "pq-6c86cf90", "pq-96cca946", "pq-c170334d", "x12-4055eeed",
    "x12-fbde4ea0",
}  # fmt: skip
_CASE_FILES = {"yaml-357346d2", "yaml-ef41ff73"}
_READINGS = {
    "readings-17b65ce6": "remote_mm",
    "readings-401c4c2b": "course_gap_days",
    "hand/readings_nan": "physics_remainder_fractions",
    "hand/readings_quoted": "fractions_per_management_unit",
}
_OTHERS = {"hand", "ncci-89c98fa9"}
_BY_HAND = {
    "h1_header_quote", "parquet_dict_bomb", "readings_nan", "readings_quoted", "screen_voids_tiny", "stray_quote",
    "units_overflow", "x12_bom", "xlsx_abort",
}  # fmt: skip
_PROSTATE = Path(__file__).parents[2] / "examples" / "prostate_clean"


def _said(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    assert "Traceback" not in err + out
    return code, out, err


def _refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    code, _, err = _said(capsys, *arguments)
    assert code == 2
    (said,) = err.splitlines()
    return said


def _reviewed(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    code, out, _ = _said(capsys, "review", *arguments, "--json")
    assert code == 0
    found: dict[str, Any] = json.loads(out)
    return found


def test_every_damaged_input_is_read_here(given_cases: Path) -> None:
    folder = given_cases / "robust"
    here = _PLAN_PARTS | _CLAIMS | _CASE_FILES | {name for name in _READINGS if "/" not in name} | _OTHERS
    assert {one.name for one in folder.iterdir()} == here
    assert {one.name for one in (folder / "hand").iterdir()} == _BY_HAND


@cache
def _reviewer() -> Reviewer:
    return Reviewer(["imrt", "imrt_hospital", "ncci"])


def _accounted(path: Path, rows: int) -> str:
    """What is said of a file of so many service lines: it is refused, or each of them is kept or named as lost."""
    try:
        review = review_case(path, _reviewer())
    except IsocenterError as refused:
        return str(refused)
    assert (review.lines_read, len(review.lines) + review.lines_lost) == (rows, rows)
    assert review.requires_clinician or not review.lines_lost
    return " ".join(problem.sentence for problem in review.problems)


@pytest.mark.parametrize(
    ("file", "rows", "word"),
    [
        ("csv-5e5778ad/claim_lines.csv", 37, "line_number is '2147483648'"),
        ("csv-a0a48a94/claim_lines.csv", 61, "units is '1e308'"),
        ("pq-4c5bf6ef/claim_lines.parquet", 68, "form of a modifier"),
        ("pq-6c86cf90/claim_lines.parquet", 13, "damaged Parquet file"),
        ("pq-96cca946/claim_lines.parquet", 61, "claim_line_id"),
        ("pq-c170334d/claim_lines.parquet", 13, "claim_line_id"),
        ("x12-4055eeed/x.837", 1, "SE is expected"),
        ("x12-fbde4ea0/x.837", 3, "claim H2001 line 3"),
        ("hand/parquet_dict_bomb/claim_lines.parquet", 40, "claim_lines.parquet"),
        ("hand/h1_header_quote/claim_lines.csv", 52, "quot"),
        ("hand/stray_quote/claim_lines.csv", 52, "quot"),
        ("hand/units_overflow/claim_lines.csv", 52, "99999999999"),
        ("hand/x12_bom/a.837", 68, "under 'XX'"),
    ],
)
def test_each_service_line_is_kept_or_named(given_cases: Path, file: str, rows: int, word: str) -> None:
    assert word in _accounted(given_cases / "robust" / file, rows)


@pytest.mark.parametrize("name", sorted(_CASE_FILES))
def test_a_number_without_bounds_in_a_case_file_is_named(
    given_cases: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    review = _reviewed(capsys, given_cases / "robust" / name)
    (problem,) = [one for one in review["problems"] if "planned_fractions" in one["sentence"]]
    assert problem["path"] == "case.yaml"
    assert review["requires_clinician"]


@pytest.mark.parametrize("name", _READINGS)
def test_a_reading_that_is_no_number_to_judge_by_is_refused(
    given_cases: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    readings = given_cases / "robust" / name / "readings.toml"
    assert _READINGS[name] in _refused(capsys, "review", _PROSTATE, "--readings", readings)


@pytest.mark.parametrize("name", sorted(_PLAN_PARTS))
def test_a_damaged_part_of_a_plan_ends_in_a_sentence(
    given_cases: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    code, out, err = _said(capsys, "measure", given_cases / "robust" / name, "--json")
    if code == 0:
        assert json.loads(out)["problems"]
    else:
        assert code == 2
        assert err.splitlines()[-1].startswith("isocenter: ")


def test_coding_edits_whose_last_day_is_all_nines_have_no_end(given_cases: Path) -> None:
    folder = given_cases / "robust" / "ncci-89c98fa9"
    edits = read_edits([folder / "AOC_V2026Q1-MCR.csv", folder / "ccipra-v322r0-f1.txt"])
    assert edits.problems == ()
    assert len(edits.rows) == 19 + 20  # of 21 and 22 rows, two in each table stand twice


def test_a_damaged_workbook_of_coding_edits_ends_in_a_sentence(given_cases: Path) -> None:
    folder = given_cases / "robust" / "hand" / "xlsx_abort"
    edits = read_edits([folder])
    assert edits.rows == ()
    assert [Path(problem.path).name for problem in edits.problems] == ["ccipra-v322r0-f1.xlsx"]


def test_a_void_takes_back_no_claim_of_another_member(given_cases: Path, tmp_path: Path) -> None:
    claims = given_cases / "robust" / "hand" / "screen_voids_tiny"
    summary = screen(Settings((str(claims),), tmp_path / "out", policies=("imrt",), workers=1))
    lines = summary.lines
    assert (lines["read"], lines["judged"] + lines["rejected"] + lines["other"]) == (3, 3)
    assert lines["judged"] >= 2
