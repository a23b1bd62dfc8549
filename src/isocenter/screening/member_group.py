"""The claims of a group of members judged in an executor of Spark, by DuckDB, as a part of a screening of files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from isocenter.errors import IsocenterError
from isocenter.screening.lost_lines import LOST
from isocenter.screening.part import BASE, INCOMPLETE_CODES, Prepared, judge_part
from isocenter.screening.settings import Settings
from isocenter.screening.windows import WINDOWS
from isocenter.terms.claims import ClaimDiagnosis

OF_DIAGNOSES = ("icd10", "position")  # columns that are filled in rows of diagnoses, and null in those of claim lines
REPORT = "report"
COUNTED = ("lines", "courses", "rejected")  # in the report of a group
_ROWS_OF_A_BATCH = 20_000
_NAMES = frozenset({"claim_line_id", "claim_id", "original_claim_id"})  # texts that do not recur
_REMARKS = ("remarks", INCOMPLETE_CODES)


@dataclass(frozen=True, slots=True)
class GroupTask:
    """What an executor needs beside the rows of a group; travels with the query, once for each of its tasks."""

    prepared: Prepared
    answers: tuple[str, ...]
    memory_bytes: int  # of the process that judges a group
    windows: pa.Table  # rows of data_windows
    lost_lines: pa.Table | None
    schema: pa.Schema  # of the answers: a struct for each kind, of which a row fills one


def judge_group(task: GroupTask, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The answers for the claims of some members, of whom `batches` holds all lines, and their report as the last.

    Rows wait on the executor's disk, so that its memory holds the database of one group and no more. What cannot be
    judged is said in the report.
    """
    with TemporaryDirectory(prefix="isocenter-") as name:
        settings = settings_of_a_group(task.memory_bytes, Path(name))
        claims, work = settings.out / "claims", settings.out / BASE / "group"
        lines = _keep_claims(batches, claims)
        if not lines:
            return
        pq.write_table(task.windows, claims / WINDOWS)
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


def settings_of_a_group(memory_bytes: int, out: Path) -> Settings:
    """A group is judged as a part of a screening that has one worker."""
    return Settings(claims=(), out=out, memory_bytes=memory_bytes, workers=1)


def _keep_claims(batches: Iterator[pa.RecordBatch], claims: Path) -> int:
    """Write the lines and the diagnoses as claims that were split are; returns how many lines there are."""
    files: dict[str, pq.ParquetWriter] = {}
    lines = 0
    try:
        for batch in batches:
            for what, rows in _parted(batch).items():
                if what not in files:
                    folder = claims / what / "part=0"
                    folder.mkdir(parents=True)
                    recurring = [name for name in rows.schema.names if name not in _NAMES]
                    files[what] = pq.ParquetWriter(
                        folder / f"{what}.parquet",
                        rows.schema,
                        compression="none",
                        use_dictionary=recurring,
                        write_statistics=False,
                        store_schema=False,
                    )
                files[what].write_batch(rows)
                lines += len(rows) if what == "lines" else 0
    finally:
        for file in files.values():
            file.close()
    return lines


def _parted(batch: pa.RecordBatch) -> Mapping[str, pa.RecordBatch]:
    """Rows of lines and rows of diagnoses, each with their own columns."""
    if OF_DIAGNOSES[0] not in batch.schema.names:
        return {"lines": batch} if len(batch) else {}
    is_diagnosis = pc.is_valid(batch.column(OF_DIAGNOSES[0]))
    found = {
        "lines": batch.filter(pc.invert(is_diagnosis)).drop_columns(list(OF_DIAGNOSES)),
        "diagnoses": batch.filter(is_diagnosis).select(
            [name for name in ClaimDiagnosis._fields if name in ("claim_id", *OF_DIAGNOSES)]
        ),
    }
    return {what: rows for what, rows in found.items() if len(rows)}


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
