"""A dose constraint that no plan could be held against is none: its row is left out and named."""

import pytest

from isocenter.facts.store import FactStore
from isocenter.terms.chart import Constraint


def problems_of(structure: str, metric: str, unit: str) -> list[str]:
    """What is said of one constraint of 20 of these, and nothing where it is kept."""
    store = FactStore(few_rows=True)
    said = [f"{one.place}: {one.sentence}" for one in store.supply("constraints", [
        Constraint("C1", structure, metric, "<=", 20.0, unit)
    ])]  # fmt: skip
    assert len(store.rows("constraints")) == (not said)
    store.close()
    return said


@pytest.mark.parametrize(
    ("metric", "unit"),
    [
        ("V20Gy", "%"), ("V2000cGy", "cc"), ("V95%", "%"), ("D0.03cc", "Gy"), ("D2%", "cGy"), ("D95%", "%"),
        ("mean", "Gy"), ("Dmax", "cGy"), ("CI", ""), ("RTOG CI", ""), ("HI", ""), ("GI", ""),
    ],
)  # fmt: skip
def test_a_constraint_whose_metric_and_unit_fit_is_kept(metric: str, unit: str) -> None:
    assert problems_of("Rectum", metric, unit) == []


@pytest.mark.parametrize(
    ("metric", "unit", "kept"),
    [("V45Gy", "cm3", "cc"), ("V45Gy", "mL", "cc"), ("D0.03cm^3", "GY", "Gy"), ("max", " cgy ", "cGy")],
)
def test_a_unit_in_another_spelling_is_kept_in_ours(metric: str, unit: str, kept: str) -> None:
    store = FactStore(few_rows=True)
    assert store.supply("constraints", [Constraint("C1", "Bowel", metric, "<=", 20.0, unit)]) == []
    assert [row.unit for row in store.rows("constraints")] == [kept]
    store.close()


@pytest.mark.parametrize(
    ("structure", "metric", "unit", "says"),
    [
        ("Rectum", "V70Gy", "", "unit is '', which does not fit V70Gy; expected % or cc"),
        ("Rectum", "V70Gy", "Gy", "unit is 'Gy', which does not fit V70Gy; expected % or cc"),
        ("Rectum", "D2%", "", "unit is '', which does not fit D2%; expected Gy, cGy, or % with a prescribed dose"),
        ("Rectum", "mean", "cc", "unit is 'cc', which does not fit mean; expected Gy, cGy, or %"),
        ("Rectum", "CI", "%", "unit is '%', which does not fit CI; expected no unit"),
        ("Rectum", "D120%", "Gy", "asks for more than 100 % of the volume"),
        ("Rectum", "brightness", "Gy", "'brightness' is not a dose metric"),
        ("Rectum", "", "Gy", "'' is not a dose metric"),
        (" ", "mean", "Gy", "structure is empty"),
    ],
)
def test_a_constraint_that_says_nothing_is_left_out_and_named(
    structure: str, metric: str, unit: str, says: str
) -> None:
    (said,) = problems_of(structure, metric, unit)
    assert said.startswith(f"constraints C1 {structure}: ")
    assert says in said
    assert said.endswith("; the row was left out")
