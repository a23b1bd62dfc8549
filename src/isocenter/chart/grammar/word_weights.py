"""What the words of a sentence weigh for an element, counted over sentences that state it and others of the same kind of papers."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from math import log
from typing import NamedTuple

from isocenter.chart.grammar.phrases import Lists

_TOKEN = re.compile(
    r"(?P<metric>\b[dv])\d[\d.]*(?:%|cc|gy)?(?!\w)|(?P<number>\d[\d.,]*)(?:[ -]?(?P<unit>mm|cm|cc|ml|c?gy|gray|%|percent|mus?|mv|mev|degrees?|fx|fractions?)(?![a-z]))?|[a-z']{2,}"
)
_SAME_UNIT = {"cgy": "gy", "gray": "gy", "percent": "%", "mus": "mu", "fractions": "fx", "fraction": "fx", "degree": "degrees", "ml": "cc"}  # fmt: skip
_ENDINGS = ("ations", "ation", "ments", "ment", "ings", "ing", "edly", "ies", "ied", "ed", "es", "s", "ly")
_SHORTEST_STEM = 3
_LINKING = frozenset(
    ("the", "an", "of", "to", "in", "on", "at", "is", "was", "were", "are", "be", "and", "or", "it", "its", "this", "that", "with", "for", "by", "as", "from")
)  # fmt: skip
_CLASSES = (
    "organ", "target", "device", "position", "chemo", "imaging", "records", "conventional", "marks", "planes",
    "reviewed", "measured", "other_modality",
)  # fmt: skip
_FEWEST_SENTENCES = 4  # that state an element, for its words to be weighed
_FEWEST_PAIRS = 2  # of sentences in which two words stand side by side, for the pair to count
_LIGHTEST = 0.5
_MOST_WORDS_KEPT = 16384
_HEAVIEST = 6.0  # for one word to decide nothing alone
_FEWEST_SPEAKING = 2  # words that speak for an element
_LEAST_KNOWN = 0.4  # of the words of a sentence: one in other words is about something else
_MOST_COUNTED = 16  # words of a sentence, the weightiest, so that a long one does not gain by its length


class StatedSentence(NamedTuple):
    """A sentence of a document of a kind, with an element that it states; '' where it states none."""

    kind: str
    element: str
    sentence: str


class Weighed(NamedTuple):
    """What a sentence weighs for an element, and between which characters the words stand that count for it."""

    weight: float
    start: int
    stop: int


class _Word(NamedTuple):
    """A word or a pair of words as it is counted, and where it stands in its sentence."""

    name: str
    start: int
    stop: int


class WordWeights:
    """The weights of words by kind of documents and element: the logarithm of how much oftener a word is in its sentences.

    A word in a list of the grammar, such as that of organs, counts for the whole list as well, so that an organ that no
    counted sentence names weighs as the others do. A kind is counted when it is first asked for.
    """

    def __init__(self, sentences: Iterable[StatedSentence], lists: Lists) -> None:
        self._of_kind: dict[str, dict[str, set[str]]] = {}
        for one in sentences:
            stated = self._of_kind.setdefault(one.kind, {}).setdefault(one.sentence, set())
            if one.element:
                stated.add(one.element)
        self._classes = [(name, lists.pattern(name)) for name in _CLASSES if name in lists]
        self._class_of = lru_cache(_MOST_WORDS_KEPT)(self._find_class)
        self._weights: dict[str, Mapping[str, Mapping[str, float]]] = {}
        self._known: dict[str, frozenset[str]] = {}
        self._usual: dict[
            tuple[str, str], float
        ] = {}  # the logarithm of the odds that a sentence of the kind states it

    @property
    def counted(self) -> list[tuple[str, str]]:
        """Each kind and element of which sentences are counted, in their order."""
        return sorted({(k, e) for k, stated in self._of_kind.items() for some in stated.values() for e in some})

    def weigh(self, kind: str, element: str, text: str) -> Weighed | None:
        """What the words of a sentence weigh for an element; None where too few sentences were counted, or nothing speaks for it."""
        if kind not in self._weights:
            self._weights[kind] = self._counted(kind)
        weights = self._weights[kind].get(element)
        if weights is None:
            return None
        at = {word.name: word for word in self._words(text.lower())}
        single = [name for name in at if name.strip("#").isalpha() or name == "#%"]
        if sum(name in self._known[kind] for name in single) < _LEAST_KNOWN * len(single):
            return None
        if sum(weights.get(name, 0.0) > 0 for name in single) < _FEWEST_SPEAKING:
            return None
        known = sorted((name for name in at if name in weights), key=lambda name: -abs(weights[name]))[:_MOST_COUNTED]
        speaking = [at[name] for name in known if weights[name] > 0]
        if not speaking:
            return None
        total = self._usual[kind, element] + sum(weights[name] for name in known)
        return Weighed(total, min(word.start for word in speaking), max(word.stop for word in speaking))

    def _counted(self, kind: str) -> Mapping[str, Mapping[str, float]]:
        stated = self._of_kind.get(kind, {})
        words = [({word.name for word in self._words(text.lower())}, elements) for text, elements in stated.items()]
        often = Counter(name for names, _ in words for name in names)
        often = Counter({name: count for name, count in often.items() if " " not in name or count >= _FEWEST_PAIRS})
        counted: dict[str, Mapping[str, float]] = {}
        for element in sorted(set[str]().union(*stated.values())):
            stating = [names for names, states in words if element in states]
            if len(stating) >= _FEWEST_SENTENCES:
                counted[element] = _weights_of(stating, often, len(words))
                self._usual[kind, element] = log(len(stating) / (len(words) - len(stating) + 1))
        self._known[kind] = frozenset(often)
        return counted

    def _words(self, low: str) -> Iterator[_Word]:
        """The words of a lower-case sentence, their lists, and pairs of those side by side but for linking words."""
        telling: list[_Word] = []
        for found in _TOKEN.finditer(low):
            word = found.group()
            if word in _LINKING:
                continue
            name = _name_of(found)
            yield _Word(name, *found.span())
            of_list = "" if "#" in name else self._class_of(word)
            if of_list:
                name = f"{{{of_list}}}"
                yield _Word(name, *found.span())
            telling.append(_Word(name, *found.span()))
        for one, other in pairwise(telling):
            yield _Word(f"{one.name} {other.name}", one.start, other.stop)

    def _find_class(self, word: str) -> str:
        return next((name for name, pattern in self._classes if pattern.fullmatch(word)), "")


def _weights_of(stating: Sequence[set[str]], often: Counter[str], sentences: int) -> Mapping[str, float]:
    """The weight of each word for an element, from the sentences of its kind that state it among all of them."""
    with_it = Counter(name for names in stating for name in names)
    others = sentences - len(stating)
    weights = {}
    for name, count in often.items():
        usual = count / sentences
        there = (with_it[name] + usual) / (len(stating) + 1)
        elsewhere = (count - with_it[name] + usual) / (others + 1)
        weight = log(there / elsewhere)
        if abs(weight) >= _LIGHTEST:
            weights[name] = max(-_HEAVIEST, min(weight, _HEAVIEST))
    return weights


def _name_of(found: re.Match[str]) -> str:
    """A word without its ending, a metric such as d#, or a number as its unit, such as #gy."""
    unit = found["unit"] or ""
    if found["metric"]:
        return f"{found['metric']}#"
    return "#" + _SAME_UNIT.get(unit, unit) if found["number"] else _stem(found.group())


@lru_cache(maxsize=_MOST_WORDS_KEPT)
def _stem(word: str) -> str:
    ending = next((e for e in _ENDINGS if word.endswith(e) and len(word) - len(e) >= _SHORTEST_STEM), "")
    return word.removesuffix(ending)
