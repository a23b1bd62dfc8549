"""Dose limits that a prescription mentions and does not order, beside those that it orders."""

import pytest

from isocenter.chart.grammar.grammar import grammar_of
from isocenter.chart.orders.constraints import constraints_in
from isocenter.chart.orders.limits_side_by_side import rows_of_one
from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.passages import sentences
from isocenter.chart.pages.table_heads import Column
from isocenter.chart.statements.check import line_of
from tests.chart.marked_papers import page_of
from tests.chart.reading import POLICY

GRAMMAR = grammar_of(POLICY / "chart")
# What is written => metric and limit of what is ordered.
ORDERED = """\
The list of another clinic (rectum V70Gy < 15 %, bladder max 60 Gy) hangs here. =>
For 36 Gy EORTC asks for heart mean < 9 Gy; that does not concern her at 24 Gy. =>
Had we taken opposed fields he would receive a mean heart dose of 11 Gy. =>
Dr. Snow used stomach V45Gy below 150 cc for his last patient; not asked for here. =>
For comparison, SBRT orders of this clinic use cord max < 26 Gy =>
Protocol RTOG 9999 asks heart mean < 20 Gy; he is not on it. =>
Do not carry over from 2011: cord max 40 Gy, rectum V60Gy < 30 %. =>
Card for 5 fractions, other schedule: cord max 25 Gy. =>
Canned paragraph: lens max 7 Gy, cord max 45 Gy. =>
Cord max 45 Gy, brainstem max 54 Gy. Not used here. =>
Stomach max 50 Gy. Not mine. =>
If the nodes are boosted: stomach max 56 Gy. =>
Heart mean 7 Gy (if both sides: spleen mean 9 Gy) => mean 7
If the orbit is treated lens max 10 Gy. =>
Heart mean 7 Gy if coverage allows, spleen mean 9 Gy => mean 7 ; mean 9
Heart mean 7 Gy, switched off; spleen mean 9 Gy => mean 9
If possible, keep the larynx mean below 40 Gy. => mean 40
For upper lobe tumors the group also wants a mean heart dose below 8 Gy. =>
For thoracic cases we ask for a mean heart dose below 8 Gy. =>
For this patient we ask for a mean heart dose below 8 Gy. => mean 8
Stomach max 50 Gy. Ignore the weight change. => max 50
Trachea max 60 Gy (waived) =>
Trachea max 60 Gy, waived; carina max 60 Gy => max 60
House list, not applied in this case: ovary max 3 Gy; testis max 2 Gy. =>
The usual limits (liver mean 30 Gy, cord max 45 Gy) do not apply; hold the stomach under 50 Gy. => max 50
The manual would allow chiasm max 55 Gy; I order chiasm max 52 Gy => max 52
For comparison: larynx mean 44 Gy =>
Example: sigmoid V45 < 60 cc =>
Spleen mean 10 Gy (does not apply, removed in 2011) =>
Bladder V50 < 50 %. Not required: urethra max 60 Gy. => V50Gy 50
Unselected goals: eye_L max 40 Gy, eye_R max 40 Gy =>
Instead of the usual cord max 45 Gy use cord max 41 Gy => max 41
Old goal heart mean 6 Gy replaced by heart mean < 4 Gy => mean 4
Colon V50 < 10 cc supersedes the limit of the first order => V50Gy 10
Rectum V40 < 50 % proposed by dosimetry and approved by me => V40Gy 50
Rectum V40 < 50 % proposed by dosimetry, for your decision =>
Pituitary max 45 Gy ~~Lens L max 7 Gy~~ => max 45
Femur L V40 < 5 % - crossed out KL 4/2 =>
The study asks for a colon V45 < 60 cc; she is not on it. =>
Colon V45 < 60 cc; he is not on the study. =>
Trachea max 52 Gy by the RTOG paper; not adopted here. =>
Larynx mean < 35 Gy; waived. =>
Lens max 7 Gy; eye max 40 Gy; both waived by the board. =>
Spleen mean < 9 Gy; it was removed in 2012. =>
Larynx mean < 35 Gy; the limit of the tongue was dropped. => mean 35
Larynx mean < 35 Gy; bolus not used. => mean 35
Chiasm max 51 Gy; do not use the old 56 Gy. => max 51
Chiasm max 51 Gy, lens max 7 Gy; earlier limits superseded. => max 51 ; max 7
Left ovary mean 1730 cGy, right ovary mean 1690 cGy. =>
Left ovary mean 500 cGy, right ovary mean 450 cGy. => mean 500 ; mean 450
Dose statistics: brainstem D0.03cc 49.2 Gy; chiasm max 47 Gy =>
DVH goals: brainstem D0.03cc < 54 Gy => D0.03cc 54
Cauda max 12 Gy (18 Gy were given in 2018) => max 12
Tongue mean 40 Gy: skip =>
Tongue mean 40 Gy must be held => mean 40
Tongue mean 40 Gy will not be held =>
mean of PTV_50 50.9 Gy =>
Larynx mean was 47 Gy on the old scan, keep it under 39 Gy now => mean 39
a duodenal maximum of 54 Gy => max 54
Neutrophils < 0.5 =>
cure with a mean heart dose well under 5 Gy =>
Heart mean < 20 Gy in the 2019 course. =>
The 2019 course held heart mean < 20 Gy. =>
The first course (2019) kept heart mean < 20 Gy. =>
Because of the 2019 course, heart mean < 20 Gy => mean 20
Heart mean < 20 Gy including the dose of the 2019 course => mean 20
Lung V20 24, heart mean 11 are the values of the trial plan. =>
Computed volumes: colon V45 21 cc, colon V50 4 cc. =>
Goals met on the first plan: larynx mean 44 (41, exceeded) =>
Our sister clinic uses cord 48 Gy max; not here. Cord 44 Gy max => max 44
If the patient had a boost, colon V50 < 25 cc. =>
PRINTED ON THE BACK AS EXAMPLE ONLY: LIVER V30 < 33 %. STOMACH MAX < 5000 CGY. =>
"""


