"""What is said of files of claims that the database cannot read."""

from collections.abc import Iterable
from pathlib import Path

import duckdb

from isocenter.errors import UnreadableInput
from isocenter.intake.parquet_errors import cannot_be_read_as_parquet

_NAMED = 3
_PARQUET = b"PAR1"


def cannot_be_read(files: Iterable[Path], wrong: duckdb.Error) -> UnreadableInput:
    """The error that names the files and, where they are gone or did not fit the memory, what to do."""
    files = list(files)
    is_too_large = isinstance(wrong, duckdb.OutOfMemoryException)
    if not is_too_large and (gone := [file.name for file in files if not file.exists()]):
        sentence = "was removed while it was being read; put it back, and run again"
        return UnreadableInput(f"{', '.join(gone[:_NAMED])}: {sentence}")
    names = ", ".join(file.name for file in files[:_NAMED])
    if not is_too_large and all(map(_is_parquet, files)):
        return cannot_be_read_as_parquet(names, wrong)
    sentence = str(wrong).split("\n", maxsplit=1)[0]
    more = "; more --memory may help" if is_too_large else ""
    return UnreadableInput(f"{names}: cannot be read ({sentence}){more}")


def _is_parquet(file: Path) -> bool:
    try:
        with file.open("rb") as data:
            return data.read(len(_PARQUET)) == _PARQUET
    except OSError:
        return False
