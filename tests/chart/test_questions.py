"""Questions, boxes and work that a paper says was not done: none states what it asks, offers or names."""

import pytest

from isocenter.chart.abstract import abstract_pages
from isocenter.chart.grammar.grammar import Grammar, grammar_of
from isocenter.chart.pages.layout import Cell, Row
from tests.chart.marked_papers import page_of
from tests.chart.reading import POLICY, elements_of, read

_HEAD = "Valley Clinic    Patient: Doe, Jan    DOB: 01/02/1950\n# Statement of Medical Necessity for IMRT\n"
_END = "\nElectronically signed by Ann Bell, MD, Radiation Oncologist 03/04/2025 10:12"


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    return grammar_of(POLICY / "chart")


def stated(grammar: Grammar, text: str) -> set[str]:
    return elements_of(read(grammar, f"{_HEAD}Date: 03/04/2025\n{text}{_END}"), "necessity_statement")


@pytest.mark.parametrize(
    "text",
    [
        "Was the adjacent area irradiated before? No.",
        "Previously irradiated adjacent area? No",
        "Is the target near organs that must be protected? No, it is far from all of them.",
        "Is critical tissue within a concave target?\nNot in this patient.",
        "Are narrow margins required? Unknown.",
        "Are narrow margins required? Yes / No",
        "Are narrow margins required?",
        "| Are narrow margins required? | No, the usual ones suffice",
        "Q: Was a 3D plan compared?\nA: No.",
        "Q: Was a 3D plan compared? A: No. Q: Are narrow margins required? Ans: none",
        "Was a 3D plan run for comparison? Not yet.",
        "| Margins | (template) | Narrow margins of 3 mm are required next to the cord. |",
    ],
)
def test_a_question_that_is_not_answered_yes_states_nothing(grammar: Grammar, text: str) -> None:
    assert stated(grammar, text) == set()


@pytest.mark.parametrize(
    "text",
    ["Asked by Dr. Bell: what is left for the cord after 2019?", "AB's question to physics: will the lead heat up?"],
)
def test_a_question_that_a_label_says_a_physician_put_to_physics_is_what_it_was_needed_for(
    grammar: Grammar, text: str
) -> None:
    page = f"# Special Physics Consultation\nDate: 03/04/2025\n{text}\nCal Voss, PhD, e-signed 03/04/2025"
    assert "need" in elements_of(read(grammar, page), "special_physics_consultation")


@pytest.mark.parametrize(
    ("text", "element"),
    [
        ("Is critical tissue within a concave target? Yes.", "condition_concavity"),
        ("Was the adjacent area irradiated before? Y - 45 Gy in 2018.", "condition_prior_irradiation"),
        ("Narrow margins needed? Yes", "condition_narrow_margins"),
        ("Narrow margins needed (•) yes ( ) no", "condition_narrow_margins"),
        ("| Narrow margins needed | ( ) no (●) yes | 3 mm to the cord", "condition_narrow_margins"),
        ("Narrow margins needed: yes (x) no ( )", "condition_narrow_margins"),
        ("III. Compared. A four-field 3D plan was made and gave the rectum 62 % against 21 %.", "compared_with_3d"),
        ("5. Which organs are at stake?\nRectum, bladder and bowel.", "critical_structures_addressed"),
        ("7 3D plan reviewed? Y - rectum V60 41 vs 24", "compared_with_3d"),
        ("| Why would 3D not serve? | Rectum V70 would be 34 % against 17 %.", "compared_with_3d"),
        ("Q: Why were margins narrow?\nA: 4 mm is all that the rectum allows.", "condition_narrow_margins"),
        ("Q1: Which organs are at stake? A1: Rectum, bladder and bowel.", "critical_structures_addressed"),
    ],
)
def test_an_answer_makes_its_question_a_statement(grammar: Grammar, text: str, element: str) -> None:
    assert element in stated(grammar, text)


@pytest.mark.parametrize(
    "text",
    [
        "3D conformal planning was not evaluated.",
        "A 3D plan was not considered for this patient.",
        "A conventional plan was not attempted.",
        "We did not consider conventional fields.",
        "No attempt was made to plan with 3D.",
        "A 3D plan has not yet been compared.",
    ],
)
def test_a_comparison_that_was_not_made_is_none(grammar: Grammar, text: str) -> None:
    assert stated(grammar, text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "3D was not considered adequate because the cord would get 52 Gy.",
        "A 3D plan was not considered further since the cord got 52 Gy.",
        "Opposed fields were not attempted because they cannot keep the cord below 45 Gy.",
    ],
)
def test_a_technique_that_was_refused_for_a_reason_is_compared(grammar: Grammar, text: str) -> None:
    assert "compared_with_3d" in stated(grammar, text)


