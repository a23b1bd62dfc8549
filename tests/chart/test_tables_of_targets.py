"""Doses of targets in tables whose headings come in any order, with goals or phases beside them."""

import pytest

from isocenter.chart.grammar.grammar import grammar_of
from isocenter.chart.orders.orders import in_force
from isocenter.chart.orders.prescriptions import prescription_of
from isocenter.chart.orders.target_columns import doses_in_target_columns
from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.passages import sentences
from tests.chart.marked_papers import page_of
from tests.chart.reading import POLICY

# The paper => dose, fractions, and the dose of each target.
TABLES = {
    "| Phase | Target | Dose (cGy) | cGy/fx | Fx\n| 1 | PTV_Breast | 5000 | 200 | 25\n| 2 | PTV_Boost | 1000 | 200 | 5"
    "\nTOTAL 6000 cGy in 30 fractions": (60.0, 30, {"PTV_Breast": 50.0, "PTV_Boost": 60.0}),
    "| Target | Dose (cGy) | cGy/fx | Fx\n| PTV_Breast | 5000 | 200 | 25\n| PTV_Boost | 6000 | 240 | 25": (
        60.0,
        25,
        {"PTV_Breast": 50.0, "PTV_Boost": 60.0},
    ),
    "| Target | Total | Fraction | Number\n| PTV_Bed | 57.6 Gy | 1.8 Gy | 32": (57.6, 32, {"PTV_Bed": 57.6}),
    "| Level | cGy / fx | fx | Total cGy\n| PTV_High | 210 | 32 | 6720\n| PTV_Low | 170 | 32 | 5440": (
        67.2,
        32,
        {"PTV_High": 67.2, "PTV_Low": 54.4},
    ),
    "| Target | Dose/fx | Fractions | Total | Goal\n| PTV_A | 200 cGy | 22 | 4400 cGy | D95% >= 43 Gy": (
        44.0,
        22,
        {"PTV_A": 44.0},
    ),
    "| Phase | Target | Beam | Dose | Fx\n| 1 | PTV_Chest | x | 46 Gy | 23\n| 1 | PTV_Node | x | 44 Gy | 23": (
        46.0,
        23,
        {"PTV_Chest": 46.0, "PTV_Node": 44.0},
    ),
    "| Target | Rx | Fractions | Isodose\n| PTV_Liver | 48 Gy | 4 | 80 %": (48.0, 4, {"PTV_Liver": 48.0}),
    "(first sheet of 4/9/2025 read 57.6 Gy / 32; torn up)\n| Target | Dose | Fractions\n| PTV_A | 54 Gy | 30": (
        54.0,
        30,
        {"PTV_A": 54.0},
    ),
    "| Phase | Target | cGy / fx | Fx | Phase cGy | Sum cGy\n| 1 | PTV_N | 180 | 25 | 4500 | 4500\n| 2 | "
    "PTV_G | 200 | 12 | 2400 | 6900\nTotal number of fractions 37": (
        69.0,
        37,
        {"PTV_N": 45.0, "PTV_G": 69.0},
    ),
    "First PTV_B gets 4256 cGy in 16 fractions. Then PTV_C gets a further 1000 cGy in 4 fractions, for 5256 "
    "cGy altogether.": (
        52.56,
        20,
        {"PTV_B": 42.56, "PTV_C": 52.56},
    ),
    "23 fractions of 2 Gy to PTV_N, 46 Gy. Thereafter 7 fractions of 2 Gy to PTV_G, taking that part to 60 Gy in 30.": (
        60.0,
        30,
        {"PTV_N": 46.0, "PTV_G": 60.0},
    ),
    "Phase one brings 45 Gy to the nodes and presacral space (PTV_N) in 25 daily sessions of 1.8 Gy. Phase "
    "two: three sessions of 1.8 Gy to PTV_G, bringing it to 50.4 Gy after 28 sessions.": (
        50.4,
        28,
        {"PTV_N": 45.0, "PTV_G": 50.4},
    ),
    "PTV_A 50 Gy in 25 fractions. Then PTV_C an additional 10 Gy in 5 fractions. Total dose 60 Gy.": (
        60.0,
        30,
        {"PTV_A": 50.0, "PTV_C": 60.0},
    ),
    "PTV_A 27 Gy in 3 fractions.\n| Target | Vol. | Gy or more\n| PTV_A | 90 % | 27\n| GTV_A | 99 % | 24": (
        27.0,
        3,
        {"PTV_A": 27.0},
    ),
    "PTV_A 27 Gy in 3 fractions. A second lesion is watched; if it is ever treated, 8 Gy x 1.":
    (27.0, 3, {"PTV_A": 27.0}),
    "Order 2. (Order 1 of 6/18/2026, 5040 cGy in 28, was replaced.) PTV_A 50 Gy in 25 fractions.": (
        50.0,
        25,
        {"PTV_A": 50.0},
    ),
    "| | PTV_High | PTV_Low\n| Daily dose | 2.2 Gy | 1.8 Gy\n| Total dose | 66 Gy | 54 Gy\n| Fractions | 30 | 30":
    (66.0, 30, {"PTV_High": 66.0, "PTV_Low": 54.0}),
    "| Item | PTV1 | PTV2\n| cGy/fx | 200 | 170\n| # Fx | 30 | 30": (60.0, 30, {"PTV1": 60.0, "PTV2": 51.0}),
    "| Parameter | PTV 66 | PTV 60\n| Total dose (cGy) | 6600 | 6000\n| D95 goal | 63 Gy | 57 Gy":
    (66.0, None, {"PTV 66": 66.0, "PTV 60": 60.0}),
    "| | Phase 1 | Phase 2\n| Dose | 46 Gy | 14 Gy\n| Fractions | 23 | 7": (60.0, 30, {"PTV": 60.0}),
    "| | Initial | Boost\n| Volume | PTV_N | PTV_G\n| Total dose (cGy) | 4600 | 2400\n| Number of fx | 23 | 12":
    (70.0, 35, {"PTV_N": 46.0, "PTV_G": 24.0}),
    "| PHASE | VOLUME | FX DOSE | # FX | DOSE | CUM\n| 1 | PTV_BED | 1.8 GY | 37 | 66.6 | 66.6"
    "\n| 2 | PTV_BOOST | 1.8 GY | 2 | 3.6 | 70.2":
    (70.2, 39, {"PTV_BED": 66.6, "PTV_BOOST": 70.2}),
}  # fmt: skip


