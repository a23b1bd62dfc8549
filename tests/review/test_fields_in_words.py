"""A check that names several fields counts for each of them."""

import pytest

from isocenter.review.fields_in_words import one_element_a_field
from isocenter.terms.chart import DocumentElement


@pytest.mark.parametrize(
    ("detail", "fields"),
    [
        ("fields 1-3", ["field 1", "field 2", "field 3"]),
        ("Beams 1 to 2, 5 and 7", ["beam 1", "beam 2", "beam 5", "beam 7"]),
        ("all 2 fields", ["field 1", "field 2"]),
        ("all three arcs.", ["arc 1", "arc 2", "arc 3"]),
        ("field 1-2", ["field 1-2"]),  # the name of one field
        ("both arcs", ["arc 1", "arc 2"]),
        ("Seven fields", [f"field {number}" for number in range(1, 8)]),
        ("2 treatment fields", ["field 1", "field 2"]),
        ("Field 1, Field 2 and field 3", ["field 1", "field 2", "field 3"]),
        ("arc CW and arc CCW", ["arc cw", "arc ccw"]),
        ("field 1 gantry 40", ["field 1 gantry 40"]),
        ("all fields", ["all fields"]),
        ("fields 1-999", ["fields 1-999"]),
        ("anterior", ["anterior"]),
        ("", [""]),
    ],
)
def test_fields_named_together_are_checked_one_by_one(detail: str, fields: list[str]) -> None:
    found = one_element_a_field([DocumentElement("d", "independent_check", detail)])
    assert [row.detail for row in found if isinstance(row, DocumentElement)] == fields


def test_designs_of_compensators_stay_as_they_are_written() -> None:
    design = DocumentElement("d", "portal", "fields 1-5")
    assert one_element_a_field([design]) == [design]
