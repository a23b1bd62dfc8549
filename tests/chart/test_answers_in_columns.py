"""Forms that answer in columns: a tick counts under Yes and not under No, and belongs to its own row and field."""

import re

import pytest

from isocenter.chart.grammar.grammar import Grammar, grammar_of
from isocenter.chart.pages.layout import Box, Word, rows_in_reading_order
from isocenter.rulebook.rulebook import load_policy
from tests.chart.reading import document_of, elements_of, read

HEAD = "Marsh, Iris   MRN: 73-118   DOB: 02/03/1951\n"
SIGNED = "\nElectronically signed by Ada Winter, MD, 03/04/2025"


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    return grammar_of(load_policy("imrt").folder / "chart")


def review(*rows: str) -> str:
    return HEAD + "# Plan Review\nDate: 03/04/2025\n" + "\n".join(rows) + SIGNED


@pytest.mark.parametrize(
    ("head", "yes", "no"),
    [
        ("| Item | Yes | No", "| {} | ☒ | ☐", "| {} | ☐ | ☒"),
        ("| Item | Yes | No | N/A", "| {} | ☒ | ☐ | ☐", "| {} | ☐ | ☐ | ☒"),
        ("| Item | Y | N", "| {} | [x] | [ ]", "| {} | [ ] | [x]"),
        ("| Item | Done | Pending", "| {} | ☒ | ☐", "| {} | ☐ | ☒"),
        ("| Item | Yes | No", "| {} | X | -", "| {} | - | X"),
        ("| Item | Present | Missing", "| {} | ☒ | ☐", "| {} | ☐ | ☒"),
        ("| Item | Seen | Not seen", "| {} | X", "| {} | | X"),
    ],
)
def test_a_tick_counts_under_yes_alone(grammar: Grammar, head: str, yes: str, no: str) -> None:
    items = ("DVH of PTV reviewed", "DVH of heart reviewed")
    found = read(grammar, review(head, yes.format(items[0]), no.format(items[1])))
    assert elements_of(found, "dvh_review") == {"dvh_targets"}
    turned = read(grammar, review(head, no.format(items[0]), yes.format(items[1])))
    assert elements_of(turned, "dvh_review") == {"dvh_critical_structures"}


def test_a_row_without_any_tick_states_nothing_even_in_its_printed_remark(grammar: Grammar) -> None:
    rows = ["| Reason | Applies | Meaning", "| Concave target | ☐ | the PTV wraps around the cord"]
    page = HEAD + "# Statement of Medical Necessity for IMRT\nDate: 03/04/2025\n" + "\n".join(rows) + SIGNED
    assert elements_of(read(grammar, page), "necessity_statement") == set()


def test_choices_behind_a_label_are_ticked_before_their_words_and_not_by_the_box_of_the_row(grammar: Grammar) -> None:
    rows = [
        "| Item | Detail | Done",
        "| Cushion | ☐ none ☒ vacuum | ☒",
        "| Mask | ☒ long | ☐",
    ]
    page = HEAD + "# CT Simulation Worksheet\nDate: 03/04/2025\n" + "\n".join(rows) + SIGNED
    found = document_of(read(grammar, page), "simulation_record")
    assert [e.element for e in found.elements] == ["immobilization_device"]


def test_a_field_beside_a_box_is_not_left_open_by_it(grammar: Grammar) -> None:
    rows = ["| Sim date: 03/04/2025 | Positioning: prone | Contrast: ☐ yes ☒ no"]
    page = HEAD + "# CT Simulation Worksheet\n" + "\n".join(rows) + SIGNED
    assert "patient_positioning" in elements_of(read(grammar, page), "simulation_record")


def test_what_a_row_answers_by_no_beside_another_field_is_not_stated(grammar: Grammar) -> None:
    rows = ["| Re-irradiation: N | Dose escalation: N | Close to cord: Y"]
    page = HEAD + "# Statement of Medical Necessity for IMRT\nDate: 03/04/2025\n" + "\n".join(rows) + SIGNED
    stated = elements_of(read(grammar, page), "necessity_statement")
    assert not stated & {"condition_prior_irradiation", "condition_dose_escalation"}


