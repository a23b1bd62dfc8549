"""What the words and the layout around a name and a day weigh for a signature, as a policy's signing_weights.csv lists them."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from isocenter.chart.grammar.phrases import Phrase
from isocenter.chart.grammar.weights_as_written import read_weights, write_weights

ALWAYS = "always"
_HEAD = ["feature", "weight"]
_MOST_WORDS_KEPT = 8192


class SigningWeights:
    """The logarithm of the odds that a name and a day are a signature, added up over their features."""

    def __init__(
        self,
        weights: Mapping[str, float],
        *,
        signed: Sequence[Phrase] = (),
        acts: Sequence[Phrase] = (),
        titles: Sequence[Phrase] = (),
    ) -> None:
        self._weights = weights
        self._kinds = (("signing", signed), ("act", acts), ("title", titles))
        self.kind_of = lru_cache(_MOST_WORDS_KEPT)(self._kind_of)

    def of(self, features: Iterable[str]) -> float:
        """The weight of the features of a name and a day; minus infinity where the policy has no weights."""
        if not self._weights:
            return float("-inf")
        return self._weights.get(ALWAYS, 0.0) + sum(self._weights.get(feature, 0.0) for feature in features)

    def _kind_of(self, word: str) -> str:
        """Whether a word in lower case is one of signing, of an act, of a title, ends like an act, or is another one."""
        if not word[0].isalpha():
            return word
        for kind, phrases in self._kinds:
            if any(phrase.pattern.fullmatch(word) for phrase in phrases):
                return kind
        return "done" if word.endswith("ed") else "word"


def read_signing_weights(path: Path) -> dict[str, float]:
    """The weights of a file, none where it is not there; BrokenRule says what is wrong with it."""
    weights = read_weights(path, _HEAD, "python -m isocenter.chart.signatures")
    return {feature: weight for (feature,), weight in weights.items()}


def write_signing_weights(path: Path, weights: Mapping[str, float]) -> None:
    """Write weights to a file, by their names."""
    write_weights(path, _HEAD, {(feature,): weight for feature, weight in weights.items()}, digits=2)
