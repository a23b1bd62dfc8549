"""Claims in several files, in tables and as 837, get the same lines and findings in a review and in a screening."""

import shutil
from datetime import date
from pathlib import Path
from random import Random
from unittest.mock import patch

import pytest

from isocenter.screening.settings import Settings
from tests.both_ways import Answers, reviewed, screened
from tests.random_claims import VISIT, Row, write_table
from tests.random_claims_in_files import claims_in_files, written_as_837
from tests.test_a_year_of_claims_agrees import without_visits

_LINE: Row = {
    "claim_id": "A1", "line_number": 1, "member_id": "M1", "service_date": date(2025, 3, 3), "procedure_code": "77301",
    "units": 1, "setting": "professional", "billing_npi": "1234567893", "claim_frequency": "1",
    "line_of_business": "medicare", "charge_amount": 100, "claim_line_id": "A1-1", "original_claim_id": "",
    "patient": "",
}  # fmt: skip


def _answers(case: Path, files: list[Path], parts: int, line_of_business: str) -> tuple[Answers, Answers]:
    out = case.parent / "out"
    with patch.object(Settings, "parts_of", return_value=parts):
        by_screening = screened(files, out, line_of_business)
    shutil.copy(out / "claims" / "windows.parquet", case / "data_windows.parquet")
    return by_screening, reviewed(case, line_of_business)


@pytest.mark.parametrize("seed", [11, 15, 20])
def test_a_review_and_a_screening_of_claims_in_files_answer_alike(tmp_path: Path, seed: int) -> None:
    claims = claims_in_files(seed)
    (case := tmp_path / "case").mkdir()
    answers = _answers(case, claims.write(case), 3, Random(seed).choice(["", "medicare", "commercial"]))
    visits = {line["charge_amount"] for table in claims.tables for line in table if line["procedure_code"] == VISIT}
    assert without_visits(answers[0], visits) == without_visits(answers[1], visits)


@pytest.mark.parametrize("said", [{"claim_frequency": ""}, {"billing_npi": ""}, {}])
def test_a_line_of_an_837_that_a_table_has_too_is_judged_once(tmp_path: Path, said: Row) -> None:
    """Also where the table leaves open what the 837 states, or a hospital bills what a practice bills."""
    week = [
        _LINE | {"claim_line_id": f"A1-{day}", "line_number": day, "service_date": date(2025, 3, day)}
        | {"procedure_code": "G6015", "charge_amount": 100 + day}
        for day in (10, 11)
    ]  # fmt: skip
    hospital = _LINE | {"setting": "institutional", "charge_amount": 200, "claim_line_id": "A1-1h"}
    lines = [_LINE, *week, hospital]
    (case := tmp_path / "case").mkdir()
    files = [write_table(case / "claim_lines.csv", tuple(_LINE), [line | said for line in lines])]
    for setting in ("institutional", "professional"):
        files.append(case / f"{setting}.837")
        files[-1].write_bytes(written_as_837([line for line in lines if line["setting"] == setting], setting))
    answers = _answers(case, files, 1, "medicare")
    for one in answers:
        assert sorted(line[0] for line in one.lines) == [100, 110, 111, 200]
