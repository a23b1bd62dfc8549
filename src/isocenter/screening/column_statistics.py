"""What the statistics of Parquet files say of the columns of claims: texts that are always empty, or never missing."""

import glob
from collections.abc import Collection, Set
from dataclasses import replace
from itertools import compress

import duckdb

from isocenter.engines.database import identity, literal
from isocenter.facts.schema import tables
from isocenter.intake.bulk.layouts import NEEDED_COLUMNS, Layout
from isocenter.intake.bulk.shapes import Kind
from isocenter.intake.bulk.sources import Content, Source
from isocenter.terms.values import UNSEEN_AT_THE_ENDS_IN_DUCKDB

_FORMS = {"procedure_code": "[0-9A-Z]{5}", **{f"modifier_{number}": "([0-9A-Z]{2})?" for number in range(1, 5)}}
_NAMES_AND_CODES = tuple(column.name for column in tables()["claim_lines"].columns if column.type == "varchar")
_KEPT = ("claim_line_id", *NEEDED_COLUMNS)  # though they are empty: every line is then named as one that lacks them


def with_columns_by_statistics(connection: duckdb.DuckDBPyConnection, source: Source) -> Source:
    """The source without columns that are empty in every line, and with those marked that hold a text in every line.

    Both save work with each line. Columns that have no statistics, or are none of text, stay as they are; raises
    duckdb.Error where a file cannot be read.
    """
    if source.kind is not Kind.PARQUET or source.content is not Content.LINES or source.layout is None:
        return source
    if source.is_looked_through:
        return source
    files = [glob.escape(str(file)) for file in source.files]
    described = connection.execute(f"describe select * from {source.relation}").fetchall()
    texts = {name for name, kind, *_ in described if kind == "VARCHAR"}
    found = connection.execute(
        """
        select path_in_schema, bool_and(stats_min_value = '' and stats_max_value = '')
        from parquet_metadata(?) group by path_in_schema having bool_and(stats_null_count = 0)
        """,
        [files],
    ).fetchall()
    instead = _instead_of_what_is_unseen(connection, source, texts)
    empty = {name for name, is_empty in found if is_empty}
    filled = texts & {name for name, _ in found} - instead.keys()
    columns = {
        name: replace(taken, is_filled_text=taken.column in filled)
        for name, taken in source.layout.columns.items()
        if name in _KEPT or taken.column not in empty or taken.values
    }
    numbers = {name for name, kind, *_ in described if kind in ("DOUBLE", "FLOAT") or kind.startswith("DECIMAL")}
    is_clean = source.layout.is_clean and not (
        _holds_texts_as_numbers(source.layout, numbers) or _holds_other_forms(connection, source, texts)
    )
    with_unseen = tuple(name for name, taken in columns.items() if taken.column in instead)
    layout = replace(source.layout, columns=columns, is_clean=is_clean, with_unseen=with_unseen)
    return replace(source, layout=layout, instead=tuple(instead.items()), is_looked_through=True)


def _holds_texts_as_numbers(layout: Layout, numbers: Set[str]) -> bool:
    """Whether a name or a code is kept as a number that may have a fraction, as 77301.0."""
    return any(layout.columns[name].column in numbers for name in _NAMES_AND_CODES if name in layout.columns)


def _holds_other_forms(connection: duckdb.DuckDBPyConnection, source: Source, texts: Collection[str]) -> bool:
    """Whether a code, modifier or number of units under our own names is not written as we write it."""
    taken = source.layout.columns if source.layout else {}
    if "units" in taken and taken["units"].column in texts:
        return True
    forms = {taken[name].column: form for name, form in _FORMS.items() if name in taken and taken[name].column in texts}
    if not forms:
        return False
    other = " or ".join(f"not regexp_full_match({identity(column)}, '{form}')" for column, form in forms.items())
    # A million lines have a hundred codes with their modifiers; a condition on them would be put to every line.
    different = f"select distinct {', '.join(map(identity, forms))} from {source.relation}"
    return bool(connection.execute(f"select bool_or({other}) from ({different})").fetchall()[0][0])


def _instead_of_what_is_unseen(
    connection: duckdb.DuckDBPyConnection, source: Source, texts: Set[str]
) -> dict[str, str]:
    """The columns of which a text holds what is not plain ASCII, and how each is read: without spaces at its ends."""
    columns = sorted(texts & source.layout.read_columns) if source.layout else []
    if not columns:
        return {}
    odd = ", ".join(f"bool_or({identity(column)} glob '*[!!-~]*')" for column in columns)
    (found,) = connection.execute(f"select {odd} from {source.relation}").fetchall()
    ends = literal(UNSEEN_AT_THE_ENDS_IN_DUCKDB)
    return {column: f"regexp_replace({identity(column)}, {ends}, '', 'g')" for column in compress(columns, found)}
