"""CSV line by line: a quotation mark that is never closed costs its own line, and no other."""

import csv
import io
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from isocenter.terms.limits import CELL_CHARACTERS, LINES_OF_A_CELL

_DELIMITERS = ",\t|;"
_BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}

# What a spreadsheet shows without its marks: a formula that is a text alone, or a number behind an apostrophe.
_MARKED_AS_TEXT = re.compile(r"""^\s*(?:="([^"]*)"|'(-?[0-9A-Z]*[0-9][0-9A-Z./-]*))\s*$""", re.IGNORECASE)
_FILLING = "\x00\x1a \t\f\v"  # zeros fill up a last block, and the letter 1A ends a file of DOS
UNREADABLE = "surrogateescape"
READ_AS_WINDOWS_1252 = "the file is not UTF-8; its letters were read as Windows-1252"

csv.field_size_limit(CELL_CHARACTERS.most)


class Record(NamedTuple):
    """One row of a table: the number of its first line, from 1, and its cells."""

    line: int
    cells: list[str]


class BrokenLine(NamedTuple):
    """One line that is no row of the table, and why."""

    line: int
    sentence: str
    cells: Sequence[str] = ()  # where they could be told apart


def encoding_of(data: bytes) -> str:
    """How a text is encoded: by its mark; Windows-1252 where no letter of it is UTF-8; else UTF-8, maybe damaged."""
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            return encoding
    if wide := _wide_encoding(data):
        return wide
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        if data.decode("utf-8", errors="ignore").isascii():
            with suppress(UnicodeDecodeError):
                data.decode("cp1252")
                return "cp1252"
    return "utf-8"


def _wide_encoding(data: bytes) -> str:
    """UTF-16 without a mark, by its zeros: every other byte of Latin letters is one, first or second; else ''."""
    head = data[:400]
    first, second = head[::2], head[1::2]
    if len(head) > 3 and b"\x00" not in first and second.count(0) == len(second):
        return "utf-16-le"
    if len(head) > 3 and b"\x00" not in second and first.count(0) == len(first):
        return "utf-16-be"
    return ""


def decode(data: bytes) -> tuple[str, str]:
    """A text, and what is to be said of how it was read; bytes that are no letters are kept as halves of one.

    Such a half cannot be written again, so that whatever takes the text refuses the value that holds it.
    """
    encoding = encoding_of(data)
    if encoding.startswith("utf-16"):
        return data[: len(data) // 2 * 2].decode(encoding, errors="replace"), ""  # no half letter at the end
    return data.decode(encoding, errors=UNREADABLE), READ_AS_WINDOWS_1252 if encoding == "cp1252" else ""


def lines_of(text: str) -> Iterator[str]:
    """The lines of a text, however they end."""
    return iter(io.StringIO(text, newline=None))


def looks_binary(head: bytes) -> bool:
    """Whether the beginning of a file is not a text: a NUL in its first line, or more control characters than slips."""
    first_line = head.split(b"\n", maxsplit=1)[0]
    return b"\x00" in first_line or sum(byte < 9 for byte in head) > len(head) // 50


def lines_below_the_header(data: bytes) -> int:
    """How many lines follow the first, however they end; those within quoted cells are counted too."""
    ends = max(data.count(b"\n"), data.count(b"\r"))
    return ends - data.rstrip(b"\x00").endswith((b"\n", b"\r"))


def delimiter_of(header: str) -> str:
    """What separates the cells of a header line: comma, tab, bar or semicolon."""
    return max(_DELIMITERS, key=header.count)


def header_cells(line: str, delimiter: str) -> list[str]:
    """The names in a header line, without a quotation mark that is not closed (see is_open)."""
    try:
        (cells,) = csv.reader([line], delimiter=delimiter)
    except (csv.Error, ValueError):
        return []
    return [cell.strip().strip('"') for cell in cells]


def is_open(line: str) -> bool:
    """Whether a line opens a quotation mark that it does not close."""
    return line.count('"') % 2 == 1


def records(lines: Iterable[str], delimiter: str, width: int, first_line: int = 2) -> Iterator[Record | BrokenLine]:
    """The rows below a header of `width` names; blank lines, and what fills up or ends a file, are passed over.

    A quoted cell may hold line ends, but no line that is a whole row of the table by itself: there the quotation
    mark is taken for a stray one, and the line that has it is broken.
    """
    rest = _Lines(lines, first_line)
    for number, line in rest:
        if not line.strip() or not line.strip(_FILLING):
            continue
        if len(line) > CELL_CHARACTERS.most * 2:
            yield BrokenLine(number, CELL_CHARACTERS.sentence(len(line)))
            continue
        if '"' not in line:
            yield Record(number, _as_meant(line.split(delimiter), line))
            continue
        cells = _cells(line, delimiter)
        if cells is None and is_open(line):
            cells = _cells_over_lines(rest, line, delimiter, width)
        if cells is None:
            yield BrokenLine(number, "a quotation mark is not closed, or is inside a quoted cell")
        else:
            yield Record(number, _as_meant(cells, line))


def _as_meant(cells: list[str], line: str) -> list[str]:
    """Numbers that were marked as texts for a spreadsheet, as ="0012" or '0012, without their marks."""
    if '="' not in line and "'" not in line:
        return cells
    return [_MARKED_AS_TEXT.sub(r"\1\2", cell) for cell in cells]


def marks_texts(block: bytes, delimiter: str) -> bool:
    """Whether cells of a block may be marked as texts for a spreadsheet; the name O'Brien is not."""
    return b'="' in block or any(before + b"'" in block for before in (delimiter.encode(), b"\n", b'"'))


class _Lines:
    """Lines with their numbers, of which some may be given back."""

    def __init__(self, lines: Iterable[str], first_line: int) -> None:
        self._lines = iter(lines)
        self._given_back: deque[str] = deque()
        self._number = first_line - 1

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> tuple[int, str]:
        line = self._given_back.popleft() if self._given_back else next(self._lines)
        self._number += 1
        return self._number, line.rstrip("\r\n")

    def give_back(self, lines: list[str]) -> None:
        """The next lines to come, in their order."""
        self._given_back.extendleft(reversed(lines))
        self._number -= len(lines)


def _cells_over_lines(rest: _Lines, line: str, delimiter: str, width: int) -> list[str] | None:
    taken: list[str] = []
    for _, more in rest:
        taken.append(more)
        if is_open(more):  # it closes what the first line opened
            cells = _cells("\n".join([line, *taken]), delimiter)
            if cells is not None and len(cells) == width:
                return cells
            break
        if len(taken) > LINES_OF_A_CELL.most or len(_cells(more, delimiter) or ()) == width:
            break
    rest.give_back(taken)
    return None


def _cells(text: str, delimiter: str) -> list[str] | None:
    """The cells of one row; None where its quotation marks make none."""
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None
