"""Slips on one page: below lines of the patient, in two columns, under dated titles, and with attestations."""

import re
from datetime import date

import pytest

from isocenter.chart.grammar.grammar import Grammar, grammar_of
from isocenter.chart.pages.layout import Box, Row, Word, rows_in_reading_order
from isocenter.chart.papers.papers import papers_of
from isocenter.chart.papers.slips import labels_a_paper
from isocenter.chart.words.dates import dates_in
from isocenter.rulebook.rulebook import load_policy
from tests.chart.marked_papers import page_of
from tests.chart.reading import read

FOLDER = load_policy("imrt").folder


def _words(text: str, left: float, middle: float) -> list[Word]:
    found = []
    for word in re.finditer(r"\S+", text):
        start = left + word.start() * 5.0
        found.append(Word(word.group(), Box(start, middle - 4, start + 5.0 * len(word.group()), middle + 4), 10.0))
    return found


LEFT = [
    "BOLUS SHEET 4/2/2024", "SHEET OF WAX OVER THE SCAR, HALF INCH", "KEPT APART FROM THE PLAN",
    "A. Winter MD 4/2/2024", "ORDER 4/3/2024", "CORD MAX 45 GY", "PAROTID MEAN UNDER 26 GY EACH SIDE",
    "GOAL IS CURE WITH THE VOICE",
    "A. Winter MD 4/3/2024", "WEEK SHEET 4/9/2024", "SEEN AND EXAMINED, SKIN A LITTLE RED", "A. Winter MD 4/9/2024",
]  # fmt: skip
RIGHT = [
    "SIMULATOR 4/1/2024", "ON HER BACK WITH A MASK AND HEAD CUP", "ARMS AT THE SIDES, KNEES UP", "S. Moss RTT 4/1/2024",
    "PHYSICS CHECK 4/8/2024", "UNITS AND SUMS OF FIVE TREATMENTS RIGHT", "O. Ray PhD 4/8/2024", "CHANGE 5/1/2024",
    "FIELDS CUT DOWN TO THE TUMOR BED", "A. Winter MD 5/1/2024", "FILMS 4/5/2024",
    "LAID BESIDE THE FIRST ONES AND THEY FIT",
]  # fmt: skip


def test_two_columns_of_short_slips_are_read_one_after_the_other() -> None:
    words = [w for at, text in enumerate(LEFT) for w in _words(text, 50.0, 60.0 + 15.0 * at)]
    words += [w for at, text in enumerate(RIGHT) for w in _words(text, 300.0, 60.0 + 15.0 * at + 7.0 * (at > 5))]
    assert [row.text for row in rows_in_reading_order(words)] == [*LEFT, *RIGHT]


def test_a_table_of_limits_beside_their_values_stays_a_table() -> None:
    words = []
    for at in range(14):
        words += _words("Mean dose of the organ", 50.0, 60.0 + 15.0 * at) + _words(
            "under 26 Gy", 300.0, 60.0 + 15.0 * at
        )
    assert {row.text for row in rows_in_reading_order(words)} == {"Mean dose of the organ under 26 Gy"}


def test_lines_of_prose_that_end_early_make_no_second_column() -> None:
    text = ["The patient came with his daughter and we went over the plan of treatment at length again"] * 16
    short = ["He agreed to it.", "Skin was clear."] * 4
    lines = [line for pair in zip(text, [*short, *short], strict=True) for line in pair]
    words = [w for at, line in enumerate(lines) for w in _words(line, 50.0, 60.0 + 15.0 * at)]
    assert [row.text for row in rows_in_reading_order(words)] == lines


