"""Where papers begin in extracts of record systems: numbered entries, windows, alike headings; and their days."""

import pytest

from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.pages.layout import Box, Cell, Row, Word
from isocenter.chart.papers.entry_labels import labelled_entry
from isocenter.chart.papers.title_styles import is_printed_as_a_title, styles_of_titles
from isocenter.chart.papers.titles import title_of_words
from isocenter.rulebook.rulebook import load_policy
from tests.chart.reading import kinds_and_days, read

FOLDER = load_policy("imrt").folder
SIGNED = "Electronically signed by Ada Winter, MD 3/{}/2026\n"


def row(text: str, *, size: float = 10.0, bold: bool = False) -> Row:
    words = [
        Word(word, Box(60.0 * n, 90.0, 60.0 * n + 50.0, 100.0), size, bold=bold) for n, word in enumerate(text.split())
    ]
    return Row((Cell(tuple(words)),))


def recognized(one: Row) -> Row:
    return Row(tuple(Cell(tuple(word._replace(sureness=0.95) for word in cell.words)) for cell in one.cells))


@pytest.mark.parametrize("number", ["{}", "#{}", "77-{}0", "2026.{}", "00{}12345"])
def test_each_numbered_entry_of_an_extract_is_a_paper_whatever_its_number_looks_like(
    grammar: Grammar, number: str
) -> None:
    entries = [("Simulation", 2), ("Phone call", 3), ("Radiation Prescription", 4), ("Weekly Physics Check", 16)]
    text = "".join(
        f"Contact {number.format(n)} {title}\n3/{day}/2026 09:00 Unit: RADIATION\nThe entry.\n{SIGNED.format(day)}"
        for n, (title, day) in enumerate(entries, 1)
    )
    assert kinds_and_days(read(grammar, text)) == [
        ("simulation_record", "2026-03-02"),
        ("prescription", "2026-03-04"),
        ("weekly_physics_check", "2026-03-16"),
    ]


TITLES = ("Simulation", "Prescription", "Plan Report", "Weekly Physics Check", "Image Guidance")


def test_a_heading_printed_like_all_titles_is_in_their_style_whether_its_words_are_known_or_not(
    grammar: Grammar,
) -> None:
    page = [
        part for title in TITLES for part in (row(title, size=14.0, bold=True), row("what was done there and by whom"))
    ]
    styles = styles_of_titles(grammar, [page])
    assert is_printed_as_a_title(row("Errands and parking", size=14.0, bold=True), styles, 10.0)
    assert not is_printed_as_a_title(row("Errands and parking", size=10.0, bold=True), styles, 10.0)
    assert not is_printed_as_a_title(row("Errands and parking"), styles, 10.0)


def test_titles_between_the_marks_of_windows_are_a_style_of_their_own_at_the_size_of_the_text(grammar: Grammar) -> None:
    page = [part for title in TITLES for part in (row(f"{title} - P_1 _ ✕ ="), row("what was done there and by whom"))]
    styles = styles_of_titles(grammar, [page])
    assert is_printed_as_a_title(row("Errands _ ✕ ="), styles, 10.0)
    assert not is_printed_as_a_title(row("Errands"), styles, 10.0)


def test_print_of_the_size_of_the_text_is_no_style_of_titles_on_another_page(grammar: Grammar) -> None:
    pages = [[row(title, size=12.9), *(row(f"line {n} of the text") for n in range(9))] for title in TITLES]
    styles = styles_of_titles(grammar, pages)
    assert is_printed_as_a_title(row("Errands and parking", size=12.9), styles, 10.0)
    assert not is_printed_as_a_title(row("V95 97 %, heart mean 1.2 Gy", size=12.9), styles, 12.9)


def test_letters_that_recognition_measured_a_little_larger_than_the_text_are_no_title(grammar: Grammar) -> None:
    pages = [[row(title, size=10.8), *(row(f"line {n} of the text") for n in range(9))] for title in TITLES]
    assert styles_of_titles(grammar, pages)
    assert not styles_of_titles(grammar, [[recognized(one) for one in page] for page in pages])


