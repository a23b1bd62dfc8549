"""Rows that were voided, deleted or replaced, by flags, states and days; and columns that only look like others."""

from datetime import date
from pathlib import Path

import pytest
from tests.intake.bulk.test_proposals import read
from tests.screening.claims_files import split_of, write_csv

from isocenter.intake.bulk.proposing import propose
from isocenter.intake.bulk.row_states import is_kept, values_left_out


def codes_read(folder: Path, column: str, first: str, second: str, units: str = "1") -> list[str]:
    found = read(
        folder,
        f"""
        claim|line|member|dos|cpt|units|pos|{column}
        A|1|M1|2025-02-24|77301|1|11|{first}
        B|1|M1|2025-03-03|G6015|{units}|11|{second}
        """,
    )
    return found.values("procedure_code")


@pytest.mark.parametrize(
    ("column", "in_force", "taken_back"),
    [
        ("Deleted", "N", "Y"),
        ("Voided?", "No", "Yes"),
        ("IS_ACTIVE", "1", "0"),
        ("CURRENT_IND", "Y", "N"),
        ("Void Date", "", "3/20/2025"),
        ("VOIDED_ON", "NULL", "2025-03-20 08:15:00"),
        ("Reversal Dt", "0000-00-00", "20250320"),
        ("Replaced By", "", "A-2"),
        ("VOIDED_BY", "NULL", "jsmith"),
    ],
)
def test_rows_that_were_taken_back_are_left_out(tmp_path: Path, column: str, in_force: str, taken_back: str) -> None:
    assert codes_read(tmp_path, column, in_force, taken_back) == ["77301"]


@pytest.mark.parametrize(("first", "second"), [("3/20/2025", "3/21/2025"), ("", "12/31/9999"), ("", "see note")])
def test_a_day_of_voiding_that_may_mean_something_else_is_asked_about(first: str, second: str) -> None:
    columns = ("claim", "member", "dos", "cpt", "units", "pos", "Void Date")
    rows = [["A", "M1", "2025-02-24", "77301", "1", "11", first], ["B", "M1", "2025-03-03", "G6015", "1", "11", second]]
    assert any("which rows were taken back?" in doubt for doubt in propose(columns, rows).doubts)


def test_a_day_of_reversal_on_the_reversing_row_leaves_it_to_take_the_other_back(tmp_path: Path) -> None:
    assert codes_read(tmp_path, "Reversal Date", "", "3/20/2025", units="-1") == ["77301", "G6015"]


_LINE = "X{},1,N{},2025-02-24,77301,1,11,{}"
_HEADER = "claim,line,member,dos,cpt,units,pos"


@pytest.mark.parametrize(
    ("column", "usual", "first", "second", "units", "expected"),
    [
        # A row that reverses another is no row to leave out, and neither is the other one then judged.
        ("Claim Status", "PAID", "PAID", "REVERSED", "-1", [1, -1]),
        ("Reversal Date", "", "", "3/20/2025", "-1", [1, -1]),
        ("Claim Status", "PAID", "PAID", "REVERSED", "1", [1]),
        ("Reversed By", "", "", "A-2", "1", [1]),
        ("Adj Seq", "", "1", "0", "2", [1]),  # both of one claim
    ],
)
def test_what_the_first_rows_do_not_show_says_of_later_ones_that_they_were_taken_back(
    tmp_path: Path, column: str, usual: str, first: str, second: str, units: str, expected: list[int]
) -> None:
    rows = [_LINE.format(number, number, usual) for number in range(3_100)]
    rows += [f"A,1,M1,2025-03-03,77301,1,11,{first}", f"A,1,M1,2025-03-03,77301,{units},11,{second}"]
    found = split_of(tmp_path / "out", write_csv(tmp_path / "claims.csv", *rows, header=f"{_HEADER},{column}"))
    assert [row["units"] for row in found.lines if row["member_id"] == "M1"] == expected


def test_a_claim_far_below_that_names_the_one_it_corrects_replaces_it(tmp_path: Path) -> None:
    rows = [_LINE.format(number, number, "") for number in range(3_100)]
    rows += ["A,1,M1,2025-03-03,77301,1,11,", "B,1,M1,2025-03-03,77301,1,11,A"]
    found = split_of(tmp_path / "out", write_csv(tmp_path / "c.csv", *rows, header=f"{_HEADER},Original Claim Number"))
    assert [row["claim_frequency"] for row in found.lines if row["member_id"] == "M1"] == ["1", "7"]


@pytest.mark.parametrize("before", [[], ["C,1,M2,2025-03-03,77301,1,11,C"]])
def test_an_original_that_names_itself_is_none_that_corrects_another(tmp_path: Path, before: list[str]) -> None:
    rows = [*before, "A,1,M1,2025-03-03,77301,1,11,A", "B,1,M1,2025-03-03,77301,1,11,A"]
    found = split_of(tmp_path / "out", write_csv(tmp_path / "c.csv", *rows, header=f"{_HEADER},Original Claim Number"))
    said = {row["claim_id"]: row["claim_frequency"] for row in found.lines}
    assert said == {**({"C": "1"} if before else {}), "A": "1", "B": "7"}


