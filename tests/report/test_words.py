"""Words of reports: how a text becomes a sentence."""

import pytest

from isocenter.report.words import sentence


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the line was left out", "The line was left out."),
        ("line_of_business says something that is not read", "line_of_business says something that is not read."),
        ("is it read?", "Is it read?"),
        ("  ", ""),
    ],
)
def test_a_sentence_begins_with_a_capital_and_leaves_names_of_columns_as_they_are(text: str, expected: str) -> None:
    assert sentence(text) == expected
