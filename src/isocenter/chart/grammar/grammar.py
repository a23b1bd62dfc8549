"""The grammar of a policy: how charts say each element, and how papers are titled; data, read and checked."""

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from isocenter.chart.grammar.assertion import Cues, read_cues
from isocenter.chart.grammar.entries import Entry
from isocenter.chart.grammar.entry_index import EntryIndex
from isocenter.chart.grammar.kind_weights import KindWeights, read_kind_weights
from isocenter.chart.grammar.phrase_index import PhraseIndex
from isocenter.chart.grammar.phrases import Lists, Phrase, compile_phrase, compile_phrases
from isocenter.chart.grammar.signing import Signing, read_signing
from isocenter.chart.grammar.signing_weights import read_signing_weights
from isocenter.chart.grammar.word_weights import StatedSentence, WordWeights
from isocenter.errors import BrokenRule
from isocenter.files.structured import read_toml

_PAPER_KEYS = {
    "name",
    "titles",
    "words",
    "codes",
    "kinds",
    "may_be",
    "none",
    "facility",
    "instead_of",
    "signed_by",
    "by_content",
    "by_dose",
    "shown_by",
    "shown_in",
    "instead_where",
}


class PaperType(NamedTuple):
    """A kind of paper: its titles, the documents it is, and those it may be when it states their elements.

    `words` tell the kind of paper where no title fits; `codes` are procedure codes that a title may bear.
    A paper `by_content` that no physician signed is what it states, as a physicist's letter is.
    A paper `by_dose` that names no dose in Gy is its kinds only where it states an element of them, unlike orders of blood tests.
    It takes the place of the paper types `instead_of` where nobody but the roles of `signed_by` signed, or where the
    paper says one of `instead_where`.
    A tick box whose words begin with `shown_by` shows that a document of the kinds `shown_in` is this paper too, even
    where it states none of its elements, such as an open question about a device on a simulation's sheet.
    """

    name: str
    titles: tuple[Phrase, ...]
    kinds: tuple[str, ...]
    may_be: Mapping[str, int]
    none: bool = False
    facility: bool = False
    words: tuple[Phrase, ...] = ()
    codes: tuple[str, ...] = ()
    instead_of: tuple[str, ...] = ()
    signed_by: tuple[str, ...] = ()
    by_content: bool = False
    shown_by: tuple[Phrase, ...] = ()
    shown_in: tuple[str, ...] = ()
    instead_where: tuple[Phrase, ...] = ()
    by_dose: bool = False


