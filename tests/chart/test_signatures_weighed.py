"""Signatures in forms that no shape knows, and lines with a name, a day and a word of an act that sign nothing."""

import pytest

from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.layout import rows_in_reading_order
from isocenter.chart.signatures.signatures import signatures_in
from isocenter.chart.words.dates import dates_in
from isocenter.chart.words.people import staff_of
from tests.chart.test_signature_forms import SIGNING, STAFF, grid, line_of

PHYSICIAN = [("radiation_oncologist", "2024-03-04")]
PHYSICIST = [("medical_physicist", "2024-03-04")]


def signed(text: str, staff: dict[str, str] = STAFF) -> list[tuple[str, str]]:
    lines = [line_of(line, number) for number, line in enumerate(text.split("\n"))]
    return [(s.role, str(s.signed_on)) for _, s in signatures_in(lines, staff, signing=SIGNING)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Plan approval complete - Jane Roe, MD - 3/4/2024 10:00", PHYSICIAN),
        ("Second check 3/4/2024 by Bob Coe, PhD", PHYSICIST),
        ("Treatment Plan   Approved   Jane Roe, MD   3/4/2024 4:02 PM", PHYSICIAN),
        ("ExternallyApproved   Roe, Jane MD   3/4/2024 4:02 PM", PHYSICIAN),
        ("Visit closed, Jane Roe, MD, 3/4/2024 16:20", PHYSICIAN),
        ("Performed by: B. Coe   Approved By: Bob Coe   Approved On: 03/04/2024 10:12", PHYSICIST),
        ("MD SIG: J ROE MD 03/04/24 0915 PHYSICS SIG: ______ RTT SIG: ______", PHYSICIAN),
        ("Ordered and approved, Jane Roe, MD (3/4/2024)", PHYSICIAN),
        ("Provider: Jane Roe, MD\nSigned: 3/4/2024 6:20 PM", PHYSICIAN),
        ("Analysis approved by physicist Bob Coe, MS, DABR 4 March 2024, 07:55 hrs. Physician informed.", PHYSICIST),
        ("Physician: Jane Roe, DO\nDate/time: 04-Mar-2024 / 14:40\nSignature: electronically verified", PHYSICIAN),
        ("Checked 3/4/2024 B. Coe, Ph.D.", PHYSICIST),
        ("Physics: pending. Physician: Jane Roe, MD, 3/4/2024", PHYSICIAN),
        (
            "Transcribed 03/01/2024 by J. Poe. Reviewed, edited and electronically signed by Jane Roe, MD on 3/4/2024.",
            PHYSICIAN,
        ),
        ("Physics initial chart check Bob Coe, MS, DABR completed 3/4/2024", PHYSICIST),
    ],
)
def test_a_name_a_day_and_an_act_sign_in_whatever_order_they_stand(text: str, expected: list[tuple[str, str]]) -> None:
    assert signed(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Plan handed to Jane Roe, MD for approval 3/4/2024",
        "Plan for approval: Jane Roe, MD 3/4/2024",
        "Ready for review by Jane Roe, MD 3/4/2024 10:00",
        "Physician initials required: Jane Roe, MD 3/4/2024",
        "Insurance approval obtained: Jane Roe, MD 3/4/2024",
        "Auth approved 3/4/2024, physician Jane Roe, MD",
        "Approval meeting Jane Roe, MD 3/4/2024 10:00",
        "Sign-in sheet: Jane Roe, MD 3/4/2024 10:00",
        "Plan created by Sam Doe, CMD 3/4/2024 14:02",
        "Contours by Jane Roe, MD 3/4/2024 10:00",
        "Physician on call: Jane Roe, MD 3/4/2024 17:00",
        "Case reviewed at tumor board, Jane Roe, MD, 3/4/2024",
        "Ordered by Jane Roe, MD (3/4/2024)",
        "Order acknowledged: Ina Moss, RT(T) 3/4/2024 07:10",
        "Jane Roe, MD 3/4/2024. Signature on file.",
        "Jane Roe, MD 3/4/2024. Not signed.",
        "MD SIG: ______ PHYSICS SIG: ______ 03/04/24 J ROE MD",
        "Referring provider: Jane Roe, MD\nSigned: 3/4/2024 6:20 PM",
        "Primary care physician: Jane Roe, MD\nSigned: 3/4/2024 6:20 PM",
        "UnApproved   Jane Roe, MD   3/4/2024 10:00",
        "Attending: Jane Roe, MD\nApproved protocol 3/4/2024",
        "Jane Roe, MD\nApproved 3/4/2024, to be repeated 3/6/2024",
    ],
)
def test_a_name_a_day_and_an_act_of_something_else_sign_nothing(text: str) -> None:
    assert signed(text) == []


