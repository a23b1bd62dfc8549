"""Learning from examples what the words of a paper weigh for each kind of document: a logistic regression a kind."""

import csv
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from isocenter.chart.grammar.kind_weights import ALWAYS, features_of, read_kind_weights, share_of_each
from isocenter.chart.words.people import people_in
from isocenter.errors import BrokenRule

_HEAD = ["lot", "kinds", "roles", "text"]
_SEEN_AT_LEAST, _LOTS_AT_LEAST = 3, 2  # papers and lots of examples that have a feature
_LIGHTEST = 0.3
_STEPS, _STEP, _RIDGE = 100, 0.15, 2e-4
_KEPT, _KEPT_OF_SQUARES = 0.9, 0.99  # of the means of gradients at each step (Kingma and Ba, Adam, 2015)
_MOST_APART = 0.3  # that weights may differ by, as they are written with one decimal and none below the lightest is


class PaperExample(NamedTuple):
    """The lines of a paper without its title, the kinds of documents that it is, and the roles of its signers."""

    lot: str
    kinds: frozenset[str]
    roles: frozenset[str]
    lines: tuple[str, ...]


def read_paper_examples(path: Path) -> list[PaperExample]:
    """The examples of a file; BrokenRule says what is wrong with it."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            head, *rows = csv.reader(file, strict=True)
            if head != _HEAD:
                raise ValueError
            return [
                PaperExample(lot, frozenset(kinds.split()), frozenset(roles.split()), tuple(text.split("\n")))
                for lot, kinds, roles, text in rows
            ]
    except (OSError, ValueError, csv.Error):
        raise BrokenRule(
            f"{path.name}: it is not a table with the columns {', '.join(_HEAD)}; write several kinds, and several roles"
            " of those who signed, with spaces between them"
        ) from None


def learn_kinds(examples: Sequence[PaperExample]) -> dict[tuple[str, str], float]:
    """The weights of the features of papers for each kind of document, kept small; names of people are no features.

    Empty where there are no examples.
    """
    kinds = sorted({kind for one in examples for kind in one.kinds})
    features = [features_of(one.lines, one.roles) for one in examples]
    places = {name: at for at, name in enumerate(_names_of(examples, features))}
    if not kinds or not places:
        return {}
    papers = np.zeros((len(examples), len(places) + 1))
    for row, of_paper in zip(papers, features, strict=True):
        known = [places[name] for name in of_paper if name in places]
        row[known] = share_of_each(len(known))
    papers[:, -1] = 1.0
    answers = np.array([[kind in one.kinds for kind in kinds] for one in examples], dtype=float)
    weights, mean, squares = (np.zeros((papers.shape[1], len(kinds))) for _ in range(3))
    for step in range(1, _STEPS + 1):
        likely = 1.0 / (1.0 + np.exp(-papers @ weights))
        slope = papers.T @ (likely - answers) / len(examples) + _RIDGE * weights
        mean = _KEPT * mean + (1 - _KEPT) * slope
        squares = _KEPT_OF_SQUARES * squares + (1 - _KEPT_OF_SQUARES) * slope**2
        pace = np.sqrt(squares / (1 - _KEPT_OF_SQUARES**step)) + 1e-6
        weights -= _STEP * mean / (1 - _KEPT**step) / pace
    names = [*places, ALWAYS]
    heavy = np.argwhere((abs(weights) >= _LIGHTEST) | (np.arange(len(names)) == len(places))[:, None])
    return {(kinds[kind], names[at]): float(weights[at, kind]) for at, kind in heavy}


def _names_of(examples: Sequence[PaperExample], features: Sequence[frozenset[str]]) -> list[str]:
    """The features that enough papers and lots have, without the names of people."""
    people = {
        part.lower()[:6]
        for one in examples
        for line in one.lines
        for person in people_in(line)
        if person.credentials
        for part in re.findall(r"[^\W\d_]{3,}", person.name)
    }
    lots = defaultdict(list)
    for one, of_paper in zip(examples, features, strict=True):
        for name in of_paper:
            lots[name].append(one.lot)
    return sorted(
        name
        for name, of_name in lots.items()
        if len(of_name) >= _SEEN_AT_LEAST and len(set(of_name)) >= _LOTS_AT_LEAST and name not in people
    )


def check_kind_weights(folder: Path) -> list[str]:
    """What is wrong with the weights of kinds in a folder of phrases: its examples teach others."""
    examples = folder / "kind_examples.csv"
    if not examples.is_file():
        return []
    try:
        taught = learn_kinds(read_paper_examples(examples))
        written = read_kind_weights(folder / "kind_weights.csv")
    except BrokenRule as wrong:
        return [str(wrong)]
    apart = {name: abs(taught.get(name, 0.0) - written.get(name, 0.0)) for name in taught.keys() | written.keys()}
    worst = max(apart, key=lambda name: (apart[name], name), default=None)
    if worst is None or apart[worst] <= _MOST_APART + _LIGHTEST:
        return []
    return [
        f"kind_weights.csv: {' '.join(worst)} has {written.get(worst, 0.0):.1f} and the examples teach"
        f" {taught.get(worst, 0.0):.1f}; write the weights again with python -m isocenter.chart.course"
    ]
