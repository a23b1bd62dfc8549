"""Kernels compile wherever the program may run, also where nothing can be written beside them."""

import ast
import errno
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numba
import pytest
from numba import config

import isocenter
from isocenter.engines.compiling import njit


@pytest.fixture
def nowhere_to_keep_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """A read-only installation without a home folder, where Numba finds no place for its cache."""
    compile_it = numba.njit

    def refuse(*given: Any, **options: Any) -> Any:
        if options.get("cache") and not config.CACHE_DIR:
            raise RuntimeError("cannot cache function: no locator available")
        return compile_it(*given, **options)

    monkeypatch.setattr(numba, "njit", refuse)
    monkeypatch.setattr(config, "CACHE_DIR", "")


@pytest.mark.usefixtures("nowhere_to_keep_code")
def test_code_is_kept_in_a_private_folder_where_there_is_no_other_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert njit(cache=True)(lambda x: x + 1)(1) == 2
    (folder,) = tmp_path.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert str(folder) == config.CACHE_DIR


@pytest.mark.usefixtures("nowhere_to_keep_code")
def test_code_that_others_could_write_is_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    njit(cache=True)(lambda x: x)
    (folder,) = tmp_path.iterdir()
    folder.chmod(0o777)
    monkeypatch.setattr(config, "CACHE_DIR", "")
    assert njit(cache=True)(lambda x: x + 1)(1) == 2
    assert config.CACHE_DIR == ""


def test_code_is_used_where_there_is_no_room_to_keep_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path))
    compiled = njit(cache=True)(lambda x: x + 1)
    monkeypatch.setattr(compiled._cache._cache_file, "save", _no_room)
    assert compiled(1) == 2
    assert compiled(1.5) == 2.5


def _no_room(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


KERNELS = """
import math, sys
import numpy as np
from isocenter.engines.compiling import njit

@njit(cache=True)
def halves(values):
    found = np.empty(len(values))
    for place, value in enumerate(values):
        if value < 0:
            raise ValueError("below zero")
        found[place] = math.sqrt(value) / 2
    return found

@njit()
def total(values):
    return halves(values).sum()

print(halves(np.array([4.0, 16.0])).tolist(), "numba.np.arrayobj" in sys.modules)
try:
    halves(np.array([-1.0]))
except ValueError as refused:
    print(refused)
if sys.argv[1:]:
    print(total(np.array([4.0, 16.0])), "numba.np.arrayobj" in sys.modules)
"""


def test_kept_code_is_loaded_without_what_compiling_needs_and_is_used_by_what_is_compiled(tmp_path: Path) -> None:
    script = tmp_path / "kernels.py"
    script.write_text(KERNELS)
    where = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "kept")}

    def said(*arguments: str) -> list[str]:
        command = [sys.executable, str(script), *arguments]
        ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=100, env=where)
        return ran.stdout.splitlines()

    assert said() == ["[1.0, 2.0] True", "below zero"]
    assert said("compile") == ["[1.0, 2.0] False", "below zero", "3.0 True"]


def test_a_function_that_is_not_compiled_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "DISABLE_JIT", 1)
    assert njit(cache=True)(lambda x: x + 1)(1) == 2


def test_every_kernel_is_compiled_where_nothing_can_be_written() -> None:
    source = Path(isocenter.__file__).parent
    own = source / "engines" / "compiling.py"
    direct = re.compile(r"^\s*(?:import numba|from numba)\b", re.MULTILINE)
    assert [file for file in source.rglob("*.py") if file != own and direct.search(file.read_text("utf-8"))] == []


def test_no_kernel_of_measuring_uses_what_makes_numba_load_scipy() -> None:
    """Sums and extremes of whole arrays: kept code that has one takes 0.3 s longer to load."""
    source = Path(isocenter.__file__).parent
    kernels = [*(source / "evidence" / "kernels").glob("*.py"), *(source / "intake").rglob("*_kernel.py")]
    found = {
        (file.name, function.name, part.attr)
        for file in kernels
        for function in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(function, ast.FunctionDef)
        and any("njit" in ast.unparse(line) for line in function.decorator_list)
        for part in ast.walk(function)
        if isinstance(part, ast.Attribute) and part.attr in {"min", "max", "sum", "mean", "any", "all", "argmin", "dot"}
    }
    assert len(kernels) > 8
    assert found == set()
