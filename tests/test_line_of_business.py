"""A review takes the line of business of the command for claims that state none, and no claim's own is changed."""

import json
from pathlib import Path
from typing import Any

import pytest

from isocenter.cli import main
from isocenter.screening.run import screen
from tests.screening.claims_files import rows_of
from tests.screening.screenings import settings_of

_HEADER = "claim_id,line_number,member_id,service_date,procedure_code,units,setting,billing_npi,line_of_business"


def _reviewed(folder: Path, capsys: pytest.CaptureFixture[str], stated: str, *options: str) -> dict[str, Any]:
    file = folder / "claim_lines.csv"
    line = f"A1,1,M1,2025-03-04,77301,1,professional,1234567893,{stated}"
    file.write_text(f"{_HEADER}\n{line}\n", encoding="utf-8")
    assert main(["review", str(file), "--json", *options]) == 0
    review: dict[str, Any] = json.loads(capsys.readouterr().out)
    return review


def _asks_whose_coverage_it_is(review: dict[str, Any]) -> bool:
    return any(
        finding["rule"] == "the_policy_applies" and finding["outcome"] == "not_documented"
        for finding in review["findings"]
    )


def test_claims_that_state_none_are_of_the_line_of_business_of_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _asks_whose_coverage_it_is(_reviewed(tmp_path, capsys, ""))
    assert not _asks_whose_coverage_it_is(_reviewed(tmp_path, capsys, "", "--line-of-business", "medicare"))
    outside = _reviewed(tmp_path, capsys, "", "--line-of-business", "commercial")
    assert outside["recommendation"] == "out_of_scope"


@pytest.mark.parametrize(
    ("stated", "expected"), [("commercial", "out_of_scope"), ("medicare", "request_documentation")]
)
def test_what_a_claim_states_itself_counts_before_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], stated: str, expected: str
) -> None:
    other = {"commercial": "medicare", "medicare": "commercial"}[stated]
    review = _reviewed(tmp_path, capsys, stated, "--line-of-business", other)
    assert review["recommendation"] == expected


@pytest.mark.parametrize("stated", [{"M1": ""}, {"M1": "", "M2": "commercial"}, {"M2": "commercial"}])
def test_a_screening_fills_in_the_line_of_business_where_a_column_of_it_is_empty(
    tmp_path: Path, stated: dict[str, str]
) -> None:
    rows = [f"{member}1,1,{member},2025-03-04,77301,1,professional,1234567893,{of}" for member, of in stated.items()]
    (tmp_path / "claim_lines.csv").write_text("\n".join([_HEADER, *rows, ""]), encoding="utf-8")
    settings = settings_of(tmp_path / "out", tmp_path / "claim_lines.csv", line_of_business="medicare")
    screen(settings)
    found = {row["member_id"]: row["line_of_business"] for row in rows_of(tmp_path / "out", "courses/*.parquet")}
    assert found == {member: of or "medicare" for member, of in stated.items()}


def test_a_line_of_business_that_is_none_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "claim_lines.csv"
    file.write_text(f"{_HEADER}\nA1,1,M1,2025-03-04,77301,1,professional,1234567893,\n", encoding="utf-8")
    assert main(["review", str(file), "--line-of-business", "Medicaire"]) == 2
    assert "no line of business 'Medicaire'; known are medicare, medicaid, commercial, other" in capsys.readouterr().err
