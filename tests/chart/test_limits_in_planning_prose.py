"""Limits in the prose of planning papers, of small hot volumes, behind names that no list knows, and at dose levels."""

import pytest

from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.orders.constraints import constraints_in
from isocenter.chart.pages.passages import sentences
from isocenter.chart.pages.table_heads import Column
from isocenter.chart.statements.check import line_of
from tests.chart.reading import read

_SIGNED = "Electronically signed by Ada Winter, MD, radiation oncologist 3/4/2025"
_ORDERED = (
    "Healthy organs: Each kidney has to stay at a mean below 15 Gy, with at most 25 % of it getting 18 Gy or more. "
    "The mean dose of the liver must not exceed 24 Gy. "
    "Duodenum outside of the PTV should be kept to a maximum of 51 Gy. "
    "The cord may not receive more than 40 Gy at any point."
)
_LIMITS = [
    ("kidney", "mean", 15),
    ("kidney", "V18Gy", 25),
    ("liver", "mean", 24),
    ("Duodenum outside of the PTV", "max", 51),
    ("cord", "max", 40),
]


def _read(grammar: Grammar, prose: str, *others: str, signed: str = _SIGNED) -> list[tuple[str, str, float]]:
    note = (
        "# Clinical Treatment Planning Note\nDate: 3/4/2025\n"
        "The PET/CT was interpreted by me. The tumor is in the pancreatic head. 45 Gy in 25 fractions, 6 MV.\n\n"
        f"{prose}\n\n{signed}"
    )
    return [(one.structure, one.metric, one.limit) for one, _ in read(grammar, note, *others).constraints]


def test_a_paragraph_of_a_signed_planning_note_that_says_what_must_be_orders_its_limits(grammar: Grammar) -> None:
    assert _read(grammar, _ORDERED) == _LIMITS


def test_beside_a_prescription_that_limits_its_target_alone_the_paragraph_counts_too(grammar: Grammar) -> None:
    prescription = f"# Radiation Prescription\nDate: 3/5/2025\nPTV: 45 Gy in 25 fractions\nPTV D95% >= 43 Gy\n{_SIGNED}"
    assert _read(grammar, _ORDERED, prescription) == [("PTV", "D95%", 43), *_LIMITS]


def test_beside_a_prescription_that_limits_organs_it_orders_nothing(grammar: Grammar) -> None:
    prescription = f"# Radiation Prescription\nDate: 3/5/2025\nPTV: 45 Gy in 25 fractions\nCord max 38 Gy\n{_SIGNED}"
    assert _read(grammar, _ORDERED, prescription) == [("Cord", "max", 38)]


@pytest.mark.parametrize(
    "reference",
    ["Limits of the organs as in my planning note of 3/4.", "See the planning note for the dose constraints."],
)
def test_a_prescription_that_refers_to_the_note_takes_its_limits_and_keeps_its_own(
    grammar: Grammar, reference: str
) -> None:
    prescription = (
        f"# Radiation Prescription\nDate: 3/5/2025\nPTV: 45 Gy in 25 fractions\nCord max 42 Gy\n{reference}\n{_SIGNED}"
    )
    assert sorted(_read(grammar, _ORDERED, prescription)) == sorted(
        [("Cord", "max", 42), *(one for one in _LIMITS if one[0] != "cord")]
    )


@pytest.mark.parametrize(
    "sentence",
    [
        "Dose limits as in the protocol.",
        "The limits of the planning note are replaced by these.",
        "Goals of care as in the consult note.",
        "Treat as in the planning note.",
    ],
)
def test_a_prescription_that_refers_to_no_limits_of_a_note_takes_none(grammar: Grammar, sentence: str) -> None:
    prescription = (
        f"# Radiation Prescription\nDate: 3/5/2025\nPTV: 45 Gy in 25 fractions\nCord max 42 Gy\n{sentence}\n{_SIGNED}"
    )
    assert _read(grammar, _ORDERED, prescription) == [("Cord", "max", 42)]


def test_a_line_of_a_list_may_limit_several_structures(grammar: Grammar) -> None:
    listed = (
        "Limits:\nLiver mean < 25 Gy; kidneys mean < 16 Gy\nCord: max 45 Gy, < 40 Gy to all but 0.1 cc\n"
        "Spleen mean < 9 Gy"
    )
    assert _read(grammar, listed) == [
        ("Liver", "mean", 25),
        ("kidneys", "mean", 16),
        ("Cord", "max", 45),
        ("Cord", "D0.1cc", 40),
        ("Spleen", "mean", 9),
    ]


@pytest.mark.parametrize(
    "prose",
    [
        "In general the liver should have a mean below 30 Gy. "
        "Published limits keep the kidneys under a mean of 18 Gy. The usual maximum of the cord should be below 50 Gy.",
        "IMRT should keep the liver mean below 22 Gy. It will hold each kidney to a mean of less than 14 Gy. "
        "This keeps the cord below a maximum of 38 Gy.",
        "A 3D plan could not keep the liver mean below 30 Gy. Its kidney mean would be below 20 Gy. "
        "The cord maximum was held under 45 Gy.",
        "The liver mean is to be below 24 Gy. The cord should stay under a maximum of 40 Gy.",
    ],
    ids=["of_others", "expected_of_a_technique", "of_another_plan", "two_wishes"],
)
def test_prose_that_reports_or_expects_doses_orders_nothing(grammar: Grammar, prose: str) -> None:
    assert _read(grammar, prose) == []


