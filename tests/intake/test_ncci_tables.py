"""The published tables of the correct coding edits: every layout, each mistake with its line, any bytes survived."""

import io
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.intake.xlsx_writer import write_xlsx

from isocenter.errors import IsocenterError, UnreadableInput
from isocenter.intake import ncci_tables, workbooks
from isocenter.intake.case import read_case
from isocenter.intake.formats import Format, format_of
from isocenter.intake.ncci.editions import Edition, edition_of, setting_of
from isocenter.intake.ncci_tables import Edits
from isocenter.terms.reference import AddOnCode, ProcedurePair, UnitLimit

# The pairs, limits and add-ons of these tests are made up; the layouts are those of the published files.
_PAIRS_HEADER = [
    ["CPT only copyright 2025 of its owner.  All rights reserved.", "", "", "", "", "", ""],
    ["Column1/Column2 Edits", "", "", "", "", "", ""],
    ["Column 1", "Column 2", "*=in existence", "Effective", "Deletion", "Modifier", "PTP Edit Rationale"],
    ["", "", "prior to 1996", "Date", "Date", "0=not allowed", ""],
    ["", "", "", "", "*=no data", "1=allowed", ""],
    ["", "", "", "", "", "9=not applicable", ""],
]
_PAIRS = [
    ["77301", "77331", "", "20180101", "*", "1", "Made up"],
    ["77301", "77399", "*", "19960101", "20231231", "0", "Made up"],
    ["77402", "G6015", "", "20150101", "20150101", "9", "Made up"],
]
_NOTICE = '"A notice of the owner,\r\nover three\r\nlines",,,\r\n'
_LIMITS = _NOTICE + (
    '"HCPCS/\r\nCPT Code",Practitioner Services MUE Values,MUE Adjudication Indicator,MUE Rationale\r\n'
    "77301,1,3 Date of Service Edit: Clinical,Made up\r\n"
    "0073T,2,1 Line Edit,Made up\r\n"
    "77427,1,2 Date of Service Edit: Policy,Made up\r\n"
)
_ADD_ONS_HEADER = [
    "AOC_Edit_Type", "Add-On_Code", "AOC_DelDT", "Primary_Code", "Primary_Code_DelDT", "AOC_Edit_EffDT",
    "AOC_Edit_DelDT", "Special_Instruction_Notes",
]  # fmt: skip
_FIXED = "".join(
    f"{kind}{code}{ended:7}{primary}{primary_ended:7}{first}{last:7}{note:58}\r\n"
    for kind, code, ended, primary, primary_ended, first, last, note in [
        (1, "77293", "", "77295", "", "2014001", "", "Made up"),
        (1, "77293", "", "77301", "2026090", "2014001", "", ""),
        (2, "77399", "", "CCCCC", "", "2013091", "", "Contractor Defined"),
        (3, "77398", "2024366", "77300", "0000000", "2013091", "2025365", ""),
    ]
)


def tab_text(rows: list[list[str]]) -> str:
    return "".join("\t".join(row) + "\r\n" for row in rows)


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_bytes(text.encode("latin-1"))
    return path


def read(path: Path, only_codes: set[str] | None = None) -> Edits:
    assert ncci_tables.looks_like_edits(path)
    return ncci_tables.read([path], only_codes)


def test_pairs_are_read_from_below_a_title_and_a_header_over_four_lines(tmp_path: Path) -> None:
    edits = read(write(tmp_path, "ccipra-v322r0-f1.TXT", tab_text(_PAIRS_HEADER + _PAIRS)))
    source = "procedure-to-procedure edits, professional, 2026 quarter 3"
    assert edits.rows == (
        ProcedurePair("77301", "77331", "professional", 1, date(2018, 1, 1), None, source),
        ProcedurePair("77301", "77399", "professional", 0, date(1996, 1, 1), date(2023, 12, 31), source),
        ProcedurePair("77402", "G6015", "professional", 9, date(2015, 1, 1), date(2015, 1, 1), source),
    )
    assert edits.problems == ()
    assert edits.supplied == {"procedure_pairs"}


