"""Several signers of one act, in one line or one row, and what beside them is no signature."""

import pytest

from isocenter.chart.abstraction import Abstraction
from isocenter.chart.grammar.grammar import Grammar
from tests.chart.reading import read

NOTE = "# SIMULATION RECORD\nDate: 3/1/2026\nPosition: supine, arms up over the head in a cradle\n"
PHYSICIAN, PHYSICIST, PLANNER, OTHER = "radiation_oncologist", "medical_physicist", "dosimetrist", "other"


def signed(found: Abstraction) -> set[tuple[str, str]]:
    return {(s.role, str(s.signed_on or "-")) for d in found.documents for s in d.signatures}


BOTH = {(PHYSICIAN, "2026-03-04"), (PHYSICIST, "2026-03-04")}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Accepted: Ida Marsh, MD, Pia Holm, PhD, 3/4/2026", BOTH),
        ("Accepted by Ida Marsh, MD and Pia Holm, PhD 3/4/2026", BOTH),
        ("Accepted by: Ida Marsh, MD / Pia Holm, PhD on 3/4/2026", BOTH),
        ("Accepted 3/4/2026 by Ida Marsh, MD and Pia Holm, PhD", BOTH),
        ("Reviewed with Ida Marsh, MD, Pia Holm, PhD, 3/4/2026", set()),
        ("To be accepted: Ida Marsh, MD, Pia Holm, PhD, 3/4/2026", set()),
        ("Not accepted: Ida Marsh, MD, Pia Holm, PhD, 3/4/2026", set()),
        ("In clinic: Ida Marsh, MD, Pia Holm, PhD, 3/4/2026", set()),
        ("Nothing here was accepted by Ida Marsh, MD and Pia Holm, PhD 3/4/2026", set()),
        ("Treat if accepted by Ida Marsh, MD and Pia Holm, PhD 3/4/2026", set()),
        ("Treat unless otherwise noted. Accepted by Ida Marsh, MD and Pia Holm, PhD 3/4/2026", BOTH),
    ],
)
def test_who_is_joined_under_one_act_and_one_day_signs_as_the_first_does(
    grammar: Grammar, line: str, expected: set[tuple[str, str]]
) -> None:
    assert signed(read(grammar, NOTE + line)) == expected


IN_ORDER = {(PLANNER, "2026-03-02"), (PHYSICIST, "2026-03-03"), (PHYSICIAN, "2026-03-04")}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Calc: Bo Lind CMD / Check: P. Holm MS DABR / MD: I. Marsh MD  3/2/26  3/3/26  3/4/26", IN_ORDER),
        ("Approved: Bo Lind, CMD, Pia Holm, PhD, Ida Marsh, MD 3/2/2026, 3/3/2026, 3/4/2026", IN_ORDER),
        ("Due: Bo Lind, CMD, Pia Holm, PhD 3/2/2026, 3/3/2026", set()),
        ("Ordered: Bo Lind, CMD / Accepted: Ida Marsh, MD 3/3/2026 3/4/2026", {(PHYSICIAN, "2026-03-04")}),
        ("Away: Ida Marsh, MD / Pia Holm, PhD 3/3/2026 3/4/2026", set()),
        ("Clinics with Ida Marsh, MD, Pia Holm, PhD; further clinics 3/9/2026, 3/16/2026", set()),
        (
            "Calculation by Bo Lind, CMD 3/2/26; checked by Pia Holm, PhD 3/3/26; OK to treat Ida Marsh, MD 3/4/26",
            IN_ORDER,
        ),
    ],
)
def test_days_behind_the_last_name_are_those_of_the_names_in_their_order(
    grammar: Grammar, line: str, expected: set[tuple[str, str]]
) -> None:
    assert signed(read(grammar, NOTE + line)) == expected


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("| Physician | Physicist | Signed\n| Ida Marsh, MD | Pia Holm, PhD | 3/4/2026", BOTH),
        ("| Physicist | Physician | Date signed\n| Pia Holm, PhD | Ida Marsh, MD | 3/4/2026", BOTH),
        ("| Physician | Physicist | Signed\n| Ida Marsh, MD | Pia Holm, PhD | No", set()),
        (
            "| Requested by | Approved by\n| Bo Lind, CMD | Ida Marsh, MD\n| 3/3/2026 | 3/4/2026",
            {(PHYSICIAN, "2026-03-04")},
        ),
        (
            "| Not accepted by | Checked by\n| Ida Marsh, MD | Pia Holm, PhD\n| 3/3/2026 | 3/4/2026",
            {(PHYSICIST, "2026-03-04")},
        ),
        ("| Entered by | Approved by\n| Bo Lind, CMD | Ida Marsh, MD\n| 3/3/2026 | ", set()),
        (
            "| Prepared by | Approved by\n| Bo Lind, CMD | Ida Marsh, MD\n| 3/3/2026 | 3/4/2026",
            {(PLANNER, "2026-03-03"), (PHYSICIAN, "2026-03-04")},
        ),
        (
            "| Item | Due | Status\n| Plan review | 3/3/2026 | Signed by Ida Marsh, MD\n"
            "| Plan check | 3/3/2026 | Signed by Pia Holm, PhD 3/4/2026",
            {(PHYSICIAN, "-"), (PHYSICIST, "2026-03-04")},
        ),
        (
            "| Ida Marsh, MD | Attending | Signed | 3/4/2026 10:04\n| Una Dell, RN | Nurse | Read | 3/4/2026 10:10",
            {(PHYSICIAN, "2026-03-04")},
        ),
    ],
)
def test_a_column_signs_by_its_own_heading_and_shares_the_state_behind_it(
    grammar: Grammar, table: str, expected: set[tuple[str, str]]
) -> None:
    assert signed(read(grammar, NOTE + table)) == expected


