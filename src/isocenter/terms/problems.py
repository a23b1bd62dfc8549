"""A problem: one thing that could not be read, or was read and cannot be right."""

from typing import NamedTuple


class Problem(NamedTuple):
    """What is wrong, in which file and where in it; the sentence also says what became of it."""

    path: str
    place: str
    sentence: str
