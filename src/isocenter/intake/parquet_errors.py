"""What is said of a Parquet file that cannot be read: that it is damaged, unless the libraries say something else."""

import re
from collections.abc import Sequence

from isocenter.errors import UnreadableInput
from isocenter.files.texts import shown

# What DuckDB and Arrow say of a file that may be whole; of bytes that are missing or wrong they have too many words.
_NOT_DAMAGED = re.compile(
    r"memory|not (yet )?(implemented|supported)|unsupported|encrypt|permission|open file|no such file|unicode|utf",
    re.IGNORECASE,
)
_NO_TEXT = re.compile('Invalid string encoding.*value "(.*)" is not valid')
_NAMED = 8  # columns
_NAME_SHOWN = 40  # characters of each
_KIND_OF_ERROR = re.compile(r"^[A-Z][A-Za-z ]* Error: ")


def cannot_be_read_as_parquet(name: str, wrong: Exception) -> UnreadableInput:
    """The error that names a Parquet file and says what to do with it."""
    sentence = _KIND_OF_ERROR.sub("", str(wrong).split("\n", maxsplit=1)[0]).rstrip(". ")
    if found := _NO_TEXT.search(sentence):
        return UnreadableInput(f"{name}: a text in it is not UTF-8 ({found[1][:_NAME_SHOWN]!r}); export it as UTF-8")
    if _NOT_DAMAGED.search(sentence):
        return UnreadableInput(f"{name}: cannot be read as Parquet ({sentence})")
    return UnreadableInput(
        f"{name}: cannot be read as Parquet: the file is damaged or was cut off; copy or export it once more"
    )


def records_in_columns(name: str, columns: Sequence[str]) -> UnreadableInput:
    """The error that names a Parquet file and those of its columns that hold records of several fields."""
    named = ", ".join(shown(column[:_NAME_SHOWN]) for column in columns[:_NAMED])
    return UnreadableInput(
        f"{name}: the column {named} holds records of several fields, or lists of lists; expected one value a row, or a"
        " list of values; export the field that is meant"
    )
