"""Lines by which clinics sign, and lines that only seem to: each below a note, with who signed it on which day."""

from pathlib import Path

import pytest

from isocenter.chart.abstraction import Abstraction
from isocenter.chart.course.paper_read import read_paper
from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.papers.papers import papers_of
from isocenter.chart.words.people import staff_of
from isocenter.rulebook.rulebook import load_policy
from tests.chart.marked_papers import page_of
from tests.chart.reading import read

FOLDER = load_policy("imrt").folder
LINES = Path(__file__).parent / "lines_of_signing.txt"
NOTE = "# SIMULATION RECORD\nDate: 3/1/2026\nPosition: supine, arms up over the head in a cradle\n"


def signed(found: Abstraction, kind: str) -> list[tuple[str, str]]:
    return [(s.role, str(s.signed_on or "-")) for d in found.documents if d.kind == kind for s in d.signatures]


def test_lines_of_signing_give_the_signer_and_the_day_and_others_give_none(grammar: Grammar) -> None:
    invented, missed, stated = [], [], 0
    for line in LINES.read_text(encoding="utf-8").splitlines():
        text, _, meant = line.partition(" => ")
        expected = {tuple(one.split()) for one in meant.split(", ")} - {("-",)}
        page = page_of(NOTE + text.replace("\\n", "\n"), 1)
        papers = papers_of(grammar, [(1, page.rows)])
        found = {
            (s.role, str(s.signed_on or "-"))
            for paper in papers
            for s in read_paper(
                "chart.pdf", paper, staff_of([row.text for row in page.rows]), grammar.signing, False
            ).signatures
        }
        invented += [(text, one) for one in found - expected]
        missed += [(text, one) for one in expected - found]
        stated += len(expected)
    assert len(invented) <= 0.02 * stated, invented
    assert len(missed) <= 0.04 * stated, missed


LOG = "# SIGNATURE LOG\nAda Winter, MD, radiation oncologist  AW  A. Winter\nOle Ray, PhD, DABR  OR  Ole Ray"


def test_initials_sign_where_a_signature_log_says_whose_they_are(grammar: Grammar) -> None:
    note = "# ON-TREATMENT VISIT 4/6/2026\nSeen and examined, skin intact.\nAW 4/6/2026"
    assert signed(read(grammar, note, LOG), "weekly_management_note") == [("radiation_oncologist", "2026-04-06")]
    assert signed(read(grammar, note), "weekly_management_note") == []


def test_a_grid_with_the_labels_of_its_rows_left_of_the_signers_gives_each_of_them(grammar: Grammar) -> None:
    grid = (
        "| Step | Therapist | Physician\n| Printed | Sam Moss, RT(T) | Ada Winter, MD\n"
        "| Signed | Sam Moss | {md}\n| Date | 3/2/2026 | {on}"
    )
    therapist, physician = ("radiation_therapist", "2026-03-02"), ("radiation_oncologist", "2026-03-03")
    both = read(grammar, NOTE + grid.format(md="Ada Winter", on="3/3/2026"))
    assert set(signed(both, "simulation_record")) == {therapist, physician}
    one = read(grammar, NOTE + grid.format(md="-", on="-"))
    assert signed(one, "simulation_record") == [therapist]


def test_a_column_of_whoever_accepts_is_signed_and_the_empty_one_beside_it_is_not(grammar: Grammar) -> None:
    block = (
        "| Performed by | Reviewed by | Accepted by\n| Sam Moss, RT(T) | - | Ada Winter, MD\n| 3/2/2026 | - | 3/3/2026"
    )
    found = signed(read(grammar, NOTE + block), "simulation_record")
    assert found == [("radiation_therapist", "2026-03-02"), ("radiation_oncologist", "2026-03-03")]


def test_a_day_with_no_more_than_a_word_of_signing_begins_no_note_of_a_log(grammar: Grammar) -> None:
    visit = (
        "# ON-TREATMENT VISIT\nDate of visit: 3/9/2026\nSeen, skin intact.\nN. Till, MD PGY-4\n"
        "3/9/2026 11:11 AM (electronically signed)\nI was present for the key part and agree.\n"
        "Ada Winter, MD, Attending\n3/10/2026 4:45 PM (electronically signed)"
    )
    found = signed(read(grammar, visit), "weekly_management_note")
    assert found == [("other", "2026-03-09"), ("radiation_oncologist", "2026-03-10")]


OF_DECISIONS, OF_YES_OR_NO = "Step | Person | Decision | When", "Step | Approver | Approved (Y/N) | Date"


@pytest.mark.parametrize(
    ("heads", "answer", "signs"),
    [
        (OF_DECISIONS, "Approved", True),
        (OF_DECISIONS, "Declined", False),
        (OF_YES_OR_NO, "Y", True),
        (OF_YES_OR_NO, "N", False),
        (OF_YES_OR_NO, "Declined", False),
    ],
)
def test_a_row_of_a_table_of_approvals_signs_only_where_its_answer_approves(
    grammar: Grammar, heads: str, answer: str, signs: bool
) -> None:
    table = f"| {heads}\n| Physician approval | Ada Winter, MD | {answer} | 3/3/2026"
    expected = [("radiation_oncologist", "2026-03-03")] if signs else []
    assert signed(read(grammar, NOTE + table), "simulation_record") == expected


