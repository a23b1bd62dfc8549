"""The notations in which charts order limits: prose, abbreviations, and tables with their columns in any order."""

import pytest

from isocenter.chart.grammar.grammar import grammar_of
from isocenter.chart.orders.constraints import constraints_in
from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.passages import sentences
from isocenter.chart.statements.check import line_of
from tests.chart.marked_papers import page_of
from tests.chart.reading import POLICY

GRAMMAR = grammar_of(POLICY / "chart")
# What is written => structure metric comparison limit unit; nothing where none is ordered.
NOTATIONS = """\
Heart mean <= 14 Gy (ideal), <= 18 Gy (mandatory) => Heart mean <= 14 Gy ; Heart mean <= 18 Gy
Heart mean: < 4 Gy ideal, < 6 Gy mandatory => Heart mean < 4 Gy ; Heart mean < 6 Gy
Lungs V20Gy: ideal 28 %, mandatory 33 % => Lungs V20Gy <= 28 % ; Lungs V20Gy <= 33 %
Cord max 43 Gy preferred, 46 Gy acceptable => Cord max <= 43 Gy ; Cord max <= 46 Gy
Cord max 43 Gy, brainstem max 52 Gy => Cord max <= 43 Gy ; brainstem max <= 52 Gy
Kidneys below a mean of 17 Gy and the liver below a mean of 26 Gy => Kidneys mean <= 17 Gy ; liver mean <= 26 Gy
Cord: 20 Gy to 0.03 cc; 10 Gy to 10%. => Cord D0.03cc <= 20 Gy ; Cord D10% <= 10 Gy
PTV BREAST D95% >= 47.5 Gy => PTV BREAST D95% >= 47.5 Gy
PTV Left Neck D95% >= 57 Gy => PTV Left Neck D95% >= 57 Gy
PTV TUMOR BED V95% >= 98 % => PTV TUMOR BED V95% >= 98 %
PTV COVERAGE: V95% >= 95 % => PTV V95% >= 95 %
PTV GOAL D95% >= 57 Gy => PTV D95% >= 57 Gy
FemHead_R, FemHead_L max 47 Gy => FemHead_R max <= 47 Gy ; FemHead_L max <= 47 Gy
Heart mean < 20 Gy; SpinalCord D0.03cc < 45 Gy => Heart mean < 20 Gy ; SpinalCord D0.03cc < 45 Gy
Right parotid, left parotid: mean 26 Gy each => Right parotid mean <= 26 Gy ; left parotid mean <= 26 Gy
Eyes, lenses and lacrimal glands: max 9 Gy => Eyes max <= 9 Gy ; lenses max <= 9 Gy ; lacrimal glands max <= 9 Gy
Chiasm and optic nerves: maximum point dose 53 Gy. => Chiasm max <= 53 Gy ; optic nerves max <= 53 Gy
The max dose for the chiasm and both optic nerves is 53 Gy => chiasm max <= 53 Gy ; optic nerves max <= 53 Gy
At most 40.00 % volume at 5000 cGy dose - Rectum => Rectum V50Gy <= 40 %
At most 4400 cGy dose at 0.03 cm³ volume - SpinalCord => SpinalCord D0.03cc <= 44 Gy
Stomach: At most 5200 cGy dose at 0.03 cm³ volume => Stomach D0.03cc <= 52 Gy
At most 2500 cGy average dose - Parotid_L => Parotid_L mean <= 25 Gy
Heart - V40 less than half => Heart V40Gy < 50 %
98 % of PTV_50 and of PTV_66 to receive at least 95 % of their dose => PTV_50 V95% >= 98 % ; PTV_66 V95% >= 98 %
No more than 2 % of PTV_66 above 107 % => PTV_66 V107% <= 2 %
V20 (lungs) < 30% => lungs V20Gy < 30 %
mean (heart) < 5 Gy => heart mean < 5 Gy
1 cc of brainstem up to 58 Gy => brainstem D1cc <= 58 Gy
700 cc of liver below 17 Gy =>
Brainstem: 1% < 58 Gy => Brainstem D1% < 58 Gy
PTV coverage: V95% >= 98% => PTV V95% >= 98 %
PTV coverage 95% of dose to 98% of volume => PTV V95% >= 98 %
Cord: 6 Gy per fraction max =>
Cord max 5 Gy/fraction, 25 Gy in all =>
FEM NECK R V40 below 8 % => FEM NECK R V40Gy < 8 %
Heart mean below 26 Gy, no, 20 Gy RV 3-2 => Heart mean < 20 Gy
Kidney L: mean under 15 Gy - no, 12 Gy => Kidney L mean < 12 Gy
Liver mean below 28 Gy, no exceptions. => Liver mean < 28 Gy
Spleen V20Gy of less than 30 %. => Spleen V20Gy < 30 %
For the liver I accept a mean of up to 24 Gy. => liver mean <= 24 Gy
V5Gy of the left lung shall not go over 40 percent. => left lung V5Gy <= 40 %
The chiasm gets 50 Gy at the very most. => chiasm max <= 50 Gy
Neither eye should see a mean above 8 Gy. => eye mean <= 8 Gy
Bladder: less than 50 per cent over 40 Gray => Bladder V40Gy < 50 %
Heart mean changed to <= 22 Gy after the scan => Heart mean <= 22 Gy
PTV 60: 95 % of volume >= 60 Gy => PTV 60 D95% >= 60 Gy
PTV56 95 % of volume to at least 56 Gy => PTV56 D95% >= 56 Gy
Replaces the order of 07/02 (54 Gy, chiasm max 56 Gy), which is cancelled. =>
Cord PRV Dmax 50 Gy; liver V30 < 33 %; apply if applicable =>
Rectum V70 < 20 % => Rectum V70Gy < 20 %
Bladder: V20Gy[%] <= 30 => Bladder V20Gy <= 30 %
Spinal Cord D0.03cc ≤ 45 Gy => Cord D0.03cc <= 45 Gy
Cord Dmax 45 Gy => Cord max <= 45 Gy
Kidneys: the mean dose should not cross 9 Gy => Kidneys mean <= 9 Gy
Heart V25 is to be kept under 10% => Heart V25Gy < 10 %
Optic chiasm: not a voxel over 54 Gy => Optic chiasm max <= 54 Gy
Brachial plexus: 63 Gy ceiling => Brachial plexus max <= 63 Gy
Larynx: mean to be less than 38 Gy => Larynx mean < 38 Gy
Max dose spinal cord 45 Gy => Cord max <= 45 Gy
Maximum dose to the brainstem 54 Gy => brainstem max <= 54 Gy
Mean heart 26 Gy or less => heart mean <= 26 Gy
Mean heart dose < 4 Gy => heart mean < 4 Gy
Parotids: mean dose no more than 26 Gy => Parotids mean <= 26 Gy
Liver: no more than 1/3 over 45 Gy => Liver V45Gy <= 33.3 %
No more than one third of the left kidney over 18 Gy => left kidney V18Gy <= 33.3 %
Cord 0.03 cc < 48 Gy => Cord D0.03cc < 48 Gy
Dmax(0.03cc) of chiasm <= 5400 cGy => chiasm D0.03cc <= 54 Gy
Lungs-GTV: V20Gy < 35% ; mean < 20 Gy => Lungs-GTV V20Gy < 35 % ; Lungs-GTV mean < 20 Gy
Lung V20 at or below 30 percent => Lung V20Gy <= 30 %
Heart V(30 Gy) < 46 % => Heart V30Gy < 46 %
Heart V_30 ≤ 46 % => Heart V30Gy <= 46 %
Bowel bag V45 Gy ≤ 195 cc => Bowel bag V45Gy <= 195 cc
Small bowel: < 195 cc to receive more than 45 Gy => Small bowel V45Gy < 195 cc
Femoral heads V50 Gy less than 5 % => Femoral heads V50Gy < 5 %
Keep the cord under 45 Gy => cord max < 45 Gy
The cord may not exceed 45 Gy => cord max <= 45 Gy
Larynx is to stay below a mean of 44 Gy => Larynx mean <= 44 Gy
Esophagus mean dose limited to 34 Gy => Esophagus mean <= 34 Gy
PTV D95% >= 66 Gy => PTV D95% >= 66 Gy
PTV70 V100% ≥ 95% => PTV70 V100% >= 95 %
95 % of the PTV shall receive at least 60 Gy => PTV D95% >= 60 Gy
At least 98% of PTV_50 covered by the 95% isodose => PTV_50 V95% >= 98 %
PTV: 99 % of volume gets 93 % of dose or more => PTV V93% >= 99 %
PTV max < 110 % => PTV max < 110 %
D2% of PTV60 no more than 64.2 Gy => PTV60 D2% <= 64.2 Gy
D0.1cc cord < 30 Gy => cord D0.1cc < 30 Gy
Optic nerves: Dmax <= 54Gy => Optic nerves max <= 54 Gy
Cochlea L mean < 35 Gy; Cochlea R mean < 35 Gy => Cochlea L mean < 35 Gy ; Cochlea R mean < 35 Gy
Rectum V4000 cGy < 40 % => Rectum V40Gy < 40 %
Stomach: D10cc < 45 Gy, max < 54 Gy => Stomach D10cc < 45 Gy ; Stomach max < 54 Gy
Brachial plexus < 66 Gy max => Brachial plexus max < 66 Gy
Mandible: hot spot < 70 Gy => Mandible max < 70 Gy
Point max to cauda 16 Gy => cauda max <= 16 Gy
Contralateral breast mean ≤ 3 Gy => Contralateral breast mean <= 3 Gy
Rectum: < 17 % above 65 Gy, < 35 % above 40 Gy => Rectum V65Gy < 17 % ; Rectum V40Gy < 35 %
Spare 700 cc of liver below 15 Gy =>
PTV receives 60 Gy in 30 fractions =>
Cord max was 41 Gy =>
Heart: V25 < 10 % (achieved 4 %) => Heart V25Gy < 10 %
Cord tip Dmax </= 48 => Cord tip max <= 48 Gy
PTV_HR D90 >/= 56 => PTV_HR D90% >= 56 Gy
PTV V95 >/= 95% => PTV V95% >= 95 %
rectum D0.1cc </= 56 => rectum D0.1cc <= 56 Gy
skin flap V45 < 20cc => skin flap V45Gy < 20 cc
Bowel V45 =< 195cc => Bowel V45Gy <= 195 cc
CHIASM MAX 5400 RAD => CHIASM max <= 54 Gy
CORD NOT OVER 4500 RAD => CORD max <= 45 Gy
RIGHT COCHLEA AVERAGE UNDER 3500 RAD => RIGHT COCHLEA mean < 35 Gy
LUNG V20 UNDER 30 PCT => LUNG V20Gy < 30 %
nothing in PTV_B hotter than 55 Gy => PTV_B max <= 55 Gy
Cord Dmax(0.03 cc) < 45 Gy => Cord D0.03cc < 45 Gy
Cord: D0.03 cc: 45 Gy => Cord D0.03cc <= 45 Gy
Lungs V20: < 35% => Lungs V20Gy < 35 %
Lungs V20=35% => Lungs V20Gy <= 35 %
Parotid (each) mean < 26 => Parotid mean < 26 Gy
Parotid L/R: Dmean < 26 Gy => Parotid L/R mean < 26 Gy
Heart mean (Gy) < 20 => Heart mean < 20 Gy
Heart: average 20 Gy tops => Heart mean <= 20 Gy
Heart not to average more than 20 Gy => Heart mean <= 20 Gy
Rectum V70Gy no greater than 15% => Rectum V70Gy <= 15 %
Rectum: V70 15%, V60 30% => Rectum V70Gy <= 15 % ; Rectum V60Gy <= 30 %
Bladder V65 <= 50%, V70 <= 35% => Bladder V65Gy <= 50 % ; Bladder V70Gy <= 35 %
Less than 5% of femoral heads to exceed 50 Gy => femoral heads V50Gy < 5 %
Brainstem Dmax < 54 Gy, D1cc < 59 Gy => Brainstem max < 54 Gy ; Brainstem D1cc < 59 Gy
Optic chiasm < 54 Gy => Optic chiasm max < 54 Gy
Optic chiasm/nerves: 54 Gy max => Optic chiasm max <= 54 Gy
Max to cord 45 => cord max <= 45 Gy
Mean to each parotid 26 Gy => parotid mean <= 26 Gy
Kidney V20 < 1/3 => Kidney V20Gy < 33.3 %
Kidneys combined mean under 18 Gy => Kidneys mean < 18 Gy
Two thirds of each kidney under 20 Gy => kidney V20Gy <= 33.3 %
PTV D98 >= 95% => PTV D98% >= 95 %
PTV D98% >= 95% of Rx => PTV D98% >= 95 %
PTV: 95% of volume to receive 100% of dose => PTV V100% >= 95 %
100% of CTV to get 95% of Rx => CTV V95% >= 100 %
PTV min dose 93% => PTV min >= 93 %
PTV Dmin >= 57 Gy => PTV min >= 57 Gy
Global max < 110% =>
PTV D0.03cc < 107% => PTV D0.03cc < 107 %
95% isodose to cover 98% of PTV => PTV V95% >= 98 %
PTV60 covered by 57 Gy to at least 95 % => PTV60 D95% >= 57 Gy
Esophagus Dmean 3400 cGy => Esophagus mean <= 34 Gy
Spinal cord max dose should be limited to 4500 cGy. => Spinal cord max <= 45 Gy
Dose to cord limited to 45 Gy => cord max <= 45 Gy
Do not exceed 45 Gy to the cord => cord max <= 45 Gy
No part of the cord above 45 Gy => cord max <= 45 Gy
No more than 45 Gy to cord => cord max <= 45 Gy
Limit bowel to V45 < 195 cc => bowel V45Gy < 195 cc
Limit mean heart dose to 20 Gy => heart mean <= 20 Gy
keep heart mean below 4 => heart mean < 4 Gy
Larynx: mean dose goal 40 Gy => Larynx mean <= 40 Gy
MLD < 20 Gy =>
Lung MLD < 20 Gy => Lung mean < 20 Gy
Liver: at least 700 cc below 15 Gy =>
The cord received a max of 41 Gy =>
Cord: limit 45 Gy, plan 41 Gy => Cord max <= 45 Gy
Cord Dmax 45 Gy (plan 41.2) => Cord max <= 45 Gy
Heart mean < 20 Gy, achieved 12 Gy => Heart mean < 20 Gy
Plan shows heart mean 12 Gy =>
Lung V20 came out at 28 % =>
Cord tolerance is generally 45 Gy =>
PTV 60 Gy, 2 Gy per fraction =>
D95 was 59.8 Gy =>
Prior course: cord max 40 Gy =>
Lung V20 31 % accepted last time =>
Previous plan: cord max 50 Gy =>
Rectum: V72 NMT 18%, V65 NMT 30%. => Rectum V72Gy <= 18 % ; Rectum V65Gy <= 30 %
Femoral heads Dmax NTE 48 Gy => Femoral heads max <= 48 Gy
Cord: 44 Gy max (0.03 cc) => Cord D0.03cc <= 44 Gy
SPINAL CORD . . . . . . . 43 GY MAX => SPINAL CORD max <= 43 Gy
PTV: no point above 109%. => PTV max <= 109 %
Larynx mean under 38; cord 44 max. => Larynx mean < 38 Gy ; cord max <= 44 Gy
Cord: maximum dose to 0.03 cc no more than 46 Gy => Cord D0.03cc <= 46 Gy
Lungs: volume receiving 21 Gy or more is to be under 33 % => Lungs V21Gy < 33 %
Lungs: Max DVH 1900 cGy to 28 % => Lungs V19Gy <= 28 %
Lungs: Max EUD 1800 cGy =>
Max doses (Gy): cord 44, brainstem 52. => cord max <= 44 Gy ; brainstem max <= 52 Gy
Max doses (Gy): cord 41.2, brainstem 50.3. =>
Brainstem 53 Gy; chiasm 52 Gy (all maximum doses). => Brainstem max <= 53 Gy ; chiasm max <= 52 Gy
PTV66: 95% of volume to receive >= 66 Gy => PTV66 D95% >= 66 Gy
PTV: minimum 95% coverage by the prescription isodose => PTV V100% >= 95 %
PTV: 95% covered by 100%; hot spot no greater than 112% => PTV V100% >= 95 % ; PTV max <= 112 %
Heart: mean 8 Gy (goal 20) => Heart mean <= 20 Gy
Lungs V20 24% (limit < 30%) => Lungs V20Gy < 30 %
Liver and stomach max dose 54 Gy => Liver max <= 54 Gy ; stomach max <= 54 Gy
DVH results: Cord max 41.2 Gy. Lungs V20 28%. Heart mean 9.1 Gy. =>
Plan metrics obtained: cord 38.1 Gy max, heart mean 9.2 Gy. =>
Liver: 700 cc to be kept below 15 Gy =>
Heart mean dose: under 8 Gy => Heart mean < 8 Gy
Mean heart dose: under 8 Gy => heart mean < 8 Gy
Cord max dose: below 44 Gy => Cord max < 44 Gy
Cord D0.03cc <= 44 Gy <= 47 Gy => Cord D0.03cc <= 44 Gy
Kidneys (each): V18 < 30% => Kidneys V18Gy < 30 %
OAR goals (QUANTEC): Lungs V20 < 30%, Heart mean < 26 Gy => Lungs V20Gy < 30 % ; Heart mean < 26 Gy
QUANTEC: Lungs V20 < 30% =>
The cord may have no more than 46 Gy at a point, the brainstem 53. => cord max <= 46 Gy ; brainstem max <= 53 Gy
Cord max 44 Gy, brainstem 52, and the chiasm 53. => Cord max <= 44 Gy ; brainstem max <= 52 Gy ; chiasm max <= 53 Gy
Cord max 44 Gy, week 6. => Cord max <= 44 Gy
Last plan: cord 40 Gy, heart mean 7 Gy. =>
Femoral heads not over 46 Gy to more than 4 percent. => Femoral heads V46Gy <= 4 %
Brachial plexus 64 Gy to 0.1 cc at most. => Brachial plexus D0.1cc <= 64 Gy
PTV_66 D95% >= 100% of Rx (66 Gy) => PTV_66 D95% >= 66 Gy
PTV_66 D98% >= 95% (62.7 Gy); V95% >= 98% => PTV_66 D98% >= 62.7 Gy ; PTV_66 V95% >= 98 %
Oral cavity Dmean<40Gy; SC Dmax<45Gy; BS Dmax<54Gy => Oral cavity mean < 40 Gy ; SC max < 45 Gy ; BS max < 54 Gy
Bladder V80/V75/V70 < 15/25/35 % => Bladder V80Gy < 15 % ; Bladder V75Gy < 25 % ; Bladder V70Gy < 35 %
Bladder V80/V75/V70 < 15/25 % =>
Dmean: larynx 40, oral cavity 35 (Gy). => larynx mean <= 40 Gy ; oral cavity mean <= 35 Gy
Brachial plexus: 66 Gy (0.03 cc) => Brachial plexus D0.03cc <= 66 Gy
Kidney L/R: mean <= 18 Gy, V20 <= 32 % => Kidney L/R mean <= 18 Gy ; Kidney L/R V20Gy <= 32 %
Left lung V20 goal < 20 %, achieved 14.2 %. => Left lung V20Gy < 20 %
Lung V20 was 24 % against a goal of under 30 %. => Lung V20Gy < 30 %
Do not let the cord exceed 45 Gy. => cord max <= 45 Gy
V100% >= 95 % (PTV), V107% < 2 cc => PTV V100% >= 95 % ; PTV V107% < 2 cc
Rectum: no more than 15 % may receive over 75 Gy, 20 % over 70 Gy. => Rectum V75Gy <= 15 % ; Rectum V70Gy <= 20 %
Rectum: 12 % of the volume received more than 75 Gy, 20 % more than 70 Gy. =>
Parotid mean <= 20 Gy to one gland, or <= 25 Gy to both glands. => Parotid mean <= 20 Gy
the larynx no more than 43 Gy on average => larynx mean <= 43 Gy
No hot spot over 108 % in the skin => skin max <= 108 %
Max dose to 1 % of the cord 44 Gy => cord D1% <= 44 Gy
Dose to 40% of each parotid (far from the target) must be below 28 Gy => parotid D40% < 28 Gy
no more than 6 Gy mean to the heart, 25 % of the left lung at 20 Gy => heart mean <= 6 Gy
I want a maximum of 44 Gy to the cord and a mean of 25 Gy to the parotids. => cord max <= 44 Gy ; parotids mean <= 25 Gy
A mean of 21 Gy to the right parotid, a point dose of 47 Gy to the cord. => parotid mean <= 21 Gy ; cord max <= 47 Gy
A maximum of 11 Gy to the chiasm and of 13 Gy to the left optic nerve. => chiasm max <= 11 Gy ; nerve max <= 13 Gy
A maximum of 49 Gy to the chiasm, 53 Gy to the brainstem or the nerves. => chiasm max <= 49 Gy ; brainstem max <= 53 Gy
Up to 49 Gy to the optic chiasm and up to 53 Gy to the brainstem. => chiasm max <= 49 Gy ; brainstem max <= 53 Gy
Liver: 700 cc under 15 Gy. =>
Bowel_Small: V45Gy[cc] < 190 => Bowel_Small V45Gy < 190 cc
BoneMarrow: V10Gy[%] < 88 => BoneMarrow V10Gy < 88 %
Skin of the limb: leave a strip that gets under 20 Gy. =>
Rectum V65 < 24% (2019 plan: 31 %); Bladder V65 < 30% => Rectum V65Gy < 24 % ; Bladder V65Gy < 30 %
"""


