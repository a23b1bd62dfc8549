"""Orders with options left open or withdrawn, logs under names of their own, letters that name what they hold."""

import pytest

from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.grammar.spelling import respelled
from isocenter.chart.pages.layout import Box, Cell, Row, Word
from isocenter.chart.pages.pages import Page, ReadBy
from isocenter.chart.papers.papers import papers_of
from isocenter.chart.words.people import words_of_name
from tests.chart.marked_papers import page_of
from tests.chart.reading import document_of, elements_of, kinds_and_days, read

SIGNED = "Electronically signed by Ada Winter, MD 3/9/2026 08:10\n"


def test_a_dose_behind_an_open_box_is_not_prescribed(grammar: Grammar) -> None:
    order = "# Prescription\n3/9/2026\nPTV_A 50 Gy in 25 fractions\n☐ 67.5 Gy in 15 fractions (ablative) ☒ as above\n"
    found = read(grammar, order + SIGNED)
    assert found.prescription is not None
    assert (found.prescription.dose_gy, found.prescription.fractions) == (50.0, 25)


def test_an_order_stamped_as_withdrawn_gives_way_to_the_one_that_replaces_it(grammar: Grammar) -> None:
    first = "# Prescription 1\n3/6/2026. PTV_A 78 Gy in 39 fractions. Rectum V75 < 15 %\nWITHDRAWN 9-Mar-2026\n"
    second = "# Prescription 2\n9-Mar-2026. Status: Approved. Replaces prescription 1 (spacer in place).\n"
    goals = "PTV_A 70 Gy in 28 fractions. Rectum V65 < 12 %\n"
    found = read(grammar, first + SIGNED + second + goals + SIGNED)
    assert found.prescription is not None
    assert (found.prescription.dose_gy, found.prescription.fractions) == (70.0, 28)
    assert [constraint.limit for constraint, _ in found.constraints] == [12.0]


def test_what_others_publish_beside_an_order_is_not_ordered(grammar: Grammar) -> None:
    table = (
        "| Organ | Order | Typical in literature\n"
        "| Stomach | D2cc < 54 Gy | D2cc < 56 Gy\n| Cord | max < 40 Gy | max < 45 Gy\n"
    )
    found = read(grammar, "# Prescription\n3/9/2026\nPTV_A 50 Gy in 25 fractions\n" + table + SIGNED)
    assert [(c.structure, c.metric, c.limit) for c, _ in found.constraints] == [
        ("Stomach", "D2cc", 54.0),
        ("Cord", "max", 40.0),
    ]


def test_notes_that_each_begin_with_a_day_and_end_with_a_signature_are_apart(grammar: Grammar) -> None:
    log = (
        "Course notes\n3/9/2026 week 1 (fx 1-5). I saw her today; abdomen soft.\n" + SIGNED
        + "3/10/2026 physics. Five fractions audited: monitor units and couch values in order.\n"
        "Electronically signed by Ole Ray, MS, DABR 3/10/2026 15:33\n"
        "3/16/2026 week 2 (fx 6-10). Seen and examined; no change.\nElectronically signed by Ada Winter, MD 3/20/2026\n"
    )  # fmt: skip
    found = read(grammar, log)
    assert kinds_and_days(found) == [
        ("weekly_management_note", "2026-03-09"),
        ("weekly_physics_check", "2026-03-10"),
        ("weekly_management_note", "2026-03-16"),
    ]
    assert [len(document.signatures) for document in found.documents] == [1, 1, 1]


LETTER = """Dear Colleague,
3/9/2026
Re: Ms. Doe, {subject}
The PTV lies within 3 mm of the heart. A plan of wide tangents was run on her scan: mean heart dose 6.1 Gy.
I interpreted the staging CT of December and find no enlarged node. The cavity lies at ten o'clock in the breast.
The volumes are CTV whole breast and PTV with 5 mm. The dose is 40 Gy in 15 fractions. Modality: 6 MV photons, VMAT.
Yours faithfully,
Ada Winter, MD, signed 3/9/2026
"""


@pytest.mark.parametrize(
    ("subject", "plans"), [("request for IMRT and note of clinical planning", True), ("breast cancer", False)]
)
def test_a_letter_is_a_planning_note_too_where_its_subject_names_one(
    grammar: Grammar, subject: str, *, plans: bool
) -> None:
    kinds = {document.kind for document in read(grammar, LETTER.format(subject=subject)).documents}
    assert "necessity_statement" in kinds
    assert ("clinical_planning_note" in kinds) is plans