def test_a_yes_to_the_question_whether_limits_were_missed_explains_none(grammar: Grammar) -> None:
    found = read(
        grammar,
        review("| Question | Yes | No", "| DVH of the PTV reviewed? | ☒ | ☐", "| Any constraint exceeded? | ☒ | ☐"),
    )
    assert "constraints_explained" not in elements_of(found, "dvh_review")


def test_an_open_box_for_one_reason_is_not_filled_by_the_ticked_label_of_another(grammar: Grammar) -> None:
    rows = [
        "☐ Target is in close proximity to critical structures",
        "☒ Target volume is concave or critical normal tissue lies inside a concavity",
    ]
    page = HEAD + "# Statement of Medical Necessity for IMRT\nDate: 03/04/2025\n" + "\n".join(rows) + SIGNED
    stated = elements_of(read(grammar, page), "necessity_statement")
    assert "condition_concavity" in stated
    assert "condition_proximity" not in stated


def test_an_open_box_that_denies_leaves_what_the_page_says_stated(grammar: Grammar) -> None:
    rows = ["I set the isocenter and wired the scar on the scanner.", "☐ Physician not present"]
    page = HEAD + "# CT Simulation\nDate: 03/04/2025\n" + "\n".join(rows) + SIGNED
    assert "physician_work" in elements_of(read(grammar, page), "simulation_record")


def test_an_open_box_with_its_reason_stays_open_although_the_reason_denies(grammar: Grammar) -> None:
    rows = [
        "☐ Target is concave and 3D is not able to spare the cord",
        "Definition of concave: the PTV wraps around the spinal cord.",
    ]
    page = HEAD + "# Statement of Medical Necessity for IMRT\nDate: 03/04/2025\n" + "\n".join(rows) + SIGNED
    assert "condition_concavity" not in elements_of(read(grammar, page), "necessity_statement")


def test_a_section_for_the_physician_belongs_to_the_form_above_it(grammar: Grammar) -> None:
    page = (
        HEAD
        + "# CT Simulation\nDate: 03/04/2025\nSupine on a wing board.\nTherapist: Lo Brook, RT(T) 03/04/2025\n"
        + "# Physician section\nI chose the isocenter at the carina and checked the 4D scan.\n"
        + "Electronically signed by Ada Winter, MD, 03/04/2025"
    )
    found = document_of(read(grammar, page), "simulation_record")
    assert {e.element for e in found.elements} >= {"patient_positioning", "physician_work"}
    assert {s.role for s in found.signatures} == {"radiation_therapist", "radiation_oncologist"}


def test_a_summary_of_the_course_tells_of_brachytherapy_on_its_own_day(grammar: Grammar) -> None:
    page = (
        HEAD
        + "March 30, 2025\n# Completion Summary\nShe had 45 Gy in 25 fractions from January 20 to February 24, 2025.\n"
        + "Two HDR cylinder fractions of 7 Gy were given on March 3 and March 10, 2025.\n"
        + "Electronically signed by Ada Winter, MD, 03/30/2025"
    )
    found = document_of(read(grammar, page), "other_modality")
    assert str(found.document_date) == "2025-03-30"
    assert [e.element for e in found.elements] == ["brachytherapy"]
    none = read(grammar, page.replace("were given on March 3 and March 10, 2025", "were discussed and declined"))
    assert not [d for d in none.documents if d.kind == "other_modality"]


def test_a_second_scan_of_one_session_repeats_no_simulation(grammar: Grammar) -> None:
    page = (
        HEAD
        + "# CT Simulation\nDate: 03/04/2025\nSupine on a wing board.\nA second scan was made after he had voided.\n"
        + "Electronically signed by Ada Winter, MD, 03/04/2025"
    )
    found = read(grammar, page)
    assert [d.kind for d in found.documents] == ["simulation_record"]
    assert "resimulation_reason" not in elements_of(found, "simulation_record")


def test_parts_of_a_shift_under_headings_read_as_one_are_all_of_its_length(grammar: Grammar) -> None:
    rows = ["| Date | Method | VRT LNG | LAT | Tol", "| 03/04/2025 | CBCT | 2 mm 3 mm | 6 mm | 5 mm"]
    page = HEAD + "# Image Guidance Log\n" + "\n".join(rows) + SIGNED
    assert [g.shift_mm for g, _ in read(grammar, page).guidance] == [7.0]


