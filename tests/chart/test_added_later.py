"""What is added to signed papers: addenda in one line, late entries for another day, and logs that go on."""

import pytest

from isocenter.chart.grammar.grammar import Grammar
from tests.chart.reading import document_of, elements_of, kinds_and_days, read

HEAD = "Marsh, Iris   MRN: 73-118   DOB: 02/03/1951\n"
REVIEW = (
    HEAD
    + "# Plan Review   07/18/2025\nPTV outlined on every CT slice and viewed. Isodoses viewed in 3 planes.\n"
    + "Electronically signed by Ada Winter, MD 07/18/2025 11:20\n"
)
VISIT = (
    HEAD
    + "# On Treatment Visit   07/18/2025\nSeen and examined. Skin grade 1.\n"
    + "Electronically signed by Ada Winter, MD 07/18/2025 11:20\n"
)


def days_of_signing(grammar: Grammar, kind: str, page: str) -> list[str]:
    return [str(one.signed_on) for one in document_of(read(grammar, page), kind).signatures]


@pytest.mark.parametrize(
    "end",
    [
        "Electronically signed by Ada Winter, MD 07/21/2025 07:50",
        "ESIGNED: ADA WINTER MD 07/21/2025 0750",
        "Ada Winter, MD, 07/21/2025",
    ],
)
def test_an_addition_of_one_line_counts_where_its_end_signs_it(grammar: Grammar, end: str) -> None:
    page = REVIEW + f"Addendum 07/21/2025: contours of the cord and lungs viewed on CT, all slices. {end}"
    assert "images_of_critical_structures" in elements_of(read(grammar, page), "image_review")
    assert days_of_signing(grammar, "image_review", page) == ["2025-07-18", "2025-07-21"]


@pytest.mark.parametrize(
    "text",
    [
        "Addendum 07/21/2025: contours of the cord viewed on CT, all slices. Ada Winter, MD",
        "Addendum 07/21/2025: contours of the cord viewed on CT. To be signed. Ada Winter, MD 07/21/2025",
        "Addendum by Ada Winter, MD 07/21/2025: contours of the cord viewed on CT, all slices.",
    ],
)
def test_an_addition_that_nobody_signed_at_its_end_states_nothing(grammar: Grammar, text: str) -> None:
    assert "images_of_critical_structures" not in elements_of(read(grammar, REVIEW + text), "image_review")
    assert days_of_signing(grammar, "image_review", REVIEW + text) == ["2025-07-18"]


@pytest.mark.parametrize(
    "entry",
    [
        "Late entry 08/20/2025 for 07/25/2025: patient seen by me, finish as ordered. Ada Winter, MD, 08/20/2025",
        "LATE ENTRY for 07/25/2025 (written 08/20/2025)\nPatient seen by me, weight stable.\n"
        "Electronically signed by Ada Winter, MD, 08/20/2025",
    ],
)
def test_a_late_entry_is_a_note_of_the_day_for_which_it_was_written(grammar: Grammar, entry: str) -> None:
    found = read(grammar, VISIT + entry)
    days = [("weekly_management_note", "2025-07-18"), ("weekly_management_note", "2025-07-25")]
    assert kinds_and_days(found) == days
    assert [str(one.signatures[0].signed_on) for one in found.documents] == ["2025-07-18", "2025-08-20"]
    assert found.documents[1].state == "late_entry"


def test_a_log_of_sessions_goes_on_below_a_day_without_one(grammar: Grammar) -> None:
    rows = (
        "| Date | Fx | Image | X cm | Y cm | Z cm | By | Reviewed\n"
        "| 03/04/2026 | 1 | CBCT | 0.2 | 0.1 | 0.2 | R. Lane RTT | A. Winter MD 03/04/2026\n"
        "| 03/05/2026 | 2 | CBCT | 0.0 | 0.2 | 0.0 | R. Lane RTT | A. Winter MD 03/05/2026\n"
        "| 03/06/2026 | 3 | none, machine down\n"
    )
    why = "The bowel lies next to the target, and skin marks cannot show where the liver is.\n"
    found = read(grammar, HEAD + "# IGRT Record\n" + rows + why + "Electronically signed by Ada Winter, MD 03/09/2026")
    document = document_of(found, "image_guidance_note")
    assert {one.element for one in document.elements} == {
        "adjacent_critical_structures",
        "conventional_targeting_inadequate",
    }
    assert [str(one.signed_on) for one in document.signatures] == ["2026-03-09"]  # a reviewed set-up is no signed paper


def test_what_a_note_says_of_records_is_not_said_of_the_signature_behind_it(grammar: Grammar) -> None:
    page = (
        HEAD + "# On Treatment Visit\nSeen today, images viewed on screen, go on as ordered. Ada Winter, MD 03/04/2026"
    )
    assert days_of_signing(grammar, "weekly_management_note", page) == ["2026-03-04"]


def test_who_attests_a_note_at_the_end_of_a_line_that_names_the_resident_signs_it(grammar: Grammar) -> None:
    note = (
        HEAD
        + "# On Treatment Visit\nDate: 03/04/2026\nSkin dry, weight stable.\n"
        + "Signed by Ole Ray, MD (resident) 03/04/2026\n"
    )
    attested = (
        "Teaching attestation: I saw her with Dr. Ray and agree with the note. Approved by Ada Winter, MD 03/05/2026"
    )
    assert "2026-03-05" in days_of_signing(grammar, "weekly_management_note", note + attested)


def test_physics_signs_under_its_short_name(grammar: Grammar) -> None:
    plan = HEAD + "# Plan Report\nDate: 03/04/2026\nDose calculated with AAA, 2 arcs, 612 MU.\n"
    page = plan + "cmd: Pia Holm CMD 3/4/26\nphys: Ole Ray PhD 3/5/26\nmd: verbal ok per phone 3/5"
    assert days_of_signing(grammar, "plan_report", page) == ["2026-03-04", "2026-03-05"]
