"""Sign-offs by people whom the chart knows elsewhere, and by fields and states beside a name; and what is none."""

import pytest

from isocenter.chart.grammar.grammar import Grammar
from tests.chart.reading import read

PHYSICIAN, PHYSICIST, PLANNER = "radiation_oncologist", "medical_physicist", "dosimetrist"
NOTE = "# SIMULATION RECORD\nDate: 3/1/2026\nPosition: supine, arms up over the head in a cradle\n"
STAFF = "# STAFF OF THE CLINIC\nAda Winter, MD\nOle Ray, PhD\nGil Lund, CMD\nNora Till, RN\n"


def signed(grammar: Grammar, lines: str) -> list[tuple[str, str]]:
    """The roles and days of those who signed a simulation record that ends with these lines."""
    found = read(grammar, STAFF, NOTE + lines)
    signatures = (s for d in found.documents if d.kind == "simulation_record" for s in d.signatures)
    return sorted((s.role, str(s.signed_on or "-")) for s in signatures)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            "| Version | Event | User | Post | Time\n| 1 | Approved | Winter, A | Physician | 3/3/2026 08:40\n"
            "| 1 | Modified | Till, N | Nurse | 3/2/2026 08:15",
            [(PHYSICIAN, "2026-03-03")],
        ),
        (
            "| Step | By | On\n| Plan prepared | Lund | 3/2/2026\n| Plan checked | Ray | 3/3/2026",
            [(PLANNER, "2026-03-02"), (PHYSICIST, "2026-03-03")],
        ),
        ("| Step | By | On\n| Plan approved | Stranger | 3/3/2026", []),
        ("Chart check finished. Completed 3/3/2026 by Ray, Ole", [(PHYSICIST, "2026-03-03")]),
        ("Chart check assigned 3/3/2026 to Ray, Ole", []),
        ("Check by Ray, Ole (Physicist) complete 3/3/2026 15:04", [(PHYSICIST, "2026-03-03")]),
    ],
)
def test_a_bare_name_that_the_chart_knows_signs_where_an_act_and_a_day_are_beside_it(
    grammar: Grammar, lines: str, expected: list[tuple[str, str]]
) -> None:
    assert signed(grammar, lines) == sorted(expected)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            "| Stage | Authorized person | Authorization | Date\n| Prescribed | Ada Winter, MD | Authorized | 3/3/2026",
            [(PHYSICIAN, "2026-03-03")],
        ),
        (
            "| Step | Responsible | State | Date\n| Contours | Ada Winter, MD | Approved | 3/2/2026\n"
            "| Plan | Ole Ray, PhD | Open | 3/4/2026",
            [(PHYSICIAN, "2026-03-02")],
        ),
        ("| Step | Responsible | Date\n| Contours | Ada Winter, MD | 3/2/2026", []),
        (
            "| Physician | Physicist | Date\n| Ada Winter, MD | Ole Ray, PhD | 3/4/2026",
            [(PHYSICIAN, "2026-03-04"), (PHYSICIST, "2026-03-04")],
        ),
        ("| Notified | Time\n| Ole Ray, PhD | 3/3/2026 14:10", []),
        ("Notified:\n| Ole Ray, PhD | 3/3/2026 14:10\n| Ada Winter, MD | 3/3/2026 14:12", []),
    ],
)
def test_a_row_signs_by_the_state_that_another_column_gives(
    grammar: Grammar, lines: str, expected: list[tuple[str, str]]
) -> None:
    assert signed(grammar, lines) == sorted(expected)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            "Physicist: Ole Ray, PhD\nElectronic signature: ORAY 3/3/2026 10:05\n"
            "Physician: Ada Winter, MD\nElectronic signature: (none)",
            [(PHYSICIST, "2026-03-03")],
        ),
        ("Signature: Ada Winter, MD\nSig Date/Time: 3/4/2026 14:02", [(PHYSICIAN, "2026-03-04")]),
        ("Signature: Ada Winter, MD\nTime of electronic signature: 3/4/2026 14:02", [(PHYSICIAN, "2026-03-04")]),
        ("Physician initials: AW   Date: 3/4/2026\nAda Winter, MD", [(PHYSICIAN, "2026-03-04")]),
        ("Physician initials: ____   Date: 3/4/2026\nAda Winter, MD", []),
        (
            "Measuring: Ole Ray, PhD 3/2/2026   Approving: Ada Winter, MD 3/4/2026",
            [(PHYSICIST, "2026-03-02"), (PHYSICIAN, "2026-03-04")],
        ),
        ("Results reviewed and accepted 3/4/2026, Ada Winter, MD", [(PHYSICIAN, "2026-03-04")]),
        ("Ada Winter, MD / signed 3/4/2026 15:02 / Cosign not required", [(PHYSICIAN, "2026-03-04")]),
        ("Ada Winter, MD / signed 3/4/2026 15:02 / not yet authenticated", []),
        ("Reviewed: Ole Ray, PhD   Date: 3/3/2026 09:00   Result: Returned for correction", []),
        ("Reviewed: Ole Ray, PhD   Date: 3/3/2026 09:00   Result: Accepted", [(PHYSICIST, "2026-03-03")]),
    ],
)
def test_fields_beside_a_name_say_whether_and_when_it_was_signed(
    grammar: Grammar, lines: str, expected: list[tuple[str, str]]
) -> None:
    assert signed(grammar, lines) == sorted(expected)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("Physicist: Ole Ray, PhD\nElectronic signature: MFENN 3/3/2026", []),
        ("Physicist: Ole Ray, PhD\nElectronic signature: rt-mfenn 3/3/2026", []),
        ("Physicist: Ole Ray, PhD\nE-signed by user mfenn02 on 3/3/2026", []),
        ("Physicist: Ole Ray, PhD\nE-signed by user oray on 3/3/2026", [(PHYSICIST, "2026-03-03")]),
        ("Physician: Ada Winter, MD\nElectronically signed: mae.fenn 3/3/2026", []),
        ("Physician: Ada Winter, MD    User ID: MFENN    Signed: 3/3/2026 08:15", []),
        ("Physician: Ada Winter, MD    User ID: WINTERA    Signed: 3/3/2026 08:15", [(PHYSICIAN, "2026-03-03")]),
        ("Physician: Ada Winter, MD    User ID: 20417    Signed: 3/3/2026 08:15", [(PHYSICIAN, "2026-03-03")]),
        ("Physician: Ada Winter, MD    User: physics2    Signed: 3/3/2026 08:15", [(PHYSICIAN, "2026-03-03")]),
        (
            "Reviewed electronically: Ole Ray, PhD 3/3/2026\nE-signature: COMPLETED 3/3/2026",
            [(PHYSICIST, "2026-03-03")],
        ),
    ],
)
def test_a_user_name_that_cannot_be_the_signers_denies_the_signature(
    grammar: Grammar, lines: str, expected: list[tuple[str, str]]
) -> None:
    assert signed(grammar, lines) == sorted(expected)


