"""Papers of one page are told apart, and what a form leaves open is not taken from elsewhere."""

from datetime import date

import pytest

from isocenter.chart.grammar.grammar import Grammar
from isocenter.rulebook.rulebook import load_policy
from tests.chart.reading import read

FOLDER = load_policy("imrt").folder


def test_a_note_on_another_day_is_another_paper_although_nobody_signed_the_first(grammar: Grammar) -> None:
    found = read(
        grammar,
        "OTV 5/6/24 fx 5\nMachine was down, the visit was not held.\nAB\nOTV 5/13/24 fx 10\n"
        "Seen and examined, skin intact, images reviewed.\nAda Winter, MD electronically signed 5/13/24",
    )
    first, second = found.documents
    assert (first.document_date, first.signatures) == (date(2024, 5, 6), [])
    assert [s.signed_on for s in second.signatures] == [date(2024, 5, 13)]


def test_a_title_with_its_day_beside_it_begins_a_paper(grammar: Grammar) -> None:
    found = read(
        grammar,
        "Bolus sheet, March 20, 2024\nA wax bolus of its own, separate and distinct from the leaves of the plan.\n"
        "Signed by: Ada Winter, MD 03/20/2024\nDose order of 3/21/2024\nGoal: cure\nSpinal cord max 45 Gy.\n"
        "Signed by: Ada Winter, MD 03/21/2024",
    )
    assert [(d.kind, d.document_date) for d in found.documents] == [
        ("device_record", date(2024, 3, 20)),
        ("prescription", date(2024, 3, 21)),
    ]


def test_an_attestation_is_of_its_own_day_and_not_of_that_of_the_note_it_speaks_of(grammar: Grammar) -> None:
    found = read(
        grammar,
        "Attestation for an Unsigned Note\n07/02/2024\n"
        "I, Ada Winter, MD, attest that I wrote the note of 05/23/2024 and saw the patient on that day.\n"
        "Ada Winter, MD 07/02/2024",
    )
    assert [(d.kind, d.document_date) for d in found.documents] == [("attestation_statement", date(2024, 7, 2))]


def test_the_code_of_a_procedure_in_a_title_says_what_the_paper_is(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# Consultation by the group (77370)\nDate: 4/3/2024\n"
        "Question: Dr. Winter asked for the dose to the pacemaker.\n"
        "Result: 0.8 Gy; the beam angles were changed on this basis.\nOle Ray, PhD electronically signed 4/3/2024",
    )
    assert [d.kind for d in found.documents] == ["special_physics_consultation"]


def test_a_box_left_open_is_not_filled_from_another_line(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# PLAN REVIEW\nDate: 4/8/2024\nDVH reviewed: ☑ PTV ☐ OARs\nIsodoses reviewed: ☑ Axial ☑ Coronal\n"
        "The right kidney mean of 19 Gy was noted.\nAda Winter, MD electronically signed 4/8/2024",
    )
    stated = {(d.kind, e.element) for d in found.documents for e in d.elements}
    assert ("dvh_review", "dvh_targets") in stated
    assert ("dvh_review", "dvh_critical_structures") not in stated


def test_a_draft_orders_nothing_beside_a_signed_prescription(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# RADIATION PRESCRIPTION\nStatus: unsigned draft\nCord max 50 Gy.",
        "# RADIATION PRESCRIPTION\nDate: 4/9/2024\nGoal: cure\nCord max 45 Gy.\nAda Winter, MD e-signed 4/9/2024",
    )
    assert [constraint.limit for constraint, _ in found.constraints] == [45.0]


def test_names_with_accents_and_titles_of_the_field_sign(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# PATIENT SPECIFIC QA\nDate: 4/10/2024\nBoth arcs were delivered without interlock.\n"
        "Dr. Jörn Müller-Höfer, Medical Physicist, signed electronically 4/10/2024",
    )
    (document,) = found.documents
    assert [(s.role, s.signed_on) for s in document.signatures] == [("medical_physicist", date(2024, 4, 10))]


