"""What a titled paper is besides its title, and which of the days that it names is its own."""

from pathlib import Path

import pytest

from isocenter.chart.grammar.grammar import Grammar
from isocenter.rulebook.rulebook import load_policy
from tests.chart.reading import document_of, elements_of, kinds_and_days, read, read_pages_of

FOLDER = load_policy("imrt").folder
SIGNED = "Electronically signed by Ada Winter, MD 3/9/2026 08:10\n"


def test_a_prescription_that_says_in_passing_why_is_no_statement_of_necessity(grammar: Grammar) -> None:
    text = (
        "Radiation Prescription\nDate: 3/9/2026\nPTV_60: 60 Gy in 30 fractions, 6 MV IMRT.\n"
        "The target wraps the left parotid. Goals: spare both parotid glands and the cord.\n" + SIGNED
    )
    assert kinds_and_days(read(grammar, text)) == [("prescription", "2026-03-09")]


def test_a_visit_that_mentions_an_earlier_field_and_organs_is_no_statement_of_necessity(grammar: Grammar) -> None:
    text = (
        "Radiation Oncology Consultation\nDate: 3/9/2026\nHe was referred for a glioma.\n"
        "In 1999 he was given 30 Gy in 15 fractions to the mediastinum.\n"
        "The cord and the heart should be spared as well as possible.\n" + SIGNED
    )
    assert kinds_and_days(read(grammar, text)) == [("visit_note", "2026-03-09")]


def test_a_letter_that_argues_for_imrt_and_tells_of_no_visit_is_the_statement_alone(grammar: Grammar) -> None:
    text = (
        "Dear colleague,\n3/9/2026\nThe target is concave around the spinal cord and lies within 4 mm of it.\n"
        "A 3D conformal plan was calculated and gave the cord 54 Gy.\n"
        "The cord, both parotid glands and the larynx are the organs at risk that must be protected.\n" + SIGNED
    )
    assert kinds_and_days(read(grammar, text)) == [("necessity_statement", "2026-03-09")]


def test_the_request_for_a_consult_is_no_consult(grammar: Grammar) -> None:
    text = "Consult Request\n3/9/2026: an opinion of physics is asked for. Status: cancelled by requester.\n"
    assert kinds_and_days(read(grammar, text)) == []


def test_a_title_with_a_statement_below_it_is_believed(grammar: Grammar) -> None:
    text = (
        "Diode Measurement, 3/9/2026 (electron boost)\n"
        "Requested by Dr. Winter on 3/6/2026 for the electron boost.\n"
        "Reading 2.04 Gy at the cavity for 2 Gy expected. The measurement serves the 9 MeV electron field; it is no\n"
        "part of the check of the IMRT plan.\n"
        "Otto Sommer, MS, DABR electronically signed 3/9/2026 16:30\n" + SIGNED
    )
    assert kinds_and_days(read(grammar, text)) == [("special_dosimetry_record", "2026-03-09")]


@pytest.mark.parametrize(
    ("head", "line", "day"),
    [
        ("Weekly Physics Check, week of 3/2/2026", "Checked 3/5/2026 after fraction 9", "2026-03-05"),
        ("Weekly Physics Check", "Week ending 3/6/2026, seen on 3/5/2026", "2026-03-05"),
        ("Special Medical Physics Consultation", "Asked by Dr. Winter 3/2/2026, reported 3/5/2026.", "2026-03-05"),
        ("Special Medical Physics Consultation", "Requested by Dr. Winter on 3/2/2026\n3/5/2026", "2026-03-05"),
    ],
)
def test_a_week_or_the_day_of_the_order_is_not_the_day_of_a_report(
    grammar: Grammar, head: str, line: str, day: str
) -> None:
    text = (
        f"{head}\n{line}: scatter to the pacemaker measured at 7 cm, 0.4 Gy for the course; treatment record,\n"
        "monitor units and cumulative dose checked and found right.\n"
        "Otto Sommer, MS, DABR electronically signed 3/6/2026 16:30\n"
    )
    assert {str(one.document_date) for one in read(grammar, text).documents} == {day}