@pytest.mark.parametrize(
    "line",
    [
        "Form QA-7 rev. B approved by Pia Holm, PhD 1/15/2026",
        "Document control: version 3, approved Pia Holm, PhD 1/15/2026",
        "Rev. 4 effective 2/1/2026. Approved by Ida Marsh, MD 1/20/2026",
    ],
)
def test_who_approved_the_wording_of_a_form_has_not_signed_what_was_written_on_it(grammar: Grammar, line: str) -> None:
    assert signed(read(grammar, NOTE + line)) == set()
    dated = NOTE + f"Signed: Pia Holm, PhD 3/4/2026\n{line}"
    assert signed(read(grammar, dated)) == {(PHYSICIST, "2026-03-04")}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Cleared for treatment: Ida Marsh, MD 3/4/2026", {(PHYSICIAN, "2026-03-04")}),
        ("Not yet cleared for treatment: Ida Marsh, MD 3/4/2026", set()),
        ("Cleared for treatment? Ida Marsh, MD 3/4/2026", set()),
        ("Cleared for treatment? Yes. Ida Marsh, MD 3/4/2026", {(PHYSICIAN, "2026-03-04")}),
        ("Until it has been checked by Pia Holm, PhD 3/4/2026", set()),
        ("Protocol RTOG-0617 plan accepted by Ida Marsh, MD 3/4/2026", {(PHYSICIAN, "2026-03-04")}),
    ],
)
def test_an_act_that_is_denied_awaited_or_asked_for_signs_nothing(
    grammar: Grammar, line: str, expected: set[tuple[str, str]]
) -> None:
    assert signed(read(grammar, NOTE + line)) == expected


@pytest.mark.parametrize(
    "head",
    [
        "Author: Ivo Penn, MD   Author Type: Resident\n",
        "Author: Ivo Penn, MD\nService: Radiation Oncology\nAuthor Type: Fellow\n",
        "| 3/4/2026 5:20 PM | Ivo Penn, MD | Resident | Sign\n",
    ],
)
def test_the_type_of_an_author_says_who_is_in_training(grammar: Grammar, head: str) -> None:
    attending = f"{NOTE}Author: Ida Marsh, MD   Author Type: Physician\nElectronically signed by Ida Marsh, MD 3/4/2026"
    note = f"{NOTE}{head}Electronically signed by Ivo Penn, MD 3/4/2026"
    assert signed(read(grammar, note)) == {(OTHER, "2026-03-04")}
    assert signed(read(grammar, attending)) == {(PHYSICIAN, "2026-03-04")}


