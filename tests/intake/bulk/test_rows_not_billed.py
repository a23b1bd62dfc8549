"""Rows of practices' own tables that were not billed: flags, states before billing, and names that only look so."""

from pathlib import Path

import pytest
from tests.intake.bulk.test_rows_taken_back import codes_read

from isocenter.intake.bulk.proposing import deciding_columns, propose
from isocenter.intake.bulk.row_flags import flag_columns
from isocenter.intake.bulk.row_states import is_kept, values_left_out

_COLUMNS = ("claim", "member", "dos", "cpt", "units", "pos")


def _doubts(column: str, first: str, second: str) -> tuple[str, ...]:
    rows = [["A", "M1", "2025-02-24", "77301", "1", "11", first], ["B", "M1", "2025-03-03", "G6015", "1", "11", second]]
    return propose((*_COLUMNS, column), rows).doubts


@pytest.mark.parametrize(
    ("column", "billed", "not_billed"),
    [
        ("Billable", "Y", "N"),
        ("IS_TEST", "0", "1"),
        ("Estimate", "", "Yes"),
        ("Billing Hold", "No", "Yes"),
        ("Do Not Bill", "", "X"),
        ("Posted", "true", "false"),
        ("Submitted to Payer", "Y", "N"),
        ("Status", "Posted", "Draft"),
        ("Charge Status", "Billed", "On Hold"),
        ("Valid", "Y", "N"),
        ("Invalid Line", "", "Y"),
        ("Billing Status", "Billed", "Not Billed"),
        ("Status", "Completed", "No Show"),
    ],
)
def test_rows_that_were_not_billed_are_left_out(tmp_path: Path, column: str, billed: str, not_billed: str) -> None:
    assert codes_read(tmp_path, column, billed, not_billed) == ["77301"]


@pytest.mark.parametrize(
    ("column", "billed", "not_billed"),
    [
        ("delete_ind", "N", "Y"),
        ("DEL_FLAG", "0", "1"),
        ("cancel_flag", "N", "Y"),
        ("reverse_ind", "N", "Y"),
        ("RVRSL_IND", "N", "Y"),
        ("superseded_flag", "false", "true"),
        ("Replaced", "No", "Yes"),
        ("Rejected Line", "", "X"),
        ("FINAL_ACTION_IND", "Y", "N"),
        ("Most Recent", "Y", "N"),
        ("Latest?", "1", "0"),
        ("TX_TYPE", "CHG", "VOID"),
        ("Line Status", "Payable", "Denied"),
    ],
)
def test_words_for_rows_that_were_taken_back_leave_them_out(column: str, billed: str, not_billed: str) -> None:
    rows = [["A", "M1", "2025-02-24", "77301", "1", "11", said] for said in (billed, not_billed)]
    layout = propose((*_COLUMNS, column), rows).layout
    assert layout is not None
    assert [(one.column, one.values) for one in layout.leave_out] == [(column, (not_billed,))]


@pytest.mark.parametrize(("column", "said"), [("FINAL_ACTION_IND", "N"), ("Most Recent", "0"), ("delete_ind", "Y")])
def test_a_flag_that_would_leave_every_row_out_is_asked_about(column: str, said: str) -> None:
    (doubt,) = _doubts(column, said, said)
    assert doubt.startswith(f"{column} holds {said} in every row")


@pytest.mark.parametrize(
    ("column", "first", "second"),
    [
        ("Credit", "N", "Y"),
        ("Corrected", "", "Y"),
        ("archived", "N", "Y"),
        ("Noncovered", "N", "Y"),
        ("line_paid_ind", "Y", "N"),
        ("Charge Approved", "Y", "N"),
        ("Reject Code", "", "R1"),
        ("Cancel Reason", "", "entered twice"),
        ("Self Pay", "N", "Y"),
        ("No Charge", "", "Y"),
        ("Posted", "Y", ""),
        ("Bill To", "Insurance", "Patient"),
        ("Charge Type", "Technical", "No Charge"),
        ("ServiceCategory", "RO", "Courtesy"),
        ("Status", "Billed", "Ready to Bill"),
        ("Status", "Paid", "Not Paid"),
        ("Status", "Paid", "Non Covered"),
    ],
)
def test_rows_that_were_perhaps_not_billed_are_asked_about(column: str, first: str, second: str) -> None:
    assert [doubt for doubt in _doubts(column, first, second) if doubt.startswith(f"{column} holds ")]


@pytest.mark.parametrize(
    ("column", "first", "second"),
    [
        ("Billable", "Y", "Y"),
        ("Hold", "", ""),
        ("Hold Days", "0", "1"),
        ("Write Off", "0.00", "250.00"),
        ("Posted By", "Ann", "No"),
        ("Paid", "N", "N"),
        ("Estimated Payment", "1", "0"),
        ("Responsible Party", "Self", "Self"),
        ("Charge Type", "Technical", "Global"),
        ("Status", "Posted", "Released from hold"),
    ],
)
def test_columns_that_only_look_like_flags_leave_no_row_out(
    tmp_path: Path, column: str, first: str, second: str
) -> None:
    assert codes_read(tmp_path, column, first, second) == ["77301", "G6015"]


def test_every_value_of_a_flag_counts_in_a_long_table() -> None:
    assert "On Hold" in deciding_columns((*_COLUMNS, "On Hold"))
    assert set(flag_columns(("Test Name", "Posted Date", "Bill To", "Hold"))) == {"Bill To", "Hold"}


def test_a_state_that_denies_a_denial_is_kept_and_one_that_denies_a_billing_is_not() -> None:
    found = ["Not denied", "Not billed", "Unposted"]
    assert values_left_out("status", found) == ["Not billed", "Unposted"]
    assert [value for value in found if is_kept("status", value, found)] == ["Not denied"]


def test_a_claim_type_of_corrections_is_read_as_the_frequency_of_the_claim() -> None:
    said = propose((*_COLUMNS, "Claim Type"), [
        ["A", "M1", "2025-02-24", "77301", "1", "11", "Original"],
        ["B", "M1", "2025-02-24", "77301", "1", "11", "Corrected"],
    ])  # fmt: skip
    assert said.layout is not None
    assert said.layout.columns["claim_frequency"].values == {"Original": "1", "Corrected": "7"}
