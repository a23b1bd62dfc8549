"""Limits listed in planning papers that are no prescription, limits by order, and names that no list knows."""

import pytest

from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.orders.constraints import constraints_in
from isocenter.chart.pages.passages import sentences
from isocenter.chart.statements.check import line_of
from tests.chart.reading import document_of, read

_SIGNED = "Electronically signed by Ada Winter, MD, radiation oncologist 3/4/2025"
_LIST = "1. Stomach: V40 < 25 cc; max < 51 Gy\n2. Kidney L: V17 < 30 %\n3. Cord: max 41 Gy\n4. Liver: mean < 22 Gy"
_OF_LIST = [("Stomach", 25), ("Stomach", 51), ("Kidney L", 30), ("Cord", 41), ("Liver", 22)]


def _request(limits: str, signed: str = _SIGNED, head: str = "# CT Simulation Request") -> str:
    planned = "Date: 3/4/2025\nSupine, arms up, Vac-Lok, contrast by mouth."
    return f"{head}\n{planned}\n## Wishes for the plan\n{limits}\n{signed}"


def _limits(grammar: Grammar, *pages: str) -> list[tuple[str, float]]:
    return [(limit.structure, limit.limit) for limit, _ in read(grammar, *pages).constraints]


def test_a_list_of_limits_in_a_signed_request_is_ordered(grammar: Grammar) -> None:
    assert _limits(grammar, _request(_LIST)) == _OF_LIST


@pytest.mark.parametrize(
    "page",
    [
        _request(_LIST, "Typed by B. Lake, RTT"),
        _request("The stomach max was 58 Gy in that plan.\nThe liver mean was 19 Gy.\nThe cord max was 46 Gy."),
        _request("1. Cord: max < 41 Gy\n2. Liver: mean < 22 Gy"),
        _request("Usual limits of our department, for reference only:\n" + _LIST),
        _request(_LIST, head="# DVH review"),
    ],
)
def test_an_unsigned_list_prose_or_the_review_of_a_plan_orders_nothing(grammar: Grammar, page: str) -> None:
    assert _limits(grammar, page) == []


def test_where_a_prescription_limits_organs_another_list_orders_nothing(grammar: Grammar) -> None:
    prescription = f"# Radiation Prescription\nDate: 3/5/2025\nPTV: 45 Gy in 25 fractions\nCord max 40 Gy\n{_SIGNED}"
    assert _limits(grammar, _request(_LIST), prescription) == [("Cord", 40)]


def test_where_a_prescription_limits_its_target_alone_the_list_of_organs_is_ordered_beside_it(grammar: Grammar) -> None:
    prescription = f"# Radiation Prescription\nDate: 3/5/2025\nPTV: 45 Gy in 25 fractions\nPTV D95% >= 43 Gy\n{_SIGNED}"
    assert _limits(grammar, _request(_LIST), prescription) == [("PTV", 43), *_OF_LIST]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Colon and bladder V40 below 180 cc and 45 % respectively.", [("Colon", 180, "cc"), ("bladder", 45, "%")]),
        ("Brainstem and cord max 53/44 Gy, respectively.", [("Brainstem", 53, "Gy"), ("cord", 44, "Gy")]),
        (
            "Heart, lungs and liver mean 6, 14 and 21 Gy respectively; cord max 43 Gy",
            [("Heart", 6, "Gy"), ("lungs", 14, "Gy"), ("liver", 21, "Gy"), ("cord", 43, "Gy")],
        ),
        (
            "Left and right parotid mean < 24 and < 29 Gy respectively",
            [("Left parotid", 24, "Gy"), ("right parotid", 29, "Gy")],
        ),
        ("Rectum V68 and V58 below 21 % and 36 % respectively", [("Rectum", 21, "%"), ("Rectum", 36, "%")]),
        ("Colon, cecum and bladder V40 below 180 cc and 45 % respectively.", []),
        ("The plan gives heart and liver a mean of 6 and 13 Gy respectively.", []),
    ],
)
def test_limits_by_order_go_with_the_structures_in_their_order_or_with_none(
    grammar: Grammar, text: str, expected: list[tuple[str, float, str]]
) -> None:
    found = constraints_in(grammar, list(sentences([line_of(text)])))
    assert [(one.structure, one.limit, one.unit) for one in found] == expected


@pytest.mark.parametrize(
    ("text", "structure"),
    [("BSTEM max 53 Gy", "BSTEM"), ("OPTIC N R max 52 Gy", "OPTIC N R"), ("RECOMMENDED max 52 Gy", "")],
)
def test_a_short_name_in_capitals_at_the_beginning_of_a_line_is_a_structure(
    grammar: Grammar, text: str, structure: str
) -> None:
    found = constraints_in(grammar, list(sentences([line_of(text)])))
    assert [one.structure for one in found] == [structure] * bool(structure)


@pytest.mark.parametrize(
    "title", ["Planning constraints, study 12-X (information)", "Dose constraints (for reference only)"]
)
def test_a_sheet_titled_as_information_is_no_prescription(grammar: Grammar, title: str) -> None:
    found = read(grammar, f"# {title}\nColon max 44 Gy\nBladder V38 < 31 %\nRectum V38 < 52 %")
    assert (found.documents, found.constraints) == ([], [])


def test_limits_that_nobody_signed_order_nothing_beside_signed_ones(grammar: Grammar) -> None:
    signed = f"# Radiation Prescription\nDate: 3/5/2025\nPTV: 45 Gy in 25 fractions\nCord max 40 Gy\n{_SIGNED}"
    sheet = "# Dose constraints\nCord max 44 Gy\nBladder V38 < 31 %"
    assert _limits(grammar, signed, sheet) == [("Cord", 40)]
    assert _limits(grammar, sheet) == [("Cord", 44), ("Bladder", 31)]


def test_a_hot_spot_outside_of_a_target_is_no_limit_of_it(grammar: Grammar) -> None:
    found = constraints_in(
        grammar, list(sentences([line_of("PTV: V95% at least 96 %; no hot spot of 106 % or more outside of it.")]))
    )
    assert [(one.metric, one.limit) for one in found] == [("V95%", 96)]


def test_results_below_a_title_of_physics_checks_are_those_of_a_verification(grammar: Grammar) -> None:
    found = read(
        grammar,
        "# Physics checks\nDate: 3/14/2025\n"
        "Both arcs of this patient were delivered to the diode array at the planned angles and measured.\n"
        "Gamma 3%/2mm: arc 1 98.6 %, arc 2 97.9 %.\nIon chamber at isocenter: +0.7 %.\n"
        "Signed by Bo Lake, PhD, medical physicist 3/14/2025",
    )
    assert document_of(found, "dosimetric_verification").document_date is not None
    assert [result.value for result, _, _ in found.verifications] == [98.6, 97.9, 0.7]
