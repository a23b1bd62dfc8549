"""Fact tables as CSV and Parquet: told by name or header, each mistake with its line."""

import math
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isocenter.errors import IsocenterError, UnreadableInput
from isocenter.intake import csv_tables
from isocenter.terms.claims import ClaimLine, Diagnosis
from isocenter.terms.problems import LostLine, Problem
from isocenter.terms.tables import Supplied

_HEADER = "claim_line_id,service_date,procedure_code,units\n"


def read(folder: Path, text: str, name: str = "claim_lines.csv") -> list[object]:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return list(csv_tables.read(path))


def read_as_parquet(folder: Path, text: str) -> list[object]:
    names, *rows = (line.split(",") for line in text.splitlines())
    path = folder / "claim_lines.parquet"
    pq.write_table(
        pa.table({name: list(cells) for name, cells in zip(names, zip(*rows, strict=True), strict=True)}), path
    )
    return list(csv_tables.read_parquet(path))


def test_a_table_is_recognized_by_its_name(tmp_path: Path) -> None:
    items = read(tmp_path, _HEADER + "L1,2024-01-02,77301,1\n")
    assert items[0] == Supplied("claim_lines")
    line = items[1]
    assert isinstance(line, ClaimLine)
    assert (line.service_date, line.units, line.modifier_1) == (date(2024, 1, 2), 1, "")


def test_a_table_of_another_name_is_recognized_by_its_header(tmp_path: Path) -> None:
    assert read(tmp_path, _HEADER, "export-2024.csv")[0] == Supplied("claim_lines")


def test_columns_of_another_table_alone_count_more_than_the_name(tmp_path: Path) -> None:
    """Who calls the diagnoses of claims `diagnoses.csv` means no list of the course's diagnoses."""
    assert read(tmp_path, "claim_id,icd10,position\nA1,C61,1\n", "diagnoses.csv")[0] == Supplied("claim_diagnoses")
    assert read(tmp_path, "course_id,icd10,position\nC1,C61,1\n", "diagnoses.csv")[0] == Supplied("diagnoses")
    assert read(tmp_path, _HEADER, "fractions.csv")[0] == Supplied("claim_lines")


@pytest.mark.parametrize("below", ["", "\n", ",,\n , ,\n"])
def test_a_header_alone_supplies_the_table_and_is_named(tmp_path: Path, below: str) -> None:
    supplied, problem = read(tmp_path, f"document_id,course_id,kind\n{below}", "documents.csv")
    assert supplied == Supplied("documents")
    assert isinstance(problem, Problem)
    assert problem.sentence == "no row follows the names of the columns; export it again if there should be any"


def test_a_row_of_separators_alone_is_no_lost_line(tmp_path: Path) -> None:
    items = read(tmp_path, _HEADER + "L1,2024-01-02,77301,1\n,,,\n")
    assert [type(item) for item in items] == [Supplied, ClaimLine]


_OF_MEMBERS = "claim_id,member_id,service_date,procedure_code,revenue_code,units,charge_amount\n"
_LINE_OF_A_MEMBER = "A1,M1,2024-01-02,77301,,1,2400\n"


@pytest.mark.parametrize(
    "total", ["Total,,,,,41,19510", ",M1,,,,41,19510", ",,2024-01-31,,,,19510", "n/a,M1,NULL,,,1,"]
)
def test_a_total_is_no_line_that_was_lost(tmp_path: Path, total: str) -> None:
    items = read(tmp_path, f"{_OF_MEMBERS}{_LINE_OF_A_MEMBER}{total}\n")
    assert [type(item) for item in items] == [Supplied, ClaimLine, Problem]
    assert "left out: 1, where it names no service" in str(items[-1])


@pytest.mark.parametrize("line", ["A2,M1,,77334,,1,9", "A2,M1,2024-01-03,,,1,9"])
def test_a_line_that_lacks_a_value_is_no_total(tmp_path: Path, line: str) -> None:
    items = read(tmp_path, f"{_OF_MEMBERS}{_LINE_OF_A_MEMBER}{line}\n")
    assert [type(item) for item in items[2:] if isinstance(item, ClaimLine | LostLine)] != []


def test_a_line_of_revenue_that_bills_no_procedure_is_counted(tmp_path: Path) -> None:
    items = read(tmp_path, f"{_OF_MEMBERS}{_LINE_OF_A_MEMBER}A2,M1,2024-01-03,,0250,1,9\n")
    assert [type(item) for item in items] == [Supplied, ClaimLine, Problem]
    assert "without a procedure code, which are not kept: 1" in str(items[-1])


_OF_BILLS = "claim_id,member_id,service_date,procedure_code,revenue_code,units,bill_type,setting\n"


