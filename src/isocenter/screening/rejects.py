"""Writes the lines that cannot be judged, each with the reason, and what is odd about the claims."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from isocenter.engines.database import literal
from isocenter.facts.schema import tables
from isocenter.intake.bulk.clean_csv import LINE_COLUMN
from isocenter.intake.bulk.layouts import Layout
from isocenter.intake.bulk.left_out_rows import left_out_reason
from isocenter.intake.bulk.selecting import lines_query
from isocenter.intake.bulk.shapes import Kind
from isocenter.intake.bulk.sources import Source
from isocenter.intake.bulk.value_expressions import raw_text
from isocenter.terms.problems import LostLine, Problem
from isocenter.terms.values import UNSEEN_IN_DUCKDB

REJECT_COLUMNS = (
    "path", "place", "reason", "kind", "claim_id", "claim_line_id", "member_id", "service_date", "procedure_code",
)  # fmt: skip
_REJECT_SCHEMA = pa.schema([(column, pa.string()) for column in REJECT_COLUMNS])
_ROWS_WRITTEN = 8_192
REMARK_COLUMNS = ("path", "place", "remark", "kind")
_ROW_OF_FILE = "concat('row ', row_number() over ())"
_CANNOT_BE_JUDGED = "found.reason <> ''"


def write_rejects(
    connection: duckdb.DuckDBPyConnection, source: Source, layout: Layout, folder: Path, number: int, is_kept: str
) -> int:
    """Lines that cannot be judged, each with the reason, of those that a condition keeps; returns how many."""
    return _write_lines(connection, source, layout, folder, number, is_kept, _CANNOT_BE_JUDGED)


def write_open_lines(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    layout: Layout,
    folder: Path,
    number: int,
    is_kept: str,
    is_open: str,
) -> int:
    """Lines that are judged though a column says what is not read, which a condition names; returns how many."""
    folder.mkdir(exist_ok=True)
    return _write_lines(connection, source, layout, folder, number, f"({is_kept}) and ({is_open})", "found.reason = ''")


def _write_lines(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    layout: Layout,
    folder: Path,
    number: int,
    is_kept: str,
    condition: str,
) -> int:
    if source.kind is Kind.PARQUET:
        of_claim = source.path_column != "filename"
        place = (
            f"concat('claim ', {raw_text(layout, 'claim_id')})" if of_claim else "concat('row ', file_row_number + 1)"
        )
        return _write_lines_of(connection, source, layout, place, folder / f"{number}.parquet", is_kept, condition)
    place = f"concat('line ', {LINE_COLUMN})" if LINE_COLUMN in source.columns else _ROW_OF_FILE
    # Rows of a CSV file are counted as they come, so each file by itself.
    return sum(
        _write_lines_of(
            connection,
            replace(source, files=(file,)),
            layout,
            place,
            folder / f"{number}-{place_of_file}.parquet",
            is_kept,
            condition,
        )
        for place_of_file, file in enumerate(source.files)
    )


def _write_lines_of(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    layout: Layout,
    place: str,
    path: Path,
    is_kept: str,
    condition: str,
) -> int:
    """Write lines under a condition as the source has them."""
    forget_unread_lines(connection)
    names = REJECT_COLUMNS[4:]
    also = {
        "path": source.path_column,
        "place": place,
        **{f"raw_{name}": _shown(layout, name) for name in names},
        "left_out": left_out_reason(layout),
        "is_kept": is_kept,
    }
    query = lines_query(layout, source.relation, tables()["claim_lines"].columns, also, with_kind=True)
    shown = ", ".join(f"raw_{name} as {name}" for name in names)
    written = connection.execute(
        f"copy (select path, place, reason, kind, {shown} from ({query}) as found"
        f" where {condition} and found.left_out = '' and found.is_kept) to {literal(str(path))} (format parquet)"
    ).fetchone()
    return int(written[0]) if written else 0


def _shown(layout: Layout, name: str) -> str:
    """What a line says in a column, without what nobody sees: a lost line is held against the member whom it names."""
    text = raw_text(layout, name)
    return f"regexp_replace({text}, {literal(UNSEEN_IN_DUCKDB)}, '', 'g')" if name in layout.with_unseen else text


def forget_unread_lines(connection: duckdb.DuckDBPyConnection) -> None:
    """Forget which lines of CSV earlier queries could not read."""
    connection.execute("drop table if exists unread_lines; drop table if exists unread_files")


def write_unread_lines(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Lines of CSV that are no rows of the table; returns how many."""
    try:
        if not connection.execute("select 1 from unread_lines limit 1").fetchone():
            return 0
    except duckdb.CatalogException:  # nothing but CSV makes the table
        return 0
    written = connection.execute(
        f"""
        copy (
            select
                unread_files.file_path as path, concat('line ', unread_lines.line) as place,
                concat('not a row of the table: ', min(unread_lines.error_message)) as reason,
                'not a row of the table' as kind,
                '' as claim_id, '' as claim_line_id, '' as member_id, '' as service_date, '' as procedure_code
            from unread_lines
            inner join unread_files
                on unread_lines.scan_id = unread_files.scan_id and unread_lines.file_id = unread_files.file_id
            group by unread_files.file_path, unread_lines.line
        ) to {literal(str(path))} (format parquet)
        """
    ).fetchone()
    return int(written[0]) if written else 0


def write_problems(problems: Iterable[Problem], folder: Path, name: str) -> int:
    """Lines that were lost go with the rejects, as they come; what cost no line is a remark. How many were lost."""
    remarks: list[Problem] = []
    rejects = _rejects(problems, remarks)
    lost = 0
    if rows := list(islice(rejects, _ROWS_WRITTEN)):
        with pq.ParquetWriter(folder / "rejects" / name, _REJECT_SCHEMA) as writer:
            while rows:
                lost += len(rows)
                columns = [pa.array(values, pa.string()) for values in zip(*rows, strict=True)]
                writer.write_table(pa.Table.from_arrays(columns, schema=_REJECT_SCHEMA))
                rows = list(islice(rejects, _ROWS_WRITTEN))
    write_remarks(remarks, folder / "remarks" / name)
    return lost


def _rejects(problems: Iterable[Problem], remarks: list[Problem]) -> Iterator[tuple[str, ...]]:
    for one in problems:
        if isinstance(one, LostLine):
            yield one.path, one.place, one.sentence, one.kind, "", "", one.member_id, "", one.procedure_code
        else:
            remarks.append(one)


def write_remarks(remarks: Sequence[Problem], path: Path) -> None:
    """What is odd about the claims, though every line of it was read."""
    if remarks:
        path.parent.mkdir(parents=True, exist_ok=True)
        schema = pa.schema([(column, pa.string()) for column in REMARK_COLUMNS])
        columns = [
            pa.array(values, pa.string())
            for values in zip(*((*remark, remark.kind) for remark in remarks), strict=True)
        ]
        pq.write_table(pa.Table.from_arrays(columns, schema=schema), path)
