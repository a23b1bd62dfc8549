"""Results of QA in prose, lists and tables: shares that pass, measured doses and second calculations told apart."""

import pytest

from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.layout import Box, Cell, Row, Word
from isocenter.chart.pages.passages import Sentence, sentences
from isocenter.chart.pages.table_heads import Column
from isocenter.chart.results.result_words import VerificationFound
from isocenter.chart.results.verifications import verifications_in
from isocenter.chart.statements.check import line_of

_M, _C = "measurement", "independent_calculation"


def _of(*texts: str, calculation: bool = False, sure: bool = False) -> list[VerificationFound]:
    some = [s for text in texts for s in sentences([line_of(text)])]
    return list(verifications_in(some, calculation=calculation, sure=sure))


def _row(*columns: tuple[str, str], number: int = 3) -> Sentence:
    (sentence,) = list(sentences([line_of(" ".join(value for _, value in columns))]))[:1]
    return sentence._replace(row=number, columns=tuple(Column(*column) for column in columns))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("On film 96.1 percent of the points fell inside 2 percent and 2 millimeters.", [(_M, 96.1)]),
        ("PinPoint read 1.7 percent over in the node and 0.4 percent under at iso.", [(_M, 1.7), (_M, -0.4)]),
        ("Second computer, units: port 2 high by 1.1 percent; port 5, 0.3 percent low.", [(_C, 1.1), (_C, -0.3)]),
        ("Farmer in the slab: 182.4 vs 184.0 cGy, -0.9 %.", [(_M, -0.9)]),
        ("Gamma of arc 2 was 86.2 %, array re-leveled, re-measured 97.3", [(_M, 86.2), (_M, 97.3)]),
        ("Points within 3%/2mm: 98.1 % (tolerance 95 %).", [(_M, 98.1)]),
        ("Arc 2 was below 95 %: the array was set again and remeasured at 97.3 % and accepted.", [(_M, 97.3)]),
        ("Arrays are remeasured below 95 %.", []),
        ("The chamber result of 2.8 % belongs to version v2 and is kept for the file.", []),
        ("Gamma of 91.0 % relates to the first plan, gamma 98.2 % was measured for this one.", [(_M, 98.2)]),
        ("Chamber dose agreed within 3 % as our action level of 3 % asks.", []),
        ("Gamma above 95 % is acceptable; repeat below 90 %.", []),
        ("If the gamma of a beam is 85 % it should be measured again.", []),
        ("The cutout factor was 1.4 % off the table, measured with a chamber.", []),
        ("In vivo diodes read 2.2 % over.", []),
        ("Gamma failed in 3.1 % of the area.", []),
        ("Chamber at iso, measured/planned 1.014", [(_M, 1.4)]),
        ("SECOND CALC: CHECK/PLAN RATIO 0.991", [(_C, -0.9)]),
        ("Output measured to calculated 14 hours later.", []),
        ("Last year's plan passed with gamma 99.2 %.", []),
        ("Example from the manual: gamma 97.5 %.", []),
        ("Mobius arc 1 +0.6 %, arc 2 -1.7 % (pass 4 %).", [(_C, 0.6), (_C, -1.7)]),
        ("Gamma 3%/2mm, 15% threshold: 95.7% (>= 92% required).", [(_M, 95.7)]),
        ("Average gamma of the department was 97.9 %. This case 96.2 %.", [(_M, 96.2)]),
        ("Ion chamber: predicted 1.920 Gy, measured 1.889 Gy. Deviation -1.6 %.", [(_M, -1.6)]),
        ("Pass level 96 % at 3%/2mm, 91 % at 2%/2mm.", []),
        ("Action limit 4 percent for MU and 94 percent for gamma.", []),
        ("The plan of 2/3/2025 (gamma 87.1 %) was discarded.", []),
        ("Gamma criteria 3%/2mm, 97.8 %.", [(_M, 97.8)]),
        ("Action level 95 %, 97.3 % found by gamma.", [(_M, 97.3)]),
        ("Gamma 98.4 %, no points were rejected.", [(_M, 98.4)]),
        ("Mean pass rate of our pelvis plans this quarter 98.3%.", []),
    ],
)  # fmt: skip
def test_sentences_give_what_was_measured_or_recalculated(text: str, expected: list[tuple[str, float]]) -> None:
    assert [(v.kind, v.value) for v in _of(text)] == expected