def test_headings_of_which_most_title_nothing_are_no_style_of_titles(grammar: Grammar) -> None:
    headings = ["Simulation", "Errands", "Parking", "Prescription", "Coffee", "Umbrella", "Stairs"]
    page = [part for title in headings for part in (row(title, size=14.0, bold=True), row("what was done there"))]
    assert not styles_of_titles(grammar, [page])


def test_boxes_and_bullets_before_rows_are_no_marks_of_titles(grammar: Grammar) -> None:
    page = [row(f"☐ {title}") for title in TITLES] + [row(f"• {title}") for title in TITLES]
    assert not styles_of_titles(grammar, [page])


def test_the_day_of_a_consultation_is_not_that_of_an_earlier_treatment_in_its_history(grammar: Grammar) -> None:
    found = read(
        grammar,
        "CONSULTATION\nSeen on the ward with her son.\nDate of service 3/2/1994 at another center: breast, 50 Gy.\n"
        "Impression, written 4/6/2026: new lung tumor.\nElectronically signed by Ada Winter, MD 4/7/2026",
    )
    assert ("visit_note", "2026-04-06") in kinds_and_days(found)


def test_a_day_behind_all_signatures_is_that_of_printing_and_not_of_the_plan(grammar: Grammar) -> None:
    found = read(
        grammar,
        "TREATMENT PLAN REPORT\nReport 1/14/2027\n2 arcs, 510 MU.\nPlanned by Selma Moss, CMD 6/30/2026 15:10\n"
        "Approved by Ada Winter, MD 7/1/2026 08:00",
    )
    assert {day for kind, day in kinds_and_days(found) if kind == "plan_report"} <= {"2026-06-30", "2026-07-01"}


def test_a_device_made_at_the_simulation_is_a_record_of_its_own(grammar: Grammar) -> None:
    found = read(
        grammar,
        "CT SIMULATION AND BOLUS\nDate of service 3/2/2026\nSupine, knee rest, 3 mm CT.\n"
        "A custom bolus was made for this chest wall; it is a separate device, not part of the IMRT plan.\n"
        "The bolus is medically necessary because the skin would be underdosed without it.\n"
        f"{SIGNED.format(3)}",
    )
    assert ("device_record", "2026-03-02") in kinds_and_days(found)


@pytest.mark.parametrize("label", ["Physics, 6/12/2026. ", "6/12/2026. Physics. ", "Physics 6/12/2026: "])
def test_an_entry_that_names_physics_beside_its_day_is_a_check_of_physics_among_visits(
    grammar: Grammar, label: str
) -> None:
    found = read(
        grammar,
        "WEEKLY NOTES\n6/5/2026. Seen and examined, skin calm, continue.\nAda Winter, MD 6/5/2026\n"
        "6/12/2026. Seen and examined, mild erythema.\nAda Winter, MD 6/12/2026\n"
        f"{label}MU, couch values and the sum of dose agree with the plan.\nIda Stone, PhD 6/13/2026",
    )
    roles = {(one.kind, tuple(s.role for s in one.signatures)) for one in found.documents}
    assert roles == {
        ("weekly_management_note", ("radiation_oncologist",)),
        ("weekly_physics_check", ("medical_physicist",)),
    }


def test_an_attending_who_signs_below_a_resident_has_signed_the_note_and_writes_no_paper_of_its_own(
    grammar: Grammar,
) -> None:
    note = (
        "CLINICAL TREATMENT PLANNING NOTE\nDate of service 3/2/2026\nCT and MRI were interpreted by me.\n"
        "Resident: e-signed by Noa Field, MD (PGY-4) 3/2/2026 18:00\n"
    )
    signed = read(grammar, f"{note}Attending: e-signed by Ada Winter, MD, radiation oncology 3/3/2026 07:10")
    stated = read(
        grammar, f"{note}Attending: I saw him, was present throughout and agree. Signed Ada Winter, MD 3/3/2026"
    )
    for found in (signed, stated):
        assert [one.kind for one in found.documents] == ["clinical_planning_note"]
        assert [s.role for one in found.documents for s in one.signatures] == ["other", "radiation_oncologist"]