@pytest.mark.parametrize(
    "line",
    ["MD: Ada Winter, MD   Signed:", "Physician: Ada Winter, MD   Signature: ________   Date:"],
)
def test_a_line_to_sign_that_nobody_signed_is_no_signature(grammar: Grammar, line: str) -> None:
    found = read(grammar, f"# SIMULATION RECORD\nDate: 4/11/2024\nPosition: supine, arms up\n{line}")
    assert [d.signatures for d in found.documents] == [[]]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("PTV: V95% >= 97%", ("PTV", "V95%", ">=", 97.0, "%")),
        ("No more than 30 percent of the bladder is to get 65 Gy.", ("bladder", "V65Gy", "<=", 30.0, "%")),
        ("Duodenum: no point above 50 Gy.", ("Duodenum", "max", "<=", 50.0, "Gy")),
        ("Rectum: 50 Gy to less than 40 %", ("Rectum", "V50Gy", "<", 40.0, "%")),
        ("D95 of the PTV not lower than 57 Gy.", ("PTV", "D95%", ">=", 57.0, "Gy")),
        ("The cord is never to pass 44 Gy.", ("cord", "max", "<=", 44.0, "Gy")),
    ],
)
def test_limits_are_read_as_prescriptions_write_them(
    grammar: Grammar, line: str, says: tuple[str, str, str, float, str]
) -> None:
    found = read(
        grammar, f"# RADIATION PRESCRIPTION\nDate: 4/9/2024\nGoal: cure\n{line}\nAda Winter, MD e-signed 4/9/2024"
    )
    assert [(c.structure, c.metric, c.comparison, c.limit, c.unit) for c, _ in found.constraints] == [says]


def test_the_order_in_force_is_read_beside_one_that_the_same_paper_calls_void(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# Radiation prescription\nOrder 41 CANCELLED 5/2/2024\nPTV 60 Gy in 30 fractions\nRectum V60 < 40 %\n"
        "Order 42 ACTIVE\nPTV 70 Gy in 28 fractions\nBladder V65 < 20 %\nSigned by: A. Winter, MD 5/3/2024",
    )
    assert found.prescription is not None
    assert (found.prescription.dose_gy, found.prescription.fractions) == (70, 28)
    assert [constraint.structure for constraint, _ in found.constraints] == ["Bladder"]
    assert [(d.kind, d.state) for d in found.documents] == [("prescription", "")]


def test_a_prescription_that_is_void_as_a_whole_orders_nothing(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# Radiation prescription - VOID\nPTV 60 Gy in 30\nCord max 45 Gy\nSigned by: A. Winter, MD 5/3/2024",
    )
    assert found.prescription is None or found.prescription.dose_gy is None
    assert found.constraints == []


def test_each_dated_row_of_a_log_is_a_note_of_its_own(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# Weekly physics checks\n6/3/2024 fx 1-5 record and MU agree with the plan Ole Ray, PhD signed 6/3/2024\n"
        "6/10/2024 not held, physicist away\n6/17/2024 fx 11-15 delivered MU and couch values compared, no difference "
        "Ole Ray, PhD, DABR signed 6/17/2024",
    )
    checks = [document for document in found.documents if document.kind == "weekly_physics_check"]
    assert [check.document_date for check in checks] == [date(2024, 6, 3), date(2024, 6, 10), date(2024, 6, 17)]
    assert [bool(check.elements) for check in checks] == [True, False, True]


def test_numbered_forms_each_begin_a_paper_also_where_their_title_is_unknown(grammar: Grammar) -> None:
    found = read(
        grammar,
        "FORM 11 CT SIMULATION 5/6/2024\nSupine on a knee wedge.\nFORM 12 LIST OF THE DESK 5/7/2024\nParking paid.\n"
        "FORM 13 WEEKLY VISIT 5/20/2024\nSeen and examined.\nAda Winter, MD electronically signed 5/20/2024",
    )
    assert {(d.kind, d.document_date) for d in found.documents} == {
        ("simulation_record", date(2024, 5, 6)),
        ("weekly_management_note", date(2024, 5, 20)),
    }
    assert [len(d.signatures) for d in found.documents if d.kind == "simulation_record"] == [0]