def test_a_heart_five_centimeters_away_is_not_next_to_the_target(grammar: Grammar) -> None:
    assert "cardiac_proximity" not in stated(grammar, "Left breast. The heart lies 5 cm from the tangents.")


@pytest.mark.parametrize(
    "text",
    [
        "[_] PRIOR RT ABUTS FIELD [_] HIGHER DOSE THAN CONVENTIONAL [_] TIGHT MARGIN NEEDED",
        "[ ] Tight margin needed",
        "Adjacent field treated earlier ( ) yes (•) no",
        "| Dose above the customary | ( ) yes (x) no | 60 Gy in 30",
        "Narrow margin: yes ( ) no ( )",
        "Borders an area irradiated before? The old field lies on the other side.",
        "Nobody intends to escalate: the dose is lower than in 2016.",
        'Departmental text v12: "Adjacent tissue must often be protected by narrow margins."',
    ],
)
def test_a_choice_that_nobody_made_states_nothing(grammar: Grammar, text: str) -> None:
    assert stated(grammar, text) == set()


@pytest.mark.parametrize(("sureness", "states"), [(0.96, False), (1.0, True)])
def test_a_choice_of_a_scan_whose_box_was_not_read_states_nothing(
    grammar: Grammar, sureness: float, states: bool
) -> None:
    lines = ["# IMRT necessity", "Date: 03/04/2025", "", "Concave target", "", "✓ Narrow margins: 3 mm to the cord", ""]
    text = "\n".join([*lines, "Signed: Ann Lee, MD 3/4/2025"])
    page = page_of(text, 1)
    rows = tuple(
        Row(tuple(Cell(tuple(word._replace(sureness=sureness) for word in cell.words)) for cell in row.cells))
        for row in page.rows
    )
    found = abstract_pages([page._replace(rows=rows)], grammar, POLICY)
    assert ("condition_concavity" in elements_of(found, "necessity_statement")) is states


def test_a_ticked_choice_in_capitals_is_no_heading(grammar: Grammar) -> None:
    assert stated(grammar, "[_] PRIOR RT ABUTS FIELD [X] TIGHT MARGIN NEEDED") == {"condition_narrow_margins"}


@pytest.mark.parametrize(
    ("kind", "title", "text", "states"),
    [
        ("weekly_management_note", "Treatment Visits", "To be seen tomorrow, clinic overbooked.", False),
        ("weekly_management_note", "Treatment Visits", "Mr. N. told the front desk that he is fine.", False),
        ("weekly_management_note", "Treatment Diary", "Seen and examined. Films fine. Go on.", True),
        ("dosimetric_verification", "Physics Quality Check", "Portal images? [ ] yes [x] no", False),
        ("dosimetric_verification", "Measurement before Treatment", "Portal images? [x] yes [ ] no", True),
        ("simulation_record", "Simulation", "Target verification was put off until later.", False),
        ("image_review", "Plan Image Review", "Isodoses: standard display", False),
        ("dosimetric_verification", "Physics Quality Check", "Portal images? [ ] yes [☑ ] no", False),
        ("prescription", "Prescription", "Carried over from course 1, for the record only: chiasm max 54 Gy.", False),
        ("prescription", "Prescription", "Note: RTOG 0617 capped heart V40 at 100 %, no effect here.", False),
        ("prescription", "Prescription", "Treatment goal: Constraint Value", False),
        ("prescription", "Prescription", "Treatment goal: Cure", True),
    ],
)
def test_what_was_only_offered_is_not_done(grammar: Grammar, kind: str, title: str, text: str, states: bool) -> None:
    head = _HEAD.replace("Statement of Medical Necessity for IMRT", title)
    found = read(grammar, f"{head}Date: 03/04/2025\n{text}{_END}")
    assert any(document.elements for document in found.documents if document.kind == kind) is states


@pytest.mark.parametrize(
    ("line", "signed"),
    [
        ("SIGNED: R. WINTER MD BY D. FALL, OFFICE MANAGER 06/12/25", False),
        ("SIGNED: R. WINTER MD BY ELECTRONIC SIGNATURE 06/12/25", True),
        ("RWinter Rosa Winter, MD, 06/12/25", True),
        ("Noted Rosa Bell, clerk, 06/12/25", False),
    ],
)
def test_who_wrote_the_name_decides_whether_it_is_signed(grammar: Grammar, line: str, signed: bool) -> None:
    found = read(grammar, f"{_HEAD}Date: 06/12/2025\nThe cord lies 3 mm from the target.\n{line}")
    assert any(document.signatures for document in found.documents) is signed
