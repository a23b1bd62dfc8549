"""Columns of Parquet that claim lines have as they are given: read as Parquet lists their texts, past the database."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from isocenter.engines.database import literal
from isocenter.intake.bulk.shapes import Kind
from isocenter.intake.bulk.sources import Source

PLACE = "place_in_piece"  # the column of a row's place among those of the source
_ROWS_OF_A_BATCH = 131_072
_BUFFER_BYTES, _BUFFER_BYTES_OF_A_ROW = 1 << 20, 1 << 16


@dataclass(frozen=True, slots=True)
class ColumnsAsGiven:
    """Columns of a source that need not pass through the database.

    `names` are columns of claim lines, each with that of the source; the texts of `recurring` ones become dictionaries.
    """

    source: Source
    names: Mapping[str, str]
    recurring: frozenset[str]

    @property
    def place(self) -> str:
        """The place of a row of the source in SQL, from 0."""
        if self.source.rows:
            return f"file_row_number - {self.source.rows[0]}"
        if len(self.source.files) == 1:
            return "file_row_number"
        before, rows = [], 0
        for file in self.source.files:
            before.append(rows)
            rows += pq.read_metadata(file).num_rows
        names = ", ".join(literal(str(file)) for file in self.source.files)
        return f"list_extract({before}, list_position([{names}], filename)) + file_row_number"

    def beside(self, found: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Rows that the database found, each with its PLACE, with the columns given of them in place of that."""
        begin = 0
        waiting = next(found, None)
        for given in self.batches():
            after = begin + len(given)
            batches = []
            while waiting is not None:
                places = waiting.column(PLACE).to_numpy()
                many = int(np.searchsorted(places, after))
                if many:
                    batches.append(waiting.slice(0, many))
                if many < len(places):
                    waiting = waiting.slice(many)
                    break
                waiting = next(found, None)
            if batches:
                rows = pa.concat_batches(batches)
                places = rows.column(PLACE).to_numpy() - begin
                assert places[0] >= 0 and np.all(np.diff(places) > 0), (
                    "rows come in another order than they are written"
                )
                columns = [*rows.drop_columns([PLACE]).columns, *of_places(given, places)]
                names = [name for name in rows.schema.names if name != PLACE]
                yield pa.RecordBatch.from_arrays(columns, names=[*names, *self.names])
            begin = after
        if waiting is not None:
            raise pa.ArrowInvalid("it ends before its last row")

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The columns of all rows of the source, by their names among those of claim lines."""
        for batches in self._groups(_ROWS_OF_A_BATCH, _BUFFER_BYTES):
            yield from batches

    def first_rows(self) -> Iterator[pa.RecordBatch]:
        """The first row of each row group, with the dictionary of the whole row group."""
        for batches in self._groups(1, _BUFFER_BYTES_OF_A_ROW):
            yield from islice(batches, 1)

    def _groups(self, at_once: int, buffer_bytes: int) -> Iterator[Iterator[pa.RecordBatch]]:
        columns = list(self.names.values())
        recurring = [column for name, column in self.names.items() if name in self.recurring]
        for file in self.source.files:
            with pq.ParquetFile(file, read_dictionary=recurring, buffer_size=buffer_bytes) as opened:
                groups = list(range(opened.num_row_groups))
                if self.source.rows:
                    groups = _groups_of(opened.metadata, *self.source.rows)
                for group in groups:  # one by one: Arrow keeps something of each until the last one it is asked for
                    found = opened.iter_batches(at_once, [group], columns, use_threads=False)
                    yield (batch.select(columns).rename_columns(list(self.names)) for batch in found)


def of_places(given: pa.RecordBatch, places: np.ndarray) -> Iterator[pa.Array]:
    """The columns of the rows at these places, which ascend; without the texts of others, where most are others'."""
    if len(places) == len(given):
        yield from given.columns
        return
    for column in given.columns:
        taken = pc.take(column, pa.array(places), boundscheck=False)
        if pa.types.is_dictionary(taken.type) and len(places) < len(given) // 2:
            taken = taken.dictionary_decode().dictionary_encode()
        yield taken


def _groups_of(described: pq.FileMetaData, first: int, after: int) -> list[int]:
    begins = np.cumsum([0, *(described.row_group(number).num_rows for number in range(described.num_row_groups))])
    return [number for number, begin in enumerate(begins[:-1].tolist()) if first <= begin < after]


def columns_as_given(source: Source, given: Mapping[str, str], names: frozenset[str]) -> ColumnsAsGiven | None:
    """Which of the columns of a source are read as they are; None where none is.

    `given` are columns of claim lines that are columns of texts of the source as they are, none of them null; those
    that are `names` differ from row to row.
    """
    if source.kind is not Kind.PARQUET:
        return None
    read = dict(given)
    for file in source.files:
        try:
            described = pq.read_schema(file)
        except (pa.ArrowException, OSError) as wrong:
            raise duckdb.Error(str(wrong)) from None
        times = Counter(described.names)
        texts = {field.name for field in described if _is_text(field.type) and times[field.name] == 1}
        read = {name: column for name, column in read.items() if column in texts}
    return ColumnsAsGiven(source, read, frozenset(read) - names) if read else None


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind.value_type if pa.types.is_dictionary(kind) else kind))
