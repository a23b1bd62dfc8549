"""Numbers as people write them, and never rounded onto the limit that they miss."""

import pytest

from isocenter.report.quantities import limit_number, number_beside, quantity, signed


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (12693.2, "cc", "12,690 cc"),
        (1263.4, "cc", "1,263 cc"),
        (754.72, "cc", "754.7 cc"),
        (1.178, "cc", "1.18 cc"),
        (50.0838, "Gy", "50.08 Gy"),
        (99.18, "%", "99.2 %"),
        (0.2426, "%", "0.24 %"),
        (0.00388, "%", "0.004 %"),
        (0.0, "%", "0.0 %"),
        (-0.00001, "Gy", "0.00 Gy"),
        (3.0, "", "3"),
        (0.903, "", "0.90"),
        (7.053, "mm", "7.1 mm"),
        (None, "Gy", ""),
    ],
)
def test_a_quantity_has_the_places_that_its_unit_deserves(value: float | None, unit: str, expected: str) -> None:
    assert quantity(value, unit) == expected


def test_a_value_that_just_misses_its_limit_does_not_read_as_the_limit() -> None:
    assert number_beside(45.003, 45.0, "Gy") == "45.003"
    assert number_beside(45.0, 45.0, "Gy") == "45.00"
    assert number_beside(44.2, 45.0, "Gy") == "44.20"


def test_a_margin_bears_its_sign_even_where_it_is_small() -> None:
    assert signed(-0.003, "Gy") == "−0.003 Gy"
    assert signed(2.5838, "Gy") == "+2.58 Gy"
    assert signed(0.0, "Gy") == "0.00 Gy"


def test_a_limit_is_shown_as_it_was_written() -> None:
    assert [limit_number(limit) for limit in (45.0, 47.5, 0.03, 1200.0)] == ["45", "47.5", "0.03", "1,200"]
