"""Metrics as a prescription writes them, on a curve whose every value is known."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isocenter.errors import UnreadableInput
from isocenter.evidence.doses.dvh import Dvh
from isocenter.evidence.doses.metrics import evaluate, evaluate_constraint
from isocenter.terms.chart import Constraint
from isocenter.terms.dose_metrics import Metric, parse_metric, why_not_comparable, with_unit_of_metric


def even_dvh(low_gy: float, high_gy: float, volume_cc: float) -> Dvh:
    """A structure whose dose is spread evenly from low to high."""
    edges = np.arange(0.0, high_gy + 0.005, 0.01)
    middles = (edges[1:] + edges[:-1]) / 2
    shares = (middles > low_gy) / np.count_nonzero(middles > low_gy)
    return Dvh(
        1, "PTV", edges, volume_cc * shares, volume_cc, 0.0, low_gy, (low_gy + high_gy) / 2, high_gy,
        "slab", "half", "excluded", (2.5, 2.5, 2.5), 1.0, 20,
    )  # fmt: skip


PTV = even_dvh(40.0, 60.0, 50.0)
GRID = even_dvh(0.0, 60.0, 600.0)  # 10 cc a Gy


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("D95%", 41.0, "Gy"),
        ("D2%", 59.6, "Gy"),
        ("D 50 %", 50.0, "Gy"),
        ("d0.03cc", 60.0 - 0.03 * 20 / 50, "Gy"),
        ("D0,5 cc", 60.0 - 0.5 * 20 / 50, "Gy"),
        ("D1cm3", 60.0 - 20 / 50, "Gy"),
        ("V55Gy", 25.0, "%"),
        ("V5500cGy", 25.0, "%"),
        ("V55", 25.0, "%"),
        ("V110%", 25.0, "%"),
        ("mean", 50.0, "Gy"),
        ("Dmean", 50.0, "Gy"),
        ("Dmax", 60.0, "Gy"),
        ("min", 40.0, "Gy"),
        ("Mean dose", 50.0, "Gy"),
        ("maximum dose", 60.0, "Gy"),
        ("HI", (59.6 - 40.4) / 50.0, ""),
        # Of the target 25 cc receive 50 Gy, of the grid 100 cc.
        ("CI", 25.0**2 / (50.0 * 100.0), ""),
        ("RTOG CI", 100.0 / 50.0, ""),
        ("GI", 350.0 / 100.0, ""),
    ],
)
def test_each_form_of_metric_has_its_value(text: str, value: float, unit: str) -> None:
    found, found_unit = evaluate(parse_metric(text), PTV, prescription_gy=50.0, everything=GRID)
    assert found == pytest.approx(value, abs=0.012)
    assert found_unit == unit


@pytest.mark.parametrize("text", ["", "D", "D95", "V", "V20kg", "D120%", "conformal", "D95%%", "95%", "D-1cc"])
def test_what_is_no_metric_is_refused_with_the_forms_that_are(text: str) -> None:
    with pytest.raises(UnreadableInput, match=r"expected D95%"):
        parse_metric(text)


@pytest.mark.parametrize(
    ("metric", "unit", "metric_read", "unit_read"),
    [
        ("V20Gy[%]", "", "V20Gy", "%"),
        ("D95%[Gy]", "gy", "D95%", "Gy"),
        ("V20 Gy (cc)", "cm3", "V20 Gy", "cc"),
        ("mean [cGy]", "", "mean", "cGy"),
        (" D0.03cc ( Gy ) ", "", "D0.03cc", "Gy"),
    ],
)
def test_the_unit_behind_a_metric_is_that_of_its_limit(
    metric: str, unit: str, metric_read: str, unit_read: str
) -> None:
    given_limit = Constraint("C1", "Lung", metric, "<=", 30.0, unit)
    assert with_unit_of_metric(given_limit) == Constraint("C1", "Lung", metric_read, "<=", 30.0, unit_read)
    assert not why_not_comparable(with_unit_of_metric(given_limit))


@pytest.mark.parametrize(
    ("metric", "unit"),
    [
        ("V20Gy[%]", "cc"),
        ("V20 (Gy)", ""),
        ("D95[%]", "Gy"),
        ("V20Gy[mL/kg]", ""),
        ("CI [cc]", ""),
        ("V20Gy[%](cc)", ""),
    ],
)
def test_a_unit_behind_a_metric_that_could_mean_two_things_is_left_to_a_person(metric: str, unit: str) -> None:
    given_limit = Constraint("C1", "Lung", metric, "<=", 30.0, unit)
    assert with_unit_of_metric(given_limit) == given_limit
    assert why_not_comparable(given_limit)


@given(st.text(max_size=12))
def test_any_text_is_read_or_refused_in_a_sentence(text: str) -> None:
    try:
        assert isinstance(parse_metric(text), Metric)
    except UnreadableInput as problem:
        assert "expected" in str(problem)


@pytest.mark.parametrize(
    ("metric", "comparison", "limit", "unit", "value", "margin", "passed"),
    [
        ("D2%", "<=", 60.0, "Gy", 59.6, 0.4, True),
        ("D2%", "<=", 5900.0, "cGy", 5960.0, -60.0, False),
        ("D95%", ">=", 95.0, "%", 82.0, -13.0, False),
        ("V55Gy", "<", 30.0, "%", 25.0, 5.0, True),
        ("V55Gy", "≤", 12.0, "cc", 12.5, -0.5, False),
        ("mean", "≥", 50.0, "gy", 50.0, 0.0, True),
        ("CI", ">=", 0.1, "", 0.125, 0.025, True),
    ],
)
def test_a_constraint_is_measured_in_its_own_unit(
    metric: str, comparison: str, limit: float, unit: str, value: float, margin: float, passed: bool
) -> None:
    constraint = Constraint("C1", "PTV", metric, comparison, limit, unit)
    result = evaluate_constraint(constraint, PTV, 50.0, GRID)
    tolerance = 1.5 if unit == "cGy" else 0.03
    assert result.value == pytest.approx(value, abs=tolerance)
    assert result.margin == pytest.approx(margin, abs=tolerance)
    assert result.passed is passed


@pytest.mark.parametrize(
    ("metric", "comparison", "unit", "says"),
    [
        ("D95%", "<=", "cc", "expected Gy, cGy"),
        ("V20Gy", "<=", "Gy", "expected % or cc"),
        ("D95%", "about", "Gy", "expected <=, <, >= or >"),
        ("D95%", "<=", "rad", "'rad'"),
        ("V95%", ">=", "%", "prescribed dose"),
        ("CI", ">=", "", "prescribed dose"),
        ("D60cc", "<=", "Gy", "50 cc within the dose grid"),
        ("D95%", ">=", "%", "prescribed dose"),
    ],
)
def test_a_constraint_that_cannot_be_measured_says_why(metric: str, comparison: str, unit: str, says: str) -> None:
    with pytest.raises(UnreadableInput, match=says):
        evaluate_constraint(Constraint("C1", "PTV", metric, comparison, 1.0, unit), PTV)


def test_an_index_without_any_dose_there_is_nothing_or_not_a_number() -> None:
    assert evaluate(parse_metric("CI"), PTV, 70.0, GRID)[0] == 0.0
    assert math.isnan(evaluate(parse_metric("GI"), PTV, 70.0, GRID)[0])
