"""Compressed files and workbooks of claims are read as what is in them, and what cannot be is named."""

import gzip
import io
import re
import tarfile
import zipfile
from datetime import date
from pathlib import Path

import pytest
from tests.intake.xlsx_writer import write_sheets, write_xlsx
from tests.screening.claims_files import HEADER, ROW, rows_of, write_csv
from tests.screening.screenings import settings_of

from isocenter.errors import UnreadableInput
from isocenter.intake.bulk.sources import look_for_sources
from isocenter.intake.case import read_case
from isocenter.intake.packed import Unpacked, unpack
from isocenter.screening.run import screen
from isocenter.screening.settings import Settings
from isocenter.terms.claims import ClaimLine
from isocenter.terms.limits import Limit
from isocenter.terms.problems import Problem, Unread

_TABLE = f"{HEADER}\n{ROW}\n".encode()


def unpacked(file: Path, folder: Path) -> tuple[list[Unpacked], list[Problem]]:
    found = list(unpack(file, folder))
    return [one for one in found if isinstance(one, Unpacked)], [one for one in found if isinstance(one, Problem)]


def test_gzip_zip_and_what_is_packed_twice_come_out_whole(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(_TABLE))
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("2025/a.csv", _TABLE)
        archive.writestr("2025/b.csv.gz", gzip.compress(_TABLE))
        archive.writestr("__MACOSX/._a.csv", b"x")
    for name, members in (("a.csv.gz", [""]), ("b.zip", ["2025/a.csv", "2025/b.csv.gz"])):
        files, problems = unpacked(tmp_path / name, tmp_path / "out")
        assert [one.file.read_bytes() for one in files] == [_TABLE] * len(members)
        assert [one.member for one in files] == members
        assert problems == []


