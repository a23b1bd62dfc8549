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
        ("fields A, B and C", ["field a", "field b", "field c"]),
        ("fields A-C", ["field a", "field b", "field c"]),
        ("A, B", ["field a", "field b"]),
        ("LPO, RPO & AP", ["field lpo", "field rpo", "field ap"]),
        ("1, 2 and 3", ["field 1", "field 2", "field 3"]),
        ("1-3", ["field 1", "field 2", "field 3"]),
        ("Fields LtTang and RtTan", ["field lttang", "field rttan"]),
        ("dose and MU", ["dose and MU"]),
        ("1/7", ["1/7"]),
        ("Fields AP AND PA", ["field ap", "field pa"]),
        ("A-P", ["A-P"]),
        ("L to R", ["L to R"]),
        ("fields agree and pass", ["fields agree and pass"]),
        ("Beams OK, signed", ["Beams OK, signed"]),
        ("fields 1-2, A", ["fields 1-2, A"]),
        ("", [""]),
    ],
)
def test_fields_named_together_are_checked_one_by_one(detail: str, fields: list[str]) -> None:
    found = one_element_a_field([DocumentElement("d", "independent_check", detail)])
    assert [row.detail for row in found if isinstance(row, DocumentElement)] == fields


def test_ranges_of_one_document_are_the_names_of_its_fields() -> None:
    names = [DocumentElement("d", "independent_check", name) for name in ("1-1", "1-2", "1-3")]
    assert one_element_a_field(names) == names


def test_designs_of_compensators_stay_as_they_are_written() -> None:
    design = DocumentElement("d", "portal", "fields 1-5")
    assert one_element_a_field([design]) == [design]


@pytest.mark.parametrize(
    ("detail", "counts"),
    [
        ("7", ["7"]),
        ("five", ["5"]),
        ("2 arcs", ["2"]),
        ("Seven static fields", ["7"]),
        ("two full VMAT arcs", ["2"]),
        ("both arcs", ["2"]),
        ("", [""]),
        ("2 arcs and a boost field", ["2 arcs and a boost field"]),
        ("several", []),
        ("multiple fields", []),
        ("Various gantry angles", []),
    ],
)
def test_a_number_of_portals_counts_in_words_and_several_states_none(detail: str, counts: list[str]) -> None:
    found = one_element_a_field([DocumentElement("d", "portal_count", detail)])
    assert [row.detail for row in found if isinstance(row, DocumentElement)] == counts


def test_places_of_portals_are_kept_as_they_are_written_unless_they_name_none() -> None:
    named = DocumentElement("d", "portal_locations", "two arcs")
    assert one_element_a_field([named]) == [named]
    assert one_element_a_field([named._replace(detail="multiple angles")]) == []
