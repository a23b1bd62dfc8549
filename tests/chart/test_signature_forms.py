"""The forms in which charts sign, and those that only look like it: one line each, with who signed and when."""

import re

import pytest

from isocenter.chart.grammar.grammar import grammar_of
from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.layout import Box, Cell, Row, Word, rows_in_reading_order
from isocenter.chart.signatures.signatures import signatures_in
from isocenter.rulebook.rulebook import load_policy

SIGNING = grammar_of(load_policy("imrt").folder / "chart").signing
STAFF = {"coe": "medical_physicist", "roe": "radiation_oncologist"}
# A tilde behind a word: it is written by hand. Three spaces part cells.
FORMS: list[tuple[str, list[tuple[str, str | None]]]] = [
    (
        "Reviewed and attested by:\nJane Roe, MD\nRadiation Oncology\nMarch 4, 2024, 5:12 PM",
        [("radiation_oncologist", "2024-03-04")],
    ),
    (
        "I saw this patient with the PA and agree with the above. Jane Roe, MD 3/4/2024",
        [("radiation_oncologist", "2024-03-04")],
    ),
    ("[Electronically signed on 2024-03-04 at 09:10 by Jane Roe MD]", [("radiation_oncologist", "2024-03-04")]),
    ("[To be signed by Jane Roe MD 2024-03-04]", []),
    (
        "Step   Person   When\nPhysics check passed   Bob Coe, PhD   03/04/2024\nExported   Jane Roe, MD   03/05/2024",
        [("medical_physicist", "2024-03-04")],
    ),
    ("Step   Person   When\nPhysics check started   Bob Coe, PhD   03/04/2024 08:14", []),
    ("Physician approval: Jane Roe, MD - Declined 3/4/2024", []),
    ("Plan status: Rejected   Jane Roe, MD   3/4/2024 10:10", []),
    ("Approved: No   Jane Roe, MD   3/4/2024", []),
    ("Approved: [ ] Yes [x] No   Jane Roe, MD   3/4/2024", []),
    ("Approved: [x] Yes [ ] No   Jane Roe, MD   3/4/2024", [("radiation_oncologist", "2024-03-04")]),
    ("Approved: N. Roe, MD 3/4/2024", [("radiation_oncologist", "2024-03-04")]),
    (
        "Patient declined a nurse visit on 3/1/2024.\nE-signed Jane Roe, MD 3/4/2024",
        [("radiation_oncologist", "2024-03-04")],
    ),
    ("Physician signature:   Date:\nJane Roe, MD", []),
    ("Signature: (see scanned copy) Jane Roe, MD 3/4/2024", []),
    ("Physician: Jane Roe, MD   Physicist: Bob Coe, PhD   Date: 3/4/2024", []),
    ("Should be approved by Jane Roe, MD by 3/4/2024", []),
    ("Needs approval by Jane Roe, MD 3/4/2024", []),
    ("Text message approval Jane Roe, MD 3/4/2024", []),
    ("Jane Roe, MD by Kim Poe 3/4/2024", []),
    ("On 3/4/2024 Jane Roe, MD asked that the plan be signed.", []),
    ("Jane Roe, MD, signed up for the course on 3/4/2024", []),
    (
        "Approver 1: Jane Roe, MD - open; Approver 2: Bob Coe, PhD - signed 3/4/2024",
        [("medical_physicist", "2024-03-04")],
    ),
    ("Signing physician: Jane Roe, MD\nDate signed:", []),
    ("Signing physician: Jane Roe, MD\nDate signed: 3/4/2024", [("radiation_oncologist", "2024-03-04")]),
    ("Dr. signature J. Roe, MD 3/4/24", [("radiation_oncologist", "2024-03-04")]),
    ("MD initials: JR   Jane Roe, MD   3/4/24", [("radiation_oncologist", "2024-03-04")]),
    ("Initials: J. Roe, MD 3/4/24", [("radiation_oncologist", "2024-03-04")]),
    ("MD initials: ____   Jane Roe, MD   3/4/24", []),
    ("MD initials:   Jane Roe, MD   3/4/24", []),
    ("Co-signature of Jane Roe, MD requested 03/04/2024; not yet co-signed.", []),
    ("Signé électroniquement par Dre Jane Roe, MD, 2024-03-04 16:40", [("radiation_oncologist", "2024-03-04")]),
    (
        "I saw the patient with Dr. Moss and agree. Jane Roe, MD.\nElectronically signed 03/04/2024 8:05 AM.",
        [("radiation_oncologist", "2024-03-04")],
    ),
    ("I sent the patient to Dr. Moss. Cc Jane Roe, MD\nElectronically signed 03/04/2024 8:05 AM.", []),
    ("Physician: Jane Roe, MD   e-sign:", []),
    ("Plan reviewed with Sam Doe, CMD on 3/4/2024.", []),
    ("Plan status: TreatApproved by Roe, Jane, MD on 3/4/2024 4:04:22 PM", [("radiation_oncologist", "2024-03-04")]),
    (
        "Dictated by Dr. Moss, typed by Kim Poe, reviewed and signed by Jane Roe, MD on 03/04/2024.",
        [("radiation_oncologist", "2024-03-04")],
    ),
    ("Dictated by Jane Roe, MD, typed by Kim Poe on 03/04/2024.", []),
    ("Jane Roe, MD, Attending\n3/4/2024 4:45 PM (electronically signed)", [("radiation_oncologist", "2024-03-04")]),
    ("Jane Roe, MD, Attending\n3/4/2024 4:45 PM (printed)", []),
    ("Checked by   Bob Coe, PhD\nDate   04-Mar-2024", [("medical_physicist", "2024-03-04")]),
    ("M.D. J. Roe   Date 3/4/24\nJane Roe, M.D.", [("radiation_oncologist", "2024-03-04")]),
    ("Physicist: Bob Coe, MS   Signature:   Date:", []),
    ("Approved by: Bob Coe, MS   Signature: ____   Date: 3/4/2024", []),
    ("Physicist: Bob Coe, MS   Signature: Bob Coe   Date: 3/4/2024", [("medical_physicist", "2024-03-04")]),
    ("Físico médico: Bob Coe, MSc Firma: Bob Coe Fecha: 3/4/2024", [("medical_physicist", "2024-03-04")]),
    (
        "Approved By: Roe, Jane MD (jroe)\nApproved Date: 03/04/2024 10:14:55 AM",
        [("radiation_oncologist", "2024-03-04")],
    ),
    ("Reviewed By: Jane Roe, MD\nApproved Date: 03/04/2024 10:14:55 AM", []),
    (
        "-- Electronically Approved --\nJane Roe, MD\nMonday, March 4, 2024 8:02 AM",
        [("radiation_oncologist", "2024-03-04")],
    ),
    ("Seen & examined: J. Roe MD 3/4/24", [("radiation_oncologist", "2024-03-04")]),
    ("APPROVED FOR TREATMENT   MD: J Roe   3/4/24\nJane Roe, MD", [("radiation_oncologist", "2024-03-04")]),
    ("Discussed with J Roe 3/4/24\nJane Roe, MD", []),
    ("Signature:\nJane Roe, MD", []),
    ("Signature:\nJane Roe, MD\n3/4/2024", [("radiation_oncologist", "2024-03-04")]),
    ("Jane Roe, MD\nCosigned 3/4/2024 7:50 AM", [("radiation_oncologist", "2024-03-04")]),
    ("Jane Roe, MD\nElectronically cosigned 3/4/2024 7:50 AM", [("radiation_oncologist", "2024-03-04")]),
    (
        "/s/ Jane Q. Roe III, MD\nJane Q. Roe III, MD\nBoard Certified, Radiation Oncology\nMarch 4, 2024",
        [("radiation_oncologist", "2024-03-04")],
    ),
    (
        "Digitally signed by Jane Roe MD\nDN: cn=Jane Roe MD, o=C\nReason: mine\nDate: 2024.03.04 14:20:31 -04'00'",
        [("radiation_oncologist", "2024-03-04")],
    ),
    ("J. Roe   3-4-2024\nJ. Roe, M.D., Radiation Oncologist   Date", [("radiation_oncologist", "2024-03-04")]),
    ("________   ________\nJ. Roe, M.D., Radiation Oncologist   Date", []),
    ("Reviewed   3-4-2024\nJ. Roe, M.D., Radiation Oncologist   Date", []),
    ("Plan: Sam Doe, M.Sc., Dosimetrist - digitally signed 3/4/2024", [("dosimetrist", "2024-03-04")]),
    ("Sam Doe, Radiotherapy Technologist - digitally signed 3/4/2024", [("radiation_therapist", "2024-03-04")]),
    ("Author: Roe, Jane, MD   Status: Signed   Fraction 6 of 30", []),
    ("SHEET RT-204 CHECKS OF THE DOSE run 3/4/24", []),
    ("second~ cycle~ with~ Dr.~ Roe~", []),
    ("2/1/24 Dr. Moss, whole lobe", []),
    ("pp Dr. Roe, S. Doe, secretary 3/4/2024", []),
    ("Electronically signed by Jane Roe, MD on 03/04/2024 at 5:12 PM", [("radiation_oncologist", "2024-03-04")]),
    ("E-signed: Jane Roe MD 3/4/24", [("radiation_oncologist", "2024-03-04")]),
    ("Signed electronically: Jane Roe, D.O., 04-Mar-2024 17:12", [("radiation_oncologist", "2024-03-04")]),
    ("/s/ Jane Roe, MD   3/4/2024", [("radiation_oncologist", "2024-03-04")]),
    ("/es/ JANE ROE, MD\nSTAFF PHYSICIAN\nSigned: 03/04/2024 17:12", [("radiation_oncologist", "2024-03-04")]),
    (
        "/es/ SAM DOE, MD\nRESIDENT PHYSICIAN\nSigned: 03/04/2024 17:12\n"
        "/es/ JANE ROE, MD\nATTENDING\nCosigned: 03/05/2024 08:00",
        [("other", "2024-03-04"), ("radiation_oncologist", "2024-03-05")],
    ),
    ("Authenticated by ROE, JANE MD on 2024-03-04 17:12", [("radiation_oncologist", "2024-03-04")]),
    ("Authored by Jane Roe, MD; electronically authenticated 3/4/2024", [("radiation_oncologist", "2024-03-04")]),
    ("Approved by: Roe, Jane MD   3/4/2024 5:12:10 PM", [("radiation_oncologist", "2024-03-04")]),
    ("Sanctioned by Roe, Jane, MD 3/4/2024", [("radiation_oncologist", "2024-03-04")]),
    ("Digitally signed by Jane Roe, MD. Date: 2024.03.04 17:12:10", [("radiation_oncologist", "2024-03-04")]),
    ("Attending: Jane Roe, MD", []),
    ("Attending physician: Jane Roe, MD   Date of service: 3/4/2024", []),
    ("Physician signature: ____________   Date: ______", []),
    ("Physician signature: Jane Roe, MD   Date: 3/4/2024", [("radiation_oncologist", "2024-03-04")]),
    ("Jane~ Roe~ Jane Roe, MD 3/4/2024", [("radiation_oncologist", "2024-03-04")]),
    ("J. Roe MD", []),
    ("J. Roe MD 3/4/24", [("radiation_oncologist", "2024-03-04")]),
    ("JR 3/4/24", []),
    ("J.R.", []),
    ("Signature on file - Jane Roe, MD", []),
    ("[STAMP] Jane Roe, MD 3/4/2024", []),
    ("Dictated but not read: Jane Roe, MD 3/4/2024", []),
    ("Dictated by Jane Roe, MD 3/4/2024", []),
    ("Dictated by: Jane Roe, MD   D: 3/4/2024  T: 3/5/2024", []),
    ("Transcribed by: kk 3/5/2024 for Jane Roe, MD", []),
    ("Electronically signed by Kim Poe, RN on behalf of Jane Roe, MD 3/4/2024", [("other", "2024-03-04")]),
    ("Jane Roe, MD (signed by proxy) 3/4/2024", []),
    ("Per Jane Roe, MD 3/4/2024", []),
    ("cc: Jane Roe, MD 3/4/2024", []),
    ("Referring physician: Jane Roe, MD", []),
    ("Draft - not yet signed. Jane Roe, MD 3/4/2024", []),
    ("Preliminary report. Jane Roe, MD", []),
    ("Pending signature: Jane Roe, MD", []),
    ("Awaiting co-signature by Jane Roe, MD", []),
    ("Please sign: Jane Roe, MD 3/4/2024", []),
    ("Routed to Jane Roe, MD for signature 3/4/2024", []),
    ("Cosigned by: Jane Roe, MD 3/5/2024 07:00", [("radiation_oncologist", "2024-03-05")]),
    ("Co-signature: Jane Roe, MD, Attending, 3/5/2024", [("radiation_oncologist", "2024-03-05")]),
    ("Resident: Sam Doe, MD (PGY-3) signed 3/4/2024", [("other", "2024-03-04")]),
    ("Sam Doe, MD, Resident   Electronically signed 3/4/2024", [("other", "2024-03-04")]),
    ("Kim Poe, APRN, electronically signed 3/4/2024", [("other", "2024-03-04")]),
    ("Kim Poe, NP-C 3/4/2024 14:00", [("other", "2024-03-04")]),
    ("Bob Coe, MS, DABR   3/4/2024", [("medical_physicist", "2024-03-04")]),
    ("Physicist: Bob Coe, Ph.D., DABR   Signed 3/4/2024 16:00", [("medical_physicist", "2024-03-04")]),
    ("QMP review: Bob Coe, MS 3/4/2024", [("medical_physicist", "2024-03-04")]),
    ("Checked by Bob Coe, M.S., 3/4/2024", [("medical_physicist", "2024-03-04")]),
    ("Planner: Ann Moe, CMD 3/4/2024", [("dosimetrist", "2024-03-04")]),
    ("Calculated by Ann Moe, CMD 3/4/2024", [("dosimetrist", "2024-03-04")]),
    ("Therapist: Lee Foe, RT(T) 3/4/2024", [("radiation_therapist", "2024-03-04")]),
    ("Lee Foe, R.T.(R)(T)(ARRT) 3/4/2024", [("radiation_therapist", "2024-03-04")]),
    ("I agree with the above. Jane Roe, MD 3/4/2024", [("radiation_oncologist", "2024-03-04")]),
    ("Reviewed and approved by: Jane Roe, MD on March 4, 2024", [("radiation_oncologist", "2024-03-04")]),
    ("Verified by Bob Coe, PhD (e-signature) 4 March 2024", [("medical_physicist", "2024-03-04")]),
    ("Sincerely,\nJane Roe, MD\nRadiation Oncology", []),
    ("Sincerely,\nJane~ Roe~\nJane Roe, MD\nRadiation Oncology", [("radiation_oncologist", None)]),
    ("Sincerely,\n\nElectronically signed\nJane Roe, MD\n3/4/2024", [("radiation_oncologist", "2024-03-04")]),
    ("Jane Roe, MD\nElectronically signed 3/4/2024 17:00", [("radiation_oncologist", "2024-03-04")]),
    ("Jane Roe, MD\nRadiation Oncologist\nElectronically signed on 3/4/2024", [("radiation_oncologist", "2024-03-04")]),
    ("Printed by Kim Poe 4/4/2024", []),
    ("Patient signature: Rosa Doe 3/4/2024", []),
    ("Witness: Kim Poe, RN 3/4/2024", []),
    ("Last edited by Jane Roe, MD 3/9/2024", []),
    ("Note status: Signed   Author: Jane Roe, MD   3/4/2024 17:00", [("radiation_oncologist", "2024-03-04")]),
    ("Filed by Kim Poe, HIM 3/9/2024", []),
    ("Ordered by Jane Roe, MD 3/4/2024", []),
    ("Signed: 3/4/2024 17:12 by Jane Roe, MD (Attending)", [("radiation_oncologist", "2024-03-04")]),
    ("Jane Roe, M.D., F.A.C.R. [electronically signed 3/4/2024]", [("radiation_oncologist", "2024-03-04")]),
    ("Roe, Jane (MD) signed 04.03.2024 at 17:12", [("radiation_oncologist", "2024-03-04")]),
    ("Plan approval   jroe   Jane Roe, MD   3/4/2024 17:12", [("radiation_oncologist", "2024-03-04")]),
    (
        "Physician: J Roe MD 3/4/24   Physicist: B Coe MS 3/5/24",
        [("radiation_oncologist", "2024-03-04"), ("medical_physicist", "2024-03-05")],
    ),
    ("Physician: Jane Roe, MD ________ Date ______", []),
    ("Reviewed by physics: B. Coe MS 3/4", []),
    ("Jane Roe MD electronically signed this document on 03/04/2024.", [("radiation_oncologist", "2024-03-04")]),
    (
        "This document has been electronically signed by Jane Roe, MD on 3/4/2024",
        [("radiation_oncologist", "2024-03-04")],
    ),
    (
        "This report was electronically approved. Jane Roe, MD 03/04/2024 12:00",
        [("radiation_oncologist", "2024-03-04")],
    ),
    ("Signature: J. Roe, MD (illegible)  3/4/2024", []),
    ("Scribed by Kim Poe for Jane Roe, MD on 3/4/2024", []),
    ("Addendum by Jane Roe, MD 3/9/2024 electronically signed", [("radiation_oncologist", "2024-03-09")]),
    ("Seen with Dr. Roe 3/4/2024", []),
    ("Discussed with Jane Roe, MD on 3/4/2024", []),
    ("Auto-signed after 30 days: Jane Roe, MD 4/4/2024", []),
    ("Verbal order Jane Roe, MD 3/4/2024 read back Kim Poe RN", []),
    ("Final report signed 3/4/2024 17:12 Jane Roe MD", [("radiation_oncologist", "2024-03-04")]),
    ("Completed by: Jane Roe, MD   Completed on: 3/4/2024", [("radiation_oncologist", "2024-03-04")]),
    ("Electronically signed by: ROE, J., M.D. 20240304 1712", [("radiation_oncologist", "2024-03-04")]),
]