def test_a_header_of_one_line_and_columns_in_another_order_are_read_by_their_names(tmp_path: Path) -> None:
    header = ["Modifier 0=not allowed 1=allowed", "Column 2", "Column 1", "Deletion Date", "Effective Date"]
    rows = [["Some title"], header, ["1", "77331", "77301", "20201231", "20180101"]]
    edits = read(write(tmp_path, "ccioph-v313r1-f2.txt", tab_text(rows)))
    (pair,) = edits.rows
    assert isinstance(pair, ProcedurePair)
    assert (pair.column_one, pair.column_two, pair.modifier_indicator) == ("77301", "77331", 1)
    assert (pair.setting, pair.valid_to) == ("institutional", date(2020, 12, 31))


def test_only_pairs_that_the_codes_at_hand_can_meet_are_kept(tmp_path: Path) -> None:
    path = write(tmp_path, "ccipra-v322r0-f1.txt", tab_text(_PAIRS_HEADER + _PAIRS))
    rows = read(path, {"77301", "77331", "G6015"}).rows
    assert [(row.column_one, row.column_two) for row in rows if isinstance(row, ProcedurePair)] == [("77301", "77331")]


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (["7730", "77331", "", "20180101", "*", "1"], "column 1 is '7730'; expected a procedure code"),
        (["77301", "7733A9", "", "20180101", "*", "1"], "column 2 is '7733A9'; expected a procedure code"),
        (["77301", "77331", "", "20180230", "*", "1"], "'20180230' is not a date"),
        (["77301", "77331", "", "20180101", "*", "7"], "the modifier indicator is '7'; expected one of 0, 1, 9"),
        (["77301", "77331", "", "20180101", "20171231", "1"], "ends on 2017-12-31, before it begins on 2018-01-01"),
        (["77301", "77331", ""], "3 cells are too few"),
        (["Rights reserved by their owners", "", "", "", "", ""], "expected a procedure code"),
    ],
)
def test_a_wrong_pair_is_a_problem_with_its_line_and_the_next_is_kept(
    tmp_path: Path, cells: list[str], says: str
) -> None:
    edits = read(write(tmp_path, "ccipra-v322r0-f1.txt", tab_text([*_PAIRS_HEADER, cells, [], *_PAIRS])))
    (problem,) = edits.problems
    assert problem.place == "line 7"
    assert says in problem.sentence
    assert len(edits.rows) == 3


def test_pairs_that_do_not_tell_whose_they_are_are_left_out(tmp_path: Path) -> None:
    edits = read(write(tmp_path, "edits.txt", tab_text(_PAIRS_HEADER + _PAIRS)))
    assert edits.rows == ()
    assert "whether it is for practitioners or hospitals" in edits.problems[0].sentence


def test_limits_are_read_from_below_a_notice_and_a_header_with_a_line_break(tmp_path: Path) -> None:
    edits = read(write(tmp_path, "MCR_MUE_PractitionerServices_Eff_04-01-2026.csv", _LIMITS))
    source = "medically unlikely edits, professional, 2026 quarter 2"
    assert edits.rows == (
        UnitLimit("77301", "professional", 1, 3, date(2026, 4, 1), None, source),
        UnitLimit("0073T", "professional", 2, 1, date(2026, 4, 1), None, source),
        UnitLimit("77427", "professional", 1, 2, date(2026, 4, 1), None, source),
    )
    assert edits.problems == ()


def test_a_wrong_limit_is_a_problem_and_the_others_are_kept(tmp_path: Path) -> None:
    text = _LIMITS + "77336,many,1 Line Edit,\r\n77370,1,No Edit,\r\n77401,1\r\n77290,1,1 Line Edit,\r\n"
    edits = read(write(tmp_path, "MCR_MUE_PractitionerServices_Eff_04-01-2026.csv", text))
    assert len(edits.rows) == 4
    assert [problem.place for problem in edits.problems] == ["line 9", "line 10", "line 11"]


def test_the_table_of_equipment_suppliers_is_left_out_and_says_so(tmp_path: Path) -> None:
    text = _LIMITS.replace("Practitioner Services", "DME Supplier Services")
    edits = read(write(tmp_path, "MCR_MUE_DMESupplierServices_Eff_04-01-2026.csv", text))
    assert edits.rows == ()
    assert "suppliers of medical equipment" in edits.problems[0].sentence