def test_the_head_of_a_printout_dates_no_paper(grammar: Grammar) -> None:
    head = "Chart review printout - Page {} of 3 - Printed by Records on 12/30/2024"
    found = read(
        grammar,
        f"{head.format(1)}\n# On-treatment visit - 5/6/2024\nSeen and examined, doing well.",
        f"{head.format(2)}\n# On-treatment visit - 5/13/2024\nI examined him today; the skin is dry.",
        f"{head.format(3)}\n# On-treatment visit - 5/20/2024\nExamined by me, some cough at night.",
    )
    assert [d.document_date for d in found.documents] == [date(2024, 5, 6), date(2024, 5, 13), date(2024, 5, 20)]


def test_the_initial_of_a_nurse_before_a_day_is_no_birthday(grammar: Grammar) -> None:
    head = "Patient: Iris Meadow MRN 4711 DOB 2/3/1950"
    found = read(
        grammar,
        f"{head}\n# On-treatment visit 5/6/2024\nSeen and examined.",
        "Patient: Iris Meadow MRN 4711\n# On-treatment visit 5/13/2024\nWeight steady.\nB. Harbor, RN 5/13/2024",
    )
    assert found.foreign == []


def test_a_record_system_that_writes_its_fields_on_one_line_begins_a_paper_with_each_note_type(
    grammar: Grammar,
) -> None:
    fields = "Note Type: {} Service: Radiation Oncology Date of Service: {} 9:30 AM"
    found = read(
        grammar,
        fields.format("On Treatment Visit", "05/06/2024") + "\nSeen and examined, skin intact.\n"
        "Electronically signed by Ada Winter, MD at 05/06/2024 9:40 AM\n"
        + fields.format("Simulation Note", "04/15/2024")
        + "\nSupine, arms up, vacuum cushion.\nElectronically signed by Ada Winter, MD at 04/15/2024 4:31 PM",
    )
    assert [(d.kind, d.document_date) for d in found.documents] == [
        ("weekly_management_note", date(2024, 5, 6)),
        ("simulation_record", date(2024, 4, 15)),
    ]


def test_a_title_in_capitals_on_the_line_of_its_first_sentence_begins_a_paper_behind_a_signature(
    grammar: Grammar,
) -> None:
    found = read(
        grammar,
        "# SIMULATION RECORD\nDate: 4/15/2024\nSupine, arms up, vacuum cushion.\n"
        "Signed electronically by Sam Moss, RT(T), 15 April 2024\n"
        "IMAGE GUIDANCE, 19 April 2024. The target abuts the rectum and skin marks are of no use for him.\n"
        "Signed electronically by Ada Winter, MD, 19 April 2024",
    )
    signed = {d.kind: [(s.role, s.signed_on) for s in d.signatures] for d in found.documents}
    assert signed["simulation_record"] == [("radiation_therapist", date(2024, 4, 15))]
    assert signed["image_guidance_note"] == [("radiation_oncologist", date(2024, 4, 19))]


def test_a_name_and_number_of_the_patient_behind_a_title_in_capitals_leave_it_a_title(grammar: Grammar) -> None:
    found = read(
        grammar,
        "SIMULATION MEADOW, IRIS OX 60233 d.o.b. 8 Feb 1966 3/24/2024\nSupine, arms up, vacuum cushion.\n"
        "A. Winter, MD 3/25/2024\nPRESCRIPTION MEADOW, IRIS OX 60233 d.o.b. 8 Feb 1966 4/3/2024\n"
        "Goal: cure\nCord max 45 Gy.\nA. Winter, MD 4/3/2024",
    )
    assert [(d.kind, d.document_date) for d in found.documents] == [
        ("simulation_record", date(2024, 3, 24)),
        ("prescription", date(2024, 4, 3)),
    ]


