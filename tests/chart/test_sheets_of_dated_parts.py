"""Sheets under one title in dated parts, dates and signatures over two lines, and shifts and doses in several parts."""

from datetime import date

import pytest

from isocenter.chart.abstract import abstract_pages
from isocenter.chart.abstraction import Abstraction
from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.papers.titles import title_of_words
from isocenter.chart.results.shift_lengths import length_of_three_parts
from isocenter.chart.signatures.split_dates import with_dates_whole
from isocenter.rulebook.rulebook import load_policy
from tests.chart.marked_papers import page_of

FOLDER = load_policy("imrt").folder

SHEET = """# Plan, review, checks
6/9/2026. Dose calculated by collapsed cone, 2 mm grid, 640 MU per fraction. Two full arcs: 181 to 179 coll 10.
Electronically signed by Nell Ray, CMD on 6/9/2026
6/10/2026. GTV, CTV and PTV viewed on every CT slice. Cord and kidneys viewed on the same slices, contours good.
PTV histogram: D95 49.8. DVH of the organs: cord 38, kidneys 9 and 8.
Electronically signed by Ada Moor, MD on 6/11/2026
6/11/2026. Phantom set up with CBCT. Both arcs delivered. Gamma 3%/2mm 98.1 % (limit 95).
Electronically signed by Ole Ray, MS, DABR on 6/11/2026
"""


def read(grammar: Grammar, text: str) -> Abstraction:
    return abstract_pages([page_of(text, 1)], grammar, FOLDER)


def test_each_dated_and_signed_part_of_a_sheet_is_what_it_states(grammar: Grammar) -> None:
    signers = {d.kind: [(s.role, str(s.signed_on)) for s in d.signatures] for d in read(grammar, SHEET).documents}
    assert signers["image_review"] == signers["dvh_review"] == [("radiation_oncologist", "2026-06-11")]
    assert signers["dosimetric_verification"] == [("medical_physicist", "2026-06-11")]
    assert ("dosimetrist", "2026-06-09") in signers.get("plan_report", signers.get("portal_description", []))
    assert "prescription" not in signers


def test_a_sheet_with_one_day_and_one_signature_stays_whole(grammar: Grammar) -> None:
    viewed = "6/10/2026. PTV viewed on every CT slice.\nDVH of target and organs accepted.\n"
    text = f"# Plan review\n{viewed}Ada Moor, MD, e-signed 6/10/2026"
    assert len({id(d.cited) for d in read(grammar, text).documents}) <= 2
    assert {str(d.document_date) for d in read(grammar, text).documents} == {"2026-06-10"}


PLANNING = """# Clinical Treatment Planning Note
Service date 6/2/2025 Type Complex of two phases
Volumes: I contoured the GTV and a CTV with 1 cm around it.
Dose and time: 28 sessions of 180 cGy, Monday to Friday.
Beam quality: photons of 6 MV energy.
The volume wraps around the vertebral body, with the cord sitting in its opening.
Signed by: Ada Moor, MD, Radiation Oncologist, 6/3/2025 08:05
Template LIV-2 v7, last edited 1/15/2025. IMRT is known to spare the liver in tumors that abut it.
"""


def test_the_version_of_a_template_below_a_signature_begins_no_part(grammar: Grammar) -> None:
    documents = read(grammar, PLANNING).documents
    note = next(d for d in documents if d.kind == "clinical_planning_note")
    assert {"volume_determination", "time_dose_determination"} <= {e.element for e in note.elements}
    assert "simulation_record" not in {d.kind for d in documents}


def _rows(*texts: str) -> list[str]:
    rows = page_of("\n".join(texts), 1).rows
    return [row.text for row in with_dates_whole(rows)]