def test_a_run_in_title_with_the_sittings_of_the_week_begins_a_note(grammar: Grammar) -> None:
    text = (
        "TREATMENT MANAGEMENT 3/6/2026, FX 1-4\nVISIT BY PHYSICIAN ASSISTANT. COUGH SAME.\n"
        "E-SIGNED B. LENZ PA-C 3/6/2026 10:00\n"
        "TREATMENT MANAGEMENT 3/9/2026, FX 5: I EXAMINED HIM; LUNGS CLEAR. CONTINUE.\n"
        "E-SIGNED A. WINTER MD 3/9/2026 14:20\n"
    )
    found = read(grammar, text)
    assert kinds_and_days(found) == [
        ("weekly_management_note", "2026-03-06"),
        ("weekly_management_note", "2026-03-09"),
    ]
    assert [[s.role for s in one.signatures] for one in found.documents] == [["other"], ["radiation_oncologist"]]


def test_a_nurse_named_before_her_trade_is_not_the_physician(grammar: Grammar) -> None:
    text = (
        "Weekly Treatment Note\n3/9/2026, fraction 6. Seen by R. Amsel, nurse, since Dr. Winter was in theater.\n"
        + SIGNED
    )
    (note,) = read(grammar, text).documents
    assert "physician_review" not in {one.element for one in note.elements}


@pytest.mark.parametrize(
    ("line", "signers"),
    [
        ("Electronically signed by Ada Winter, MD per Flo Lenz, NP 3/9/2026 17:10", [("other", "Flo Lenz")]),
        ("Electronically signed by Flo Lenz, RN for Dr. Ada Winter 3/9/2026 17:10", [("other", "Flo Lenz")]),
        ("Visit: 3/9/2026 | Author: Flo Lenz, NP | Cosigner: Ada Winter, MD", []),
        ("SERVICE 3/9/2026 AUTHOR WINTER, ADA MD STATUS SIGNED", []),
        ("Bo Lenz, radiation therapist, 9 Mar 2026", [("radiation_therapist", "Bo Lenz")]),
        ("Tom Lenz, MD, resident year 3 9-Mar-2026", [("other", "Tom Lenz")]),
    ],
)
def test_who_signed_is_told_from_who_is_named(grammar: Grammar, line: str, signers: list[tuple[str, str]]) -> None:
    text = f"Simulation\nDate of service 3/9/2026\nSupine with a mask; CT of 2 mm from vertex to carina.\n{line}\n"
    (document,) = read(grammar, text).documents
    assert [(s.role, s.signer) for s in document.signatures] == signers


def test_a_void_run_leaves_the_report_in_force_and_is_no_result(grammar: Grammar) -> None:
    text = (
        "Patient-specific QA\nPerformed 3/9/2026\nRun Field Gamma 3 %/2 mm\n1 Arc 1 71.4 % void: phantom turned\n"
        "2 Arc 1 98.2 %\nOtto Sommer, MS, DABR electronically signed 3/9/2026 16:30\n"
    )
    found = read(grammar, text)
    assert [(one.kind, one.state) for one in found.documents] == [("dosimetric_verification", "")]
    assert [one[0].value for one in found.verifications] == [98.2]


def test_a_birthday_behind_a_star_or_a_word_dates_no_paper(grammar: Grammar) -> None:
    for birthday in ("*30.08.1962", "Birth date: 08/30/1962"):
        text = f"Plan Review\n{birthday}\nTarget slices and organs looked at on all CT slices, isodoses shown.\n"
        assert all("1962" not in str(one.document_date) for one in read(grammar, text).documents)


