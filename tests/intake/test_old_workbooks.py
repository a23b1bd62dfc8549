"""A cell of an old workbook that holds an error is no empty cell: the workbook is left out, and the cell is named."""

from pathlib import Path

import pytest
from tests.intake.xls_writer import ERROR, ERROR_OF_A_FORMULA, write_xls

from isocenter.intake.old_workbooks import errors_in_old_cells
from isocenter.intake.packed import Unpacked, unpack
from isocenter.terms.problems import Problem

_HEADER = ["claim_id", "procedure_code", "modifier_1"]


def test_an_old_workbook_without_an_error_is_read(tmp_path: Path) -> None:
    book = write_xls(tmp_path / "claims.xls", [_HEADER, ["A1", "77301", "26"], ["A2", 77338.0, ""]])
    (sheet,) = unpack(book, tmp_path / "out")
    assert isinstance(sheet, Unpacked)
    assert sheet.file.read_text().splitlines() == ["claim_id,procedure_code,modifier_1", "A1,77301,26", "A2,77338,"]


@pytest.mark.parametrize("error", [ERROR, ERROR_OF_A_FORMULA])
@pytest.mark.parametrize("rows", [1, 300], ids=["short", "of many sectors"])
def test_an_error_in_a_cell_costs_the_workbook_and_is_named(tmp_path: Path, error: str, rows: int) -> None:
    book = write_xls(tmp_path / "claims.xls", [_HEADER, *[["A1", "77301", "26"]] * rows, ["A2", "77338", error]])
    (problem,) = unpack(book, tmp_path / "out")
    assert isinstance(problem, Problem)
    assert f"state nothing: 1, the first of them C{rows + 2}; correct them" in problem.sentence


def test_a_damaged_old_workbook_is_refused_and_ends_in_no_circle(tmp_path: Path) -> None:
    whole = write_xls(tmp_path / "claims.xls", [_HEADER, ["A1", "77301", ERROR]]).read_bytes()
    circle = whole[: 512 + 8] + (2).to_bytes(4, "little") + whole[512 + 12 :]
    for damaged in (whole[:600], circle, whole.replace("Workbook".encode("utf-16-le"), b"x" * 16), whole[:30]):
        with pytest.raises(ValueError, match=r"it is not built|circle|no sheets|no known size"):
            errors_in_old_cells(damaged)
