"""Learning from examples what the words around a name and a day weigh for a signature: a logistic regression."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np

from isocenter.chart.grammar.grammar import grammar_of
from isocenter.chart.grammar.signing import Signing
from isocenter.chart.grammar.signing_weights import ALWAYS, read_signing_weights
from isocenter.chart.signatures.signature_features import Candidate, candidates_on, features_of
from isocenter.chart.words.people import Person
from isocenter.errors import BrokenRule

_HEAD = ["lot", "known", "text", "signed"]
_SEEN_AT_LEAST = 3  # candidates of the examples that have a feature
_LIGHTEST = 0.05
_STEPS, _STEP, _RIDGE = 200, 0.05, 1.0
_MOST_APART = 0.05  # that weights may differ by, as they are written with two decimals and none below the lightest is
_KEPT, _KEPT_OF_SQUARES = 0.9, 0.99  # of the means of gradients at each step (Kingma and Ba, Adam, 2015)


class Example(NamedTuple):
    """Lines of a paper and who signs in them on which day; `either` are those who may be read either way."""

    lot: str
    known: Mapping[str, str]
    lines: tuple[str, ...]
    signed: frozenset[tuple[str, str]]
    either: frozenset[tuple[str, str]]


class Seen(NamedTuple):
    """A candidate of an example with its features, and whether it signs."""

    example: Example
    candidate: Candidate
    features: frozenset[str]
    signs: bool


def read_examples(path: Path) -> list[Example]:
    """The examples of a file; BrokenRule says what is wrong with it."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            head, *rows = csv.reader(file, strict=True)
            if head != _HEAD:
                raise ValueError
            return [_example(*row) for row in rows]
    except (OSError, TypeError, ValueError, csv.Error):
        raise BrokenRule(
            f"{path.name}: it is not a table with the columns {', '.join(_HEAD)}; write roe=dosimetrist under known, and"
            " roe 2024-03-04 under signed, several parted by semicolons"
        ) from None


def _example(lot: str, known: str, text: str, signed: str) -> Example:
    roles = dict(one.strip().split("=", maxsplit=1) for one in known.split(";") if one.strip())
    answers = [one.strip() for one in signed.split(";") if one.strip()]

    def signers(*, either: bool) -> frozenset[tuple[str, str]]:
        parted = (one.removeprefix("?").rsplit(" ", maxsplit=1) for one in answers if one.startswith("?") == either)
        return frozenset((name, date.fromisoformat(day).isoformat()) for name, day in parted)

    return Example(lot, roles, tuple(text.split("\n")), signers(either=False), signers(either=True))


def seen_in(examples: Iterable[Example], signing: Signing) -> Iterator[Seen]:
    """Each candidate of the examples, but for those that may be read either way."""
    for example in examples:
        for number in range(len(example.lines)):
            for one in candidates_on(example.lines, number, example.known, lambda _: True, day_first=False):
                answer = (one.person.surname, one.day.day.isoformat())
                if answer not in example.either:
                    features = features_of(one, example.lines, example.known, signing)
                    yield Seen(example, one, features, answer in example.signed)


def _names_of(people: Sequence[Person]) -> Iterator[str]:
    return (part for person in people if person.credentials for part in re.findall(r"[^\W\d_]{3,}", person.name))


def learn(seen: Sequence[Seen]) -> dict[str, float]:
    """The weights of the features that distinguish the candidates that sign from others, kept small; names of people are none.

    None where nothing was seen.
    """
    if not seen:
        return {}
    people = {part.lower() for one in seen for part in _names_of(one.candidate.people)}
    counts = Counter(feature for one in seen for feature in one.features)
    counted = (feature for feature, count in counts.items() if count >= _SEEN_AT_LEAST)
    names = sorted(feature for feature in counted if feature.partition("=")[2] not in people)
    places = {feature: at for at, feature in enumerate(names)}
    always = len(names)
    rows = [[*(places[feature] for feature in one.features if feature in places), always] for one in seen]
    flat = np.concatenate([np.array(row) for row in rows])
    starts = np.cumsum([0, *map(len, rows)])[:-1]
    of_row = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    signs = np.array([one.signs for one in seen], dtype=float)
    is_ridged = np.arange(always + 1) < always
    weights, mean, squares = (np.zeros(always + 1) for _ in range(3))
    for step in range(1, _STEPS + 1):
        likely = 1.0 / (1.0 + np.exp(-np.add.reduceat(weights[flat], starts)))
        pull = np.bincount(flat, weights=(likely - signs)[of_row], minlength=always + 1)
        slope = pull + _RIDGE * weights * is_ridged
        mean = _KEPT * mean + (1 - _KEPT) * slope
        squares = _KEPT_OF_SQUARES * squares + (1 - _KEPT_OF_SQUARES) * slope**2
        pace = np.sqrt(squares / (1 - _KEPT_OF_SQUARES**step)) + 1e-8
        weights -= _STEP * mean / (1 - _KEPT**step) / pace
    learned = {feature: float(weights[at]) for feature, at in places.items() if abs(weights[at]) >= _LIGHTEST}
    return {**learned, ALWAYS: float(weights[always])}


def check_weights(folder: Path) -> list[str]:
    """What is wrong with the weights in a folder of phrases: its examples, as its phrases read them, teach others."""
    examples = folder / "signing_examples.csv"
    if not examples.is_file():
        return []
    try:
        taught = learn(list(seen_in(read_examples(examples), grammar_of(folder).signing)))
        written = read_signing_weights(folder / "signing_weights.csv")
    except BrokenRule as wrong:
        return [str(wrong)]
    apart = {name: abs(taught.get(name, 0.0) - written.get(name, 0.0)) for name in taught.keys() | written.keys()}
    worst = max(apart, key=lambda name: (apart[name], name), default="")
    if not worst or apart[worst] <= _MOST_APART + _LIGHTEST:
        return []
    return [
        f"signing_weights.csv: {worst} has {written.get(worst, 0.0):.2f} and the examples teach"
        f" {taught.get(worst, 0.0):.2f}; write the weights again with python -m isocenter.chart.signatures"
    ]
