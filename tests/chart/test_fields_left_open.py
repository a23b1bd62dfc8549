"""Fields, options and boxes of a form that were left open: they state, order and sign nothing."""

import pytest

from isocenter.chart.abstract import abstract_pages
from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.pages.layout import Cell, Row
from tests.chart.marked_papers import page_of
from tests.chart.reading import POLICY, elements_of, kinds_and_days, read

SIGNED = "Electronically signed by Ada Winter, MD 3/9/2026 08:10\n"


@pytest.mark.parametrize(
    "value",
    ["see simulation.", "[*** choose from list ***]", "none given, none planned", "to be chosen by the therapists"],
)
def test_a_field_that_points_elsewhere_or_was_left_open_selects_nothing(grammar: Grammar, value: str) -> None:
    text = (
        "Planning Note\nDate: 3/9/2026\nTests: MRI of 3/2/2026, my own reading: one lesion of 12 mm.\n"
        f"Site: left frontal lobe. Volume: lesion plus 15 mm. Devices: {value}\n" + SIGNED
    )
    (note,) = read(grammar, text).documents
    assert "device_selection" not in {one.element for one in note.elements}


def test_an_option_that_was_not_chosen_is_no_prescribed_dose(grammar: Grammar) -> None:
    text = (
        "Radiation Prescription\nDate: 3/9/2026\nTo PTV_LLL, 50 Gy in 10 fractions of 5 Gy. Ten fractions of\n"
        "6 Gy, 60 Gy in all, were an option of the board and not chosen.\n"
        "Bladder V37Gy < 5 cc.\nArm B of the trial (not ours): Bladder V37Gy < 10 cc.\n" + SIGNED
    )
    found = read(grammar, text)
    assert found.prescription is not None
    assert found.prescription.dose_gy == 50.0
    assert [one[0].limit for one in found.constraints] == [5.0]


def test_an_open_question_of_a_form_and_a_salutation_begin_no_paper(grammar: Grammar) -> None:
    form = (
        "Simulation Record\n3/9/2026\nSupine, both arms up. Vacuum bag made.\n"
        "Bolus ☐ needed ☐ not needed\nThe isocenter was set by me.\n" + SIGNED
    )
    letter = (
        "Consultation before radiation\nSeen 3/9/2026 (copy to the referring surgeon)\nDear Clara,\n"
        "I read the pathology report and looked at the MRI myself.\n" + SIGNED
    )
    assert kinds_and_days(read(grammar, form)) == [("simulation_record", "2026-03-09")]
    (visit,) = read(grammar, letter).documents
    assert (visit.kind, len(visit.signatures)) == ("visit_note", 1)


def test_fields_side_by_side_on_one_line_are_read_one_by_one(grammar: Grammar) -> None:
    text = (
        "Bolus\nDate: 3/9/2026\nWax bolus, 5 mm, poured over the scar.\n"
        "Place: hospital outpatient department Service date: 3/9/2026\n"
        "Supervising: Dr. Winter, present Proof: CT series 3, 198 images\n" + SIGNED
    )
    assert elements_of(read(grammar, text), "procedure_record") == {
        "place_of_service",
        "date_of_service",
        "supervising_physician",
        "proof_of_work",
    }


def test_a_blank_field_is_not_filled_from_the_field_beside_it(grammar: Grammar) -> None:
    text = (
        "Bolus\nDate: 3/9/2026\nWax bolus, 5 mm, poured over the scar.\n"
        "Place: hospital outpatient department Service date: 3/9/2026\n"
        "Supervising: ____ Proof: CT series 3, 198 images, Dr. Winter\n" + SIGNED
    )
    assert "supervising_physician" not in elements_of(read(grammar, text), "procedure_record")


CALCULATION = (
    "Monitor Unit Calculation\nDate: 3/9/2026\nField 1: 121 MU, second program 120 MU, difference 0.8 %.\n"
    "Physician verified and approved MU: {}\nOtto Sommer, MS, DABR electronically signed 3/9/2026 16:30\n"
    "Reviewed: Ada Winter, MD, 3/10/2026 07:31 (electronically signed)\n"
)


@pytest.mark.parametrize(("answer", "states"), [("____", False), ("(X)", True), ("to be done on Monday", False)])
def test_a_signature_does_not_fill_the_approval_that_is_left_blank(grammar: Grammar, answer: str, states: bool) -> None:
    stated = elements_of(read(grammar, CALCULATION.format(answer)), "dosimetry_calculation")
    assert ("physician_approval" in stated) is states


ORDER = (
    "# Radiation Prescription\nOrder of 3/9/2026 {}\nPTV 60 Gy in 30 fractions.\nCord max < 45 Gy\nHeart mean < 20 Gy\n"
    + SIGNED
)


@pytest.mark.parametrize(
    ("status", "limits"),
    [
        ("Status: ☐ pending ☒ active ☐ cancelled", 2),
        ("Status: [ ] pending [x] active [ ] superseded", 2),
        ("(amended; superseded text is struck out)", 2),
        ("Status: ☐ pending ☐ active ☒ cancelled", 0),
        ("Status: superseded", 0),
    ],
)
def test_a_status_that_nobody_ticked_is_not_that_of_the_order(grammar: Grammar, status: str, limits: int) -> None:
    assert len(read(grammar, ORDER.format(status)).constraints) == limits


@pytest.mark.parametrize(
    "line",
    [
        "PHYSICIAN: [ STAMP A. WINTER MD 03-10-2026 ]",
        "Physician: stamped, Ada Winter, MD 3/10/2026",
        "PHYSICIAN PRESENT: ________",
        "Physician present ________",
        "Physician present:",
    ],
)
def test_a_stamp_or_a_blank_beside_the_physician_is_no_work(grammar: Grammar, line: str) -> None:
    text = "# CT Simulation\nDate: 3/9/2026\nSupine on a wing board, arms up, in a vacuum bag.\n"
    found = read(grammar, text + line + "\nSam Moss, RT(T) electronically signed 3/9/2026 16:30\n")
    assert "physician_work" not in elements_of(found, "simulation_record")


def test_the_head_of_a_log_states_nothing_for_a_week_that_nobody_signed(grammar: Grammar) -> None:
    page = page_of(
        "# WEEKLY VISITS\n5/11/2026 to 5/15/2026\n| Date | Fx | Findings | Seen by | Signed\n"
        "| 5/15/2026 | 6-10 | Missed, left early.",
        1,
    )
    *above, head, row = page.rows
    bold = [Cell(tuple(word._replace(bold=True) for word in cell.words)) for cell in head.cells]
    page = page._replace(rows=[*above, Row(tuple(bold)), row])
    assert not any(one.elements for one in abstract_pages([page], grammar, POLICY).documents)


def test_answers_beside_symbols_that_the_file_does_not_name_answer_nothing(grammar: Grammar) -> None:
    text = (
        "SIMULATION RECORD\n5/8/2026\nVac bag made.\nPhysician present: {} yes {} no\nAda Winter, MD, signed 5/8/2026"
    )
    for boxes, expected in ((("\ufffd", "\ufffd"), False), (("\u2612", "\u2610"), True), (("\u2610", "\u2612"), False)):
        (document,) = read(grammar, text.format(*boxes)).documents
        assert ("physician_work" in {one.element for one in document.elements}) is expected