@pytest.mark.parametrize(
    ("revenue_code", "bill_type", "is_lost"),
    [
        *((code, "131", True) for code in ("0333", "333", "0330", "0339")),
        *((code, "131", False) for code in ("0001", "0250", "0331", "0335", "0320", "0633")),
        *(("0333", bill, True) for bill in ("", "0131", "831", "121", "851", "137")),
        *(("0333", bill, False) for bill in ("111", "0111", "114", "181", "211")),
    ],
)
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_radiation_of_an_outpatient_without_a_procedure_code_is_lost(
    tmp_path: Path, revenue_code: str, bill_type: str, is_lost: bool, form: str
) -> None:
    text = f"{_OF_BILLS}A1,M1,2024-01-02,77301,0333,1,131,institutional\n"
    text += f"A2,M1,2024-01-03,,{revenue_code},1,{bill_type},institutional\n"
    items = read(tmp_path, text) if form == "csv" else read_as_parquet(tmp_path, text)
    assert sum(isinstance(item, ClaimLine) for item in items) == 1
    lost = [item for item in items if isinstance(item, LostLine)]
    assert [(one.procedure_code, one.member_id) for one in lost] == [("", "M1")] * is_lost
    assert all("state its HCPCS code" in one.sentence for one in lost)
    assert any("without a procedure code, which are not kept: 1" in str(item) for item in items) != is_lost


def test_without_a_column_of_members_a_day_alone_makes_a_line(tmp_path: Path) -> None:
    items = read(tmp_path, _HEADER + "L1,2024-01-02,77301,1\n,2024-01-03,,1\n,,,2\n")
    assert sum(isinstance(item, ClaimLine) for item in items) == 2


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("L1,2024-02-30,77301,1", "service_date is '2024-02-30'; expected a date"),
        ("L1,2024-01-02,77301,1.5", "units is '1.5'; expected a whole number"),
        ("L1,2024-01-02,77301", "3 cells where the header has 4"),
        ("L1,2024-01-02,77301,", "units is missing"),
    ],
)
def test_a_wrong_line_is_a_problem_and_the_next_is_kept(tmp_path: Path, line: str, says: str) -> None:
    items = read(tmp_path, f"{_HEADER}{line}\nL2,2024-01-02,77301,1\n")
    (problem,) = [item for item in items if isinstance(item, Problem)]
    assert problem.place == "line 2"
    assert says in problem.sentence
    assert [item.claim_line_id for item in items if isinstance(item, ClaimLine)] == ["L2"]


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="lacks the column units"):
        read(tmp_path, "claim_line_id,service_date,procedure_code\n")


def test_several_columns_are_named_as_several(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="claim_lines lacks the columns procedure_code, units"):
        read(tmp_path, "claim_line_id,service_date\n")
    with pytest.raises(UnreadableInput, match="has no columns color, size; known are"):
        read(tmp_path, _HEADER.strip() + ",color,size\n")
    with pytest.raises(UnreadableInput, match="the columns units, setting appear twice; keep of each the one"):
        read(tmp_path, "claim_line_id,service_date,procedure_code,units,setting,setting,units\n")


def test_a_column_without_a_name_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="claim_lines has a column without a name; name it, or take it out"):
        read(tmp_path, f",{_HEADER}")


def test_an_unknown_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="no column color"):
        read(tmp_path, _HEADER.strip() + ",color\n")


def test_parquet_is_read_like_csv(tmp_path: Path) -> None:
    path = tmp_path / "claim_lines.parquet"
    table = {"claim_line_id": ["L1", "L2"], "service_date": [date(2024, 1, 2)] * 2, "procedure_code": ["77301"] * 2}
    pq.write_table(pa.table({**table, "units": [1, None]}), path)
    items = list(csv_tables.read_parquet(path))
    assert [item.claim_line_id for item in items if isinstance(item, ClaimLine)] == ["L1"]
    assert [item.place for item in items if isinstance(item, Problem)] == ["row 2"]


def test_no_number_in_parquet_is_an_empty_cell(tmp_path: Path) -> None:
    path = tmp_path / "claim_lines.parquet"
    columns: dict[str, list[Any]] = {
        "claim_line_id": ["L1", "L2"],
        "claim_id": ["A1", "A1"],
        "service_date": [date(2025, 3, 3), date(2025, 3, 4)],
        "procedure_code": ["77301", "77334"],
        "modifier_1": [math.nan, 59.0],
        "units": [1.0, math.nan],
        "setting": ["professional", "professional"],
        "charge_amount": [math.nan, 80.0],
    }
    pq.write_table(pa.table(columns), path)
    items = list(csv_tables.read_parquet(path))
    (kept,) = [item for item in items if isinstance(item, ClaimLine)]
    (lost,) = [item for item in items if isinstance(item, Problem)]
    assert (kept.modifier_1, kept.units, kept.charge_amount) == ("", 1, None)
    assert "units" in lost.sentence


def test_a_file_that_is_no_parquet_gets_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "claim_lines.parquet"
    path.write_bytes(b"PAR1 and then nothing of the kind")
    with pytest.raises(UnreadableInput, match="cannot be read as Parquet"):
        list(csv_tables.read_parquet(path))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_any_bytes_give_rows_problems_or_one_sentence(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "claim_lines.csv"
    path.write_bytes(_HEADER.encode() + data)
    try:
        list(csv_tables.read(path))
    except IsocenterError as mistake:
        assert str(mistake)


@pytest.mark.parametrize("written", ["C50.412", "c50.412", "C50412", "c50412"])
def test_a_diagnosis_is_the_same_with_and_without_its_dot(tmp_path: Path, written: str) -> None:
    _, row = read(tmp_path, f"course_id,icd10,position\nC1,{written},1\n", "diagnoses.csv")
    assert isinstance(row, Diagnosis)
    assert row.icd10 == "C50.412"
