"""What prescriptions of clinics order for the course: boosts, phases, amendments, tables of phases and fractions."""

import pytest

from isocenter.chart.grammar.grammar import Grammar
from tests.chart.reading import read

ORDERS: list[tuple[str, float | None, int | None, dict[str, float]]] = [
    (
        "Simultaneous boost in 33 fractions: PTV_66 66 Gy (2 Gy/fx), PTV_54 54.45 Gy (1.65 Gy/fx).",
        66.0,
        33,
        {"PTV_66": 66.0, "PTV_54": 54.45},
    ),
    (
        "Phase 1: PTV1 46 Gy in 23 fractions. Phase 2 (sequential boost): PTV2 32 Gy in 16 fractions. Total 78 Gy.",
        78.0,
        39,
        {"PTV1": 46.0, "PTV2": 78.0},
    ),
    (
        "| Course | Volume | Dose | Fractions | Cumulative\n| Initial | PTV1 | 46 Gy | 23 | 46 Gy\n"
        "| Boost | PTV2 | 24 Gy | 12 | 70 Gy",
        70.0,
        35,
        {"PTV1": 46.0, "PTV2": 70.0},
    ),
    (
        "7/14/2025 supersedes 7/11/2025 (66 Gy in 33 fractions)\nPTV 60 Gy in 30 fractions.",
        60.0,
        30,
        {"PTV": 60.0},
    ),
    (
        "Amended: the boost is cancelled. The course is PTV_A 46 Gy in 23 fractions.\n"
        "Original order was 46 Gy in 23 fractions followed by 18 Gy in 9 fractions.",
        46.0,
        23,
        {"PTV_A": 46.0},
    ),
    (
        "Plan 1: PTV1, 180 cGy x 25 = 4500 cGy\nPlan 2: PTV2, 180 cGy x 8 = 1440 cGy\n"
        "Cumulative: 5940 cGy in 33 fractions",
        59.4,
        33,
        {"PTV1": 45.0, "PTV2": 59.4},
    ),
    ("Rx reduced on 2/24/2025 from 60 Gy in 30 fractions to 52 Gy in 26 fractions (PTV).", 52.0, 26, {"PTV": 52.0}),
    (
        "PTV 38 Gy in 10 fractions. Cumulative with the 2020 course (50 Gy in 25 fractions) was discussed.",
        38.0,
        10,
        {"PTV": 38.0},
    ),
    ("Revised 2/20: PTV 59.4 Gy in 33 fractions (was 60 Gy in 30).", 59.4, 33, {"PTV": 59.4}),
    ("PTV 54 Gy in 27 fractions, originally 60 Gy in 30 fractions.", 54.0, 27, {"PTV": 54.0}),
    ("Number of fractions 25, dose per fraction 1.8 Gy, total 45 Gy, target PTV.", 45.0, 25, {"PTV": 45.0}),
    ("Course dose 37.5 Gy; fractions 15; fraction dose 2.5 Gy; PTV.", 37.5, 15, {"PTV": 37.5}),
    (
        "Phase I (PTV_nodes): 180 cGy x 28 = 5040 cGy. Phase II (PTV_pn): 180 cGy x 7 = 1260 cGy. Total 6300 cGy.",
        63.0,
        35,
        {"PTV_nodes": 50.4, "PTV_pn": 63.0},
    ),
    (
        "33 fx SIB: PTV_6600 at 2.0, PTV_5940 at 1.8 and PTV_5610 at 1.7.",
        66.0,
        33,
        {"PTV_6600": 66.0, "PTV_5940": 59.4, "PTV_5610": 56.1},
    ),
    (
        "PTV_5000 (2 Gy) and PTV_5750 (2.3 Gy) in 25 fractions.",
        57.5,
        25,
        {"PTV_5000": 50.0, "PTV_5750": 57.5},
    ),
    ("30 fx SIB: PTV_5940 at 1.8 and PTV_5412 at 1.64.", None, None, {}),  # 30 fractions give neither dose
    ("23 fractions, 2 Gy each, total 46 Gy; then 7 fractions of 2 Gy to PTV, to 60 Gy.", 60.0, 30, {"PTV": 60.0}),
    ("45 Gy in 25 fx, then boost to 54 Gy in 5 fx.", 54.0, 30, {"PTV": 54.0}),
    ("45 Gy in 25 fractions, then PTV to 63 Gy in a further 9 fractions.", 63.0, 34, {"PTV": 63.0}),
    ("25 treatments of 180 cGy, followed by 7 treatments of 200 cGy to 5900 cGy.", 59.0, 32, {"PTV": 59.0}),
    ("PTV 45 Gy in 25 fx, 9 Gy in 5 fx tumor bed boost.", 54.0, 30, {"PTV": 45.0}),
    ("PTV 45 Gy in 25 fx. The boost of 9 Gy in 5 fx is deferred.", 45.0, 25, {"PTV": 45.0}),
    ("Total dose 60 Gy: 50 Gy in 25 fractions then 10 Gy in 5 fractions, PTV boost.", 60.0, 30, {"PTV boost": 60.0}),
    (
        "44 Gy in 22 fractions to PTV1, reducing to PTV2 for 16 Gy in 8 fractions.",
        60.0,
        30,
        {"PTV1": 44.0, "PTV2": 60.0},
    ),
    ("Pelvis 45 Gy/25 fx, boost 54 Gy/30 fx cumulative.", None, None, {}),  # 99 Gy is the dose of no course
    ("PTV_5000 at 2.0 and PTV_4500 at 1.8, 25 fx; boost PTV_6000 at 2 x 5.", None, None, {}),
    ("PTV 45 Gy in 25 fx. RT 2019: 66 Gy in 33 fx, left breast.", 45.0, 25, {"PTV": 45.0}),
    ("Prior XRT: 2020, 54 Gy in 30 fx, left lung. PTV 45 Gy in 25 fx.", 45.0, 25, {"PTV": 45.0}),
    ("PTV 45 Gy in 25 fx. Hx RT: 50 Gy in 25 fx 2017.", 45.0, 25, {"PTV": 45.0}),
    ("Rx v2 PTV 59.4 Gy in 33 fractions.", 59.4, 33, {"PTV": 59.4}),
    ("OLD ORDER: 50 Gy in 25 fractions. NEW ORDER: PTV 45 Gy in 25 fractions.", 45.0, 25, {"PTV": 45.0}),
    ("Original order was 46 Gy in 23 fractions followed by 18 Gy in 9 fractions.", None, None, {}),
    ("PTV_boost 10 Gy in 5 fractions. The boost is cancelled.", None, None, {}),
    ("The boost is cancelled (10 Gy in 5 fractions).", None, None, {}),
    (
        "| Phase | Volume | cGy/tx | Tx | cGy\n| A | PTV1 | 200 | 22 | 4400\n| B | PTV2 | 200 | 8 | 1600\n"
        "| | Total | | 30 | 6000",
        60.0,
        30,
        {"PTV1": 44.0, "PTV2": 16.0},
    ),
    ("| Volume | Dose/# | # | Total\n| PTV_A | 2.5 Gy | 22 | 55 Gy", 55.0, 22, {"PTV_A": 55.0}),
    ("| Rev | Status | Dose | Fx\n| 1 | Superseded | 66 Gy | 33\n| 2 | Approved | 50 Gy | 25", 50.0, 25, {"PTV": 50.0}),
    ("| Item | Former | Revised\n| Dose | 66 Gy | 50 Gy\n| Fractions | 33 | 25", 50.0, 25, {"PTV": 50.0}),
    (
        "| Site | Lung | Energy | 6 MV\n| Total dose (cGy) | 5500 | Dose/fx (cGy) | 275\n| Fractions | 20 | Days | 5",
        55.0,
        20,
        {"PTV": 55.0},
    ),
    ("SIB 25 x: 2.3 Gy to PTV_57.5, 2 Gy to PTV_50.", 57.5, 25, {"PTV_57.5": 57.5, "PTV_50": 50.0}),
    ("Stop at 50 Gy/25 fx. Original was 60 Gy/30 fx.", 50.0, 25, {"PTV": 50.0}),
    ("45 Gy in 30 fractions; the first course of 2017 was 66 Gy in 33.", 45.0, 30, {"PTV": 45.0}),
    ("4400cGy/22fx/200cGy then CD 600/3 for 5000/25.", 50.0, 25, {"PTV": 50.0}),
    ("First 44 Gray in 22 treatments, after this a further 16 Gray in 8 treatments.", 60.0, 30, {"PTV": 60.0}),
    ("The dose is fifty gray in twenty-five fractions.", 50.0, 25, {"PTV": 50.0}),
    ("5500 in 20 at 275, daily.", 55.0, 20, {"PTV": 55.0}),
    ("Rx 275 x 20 = 5500.", 55.0, 20, {"PTV": 55.0}),
    ("Rx 275 x 20 = 5000.", None, None, {}),
    ("SABR 48/4, every other day.", 48.0, 4, {"PTV": 48.0}),
    ("A single fraction of 20 Gy.", 20.0, 1, {"PTV": 20.0}),
    ("Gross disease 2.2 Gy/fx to 66 Gy; the rest 1.8 Gy/fx to 54 Gy; 30 fx.", 66.0, 30, {"PTV": 66.0}),
    ("Gross disease 2.2 Gy/fx; the rest 54 Gy; 30 fx.", None, None, {}),  # 66 Gy, which it does not say
    ("PTV 64.8: 95% of it to get 61.6 Gy or more.", None, None, {}),
    ("Form 2025/11, room 4400.", None, None, {}),
    (
        "| Item | PTV1 | PTV2\n| Total dose | 45 Gy | 57.5 Gy\n| Fractions | 25 | 25",
        57.5,
        25,
        {"PTV1": 45.0, "PTV2": 57.5},
    ),
    (
        "| Course | Dose | Fractions | Status\n| A 2017 | 60 Gy | 30 | completed\n| B | 40 Gy | 20 | ordered",
        40.0,
        20,
        {"PTV": 40.0},
    ),
    ("Pelvis 45 Gy/25 fx, nodal boost to 55 Gy.", 55.0, None, {"PTV": 55.0}),
    ("Add 2 fractions (from 28 to 30), total 60 Gy.", 60.0, 30, {"PTV": 60.0}),
    ("PTV: 60 Gy in 30 fractions. Jaw: Dmax 69 Gy; no more than 1 cc at 67 Gy.", 60.0, 30, {"PTV": 60.0}),
    ("PTV: 60 Gy in 30 fractions. Other tissue: no more than 1 % or 1 cc to get 66 Gy.", 60.0, 30, {"PTV": 60.0}),
    ("Add 2 fractions (from 28 to 31), total 60 Gy.", 60.0, None, {"PTV": 60.0}),
    (
        "Nodes (PTV_N): 1.8 Gy daily to 45 Gy in 25 fractions. Left (PTV_B): 2.2 Gy daily to 55 Gy, same 25 fractions.",
        55.0,
        25,
        {"PTV_N": 45.0, "PTV_B": 55.0},
    ),
    (
        "PTV_N: 1.8 Gy daily to 45 Gy in 25 fractions.\nPTV_B: 2.2 Gy daily to 55 Gy.",
        55.0,
        25,
        {"PTV_N": 45.0, "PTV_B": 55.0},
    ),
    ("46 Gy in 23 fractions to the pelvis, boost the prostate to 78 Gy.", 78.0, None, {"PTV": 78.0}),
    ("Plexus 64 Gy to 0.1 cc at most. Stem 54 Gy at any point.", None, None, {}),
    ("Lens 70 Gy (max).", None, None, {}),
    ("Patient got 20 Gy/5 to the rib in May. Today: 30 Gy in 10 fractions to L2.", 30.0, 10, {"PTV": 30.0}),
    ("Tomotherapy, 46 Gy in 25, dose-painted 57.5 Gy to the nodes in the same 25.", 57.5, 25, {"PTV": 57.5}),
    ("23 x 2 Gy + 7 x 2 Gy", 60.0, 30, {"PTV": 60.0}),
    ("Primary to 66 Gy and both necks electively to 54 Gy, in 33 sessions.", 66.0, 33, {"PTV": 66.0}),
    ("66 Gy, 59.4 Gy and 54.12 Gy in 33 daily fractions.", 66.0, 33, {"PTV": 66.0}),
    ("Nodes 66 Gy later; 46 Gy in 23 fractions to the pelvis.", None, None, {}),
    ("Initial: 46 Gy (2 x 23). Cone down: 10 Gy (2 x 5). Sum 56 Gy.", 56.0, 28, {"PTV": 56.0}),
    ("SIB 48/15 to the bed, breast 40 Gy in 15 fractions.", 48.0, 15, {"PTV": 48.0}),
    ("Total 6600 (six thousand six hundred) cGy in 33 (thirty-three) fractions.", 66.0, 33, {"PTV": 66.0}),
    ("Dose 7,560 cGy; number of fractions forty-two", 75.6, 42, {"PTV": 75.6}),
    ("46 Gy to the pelvis in 25 fx, the involved nodes reaching 55 Gy with the last.", None, None, {}),
    ("2800 cGy in 7 were given to T9 in 2021; now T11, 2000 cGy in 5.", 20.0, 5, {"PTV": 20.0}),
    ("Stereotactic: 48 Gy / 4 fx; alternative 60 Gy / 8 fx not used.", 48.0, 4, {"PTV": 48.0}),
    (
        "Pelvis 46 Gy in 23 fractions; sidewall boost 6 Gy in 3 fractions; vaginal cylinder 11 Gy in 2.",
        52.0,
        26,
        {"PTV": 52.0},
    ),
    ("Do not exceed 48 Gy to the chiasm, 52 Gy to the brainstem.", None, None, {}),
    ("18 Gy in 9 fx, a rest of two weeks, then 18 Gy in 9 fx.", None, None, {}),
    ("Dose to date 18 Gy in 9 fractions; remaining 42 Gy in 21 fractions.", None, None, {}),
    (
        "| | Phase 1 | Phase 2 | Total\n| Dose (cGy) | 5000 | 1000 | 6000\n| Fractions | 25 | 5 | 30",
        60.0,
        30,
        {"PTV": 60.0},
    ),
    (
        "| Volume | cGy/fx | No. | cGy total\n| PTV A | 180 | 25 | 4500\n| Boost B | 200 | 6 | 1200",
        57.0,
        31,
        {"PTV": 45.0},
    ),
    (
        "Phase 1: 46 Gy in 23 fx. Phase 2: bed boost 20 Gy in 10 fx, total 66 Gy. Nodes get 55.2 Gy in the same 23 fx.",
        66.0,
        33,
        {"PTV": 66.0},
    ),
    (
        "| Phase | Volume | Dose/fx (cGy) | Fx | Dose (cGy) | Cumulative (cGy)\n"
        "| 1 | PTV_A, PTV_B | 200 | 23 | 4600 | 4600\n| 2 | PTV_C | 200 | 7 | 1400 | 6000\n"
        "95 percent of PTV_B is to be covered by 4370 cGy or more. PTV_C: 5700 cGy to at least 95 %.",
        60.0,
        30,
        {"PTV_A": 46.0, "PTV_B": 46.0, "PTV_C": 60.0},
    ),
    (
        "4,600 cGy in 23 fractions to PTV_A; simultaneous boost of the node to 5,750 cGy (250 cGy) = PTV_B.",
        57.5,
        23,
        {"PTV_A": 46.0, "PTV_B": 57.5},
    ),
    ("First phase: 45 Gy at 1.8 Gy. Second phase: 7.2 Gy at 1.8 Gy.", 52.2, 29, {"PTV": 52.2}),
    ("The referring center gave 30 Gy in 10; I order a further 25 Gy in 10 fractions.", 25.0, 10, {"PTV": 25.0}),
    ("Course 1 (2019, closed): PTV70 70 Gy / 35 fx\nPTV60 60 Gy / 30 fx", 60.0, 30, {"PTV60": 60.0}),
    ("Prescription (03/04/2026): 70 Gy in 35 fractions", 70.0, 35, {"PTV": 70.0}),
    ("Rx (March 4, 2026): 66 Gy in 33 fractions", 66.0, 33, {"PTV": 66.0}),
    (
        "| No. | Target | Dose | Fx\n| 1 | PTV60 | 60 Gy | 30\n| 2 | PTV54 | 54 Gy | 30",
        60.0,
        30,
        {"PTV60": 60.0, "PTV54": 54.0},
    ),
    ("| # | Target | Dose per fx | Dose | Fx\n| 1 | PTV | 2 Gy | 60 Gy | 30", 60.0, 30, {"PTV": 60.0}),
    ("Plan (contours completed on 3/1): 60 Gy in 30 fractions", 60.0, 30, {"PTV": 60.0}),
    ("Phase 1 (completed): 45 Gy in 25 fractions. Phase 2: 9 Gy in 5 fractions.", 54.0, 30, {"PTV": 54.0}),
    ("Rx 1 (closed): 70 Gy in 35 fractions\nRx 2: 60 Gy in 30 fractions", 60.0, 30, {"PTV": 60.0}),
    ("Plan (approved 2026-02-11): 60 Gy in 30 fractions", 60.0, 30, {"PTV": 60.0}),
    ("They wanted 70 Gy in 35; the order is 64 Gy in 32.", 64.0, 32, {"PTV": 64.0}),
    ("Esophagus: 45 Gy at 1.8 Gy to the PTV; no boost.", 45.0, 25, {"PTV": 45.0}),
    ("Prescribed Dose 6400 cGy; Prescribed Fx 32; Delivered Dose 2000 cGy; Delivered Fx 10", 64.0, 32, {"PTV": 64.0}),
    ("Rx dose = 2000 cGy; # of fx = 5; frequency: daily", 20.0, 5, {"PTV": 20.0}),
    (
        "Dose reduced by 2 fractions because of toxicity: 33 instead of 35 fractions, final dose 66 Gy.",
        66.0,
        33,
        {"PTV": 66.0},
    ),
    ("( ) 45 Gy / 25    (x) 50.4 Gy / 28    ( ) 54 Gy / 30", 50.4, 28, {"PTV": 50.4}),
    ("Electron boost 12 Gy in 6 after 48 Gy in 24.", None, None, {}),
    ("EQD2 would be 74 Gy; ordered 60 Gy in 20 fractions.", 60.0, 20, {"PTV": 60.0}),
    ("54 Gy (RBE) is what protons would give; here 50.4 Gy in 28 fx.", 50.4, 28, {"PTV": 50.4}),
    (
        "63 Gy to the PTV intermediate, 56 Gy to the PTV low, in 35 fractions.",
        63.0,
        35,
        {"PTV intermediate": 63.0, "PTV low": 56.0},
    ),
]


@pytest.mark.parametrize(("order", "dose_gy", "fractions", "targets"), ORDERS)
def test_an_order_gives_the_dose_and_fractions_of_the_whole_course(
    grammar: Grammar, order: str, dose_gy: float | None, fractions: int | None, targets: dict[str, float]
) -> None:
    page = f"# RADIATION PRESCRIPTION\nDate: 2/20/2025\n{order}\nAda Winter, MD, e-signed 2/20/2025"
    found = read(grammar, page).prescription
    if dose_gy is None:
        assert found is None
        return
    assert found is not None
    assert (found.dose_gy, found.fractions) == (dose_gy, fractions)
    assert {target.name: target.dose_gy for target in found.targets} == targets
