"""What is said of a Parquet file that cannot be read: that it is damaged, unless the libraries say something else."""

import re

from isocenter.errors import UnreadableInput

# What DuckDB and Arrow say of a file that may be whole; of bytes that are missing or wrong they have too many words.
_NOT_DAMAGED = re.compile(
    r"memory|not (yet )?(implemented|supported)|unsupported|encrypt|permission|open file|no such file|unicode|utf",
    re.IGNORECASE,
)
_KIND_OF_ERROR = re.compile(r"^[A-Z][A-Za-z ]* Error: ")


def cannot_be_read_as_parquet(name: str, wrong: Exception) -> UnreadableInput:
    """The error that names a Parquet file and says what to do with it."""
    sentence = _KIND_OF_ERROR.sub("", str(wrong).split("\n", maxsplit=1)[0]).rstrip(". ")
    if _NOT_DAMAGED.search(sentence):
        return UnreadableInput(f"{name}: cannot be read as Parquet ({sentence})")
    return UnreadableInput(
        f"{name}: cannot be read as Parquet: the file is damaged or was cut off; copy or export it once more"
    )
