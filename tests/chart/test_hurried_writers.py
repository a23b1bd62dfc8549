"""Notes of hurried writers: jotted sentences, answers before their words, fields in capitals, unknown symbols."""

from datetime import date

import pytest

from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.layout import Box, Word, rows_in_reading_order
from isocenter.chart.pages.passages import sentences
from isocenter.chart.statements.check import line_of
from tests.chart.reading import document_of, elements_of, read

HEAD = "Marsh, Iris   MRN: 73-118   DOB: 02/03/1951\n"
SIGNED = "\nElectronically signed by Ada Winter, MD, 03/04/2025"
PLANNING = "clinical_planning_note"
PHYSICIST = "\nLee Marlow, MS, DABR 03/04/2025"


def paper(title: str, *lines: str, signed: str = SIGNED) -> str:
    return HEAD + f"# {title}\nDate: 03/04/2025\n" + "\n".join(lines) + signed


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("ptv and cord looked at on each slice. isodoses seen in 3 planes. go on", 3),
        ("Seen with approx. five others, skin dry.", 1),
        ("Mass of 3 cm in max. diameter. It abuts the cord.", 2),
    ],
)
def test_sentences_that_begin_in_lower_case_are_apart_where_all_do(text: str, count: int) -> None:
    assert len(list(sentences([line_of(text)]))) == count


def test_what_a_jotted_sentence_leaves_for_the_first_day_is_not_done(grammar: Grammar) -> None:
    page = paper("imrt qa", "two arcs dlvd ok on phantom. gamma 98.4% (3/2). pt setup - check d1.", signed=PHYSICIST)
    assert elements_of(read(grammar, page), "dosimetric_verification") == {"delivery_verified", "physical_measurement"}


@pytest.mark.parametrize("left", ["RECORDS REVIEW: |OBJECT NOT FOUND|", "RECORDS REVIEW: @PRIORRECORDS@"])
def test_a_field_in_capitals_is_no_heading_and_a_word_of_its_template_no_value(grammar: Grammar, left: str) -> None:
    rows = ("VOLUMES: bed and nodes to L5, 6 mm margin", "MODALITY: VMAT 10 MV", left)
    page = paper("Clinical Treatment Planning Note", *rows)
    assert elements_of(read(grammar, page), "clinical_planning_note") == {"volume_determination", "modality_choice"}


def test_an_answer_before_its_words_denies_them(grammar: Grammar) -> None:
    rows = ("Y - proximity: the node lies 2 mm from the cord", "N - narrow margins", "No - dose escalation")
    page = paper("IMRT Medical Necessity", *rows)
    assert elements_of(read(grammar, page), "necessity_statement") == {"condition_proximity"}


def test_a_symbol_that_is_not_known_may_be_an_open_box(grammar: Grammar) -> None:
    rows = ("\ufffd Proximity: the node lies 2 mm from the cord", "\ufffd Narrow margins", "\ufffd Dose escalation")
    page = paper("IMRT Medical Necessity", *rows)
    assert elements_of(read(grammar, page), "necessity_statement") == {"condition_proximity"}


def test_an_open_box_of_dose_escalation_is_no_open_field_of_a_dose(grammar: Grammar) -> None:
    rows = ("| Dose | 54 Gy in 30 fractions over six weeks", "☐ Dose escalation")
    page = paper("Clinical Treatment Planning Note", *rows)
    assert "time_dose_determination" in elements_of(read(grammar, page), "clinical_planning_note")


def test_the_angle_of_a_collimator_is_no_diagnosis(grammar: Grammar) -> None:
    page = paper("Plan Sheet", "Dx: C61", "2 arcs: A1 181-179 CW C30, A2 179-181 CCW C85")
    assert [one.icd10 for one, _ in read(grammar, page).diagnoses] == ["C61"]


def test_rows_without_headings_give_the_arcs_by_direction_and_angles(grammar: Grammar) -> None:
    rows = ("plan P2   2 arcs   610 MU", "| a1 | cw 179-181 | c15 | 312", "| a2 | ccw 181-179 | c345 | 298")
    page = paper("plan sheet", *rows, signed="\nWren Castle, CMD 03/04/2025")
    assert elements_of(read(grammar, page), "portal_description") == {"portal_count", "portal_locations"}


def test_two_earlier_courses_of_one_sentence_have_their_own_days(grammar: Grammar) -> None:
    first, second = (
        "20 Gy in 5 fractions to the left hip, completed 05/04/2020",
        "30 Gy in 10 fractions to T4 on 06/07/2021",
    )
    text = f"Radiation: {first}, and {second}."
    found = read(grammar, paper("Consultation", text)).priors
    assert {(one.dose_gy, one.fractions, one.ended_on) for one, _ in found} == {
        (20.0, 5, date(2020, 5, 4)),
        (30.0, 10, date(2021, 6, 7)),
    }