@pytest.mark.parametrize(
    ("lines", "whole"),
    [
        (("Ada Moor, MD, signed 2", "May 2025 07:15"), ["Ada Moor, MD, signed 2 May 2025", "07:15"]),
        (("e-signed 16 April", "2026 and so on"), ["e-signed 16 April 2026", "and so on"]),
        (("signed by Ada Moor, MD, April", "16, 2026"), ["signed by Ada Moor, MD, April 16, 2026"]),
        (("//Signed// Ada Moor,", "MD 24 MAR 2026@0700"), ["//Signed// Ada Moor, MD 24 MAR 2026@0700"]),
        (("e-signed: Ada Moor, MD", "03/04/2025 07:05"), ["e-signed: Ada Moor, MD 03/04/2025 07:05"]),
        (("given in fractions of 2", "May be repeated"), ["given in fractions of 2", "May be repeated"]),
        (("signed Ada Moor, MD 3/4/2025", "03/05/2025 07:05"), ["signed Ada Moor, MD 3/4/2025", "03/05/2025 07:05"]),
    ],
)
def test_a_date_that_goes_on_in_the_next_line_is_whole(lines: tuple[str, ...], whole: list[str]) -> None:
    assert _rows(*lines) == whole


@pytest.mark.parametrize(
    ("text", "length_mm", "tolerance_mm"),
    [
        (" CBCT 0.2 -0.6 0.3 5 mm RTT", 7.0, 5.0),  # decimals beside a tolerance in millimeters are centimeters
        (" CBCT 1 / 2 / 2 mm 4 mm therapist", 3.0, 4.0),
        (" CBCT 2, 6, 9 6 mm RTT", 11.0, 6.0),
        (" CBCT 4 4 7 5 RTT", 9.0, 5.0),
        (" kV pair 0 / 2 / 1.5 3 mm", 2.5, 3.0),
    ],
)
def test_a_shift_of_three_parts_has_their_length(text: str, length_mm: float, tolerance_mm: float) -> None:
    found = length_of_three_parts(text)
    assert found is not None and found == pytest.approx((length_mm, tolerance_mm))


@pytest.mark.parametrize(
    "text", [" CBCT 4.6 mm 5 mm RTT", " 1 2 3 May 2025", " fx 5 6 7 8 9", " 12/03/2025", " no shift"]
)
def test_other_numbers_are_no_shift_of_three_parts(text: str) -> None:
    assert length_of_three_parts(text) is None


def test_a_day_without_an_image_is_no_set_up(grammar: Grammar) -> None:
    text = (
        "# Image guidance log\n| Date | Method | Shift mm | Tol\n| 3/4/2025 | CBCT | 2 / 3 / 6 | 3 mm\n"
        "| 3/5/2025 | CBCT | no scan, tube fault | 3 mm\nAda Moor, MD, e-signed 3/6/2025"
    )
    assert [(g.guided_on, g.shift_mm) for g, _ in read(grammar, text).guidance] == [(date(2025, 3, 4), 7.0)]


@pytest.mark.parametrize(
    ("order", "dose_gy", "fractions"),
    [
        ("PTV5940 59.4 Gy in 33 fractions, PTV5400 54 Gy in 30 fractions, then boost: none", 59.4, 33),
        ("Phase 1 PTV46: 46 Gy in 23 fractions. Phase 2: 18 Gy in 9 fractions. Sum 64 Gy in 32 fractions.", 64.0, 32),
        (
            "Phase I 46 Gy in 23 fractions. Boost 32 Gy in 16, total 78 Gy. Altogether 78 Gy in 39 fractions.",
            78.0,
            39,
        ),
        ("Phase I 45 Gy in 25 fractions. Phase II 9 Gy in 5 fractions.", 54.0, 30),
        ("TARGET PTV_5040 50.40 GY 28 FX 1.80 GY/FX QD", 50.4, 28),
    ],
)
def test_a_course_is_the_sum_of_its_phases_once(grammar: Grammar, order: str, dose_gy: float, fractions: int) -> None:
    found = read(grammar, f"# Prescription\n3/9/2026\n{order}\nAda Moor, MD, e-signed 3/9/2026").prescription
    assert found is not None
    assert (found.dose_gy, found.fractions) == (dose_gy, fractions)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Consulta inicial / Initial visit", "consultation or visit"),
        ("Physician note on the plan", "plan review"),
        ("Beam listing plan 3", "portals"),
        ("Letter to Dr. Moor", "letter"),
        ("Facility file, extract", "facility statement"),
    ],
)
def test_titles_of_other_clinics_name_their_papers(grammar: Grammar, title: str, name: str) -> None:
    kind = title_of_words(grammar, title)
    assert kind is not None and kind.name == name


