"""Parts of one sheet that belong to different people or days: each with its own signature, day and numbers."""

import pytest

from isocenter.chart.abstract import abstract_pages
from isocenter.chart.abstraction import Abstraction
from isocenter.chart.grammar.grammar import Grammar
from isocenter.rulebook.rulebook import load_policy
from tests.chart.marked_papers import page_of

FOLDER = load_policy("imrt").folder


def read(grammar: Grammar, *papers: str) -> Abstraction:
    return abstract_pages([page_of(paper, number) for number, paper in enumerate(papers, 1)], grammar, FOLDER)


def roles_of(found: Abstraction, kind: str) -> list[str]:
    return [one.role for document in found.documents if document.kind == kind for one in document.signatures]


def test_whoever_checks_the_fractions_of_a_week_signs_no_visit_above_them(grammar: Grammar) -> None:
    found = read(
        grammar,
        "WEEKLY TREATMENT MANAGEMENT\n03/13/2026 Fx 10/25\nSeen today. Skin with mild erythema, port films reviewed.\n"
        "WEEKLY PHYSICS CHECK\n03/13/2026\nTreatment record and monitor units of fractions 6 to 10 checked.\n"
        "Ira Quill, MS, DABR, Medical Physicist, signed 03/13/2026",
    )
    assert roles_of(found, "weekly_management_note") == []
    assert roles_of(found, "weekly_physics_check") == ["medical_physicist"]


def test_a_sheet_called_void_gives_no_dose_beside_the_next_one(grammar: Grammar) -> None:
    found = read(
        grammar,
        "RADIATION PRESCRIPTION\nSheet A - void, superseded on 06/12/2026\nPTV 37.5 Gy in 15 fractions\n"
        "Sheet B\nPTV 30 Gy in 10 fractions\nSigned: Noa Reed, MD, Radiation Oncologist, 06/12/2026",
    )
    assert found.prescription is not None
    assert (found.prescription.dose_gy, found.prescription.fractions) == (30.0, 10)


def test_the_repeat_of_a_measurement_has_a_day_of_its_own(grammar: Grammar) -> None:
    found = read(
        grammar,
        "PATIENT SPECIFIC QA\nDate: 07/01/2026\nGamma 3%/2mm 88.1 %, action level 95 %: fail\n"
        "Signed: Ira Quill, MS, DABR, Medical Physicist, 07/01/2026\n"
        "Repeat, 07/02/2026\nGamma 3%/2mm 98.4 %, pass\n"
        "Signed: Ira Quill, MS, DABR, Medical Physicist, 07/02/2026",
    )
    days = [str(one.document_date) for one in found.documents if one.kind == "dosimetric_verification"]
    assert days == ["2026-07-01", "2026-07-02"]


def test_an_attending_who_was_there_signs_the_note_of_the_resident(grammar: Grammar) -> None:
    found = read(
        grammar,
        "RADIATION ONCOLOGY FOLLOW-UP VISIT\nDate: 05/04/2026\nPatient seen in clinic. Exam without change.\n"
        "Electronically signed: Kim Vale, MD, Resident Physician, 05/04/2026\n"
        "I was with the patient for the examination and agree with the findings.\n"
        "Electronically signed: Noa Reed, MD, Attending, Radiation Oncology, 05/04/2026",
    )
    assert [one.kind for one in found.documents] == ["visit_note"]
    assert [s.role for s in found.documents[0].signatures] == ["other", "radiation_oncologist"]


def test_text_put_in_by_itself_that_nobody_completed_states_no_review(grammar: Grammar) -> None:
    note = "WEEKLY TREATMENT MANAGEMENT\nDate: 05/04/2026\n{}\nSigned: Noa Reed, MD, Radiation Oncologist, 05/04/2026"
    told = [
        [element.element for one in read(grammar, note.format(text)).documents for element in one.elements]
        for text in ("Patient seen and examined. Films reviewed.", "[auto-text: Seen. Films reviewed.] not completed")
    ]
    assert "physician_review" in told[0] and told[1] == []


def test_a_title_whose_capitals_are_spaced_apart_begins_a_paper_below_a_stamp(grammar: Grammar) -> None:
    found = read(
        grammar,
        "TEST OF THE PLAN ON THE MACHINE\nDay of test: 3/4/2025\nAll arcs were delivered from start to stop.\n"
        "Arc ONE    gamma 3 %/3 mm    98.8 %\nOle Ray, M.S., DABR (signed March 4, 2025)\n"
        "Dr. Winter: [STAMP: A. WINTER, M.D.]\nHAND CHECK OF    MONITOR UNITS\n"
        "Done 3/4/2025 on the spread sheet.\nArc ONE    221 computer    218 sheet    -1.4 %\n"
        "Ole Ray, M.S., DABR (signed March 4, 2025)\nAda Winter, M.D., March 5, 2025",
    )
    assert [(d.kind, [s.role for s in d.signatures]) for d in found.documents] == [
        ("dosimetric_verification", ["medical_physicist"]),
        ("dosimetry_calculation", ["medical_physicist", "radiation_oncologist"]),
    ]


@pytest.mark.parametrize(
    "head", ["Visit, fx 4, 10/23/2025", "Visit after fraction 4, 10/23/2025", "Seen fx 4 10/23/2025"]
)
def test_a_visit_counted_by_its_fraction_is_a_weekly_note(grammar: Grammar, head: str) -> None:
    found = read(
        grammar,
        f"# Course record 10/20 to 10/31/2025\n# {head}\nSeen and examined. No nausea. Films of the week looked at. "
        "Continue.\nAda Winter, MD electronically signed 10/23/2025 11:32",
    )
    assert [(d.kind, len(d.signatures)) for d in found.documents] == [("weekly_management_note", 1)]


def test_a_note_under_its_own_day_is_not_signed_by_the_note_below_it(grammar: Grammar) -> None:
    found = read(
        grammar,
        "WEEKLY VISITS\nMarch 6, 2026\nSeen today, 10 Gy. Skin intact, images reviewed, go on.\n"
        "/s/ Ada Winter, MD 3/6/2026\n"
        "March 13, 2026\n20 Gy. Spoke to the nurse on the telephone, no visit took place.\n"
        "March 20, 2026\n30 Gy. Examined today, mild erythema. Images reviewed, no change.\n"
        "/s/ Ada Winter, MD 3/21/2026",
    )
    signed = [(str(one.document_date), [str(s.signed_on) for s in one.signatures]) for one in found.documents]
    assert signed == [("2026-03-06", ["2026-03-06"]), ("2026-03-13", []), ("2026-03-20", ["2026-03-21"])]
    assert [len(one.elements) for one in found.documents] == [1, 0, 1]


def test_a_day_below_the_name_of_the_signer_begins_no_note(grammar: Grammar) -> None:
    found = read(
        grammar,
        "WEEKLY VISIT\nMarch 6, 2026\nSeen today, 10 Gy. Skin intact, images reviewed, go on.\n"
        "Ada Winter, MD\nMarch 7, 2026\n"
        "Copy to the referring physician by mail this week.",
    )
    assert [str(one.document_date) for one in found.documents] == ["2026-03-06"]