@pytest.mark.parametrize("day", ["04.Sep.2024", "04SEP2024", "Sep-04-2024", "4th of September 2024", "4 Sep '24"])
def test_days_with_the_month_in_letters_date_a_signature(grammar: Grammar, day: str) -> None:
    found = read(
        grammar, f"# SIMULATION RECORD\nDate: {day}\nSupine, arms up.\nAda Winter, MD - signed electronically {day}"
    )
    assert [s.signed_on for d in found.documents for s in d.signatures] == [date(2024, 9, 4)]


@pytest.mark.parametrize(
    ("line", "signers"),
    [
        ("MD: Ada Winter, MD 3/25/2024   Physics acknowledges: ☐ ____", 1),
        ("☐ seen ☐ examined. Mia Stone RN 3/25/2024", 1),
        ("Supervising: ☐ Ada Winter, MD ☐ Rob Kane, MD 3/25/2024", 0),
    ],
)
def test_a_box_left_open_beside_a_signature_does_not_undo_it(grammar: Grammar, line: str, signers: int) -> None:
    found = read(grammar, f"# SIMULATION RECORD\nDate: 3/24/2024\nSupine, arms up, vacuum cushion.\n{line}")
    assert [len(d.signatures) for d in found.documents] == [signers]


def test_the_head_row_of_a_note_is_not_its_signature(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# Progress Note - New Patient Consult\n"
        "| Encounter date | 4/3/2024 | Provider | Ada Winter, MD | Dept | RO West\n"
        "Reason for visit\nCancer of the left lung, C34.12.\n"
        "I examined him: lungs clear.\nAda Winter, MD electronically signed 4/3/2024",
    )
    assert [(d.kind, d.document_date) for d in found.documents] == [("visit_note", date(2024, 4, 3))]


def test_a_row_of_a_log_that_nobody_reviewed_goes_on_with_the_log(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# IMAGE GUIDANCE\n| Date | How | Vector mm | Limit mm | Who | Physician\n"
        "| 4/8/2024 | CBCT | 3.6 | 5 | RTT | A. Winter MD 4/8/2024\n"
        "| 4/9/2024 | CBCT | 2.2 | 5 | RTT | A. Winter MD 4/9/2024\n"
        "| 4/10/2024 | CBCT | 2.9 | 5 | RTT | awaiting\nAda Winter, MD electronically signed 4/12/2024",
    )
    assert [(g.guided_on, g.shift_mm, g.reviewed_on) for g, _ in found.guidance] == [
        (date(2024, 4, 8), 3.6, date(2024, 4, 8)),
        (date(2024, 4, 9), 2.2, date(2024, 4, 9)),
        (date(2024, 4, 10), 2.9, None),
    ]


def test_a_title_before_fields_below_a_letterhead_begins_a_paper(grammar: Grammar) -> None:
    rejected = "# PRESCRIPTION\nStatus: REJECTED 4/1/2024\nPTV 30 Gy in 10 fx. Cord max 20 Gy. Not approved."
    sheet = (
        "ELMWOOD RADIATION ONCOLOGY\nCT SIM WORKSHEET date: 4/3/2024 scanner: room 2\n"
        "Dr. Winter wired the scar and placed the isocenter.\nOle Ray, RT(T) 4/3/2024 9:50"
    )
    found = read(grammar, rejected, sheet)
    assert ("simulation_record", date(2024, 4, 3)) in [(d.kind, d.document_date) for d in found.documents]
    assert not [d for d in found.documents if d.kind == "prescription" and d.signatures]
    assert found.constraints == []


def test_the_first_field_of_a_paper_with_a_day_begins_no_other(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# Image guidance\nIndication (4/3/2024): PTV touches the cord. Surface marks on the mask do not show roll.\n"
        "Ada Winter, MD electronically signed 4/5/2024",
    )
    assert [d.kind for d in found.documents] == ["image_guidance_note"]