def test_a_row_answered_no_with_a_remark_heads_no_columns(grammar: Grammar) -> None:
    rows = [
        "| Item | Yes | No | N/A | Remark",
        "| Imaging studies interpreted | X | | | MRI pelvis read by me",
        "| Outside charts reviewed | | X | | still on the way",
        "| Tumor localized | X | | | posterior wall, 3 cm above the verge",
        "| Tx devices | X | | | belly board",
    ]
    page = HEAD + "# Clinical Treatment Planning\nDate: 03/04/2025\n" + "\n".join(rows) + SIGNED
    found = elements_of(read(grammar, page), "clinical_planning_note")
    assert found == {"test_interpretation", "tumor_localization", "device_selection"}


@pytest.mark.parametrize(("answer", "stated"), [("| | X", False), ("| X | -", True)])
def test_the_label_of_an_open_box_counts_without_the_words_that_it_was_filled_in(
    grammar: Grammar, answer: str, stated: bool
) -> None:
    rows = [
        "| Item | Yes | No",
        f"| Rationale documented {answer}",
        "Medically necessary: without it the knees drift by 2 cm, it holds the legs still.",
    ]
    page = HEAD + "# Treatment Device: leg rest\nDate: 03/04/2025\n" + "\n".join(rows) + SIGNED
    found = elements_of(read(grammar, page), "device_record")
    assert "medical_necessity" in found
    assert ("rationale" in found) is stated


def test_results_below_a_form_belong_to_the_fields_of_their_own_table(grammar: Grammar) -> None:
    rows = [
        "| Item | Yes | No | Remark",
        "| Delivery of all arcs verified | X | |",
        "| Arc | Passing % (3%/2mm)",
        "| P1 | 98.2",
        "| P2 | 96.9",
    ]
    page = HEAD + "# IMRT QA\nDate: 03/04/2025\n" + "\n".join(rows) + "\nLee Marlow, MS, DABR 03/04/2025"
    assert [(one.field, one.value) for one, _, _ in read(grammar, page).verifications] == [("P1", 98.2), ("P2", 96.9)]


def test_a_criterion_in_brackets_does_not_hold_where_its_field_says_so(grammar: Grammar) -> None:
    rows = (
        "The tumor touches the bladder.",
        "Criterion 4 (concave or convex target): not applicable Ada Winter, MD",
        "Criterion 2 (narrow margins): the margin must stay below 4 mm because the bowel is adjacent",
    )
    page = HEAD + "# Statement of Medical Necessity for IMRT\nDate: 03/04/2025\n" + "\n".join(rows) + SIGNED
    found = elements_of(read(grammar, page), "necessity_statement")
    assert "condition_narrow_margins" in found
    assert "condition_concavity" not in found


@pytest.mark.parametrize(("yes", "no"), [("☒ Yes ☐ No", "☐ Yes ☒ No"), ("[x] Y [ ] N", "[ ] Y [x] N")])
def test_yes_and_no_in_one_cell_answer_the_question_beside_them(grammar: Grammar, yes: str, no: str) -> None:
    open_boxes = no.replace("☒", "☐").replace("x", " ")
    rows = [
        f"| The target wraps around the cord | {yes} Over 4 cm at the level of the conus",
        f"| Margins must be narrow | {no}",
        f"| Area beside it irradiated before | {open_boxes}",
        f"| Dose beyond what is usual | {no} 45 Gy is given as ever",
        "| Organs at risk | ☒ cord ☐ kidneys",
    ]
    page = HEAD + "# Statement of Medical Necessity for IMRT\nDate: 03/04/2025\n" + "\n".join(rows) + SIGNED
    stated = elements_of(read(grammar, page), "necessity_statement") - {"condition_proximity"}
    assert stated == {"condition_concavity", "critical_structures_addressed"}


