"""Published tables as rows of cells, whether they came as text, as CSV, as Excel, or zipped."""

import csv
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from isocenter.engines.private_folders import working_folder
from isocenter.errors import UnreadableInput
from isocenter.files.writing import is_of_a_full_disk
from isocenter.intake.unpacking import expect_to_fit, read_member, why_not_unpacked
from isocenter.intake.workbooks import sheets_as_csv

# What a download may hold beside its tables.
NOTES = {".pdf", ".doc", ".docx", ".md", ".html", ".htm"}
_HEAD_BYTES = 1 << 16
_BLOCK_BYTES = 1 << 20
_ZIP = b"PK\x03\x04"
_WORKBOOK_PART = "xl/workbook.xml"
_TABLE_WORDS = (
    (b"column 1", b"column 2", b"modifier"),
    (b"mue value", b"adjudication"),
    (b"add-on_code", b"primary_code"),
)
# Type, add-on code, its deletion, primary code, its deletion, first day and deletion of the edit, notes;
# a day is a year and the number of the day in it.
_FIXED_LINE = re.compile(rb"[123][0-9A-Z]{5}[\d ]{7}[0-9A-Z]{5}[\d ]{7}[\d ]{7}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")  # as a workbook keeps it
_FIXED_COLUMNS = (
    ("AOC_Edit_Type", 0, 1),
    ("Add-On_Code", 1, 6),
    ("AOC_DelDT", 6, 13),
    ("Primary_Code", 13, 18),
    ("Primary_Code_DelDT", 18, 25),
    ("AOC_Edit_EffDT", 25, 32),
    ("AOC_Edit_DelDT", 32, 39),
)
_BROKEN = (
    OSError,
    ValueError,
    RuntimeError,
    struct.error,
    NotImplementedError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
    csv.Error,
)

Rows = Iterator[tuple[int, list[str]]]


@dataclass(frozen=True, slots=True)
class Grid:
    """One table: the names that say what it is, and its rows with their line numbers from 1."""

    member: str  # its name in the zip file or workbook; "" where the file is the table
    names: str  # file, member and sheet in one text
    rows: Callable[[], Rows]
    is_sheet: bool = False


class BrokenOff(Exception):
    """A table could not be read to its end; the message says why."""


def looks_like_edits(path: Path) -> bool:
    """Whether a file, or a member of a zip file, has the header of a published table of edits."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head.startswith(_ZIP):
        return _is_table(head)
    try:
        with zipfile.ZipFile(path) as archive:
            expect_to_fit(archive, path.name)
            if _WORKBOOK_PART in archive.namelist():
                return _is_edit_workbook(archive)
            return any(_is_edit_member(archive, name) for name in _table_members(archive))
    except (UnreadableInput, *_BROKEN):
        return False


def grids(path: Path) -> Iterator[Grid]:
    """Every table of a file: of a workbook each sheet, of a zip file each member (text rather than its Excel twin).

    Raises UnreadableInput where the file cannot be opened as what it is.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head.startswith(_ZIP):
        yield Grid("", path.name, partial(_text_rows, lambda: path.open("rb")))
        return
    try:
        with zipfile.ZipFile(path) as archive:
            expect_to_fit(archive, path.name)
            if _WORKBOOK_PART in archive.namelist():
                yield from _sheets(path.read_bytes(), "", path.name)
                return
            members = _table_members(archive)
            for name in members:
                if _is_workbook(name):
                    yield from _sheets(read_member(archive, name, path.name), name, f"{path.name} {name}")
                else:
                    opener = partial(archive.open, name)
                    yield Grid(name, f"{path.name} {name}", partial(_text_rows, opener))
    except _BROKEN as wrong:
        if is_of_a_full_disk(wrong):
            raise
        raise UnreadableInput(
            f"{path.name}: cannot be read as a zip file ({why_not_unpacked(wrong)}); download it again"
        ) from None


def _is_table(head: bytes) -> bool:
    lower = head.lower()
    return any(all(word in lower for word in words) for words in _TABLE_WORDS) or bool(_FIXED_LINE.match(head.lstrip()))


def _is_edit_member(archive: zipfile.ZipFile, name: str) -> bool:
    if _is_workbook(name):
        with zipfile.ZipFile(io.BytesIO(read_member(archive, name, name))) as workbook:
            return _is_edit_workbook(workbook)
    with archive.open(name) as member:
        return _is_table(member.read(_HEAD_BYTES))


def _is_edit_workbook(archive: zipfile.ZipFile) -> bool:
    """The header's words are among the shared texts, or in the sheet where there are none."""
    for part in ("xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"):
        if part in archive.namelist():
            with archive.open(part) as text:
                if _is_table(text.read(_HEAD_BYTES)):
                    return True
    return False


def _is_workbook(name: str) -> bool:
    return name.lower().endswith((".xlsx", ".xlsm"))


def _table_members(archive: zipfile.ZipFile) -> list[str]:
    names = [
        name
        for name in archive.namelist()
        if not name.endswith("/")
        and not name.startswith("__MACOSX")
        and PurePosixPath(name).suffix.lower() not in NOTES
    ]
    texts = {PurePosixPath(name).with_suffix("") for name in names if not _is_workbook(name)}
    return [name for name in names if not _is_workbook(name) or PurePosixPath(name).with_suffix("") not in texts]


def _text_rows(opened: Callable[[], IO[bytes]]) -> Rows:
    """Rows of tab-delimited text, of CSV, or of the fixed columns of the add-on table (with their header)."""
    try:
        with opened() as file:
            buffered = io.BufferedReader(file, _BLOCK_BYTES)  # type: ignore[type-var]
            head = buffered.peek(_HEAD_BYTES)
            # The tables hold plain codes; only their notices have other letters, in no fixed encoding.
            text = io.TextIOWrapper(buffered, encoding="latin-1", newline="")
            if _FIXED_LINE.match(head.removeprefix(b"\xef\xbb\xbf").lstrip()):
                yield from _fixed_rows(text)
            elif head.count(b"\t") > head.count(b","):
                for number, line in enumerate(text, start=1):
                    yield number, line.rstrip("\r\n").split("\t")
            else:
                lines = csv.reader(text)
                for cells in lines:
                    yield lines.line_num, cells
    except _BROKEN as wrong:
        raise BrokenOff(why_not_unpacked(wrong)) from None


def _fixed_rows(text: io.TextIOWrapper) -> Rows:
    yield 0, [name for name, _, _ in _FIXED_COLUMNS]
    for number, line in enumerate(text, start=1):
        if line.strip():
            yield number, [line[first:end] for _, first, end in _FIXED_COLUMNS]


def _sheets(data: bytes, member: str, names: str) -> Iterator[Grid]:
    """The sheets of a workbook, which another process reads; their rows are there until the next grid is asked for."""
    with working_folder() as kept:
        workbook = kept / "edits.xlsx"
        workbook.write_bytes(data)
        sheets = sheets_as_csv(workbook, names, kept)
        for sheet, written in sheets:
            place = ", ".join(part for part in (member, f"sheet {sheet}" if sheet else "") if part)
            yield Grid(place, f"{names} {sheet}", partial(_sheet_rows, written), is_sheet=True)


def _sheet_rows(written: Path) -> Rows:
    with written.open(encoding="utf-8", newline="") as text:
        for number, cells in enumerate(csv.reader(text), start=1):
            yield number, [cell.replace("-", "") if _DAY.fullmatch(cell) else cell for cell in cells]
