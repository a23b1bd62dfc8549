"""Tables of sign-offs, rows of weekly sheets and lists of tasks: who signs in them, on which day, and who does not."""

import pytest

from isocenter.chart.abstraction import Abstraction
from isocenter.chart.grammar.grammar import Grammar
from tests.chart.reading import kinds_and_days, read

NOTE = "# SIMULATION RECORD\nDate: 3/1/2026\nPosition: supine, arms up over the head in a cradle\n"
PHYSICIAN, PHYSICIST, THERAPIST, OTHER = "radiation_oncologist", "medical_physicist", "radiation_therapist", "other"


def signed(found: Abstraction, kind: str) -> list[tuple[str, str]]:
    return sorted((s.role, str(s.signed_on or "-")) for d in found.documents if d.kind == kind for s in d.signatures)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (
            "| Status | User | Timestamp\n| PlanningApproved | awinter (Ada Winter, MD) | 2026-03-03 10:20\n"
            "| UnApproved | ntill (Nora Till, MD) | 2026-03-02 09:00",
            [(PHYSICIAN, "2026-03-03")],
        ),
        ("| Event | User | Timestamp\n| Opened | awinter (Ada Winter, MD) | 2026-03-03 10:20", []),
        (
            "| Approval | Name | Status | Date / time\n| Author | Ada Winter, MD | Approved | 3/3/2026 16:20\n"
            "| Nurse | Rae Finn, RN | Viewed | 3/3/2026 16:41\n| Reviewer | Abel Frye, MD | Pending | ",
            [(PHYSICIAN, "2026-03-03")],
        ),
        ("| Approval | Name | Status | Date / time\n| Author | Ada Winter, MD | Viewed | 3/3/2026 16:20", []),
        ("| Role | Name | Status | Date\n| Supervising MD | Ada Winter, MD | Declined | 3/3/2026", []),
        ("| Role | Name | Date\n| Author | Ada Winter, MD | 3/3/2026", []),
        (
            "| Role | Name | Status | Date\n| Supervising MD | Ada Winter, MD | Signed | 3/3/2026\n"
            "| Provider | Nora Till, PA-C | Signed | 3/2/2026",
            [(OTHER, "2026-03-02"), (PHYSICIAN, "2026-03-03")],
        ),
    ],
)
def test_a_row_signs_by_its_action_whatever_part_of_the_signer_it_names(
    grammar: Grammar, table: str, expected: list[tuple[str, str]]
) -> None:
    assert signed(read(grammar, NOTE + table), "simulation_record") == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("Checked by / date", [(PHYSICIST, "2026-03-06"), (PHYSICIST, "2026-03-13")]),
        ("Reviewed by (date)", [(PHYSICIST, "2026-03-06"), (PHYSICIST, "2026-03-13")]),
        ("To be checked by / date", []),
    ],
)
def test_a_column_of_checkers_may_hold_their_days(grammar: Grammar, head: str, expected: list[tuple[str, str]]) -> None:
    sheet = (
        f"# WEEKLY PHYSICS CHECK\n| Week | Fractions | Findings | {head}\n"
        "| 1 | 1-5 | MU, shifts, doses correct | O. Ray PhD 3/6/2026\n"
        "| 2 | 6-10 | Imaging and doses correct | L. Beck MS 3/13/2026\n| 3 | 11-15 | | \n"
    )
    assert signed(read(grammar, sheet), "weekly_physics_check") == expected


def test_a_signature_of_a_row_is_of_the_day_of_the_row_and_headings_side_by_side_are_nobody(grammar: Grammar) -> None:
    sheet = (
        "# WEEKLY TREATMENT MANAGEMENT\n| Date | Fx | Note | Images | MD signature\n"
        "| 3/2/2026 | 5 | No diarrhea. Skin intact. | CBCT reviewed | A. Winter MD\n"
        "| 3/9/2026 | 10 | Loose stool. | CBCT reviewed | A. Winter MD\n| 3/16/2026 | 15 | Seen by RN. | | "
    )
    found = signed(read(grammar, sheet), "weekly_management_note")
    assert found == [(PHYSICIAN, "2026-03-02"), (PHYSICIAN, "2026-03-09")]
    named = sheet.replace("MD signature", "Physician")
    assert signed(read(grammar, named), "weekly_management_note") == []