def test_a_day_before_the_words_of_a_field_does_not_postpone_them(grammar: Grammar) -> None:
    rows = ("| Arc | Plan MU | Check MU | Difference %", "| A1 | 240.0 | 242.4 | +1.0")
    page = HEAD + "# Monitor Unit Check\nDate: 03/04/2025, requested by Dr. Winter on the order.\n" + "\n".join(rows)
    assert "prescribed_by_physician" in elements_of(read(grammar, page + PHYSICIST), "dosimetry_calculation")


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("The nodule could be followed on all slices of the scan, from top to bottom.", True),
        ("If she turned, the nodule could be followed on all slices of the scan.", False),
    ],
)
def test_what_could_be_seen_was_seen(grammar: Grammar, text: str, stated: bool) -> None:
    found = read(grammar, paper("CT Simulation", "She lay supine.", text))
    assert ("target_verification" in elements_of(found, "simulation_record")) is stated


def test_what_somebody_asked_for_is_not_done(grammar: Grammar) -> None:
    rows = ("All beams were delivered on the array.", "I have asked that the set-up be filmed on the first day.")
    found = read(grammar, paper("IMRT QA", *rows, signed=PHYSICIST))
    assert elements_of(found, "dosimetric_verification") == {"delivery_verified"}


def test_a_range_of_shares_holds_its_lower_end(grammar: Grammar) -> None:
    page = paper("IMRT QA", "Beam by beam between 95.2 and 99.0 percent of points passed gamma.", signed=PHYSICIST)
    assert sorted(one.value for one, _, _ in read(grammar, page).verifications) == [95.2, 99.0]


def test_a_label_of_two_lines_heads_nothing() -> None:
    placed = [("Outside films", 50, 100), ("pending", 250, 100), ("reviewed:", 50, 111)]
    placed += [("Tumor", 50, 130), ("lower rectum", 250, 130)]
    words = [
        Word(word, Box(left + 30.0 * at, top - 7.5, left + 30.0 * at + 28, top + 2.2), 10.0)
        for text, left, top in placed
        for at, word in enumerate(text.split())
    ]
    found = list(sentences([Line(row, 1) for row in rows_in_reading_order(words)]))
    assert {one.section for one in found} == {""}
    assert [one.text for one in found if one.label == "Tumor"] == ["lower rectum"]


@pytest.mark.parametrize(
    ("sentence", "stated"),
    [
        ("On the planning CT the tumor could be seen close to the cord.", True),
        ("Nothing could be seen close to the cord.", False),
        ("Nothing lies near the cord.", False),
        ("Nothing was found close to the chiasm.", False),
        ("If the tumor could be seen, it would lie close to the cord.", False),
    ],
)
def test_where_nothing_was_seen_nothing_is_near(grammar: Grammar, sentence: str, stated: bool) -> None:
    found = elements_of(read(grammar, paper("IMRT Medical Necessity", sentence)), "necessity_statement")
    assert ("condition_proximity" in found) is stated


def test_a_line_of_signing_does_not_go_on_with_what_is_left_for_the_first_day(grammar: Grammar) -> None:
    page = paper("IMRT QA", "Setup verification - check on the first day")
    assert elements_of(read(grammar, page), "dosimetric_verification") == set()


@pytest.mark.parametrize(
    "note", ["No/mild dermatitis, I examined the patient today", "N/V controlled; I saw and examined him today"]
)
def test_a_stroke_within_words_is_no_answer_before_them(grammar: Grammar, note: str) -> None:
    page = paper("Weekly Management Note", note)
    assert elements_of(read(grammar, page), "weekly_management_note") == {"physician_review"}


@pytest.mark.parametrize(
    ("sentence", "stated"),
    [
        ("Treat the tumor bed with a margin of 1 cm around it.", True),
        ("Mass with half of it around the artery.", False),
    ],
)
def test_a_volume_has_a_margin_and_not_only_something_around(grammar: Grammar, sentence: str, stated: bool) -> None:
    found = elements_of(read(grammar, paper("Clinical Treatment Planning Note", sentence)), "clinical_planning_note")
    assert ("volume_determination" in found) is stated


