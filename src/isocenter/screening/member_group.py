"""The claims of a group of members judged in an executor of Spark, by DuckDB, as a part of a screening of files."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from isocenter.errors import IsocenterError
from isocenter.screening.lost_lines import LOST
from isocenter.screening.member_rows import LINES, REPORT, recurring
from isocenter.screening.part import BASE, INCOMPLETE_CODES, judge_part
from isocenter.screening.prepared import Prepared
from isocenter.screening.settings import Settings
from isocenter.screening.windows import WINDOWS, write_windows_within

COUNTED = ("lines", "courses", "rejected")  # in the report of a group
_ROWS_OF_A_BATCH = 20_000
_MOST_FILES = 64  # of packed rows that a group is read from
_REMARKS = ("remarks", INCOMPLETE_CODES)


@dataclass(frozen=True, slots=True)
class GroupTask:
    """What an executor needs beside the rows of a group; travels with the query, once for each of its tasks."""

    prepared: Prepared
    answers: tuple[str, ...]
    memory_bytes: int  # of the process that judges a group
    windows: pa.Table  # rows of data_windows
    complete_within: tuple[date, date] | None  # in place of the windows: for all providers, the first and last day
    lost_lines: pa.Table | None
    schema: pa.Schema  # of the answers: a struct for each kind, of which a row fills one


def judge_group(task: GroupTask, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The answers for the claims of some members, of whom `batches` holds all that was packed, then a report.

    Rows wait on the executor's disk, so that its memory holds the database of one group and no more. What cannot be
    judged is said in the report.
    """
    with TemporaryDirectory(prefix="isocenter-") as name:
        settings = Settings.of_a_group(task.memory_bytes, Path(name))
        claims, work = settings.out / "claims", settings.out / BASE / "group"
        lines = _keep_claims(batches, claims)
        if not lines:
            return
        if task.complete_within is None:
            pq.write_table(task.windows, claims / WINDOWS)
        else:
            write_windows_within(claims, *task.complete_within)
        if task.lost_lines is not None:
            pq.write_table(task.lost_lines, claims / LOST)
        try:
            report = judge_part(settings, task.prepared, 0, work, is_settled=True, answers=task.answers)
        except IsocenterError as wrong:
            yield _reported(task.schema, failure=str(wrong))
            return
        except duckdb.Error as wrong:
            sentence = str(wrong).split("\n", maxsplit=1)[0]
            what = f"a group of {lines:,} claim lines cannot be judged ({sentence})"
            yield _reported(task.schema, failure=f"{what}; more memory or a smaller group may help")
            return
        for kind in task.schema.names:
            for file in (work / f"{one}.parquet" for one in (_REMARKS if kind == "remarks" else (kind,))):
                if file.is_file():
                    for batch in pq.ParquetFile(file).iter_batches(_ROWS_OF_A_BATCH):
                        yield _of_kind(task.schema, kind, batch)
        applied = [{"policy": policy, "rule": rule} for policy, rule in report["applied"]]
        counted = {what: report[what] for what in COUNTED}
        yield _reported(task.schema, applied=applied, **counted)


def _keep_claims(batches: Iterator[pa.RecordBatch], claims: Path) -> int:
    """Write what was packed, as claims that were split are; returns how many lines there are."""
    written: dict[str, int] = {}
    lines = 0
    for batch in batches:
        for row in batch.to_pylist():
            what = row["what"]
            folder = claims / what / "part=0"
            if what not in written:
                folder.mkdir(parents=True)
            written[what] = written.get(what, 0) + 1
            (folder / f"{written[what]:06d}.parquet").write_bytes(row["content"])
            lines += row["rows"] if what == LINES else 0
    for what, files in written.items():
        if files > _MOST_FILES:
            _join_files(claims / what / "part=0")
    return lines


def _join_files(folder: Path) -> None:
    """Write the rows of all files in one: a query opens each file once for every column that it looks through."""
    files = sorted(folder.glob("*.parquet"))
    joined = folder / "joined.partial"
    schema = pq.read_schema(files[0])
    with pq.ParquetWriter(joined, schema, compression="none", use_dictionary=recurring(schema.names)) as writer:
        for first in range(0, len(files), _MOST_FILES):
            writer.write_table(pa.concat_tables(pq.read_table(file) for file in files[first : first + _MOST_FILES]))
    for file in files:
        file.unlink()
    joined.rename(folder / "joined.parquet")


def _of_kind(schema: pa.Schema, kind: str, rows: pa.RecordBatch) -> pa.RecordBatch:
    """The rows in the column of their kind, the other kinds null."""
    columns = []
    for field in schema:
        if field.name == kind:
            own = [rows.column(one.name).cast(one.type) for one in field.type]
            columns.append(pa.StructArray.from_arrays(own, fields=list(field.type)))
        else:
            columns.append(pa.nulls(len(rows), field.type))
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _reported(schema: pa.Schema, **said: Any) -> pa.RecordBatch:
    """The row of what a group reports."""
    columns = [pa.array([said if field.name == REPORT else None], field.type) for field in schema]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