def test_minutes_far_below_are_no_units(tmp_path: Path) -> None:
    rows = [_LINE.format(number, number, "UN") for number in range(3_100)]
    rows.append("A,1,M1,2025-03-03,77301,15,11,MJ")
    found = split_of(tmp_path / "out", write_csv(tmp_path / "c.csv", *rows, header=f"{_HEADER},Unit Measure"))
    assert list(found.reasons.values()) == ["units is '15 MJ'; expected units, not minutes"]


def test_days_with_their_times_leave_room_for_the_states_of_rows(tmp_path: Path) -> None:
    seconds = (f"{number // 3_600:02d}:{number // 60 % 60:02d}:{number % 60:02d}" for number in range(21_000))
    rows = [f"X{second},1,N{second},2025-02-24 {second},77301,1,11,PAID" for second in seconds]
    rows.append("A,1,M1,2025-03-03 10:00:00,77301,1,11,DENIED")
    found = split_of(tmp_path / "out", write_csv(tmp_path / "c.csv", *rows, header=f"{_HEADER},Status"))
    assert found.counts.left_out == 1


def test_the_day_on_which_a_plan_of_insurance_was_canceled_takes_no_row_back(tmp_path: Path) -> None:
    assert codes_read(tmp_path, "Policy Cancel Date", "", "3/20/2025") == ["77301", "G6015"]


@pytest.mark.parametrize("state", ["Adjustment", "Adjusted", "Corrected"])
def test_an_adjustment_beside_an_original_is_the_corrected_service(state: str) -> None:
    found = ["Original", "Reversal", state]
    assert (values_left_out("ADJ_TYPE", found), is_kept("ADJ_TYPE", state, found)) == (["Reversal"], True)


def test_an_adjustment_beside_charges_and_payments_is_one_of_money() -> None:
    assert values_left_out("Txn Type", ["Charge", "Payment", "Adjustment"]) == ["Payment", "Adjustment"]


@pytest.mark.parametrize(("column", "values"), [("EOB_CODE", ["", "N130"]), ("Visit", ["V1001", "V1002"])])
def test_codes_that_are_only_written_as_diagnoses_are_none(column: str, values: list[str]) -> None:
    header = ("claim", "member", "dos", "cpt", "units", "pos", column)
    rows = [["A", "M1", "2025-02-24", "77301", "1", "11", value] for value in values]
    assert "columns = []" in propose(header, rows).text


def test_diagnoses_of_tumors_are_known_under_any_name() -> None:
    header = ("claim", "member", "dos", "cpt", "units", "pos", "C_1")
    rows = [["A", "M1", "2025-02-24", "77301", "1", "11", value] for value in ("C61", "Z51.0", "C79.51")]
    assert 'columns = ["C_1"]' in propose(header, rows).text


@pytest.mark.parametrize("last", ["Thru", "THRU_DT", "To"])
def test_a_last_day_may_be_called_by_its_end_alone(tmp_path: Path, last: str) -> None:
    found = read(
        tmp_path,
        f"""
        claim|line|member|From|{last}|cpt|units|pos
        A|1|M1|03/11/2025|03/15/2025|G6015|5|11
        """,
    )
    assert found.values("last_service_date") == [date(2025, 3, 15)]


def test_what_took_the_place_of_rows_is_asked_about_where_it_says_no() -> None:
    columns = ("claim", "member", "dos", "cpt", "units", "pos", "Replaced By")
    rows = [["A", "M1", "2025-02-24", "77301", "1", "11", ""], ["B", "M1", "2025-03-03", "G6015", "1", "11", "No"]]
    assert any("Replaced By holds No: which rows" in doubt for doubt in propose(columns, rows).doubts)


@pytest.mark.parametrize(
    ("columns", "first", "second"),
    [
        ("Resub Code|Orig Ref No", "|", "7|A"),
        ("Resubmission Code|Original Ref #", "1|", "8|A"),
        ("Frequency|Notes", "1 - Original|x", "7 - Replacement of prior claim|x"),
        ("Claim Freq|Notes", "Original|x", "Corrected|x"),
        ("Replaces Claim #|Notes", "|x", "A|x"),
        ("Prior Claim|Notes", "|x", "A|x"),
    ],
)
def test_a_claim_says_in_many_ways_that_it_corrects_another(
    tmp_path: Path, columns: str, first: str, second: str
) -> None:
    found = read(
        tmp_path,
        f"""
        Claim|line|member|dos|cpt|units|pos|{columns}
        A|1|M1|2025-02-24|77301|3|11|{first}
        B|1|M1|2025-02-24|77301|1|11|{second}
        """,
    )
    assert found.values("claim_frequency")[1] in ("7", "8")
    assert found.values("claim_frequency")[0] in ("", "1")
    assert [row["claim_id"] for row in found.lines] == ["A", "B"]
