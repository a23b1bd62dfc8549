"""Opens zip files and workbooks only where what they unpack to is of a size that a table can have."""

import io
import re
import zipfile
from typing import IO

from isocenter.terms.limits import SHEET_CELLS, UNPACKED_BYTES

_BLOCK = 1 << 20
_CELL = re.compile(rb'<c\s[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"')
_LONGEST_TAG = 200


def expect_to_fit(archive: zipfile.ZipFile, name: str) -> None:
    """UnreadableInput where the members say that they unpack to more than is read; each is also held to its word."""
    UNPACKED_BYTES.refuse_beyond(sum(member.file_size for member in archive.infolist()), name)


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
        for member in workbook.namelist():
            if member.lower().startswith("xl/worksheets/") and member.lower().endswith(".xml"):
                with workbook.open(member) as sheet:
                    rows, columns = _extent(sheet, name)
                SHEET_CELLS.refuse_beyond(rows * columns, name)


def _extent(sheet: IO[bytes], name: str) -> tuple[int, int]:
    """How many rows and columns a sheet's cells span, read in blocks."""
    rows: set[int] = set()
    columns: set[int] = set()
    rest = b""
    read = 0
    while block := sheet.read(_BLOCK):
        read += len(block)
        UNPACKED_BYTES.refuse_beyond(read, name)
        text = rest + block
        for letters, number in _CELL.findall(text):
            columns.add(_column(letters))
            rows.add(int(number))
        rows = {min(rows), max(rows)} if rows else rows
        columns = {min(columns), max(columns)} if columns else columns
        rest = text[-_LONGEST_TAG:]
    if not rows:
        return 0, 0
    return max(rows) - min(rows) + 1, max(columns) - min(columns) + 1


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
