"""Every table that a case may hold as a page: what a row is, and what each column means and takes."""

from isocenter.facts.schema import Column, Table, tables

_OPENING = """\
# Tables and columns

This page is written by `isocenter rules --write-tables docs/tables.md`; change `facts/tables.sql` instead of it.

Each table may be given as a list in `case.yaml`, or as a CSV or Parquet file of its name, such as `claim_lines.csv`.
A column that has to be filled is marked; any other may be left empty or left out.
Dates are written 2026-01-31, numbers with a decimal point, true and false as those words.
"""
_TYPES = {"varchar": "text", "double": "number", "integer": "whole number", "date": "date", "boolean": "true or false"}


def tables_as_markdown() -> str:
    """The reference page of all tables, with contents."""
    found = list(tables().values())
    contents = [f"- [`{table.name}`](#{table.name}): {table.grain}" for table in found]
    return "\n".join([_OPENING, "## Contents", "", *contents, "", *map(_chapter, found)]).rstrip() + "\n"


def _chapter(table: Table) -> str:
    head = ["| column | takes | has to be filled | meaning |", "|---|---|---|---|"]
    rows = [_row(column) for column in table.columns]
    return "\n".join([f"## {table.name}", "", table.grain, "", *head, *rows, ""])


def _row(column: Column) -> str:
    takes = f"one of {', '.join(f'`{word}`' for word in column.allowed)}" if column.allowed else _TYPES[column.type]
    takes = f"{takes} {column.range_in_words}".rstrip()
    meaning = column.meaning.replace("|", "\\|")
    return f"| `{column.name}` | {takes} | {'yes' if column.required else ''} | {meaning} |"
