"""What the statistics of Parquet files say of the columns of claims: texts that are always empty, or never missing."""

import glob
from dataclasses import replace

import duckdb

from isocenter.intake.bulk.layouts import NEEDED_COLUMNS
from isocenter.intake.bulk.shapes import Kind
from isocenter.intake.bulk.sources import Content, Source

_KEPT = ("claim_line_id", *NEEDED_COLUMNS)  # though they are empty: every line is then named as one that lacks them


def with_columns_by_statistics(connection: duckdb.DuckDBPyConnection, source: Source) -> Source:
    """The source without columns that are empty in every line, and with those marked that hold a text in every line.

    Both save work with each line. Columns that have no statistics, or are none of text, stay as they are; raises
    duckdb.Error where a file cannot be read.
    """
    if source.kind is not Kind.PARQUET or source.content is not Content.LINES or source.layout is None:
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
    empty = {name for name, is_empty in found if is_empty}
    filled = texts & {name for name, _ in found}
    columns = {
        name: replace(taken, is_filled_text=taken.column in filled)
        for name, taken in source.layout.columns.items()
        if name in _KEPT or taken.column not in empty or taken.values
    }
    return replace(source, layout=replace(source.layout, columns=columns))
