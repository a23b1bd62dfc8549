"""CSV by the million: its lines are counted apart from the parser, and rewritten where a parser could lose some."""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from isocenter.intake.bulk.layouts import Layout
from isocenter.intake.csv_lines import UNREADABLE, BrokenLine, Record, encoding_of, marks_texts, records
from isocenter.terms.limits import LINE_CHARACTERS, LINES_THAT_ARE_NO_ROWS, TEXT_CHARACTERS
from isocenter.terms.problems import LostLine, Problem, Sentence, worded
from isocenter.terms.values import ERROR_OF_A_SHEET, bare, why_not_a_name, why_not_kept, why_not_said, without_unseen

LINE_COLUMN = "isocenter_line"  # of a file that was rewritten: where the row began in the file that was given
_BLOCK_BYTES = 1 << 22
_NO_ROWS_OF_A_PARSER = 10_000  # lines that it sets aside: it keeps an account of each in memory
_LAST_LINES = 20  # of a block, among which the notes below a long table are
# What programs write around a table: Page 1 of 2, Printed 4/1/2024, (3 rows affected), -----
_NOTE = re.compile(
    r"(?=.*[ :()]).*\b(page|printed|report|totals?|end of|records?|rows?|generated|exported|created|run date|user"
    r"|confidential|copyright)\b.*|[-=_* ]{3,}",
    re.IGNORECASE,
)
_ODD_BYTES = bytes({*range(32), 127} - {*b"\t\n\r"})
# The beginnings, in UTF-8, of control characters, of spaces that are not the usual one, and of marks of no width.
_ODD_LETTERS = re.compile(
    b"\xc2[\x80-\xa0\xad]|\xd8\x9c|\xe1\x9a\x80|\xe2\x80[\x80-\x8f\xa8-\xaf]|\xe2\x81[\x9f-\xaf]"
    b"|\xe3\x80\x80|\xef\xbb\xbf"
)


@dataclass(frozen=True, slots=True)
class Survey:
    """What a CSV file is as bytes: whether a parser reads each of its lines as one row, and then how many there are."""

    lines: int
    is_plain: bool
    encoding: str
    no_rows: int = 0  # lines that the parser may set aside


def survey(path: Path, delimiter: str, columns: int) -> Survey:
    """Look through the bytes of a file of so many columns; UnreadableInput where a line is endless."""
    lines = no_rows = 0
    is_plain = True
    encodings: set[str] = set()
    ends_of_two: set[bool] = set()  # a parser takes either form of line ends, and loses its way where both are
    with path.open("rb") as file:
        for block in _whole_lines(file, path.name):
            text = block if encodings else block.removeprefix(codecs.BOM_UTF8)
            # A mark of an encoding counts at the beginning of the file alone.
            is_ascii = block.isascii() and b"\x00" not in block  # zeros are of UTF-16
            encodings.add("ascii" if is_ascii else encoding_of(b" " + block if encodings else block))
            wide = [encoding for encoding in encodings if encoding.startswith("utf-16")]
            if wide:
                return Survey(0, False, wide[0])
            if not is_plain:
                continue
            rows = block.split(b"\n")
            no_rows += _no_rows(block, rows, delimiter, columns)
            is_plain = no_rows <= _NO_ROWS_OF_A_PARSER
            lines += sum(1 for row in rows if row and row != b"\r")
            is_plain = is_plain and max(map(len, rows)) <= TEXT_CHARACTERS.most
            is_plain = is_plain and (delimiter == "\t" or b"\t" not in block)
            is_plain = is_plain and ERROR_OF_A_SHEET.encode() not in block and not marks_texts(block, delimiter)
            is_plain = is_plain and not _holds_what_is_unseen(text, is_ascii=is_ascii)
            is_plain = is_plain and not _holds_a_note(rows[-_LAST_LINES:] if lines > len(rows) else rows, delimiter)
            if b'"' in block:
                is_plain = is_plain and not any(row.count(b'"') % 2 for row in rows)
            of_two = block.count(b"\r\n")
            ends_of_two.update({True} if of_two else (), {False} if of_two < block.count(b"\n") else ())
            is_plain = is_plain and block.count(b"\r") == of_two and len(ends_of_two) < 2
    encoding = "cp1252" if encodings <= {"ascii", "cp1252"} and "cp1252" in encodings else "utf-8-sig"
    return Survey(lines, is_plain and encoding != "cp1252", encoding, no_rows)


