"""Reads a source in shares beside each other, each by a thread of its own, and keeps the order of its rows."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from isocenter.engines.database import beside
from isocenter.intake.bulk.shapes import Kind
from isocenter.intake.bulk.sources import Source
from isocenter.screening.partition import PartWriter

_ROWS_OF_A_SHARE = 200_000  # at the least: a source of fewer is read as a whole
_ROWS_HELD_BY_A_SHARE = 900_000  # at the least: in less memory what a share takes beside them is too much
_BYTES_OF_A_ROW = 100  # of CSV, about
_SECONDS_BETWEEN_LOOKS = 0.5

Read = Callable[[duckdb.DuckDBPyConnection, Source], Iterator[pa.RecordBatch]]


@dataclass(frozen=True, slots=True)
class _Block:
    """Rows of a file that stay together: a row group of Parquet, or a whole file of CSV."""

    file: Path
    first: int
    after: int
    is_last: bool  # of its file

    @property
    def size(self) -> int:
        return self.after - self.first


def shares_of(source: Source, count: int) -> list[list[Source]]:
    """A source in as many shares of about as many rows, or in fewer; each is one or several sources, in their order.

    Files of Parquet are cut between their row groups, others are not. A source that cannot be looked through is one
    share: what is wrong with it shows where it is read.
    """
    try:
        blocks = [block for file in source.files for block in _blocks(source, file)]
    except (pa.ArrowException, OSError):
        return [[source]]
    rows = sum(block.size for block in blocks)
    count = min(count, rows // _ROWS_OF_A_SHARE)
    if count < 2:
        return [[source]]
    shares: list[list[_Block]] = [[] for _ in range(count)]
    before = 0
    for block in blocks:
        middle = before + block.size / 2
        shares[min(count - 1, int(middle * count / rows))].append(block)
        before += block.size
    return [_pieces(source, share) for share in shares if share]


def _blocks(source: Source, file: Path) -> Iterator[_Block]:
    if source.kind is not Kind.PARQUET:
        yield _Block(file, 0, file.stat().st_size // _BYTES_OF_A_ROW, is_last=True)
        return
    described = pq.read_metadata(file)
    first = 0
    for number in range(described.num_row_groups):
        after = first + described.row_group(number).num_rows
        yield _Block(file, first, after, is_last=after == described.num_rows)
        first = after


def _pieces(source: Source, share: list[_Block]) -> list[Source]:
    """The source of the files that the blocks of a share are whole, and one for each part of a file."""
    pieces: list[Source] = []
    whole: list[Path] = []
    for file, blocks in groupby(share, lambda block: block.file):
        first, *_, last = (*blocks,) * 2
        if first.first == 0 and last.is_last:
            whole.append(file)
            continue
        pieces += [replace(source, files=tuple(whole))] if whole else []
        pieces.append(replace(source, files=(file,), rows=(first.first, last.after)))
        whole = []
    return [*pieces, replace(source, files=tuple(whole))] if whole else pieces


def write_shares(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    read: Read,
    writer_of: Callable[[str, int], PartWriter],
    rows_held: int,
    on_rows: Callable[[int], None] = lambda _: None,
    *,
    as_one: bool = False,
) -> list[PartWriter]:
    """Write what `read` finds in a source, by as many threads as the connection has; the writers, in their order.

    `writer_of` makes the writer of a share: what its files are called behind their common name, in the order of the
    rows, and how many of all the `rows_held` it may hold. `on_rows` receives how many rows all have taken so far.
    Where several shares fail, the error is that of the first of them. `as_one` makes one share of all.
    """
    with _in_order(connection) as threads, memory_given_back():
        shares = [[source]] if as_one else shares_of(source, min(threads, rows_held // _ROWS_HELD_BY_A_SHARE))
        if len(shares) == 1:
            writer = writer_of("", rows_held)
            writer.add_all(_read_pieces(connection, shares[0], read), on_rows)
            return [writer]
        writers = [writer_of(f"_{number:03d}", rows_held // len(shares)) for number in range(len(shares))]
        _Shares(connection, shares, read, writers).write(on_rows)
        return writers


def keeps_order(connection: duckdb.DuckDBPyConnection, query: str) -> bool:
    """Whether a query gives its rows in the order of its source where one thread reads them.

    A join keeps few rows back, such as the last ones of a row group, and sends them behind others.
    """
    (plan,) = json.loads(connection.execute(f"explain (format json) {query}").fetchall()[0][1])
    steps = [plan]
    for step in steps:
        steps += step["children"]
    return not any("JOIN" in step["name"] for step in steps)


@contextmanager
def _in_order(connection: duckdb.DuckDBPyConnection) -> Iterator[int]:
    """Each query without a join gives its rows in the order of the source; how many threads there may be otherwise."""
    settings = ("threads", "preserve_insertion_order")
    threads, keeps_order = (
        connection.execute(f"select current_setting('{name}')").fetchall()[0][0] for name in settings
    )
    connection.execute("set threads = 1; set preserve_insertion_order = true")
    try:
        yield int(threads)
    finally:
        connection.execute(f"set threads = {threads}; set preserve_insertion_order = {keeps_order}")


def _read_pieces(connection: duckdb.DuckDBPyConnection, pieces: list[Source], read: Read) -> Iterator[pa.RecordBatch]:
    """The rows of pieces, one after the other; what Arrow says of a file is an error of the database."""
    try:
        for piece in pieces:
            yield from read(connection, piece)
    except (pa.ArrowException, OSError) as wrong:
        raise duckdb.Error(str(wrong)) from None


@contextmanager
def memory_given_back() -> Iterator[None]:
    """What Arrow keeps of the memory that it no longer needs would lie beside that of databases."""
    try:
        yield
    finally:
        for pool in (pa.default_memory_pool(), pa.system_memory_pool()):
            pool.release_unused()


class _Shares:
    """Shares under way."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        shares: list[list[Source]],
        read: Read,
        writers: list[PartWriter],
    ) -> None:
        self._connection, self._shares, self._read, self._writers = connection, shares, read, writers
        self._first_failed = len(shares)  # those behind it stop
        self._under_way: list[duckdb.DuckDBPyConnection] = []

    def write(self, on_rows: Callable[[int], None]) -> None:
        with ThreadPoolExecutor(len(self._shares)) as pool:
            under_way = [pool.submit(self._write_share, number) for number in range(len(self._shares))]
            try:
                self._wait(under_way, on_rows)
            except BaseException:
                self._first_failed = -1
                for one in self._under_way:
                    one.interrupt()
                raise
        for done in under_way:
            done.result()
        on_rows(sum(writer.rows for writer in self._writers))

    def _wait(self, under_way: list[Future[None]], on_rows: Callable[[int], None]) -> None:
        waiting = set(under_way)
        while waiting:
            _, waiting = wait(waiting, _SECONDS_BETWEEN_LOOKS, FIRST_COMPLETED)
            on_rows(sum(writer.rows for writer in self._writers))

    def _write_share(self, number: int) -> None:
        writer = self._writers[number]
        try:
            with beside(self._connection) as connection:
                self._under_way.append(connection)
                for rows in _read_pieces(connection, self._shares[number], self._read):
                    if number > self._first_failed:
                        return
                    writer.add(rows)
            writer.flush()
        except BaseException:
            self._first_failed = min(self._first_failed, number)
            raise
