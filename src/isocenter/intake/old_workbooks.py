"""Finds the cells of a workbook of Excel before 2007 that hold an error, which its reader gives as empty ones."""

import struct
from collections.abc import Iterator, Sequence

_STREAMS = ("Workbook", "Book")
_LAST_SECTOR = 0xFFFFFFFA  # numbers above it end a chain
_IN_SMALL_SECTORS_BELOW, _SMALL_BYTES = 4096, 64
_HEADER_BYTES, _ENTRY_BYTES = 512, 128
_TABLES_IN_HEADER = 109
_FORMULA, _BOOLEAN_OR_ERROR = (0x0006, 0x0206, 0x0406), 0x0205
_ERROR_OF_A_FORMULA, _NO_NUMBER = 2, b"\xff\xff"


def errors_in_old_cells(data: bytes) -> tuple[int, str]:
    """How many cells of the workbook hold an error such as #N/A, and the place of the first; (0, '') if none.

    ValueError where the file is not built as such a workbook is.
    """
    many, first = 0, ""
    try:
        for row, column in _cells_with_errors(_book(data)):
            many += 1
            first = first or f"{_letters(column)}{row + 1}"
    except (struct.error, LookupError):
        raise ValueError("it is not built as a workbook is") from None
    return many, first


def _cells_with_errors(book: bytes) -> Iterator[tuple[int, int]]:
    place = 0
    while place + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, place)
        place += 4
        record = book[place : place + length]
        if kind == _BOOLEAN_OR_ERROR:
            row, column, _, _, is_error = struct.unpack_from("<HHHBB", record)
            if is_error:
                yield row, column
        elif kind in _FORMULA:
            row, column, _, result = struct.unpack_from("<HHH8s", record)
            if result[0] == _ERROR_OF_A_FORMULA and result.endswith(_NO_NUMBER):
                yield row, column
        place += length


def _book(data: bytes) -> bytes:
    """The stream of a compound file that holds the sheets."""
    shift = struct.unpack_from("<H", data, 30)[0]
    if shift not in (9, 12):
        raise ValueError("its sectors are of no known size")
    size = 1 << shift
    first_entry, _, _, small_table, _, tables, more = struct.unpack_from("<7I", data, 48)
    places = list(struct.unpack_from(f"<{_TABLES_IN_HEADER}I", data, _HEADER_BYTES - 4 * _TABLES_IN_HEADER))
    while more <= _LAST_SECTOR and len(places) < tables:
        *further, more = struct.unpack_from(f"<{size // 4}I", data, (more + 1) * size)
        places += further
    following = [
        number
        for place in places
        if place <= _LAST_SECTOR
        for number in struct.unpack_from(f"<{size // 4}I", data, (place + 1) * size)
    ]
    entries = _chained(data, following, first_entry, size, size)
    of_name = {name: (start, length) for name, start, length in _entries(entries)}
    name = next((one for one in _STREAMS if one in of_name), "")
    if not name:
        raise ValueError("it holds no sheets")
    start, length = of_name[name]
    if length >= _IN_SMALL_SECTORS_BELOW:
        return _chained(data, following, start, size, size)[:length]
    small = _chained(data, following, of_name["Root Entry"][0], size, size)
    table = _chained(data, following, small_table, size, size)
    numbers = struct.unpack(f"<{len(table) // 4}I", table)
    return _chained(small, numbers, start, _SMALL_BYTES, 0)[:length]


def _entries(table: bytes) -> Iterator[tuple[str, int, int]]:
    for place in range(0, len(table) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
        named = struct.unpack_from("<H", table, place + 64)[0]
        name = table[place : place + max(named - 2, 0)].decode("utf-16-le", "replace")
        start, length = struct.unpack_from("<II", table, place + 116)
        yield name, start, length


def _chained(data: bytes, following: Sequence[int], first: int, size: int, before: int) -> bytes:
    """The sectors that follow one another from the first; `before` is how many bytes lie before sector 0."""
    parts: list[bytes] = []
    sector = first
    while sector <= _LAST_SECTOR:
        if len(parts) > len(following):
            raise ValueError("its sectors follow one another in a circle")
        parts.append(data[before + sector * size : before + (sector + 1) * size])
        sector = following[sector]
    return b"".join(parts)


def _letters(column: int) -> str:
    return (chr(ord("A") + column // 26 - 1) if column >= 26 else "") + chr(ord("A") + column % 26)
