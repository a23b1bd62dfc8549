"""Papers of one page are told apart, and what a form leaves open is not taken from elsewhere."""

from datetime import date
from pathlib import Path

import pytest

from isocenter.chart.abstract import abstract_pages
from isocenter.chart.abstraction import Abstraction
from isocenter.chart.grammar import Grammar, read_grammar
from isocenter.rulebook.rulebook import load_policy
from tests.chart.marked_papers import page_of

FOLDER = load_policy("imrt").folder


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    return read_grammar(FOLDER / "chart")


def read(grammar: Grammar, *pages: str, folder: Path = FOLDER) -> Abstraction:
    return abstract_pages([page_of(page, number) for number, page in enumerate(pages, 1)], grammar, folder)


def test_a_note_on_another_day_is_another_paper_although_nobody_signed_the_first(grammar: Grammar) -> None:
    found = read(
        grammar,
        "OTV 5/6/24 fx 5\nMachine was down, the visit was not held.\nAB\nOTV 5/13/24 fx 10\n"
        "Seen and examined, skin intact, images reviewed.\nAda Winter, MD electronically signed 5/13/24",
    )
    first, second = found.documents
    assert (first.document_date, first.signatures) == (date(2024, 5, 6), [])
    assert [s.signed_on for s in second.signatures] == [date(2024, 5, 13)]


def test_a_title_with_its_day_beside_it_begins_a_paper(grammar: Grammar) -> None:
    found = read(
        grammar,
        "Bolus sheet, March 20, 2024\nA wax bolus of its own, separate and distinct from the leaves of the plan.\n"
        "Signed by: Ada Winter, MD 03/20/2024\nDose order of 3/21/2024\nGoal: cure\nSpinal cord max 45 Gy.\n"
        "Signed by: Ada Winter, MD 03/21/2024",
    )
    assert [(d.kind, d.document_date) for d in found.documents] == [
        ("device_record", date(2024, 3, 20)),
        ("prescription", date(2024, 3, 21)),
    ]


def test_the_code_of_a_procedure_in_a_title_says_what_the_paper_is(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# Consultation by the group (77370)\nDate: 4/3/2024\n"
        "Question: Dr. Winter asked for the dose to the pacemaker.\n"
        "Result: 0.8 Gy; the beam angles were changed on this basis.\nOle Ray, PhD electronically signed 4/3/2024",
    )
    assert [d.kind for d in found.documents] == ["special_physics_consultation"]


def test_a_box_left_open_is_not_filled_from_another_line(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# PLAN REVIEW\nDate: 4/8/2024\nDVH reviewed: ☑ PTV ☐ OARs\nIsodoses reviewed: ☑ Axial ☑ Coronal\n"
        "The right kidney mean of 19 Gy was noted.\nAda Winter, MD electronically signed 4/8/2024",
    )
    stated = {(d.kind, e.element) for d in found.documents for e in d.elements}
    assert ("dvh_review", "dvh_targets") in stated
    assert ("dvh_review", "dvh_critical_structures") not in stated


def test_a_draft_orders_nothing_beside_a_signed_prescription(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# RADIATION PRESCRIPTION\nStatus: unsigned draft\nCord max 50 Gy.",
        "# RADIATION PRESCRIPTION\nDate: 4/9/2024\nGoal: cure\nCord max 45 Gy.\nAda Winter, MD e-signed 4/9/2024",
    )
    assert [constraint.limit for constraint, _ in found.constraints] == [45.0]


def test_names_with_accents_and_titles_of_the_field_sign(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# PATIENT SPECIFIC QA\nDate: 4/10/2024\nBoth arcs were delivered without interlock.\n"
        "Dr. Jörn Müller-Höfer, Medical Physicist, signed electronically 4/10/2024",
    )
    (document,) = found.documents
    assert [(s.role, s.signed_on) for s in document.signatures] == [("medical_physicist", date(2024, 4, 10))]


@pytest.mark.parametrize(
    "line",
    ["MD: Ada Winter, MD   Signed:", "Physician: Ada Winter, MD   Signature: ________   Date:"],
)
def test_a_line_to_sign_that_nobody_signed_is_no_signature(grammar: Grammar, line: str) -> None:
    found = read(grammar, f"# SIMULATION RECORD\nDate: 4/11/2024\nPosition: supine, arms up\n{line}")
    assert [d.signatures for d in found.documents] == [[]]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("PTV: V95% >= 97%", ("PTV", "V95%", ">=", 97.0, "%")),
        ("No more than 30 percent of the bladder is to get 65 Gy.", ("bladder", "V65Gy", "<=", 30.0, "%")),
        ("Duodenum: no point above 50 Gy.", ("Duodenum", "max", "<=", 50.0, "Gy")),
        ("Rectum: 50 Gy to less than 40 %", ("Rectum", "V50Gy", "<", 40.0, "%")),
        ("D95 of the PTV not lower than 57 Gy.", ("PTV", "D95%", ">=", 57.0, "Gy")),
        ("The cord is never to pass 44 Gy.", ("cord", "max", "<=", 44.0, "Gy")),
    ],
)
def test_limits_are_read_as_prescriptions_write_them(
    grammar: Grammar, line: str, says: tuple[str, str, str, float, str]
) -> None:
    found = read(
        grammar, f"# RADIATION PRESCRIPTION\nDate: 4/9/2024\nGoal: cure\n{line}\nAda Winter, MD e-signed 4/9/2024"
    )
    assert [(c.structure, c.metric, c.comparison, c.limit, c.unit) for c, _ in found.constraints] == [says]