def test_a_paragraph_that_no_physician_signed_orders_nothing(grammar: Grammar) -> None:
    assert _read(grammar, _ORDERED, signed="Typed by B. Lake, RTT") == []


_HOTTEST = "The hottest 0.03 cc must not go beyond 109 %."


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("PTV: D95 at least 98 %.", _HOTTEST), [("PTV", "D95%", 98), ("PTV", "D0.03cc", 109)]),
        (("The hottest 0.5 cc of the PTV should stay below 106 %.",), [("PTV", "D0.5cc", 106)]),
        (("Cord max 43 Gy.", _HOTTEST), [("Cord", "max", 43)]),
        (("No hot spot over 104 % in the skin.",), [("skin", "max", 104)]),
    ],
)
def test_a_hot_spot_in_percent_limits_a_target_or_the_organ_beside_it(
    grammar: Grammar, lines: tuple[str, ...], expected: list[tuple[str, str, float]]
) -> None:
    found = constraints_in(grammar, list(sentences([line_of(line) for line in lines])))
    assert [(one.structure, one.metric, one.limit) for one in found] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Parotids mean < 25 Gy, nasal mucosa mean < 36 Gy, larynx mean < 42 Gy", [("Parotids", 25), ("larynx", 42)]),
        ("Cord max < 44 Gy, zygoma mean < 31 Gy, max < 50 Gy", [("Cord", 44)]),
        ("Heart mean < 18 Gy, ideally mean < 12 Gy", [("Heart", 18), ("Heart", 12)]),
        ("Hippocampus: D40% below 7.4 Gy on the left; the right one is in the target.", [("left Hippocampus", 7.4)]),
    ],
)
def test_a_name_that_no_list_knows_between_two_limits_leaves_its_limit_to_no_other_structure(
    grammar: Grammar, text: str, expected: list[tuple[str, float]]
) -> None:
    found = constraints_in(grammar, list(sentences([line_of(text)])))
    assert [(one.structure, one.limit) for one in found] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Brainstem 52 max, V5 lungs 55%", [("Brainstem", "max", 52), ("lungs", "V5Gy", 55)]),
        ("Heart 18 mean, D2% cord 44 Gy", [("Heart", "mean", 18), ("cord", "D2%", 44)]),
        ("Femurs outside the beams, V40 < 12 %", []),
        ("Liver is not in the field; mean < 28 Gy. Cord max < 43 Gy", [("Cord", "max", 43)]),
        ("Kidneys out of the fields, max cord 43 Gy", [("cord", "max", 43)]),
        ("Bladder outside of the CTV, V60 < 20 %", [("Bladder outside of the CTV", "V60Gy", 20)]),
    ],
)
def test_a_limit_is_of_its_own_metric_and_of_no_organ_outside_the_fields(
    grammar: Grammar, text: str, expected: list[tuple[str, str, float]]
) -> None:
    found = constraints_in(grammar, list(sentences([line_of(text)])))
    assert [(one.structure, one.metric, one.limit) for one in found] == expected


@pytest.mark.parametrize("reached", ["Achieved", "Plan result"])
def test_goals_beside_what_a_plan_reached_are_no_prescription(grammar: Grammar, reached: str) -> None:
    rows = (
        "PTV | D95% >= 50 Gy | 50.4 Gy | Met",
        "Cord | Dmax < 43 Gy | 36.2 Gy | Met",
        "Heart | mean < 9 Gy | 4 Gy | Met",
    )
    table = "\n".join(f"| {row} |" for row in (f"Structure | Objective | {reached} | Status", *rows))
    found = read(grammar, f"# TREATMENT PLAN SUMMARY\nDate: 3/6/2025\n\n{table}\n\n{_SIGNED}")
    assert found.constraints == []
    assert "prescription" not in [document.kind for document in found.documents]


@pytest.mark.parametrize("heading", ["Not more than", "No more than", "At most"])
def test_a_column_of_dose_levels_gives_the_metric_of_the_limit_beside_it(grammar: Grammar, heading: str) -> None:
    rows = [("Colon", "44 Gy", "180 cc"), ("Vagina", "mean", "39 Gy"), ("Femur, left", "31 Gy", "48 %")]
    line = next(iter(sentences([line_of("row")])))
    table = [
        line._replace(row=number, columns=tuple(map(Column, ("Organ", "Dose level", heading), row)))
        for number, row in enumerate(rows)
    ]
    found = [(one.structure, one.metric, one.limit, one.unit) for one in constraints_in(grammar, table)]
    assert found == [
        ("Colon", "V44Gy", 180, "cc"),
        ("Vagina", "mean", 39, "Gy"),
        ("Femur, left", "V31Gy", 48, "%"),
    ]
