"""Which number of a limit is bounded where it gives a volume and a dose, in any order of words."""

import pytest

from isocenter.chart.grammar.grammar import grammar_of
from isocenter.chart.orders.constraints import constraints_in
from isocenter.chart.orders.volume_and_dose import Amount, bounded
from isocenter.chart.pages.passages import sentences
from isocenter.chart.statements.check import line_of
from tests.chart.reading import POLICY

GRAMMAR = grammar_of(POLICY / "chart")
WRITTEN = """\
At least 94 % of PTV_57 gets 57 Gy => V57Gy >= 94 %
94 % of PTV_57 gets at least 57 Gy => D94% >= 57 Gy
94 % of PTV_57 gets 57 Gy or more => D94% >= 57 Gy
94 % of PTV_57 is to receive 57 Gy => V57Gy >= 94 %
PTV_57: 94 % of volume >= 57 Gy => D94% >= 57 Gy
57 Gy to 94 % of PTV_57. => D94% >= 57 Gy
57 Gy to at least 94 % of PTV_57. => V57Gy >= 94 %
At least 57 Gy to 94 % of PTV_57. => D94% >= 57 Gy
The 57 Gy isodose covers 94 % of PTV_57. => V57Gy >= 94 %
94 % of PTV_57 covered by the 57 Gy isodose => V57Gy >= 94 %
94 % of PTV_57 covered by 57 Gy or more => D94% >= 57 Gy
Cover 94 % of PTV_57 with 57 Gy. => V57Gy >= 94 %
Cover 94 % of PTV_57 with at least 57 Gy. => D94% >= 57 Gy
94 % of PTV_57 to receive at least 97 % of the dose => V97% >= 94 %
Duodenum: no more than 8 cc above 31 Gy. => V31Gy <= 8 cc
Duodenum: max 31 Gy to 8 cc. => D8cc <= 31 Gy
Duodenum: max 31 Gy (8 cc) => D8cc <= 31 Gy
Duodenum: 31 Gy to no more than 8 cc. => V31Gy <= 8 cc
Duodenum: 8 cc <= 31 Gy => D8cc <= 31 Gy
Duodenum: 31 Gy < 8 cc => V31Gy < 8 cc
Rectum: 22 % may get 66 Gy at most. => D22% <= 66 Gy
Rectum: at most 22 % may get 66 Gy. => V66Gy <= 22 %
Parotid_L: half below 28 Gy. => V28Gy <= 50 %
"""


@pytest.mark.parametrize("written", WRITTEN.splitlines())
def test_the_number_beside_the_comparison_is_the_limit(written: str) -> None:
    text, meant = written.split(" => ")
    found = constraints_in(GRAMMAR, list(sentences([line_of(text)])))
    assert [f"{one.metric} {one.comparison} {one.limit:g} {one.unit}" for one in found] == [meant]


def test_of_two_comparisons_the_first_orders_and_of_none_the_first_number_is_the_limit() -> None:
    both = Amount(8, "cc", "<="), Amount(3100, "cGy", ">")
    assert bounded(*both) == ("V31Gy", "<=", 8, "cc")
    assert bounded(*both, dose_first=True) == ("D8cc", ">", 3100, "cGy")
    neither = Amount(8, "cc"), Amount(31, "Gy")
    assert bounded(*neither) == ("V31Gy", "", 8, "cc")
    assert bounded(*neither, dose_first=True) == ("D8cc", "", 31, "Gy")
