"""The criteria of a verification as reports word them, and what they say of its result."""

import pytest

from isocenter.intake.rows import row_of


def read(**columns: object) -> tuple[str, float | None, float | None]:
    row = row_of("verifications", {"plan_id": "P", "kind": "measurement", "value": 97.0, "unit": "%", **columns})
    return row[-3:]  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        ("3 %/2 mm global", ("gamma_pass_rate", 3.0, 2.0)),
        ("gamma 3%/3mm, local, threshold 10 %", ("gamma_pass_rate", 3.0, 3.0)),
        ("2 %/1 mm", ("gamma_pass_rate", 2.0, 1.0)),
        ("Gamma 2/2 mm", ("gamma_pass_rate", 2.0, 2.0)),
        ("points passing", ("gamma_pass_rate", None, None)),
        ("ion chamber at the isocenter", ("dose_deviation", None, None)),
        ("ionization chamber, deviation", ("dose_deviation", None, None)),
        ("point dose difference", ("dose_deviation", None, None)),
        ("", ("", None, None)),
        ("film", ("", None, None)),
    ],
)
def test_words_become_columns(criteria: str, found: tuple[str, float | None, float | None]) -> None:
    assert read(criteria=criteria) == found


def test_what_columns_say_goes_before_words() -> None:
    stated = read(criteria="3 %/2 mm", result="dose_deviation")
    assert stated == ("dose_deviation", None, None)


def test_a_result_in_another_unit_is_no_rate() -> None:
    assert read(criteria="3 %/2 mm", unit="Gy") == ("", None, None)
    assert read(criteria="3 %/2 mm", value=None) == ("", None, None)