def test_the_lines_of_a_list_are_of_the_method_named_above_them() -> None:
    found = _of("Portal dosimetry, gamma 2%/2mm, 10% threshold", "Beam 1 G30 98.4", "Beam 2 G75 95.2", "Couch at 12.5")
    assert [(v.field, v.value) for v in found] == [("Beam 1", 98.4), ("Beam 2", 95.2)]


@pytest.mark.parametrize(
    ("text", "calculation", "expected"),
    [
        ("Gamma, arcs 1-3: 99.0, 98.2 and 97.7 %", False, [(_M, "1", 99.0), (_M, "2", 98.2), (_M, "3", 97.7)]),
        (
            "Second check of units, fields 2 to 4: 0.4, -1.9, 2.2 %",
            True,
            [(_C, "2", 0.4), (_C, "3", -1.9), (_C, "4", 2.2)],
        ),
    ],
)
def test_a_range_of_fields_before_as_many_numbers_gives_each_its_result(
    text: str, calculation: bool, expected: list[tuple[str, str, float]]
) -> None:
    assert [(v.kind, v.field, v.value) for v in _of(text, calculation=calculation)] == expected


def test_differences_in_a_series_that_words_call_low_are_not_read_as_positive() -> None:
    found = _of("Second check of units, fields 2 to 4: 0.4, 1.9, 2.2 % low", calculation=True)
    assert [v.value for v in found if v.field in {"2", "3", "4"}] == []


def test_a_range_of_fields_before_another_count_of_numbers_names_no_field() -> None:
    assert not {v.field for v in _of("Gamma, arcs 1-4: 99.0, 98.2 and 97.7 %")} & {"1", "2", "3", "4"}


def test_a_check_of_units_takes_a_new_result_without_a_sign_of_percent() -> None:
    found = _of("Beam 4 lies in air; point shifted 2 cm, new result -0.7.", calculation=True)
    assert [(v.kind, v.value) for v in found] == [(_C, -0.7)]


def test_a_row_gives_the_share_that_passes_and_the_deviation_of_the_units() -> None:
    row = _row(("Fld", "2"), ("Gamma 2/2", "97.1"), ("Plan MU", "104"), ("2nd MU", "106"), ("% dev", "1.9"))
    assert [(v.kind, v.field, v.value) for v in verifications_in([row], calculation=False)] == [
        (_M, "2", 97.1),
        (_C, "2", 1.9),
    ]


def test_a_row_gives_the_share_of_each_field_that_is_named_before_it() -> None:
    row = _row(("", "Gamma 3%/2mm"), ("", "CW1 98.0 pct"), ("", "CCW2 97.1 pct"))._replace(columns=())
    assert [v.value for v in verifications_in([row], calculation=False)] == [98.0, 97.1]


def test_a_row_of_measured_doses_keeps_limits_apart() -> None:
    row = _row(("Point", "iso"), ("Meas Gy", "1.98"), ("Calc Gy", "2.00"), ("Diff %", "-1.0"), ("Limit %", "3.0"))
    assert [(v.kind, v.value) for v in verifications_in([row], calculation=False)] == [(_M, -1.0)]


def test_a_paper_of_another_kind_gives_results_only_where_words_name_the_method() -> None:
    assert _of("Rectum V65 18.6 %, V40 43 %", "PTV 96.3 % at Rx", "Arc 1 98.2", sure=True) == []
    assert [v.value for v in _of("MapCHECK gamma pass rate for arc 1 was 98.2 %.", sure=True)] == [98.2]


def test_headings_with_criteria_and_signed_values_below_the_name_of_a_check_are_understood() -> None:
    names = ("Beam", "2%/2 mm agreement", "2nd program", "Remark")
    values = ("4", "88.7", "-1.3%", "leaf 9 -> 97.9")
    head = _row(*[("", name) for name in names], number=1)._replace(columns=())
    row = _row(*zip(names, values, strict=True), number=2)
    found = list(verifications_in([head, row], calculation=False))
    assert [(v.kind, v.value) for v in found] == [(_M, 88.7), (_M, 97.9), (_C, -1.3)]
    assert [v.criteria for v in found] == ["2 %/2 mm", "2 %/2 mm", ""]


