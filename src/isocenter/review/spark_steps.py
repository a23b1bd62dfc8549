"""The steps of a query, `with name as (...)`, found so that Spark works out once what is read several times.

Spark writes a step out wherever its name is read. A chain of steps of which each reads the one before it twice is twice
as long to plan, and to run, with every step.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import sqlglot

_READS_OF_A_SMALL_STEP = 1  # to write such a step out again costs less than to keep its rows


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a query, `with name as (query)`."""

    name: str
    query: str
    is_shared: bool  # later steps read it several times, and it reads several relations itself


@dataclass(frozen=True, slots=True)
class PartedQuery:
    """A query as its steps, each after those it reads, and the select that follows them."""

    steps: tuple[Step, ...]
    select: str


def parted(query: str) -> PartedQuery:
    """Part a query into the steps that it begins with and its select; without any where it begins with none."""
    found = _Tokens(query).leading_steps()
    if not found:
        return PartedQuery((), query)
    *named, (_, select) = found
    texts = [text for _, text in found]
    reads = [_reads(text) for text in texts]
    steps, weight = [], Counter[str]()
    for place, (name, text) in enumerate(named):
        weight[name] = sum(max(weight[read], 1) * times for read, times in reads[place].items())
        uses = sum(later[name] for later in reads[place + 1 :])
        is_shared = uses > 1 and weight[name] > _READS_OF_A_SMALL_STEP
        if is_shared:
            weight[name] = 1
        steps.append(Step(name, text, is_shared))
    return PartedQuery(tuple(steps), select)


def inner_query(query: str) -> tuple[int, int] | None:
    """Where in a select from a query with steps, `select ... from (with ...)`, that query begins and ends."""
    return _Tokens(query).inner_query()


def with_steps(steps: Sequence[tuple[str, str]], select: str) -> str:
    """The query of these steps and a select."""
    if not steps:
        return select
    written = ", ".join(f"{name} as (\n{text}\n)" for name, text in steps)
    return f"with {written}\n{select}"


def _reads(query: str) -> Counter[str]:
    """How often a query reads each relation by from and join."""
    tokens = sqlglot.tokenize(query, read="duckdb")
    return Counter(
        read.text
        for before, read in pairwise(tokens)
        if before.token_type.name in ("FROM", "JOIN") and read.text.isidentifier()
    )


class _Tokens:
    """The tokens of a query, and what is between its parentheses."""

    def __init__(self, query: str) -> None:
        self._query = query
        self._tokens = sqlglot.tokenize(query, read="duckdb")

    def leading_steps(self) -> list[tuple[str, str]]:
        """Names and texts of the steps that the query begins with, and the select that follows as the last."""
        if not self._has(0, "WITH"):
            return []
        found, place = [], 1
        while self._has(place + 1, "ALIAS") and self._has(place + 2, "L_PAREN"):
            end = self._end_of(place + 2)
            found.append((self._tokens[place].text, self._between(place + 2, end)))
            if not self._has(end + 1, "COMMA"):
                return [*found, ("", self._query[self._tokens[end].end + 1 :])]
            place = end + 2
        return []  # with recursive, or with a list of columns: left as it is

    def inner_query(self) -> tuple[int, int] | None:
        """The first query with steps that the outermost select reads from."""
        place = 0
        while place < len(self._tokens):
            if self._has(place, "L_PAREN"):
                end = self._end_of(place)
                if self._has(place - 1, "FROM", "JOIN") and self._has(place + 1, "WITH"):
                    return self._tokens[place].end + 1, self._tokens[end].start
                place = end
            place += 1
        return None

    def _has(self, place: int, *kinds: str) -> bool:
        return 0 <= place < len(self._tokens) and self._tokens[place].token_type.name in kinds

    def _between(self, opening: int, closing: int) -> str:
        return self._query[self._tokens[opening].end + 1 : self._tokens[closing].start]

    def _end_of(self, opening: int) -> int:
        """The place of the parenthesis that closes the one at `opening`."""
        depth = 0
        for place in range(opening, len(self._tokens)):
            depth += self._has(place, "L_PAREN") - self._has(place, "R_PAREN")
            if depth == 0:
                return place
        raise ValueError("a parenthesis is not closed")
