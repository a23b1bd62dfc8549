"""What somebody only did with a record signs nothing of it, and a name behind the last sentence of a note signs it."""

import pytest

from isocenter.chart.grammar.grammar import Grammar
from tests.chart.reading import elements_of, kinds_and_days, read
from tests.chart.test_signatures import signed


@pytest.mark.parametrize(
    "text",
    [
        "Entered Ada Winter, MD 04/02/2024 09:11",
        "Last modified by: Ada Winter, MD 04/02/2024",
        "Imported by Ada Winter, MD 04/02/2024",
        "Medications: list reviewed by Flo Care, RN on 04/02/2024",
        "Allergies reviewed by Flo Care, RN 04/02/2024",
    ],
)
def test_handling_a_record_or_reading_a_list_signs_no_paper(text: str) -> None:
    assert signed(text) == []


@pytest.mark.parametrize("ending", ["L. Winter MD 04/02/2024", "Winter MD 04/02/2024"])
def test_a_name_and_day_behind_the_last_sentence_sign_a_note(ending: str) -> None:
    assert [role for role, _ in signed(f"Saw her in clinic. Has mild redness. Continue. {ending}")] == [
        "radiation_oncologist"
    ]


@pytest.mark.parametrize("of_it", ["errored out", "wrong patient", "disregard", "errored out / wrong chart"])
def test_a_check_that_does_not_count_is_not_stated(of_it: str, grammar: Grammar) -> None:
    rows = f"Field 1: independent check 1.2 % ({of_it})\nField 2: independent check 0.4 %"
    page = f"MONITOR UNIT CHECK\nDate: 4/2/2024\n{rows}"
    (document,) = read(grammar, page).documents
    checks = [element.detail for element in document.elements if element.element == "independent_check"]
    assert checks == ["Field 2"]


def test_orders_are_a_prescription_where_they_name_a_dose(grammar: Grammar) -> None:
    dose = "ORDERS\nDate: 4/2/2024\nLarynx 6000 cGy in 30 fractions daily.\nSigned: Ada Winter, MD 4/2/2024"
    other = (
        "ORDERS\nDate: 4/2/2024\nMouthwash four times a day. Blood count on Mondays.\nSigned: Ada Winter, MD 4/2/2024"
    )
    assert kinds_and_days(read(grammar, dose)) == [("prescription", "2024-04-02")]
    assert read(grammar, other).documents == []


def test_the_verification_of_a_registration_measures_no_delivery(grammar: Grammar) -> None:
    fusion = (
        "VERIFICATION OF FUSION\nDate: 4/2/2024\nMRI and CT agree at the orbits.\nSigned: Bo Quant, PhD, DABR 4/2/2024"
    )
    plan = "VERIFICATION OF THE PLAN\nDate: 4/2/2024\nThe arcs were delivered on the array.\nSigned: B. Quant, PhD"
    assert read(grammar, fusion).documents == []
    assert "delivery_verified" in elements_of(read(grammar, plan), "dosimetric_verification")
