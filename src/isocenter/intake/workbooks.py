"""Writes each sheet of an Excel workbook as CSV, in a process of its own that may fail alone.

The library that reads workbooks ends the whole process where a damaged or hostile one asks for more memory than there
is. The process that reads is held to a limit, so that such a workbook costs itself and nothing else.
"""

import csv
import io
import json
import os
import re
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from isocenter.errors import UnreadableInput
from isocenter.files.writing import is_of_a_full_disk
from isocenter.intake.bulk.column_names import columns_by_meaning
from isocenter.intake.bulk.value_forms import EXCEL_DAYS, NUMBERED_DAYS
from isocenter.intake.unpacking import errors_in_cells, expect_a_workbook_that_fits, with_errors_as_texts
from isocenter.terms.limits import SHEETS, UNPACKED_BYTES
from isocenter.terms.values import ERROR_OF_A_SHEET

_ZIP = b"PK\x03\x04"
WORKBOOK_BYTES = 2_000_000_000  # of memory that the reading of one may take
_SECONDS = 300
_OF_1904 = re.compile(rb"""\bdate1904\s*=\s*["'](1|true)["']""")
_ROWS_WITH_NAMES = 40  # the first of a sheet; titles may be above the names of its columns
_ZERO_OF_1904 = date(1904, 1, 1)
_ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#SPILL!", "#CALC!", "#GETTING_DATA"}
_TOO_LARGE = "it cannot be read within the memory that a workbook may take; save it as CSV"


def sheets_as_csv(
    workbook: Path, name: str, folder: Path, memory_bytes: int = WORKBOOK_BYTES, *, names_errors: bool = False
) -> list[tuple[str, Path]]:
    """The name of each sheet that holds something, and the CSV file in the folder that it was written to.

    UnreadableInput, which names the workbook, where it cannot be read; OSError where the folder has no room. A sheet is
    named '' where there is no other. With `names_errors` a cell that holds an error such as #REF! says so; else it is
    empty.
    """
    has_errors = False
    if (data := workbook.read_bytes()).startswith(_ZIP):
        expect_a_workbook_that_fits(data, name)
        has_errors = names_errors and errors_in_cells(data, name)[0] > 0
    command = [sys.executable, "-m", __name__, str(workbook), name, str(folder), str(memory_bytes)]
    command.append("errors" if has_errors else "")
    where = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, env=where, timeout=_SECONDS, check=False
        )
        answer = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        more = "" if memory_bytes >= WORKBOOK_BYTES else ", or give more --memory"
        raise UnreadableInput(f"{name}: {_TOO_LARGE}{more}") from None
    if isinstance(answer, int):
        raise OSError(answer, os.strerror(answer))
    if isinstance(answer, str):
        raise UnreadableInput(answer)
    return [(sheet, folder / file) for sheet, file in answer]


def _counts_from_1904(data: bytes) -> bool:
    """Whether a workbook's numbers of days count from 1904, as those of early Macintosh programs do."""
    if not data.startswith(_ZIP):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            return _OF_1904.search(parts.read("xl/workbook.xml")) is not None
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, zlib.error, EOFError):
        return False  # what reads the sheets says what is wrong


def _with_days_of_1904(rows: Iterable[list[Any]]) -> Iterator[list[Any]]:
    """The rows, with dates where numbers are under the name of a day of service.

    A cell formatted as a date is one already; a plain number would be read as a day counted from 1900.
    """
    of_days: set[int] = set()
    for number, row in enumerate(rows):
        if number < _ROWS_WITH_NAMES:
            by_meaning = columns_by_meaning([cell for cell in row if cell and isinstance(cell, str)])
            named = {one for name in ("service_date", "last_service_date") for one in by_meaning.get(name, ())}
            of_days = {place for place, cell in enumerate(row) if cell in named} or of_days
        yield [_day_of_1904(cell) if place in of_days else cell for place, cell in enumerate(row)]


def _day_of_1904(cell: object) -> object:
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return cell
    days = NUMBERED_DAYS[EXCEL_DAYS]
    counted = cell + (_ZERO_OF_1904 - days.zero).days
    return days.zero + timedelta(int(counted)) if days.fits(counted) else cell


def _write_sheets(workbook: Path, name: str, folder: Path, *, has_errors: bool) -> list[tuple[str, str]]:
    import python_calamine  # noqa: PLC0415  # in the process that reads the workbook alone

    written: list[tuple[str, str]] = []
    taken = 0
    try:
        data = with_errors_as_texts(workbook.read_bytes()) if has_errors else workbook.read_bytes()
        is_of_1904 = _counts_from_1904(data)
        opened = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        SHEETS.refuse_beyond(len(opened.sheet_names), name)
        for number, sheet in enumerate(opened.sheet_names):
            rows: Iterable[list[Any]] = opened.get_sheet_by_name(sheet).iter_rows()
            rows = _with_days_of_1904(rows) if is_of_1904 else rows
            file = folder / f"{number:04d}.csv"
            taken += _write_rows(file, rows, name, taken)
            if file.stat().st_size:
                written.append(("" if len(opened.sheet_names) == 1 else sheet, file.name))
    except python_calamine.CalamineError as wrong:
        raise UnreadableInput(f"{name}: {_why_not_read(wrong)}; save it as CSV") from None
    return written


def _write_rows(file: Path, rows: Iterable[list[Any]], name: str, taken: int) -> int:
    """Write the rows, and nothing where every cell is empty; how many characters were written."""
    characters = 0
    has_text = False
    with file.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text, lineterminator="\n")
        for row in rows:
            cells = [_cell(cell) if cell != "" else "" for cell in row]  # a sparse sheet has millions of these
            width = sum(map(len, cells))
            has_text = has_text or width > 0
            characters += width + len(cells)
            UNPACKED_BYTES.refuse_beyond(taken + characters, name)
            writer.writerow(cells)
    if not has_text:
        file.write_bytes(b"")
    return characters


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return str(value.date()) if value.time() == value.time().min else str(value)
    if isinstance(value, date):
        return str(value)
    text = " ".join(str(value).split("\n")) if value is not None else ""
    return f"{ERROR_OF_A_SHEET}{text}" if text in _ERRORS else text


def _why_not_read(wrong: Exception) -> str:
    """Why a workbook cannot be read, in words of our own."""
    if "password" in str(wrong).lower() or "encrypt" in str(wrong).lower():
        return "a password locks it"
    return "it is damaged, or is not an Excel workbook"


def _limit_memory(memory_bytes: int) -> None:
    try:
        import resource  # noqa: PLC0415  # not on every machine
    except ImportError:
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    wanted = memory_bytes if most == resource.RLIM_INFINITY else min(memory_bytes, most)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(workbook: str, name: str, folder: str, memory_bytes: str, errors: str) -> None:
    """Print the sheets as JSON, the sentence that says why they cannot be read, or errno where the disk is full."""
    _limit_memory(int(memory_bytes))
    try:
        answer: object = _write_sheets(Path(workbook), name, Path(folder), has_errors=bool(errors))
    except UnreadableInput as wrong:
        answer = str(wrong)
    except OSError as wrong:
        is_full = is_of_a_full_disk(wrong)
        answer = wrong.errno if is_full else f"{name}: its sheets cannot be written ({wrong.strerror})"
    print(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
