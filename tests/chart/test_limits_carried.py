"""Limits that leave their metric, unit or structure to the one before them, or to the head of a table."""

import pytest

from isocenter.chart.grammar.grammar import grammar_of
from isocenter.chart.orders.constraints import constraints_in
from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.passages import sentences
from isocenter.chart.pages.table_heads import Column
from isocenter.chart.statements.check import line_of
from tests.chart.marked_papers import page_of
from tests.chart.reading import POLICY

GRAMMAR = grammar_of(POLICY / "chart")
# What is written => structure, metric, comparison, limit and unit of each limit.
CARRIED = """\
Please hold the cord under 44 Gy and the brainstem under 53. => cord, max < 44 Gy; brainstem, max < 53 Gy
Left cochlea mean below 33 Gy; the right one below 43 Gy. => Left cochlea, mean < 33 Gy; right cochlea, mean < 43 Gy
Right eye V12 at most 30 %, for the left eye at most 45 %. => Right eye, V12Gy <= 30 %; left eye, V12Gy <= 45 %
The chiasm may go to 52 Gy but no further, the lenses to 7 Gy. => chiasm, max <= 52 Gy; lenses, max <= 7 Gy
The larynx goes to 52 Gy. =>
cord < 44 / chiasm < 53 / each lens < 9 (in Gy, as maximum) => cord, max < 44 Gy; chiasm, max < 53 Gy; lens, max < 9 Gy
Bowel V40 < 190 cc (peritoneal space), Dmax < 51 Gy => Bowel, V40Gy < 190 cc; Bowel, max < 51 Gy
left eye 21 Gy mean, right eye 9 Gy mean => left eye, mean <= 21 Gy; right eye, mean <= 9 Gy
mean dose, both lungs, 15 Gy; max dose, cord, 43 Gy => lungs, mean <= 15 Gy; cord, max <= 43 Gy
Max cord dose 43 Gy => cord, max <= 43 Gy
Cord constraint tightened from 44 Gy to 41 Gy today. => Cord, max <= 41 Gy
Heart mean relaxed from 4 Gy to 6 Gy => Heart, mean <= 6 Gy
Kidneys: V17 each < 24 % => Kidneys, V17Gy < 24 %
Left kidney mean < 14 Gy, right kidney likewise. => Left kidney, mean < 14 Gy; right kidney, mean < 14 Gy
Left eye max under 38 Gy; same for the right. => Left eye, max < 38 Gy; right eye, max < 38 Gy
96% of PTV_A is to get 97% of the dose, and PTV_B the same. => PTV_A, V97% >= 96 %; PTV_B, V97% >= 96 %
Hip: at most 33 % over 18 Gy, 9 % over 30 and 4 % over 40. => Hip, V18Gy <= 33 %; Hip, V30Gy <= 9 %; Hip, V40Gy <= 4 %
At least 94 % of PTV_A is to receive 48 Gy, and 99 % at least 43 Gy. => PTV_A, V48Gy >= 94 %; PTV_A, D99% >= 43 Gy
The PTV_A and the PTV_B have 96 % of their volume covered by 47 Gy => PTV_A, V47Gy >= 96 %; PTV_B, V47Gy >= 96 %
PTV_C: 5600 cGy to at least 94 percent. => PTV_C, V56Gy >= 94 %
Heart: up to 12 percent at 30 Gy, 30 percent at 10 Gy. => Heart, V30Gy <= 12 %; Heart, V10Gy <= 30 %
Cauda: nowhere over 43 Gy. => Cauda, max <= 43 Gy
Eye L / R max 38 Gy / 9 Gy => Eye L, max <= 38 Gy; Eye R, max <= 9 Gy
Bile duct Dmax 0.1 cc 41 Gy => Bile duct, D0.1cc <= 41 Gy
Liver minus CTV: at least 650 cc below 16 Gy. Mean < 14 Gy. => Liver minus CTV, mean < 14 Gy
Previous limits superseded. Chiasm max 51 Gy. => Chiasm, max <= 51 Gy
The previous limits are superseded by these: chiasm max 51 Gy. => chiasm, max <= 51 Gy
Superseded limits: chiasm max 51 Gy. =>
Cord: < 43 Gy, 0.1 cc => Cord, D0.1cc < 43 Gy
The jejunum must stay at or below 48 Gy except for 8 cc. => jejunum, D8cc <= 48 Gy
Colon: no volume above 48 Gy => Colon, max <= 48 Gy
The colon may get 48 Gy to 3% of its volume. =>
Colon and rectum: maximum 52 Gy and 49 Gy. => Colon, max <= 52 Gy; rectum, max <= 49 Gy
Cord max 43 Gy and 48 Gy => Cord, max <= 43 Gy
Hips: mean below 27 Gy, no point above 48. => Hips, mean < 27 Gy; Hips, max <= 48 Gy
PTV: not more than 4 percent above 106 percent of the dose. => PTV, V106% <= 4 %
Cochlea: 33 Gy (mean), 43 Gy (max) => Cochlea, mean <= 33 Gy; Cochlea, max <= 43 Gy
Trachea max 60 Gy (waived), carina max 61 Gy => carina, max <= 61 Gy
V20 < 31 % (lungs), mean < 18 Gy => lungs, V20Gy < 31 %; lungs, mean < 18 Gy
Parotid mean below 25 Gy, the larynx below 52 => Parotid, mean < 25 Gy
Heart V25 < 9 %, left lung 14 => Heart, V25Gy < 9 %
Cord max 43 Gy, PTV 60 => Cord, max <= 43 Gy
This plan meets cord max 37.1 Gy and heart mean 5.2 Gy. =>
The plan must keep cord max 44 Gy. => cord, max <= 44 Gy
Colon near PTV: V40 < 90 cc and nothing above 52 Gy => Colon near PTV, V40Gy < 90 cc; Colon near PTV, max <= 52 Gy
Left eye at a mean of 21 Gy, the right at a mean of 9 Gy. => Left eye, mean <= 21 Gy; right eye, mean <= 9 Gy
Because of the former treatment, keep the cord under 22 Gy. => cord, max < 22 Gy
The cord had 22 Gy in the former treatment. =>
Cord max 43 Gy (D0.03cc) => Cord, D0.03cc <= 43 Gy
Keep the uvula below 38 Gy on average. => uvula, mean < 38 Gy
Keep the treatment below 60 Gy. =>
Keep the fraction size under 3 Gy. =>
Cord max 43 Gy; V19 < 29 % (lungs), mean < 16 Gy => Cord, max <= 43 Gy; lungs, V19Gy < 29 %; lungs, mean < 16 Gy
Cord max 43 Gy, V19 < 29 % of both lungs. => Cord, max <= 43 Gy; lungs, V19Gy < 29 %
Mean < 24 Gy (left parotid), mean < 20 Gy (right parotid). => left parotid, mean < 24 Gy; right parotid, mean < 20 Gy
Cord max 43 Gy, lung V19 and heart mean as low as possible. => Cord, max <= 43 Gy
Cord max 43 Gy, bladder volume 220. => Cord, max <= 43 Gy
Cord max 43 Gy; heart rate 78. => Cord, max <= 43 Gy
Larynx mean below 38 Gy; lens max below 8 Gy on the left => Larynx, mean < 38 Gy; left lens, max < 8 Gy
Eyes: mean < 28 Gy on the right, mean < 18 Gy on the left => right Eyes, mean < 28 Gy; left Eyes, mean < 18 Gy
Right cochlea max < 33 Gy; max < 43 Gy on the left. => Right cochlea, max < 33 Gy; left cochlea, max < 43 Gy
Cord max 43 Gy; the plan maximum shall be below 109 % => Cord, max <= 43 Gy
Lungs V19 < 29 %, and plan hot spot under 108 % => Lungs, V19Gy < 29 %
Lungs V19 < 29 %, plan to hold the cord under 43 Gy. => Lungs, V19Gy < 29 %; cord, max < 43 Gy
Skin (outside the volume of the boost) max < 48 Gy => Skin, max < 48 Gy
Cord max 43 Gy, earlier lung course 58 Gy. => Cord, max <= 43 Gy
Cord max 43 Gy, prior cord dose 28 Gy. => Cord, max <= 43 Gy
Cord limit 43 Gy, brainstem reached 50 Gy. => Cord, max <= 43 Gy
Heart mean reduced from 7 Gy to 4 Gy with breath hold. =>
Rectum V68 increased from 8 % to 13 %. =>
Heart mean limit reduced to 4 Gy. => Heart, mean <= 4 Gy
Kidney GFR < 55 (stage 3). =>
"""
TABLES = {
    "| Planning goals | Cord | Lungs | Esophagus\n| Max dose | 44 Gy | - | 62 Gy\n| V20 | - | 31 % | -": {
        ("Cord", "max", "<=", 44.0, "Gy"),
        ("Esophagus", "max", "<=", 62.0, "Gy"),
        ("Lungs", "V20Gy", "<=", 31.0, "%"),
    },
    "| Metric | Cord | Lungs | Esophagus\n| Max dose | < 44 Gy | - | < 62 Gy": {
        ("Cord", "max", "<", 44.0, "Gy"),
        ("Esophagus", "max", "<", 62.0, "Gy"),
    },
    "| Dose | Cord | Lungs | Esophagus\n| Max dose | 41 Gy | 66 Gy | 59 Gy\n| Mean dose | 9 Gy | 14 Gy | 21 Gy": set(),
    "| Organ | Volume | Dose\n| Rectum | 20 % | < 65 Gy\n| Bladder | < 30 % | 62 Gy": {
        ("Rectum", "D20%", "<", 65.0, "Gy"),
        ("Bladder", "V62Gy", "<=", 30.0, "%"),
    },
    "| Organ | Volume | Dose\n| Bladder | 48 % | > 64 Gy\n| Rectum | < 18 % | >= 69 Gy\n| PTV | 95 % | > 56 Gy": {
        ("Bladder", "V64Gy", "<=", 48.0, "%"),
        ("Rectum", "V69Gy", "<", 18.0, "%"),
        ("PTV", "D95%", ">", 56.0, "Gy"),
    },
    "| Organ | Dose limit (cGy) and volume | By\n| Kidney L | 1700 to < 1/3 | kl\n| Cord | 4400 point max | kl": {
        ("Kidney L", "V17Gy", "<", 33.3, "%"),
        ("Cord", "max", "<=", 4400.0, "cGy"),
    },
    "| # | Organ | Metric | Operator | Value | Unit\n| 1 | Cord | Max | < | 43 | Gy\n| 2 | Skin | V70 | < | 4 | %": {
        ("Cord", "max", "<", 43.0, "Gy"),
        ("Skin", "V70Gy", "<", 4.0, "%"),
    },
    "| Region | Type | Dose (cGy) | Volume (%)\n| Rectum | max DVH | 3900 | 55\n| PTV | min DVH | 4500 | 95": {
        ("Rectum", "V39Gy", "<=", 55.0, "%"),
        ("PTV", "V45Gy", ">=", 95.0, "%"),
    },
    "| OAR | Max (D0.03cc) | Mean | Init.\n| Cord | 44 | | XY\n| Larynx | | 41 | XY": {
        ("Cord", "D0.03cc", "<=", 44.0, "Gy"),
        ("Larynx", "mean", "<=", 41.0, "Gy"),
    },
    "| Organ | Metric | Wanted | Pass\n| Marrow | Dmean(Gy) | <26 | ☒\n| Rectum | V30Gy(%) | <79 | ☒": {
        ("Marrow", "mean", "<", 26.0, "Gy"),
        ("Rectum", "V30Gy", "<", 79.0, "%"),
    },
    "| Organ | Goals | Achieved\n| Spleen | mean < 9 Gy | 7.7 Gy": {("Spleen", "mean", "<", 9.0, "Gy")},
    "| PTV_A V100% | >= 95 % | >= 90 %\n| Bladder Dmean | <= 41 Gy | <= 46 Gy": {
        ("PTV_A", "V100%", ">=", 95.0, "%"),
        ("Bladder", "mean", "<=", 41.0, "Gy"),
    },
}


