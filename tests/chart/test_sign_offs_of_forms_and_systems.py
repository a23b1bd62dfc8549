"""Sign-offs as forms and record systems print them: what signs, and its nearest forms that do not."""

from datetime import date
from pathlib import Path

import pytest
from reportlab.lib.pagesizes import letter
from reportlab.pdfgen import canvas

from isocenter.chart.abstract import abstract
from isocenter.chart.abstraction import Abstraction
from isocenter.chart.grammar.grammar import Grammar
from tests.chart.reading import POLICY, read

PHYSICIAN, PHYSICIST, PLANNER, OTHER = "radiation_oncologist", "medical_physicist", "dosimetrist", "other"
NOTE = "# SIMULATION RECORD\nDate: 3/1/2026\nPosition: supine, arms up over the head in a cradle\n"


def signed(found: Abstraction, kind: str) -> list[tuple[str, str]]:
    """The roles and days of the signatures of all documents of a kind."""
    return sorted((s.role, str(s.signed_on or "-")) for d in found.documents if d.kind == kind for s in d.signatures)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            "Perform Information: Winter, Ada, MD on March 01, 2026 11:14\n"
            "Sign Information: Winter, Ada, MD on March 02, 2026 08:02",
            [(PHYSICIAN, "2026-03-02")],
        ),
        ("Perform Information: Winter, Ada, MD on March 01, 2026 11:14\nSign Information: pending", []),
        ("MD: Ada Winter, MD   sig. A. Winter   3/2/2026", [(PHYSICIAN, "2026-03-02")]),
        ("MD: Ada Winter, MD   sig. ____________   ________", []),
        ("MD: Ada Winter, MD   ____________   ________", []),
        (
            "Calculated: Gil Lund, CMD. Checked and accepted: Ole Ray, PhD, 3/2/2026.",
            [(PHYSICIST, "2026-03-02")],
        ),
        (
            "Calculated: Gil Lund, CMD, 3/1/2026. Checked and accepted: Ole Ray, PhD, 3/2/2026.",
            [(PLANNER, "2026-03-01"), (PHYSICIST, "2026-03-02")],
        ),
        ("Physician in charge: Nora Till, PA-C\nTill, N.    3/2/2026    (authenticated)", [(OTHER, "2026-03-02")]),
        ("Physician in charge: Nora Till, PA-C\nTill, N.    3/2/2026    (not authenticated)", []),
        ("Physician in charge: Nora Till, PA-C\nTill, N.    3/2/2026    (opened)", []),
    ],
)
def test_a_line_of_a_system_or_a_form_signs_where_its_own_act_is_one_of_signing(
    grammar: Grammar, lines: str, expected: list[tuple[str, str]]
) -> None:
    assert signed(read(grammar, NOTE + lines), "simulation_record") == expected


@pytest.mark.parametrize(
    "head", ["Action | Performed by | Date", "Event | Done by | Date", "Task | Performed by | Date"]
)
def test_of_a_table_of_actions_only_an_approval_signs_whoever_performed_the_others(grammar: Grammar, head: str) -> None:
    table = (
        f"| {head}\n| Create | Pim Moss, RTT | 3/1/2026 09:12\n| Edit | Ada Winter, MD | 3/1/2026 12:40\n"
        "| Approve | Ada Winter, MD | 3/2/2026 12:52\n| Print | Pim Moss, RTT | 4/2/2026 15:01"
    )
    assert signed(read(grammar, NOTE + table), "simulation_record") == [(PHYSICIAN, "2026-03-02")]


def test_the_sign_offs_below_a_table_of_fields_are_none_of_its_rows(grammar: Grammar) -> None:
    report = (
        "# PLAN REPORT\nPlan date 3/1/2026. Calculated with heterogeneity, 240 MU.\n| FLD | GANTRY | MU\n"
        "| 1 | 300 | 120\n| 2 | 120 | 120\n| Planned | Gil Lund, CMD | 3/1/2026\n"
        "| Physics check | Ole Ray, PhD | 3/2/2026\n| MD approval | Ada Winter, MD | not yet approved"
    )
    expected = [(PLANNER, "2026-03-01"), (PHYSICIST, "2026-03-02")]
    assert signed(read(grammar, report), "plan_report") == expected


def test_a_day_below_the_heading_signed_signs_for_the_name_of_the_row_and_a_dash_does_not(grammar: Grammar) -> None:
    sheet = (
        "# WEEKLY PHYSICS CHECK\n| Fx | Items | Physicist | Signed\n| 5 | MU, doses agree | Ole Ray, PhD | 3/6/2026\n"
        "| 10 | MU, dose sums agree | Ole Ray, PhD | 3/13/2026\n| 15 | MU, dose sums agree | Ole Ray, PhD | -"
    )
    expected = [(PHYSICIST, "2026-03-06"), (PHYSICIST, "2026-03-13")]
    assert signed(read(grammar, sheet), "weekly_physics_check") == expected
    assert signed(read(grammar, sheet.replace("Signed", "Printed")), "weekly_physics_check") == []


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("Ada Winter, MD | 3/2/2026 | Ole Ray, PhD | 3/4/2026", [(PHYSICIST, "2026-03-04"), (PHYSICIAN, "2026-03-02")]),
        ("Ada Winter, MD | 3/2/2026 | Ole Ray, PhD | -", [(PHYSICIAN, "2026-03-02")]),
        ("Ada Winter, MD | - | Ole Ray, PhD | 3/4/2026", [(PHYSICIST, "2026-03-04")]),
        ("Ada Winter, MD | - | Ole Ray, PhD | -", []),
    ],
)
def test_each_of_two_signers_side_by_side_has_the_day_behind_the_name(
    grammar: Grammar, row: str, expected: list[tuple[str, str]]
) -> None:
    table = f"| Physician | Signed | Physicist | Signed\n| {row}"
    assert signed(read(grammar, NOTE + table), "simulation_record") == expected