def test_columns_of_approval_sign_a_row_on_its_day_and_one_that_is_due_on_none(grammar: Grammar) -> None:
    sheet = (
        "# WEEKLY PHYSICS CHECK\n| {} | Checked | Physicist approval | Therapist approval\n"
        "| 2026-03-06 | Fx 1-5 doses, MU, couch | Ole Ray, PhD | Sam Moss, RTT\n"
        "| 2026-03-13 | Fx 6-10 doses, shifts | Lena Beck, MS | not approved\n| 2026-03-20 | Fx 11-15 | | "
    )
    found = signed(read(grammar, sheet.format("Date")), "weekly_physics_check")
    assert found == [(PHYSICIST, "2026-03-06"), (PHYSICIST, "2026-03-13"), (THERAPIST, "2026-03-06")]
    assert all(day == "-" for _, day in signed(read(grammar, sheet.format("Due")), "weekly_physics_check"))


@pytest.mark.parametrize(
    ("heads", "row", "expected"),
    [
        ("Physicist signature | Signed on", "Ole Ray, PhD | 2026-03-07", [(PHYSICIST, "2026-03-07")]),
        ("Physicist signature | Signed on", "Ole Ray, PhD |", [(PHYSICIST, "-")]),
        ("Approved by | Date approved", "Ole Ray, PhD |", []),
        ("Physicist name | Signature", "Ole Ray, PhD | O. Ray", [(PHYSICIST, "2026-03-06")]),
        ("Physicist name | Signature", "Ole Ray, PhD |", []),
        ("Physicist approval", "Ole Ray, PhD", [(PHYSICIST, "2026-03-06")]),
        ("Physicist approval", "see Ole Ray, PhD", []),
    ],
)
def test_the_day_of_a_row_is_not_that_of_a_signature_whose_own_column_is_empty(
    grammar: Grammar, heads: str, row: str, expected: list[tuple[str, str]]
) -> None:
    sheet = f"# WEEKLY PHYSICS CHECK\n| Date | Checked | {heads}\n| 2026-03-06 | Fx 1-5 doses, MU, couch | {row}"
    assert signed(read(grammar, sheet), "weekly_physics_check") == expected
    due = signed(read(grammar, sheet.replace("| Date |", "| Date due |")), "weekly_physics_check")
    assert "2026-03-06" not in [day for _, day in due]


@pytest.mark.parametrize(
    "table",
    [
        "| Task | Assigned to | Due | Completed\n| Approve plan | Ada Winter, MD | 3/15/2026 | \n"
        "| Sign note of 3/1/2026 | Ada Winter, MD | 3/4/2026 | \n| Chart check | Ole Ray, MS | 3/12/2026 | ",
        "| Action item | Owner | Target date\n| Sign the order | Ada Winter, MD | 3/15/2026",
        "Upcoming schedule\n| Date | Activity | Staff\n| 3/9/2026 | Plan approval | Ada Winter, MD\n"
        "| 3/10/2026 | Physics check | Ole Ray, MS",
    ],
)
def test_whoever_is_to_do_a_task_or_is_on_a_schedule_signs_nothing(grammar: Grammar, table: str) -> None:
    assert signed(read(grammar, NOTE + table), "simulation_record") == []


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("Draft by Nora Till, MD (resident).\nReviewed, edited and signed by Ada Winter, MD on 3/3/2026.", True),
        ("Draft for review by Ada Winter, MD 3/3/2026", False),
        ("no sign. A. Winter MD 3/3/2026", False),
        ("not sgd A. Winter MD 3/3/2026", False),
        ("No sign of infection. Signed A. Winter MD 3/3/2026", True),
        ("Medication: ondansetron 8 mg. Prescribed electronically by Ada Winter, MD on 3/3/2026", False),
        ("Status: draft\nPrepared by Nora Till, MD 3/3/2026", False),
        ("Cosign required: Ada Winter, MD - cosigned 3/3/2026 6:02 PM", True),
        ("Cosign required: Ada Winter, MD - not cosigned 3/3/2026", False),
        ("Cosign required: Ada Winter, MD 3/3/2026 6:02 PM", False),
        ("Cosign required: Ada Winter, MD - request sent 3/3/2026", False),
        ("Physician: Ada Winter, MD   (sig)  A. Winter   3/3/2026", True),
        ("Physician: Ada Winter, MD   (sig)  ________   3/3/2026", False),
        ("Physician's finding: acceptable.     AW 3/3/2026\nPhysician: Ada Winter, MD", True),
        ("Physician's finding: acceptable.     XY 3/3/2026\nPhysician: Ada Winter, MD", False),
        ("Physician's finding: acceptable.     AW\nPhysician: Ada Winter, MD", False),
    ],
)
def test_a_draft_a_request_and_a_place_for_a_hand_sign_only_once_somebody_signed(
    grammar: Grammar, lines: str, expected: bool
) -> None:
    assert signed(read(grammar, NOTE + lines), "simulation_record") == ([(PHYSICIAN, "2026-03-03")] if expected else [])


