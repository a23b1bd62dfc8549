"""Decimal strings become the very numbers that Python reads, whatever the way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isocenter.intake.dicom_rt import decimals
from isocenter.intake.dicom_rt.decimal_kernel import scan
from isocenter.intake.dicom_rt.decimals import parse_decimals

ODD = ["1e5", "-1.5E-3", "+2", " 3.5 ", "-.5", "5.", "12345678901234567890", "1e-300", "0", "-0.0"]
NO_NUMBERS = ["", "-", ".", "1.2.3", "abc", "1e", "nan", "inf", "--1", "1 2", "1e+", "e5", "1.5\0", "1\0005", "\0001"]


def as_python_reads(token: str) -> float:
    try:
        value = float(token)
    except ValueError:
        return np.nan
    return value if np.isfinite(value) else np.nan


@pytest.mark.parametrize("few_bytes", [0, 10**9], ids=["compiled", "plain"])
@pytest.mark.parametrize("token", [*ODD, *NO_NUMBERS])
def test_an_odd_token_is_read_as_python_reads_it_and_its_neighbors_are_unharmed(
    few_bytes: int, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decimals, "_FEW_BYTES", few_bytes)
    values = parse_decimals(f"1.25\\{token}\\-7".encode())
    np.testing.assert_array_equal(values, [1.25, as_python_reads(token), -7.0])


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=40))
def test_every_finite_number_comes_back_to_the_last_bit(numbers: list[float]) -> None:
    text = "\\".join(map(repr, numbers))
    found = scan(np.frombuffer(text.encode(), dtype=np.uint8), len(numbers), decimals._POWERS_OF_TEN)
    told = ~np.isnan(found)
    np.testing.assert_array_equal(found[told], np.array(numbers)[told])
    np.testing.assert_array_equal(parse_decimals(text.encode()), numbers)


@given(st.text(alphabet="0123456789.-+eE \\", min_size=1, max_size=60))
def test_any_text_of_digits_and_signs_is_read_as_python_reads_its_parts(text: str) -> None:
    tokens = text.split("\\")
    found = scan(np.frombuffer(text.encode(), dtype=np.uint8), len(tokens), decimals._POWERS_OF_TEN)
    for value, token in zip(found, tokens, strict=True):
        assert np.isnan(value) or value == float(token)