@pytest.mark.parametrize("member", ["../export/a.csv", "../../a.csv", "./a.csv", "..\\export\\a.csv"])
def test_a_member_whose_path_climbs_is_read_within_the_folder_it_is_unpacked_to(tmp_path: Path, member: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(member, _TABLE)
        archive.writestr("..\\.hidden", b"x")
    (file,), problems = unpacked(tmp_path / "a.zip", tmp_path / "out")
    assert (file.file.read_bytes(), problems) == (_TABLE, [])
    assert file.file.resolve().is_relative_to(tmp_path / "out")


def _tar(**members: bytes) -> bytes:
    with io.BytesIO() as data:
        with tarfile.open(fileobj=data, mode="w") as archive:
            for name, content in members.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
            link = tarfile.TarInfo("../../elsewhere.csv")
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
            archive.addfile(link)
        return data.getvalue()


@pytest.mark.parametrize("name", ["claims.tar", "claims.tar.gz", "claims.tgz"])
def test_an_archive_of_tar_is_unpacked_within_its_folder_and_follows_no_link(tmp_path: Path, name: str) -> None:
    data = _tar(**{"2025/../../a.csv": _TABLE, "._a.csv": b"x", "b.csv.gz": gzip.compress(_TABLE)})
    (tmp_path / name).write_bytes(data if name.endswith(".tar") else gzip.compress(data))
    files, problems = unpacked(tmp_path / name, tmp_path / "out")
    assert [(one.member, one.file.read_bytes()) for one in files] == [
        ("2025/../../a.csv", _TABLE),
        ("b.csv.gz", _TABLE),
    ]
    assert problems == []
    assert all(one.file.resolve().is_relative_to(tmp_path / "out") for one in files)


@pytest.mark.parametrize(("kept", "files"), [(512 + 40, 0), (1024, 1), (1024 + 512, 1), (2048, 2), (2048 + 20, 2)])
def test_an_archive_of_tar_that_is_cut_may_lack_files(tmp_path: Path, kept: int, files: int) -> None:
    whole = _tar(**{"a.csv": _TABLE, "b.csv": _TABLE})
    (tmp_path / "claims.tar").write_bytes(whole[:kept])
    found, problems = unpacked(tmp_path / "claims.tar", tmp_path / "out")
    assert len(found) == files
    assert any(isinstance(problem, Unread) for problem in problems)


def test_an_archive_of_hidden_files_alone_is_not_called_empty(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("__MACOSX/._a.csv", b"x")
    files, (problem,) = unpacked(tmp_path / "a.zip", tmp_path / "out")
    assert (files, "only hidden files" in problem.sentence) == ([], True)


def test_a_workbook_becomes_a_table_for_each_sheet(tmp_path: Path) -> None:
    book = write_xlsx(tmp_path / "claims.xlsx", [["claim", "units"], ["A1", 2], [None, 77301]])
    ((table,), _) = unpacked(book, tmp_path / "out")
    assert table.file.read_text() == "claim,units\nA1,2\n,77301\n"


@pytest.mark.parametrize("counts_from_1904", [False, True])
def test_numbers_of_days_are_counted_from_the_year_of_their_workbook(tmp_path: Path, counts_from_1904: bool) -> None:
    day = (date(2024, 3, 5) - (date(1904, 1, 1) if counts_from_1904 else date(1899, 12, 30))).days
    rows = [["Claims of March"], ["claim id", "member id", "dos", "cpt", "units", "rendering npi", "pos"]]
    rows += [["A1", "M1", day, 77301, 1, 1999999984, 11]]
    write_xlsx(tmp_path / "claims.xlsx", rows, counts_from_1904=counts_from_1904)
    (line,) = [row for row in read_case(tmp_path).rows if isinstance(row, ClaimLine)]
    assert (line.service_date, line.units) == (date(2024, 3, 5), 1)


def test_a_sheet_that_is_no_table_is_saved_anew_and_not_unpacked(tmp_path: Path) -> None:
    (tmp_path / "claim_lines.csv").write_bytes(_TABLE)
    write_xlsx(tmp_path / "calls.xlsx", [["Person", "Remark"], ["Robin", "call back"]])
    (problem,) = [one for one in read_case(tmp_path).problems if one.path == "calls.xlsx"]
    assert problem.sentence.endswith("save the sheet as CSV under the name of its table")


_NAMES: list[str | int] = ["claim id", "member id", "dos", "cpt", "units", "rendering npi", "pos"]
_LINE: list[str | int] = ["A1", "M1", "2024-03-05", "77301", 1, "1999999984", "11"]


_TOTALS: list[list[list[str | int]]] = [
    [["Month", "Claims", "Charges"], ["2024-03", 1, 45356]],
    [["Any Practice"], ["Month", "Claims", "Charges"], ["2024-03", 1, 2400]],
    [["procedure_code", "units", "charge_amount"], ["77301", 1, 45356]],
    [["Member ID", "Count of claim_id", "Sum of charge_amount"], ["M1", 1, 2400], ["Grand total", 1, 2400]],
    [["Notes"], ["Robin was called back"], ["Sent on 3/9 with the others"]],
    [["Column", "Meaning"], ["claim id", "our number"], ["dos", "day of treatment"], ["units", "fractions"]],
]


@pytest.mark.parametrize("name", ["march.xlsx", "claim_lines.xlsx"])
@pytest.mark.parametrize("totals", _TOTALS)
def test_totals_beside_a_sheet_of_claims_are_named_and_hold_nothing(
    tmp_path: Path, totals: list[list[str | int]], name: str
) -> None:
    write_sheets(tmp_path / name, {"Claims": [_NAMES, _LINE], "Summary": totals})
    contents = read_case(tmp_path)
    (problem,) = [one for one in contents.problems if one.path == f"{name}: Summary"]
    assert type(problem) is Problem
    assert problem.sentence == "no row of the sheet is a service; it was left out"
    assert [row.procedure_code for row in contents.rows if isinstance(row, ClaimLine)] == ["77301"]


@pytest.mark.parametrize(
    "sheet",
    [
        [["Site", "Dose Gy", "Fractions"], ["Prostate", 78, 39]],
        [["What", "Value"], ["Prescribed dose", "78 Gy"]],
        [["Who", "When", "What"], ["M1", 45356, "77338"]],
        [["Notes"], ["Fractions 3 to 5 were given at the other site"]],
        [["Notes"], ["77338 on 3/6/2024 was left out"], ["77338", "3/6/2024"]],
        [["Column", "Meaning"], ["dos", "day of treatment"], ["Dose", "78 Gy"], ["Site", "prostate"]],
        [["Member ID", "Dx"], ["M1", "C61"]],
        [["Member ID", "CPT", "Units"], ["M1", "77338", 1]],
    ],
)
def test_a_sheet_beside_claims_that_may_state_facts_is_asked_about(
    tmp_path: Path, sheet: list[list[str | int]]
) -> None:
    write_sheets(tmp_path / "march.xlsx", {"Claims": [_NAMES, _LINE], "More": sheet})
    (problem,) = [one for one in read_case(tmp_path).problems if one.path == "march.xlsx: More"]
    assert isinstance(problem, Unread)


def test_totals_in_a_workbook_without_claims_are_asked_about(tmp_path: Path) -> None:
    write_csv(tmp_path / "claims.csv", ROW)
    write_sheets(tmp_path / "march.xlsx", {"Summary": [["Month", "Claims", "Charges"], ["2024-03", 1, 2400]]})
    (problem,) = [one for one in read_case(tmp_path).problems if one.path == "march.xlsx"]
    assert isinstance(problem, Unread)


@pytest.mark.parametrize(
    "content",
    [gzip.compress(_TABLE, mtime=0)[:30], b"PK\x03\x04 and no more", b"BZh9 nothing"],
    ids=["gzip", "zip", "bzip2"],
)
def test_a_damaged_archive_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    files, (problem,) = unpacked(tmp_path / "a.zip", tmp_path / "out")
    assert files == []
    assert problem.path == str(tmp_path / "a.zip")
    assert "left out" in problem.sentence


def test_an_archive_that_is_emptied_while_it_is_read_is_named(tmp_path: Path) -> None:
    emptied = tmp_path / "a.csv.gz"
    emptied.write_bytes(b"")
    files, (problem,) = unpacked(emptied, tmp_path / "out")
    assert (files, "changed while it was read" in problem.sentence) == ([], True)


def test_what_unpacks_to_far_more_than_claims_do_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("isocenter.intake.packed._MOST_TIMES_LARGER", 0)
    monkeypatch.setattr("isocenter.intake.packed.UNPACKED_BYTES", Limit(1000, "bytes", "export it again"))
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"0" * 1_000_000))
    files, (problem,) = unpacked(tmp_path / "a.gz", tmp_path / "out")
    assert files == []
    assert "1,000" in problem.sentence