@dataclass(frozen=True, eq=False)
class Grammar:
    """All that a policy says about reading charts."""

    entries: tuple[Entry, ...]
    papers: tuple[PaperType, ...]
    cues: Cues
    lists: Lists
    signing: Signing
    weights: WordWeights
    kinds: KindWeights
    fillers: frozenset[str] = frozenset()  # words that may stand before a title
    weak: frozenset[str] = frozenset()  # titles that head a paper only at the head of a page or printed large

    @cached_property
    def index(self) -> EntryIndex:
        """The entries by what a sentence must hold to state them."""
        return EntryIndex(self.entries)

    @cached_property
    def titles(self) -> PhraseIndex[PaperType]:
        """The titles of papers by the words that a row must hold."""
        return PhraseIndex((paper, title) for paper in self.papers for title in paper.titles)

    @cached_property
    def telling_words(self) -> PhraseIndex[PaperType]:
        """The telling words of titles, likewise."""
        return PhraseIndex((paper, word) for paper in self.papers for word in paper.words)

    def paper_of(self, kind: str) -> PaperType | None:
        """The first kind of paper that is a document of a kind; None where the policy knows none."""
        return next((paper for paper in self.papers if kind in paper.kinds), None)

    def paper_named(self, name: str | None) -> PaperType | None:
        """The kind of paper of a name; None where the policy knows none."""
        return next((paper for paper in self.papers if paper.name == name), None)

    @cached_property
    def no_document(self) -> PaperType | None:
        """The kind of paper that is no document of the policy."""
        return next((paper for paper in self.papers if paper.none), None)

    @cached_property
    def facility(self) -> PaperType | None:
        """The kind of paper by which the facility states what holds for all its patients."""
        return next((paper for paper in self.papers if paper.facility), None)

    def entries_of(self, kinds: Collection[str]) -> tuple[Entry, ...]:
        """The entries of some kinds of documents."""
        return tuple(entry for entry in self.entries if entry.kind in kinds)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Every phrase as written, for the words in it."""
        written = [phrase.written for paper in self.papers for phrase in (*paper.titles, *paper.words)]
        return (
            *written,
            *self.fillers,
            *(phrase for entry in self.entries for phrase in entry.written),
            *self.lists.written(),
        )


def grammar_of(folder: Path) -> Grammar:
    """The grammar in a folder, read once as long as its files stay as they are: its phrases take seconds to compile."""
    files = sorted([*folder.glob("*.toml"), *folder.glob("*.csv")])
    return _grammar_as_of(folder, tuple((file.stat().st_mtime_ns, file.stat().st_size) for file in files))


@lru_cache(maxsize=4)
def _grammar_as_of(folder: Path, _: tuple[tuple[int, int], ...]) -> Grammar:
    return read_grammar(folder)


def read_grammar(folder: Path) -> Grammar:
    """The grammar in a folder beside a policy; BrokenRule says which file, where, and what is wrong."""
    statements, titled = _toml(folder / "statements.toml"), _toml(folder / "papers.toml")
    with _of_the_shape_of("statements.toml"):
        lists = Lists(statements.pop("lists", {}), statements.pop("abbreviations", {}))
        for elements in statements.values():
            for table in elements.values():
                _take_over(table, statements)
        entries = [
            Entry(kind, element, table, lists)
            for kind, elements in statements.items()
            for element, table in elements.items()
        ]
    with _of_the_shape_of("papers.toml"):
        papers = [_paper(table, lists) for table in titled.get("paper", [])]
        fillers, weak = frozenset(titled.get("fillers", ())), frozenset(titled.get("weak", ()))
    with _of_the_shape_of("cues.toml"):
        cues = read_cues(_toml(folder / "cues.toml"))
    with _of_the_shape_of("signing.toml"):
        signing = read_signing(_toml(folder / "signing.toml"), read_signing_weights(folder / "signing_weights.csv"))
    weights = WordWeights([*_sample_sentences(folder), *_counted_sentences(folder)], lists)
    kinds = KindWeights(read_kind_weights(folder / "kind_weights.csv"))
    return Grammar(tuple(entries), tuple(papers), cues, lists, signing, weights, kinds, fillers, weak)


@contextmanager
def _of_the_shape_of(file: str) -> Iterator[None]:
    """BrokenRule where what a file of phrases holds is a number where a list belongs, or lacks a key, and the like."""
    try:
        yield
    except (TypeError, AttributeError, KeyError):
        raise BrokenRule(
            f"{file}: a value in it is missing or of the wrong kind; write it as the policy imrt does in chart/{file}"
        ) from None


def _sample_sentences(folder: Path) -> list[StatedSentence]:
    """The sentences of samples.toml with what each states, where the file is."""
    path = folder / "samples.toml"
    with _of_the_shape_of(path.name):
        samples = _toml(path) if path.is_file() else {}
        return [
            StatedSentence(kind, element if group == "states" else "", text)
            for name, groups in samples.items()
            for kind, _, element in [name.partition(".")]
            if element
            for group in ("states", "traps")
            for text in groups.get(group, ())
        ]


def _counted_sentences(folder: Path) -> list[StatedSentence]:
    """The sentences of sentences.csv with what each states, where the file is."""
    path = folder / "sentences.csv"
    if not path.is_file():
        return []
    try:
        with path.open(encoding="utf-8", newline="") as file:
            head, *rows = csv.reader(file, strict=True)
            if head != list(StatedSentence._fields):
                raise ValueError
            return [StatedSentence(*row) for row in rows]
    except (TypeError, ValueError, csv.Error):
        raise BrokenRule(
            f"{path.name}: it is not a table with the columns kind, element and sentence; write it as the policy imrt does"
        ) from None


def _take_over(table: dict[str, Any], statements: Mapping[str, Mapping[str, Any]]) -> None:
    """Add the phrases of the element that an entry names under `like`."""
    if "like" not in table:
        return
    kind, _, element = str(table["like"]).partition(".")
    other = statements.get(kind, {}).get(element)
    if other is None:
        raise BrokenRule(f"statements.toml: like = {table['like']!r} names no entry; write kind.element")
    own = table.get("phrases", [])
    table["phrases"] = [*own, *(phrase for phrase in other.get("phrases", ()) if phrase not in own)]


def _paper(table: Mapping[str, Any], lists: Lists) -> PaperType:
    place = f"papers.toml: {table.get('name', 'a paper without a name')}"
    unknown = set(table) - _PAPER_KEYS
    if unknown or "titles" not in table:
        wrong = f"{sorted(unknown)[0]!r} is not a key" if unknown else "titles are missing"
        raise BrokenRule(f"{place}: {wrong}; known are {', '.join(sorted(_PAPER_KEYS))}")
    return PaperType(
        str(table.get("name", "")),
        tuple(_title(written, lists, place) for written in table["titles"]),
        tuple(table.get("kinds", ())),
        dict(table.get("may_be", {})),
        bool(table.get("none", False)),
        bool(table.get("facility", False)),
        compile_phrases(table.get("words", ()), lists, place),
        tuple(table.get("codes", ())),
        _names(table.get("instead_of", ())),
        tuple(table.get("signed_by", ())),
        bool(table.get("by_content", False)),
        compile_phrases(table.get("shown_by", ()), lists, place),
        tuple(table.get("shown_in", ())),
        compile_phrases(table.get("instead_where", ()), lists, place),
        bool(table.get("by_dose", False)),
    )


def _names(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _title(written: str, lists: Lists, place: str) -> Phrase:
    """A title; one that ends with a star may go on with any words, which the pattern itself need not hold."""
    title = compile_phrase(written.removesuffix(" *"), lists, place)
    return title.written_as(written, title.words, title.beside)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return read_toml(path)
    except FileNotFoundError:
        raise BrokenRule(f"{path.name}: the policy's folder of phrases lacks this file") from None
    except ValueError as wrong:
        raise BrokenRule(f"{path.name}: not TOML ({wrong})") from None