def test_one_sheet_is_the_plan_and_its_review(grammar: Grammar) -> None:
    sheet = (
        "# Plan and plan review\n3/9/2026\nComputed with a 1.25 mm grid, nine fixed beams, 1612 MU.\n"
        "I looked at the CT with the target outlined. DVH of the PTV: D90 25.3 Gy, reviewed.\n"
    )
    found = read(grammar, sheet + SIGNED)
    assert {"plan_report", "image_review", "dvh_review"} <= {document.kind for document in found.documents}


def test_a_field_left_blank_is_not_filled_by_what_is_said_in_passing(grammar: Grammar) -> None:
    note = (
        "# Clinical treatment planning\nDate of service: 3/9/2026\nModality: 6 MV photons\n{devices}\n"
        "Other: leuprolide. A wing board was placed by urology.\n"
    )
    filled = read(grammar, note.format(devices="Devices: vacuum bag and knee roll") + SIGNED)
    blank = read(grammar, note.format(devices="Devices: ___________") + SIGNED)
    assert "device_selection" in elements_of(filled, "clinical_planning_note")
    assert "device_selection" not in elements_of(blank, "clinical_planning_note")


def test_an_open_box_is_about_its_own_question_alone(grammar: Grammar) -> None:
    note = (
        "# Clinical treatment planning\nDate of service: 3/9/2026\nDOSE/TIME: 54 Gy in 27 fractions, once daily\n"
        "MEDICAL NECESSITY FOR IMRT\n[X] The node lies against the esophagus.\n"
        "[ ] Critical tissue within a concave target.\n[ ] Dose beyond that usual for conventional treatment.\n"
        "ORGANS AT RISK: cord, esophagus, heart, both lungs.\n"
    )
    found = read(grammar, note + SIGNED)
    assert "time_dose_determination" in elements_of(found, "clinical_planning_note")
    stated = elements_of(found, "necessity_statement")
    assert "critical_structures_addressed" in stated
    assert not {"condition_concavity", "condition_dose_escalation"} & stated


def test_the_head_of_a_table_states_nothing(grammar: Grammar) -> None:
    report = (
        "# Patient specific QA\n3/9/2026\nPhantom aligned to the lasers. All arcs were delivered.\n"
        "| Arc | Gamma 3 %/2 mm | MU plan | MU second check | Difference\n| A1 | 98.9 % | 248.3 | 250.8 | +1.0 %\n"
        "| A2 | 97.9 % | 241.2 | 240.8 | -0.2 %\n"
    )
    found = read(grammar, report + "Electronically signed by Ole Ray, PhD 3/9/2026\n")
    assert "implementation_elements" not in elements_of(found, "dosimetric_verification")


def test_a_day_of_a_note_in_the_head_of_each_page_dates_its_note(grammar: Grammar) -> None:
    head = "DOE,JO LEE SSN ends 0000\nLOCAL TITLE: {title}\n| DATE OF NOTE: {day}@09:05 | ENTRY DATE: {day}@09:05\n"
    note = "| AUTHOR: WINTER,ADA | STATUS: COMPLETED\nPOSITION: supine in a vacuum bag, arms up.\n"
    signed = "/es/ ADA WINTER, MD RADIATION ONCOLOGIST Signed: 03/20/2026 07:58\n"
    days = ["MAR 10, 2026", "MAR 11, 2026", "MAR 12, 2026", "MAR 13, 2026"]
    pages = [head.format(title="RADIATION ONCOLOGY SIMULATION NOTE", day=day) + note + signed for day in days]
    assert [str(d.document_date) for d in read(grammar, *pages).documents] == [f"2026-03-1{n}" for n in range(4)]


@pytest.mark.parametrize(
    "line",
    [
        "A. Winter Dr. Ada Winter, radiation oncologist, 4 March 2026",
        "A. Winter DO Ada Winter, Do 3/4/2026",
    ],
)
def test_a_name_written_before_the_printed_one_is_one_signature_with_its_day(grammar: Grammar, line: str) -> None:
    found = read(grammar, f"# Simulation\n3/4/2026\nPosition: supine, arms up in a cradle\n{line}\n")
    signatures = document_of(found, "simulation_record").signatures
    assert [(s.role, str(s.signed_on)) for s in signatures] == [("radiation_oncologist", "2026-03-04")]


def test_strokes_of_a_day_that_recognition_takes_for_digits_are_put_right(grammar: Grammar) -> None:
    texts = ["8/7/25", "RT(T)", "817125", "817126"]
    words = tuple(
        Word(text, Box(40.0 + 60 * at, 100.0, 90.0 + 60 * at, 110.0), 10.0, sureness=0.97)
        for at, text in enumerate(texts)
    )
    page = Page("chart.pdf", 1, 612.0, 792.0, (Row((Cell(words),)),), ReadBy.RECOGNITION)
    assert respelled(page, grammar).rows[0].text == "8/7/25 RT(T) 8/7/25 817126"


