"""Finds the header of another table within a table: exports that were put one below the other."""

import mmap
from collections.abc import Iterator, Sequence
from pathlib import Path

from isocenter.errors import UnreadableInput
from isocenter.files.texts import shown
from isocenter.intake.bulk.column_names import are_of_claim_lines, columns_by_meaning, with_repeats_numbered
from isocenter.intake.bulk.diagnosis_tables import as_our_diagnoses
from isocenter.intake.bulk.shapes import Kind, Shape
from isocenter.intake.csv_lines import header_cells

_LINES_LOOKED_AT = 2_000  # most that hold the name of a column, as a table may in every row
_FEWEST_NAMES = 4
_SHOWN = 120


class SecondHeader(UnreadableInput):
    """A table below whose header the columns are named again: in another order, or otherwise."""


def refuse_a_second_header(file: Path, name: str, shape: Shape, rows: Sequence[Sequence[str]] = ()) -> None:
    """SecondHeader where a line below the header of a table of claims names its columns again.

    `rows` are the first of the table, as texts; below them a header is known by the longest name of the first one.
    What follows such a line would be read under the wrong names. The same header may come again, as on printed pages.
    """
    if shape.kind is not Kind.CSV:
        return
    named = (cells for cells in rows if not any(cell[:1].isdigit() for cell in cells))
    for cells in (*named, *_lines_with_a_name(file, shape)):
        if _names_columns_again(cells, shape.columns):
            first = shown(", ".join(cells[:4])[:_SHOWN])
            raise SecondHeader(
                f"{name}: a line below the header names the columns again ({first}), and what follows it would be"
                " read under the wrong names; put what follows into a separate table"
            )


def _names_columns_again(cells: Sequence[str], columns: Sequence[str]) -> bool:
    names = [cell.strip() for cell in cells]
    if len(names) != len(columns):
        return False  # what follows has another number of cells, and is rejected line by line
    if _alike(names) == _alike(columns) or _alike(as_our_diagnoses(names)) == _alike(columns):
        return False
    common = {*_alike(names)} & {*_alike(columns)} - {""}
    if len(common) >= max(_FEWEST_NAMES, len(columns) // 2):
        return True
    return are_of_claim_lines(columns_by_meaning(list(dict.fromkeys(filter(None, names)))))


def _alike(names: Sequence[str]) -> list[str]:
    """The names as they are compared; a column without one is named by its place elsewhere."""
    numbered = with_repeats_numbered(names)
    return ["" if name.startswith("blank ") else name.strip().casefold() for name in numbered]


def _lines_with_a_name(file: Path, shape: Shape) -> Iterator[list[str]]:
    """The cells of each line below the header that holds the longest name of its columns."""
    longest = max(shape.columns, key=len).encode()
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as text:
        place = 0
        for _ in range(shape.header_line):
            place = text.find(b"\n", place) + 1 or len(text)
        for _ in range(_LINES_LOOKED_AT):
            place = text.find(longest, place)
            if place < 0:
                return
            end = text.find(b"\n", place)
            end = len(text) if end < 0 else end
            line = text[text.rfind(b"\n", 0, place) + 1 : end].decode("utf-8", "replace")
            yield header_cells(line.rstrip("\r"), shape.delimiter)
            place = end