def test_limits_of_no_stated_quarter_count_every_day_and_say_so(tmp_path: Path) -> None:
    edits = read(write(tmp_path, "limits.csv", _LIMITS))
    assert {row.valid_from for row in edits.rows} == {None}
    assert "does not say its quarter" in edits.problems[0].sentence


def test_a_table_of_limits_is_in_force_until_the_next_one_at_hand(tmp_path: Path) -> None:
    for quarter in ("01-01-2025", "04-01-2026", "07-01-2026"):
        write(tmp_path, f"MCR_MUE_PractitionerServices_Eff_{quarter}.csv", _LIMITS)
    hospital = _LIMITS.replace("Practitioner", "Outpatient Hospital")
    write(tmp_path, "MCR_MUE_OutpatientHospitalServices_Eff_01-01-2025.csv", hospital)
    rows = ncci_tables.read([tmp_path], {"77301"}).rows
    assert sorted((row.setting, row.valid_from, row.valid_to) for row in rows if isinstance(row, UnitLimit)) == [
        ("institutional", date(2025, 1, 1), None),
        ("professional", date(2025, 1, 1), date(2026, 3, 31)),
        ("professional", date(2026, 4, 1), date(2026, 6, 30)),
        ("professional", date(2026, 7, 1), None),
    ]


def test_add_on_codes_are_read_from_fixed_columns_with_days_of_the_year(tmp_path: Path) -> None:
    edits = read(write(tmp_path, "AOC_V2026Q2-F-MCR.txt", _FIXED))
    source = "add-on code edits, 2026 quarter 2"
    assert edits.rows == (
        AddOnCode("77293", "77295", 1, date(2014, 1, 1), None, source),
        AddOnCode("77293", "77301", 1, date(2014, 1, 1), date(2026, 3, 31), source),
        AddOnCode("77399", "", 2, date(2013, 4, 1), None, source),
        AddOnCode("77398", "77300", 3, date(2013, 4, 1), date(2024, 12, 31), source),
    )
    assert edits.problems == ()


def test_add_on_codes_as_excel_say_the_same(tmp_path: Path) -> None:
    rows: list[list[str | int | None]] = [
        ["A notice of the owner"],
        list(_ADD_ONS_HEADER),
        [1, 77293, None, 77295, None, 2014001, None, None],
        [1, 77293, None, "77301", 2026090, 2014001, None, None],
        [2, "77399", None, "CCCCC", None, 2013091, None, "Contractor Defined"],
        ["3", "77398", 2024366, "77300", 0, 2013091, 2025365, None],
    ]
    path = write_xlsx(tmp_path / "AOC_V2026Q2-MCR.xlsx", rows)
    fixed = write(tmp_path, "AOC_V2026Q2-F-MCR.txt", _FIXED)
    assert read(path).rows == read(fixed).rows
    assert ncci_tables.read([tmp_path]).rows == read(fixed).rows


def test_pairs_and_limits_as_excel_say_the_same_as_text(tmp_path: Path) -> None:
    pairs = [[int(cell) if cell.isdecimal() else cell or None for cell in row] for row in _PAIRS_HEADER + _PAIRS]
    excel = write_xlsx(tmp_path / "ccipra-v322r0-f1.xlsx", pairs)
    assert read(excel).rows == read(write(tmp_path, "ccipra-v322r0-f1.txt", tab_text(_PAIRS_HEADER + _PAIRS))).rows
    limits: list[list[str | int | None]] = [
        ["A notice"],
        ["HCPCS/\nCPT Code", "Practitioner Services MUE Values", "MUE Adjudication Indicator", "MUE Rationale"],
        [77301, 1, "3 Date of Service Edit: Clinical", "Made up"],
        ["0073T", 2, "1 Line Edit", "Made up"],
        [77427, 1, "2 Date of Service Edit: Policy", None],
    ]
    excel = write_xlsx(tmp_path / "MCR_MUE_PractitionerServices_Eff_04-01-2026.xlsx", limits)
    text = write(tmp_path, "MCR_MUE_PractitionerServices_Eff_04-01-2026.csv", _LIMITS)
    assert read(excel).rows == read(text).rows


