"""What is said of files of claims that the database cannot read."""

from collections.abc import Iterable
from pathlib import Path

import duckdb

from isocenter.errors import UnreadableInput

_NAMED = 3


def cannot_be_read(files: Iterable[Path], wrong: duckdb.Error) -> UnreadableInput:
    """The error that names the files and, where they did not fit the memory, what to do."""
    names = ", ".join(file.name for file in list(files)[:_NAMED])
    sentence = str(wrong).split("\n", maxsplit=1)[0]
    more = "; more --memory may help" if isinstance(wrong, duckdb.OutOfMemoryException) else ""
    return UnreadableInput(f"{names}: cannot be read ({sentence}){more}")