def test_a_check_that_was_not_run_does_not_hide_the_share_that_passes() -> None:
    row = _row(("Arc", "3"), ("gamma 3/2", "95.3"), ("MU check", "n/a"))
    assert [(v.kind, v.value) for v in verifications_in([row], calculation=False)] == [(_M, 95.3)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Arc 2: calculation point was in the rail, moved 3 cm; difference became -0.4 %.", [(_C, -0.4)]),
        ("IC tumor +0.7%; IC rectum -1.9%", [(_M, 0.7), (_M, -1.9)]),
        ("Gamma knife was discussed for 95 % of such lesions.", []),
    ],
)
def test_checks_and_chambers_go_by_several_names(text: str, expected: list[tuple[str, float]]) -> None:
    assert [(v.kind, v.value) for v in _of(text, sure=True)] == expected


def test_units_with_a_deviation_that_agrees_with_them_need_no_headings() -> None:
    found = _of("4 208 211 +1.4", "5 190 187 -1.6", "6 120 118 +3.9", "7 180 180 0.0", calculation=True)
    assert [(v.kind, v.field, v.value) for v in found] == [(_C, "4", 1.4), (_C, "5", -1.6)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Beam A passed with 97.7% and beam B with 95.9% (criteria 2%/2mm, 90% required).", [97.7, 95.9]),
        ("First delivery 83%, second delivery after a leaf was changed 96%.", [83.0, 96.0]),
        ("Weight down 4.1% since her chamber measurement.", []),
        ("PTV coverage was 96% and the lung V20 was 18%, gamma passed.", []),
    ],
)
def test_what_is_required_and_what_is_no_result_of_qa_stay_apart(text: str, expected: list[float]) -> None:
    assert [v.value for v in _of(text)] == expected


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (
            (("Arc", "2"), ("Criterion", "3 %, 2 mm"), ("Result", "96.4 %"), ("Hand / 2nd calc.", "-1.2 %")),
            [(_M, 96.4), (_C, -1.2)],
        ),
        ((("Beam", "4"), ("Gamma 2%/2mm", "93.0 %"), ("Abs. dose", "+0.6 %"), ("MU", "201")), [(_M, 93.0), (_M, 0.6)]),
        (
            (("Port", "1"), ("Array, 3%/3mm", "98.8 %"), ("MU plan", "140"), ("MU by hand", "143 (+2.1 %)")),
            [(_M, 98.8), (_C, 2.1)],
        ),
        ((("Port", "3"), ("Plan", "77"), ("By hand", "77"), ("PCT", "0")), [(_C, 0.0)]),
        ((("Arc", "1"), ("Crit.", "3%/3mm"), ("Gamma", "97.0 %"), ("2nd calc", "to follow")), [(_M, 97.0)]),
    ],
)  # fmt: skip
def test_columns_beside_the_criteria_are_shares_and_those_of_the_check_are_differences(
    columns: tuple[tuple[str, str], ...], expected: list[tuple[str, float]]
) -> None:
    assert [(v.kind, v.value) for v in verifications_in([_row(*columns)], calculation=False)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "Computed by Monte Carlo, 1 % statistics, 812 MU.",
        "Tolerance of the point dose 3 %.",
        "The gradient at the chamber is 4 %/mm.",
    ],
)
def test_statistics_tolerances_and_gradients_are_no_results(text: str) -> None:
    assert _of(text) == []


# What is written => the results; levels to reach and tolerances are none.
LEVELS = """\
Measure again if below 92 %. =>
Level of action: 3 % / 3 mm, 90 %. =>
Array (gamma 2 %/2 mm, threshold 10 %, pass 90 %) =>
Tolerance of each beam 4 %. Beam 2 second calculation +0.7 %. => 0.7
Second MU check: 4 % per beam is tolerated, beam 3 came out at -1.9 %. => -1.9
We measure again when fewer than 92 % of points pass. =>
Gamma must reach 92 %; result 94.3 %. => 94.3
Limit for the chamber 2 %, found 0.9 % low. => -0.9
Gamma of arc 1 97.0 %, arc 2 96.6 %, minimum 92 %. => 97.0 96.6
MU verification, warning at 2 %, stop at 4 %: beam A 0.3 %, beam B -1.6 %. => 0.3 -1.6
Void plan, gamma 3%/2mm 93.4 %. =>
The old plan had given 93.0 % gamma; the plan treated gives 97.8 %. => 97.8
Limits: gamma 92 %, chamber 2 %, MU 4 %. =>
Confidence level of our array for gamma is 94.4 %. =>
Film gamma, area below 1: 96.3 % (pass at 90 %) => 96.3
A gamma of 92 % is required, 95.5 % was obtained. => 95.5
"""