def test_a_letter_to_a_doctor_begins_on_a_new_page_behind_a_list_of_contents(grammar: Grammar) -> None:
    contents = "Release of records - list of contents\nCompiled 3/30/2026\nItem Day\nReferral reply 3/9/2026\n"
    letter = (
        "3/9/2026\nTo: Dr. Wilma Lenz, gastroenterology\nI saw your patient today. Thank you for the referral; he\n"
        "is a smoker, takes no drugs, weight stable. I read your endoscopy report and both ultrasound reports.\n"
        + SIGNED
    )
    assert kinds_and_days(read(grammar, contents, letter)) == [("visit_note", "2026-03-09")]


def test_the_reply_to_a_referral_is_the_visit_and_the_referral_is_none(grammar: Grammar) -> None:
    text = "\n3/9/2026\nI saw Ms. Lowe today and read the pathology report and her MRI myself.\n" + SIGNED
    for title in ("Reply to referral", "Referral letter response"):
        assert kinds_and_days(read(grammar, title + text)) == [("visit_note", "2026-03-09")]
    assert kinds_and_days(read(grammar, "Referral form" + text)) == []


def test_an_order_below_the_title_of_a_log_is_that_of_the_log(grammar: Grammar) -> None:
    text = (
        "Image Guidance\nOrder 3/9/2026. Daily cone beam, because the nodule lies 8 mm from the esophagus.\n"
        "3/9/2026 CBCT 0.4 cm 3 mm RTT A. Winter, DO\n(personal) 3/9/2026\n" + SIGNED
    )
    assert [kind for kind, _ in kinds_and_days(read(grammar, text))] == ["image_guidance_note"]


def test_rotations_name_the_rows_of_a_check(grammar: Grammar) -> None:
    text = (
        "Independent monitor units\n3/9/2026\nRotation MU plan MU second Diff\nR1 262 259 -1.1 %\nR2 249 253 +1.6 %\n"
        "Otto Sommer, MS, DABR electronically signed 3/9/2026 16:30\n"
    )
    (check,) = read(grammar, text).documents
    assert [one.detail for one in check.elements if one.element == "independent_check"] == ["R1", "R2"]


def test_an_order_that_was_entered_by_mistake_is_no_document(grammar: Grammar) -> None:
    cancelled = "Prescription 3/9/2026: PTV 45 Gy in 25 fractions -- CANCELLED 3/9/2026, entered on wrong patient\n"
    assert read(grammar, cancelled).documents == []
    replaced = "Prescription 3/9/2026\nSUPERSEDED 3/12/2026\nPTV 45 Gy in 25 fractions\n" + SIGNED
    assert [one.state for one in read(grammar, replaced).documents] == ["superseded"]


def test_images_above_the_notes_of_a_log_are_its_guidance_and_no_visits(grammar: Grammar) -> None:
    text = (
        "Weekly notes and daily images\nThe stomach touches the target; bones are no guide to it.\n"
        "3/2/2026 CBCT 3.1 mm (limit 5 mm) therapist, A. Winter MD 3/2/2026\n"
        "3/3/2026 CBCT 0.4 cm (limit 5 mm) therapist, A. Winter MD 3/3/2026\n"
        "Visit 3/6/2026, fractions 1-5: examined, images seen. Electronically signed Ada Winter, MD 3/6/2026\n"
        "Physics 3/9/2026: week 1, dose and MU agree. Electronically signed Otto Sommer, MS, DABR 3/9/2026\n"
    )
    assert kinds_and_days(read(grammar, text)) == [
        ("image_guidance_note", "2026-03-02"),
        ("weekly_management_note", "2026-03-06"),
        ("weekly_physics_check", "2026-03-09"),
    ]


def test_a_part_under_a_heading_of_its_own_is_signed_and_dated_with_the_note_above_it(tmp_path: Path) -> None:
    note = (
        "# Clinical Treatment Planning Note\n\nService date 3/9/2026\n\nMRI of the pelvis interpreted. "
        "GTV, CTV and PTV chosen. 45 Gy in 25 fractions over five weeks. Photons, VMAT.\n\n"
        "# Why no conformal plan\n\nThe target is concave around the rectum and lies within 4 mm of it. A 3D plan "
        "was calculated and gave the rectum 54 Gy. The rectum and the bladder must be spared.\n\n"
        "Electronically signed by Ada Winter, MD 3/10/2026 08:10"
    )
    others = [f"# {title}\n\n3/9/2026\n\nText of it.\n\n{SIGNED}" for title in ("Simulation Record", "Plan Review")]
    found = read_pages_of(tmp_path, note, *others)
    for kind in ("clinical_planning_note", "necessity_statement"):
        document = document_of(found, kind)
        assert str(document.document_date) == "2026-03-09"
        assert [str(one.signed_on) for one in document.signatures] == ["2026-03-10"]