def test_entries_under_a_day_and_a_title_are_papers_each_with_its_own_signature(grammar: Grammar) -> None:
    found = read(
        grammar,
        "COURSE NOTES\n"
        "6/5/2026, treatment management, fx 1-5. Patient seen and examined, skin calm.\nAda Winter, MD 6/5/2026\n"
        "6/8/2026, field change. From today the lower border is closed by 1 cm.\nAda Winter, MD 6/8/2026\n"
        "6/12/2026, treatment management, fx 6-10. Patient seen, no break.\n"
        "Prepared for signature: Ada Winter, MD - PENDED\n"
        "Weekly physics check 6/5/2026: MU and the sum of dose are right.\nIda Stone, PhD 6/6/2026",
    )
    assert [(one.kind, [str(s.signed_on) for s in one.signatures]) for one in found.documents] == [
        ("weekly_management_note", ["2026-06-05"]),
        ("field_change_note", ["2026-06-08"]),
        ("weekly_management_note", []),
        ("weekly_physics_check", ["2026-06-06"]),
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("6/8/2026, field change. The border is closed.", "field change"),
        ("Weekly physics check 6/8/2026: MU agree.", "weekly physics"),
        ("TREATMENT MANAGEMENT 2026/06/08, FX 5: SEEN AND EXAMINED.", "weekly visit"),
        ("Plan of 6/8/2026: seven fields.", None),
        ("6/8/2026: she called the desk. Nothing new.", None),
        ("The simulation of 6/8/2026 was repeated: no change.", None),
    ],
)
def test_a_day_and_a_known_title_before_a_sentence_label_an_entry(
    grammar: Grammar, text: str, name: str | None
) -> None:
    kind = labelled_entry(grammar, text)
    assert (kind.name if kind else None) == name


def test_two_lines_of_a_title_head_one_paper(grammar: Grammar) -> None:
    found = read(grammar, f"Simulation\nSimulation Note (CT, 4D)\nDate 3/3/2026\nSupine, arms up.\n{SIGNED.format(3)}")
    assert kinds_and_days(found) == [("simulation_record", "2026-03-03")]


def test_the_name_of_the_clinic_above_every_title_heads_no_paper(grammar: Grammar) -> None:
    bodies = [("Simulation", 2), ("Prescription", 3), ("Weekly Physics Check", 9), ("Image Guidance", 10)]
    pages = [
        f"ACME\n{title}\nProton & Photon Institute\nDate 3/{day}/2026\nWhat was done.\n{SIGNED.format(day)}"
        for title, day in bodies
    ]
    assert [kind for kind, _ in kinds_and_days(read(grammar, *pages))] == [
        "simulation_record",
        "prescription",
        "weekly_physics_check",
        "image_guidance_note",
    ]


def test_a_line_of_signing_at_the_head_of_a_page_titles_no_paper(grammar: Grammar) -> None:
    found = read(
        grammar,
        "REPORT: RADIATION PRESCRIPTION DATE OF SERVICE: 3/4/2026\n50 GY IN 25 FRACTIONS.",
        "ELECTRONICALLY AUTHENTICATED BY ADA WINTER, M.D. 3/5/2026 0712",
    )
    assert kinds_and_days(found) == [("prescription", "2026-03-04")]
    assert [str(s.signed_on) for s in found.documents[0].signatures] == ["2026-03-05"]


def test_the_revisions_of_an_order_are_papers_of_their_own(grammar: Grammar) -> None:
    found = read(
        grammar,
        "RADIATION PRESCRIPTION\nSite: pancreas\nRevision 1 written 3/2/2026 status: SUPERSEDED\n"
        "PTV 50.4 Gy in 28 fractions\n"
        "Revision 2 written 3/9/2026 status: ACTIVE\nPTV 54 Gy in 25 fractions\nApproved by: Ada Winter, MD 3/9/2026",
    )
    assert [(str(one.document_date), one.state, len(one.signatures)) for one in found.documents] == [
        ("2026-03-02", "superseded", 0),
        ("2026-03-09", "", 1),
    ]


