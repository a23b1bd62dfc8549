"""Limits in clauses of which every word is understood, in whatever order their parts are."""

import pytest

from isocenter.chart.grammar.grammar import grammar_of
from isocenter.chart.orders.constraints import constraints_in
from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.passages import sentences
from isocenter.chart.statements.check import line_of
from tests.chart.marked_papers import page_of
from tests.chart.reading import POLICY

GRAMMAR = grammar_of(POLICY / "chart")
CLAUSES = """\
Hold the chiasm to 52 Gy and the left cochlea to 40 Gy => chiasm, max <= 52 Gy; left cochlea, max <= 40 Gy
Please restrict both kidneys to a mean of 14 Gy => kidneys, mean <= 14 Gy
No more than 108 % anywhere in PTV_63 => PTV_63, max <= 108 %
PTV_63: no hot spot above 68 Gy => PTV_63, max <= 68 Gy
Skin: no more than 104% anywhere => Skin, max <= 104 %
Brachial plexuses no more than 62 Gy to 0.1 cc => Brachial plexuses, D0.1cc <= 62 Gy
Hips 23 mean; cauda 42 max => Hips, mean <= 23 Gy; cauda, max <= 42 Gy
Kidneys: mean under 16 Gy, not one spot over 43 => Kidneys, mean < 16 Gy; Kidneys, max <= 43 Gy
Max dose to 3 % of the chiasm 49 Gy => chiasm, D3% <= 49 Gy
Dose to 35 % of either parotid (away from the nodes) under 21 Gy => parotid, D35% < 21 Gy
Bowel: hottest 2 cc no more than 49 Gy => Bowel, D2cc <= 49 Gy
Mean dose to the left cochlea < 33 Gy => left cochlea, mean < 33 Gy
PTV_B: covered by the 96 % isodose to at least 98 % => PTV_B, V96% >= 98 %
PTV_B: volume receiving 96 % of the Rx >= 98 % => PTV_B, V96% >= 98 %
Not to take the lens past 6 Gy => lens, max <= 6 Gy
Chiasm and the right eye to be held to 51 Gy => Chiasm, max <= 51 Gy; right eye, max <= 51 Gy
Hold the optic nerves to 51 Gy, eyes to 38 Gy => optic nerves, max <= 51 Gy; eyes, max <= 38 Gy
Spinal cord 43 Gy tops => Spinal cord, max <= 43 Gy
I will accept 27 Gy mean to the right parotid => right parotid, mean <= 27 Gy
We can tolerate a mean of 31 Gy to the larynx and 48 Gy to the tongue => larynx, mean <= 31 Gy; tongue, mean <= 48 Gy
Small bowel: 180 cc at most above 45 Gy => Small bowel, V45Gy <= 180 cc
Keep the uvula to 30 Gy on average => uvula, mean <= 30 Gy
Mean liver dose (minus GTV) not over 22 Gy => liver, mean <= 22 Gy
Hold the brainstem to 50 Gy because of the earlier course => brainstem, max <= 50 Gy
Hips L and R: mean < 24 Gy => Hips L, mean < 24 Gy; Hips R, mean < 24 Gy
Hips, left and right: no more than 8% above 50 Gy => Hips left, V50Gy <= 8 %; Hips right, V50Gy <= 8 %
Bladder (n/a if empty): V65 < 45 % => Bladder, V65Gy < 45 %
Rectum: V60 < 40 % (omit if removed) => Rectum, V60Gy < 40 %
Kidneys: V20 < 30 %, outside of the fields =>
Lungs together V20 < 32 % => Lungs, V20Gy < 32 %
Pituitary: mean as low as you can, ideally < 25 Gy => Pituitary, mean < 25 Gy
Carina and right mainstem bronchus - no point over 64 Gy => Carina, max <= 64 Gy; right mainstem bronchus, max <= 64 Gy
Esophagus - mean 32 Gy or less; hot spot not to exceed 61 Gy => Esophagus, mean <= 32 Gy; Esophagus, max <= 61 Gy
Esophagus mean 32 Gy or less; hot spot not over 108 % => Esophagus, mean <= 32 Gy
We want the skin of the axilla at 36 Gy or less outside the PTVs => skin of the axilla, max <= 36 Gy
COLON ......... V30 < 180 CC => COLON, V30Gy < 180 cc
cord max < 44 Gy; oral cav no more than 31 Gy on average => cord, max < 44 Gy; oral cav, mean <= 31 Gy
cord max < 44 Gy; BSTEM at most 53 Gy to 0.03 cc => cord, max < 44 Gy; BSTEM, D0.03cc <= 53 Gy
Nothing in the cord above 44 Gy, in the brainstem above 53 Gy => cord, max <= 44 Gy; brainstem, max <= 53 Gy
Up to 49 Gy to the chiasm and up to 53 Gy to the pons => chiasm, max <= 49 Gy; pons, max <= 53 Gy
PTV_63 and PTV_54 get their full dose, and no more than 2 cc of PTV_63 is above 66 Gy => PTV_63, V66Gy <= 2 cc
96 % of PTV_63 and of PTV_54 should receive their full dose => PTV_63, V100% >= 96 %; PTV_54, V100% >= 96 %
Optic tracts and the oral tongue a mean of 39 Gy or less => Optic tracts, mean <= 39 Gy; oral tongue, mean <= 39 Gy
Pharyngeal constrictors mean 39 Gy or less => Pharyngeal constrictors, mean <= 39 Gy
PTV_63: D98% > 91%; max 106% to 0.03 cc => PTV_63, D98% > 91 %; PTV_63, D0.03cc <= 106 %
Heart: 14 cc no more than 23 Gy, 29 Gy at the most anywhere => Heart, D14cc <= 23 Gy; Heart, max <= 29 Gy
Chiasm + optic nerves: Dmax 53 Gy => Chiasm, max <= 53 Gy; optic nerves, max <= 53 Gy
Cord max 44 Gy; heart rate 78 => Cord, max <= 44 Gy
PTV_63: cover 94 % of the volume with 61 Gy, 98 % with 57 Gy => PTV_63, V61Gy >= 94 %; PTV_63, V57Gy >= 98 %
Right kidney: at least half below 16 Gy => Right kidney, V16Gy <= 50 %
Spleen mean < 11 Gy, with at least half of it under 9 Gy => Spleen, mean < 11 Gy; Spleen, V9Gy <= 50 %
Stomach: 85 % of it under 20 Gy => Stomach, V20Gy <= 15 %
Chiasm below 50 Gy. No more than 67 Gy anywhere => Chiasm, max < 50 Gy
Bladder: V60 under 30 %, not more than half at 40 Gy => Bladder, V60Gy < 30 %; Bladder, V40Gy <= 50 %
Rectum V65 now less than 12 % => Rectum, V65Gy < 12 %
Rectum V65 now 12 % =>
At least 97 % of either PTV at 95 % of its dose => PTV, V95% >= 97 %
Chiasm below 50 Gy anywhere => Chiasm, max < 50 Gy
The cord was held to 40 Gy in 2011 =>
Treat the brainstem to 54 Gy =>
Keep the total to 60 Gy =>
Take the nodes to 50 Gy =>
Hips (L & R): V40 < 6% => Hips L, V40Gy < 6 %; Hips R, V40Gy < 6 %
PTV_63 and PTV_54: V95% at least 96 % => PTV_63, V95% >= 96 %; PTV_54, V95% >= 96 %
Shell around PTV max < 32 Gy => Shell around PTV, max < 32 Gy
Heart rate max 110 =>
On this plan the pons is held to 51 Gy =>
The chart says cord 45 Gy for others =>
"""