def line_of(text: str, number: int) -> Line:
    cells, left, top = [], 40.0, 100.0 + 14 * number
    for part in re.split(r"\s{3,}", text):
        words = []
        for word in part.split():
            box = Box(left, top, left + 5 * len(word), top + 10)
            words.append(Word(word.replace("~", ""), box, 10.0, script=word.endswith("~")))
            left += 5 * (len(word) + 1)
        left += 30
        cells.append(Cell(tuple(words)))
    return Line(Row(tuple(cells)), 1)


def grid(*rows: str) -> list[Line]:
    """Lines of cells that begin 120 points apart; an empty cell between bars is left out."""
    words = [
        Word(
            word,
            Box(40.0 + 120 * at + 30 * n, 100.0 + 14 * number, 65.0 + 120 * at + 30 * n, 110.0 + 14 * number),
            10.0,
        )
        for number, row in enumerate(rows)
        for at, cell in enumerate(row.split("|"))
        for n, word in enumerate(cell.split())
    ]
    return [Line(row, 1) for row in rows_in_reading_order(words)]


def test_a_column_whose_signature_and_day_are_left_empty_is_not_signed() -> None:
    lines = grid(
        "|Therapist|Physicist|Physician",
        "Name|S. Moss, RTT|O. Ray, MS|J. Roe, MD",
        "Signature|S. Moss||",
        "Date|3/4/2024||",
    )
    found = [(s.role, str(s.signed_on)) for _, s in signatures_in(lines, STAFF, signing=SIGNING)]
    assert found == [("radiation_therapist", "2024-03-04")]


