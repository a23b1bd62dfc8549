"""Entries of record systems and of treatment cards: each a paper of its own, with its signers and its day."""

from datetime import date

import pytest

from isocenter.chart.abstraction import Abstraction
from isocenter.chart.grammar.grammar import Grammar
from isocenter.rulebook.rulebook import load_policy
from tests.chart.reading import elements_of, read

FOLDER = load_policy("imrt").folder


def papers(found: Abstraction) -> list[tuple[str, str, list[tuple[str, str]]]]:
    return [
        (one.kind, str(one.document_date), [(s.role, str(s.signed_on)) for s in one.signatures])
        for one in found.documents
    ]


SIM = "The patient was scanned supine in a vacuum bag with a mask; isocenter set, CT of 3 mm.\n"


def test_signers_below_the_day_of_signing(grammar: Grammar) -> None:
    found = read(
        grammar,
        f"SIMULATION NOTE\nDate of service: 06/02/2025\n{SIM}"
        "Electronically Signed on 06/02/2025 15:02 EST\nMoss, Selma RT(T)\n"
        "Electronically Signed on 06/03/2025 07:45 EST\nWinter, Ada MD (Radiation Oncology)",
    )
    expected = [("radiation_therapist", "2025-06-02"), ("radiation_oncologist", "2025-06-03")]
    assert papers(found)[0] == ("simulation_record", "2025-06-02", expected)


def test_signers_above_the_day_of_signing(grammar: Grammar) -> None:
    found = read(
        grammar,
        f"SIMULATION NOTE\nDate of service: 06/02/2025\n{SIM}"
        "Moss, Selma RT(T)\nElectronically signed on 06/02/2025 15:02\n"
        "Winter, Ada MD, Radiation Oncology\nElectronically signed on 06/03/2025 07:45",
    )
    expected = [("radiation_therapist", "2025-06-02"), ("radiation_oncologist", "2025-06-03")]
    assert papers(found)[0] == ("simulation_record", "2025-06-02", expected)


def test_the_fields_of_an_entry_are_one_head_and_its_title_names_it(grammar: Grammar) -> None:
    entry = (
        "Report type: {}\nReport date: June {}, 2025 09:00\nReport status: {}\nReport title: {}\n{}"
        "Electronically Signed on 06/0{}/2025 16:10\nWinter, Ada MD (Radiation Oncology)\n"
    )
    found = read(
        grammar,
        entry.format("Treatment Record", 2, "Final", "CT Simulation", SIM, 2)
        + entry.format("Correspondence", 3, "Final", "IMRT Medical Necessity", "The target touches the cord.\n", 3),
    )
    assert papers(found) == [
        ("simulation_record", "2025-06-02", [("radiation_oncologist", "2025-06-02")]),
        ("necessity_statement", "2025-06-03", [("radiation_oncologist", "2025-06-03")]),
    ]


@pytest.mark.parametrize(("status", "state"), [("In Error", "superseded"), ("Unauth", "draft"), ("Final", "")])
def test_the_status_of_an_entry_is_its_state(grammar: Grammar, status: str, state: str) -> None:
    found = read(
        grammar,
        f"Report type: Simulation Note\nReport date: June 2, 2025 09:00\nReport status: {status}\n"
        f"Report title: CT Simulation\n{SIM}",
    )
    assert [one.state for one in found.documents if one.kind == "simulation_record"] == [state]


def test_a_field_among_others_names_the_type_of_an_entry(grammar: Grammar) -> None:
    entry = (
        "Date {} 1030 Appt Type OTV\nClinic RADIATION ONCOLOGY Provider WINTER, ADA\n"
        "Fx {}. Seen and examined, skin intact. Images of the week checked.\n"
        "Electronically signed by Ada Winter, MD, Radiation Oncology {}\n"
    )
    days = ("06 Jun 2025", "13 Jun 2025", "20 Jun 2025")
    found = read(grammar, "".join(entry.format(day, 5 * n, day) for n, day in enumerate(days, 1)))
    assert [kind for kind, _, _ in papers(found)] == ["weekly_management_note"] * 3


CARD = (
    "date / fx / doctor\n6-6 fx 5 seen, skin intact, images ok\nAda Winter, MD 6-6-25\n"
    "6-13 fx 10 seen and examined, tired, go on\nAda Winter, MD 6-13-25\n"
    "date / fx / physics\n6-6 fx 5 MU and sums checked\nOle Ray, PhD 6-6-25\n"
    "6-13 fx 10 MU and sums checked\nOle Ray, PhD 6-13-25\n"
)
WEEKS = (
    "Doctor, each week\n6/6. Seen, skin intact. On.\nAda Winter, MD 6/6/25\n6/13. Examined, tired. On.\n"
    "Ada Winter, MD 6/13/25\nPhysics, each week\n6/6. MU and sums checked.\nOle Ray, PhD 6/6/25\n"
    "6/13. MU and sums checked.\nOle Ray, PhD 6/13/25\n"
)