@pytest.mark.parametrize("written", CARRIED.strip().split("\n"))
def test_a_limit_takes_what_it_leaves_out_from_the_one_before_it(written: str) -> None:
    text, _, meant = written.partition(" =>")
    found = constraints_in(GRAMMAR, list(sentences([line_of(text)])))
    stated = [f"{c.structure}, {c.metric} {c.comparison} {c.limit:g} {c.unit}" for c in found]
    assert stated == [one.strip() for one in meant.split(";") if one.strip()]


@pytest.mark.parametrize("table", list(TABLES))
def test_a_table_gives_each_structure_its_own_limit(table: str) -> None:
    found = list(sentences([Line(row, 1) for row in page_of(table, 1).rows]))
    limits = {(c.structure, c.metric, c.comparison, c.limit, c.unit) for c in constraints_in(GRAMMAR, found)}
    assert limits == TABLES[table]


def test_items_with_a_dash_are_lines_of_a_list_although_they_begin_in_small_letters() -> None:
    items = (
        "larynx minus ptv - V50 < 27 %, mean < 41 Gy in this order of wishes for the whole course",
        "skin - D10cc < 38 Gy",
    )
    found = list(sentences([Line(row, 1) for row in page_of("\n".join(items), 1).rows]))
    assert [(c.structure, c.metric) for c in constraints_in(GRAMMAR, found)] == [
        ("larynx minus ptv", "V50Gy"),
        ("larynx minus ptv", "mean"),
        ("skin", "D10cc"),
    ]


def test_a_share_that_heads_a_column_of_doses_is_the_volume_at_which_they_are_limited() -> None:
    (line,) = sentences([line_of("Bladder 64 Gy 49 Gy")])
    columns = (Column("Site at risk", "Bladder"), Column("30%", "64 Gy"), Column("50%", "49 Gy"))
    found = constraints_in(GRAMMAR, [line._replace(row=1, columns=columns)])
    assert [(c.structure, c.metric, c.limit, c.unit) for c in found] == [
        ("Bladder", "D30%", 64.0, "Gy"),
        ("Bladder", "D50%", 49.0, "Gy"),
    ]


def test_a_line_that_begins_with_the_number_that_the_line_before_asks_for_is_no_item_of_a_list() -> None:
    lines = "Rectum: at most 33 % above 48 Gy, 18 % above 58 Gy and 9 % above\n66. Bladder mean below 40 Gy."
    found = list(sentences([Line(row, 1) for row in page_of(lines, 1).rows]))
    assert [(c.structure, c.metric) for c in constraints_in(GRAMMAR, found)] == [
        ("Rectum", "V48Gy"),
        ("Rectum", "V58Gy"),
        ("Rectum", "V66Gy"),
        ("Bladder", "mean"),
    ]
