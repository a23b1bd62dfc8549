"""The fields that a record system prints below a note sign that note and begin no other; above a note they head it."""

from isocenter.chart.abstract import abstract_pages
from isocenter.chart.grammar.grammar import Grammar
from isocenter.rulebook.rulebook import load_policy
from tests.chart.marked_papers import page_of
from tests.chart.reading import read as read_papers

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


def test_the_head_of_an_attestation_with_edits_signs_the_note_above_and_begins_no_paper(grammar: Grammar) -> None:
    note = (
        "# NEW PATIENT CONSULTATION\nVisit date: 3/2/2026\nPSA 14. He chose external beam.\n"
        "Electronically signed by Nell Till, MD (Resident) at 3/2/2026 4:12 PM\n"
        "Attestation with edits by Ada Winter, MD at 3/3/2026 8:02 AM\nThe PSA was 14.2. I agree with the rest."
    )
    found = read_papers(grammar, note).documents
    resident, attending = ("other", "2026-03-02"), ("radiation_oncologist", "2026-03-03")
    assert {d.kind: [(s.role, str(s.signed_on)) for s in d.signatures] for d in found} == {
        "visit_note": [resident, attending]
    }


def test_the_head_of_what_an_attending_adds_signs_the_note(grammar: Grammar) -> None:
    note = (
        "# NEW PATIENT CONSULTATION\nVisit date: 3/2/2026\nPSA 14. He chose external beam.\n"
        "Electronically signed by Nell Till, MD (Resident) at 3/2/2026 4:12 PM\n"
        "Attestation signed by Ada Winter, MD at 3/3/2026 8:02 AM\n"
        "I saw and evaluated the patient with the resident and agree with the plan."
    )
    found = read_papers(grammar, note).documents
    resident, attending = ("other", "2026-03-02"), ("radiation_oncologist", "2026-03-03")
    assert {d.kind: [(s.role, str(s.signed_on)) for s in d.signatures] for d in found} == {
        "visit_note": [resident, attending],
    }