@pytest.mark.parametrize("written", CLAUSES.strip().split("\n"))
def test_a_clause_is_read_by_its_words_in_any_order(written: str) -> None:
    text, _, meant = written.partition(" =>")
    found = constraints_in(GRAMMAR, list(sentences([line_of(text)])))
    stated = [f"{c.structure}, {c.metric} {c.comparison} {c.limit:g} {c.unit}" for c in found]
    assert stated == [one.strip() for one in meant.split(";") if one.strip()]


def _limits_of_page(page: str) -> list[str]:
    found = constraints_in(GRAMMAR, list(sentences([Line(row, 1) for row in page_of(page, 1).rows])))
    return [f"{c.structure} {c.metric} {c.limit:g} {c.unit}" for c in found]


def test_a_list_in_small_letters_keeps_each_line_of_its_own() -> None:
    page = (
        "rectum: V40 below 55%, V60 below 40%, V70 below 18%\nbladder: V60 < 45 %, V40 < 66 %\n"
        "hips, left and right: no more than 5% above 45 Gy\nsmall bowel loops: max 51 Gy\n"
    )
    sentences_read = list(sentences([Line(row, 1) for row in page_of(page, 1).rows]))
    assert [one.label for one in sentences_read] == ["rectum", "bladder", "hips, left and right", "small bowel loops"]
    assert _limits_of_page(page)[-3:] == ["hips left V45Gy 5 %", "hips right V45Gy 5 %", "small bowel loops max 51 Gy"]


def test_a_line_in_small_letters_that_goes_on_with_a_sentence_stays_in_it() -> None:
    page = (
        "The plan is normalized so that 95 % of the target gets 54 Gy\nand the cord stays below 43 Gy at any point.\n"
    )
    assert len(list(sentences([Line(row, 1) for row in page_of(page, 1).rows]))) == 1


def test_a_limit_of_each_target_is_one_of_every_target_with_a_dose() -> None:
    doses = "PTV_66: 66 Gy in 33 fractions\nPTV_60: 60 Gy in 33 fractions\nPTV_eval is kept for the record\n"
    assert _limits_of_page(f"{doses}Coverage: D95% of each PTV to be at least 97% of its dose.\n") == [
        "PTV_66 D95% 97 %",
        "PTV_60 D95% 97 %",
    ]
    assert _limits_of_page(f"{doses}PTV_66: D95% at least 64 Gy.\n") == ["PTV_66 D95% 64 Gy"]