def test_a_table_below_its_own_heading_signs_the_order_above_it_with_the_parts_of_the_order(grammar: Grammar) -> None:
    page = (
        "# RADIATION PRESCRIPTION\nOrder date: 3/2/2026\nGoal: cure, spare the bladder\nPTV: 60 Gy in 30 fractions\n"
        "# DOSE CONSTRAINTS\n| Structure | Metric | Limit\n| Spinal cord | D0.03cc | <= 45 Gy\n"
        "# SIGNATURE HISTORY\n| Action | User | Date | Time\n| Pended | Nora Till, MD | 3/1/2026 | 6:58 PM\n"
        "| Signed | Ada Winter, MD | 3/2/2026 | 7:32 AM\n| Acknowledged | Rae Finn, RN | 3/3/2026 | 9:05 AM"
    )
    found = read(grammar, page)
    assert kinds_and_days(found) == [("prescription", "2026-03-02")]
    assert signed(found, "prescription") == [(PHYSICIAN, "2026-03-02")]
    refused = read(grammar, page.replace("| Signed |", "| Returned |"))
    assert signed(refused, "prescription") == []


def test_the_head_of_an_attestation_dates_no_part_of_the_note_that_is_signed_above_it(grammar: Grammar) -> None:
    page = (
        "# TREATMENT PLANNING NOTE\nDate of service: 3/1/2026\nI read the MRI of 2/20 myself. PTV is GTV plus 5 mm.\n"
        "# MEDICAL NECESSITY OF IMRT\nThe PTV touches the brainstem. A 3D plan was made and gave it 61 Gy.\n"
        "Electronically signed by Nora Till, MD (Resident) at 3/1/2026 5:11 PM\n"
        "Electronically signed by Ada Winter, MD at 3/2/2026 8:40 AM\n"
        "Attestation signed by Ada Winter, MD at 3/2/2026 8:40 AM\nI saw the patient with the resident and agree."
    )
    found = read(grammar, page)
    for kind in ("clinical_planning_note", "necessity_statement"):
        assert signed(found, kind) == [(OTHER, "2026-03-01"), (PHYSICIAN, "2026-03-02")]


def test_specimens_of_hands_in_a_signature_log_sign_nothing(grammar: Grammar) -> None:
    log = (
        "# SIGNATURE LOG\n| Printed name | Signature | Credentials | Initials\n"
        "| Ada Winter | A. Winter | MD | AW\n| Ole Ray | O. Ray | PhD | OR\nLog made 6/1/2026"
    )
    assert signed(read(grammar, log), "signature_log") == []
    certified = signed(read(grammar, f"{log}\nCertified by: Ada Winter, MD 6/2/2026"), "signature_log")
    assert certified == [(PHYSICIAN, "2026-06-02")]


def test_the_row_labeled_signature_signs_a_list_of_what_each_signer_looked_at(grammar: Grammar) -> None:
    page = (
        "# PLAN EVALUATION\n3/1/2026\n| Reviewed item | Resident | Attending\n| Target volumes on CT | NT | AW\n"
        "| Isodose lines 107, 100, 95 % | NT | AW\n| DVH of PTV | NT | AW\n| DVH of cord and heart | NT | AW\n"
        "| Lungs on CT in all planes | NT | AW\n| Signature | N. Till MD | {who}\n| Date | 3/1/2026 | {on}\nAll met."
    )
    both = signed(read(grammar, page.format(who="A. Winter MD", on="3/2/2026")), "dvh_review")
    assert both == [(OTHER, "2026-03-01"), (PHYSICIAN, "2026-03-02")]
    assert signed(read(grammar, page.format(who="", on="")), "dvh_review") == [(OTHER, "2026-03-01")]


