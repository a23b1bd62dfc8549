"""Reports as practices and portals print them: heads, notes and repeated headers around the rows, and their columns."""

from pathlib import Path

import pytest
from tests.intake.bulk.test_proposals import read, table
from tests.intake.test_claims_table import lines_of
from tests.screening.claims_files import rows_of, split_of

from isocenter.errors import UnreadableInput
from isocenter.intake.bulk.proposing import propose
from isocenter.intake.bulk.value_forms import settings_by
from isocenter.intake.case import read_case
from isocenter.terms.claims import ClaimDiagnosis

_HEADER = "Claim,Line,Member,DOS,CPT,Units,POS"
_ROWS = ["A,1,M1,02/24/2025,77301,1,11", "A,2,M1,03/03/2025,G6015,1,11"]


def _both(folder: Path, *lines: str) -> list[list[str]]:
    """The codes that a screening and a review read, neither of which may lose a line."""
    path = folder / "report.csv"
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    screened, case = split_of(folder / "out", path), read_case(path)
    assert (screened.reasons, case.lines_lost) == ({}, 0)
    return [screened.values("procedure_code"), [line.procedure_code for line in lines_of(case)]]


@pytest.mark.parametrize(
    "lines",
    [
        [_HEADER, _ROWS[0], "Page 1 of 2", _HEADER, _ROWS[1], "Page 2 of 2"],
        [_HEADER, ",".join("---------" for _ in range(7)), *_ROWS, "", "(2 rows affected)"],
        ["Who,,,What,,,", _HEADER, *_ROWS],
        ["Practice", "", "Who,,,What,,,Where", _HEADER, *_ROWS, "Printed 3/31/2025 08:12"],
        ['"Claim', 'No.",Line,"Member', 'ID","Date of', 'Service",CPT,Units,POS', *_ROWS],
        [_HEADER, *_ROWS, "Subtotal M1,,,,,2,"],
    ],
)
def test_what_a_report_prints_around_its_rows_costs_none(tmp_path: Path, lines: list[str]) -> None:
    assert _both(tmp_path, *lines) == [["77301", "G6015"]] * 2


def test_notes_beside_a_table_are_counted(tmp_path: Path) -> None:
    _both(tmp_path, _HEADER, *_ROWS, "Page 1 of 1", "End of report")
    remarks = {row["remark"] for row in rows_of(tmp_path / "out", "remarks/*.parquet")}
    assert "lines that are notes beside the table, such as the number of a page: 2" in remarks


def test_totals_and_empty_rows_are_left_out_and_no_services(tmp_path: Path) -> None:
    header, hospital = f"{_HEADER},REV", "A,3,M1,03/04/2025,,1,,0258"
    _both(tmp_path, header, *(f"{row}," for row in _ROWS), ",,,,,,,", "Grand Total,,,,,2,,", hospital)
    counts = split_of(tmp_path / "again", tmp_path / "report.csv").counts
    assert (counts.kept, counts.left_out, counts.other) == (2, 2, 1)
    remarks = {row["remark"] for row in rows_of(tmp_path / "again", "remarks/*.parquet")}
    why = "it names no service, as a total or an empty row does"
    assert f"lines left out: 2, where {why}" in remarks


def test_ranges_of_days_are_to_be_written_in_two_columns() -> None:
    rows = [["A", "1", "M1", "03/03/2025 - 03/07/2025", "G6015", "5", "11"]] * 3
    (doubt, *_) = propose(_HEADER.split(","), rows).doubts
    assert doubt.endswith("write the first and the last day in a column each")


def test_ranges_of_days_among_single_days_are_to_be_written_in_two_columns() -> None:
    days = ("2/24/2025", "2/25/2025", "3/3-3/7/2025", "3/10-3/14/2025")
    (doubt, *_) = propose(_HEADER.split(","), [["A", "1", "M1", day, "G6015", "5", "11"] for day in days]).doubts
    assert doubt.endswith("and the last day of a range in a separate column, such as last_service_date")