@pytest.mark.parametrize(
    "text",
    [
        "Published comparisons favor IMRT over 3D conformal treatment.",
        "I have declined to have her run a plan of three fields that we would never use.",
        "I have not had a four-field plan made; any of us knows what it would look like.",
    ],
)
def test_a_comparison_that_nobody_made_is_none(grammar: Grammar, text: str) -> None:
    found = read(grammar, f"# Letter of medical necessity\n3/9/2026\n{text}\nAda Moor, MD, e-signed 3/9/2026")
    assert "compared_with_3d" not in {e.element for d in found.documents for e in d.elements}


GOALS = """# Prescription
3/9/2026. PTV_A 60 Gy in 30 fractions. PTV_A D90% >= 59 Gy. Lungs V5Gy <= 60 %. Heart mean <= 12 Gy. Cord max <= 45 Gy.
Ada Moor, MD, e-signed 3/9/2026
"""


@pytest.mark.parametrize(
    ("words", "structure"),
    [
        ("V5 of 63 instead of 60 is the price of keeping the heart at 11; accepted.", "Lungs"),
        ("D90 is 58, asked 59; the cord is at 44 and I will not trade it, accepted.", "PTV_A"),
        ("Heart mean 13 over 12 is accepted because the tumor lies on it.", "Heart"),
    ],
)
def test_a_missed_limit_is_that_of_the_structure_whose_limit_is_quoted(
    grammar: Grammar, words: str, structure: str
) -> None:
    review = f"# Plan review\n3/16/2026. DVH of target and organs reviewed.\n{words}\nAda Moor, MD, e-signed 3/16/2026"
    found = abstract_pages([page_of(GOALS, 1), page_of(review, 2)], grammar, FOLDER)
    explained = [e.detail for d in found.documents for e in d.elements if e.element == "constraints_explained"]
    assert explained == [structure]


def test_round_boxes_that_are_empty_state_nothing(grammar: Grammar) -> None:
    boxes = "Reasons: ( ) concave target wraps the cord ( ) prior RT to the adjoining area (X) narrow margin of 3 mm"
    found = read(grammar, f"# Letter of medical necessity for IMRT\n3/9/2026\n{boxes}\nAda Moor, MD, e-signed 3/9/2026")
    stated = {e.element for d in found.documents for e in d.elements}
    assert not stated & {"condition_concavity", "condition_prior_irradiation"}


def test_an_order_that_was_stopped_gives_way_to_another_sheet(grammar: Grammar) -> None:
    stopped = "6/6/2026 Status: RETRACTED, replaced by version 2. PTV_A 64 Gy in 32 fractions\n"
    first = f"# Radiation order - version 1\n{stopped}"
    second = "# Radiation order - version 2\n6/11/2026 Status: active\nPTV_A 66 Gy in 33 fractions\n"
    found = read(grammar, first + second + "Ordered and electronically signed: Ada Moor, MD 6/11/2026 9:33 AM")
    assert found.prescription is not None
    assert (found.prescription.dose_gy, found.prescription.fractions) == (66.0, 33)


def test_a_nurses_unsigned_entry_is_no_visit_of_the_physician(grammar: Grammar) -> None:
    log = (
        "# On treatment\n9/26/2026 5 MD Seen on the couch, skin fine. Portal films reviewed. Go on.\n"
        "e-signed Ada Moor, MD 9/26/2026 14:10\n10/3/2026 10 RN MD away, will see him Monday. Weight 87.6.\n"
    )
    visits = [d for d in read(grammar, log).documents if d.kind == "weekly_management_note"]
    assert [str(d.document_date) for d in visits] == ["2026-09-26"]