@pytest.mark.parametrize("written", LEVELS.strip().split("\n"))
def test_a_level_that_is_required_or_tolerated_is_no_result(written: str) -> None:
    text, _, meant = written.partition(" =>")
    assert [v.value for v in _of(text)] == [float(value) for value in meant.split()]


def test_a_row_that_names_a_level_or_another_plan_gives_no_result() -> None:
    rows = (("Action level", "90 %"), ("Arc 1", "97.1 %"), ("Arc 2 (void plan)", "94.0 %"))
    found = [
        v.value
        for name, value in rows
        for v in verifications_in([_row(("Field", name), ("Gamma", value))], calculation=False)
    ]
    assert found == [97.1]


def _turned(first: str, *values: str, names: tuple[str, ...] = ("A1", "A2", "A3"), number: int = 5) -> Sentence:
    return _row(("Port", first), *zip(names, values, strict=False), number=number)


@pytest.mark.parametrize(
    ("first", "values", "expected"),
    [
        ("Gamma 2 %/2 mm", ("98.4 %", "93.7 %", "not run"), [("A1", _M, 98.4), ("A2", _M, 93.7)]),
        ("Passing, %", ("97.0", "99.1", "96.2"), [("A1", _M, 97.0), ("A2", _M, 99.1), ("A3", _M, 96.2)]),
        ("Deviation of MU", ("+0.9 %", "-2.2 %", "0.4 %"), [("A1", _C, 0.9), ("A2", _C, -2.2), ("A3", _C, 0.4)]),
        ("Chamber, diff %", ("-0.8", "", "+1.1"), [("A1", _M, -0.8), ("A3", _M, 1.1)]),
        ("2nd MU", ("141 (-1.4 %)", "120 (+0.3 %)", "99"), [("A1", _C, -1.4), ("A2", _C, 0.3)]),
        ("Plan MU", ("143", "120", "99"), []),
        ("Gamma limit", ("90 %", "90 %", "90 %"), []),
        ("Gantry", ("10.0", "80.0", "150.0"), []),
    ],
)  # fmt: skip
def test_a_table_with_a_column_for_each_field_gives_a_result_of_each(
    first: str, values: tuple[str, ...], expected: list[tuple[str, str, float]]
) -> None:
    found = verifications_in([_turned(first, *values)], calculation=False)
    assert [(v.field, v.kind, v.value) for v in found] == expected


def _table(*rows: tuple[str, ...]) -> list[Sentence]:
    """A table with columns 70 pt apart."""
    lines = [
        Line(
            Row(
                tuple(
                    Cell((Word(text, Box(50 + 70 * at, 15.0 * down, 80 + 70 * at, 15.0 * down + 9), 9.0),))
                    for at, text in enumerate(row)
                )
            ),
            1,
        )
        for down, row in enumerate(rows, 1)
    ]
    return list(sentences(lines))