@pytest.mark.parametrize("rest", ["A", "A,3,M1,03/04/2025", "Roe Ann"])
def test_a_row_that_is_cut_is_no_note(tmp_path: Path, rest: str) -> None:
    path = tmp_path / "report.csv"
    path.write_text("\n".join([_HEADER, *_ROWS, rest, ""]), encoding="utf-8")
    assert (len(split_of(tmp_path / "out", path).reasons), read_case(path).lines_lost) == (1, 1)


def test_the_name_of_a_person_numbers_no_member() -> None:
    columns = ("Visit #", "Chart #", "Patient", "DOS", "CPT", "Units", "POS")
    rows = [["V1", "10042", "Doe, John", "02/24/2025", "77301", "1", "11"]]
    assert {'claim_id = "Visit #"', 'member_id = "Chart #"'} <= {*propose(columns, rows).text.splitlines()}
    without = propose([name for name in columns if name != "Chart #"], [[*rows[0][:1], *rows[0][2:]]])
    assert "member_id: what Patient holds does not look like it" in without.doubts


@pytest.mark.parametrize(
    ("names", "amounts", "charges"),
    [
        (("Total Charge", "Line Charge"), ("1150 | 350", "1150 | 800"), [350.0, 800.0]),
        (("CLM_TOT_CHRG_AMT", "REV_CNTR_TOT_CHRG_AMT"), ("1150 | 350", "1150 | 800"), [350.0, 800.0]),
        (("Total Charges", "Fee"), ("350 | 350", "800 | 100"), [350.0, 800.0]),
        (("Charge", "Ext Charge"), ("350 | 350", "100 | 800"), [350.0, 800.0]),
        (("Net Charge", "Gross Charge"), ("300 | 350", "700 | 800"), [350.0, 800.0]),
        (("Total Charges", "Note"), ("1150 | x", "1150 | y"), [None, None]),
    ],
)
def test_the_charge_is_that_of_the_line(
    tmp_path: Path, names: tuple[str, str], amounts: tuple[str, str], charges: list[float | None]
) -> None:
    found = read(
        tmp_path,
        f"""
        claim|line|member|dos|cpt|units|pos|{names[0]}|{names[1]}
        A|1|M1|2025-02-24|77263|1|11|{amounts[0]}
        A|2|M1|2025-02-25|77334|8|11|{amounts[1]}
        """,
    )
    assert [row.get("charge_amount") for row in sorted(found.lines, key=lambda row: row["claim_line_id"])] == charges


def test_a_total_is_no_name_of_a_person(tmp_path: Path) -> None:
    assert _both(tmp_path, "Member ID,Claim,DOS,CPT,Units,POS", "7,A,02/24/2025,77301,1,11", "Grand Total,,,,1,") == [
        ["77301"],
        ["77301"],
    ]


def test_modifiers_may_be_called_by_a_letter_where_they_look_like_it(tmp_path: Path) -> None:
    found = read(tmp_path, "claim|line|member|dos|cpt|M1|M2|units|pos\nA|1|M1|2025-02-24|77334|26|59|1|11")
    assert (found.values("modifier_1"), found.values("modifier_2")) == (["26"], ["59"])
    columns = ("claim", "member", "dos", "cpt", "units", "pos", "M1", "M2")
    months = propose(columns, [["A", "7", "2025-02-24", "77334", "1", "11", "120.50", "80"]])
    assert "\n# modifier_1 =" in months.text


def test_a_column_for_each_code_is_asked_about() -> None:
    columns = ("Member ID", "Date of Service", "77263", "77301", "G6015")
    found = propose(columns, [["M1", "3/4/2025", "1", "", ""]])
    assert any("77263, 77301, G6015 are columns named after procedure codes" in doubt for doubt in found.doubts)