@pytest.mark.parametrize(
    ("head", "row", "signs"),
    [
        ("Signed by|Role|Date/time", "Jane Roe, MD|Attending|3/4/2024 12:44", True),
        ("Signed by|Role|Date/time|Status", "Jane Roe, MD|Attending|3/4/2024 12:44|Pending", False),
        ("Physician|Fraction|Date", "Jane Roe, MD|5|3/4/2024", False),
    ],
)
def test_a_row_below_signed_by_is_signed_on_the_day_of_its_row(head: str, row: str, signs: bool) -> None:
    found = [(s.role, str(s.signed_on)) for _, s in signatures_in(grid(head, row), STAFF, signing=SIGNING)]
    assert found == ([("radiation_oncologist", "2024-03-04")] if signs else [])


@pytest.mark.parametrize(
    "when", ["Viewed", "Printed on", "Last seen", "Requested", "Appointment", "Time in", "Date and time"]
)
def test_a_row_that_says_when_somebody_viewed_or_printed_a_paper_signs_nothing(when: str) -> None:
    table = (f"Role|User|{when}", "Physician|Jane Roe, MD|3/4/2024 12:44", "Physicist|Bob Coe, PhD|3/5/2024 08:10")
    above = ["Access log"] if when == "Date and time" else []
    assert list(signatures_in(grid(*above, *table), STAFF, signing=SIGNING)) == []
    signed = signatures_in(grid("Role|User|Date and time", *table[1:]), STAFF, signing=SIGNING)
    assert [s.role for _, s in signed] == ["radiation_oncologist", "medical_physicist"]