def test_the_name_of_the_patient_keeps_its_letters_where_it_holds_two_words(grammar: Grammar) -> None:
    words = (Word("SAMPLEMAN,", Box(40.0, 100.0, 90.0, 110.0), 10.0, sureness=0.97),)
    page = Page("chart.pdf", 1, 612.0, 792.0, (Row((Cell(words),)),), ReadBy.RECOGNITION)
    assert respelled(page, grammar, words_of_name("Sampleman, Desmond Q")).rows[0].text == "SAMPLEMAN,"


def test_a_title_in_capitals_below_the_head_of_the_first_page_begins_its_paper(grammar: Grammar) -> None:
    page = page_of(
        "SAMPLE, DESMOND MR# HD-117730 DOB 09/14/1947\nCLINICAL TREATMENT PLANNING NOTE AND IMRT NECESSITY\n"
        "DATE OF SERVICE: 08/12/2024\nTESTS: CT UROGRAM READ BY ME\nLOCATION: LEFT WALL OF THE BLADDER",
        1,
    )
    assert [paper.title for paper in papers_of(grammar, [(1, page.rows)])] == [page.rows[1].text]


@pytest.mark.parametrize("question", ["what is left for the cord after the plan of 2019?", "which dose had the pump?"])
def test_what_a_consultation_asks_is_why_it_was_needed(grammar: Grammar, question: str) -> None:
    page = f"# Special physics consultation\nDate: 3/4/2026\nQuestion: {question}\nSigned: Ann Lee, PhD 3/4/2026"
    assert elements_of(read(grammar, page), "special_physics_consultation") == {"need"}


@pytest.mark.parametrize("address", ["To the Medical Director:", "To Utilization Review:", "To the Appeals Department"])
def test_a_letter_addressed_to_a_reviewer_of_a_payer_states_necessity_and_no_visit(
    grammar: Grammar, address: str
) -> None:
    letter = (
        "# ELM STREET RADIATION PARTNERS\nMarch 2, 2026\nRe: Otis Brand, born 5/30/1949\n{}\n"
        "A 3D plan gave a rectal V70 of 31 percent, IMRT gave 12. We ask that IMRT be used.\n"
        "Respectfully,\nAda Winter, M.D.\n(electronically signed March 2, 2026)"
    )
    assert [d.kind for d in read(grammar, letter.format(address)).documents] == ["necessity_statement"]


def test_the_title_of_a_signer_begins_no_letter(grammar: Grammar) -> None:
    note = (
        "# SIMULATION RECORD\nDate: 3/1/2026\nSupine, mask.\nAda Winter, MD\n{}\nElectronically signed 3/1/2026 9:00 AM"
    )
    assert [d.kind for d in read(grammar, note.format("Medical Director")).documents] == ["simulation_record"]


@pytest.mark.parametrize(
    ("seen", "trailer", "day"),
    [
        ("seeing Mrs. Marsh on March 4, 2026", "AW/tt   D: 03/04/2026   T: 03/06/2026", "2026-03-04"),
        ("seeing Mrs. Marsh", "AW/tt   D: 03/04/2026   T: 03/06/2026", "2026-03-06"),
        ("seeing Mrs. Marsh on March 4, 2026", "Copy: chart", "2026-03-06"),
    ],
)
def test_a_letter_headed_by_the_day_of_typing_is_of_the_visit_that_it_tells(
    grammar: Grammar, seen: str, trailer: str, day: str
) -> None:
    letter = (
        "Lakes Oncology\nMarch 6, 2026\nRE: MARSH, IRIS   DOB 02/03/1951\nDear Otto:\n"
        f"I had the pleasure of {seen} for her cancer of the esophagus. I looked at her PET/CT,\n"
        "and read the biopsy report.\nThank you for the referral.\nSincerely,\nAda Winter, MD\n"
    )
    assert kinds_and_days(read(grammar, letter + trailer)) == [("visit_note", day)]


@pytest.mark.parametrize("by", ["Reviewed by: Rosa Lane, RN", "Reviewed by front office (initials): kk"])
def test_a_form_that_an_office_looked_at_rests_on_no_records(grammar: Grammar, by: str) -> None:
    form = "# IMRT Planning Worksheet\n3/9/2026\n☒ Tumor location: lower esophagus\n☐ Outside records reviewed\n"
    found = read(grammar, form + "☒ Modality: 6 MV photons\n" + SIGNED + by)
    assert elements_of(found, "clinical_planning_note") == {"tumor_localization", "modality_choice"}