def test_leading_zeros_that_a_spreadsheet_dropped_are_put_back(tmp_path: Path) -> None:
    rows = [[], [], *_PAIRS_HEADER[2:3], [100, "77331", None, 20180101, "*", 1, None], ["x"]]
    edits = read(write_xlsx(tmp_path / "ccipra-v322r0-f1.xlsx", rows))
    (pair,) = edits.rows
    assert isinstance(pair, ProcedurePair)
    assert pair.column_one == "00100"
    assert [problem.place for problem in edits.problems] == ["line 5"]


def test_a_workbook_whose_size_no_gate_sees_costs_itself_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "expect_a_workbook_that_fits", lambda _data, _name: None)
    path = write_xlsx(tmp_path / "ccipra-v322r0-f1.xlsx", [["Column 1", "Column 2"]])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part.replace(b'r="B1"', b'r="XFD1048576"'))
    (problem,) = ncci_tables.read([path]).problems
    assert "within the memory" in problem.sentence


def test_a_zip_file_is_read_as_downloaded_and_its_excel_twin_passed_over(tmp_path: Path) -> None:
    twin = write_xlsx(tmp_path / "twin.xlsx", [["other"]]).read_bytes()
    (tmp_path / "twin.xlsx").unlink()
    with zipfile.ZipFile(tmp_path / "edits.zip", "w") as archive:
        archive.writestr("ccipra-v322r0-f1.txt", tab_text([*_PAIRS_HEADER, *_PAIRS, ["77301", "bad!", "", "", "", ""]]))
        archive.writestr("ccipra-v322r0-f1.xlsx", twin)
        archive.writestr("Terms.pdf", "not read")
    edits = read(tmp_path / "edits.zip")
    assert len(edits.rows) == 3
    assert [problem.place for problem in edits.problems] == ["ccipra-v322r0-f1.txt, line 10"]
    assert edits.rows_of == {tmp_path / "edits.zip": 3}


def test_of_two_editions_of_the_pairs_the_newer_counts(tmp_path: Path) -> None:
    write(tmp_path, "ccipra-v313r0-f1.txt", tab_text(_PAIRS_HEADER + _PAIRS))
    ended = [["77301", "77331", "", "20180101", "20260331", "1", "Made up"]]
    write(tmp_path, "ccipra-v322r0-f1.txt", tab_text(_PAIRS_HEADER + ended))
    write(tmp_path, "ccioph-v313r0-f1.txt", tab_text(_PAIRS_HEADER + _PAIRS))
    edits = ncci_tables.read([tmp_path])
    assert sum(row.setting == "institutional" for row in edits.rows if isinstance(row, ProcedurePair)) == 3
    professional = [row for row in edits.rows if isinstance(row, ProcedurePair) and row.setting == "professional"]
    assert [row.valid_to for row in professional] == [date(2026, 3, 31)]
    (problem,) = edits.problems
    assert "an older edition" in problem.sentence and "2025 quarter 4" in problem.sentence


@pytest.mark.parametrize(
    ("name", "edition"),
    [
        ("ccipra-v322r0-f1.txt", Edition(date(2026, 7, 1), 0)),
        ("CCIOPH-V313R1-F4.TXT", Edition(date(2025, 10, 1), 1)),
        ("medicare-ncci-2026q3-practitioner-ptp-edits.zip", Edition(date(2026, 7, 1))),
        ("AOC_V2025Q4_01-MCR.txt", Edition(date(2025, 10, 1), 1)),
        ("MCR_MUE_PractitionerServices_Eff_10-01-2026.csv", Edition(date(2026, 10, 1))),
        ("MUE_Eff_13-45-2026.csv", Edition(None)),
        ("edits.txt", Edition(None)),
    ],
)
def test_the_edition_is_recognized_by_the_published_names(name: str, edition: Edition) -> None:
    assert edition_of(name) == edition


def test_the_setting_is_recognized_by_the_published_names() -> None:
    assert setting_of("HCPCS/CPT Code Outpatient Hospital Services MUE Values") == "institutional"
    assert setting_of("", "Practitioner Services MUE Values") == "professional"
    assert setting_of("edits.txt") == ""


