"""Rows of weekly sheets and logs: those signed by a status, at their end or by initials, and those still due."""

import pytest

from isocenter.chart.abstraction import Abstraction
from isocenter.chart.grammar.grammar import Grammar
from tests.chart.reading import read

PHYSICIAN, PHYSICIST, OTHER = "radiation_oncologist", "medical_physicist", "other"


def days_with_signers(found: Abstraction, kind: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """The documents of a kind by their days, each with the roles and days of its signatures."""
    return [
        (str(one.document_date), [(s.role, str(s.signed_on or "-")) for s in one.signatures])
        for one in found.documents
        if one.kind == kind
    ]


@pytest.mark.parametrize(
    ("status", "signers"),
    [
        ("Signed 2026-03-07", [(PHYSICIST, "2026-03-07")]),
        ("E-signed 2026-03-07 14:02", [(PHYSICIST, "2026-03-07")]),
        ("Signed", [(PHYSICIST, "2026-03-06")]),
        ("Not signed", []),
        ("To be signed 2026-03-07", []),
        ("Entered 2026-03-07", []),
    ],
)
def test_a_row_is_signed_by_the_one_it_names_where_its_status_says_so(
    grammar: Grammar, status: str, signers: list[tuple[str, str]]
) -> None:
    sheet = (
        "# WEEKLY PHYSICS CHECK\n| Week | Date | Findings | Physicist | Status\n"
        f"| 1 | 2026-03-06 | MU, dose sums agree | Ole Ray, PhD | {status}\n"
        "| 2 | 2026-03-13 | Shifts, sums agree | Ole Ray, PhD | Pending"
    )
    first, second = days_with_signers(read(grammar, sheet), "weekly_physics_check")
    assert first == ("2026-03-06", signers)
    assert second[1] == []


@pytest.mark.parametrize(
    "due",
    ["| 2 | 2026-03-13 | | Ole Ray, PhD | Due", "| 2 | 2026-03-13 | | | Due", "| 2 | 2026-03-13 | | Ole Ray, PhD |"],
)
def test_a_row_that_is_due_is_no_document(grammar: Grammar, due: str) -> None:
    head = "# WEEKLY PHYSICS CHECK\n| Week | Date | Findings | Physicist | Status\n"
    done = "| 1 | 2026-03-06 | MU, dose sums agree | Ole Ray, PhD | Signed 2026-03-06\n"
    found = read(grammar, f"{head}{done}{due}\nTasks\n| Task | Owner | Date\n| Final check | OR | 2026-03-20")
    assert days_with_signers(found, "weekly_physics_check") == [("2026-03-06", [(PHYSICIST, "2026-03-06")])]
    unsigned = due.replace("| |", "| Shifts, sums agree |", 1).replace("Due", "Open")
    found = read(grammar, head + done + unsigned)
    assert [day for day, _ in days_with_signers(found, "weekly_physics_check")] == ["2026-03-06", "2026-03-13"]


@pytest.mark.parametrize(
    ("end", "signers"),
    [
        ("          O. Ray, PhD 3/6/2026", [(PHYSICIST, "2026-03-06")]),
        (" | O. Ray, PhD | 3/6/2026", [(PHYSICIST, "2026-03-06")]),
        (" with O. Ray, PhD 3/6/2026", []),
        (" | O. Ray, PhD 3/9/2026", []),
        (" | O. Ray, PhD", []),
        (" | pending | O. Ray, PhD 3/6/2026", []),
    ],
)
def test_an_entry_is_signed_by_a_name_apart_at_its_end_with_the_day_of_its_beginning(
    grammar: Grammar, end: str, signers: list[tuple[str, str]]
) -> None:
    log = f"# PHYSICS WEEKLY\n| 3/6/2026 dose sums correct{end}\n| 3/13/2026 dose sums correct | L. Beck, MS 3/13/2026"
    first, second = days_with_signers(read(grammar, log), "weekly_physics_check")
    assert first == ("2026-03-06", signers)
    assert second == ("2026-03-13", [(PHYSICIST, "2026-03-13")])


def test_each_row_that_ends_in_explained_initials_and_a_day_is_an_entry_of_its_own(grammar: Grammar) -> None:
    sheet = (
        "# WEEKLY PHYSICS CHECK\n| Fx | Check | Initials / date\n| 5 | MU, dose sums agree | OR 3/6/2026\n"
        "| 10 | Shifts, sums agree | OR 3/13/2026\n| 15 | | \nOR = Ole Ray, PhD, physicist"
    )
    found = days_with_signers(read(grammar, sheet), "weekly_physics_check")
    assert found == [(day, [(PHYSICIST, day)]) for day in ("2026-03-06", "2026-03-13")]


def test_who_measured_signs_the_report_below_its_table_of_values_with_initials(grammar: Grammar) -> None:
    report = (
        "# IMRT QUALITY ASSURANCE\nMeasured 3/4/2026 with a diode array. Gamma 3%/2mm 98.1 %.\n"
        "| Arc | Plan MU | Second MU | Diff\n| 1 | 288 | 290 | +0.7 %\n| 2 | 301 | 299 | -0.7 %\n"
        "| Measured by | Lena Beck, MS | LB | 3/4/2026\n| Reviewed by | Ole Ray, PhD | OR | 3/5/2026\n"
        "| Approved by | ____________ | ___ | ______"
    )
    found = dict(days_with_signers(read(grammar, report), "dosimetric_verification"))
    assert found["2026-03-04"] == [(PHYSICIST, "2026-03-04"), (PHYSICIST, "2026-03-05")]


def test_a_review_of_the_plan_is_not_signed_by_the_physicist_who_checked_the_plan_on_another_day(
    grammar: Grammar,
) -> None:
    review = (
        "# PLAN EVALUATION - PHYSICIAN\n3/10/2026\nThe isodose lines were seen with the PTV and the cord.\n"
        "Reviewer: ____________  Electronic signature: ________\n"
    )
    check = "# MEDICAL PHYSICS PLAN CHECK\n{}\nTransfer to the machine verified.\nO. Ray, PhD signed 3/12/2026"
    found = read(grammar, review + check.format("3/12/2026"))
    assert [signers for _, signers in days_with_signers(found, "image_review")] == [[]]


@pytest.mark.parametrize(
    ("day", "other"),
    [("Date: 3/9/2026\n", "PLAN REVIEW"), ("", "PLAN REVIEW"), ("Date: 3/9/2026\n", "REVIEW OF THE PLAN")],
)
def test_whoever_signs_the_second_of_two_reviews_of_a_plan_has_not_signed_the_first(
    grammar: Grammar, day: str, other: str
) -> None:
    first = "# PLAN REVIEW\nDate: 3/9/2026\nThe isodose lines were seen on each slice with the PTV and the cord.\n"
    second = f"# {other}\n{day}Isodose lines and monitor units reviewed by physics.\nSigned by Ole Ray, PhD 3/9/2026"
    above, below = days_with_signers(read(grammar, first + second), "image_review")
    assert above == ("2026-03-09", [])
    assert below == ("2026-03-09", [(PHYSICIST, "2026-03-09")])


@pytest.mark.parametrize("day", ["", "Date: 3/9/2026\n"])
@pytest.mark.parametrize("title", ["PHYSICS PLAN CHECK", "REVIEW OF THE PLAN BY THE PHYSICIST"])
def test_a_review_of_the_plan_without_a_day_is_not_signed_below_that_of_physics(
    grammar: Grammar, day: str, title: str
) -> None:
    first = "# PLAN EVALUATION\nEach slice was seen with isodose lines, the PTV and the cord.\n"
    second = f"# {title}\n{day}Physics went over isodose lines and monitor units.\nSigned by Ole Ray, PhD 3/9/2026"
    above, below = days_with_signers(read(grammar, first + second), "image_review")
    assert above == ("None", [])
    assert below == ("2026-03-09", [(PHYSICIST, "2026-03-09")])


@pytest.mark.parametrize(
    ("line", "signers"),
    [
        ("Ada Winter, MD; Nora Till, PA-C signed 3/3/2026", [OTHER]),
        ("Ada Winter, MD and Nora Till, PA-C signed 3/3/2026", [PHYSICIAN, OTHER]),
        ("Ada Winter, MD ____ 3/3/2026", []),
        ("Ada Winter, MD 3/3/2026 ____", [PHYSICIAN]),
        ("Digitally signed by Ada Winter, MD ___ 3/3/2026", [PHYSICIAN]),
        ("E-signed by Ada Winter, MD _____ Date: 3/3/2026", [PHYSICIAN]),
        ("Signature: Ada Winter, MD ___ Date: 3/3/2026", []),
        ("Reviewed and approved by: Ada Winter, MD; Ole Ray, PhD; 3/3/2026", [PHYSICIAN, PHYSICIST]),
        ("Approval: Ada Winter, MD; and Ole Ray, PhD 3/3/2026", [PHYSICIAN, PHYSICIST]),
        ("Approval: Ada Winter, MD; Ole Ray, PhD (not signed); 3/3/2026", []),
        ("Reviewer: Till N   Decision: ACCEPTED   3/3/2026 18:44   Electronic signature ID 88", [OTHER]),
        ("Reviewer: Till N   Decision: REJECTED   3/3/2026 18:44   Electronic signature ID 88", []),
    ],
)
def test_one_of_two_names_a_short_line_and_a_decision_sign_as_a_reviewer_reads_them(
    grammar: Grammar, line: str, signers: list[str]
) -> None:
    note = f"# SIMULATION RECORD\nDate: 3/1/2026\nPosition: supine, arms up.\nAssisted by Nora Till, PA-C\n{line}"
    ((_, found),) = days_with_signers(read(grammar, note), "simulation_record")
    assert [role for role, _ in found] == signers
