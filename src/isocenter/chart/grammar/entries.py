"""An entry of the grammar: how charts say one element of one kind of document."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any

from isocenter.chart.grammar.phrases import Lists, Phrase, compile_phrases
from isocenter.errors import BrokenRule

_KEYS = {
    "phrases",
    "labels",
    "boxes",
    "unless",
    "unless_paper",
    "may",
    "needs",
    "from",
    "like",
    "sure",
    "detail",
    "sites",
    "two_sentences",
    "shows",
    "weighed_with",
}
_LIFTED = {"future", "negation", "hypothesis", "history"}
_NEEDS = {"organ", "device", "dose", "position", "date", "name", "person", "value", "by_physician", "large_volume"}
_SHOWS = (3.0, 0.0)
FACILITY = "facility"  # the kind of entries that are about the facility, not a document


class TableSource(StrEnum):
    """The tables of a paper that may state an element, as `from` names them."""

    NONE = ""
    TARGET_CONSTRAINTS = "constraints of targets"
    CRITICAL_CONSTRAINTS = "constraints of critical structures"
    FIELDS = "rows of fields"
    MONITOR_UNITS = "rows of monitor units"
    COMPENSATORS = "rows of compensators"
    MEASURED_RESULTS = "measured results"


class Entry:
    """How charts say one element of one kind of document; its phrases are compiled when they are first asked for."""

    def __init__(self, kind: str, element: str, table: Mapping[str, Any], lists: Lists) -> None:
        self.kind, self.element = kind, element
        self.place = f"statements.toml: [{kind}.{element}]"
        unknown = set(table) - _KEYS
        if unknown:
            raise BrokenRule(f"{self.place}: {sorted(unknown)[0]!r} is not a key; known are {', '.join(sorted(_KEYS))}")
        self.may = frozenset(table.get("may", ()))
        self.needs = tuple(table.get("needs", ()))
        self.source = self._source(str(table.get("from", "")))
        self.sure = float(table.get("sure", 0.9))
        self.detail = str(table.get("detail", ""))
        self.sites = tuple(table.get("sites", ()))
        self.two_sentences = bool(table.get("two_sentences", False))  # a phrase may begin in one and end in the next
        self.weighed_with = tuple(table.get("weighed_with", ()))  # lists of which a weighed sentence holds a word each
        stated, absent = table.get("shows", _SHOWS)
        self.shows, self.misses = float(stated), float(absent)  # bits for its kind where stated, against it where not
        self._table, self._lists = table, lists
        for name, known in (("may", _LIFTED), ("needs", _NEEDS)):
            wrong = set(table.get(name, ())) - known
            if wrong:
                raise BrokenRule(
                    f"{self.place}: {name} holds {sorted(wrong)[0]!r}; known are {', '.join(sorted(known))}"
                )

    def _source(self, name: str) -> TableSource:
        if name not in set(TableSource):
            known = ", ".join(f"'{source}'" for source in TableSource if source)
            raise BrokenRule(f"{self.place}: from is {name!r}; it must be one of {known}")
        return TableSource(name)

    @cached_property
    def phrases(self) -> tuple[Phrase, ...]:
        """What states the element anywhere in a sentence."""
        return compile_phrases(self._table.get("phrases", ()), self._lists, self.place)

    @cached_property
    def labels(self) -> tuple[Phrase, ...]:
        """Labels and headings under which a value states the element."""
        return compile_phrases(self._table.get("labels", ()), self._lists, self.place, whole=True, before=1)

    @cached_property
    def box_labels(self) -> tuple[Phrase, ...]:
        """Labels, and words that state the element behind a ticked box alone, as its text may hold them."""
        written = (*self._table.get("labels", ()), *self._table.get("boxes", ()))
        return compile_phrases(written, self._lists, self.place)

    @cached_property
    def boxes(self) -> tuple[Phrase, ...]:
        """Words that state the element behind a ticked box alone: an open box so worded is about no other element."""
        return compile_phrases(self._table.get("boxes", ()), self._lists, self.place)

    @cached_property
    def unless(self) -> tuple[Phrase, ...]:
        """What must not be in the sentence."""
        return compile_phrases(self._table.get("unless", ()), self._lists, self.place)

    @cached_property
    def unless_paper(self) -> tuple[Phrase, ...]:
        """What must not be in the whole paper, such as: the physician was away."""
        return compile_phrases(self._table.get("unless_paper", ()), self._lists, self.place)

    @property
    def written(self) -> tuple[str, ...]:
        """Its phrases and labels as written."""
        return tuple(word for key in ("phrases", "labels", "boxes", "unless") for word in self._table.get(key, ()))

    def compile_all(self) -> None:
        """Compile every phrase; BrokenRule names one that cannot be understood."""
        for part in (self.phrases, self.labels, self.box_labels, self.unless, self.unless_paper):
            for phrase in part:
                phrase.compile_all()
        for name in self.weighed_with:
            self._lists.pattern(name)
