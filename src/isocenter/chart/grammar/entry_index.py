"""Which entries of the grammar a sentence, a label or the words behind a box can state at all."""

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache

from isocenter.chart.grammar.entries import Entry
from isocenter.chart.grammar.phrase_index import PhraseIndex
from isocenter.chart.grammar.phrases import Phrase

_MOST_HEADS_KEPT = 2048


class EntryIndex:
    """The entries by the letters that a text must hold for one of their phrases or labels to match."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self.labelled = lru_cache(_MOST_HEADS_KEPT)(self._labelled)

    @cached_property
    def _phrases(self) -> PhraseIndex[Entry]:
        return PhraseIndex((entry, phrase) for entry in self._entries for phrase in entry.phrases)

    @cached_property
    def _labels(self) -> PhraseIndex[Entry]:
        return PhraseIndex((entry, label) for entry in self._entries for label in entry.labels)

    @cached_property
    def _boxes(self) -> PhraseIndex[Entry]:
        return PhraseIndex((entry, label) for entry in self._entries for label in entry.box_labels)

    @cached_property
    def _own_boxes(self) -> PhraseIndex[Entry]:
        return PhraseIndex((entry, phrase) for entry in self._entries for phrase in entry.boxes)

    @cached_property
    def _rules_out(self) -> PhraseIndex[Entry]:
        return PhraseIndex((entry, phrase) for entry in self._entries for phrase in entry.unless_paper)

    def ruling_out(self, low: str) -> Mapping[Entry, list[Phrase]]:
        """By entry what a lower-case paper may hold that the entry must not stand beside."""
        found: dict[Entry, list[Phrase]] = {}
        for entry, phrase in self._rules_out.may_match(low):
            found.setdefault(entry, []).append(phrase)
        return found

    def phrases_in(self, low: str) -> Mapping[Entry, list[Phrase]]:
        """By entry the phrases that a lower-case sentence may hold."""
        found: dict[Entry, list[Phrase]] = {}
        for entry, phrase in self._phrases.may_match(low):
            found.setdefault(entry, []).append(phrase)
        return found

    def _labelled(self, head: str) -> frozenset[Entry]:
        """The entries that a lower-case label or heading names without words that an entry must not stand beside."""
        named = {entry for entry, label in self._labels.may_match(head) if label.search(head)}
        return frozenset(entry for entry in named if not any(phrase.search(head) for phrase in entry.unless))

    def boxed(self, low: str) -> frozenset[Entry]:
        """The entries that the words behind a ticked box state."""
        return frozenset(entry for entry, label in self._boxes.may_match(low) if label.search(low))

    def boxes_of(self, low: str) -> frozenset[Entry]:
        """The entries that an open box is about: those with a box so worded, else those that its words could state."""
        own = frozenset(entry for entry, phrase in self._own_boxes.may_match(low) if phrase.search(low))
        held = self._phrases.may_match(low)
        return own or self.boxed(low) or frozenset(entry for entry, phrase in held if phrase.search(low))