@pytest.mark.parametrize("notation", NOTATIONS.strip().split("\n"))
def test_each_notation_is_read_as_the_limit_it_orders(notation: str) -> None:
    text, _, meant = notation.partition(" =>")
    found = []
    for c in constraints_in(GRAMMAR, list(sentences([line_of(text)]))):
        limit, unit = (c.limit / 100, "Gy") if c.unit == "cGy" else (c.limit, c.unit)
        found.append(f"{c.metric} {c.comparison} {round(limit, 1):g} {unit}")
    assert found == [" ".join(one.split()[-4:]) for one in meant.split(" ; ") if one.strip()]


@pytest.mark.parametrize("verb", ["may have", "should have", "need"])
def test_targets_that_are_listed_share_the_limit_behind_them(verb: str) -> None:
    text = f"PTV_Neck, PTV_Node and PTV_Bed {verb} a D95% of at least 50 Gy."
    found = list(constraints_in(GRAMMAR, list(sentences([line_of(text)]))))
    assert [(c.structure, c.metric, c.limit) for c in found] == [
        (name, "D95%", 50.0) for name in ("PTV_Neck", "PTV_Node", "PTV_Bed")
    ]


TABLES = {
    (
        "| Structure | Objective | Volume / type | Dose\n| PTV_35 | at least | 95 % | 35 Gy\n"
        "| Brainstem | at most | 0.03 cc | 12 Gy\n| Cochlea_R | at most | mean | 10 Gy\n"
    ): [
        ("PTV_35", "D95%", 35.0, "Gy"),
        ("Brainstem", "D0.03cc", 12.0, "Gy"),
        ("Cochlea_R", "mean", 10.0, "Gy"),
    ],
    ("| Structure | Endpoint | Limit | Dose\n| Heart | Mean dose | <= | 5 Gy\n| Lung L | V20Gy | <= | 30 %\n"): [
        ("Heart", "mean", 5.0, "Gy"),
        ("Lung L", "V20Gy", 30.0, "%"),
    ],
    ("| Organ | Metric | Ideal | Mandatory\n| Heart | Mean | < 4 Gy | < 6 Gy\n"): [
        ("Heart", "mean", 4.0, "Gy"),
        ("Heart", "mean", 6.0, "Gy"),
    ],
    ("| Structure | D (Gy) | to V | Goal type\n| Bladder | 65 | 50% | less than\n"): [("Bladder", "V65Gy", 50.0, "%")],
    ("| Structure | Vol > 25 Gy | Mean dose\n| Both lungs | 31 % | 17 Gy\n"): [
        ("Both lungs", "V25Gy", 31.0, "%"),
        ("Both lungs", "mean", 17.0, "Gy"),
    ],
    (
        "| Organ at risk | % receiving 22 Gy | Max point dose (Gy)\n"
        "| Lungs | no more than 28 % | -\n| Cord | - | at most 44\n"
    ): [
        ("Lungs", "V22Gy", 28.0, "%"),
        ("Cord", "max", 44.0, "Gy"),
    ],
    ("| Structure | V50 | V35 | Max\n| Rectum | < 22% | < 48% | -\n"): [
        ("Rectum", "V50Gy", 22.0, "%"),
        ("Rectum", "V35Gy", 48.0, "%"),
    ],
    ("| Structure | Limit | At volume\n| Chiasm | 52 Gy | 0.1 cc\n"): [("Chiasm", "D0.1cc", 52.0, "Gy")],
    ("| Structure | Vx (Gy) | Limit (%)\n| Rectum | 62 | 24\n"): [("Rectum", "V62Gy", 24.0, "%")],
    ("| Structure | Mean Gy | V40 cc\n| Bowel | - | 180\n"): [("Bowel", "V40Gy", 180.0, "cc")],
    ("| Structure | V20 | MLD\n| Lungs | 30% | 16 Gy\n"): [
        ("Lungs", "V20Gy", 30.0, "%"),
        ("Lungs", "mean", 16.0, "Gy"),
    ],
    ("| Structure | DVH objective | Evaluator | Variation\n| Bowel | V4000.0cGy [cc] | <= 170 | 200\n"): [
        ("Bowel", "V40Gy", 170.0, "cc")
    ],
    ("| Structure | Constraint | Achieved | Constraint met\n| LAD | max < 18 Gy | 21.3 Gy | no, accepted\n"): [
        ("LAD", "max", 18.0, "Gy")
    ],
    ("| Structure | D95% (Gy) | Mean (Gy)\n| PTV | 60.3 | 61.2\n| Lungs | - | 13.1\n"): [],
    ("| Structure | Achieved | Met\n| Cord D0.03cc | 41.2 Gy | Yes\n"): [],
    ("| Organ | Measure | Bound\n| Scrotum | mean | below 12 Gy\n"): [("Scrotum", "mean", 12.0, "Gy")],
    ("| OAR | Metric | Printed\n| Hip L | D1cc | below 48 Gy\n"): [("Hip L", "D1cc", 48.0, "Gy")],
    ("| Organ | Metric | Form default | Limit set\n| Bowel | V45Gy | 195 cc | 120 cc\n| Skin | max | 60 Gy | -\n"): [
        ("Bowel", "V45Gy", 120.0, "cc")
    ],
    ("| ROI | Mean Gy | Max Gy | V20Gy\n| Heart | 4.1 | 33.0 | 6 %\n"): [],
    ("| Organ | Measure | Wanted\n| Heart | Mean | < 9 Gy\n"): [("Heart", "mean", 9.0, "Gy")],
    ("| Structure | Min | Mean | Max | D0.03cc\n| Brainstem | 0.4 | 9.1 | 51.8 | 51.2\n"): [],
    ("| Structure | Metric | Limit | Priority\n| Cord | Dmax | 45 Gy | 1\n| Lungs | V20 Gy | 35 % | 2\n"): [
        ("Cord", "max", 45.0, "Gy"),
        ("Lungs", "V20Gy", 35.0, "%"),
    ],
    ("| Organ | Limit (Gy) | Metric\n| Cord | 45 | Dmax\n| Heart | 26 | Mean\n"): [
        ("Cord", "max", 45.0, "Gy"),
        ("Heart", "mean", 26.0, "Gy"),
    ],
    (
        "| Priority | ROI | Objective | Achieved\n"
        "| 1 | PTV_54 | V95% >= 98% | 99.1%\n"
        "| 1 | Cord | D0.03cc <= 45 Gy | 38.2 Gy\n"
    ): [("PTV_54", "V95%", 98.0, "%"), ("Cord", "D0.03cc", 45.0, "Gy")],
    (
        "| Metric | Structure | Goal | Acceptable\n"
        "| V20Gy | Lung_L | < 20 % | < 25 %\n"
        "| Mean | Heart | < 3 Gy | < 4 Gy\n"
    ): [("Lung_L", "V20Gy", 20.0, "%"), ("Heart", "mean", 3.0, "Gy")],
    ("| Structure | Volume (%) | Dose (Gy)\n| Rectum | 15 | 75\n| Bladder | 25 | 80\n"): [
        ("Rectum", "V75Gy", 15.0, "%"),
        ("Bladder", "V80Gy", 25.0, "%"),
    ],
    ("| Volume | Index | Tolerance | Note\n| PTV_A | D95% | >= 5700 cGy | cover\n| Pacemaker | Dmax | < 200 cGy |\n"): [
        ("PTV_A", "D95%", 5700.0, "cGy"),
        ("Pacemaker", "max", 200.0, "cGy"),
    ],
    ("| Name | Type | Dose [Gy] | Vol [%]\n| PTV | lower | 60 | 95\n| Cord | upper | 45 | 0\n"): [
        ("PTV", "V60Gy", 95.0, "%"),
        ("Cord", "max", 45.0, "Gy"),
    ],
    ("| Organ | Dose | To volume\n| Cord | 45 Gy | 0.03 cc\n| Kidney R | 18 Gy | 33 %\n"): [
        ("Cord", "D0.03cc", 45.0, "Gy"),
        ("Kidney R", "V18Gy", 33.0, "%"),
    ],
    ("| Target | Minimum | Maximum\n| PTV_7 | D95 70 Gy | 77 Gy\n"): [
        ("PTV_7", "D95%", 70.0, "Gy"),
        ("PTV_7", "max", 77.0, "Gy"),
    ],
    (
        "| Structure | Volume cc | Min Gy | Max Gy | Mean Gy\n| PTV | 410 | 55 | 66 | 61\n| Cord | 30 | 0 | 41 | 12\n"
    ): [],
    ("| DVH stat | Vol cc | Mean Gy | Index\n| PTV70 | 121 | 71.4 | D95% 67.6 Gy\n"): [],
    ("| Structure | Achieved | Goal\n| Cord | 41.2 Gy | Dmax < 45 Gy\n| Lungs | 28 % | V20 < 35 %\n"): [
        ("Cord", "max", 45.0, "Gy"),
        ("Lungs", "V20Gy", 35.0, "%"),
    ],
    ("| OAR | Max dose (cGy) | Mean dose (cGy)\n| Cord | 4500 | -\n| Larynx | - | 4400\n"): [
        ("Cord", "max", 4500.0, "cGy"),
        ("Larynx", "mean", 4400.0, "cGy"),
    ],
    (
        "| Structure | Metric | Limit | Prio\n| Cord | Max | <= 44 Gy | 1\n| Larynx | Mean | <= | 3\n"
        "| Trachea | Max | per protocol | 4\n"
    ): [("Cord", "max", 44.0, "Gy")],
    ("| Structure | Mean Gy NMT | Max Gy NMT\n| Larynx | 33 | -\n| Brainstem | - | 52\n"): [
        ("Larynx", "mean", 33.0, "Gy"),
        ("Brainstem", "max", 52.0, "Gy"),
    ],
    ("| Constraint | Value | Structure\n| Dmax | 44 Gy | Cord\n| V20 | 31 % | Lungs\n"): [
        ("Cord", "max", 44.0, "Gy"),
        ("Lungs", "V20Gy", 31.0, "%"),
    ],
    ("| Organ | Goal | Structure | Goal\n| Rectum | V65 <= 16 % | Bladder | V65 <= 24 %\n"): [
        ("Rectum", "V65Gy", 16.0, "%"),
        ("Bladder", "V65Gy", 24.0, "%"),
    ],
    ("| Structure | 3D plan | IMRT plan\n| Rectum V50Gy | 61 % | 30 %\n| Femur Dmax | 54.1 Gy | 44.0 Gy\n"): [],
    ("| Structure | Mean, 3D | Mean, IMRT | Limit (mean)\n| Parotid R | 40.2 Gy | 22.8 Gy | 25 Gy\n"): [
        ("Parotid R", "mean", 25.0, "Gy")
    ],
    (
        "| Structure | V20Gy limit | V20Gy plan | Dmean limit | Dmean plan\n| Lungs | 33 % | 27.1 % | 18 Gy | 15.2 Gy\n"
    ): [
        ("Lungs", "V20Gy", 33.0, "%"),
        ("Lungs", "mean", 18.0, "Gy"),
    ],
    ("| Structure | Upper dose limit | Percent volume\n| PTV54 | 57.4 Gy | 2 %\n| Bowel | 44 Gy | 29 %\n"): [
        ("PTV54", "D2%", 57.4, "Gy"),
        ("Bowel", "V44Gy", 29.0, "%"),
    ],
    ("| Structure | Metric | Goal | Tolerance\n| Penile bulb | Mean | <= 46 Gy | <= 51 Gy\n"): [
        ("Penile bulb", "mean", 46.0, "Gy")
    ],
    ("| Organ | Endpoint | Planning goal | Tolerance dose\n| Sigmoid | D2cc | 58 Gy | 66 Gy\n"): [
        ("Sigmoid", "D2cc", 58.0, "Gy")
    ],
    ("| Structure | Tolerance\n| Sigmoid | max < 61 Gy\n"): [("Sigmoid", "max", 61.0, "Gy")],
    ("| Structure | NRG HN001 | This plan must meet\n| Mandible | max 70 Gy | max 68 Gy\n"): [
        ("Mandible", "max", 68.0, "Gy")
    ],
    ("| Structure | Prior plan limit | New limit\n| Stomach | max 54 Gy | max 49 Gy\n"): [
        ("Stomach", "max", 49.0, "Gy")
    ],
    ("| Organ | Volume | Volume max (Gy) | Max point (Gy)\n| Bronchi | 4 cc | 18 | 52\n| Aorta | 10 cc | 46 | 53\n"): [
        ("Bronchi", "max", 52.0, "Gy"),
        ("Bronchi", "D4cc", 18.0, "Gy"),
        ("Aorta", "max", 53.0, "Gy"),
        ("Aorta", "V46Gy", 10.0, "cc"),
    ],
    ("| Structure | Metric | Upper limit\n| Esophagus, cervical | Mean (Gy) | 30\n"): [
        ("Esophagus, cervical", "mean", 30.0, "Gy")
    ],
    ("| Structure | Ideal | Must not exceed | Seen\n| Bowel bag | V45 < 150 cc | V45 < 195 cc | 162 cc\n"): [
        ("Bowel bag", "V45Gy", 150.0, "cc"),
        ("Bowel bag", "V45Gy", 195.0, "cc"),
    ],
    ("| Structure | D0.03cc | Limit | Difference\n| Chiasm | 51 Gy | 54 Gy | 3 Gy\n"): [
        ("Chiasm", "D0.03cc", 54.0, "Gy")
    ],
    ("| Structure | Mean | Goal (Gy)\n| Larynx | 38 | 41\n"): [("Larynx", "mean", 41.0, "Gy")],
    ("| Structure | Max (Gy) | Mean (Gy) | Goal\n| Larynx | 61 | 38 | 41 Gy\n"): [],
    ("| Structure | Request | Min | Max | Mean\n| Bladder | mean < 40 Gy | 8 Gy | 66 Gy | 33 Gy\n"): [
        ("Bladder", "mean", 40.0, "Gy")
    ],
    ("| Structure | IMRT | 3D CRT | Clinic goal\n| Heart | mean 4 Gy | mean 9 Gy | mean < 5 Gy\n"): [
        ("Heart", "mean", 5.0, "Gy")
    ],
    ("| Structure | Standard | Modified by MD\n| LAD | max < 20 Gy | max < 16 Gy\n"): [("LAD", "max", 16.0, "Gy")],
    ("| Structure | Volume | Dmin | Dmax\n| PTV | 212 cc | 5710 cGy | 6440 cGy\n"): [],
    ("| Organ | Max dose (Gy)\n| Chiasm | 52\n| Lens L / R | 7 / 8\n"): [
        ("Chiasm", "max", 52.0, "Gy"),
        ("Lens L", "max", 7.0, "Gy"),
        ("Lens R", "max", 8.0, "Gy"),
    ],
    ("| Organ | Max dose (Gy)\n| Chiasm | 48.3\n| Lens L | 5.1\n"): [],
    ("| Organ | Limit | Priority\n| Parotid R/L | mean < 24 / < 20 Gy | 2\n"): [
        ("Parotid R", "mean", 24.0, "Gy"),
        ("Parotid L", "mean", 20.0, "Gy"),
    ],
    ("| Structure | Dmax (Gy) | Dmean (Gy) | Vx\n| Parotid L | 60 | 26 | V30 < 50%\n"): [
        ("Parotid L", "max", 60.0, "Gy"),
        ("Parotid L", "mean", 26.0, "Gy"),
        ("Parotid L", "V30Gy", 50.0, "%"),
    ],
    ("| ROI | Type | Value | Vol\n| Rectum | Max DVH | 68 Gy | 14 %\n| PTV | Min DVH | 74 Gy | 96 %"): [
        ("Rectum", "V68Gy", 14.0, "%"),
        ("PTV", "V74Gy", 96.0, "%"),
    ],
    (
        "| OAR | Metric | Objective | Course 1 dose\n| Mandible | Mean | <= 29 Gy | 43.0 Gy\n"
        "| OralCavity | Mean | ALARA | 38.0 Gy\n"
    ): [("Mandible", "mean", 29.0, "Gy")],
    ("| OAR | Metric | Goal | Reached\n| Larynx | Mean | none | 38.0 Gy\n"): [],
    ("| OAR | 25 fractions | 5 fractions\n| Cord | max 45 Gy | max 25 Gy\n"): [],
    ("40 Gy in 25 fractions.\n| OAR | Limit, 25 fx | Limit, 5 fx\n| Cord | Dmax 44 Gy | Dmax 25 Gy\n"): [
        ("Cord", "max", 44.0, "Gy")
    ],
}


