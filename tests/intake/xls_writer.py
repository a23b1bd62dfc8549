"""Writes a workbook of Excel before 2007: a compound file of one stream, whose cells are texts, numbers and errors."""

import struct
from collections.abc import Sequence
from pathlib import Path

ERROR, ERROR_OF_A_FORMULA = "#N/A", "=#N/A"
_SECTOR, _NONE, _END, _TABLE = 512, 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_LARGE_BYTES = 4096  # a shorter stream would lie in small sectors


def write_xls(path: Path, rows: Sequence[Sequence[str | float]]) -> Path:
    """One sheet of these rows; ERROR and ERROR_OF_A_FORMULA become cells that hold #N/A."""
    end, name = _record(0x0A, b""), b"Sheet1"
    beginning = _beginning(5) + _record(0x42, struct.pack("<H", 1200))
    sheet_at = len(beginning) + len(end) + 4 + 8 + len(name)
    named = _record(0x85, struct.pack("<IHBB", sheet_at, 0, len(name), 0) + name)
    cells = (_cell(row, column, said) for row, line in enumerate(rows) for column, said in enumerate(line))
    book = beginning + named + end + _beginning(0x10) + b"".join(cells) + end
    book = book.ljust(max(_LARGE_BYTES, -(-len(book) // _SECTOR) * _SECTOR), b"\0")
    last = 1 + len(book) // _SECTOR
    following = [_TABLE, _END, *range(3, last + 1), _END]
    table = struct.pack("<128I", *following, *[_NONE] * (128 - len(following)))
    entries = _entry("Root Entry", 5, _END, 0, below=1) + _entry("Workbook", 2, 2, len(book)) + _entry("", 0, 0, 0) * 2
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9I", 0, 1, 1, 0, _LARGE_BYTES, _END, 0, _END, 0) + struct.pack("<109I", 0, *[_NONE] * 108)
    path.write_bytes(header + table + entries + book)
    return path


def _record(kind: int, said: bytes) -> bytes:
    return struct.pack("<HH", kind, len(said)) + said


def _beginning(kind: int) -> bytes:
    return _record(0x809, struct.pack("<4H2I", 0x600, kind, 0, 0, 0, 0x600))


def _cell(row: int, column: int, said: str | float) -> bytes:
    at = struct.pack("<3H", row, column, 0)
    if said == ERROR:
        return _record(0x205, at + b"\x2a\x01")
    if said == ERROR_OF_A_FORMULA:
        return _record(0x06, at + b"\x02\0\x2a\0\0\0\xff\xff" + bytes(8))
    if isinstance(said, str):
        return _record(0x204, at + struct.pack("<HB", len(said), 0) + said.encode("ascii"))
    return _record(0x203, at + struct.pack("<d", said))


def _entry(name: str, kind: int, start: int, length: int, below: int = _NONE) -> bytes:
    text = name.encode("utf-16-le")
    sizes = struct.pack("<HBB3I", len(text) + 2 if name else 0, kind, 1, _NONE, _NONE, below)
    return text.ljust(64, b"\0") + sizes + bytes(36) + struct.pack("<IQ", start, length)
