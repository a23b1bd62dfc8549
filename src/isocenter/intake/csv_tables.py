"""Fact tables as CSV or Parquet files: told by their name, or by a header that fits one table only."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from isocenter.errors import UnreadableInput
from isocenter.intake.rows import IMPLIED, WrongValue, row_of
from isocenter.terms.problems import Problem
from isocenter.terms.tables import FACT_TABLES, FactRow, Supplied

_LONGEST_CELL = 100_000


def table_of(path: Path, header: list[str]) -> str | None:
    """The fact table that a file holds, by its name or, failing that, by its columns."""
    if path.stem in FACT_TABLES:
        return path.stem
    names = {name.strip() for name in header}
    fitting = [
        table
        for table, kind in FACT_TABLES.items()
        if names <= set(kind._fields) and set(kind._fields) - set(kind._field_defaults) - set(IMPLIED) <= names
    ]
    return fitting[0] if len(fitting) == 1 else None


def header_of(path: Path) -> list[str]:
    """The first line of a text file as CSV cells; [] when there is none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return next(csv.reader([lines.readline(_LONGEST_CELL)]), [])
    except (UnicodeDecodeError, csv.Error):
        return []


def read(path: Path) -> Iterator[FactRow | Supplied | Problem]:
    """Rows of the table; a line with a mistake becomes a problem and the others are kept.

    Raises UnreadableInput when the file fits no table or lacks a column that cannot be empty.
    """
    header = header_of(path)
    table = _expected_table(path, header)
    yield Supplied(table)
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as text:
        lines = csv.reader(text)
        next(lines)
        names = [name.strip() for name in header]
        while True:
            try:
                cells = next(lines, None)
            except csv.Error as wrong:
                yield Problem(path.name, f"line {lines.line_num}", f"not CSV ({wrong}); the rest was left out")
                return
            if cells is None:
                return
            if cells:
                yield _row(path, table, names, cells, f"line {lines.line_num}")


def read_parquet(path: Path) -> Iterator[FactRow | Supplied | Problem]:
    """Rows of a Parquet file, under the same rules as CSV."""
    import pyarrow as pa  # noqa: PLC0415  # not needed for most cases, and slow to load
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        file = pq.ParquetFile(path)
        table = _expected_table(path, file.schema_arrow.names)
        yield Supplied(table)
        number = 0
        for batch in file.iter_batches():
            for values in batch.to_pylist():
                number += 1
                yield _row(path, table, list(values), list(values.values()), f"row {number}")
    except (pa.ArrowException, OSError) as wrong:
        sentence = str(wrong).split("\n", maxsplit=1)[0]
        raise UnreadableInput(f"{path.name}: cannot be read as Parquet ({sentence})") from None


def _row(path: Path, table: str, names: list[str], cells: list[Any], place: str) -> FactRow | Problem:
    if len(cells) != len(names):
        wrong = f"{len(cells)} cells where the header has {len(names)}"
        return Problem(path.name, place, f"{wrong}; the line was left out")
    try:
        return row_of(table, dict(zip(names, cells, strict=True)))  # type: ignore[return-value]
    except WrongValue as wrong_value:
        return Problem(path.name, place, f"{wrong_value}; the line was left out")


def _expected_table(path: Path, header: list[str]) -> str:
    table = table_of(path, header)
    if table is None:
        known = ", ".join(FACT_TABLES)
        raise UnreadableInput(f"{path.name}: fits no table; name the file after one of {known}")
    kind = FACT_TABLES[table]
    names = [name.strip() for name in header]
    needed = [name for name in kind._fields if name not in kind._field_defaults and name not in IMPLIED]
    missing = [name for name in needed if name not in names]
    if missing:
        raise UnreadableInput(f"{path.name}: {table} lacks the column {', '.join(missing)}")
    unknown = [name for name in names if name not in kind._fields]
    if unknown:
        known = ", ".join(kind._fields)
        raise UnreadableInput(f"{path.name}: {table} has no column {', '.join(unknown)}; known are {known}")
    return table
