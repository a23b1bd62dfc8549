"""One case of claims in a payer's own table, compressed or as a spreadsheet leaves it, is read like any other."""

import gzip
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.intake.x12_samples import PROFESSIONAL
from tests.intake.x12_writer import delimit
from tests.intake.xlsx_writer import write_xlsx
from tests.screening.claims_files import split_of

from isocenter.errors import UnreadableInput
from isocenter.intake.case import read_case
from isocenter.intake.case_contents import CaseContents
from isocenter.intake.claim_values import as_meant
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine
from isocenter.terms.problems import LostLine

_HEADER = "CLM_NBR,LN,MBR_ID,SVC_FROM_DT,PROC_CD,QTY,POS,BILL_NPI,CHRG,DX1,LINE_STATUS"
_ROWS = (
    'A1,1,M1,02/24/2025,77301,1,11,1999999984,"$2,400.00",C7951,PAID',
    "A1,2,M1,03/03/2025,g6015,1.0,11,1999999984,520,C7951,PAID",
    "A1,3,M1,03/04/2025,G6015,0,11,1999999984,520,C7951,PAID",
    "A1,4,M1,03/05/2025,G6015,1,11,1999999984,520,C7951,DENIED",
)
_TABLE = "\n".join([_HEADER, *_ROWS, ""])


def lines_of(contents: CaseContents) -> list[ClaimLine]:
    return [row for row in contents.rows if isinstance(row, ClaimLine)]


@pytest.mark.parametrize("way", ["plain", "gzip", "zip", "utf-16", "utf-16-be", "named as ours"])
def test_a_payers_table_is_read_in_a_case_and_nothing_of_it_is_lost(tmp_path: Path, way: str) -> None:
    case = tmp_path / "case"
    case.mkdir()
    (case / "notes.md").write_text("notes")
    if way == "zip":
        with zipfile.ZipFile(case / "c.zip", "w") as archive:
            archive.writestr("claims/c.csv", _TABLE)
    else:
        name = {"gzip": "c.csv.gz", "named as ours": "claim_lines.csv"}.get(way, "c.csv")
        data = _TABLE.encode(way if way.startswith("utf") else "utf-8")
        (case / name).write_bytes(gzip.compress(data) if way == "gzip" else data)
    contents = read_case(case)
    assert [(line.procedure_code, line.service_date, line.charge_amount) for line in lines_of(contents)] == [
        ("77301", date(2025, 2, 24), 2400.0),
        ("G6015", date(2025, 3, 3), 520.0),
    ]
    assert [row.icd10 for row in contents.rows if isinstance(row, ClaimDiagnosis)] == ["C79.51"]
    told = " ".join(problem.sentence for problem in contents.problems)
    assert "units is 0; expected a whole number from 1" in told
    assert "LINE_STATUS is DENIED" in told
    assert "service_date from SVC_FROM_DT (%m/%d/%Y)" in told


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_column_of_the_sender_beside_ours_is_named_and_the_lines_are_read(tmp_path: Path, ending: str) -> None:
    values = {
        **{"claim_id": "A1", "member_id": "M1", "service_date": "2025-02-24", "procedure_code": "77301", "units": "1"},
        **{"setting": "professional", "batch_of_sender": "17"},
    }
    path = tmp_path / f"claim_lines.{ending}"
    if ending == "csv":
        path.write_text(f"{','.join(values)}\n{','.join(values.values())}\n")
    else:
        pq.write_table(pa.Table.from_pylist([values]), path)
    contents = read_case(tmp_path)
    assert [(line.claim_id, line.procedure_code, line.units) for line in lines_of(contents)] == [("A1", "77301", 1)]
    (problem,) = contents.problems
    assert problem.sentence.endswith("columns that are not read: batch_of_sender")


def test_a_line_without_its_code_is_lost_and_a_total_is_counted(tmp_path: Path) -> None:
    table = _TABLE + "A1,5,M1,03/06/2025,,1,11,1999999984,520,C7951,PAID\n,,,,,3,,,1040,,\n"
    (tmp_path / "c.csv").write_text(table)
    problems = read_case(tmp_path).problems
    (lost,) = [problem for problem in problems if isinstance(problem, LostLine) and "code" in problem.sentence]
    assert (lost.place, lost.sentence) == ("line 6", "procedure_code is missing; the line was left out")
    assert "names no service, as a total or an empty row does" in " ".join(one.sentence for one in problems)


def test_an_837_in_gzip_is_read(tmp_path: Path) -> None:
    (tmp_path / "claims.837.gz").write_bytes(gzip.compress(delimit(PROFESSIONAL)))
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "claims.837").write_bytes(delimit(PROFESSIONAL))
    assert read_case(tmp_path / "claims.837.gz").rows == read_case(tmp_path / "plain").rows


