"""No line of a CSV of claims is lost in silence, however it is damaged: each is kept, rejected, or the file refused."""

from pathlib import Path

import duckdb
import pytest

from isocenter.errors import UnreadableInput
from isocenter.intake.bulk.clean_csv import LINE_COLUMN, RewrittenTable
from isocenter.intake.bulk.sources import find_sources
from isocenter.screening import splitting
from isocenter.screening.splitting import open_connection, split
from isocenter.screening.unreadable import cannot_be_read
from tests.screening.claims_files import COVERED, HEADER, split_of


def lines(count: int, first: int = 1) -> list[str]:
    return [f"L{n},A{n},M{n},2024-03-05,77301,1,professional" for n in range(first, first + count)]


def write(folder: Path, rows: list[str], *, header: str = HEADER, encoding: str = "utf-8") -> Path:
    file = folder / "claims.csv"
    file.write_bytes("\n".join([header, *rows, ""]).encode(encoding))
    return file


@pytest.mark.parametrize("far_apart", [False, True])
def test_stray_quotation_marks_cost_their_own_lines_alone(tmp_path: Path, far_apart: bool) -> None:
    rows = lines(2000)
    rows[100] = '"' + rows[100]
    if far_apart:
        rows[1900] = rows[1900].replace(",77301", ',"77301')
    found = split_of(tmp_path / "out", write(tmp_path, rows))
    broken = 2 if far_apart else 1
    assert (found.counts.read, found.counts.kept, found.counts.rejected) == (2000, 2000 - broken, broken)
    assert "line 102" in found.reasons
    assert "quotation mark" in found.reasons["line 102"]


def test_an_open_quotation_mark_in_the_header_refuses_the_file(tmp_path: Path) -> None:
    file = write(tmp_path, lines(3), header=HEADER.replace(",setting", ',"setting'))
    with pytest.raises(UnreadableInput, match="line 1: a quotation mark"):
        find_sources([str(file)])


def test_cells_with_line_ends_are_one_row(tmp_path: Path) -> None:
    rows = lines(5)
    rows[2] = 'L3,"A\n3",M3,2024-03-05,77301,0,professional'
    found = split_of(tmp_path / "out", write(tmp_path, rows))
    assert (found.counts.read, found.counts.kept) == (5, 4)
    assert list(found.reasons) == ["line 4"]


def test_letters_of_another_code_page_are_read_as_they_were_written(tmp_path: Path) -> None:
    rows = [row.replace("A1,", "Ä1,") for row in lines(1)]
    for encoding in ("cp1252", "utf-8", "utf-16", "utf-16-le", "utf-16-be"):
        found = split_of(tmp_path / encoding, write(tmp_path, rows, encoding=encoding))
        assert found.values("claim_id") == ["Ä1"]


@pytest.mark.parametrize("place", [2, 4])
def test_a_damaged_letter_in_the_member_or_the_code_costs_its_line_alone(tmp_path: Path, place: int) -> None:
    file = write(tmp_path, ['"' + lines(1)[0], *lines(3), "of UTF-8: é"])
    cells = lines(1)[0].encode().split(b",")
    cells[place] += b"\xe9"
    file.write_bytes(file.read_bytes().replace(lines(1)[0].encode() + b"\n", b",".join(cells) + b"\n"))
    found = split_of(tmp_path / "out", file)
    assert (found.counts.read, found.counts.kept) == (5, 2)
    assert "UTF-8" in found.reasons["line 3"]


@pytest.mark.parametrize("header", [HEADER + ",units", HEADER + ",UNITS"])
def test_a_column_that_is_there_twice_is_refused(tmp_path: Path, header: str) -> None:
    file = write(tmp_path, [row + ",1" for row in lines(1)], header=header)
    with pytest.raises(UnreadableInput, match="units appears twice"):
        find_sources([str(file)])


def test_lines_of_another_width_are_rejected_each_by_itself(tmp_path: Path) -> None:
    rows = lines(4)
    rows[1] += ",more"
    rows[2] = "L3,A3"
    found = split_of(tmp_path / "out", write(tmp_path, rows))
    assert (found.counts.read, found.counts.kept, found.counts.rejected) == (4, 2, 2)


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_lines_may_end_as_on_any_machine(tmp_path: Path, ending: str) -> None:
    file = tmp_path / "claims.csv"
    file.write_bytes(ending.join([HEADER, *lines(3), ""]).encode())
    assert split_of(tmp_path / "out", file).counts.kept == 3


@pytest.mark.parametrize("first", ["\n", "\r\n"])
def test_lines_may_end_in_both_ways_in_one_file(tmp_path: Path, first: str) -> None:
    file = tmp_path / "claims.csv"
    other = "\r\n" if first == "\n" else "\n"
    file.write_bytes(
        "".join(row + (first, other)[place % 2] for place, row in enumerate([HEADER, *lines(67)])).encode()
    )
    found = split_of(tmp_path / "out", file)
    assert (found.counts.read, found.counts.kept) == (67, 67)


def test_a_table_that_does_not_fit_the_memory_says_what_may_help(tmp_path: Path) -> None:
    wrong = duckdb.OutOfMemoryException("Out of Memory Error: no room\n\nmore")
    assert str(cannot_be_read([tmp_path / "wide.csv"], wrong)) == (
        "wide.csv: cannot be read (Out of Memory Error: no room); more --memory may help"
    )
    assert "--memory" not in str(cannot_be_read([tmp_path / "odd.csv"], duckdb.Error("broken")))


def test_a_table_that_is_gone_is_told_so(tmp_path: Path) -> None:
    there = write(tmp_path, lines(1))
    wrong = duckdb.IOException("IO Error: No files found that match the pattern")
    assert str(cannot_be_read([there, tmp_path / "gone.parquet"], wrong)) == (
        "gone.parquet: was removed while it was being read; put it back, and run again"
    )


def test_of_thousands_of_columns_those_alone_are_read_that_a_claim_line_has(tmp_path: Path) -> None:
    columns, rows = 2000, 2100  # in the vectors of a parser that reads all of them 65 megabytes
    header = ",".join([HEADER, *(f"other_{number}" for number in range(columns))])
    file = write(tmp_path, [line + ",x" * columns for line in lines(rows)], header=header)
    with open_connection(50_000_000, 1, tmp_path / "spill") as connection:
        counts = split(connection, find_sources([str(file)]), COVERED, 1, tmp_path / "out", rows_held=7_000)
    assert (counts.read, counts.kept, counts.rejected) == (rows, rows, 0)


def test_with_broken_lines_among_them_the_table_is_written_anew_with_these_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(splitting, "_COLUMNS_OF_A_PARSER", 8)
    rows = [f"{line},{number},y" for number, line in enumerate(lines(5))]
    rows[2] = rows[2].removesuffix(",y")
    found = split_of(tmp_path / "out", write(tmp_path, rows, header=f"{HEADER},other,another"))
    assert [line["claim_line_id"] for line in found.lines] == ["L1", "L2", "L4", "L5"]
    assert "8 cells where the header has 9" in found.reasons["line 4"]
    rewritten = RewrittenTable(
        tmp_path / "claims.csv", "utf-8-sig", tmp_path / "anew.csv", ("a", "b", "c"), ",", read={"c", "a"}
    )
    assert rewritten.columns == ("a", "c", LINE_COLUMN)