def test_a_name_on_file_below_a_signature_says_nothing_about_another_signer(grammar: Grammar) -> None:
    text = (
        "IMRT QA 3/9/2026\nField 1 97.1 % at 3 %/2 mm, delivered from start to end.\n"
        "Electronically signed Otto Sommer, MS, DABR 3/9/2026\nsignature on file: A. Winter\n"
    )
    (check,) = read(grammar, text).documents
    assert [(s.role, str(s.signed_on)) for s in check.signatures] == [("medical_physicist", "2026-03-09")]


def test_a_statement_of_the_facility_behind_a_signature_is_not_signed_for_the_consult(grammar: Grammar) -> None:
    text = (
        "Special Medical Physics Consultation\n3/9/2026\nQuestion: what dose may the cord still receive.\n"
        "Otto Sommer, MS, DABR electronically signed 3/9/2026\n"
        "Facility notice: The planning system was commissioned for IMRT by me in 2021.\n"
        "Otto Sommer, MS, DABR electronically signed 5/4/2021\n"
    )
    (consult,) = [one for one in read(grammar, text).documents if one.kind == "special_physics_consultation"]
    assert [str(s.signed_on) for s in consult.signatures] == ["2026-03-09"]


def test_a_course_that_ended_on_protocol_is_an_earlier_one_and_a_sum_of_doses_none(grammar: Grammar) -> None:
    text = (
        "Consultation\n3/9/2026\nIn 2018 she received 20 Gy in 5 fractions to the left hip on a protocol for bone, "
        "completed 5/14/2018.\nRegistration of the 2018 CT gives the cord 41 Gy in all.\n" + SIGNED
    )
    assert [(one.dose_gy, str(one.ended_on)) for one, _ in read(grammar, text).priors] == [(20.0, "2018-05-14")]


def test_the_structure_whose_value_was_missed_is_explained_and_not_what_it_yields_to(grammar: Grammar) -> None:
    text = (
        "Plan Review\n3/9/2026\nPTV 91 % instead of 95 % at 60 Gy; accepted as the cord goes first.\n"
        "Histograms of organs at risk: bladder V45 41 % against 35 %, kept, as the node touches its wall.\n"
        "The V30 of the heart is beyond its limit, and I go along with it.\n" + SIGNED
    )
    (review,) = [one for one in read(grammar, text).documents if one.kind == "dvh_review"]
    explained = [one.detail for one in review.elements if one.element == "constraints_explained"]
    assert explained == ["PTV", "bladder", "heart"]


def test_a_comparison_that_was_asked_for_and_a_display_for_tomorrow_state_nothing(grammar: Grammar) -> None:
    statement = "IMRT Medical Necessity\n3/9/2026\nA 3D comparison was requested from dosimetry, result not in yet.\n"
    review = "Plan Review\n3/9/2026\nThe isodose display did not load, to be seen tomorrow.\n"
    found = [*read(grammar, statement + SIGNED).documents, *read(grammar, review + SIGNED).documents]
    assert {e.element for one in found for e in one.elements} & {"compared_with_3d", "representative_isodoses"} == set()


def test_that_the_log_is_the_same_as_the_plan_is_a_result(grammar: Grammar) -> None:
    text = "IMRT QA 3/9/2026\nLeaf, gantry and MU log compared with the plan: same.\n" + SIGNED
    (check,) = read(grammar, text).documents
    assert "implementation_elements" in {one.element for one in check.elements}


