"""Kernels whose rounding is left to the compiler: the run that compiles them gives the bytes of later runs."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import isocenter

ROOMS = [Path(isocenter.__file__).parent / room / "kernels" for room in ("planning", "evidence")]
SCRIPT = """
import hashlib
import numpy as np
from isocenter.planning.kernels.collapsed_cone import sweep

grid, numbers = (9, 12, 40), np.random.default_rng(1)
energy, scatter, density, spread = (numbers.random(grid, dtype=np.float32) for _ in range(4))
ranges = np.tile(np.array([0, grid[2]], np.int32), (*grid[:2], 1))
foot, shift, slopes, shares = np.zeros((3, 2), np.int64), *(numbers.random((3, 2), dtype=np.float32) for _ in range(3))
deposited = np.zeros(grid, np.float32)
sweep(energy, scatter, density, spread, ranges, True, foot, shift, slopes, shares, deposited)
print(hashlib.sha256(deposited.tobytes()).hexdigest())
"""


def test_what_a_kernel_calls_and_the_compiler_may_round_otherwise_becomes_part_of_the_kernel() -> None:
    """Else the run that compiles calls the one of two copies of it, and later runs the other, optimized once more."""
    apart = [
        name for name, options in _of_fast_math() if name.startswith("_") and not options & {"inline", "forceinline"}
    ]
    assert apart == []


def test_the_kernels_of_fast_math_are_found() -> None:
    assert {"sweep", "_cross", "scan_slabs"} <= {name for name, _ in _of_fast_math()}


@pytest.mark.slow  # it compiles for 3 s
def test_the_run_that_compiles_gives_the_bytes_of_the_next(tmp_path: Path) -> None:
    compiled, kept = (_sweep(tmp_path), _sweep(tmp_path))
    assert list(tmp_path.rglob("*.nbi"))
    assert compiled == kept


def _of_fast_math() -> Iterator[tuple[str, set[str]]]:
    """Each function of the kernels that is compiled with fast math, and by which other options."""
    for file in (file for room in ROOMS for file in room.glob("*.py")):
        for function in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(function, ast.FunctionDef):
                for decorator in function.decorator_list:
                    options = (
                        {word.arg or "" for word in decorator.keywords} if isinstance(decorator, ast.Call) else set()
                    )
                    if "fastmath" in options:
                        yield function.name, options


def _sweep(cache: Path) -> str:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache)}
    return subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, check=True, capture_output=True, text=True
    ).stdout
