"""The words in code and the tables in SQL describe the same facts."""

from typing import get_type_hints

import pytest

from isocenter.facts.schema import tables
from isocenter.terms.tables import FACT_TABLES

_SQL_TYPES = {"str": "varchar", "int": "integer", "float": "double", "date": "date", "bool": "boolean"}


def test_every_table_has_a_row_type_and_the_other_way_round() -> None:
    assert set(tables()) == set(FACT_TABLES)


@pytest.mark.parametrize("name", FACT_TABLES)
def test_columns_are_the_fields_of_the_row_in_name_type_and_nullability(name: str) -> None:
    hints = get_type_hints(FACT_TABLES[name])
    for column in tables()[name].columns:
        written = str(hints[column.name])
        kind = next(word for word in _SQL_TYPES if word in written)
        assert (column.type, column.required) == (_SQL_TYPES[kind], "None" not in written), column.name
    assert [column.name for column in tables()[name].columns] == list(hints)


@pytest.mark.parametrize("name", FACT_TABLES)
def test_every_table_states_its_grain_and_every_column_its_meaning(name: str) -> None:
    assert tables()[name].grain.endswith(".")
    assert all(column.meaning for column in tables()[name].columns)