PLAN_ABOVE_NEED = (
    "# Clinical Treatment Planning Note\nDate: 3/9/2026\nStudies: the MRI of 3/2 was fused and read by me.\n"
    "Localization: left parotid bed to the hyoid.\nDose and time: 60 Gy in 30 fractions over six weeks.\n"
)
NEED = (
    "# Statement of Medical Necessity for IMRT\nThe PTV lies 3 mm from the left cochlea.\n"
    "CTV ends at the mastoid tip; she will bring music for the mask. 60 Gy in 30 fractions over six weeks.\n"
    "The MRI of 3/2 was fused and read by me. No surgery is left to offer. 6 MV photons, VMAT.\n"
    "A 3D plan was calculated and gave the cochlea 58 Gy; it cannot be used.\n"
)


def test_a_letter_below_the_planning_note_of_its_page_is_no_second_planning_note(grammar: Grammar) -> None:
    both = [kind for kind, _ in kinds_and_days(read(grammar, PLAN_ABOVE_NEED + NEED + SIGNED))]
    alone = [kind for kind, _ in kinds_and_days(read(grammar, NEED + SIGNED))]
    assert sorted(both) == ["clinical_planning_note", "necessity_statement"]
    assert sorted(alone) == ["clinical_planning_note", "necessity_statement"]


def test_a_late_entry_is_of_the_day_of_its_visit(grammar: Grammar) -> None:
    text = (
        "Weekly On-Treatment Visit\nLATE ENTRY written 3/20/2026 for the visit of 2/13/2026, fraction 9.\n"
        "Seen and examined, grade 1 erythema. Continue.\nAda Winter, MD, e-signed 3/20/2026 09:02\n"
    )
    assert kinds_and_days(read(grammar, text)) == [("weekly_management_note", "2026-02-13")]


def test_an_order_that_was_rejected_before_anybody_signed_states_no_goals(grammar: Grammar) -> None:
    rejected = (
        "# Radiation Prescription 0\nStatus: REJECTED 3/8/2026\nPTV_CW 42.56 Gy in 16 fractions.\n"
        "Goals: spare the heart.\nHeart mean < 2.5 Gy\nEntered by K. Reed, not approved.\n"
    )
    found = read(grammar, rejected)
    assert elements_of(found, "prescription") == set() and not found.constraints


@pytest.mark.parametrize(
    ("page", "kinds"),
    [
        (
            "STATEMENT OF MEDICAL NECESSITY - IMRT\nDate: 09-Mar-2026 Physician: Ada Winter, MD\n"
            "Check all that apply:\n"
            "☒ The target lies against the rectum and bladder (0 mm)\n☐ Dose escalation\n",
            [("necessity_statement", "2026-03-09")],
        ),
        (
            "PRESCRIPTION\nOrder date: 09-Mar-2026 Ordering physician: Winter, Ada MD\nIntent: curative.\n"
            "Planning constraints\nRectum: V65Gy < 25%\nBladder: V65Gy < 40%\n",
            [("prescription", "2026-03-09")],
        ),
        (
            "PRESCRIPTION\nDate: 3/9/2026\nIntent: curative.\nRectum: V65Gy < 25%\n"
            + SIGNED
            + "Physics consult (77370): not requested\n",
            [("prescription", "2026-03-09")],
        ),
        (
            "RayStation / Radixact Plan\nApproved 3/9/2026\nHelical delivery, dose computed with collapsed cone.\n"
            "| ROI | Metric | Plan | Aim | OK? |\n| PTV45 | V95% | 98.6% | >97% | Y |\n"
            "| Bowel | V40 | 212 cc | <250 cc | Y |\n",
            [("plan_report", "2026-03-09")],
        ),
    ],
)
def test_a_named_physician_in_the_head_a_denied_title_or_aims_beside_a_plan_begin_no_further_paper(
    grammar: Grammar, page: str, kinds: list[tuple[str, str]]
) -> None:
    assert kinds_and_days(read(grammar, page)) == kinds


