"""A problem: one thing that could not be read, or was read and cannot be right."""

from typing import NamedTuple


class Problem(NamedTuple):
    """What is wrong, in which file and where in it; the sentence also says what became of it."""

    path: str
    place: str
    sentence: str


class LostLine(Problem):
    """A problem that cost a claim line, or all lines of a claim; any other one is a remark."""

    __slots__ = ()
