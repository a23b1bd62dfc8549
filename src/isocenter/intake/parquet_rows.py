"""Rows out of Parquet: a value that Python cannot hold costs its own cell, and a few bytes stay a few bytes."""

import math
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from isocenter.terms.limits import (
    COLUMNS,
    ROW_GROUPS,
    SAMPLE_CHARACTERS,
    TABLE_BYTES,
    TABLE_ROWS,
    VALUES_IN_A_BYTE,
    VALUES_IN_A_ROW,
)

_ROWS_AT_ONCE = 4096
_ROWS_SAMPLED_AT_ONCE = 64
_BUFFER_BYTES = 1 << 20
_TEXTS = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)


class OutOfRange:
    """Stands for a value beyond what dates and numbers can be."""

    def __str__(self) -> str:
        return "out of range"


def open_table(path: Path) -> pq.ParquetFile:
    """A Parquet file whose texts stay in their dictionaries: repeated a million times, a text is held once."""
    TABLE_BYTES.refuse_beyond(path.stat().st_size, path.name)
    schema = pq.read_schema(path)
    COLUMNS.refuse_beyond(len(schema.names), path.name)
    texts = [field.name for field in schema if any(is_text(field.type) for is_text in _TEXTS)]
    file = pq.ParquetFile(path, read_dictionary=texts)
    ROW_GROUPS.refuse_beyond(file.metadata.num_row_groups, path.name)
    TABLE_ROWS.refuse_beyond(file.metadata.num_rows, path.name)
    _expect_short_lists(file, path)
    unpacked = sum(file.metadata.row_group(number).total_byte_size for number in range(file.metadata.num_row_groups))
    TABLE_BYTES.refuse_beyond(unpacked, path.name)
    return file


def _expect_short_lists(file: pq.ParquetFile, path: Path) -> None:
    """UnreadableInput where the lists of a column are longer than any that claims hold.

    A value that is repeated costs a file nothing: a few bytes may state lists that fill the memory.
    """
    lists = [place for place in range(len(file.schema)) if file.schema.column(place).max_repetition_level]
    values = 0
    for number in range(file.num_row_groups if lists else 0):
        group = file.metadata.row_group(number)
        for place in lists:
            values += group.column(place).num_values
            VALUES_IN_A_ROW.refuse_beyond(group.column(place).num_values // max(1, group.num_rows), path.name)
    VALUES_IN_A_BYTE.refuse_beyond(values // max(1, path.stat().st_size), path.name)


def columns_of_records(schema: pa.Schema) -> list[str]:
    """The columns that hold records of several fields, or lists of lists."""
    return [field.name for field in schema if pa.types.is_nested(_of_list(field.type))]


def _of_list(kind: pa.DataType) -> pa.DataType:
    """What a list is of; any other type itself."""
    return kind.value_type if _is_list(kind) else kind


def _is_list(kind: pa.DataType) -> bool:
    return any(is_list(kind) for is_list in (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list))


def first_rows(path: Path, rows: int) -> pa.Table:
    """The first rows of a Parquet file, or a few more; UnreadableInput where they would fill the memory.

    Raises ArrowException or OSError where the file cannot be read.
    """
    schema = pq.read_schema(path)
    texts = [field.name for field in schema if any(is_text(field.type) for is_text in _TEXTS)]
    file = pq.ParquetFile(path, read_dictionary=texts, buffer_size=_BUFFER_BYTES)
    _expect_short_lists(file, path)
    found: list[pa.RecordBatch] = []
    taken = characters = 0
    for batch in file.iter_batches(_ROWS_SAMPLED_AT_ONCE, row_groups=range(min(file.num_row_groups, rows))):
        characters += sum(_characters(column) for column in batch.columns)
        SAMPLE_CHARACTERS.refuse_beyond(characters, path.name)
        found.append(batch)
        taken += batch.num_rows
        if taken >= rows:
            break
    return _as_texts_and_numbers(pa.Table.from_batches(found, schema=file.schema_arrow))


def _as_texts_and_numbers(table: pa.Table) -> pa.Table:
    """The table with bytes as texts where they are such, and without numbers of two bytes, which DuckDB does not take.

    Raises ArrowException where bytes are no text in UTF-8.
    """
    for place, field in enumerate(table.schema):
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            with suppress(pa.ArrowInvalid):
                table = table.set_column(place, field.name, table.column(place).cast(kind).cast(pa.large_string()))
        elif pa.types.is_float16(kind):
            table = table.set_column(place, field.name, table.column(place).cast(pa.float32()))
    return table


def _characters(column: pa.Array) -> int:
    """How much memory the values take once they are written out."""
    if not isinstance(column, pa.DictionaryArray):
        return int(column.nbytes)
    lengths = pc.binary_length(column.dictionary)
    return int(pc.sum(lengths.take(column.indices)).as_py() or 0)


def rows_of(file: pq.ParquetFile, name: str) -> Iterator[list[Any]]:
    """The values of each row; UnreadableInput where its texts, written out, would fill the memory."""
    characters = 0
    # Texts in lists are held each by itself: few rows at once, which are counted before they fill the memory.
    holds_lists = any(pa.types.is_nested(field.type) for field in file.schema_arrow)
    for batch in file.iter_batches(_ROWS_SAMPLED_AT_ONCE if holds_lists else _ROWS_AT_ONCE):
        TABLE_BYTES.refuse_beyond(characters + sum(column.nbytes for column in batch.columns), name)
        columns = [_values(column) for column in batch.columns]
        for row in zip(*columns, strict=True):
            characters += sum(len(value) for value in row if isinstance(value, str | bytes))
            TABLE_BYTES.refuse_beyond(characters, name)
            yield list(row)


def _values(column: pa.Array) -> list[Any]:
    if isinstance(column, pa.DictionaryArray):
        texts = _values(column.dictionary)
        known = range(len(texts))
        return [
            None if place is None else texts[place] if place in known else OutOfRange()
            for place in column.indices.to_pylist()
        ]
    try:
        return [_plain(value) for value in column.to_pylist()]
    except (ValueError, OverflowError, ArithmeticError):
        return [_value(scalar) for scalar in column]


def _value(scalar: pa.Scalar) -> Any:
    try:
        return _plain(scalar.as_py())
    except (ValueError, OverflowError, ArithmeticError):
        return OutOfRange()


def _plain(value: Any) -> Any:
    """A value as other tables have it: bytes as text, the values of a list in one text, 77301.0 as a whole number.

    NaN is how programs write that a number is missing, and is an empty cell, as in a screening.
    A moment is as of UTC: which day it falls on is not to depend on where the file was written or is read.
    """
    match value:
        case datetime():
            return value.astimezone(UTC) if value.tzinfo else value
        case bytes():
            with suppress(UnicodeDecodeError):
                return value.decode()
        case float() | Decimal() if math.isnan(value):
            return None
        case float() | Decimal() if math.isfinite(value) and value == int(value):
            return int(value)
        case list() if not any(isinstance(one, dict | list | tuple) for one in value):
            return " ".join(str(_plain(one)) for one in value if one is not None)
    return value
