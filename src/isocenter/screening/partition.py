"""Writes rows to the files of their parts, in the order in which they come; texts that recur go as numbers."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_TEXTS = "texts.json"
PART = "part"  # the column of the number of a row's part
_ROWS_OF_A_FILE = 50_000
_SMALL = 1 << 16  # numbers of two bytes are sorted in one pass
_MOST_TEXTS = 20_000  # of one column that are gathered: a part has no use for many that are not its own


@dataclass(frozen=True, slots=True)
class _Sorted:
    """Rows by the numbers of their parts; where each part begins, and the end."""

    rows: pa.RecordBatch
    edges: np.ndarray

    def of_part(self, number: int) -> pa.Table:
        first, after = self.edges[number : number + 2].tolist()
        return pa.Table.from_batches([self.rows.slice(first, after - first)])


class PartWriter:
    """Gathers rows by the number of their part and writes each part to `folder/part=N/NAME_00000.parquet` and so on.

    No more than `rows_held` rows, and a batch, wait in memory; the columns `names` differ from row to row and are
    written as they are, other texts once each with a number in their place. Of the `listed` ones among the names each
    file has few, each on many rows: it lists its own.
    """

    def __init__(
        self,
        folder: Path,
        parts: int,
        name: str,
        rows_held: int,
        names: Collection[str] = (),
        listed: Collection[str] = (),
    ) -> None:
        self.rows = 0
        self.texts: dict[str, set[str]] = {}  # of each column whose texts recur, where they are not too many
        self._folder, self._name, self._names, self._listed = folder, name, frozenset(names), frozenset(listed)
        self._parts, self._number_type = parts, np.uint16 if parts < _SMALL else np.uint32
        self._rows_held = min(rows_held, parts * _ROWS_OF_A_FILE)
        self._waiting: list[_Sorted] = []
        self._rows_waiting = 0
        self._files: dict[int, int] = {}

    def add_all(self, batches: Iterable[pa.RecordBatch], on_rows: Callable[[int], None] = lambda _: None) -> None:
        """Take all batches and write what waits, each batch while the next is read; `on_rows` receives how many rows.

        Their order is kept: one batch is taken at a time.
        """
        with ThreadPoolExecutor(max_workers=1) as beside:
            under_way = beside.submit(lambda: None)
            for batch in batches:
                under_way.result()
                on_rows(self.rows)
                under_way = beside.submit(self.add, batch)
            under_way.result()
        self.flush()
        on_rows(self.rows)

    def add(self, batch: pa.RecordBatch) -> None:
        """Take rows, each with the number of its part in the column PART; of several parts, more than the last is none.

        To leave a row out here costs nothing: every row is put in another place anyway.
        """
        if not len(batch):
            return
        rows = self._sorted(self._with_recurring_texts(batch))
        self._waiting.append(rows)
        self._rows_waiting += len(rows.rows)
        self.rows += len(rows.rows)
        if self._rows_waiting >= self._rows_held:
            self.flush()

    def flush(self) -> None:
        """Write all that waits, so that the memory of all is free again."""
        if not self._waiting:
            return
        waiting = _with_common_texts(self._waiting)
        first = waiting[0].rows
        for name, column in zip(first.schema.names, first.columns, strict=True):
            if pa.types.is_dictionary(column.type):
                self._gather(name, column.dictionary)
        for number in range(self._parts):
            rows = pa.concat_tables([one.of_part(number) for one in waiting])
            if len(rows):
                self._write(number, rows)
        self._rows_waiting = 0

    def _sorted(self, batch: pa.RecordBatch) -> _Sorted:
        """The rows by the numbers of their parts, each part's in their order."""
        rows = batch.drop_columns([PART])
        if self._parts == 1:
            return _Sorted(self._with_names_written(rows), np.array([0, len(batch)]))
        numbers = batch.column(PART).to_numpy().astype(self._number_type)
        order = np.argsort(numbers, kind="stable")
        edges = np.searchsorted(numbers[order], np.arange(self._parts + 1))
        # Arrow's own pool gives back and asks for the memory of rows that wait: a seventh of all that splitting takes.
        rows = pc.take(rows, pa.array(order[: edges[-1]]), boundscheck=False, memory_pool=pa.system_memory_pool())
        return _Sorted(self._with_names_written(rows), edges)

    def _with_names_written(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        """Names out of a dictionary as they are: that of all parts is of no use to one."""
        for name in self._names:
            place = rows.schema.get_field_index(name)
            if place >= 0 and pa.types.is_dictionary(rows.schema.types[place]):
                column = rows.column(place)
                texts = pc.take(
                    column.dictionary, column.indices, boundscheck=False, memory_pool=pa.system_memory_pool()
                )
                rows = rows.set_column(place, name, texts)
        return rows

    def _with_recurring_texts(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        columns = []
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            is_recurring = pa.types.is_string(column.type) and name not in self._names
            columns.append(column.dictionary_encode() if is_recurring else column)
        return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)

    def _gather(self, name: str, texts: pa.Array) -> None:
        """Take over the texts of a dictionary; of too many, as many as show that they are."""
        known = self.texts.setdefault(name, set())
        if len(known) <= _MOST_TEXTS:
            several = pc.unique(texts) if len(texts) > _MOST_TEXTS else texts
            known.update(filter(None, several[: _MOST_TEXTS + 3].to_pylist()))  # '' and null are none

    def _write(self, number: int, rows: pa.Table) -> None:
        file = self._files.get(number, 0)
        self._files[number] = file + 1
        folder = self._folder / f"part={number}"
        folder.mkdir(parents=True, exist_ok=True)
        # Numbers are not looked up for a dictionary: it takes as long as all else and saves a tenth of the room.
        listed = [
            field.name for field in rows.schema if pa.types.is_dictionary(field.type) or field.name in self._listed
        ]
        pq.write_table(
            _as_never_null(rows),
            folder / f"{self._name}_{file:05d}.parquet",
            row_group_size=_ROWS_OF_A_FILE * 2,
            use_dictionary=listed,
            # The places of listed texts are few bits already.
            compression={name: "none" if name in listed else "snappy" for name in rows.schema.names},
            write_batch_size=_ROWS_OF_A_FILE * 2,
            store_schema=False,
            write_statistics=False,
        )


def _with_common_texts(waiting: list[_Sorted]) -> list[_Sorted]:
    """The rows with the numbers of one dictionary for each column of recurring texts; `waiting` is empty then.

    Once for all parts: unifying the dictionaries again for each takes a seventh of all that splitting takes. Column
    by column, so that no more than one lies there twice.
    """
    names = waiting[0].rows.schema.names
    edges = [one.edges for one in waiting]
    chunks = [[one.rows.column(name) for one in waiting] for name in names]
    waiting.clear()
    for place, column in enumerate(chunks):
        if pa.types.is_dictionary(column[0].type):
            chunks[place] = pa.chunked_array(column).unify_dictionaries().chunks
    return [
        _Sorted(pa.RecordBatch.from_arrays([column[number] for column in chunks], names=names), one)
        for number, one in enumerate(edges)
    ]


def _as_never_null(rows: pa.Table) -> pa.Table:
    """The rows, their columns marked that hold no null: where nulls may be, every value is looked at for them."""
    fields = [
        field.with_nullable(column.null_count > 0) for field, column in zip(rows.schema, rows.columns, strict=True)
    ]
    return pa.Table.from_arrays(rows.columns, schema=pa.schema(fields))


def write_texts(claims: Path, texts: Mapping[str, Collection[str]]) -> None:
    """Keep the texts of the columns whose texts recur, so that no part has to look for its own."""
    few = {name: sorted(found) for name, found in texts.items() if len(found) <= _MOST_TEXTS}
    (claims / _TEXTS).write_text(json.dumps(few), encoding="utf-8")


def read_texts(claims: Path) -> dict[str, list[str]]:
    """The texts, '' left out, of each column of the split claims that has not too many; a part may hold fewer.

    Of claims that an earlier version split they are not known.
    """
    file = claims / _TEXTS
    found: dict[str, list[str]] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return found
