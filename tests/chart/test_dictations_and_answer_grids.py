"""Dictated notes, grids of questions that are signed in a row of their own, and what stands in the row of a title."""

from datetime import date
from functools import cache

from isocenter.chart.abstract import abstract_pages
from isocenter.chart.abstraction import Abstraction
from isocenter.chart.grammar.grammar import Grammar, grammar_of
from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.layout import Cell, Row
from isocenter.chart.pages.placed import placed
from isocenter.chart.pages.tick_boxes import parts_behind_boxes
from tests.chart.marked_papers import page_of
from tests.chart.reading import POLICY


@cache
def _grammar() -> Grammar:
    return grammar_of(POLICY / "chart")


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
