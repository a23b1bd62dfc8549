"""CSV by the million: its lines are counted apart from the parser, and written anew where a parser could lose some."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from isocenter.intake.csv_lines import UNREADABLE, BrokenLine, encoding_of, records
from isocenter.terms.limits import LINE_CHARACTERS, TEXT_CHARACTERS
from isocenter.terms.values import why_not_kept

LINE_COLUMN = "isocenter_line"  # of a file that was written anew: where the row began in the file that was given
_BLOCK_BYTES = 1 << 22


@dataclass(frozen=True, slots=True)
class Survey:
    """What a CSV file is as bytes: its lines that are not blank, and whether a parser reads each as one row."""

    lines: int
    is_plain: bool
    encoding: str


def survey(path: Path) -> Survey:
    """Count the lines of a file; UnreadableInput where one is endless, or the file is no text."""
    lines = 0
    is_plain = True
    encodings: set[str] = set()
    ends_of_two: set[bool] = set()  # a parser takes either form of line ends, and loses its way where both are
    with path.open("rb") as file:
        for block in _whole_lines(file, path.name):
            # A mark of an encoding counts at the beginning of the file alone.
            is_ascii = block.isascii() and b"\x00" not in block  # zeros are of UTF-16
            encodings.add("ascii" if is_ascii else encoding_of(b" " + block if encodings else block))
            wide = [encoding for encoding in encodings if encoding.startswith("utf-16")]
            if wide:
                return Survey(0, False, wide[0])
            rows = block.split(b"\n")
            lines += sum(1 for row in rows if row and row != b"\r")
            is_plain = is_plain and max(map(len, rows)) <= TEXT_CHARACTERS.most
            if b'"' in block:
                is_plain = is_plain and not any(row.count(b'"') % 2 for row in rows)
            of_two = block.count(b"\r\n")
            ends_of_two.update({True} if of_two else (), {False} if of_two < block.count(b"\n") else ())
            is_plain = is_plain and block.count(b"\r") == of_two and len(ends_of_two) < 2
    encoding = "cp1252" if encodings <= {"ascii", "cp1252"} and "cp1252" in encodings else "utf-8-sig"
    return Survey(lines, is_plain and encoding != "cp1252", encoding)


def write_anew(
    path: Path, encoding: str, target: Path, columns: tuple[str, ...], delimiter: str, header_line: int = 1
) -> tuple[int, list[BrokenLine]]:
    """Write every row below the header with the number of its line; how many they are, and the lines that are none."""
    written = 0
    broken: list[BrokenLine] = []
    errors = "replace" if encoding.startswith("utf-16") else UNREADABLE  # half of a letter of two is none
    with (
        path.open("rb") as given,
        io.TextIOWrapper(given, encoding=encoding, errors=errors, newline=None) as lines,
        target.open("w", encoding="utf-8", newline="") as rows,
    ):
        writer = csv.writer(rows, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow([*columns, LINE_COLUMN])
        for _ in range(header_line):
            next(lines, None)
        for found in records(lines, delimiter, len(columns), header_line + 1):
            if isinstance(found, BrokenLine):
                broken.append(found)
            elif not any(cell.strip() for cell in found.cells):
                continue  # a row of separators alone, as spreadsheets leave them at the end
            elif len(found.cells) != len(columns):
                sentence = f"{len(found.cells)} cells where the header has {len(columns)}"
                broken.append(BrokenLine(found.line, sentence))
            elif wanted := next((why for cell in found.cells if (why := why_not_kept(cell))), ""):
                broken.append(BrokenLine(found.line, f"a cell cannot be kept; expected {wanted}"))
            else:
                writer.writerow([*found.cells, found.line])
                written += 1
    return written, broken


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