def test_rows_of_approvals_below_a_table_of_fields_sign_and_the_printing_of_the_report_does_not() -> None:
    lines = grid(
        "Field|Energy|Gantry|MU",
        "A1|6X|181|302.4",
        "Plan Status History",
        "Planning Approved|Doe, Sam CMD|3/3/2024 3:20:18 PM",
        "Treatment Approved|Roe, Jane MD|3/4/2024 7:15:44 AM",
        "Report printed|Doe, Sam CMD|3/9/2024 7:15:44 AM",
    )
    logs = frozenset(line.row.text for line in lines[3:])
    found = [(s.role, str(s.signed_on)) for _, s in signatures_in(lines, STAFF, signing=SIGNING, logs=logs)]
    assert found == [("dosimetrist", "2024-03-03"), ("radiation_oncologist", "2024-03-04")]


def test_the_signer_below_a_block_of_two_signers_is_no_part_of_its_first_column() -> None:
    lines = grid(
        "Dosimetrist||Physicist",
        "Sam Doe, CMD||Bob Coe, PhD",
        "3/3/2024 15:10||3/4/2024 08:02",
        "Physician: Jane Roe, MD 3/5/2024 12:30",
    )
    found = {(s.role, str(s.signed_on)) for _, s in signatures_in(lines, STAFF, signing=SIGNING)}
    assert found == {
        ("dosimetrist", "2024-03-03"),
        ("medical_physicist", "2024-03-04"),
        ("radiation_oncologist", "2024-03-05"),
    }


def test_a_letter_is_signed_on_the_day_behind_signed_and_not_on_that_of_the_dictation() -> None:
    found = signed("J. Roe~\nJane Roe, MD\nDictated 3/1/2024, reviewed and signed 3/4/2024")
    assert {day for _, day in found} - {"None"} == {"2024-03-04"}


def test_a_physician_with_the_title_of_a_resident_on_the_line_below_the_name_is_a_resident() -> None:
    note = ["Nell Till, MD", "Resident Physician, PGY-3", "Signed by Till, Nell, MD on 3/4/2024 18:22"]
    assert staff_of(note)["till"] == "other"
    assert signed("\n".join(note), staff_of(note)) == [("other", "2024-03-04")]
    assert (
        staff_of(["Nell Till, MD", "Resident Dr. Poe saw her first. She felt well."])["till"] == "radiation_oncologist"
    )


@pytest.mark.parametrize(
    "text",
    [
        "To be reviewed by\nJane Roe, MD\n3/4/2024",
        "For approval by\nJane Roe, MD\n3/4/2024",
        "Dictated but not signed to avoid delay\nJane Roe, MD 3/4/2024",
        "Typed, not signed\nJane Roe, MD 3/4/2024",
        "Not electronically signed. Jane Roe, MD 3/4/2024",
        "Receipt acknowledged by:\n/es/ Jane Roe, MD\n3/4/2024 09:11\n/es/ Bob Coe, PhD\n3/4/2024 10:20",
        "The plan approved by Jane Roe, MD on 3/4/2024 was exported to the machine.",
        "Prior authorization: Jane Roe, MD 3/4/2024",
        "Approved per Jane Roe, MD 3/4/2024",
        "Reviewed by\nJane Roe, MD\nPrinted 3/20/2024",
        "Rx written by Jane Roe, MD 3/4/2024 for pain",
    ],
)
def test_words_above_or_behind_a_name_that_take_the_act_away_leave_it_unsigned(text: str) -> None:
    assert signed(text) == []