def test_a_line_that_names_the_patient_begins_a_slip(grammar: Grammar) -> None:
    patient = "MOSSGROVE, EDNA MRN 771-204 DOB 3/4/1950"
    found = read(
        grammar,
        f"{patient}\nPRESCRIPTION 4/3/2024\nGOAL: CURE\nSPINAL CORD MAX 45 GY\nA. Winter MD 4/3/2024\n"
        f"{patient}\nCHANGE 5/1/2024\nCONE DOWN: THE FIELD SIZE WAS CUT TO THE BOOST VOLUME\nA. Winter MD 5/1/2024\n"
        f"{patient}\nWEEKLY VISIT 5/2/2024\nSEEN AND EXAMINED BY ME, SKIN RED.\nA. Winter MD 5/2/2024",
    )
    assert [(d.kind, d.document_date, [s.signed_on for s in d.signatures]) for d in found.documents] == [
        ("prescription", date(2024, 4, 3), [date(2024, 4, 3)]),
        ("field_change_note", date(2024, 5, 1), [date(2024, 5, 1)]),
        ("weekly_management_note", date(2024, 5, 2), [date(2024, 5, 2)]),
    ]


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("BOLUS SHEET 4/2/2024", True),
        ("CT SIM 04/01/24 (repeat)", True),
        ("GATING LOG - ROOM TWO 2 May 2024", True),
        ("A. Winter MD 4/2/2024", False),
        ("SIGNED 4/2/2024", False),
        ("DATE: 4/2/2024", False),
        ("HER CHEMOTHERAPY WAS STOPPED ON 4/2/2024", False),
        ("Bolus made on Monday 4/2/2024", False),
        ("BOLUS SHEET", False),
    ],
)
def test_a_title_in_capitals_and_its_day_label_a_paper(text: str, labels: bool) -> None:
    (row,) = page_of(text, 1).rows
    assert labels_a_paper(row) is labels


def test_bold_words_and_a_day_label_a_paper() -> None:
    (row,) = page_of("# Contact session, 2 May 2024", 1).rows
    assert isinstance(row, Row)
    assert labels_a_paper(row)


def test_an_unknown_title_between_dated_ones_ends_the_paper_before_it(grammar: Grammar) -> None:
    found = read(
        grammar,
        "WEEKLY VISIT 4/9/24\nSeen and examined by me, mild redness.\nA. Winter, MD e-signed 4/9/24\n"
        "CT SIM 4/1/24\nSupine with a thermoplastic mask.\nno signature yet\n"
        "TEA ROOM 4/2/24\nA note to nobody. A. Winter, MD e-signed 4/2/24\n"
        "PRESCRIPTION 4/3/24\nGoal: cure\nA. Winter, MD e-signed 4/3/24",
    )
    signed = {d.kind: [s.signed_on for s in d.signatures] for d in found.documents}
    assert signed["simulation_record"] == []


def test_a_signature_on_its_own_line_in_brackets_ends_a_letter(grammar: Grammar) -> None:
    found = read(
        grammar,
        "Dear Dr. Moss,\nThank you for sending her. I reviewed the pathology report and the MRI.\nWith kind regards,\n"
        "Ada Winter, MD\n[signed electronically, 3 April 2024, 10:12]\n"
        "# Anatomy change, 9 April 2024\nThe tumor shrank by 2 cm on the cone beam CT and a new plan is needed.\n"
        "Ada Winter, MD [signed electronically, 9 April 2024]",
    )
    assert [(d.kind, [s.signed_on for s in d.signatures]) for d in found.documents] == [
        ("visit_note", [date(2024, 4, 3)]),
        ("anatomy_change", [date(2024, 4, 9)]),
    ]


def test_what_the_attending_states_below_a_resident_signs_the_note(grammar: Grammar) -> None:
    found = read(
        grammar,
        "OTV 4/9/24 fx 5\nSeen and examined. Skin intact.\nS. Doe, MD PGY-3 e-signed 4/9/24\n"
        "ATTENDING: I saw and examined her together with the resident and agree.\nA. Winter, MD e-signed 4/9/24",
    )
    assert [(d.kind, sorted(s.role for s in d.signatures)) for d in found.documents] == [
        ("weekly_management_note", ["other", "radiation_oncologist"]),
    ]