def test_lines_of_a_log_do_not_go_on_with_the_sentence_above_them(grammar: Grammar) -> None:
    page = (
        "# IGRT note\n5/6/25\nptv lies on the bowel, 4 mm from the cord, tattoos move with the breath so daily cbct\n"
        "5/6/25 cbct shift 0.4 cm, tol 5 mm, RTT, direct sup, reviewed A. Winter MD 5/6/25\n"
        "5/7/25 cbct shift 0.2 cm, tol 5 mm, RTT, direct sup, not reviewed\n"
        "A. Winter MD, signed 5/6/25"
    )
    assert [guided.shift_mm for guided, _ in read(grammar, page).guidance] == [4, 2]


def test_a_label_in_small_letters_begins_a_statement_and_4dct_is_a_ct(grammar: Grammar) -> None:
    page = (
        "# Plan check by MD\n5/6/25\n4DCT avg w/ ITV/PTV, and heart, cord and liver all looked at.\n"
        "isodoses: 60/57/30/20 in axial + coronal cuts\ndvh: ptv V60 96%, cord 38, liver mean 15\n"
        "A. Winter MD, signed 5/6/25"
    )
    found = read(grammar, page)
    assert elements_of(found, "image_review") == {
        "images_of_target",
        "images_of_critical_structures",
        "representative_isodoses",
    }
    stated = {e.element: e.cited.words for e in document_of(found, "image_review").elements}
    assert stated["representative_isodoses"].startswith("isodoses:")


def test_jotted_lines_in_small_letters_are_statements_of_their_own(grammar: Grammar) -> None:
    jotted = (
        "supine, new 5 pt mask, bite block",
        "scar wired, clips in bed seen on ct",
        "3 mm cuts, no contrast today",
    )
    page = paper("sim", *jotted, "attending stepped in, agreed w iso", "tattoos x3, photos taken")
    assert elements_of(read(grammar, page), "simulation_record") == {
        "patient_positioning",
        "immobilization_device",
        "target_verification",
        "physician_work",
    }


def test_a_week_of_physics_signs_no_log_of_images_above_it(grammar: Grammar) -> None:
    images = (
        "# CBCT Log\n| Date | Fx | LR | SI | AP | RTT\n"
        "| 3/4/2025 | 1 | 2 mm | 3 mm | 0 mm | RF\n| 3/5/2025 | 2 | full: 0 mm | 4 mm | 3 mm | RF\n"
    )
    weeks = (
        "# Physics Weekly\n| Week | Date | Fx | Findings | Physicist\n"
        "| 1 | 3/7/2025 | 1-4 | MU, dose ok | Lee Marlow, MS 3/7/2025"
    )
    found = read(grammar, HEAD + images + weeks)
    assert document_of(found, "weekly_physics_check").document_date == date(2025, 3, 7)
    assert {one.kind for one in found.documents if one.signatures} == {"weekly_physics_check"}


def test_a_worksheet_of_dosimetry_and_of_units_is_their_check(grammar: Grammar) -> None:
    rows = ("| Arc | TPS MU | Check MU | % diff", "| 1 | 351 | 355 | 1.1", "| 2 | 337 | 331 | -1.8")
    found = read(grammar, paper("Dosimetry worksheet and MU check", *rows, signed=PHYSICIST))
    assert [one.kind for one in found.documents] == ["dosimetry_calculation"]


def test_a_table_of_reviewed_set_ups_is_one_paper_with_the_reason_signed_around_it(grammar: Grammar) -> None:
    rows = (
        "| Fx | Date | Imaging | Shift | Limit | Therapist | Physician",
        "| 1 | 03/04/2025 | CBCT | 1.8 mm | 1 mm | R. Lane | A. Winter MD 03/04/2025",
        "| 2 | 03/05/2025 | CBCT | 0.7 mm | 1 mm | R. Lane | A. Winter MD 03/05/2025",
        "| 3 | 03/06/2025 | CBCT | 0.9 mm | 1 mm | R. Lane | not reviewed",
    )
    page = paper("Image Guidance", "The cord lies directly behind the target; tattoos cannot secure 1 mm.", *rows)
    found = read(grammar, page)
    assert [one.kind for one in found.documents] == ["image_guidance_note"]
    assert [str(one.signed_on) for one in found.documents[0].signatures] == ["2025-03-04"]


def test_an_energy_in_capitals_is_no_heading(grammar: Grammar) -> None:
    rows = ("bed of the tongue base, right", "CTV = bed + 5 mm", "60 Gy 30 fx 6 wks", "6X VMAT", "weekly cetuximab")
    assert "modality_choice" in elements_of(read(grammar, paper("Clinical Treatment Planning Note", *rows)), PLANNING)


def test_short_words_end_jotted_sentences_as_well() -> None:
    line = line_of("dvh ptv ok. dvh cord and larynx met. carotid 63.8 gy. go on with the plan")
    assert len(list(sentences([line]))) == 4