def test_a_key_of_initials_signs_nothing_and_says_whose_those_in_the_rows_are(grammar: Grammar) -> None:
    sheet = (
        "# WEEKLY PHYSICS CHECK\n| Week ending | Fractions | Result | Physicist initials/date\n"
        "| 3/6/2026 | 1-5 | Monitor units correct | OR 3/6/2026\n| 3/13/2026 | 6-10 | Monitor units correct | {}\n"
        "OR = Ole Ray, MS, DABR     SD = Sara Dow, PhD, DABR"
    )
    first, second = (PHYSICIST, "2026-03-06"), (PHYSICIST, "2026-03-13")
    assert signed(read(grammar, sheet.format("SD 3/13/2026")), "weekly_physics_check") == [first, second]
    assert signed(read(grammar, sheet.format("")), "weekly_physics_check") == [first]


def test_a_key_may_name_people_right_behind_their_initials(grammar: Grammar) -> None:
    sheet = (
        "# WEEKLY SHEET (PHYSICS)\n| DATE | FX | CHECKED | SIGNED\n| 3/6/2026 | 1-5 | MU AND DOSES AGREE | OR\n"
        "| 3/13/2026 | 6-10 | MU AND DOSES AGREE | O. RAY PHD 3/14/2026\n{}   OR OLE RAY, PHD     AW ADA WINTER, MD"
    )
    first, second = (PHYSICIST, "2026-03-06"), (PHYSICIST, "2026-03-14")
    found = read(grammar, sheet.format("KEY"))
    assert kinds_and_days(found) == [("weekly_physics_check", "2026-03-06"), ("weekly_physics_check", "2026-03-13")]
    assert signed(found, "weekly_physics_check") == [first, second]
    assert signed(read(grammar, sheet.format("STAFF ROOM")), "weekly_physics_check") == [second]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("Reviewed and released 3/3/2026\nAda Winter, MD\nRadiation Oncologist", True),
        ("Printed 3/3/2026\nAda Winter, MD\nRadiation Oncologist", False),
        ("Sent for review 3/3/2026\nAda Winter, MD\nRadiation Oncologist", False),
        ("The scan was reviewed 3/3/2026\nAda Winter, MD", False),
        ("Reviewed 3/3/2026\nAda Winter, MD\n____________________", False),
        ("Result sent to the clinic 3/3/2026.\nAda Winter, MD\nRadiation Oncologist\n______________", False),
    ],
)
def test_an_act_and_its_day_above_a_name_sign_unless_the_line_below_was_left_empty(
    grammar: Grammar, lines: str, expected: bool
) -> None:
    assert signed(read(grammar, NOTE + lines), "simulation_record") == ([(PHYSICIAN, "2026-03-03")] if expected else [])


def test_a_field_of_an_order_left_empty_begins_no_order_and_a_plan_of_a_visit_is_no_report(grammar: Grammar) -> None:
    order = (
        "# RADIATION PRESCRIPTION\nOrder date: 3/2/2026\nGoal: cure\nPTV: 60 Gy in 30 fractions\n"
        "Signed by: Ada Winter, MD 3/2/2026 07:05\nOrder modified by: -\nOrder discontinued by: -"
    )
    assert kinds_and_days(read(grammar, order)) == [("prescription", "2026-03-02")]
    visit = (
        "# CONSULTATION AND TREATMENT PLAN\nVisit date: 3/1/2026\nOutside records were read before the visit.\n"
        "A 3D plan was computed and gave the cord 52 Gy.\nSigned by: Ada Winter, MD 3/2/2026"
    )
    assert "plan_report" not in {kind for kind, _ in kinds_and_days(read(grammar, visit))}


def test_whoever_calculated_signs_beside_whoever_checked(grammar: Grammar) -> None:
    page = (
        "# MU CALCULATION\nDate 3/1/2026\nPrescribed by A. Winter MD.\n"
        "{} O. Ray MS 3/2/2026. Checked by S. Dow PhD 3/3/2026."
    )
    by_two = signed(read(grammar, page.format("Calc by")), "dosimetry_calculation")
    assert by_two == [(PHYSICIST, "2026-03-02"), (PHYSICIST, "2026-03-03")]
    asked = signed(read(grammar, page.format("Calc sent to")), "dosimetry_calculation")
    assert asked == [(PHYSICIST, "2026-03-03")]
