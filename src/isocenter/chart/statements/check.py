"""Checks the grammar of a policy: every phrase compiles, every name is known, no sample sentence is read worse."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from isocenter.chart.grammar.entries import FACILITY
from isocenter.chart.grammar.grammar import Grammar, read_grammar
from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.layout import Box, Cell, Row, Word
from isocenter.chart.pages.passages import sentences
from isocenter.chart.statements.statements import statements
from isocenter.errors import BrokenRule
from isocenter.rulebook.files import read_toml
from isocenter.rulebook.known_tables import SITES_OF_DIAGNOSES, lacks_table
from isocenter.rulebook.rulebook import Rulebook

_SHOWN = 5


class SampleRead(NamedTuple):
    """How a sample sentence was read: whether it should state its element, and whether it was taken to."""

    kind: str
    element: str
    sentence: str
    states: bool
    taken: bool

    @property
    def is_right(self) -> bool:
        """Whether it was read as it should be."""
        return self.states is self.taken


def check_grammar(rulebook: Rulebook) -> list[str]:
    """Every mistake in the phrases beside a policy; none where the policy has no folder of them."""
    folder = rulebook.folder / "chart"
    if not any(folder.glob("*.toml")):  # a group of rules may bear this name
        return []
    try:
        grammar = read_grammar(folder)
        for entry in grammar.entries:
            entry.compile_all()
    except BrokenRule as wrong:
        return [str(wrong)]
    lacking = [] if SITES_OF_DIAGNOSES in rulebook.tables else [lacks_table(SITES_OF_DIAGNOSES)]
    return [*lacking, *unknown_names(grammar, rulebook), *read_worse(grammar, folder)]


def unknown_names(grammar: Grammar, rulebook: Rulebook) -> Iterator[str]:
    """What the phrases, papers and sentences name that documents.csv does not know."""
    known: dict[str, set[str]] = {}
    for document in rulebook.documents:
        known.setdefault(document.kind, set()).add(document.element)
    for entry in grammar.entries:
        if entry.kind != FACILITY and entry.element not in known.get(entry.kind, set()):
            yield f"{entry.place}: documents.csv has no such element"
    for kind, element in grammar.weights.counted:
        if kind not in known or (element and element not in known[kind]):
            yield f"sentences.csv: documents.csv has no element {kind}.{element}"
    yield from (
        f"kind_weights.csv: documents.csv has no kind {kind}" for kind in grammar.kinds.kinds if kind not in known
    )
    for paper in grammar.papers:
        for kind in (*paper.kinds, *paper.may_be):
            if kind not in known:
                yield f"papers.toml: {paper.name}: documents.csv has no kind {kind}"


def read_worse(grammar: Grammar, folder: Path) -> Iterator[str]:
    """What is wrong with the samples in a folder: fewer are read right than samples.toml demands, or it demands nothing."""
    path = folder / "samples.toml"
    if not path.is_file():
        return
    samples = read_toml(path)
    loose = sorted(name for name, group in samples.items() if not isinstance(group, dict))
    if loose:
        yield f"samples.toml: {loose[0]} is under no heading; write how many are to be read right under [least]"
        return
    least = samples.get("least", {})
    read = read_samples(grammar, samples)
    for name, states in (("states", True), ("traps", False)):
        right = sum(sample.is_right for sample in read if sample.states is states)
        wrong = [sample for sample in read if sample.states is states and not sample.is_right]
        if right < least.get(name, 0):
            shown = "; ".join(f"{s.kind}.{s.element}: {s.sentence!r}" for s in wrong[:_SHOWN])
            yield f"samples.toml: {right} sentences under {name} are read right, {least[name]} were; wrong are {shown}"


def read_samples(grammar: Grammar, samples: dict[str, dict[str, list[str]]]) -> list[SampleRead]:
    """Each sample sentence as a page of its own that is a document of the kind."""
    read = []
    for name, groups in samples.items():
        kind, _, element = name.partition(".")
        if not element:
            continue
        for group in ("states", "traps"):
            for sentence in groups.get(group, []):
                stated = statements(grammar, sentences([line_of(sentence)]), (kind,))
                taken = any(statement.element == element for statement in stated)
                read.append(SampleRead(kind, element, sentence, group == "states", taken))
    return read


def line_of(sentence: str) -> Line:
    """A sentence as a line of a page."""
    words, left = [], 40.0
    for text in sentence.split():
        words.append(Word(text, Box(left, 100.0, left + 6.0 * len(text), 110.0), 10.0))
        left += 6.0 * (len(text) + 1)
    return Line(Row((Cell(tuple(words)),)), 1)
