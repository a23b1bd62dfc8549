"""Exports with labeled titles and typed limits, ranges of sessions, drafts of residents, text of templates."""

import pytest

from isocenter.chart.grammar.grammar import Grammar
from tests.chart.reading import document_of, elements_of, kinds_and_days, read

HEAD = "Marsh, Iris   MRN: 73-118   DOB: 02/03/1951\n"
SIGNED = "\nElectronically signed by Ada Winter, MD, 03/04/2025"


def test_a_title_behind_the_word_procedure_is_the_title(grammar: Grammar) -> None:
    page = HEAD + "\n".join(
        [
            "# Procedure: treatment device",
            "Date: 3/4/2025",
            "Alpha cradle made; it is no part of the IMRT plan.",
            "Ada Winter, MD signed 3/4/2025",
            "# Procedure: plan QA by physics",
            "Date: 3/6/2025",
            "Both arcs were delivered to the array without an interlock.",
            "Lee Marlow, MS, DABR signed 3/6/2025",
            "# Procedure: infusion pump",
            "Date: 3/7/2025",
            "Pump refilled.",
            "Ana Holt, RN signed 3/7/2025",
        ]
    )
    kinds = [kind for kind, _ in kinds_and_days(read(grammar, page))]
    assert kinds[:2] == ["device_record", "dosimetric_verification"]


def test_ranges_of_sessions_begin_no_papers_of_their_own(grammar: Grammar) -> None:
    weeks = [
        ("Physics weekly", "3/7/2025", "Fractions 1-5: records, MU and doses verified.", "Lee Marlow, MS, DABR"),
        ("Weekly visit", "3/7/2025", "Fractions 1-4. Seen and examined by me today, skin intact.", "Ada Winter, MD"),
        (
            "Physics weekly",
            "3/14/2025",
            "Fractions 6-10: chart and MU verification done, doses agree.",
            "Lee Marlow, MS, DABR",
        ),
        (
            "Weekly visit",
            "3/21/2025",
            "Fractions 11-15 done: weekly visit. I examined him, skin intact.",
            "Ada Winter, MD",
        ),
    ]
    page = HEAD + "\n".join(f"# {title}\n{day}\n{text}\n{who} signed {day}" for title, day, text, who in weeks)
    found = read(grammar, page)
    assert [(one.kind, len(one.elements), len(one.signatures)) for one in found.documents] == [
        ("weekly_physics_check", 1, 1),
        ("weekly_management_note", 1, 1),
        ("weekly_physics_check", 1, 1),
        ("weekly_management_note", 1, 1),
    ]


def test_the_draft_of_a_resident_leaves_the_note_signed_by_the_attending_below(grammar: Grammar) -> None:
    note = HEAD + "# Consultation\n3/4/2025\nThe pathology report was reviewed.\n"
    draft = "Resident: Tom Berg, MD (PGY-3)   draft saved 3/4/2025 16:10, not signed\n"
    signed = read(
        grammar, note + draft + "Attending: I saw her and wrote the plan. Ada Winter, MD   signed 3/4/2025 18:30"
    )
    assert [one.signer for one in document_of(signed, "visit_note").signatures] == ["Ada Winter"]
    open_note = read(grammar, note + draft + "Attending: Ada Winter, MD")
    assert not any(one.signatures for one in open_note.documents)


@pytest.mark.parametrize("seen", ["Seen with the resident", "Examined with the nurse", "Patient seen with his son"])
def test_whom_a_physician_saw_the_patient_with_does_not_unsign_the_note(grammar: Grammar, seen: str) -> None:
    page = HEAD + f"# Consultation\n3/4/2025\n{seen}, I agree with the above. Ada Winter, MD, signed 3/4/2025 18:30"
    assert [one.signer for one in document_of(read(grammar, page), "visit_note").signatures] == ["Ada Winter"]


def test_who_was_there_when_a_patient_was_seen_signs_nothing(grammar: Grammar) -> None:
    page = HEAD + "# Consultation\n3/4/2025\nThe films were read.\nSeen with Ada Winter, MD, 3/4/2025"
    assert document_of(read(grammar, page), "visit_note").signatures == []


def test_a_maximum_of_a_target_is_a_limit_and_not_its_dose(grammar: Grammar) -> None:
    page = HEAD + "\n".join(
        [
            "# Order: radiation prescription",
            "Order date: 3/4/2025     Order #: 5581",
            "Dose: 70.2 Gy     Fractions: 39     Dose/fx: 1.8 Gy     Target: PTV_Bed",
            "| ROI | Type | Value",
            "| PTV_Bed | V100% min | 95 %",
            "| PTV_Bed | Dmax | 75.1 Gy",
            "| Rectum | V65Gy max | 25 %",
            "| Bladder | V40Gy maximum | 45 %",
            "| Cord | D0.03cc max | 45 Gy",
        ]
    )
    found = read(grammar, page + SIGNED)
    assert found.prescription is not None
    assert (found.prescription.dose_gy, found.prescription.fractions) == (70.2, 39)
    assert [(one.structure, one.metric, one.comparison, one.limit) for one, _ in found.constraints] == [
        ("PTV_Bed", "V100%", ">=", 95),
        ("PTV_Bed", "max", "<=", 75.1),
        ("Rectum", "V65Gy", "<=", 25),
        ("Bladder", "V40Gy", "<=", 45),
        ("Cord", "D0.03cc", "<=", 45),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "(boilerplate for a left breast: the heart lies next to the target)",
        "Delete this if the right side is treated: the heart lies next to the target.",
        "Boilerplate: the heart lies next to the target.",
    ],
)
def test_text_of_a_template_that_the_writer_was_to_delete_states_nothing(grammar: Grammar, text: str) -> None:
    page = HEAD + f"# Statement of Medical Necessity for IMRT\n3/4/2025\nRight breast.\n{text}"
    assert elements_of(read(grammar, page + SIGNED), "necessity_statement") == set()


@pytest.mark.parametrize(
    "aside",
    [
        "From the booklet for the 64 Gy arm (not her arm): bladder V60Gy 20 %",
        "Cord max 50 Gy is not the patient's schedule",
    ],
)
def test_a_limit_of_an_arm_that_is_not_the_patients_is_not_ordered(grammar: Grammar, aside: str) -> None:
    page = HEAD + f"# Radiation prescription\n3/4/2025\nPTV: 55 Gy in 20 fractions\nRectum V50Gy 15 % at most\n{aside}"
    found = read(grammar, page + SIGNED)
    assert [(one.structure, one.limit) for one, _ in found.constraints] == [("Rectum", 15)]


def test_the_plan_of_another_patient_last_month_shows_nothing_of_this_one(grammar: Grammar) -> None:
    page = (
        HEAD + "# Phantom QA\n3/6/2025\nThe two arcs were delivered without stop.\nArc 1 gamma 97.4 %, 3%/2 mm.\n"
        "Results of last month's bladder plan on the same array: 96.1 %.\nSigned Lee Marlow, PhD, 3/6/2025"
    )
    found = read(grammar, page)
    assert "deviation_resolved" not in elements_of(found, "dosimetric_verification")
    assert [result.value for result, _, _ in found.verifications] == [97.4]
