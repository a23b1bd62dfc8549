"""Writes each sheet of an Excel workbook as CSV, in a process of its own that may fail alone.

The library that reads workbooks ends the whole process where a damaged or hostile one asks for more memory than there
is. The process that reads is held to a limit, so that such a workbook costs itself and nothing else.
"""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from isocenter.errors import UnreadableInput
from isocenter.intake.unpacking import errors_in_cells, expect_a_workbook_that_fits, with_errors_as_texts
from isocenter.terms.limits import SHEETS, UNPACKED_BYTES
from isocenter.terms.values import ERROR_OF_A_SHEET

_ZIP = b"PK\x03\x04"
WORKBOOK_BYTES = 2_000_000_000  # of memory that the reading of one may take
_SECONDS = 300
_ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#SPILL!", "#CALC!", "#GETTING_DATA"}
_TOO_LARGE = "it cannot be read within the memory that a workbook may take; save it as CSV"


def sheets_as_csv(
    workbook: Path, name: str, folder: Path, memory_bytes: int = WORKBOOK_BYTES, *, names_errors: bool = False
) -> list[tuple[str, Path]]:
    """The name of each sheet that holds something, and the CSV file in the folder that it was written to.

    UnreadableInput, which names the workbook, where it cannot be read. A sheet is named '' where there is no other.
    With `names_errors` a cell that holds an error such as #REF! says so; without, it is empty.
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
    if isinstance(answer, str):
        raise UnreadableInput(answer)
    return [(sheet, folder / file) for sheet, file in answer]


def _write_sheets(workbook: Path, name: str, folder: Path, *, has_errors: bool) -> list[tuple[str, str]]:
    import python_calamine  # noqa: PLC0415  # in the process that reads the workbook alone

    written: list[tuple[str, str]] = []
    taken = 0
    try:
        data = with_errors_as_texts(workbook.read_bytes()) if has_errors else workbook.read_bytes()
        opened = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        SHEETS.refuse_beyond(len(opened.sheet_names), name)
        for number, sheet in enumerate(opened.sheet_names):
            rows = opened.get_sheet_by_name(sheet).iter_rows()
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
    return "it is damaged, or is no Excel workbook"


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
    """Print the sheets as JSON, or the sentence that says why they cannot be read."""
    _limit_memory(int(memory_bytes))
    try:
        answer: object = _write_sheets(Path(workbook), name, Path(folder), has_errors=bool(errors))
    except UnreadableInput as wrong:
        answer = str(wrong)
    except OSError as wrong:
        answer = f"{name}: its sheets cannot be written ({wrong.strerror})"
    print(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
