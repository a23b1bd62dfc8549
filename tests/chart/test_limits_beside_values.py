"""Limits among numbers that are none: values of a plan, objectives of a planner, sums of courses."""

import pytest

from isocenter.chart.grammar.grammar import grammar_of
from isocenter.chart.orders.constraints import constraints_in
from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.passages import sentences
from tests.chart.marked_papers import page_of
from tests.chart.reading import POLICY

GRAMMAR = grammar_of(POLICY / "chart")
# What is written => what it orders.
TEXTS = """\
Limits for this course: trachea 60 Gy, kidney mean 12 Gy => trachea max <= 60 Gy ; kidney mean <= 12 Gy
OAR LIMITS: CORD 44 / CHIASM 50 / MEAN LUNG 9 (ALL GY) => CORD max <= 44 Gy ; CHIASM max <= 50 Gy ; LUNG mean <= 9 Gy
Tolerances: stomach 4,800 cGy, cord 4,400 cGy => stomach max <= 4800 cGy ; cord max <= 4400 cGy
The stomach is not to exceed 5,100 cGy. => stomach max <= 5100 cGy
Stomach: no more than 2% to exceed 5,000 cGy => Stomach V50Gy <= 2 %
Colon: no more than 20 cc to 5,000 cGy => Colon V50Gy <= 20 cc
Keep the mean spleen dose as low as achievable, always under 9 Gy. => spleen mean < 9 Gy
Esophagus may go to 61 Gy at the hottest 0.5 cc => Esophagus D0.5cc <= 61 Gy
Larynx D0.1cc < 62 Gy / < 58 Gy => Larynx D0.1cc < 62 Gy ; Larynx D0.1cc < 58 Gy
PTV_A ......... 97% of PTV_A >= 52 Gy => PTV_A D97% >= 52 Gy
Kidneys V18 < 25 % with no part above 30 Gy => Kidneys V18Gy < 25 % ; Kidneys max <= 30 Gy
Stomach max 50 Gy. Nothing over 66 Gy outside the PTV. => Stomach max <= 50 Gy
Stomach mean 17.3 Gy, duodenum max 41.8 Gy, cord max 22 Gy =>
Coverage: 95.8% of the PTV at 50 Gy =>
95% of the PTV to get 50 Gy => PTV V50Gy >= 95 %
Hippocampus D40% 730 cGy, D100% 900 cGy => Hippocampus D40% <= 730 cGy ; Hippocampus D100% <= 900 cGy
Cord max 13 Gy, and the cord dose of both courses under 58 Gy => Cord max <= 13 Gy
Cord max 45 Gy over both phases => Cord max <= 45 Gy
Larynx mean under 41 Gy, and absolutely no more than 44 Gy => Larynx mean < 41 Gy ; Larynx mean <= 44 Gy
Spleen mean < 9 Gy (please try for 6), V10 < 40% => Spleen mean < 9 Gy ; Spleen mean < 6 Gy ; Spleen V10Gy < 40 %
Spleen mean ≤9 (goal ≤6) => Spleen mean <= 9 Gy ; Spleen mean <= 6 Gy
Spleen mean < 9 Gy (6.2 on the trial plan) => Spleen mean < 9 Gy
Hot spot (0.1 cc) of the PTV not above 112% => PTV D0.1cc <= 112 %
PTV_A: 97% Rx to 96% vol, max 110% => PTV_A V97% >= 96 % ; PTV_A max <= 110 %
Stomach V45 on this plan is 11%; it is to come under 8%. => Stomach V45Gy < 8 %
Stomach V45 6%, fine, limit 8%. => Stomach V45Gy <= 8 %
PTV_A D95 is 97.4% and must be at least 99%. => PTV_A D95% >= 99 %
Stomach mean 20 Gy, V45 should be under 8% => Stomach mean <= 20 Gy ; Stomach V45Gy < 8 %
No more than 52 Gy should reach the brainstem, 44 Gy the cord. => brainstem max <= 52 Gy ; cord max <= 44 Gy
The eyes kept under 33 Gy on average and the lenses below 6 Gy. => eyes mean < 33 Gy ; lenses max < 6 Gy
Stomach & colon 45/50 Gy max respectively =>
No segment of small bowel may receive more than 51 Gy. => small bowel max <= 51 Gy
Optic apparatus (nerves and chiasm) max 53 Gy => Optic apparatus max <= 53 Gy
bladder: 3500<55%, 6000<35% => bladder V35Gy < 55 % ; bladder V60Gy < 35 %
Bladder - volume at 60.00 Gy less than 45.00 % => Bladder V60Gy < 45 %
Liver: 45% of the volume below 28 Gy => Liver V28Gy <= 55 %
PTV_A: 96% gets 100%, not more than 15% gets 108% => PTV_A V100% >= 96 % ; PTV_A V108% <= 15 %
CORD MAX 44GY. STOMACH MAX 51GY. => CORD max <= 44 Gy ; STOMACH max <= 51 Gy
(b) the larynx and the upper esophagus - mean below 31 Gy => larynx mean < 31 Gy ; upper esophagus mean < 31 Gy
Standing clinic sheet: stomach max < 54 Gy. =>
The full isodose should cover at least 94% of the PTV and the max is 55 Gy. => PTV V100% >= 94 % ; PTV max <= 55 Gy
Left lens 4 Gy, right lens 3 Gy, both maxima. => Left lens max <= 4 Gy ; right lens max <= 3 Gy
Ovaries Dmean < 7 Gy if transposed (not done in this patient) =>
The limits of the referring center (cord 45 Gy, stomach max 54 Gy) no longer apply. =>
The limits (stomach max 54 Gy) apply again. => stomach max <= 54 Gy
"""  # fmt: skip