def test_names_of_fields_head_their_columns_and_a_field_left_out_moves_no_other() -> None:
    some = _table(
        ("Beam", "B1", "B2", "B3", "B4"),
        ("Plan", "120", "98", "143", "77"),
        ("Second", "122", "97", "open", "76"),
        ("Dev.", "+1.7 %", "-1.0 %", "", "-1.3 %"),
    )
    found = verifications_in(some, calculation=True)
    assert [(v.kind, v.field, v.value) for v in found] == [(_C, "B1", 1.7), (_C, "B2", -1.0), (_C, "B4", -1.3)]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ((("Test", "Film gamma of arc 1, 2 %/2 mm, 10 % cut"), ("Limit", "92 %"), ("Found", "96.8 %")), [(_M, 96.8)]),
        ((("Field", "Arc 3"), ("Must reach", "92 %"), ("Limit", "90 %"), ("Found", "96.8 %")), [(_M, 96.8)]),
        ((("Item", "Chamber in the cord"), ("Band", "3 %"), ("Reading", "-2.6 %")), [(_M, -2.6)]),
        ((("Item", "MU by the second program"), ("Action limit", "5 %"), ("Result", "+1.2 %")), [(_C, 1.2)]),
        ((("Item", "Arc 2"), ("Limit", "95 %"), ("Result", "(to follow)")), []),
        ((("Item", "Couch angle"), ("Limit", "1 %"), ("Value", "0.2 %")), []),
        ((("Item", "Morning output"), ("Limit", "2 %"), ("Value", "100.1 %")), []),
        ((("Item", "Panel offset"), ("Limit", "1 mm"), ("Value", "0.4 mm")), []),
    ],
)  # fmt: skip
def test_of_a_limit_and_what_was_found_beside_it_only_the_latter_is_a_result(
    row: tuple[tuple[str, str], ...], expected: list[tuple[str, float]]
) -> None:
    assert [(v.kind, v.value) for v in verifications_in([_row(*row)], calculation=False)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Detector panel, limit: gamma 2 %/2 mm, 92 %", []),
        ("Gamma of the patient before (another patient) was 99.0 %.", []),
        ("Gamma for all patients of this year averaged 98.1 %.", []),
        ("Diode in the axilla 1.9 % below plan.", [-1.9]),
    ],
)
def test_results_of_others_and_levels_beside_criteria_are_none(text: str, expected: list[float]) -> None:
    assert [v.value for v in _of(text)] == expected


def test_planned_and_checked_units_are_written_apart_in_several_ways() -> None:
    found = _of("A 112.0 / 113.2 +1.1 %", "B: 690 against 704, +2.0 %", "C 98 vs 97 -1.0", calculation=True)
    assert [(v.kind, v.value) for v in found] == [(_C, 1.1), (_C, 2.0), (_C, -1.0)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Arc 1 gamma 3%/2mm 96.4 % limit 95 %", [(_M, 96.4)]),
        ("Beam B chamber at 10 cm +4.4 % limit 3 %", [(_M, 4.4)]),
        ("Beam C chamber -0.6 % action level: 3 %", [(_M, -0.6)]),
        ("Chamber at the isocenter +1.3 % tolerance of 3 %", [(_M, 1.3)]),
        ("Gamma passed 93.8 % of the points, 95 % limit", [(_M, 93.8)]),
        ("Chamber in the boost +3.7 %, out of 3 %.", [(_M, 3.7)]),
        ("Chamber at the edge -4.1 %, exceeds 3 %", [(_M, -4.1)]),
    ],
)  # fmt: skip
def test_a_limit_behind_a_result_is_not_the_result(text: str, expected: list[tuple[str, float]]) -> None:
    assert [(v.kind, v.value) for v in _of(text)] == expected


@pytest.mark.parametrize("heading", ["Pass at", "To pass", "Pass mark", "Minimum", "Needed"])
def test_the_column_of_what_is_needed_holds_no_result(heading: str) -> None:
    row = _row(("Field", "B2"), ("Gamma 3%/2mm", "93.1 %"), (heading, "95 %"))
    assert [(v.field, v.value) for v in verifications_in([row], calculation=False)] == [("B2", 93.1)]


def test_a_few_whole_percent_without_a_sign_beside_a_chamber_are_its_tolerance() -> None:
    row = _row(("", "Ion chamber, isocenter"), ("", "3 %"))._replace(columns=())
    assert list(verifications_in([row], calculation=False)) == []
    signed = _row(("", "Ion chamber, isocenter"), ("", "+3 %"))._replace(columns=())
    assert [v.value for v in verifications_in([signed], calculation=False)] == [3.0]


@pytest.mark.parametrize(("verdict", "expected"), [("Pass", [(_M, 99.2)]), ("Failed", [(_M, 99.2)])])
def test_a_column_of_verdicts_does_not_hide_the_passing_rates_beside_it(
    verdict: str, expected: list[tuple[str, float]]
) -> None:
    row = _row(
        ("Field", "G1"), ("Criteria", "3%/2mm"), ("Pass rate", "99.2%"), ("Limit", "95%"), ("Result", verdict), number=5
    )
    assert [(one.kind, one.value) for one in verifications_in([row], calculation=False, sure=False)] == expected


