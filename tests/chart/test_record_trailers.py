"""The fields that a record system prints below a note sign that note and begin no other; above a note they head it."""

from isocenter.chart.abstract import abstract_pages
from isocenter.chart.grammar.grammar import Grammar
from isocenter.rulebook.rulebook import load_policy
from tests.chart.marked_papers import page_of

FOLDER = load_policy("imrt").folder
VISIT = (
    "Date of visit: 3/4/2026   Fraction 9 of 28   Dose to date: 22.5 Gy\n"
    "Patient reports mild urinary frequency. Weight 82 kg.\nTolerating treatment well. Continue as planned.\n"
)
TRAILER = (
    "Result type: Radiation Oncology Progress Note\nResult status: Auth (Verified)\n"
    "Performed by: Winter MD, Ada on March 4, 2026 08:50 CST\nVerified by: Winter MD, Ada on March 4, 2026 12:05 CST"
)


def signed(grammar: Grammar, text: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Each document's kind with the last name and the day of its signatures."""
    found = abstract_pages([page_of(text, 1)], grammar, FOLDER)
    return [
        (d.kind, [(s.signer.split(",")[0], str(s.signed_on or "-")) for s in d.signatures]) for d in found.documents
    ]


def test_the_fields_below_a_note_sign_it_and_begin_no_other(grammar: Grammar) -> None:
    assert signed(grammar, f"# OTV #2\n{VISIT}{TRAILER}") == [("weekly_management_note", [("Winter", "2026-03-04")])]


def test_the_fields_below_a_note_without_a_title_say_what_it_is(grammar: Grammar) -> None:
    text = "Seen in clinic on 3/4/2026.\nThe disease and its treatment by radiation were discussed at length today.\n"
    text += "Exam without adenopathy; prostate with a nodule at the left base.\n"
    trailer = TRAILER.replace("Progress Note", "New Patient Visit")
    assert signed(grammar, text + trailer) == [("visit_note", [("Winter", "2026-03-04")])]


def test_the_same_fields_above_a_text_head_it(grammar: Grammar) -> None:
    head = TRAILER.replace("Progress Note", "On Treatment Visit")
    text = f"# IMRT Justification\nThe target volume wraps around the rectum in every slice of the scan.\n\n{head}\n"
    kinds = [kind for kind, _ in signed(grammar, text + VISIT)]
    assert "weekly_management_note" in kinds


def test_an_unverified_trailer_signs_nothing(grammar: Grammar) -> None:
    trailer = "Result type: Radiation Oncology Progress Note\nResult status: In Progress\nVerified by:"
    assert not any(signatures for _, signatures in signed(grammar, f"# OTV #2\n{VISIT}{trailer}"))


def test_the_line_that_says_who_created_a_plan_begins_no_second_plan_report(grammar: Grammar) -> None:
    text = (
        "# Treatment Plan Report\nPlan: PROST_1   Algorithm AAA, grid 2.5 mm\nTwo arcs, 6 MV, total 688.2 MU.\n"
        "Plan created by Bea Lund, CMD on 03/02/2026 14:02\nPlan approved by Ada Winter, MD on 03/04/2026 08:10"
    )
    plans = [signatures for kind, signatures in signed(grammar, text) if kind == "plan_report"]
    assert plans == [[("Ada Winter", "2026-03-04")]]


def test_an_encounter_named_with_its_day_is_titled_by_its_type(grammar: Grammar) -> None:
    text = (
        "Encounter: Rad Onc Consult New Pt - 03/04/2026\nReason for visit: prostate cancer, sent by urology.\n"
        "Options were discussed; he chooses radiation.\nElectronically signed by Ada Winter, MD at 3/4/2026 6:12 PM"
    )
    assert signed(grammar, text) == [("visit_note", [("Ada Winter", "2026-03-04")])]