@pytest.mark.parametrize("written", ORDERED.strip().split("\n"))
def test_only_what_is_ordered_for_this_patient_is_a_limit(written: str) -> None:
    text, _, meant = written.partition(" =>")
    found = constraints_in(GRAMMAR, [s._replace(block=1) for s in sentences([line_of(text)])])
    assert " ; ".join(f"{c.metric} {c.limit:g}" for c in found) == meant.strip()


PAPERS = {
    "| Organ | Goal | Note\n| Cord | max < 45 Gy | \n| Lens | max < 7 Gy | not needed\n| Heart | mean < 9 Gy | keep": [
        "Cord",
        "Heart",
    ],
    "| Organ | Wanted | Use\n| Cord | max < 45 Gy | yes\n| Spleen | mean < 9 Gy | no\n| Liver | mean < 9 Gy | yes": [
        "Cord",
        "Liver",
    ],
    "| Organ | Limit | Selected\n| Cord | max < 45 Gy | ☒\n| Spleen | mean < 9 Gy | ☐": ["Cord"],
    "| Organ | Limit | Variation\n| Cord | max < 45 Gy | n/a\n| Spleen | mean < 9 Gy - DELETED | -": ["Cord"],
    "Limits not ordered:\nOvary max 3 Gy\nLens max 7 Gy\nLimits ordered:\nCord max 45 Gy": ["Cord"],
    "| Organ | Limit\n| Cord | max < 45 Gy\nLibrary values not used here:\n| Organ | Limit\n| Lens | max < 7 Gy": [
        "Cord"
    ],
    "Plan statistics\nCord max 41.2 Gy\nHeart mean 3.3 Gy": [],
    "| Organ | V5 | V20\n| Lungs | < 60 % | < 30 %": ["Lungs", "Lungs"],
    "Not applicable\nOvary max 3 Gy": [],
    "Bolus: not applicable.\nCord max 45 Gy": ["Cord"],
}


@pytest.mark.parametrize("paper", list(PAPERS))
def test_tables_and_headings_say_which_limits_are_ordered(paper: str) -> None:
    lines = [Line(row, 1) for row in page_of(paper, 1).rows]
    assert [c.structure for c in constraints_in(GRAMMAR, list(sentences(lines)))] == PAPERS[paper]


def test_cells_with_several_structures_or_metrics_are_parted_only_where_each_has_its_limit() -> None:
    def parted(structure: str, limit: str) -> list[list[str]]:
        row = [Column("Organ", structure), Column("Limit", limit)]
        return [
            [c.value if c.name in ("Organ", "Limit") else f"{c.name} {c.value}" for c in one]
            for one in rows_of_one(row, row[0])
        ]

    assert parted("Heart: mean [Gy]; V40 [%]", "< 12; < 20") == [["Heart", "mean [Gy] < 12"], ["Heart", "V40 [%] < 20"]]
    assert parted("Heart: mean [Gy]; V40 [%]", "< 12") == []
    assert parted("Nerve L, nerve R", "LE 55, LE 54") == [["Nerve L", "LE 55"], ["nerve R", "LE 54"]]
    assert parted("Nerve L, nerve R", "55 Gy") == [["Nerve L", "55 Gy"], ["nerve R", "55 Gy"]]
    assert parted("Nerve L, nerve R", "55, 54, 50") == []
    assert parted("Femoral head, left", "45 Gy") == [["Femoral head, left", "45 Gy"]]


TABLES = {
    "| Structure | Vol. | Gy\n| Cord PRV | 0.03 cc | 18\n| Kidney R | mean | 5": {
        ("Cord PRV", "D0.03cc", "<=", 18.0),
        ("Kidney R", "mean", "<=", 5.0),
    },
    "| Target | Vol. | Gy or more\n| PTV_A | 90 % | 27": {("PTV_A", "D90%", ">=", 27.0)},
    "| TARGET | INDEX | LIMIT PCT\n| PTV HD | V95 | GE 97\n| PTV HD | V107 | LE 1": {
        ("PTV HD", "V95%", ">=", 97.0),
        ("PTV HD", "V107%", "<=", 1.0),
    },
    "| Organ | Order | Plan\n| Heart: mean; V40 | < 12 | 11; 9": set(),
}  # fmt: skip


@pytest.mark.parametrize("table", list(TABLES))
def test_a_table_with_volumes_signs_in_letters_or_two_metrics_orders_what_is_known(table: str) -> None:
    found = list(sentences([Line(row, 1) for row in page_of(table, 1).rows]))
    assert {(c.structure, c.metric, c.comparison, c.limit) for c in constraints_in(GRAMMAR, found)} == TABLES[table]


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("PTV52 shall have 95% of its volume covered by 49.4 Gy or more.", ("PTV52", "D95%", 49.4)),
        ("The stomach may have no more than 8% of its volume above 42 Gy.", ("stomach", "V42Gy", 8.0)),
    ],
)
def test_its_volume_is_that_of_the_structure_named_before(text: str, limit: tuple[str, str, float]) -> None:
    found = list(sentences([Line(row, 1) for row in page_of(text, 1).rows]))
    assert [(c.structure, c.metric, c.limit) for c in constraints_in(GRAMMAR, found)] == [limit]