@pytest.mark.parametrize(
    ("other", "ratio", "expected"),
    [("196.0", "0.980", [(_C, -2.0)]), ("204.0", "0.980", [(_C, 2.0)]), ("196.0", "1.100", []), ("-", "0.980", [])],
)
def test_a_ratio_is_a_deviation_where_the_doses_beside_it_make_it_up(
    other: str, ratio: str, expected: list[tuple[str, float]]
) -> None:
    row = _row(("Beam", "B2"), ("Plan dose", "200.0"), ("Check dose", other), ("Ratio", ratio))
    assert [(v.kind, v.value) for v in verifications_in([row], calculation=True)] == expected


def test_fields_side_by_side_in_a_row_keep_their_own_results() -> None:
    row = _row(("Field", "1"), ("Pass %", "98.7"), ("Field", "2"), ("Pass %", "92.9*"))
    found = verifications_in([row], calculation=False)
    assert [(one.field, one.value) for one in found] == [("1", 98.7), ("2", 92.9)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Independent MU: +0.4, -1.1 and +2.3 %.", [(_C, 0.4), (_C, -1.1), (_C, 2.3)]),
        ("Gamma 3%/2mm: 98.3, 97.2, 99.6 %", [(_M, 98.3), (_M, 97.2), (_M, 99.6)]),
        ("Ion chamber 0.3 and 1.2 % low", [(_M, -0.3), (_M, -1.2)]),
    ],
)
def test_numbers_that_share_a_percent_sign_are_a_result_each(text: str, expected: list[tuple[str, float]]) -> None:
    found = verifications_in(list(sentences([line_of(text)])), calculation=False)
    assert [(one.kind, one.value) for one in found] == expected


def test_a_field_in_brackets_behind_a_result_is_its_field() -> None:
    text = "Gamma 3%/2mm: 98.1 % (arc 1), 97.2 % (arc 2), 96.6 % (arc 3)"
    found = verifications_in(list(sentences([line_of(text)])), calculation=False)
    assert [(one.field, one.value) for one in found] == [("arc 1", 98.1), ("arc 2", 97.2), ("arc 3", 96.6)]


@pytest.mark.parametrize(
    ("said", "values"), [("Gamma 3%/2mm", ["98.2 %", "97.4 %"]), ("MU check", ["+0.3 %", "-1.2 %"])]
)
def test_a_table_with_a_column_for_each_arc_gives_each_its_result(said: str, values: list[str]) -> None:
    row = _row(("", said), ("Arc 1", values[0]), ("Arc 2", values[1]))
    found = verifications_in([row], calculation=False)
    assert [(one.field, one.value) for one in found] == [
        (f"Arc {number}", float(value.strip(" %"))) for number, value in enumerate(values, 1)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Arc1 301.1 / 303.0", [("Arc1", 0.6)]),
        ("Field 1: 112 vs 113; field 2: 98 vs 97 MU", [("1", 0.9), ("2", -1.0)]),
        ("RadCalc: Arc1 +0.9 %, Arc2 -1.6 %, tolerance 5 %", [("Arc1", 0.9), ("Arc2", -1.6)]),
        ("2nd calc of MU: f1 112 vs 113, f2 98 vs 97, f4 not done", [("f1", 0.9), ("f2", -1.0)]),
        ("MU (beam / planned / check): 1 / 611 / 604; 2 / 402 / 400; 3 / 377 / see note", [("1", -1.1), ("2", -0.5)]),
        ("Gantry 181 / 179", []),
        ("Fractions 22 / 35", []),
    ],
)
def test_the_planned_and_the_checked_units_of_a_field_give_their_deviation(
    text: str, expected: list[tuple[str, float]]
) -> None:
    found = _of("Second check of monitor units", text, calculation=True)
    assert [(one.field.split()[-1], one.value) for one in found] == expected


def test_a_row_of_units_is_known_by_its_numbers_whatever_heads_the_deviation() -> None:
    off = _row(("Arc", "1a"), ("Plan", "162"), ("Second", "164"), ("Off by", "+1.2 %"))
    units = _row(("Field", "2"), ("MU plan", "98"), ("MU check", "99"), number=4)
    angles = _row(("Arc", "3"), ("Start", "181"), ("Stop", "179"), ("Coll", "10"), number=5)
    some = [one for row in (off, units, angles) for one in verifications_in([row], calculation=True)]
    assert [(one.kind, one.field, one.value) for one in some] == [(_C, "1a", 1.2), (_C, "2", 1.0)]