def test_each_version_in_a_list_of_orders_has_the_state_of_its_own_title(grammar: Grammar) -> None:
    found = read(
        grammar,
        "ORDER TYPE: RADIATION PRESCRIPTION (VERSION 1) STATUS: DISCONTINUED\nORDERED 3/2/2026\n"
        "PTV 50.4 Gy in 28 fractions\n"
        "ORDER TYPE: RADIATION PRESCRIPTION (VERSION 2) STATUS: ACTIVE\nORDERED 3/9/2026\nPTV 54 Gy in 25 fractions\n"
        "Approved by: Ada Winter, MD 3/9/2026",
    )
    assert [(str(one.document_date), one.state) for one in found.documents] == [
        ("2026-03-02", "superseded"),
        ("2026-03-09", ""),
    ]
    assert found.prescription.dose_gy == pytest.approx(54.0)


def test_a_heading_with_its_day_begins_a_paper_below_an_entry_that_nobody_signed(grammar: Grammar) -> None:
    found = read(
        grammar,
        "Log\nWEEKLY NOTE 4/25/2026 fx 5/26\nPt seen, exam done.\nApproved: Ada Winter, MD 4/25/2026\n"
        "WEEKLY NOTE 5/2/2026 fx 10/26 STATUS: OPEN\nPt seen, exam done.\nAuthor: WINTER, ADA MD Approval: (blank)\n"
        "WEEKLY PHYSICS 4/25/2026 fx 1-5\nMU as planned, no discrepancy.\nApproved: Ida Stone, PhD 4/28/2026",
    )
    assert [(kind, day) for kind, day in kinds_and_days(found) if kind.startswith("weekly")] == [
        ("weekly_management_note", "2026-04-25"),
        ("weekly_management_note", "2026-05-02"),
        ("weekly_physics_check", "2026-04-25"),
    ]


def test_measurement_and_check_of_monitor_units_are_signed_together_below_the_second(grammar: Grammar) -> None:
    found = read(
        grammar,
        "Pre-treatment verification\nMeasured 3/6/2026. Gamma 3 %/2 mm 98.0 %.\nAll arcs were delivered to the end.\n"
        "Second calculation of monitor units\nDone 3/7/2026. Arc 1: 240 MU against 243 MU, +1.3 %.\n"
        "Ida Stone, PhD, medical physicist, e-signed 3/7/2026",
    )
    signed = {one.kind: [(s.role, str(s.signed_on)) for s in one.signatures] for one in found.documents}
    assert signed == {
        "dosimetric_verification": [("medical_physicist", "2026-03-07")],
        "dosimetry_calculation": [("medical_physicist", "2026-03-07")],
    }


def test_a_note_and_a_measurement_that_nobody_signed_take_no_signature_from_below(grammar: Grammar) -> None:
    found = read(
        grammar,
        "Pre-treatment verification\nMeasured 3/6/2026. Gamma 3 %/2 mm 98.0 %.\nPhysicist: ____________________\n"
        "Second calculation of monitor units\nDone 3/7/2026. Arc 1: 240 MU against 243 MU, +1.3 %.\n"
        "Ida Stone, PhD, medical physicist, e-signed 3/7/2026",
    )
    assert {one.kind: len(one.signatures) for one in found.documents} == {
        "dosimetric_verification": 0,
        "dosimetry_calculation": 1,
    }


def test_rows_of_results_title_nothing_though_they_count_arcs(grammar: Grammar) -> None:
    found = read(
        grammar,
        "IMRT QA REPORT\nMeasured 3/6/2026\nARC 1 GAMMA 3%/2MM 98.5 %\nARC 2 GAMMA 3%/2MM 97.5 %\n"
        "ARC 3 GAMMA 3%/2MM 99.5 %\nIda Stone, PhD, e-signed 3/6/2026",
    )
    assert kinds_and_days(found) == [("dosimetric_verification", "2026-03-06")]
    assert len(found.verifications) == 3


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Physics report for Mrs. Doe, plan PANC_1", "verification before treatment"),
        ("PHYSICS REPORT: VERIFICATION OF THE PLAN", "verification before treatment"),
        ("Physics report", "special physics consultation"),
        ("Evaluation by the physician", "plan review"),
        ("My look at the plan", "plan review"),
        ("CONSULTATION AND TREATMENT PLAN", "consultation with treatment planning"),
        ("Course Notes", None),
    ],
)
def test_titles_name_the_type_by_what_they_add_to_a_report_or_a_consultation(
    grammar: Grammar, title: str, name: str | None
) -> None:
    kind = title_of_words(grammar, title)
    assert (kind.name if kind else None) == name
