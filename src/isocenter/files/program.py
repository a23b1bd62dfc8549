"""The program itself: its version and its files."""

import hashlib
from functools import cache
from pathlib import Path

PROGRAM = Path(__file__).parents[1]
_COMPILED = (".pyc", ".nbi", ".nbc")  # by Python and numba, beside their sources


@cache
def program_version() -> str:
    """The version of the program that is installed."""
    from importlib.metadata import version  # noqa: PLC0415  # it loads much, and few ask

    return version("isocenter")


@cache
def program_digest(program: Path) -> str:
    """SHA-256 of every file of the program: answers that are kept follow from all of it, whatever version it states."""
    files = sorted(file for file in program.rglob("*") if file.is_file() and file.suffix not in _COMPILED)
    lines = (f"{file.relative_to(program)} {hashlib.sha256(file.read_bytes()).hexdigest()}" for file in files)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
