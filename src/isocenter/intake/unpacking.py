"""Opens zip files and workbooks only where what they unpack to is of a size that a table can have."""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import IO

from isocenter.errors import UnreadableInput
from isocenter.terms.limits import CELL_CHARACTERS, SHEET_CELLS, SHEET_COLUMNS, SHEET_ROWS, UNPACKED_BYTES

_BLOCK = 1 << 20
_QUOTED = rb"""(?:[^>"']|"[^"]*"|'[^']*')*"""
_ROW_OR_CELL = re.compile(rb"<(?:[\w.-]+:)?(row|c)(?=[\s/>])(" + _QUOTED + rb")>")
_PLACE = re.compile(rb"""(?:^|\s)r\s*=\s*["']\s*([A-Za-z]*)([0-9]*)""")
_ERROR = re.compile(rb"""\st\s*=\s*["']e["']""")
_ERROR_CELL = re.compile(rb"""(<(?:[\w.-]+:)?c\s(?:[^>]*\s)?t\s*=\s*["'])e(["'])""")
_OTHER_FORMATS = ("content.xml", "xl/workbook.bin")


def expect_to_fit(archive: zipfile.ZipFile, name: str) -> None:
    """UnreadableInput where the members say that they unpack to more than is read; each is also held to its word."""
    UNPACKED_BYTES.refuse_beyond(sum(member.file_size for member in archive.infolist()), name)


def why_not_unpacked(wrong: Exception) -> str:
    """Why an archive, or a part of one, cannot be unpacked, in words of our own."""
    if isinstance(wrong, EOFError):
        return "it is cut short"
    if isinstance(wrong, NotImplementedError):
        return "it is packed by a method that is not read"
    if isinstance(wrong, RuntimeError):
        return "a password locks it"
    return (wrong.strerror if isinstance(wrong, OSError) else "") or "it is damaged"


def read_member(archive: zipfile.ZipFile, member: str, name: str) -> bytes:
    """A member unpacked; UnreadableInput where it is larger than is read, whatever the archive says of it."""
    with archive.open(member) as packed:
        data = packed.read(UNPACKED_BYTES.most + 1)
    UNPACKED_BYTES.refuse_beyond(len(data), name)
    return data


def expect_a_workbook_that_fits(data: bytes, name: str) -> None:
    """UnreadableInput where a sheet's cells lie so far apart that the table between them would fill the memory.

    A reader of workbooks makes room for every cell between the first and the last one.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as workbook:
        expect_to_fit(workbook, name)
        members = workbook.namelist()
        if other := next((member for member in _OTHER_FORMATS if member in members), ""):
            raise UnreadableInput(
                f"{name}: it is not a plain Excel workbook, because it contains {other}; save it as .xlsx"
            )
        # A sheet may lie under any name.
        for member in members:
            with workbook.open(member) as part:
                for rows, columns in _extents(part, name):
                    SHEET_COLUMNS.refuse_beyond(columns, name)
                    SHEET_ROWS.refuse_beyond(rows, name)
                    SHEET_CELLS.refuse_beyond(rows * columns, name)


def errors_in_cells(data: bytes, name: str) -> tuple[int, str]:
    """How many cells of a workbook hold an error such as #N/A or #REF!, and the place of the first; (0, '') if none.

    A reader of workbooks gives them as empty cells, if they are not made texts before.
    """
    many, first = 0, ""
    with zipfile.ZipFile(io.BytesIO(data)) as workbook:
        for member in workbook.namelist():
            with workbook.open(member) as part:
                for text in _whole_tags(part, name):
                    if not _ERROR.search(text):
                        continue
                    for kind, attributes in _ROW_OR_CELL.findall(text):
                        if kind == b"c" and _ERROR.search(attributes):
                            many += 1
                            place = _PLACE.search(attributes)
                            first = first or (b"".join(place.groups()).decode() if place else "")
    return many, first


def with_errors_as_texts(data: bytes) -> bytes:
    """The workbook with each cell that holds an error made a text, which no reader takes for empty."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as texts:
        for member in given.namelist():
            texts.writestr(member, _ERROR_CELL.sub(rb"\1str\2", given.read(member)))
    return written.getvalue()


def _extents(part: IO[bytes], name: str) -> Iterator[tuple[int, int]]:
    """How many rows and columns the cells of a part of a workbook span, after each block that is read.

    A row or cell that does not say its place follows the one before it.
    """
    row = column = 0
    first_row = first_column = last_row = last_column = 0
    for text in _whole_tags(part, name):
        for kind, attributes in _ROW_OR_CELL.findall(text):
            place = _PLACE.search(attributes)
            letters, number = place.groups() if place else (b"", b"")
            if kind == b"row":
                row, column = int(number[:9]) if number else row + 1, 0
                continue
            row = int(number[:9]) if number else row
            column = _column(letters[:4]) if letters else column + 1
            if not last_column:
                first_row, first_column = row, column
            first_row, last_row = min(first_row, row), max(last_row, row)
            first_column, last_column = min(first_column, column), max(last_column, column)
        if last_column:
            yield last_row - first_row + 1, last_column - first_column + 1


def _whole_tags(part: IO[bytes], name: str) -> Iterator[bytes]:
    """The text of a part in pieces that end before a tag begins."""
    rest = b""
    read = 0
    while block := part.read(_BLOCK):
        read += len(block)
        UNPACKED_BYTES.refuse_beyond(read, name)
        text = rest + block
        end = text.rfind(b"<")
        rest = text[end:] if end >= 0 else b""
        if len(rest) > _BLOCK + CELL_CHARACTERS.most:
            CELL_CHARACTERS.refuse_beyond(len(rest), name)
        yield text[:end] if end >= 0 else text
    yield rest


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
