"""The grammar of a policy: how charts say each element, and how papers are titled; data, read and checked."""

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from isocenter.chart.assertion import Cues, read_cues
from isocenter.chart.phrases import Lists, Phrase, compile_phrase, compile_phrases
from isocenter.chart.signing import Signing, read_signing
from isocenter.errors import BrokenRule
from isocenter.files import read_toml

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
}
_LIFTED = {"future", "negation", "hypothesis", "history"}
_NEEDS = {"organ", "device", "dose", "position", "date", "name", "person", "value", "by_physician"}
_SHOWS = (3.0, 0.0)
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
}


class Entry:
    """How charts say one element of one kind of document; its phrases are compiled when they are first asked for."""

    def __init__(self, kind: str, element: str, table: Mapping[str, Any], lists: Lists) -> None:
        self.kind, self.element = kind, element
        self.place = f"statements.toml: [{kind}.{element}]"
        unknown = set(table) - _KEYS
        if unknown:
            raise BrokenRule(f"{self.place}: {sorted(unknown)[0]!r} is no key; known are {', '.join(sorted(_KEYS))}")
        self.may = frozenset(table.get("may", ()))
        self.needs = tuple(table.get("needs", ()))
        self.source = str(table.get("from", ""))
        self.sure = float(table.get("sure", 0.9))
        self.detail = str(table.get("detail", ""))
        self.sites = tuple(table.get("sites", ()))
        self.two_sentences = bool(table.get("two_sentences", False))  # a phrase may begin in one and end in the next
        stated, absent = table.get("shows", _SHOWS)
        self.shows, self.misses = float(stated), float(absent)  # bits for its kind where stated, against it where not
        self._table, self._lists = table, lists
        for name, known in (("may", _LIFTED), ("needs", _NEEDS)):
            wrong = set(table.get(name, ())) - known
            if wrong:
                raise BrokenRule(
                    f"{self.place}: {name} holds {sorted(wrong)[0]!r}; known are {', '.join(sorted(known))}"
                )

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
            len(part)


class PaperType(NamedTuple):
    """A kind of paper: its titles, the documents it is, and those it may be when it states their elements.

    `words` tell the kind of paper where no title fits; `codes` are procedure codes that a title may bear.
    A paper `by_content` that no physician signed is what it states, as a physicist's letter is.
    It takes the place of the paper type `instead_of` where nobody but the roles of `signed_by` signed.
    """

    name: str
    titles: tuple[Phrase, ...]
    kinds: tuple[str, ...]
    may_be: Mapping[str, int]
    none: bool = False
    facility: bool = False
    words: tuple[Phrase, ...] = ()
    codes: tuple[str, ...] = ()
    instead_of: str = ""
    signed_by: tuple[str, ...] = ()
    by_content: bool = False


class Grammar(NamedTuple):
    """All that a policy says about reading charts."""

    entries: tuple[Entry, ...]
    papers: tuple[PaperType, ...]
    cues: Cues
    lists: Lists
    signing: Signing
    fillers: frozenset[str] = frozenset()  # words that may stand before a title
    weak: frozenset[str] = frozenset()  # titles that head a paper only at the head of a page or printed large

    def entries_of(self, kinds: Sequence[str]) -> tuple[Entry, ...]:
        """The entries of some kinds of documents."""
        return tuple(entry for entry in self.entries if entry.kind in kinds)

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
    files = sorted(folder.glob("*.toml"))
    return _grammar_as_of(folder, tuple((file.stat().st_mtime_ns, file.stat().st_size) for file in files))


@lru_cache(maxsize=4)
def _grammar_as_of(folder: Path, _: tuple[tuple[int, int], ...]) -> Grammar:
    return read_grammar(folder)


def read_grammar(folder: Path) -> Grammar:
    """The grammar in a folder beside a policy; BrokenRule says which file, where, and what is wrong."""
    statements = _toml(folder / "statements.toml")
    lists = Lists(statements.pop("lists", {}), statements.pop("abbreviations", {}))
    for elements in statements.values():
        for table in elements.values():
            _take_over(table, statements)
    entries = [
        Entry(kind, element, table, lists)
        for kind, elements in statements.items()
        for element, table in elements.items()
    ]
    titled = _toml(folder / "papers.toml")
    papers = [_paper(table, lists) for table in titled.get("paper", [])]
    fillers = frozenset(titled.get("fillers", ()))
    cues, signing = read_cues(_toml(folder / "cues.toml")), read_signing(_toml(folder / "signing.toml"))
    return Grammar(tuple(entries), tuple(papers), cues, lists, signing, fillers, frozenset(titled.get("weak", ())))


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
        wrong = f"{sorted(unknown)[0]!r} is no key" if unknown else "titles are missing"
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
        str(table.get("instead_of", "")),
        tuple(table.get("signed_by", ())),
        bool(table.get("by_content", False)),
    )


def _title(written: str, lists: Lists, place: str) -> Phrase:
    """A title; one that ends with a star may go on with any words, which the pattern itself need not hold."""
    return compile_phrase(written.removesuffix(" *"), lists, place)._replace(written=written)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return read_toml(path)
    except FileNotFoundError:
        raise BrokenRule(f"{path.name}: the policy's folder of phrases lacks this file") from None
    except ValueError as wrong:
        raise BrokenRule(f"{path.name}: not TOML ({wrong})") from None
