"""What a physicist attests of the facility, from which day to which, and what is not attested."""

from datetime import date

import pytest

from isocenter.chart.abstract import abstract_pages
from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.results.facility_periods import Period, period_in
from isocenter.rulebook.rulebook import load_policy
from tests.chart.marked_papers import page_of

FOLDER = load_policy("imrt").folder

SIGNED = "Ole Ray, MS, DABR, e-signed 3/3/2026"
ALL = {"commissioning", "authorized_for_clinical_use", "quality_assurance_program"}


def attested(grammar: Grammar, *lines: str) -> dict[str, tuple[date | None, date | None]]:
    found = abstract_pages([page_of("\n".join(lines), 1)], grammar, FOLDER)
    return {one.element: (one.valid_from, one.valid_to) for one, _ in found.attestations}


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("Both are released from May 4, 2025 through May 3, 2027.", (2025, 5, 4), (2027, 5, 3)),
        ("This memo expires 30 Sep 2026.", None, (2026, 9, 30)),
        ("The letter holds from February 3 to December 31, 2025.", (2025, 2, 3), (2025, 12, 31)),
        ("I commissioned the linac, report of 2024-02-12, for IMRT.", (2024, 2, 12), None),
        ("Released until the next statement on June 9, 2026.", None, (2026, 6, 9)),
        ("The program is in force; it was last reviewed on January 10, 2025.", None, None),
        ("Linac 1 was taken out of service on 3/31/2023.", None, (2023, 3, 31)),
    ],
)
def test_a_sentence_names_the_days_that_it_covers(
    text: str, first: tuple[int, int, int] | None, last: tuple[int, int, int] | None
) -> None:
    assert period_in(text) == Period(date(*first) if first else None, date(*last) if last else None)


def test_a_statement_covers_no_day_after_the_one_on_which_it_expires(grammar: Grammar) -> None:
    lines = (
        "# Statement of the medical physicist",
        "I commissioned linac 2 and its planning system for IMRT.",
        "Both are authorized for clinical use.",
        "A quality assurance program is in force.",
        "This statement is valid from January 6 to December 31, 2026.",
        SIGNED,
    )
    assert attested(grammar, *lines) == dict.fromkeys(ALL, (date(2026, 1, 6), date(2026, 12, 31)))


def test_a_period_named_for_one_element_is_that_of_the_next_which_says_the_same(grammar: Grammar) -> None:
    lines = (
        "# To whom it may concern: physicist's declaration on IMRT",
        "Linac 2 and its planning system were commissioned by me for IMRT.",
        "They are authorized for clinical use from April 1, 2026 through March 31, 2028.",
        "A quality assurance program is in effect over the same time.",
        SIGNED,
    )
    of_period = (date(2026, 4, 1), date(2028, 3, 31))
    assert attested(grammar, *lines) == {
        "commissioning": (date(2026, 3, 3), None),
        "authorized_for_clinical_use": of_period,
        "quality_assurance_program": of_period,
    }


@pytest.mark.parametrize(
    "line",
    [
        "Authorization for clinical use: under review by the state, no date yet.",
        "Quality assurance program: draft 3 sent round; not in force.",
        "Release of linac 2 for clinical use awaits the second audit.",
        "A revision of the quality assurance program is being written and has not been adopted.",
        "Linac 3 is to be commissioned for IMRT in the fall.",
        "The commissioning report of linac 2 is in preparation.",
    ],
)
def test_what_is_still_open_is_not_attested(grammar: Grammar, line: str) -> None:
    assert attested(grammar, "# Statement of the medical physicist", line, SIGNED) == {}


def test_a_notice_for_all_patients_attests_though_it_is_about_no_one_of_them(grammar: Grammar) -> None:
    lines = (
        "Facility notice (all patients): Linac 4 and its planning system were commissioned for IMRT by me.",
        "They are released for clinical use from 2025-05-02. The quality assurance program is in preparation.",
        SIGNED,
    )
    found = attested(grammar, *lines)
    assert set(found) == {"commissioning", "authorized_for_clinical_use"}
    assert found["authorized_for_clinical_use"][0] == date(2025, 5, 2)


def test_a_memo_below_a_signed_summary_is_a_statement_of_its_own(grammar: Grammar) -> None:
    lines = (
        "# Treatment summary",
        "She had 50 Gy in 25 fractions.",
        "Ada Moor, MD, e-signed 4/9/2026 10:00",
        "Memorandum, status of linac 2",
        "I commissioned the planning system and linac 2 for IMRT. A quality assurance program is in force.",
        "Ole Ray, MS, DABR, medical physicist, e-signed 3/3/2026 09:00",
    )
    assert attested(grammar, *lines) == dict.fromkeys(
        ("commissioning", "quality_assurance_program"), (date(2026, 3, 3), None)
    )


def test_a_statement_that_a_physician_alone_signed_attests_nothing(grammar: Grammar) -> None:
    lines = (
        "# Statement on our IMRT equipment",
        "Linac 2 was commissioned for IMRT.",
        "Ada Moor, MD, e-signed 4/9/2026",
    )
    assert attested(grammar, *lines) == {}


def test_a_program_of_quality_assurance_is_one_in_force_and_none_announced(grammar: Grammar) -> None:
    lines = ("# Facility letter", "3 March 2026", "{} for IMRT.", SIGNED)
    stated = {
        text: set(attested(grammar, *(line.format(text) for line in lines)))
        for text in ("A written program of quality assurance is in force", "A program of quality assurance will follow")
    }
    assert list(stated.values()) == [{"quality_assurance_program"}, set()]
