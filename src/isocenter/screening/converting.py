"""Converts files of claims, X12 and FHIR, into Parquet tables of lines and diagnoses."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from isocenter.facts.schema import tables
from isocenter.intake import fhir_r4, x12_837
from isocenter.intake.bulk.layouts import OWN
from isocenter.intake.bulk.shapes import Kind
from isocenter.intake.bulk.sources import Content, Source
from isocenter.intake.fhir.named_in_bulk import parties_in
from isocenter.screening.counts import LineCounts
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine
from isocenter.terms.problems import Problem, worded

_ROWS_CONVERTED = 8_192
_ROWS_OF_A_GROUP = 100_000
_ARROW_TYPES = {"varchar": pa.string(), "integer": pa.int32(), "double": pa.float64(), "date": pa.date32()}
CLAIM_FILES = (Kind.X12, Kind.FHIR)


def convert_claims(
    source: Source, folder: Path, number: int, keys: x12_837.ClaimKeys
) -> tuple[list[Source], list[Problem], LineCounts]:
    """Claim lines and diagnoses of files of claims as Parquet, what is odd about them, and how many lines were lost."""
    folder.mkdir(parents=True, exist_ok=True)
    lines, diagnoses = folder / f"{number}-lines.parquet", folder / f"{number}-diagnoses.parquet"
    problems: list[Problem] = []
    lost = LineCounts()
    parties = None
    if source.kind is Kind.FHIR:
        parties, problems = parties_in(source.files)
    with _Writer(lines, ClaimLine) as line_writer, _Writer(diagnoses, ClaimDiagnosis) as diagnosis_writer:
        for file in source.files:
            is_x12 = source.kind is Kind.X12
            claims = x12_837.ClaimFile(file, keys) if is_x12 else fhir_r4.BillFile(file, keys, parties)
            line_writer.begin(str(file))
            for item in claims:
                if type(item) is ClaimLine:
                    line_writer.add(item)
                elif isinstance(item, Problem):
                    problems.append(item)
                else:
                    diagnosis_writer.add(item)
            lost.read += claims.service_lines
            lost.other += claims.revenue_lines
            lost.left_out += claims.left_out_lines
            lost.files_unread += claims.is_cut_short
    lost.read -= line_writer.rows
    lost.rejected = lost.read - lost.other - lost.left_out
    return (
        [
            Source((lines,), Kind.PARQUET, Content.LINES, OWN, (*ClaimLine._fields, "path"), path_column="path"),
            Source((diagnoses,), Kind.PARQUET, Content.DIAGNOSES, None, ClaimDiagnosis._fields),
        ],
        problems,
        lost,
    )


def drop_what_bills_nothing(sources: Sequence[Source], keys: x12_837.ClaimKeys) -> tuple[list[Problem], int]:
    """Remove claims that bill nothing from converted files; the remarks on them, and how many lines were removed.

    These are claims of which a later version was read, or an explanation of benefit that answers them with all of
    their services, those of transactions that are copies or tests, and chart reviews. What says so may be in another
    file, so that this follows when all files are converted.
    """
    billing_nothing = {**keys.transactions.left_out(), **keys.answered.left_out(keys.superseded)}
    gone = pa.array(sorted({*keys.superseded, *billing_nothing}), pa.string())
    if not len(gone):
        return [], 0
    dropped: Counter[str] = Counter()
    for source in sources:
        for path in source.files:
            kept = path.with_suffix(".kept")
            with pq.ParquetFile(path) as file, pq.ParquetWriter(kept, file.schema_arrow) as writer:
                for number in range(file.num_row_groups):
                    rows = file.read_row_group(number)
                    is_gone = pc.is_in(rows["claim_id"], value_set=gone)
                    if source.content is Content.LINES:
                        dropped.update(rows["claim_id"].filter(is_gone).to_pylist())
                    writer.write_table(rows.filter(pc.invert(is_gone)))
            kept.replace(path)
    problems: list[Problem] = [
        Problem(
            *keys.superseded[claim],
            worded("it is a later version of claim {claim}; lines of the earlier one left out: {many}", claim=claim,
                   many=many),
        )
        for claim, many in sorted(dropped.items()) if claim in keys.superseded
    ]  # fmt: skip
    return [*problems, *dict.fromkeys(billing_nothing.values())], dropped.total()


class _Writer:
    """Writes rows of a fact table to a Parquet file, a row group at a time; lines with the path of their file.

    Rows become columns some thousand at a time, which then take a tenth of the memory until their group is complete.
    """

    def __init__(self, path: Path, kind: type[ClaimLine] | type[ClaimDiagnosis]) -> None:
        table = {ClaimLine: "claim_lines", ClaimDiagnosis: "claim_diagnoses"}[kind]
        fields = [(column.name, _ARROW_TYPES[column.type]) for column in tables()[table].columns]
        if kind is ClaimLine:
            fields.append(("path", pa.string()))  # of the file that the line came from
        self._schema = pa.schema(fields)
        self._writer = pq.ParquetWriter(path, self._schema)
        self._file = ""
        self._rows: list[tuple[object, ...]] = []
        self._batches: list[pa.RecordBatch] = []
        self._waiting = 0  # rows of the batches
        self.rows = 0  # of all files

    def __enter__(self) -> "_Writer":
        return self

    def __exit__(self, *_: object) -> None:
        self._convert()
        self._write()
        self._writer.close()

    def begin(self, file: str) -> None:
        """The rows that follow come from this file."""
        self._convert()
        self._file = file

    def add(self, row: tuple[object, ...]) -> None:
        """Write a row with the next group."""
        self._rows.append(row)
        if len(self._rows) >= _ROWS_CONVERTED:
            self._convert()

    def _convert(self) -> None:
        many = len(self._rows)
        if not many:
            return
        columns = list(zip(*self._rows, strict=True))
        arrays = [pa.array(column, self._schema.field(place).type) for place, column in enumerate(columns)]
        if len(arrays) < len(self._schema):
            arrays.append(pa.repeat(self._file, many))
        self._batches.append(pa.record_batch(arrays, schema=self._schema))
        self._rows.clear()
        self._waiting += many
        self.rows += many
        if self._waiting >= _ROWS_OF_A_GROUP:
            self._write()

    def _write(self) -> None:
        if self._batches:
            self._writer.write_table(pa.Table.from_batches(self._batches))
            self._batches.clear()
            self._waiting = 0