def test_a_workbook_of_claims_is_read(tmp_path: Path) -> None:
    rows: list[list[str | int | None]] = [
        list(_HEADER.split(",")),
        ["A1", 1, "M1", 45712, 77301, 1, 11, None, 2400, "C61", "PAID"],
    ]
    (line,) = lines_of(read_case(write_xlsx(tmp_path / "claims.xlsx", rows)))
    assert (line.service_date, line.procedure_code, line.charge_amount) == (date(2025, 2, 24), "77301", 2400.0)


def test_a_table_whose_columns_are_in_doubt_is_asked_about(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("claim,line,member,day,proc_code,qty\nA,1,M,x,77301,1\n")
    with pytest.raises(UnreadableInput, match="no column is known to hold service_date"):
        read_case(tmp_path / "c.csv")


@pytest.mark.parametrize(
    ("column", "written", "meant"),
    [
        ("procedure_code", "77301.0", "77301"),
        ("procedure_code", " g6015 ", "G6015"),
        ("modifier_1", "59.0", "59"),
        ("charge_amount", "$1,200.00", "1200.00"),
        ("charge_amount", "(150.00)", "-150.00"),
        ("charge_amount", "150.00-", "-150.00"),
        ("charge_amount", "about 5", "about 5"),
        ("units", "1.00 UN", "1"),
        ("units", "2 units", "2"),
        ("units", "15 MJ", "15 MJ"),
        ("setting", "P", "professional"),
        ("line_of_business", "Medicare", "medicare"),
        ("line_of_business", "ZZ", "ZZ"),
        ("revenue_code", "333", "0333"),
        ("place_of_service", "2", "02"),
        ("billing_npi", "1999999984.0", "1999999984"),
        ("claim_id", "77301.0", "77301.0"),
    ],
)
def test_values_of_spreadsheets_are_taken_as_they_are_meant(column: str, written: str, meant: Any) -> None:
    assert as_meant({column: written}) == {column: meant}


_OURS = ("claim_id", "line_number", "member_id", "service_date", "procedure_code", "units", "setting", "charge_amount")


@pytest.mark.parametrize("name", ["lines.csv", "lines.txt"])
@pytest.mark.parametrize("titles", ["", "Claims extract;\nRun of 5 January\n\n"])
def test_our_columns_written_as_others_write_them_are_read(tmp_path: Path, titles: str, name: str) -> None:
    rows = ("A1;1;M1;14.02.2025;77263;1;professional;1.420,00", "A1;2;M1;24.02.2025;77301;1;professional;2.400,50")
    (tmp_path / name).write_text("\n".join([titles + ";".join(_OURS), *rows, ""]), encoding="utf-8")
    assert [(line.service_date, line.charge_amount) for line in lines_of(read_case(tmp_path / name))] == [
        (date(2025, 2, 14), 1420.0),
        (date(2025, 2, 24), 2400.5),
    ]


def test_letters_of_windows_1252_in_a_payers_table_are_named(tmp_path: Path) -> None:
    header = _HEADER + ",NOTE"
    (tmp_path / "c.csv").write_bytes("\n".join([header, *(f"{row},Zürich" for row in _ROWS), ""]).encode("cp1252"))
    assert any("Windows-1252" in problem.sentence for problem in read_case(tmp_path / "c.csv").problems)


_WITH_MODIFIERS = (
    "Claim Number,Line,Member ID,DOS,CPT,{modifiers}Units,Charge,Payer,POS",
    "A1,1,M1,2025-02-24,77334-59,{cells}1,100,Medicare,11",
    "A1,2,M1,2025-02-24,77301,{cells}1,100,Medicare,11",
)


@pytest.mark.parametrize(
    ("modifiers", "cells", "expected"),
    [
        ("", "", ("59", "")),
        ("Mod1,Mod2,", ",,", ("59", "")),
        ("Mod1,Mod2,", "26,,", ("26", "59")),
        ("Mod1,Mod2,", "59,,", ("59", "")),
        ("Mod1,", ",", ("59", "")),
        ("Modifiers,", '"26 LT",', ("26", "LT")),
    ],
)
def test_modifiers_behind_the_code_are_kept_beside_columns_of_their_own(
    tmp_path: Path, modifiers: str, cells: str, expected: tuple[str, str]
) -> None:
    text = "\n".join(row.format(modifiers=modifiers, cells=cells) for row in _WITH_MODIFIERS)
    (tmp_path / "c.csv").write_text(f"{text}\n")
    device, plan = lines_of(read_case(tmp_path / "c.csv"))
    assert device.procedure_code == "77334"
    assert (device.modifier_1, device.modifier_2) == expected
    assert {plan.modifier_1, plan.modifier_2, plan.modifier_3} <= {"", "26", "59", "LT"}
    if expected == ("26", "LT"):
        assert device.modifier_3 == "59"


def test_the_header_again_on_each_page_of_an_export_is_no_line(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("\n".join([_HEADER, *_ROWS[:2], ",,,,,,,,,,", _HEADER, _ROWS[1], ""]))
    contents = read_case(tmp_path / "c.csv")
    assert len(lines_of(contents)) == 3
    assert contents.lines_lost == 0
    assert any("left out: 1, where it repeats the header" in problem.sentence for problem in contents.problems)


@pytest.mark.parametrize(
    ("written", "settings"),
    [
        ("HP", ["institutional", "professional"]),
        ("OP", ["institutional", "professional"]),
        ("HU", ["professional", "institutional"]),
        ("HI", ["H", "institutional"]),
        ("HH", ["H", "H"]),
    ],
)
def test_a_letter_of_a_setting_means_what_those_beside_it_show_and_alone_nothing(
    tmp_path: Path, written: str, settings: list[str]
) -> None:
    rows = (f"A{place},1,M1,2025-02-24,77301,1,{letter},Medicare Advantage PPO" for place, letter in enumerate(written))
    header = ",".join([*_OURS[:-1], "line_of_business"])
    (tmp_path / "claim_lines.csv").write_text("\n".join([header, *rows, ""]))
    lines = lines_of(read_case(tmp_path))
    assert [(line.setting, line.line_of_business) for line in lines] == [(one, "medicare") for one in settings]


@pytest.mark.parametrize(
    "cell",
    [
        "C61/C77.5",
        "C61 & C77.5",
        "C61:C77.5",
        '"C61\nC77.5"',
        "ABK:C61 ABF:C77.5",
        "C61 - Malignant neoplasm/prostate; C77.5",
        "C61.; C775",
    ],
)
def test_diagnoses_of_one_cell_are_read_whatever_is_between_them(tmp_path: Path, cell: str) -> None:
    (tmp_path / "c.csv").write_text("\n".join([_HEADER, _ROWS[0].replace("C7951", cell), ""]))
    found = [row.icd10 for row in read_case(tmp_path).rows if isinstance(row, ClaimDiagnosis)]
    assert found == ["C61", "C77.5"]


def test_a_range_of_days_in_one_cell_is_asked_about(tmp_path: Path) -> None:
    row = _ROWS[1].replace("03/03/2025", "03/03/2025 - 03/07/2025")
    (tmp_path / "c.csv").write_text("\n".join([_HEADER, _ROWS[0], row, ""]))
    with pytest.raises(UnreadableInput, match="the last day of a range in a separate column"):
        read_case(tmp_path)


_WITHOUT_SETTING = "claim_id,line_number,member_id,service_date,procedure_code,units,billing_npi"


@pytest.mark.parametrize(
    ("column", "value", "setting"),
    [
        ("place_of_service", "11", "professional"),
        ("revenue_code", "0333", "institutional"),
        ("allowed_amount", "12.50", ""),
    ],
)
def test_our_own_columns_without_a_setting_take_it_from_what_shows_it(
    column: str, value: str, setting: str, tmp_path: Path
) -> None:
    row = "A1,1,M1,2024-03-05,77301,1,1999999984"
    (tmp_path / "lines.csv").write_text(f"{_WITHOUT_SETTING},{column}\n{row},{value}\n", encoding="utf-8")
    (line,) = [one for one in read_case(tmp_path).rows if isinstance(one, ClaimLine)]
    assert line.setting == setting


def test_values_that_are_not_read_are_one_remark_a_column_with_their_count(tmp_path: Path) -> None:
    header = "claim,line,member,dos,cpt,units,pos,charge,payer"
    rows = [f"A1,{n},M1,2025-03-{n + 2:02},G6015,1,11,520,Acme Health" for n in range(1, 13)]
    rows.append("A1,13,M1,2025-03-20,77336,1,11,about 110,Medicare")
    (tmp_path / "claims.csv").write_text("\n".join([header, *rows, ""]))
    said = {(problem.place, problem.sentence) for problem in read_case(tmp_path).problems}
    whose = "its values could not be read and were left empty; lines: 12, the first is line 2"
    assert ("line_of_business", whose) in said
    assert ("line 14", "the value of charge_amount could not be read and was left empty") in said
    assert sum("could not be read" in sentence for _, sentence in said) == 2


@pytest.mark.parametrize("end", [b"\x1a", b"\x00\x00\x00", b"\r\n \x1a\r\n"])
def test_what_ends_a_file_or_fills_it_up_is_no_line_of_it(tmp_path: Path, end: bytes) -> None:
    file = tmp_path / "claims.csv"
    file.write_bytes(_TABLE.encode() + end)
    contents = read_case(tmp_path)
    assert len(lines_of(contents)) == 2
    assert not any("cells where the header has" in problem.sentence for problem in contents.problems)
    assert not any("cells" in reason for reason in split_of(tmp_path / "out", file).reasons.values())
