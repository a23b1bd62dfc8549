"""A problem: one thing that could not be read, or was read and cannot be right."""

import re
from collections.abc import Iterable
from typing import NamedTuple

_MOST_ALIKE = 3  # problems that differ in a name or number alone; more than that are said in one sentence
_NAME_OR_NUMBER = re.compile(r"'[^']*'|\"[^\"]*\"|-?\d+(\.\d+)?(e-?\d+)?")


class Problem(NamedTuple):
    """What is wrong, in which file and where in it; the sentence also says what became of it."""

    path: str
    place: str
    sentence: str


class LostLine(Problem):
    """A problem that cost a claim line, or all lines of a claim; any other one is a remark."""

    __slots__ = ()


def gathered(problems: Iterable[Problem]) -> list[Problem]:
    """The problems in their order; of a flood that differs in names and numbers alone the first, with the count."""
    alike: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        pattern = (_NAME_OR_NUMBER.sub("#", problem.place), _NAME_OR_NUMBER.sub("#", problem.sentence))
        alike.setdefault(pattern, []).append(problem)
    return [problem for group in alike.values() for problem in (group if len(group) <= _MOST_ALIKE else [_one(group)])]


def _one(group: list[Problem]) -> Problem:
    first, last = group[0], group[-1]
    of_files = first.path != last.path
    where, what = (last.path, "files") if of_files else (last.place, "places")
    return first._replace(sentence=f"{first.sentence} The same holds for {len(group) - 1} more {what} (last: {where}).")
