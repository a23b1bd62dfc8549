"""Finds the tables of claims among files, folders and globs, and tells the layout of each."""

import codecs
import glob
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import duckdb

from isocenter.engines.database import connect, identity, literal
from isocenter.errors import UnreadableInput
from isocenter.intake.bulk.layouts import Layout, layout_of, proposed_mapping, read_mapping
from isocenter.intake.csv_lines import decode, delimiter_of, header_cells, is_open, lines_of
from isocenter.intake.fhir_r4 import looks_like_fhir
from isocenter.intake.x12_837 import looks_like_837
from isocenter.terms.limits import COLUMNS

_HEAD_BYTES = 65_536
_NOTES = {".md", ".html", ".json", ".toml", ".png", ".pdf", ".yaml", ".yml"}
_DIAGNOSIS_COLUMNS = {"claim_id", "icd10", "position"}


class Kind(StrEnum):
    """How the rows of a source are stored."""

    PARQUET = "Parquet"
    CSV = "CSV"
    X12 = "X12 837"
    FHIR = "FHIR R4"


class Content(StrEnum):
    """What the rows of a source are."""

    LINES = "claim lines"
    DIAGNOSES = "diagnoses of claims"


class UnknownLayout(UnreadableInput):
    """Claims in a layout that is not known; `proposal` is a mapping file to look over."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        shown = ", ".join(columns[:8]) + (" and more" if len(columns) > 8 else "")
        super().__init__(f"{path}: the columns {shown} fit no known layout of claims; map them by --mapping FILE")
        self.proposal = proposed_mapping(columns)


@dataclass(frozen=True, slots=True)
class Source:
    """Files of one shape, read together."""

    files: tuple[Path, ...]
    kind: Kind
    content: Content
    layout: Layout | None  # of claim lines in a table
    columns: tuple[str, ...]
    delimiter: str = ","
    path_column: str = "filename"  # of the file that a line came from
    lines: int = -1  # below the headers, as they were counted apart from the parser; -1 where they were not

    @property
    def relation(self) -> str:
        """The source in SQL, with the columns filename and, of Parquet, file_row_number."""
        names = f"[{', '.join(literal(glob.escape(str(file))) for file in self.files)}]"
        if self.kind is Kind.PARQUET:
            return f"read_parquet({names}, filename = true, file_row_number = true)"
        columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in self.columns)
        # What is no text in a column that a query does not read would pass: every query is to set aside the same lines.
        is_read = f"hash({', '.join(identity(name) for name in self.columns)}) is not null"
        return (
            f"(select * from read_csv({names}, header = true, auto_detect = false, delim = {literal(self.delimiter)},"
            f" quote = '\"', escape = '\"', columns = {{{columns}}}, filename = true, store_rejects = true,"
            f" rejects_limit = 0, rejects_table = 'unread_lines', rejects_scan = 'unread_files') where {is_read})"
        )


def find_sources(paths: Iterable[str], mapping: Path | None = None) -> list[Source]:
    """Every table of claims among the paths; UnreadableInput names what is none, UnknownLayout proposes a mapping."""
    shapes: dict[tuple[Kind, tuple[str, ...], str], list[Path]] = {}
    for file in _files(paths):
        shapes.setdefault(_shape(file), []).append(file)
    found = []
    for (kind, columns, delimiter), files in shapes.items():
        content, layout = _meaning(files[0], kind, columns, mapping)
        found.append(Source(tuple(files), kind, content, layout, columns, delimiter))
    if not any(source.content is Content.LINES for source in found):
        raise UnreadableInput("no claim lines among the files; expected Parquet, CSV, X12 837 or FHIR of claims")
    return found


def _files(paths: Iterable[str]) -> list[Path]:
    found: list[Path] = []
    for given in paths:
        path = Path(given)
        if path.is_dir():
            inside = sorted(file for file in path.iterdir() if file.is_file() and file.name[0] not in "._")
            files = [file for file in inside if file.suffix.lower() not in _NOTES or _is_fhir(file)]
        elif path.is_file():
            files = [path]
        else:
            named = glob.glob(given, recursive=True)  # noqa: PTH207  # a pattern from the root is none of Path's
            files = sorted(file for name in named if (file := Path(name)).is_file())
        if not files:
            raise UnreadableInput(f"{given}: there is no such file, folder of files, or pattern that fits one")
        found += files
    return list(dict.fromkeys(found))


def _is_fhir(file: Path) -> bool:
    if file.suffix.lower() != ".json":
        return False
    with file.open("rb") as data:
        return looks_like_fhir(data.read(_HEAD_BYTES))


def _shape(file: Path) -> tuple[Kind, tuple[str, ...], str]:
    with file.open("rb") as data:
        head = data.read(_HEAD_BYTES)
    if head.startswith(b"PAR1"):
        return Kind.PARQUET, _parquet_columns(file), ""
    if looks_like_837(head):
        return Kind.X12, (), ""
    if looks_like_fhir(head):
        return Kind.FHIR, (), ""
    if not head.removeprefix(codecs.BOM_UTF8).strip():
        raise UnreadableInput(f"{file}: the file is empty")
    if b"\x00" in head and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UnreadableInput(f"{file}: neither Parquet, CSV, X12 837 nor FHIR")
    line = _first_line(head)
    delimiter = delimiter_of(line)
    columns = tuple(header_cells(line, delimiter))
    COLUMNS.refuse_beyond(len(columns), str(file))
    if is_open(line):
        raise UnreadableInput(f"{file}: line 1: a quotation mark is opened and not closed; correct the header")
    if len(columns) < 2 or "" in columns:
        raise UnreadableInput(f"{file}: its first line is no header of a table: a column has no name")
    _refuse_columns_twice(file, columns)
    return Kind.CSV, columns, delimiter


def _first_line(head: bytes) -> str:
    return next(lines_of(decode(head[: len(head) // 2 * 2])[0]), "")  # of UTF-16 no half letter at the end


def _refuse_columns_twice(file: Path, columns: Sequence[str]) -> None:
    names = Counter(name.casefold() for name in columns)
    twice = [name for name, count in names.items() if count > 1]
    if twice:
        raise UnreadableInput(f"{file}: the column {', '.join(twice)} is there twice; keep the one that counts")


def _parquet_columns(file: Path) -> tuple[str, ...]:
    with connect() as connection:
        try:
            named = connection.execute(
                "select name from parquet_schema(?) where num_children is null", [glob.escape(str(file))]
            ).fetchall()
            _refuse_columns_twice(file, [str(name) for (name,) in named])
            rows = connection.execute(
                f"describe select * from read_parquet({literal(glob.escape(str(file)))})"
            ).fetchall()
        except duckdb.Error as wrong:
            sentence = str(wrong).split("\n", maxsplit=1)[0]
            raise UnreadableInput(f"{file}: cannot be read as Parquet ({sentence})") from None
    return tuple(row[0] for row in rows)


def _meaning(file: Path, kind: Kind, columns: tuple[str, ...], mapping: Path | None) -> tuple[Content, Layout | None]:
    if kind in (Kind.X12, Kind.FHIR):
        return Content.LINES, None
    if set(columns) >= _DIAGNOSIS_COLUMNS:
        return Content.DIAGNOSES, None
    layout = read_mapping(mapping, columns) if mapping else layout_of(columns)
    if layout is None:
        raise UnknownLayout(file, columns)
    # Text that passed through other hands is trimmed whatever its layout.
    return Content.LINES, replace(layout, is_clean=layout.is_clean and kind is Kind.PARQUET)