def test_answers_in_wrapped_cells_stay_beside_their_questions() -> None:
    rows = [
        ("The target bends around a critical structure", "☒ Yes ☐ No Over a length of 4 cm at the conus"),
        ("", "and on both of its sides at once, without a break"),
        ("Margins must be narrow to spare what is near", "☐ Yes ☒ No"),
        ("Next to an area that was treated years ago", "☐ Yes ☐ No"),
        ("The dose goes beyond what is usual for it", "☐ Yes ☒ No A dose of 45 Gy as it is given to all"),
        ("", "of the patients of this clinic, by its usual order"),
        ("Motion with breathing was looked at before", "☒ Yes ☐ No It came to 3 mm on the 4D scan of"),
        ("", "the first day in this department"),
        ("Organs that must be protected in this case", "☒ cord ☐ kidneys ☐ bowel ☐ liver ☐ stomach"),
    ]
    words = [
        Word(text, Box(left + at * 5.0, 60.0 + 12 * line, left + (at + len(text)) * 5.0, 70.0 + 12 * line), 10.0)
        for line, row in enumerate(rows)
        for left, cell in zip((50.0, 300.0), row, strict=True)
        for at, text in _words_at(cell)
    ]
    found = rows_in_reading_order(words)
    assert [[cell.text for cell in row.cells] for row in found] == [[cell for cell in row if cell] for row in rows]


def _words_at(text: str) -> list[tuple[int, str]]:
    return [(found.start(), found.group()) for found in re.finditer(r"\S+", text)]


def test_rows_answered_yes_in_words_head_no_columns(grammar: Grammar) -> None:
    rows = (
        "| Item | Reviewed | Comment",
        "| Target contours on CT | Yes | as I drew them",
        "| OAR contours on CT | Yes | bowel, bladder, femoral heads",
        "| Isodoses in three planes | Yes | 100 %, 95 %, 50 %",
        "| Deviation accepted | Yes | Rectum D1cc 51.4 Gy, the node touches it",
        "| Composite with brachytherapy | No | after the first insertion",
    )
    found = read(grammar, review(*rows))
    assert {"images_of_target", "images_of_critical_structures"} <= elements_of(found, "image_review")
    explained = [e.detail for e in document_of(found, "dvh_review").elements if e.element == "constraints_explained"]
    assert explained == ["Rectum"]


def test_a_question_answered_yes_supposes_nothing_and_one_answered_no_is_not_filled_by_another(
    grammar: Grammar,
) -> None:
    form = HEAD + (
        "# Clinical Treatment Planning Form\nDate: 03/04/2025\n| Question | Yes | No | Explain\n"
        "| Tests interpreted? | X | | PET/CT 03/01/2025, biopsy report\n"
        "| Modality chosen? | X | | 6 MV photons\n| Records reviewed? | | X | asked for"
    )
    stated = elements_of(read(grammar, form + SIGNED), "clinical_planning_note")
    assert {"test_interpretation", "modality_choice"} <= stated
    assert "records_review" not in stated
    rows = ("| Question | Yes | No", "| Organs at risk viewed on CT? | X | ", "| Second plan viewed? | | X")
    assert "images_of_critical_structures" in elements_of(read(grammar, review(*rows)), "image_review")


def test_the_signer_behind_a_label_that_signs_reviewed_no_records(grammar: Grammar) -> None:
    note = HEAD + (
        "# Clinical Treatment Planning Note\nDate: 03/04/2025\nTumor: mid rectum, 4 cm long, anterior wall.\n"
        "Dose and time: 45 Gy in 25 fractions.\nReviewed and electronically signed: Ada Winter MD 03/04/2025 12:40 pm"
    )
    assert "records_review" not in elements_of(read(grammar, note), "clinical_planning_note")


def test_a_device_that_was_not_used_leaves_the_one_that_was(grammar: Grammar) -> None:
    note = HEAD + (
        "# Simulation with 4D CT\nDate: 03/04/2025\nShe was placed supine. A vacuum bag was molded to the torso.\n"
        "Tumor motion: 9 mm craniocaudal. The motion is taken into the ITV; gating was not used.\n"
        "Face mask: not applicable."
    )
    found = read(grammar, note + SIGNED)
    assert "immobilization_device" in elements_of(found, "simulation_record")
    assert elements_of(found, "respiratory_motion_record") == {"motion_measured", "motion_managed"}


@pytest.mark.parametrize(
    ("shape", "stated"), [("oval, no concavity", False), ("spherical", False), ("a horseshoe around the cord", True)]
)
def test_a_shape_that_is_not_concave_is_no_reason(grammar: Grammar, shape: str, stated: bool) -> None:
    note = HEAD + (
        "# Why IMRT\nDate: 03/04/2025\nThe tumor is 3 mm from the cord.\nThe full and empty bladder are 2 cm apart.\n"
        f"Shape of target: {shape}."
    )
    assert ("condition_concavity" in elements_of(read(grammar, note + SIGNED), "necessity_statement")) is stated
