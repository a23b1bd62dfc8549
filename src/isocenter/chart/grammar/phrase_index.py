"""An index of phrases: which of many a text can match at all, by the letters that each one needs."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Generic, TypeVar

from isocenter.chart.grammar.phrases import Phrase, most_telling

_PARTS = re.compile(r"[a-z]+|\d")  # each stem is letters side by side or one digit, hence lies within one of these
_MOST_WORDS_KEPT = 8192

Owner = TypeVar("Owner")


class PhraseIndex(Generic[Owner]):
    """Phrases with what each belongs to, found by the stems that the words of a text hold.

    A phrase that is not given back for a text does not match it or any part of it; one that is given back may match.
    Sets of stems are numbered; each phrase is kept under its most telling set, with the other sets that it needs.
    """

    def __init__(self, owned: Iterable[tuple[Owner, Phrase]]) -> None:
        self._owned = list(owned)
        self._sets_of_stem: dict[str, list[int]] = {}
        self._under: dict[int, list[tuple[int, frozenset[int]]]] = {}
        self._always: list[int] = []
        numbers: dict[frozenset[str], int] = {}
        for position, (_, phrase) in enumerate(self._owned):
            if not phrase.needed:
                self._always.append(position)
                continue
            for stems in phrase.needed:
                if stems not in numbers:
                    numbers[stems] = len(numbers)
                    for stem in stems:
                        self._sets_of_stem.setdefault(stem, []).append(numbers[stems])
            key = most_telling(phrase.needed)
            others = frozenset(numbers[stems] for stems in phrase.needed if stems != key)
            self._under.setdefault(numbers[key], []).append((position, others))
        self._longest_stem = max(map(len, self._sets_of_stem), default=0)
        self._sets_of = lru_cache(_MOST_WORDS_KEPT)(self._sets_of_word)

    def may_match(self, low: str) -> list[tuple[Owner, Phrase]]:
        """The phrases that a lower-case text may match, in their order."""
        held = frozenset[int]().union(*map(self._sets_of, set(_PARTS.findall(low))))
        positions = self._always.copy()
        for number in held:
            for position, others in self._under.get(number, ()):
                if others <= held:
                    positions.append(position)
        positions.sort()
        return [self._owned[position] for position in positions]

    def _sets_of_word(self, word: str) -> frozenset[int]:
        parts = {
            word[start:stop]
            for start in range(len(word))
            for stop in range(start + 1, min(start + self._longest_stem, len(word)) + 1)
        }
        return frozenset(number for part in parts for number in self._sets_of_stem.get(part, ()))
