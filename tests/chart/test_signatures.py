"""Signatures: who signed, in which role, when, and what only looks like a signature."""

from datetime import date

import pytest

from isocenter.chart.grammar.grammar import grammar_of
from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.layout import Box, Cell, Row, Word
from isocenter.chart.signatures.signatures import signatures_in
from isocenter.rulebook.rulebook import load_policy

SIGNING = grammar_of(load_policy("imrt").folder / "chart").signing
STAFF = {"winter": "radiation_oncologist"}


def lines_of(*texts: str) -> list[Line]:
    lines = []
    for at, text in enumerate(texts):
        left, words = 40.0, []
        for word in text.split():
            words.append(Word(word, Box(left, 100.0 + 12 * at, left + 5 * len(word), 110.0 + 12 * at), 10.0))
            left += 5 * len(word) + 5
        lines.append(Line(Row((Cell(tuple(words)),)), 1))
    return lines


def signed(*texts: str) -> list[tuple[str, date | None]]:
    return [(found.role, found.signed_on) for _, found in signatures_in(lines_of(*texts), STAFF, signing=SIGNING)]


@pytest.mark.parametrize(
    ("text", "role", "day"),
    [
        ("Electronically signed by Ada Winter, MD on 04/02/2024 at 09:11", "radiation_oncologist", date(2024, 4, 2)),
        ("Ada Winter, M.D. e-signed 2024-04-02", "radiation_oncologist", date(2024, 4, 2)),
        ("/s/ AWinter, MD 04/02/2024", "radiation_oncologist", date(2024, 4, 2)),
        ("/s/AWinter, DO 04/02/2024", "radiation_oncologist", date(2024, 4, 2)),
        ("/es/ Ada Winter, DO 2 April 2024", "radiation_oncologist", date(2024, 4, 2)),
        ("Approved by: Ada Winter, MD 04/02/2024", "radiation_oncologist", date(2024, 4, 2)),
        ("Physicist: Bo Quant, PhD, DABR 04/02/2024", "medical_physicist", date(2024, 4, 2)),
        ("Planner: Cy Grid, CMD 04/02/2024 14:20", "dosimetrist", date(2024, 4, 2)),
        ("Performed by Di Couch, RT(T) (signed 04/02/2024)", "radiation_therapist", date(2024, 4, 2)),
        ("Signed: Ed Young, MD, PGY-3 resident, 04/02/2024", "other", date(2024, 4, 2)),
        ("Flo Care, NP signed 04/02/2024", "other", date(2024, 4, 2)),
        ("Co-signed: Ada Winter, MD, attending, April 3, 2024", "radiation_oncologist", date(2024, 4, 3)),
        ("Reviewed and signed: Ada Winter, MD   Date: ______", "radiation_oncologist", None),
        ("A. Winter A. WINTER MD 04/02/2024", "radiation_oncologist", date(2024, 4, 2)),
        ("C. Draft, MS 04/02/2024", "medical_physicist", date(2024, 4, 2)),
    ],
)
def test_a_name_with_an_act_of_signing_is_a_signature(text: str, role: str, day: date | None) -> None:
    assert signed(text) == [(role, day)]


def test_whom_another_person_signed_for_did_not_sign() -> None:
    assert signed("Signed by: Flo Care, NP signing for", "Ada Winter, MD 04/02/2024 10:00") == [
        ("other", date(2024, 4, 2))
    ]
    assert signed("Ada Winter, MD by Flo Care, NP 04/02/2024") == []


@pytest.mark.parametrize(
    "text",
    [
        "Attending: Ada Winter, MD",
        "Ada Winter, MD",
        "Signature on file",
        "Dictated by Ada Winter, MD 04/02/2024 but not read",
        "[STAMP: ADA WINTER, MD] 04/02/2024",
        "Signature: ____________ Ada Winter, MD",
        "A.W. 04/02/2024",
        "Unsigned. Author: Ada Winter, MD 04/02/2024",
        "Awaiting signature of Ada Winter, MD since 04/02/2024",
        "Typed by Flo Care for Ada Winter, MD 04/02/2024",
        "Printed by RECORDS, R. on 04/02/2024",
        "(signed on behalf of Dr. Winter)",
        "Ordered 04/02/2024 by Ada Winter, MD.",
        "I reviewed the MRI dated 04/02/2024 with Dr. Winter.",
        "cc: Ada Winter, MD 04/02/2024",
    ],
)
def test_what_only_looks_like_a_signature_is_none(text: str) -> None:
    assert signed(text) == []


def test_a_day_on_the_next_line_belongs_to_the_signature() -> None:
    assert signed("Ada Winter, MD", "(electronically signed 04/02/2024 08:00)") == [
        ("radiation_oncologist", date(2024, 4, 2))
    ]


def test_the_day_of_a_signature_on_a_wrapped_line_is_its_day_and_credentials_stay_apart() -> None:
    line = "Signed electronically: Dr Ada Winter MBBS FRCR, Consultant Clinical Oncologist in charge of this course,"
    found = [s for _, s in signatures_in(lines_of(line, "14/11/2024 16:40"), {}, signing=SIGNING, day_first=True)]
    assert [(s.signer, s.credentials, s.signed_on) for s in found] == [("Ada Winter", "MBBS, FRCR", date(2024, 11, 14))]


def test_the_line_of_the_physician_signed_by_another_bears_the_role_of_who_signed() -> None:
    assert signed("Radiation oncologist: e-signed by Cy Grid, CMD 04/02/2024") == [("dosimetrist", date(2024, 4, 2))]
