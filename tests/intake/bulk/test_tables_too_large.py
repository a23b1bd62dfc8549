"""Tables of claims that no memory holds, or whose few bytes state far more: refused in a sentence."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from isocenter.errors import UnreadableInput
from isocenter.intake.bulk.sources import find_sources
from isocenter.intake.case import read_case
from isocenter.terms.limits import Limit


def _parquet(path: Path, rows: int, **more: pa.Array) -> Path:
    same = {"member_id": "M1", "procedure_code": "77427", "units": 1, "setting": "professional", "line_number": 1}
    columns = {name: [value] * rows for name, value in same.items()}
    days = [date(2025, 2, 24) + timedelta(number % 28) for number in range(rows)]
    pq.write_table(
        pa.table({"claim_id": [f"C{n}" for n in range(rows)], "service_date": days, **columns, **more}), path
    )
    return path


def test_a_table_whose_cells_fill_the_memory_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isocenter.intake.parquet_rows.SAMPLE_CHARACTERS", Limit(1_000_000, "characters", "less"))
    path = _parquet(tmp_path / "claims.parquet", 500, scan=pa.array([bytes(100_000)] * 500, pa.binary()))
    with pytest.raises(UnreadableInput, match="characters; at most 1,000,000 are read"):
        find_sources([str(path)])


def test_a_parquet_file_of_more_rows_than_its_bytes_can_hold_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "claims.parquet"
    pq.write_table(pa.table({name: pa.nulls(2_000_000, pa.string()) for name in ("claim_id", "units")}), path)
    with pytest.raises(UnreadableInput, match="rows for each byte of a Parquet file"):
        find_sources([str(path)])


@pytest.mark.parametrize(
    ("rows_beside", "says"),
    [(0, "2,000,000 values in each row of a list; at most 1,000"), (2_999, "values of lists for each byte")],
)
def test_a_few_bytes_that_state_a_list_without_end_are_refused_by_review_and_screening(
    rows_beside: int, says: str, tmp_path: Path
) -> None:
    ends = [0, 2_000_000, *[2_000_000] * rows_beside]
    codes = pa.DictionaryArray.from_arrays(pa.array(np.zeros(2_000_000, np.int8)), pa.array(["C61"]))
    path = tmp_path / "claims.parquet"
    columns = {"claim_id": ["C1"] * (rows_beside + 1), "diagnoses": pa.LargeListArray.from_arrays(ends, codes)}
    pq.write_table(pa.table(columns), path)
    assert path.stat().st_size < 10_000
    for read in (lambda: find_sources([str(path)]), lambda: read_case(path)):
        with pytest.raises(UnreadableInput, match=says):
            read()