@pytest.mark.parametrize("table", list(TABLES))
def test_a_table_of_limits_is_read_by_the_headings_of_its_columns(table: str) -> None:
    lines = [Line(row, 1) for row in page_of(table.rstrip(), 1).rows]
    found = constraints_in(GRAMMAR, list(sentences(lines)))
    assert [(c.structure, c.metric, c.limit, c.unit) for c in found] == TABLES[table]


@pytest.mark.parametrize(("heading", "goes_on"), [("Dose constraints, continued", True), ("Plan results", False)])
def test_a_table_goes_on_below_the_heading_of_the_next_page_where_this_says_so(heading: str, goes_on: bool) -> None:
    first = "| Structure | Goal | Tolerance\n| Cord | max < 44 Gy | max < 47 Gy\n| Lungs | V20 < 34 % | V20 < 36 %"
    second = f"# {heading}\n| Heart | mean 21 Gy | mean 27 Gy\n| Larynx | mean 39 Gy | mean 42 Gy"
    lines = [Line(row, at) for at, page in enumerate((first, second), 1) for row in page_of(page, at).rows]
    limits = [s.columns[1].name for s in sentences(lines) if s.columns and s.text.startswith(("Heart", "Larynx"))]
    assert set(limits) == ({"Goal"} if goes_on else set())