def test_a_report_is_of_the_day_on_which_its_author_signed_not_its_reviewer(grammar: Grammar) -> None:
    page = (
        "Special Physics Consultation\nThe earlier course overlaps the target, so the doses were added.\n"
        "Otto Sommer, PhD, DABR electronically signed 3/9/2026\n"
        "Reviewed: Ada Winter, MD, electronically signed 3/11/2026\n"
    )
    assert kinds_and_days(read(grammar, page)) == [("special_physics_consultation", "2026-03-09")]


WEEKS = "| Week | Fractions | Images | Reviewed by | Date |\n"
ROW = "| {} | {} | 5 CBCT ok | A. Winter MD e-sig | {} |\n"


def test_each_signed_row_of_a_table_of_weeks_is_a_review_of_its_own(grammar: Grammar) -> None:
    rows = ROW.format(1, "1-5", "03/06/2026") + ROW.format(2, "6-10", "03/13/2026")
    found = read(grammar, "IMAGE REVIEW\n" + WEEKS + rows)
    assert kinds_and_days(found) == [("weekly_image_review", "2026-03-06"), ("weekly_image_review", "2026-03-13")]
    assert all(len(one.signatures) == 1 for one in found.documents)


def test_the_justification_of_image_guidance_argues_for_no_technique(grammar: Grammar) -> None:
    page = (
        "IGRT ORDER / JUSTIFICATION\nDate: 3/9/2026\n"
        "[X] Target directly adjacent to critical structures: bladder, rectum\n"
        "[X] Conventional set-up inadequate: marks move\n" + SIGNED
    )
    assert kinds_and_days(read(grammar, page)) == [("image_guidance_note", "2026-03-09")]


def test_a_note_whose_status_is_in_progress_is_signed_by_nobody(grammar: Grammar) -> None:
    page = (
        "Result Type: Radiation Oncology Weekly Treatment Note\nResult Date: March 09, 2026 13:40\n"
        "Result Status: {}\nPerformed By: Winter, Ada MD on March 09, 2026 13:44\n"
        "Dose to date 20 Gy of 60 Gy. Patient seen.\n"
    )
    signed = [
        document_of(read(grammar, page.format(s)), "weekly_management_note") for s in ("Auth (Verified)", "In Progress")
    ]
    assert [(len(one.signatures), one.state) for one in signed] == [(1, ""), (0, "draft")]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Tattoos on a soft breast are not enough to show where the target is.", "image_guidance_note"),
        ("CT slices with the target and all organs were looked at.", "image_review"),
    ],
)
def test_a_review_of_images_that_argues_against_marks_is_of_image_guidance(
    grammar: Grammar, line: str, kind: str
) -> None:
    text = "# Image Review\nDate: 3/9/2026\nThe planning target lies next to the heart.\n" + line + "\n"
    assert kinds_and_days(read(grammar, text + SIGNED)) == [(kind, "2026-03-09")]


def test_an_attestation_is_of_its_own_day_and_not_of_the_visit_that_it_names(grammar: Grammar) -> None:
    text = (
        "# Attestation\nMarch 9, 2026\nI, Ada Winter, MD, hereby attest that the weekly visit of February 4, 2026, of\n"
        "which the signature is missing, was written by me.\nAda Winter, MD  March 9, 2026\n"
    )
    assert kinds_and_days(read(grammar, text)) == [("attestation_statement", "2026-03-09")]


def test_who_did_the_work_begins_no_second_paper(grammar: Grammar) -> None:
    text = (
        "# SIMULATION\nDATE: 03/09/2026\nSUPINE, ARMS UP, VACUUM BAG.\n"
        "| SIM THERAPIST: MOSS, SAM RT(T) | E-SIGNED 03/09/2026 09:40\n"
    )
    found = read(grammar, text + SIGNED)
    assert kinds_and_days(found) == [("simulation_record", "2026-03-09")]
    assert [s.role for s in found.documents[0].signatures] == ["radiation_therapist", "radiation_oncologist"]