def test_the_day_of_a_signature_may_stand_behind_the_title_below_the_name(grammar: Grammar) -> None:
    signature = "/es/ ADA MOOR, MD\nSTAFF PHYSICIAN Signed: 04/18/2026 15:44"
    note = f"# Plan review\n4/17/2026\nPTV viewed on every CT slice.\n{signature}"
    signed = {(s.role, str(s.signed_on)) for d in read(grammar, note).documents for s in d.signatures}
    assert signed == {("radiation_oncologist", "2026-04-18")}


VISITS = """# On-Treatment Visits
Fx 1-5, visit 11/7/2025
I examined her abdomen, looked at five CBCTs and the treatment record. Stay the course.
Electronically signed by Ada Moor, MD, Radiation Oncologist, 11/7/2025
Fx 6-10, visit 11/14/2025
Seen by the resident only. Loperamide.
Electronically signed by Jon Reed, MD, Resident, 11/14/2025
Fx 11-15, 11/21/2025
I saw him; mask fits, films and doses checked.
Electronically signed by Ada Moor, MD, Radiation Oncologist, 11/21/2025
"""


def test_each_range_of_sessions_heads_a_weekly_note_of_its_own(grammar: Grammar) -> None:
    notes = [d for d in read(grammar, VISITS).documents if d.kind == "weekly_management_note"]
    assert [(str(d.document_date), [s.role for s in d.signatures]) for d in notes] == [
        ("2025-11-07", ["radiation_oncologist"]),
        ("2025-11-14", ["other"]),
        ("2025-11-21", ["radiation_oncologist"]),
    ]


@pytest.mark.parametrize(
    "page",
    [
        "# Physics consultation request (template)\nNeed: pacemaker, earlier fields. Report: ____\n",
        "# Image Registration Log (physics)\n10/15/2025. MRI registered rigidly to the planning CT, residual 2 mm.\n"
        "Electronically signed by Ole Ray, MS, DABR, Medical Physicist, 10/15/2025\n",
    ],
)
def test_templates_and_logs_of_registrations_are_no_documents(grammar: Grammar, page: str) -> None:
    assert read(grammar, page).documents == []


ATTESTATION = """# Statement about a paper not clearly signed
I, Ada Moor, M.D., Radiation Oncologist, attest that the illegible signature on the visit note of
2/11/2026 for this patient is my own.
Electronically signed by Ada Moor, MD, Radiation Oncologist, 8/28/2026
"""


def test_a_day_at_the_beginning_of_a_line_within_a_sentence_begins_no_part(grammar: Grammar) -> None:
    documents = read(grammar, ATTESTATION).documents
    assert [(d.kind, [str(s.signed_on) for s in d.signatures]) for d in documents] == [
        ("attestation_statement", ["2026-08-28"])
    ]


def test_an_open_statement_of_a_teaching_physician_is_none(grammar: Grammar) -> None:
    page = (
        "# Consultation\n3/5/2025. I examined the patient, cN1. Radiation recommended.\n"
        "Electronically signed by Jon Reed, MD, resident PGY-3, 3/5/2025\n"
        "Teaching physician: [_] present for key portion [_] saw patient separately\n"
    )
    assert "teaching_physician_statement" not in {d.kind for d in read(grammar, page).documents}


def test_a_cell_with_the_word_signed_and_its_day_is_a_signature(grammar: Grammar) -> None:
    page = (
        "# Physics look-over\n| Week to | Looked at | Name\n"
        "| 4/25/2025 | Fx 1-5: MU and dose sum right, films filed | Ole Ray, MS, DABR, signed 4/25/2025\n"
    )
    signed = {d.kind: [(s.role, str(s.signed_on)) for s in d.signatures] for d in read(grammar, page).documents}
    assert signed == {"weekly_physics_check": [("medical_physicist", "2025-04-25")]}
