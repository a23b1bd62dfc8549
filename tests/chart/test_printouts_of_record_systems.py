"""Printouts of record systems: titles between running cells, cells that wrap, columns of answers, repeated heads."""

import pytest

from isocenter.chart.abstract import abstract_pages
from isocenter.chart.abstraction import Abstraction
from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.pages.layout import Box, Cell, Row, Word
from isocenter.chart.pages.wrapped_cells import with_cells_joined
from isocenter.chart.papers.page_bodies import body_rows
from isocenter.rulebook.rulebook import load_policy
from tests.chart.marked_papers import page_of

FOLDER = load_policy("imrt").folder
HEAD = "| ChartBox 4.1 | {title} | Elmwood Cancer Center\nMEADOW, Iris  MRN 40-117  DOB 01/02/1950\n"
FOOT = "\n" * 36 + "Report made 10/12/2026 07:31 by clerk_7 page sheet {number} / 4"


def read(grammar: Grammar, *bodies: tuple[str, str]) -> Abstraction:
    pages = [HEAD.format(title=title) + body for title, body in bodies]
    return abstract_pages([page_of(page, number) for number, page in enumerate(pages, 1)], grammar, FOLDER)


def elements(found: Abstraction, kind: str) -> set[str]:
    return {element.element for document in found.documents if document.kind == kind for element in document.elements}


VISIT = ("CLINIC VISIT", "Date of service: 3/1/2026\nSeen today.\nElectronically signed by Ada Winter, MD 3/1/2026")
SIMULATION = ("DOCUMENT: SIMULATION", "Document date 3/2/2026\nSupine, arms up.\nS. Moss, RTT e-signed 3/2/2026")
REVIEWS = (
    "PLAN REVIEW",
    "Document date 3/9/2026\nPTV and rectum were seen slice by slice.\nApproved by Ada Winter, MD 3/9/2026\n"
    "Document date 4/20/2026\nDVH of PTV and of rectum reviewed.\nApproved by Ada Winter, MD 4/21/2026",
)


def test_the_cell_of_a_running_head_that_changes_from_page_to_page_titles_the_page(grammar: Grammar) -> None:
    found = read(grammar, VISIT, SIMULATION, REVIEWS)
    kinds = [(document.kind, document.cited.page) for document in found.documents]
    assert ("visit_note", 1) in kinds
    assert ("simulation_record", 2) in kinds


def test_the_words_that_date_a_signed_paper_begin_another_one_where_they_come_again(grammar: Grammar) -> None:
    found = read(grammar, VISIT, SIMULATION, REVIEWS)
    days = {(document.kind, str(document.document_date)) for document in found.documents}
    assert {("image_review", "2026-03-09"), ("dvh_review", "2026-04-20")} <= days


def test_a_column_of_answers_states_what_is_answered_with_yes_and_nothing_that_is_answered_with_no(
    grammar: Grammar,
) -> None:
    form = (
        "TREATMENT PLANNING ASSESSMENT",
        "Document date 3/3/2026\n| Item | Done | Entry\n| Records reviewed | No | outside films not sent\n"
        "| Tumor localization | Yes | Mass of the left upper lobe, 4 cm, touching the pleura\n"
        "| Modality | Yes | 6 MV photons\nApproved by Ada Winter, MD 3/3/2026",
    )
    stated = elements(read(grammar, VISIT, form, REVIEWS), "clinical_planning_note")
    assert {"tumor_localization", "modality_choice"} <= stated
    assert "records_review" not in stated


def test_a_foot_that_counts_its_pages_behind_a_day_is_no_part_of_a_paper() -> None:
    bodies = [f"{chr(10) * 18}Skin of field {side} is intact." for side in ("one", "two", "three", "four")]
    pages = [page_of(body + FOOT.format(number=number), number) for number, body in enumerate(bodies, 1)]
    pages = [page._replace(height_pt=page.rows[-1].box.bottom + 20.0) for page in pages]
    kept = body_rows(pages, lambda _: False, lambda _: None)
    assert [[row.text for row in rows] for rows in kept] == [[body.strip()] for body in bodies]


def row(top: float, *cells: tuple[float, str]) -> Row:
    return Row(
        tuple(Cell((Word(text, Box(left, top, left + 5.0 * len(text), top + 10.0), 10.0),)) for left, text in cells)
    )


def test_cells_that_go_on_below_are_joined_and_rows_of_values_are_not() -> None:
    table = [
        row(100.0, (50.0, "03/30/2026"), (150.0, "seen, skin"), (350.0, "A. Winter,")),
        row(111.0, (150.0, "intact"), (350.0, "MD 03/30/2026")),
        row(140.0, (50.0, "Rectum"), (150.0, "V65Gy"), (350.0, "17 %")),
        row(151.0, (150.0, "V40Gy"), (350.0, "50 %")),
        row(180.0, (50.0, "LIMITS"), (150.0, "RECTUM"), (250.0, "V37GY"), (350.0, "<"), (370.0, "50 %")),
        row(191.0, (150.0, "RECTUM"), (250.0, "V60GY"), (350.0, "<= 20 %")),
    ]
    assert [each.text for each in with_cells_joined(table)] == [
        "03/30/2026 seen, skin intact A. Winter, MD 03/30/2026",
        "Rectum V65Gy 17 %",
        "V40Gy 50 %",
        "LIMITS RECTUM V37GY < 50 %",
        "RECTUM V60GY <= 20 %",
    ]