def test_whoever_is_named_in_an_attestation_does_not_sign_it(grammar: Grammar) -> None:
    attested = "Attending attestation: I saw the patient together with Dr. Frost and agree with the above."
    assert signed(grammar, attested) == []
    assert signed(grammar, f"{attested}\nAda Winter, MD 3/2/2026 17:12") == [(PHYSICIAN, "2026-03-02")]


def test_who_signed_on_a_day_has_no_second_signature_without_one(grammar: Grammar) -> None:
    head = "Ada Winter, MD (Physician) - Radiation Oncology - Signed\n"
    text = "Scanned from the chin to the diaphragm in steps of 2 mm, marks tattooed.\n" * 3
    end = "Electronically signed by Ada Winter, MD 3/2/2026 08:00"
    assert signed(grammar, head + text + end) == [(PHYSICIAN, "2026-03-02")]


@pytest.mark.parametrize(
    "asked", ["Physicist: Ole Ray, PhD - review requested 3/6/2026", "Approval requested 3/6/2026"]
)
def test_the_day_on_which_a_review_was_requested_is_not_that_of_the_paper(grammar: Grammar, asked: str) -> None:
    paper = f"# SIMULATION RECORD\nSupine, arms up.\n{asked}\nSimulation date: 3/5/2026, cradle under the arms\n"
    found = read(grammar, f"{paper}Electronically signed by Ada Winter, MD 3/6/2026")
    assert [str(one.document_date) for one in found.documents] == ["2026-03-05"]