def test_a_step_signs_where_it_was_planned_and_not_where_it_was_to_be_on_that_day() -> None:
    planned, actual = "Planned|Jane Roe, MD|3/20/2024", "Actual|Jane Roe, MD|3/22/2024"
    assert list(signatures_in(grid("Step|Who|Date", planned, actual), STAFF, signing=SIGNING)) == []
    assert len(list(signatures_in(grid("Step|Who|Date", planned), STAFF, signing=SIGNING))) == 1


def test_one_of_two_fields_side_by_side_is_signed_and_the_other_is_left_empty() -> None:
    lines = grid("Bob Coe, PhD||Jane Roe, MD", "Sign: B Coe||Sign: ____", "Date: 3/4/2024||Date: ____")
    found = [(s.role, str(s.signed_on)) for _, s in signatures_in(lines, STAFF, signing=SIGNING)]
    assert found == [("medical_physicist", "2024-03-04")]


@pytest.mark.parametrize(("text", "expected"), FORMS)
def test_each_form_of_signing_is_read_as_a_reviewer_reads_it(text: str, expected: list[tuple[str, str | None]]) -> None:
    lines = [line_of(line, number) for number, line in enumerate(text.split("\n")) if line.strip()]
    found = [
        (s.role, s.signed_on.isoformat() if s.signed_on else None)
        for _, s in signatures_in(lines, STAFF, signing=SIGNING)
    ]
    assert list(dict.fromkeys(found)) == expected
