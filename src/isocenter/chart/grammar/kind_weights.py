"""What the words of a paper and the roles of its signers weigh for each kind of document, as a policy's kind_weights.csv lists them."""

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from isocenter.chart.grammar.weights_as_written import read_weights, write_weights

ALWAYS = "always"
_HEAD = ["kind", "feature", "weight"]
_WORD = re.compile(r"[a-z]{3,}")
_LONGEST_STEM = 6
_OF_LENGTH = -0.25  # power of the number of known words by which each counts: a long paper holds more words of any kind


def features_of(texts: Iterable[str], roles: Collection[str]) -> frozenset[str]:
    """The beginnings of the words of lines of a paper, and the roles of those who signed it."""
    words = {word[:_LONGEST_STEM] for text in texts for word in _WORD.findall(text.lower())}
    return frozenset(words | {f"role={role}" for role in (roles or ("none",))})


def share_of_each(known: int) -> float:
    """What each of so many known features counts."""
    return float(max(known, 1) ** _OF_LENGTH)


class KindWeights:
    """The logarithm of the odds that a paper is a document of a kind, by kind, added up over its features."""

    def __init__(self, weights: Mapping[tuple[str, str], float]) -> None:
        self._of_feature: dict[str, dict[str, float]] = {}
        for (kind, feature), weight in weights.items():
            self._of_feature.setdefault(feature, {})[kind] = weight

    @property
    def kinds(self) -> list[str]:
        """The kinds that have weights, in their order."""
        return sorted({kind for weights in self._of_feature.values() for kind in weights})

    def __bool__(self) -> bool:
        return bool(self._of_feature)

    def of(self, features: Iterable[str]) -> dict[str, float]:
        """The weight of the features of a paper for each kind; none where the policy has no weights."""
        known = [self._of_feature[one] for one in features if one != ALWAYS and one in self._of_feature]
        share = share_of_each(len(known))
        total = dict(self._of_feature.get(ALWAYS, {}))
        for weights in known:
            for kind, weight in weights.items():
                total[kind] = total.get(kind, 0.0) + share * weight
        return total


def read_kind_weights(path: Path) -> dict[tuple[str, str], float]:
    """The weights of a file by kind and feature, none where it is not there; BrokenRule says what is wrong with it."""
    weights = read_weights(path, _HEAD, "python -m isocenter.chart.course")
    return {(kind, feature): weight for (kind, feature), weight in weights.items()}


def write_kind_weights(path: Path, weights: Mapping[tuple[str, str], float]) -> None:
    """Write weights to a file, by kind and feature."""
    write_weights(path, _HEAD, {tuple(names): weight for names, weight in weights.items()}, digits=1)