@pytest.mark.parametrize("written", TEXTS.strip().split("\n"))
def test_a_limit_is_told_from_the_numbers_beside_it(written: str) -> None:
    text, _, meant = written.partition(" =>")
    found = list(sentences([Line(row, 1) for row in page_of(text, 1).rows]))
    read = [f"{c.structure} {c.metric} {c.comparison} {c.limit:g} {c.unit}" for c in constraints_in(GRAMMAR, found)]
    assert read == [one.strip() for one in meant.split(" ; ") if one.strip()]


TABLES = {
    "| Organ | Type | Volume % | Dose cGy | Weight\n| PTV_A | Lower | 9 | 51 | 99\n| Cord | Upper | 0 | 31 | 6": set(),
    "| Structure | Objective | Volume % | Dose cGy\n| Stomach | max DVH | 20 | 3100": {("Stomach", "V31Gy", 20.0)},
    "| Structure | Limit | Weight of the patient 70 kg\n| Stomach | max 50 Gy | -": {("Stomach", "max", 50.0)},
}  # fmt: skip

SOURCED = """\
OAR goals (QUANTEC unless changed here)
| structure | goal | if not possible
| liver | mean <= 24 Gy | <= 27 Gy
| heart | mean <= 14 Gy | <= 18 Gy
| skin | - | -"""
LEVELS = """\
| Structure | Aim | Limit
| Liver | mean <= 24 Gy | <= 27 Gy"""
RULED = """\
| Organ | Type | Dose | Vol | Actual
---------------------------------------
| Liver | Max | 25 Gy | 40 % | 31 %
| Cord | Max | 44 Gy | - | 39 Gy
| Liver | Mean | 22 Gy | - | 17 Gy"""
BELOW = """\
| Structure | Limit (cGy) | Volume | Plan (cGy)
| Brainstem_PRV | 5500 | 0.03 cc | 4877
| Parotid_L | 2500 | mean | 2544"""


@pytest.mark.parametrize(
    ("table", "limits"),
    [
        (SOURCED, [("liver", "mean", 24.0), ("heart", "mean", 14.0)]),
        (SOURCED.replace("unless changed here", "for reference"), []),
        (LEVELS, [("Liver", "mean", 24.0), ("Liver", "mean", 27.0)]),
        (RULED, [("Liver", "V25Gy", 40.0), ("Cord", "max", 44.0), ("Liver", "mean", 22.0)]),
        (BELOW, [("Brainstem_PRV", "D0.03cc", 5500.0), ("Parotid_L", "mean", 2500.0)]),
    ],
)
def test_columns_without_a_metric_take_it_from_their_row(table: str, limits: list[tuple[str, str, float]]) -> None:
    found = list(sentences([Line(row, 1) for row in page_of(table, 1).rows]))
    assert [(c.structure, c.metric, c.limit) for c in constraints_in(GRAMMAR, found)] == limits


SIGNED = """\
| Structure | DVH parameter | Needed | Wished | Got it?
| Stomach | D0.03cc | ≤ 53 Gy | ≤ 50 Gy | yes 49.4
| Chiasm | D0.03cc | ≤ 54 Gy | | 41"""


def test_columns_with_signs_of_comparison_hold_limits_however_they_are_headed() -> None:
    found = list(sentences([Line(row, 1) for row in page_of(SIGNED, 1).rows]))
    assert [(c.structure, c.metric, c.limit) for c in constraints_in(GRAMMAR, found)] == [
        ("Stomach", "D0.03cc", 53.0),
        ("Stomach", "D0.03cc", 50.0),
        ("Chiasm", "D0.03cc", 54.0),
    ]


@pytest.mark.parametrize("table", list(TABLES))
def test_an_objective_with_a_weight_is_one_of_an_optimization(table: str) -> None:
    found = list(sentences([Line(row, 1) for row in page_of(table, 1).rows]))
    assert {(c.structure, c.metric, c.limit) for c in constraints_in(GRAMMAR, found)} == TABLES[table]


def test_limits_in_the_right_column_of_a_page_are_read_without_the_left_one() -> None:
    rows = (
        "Rx: 5940 cGy to PTV_A | Brainstem  Dmax <= 5500 cGy",
        "Fx: 33 x 180 cGy, daily | OpticNerve_L  Dmax <= 5400 cGy",
        "Goal: keep speech | Cochlea_R  mean <= 4000 cGy",
        "D95 PTV_A >= 5940 cGy | Pituitary  no limit",
    )
    page = page_of("\n".join(["# Prescription", *(f"| {row}" for row in rows)]), 1)
    found = constraints_in(GRAMMAR, list(sentences([Line(row, 1) for row in page.rows])))
    assert [(one.structure, one.metric, one.limit) for one in found] == [
        ("Brainstem", "max", 5500),
        ("OpticNerve_L", "max", 5400),
        ("Cochlea_R", "mean", 4000),
        ("PTV_A", "D95%", 5940),
    ]