@pytest.mark.parametrize("text", [CARD, WEEKS])
def test_weekly_entries_below_a_heading_are_notes_of_their_own(grammar: Grammar, text: str) -> None:
    assert papers(read(grammar, f"Back of the card\n{text}")) == [
        ("weekly_management_note", "2025-06-06", [("radiation_oncologist", "2025-06-06")]),
        ("weekly_management_note", "2025-06-13", [("radiation_oncologist", "2025-06-13")]),
        ("weekly_physics_check", "2025-06-06", [("medical_physicist", "2025-06-06")]),
        ("weekly_physics_check", "2025-06-13", [("medical_physicist", "2025-06-13")]),
    ]


def test_dated_rows_below_another_heading_are_no_weekly_notes(grammar: Grammar) -> None:
    found = read(grammar, "Back of the card\nphone calls\n6-6 daughter called, asks for a ride\n6-13 ride arranged\n")
    assert found.documents == []


def test_a_birthday_is_not_the_day_of_a_paper(grammar: Grammar) -> None:
    head = "Patient: Holloway, Tobias   Born: 11/30/1944   MRN: 55-0921\n"
    found = read(grammar, f"{head}PLAN REPORT\nTobias Holloway 11/30/1944\nAAA, grid 2.5 mm, 2 arcs, 520 MU\n")
    assert [one.document_date for one in found.documents if one.document_date == date(1944, 11, 30)] == []


def test_what_heads_two_columns_of_an_order_begins_no_other_order(grammar: Grammar) -> None:
    order = (
        "# Radiation Oncology Prescription\n"
        "Course: C1    Rx approved 3/4/2025 08:10 by Ada Winter, MD (electronic signature)\n"
        "| Rx | Dose constraints\n| PTV_45: 45 Gy / 25 fx (1.8 Gy) | Bowel V40Gy < 250 cc\n"
        "| Intent: curative | Rectum D1cc < 50 Gy\nRx history: 3/3/2025 draft 50.4 Gy / 28 fx, not approved, deleted"
    )
    found = read(grammar, order)
    assert [(one.kind, one.state, len(one.signatures)) for one in found.documents] == [("prescription", "", 1)]
    assert [one.structure for one, _ in found.constraints] == ["Bowel", "Rectum"]


def test_a_cosigner_in_the_head_of_a_note_does_not_end_it(grammar: Grammar) -> None:
    note = (
        "Progress Notes by Pia Hall, MD at 3/4/2025 10:00 AM\nAuthor: Pia Hall, MD   Author Type: Resident\n"
        "Cosigner: Ada Winter, MD at 3/4/2025 4:12 PM\n"
        "# Oncologic History\nShe is 48 and has a cancer of the cervix of 5 cm.\n"
        "She feels well, has no bleeding and takes no drugs.\n"
        "# Review\nI reviewed the outside PET/CT and the pathology report of Bayport.\n"
        "Electronically signed by Pia Hall, MD at 3/4/2025 11:42 AM\n"
        "# Attestation\nI saw and evaluated the patient. I discussed the case with the resident and agree.\n"
        "Electronically signed by Ada Winter, MD at 3/4/2025 4:12 PM"
    )
    found = read(grammar, note)
    stated = {element.element for one in found.documents for element in one.elements}
    assert {"records_review", "present_for_key_part"} <= stated
    assert "attestation_statement" not in {one.kind for one in found.documents}


def test_the_plan_named_beside_the_patient_is_no_title_and_a_line_of_the_plan_no_head_of_the_page(
    grammar: Grammar,
) -> None:
    qa = (
        "IMRT QA FORM\n| Patient: Marsh, Iris | Plan: NECK_RE | Date: 3/4/2025\nAll fields delivered as planned.\n"
        "Gamma 3%/3mm 97.2 %\nBeth Cole, PhD electronically signed 3/4/2025"
    )
    assert "plan_report" not in {one.kind for one in read(grammar, qa).documents}
    plan = (
        "# TREATMENT PLAN LUNG_1\nCALCULATED 02/24/2025 14:10   ALGORITHM ACUROS XB, 2.5 MM   PRINTED 07/08/2025\n"
        "Arc A1, 179.9 to 320.0, 188 MU\nW. Hale, CMD electronically signed 2/24/2025"
    )
    assert elements_of(read(grammar, plan), "plan_report") == {"computed_plan"}