KEY = "AW = Ada Winter, MD"
WEEKLY = (
    "# WEEKLY TREATMENT MANAGEMENT\n| Date | Fx | Findings | Signature\n"
    "| 4/6/2026 | 5 | Seen and examined. | AW 4/7/2026\n"
)


def test_initials_sign_in_a_signed_column_where_a_key_says_whose_they_are(grammar: Grammar) -> None:
    kind = "weekly_management_note"
    assert signed(read(grammar, WEEKLY + KEY), kind) == [("radiation_oncologist", "2026-04-07")]
    assert signed(read(grammar, WEEKLY), kind) == []
    shared = "# STAFF\nAW = Alma Wirth, PhD"
    assert signed(read(grammar, WEEKLY + KEY, shared), kind) == []


def test_initials_with_their_day_sign_each_row_where_a_key_behind_other_words_explains_them(grammar: Grammar) -> None:
    sheet = (
        "# WEEKLY PHYSICS CHECK\n| Week | Date | Finding | Initials / date\n"
        "| 1 | 4/3/2026 | MU, shifts agree | OR 4/3/2026\n"
        "| 2 | 4/10/2026 | MU, shifts agree | OR 4/10/2026\n"
        "Key to initials: OR = Ole Ray, MS, DABR; AW = Ada Winter, MD"
    )
    found = signed(read(grammar, sheet), "weekly_physics_check")
    assert found == [("medical_physicist", "2026-04-03"), ("medical_physicist", "2026-04-10")]


def test_initials_of_nobody_in_the_log_sign_nothing(grammar: Grammar) -> None:
    note = "# ON-TREATMENT VISIT 4/6/2026\nSeen and examined, skin intact.\nXY 4/6/2026"
    assert signed(read(grammar, note, LOG), "weekly_management_note") == []


STATEMENT = (
    "# ATTESTATION STATEMENT\nMy {what} of 3/1/2026 was filed without my signature. I wrote it myself that day.\n"
    "Ada Winter, MD electronically signed 6/2/2026"
)


def test_a_statement_of_authorship_signs_the_paper_that_it_dates(grammar: Grammar) -> None:
    found = read(grammar, NOTE + "Ada Winter, MD", STATEMENT.format(what="simulation record"))
    assert signed(found, "simulation_record") == [("radiation_oncologist", "2026-06-02")]


def test_a_statement_of_authorship_signs_no_paper_of_another_day(grammar: Grammar) -> None:
    other = NOTE.replace("3/1/2026", "3/2/2026")
    found = read(grammar, other + "Ada Winter, MD", STATEMENT.format(what="simulation record"))
    assert signed(found, "simulation_record") == []


def test_the_attending_signs_a_note_that_resident_and_therapist_signed(grammar: Grammar) -> None:
    found = read(
        grammar,
        NOTE + "S. Moss, RTT e-sig 03/01/26\nN. Till, MD PGY-4 e-sig 03/01/26\n"
        "ATTENDING: I was present for the key part and agree.\nAda Winter, MD, e-signed 03/02/26",
    )
    assert ("radiation_oncologist", "2026-03-02") in signed(found, "simulation_record")


def test_a_draft_below_a_signed_review_leaves_that_review_signed(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# PLAN REVIEW 3/9/2026\nPlanning CT with PTV and all organs at risk reviewed, isodoses accepted.\n"
        "DVH of PTV and of rectum and bladder reviewed.\nAda Winter, MD, e-signed 3/9/2026\n"
        "DRAFT - Plan review, phase two. Isodoses seen. (not yet signed)",
    )
    assert ("radiation_oncologist", "2026-03-09") in signed(found, "dvh_review")


def test_approvals_of_single_sessions_do_not_sign_the_order_of_image_guidance(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# IMAGE GUIDANCE ORDER AND LOG\nOrdered 3/9/2026: the PTV abuts the rectum and skin marks do not suffice.\n"
        "Ada Winter, MD, e-signed 3/9/2026\n3/10/2026 CBCT 1 -2 3 5 mm approved by A. Winter MD 3/11/2026",
    )
    assert signed(found, "image_guidance_note") == [("radiation_oncologist", "2026-03-09")]


def test_the_review_of_a_week_of_images_below_their_order_is_a_paper_of_its_own(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# IMAGE GUIDANCE\nThe PTV abuts the rectum and skin marks do not suffice.\n"
        "Ada Winter, MD, e-signed 3/9/2026\n3/10/2026 CBCT 1 -2 3 5 mm\n"
        "Images of the week reviewed, alignment is good.\nAda Winter, MD, e-signed 3/13/2026",
    )
    assert signed(found, "image_guidance_note") == [("radiation_oncologist", "2026-03-09")]
    assert signed(found, "weekly_image_review") == [("radiation_oncologist", "2026-03-13")]