def test_the_code_of_a_payment_does_not_hide_the_codes_of_charges(tmp_path: Path) -> None:
    ledger = table(
        tmp_path / "ledger.csv",
        """
        Acct No|MRN|Service Date|Trans Type|Code|Qty|Amount|POS
        1|7|02/24/2025|Charge|77301|1|2100|11
        1|7|02/24/2025|Payment|MCRPMT||(1800)|
        1|7|02/24/2025|Adjustment|CO45||(300)|
        """,
    )
    found = split_of(tmp_path / "out", ledger)
    assert (found.values("procedure_code"), found.counts.left_out) == (["77301"], 2)


@pytest.mark.parametrize("name", ["Type", "Entry", "Code Type", "Description"])
def test_payments_of_a_ledger_take_no_charge_back_whatever_the_column_is_called_that_tells_them(
    tmp_path: Path, name: str
) -> None:
    header = f"{_HEADER},Amount,{name}"
    charges = [f"{row},520,Charge" for row in _ROWS]
    payments = [f"{row},-520,{kind}" for row, kind in zip(_ROWS, ("Payment", "Adjustment"), strict=True)]
    assert _both(tmp_path, header, *charges, *payments) == [["77301", "G6015"]] * 2


@pytest.mark.parametrize(
    ("kinds", "asked"),
    [("Charge Payment TRANSFEROUT", "Type holds TRANSFEROUT: do these rows"), ("Charge Office", ""), ("P I", "")],
)
def test_what_a_ledger_calls_otherwise_is_asked_about_and_other_types_are_no_ledger(kinds: str, asked: str) -> None:
    names = ["claim", "member", "dos", "cpt", "units", "pos", "Type"]
    found = propose(names, [["A", "M1", "2025-03-10", "77301", "1", "11", kind] for kind in kinds.split()])
    assert any(one.startswith(asked) for one in found.doubts) if asked else found.doubts == ()


def test_o_is_the_outpatient_claim_beside_p() -> None:
    assert settings_by(["P", "O"])["o"] == "institutional"
    assert "o" not in settings_by(["O", "D"])


@pytest.mark.parametrize(("first", "last"), [("FDOS", "TDOS"), ("From DOS", "Thru DOS")])
def test_days_of_service_may_run_together_with_their_ends(first: str, last: str) -> None:
    columns = ("claim", "member", first, last, "cpt", "units", "pos")
    text = propose(columns, [["A", "7", "2025-03-10", "2025-03-14", "G6015", "5", "11"]]).text
    assert {f'service_date = "{first}"', f'last_service_date = "{last}"'} <= {*text.splitlines()}


@pytest.mark.parametrize(
    ("names", "row", "taken"),
    [
        ("CPT|Paid Units|Billed Units", "G6015|1|2", 'units = "Billed Units"'),
        ("Adjudicated CPT|Submitted CPT|Units", "77295|77301|1", 'procedure_code = "Submitted CPT"'),
        ("CPT|Paid Units", "G6015|1", "# units = ?"),
    ],
)
def test_what_was_billed_goes_before_what_was_paid(names: str, row: str, taken: str) -> None:
    columns = ("claim", "member", "dos", "pos", *names.split("|"))
    assert taken in propose(columns, [["A", "7", "2025-03-10", "11", *row.split("|")]]).text


@pytest.mark.parametrize("marked", ['="{}"', "'{}", '"=""{}"""'])
def test_numbers_that_are_marked_as_texts_for_a_spreadsheet_are_read(tmp_path: Path, marked: str) -> None:
    rows = [f"{marked.format('0012')},1,{marked.format('007')},02/24/2025,{marked.format('77301')},1,11,O'Brien"]
    path = tmp_path / "export.csv"
    path.write_text("\n".join([f"{_HEADER},Name", *rows, ""]), encoding="utf-8")
    (line,), screened = lines_of(read_case(path)), split_of(tmp_path / "out", path)
    assert (line.claim_id, line.member_id, line.procedure_code) == ("0012", "007", "77301")
    assert [screened.values(name) for name in ("member_id", "procedure_code")] == [["007"], ["77301"]]


