"""Dictated notes, grids of questions that are signed in a row of their own, and what stands in the row of a title."""

from datetime import date
from functools import cache

import pytest

from isocenter.chart.abstract import abstract_pages
from isocenter.chart.abstraction import Abstraction
from isocenter.chart.grammar.grammar import Grammar, grammar_of
from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.layout import Cell, Row
from isocenter.chart.pages.placed import placed
from isocenter.chart.pages.tick_boxes import parts_behind_boxes
from tests.chart.marked_papers import page_of
from tests.chart.reading import POLICY, document_of, elements_of, kinds_and_days, read


@cache
def _grammar() -> Grammar:
    return grammar_of(POLICY / "chart")


HEAD = "Marsh, Iris   MRN: 73-118   DOB: 02/03/1951\n"


def _read(text: str) -> Abstraction:
    return abstract_pages([page_of(text, 1)], _grammar(), POLICY)


def test_a_note_is_of_the_day_below_its_title_on_which_it_was_dictated() -> None:
    found = _read(
        "# Plan Approval\nDictated 16 May 2025\nThe 47.5 Gy surface was looked at in three planes.\n"
        "Personally signed, Ada Winter, MD, 17 May 2025"
    )
    assert {d.document_date for d in found.documents} == {date(2025, 5, 16)}


def test_a_day_of_dictation_gives_way_to_the_day_of_service() -> None:
    found = _read(
        "# On Treatment Visit\nDictated 16 May 2025\nDate of service: 14 May 2025\nExamined today; skin pink; go on.\n"
        "Personally signed, Ada Winter, MD, 17 May 2025"
    )
    assert {d.document_date for d in found.documents} == {date(2025, 5, 14)}


def test_a_grid_of_questions_is_signed_in_its_last_row() -> None:
    found = _read(
        "# IMRT Questions\n| Question | Answer | Facts\n| Organ at the target? | Yes | Esophagus in contact over 5 cm\n"
        "| Electronic signature | Ada Winter, MD | 2025-11-04 09:05"
    )
    (document,) = found.documents
    assert [(s.role, s.signed_on) for s in document.signatures] == [("radiation_oncologist", date(2025, 11, 4))]


def test_a_stamp_leaves_a_letter_unsigned_above_an_order_of_the_same_day() -> None:
    found = _read(
        "# Why IMRT for Mr. Roe\nMarch 14, 2025\nThe rectum touches the bed.\nA. Winter, MD   (stamp)\n"
        "# Clinical Treatment Planning Note\nMarch 14, 2025\nThe bed alone is treated.\n"
        "Electronically signed: Ada Winter, MD   03/14/2025"
    )
    signed = {d.kind: len(d.signatures) for d in found.documents}
    assert signed == {"necessity_statement": 0, "clinical_planning_note": 1}


def test_who_asked_for_a_calculation_is_read_behind_its_title_and_day() -> None:
    found = _read(
        "# MU CHECK 01-21-2026 ORDERED BY DR WINTER\n| ARC | TPS MU | CHECK MU | %\n| 1 | 240 | 243 | +1.3\n"
        "OLE RAY MS DABR   01-21-2026"
    )
    (document,) = found.documents
    assert "prescribed_by_physician" in {element.element for element in document.elements}


def test_an_open_box_whose_bracket_was_misread_on_a_scan_is_not_ticked() -> None:
    row = page_of("[ I DOSE ABOVE CONVENTIONAL", 1).rows[0]
    scanned = Row((Cell(tuple(word._replace(sureness=0.94) for word in row.words)),))
    line = Line(scanned, 1)
    ((part, ticked),) = parts_behind_boxes(placed(line.row.words, line.page))
    assert (part.text, ticked) == ("DOSE ABOVE CONVENTIONAL", False)


def test_a_table_of_arcs_may_head_where_they_begin_and_end() -> None:
    found = _read(
        "# Arcs\n25 February 2025\n| No. | Begin | End | Collimator | MU\n"
        "| 1 | 181 | 179 | 25 | 230\n| 2 | 179 | 181 | 335 | 226"
    )
    (document,) = found.documents
    assert {(e.element, e.detail) for e in document.elements} >= {("portal_count", "2"), ("portal_locations", "")}


def test_the_initial_of_a_signer_below_a_line_does_not_answer_it_with_no() -> None:
    found = _read(
        "# Plan Print 01/11/2026\n4 fields, AAA, 2.5 mm, 486 MU\nF1 G52 C10  F2 G58 C350  F3 G232 C350  F4 G226 C10\n"
        "N. TREMBLAY CMD 01/11/2026"
    )
    assert "portal_locations" in {e.element for d in found.documents for e in d.elements}


@pytest.mark.parametrize("last", ["D: 03/10/2026 T: 03/11/2026 abc", "Dictated 3/10/2026, typed 3/11/2026 abc"])
def test_the_days_of_dictation_below_a_weekly_note_begin_no_further_note(last: str) -> None:
    note = "# Weekly Treatment Visit\nDate of service: 03/10/2026\nSeen at fraction 5, no cough, films good."
    page = f"{HEAD}{note}\n{last}"
    assert kinds_and_days(read(_grammar(), page)) == [("weekly_management_note", "2026-03-10")]


@pytest.mark.parametrize("count", ["14/35 fx, 28 Gy.", "10/30 fx, 20 Gy.", "5/25 fractions."])
def test_a_count_of_fractions_is_no_day(count: str) -> None:
    page = f"{HEAD}# On Treatment Visit\n7/3/2025\n{count} Seen and examined, skin dry, go on.\nAda Winter, MD 7/3/2025"
    found = read(_grammar(), page)
    assert kinds_and_days(found) == [("weekly_management_note", "2025-07-03")]
    assert elements_of(found, "weekly_management_note") == {"physician_review"}


@pytest.mark.parametrize(
    ("text", "structure"),
    [
        ("R cochlea mean 41, goal 35 - accepted, the tumor sits right against it.", "Cochlea_R"),
        ("Cochlea L 41 Gy over goal 35; accepted because the tumor is right on it.", "Cochlea_L"),
        ("The left cochlea gets 41 Gy instead of 35, accepted since coverage comes first.", "Cochlea_L"),
    ],
)
def test_an_explained_limit_is_that_of_the_side_beside_the_organ(text: str, structure: str) -> None:
    goals = "54 Gy in 30 fractions\n| Cochlea_L | mean < 35 Gy\n| Cochlea_R | mean < 35 Gy"
    order = f"{HEAD}# Radiation Prescription\nDate: 03/09/2026\n{goals}"
    review = f"{HEAD}# Plan Review\nDate: 03/10/2026\nDVH of the PTV reviewed. {text}\nAda Winter, MD 03/10/2026"
    found = document_of(read(_grammar(), order, review), "dvh_review")
    assert [one.detail for one in found.elements if one.element == "constraints_explained"] == [structure]