def test_a_first_cell_that_breaks_off_goes_on_below_where_its_row_gives_values() -> None:
    table = [
        row(100.0, (50.0, "Dose to 0.2 cc of"), (250.0, "<= 61 Gy"), (350.0, "59 Gy")),
        row(111.0, (50.0, "trachea")),
        row(122.0, (50.0, "Share of liver above 28"), (250.0, "<= 30 %"), (350.0, "22 %")),
        row(133.0, (50.0, "Gy")),
        row(144.0, (50.0, "Mean dose to stomach"), (250.0, "<= 22 Gy"), (350.0, "18 Gy")),
        row(155.0, (50.0, "Spleen was removed")),
    ]
    assert [each.text for each in with_cells_joined(table)] == [
        "Dose to 0.2 cc of trachea <= 61 Gy 59 Gy",
        "Share of liver above 28 Gy <= 30 % 22 %",
        "Mean dose to stomach <= 22 Gy 18 Gy",
        "Spleen was removed",
    ]


def test_a_day_whose_year_is_on_the_next_line_of_its_cell_is_one_cell_with_all_that_goes_on_there() -> None:
    table = [
        row(100.0, (50.0, "March 30,"), (150.0, "CBCT"), (350.0, "signature on")),
        row(111.0, (50.0, "2026"), (350.0, "file")),
        row(140.0, (50.0, "Rectum"), (150.0, "V65Gy"), (350.0, "17 %")),
        row(151.0, (50.0, "2026"), (150.0, "V40Gy"), (350.0, "50 %")),
    ]
    assert [each.text for each in with_cells_joined(table)] == [
        "March 30, 2026 CBCT signature on file",
        "Rectum V65Gy 17 %",
        "2026 V40Gy 50 %",
    ]


STATEMENT = """{title}
3/3/2026
The planning system and accelerator ELM-1 were commissioned for IMRT by me. Both are released for patients.
A program of daily and monthly checks was set up and is in force.
Ole Ray, PhD, e-signed 3/3/2026"""


@pytest.mark.parametrize(
    "title", ["# Statement of the qualified medical physicist", "# Center physics statement", "Kept with every chart"]
)
def test_a_physicists_statement_on_the_facility_attests_what_it_says(grammar: Grammar, title: str) -> None:
    found = abstract_pages([page_of(STATEMENT.format(title=title), 1)], grammar, FOLDER)
    attested = {(attested.element, str(attested.valid_from)) for attested, _ in found.attestations}
    assert attested == {
        (element, "2026-03-03")
        for element in ("commissioning", "authorized_for_clinical_use", "quality_assurance_program")
    }


def test_what_is_yet_to_be_commissioned_is_not_attested(grammar: Grammar) -> None:
    signed = "Ole Ray, PhD, e-signed 3/3/2026"
    lines = ("# Statement of the medical physicist", "3/3/2026", "ELM-2 is not yet commissioned.", signed)
    assert abstract_pages([page_of("\n".join(lines), 1)], grammar, FOLDER).attestations == []


AUTHOR = "Author: {name}   Service: Radiation Oncology   Author Type: {what}\n"


def test_each_note_below_its_author_and_time_is_one_paper_and_the_head_signs_nothing(grammar: Grammar) -> None:
    visit = (
        "Ada Winter, MD at 3/9/2026 2:10 PM\n"
        + AUTHOR.format(name="Ada Winter, MD", what="Physician")
        + "On treatment visit. Fx 5/20. Seen and examined, skin intact. Continue.\n"
        "Electronically signed by Ada Winter, MD at 3/9/2026 2:25 PM\n"
    )
    unsigned = visit.replace("3/9/", "3/16/").replace(
        "Electronically signed by Ada Winter, MD at 3/16/2026 2:25 PM\n", ""
    )
    nurse = (
        "Flo Lenz, RN at 3/16/2026 1:30 PM\n"
        + AUTHOR.format(name="Flo Lenz, RN", what="Registered Nurse")
        + "Skin care repeated. Seen and examined by me.\nElectronically signed by Flo Lenz, RN at 3/16/2026 1:33 PM\n"
    )
    found = read(grammar, ("Chart Review", "Progress Notes\n" + visit + nurse + unsigned))
    weekly = [one for one in found.documents if one.kind == "weekly_management_note"]
    assert [(str(one.document_date), [s.signer for s in one.signatures]) for one in weekly] == [
        ("2026-03-09", ["Ada Winter"]),
        ("2026-03-16", []),
    ]