def test_an_archive_of_thousands_of_files_is_refused_at_once(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as archive:
        for number in range(2_001):
            archive.writestr(f"{number}.csv", b"")
    files, (problem,) = unpacked(tmp_path / "many.zip", tmp_path / "out")
    assert files == []
    assert "2,001 files in one archive; at most 2,000 are read" in problem.sentence


def test_one_file_that_is_no_claims_ends_nothing_and_is_named(tmp_path: Path) -> None:
    claims = tmp_path / "claims"
    (claims / "2024").mkdir(parents=True)
    write_csv(claims / "2024" / "a.csv", ROW)
    (claims / "notes.bin").write_bytes(b"\x00\x01\x02")
    (claims / "other.csv").write_text("name,color\nx,y\n")
    (claims / "read.pdf").write_bytes(b"%PDF-1.4")
    (claims / "damaged.parquet").write_bytes(b"PAR1 and no more")
    found = look_for_sources([str(claims)])
    assert [file.name for source in found.sources for file in source.files] == ["a.csv"]
    assert sorted(Path(problem.path).name for problem in found.problems) == [
        "damaged.parquet", "notes.bin", "other.csv", "read.pdf",
    ]  # fmt: skip


def test_nothing_but_what_is_no_claims_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04")
    with pytest.raises(UnreadableInput, match="no claim lines among the files"):
        look_for_sources([str(tmp_path / "a.zip")], unpacked=tmp_path / "out")


_FAR_CELLS = (
    "<c r='XFD1048576'><v>1</v></c>",
    '<c\n s="1"   r = "xfd1048576"><v>1</v></c>',
    f'<c x="{"y" * 400}>" r="XFD1048576"><v>1</v></c>',
    '<x:c r="XFD1048576"><x:v>1</x:v></x:c>',
    '</row><row r="1048576">' + "<c><v>1</v></c>" * 30,
    '<c r="space1"><v>1</v></c>',
)


@pytest.mark.parametrize("cell", _FAR_CELLS)
@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "elsewhere/sheet.bin"])
def test_a_cell_far_away_is_refused_however_its_place_is_written(tmp_path: Path, cell: str, part: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr(part, f'<sheetData><row r="1"><c r="A1"><v>1</v></c>{cell}</row></sheetData>')
    files, (problem,) = unpacked(tmp_path / "a.xlsx", tmp_path / "out")
    assert files == []
    assert re.search("(cells between the first and the last|columns) of a sheet; at most", problem.sentence)


def test_a_workbook_that_ends_its_reader_costs_itself_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("isocenter.intake.workbooks.expect_a_workbook_that_fits", lambda *_: None)
    book = write_xlsx(tmp_path / "claims.xlsx", [["claim", "units"], ["A1", 2]])
    with zipfile.ZipFile(book) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    with zipfile.ZipFile(book, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text.replace(b"</sheetData>", far))
    files, (problem,) = unpacked(book, tmp_path / "out")
    assert files == []
    assert "within the memory that a workbook may take" in problem.sentence


def test_a_workbook_is_read_within_the_memory_that_a_screening_has_beside_it(tmp_path: Path) -> None:
    row = ["L1", "A1", "M1", "2025-03-05", "77301", 1, "professional"]
    header = ["claim_line_id", "claim_id", "member_id", "service_date", "procedure_code", "units", "setting"]
    claims = str(write_xlsx(tmp_path / "claims.xlsx", [header, row]))
    assert look_for_sources([claims], unpacked=tmp_path / "out").sources
    with pytest.raises(UnreadableInput, match="save it as CSV, or give more --memory"):
        look_for_sources([claims], unpacked=tmp_path / "less", workbook_bytes=20_000_000)
    assert Settings((claims,), tmp_path, memory_bytes=500_000_000).workbook_bytes < 300_000_000


_HEADER = ["claim_line_id", "claim_id", "member_id", "service_date", "procedure_code", "units", "setting"]


def _with_errors(folder: Path, *rows: list[object]) -> tuple[Path, Path]:
    """A workbook of claims, and the same with an error in each cell that says ERROR."""
    whole = write_xlsx(folder / "whole.xlsx", [_HEADER, *rows])
    broken = folder / "broken.xlsx"
    with zipfile.ZipFile(whole) as given, zipfile.ZipFile(broken, "w") as written:
        for name in given.namelist():
            text = given.read(name).decode()
            inline = 't="inlineStr"><is><t xml:space="preserve">ERROR</t></is>'
            written.writestr(name, text.replace(inline, 't="e"><v>#REF!</v>'))
    return whole, broken


def test_an_error_in_a_cell_of_a_workbook_is_named_and_is_no_empty_cell(tmp_path: Path) -> None:
    good: list[object] = ["L1", "A1", "M1", "2025-03-05", "77301", 1, "professional"]
    whole, broken = _with_errors(tmp_path, good, ["L2", "A1", "M1", "2025-03-06", "ERROR", 1, "professional"])
    (tmp_path / "out").mkdir()
    (problem,) = [one for one in unpack(broken, tmp_path / "out") if isinstance(one, Problem)]
    assert "state nothing: 1, the first of them E3" in problem.sentence
    assert not [one for one in unpack(whole, tmp_path / "out") if isinstance(one, Problem)]


@pytest.mark.parametrize("column", ["procedure_code", "units", "service_date", "setting"])
def test_a_screening_holds_the_member_of_a_line_with_an_error_and_no_other(tmp_path: Path, column: str) -> None:
    rows: list[list[object]] = [
        [f"L{place}", f"A{place}", f"M{place}", "2025-03-05", "77301", 1, "professional"] for place in (1, 2, 2)
    ]
    rows[2][_HEADER.index(column)], rows[2][0] = "ERROR", "L3"
    _, broken = _with_errors(tmp_path, *rows)
    screen(settings_of(tmp_path / "out", broken, policies=("imrt",)))
    courses = {one["member_id"]: one["recommendation"] for one in rows_of(tmp_path / "out", "courses/*.parquet")}
    assert (courses["M1"] != "human_review", courses["M2"]) == (True, "human_review")
    assert [one["place"] for one in rows_of(tmp_path / "out", "rejects.parquet")] == ["line 4"]