class RewrittenTable:
    """A table that is rewritten with the number of each line: iterating writes it, and yields lines that are no rows.

    Of a row the columns that are `read` are written, all where none is named; one with an error of a workbook in
    such a column is no row. UnreadableInput where fewer lines are rows than are none, and these are more than
    LINES_THAT_ARE_NO_ROWS.
    """

    def __init__(
        self,
        path: Path,
        encoding: str,
        target: Path,
        columns: tuple[str, ...],
        delimiter: str,
        header_line: int = 1,
        read: Iterable[str] = (),
    ) -> None:
        self._path, self._encoding, self._target = path, encoding, target
        self._columns, self._delimiter, self._header_line = columns, delimiter, header_line
        named = {*read} & {*columns}
        self._places = [(name, columns.index(name)) for name in sorted(named)]
        self._written = [place for place, name in enumerate(columns) if name in named or not named]
        self.columns = (*(columns[place] for place in self._written), LINE_COLUMN)  # of the table that is written
        self.rows = 0
        self.notes = 0  # lines beside the table, such as the number of a page

    def __iter__(self) -> Iterator[BrokenLine]:
        errors = "replace" if self._encoding.startswith("utf-16") else UNREADABLE  # half of a letter of two is none
        with (
            self._path.open("rb") as given,
            io.TextIOWrapper(given, encoding=self._encoding, errors=errors, newline=None) as lines,
            self._target.open("w", encoding="utf-8", newline="") as rows,
        ):
            writer = csv.writer(rows, quoting=csv.QUOTE_ALL, lineterminator="\n")
            writer.writerow(self.columns)
            for _ in range(self._header_line):
                next(lines, None)
            broken = 0
            for found in self._found(lines):
                if isinstance(found, Record):
                    writer.writerow([*(found.cells[place] for place in self._written), found.line])
                    self.rows += 1
                    continue
                broken += 1
                if broken > self.rows:
                    LINES_THAT_ARE_NO_ROWS.refuse_beyond(broken, self._path.name)
                yield found

    def _found(self, lines: Iterable[str]) -> Iterator[Record | BrokenLine]:
        width = len(self._columns)
        for found in records(lines, self._delimiter, width, self._header_line + 1):
            if isinstance(found, BrokenLine):
                yield found
                continue
            cells = [bare(cell) for cell in found.cells]
            if not any(cells):
                continue  # a row of separators alone, as spreadsheets leave them at the end
            if len(cells) == 1 < width and _NOTE.fullmatch(cells[0]):
                self.notes += 1
            elif len(cells) != width:
                yield BrokenLine(found.line, f"{len(cells)} cells where the header has {width}")
            elif wanted := next((why for cell in cells if (why := why_not_kept(cell) or why_not_a_name(cell))), ""):
                yield BrokenLine(found.line, f"a cell cannot be kept; expected {wanted}", cells)
            elif unsaid := next((name for name, place in self._places if why_not_said(cells[place])), ""):
                yield BrokenLine(found.line, f"{unsaid} holds an error of the workbook", cells)
            else:
                yield Record(found.line, cells)


def what_is_said_of_notes(path: str, notes: int) -> list[Problem]:
    """The remark on lines beside a table that are no rows of it."""
    sentence = worded("lines that are notes beside the table, such as the number of a page: {notes}", notes=notes)
    return [Problem(path, "", sentence)] if notes else []


def lost_line(path: str, broken: BrokenLine, sentence: Sentence, columns: Sequence[str], layout: Layout) -> LostLine:
    """The problem of a broken line, with its procedure code and member where its cells say them."""
    said = {name: cell for name, cell in zip(columns, broken.cells, strict=False) if not why_not_kept(cell)}
    code, member = (
        without_unseen(said.get(taken.column, "")).strip() if (taken := layout.columns.get(name)) else ""
        for name in ("procedure_code", "member_id")
    )
    return LostLine(path, f"line {broken.line}", sentence).of_line(code.upper(), member)


def _holds_what_is_unseen(block: bytes, *, is_ascii: bool) -> bool:
    """Whether a cell may hold control characters, marks of no width, or spaces that are not the usual one."""
    if len(block.translate(None, _ODD_BYTES)) < len(block):
        return True
    return not is_ascii and _ODD_LETTERS.search(block) is not None


def _no_rows(block: bytes, rows: Sequence[bytes], delimiter: str, columns: int) -> int:
    """How many lines of a block a parser may set aside: by their cells, odd quotation marks and damaged letters."""
    mark = delimiter.encode()
    unquoted = rows
    if b'"' in block:
        end = re.escape(mark)
        quoted_cell = re.compile(rb'"(?<![^\n%b]")[^"\n]*(?:""[^"\n]*)*"(?=[\r\n%b]|\Z)' % (end, end))
        unquoted = quoted_cell.sub(b"", block).split(b"\n")
    found = sum(1 for row in unquoted if row and row != b"\r" and (row.count(mark) != columns - 1 or b'"' in row))
    if not block.isascii() and _is_damaged(block):
        found += sum(map(_is_damaged, rows))
    return found


def _is_damaged(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def _holds_a_note(rows: Iterable[bytes], delimiter: str) -> bool:
    mark = delimiter.encode()
    return any(mark not in row and _NOTE.fullmatch(row.decode("utf-8", "replace").strip()) for row in rows if row)


def _whole_lines(file: BinaryIO, name: str) -> Iterator[bytes]:
    """Blocks of a file that end where a line ends."""
    rest = b""
    while block := file.read(_BLOCK_BYTES):
        end = block.rfind(b"\n") + 1
        if end == 0:
            rest += block
            LINE_CHARACTERS.refuse_beyond(len(rest), name)
            continue
        yield rest + block[:end]
        rest = block[end:]
    if rest:
        yield rest