def test_a_general_heading_above_a_title_hides_it_not(grammar: Grammar) -> None:
    page = (
        "Encounter Summary - 3/2/2026\nOffice Visit 3/2/2026 Radiation Oncology - Elmwood\nPathology report reviewed.\n"
    )
    found = read(grammar, ("Records", page + "Electronically signed by Ada Winter, MD 3/2/2026"))
    assert [one.kind for one in found.documents] == ["visit_note"]


def test_a_title_dated_like_an_unsigned_sheet_above_it_begins_a_paper(grammar: Grammar) -> None:
    sheet = "PATIENT EDUCATION RECORD\nService date 3/5/2026\nA leaflet was handed out.\nM. Fonda, RN\n"
    images = "CBCT IMAGE APPROVAL\nService date 3/6/2026\nAll cone beams of the week were reviewed, match good.\n"
    found = read(grammar, ("Records", sheet + images + "Electronically signed by Ada Winter, MD 3/6/2026"))
    assert [(one.kind, str(one.document_date)) for one in found.documents] == [("weekly_image_review", "2026-03-06")]


def test_dated_rows_below_the_bare_word_physics_are_weekly_checks(grammar: Grammar) -> None:
    rows = [
        f"3/{day}/26 fx {first}-{first + 4} doses and MU agree with plan. P. Otto, MS, DABR"
        for day, first in ((6, 1), (13, 6))
    ]
    found = read(grammar, ("Records", "Physics\n" + "\n".join(rows)))
    assert [(one.kind, str(one.document_date)) for one in found.documents] == [
        ("weekly_physics_check", "2026-03-06"),
        ("weekly_physics_check", "2026-03-13"),
    ]


ENTRY = "Assessment: {}      Obs Date: {}      Staff: {}\n"


def test_lines_of_fields_that_recur_and_name_kinds_of_papers_head_one_each(grammar: Grammar) -> None:
    entries = [
        ("CT Sim", "3/2/2026", "Ada Winter MD", "Supine, arms up.\nApproved: Ada Winter MD 3/2/2026 4:12 PM"),
        ("OTV", "3/16/2026", "Ada Winter MD", "Fx 5/28. Pt examined.\nApproved: Ada Winter MD 3/16/2026 1:15 PM"),
        (
            "Weekly Chart Check",
            "3/17/2026",
            "P. Otto MS",
            "MU and dose agree.\nApproved: P. Otto MS, DABR 3/17/2026 5:02 PM",
        ),
        (
            "Nutrition",
            "3/18/2026",
            "Bea Folk RD",
            "Seen and examined: weight.\nApproved: Bea Folk RD 3/18/2026 2:00 PM",
        ),
    ]
    page = "\n".join(ENTRY.format(*entry[:3]) + entry[3] for entry in entries)
    assert [(one.kind, str(one.document_date)) for one in read(grammar, ("Chart Export", page)).documents] == [
        ("simulation_record", "2026-03-02"),
        ("weekly_management_note", "2026-03-16"),
        ("weekly_physics_check", "2026-03-17"),
    ]


def test_a_nurses_visit_between_bars_is_no_part_of_the_physicians_above_it(grammar: Grammar) -> None:
    visit = (
        "{} Visit | 3/31/2026 | Provider: {}\n"
        "Fx 10 of 28. Seen today. Skin intact.\nElectronically signed by {} on 3/31/2026\n"
    )
    page = visit.format("On Treatment", *["Ada Winter, MD"] * 2) + visit.format("Nursing", *["Flo Lenz, RN"] * 2)
    found = read(grammar, ("Visit Print", page))
    assert [(one.kind, [s.signer for s in one.signatures]) for one in found.documents] == [
        ("weekly_management_note", ["Ada Winter"])
    ]


def test_notes_that_end_with_their_signature_on_the_line_are_one_each(grammar: Grammar) -> None:
    rows = [
        "3-6-26  WEEKLY  10 FX. SEEN. MOUTH RED, NO THRUSH. WT 81. GO ON.  E-SIGNED A. WINTER MD 3-6-26",
        "3-13-26  WEEKLY  15 FX. SEEN. SWALLOWS SOFT FOOD. FILMS OK. GO ON.  E-SIGNED A. WINTER MD 3-13-26",
        "3-14-26  PHYSICS  FX 11-15 DOSES ADDED UP, MU AS PLANNED.  E-SIGNED P. OTTO MS DABR 3-14-26",
    ]
    found = read(grammar, ("", "\n".join(rows)))
    assert [(one.kind, str(one.document_date), len(one.signatures)) for one in found.documents] == [
        ("weekly_management_note", "2026-03-06", 1),
        ("weekly_management_note", "2026-03-13", 1),
        ("weekly_physics_check", "2026-03-14", 1),
    ]