def test_who_signed_off_the_scan_limits_did_not_sign(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# SIMULATION\nDOS 4/3/2024\n"
        "MD: Dr. Winter watched the cine, set the isocenter and signed off the scan range.\n"
        "E-SIGNED Ole Ray, RT(T) 4/3/2024 11:02",
    )
    assert {s.role for d in found.documents for s in d.signatures} == {"radiation_therapist"}


def test_an_order_that_a_history_calls_discontinued_is_not_in_force(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# Order history\n| Order | Content | Status\n"
        "| 44-A | Pelvis 45 Gy / 25 fx. Rectum V40Gy < 35 % | Discontinued 4/3/2024 before signature",
    )
    assert {d.state for d in found.documents} <= {"superseded"}
    assert found.constraints == []


def test_a_version_that_was_replaced_before_anybody_signed_it_orders_nothing(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# Radiation Prescription\n| Version | Saved | State\n"
        "| v1 | 4/1/2024 | unsigned, replaced (PTV 60 Gy/30, cord D0.03cc < 40 Gy)\n| v2 | 4/2/2024 | SIGNED, active\n"
        "PTV 66 Gy in 33 fx. Cord D0.03cc < 45 Gy.\nAda Winter, MD electronically signed 4/2/2024",
    )
    assert [c.limit for c, _ in found.constraints] == [45.0]


def test_a_visit_that_mentions_a_cancelled_course_is_in_force(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# Consultation note\nDate of visit: 4/1/2024\nI reviewed the pathology report and the CT.\n"
        "C5-C7: 20 Gy in 5 was ordered in 2023 and cancelled.\nAda Winter, MD electronically signed 4/1/2024",
    )
    assert [(d.kind, d.state) for d in found.documents] == [("visit_note", "")]


def test_lines_of_a_block_of_signers_begin_no_paper(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# FIELDS\n3/3/2024\nFive coplanar fields, gantry 0, 72, 144, 216 and 288.\nPLANNED B. LUND CMD 3/3/2024\n"
        "PHYSICS CK O. RAY MS 3/4/2024\nMD APPR A. WINTER MD 3/4/2024",
    )
    (portals,) = found.documents
    assert portals.kind == "portal_description"
    assert {s.role for s in portals.signatures} == {"dosimetrist", "medical_physicist", "radiation_oncologist"}


def test_a_check_alone_on_a_line_with_its_checker_begins_a_paper(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# SIMULATION RECORD 3/3/2024\nSupine in a mask.\nSigned by Ada Winter, MD 3/3/2024\n"
        "# WEEKLY PHYSICS CHECK O. RAY MS 3/8/2024\nMU and dose sum agree with the plan.",
    )
    assert [d.kind for d in found.documents] == ["simulation_record", "weekly_physics_check"]


def test_a_list_below_signatures_is_kept_although_its_heading_is_on_each_page(grammar: Grammar) -> None:
    pages = [
        f"# {title}\nService date 2024-03-0{day}\n{text}\nSignatures (1)\n"
        f"Ada Winter, MD | Author | 2024-03-0{day}T09:44"
        for title, day, text in (
            ("CT Simulation", 4, "Supine in a mask."),
            ("Radiation Prescription", 5, "Prostate 70 Gy in 28 fractions."),
            ("Weekly Visit", 8, "Seen and examined, no complaints."),
        )
    ]
    assert [[str(s.signed_on) for s in d.signatures] for d in read(grammar, *pages).documents] == [
        ["2024-03-04"],
        ["2024-03-05"],
        ["2024-03-08"],
    ]


def test_one_line_of_a_signer_below_a_paper_is_its_end_although_it_begins_like_a_title(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# RADIATION PRESCRIPTION\nDate 3/2/2024\nLeft breast 40.05 Gy in 15 fractions\n"
        "Signed: Ada Winter, MD 3/2/2024\nPHYSICS REVIEW O. Ray, PhD 3/3/2024",
    )
    (order,) = found.documents
    assert {(s.role, str(s.signed_on)) for s in order.signatures} == {
        ("radiation_oncologist", "2024-03-02"),
        ("medical_physicist", "2024-03-03"),
    }