def test_a_column_whose_doses_do_not_fit_its_fractions_gives_no_dose_of_a_target() -> None:
    paper = (
        "| | PTV_A | PTV_B\n| Dose per fraction | 2 Gy | 1.8 Gy\n| Total dose | 66 Gy | 54 Gy\n| Fractions | 30 | 30"
    )
    found = list(sentences([Line(row, 1) for row in page_of(paper, 1).rows]))
    ordered, rows = doses_in_target_columns(found)
    assert not ordered
    assert not rows


@pytest.mark.parametrize("table", list(TABLES))
def test_a_table_of_targets_is_read_by_what_its_columns_hold(table: str) -> None:
    found = list(sentences([Line(row, 1) for row in page_of(table, 1).rows]))
    ordered = prescription_of(grammar_of(POLICY / "chart").cues, in_force(found))
    assert ordered is not None
    dose, fractions, targets = TABLES[table]
    assert (ordered.dose_gy, ordered.fractions) == (dose, fractions)
    assert {target.name: target.dose_gy for target in ordered.targets} == targets


def test_a_total_that_names_its_target_is_the_dose_of_that_target() -> None:
    paper = (
        "PTV_B 44 Gy in 22 fractions.\nThen PTV_A a further 10 Gy in 5 fractions.\nPTV_A total 54 Gy in 27 fractions."
    )
    found = list(sentences([Line(row, 1) for row in page_of(paper, 1).rows]))
    ordered = prescription_of(grammar_of(POLICY / "chart").cues, in_force(found))
    assert ordered is not None
    assert (ordered.dose_gy, ordered.fractions) == (54.0, 27)
    assert {target.name: target.dose_gy for target in ordered.targets} == {"PTV_A": 54.0, "PTV_B": 44.0}


def test_the_highest_of_several_doses_is_not_that_of_the_one_target_that_limits_name() -> None:
    paper = (
        "Left breast and nodes 45 Gy / 25 fx\nIntegrated boost to the scar 56.25 Gy / 25 fx\n"
        "PTV_Breast V95 at least 96 %"
    )
    found = list(sentences([Line(row, 1) for row in page_of(paper, 1).rows]))
    ordered = prescription_of(grammar_of(POLICY / "chart").cues, in_force(found))
    assert ordered is not None
    assert (ordered.dose_gy, ordered.fractions) == (56.25, 25)
    assert [target.name for target in ordered.targets] == ["PTV"]
