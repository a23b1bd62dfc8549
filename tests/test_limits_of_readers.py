"""What is larger than anything real is refused before it fills the memory, in a sentence of our own."""

import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from isocenter.errors import BrokenRule, UnreadableInput
from isocenter.fhir.clients.databases import opened
from isocenter.files.structured import parse_toml, read_toml
from isocenter.intake import claims_table, csv_tables
from isocenter.intake.bulk import clean_csv
from isocenter.intake.dicom_rt.elements import open_object
from isocenter.intake.packed import unpack
from isocenter.intake.unpacking import expect_a_workbook_that_fits
from isocenter.planning.objective.goals import read_goals
from isocenter.rulebook.files import read_table
from isocenter.terms import limits
from isocenter.terms.problems import Problem
from tests.screening.claims_files import HEADER, ROW, split_of

_OF_LIBRARIES = ("codec can't", "Errno", "Error -3", "sqlite", "end-of-stream", "BadZip", "(at line")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rows_of_a_case_beyond_what_is_read_are_refused_before_any_is_kept(tmp_path: Path, end: str) -> None:
    rows = end.join(["claim_line_id,service_date,procedure_code,units", *["L,2024-01-02,77301,1"] * 1_000_001])
    path = tmp_path / "claim_lines.csv"
    path.write_bytes(rows.encode())
    with pytest.raises(UnreadableInput, match="1,000,001 rows in one table of a case; at most 1,000,000 are read"):
        next(iter(csv_tables.read(path)))
    path.write_bytes(rows.encode().removesuffix(b"L,2024-01-02,77301,1"))  # a line end follows the millionth
    next(iter(csv_tables.read(path)))


def test_a_table_of_claims_in_another_layout_has_the_same_limit(tmp_path: Path) -> None:
    path = tmp_path / "extract.csv"
    path.write_text(f"{HEADER}\n" + f"{ROW}\n" * 1_000_001, encoding="utf-8")
    with pytest.raises(UnreadableInput, match="1,000,001 rows in one table of a case"):
        list(claims_table.read(path))


@pytest.mark.parametrize(
    "line", ["7", "1,1,1,1,1,1,1,1,1", '"1,1",1"1,1",1,1,1,1,1', "L1,A1,M1,2024-03-05,7\xe97301,1,professional"]
)
def test_a_file_of_lines_that_are_no_rows_is_refused_and_not_kept_in_memory(
    tmp_path: Path, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = replace(limits.LINES_THAT_ARE_NO_ROWS, most=11_000)
    monkeypatch.setattr(clean_csv, "LINES_THAT_ARE_NO_ROWS", most)
    claims = tmp_path / "claims.csv"
    rows = "\n".join([HEADER, ROW, *[line] * 12_000, "of UTF-8: é"])
    claims.write_bytes(rows.encode("utf-8").replace(b"7\xc3\xa97301", b"7\xe97301"))
    assert not clean_csv.survey(claims, ",", HEADER.count(",") + 1).is_plain
    with pytest.raises(UnreadableInput, match=r"claims\.csv: 11,001 lines that are not rows"):
        split_of(tmp_path / "out", claims)
    with pytest.raises(UnreadableInput, match=r"claims\.csv: 11,001 lines that are not rows"):
        list(claims_table.read(claims))


def test_where_more_lines_are_rows_the_others_are_set_aside_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clean_csv, "LINES_THAT_ARE_NO_ROWS", replace(limits.LINES_THAT_ARE_NO_ROWS, most=10))
    monkeypatch.setattr(clean_csv, "_NO_ROWS_OF_A_PARSER", 10)
    claims = tmp_path / "claims.csv"
    claims.write_text("\n".join([HEADER, *[ROW, "7"] * 30]), encoding="utf-8")
    found = split_of(tmp_path / "out", claims)
    assert (found.counts.read, found.counts.kept, found.counts.rejected) == (60, 30, 30)
    assert list(found.reasons) == [f"line {number}" for number in range(3, 63, 2)]


