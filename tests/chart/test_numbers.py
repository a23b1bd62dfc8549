"""Constraints and prescriptions in tables and prose, units kept."""

import pytest

from isocenter.chart.grammar.grammar import grammar_of
from isocenter.chart.orders.constraints import constraints_in
from isocenter.chart.orders.prescriptions import prescription_of
from isocenter.chart.pages.passages import sentences
from isocenter.chart.results.verifications import verifications_in
from isocenter.chart.statements.check import line_of
from tests.chart.reading import POLICY

GRAMMAR = grammar_of(POLICY / "chart")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Cord max 44 Gy", [("Cord", "max", "<=", 44.0, "Gy")]),
        ("PTV_66 D95% >= 66 Gy", [("PTV_66", "D95%", ">=", 66.0, "Gy")]),
        ("Stomach V4000cGy < 70 cc", [("Stomach", "V40Gy", "<", 70.0, "cc")]),
        ("Liver mean dose less than 2800 cGy", [("Liver", "mean", "<", 2800.0, "cGy")]),
        ("At least 97% of the PTV should receive 95% of the dose.", [("PTV", "V95%", ">=", 97.0, "%")]),
        ("No more than 30% of the bladder above 60 Gy", [("bladder", "V60Gy", "<=", 30.0, "%")]),
        ("Brainstem is limited to 54 Gy to 0.1 cc", [("Brainstem", "D0.1cc", "<=", 54.0, "Gy")]),
        (
            "Rectum V65 under 20 %, V40 under 45 %",
            [("Rectum", "V65Gy", "<", 20.0, "%"), ("Rectum", "V40Gy", "<", 45.0, "%")],
        ),
        ("Lungs minus GTV: V20 < 33%", [("Lungs minus GTV", "V20Gy", "<", 33.0, "%")]),
        ("Cord max: ____ Gy", []),
        ("The heart received a mean of 4.1 Gy.", []),
    ],
)
def test_a_limit_is_read_with_structure_metric_sign_and_unit(text: str, expected: list[tuple[str, ...]]) -> None:
    found = constraints_in(GRAMMAR, list(sentences([line_of(text)])))
    assert [(c.structure, c.metric, c.comparison, c.limit, c.unit) for c in found] == expected


@pytest.mark.parametrize(
    ("texts", "dose", "fractions"),
    [
        (["Total dose 6600 cGy in 33 fractions"], 66.0, 33),
        (["1.8 Gy x 25 to the pelvis"], 45.0, 25),
        (["PTV1 50 Gy in 25 fractions", "Boost 16 Gy in 8 fractions, sequential"], 66.0, 33),
        (["54 Gy in 30 fractions to PTV_54 with 45 Gy to PTV_45 as simultaneous boost"], 54.0, 30),
        (["Dose to be decided"], None, None),
        (["30 fx SIB: PTV60 at 2 Gy/fx, PTV54 at 1.8 Gy/fx."], 60.0, 30),
        (["30 fx SIB: PTV_6600 and PTV54, the latter at 1.8 Gy/fx."], None, None),
        (["Dose per fraction 2 Gy; total dose 70 Gy; once daily"], 70.0, 35),
        (["Total dose 70 Gy, PTV70 at 2 Gy/fx, PTV56 at 1.6 Gy/fx"], 70.0, None),
        (["Fractionation: 200 cGy/day, 5 days per week, 30 days, 6000 cGy total"], 60.0, 30),
        (["40 Gy in 15 fractions with SIB to 48 Gy in the tumor bed"], 48.0, 15),
        (["Breast 50 Gy/25 fx; SCV 50 Gy/25 fx; boost 10 Gy/5 fx"], 60.0, 30),
        (["46.8 Gy in 26 fx plus cone-down 3.6 Gy in 2 fx"], 50.4, 28),
        (["Phase I: 46 Gy in 23 fractions. Phase II (not yet ordered): 14 Gy in 7 fractions."], 46.0, 23),
        (["PTV 5040 cGy / 28 fx. Prior course 2019: 60 Gy in 30 fx to the lung."], 50.4, 28),
        (["SIB 66/60/54 in 30"], 66.0, 30),
        (["PTV_6996/5940/5400: 69.96/59.4/54 Gy in 33 fractions"], 69.96, 33),
        (["Dose: 70/56 Gy in 35 fractions to PTV70 and PTV56"], 70.0, 35),
        (["Seen 10/12/25 in 33 minutes; BP 120/80 in 40"], None, None),
        (["Original: 7000 cGy x 35. Revised 3/10: 6996 cGy x 33."], 69.96, 33),
    ],
)
def test_a_prescription_gives_dose_and_fractions(texts: list[str], dose: float | None, fractions: int | None) -> None:
    found = prescription_of(GRAMMAR.cues, [s for text in texts for s in sentences([line_of(text)])])
    assert (found.dose_gy if found else None, found.fractions if found else None) == (dose, fractions)


@pytest.mark.parametrize(
    ("text", "value", "criteria"),
    [
        ("Gamma pass rate 97.3% (3%/2 mm, threshold 10 %)", 97.3, "3 %/2 mm, threshold 10 %"),
        ("Ion chamber 1.1 % below plan", -1.1, ""),
        ("Pinpoint chamber in the PTV ±3 % +0.4 %", 0.4, "±3 %"),
    ],
)
def test_a_measured_result_keeps_its_sign_and_criteria(text: str, value: float, criteria: str) -> None:
    (found,) = verifications_in(list(sentences([line_of(text)])), calculation=False)
    assert (found.value, found.criteria, found.kind) == (value, criteria, "measurement")


@pytest.mark.parametrize(
    ("texts", "fractions", "boost_gy"),
    [
        (["PTV1: 46 Gy in 23 fractions.", "Boost PTV2: 14 Gy in 7 fractions, total 60 Gy."], 30, 60.0),
        (["PTV1: 46 Gy in 23 fractions.", "Then PTV2: 14 Gy, total 60 Gy, in 7 fractions."], 30, 60.0),
        (["PTV1 46 Gy in 23 fractions and PTV2 14 Gy in 7 fractions, cumulative 60 Gy."], 30, 60.0),
    ],
)
def test_a_boost_reaches_the_total_that_its_phases_add_up_to(texts: list[str], fractions: int, boost_gy: float) -> None:
    found = prescription_of(GRAMMAR.cues, [s for text in texts for s in sentences([line_of(text)])])
    assert found is not None
    assert (found.dose_gy, found.fractions) == (60.0, fractions)
    assert {t.name: t.dose_gy for t in found.targets} == {"PTV1": 46.0, "PTV2": boost_gy}


@pytest.mark.parametrize(
    "text",
    [
        "PTV66/PTV54: 66/54 Gy in 30 fractions",
        "66/54 Gy in 30 fractions to PTV54 and PTV66",
        "PTV66 and PTV54: 66 Gy in 30 fractions",
    ],
)
def test_a_dose_is_of_the_target_that_bears_it_in_its_name(text: str) -> None:
    found = prescription_of(GRAMMAR.cues, list(sentences([line_of(text)])))
    assert found is not None
    assert [one.name for one in found.targets if one.dose_gy == 66.0] == ["PTV66"]
