"""Approvals that a later event takes back, and lists of events in which the last approval counts."""

import pytest

from isocenter.chart.grammar.grammar import Grammar
from tests.chart.reading import read

PHYSICIAN, PHYSICIST, PLANNER = "radiation_oncologist", "medical_physicist", "dosimetrist"
NOTE = "# SIMULATION RECORD\nDate: 3/1/2026\nPosition: supine, arms up over the head in a cradle\n"
STAFF = "# STAFF OF THE CLINIC\nAda Winter, MD\nOle Ray, PhD\nGil Lund, CMD\nNora Till, RN\nKim Bell, RT(T)\n"


def signed(grammar: Grammar, lines: str) -> list[tuple[str, str]]:
    """The roles and days of those who signed a simulation record that ends with these lines."""
    found = read(grammar, STAFF, NOTE + lines)
    signatures = (s for d in found.documents if d.kind == "simulation_record" for s in d.signatures)
    return sorted((s.role, str(s.signed_on or "-")) for s in signatures)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            "| Status | User | Date\n| Planning Approved | Ada Winter, MD | 3/5/2026 15:22\n"
            "| Unapproved | Ada Winter, MD | 3/7/2026 08:01",
            [],
        ),
        (
            "| Status | User | Date\n| Unapproved | Ada Winter, MD | 3/4/2026 08:01\n"
            "| Planning Approved | Ada Winter, MD | 3/5/2026 15:22",
            [(PHYSICIAN, "2026-03-05")],
        ),
        (
            "| 3/5/2026 15:22 | Ada Winter, MD | Approved\n| 3/7/2026 08:01 | Gil Lund, CMD | Unapproved\n"
            "| 3/8/2026 11:47 | Ada Winter, MD | Approved",
            [(PHYSICIAN, "2026-03-08")],
        ),
        (
            "Approved by Ada Winter, MD 3/5/2026 15:22\nSignature removed by Ada Winter, MD 3/7/2026 08:01",
            [],
        ),
        (
            "Approved by Ada Winter, MD 3/6/2026 4:10 PM\nApproval withdrawn 3/6/2026 11:02 AM by Gil Lund, CMD",
            [(PHYSICIAN, "2026-03-06")],
        ),
        (
            "Checked by Ole Ray, PhD 3/6/2026\nApproval reset 3/6/2026 11:02 by Gil Lund, CMD\n"
            "Approved by Ada Winter, MD 3/7/2026 09:00",
            [(PHYSICIST, "2026-03-06"), (PHYSICIAN, "2026-03-07")],
        ),
    ],
)
def test_an_approval_that_was_taken_back_later_signs_nothing(
    grammar: Grammar, lines: str, expected: list[tuple[str, str]]
) -> None:
    assert signed(grammar, lines) == sorted(expected)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            "| Date | User | Action | Comment\n| 3/5/2026 15:22 | Winter, Ada MD | Approved | Version 1",
            [(PHYSICIAN, "2026-03-05")],
        ),
        (
            "| Plan status | Changed by | Changed on\n| Submitted | Gil Lund, CMD | 3/4/2026 14:10\n"
            "| Approved | Ada Winter, MD | 3/4/2026 18:02",
            [(PHYSICIAN, "2026-03-04")],
        ),
        (
            "| Init | Printed name | Function | Time\n| KB | Kim Bell, RT(T) | Therapist | 3/3/2026 10:05\n"
            "| -- | Ole Ray, PhD | Physicist | 3/3/2026 10:20",
            [("radiation_therapist", "2026-03-03")],
        ),
        (
            "| Calculated | Checked\n| Gil Lund, CMD | Ole Ray, PhD\n| 3/4/2026 | 3/5/2026",
            [(PLANNER, "2026-03-04"), (PHYSICIST, "2026-03-05")],
        ),
    ],
)
def test_rows_sign_below_headings_of_states_initials_and_acts(
    grammar: Grammar, lines: str, expected: list[tuple[str, str]]
) -> None:
    assert signed(grammar, lines) == sorted(expected)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("Signer: Ada Winter, MD\nAuthentication date: 3/3/2026 14:05", [(PHYSICIAN, "2026-03-03")]),
        ("Author: Ada Winter, MD\nSigned date: 3/3/2026", [(PHYSICIAN, "2026-03-03")]),
        ("Cosigner: Ada Winter, MD\nVisit date: 3/3/2026", []),
        ("Approver: Ada Winter, MD\nRequest date: 3/3/2026", []),
        (
            "Calculation: G. Lund, CMD, 3/4/2026  //  Verification: O. Ray, PhD, 3/5/2026  //  Release: pending",
            [(PLANNER, "2026-03-04"), (PHYSICIST, "2026-03-05")],
        ),
        (
            "Calculation: G. Lund, CMD, 3/4/2026  //  Verification: pending  //  Release: O. Ray, PhD",
            [(PLANNER, "2026-03-04")],
        ),
        (
            "Planner Gil Lund, CMD: signed 3/4/2026. Physicist Ole Ray, PhD: signed 3/5/2026. Physician: not signed.",
            [(PLANNER, "2026-03-04"), (PHYSICIST, "2026-03-05")],
        ),
    ],
)
def test_a_label_gives_the_day_of_signing_and_another_act_left_open_denies_nothing(
    grammar: Grammar, lines: str, expected: list[tuple[str, str]]
) -> None:
    assert signed(grammar, lines) == sorted(expected)