def test_parts_of_a_note_without_a_day_of_their_own_are_signed_below_the_last(grammar: Grammar) -> None:
    note = (
        "# CLINICAL TREATMENT PLANNING\nDate of service: 3/3/2026\nModality: 6 MV photons\n"
        "# MEDICAL NECESSITY OF IMRT\nThe PTV abuts the parotid glands and the cord.\nAda Winter, MD, e-signed 3/3/2026"
    )
    found = read(grammar, note)
    assert signed(found, "clinical_planning_note") == [("radiation_oncologist", "2026-03-03")]
    assert signed(found, "necessity_statement") == [("radiation_oncologist", "2026-03-03")]


def test_a_note_above_one_of_another_day_stays_without_a_signature(grammar: Grammar) -> None:
    note = (
        "# CLINICAL TREATMENT PLANNING\nDate of service: 3/3/2026\nModality: 6 MV photons\n"
        "# MEDICAL NECESSITY OF IMRT\nDate: 3/5/2026\nThe PTV abuts the cord.\nAda Winter, MD, e-signed 3/5/2026"
    )
    assert signed(read(grammar, note), "clinical_planning_note") == []


def test_days_alone_part_the_notes_of_a_log(grammar: Grammar) -> None:
    log = (
        "# OTV\n3/9/2026\nfx 5. Seen, skin intact.\nElectronically signed by: Ada Winter, MD 3/9/2026 11:22\n"
        "3/16/2026\nfx 10. Nurse visit.\nElectronically signed by: Mia Stone, RN 3/16/2026 10:40"
    )
    days = {str(d.document_date): [s.role for s in d.signatures] for d in read(grammar, log).documents}
    assert days == {"2026-03-09": ["radiation_oncologist"], "2026-03-16": ["other"]}


def test_a_line_on_an_earlier_draft_leaves_the_signed_paper_signed(grammar: Grammar) -> None:
    note = NOTE + "Log: draft 1 on 2/27; draft of 2/28 deleted, not signed.\nAda Winter, MD, e-signed 3/2/2026"
    assert ("radiation_oncologist", "2026-03-02") in signed(read(grammar, note), "simulation_record")


def test_who_looked_at_the_images_of_one_session_signs_no_paper(grammar: Grammar) -> None:
    note = (
        "# IMAGE GUIDANCE ORDER AND LOG\nOrdered 3/9/2026: the PTV abuts the rectum and skin marks do not suffice.\n"
        "3/10/2026 CBCT 3.2 mm RTT in suite WINTER MD 3/11/2026\nAda Winter, MD, e-signed 3/13/2026"
    )
    assert signed(read(grammar, note), "image_guidance_note") == [("radiation_oncologist", "2026-03-13")]


def test_a_day_that_breaks_at_the_end_of_a_line_goes_on_below(grammar: Grammar) -> None:
    note = (
        NOTE + "Countersigned: Electronically authenticated: Dr. Ada Winter, Clinical Oncologist, 10 March\n2026 09:31"
    )
    assert signed(read(grammar, note), "simulation_record") == [("radiation_oncologist", "2026-03-10")]


def test_a_title_behind_a_name_says_who_signs_elsewhere_without_it(grammar: Grammar) -> None:
    notes = (
        "# WEEKLY PHYSICS CHECK\n3/3/2026\nMU and couch shifts agree with the plan.\nSigned Dr. P. Wren 3/3/2026\n"
        "# DELIVERY NOTE\n3/4/2026\nMeasured by Dr. P. Wren, clinical scientist (medical physics)"
    )
    assert signed(read(grammar, notes), "weekly_physics_check") == [("medical_physicist", "2026-03-03")]


def test_parts_that_are_signed_together_are_of_the_day_that_the_first_gives(grammar: Grammar) -> None:
    note = (
        "# CLINICAL TREATMENT PLANNING\nDate of service: 3/3/2026\nModality: 6 MV photons\n"
        "# MEDICAL NECESSITY OF IMRT\nThe PTV abuts the cord.\nAda Winter, MD, e-signed 3/5/2026"
    )
    days = {d.kind: str(d.document_date) for d in read(grammar, note).documents}
    assert days == {"clinical_planning_note": "2026-03-03", "necessity_statement": "2026-03-03"}


@pytest.mark.parametrize(("answer", "signs"), [("Approve", True), ("Reject", False), ("Please approve", False)])
def test_a_row_of_reviewers_signs_by_the_decision_in_its_column(grammar: Grammar, answer: str, signs: bool) -> None:
    table = f"| Reviewer | Date | Decision\n| Ada Winter, MD | 3/3/2026 | {answer}"
    expected = [("radiation_oncologist", "2026-03-03")] if signs else []
    assert signed(read(grammar, NOTE + table), "simulation_record") == expected