def test_a_structure_of_a_list_that_is_in_no_list_of_names_is_not_taken_for_the_one_before_it() -> None:
    ordered = "Esoph mean < 34 Gy; Oral cav mean < 38 Gy; LAD max 25 Gy; hot spot max 107 %"
    found = constraints_in(GRAMMAR, list(sentences([line_of(ordered)])))
    assert [(c.structure, c.metric, c.limit) for c in found] == [
        ("Esoph", "mean", 34.0),
        ("Oral cav", "mean", 38.0),
        ("LAD", "max", 25.0),
    ]


def test_what_follows_an_unknown_structure_is_not_given_to_the_one_of_the_sentence_before() -> None:
    ordered = "Great vessels max 53 Gy. Xyphoid D1cc < 35 Gy, max 43 Gy. Skin D10cc < 36 Gy."
    found = {(c.structure, c.limit) for c in constraints_in(GRAMMAR, list(sentences([line_of(ordered)])))}
    assert found >= {("Great vessels", 53.0), ("Skin", 36.0)}
    assert not {("Great vessels", 35.0), ("Great vessels", 43.0)} & found


@pytest.mark.parametrize(
    ("ordered", "meant"),
    [
        ("A maximum of 44 Gy to the cord and a mean of 25 Gy to the parotids.", {"cord": 44.0, "parotids": 25.0}),
        ("A maximum of 11 Gy to the chiasm and of 13 Gy to the brainstem.", {"chiasm": 11.0, "brainstem": 13.0}),
        (
            "Up to 49 Gy to the optic chiasm and up to 53 Gy to the brainstem.",
            {"optic chiasm": 49.0, "brainstem": 53.0},
        ),
    ],
)
def test_each_limit_of_a_sentence_is_of_the_structure_behind_it(ordered: str, meant: dict[str, float]) -> None:
    assert {c.structure: c.limit for c in constraints_in(GRAMMAR, list(sentences([line_of(ordered)])))} == meant