def test_parts_of_a_paper_that_are_numbered_are_each_signed_in_their_own_line(grammar: Grammar) -> None:
    note = NOTE + (
        "1. Positioning checked. Signed: Bo Lind, CMD 3/2/2026\n2. Scan reviewed. Signed: Ida Marsh, MD 3/4/2026\n"
        "3. Physics review. Signed: ________"
    )
    assert signed(read(grammar, note)) == {(PLANNER, "2026-03-02"), (PHYSICIAN, "2026-03-04")}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            "| Prescribed by | Reviewed by physics | Transcribed by\n| Ida Marsh, MD | Pia Holm, PhD | Bo Lind, CMD\n"
            "| 3/3/2026 14:00 | 3/4/2026 09:30 | 3/3/2026 15:10",
            {(PHYSICIAN, "2026-03-03"), (PHYSICIST, "2026-03-04")},
        ),
        ("| Typed by | Scheduled by\n| Bo Lind, CMD | Ida Marsh, MD\n| 3/3/2026 | 3/4/2026", set()),
        ("Measured and signed: Pia Holm, MS, DABR; accepted: Ida Marsh, MD; both 3/4/2026", BOTH),
        ("Measured: Pia Holm, MS, DABR; accepted: Ida Marsh, MD (pending); 3/4/2026", {(PHYSICIST, "2026-03-04")}),
        (
            "Bo Lind, CMD and Ida Marsh, MD, the planning team\n"
            "CMD: B. Lind (e-signed 3/3/2026 1510)  MD: I. Marsh (e-signed 3/4/2026)",
            {(PLANNER, "2026-03-03"), (PHYSICIAN, "2026-03-04")},
        ),
        (
            "Dictated by Ida Marsh, MD 3/2/2026, transcribed by TQ 3/3/2026, read and signed Ida Marsh, MD 3/4/2026",
            {(PHYSICIAN, "2026-03-04")},
        ),
        ("Order acknowledged: Una Dell, RN 3/4/2026", set()),
        ("Acknowledged: Una Dell, RN 3/4/2026 13:44", set()),
    ],
)
def test_who_signs_is_told_from_who_typed_ordered_or_acknowledged(
    grammar: Grammar, lines: str, expected: set[tuple[str, str]]
) -> None:
    assert signed(read(grammar, NOTE + lines)) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            "Name: Ida Marsh, MD\nRole: Radiation Oncologist\nAction: Approved\nWhen: 3/4/2026 09:12",
            {(PHYSICIAN, "2026-03-04")},
        ),
        ("Name: Ida Marsh, MD\nRole: Radiation Oncologist\nAction: Assigned\nWhen: 3/4/2026 09:12", set()),
        ("Reviewer: Pia Holm, PhD\nResult: Pass\nReviewed on: 3/4/2026", {(PHYSICIST, "2026-03-04")}),
        ("Reviewer: Pia Holm, PhD\nResult: Pending\nReviewed on: 3/4/2026", set()),
        ("Reviewer: Pia Holm, PhD\nResult: Pass\nReview due: 3/4/2026", set()),
        ("User: Ida Marsh, MD\nAction: Viewed\nDate/time: 3/4/2026 10:10", set()),
        ("Ordered by: Ida Marsh, MD\nAction: Approved\nWhen: 3/4/2026 09:12", set()),
        ("Checked by: Pia Holm, PhD\nAction: Approved\nWhen: 3/4/2026 09:12", {(PHYSICIST, "2026-03-04")}),
        ("Approver: Ida Marsh, MD\nPlan status: In progress\nApproved on: 3/4/2026", set()),
        ("Approver: Ida Marsh, MD\nComments: None\nApproved on: 3/4/2026", {(PHYSICIAN, "2026-03-04")}),
        ("Physician: Ida Marsh, MD\nPlan: P1\nDate: 3/4/2026", set()),
    ],
)
def test_fields_below_one_another_sign_by_their_act_and_its_day(
    grammar: Grammar, fields: str, expected: set[tuple[str, str]]
) -> None:
    assert signed(read(grammar, NOTE + fields)) == expected


def test_a_row_of_days_below_signers_begins_no_other_paper(grammar: Grammar) -> None:
    grid = (
        "| Check | Dosimetrist | Physicist\n| Shifts | yes | yes\n| Signature | Bo Lind, CMD | Pia Holm, PhD\n"
        "| Date | 3/2/2026 | 3/4/2026"
    )
    found = read(grammar, NOTE + grid)
    assert [d.kind for d in found.documents] == ["simulation_record"]
    assert signed(found) == {(PLANNER, "2026-03-02"), (PHYSICIST, "2026-03-04")}