def test_entries_of_a_log_without_years_are_notes_of_their_own(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# WEEKLY PHYSICS\n4/9 fx 1-5 chart checked, MU and doses agree. O. Ray, PhD e-signed 4/9/24\n"
        "4/16 fx 6-10 chart checked, all in order. O. Ray, PhD e-signed 4/16/24",
    )
    assert [(d.kind, [s.signed_on for s in d.signatures]) for d in found.documents] == [
        ("weekly_physics_check", [date(2024, 4, 9)]),
        ("weekly_physics_check", [date(2024, 4, 16)]),
    ]


def test_a_letter_that_only_a_physicist_signs_is_no_visit(grammar: Grammar) -> None:
    found = read(
        grammar,
        "Dear Dr. Winter,\nThe plan was delivered on the phantom without interlock and the setup was verified.\n"
        "The ion chamber measured +1.2 % against the planned dose. Portal images were taken.\nYours,\n"
        "Ole Ray, PhD electronically signed 4/8/2024",
    )
    assert "dosimetric_verification" in {d.kind for d in found.documents}
    assert "visit_note" not in {d.kind for d in found.documents}


@pytest.mark.parametrize(
    "words", ["I dictated this note myself that day.", "The order of 4/3/2024 is mine.", "I affirm the note is my own."]
)
def test_authorship_is_attested_in_plain_words(grammar: Grammar, words: str) -> None:
    found = read(grammar, f"# SIGNATURE ATTESTATION\n8/1/2024\n{words}\nAda Winter, MD electronically signed 8/1/2024")
    (document,) = found.documents
    assert [e.element for e in document.elements] == ["authorship_attested"]


@pytest.mark.parametrize("words", ["The sister rang me: he is sore.", "Reviewed over the phone, doing well."])
def test_a_weekly_note_by_telephone_is_no_examination(grammar: Grammar, words: str) -> None:
    found = read(grammar, f"# WEEKLY VISIT\nDate: 4/9/2024\n{words}\nAda Winter, MD electronically signed 4/9/2024")
    (document,) = found.documents
    assert document.elements == []


def test_a_delivery_that_was_not_run_is_not_verified(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# PATIENT SPECIFIC QA\nDate: 4/8/2024\nFull delivery on the phantom was not run, machine down.\n"
        "Ole Ray, PhD electronically signed 4/8/2024",
    )
    (document,) = found.documents
    assert document.elements == []


def test_a_record_system_heads_each_entry_by_the_same_two_fields() -> None:
    lines = []
    for day, number in (("07", 5), ("14", 10), ("21", 15)):
        lines += [
            f"| Date | {day} Mar 2025 1030 EST | Appt Type | OTV",
            f"Fx {number}. Seen and examined, skin intact. Films of the week checked. Continue.",
        ]
    assert len(papers_of(_grammar(), [(1, page_of("\n".join(lines), 1).rows)])) == 3


@pytest.mark.parametrize("day", ["Feb 12 '25", "Wed Feb 12 '25", "12 Feb '25"])
def test_a_year_may_be_written_with_an_apostrophe(day: str) -> None:
    assert [str(found.day) for found in dates_in(f"Plan {day}")] == ["2025-02-12"]


def _grammar() -> Grammar:
    return grammar_of(FOLDER / "chart")


_LETTER = 6.0  # width in a font of one width, of 10 pt


def _typed(text: str, top: float) -> list[Word]:
    """The words of a line as a typewriter sets it: each letter and each space of one width."""
    return [
        Word(match.group(), Box(50 + _LETTER * match.start(), top, 50 + _LETTER * match.end(), top + 10), 10.0)
        for match in re.finditer(r"\S+", text)
    ]


def test_a_space_of_a_typewriter_parts_no_line_although_a_cell_begins_below_it() -> None:
    lines = ("KEEP THE CORD BELOW 45 GY AND THE LUNG V20", "LIMIT               MARK", "BELOW 30 PERCENT OF ITS VOLUME")
    words = [word for at, line in enumerate(lines) for word in _typed(line, 40.0 + 14 * at)]
    rows = rows_in_reading_order(words)
    assert [len(row.cells) for row in rows] == [1, 2, 1]