@pytest.mark.parametrize(
    "day",
    [
        "Thu, Mar 4, 2024 5:22 PM",
        "Thursday, March 4, 2024 at 5:22 p.m.",
        "Thu Mar 4 17:22:10 CDT 2024",
        "03 / 04 / 2024",
        "03/04/24 1722",
        "4 Mar 2024, 17:22:10 (hr:min:sec)",
        "3/4/2024 | 5:22 PM CST",
        "2024-03-04 - 5:22:10 PM GMT",
        "3/4/2024 17:22 EDT (UTC-4)",
        "3/4/2024 5:22 PM Central",
    ],
)
def test_a_day_counts_with_its_weekday_and_its_time_however_it_is_written(day: str) -> None:
    for form in ("Jane Roe, MD {}", "Approved by Jane Roe, MD\nApproved on {}", "Reviewed by:\nJane Roe, MD\n{}"):
        assert signed(form.format(day)) == PHYSICIAN, form


def test_acts_with_their_days_go_with_the_names_below_them_where_the_first_stands_below_nobody() -> None:
    below = "Approved 3/4/2024\nJane Roe, MD\nApproved 3/5/2024\nBob Coe, PhD"
    above = "Jane Roe, MD\nApproved 3/4/2024\nBob Coe, PhD\nApproved 3/5/2024"
    both = [*PHYSICIAN, ("medical_physicist", "2024-03-05")]
    assert signed(below) == both
    assert signed(above) == both


def test_three_numbers_between_slashes_are_a_day_only_where_they_are_called_one() -> None:
    assert [d.day.isoformat() for d in dates_in("Date: 3 / 4 / 24")] == ["2024-03-04"]
    assert [d.day.isoformat() for d in dates_in("Shifts 3 / 4 / 24 mm")] == []


FORM = "QA physicist: B. Coe   Date: 3/4/24\nReviewed by (MD): ________   Date: ____"


def test_a_field_that_is_filled_beside_another_one_left_blank_is_signed_in_the_role_of_its_label() -> None:
    assert signed(FORM) == PHYSICIST
    assert signed("Physician: V. Orlov   Date: 3/4/24\nNurse: ________   Date: ____") == PHYSICIAN
    assert signed(FORM.replace("QA physicist", "Physician")) == []  # whom the chart knows as a physicist
    assert signed(FORM.split("\n", maxsplit=1)[0]) == []  # may be the head of a form
    assert signed("Patient: B. Orlov   Date: 3/4/24\nPhysician: ________   Date: ____") == []


def test_a_mark_of_a_pen_with_a_day_above_a_printed_name_signs_where_it_is_read_as_no_word_surely() -> None:
    def lines(mark: str, sureness: float) -> list[Line]:
        pen, name = line_of(f"{mark} 3/4/24", 0), line_of("Jane Roe, M.D.", 1)
        words = tuple(word._replace(sureness=sureness if word.text == mark else 0.98) for word in pen.row.words)
        return [Line(rows_in_reading_order(words)[0], 1), name]

    for mark, sureness, signs in (("WX", 0.6, True), ("WX", 0.95, False), ("discontinued", 0.6, False)):
        found = [(s.role, str(s.signed_on)) for _, s in signatures_in(lines(mark, sureness), STAFF, signing=SIGNING)]
        assert found == (PHYSICIAN if signs else []), mark


def test_the_association_of_a_practice_is_no_assistant_of_its_owner() -> None:
    assert staff_of(["ROE RADIATION ONCOLOGY, P.A.", "Jane Roe, M.D."])["roe"] == "radiation_oncologist"
    assert "roe" not in staff_of(["ROE RADIATION ONCOLOGY, P.A."])


def test_what_is_open_for_another_signer_takes_no_dated_signature_back() -> None:
    text = "Signature: /s/ Jane Roe, MD, 3/4/2024 09:26\nNot signed: {}"
    assert signed(text.format("physics (Bob Coe, MS, pending)")) == PHYSICIAN
    assert signed("Jane Roe, MD\nNot signed") == []


def test_the_number_of_an_envelope_stands_between_a_signature_and_its_day() -> None:
    assert signed("DocuSigned by:\nJane Roe\n9C41FA77B20E4D8\n3/4/2024 | 4:15 PM EDT\nJane Roe, MD") == PHYSICIAN
