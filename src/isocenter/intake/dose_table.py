"""A measured dose as a CSV table: one point a line, placed in the patient.

The columns are x_mm, y_mm, z_mm (DICOM patient coordinates; at least two of them) and dose_gy, or dose_percent for
a relative dose. The coordinate that is left out is that of the isocenter: x_mm, y_mm make a transverse plane
through it, x_mm, z_mm a coronal and y_mm, z_mm a sagittal one.
"""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from isocenter.errors import UnreadableInput
from isocenter.intake.measured_formats import COORDINATES, DOSES, looks_like_dose_table
from isocenter.intake.measured_points import MeasuredPoints

_FARTHEST_MM, _HIGHEST_DOSE = 1e5, 1e6  # what lies beyond is damage


def read_dose_table(path: Path) -> MeasuredPoints:
    """The points of the table; UnreadableInput names the first line that is no point."""
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as text:
        lines = csv.reader(text)
        try:
            names = [name.strip().lower() for name in next(lines, [])]
            if not looks_like_dose_table(names):
                expected = f"two or three of {', '.join(COORDINATES)} and one of {', '.join(DOSES)}"
                raise UnreadableInput(f"its header names {', '.join(names) or 'nothing'}; expected {expected}")
            wanted = [names.index(name) for name in (*COORDINATES, *DOSES) if name in names]
            rows = [_numbers(cells, wanted, lines.line_num) for cells in lines if cells]
        except csv.Error:
            raise UnreadableInput(
                f"line {lines.line_num} is not CSV: a quotation mark is not closed, or a cell is too long;"
                " export it again"
            ) from None
    if not rows:
        raise UnreadableInput("it holds no point below its header; export the measurement again")
    columns = dict(zip((names[index] for index in wanted), np.array(rows).T, strict=True))
    is_relative = "dose_percent" in columns
    return MeasuredPoints(
        columns.get("x_mm"),
        columns.get("y_mm"),
        columns.get("z_mm"),
        columns["dose_percent" if is_relative else "dose_gy"],
        is_relative,
    )


def _numbers(cells: Sequence[str], wanted: Sequence[int], line: int) -> list[float]:
    try:
        found = [float(cells[index]) for index in wanted]
    except (ValueError, IndexError):
        raise UnreadableInput(
            f"line {line} ({','.join(cells)[:60]!r}) does not hold a number in each column; correct or remove it"
        ) from None
    *places_mm, dose = found
    if not (all(abs(place) < _FARTHEST_MM for place in places_mm) and -1 <= dose < _HIGHEST_DOSE):
        raise UnreadableInput(f"line {line} ({','.join(cells)[:60]!r}) holds no dose at a place; correct or remove it")
    return found
