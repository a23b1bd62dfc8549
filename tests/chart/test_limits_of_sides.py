"""Limits of both sides of a structure named once, of lists with one metric, and of rows that leave cells empty."""

import pytest

from isocenter.chart.grammar.grammar import grammar_of
from isocenter.chart.orders.constraints import constraints_in
from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.passages import sentences
from isocenter.chart.statements.check import line_of
from tests.chart.marked_papers import page_of
from tests.chart.reading import POLICY

GRAMMAR = grammar_of(POLICY / "chart")
WRITTEN = """\
Kidneys: mean L < 13 Gy, R < 9 Gy => left Kidney, mean < 13 Gy; right Kidney, mean < 9 Gy
Parotids mean: L 23, R 17 => left Parotid, mean <= 23 Gy; right Parotid, mean <= 17 Gy
Cochleae: L mean < 38, R mean < 29 => left Cochlea, mean < 38 Gy; right Cochlea, mean < 29 Gy
Lenses max: right 6 Gy, left 8 Gy => right lens, max <= 6 Gy; left lens, max <= 8 Gy
Lungs V20: L < 31 %, R < 12 % => left Lung, V20Gy < 31 %; right Lung, V20Gy < 12 %
OARs (point doses unless noted): cord 11 / chiasm 31 => cord, max <= 11 Gy; chiasm, max <= 31 Gy
Maximum point dose limits: cord 43 Gy; chiasm 51 Gy => cord, max <= 43 Gy; chiasm, max <= 51 Gy
Left carotid < 53, right carotid < 58 (D0.1) => Left carotid, max < 53 Gy; right carotid, D0.1cc < 58 Gy
Mandible max 61 / oral cavity mean < 24 => Mandible, max <= 61 Gy; oral cavity, mean < 24 Gy
For the kidneys the volume that receives 17 Gy should be kept to under 24 percent. => kidneys, V17Gy < 24 %
Regarding the lungs, excluding the GTV, the volume at 5 Gy is under 57 %. => lungs, excluding the GTV, V5Gy < 57 %
Breast tissue R and L (male): mean < 3 Gy each. => Breast tissue R, mean < 3 Gy; Breast tissue L, mean < 3 Gy
3. Coronary ostia - cap of 11 Gy. => Coronary ostia, max <= 11 Gy
4. Nail beds: no point above 8 Gy. => Nail beds, max <= 8 Gy
Cauda equina no point above 4,400 cGy => Cauda equina, max <= 4400 cGy
Kidneys (each) 2/3 of each to stay under 1,700 cGy => Kidneys, V17Gy <= 33.3 %
PTV_A: 97% of the volume to receive at least 4,300 cGy => PTV_A, D97% >= 4300 cGy
The stomach should not exceed 43 Gy to more than 35 percent. => stomach, V43Gy <= 35 %
"""


@pytest.mark.parametrize("written", WRITTEN.splitlines())
def test_each_side_and_each_item_of_a_list_has_its_own_limit(written: str) -> None:
    text, meant = written.split(" => ")
    found = constraints_in(GRAMMAR, list(sentences([line_of(text)])))
    assert [f"{c.structure}, {c.metric} {c.comparison} {c.limit:g} {c.unit}" for c in found] == meant.split("; ")


def test_a_row_of_limits_that_leaves_a_cell_empty_heads_no_table() -> None:
    table = (
        "| OAR | V28Gy | V38Gy | V43Gy | Dmax\n| Bowel bag | < 290 cc | < 140 cc | < 90 cc | 51 Gy\n"
        "| Bladder | | < 38 % | < 14 % | 52 Gy\n| Femoral heads | < 48 % | < 33 % | < 4 % | 50 Gy\n"
    )
    found = constraints_in(GRAMMAR, list(sentences([Line(row, 1) for row in page_of(table.rstrip(), 1).rows])))
    assert [(c.structure, c.metric, c.limit) for c in found] == [
        ("Bowel bag", "V28Gy", 290.0),
        ("Bowel bag", "V38Gy", 140.0),
        ("Bowel bag", "V43Gy", 90.0),
        ("Bowel bag", "max", 51.0),
        ("Bladder", "V38Gy", 38.0),
        ("Bladder", "V43Gy", 14.0),
        ("Bladder", "max", 52.0),
        ("Femoral heads", "V28Gy", 48.0),
        ("Femoral heads", "V38Gy", 33.0),
        ("Femoral heads", "V43Gy", 4.0),
        ("Femoral heads", "max", 50.0),
    ]
