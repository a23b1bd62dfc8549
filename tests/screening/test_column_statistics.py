"""What the statistics of Parquet files save changes no line: empty texts, missing ones, and columns of other types."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from isocenter.intake.bulk.sources import find_sources
from isocenter.screening.column_statistics import with_columns_by_statistics
from isocenter.screening.covered import CoveredCodes
from isocenter.screening.splitting import count_lines_of_codes, open_connection
from tests.screening.claims_files import split_of

ROWS: dict[str, list[Any]] = {
    "claim_id": ["A1", "A1", "A2", "B1"],
    "line_number": [1, 2, 1, 1],
    "member_id": ["m-1", "M-1", "M2", None],
    "service_date": ["2024-03-05", "2024-03-06", "2024-03-05", "2024-03-05"],
    "procedure_code": ["77301", "77427", "77301", "77301"],
    "units": [1, 1, 1, 1],
    "setting": ["professional"] * 4,
    "billing_npi": ["1999999984", None, "1999999984", "1999999984"],
    "modifier_1": ["", "26", "", ""],
    "modifier_2": [""] * 4,
}


@dataclass(frozen=True)
class Marked:
    filled: set[str]
    columns: set[str]


def marked(*files: Path) -> Marked:
    (source,) = find_sources([str(file) for file in files])
    with open_connection(500_000_000, 1, files[0].parent / "spill") as connection:
        layout = with_columns_by_statistics(connection, source).layout
    assert layout is not None
    return Marked({name for name, taken in layout.columns.items() if taken.is_filled_text}, set(layout.columns))


def write(file: Path, rows: dict[str, list[Any]], **options: Any) -> Path:
    pq.write_table(pa.table(rows), file, row_group_size=2, **options)
    return file


def test_texts_that_are_never_null_are_read_as_they_are_and_empty_ones_not_at_all(tmp_path: Path) -> None:
    found = marked(write(tmp_path / "c.parquet", ROWS))
    assert found.filled == {"claim_id", "service_date", "procedure_code", "setting", "modifier_1"}
    assert "modifier_2" not in found.columns
    assert {"member_id", "billing_npi"} <= found.columns


@pytest.mark.parametrize("with_null", [0, 1])
def test_a_null_in_one_of_several_files_leaves_the_column_as_it_was(tmp_path: Path, with_null: int) -> None:
    of_files = [{**ROWS, "member_id": ["M1"] * 4}, ROWS]
    files = [write(tmp_path / f"{n}.parquet", of_files[n ^ with_null]) for n in range(2)]
    found = marked(*files)
    assert "member_id" not in found.filled
    assert "claim_id" in found.filled


def test_the_values_of_a_table_are_looked_at_once_where_its_lines_are_counted(tmp_path: Path) -> None:
    (source,) = find_sources([str(write(tmp_path / "c.parquet", ROWS))])
    with open_connection(500_000_000, 1, tmp_path / "spill") as connection:
        lines, (seen,) = count_lines_of_codes(connection, [source], CoveredCodes(frozenset({"77301"})))
    assert lines == 3
    assert seen.layout != source.layout
    assert with_columns_by_statistics(connection, seen) is seen, "a closed database is asked nothing more"


def test_without_statistics_and_for_numbers_nothing_is_marked(tmp_path: Path) -> None:
    numbered = {**ROWS, "claim_id": [1, 1, 2, 3]}
    assert marked(write(tmp_path / "c.parquet", ROWS, write_statistics=False)).filled == set()
    assert "claim_id" not in marked(write(tmp_path / "n.parquet", numbered)).filled


@pytest.mark.parametrize("parts", [1, 3])
def test_statistics_change_no_line(tmp_path: Path, parts: int) -> None:
    found = [
        split_of(tmp_path / f"out-{has}", write(tmp_path / f"{has}.parquet", ROWS, write_statistics=has), parts=parts)
        for has in (True, False)
    ]
    with_them, without = ({"lines": one.lines, "reasons": list(one.reasons.values())} for one in found)
    assert found[0].counts == found[1].counts
    assert with_them["reasons"] == without["reasons"] == ["member_id is missing"]
    # An empty column is left out, and is empty either way.
    shown = [[{name: text for name, text in line.items() if text != ""} for line in one.lines] for one in found]
    assert shown[0] == shown[1]
    assert len(shown[0]) == 3


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("billing_npi", "1.99999E+09"),
        ("billing_npi", "NPI 1999999984"),
        ("place_of_service", "11.0"),
        ("revenue_code", "333"),
        ("claim_frequency", "7.0"),
        ("claim_id", "1.23457E+11"),
        ("member_id", "12345.0"),
        ("member_id", "NULL"),
    ],
)
def test_one_text_of_another_program_has_each_line_read_by_its_forms(tmp_path: Path, column: str, text: str) -> None:
    usual = {"place_of_service": "11", "revenue_code": "0333", "claim_frequency": "1"}
    rows = {**ROWS, **{name: [value] * 4 for name, value in usual.items()}, "member_id": ["M1", "M1", "M2", "M3"]}
    (usual_source,) = find_sources([str(write(tmp_path / "usual.parquet", rows))])
    rows[column] = [*rows[column][:3], text]
    (source,) = find_sources([str(write(tmp_path / "odd.parquet", rows))])
    with open_connection(500_000_000, 1, tmp_path / "spill") as connection:
        found = [with_columns_by_statistics(connection, one).layout for one in (usual_source, source)]
    assert [layout is not None and layout.is_clean for layout in found] == [True, False]


@pytest.mark.parametrize(
    ("number", "has_no_ends"),
    [
        ("A1F202401", True),
        ("A1-1", True),
        ("A1-001", True),
        ("1RA", True),
        ("A1-01", False),
        ("5001.02", False),
        ("5001A1", False),
        ("5001_r12", False),
        ("5001-01 ", False),  # the space is not read, and what it stands behind may be an end
    ],
)
def test_numbers_without_an_end_need_not_be_asked_for_versions(tmp_path: Path, number: str, has_no_ends: bool) -> None:
    claims = write(tmp_path / "c.parquet", {**ROWS, "claim_id": ["B-1", "B-1", number, "B-2"]})
    (source,) = find_sources([str(claims)])
    with open_connection(500_000_000, 1, tmp_path / "spill") as connection:
        assert with_columns_by_statistics(connection, source).has_no_ends is has_no_ends


@pytest.mark.parametrize("place", [0, 4_000, 7_999])
@pytest.mark.parametrize("bytes_of_a_dictionary", [1 << 20, 4_000])
def test_a_text_that_is_not_plain_is_found_in_whatever_page_it_is(
    tmp_path: Path, place: int, bytes_of_a_dictionary: int
) -> None:
    """Also behind the texts that the dictionary of a row group has room for, which are written as they are."""
    count = 8_000
    rows: dict[str, list[Any]] = {name: [values[0]] * count for name, values in ROWS.items()}
    rows["claim_id"] = [f"C{number:06d}" for number in range(count)]
    rows["member_id"] = [f"M{number:06d}" for number in range(count)]
    rows["member_id"][place] = "M1\u00a0"
    file = tmp_path / "c.parquet"
    pq.write_table(
        pa.table(rows),
        file,
        dictionary_pagesize_limit=bytes_of_a_dictionary,
        data_page_size=1_000,
        write_batch_size=500,
        max_rows_per_page=500,
    )
    (source,) = find_sources([str(file)])
    with open_connection(500_000_000, 1, tmp_path / "spill") as connection:
        pages = connection.execute(
            "select encoding_stats from parquet_metadata(?) where path_in_schema = 'member_id'", [str(file)]
        ).fetchall()
        layout = with_columns_by_statistics(connection, source).layout
    encodings = {kind["encoding"] for kind in pages[0][0] if kind["page_type"] != "DICTIONARY_PAGE"}
    assert ("PLAIN" in encodings) == (bytes_of_a_dictionary < 1 << 20), "otherwise nothing is tried here"
    assert layout is not None
    assert layout.with_unseen == ("member_id",)