def test_codes_are_read_with_their_descriptions_behind_them(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        claim|line|member|dos|procedure|units|pos|diagnosis
        A|1|M1|2025-02-24|77301 - IMRT plan|1|11|C61 - Malignant neoplasm of prostate; Z51.0 - Encounter 2
        A|2|M1|2025-02-25|77334-59 - Tx device complex|1|11|C61 - Malignant neoplasm of prostate
        """,
    )
    assert (found.values("procedure_code"), found.values("modifier_1")) == (["77301", "77334"], ["", "59"])
    assert found.values("diagnoses") == ["C61 Z51.0", "C61"]


@pytest.mark.parametrize(
    ("day", "units"),
    [("Visit Date", "NOS"), ("Treatment Dt", "Number of Services"), ("ENCOUNTER_DATE", "No. of Services"),
     ("Date of Visit", "Nos")],
)  # fmt: skip
def test_days_of_visits_and_numbers_of_services_are_those_of_lines(day: str, units: str) -> None:
    columns = ("Claim", "Line", "Member", "DOB", day, "CPT", units, "POS")
    rows = [["A", "1", "M1", "05/06/1950", "02/24/2025", "77301", "1", "11"]]
    proposed = propose(columns, rows)
    days = f'service_date = {{column = "{day}", date_format = "%m/%d/%Y"}}'
    assert {days, f'units = "{units}"'} <= {*proposed.text.splitlines()}
    assert not proposed.doubts


@pytest.mark.parametrize("born", ["DOB", "Birth Date", "Eligibility Start"])
def test_days_of_something_else_are_not_offered_as_days_of_service(born: str) -> None:
    rows = [["A", "1", "M1", "05/06/1950", "77301", "1", "11"]]
    proposed = propose(("Claim", "Line", "Member", born, "CPT", "Units", "POS"), rows)
    assert proposed.doubts == ("no column is known to hold service_date",)


@pytest.mark.parametrize(
    "names",
    [("Mod", "Mod", "Mod", "Mod"), ("Modifier", " modifier", "MODIFIER", "Modifier"), ("Mod", "Mod 2", "Mod", "Mod 4")],
)
def test_columns_of_modifiers_and_diagnoses_that_share_a_name_are_read_in_their_order(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    header = f"Claim,Line,Member,DOS,CPT,{','.join(names)},Units,POS,Dx,Dx"
    rows = ["A,1,M1,02/17/2025,77334,26,59,,,1,22,C61,C79.51", "A,2,M1,02/24/2025,77301,,,,,1,22,C61,C79.51"]
    path = tmp_path / "report.csv"
    path.write_text("\n".join([header, rows[0], header, rows[1], ""]), encoding="utf-8")
    split, case = split_of(tmp_path / "out", path), read_case(path)
    modifiers = [(line.modifier_1, line.modifier_2, line.modifier_3) for line in lines_of(case)]
    assert modifiers == [("26", "59", ""), ("", "", "")]
    assert [split.values(f"modifier_{place}") for place in (1, 2)] == [["26", ""], ["59", ""]]
    diagnoses = sorted((row.position, row.icd10) for row in case.rows if isinstance(row, ClaimDiagnosis))
    assert diagnoses == [(1, "C61"), (2, "C79.51")]


def test_what_is_not_read_may_have_one_name_twice(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    path.write_text(f"{_HEADER},Name,Name\n{_ROWS[0]},Orrin Vale,Any Payer\n", encoding="utf-8")
    assert len(lines_of(read_case(path))) == 1
    assert split_of(tmp_path / "out", path).counts.kept == 1


@pytest.mark.parametrize("name", ["Charge", "Status", "Void Date", "DOB", "Version", "Billable"])
def test_any_other_name_belongs_to_one_column(tmp_path: Path, name: str) -> None:
    path = tmp_path / "report.csv"
    path.write_text(f"{_HEADER},{name},{name}\n{_ROWS[0]},100,50\n", encoding="utf-8")
    with pytest.raises(UnreadableInput, match=f"the column {name.casefold()} appears twice; keep the one that counts"):
        read_case(path)
