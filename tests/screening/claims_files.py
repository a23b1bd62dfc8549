"""Claims as files for tests of the screening, and what a split makes of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from isocenter.intake.bulk.sources import find_sources
from isocenter.screening.counts import LineCounts
from isocenter.screening.covered import CoveredCodes
from isocenter.screening.splitting import open_connection, split
from isocenter.screening.windows import write_windows
from isocenter.terms.claims import ClaimLine

CODES = ("77263", "77290", "77301", "77334", "77336", "77427", "G6015", "77386")
COVERED = CoveredCodes(frozenset(CODES))
HEADER = "claim_line_id,claim_id,member_id,service_date,procedure_code,units,setting"
ROW = "L1,A1,M1,2024-03-05,77301,1,professional"
_TYPES = {"line_number": pa.int32(), "units": pa.int32(), "service_date": pa.date32(), "position": pa.int32()}
_TYPES |= {"last_service_date": pa.date32()} | {f"diagnosis_pointer_{place}": pa.int32() for place in (1, 2, 3, 4)}
_AMOUNTS = {"charge_amount", "allowed_amount"}


@dataclass(frozen=True)
class Split:
    """What a split counted and wrote, as plain rows."""

    counts: LineCounts
    lines: list[dict[str, Any]]
    diagnoses: list[dict[str, Any]]
    rejects: list[dict[str, Any]]
    parts: set[int]

    def values(self, column: str) -> list[Any]:
        """A column of the lines kept, in the order of their names."""
        return [row[column] for row in sorted(self.lines, key=lambda row: row["claim_line_id"])]

    @property
    def reasons(self) -> dict[str, str]:
        """Place of each rejected line: why."""
        return {row["place"]: row["reason"] for row in self.rejects}


def split_of(
    folder: Path,
    *claims: Path,
    mapping: Path | None = None,
    parts: int = 1,
    covered: CoveredCodes = COVERED,
) -> Split:
    """Split claims into a folder and read everything back; the counts must add up."""
    sources = find_sources([str(path) for path in claims], mapping)
    with open_connection(1_000_000_000, 2, folder / "spill") as connection:
        counts = split(connection, sources, covered, parts, folder, rows_held=7)
        write_windows(connection, folder)
    assert counts.adds_up, counts
    lines = rows_of(folder, "lines/*/*.parquet")
    assert len(lines) == counts.kept
    return Split(
        counts,
        lines,
        rows_of(folder, "diagnoses/*/*.parquet"),
        rows_of(folder, "rejects/*.parquet"),
        {int(path.name.removeprefix("part=")) for path in (folder / "lines").glob("part=*")},
    )


def rows_of(folder: Path, pattern: str) -> list[dict[str, Any]]:
    """Rows of all Parquet files that fit a pattern; none where none does."""
    files = [str(file) for file in sorted(folder.glob(pattern))]
    if not files:
        return []
    found = duckdb.execute("from read_parquet(?, union_by_name = true, hive_partitioning = false)", [files])
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def line(**values: Any) -> ClaimLine:
    """A claim line of IMRT planning, but for what is given."""
    usual: dict[str, Any] = {
        "claim_line_id": "L1",
        "claim_id": "A1",
        "line_number": 1,
        "course_id": "",
        "member_id": "M1",
        "service_date": date(2024, 3, 5),
        "procedure_code": "77301",
        "units": 1,
        "setting": "professional",
        "billing_npi": "1999999984",
        "line_of_business": "medicare",
    }
    return ClaimLine(**{**usual, **values})


def write_csv(path: Path, *rows: str, header: str = HEADER) -> Path:
    """A table of text as given."""
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return path


def write_parquet(path: Path, rows: Sequence[NamedTuple], columns: Iterable[str] | None = None) -> Path:
    """Rows of one kind as Parquet, with all of their columns or some."""
    names = list(columns or type(rows[0])._fields)
    path.parent.mkdir(parents=True, exist_ok=True)
    table = {name: pa.array([getattr(row, name) for row in rows], _type(name)) for name in names}
    pq.write_table(pa.table(table), path)
    return path


def _type(name: str) -> pa.DataType:
    return pa.float64() if name in _AMOUNTS else _TYPES.get(name, pa.string())
