"""Parquet files that grow part by part and have their names only once they are whole."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from isocenter.errors import UnwritableOutput
from isocenter.files.texts import shown

_ROWS_A_BATCH = 250_000


class GrowingFiles:
    """Parquet files of one folder, each named by its path below it; all appear at the end, or none.

    UnwritableOutput names the file that cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writers: dict[str, pq.ParquetWriter] = {}

    def __enter__(self) -> "GrowingFiles":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, mistake: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            for name, writer in self._writers.items():
                with self._named(name) if kind is None else suppress(OSError):
                    writer.close()
            if kind is None:
                for name in self._writers:
                    with self._named(name):
                        self._growing(name).replace(self._whole(name))
        finally:
            for name in self._writers:
                self._growing(name).unlink(missing_ok=True)

    @contextmanager
    def _named(self, name: str) -> Iterator[None]:
        """UnwritableOutput, which names the file, where it cannot be written."""
        try:
            yield
        except OSError as wrong:
            why = os.strerror(wrong.errno) if wrong.errno else str(wrong)  # Arrow adds where in it that was
            raise UnwritableOutput(f"{shown(self._whole(name))}: cannot be written ({why})") from None

    def add(self, name: str, rows: duckdb.DuckDBPyRelation) -> int:
        """Add rows to the file of that name; returns how many."""
        return self.add_split(rows, {name: list(rows.columns)})

    def add_split(self, rows: duckdb.DuckDBPyRelation, columns_of: dict[str, list[str]]) -> int:
        """Add rows to several files, some of the columns to each; returns how many rows."""
        reader = rows.to_arrow_reader(_ROWS_A_BATCH)
        for name, columns in columns_of.items():
            self._open(name, pa.schema([reader.schema.field(column) for column in columns]))
        added = 0
        for batch in reader:
            for name, columns in columns_of.items():
                with self._named(name):
                    self._writers[name].write_batch(batch.select(columns))
            added += batch.num_rows
        return added

    def _open(self, name: str, schema: pa.Schema) -> None:
        if name not in self._writers:
            path = self._growing(name)
            # No two lines share a name: a dictionary of them would be thrown away again.
            recurring = [column for column in schema.names if column != "claim_line_id"]
            with self._named(name):
                path.parent.mkdir(parents=True, exist_ok=True)
                self._writers[name] = pq.ParquetWriter(path, schema, use_dictionary=recurring)

    def _growing(self, name: str) -> Path:
        return self._folder / f"{name}.parquet.partial"

    def _whole(self, name: str) -> Path:
        return self._folder / f"{name}.parquet"