def test_quoted_cells_with_separators_within_are_left_to_the_parser(tmp_path: Path) -> None:
    claims = tmp_path / "claims.csv"
    row = ROW.replace("professional", '"profess, ""ional"""')
    claims.write_text("\n".join([HEADER, *[row] * 12_000]), encoding="utf-8")
    assert clean_csv.survey(claims, ",", HEADER.count(",") + 1) == clean_csv.Survey(12_001, True, "utf-8-sig")


@pytest.mark.parametrize("byte_order", ["<", ">"])
def test_items_of_dicom_beyond_what_is_read_are_refused_before_they_are_objects(byte_order: str) -> None:
    item = struct.pack(f"{byte_order}HHI", 0xFFFE, 0xE000, 0)
    with pytest.raises(UnreadableInput, match="1,000,001 items of sequences in one DICOM file"):
        open_object(bytes(128) + b"DICM" + item * 1_000_001)


def test_a_sheet_with_more_rows_than_excel_has_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "claims.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", '<row><c r="A1"/></row><row r="1048577"><c/></row>')
    with pytest.raises(UnreadableInput, match="1,048,577 rows of a sheet; at most 1,048,576 are read"):
        expect_a_workbook_that_fits(path.read_bytes(), path.name)


@pytest.mark.parametrize("letters", [200_000, 3_000_000])
def test_a_screening_counts_and_names_a_line_with_an_endless_cell(tmp_path: Path, letters: int) -> None:
    claims = tmp_path / "c.csv"
    claims.write_text(f"{HEADER},note\n{ROW},a\n{ROW},{'t' * letters}\n{ROW},b\n", encoding="utf-8")
    split = split_of(tmp_path / "out", claims)
    assert (split.counts.read, split.counts.rejected) == (3, 1)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a = 1\nb : 2\n", "not TOML at line 2, column 3; expected `name = value`"),
        ("[claim_lines", "not TOML at the end; expected `name = value`"),
    ],
)
def test_broken_toml_is_named_by_its_place(text: str, says: str) -> None:
    with pytest.raises(ValueError, match="not TOML") as wrong:
        parse_toml(text)
    assert str(wrong.value).startswith(says)


@pytest.mark.parametrize("text", [".".join(["a"] * 50_000) + " = 1", f"[{' . '.join(['b'] * 50_000)}]"])
def test_a_key_of_very_many_names_is_refused_before_it_is_parsed(text: str) -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        parse_toml(text)


def test_no_sentence_is_a_library_s(tmp_path: Path) -> None:
    latin = tmp_path / "latin"
    latin.write_bytes(b"name = 'Universit\xe9'\n")
    said = []
    for read, kind in ((read_toml, ValueError), (read_goals, UnreadableInput), (read_table, BrokenRule)):
        with pytest.raises(kind, match="byte 18 is not a letter in UTF-8; save it as") as wrong:  # type: ignore[arg-type]
            read(latin)  # type: ignore[operator]
        said.append(str(wrong.value))
    with pytest.raises(UnreadableInput, match="is not a database") as wrong:
        opened(latin, "create table one (a)", "answers")
    said.append(str(wrong.value))
    for name, data in (("cut.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\3\x4b"), ("bad.zip", b"PK\x03\x04" + bytes(80))):
        (tmp_path / name).write_bytes(data)
        (problem,) = unpack(tmp_path / name, tmp_path / "out")
        assert isinstance(problem, Problem)
        said.append(problem.sentence)
    assert "it cannot be unpacked (it is cut short); pack it again" in said[-2]
    assert "it cannot be unpacked (it is damaged); pack it again" in said[-1]
    assert not [sentence for sentence in said if any(words in sentence for words in _OF_LIBRARIES)]


def test_claims_of_another_layout_without_a_row_are_named(tmp_path: Path) -> None:
    path = tmp_path / "extract.csv"
    path.write_text("claim_id,claim_line_number,member_id,claim_start_date,hcpcs_code,service_unit_quantity\n")
    _, problem = claims_table.read(path)
    assert isinstance(problem, Problem)
    assert problem.sentence.startswith("no row follows the names of the columns")
