"""Tables in which charts order limits, with their columns in any order."""

import pytest

from isocenter.chart.grammar.grammar import grammar_of
from isocenter.chart.orders.constraints import constraints_in
from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.passages import sentences
from tests.chart.marked_papers import page_of
from tests.chart.reading import POLICY

GRAMMAR = grammar_of(POLICY / "chart")


TABLES = {
    "| Organ | Volume | Limit (Gy)\n| Ribs | 25 cc | 31\n| Skin | 8 cc | 34\n| Liver - GTV | mean | 12\n": [
        ("Ribs", "D25cc", 31.0, "Gy"),
        ("Skin", "D8cc", 34.0, "Gy"),
        ("Liver - GTV", "mean", 12.0, "Gy"),
    ],
    (
        "| Stomach | V45Gy | < 20 % | < 28 %\n| Liver | V45Gy | < 25 % | < 35 %\n| Kidney R | V18Gy | < 33 % | < 40 %\n"
    ): [("Stomach", "V45Gy", 20.0, "%"), ("Liver", "V45Gy", 25.0, "%"), ("Kidney R", "V18Gy", 33.0, "%")],
    (
        "| Lungs | V18Gy | 31 % or less\n| V5Gy | 58 % or less\n| mean | 17 Gy or less\n"
        "| Heart | V40Gy | 36 % or less\n| mean | 16 Gy or less\n"
    ): [
        ("Lungs", "V18Gy", 31.0, "%"),
        ("Lungs", "V5Gy", 58.0, "%"),
        ("Lungs", "mean", 17.0, "Gy"),
        ("Heart", "V40Gy", 36.0, "%"),
        ("Heart", "mean", 16.0, "Gy"),
    ],
    "| V18Gy | 31 % or less\n| Lungs | V5Gy | 58 % or less\n| mean | 17 Gy or less\n": [("Lungs", "V5Gy", 58.0, "%")],
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
        ("Bowel", "D29%", 44.0, "Gy"),
    ],
    ("| Organ | Allowed volume (cc) | Dose (Gy)\n| Chest wall | 3 | 31\n| Ribs | 28 | 29\n"): [
        ("Chest wall", "V31Gy", 3.0, "cc"),
        ("Ribs", "V29Gy", 28.0, "cc"),
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
        ("Aorta", "D10cc", 46.0, "Gy"),
    ],
    (
        "| OAR | Max point (0.03 cc) (Gy) | Threshold dose, Gy | Volume over threshold, cc\n"
        "| Bronchus | 30 | 18.9 | 4\n| Skin | 31 | 29 | 10\n| Lungs | 40 | 11.4 | 1500 spared\n"
    ): [
        ("Bronchus", "D0.03cc", 30.0, "Gy"),
        ("Bronchus", "D4cc", 18.9, "Gy"),
        ("Skin", "D0.03cc", 31.0, "Gy"),
        ("Skin", "V29Gy", 10.0, "cc"),
        ("Lungs", "D0.03cc", 40.0, "Gy"),
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