def test_a_day_alone_below_the_rows_of_a_weekly_sheet_is_a_row_in_which_nobody_has_written(grammar: Grammar) -> None:
    sheet = (
        "# WEEKLY PHYSICS CHECK\n| Date | Fx | Result | Checked by | Verified\n"
        "| 3/6/2026 | 5 | MU, dose sums agree | O. Ray, MS | OR 3/6/2026\n"
        "| 3/13/2026 | 10 | MU, doses agree | O. Ray, MS | OR 3/14/2026\n| 3/20/2026 | | | | \nOR = Ole Ray, MS, DABR"
    )
    found = [d for d in read(grammar, sheet).documents if d.kind == "weekly_physics_check"]
    assert [(d.document_date, [s.signed_on for s in d.signatures]) for d in found] == [
        (date(2026, 3, 6), [date(2026, 3, 6)]),
        (date(2026, 3, 13), [date(2026, 3, 14)]),
    ]


def test_names_with_days_at_the_right_of_entries_are_no_column_of_prose(tmp_path: Path) -> None:
    file = tmp_path / "chart.pdf"
    page = canvas.Canvas(str(file), pagesize=letter, invariant=1)
    page.setFont("Courier", 9.5)
    lines = ["PROGRESS DURING TREATMENT"]
    for day in ("03/06/2026", "03/13/2026", "03/20/2026", "03/27/2026"):
        text = f"{day} Pt seen and examined. Skin intact."
        lines.append(f"{text:<55}A. Winter MD {day}")
    lines += ["", "PHYSICS WEEKLY"]
    for day in ("03/07/2026", "03/14/2026", "03/21/2026"):
        text = f"{day} MU, dose and shifts verified"
        lines.append(f"{text:<55}O. Ray PhD {day}")
    for at, line in enumerate(lines):
        page.drawString(54, 740 - 13 * at, line)
    page.save()
    found = abstract([(file, file.name)], POLICY, processes=1)
    for kind in ("weekly_management_note", "weekly_physics_check"):
        documents = [d for d in found.documents if d.kind == kind]
        assert len(documents) == (4 if kind == "weekly_management_note" else 3)
        assert all([s.signed_on for s in d.signatures] == [d.document_date] for d in documents)


_REPORT = (
    "# IMRT QUALITY ASSURANCE\nMeasured 3/4/2026. Gamma 3%/2mm 98.1 %.\n{}\nSM = Sam Moss, RTT; AW = Ada Winter, MD"
)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("Approved by: AW 3/7/2026", [(PHYSICIAN, "2026-03-07")]),
        ("Next steps\nApproved by: AW 3/7/2026", []),
        ("Assigned\nphysician: AW 3/7/2026", []),
        ("Next steps\nThe plan is loaded.\nAda Winter, MD 3/7/2026", [(PHYSICIAN, "2026-03-07")]),
        ("| Task | Initials | Date\n| Approve QA | AW | 3/7/2026", [(PHYSICIAN, "2026-03-07")]),
        ("| Task | Initials | Due\n| Approve QA | AW | 3/7/2026", []),
        ("| Task | Initials | Target date\n| Approve QA | AW | 3/7/2026", []),
    ],
)
def test_initials_in_a_list_of_work_to_do_sign_nothing(
    grammar: Grammar, lines: str, expected: list[tuple[str, str]]
) -> None:
    assert signed(read(grammar, _REPORT.format(lines)), "dosimetric_verification") == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("Remaining tasks\nIndependent check Ole Ray, PhD 3/9/2026", []),
        ("To do:\n- calculation Ole Ray, PhD 3/9/2026\n- loading Sam Moss, RTT 3/9/2026", []),
        ("Assigned to\nOle Ray, PhD 3/9/2026", []),
        ("Next steps\n- contours\nOle Ray, PhD 3/9/2026", [(PHYSICIST, "2026-03-09")]),
        ("Next steps\n- contours\nReviewed and accepted by Ole Ray, PhD 3/9/2026", [(PHYSICIST, "2026-03-09")]),
    ],
)
def test_whoever_a_list_of_work_to_do_names_has_signed_nothing(
    grammar: Grammar, lines: str, expected: list[tuple[str, str]]
) -> None:
    assert signed(read(grammar, NOTE + lines), "simulation_record") == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Films on file. Reviewed by Ole Ray, PhD 3/9/2026", [(PHYSICIST, "2026-03-09")]),
        ("All results are on file; reviewed: Ole Ray, PhD 3/9/2026", [(PHYSICIST, "2026-03-09")]),
        ("Signature on file: Ole Ray, PhD 3/9/2026", []),
        ("Approval on file. Ole Ray, PhD 3/9/2026", []),
        ("Ole Ray, PhD (on file) 3/9/2026", []),
    ],
)
def test_pictures_on_file_take_no_signature_back(grammar: Grammar, line: str, expected: list[tuple[str, str]]) -> None:
    assert signed(read(grammar, NOTE + line), "simulation_record") == expected