def test_a_file_or_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="there is no such file or folder of correct coding edits"):
        ncci_tables.read([tmp_path / "nowhere"])


def test_a_file_that_is_no_table_of_edits_is_named(tmp_path: Path) -> None:
    edits = ncci_tables.read([write(tmp_path, "other.csv", "a,b\n1,2\n")])
    assert "is not one of the published tables of edits" in edits.problems[0].sentence


def test_a_case_keeps_of_the_edits_those_that_its_codes_can_meet(tmp_path: Path) -> None:
    write(tmp_path, "ccipra-v322r0-f1.txt", tab_text(_PAIRS_HEADER + _PAIRS))
    write(tmp_path, "MCR_MUE_PractitionerServices_Eff_04-01-2026.csv", _LIMITS + "77336,x,1,\r\n")
    lines = "claim_line_id,service_date,procedure_code,units\nL1,2026-05-04,77301,1\nL2,2026-05-04,77331,1\n"
    write(tmp_path, "claim_lines.csv", lines)
    contents = read_case(tmp_path)
    assert [row for row in contents.rows if isinstance(row, ProcedurePair)] == list(
        read(tmp_path / "ccipra-v322r0-f1.txt", {"77301", "77331"}).rows
    )
    assert [row.procedure_code for row in contents.rows if isinstance(row, UnitLimit)] == ["77301"]
    assert {"procedure_pairs", "unit_limits"} <= contents.supplied
    assert {(file.kind, file.rows) for file in contents.inputs} == {("CSV table", 2), ("correct coding edits", 1)}
    assert format_of(tmp_path / "ccipra-v322r0-f1.txt") is Format.EDITS


_SAMPLES = [
    ("ccipra-v322r0-f1.txt", tab_text(_PAIRS_HEADER + _PAIRS).encode()),
    ("MCR_MUE_PractitionerServices_Eff_04-01-2026.csv", _LIMITS.encode()),
    ("AOC_V2026Q2-F-MCR.txt", _FIXED.encode()),
]


def _zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(*_SAMPLES[0])
    return buffer.getvalue()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_leaves_rows_and_sentences(tmp_path: Path, data: st.DataObject) -> None:
    excel = write_xlsx(tmp_path / "sheet.xlsx", _PAIRS_HEADER + _PAIRS).read_bytes()
    samples = [*_SAMPLES, ("ccipra-v322r0-f1.zip", _zipped()), ("ccipra-v322r0-f1.xlsx", excel)]
    name, sample = data.draw(st.sampled_from(samples))
    at = data.draw(st.integers(0, len(sample)))
    removed = data.draw(st.integers(0, 40))
    damaged = sample[:at] + data.draw(st.binary(max_size=20)) + sample[at + removed :]
    path = tmp_path / name
    path.write_bytes(damaged)
    ncci_tables.looks_like_edits(path)
    try:
        edits = ncci_tables.read([path])
    except IsocenterError as wrong:
        pytest.fail(f"a damaged table is a problem, no refusal: {wrong}")
    assert edits.rows or edits.problems
    for problem in edits.problems:
        assert problem.path and problem.sentence and "\n" not in problem.sentence
    path.unlink()


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.from_regex(r"[0-9]{4}[0-9A-Z]", fullmatch=True),
            st.from_regex(r"[A-Z][0-9]{4}", fullmatch=True),
            st.dates(date(1996, 1, 1), date(2030, 1, 1)),
            st.integers(0, 3000),
            st.sampled_from("019"),
        ),
        max_size=20,
        unique=True,
    )
)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, date, int, str]]
) -> None:
    written = []
    lines = []
    for one, two, first, days, indicator in rows:
        last = first + timedelta(days=days) if days else None
        written.append(ProcedurePair(one, two, "professional", int(indicator), first, last))
        lines.append([one, two, "", f"{first:%Y%m%d}", f"{last:%Y%m%d}" if last else "*", indicator, "Made up"])
    path = write(tmp_path_factory.mktemp("pairs"), "ccipra-v322r0-f1.txt", tab_text(_PAIRS_HEADER + lines))
    edits = ncci_tables.read([path])
    assert edits.problems == ()
    assert [row._replace(source="") for row in edits.rows] == list(dict.fromkeys(written))
