"""Phrases as the grammar writes them, compiled: words, alternatives, lists, gaps, and concepts in any order."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice, product
from typing import NamedTuple

from isocenter.errors import BrokenRule

_TOKEN = re.compile(r"\.\.\.|\{\w+\}|[()\[\]|]|\s+|[^\s()\[\]|{}]+?(?=\.\.\.|[\s()\[\]|{}]|$)")
_GAP = r"(?:[^.;:?!☐☒]|\.(?=\d)){0,110}?"
_SPACE = r"[\s\-/,]{1,3}"
_ANYTHING = r"[^;☐☒]{0,80}"
TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
ONES = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}
_TENS = f"(?:{'|'.join(TENS)})"
_ONES = f"(?:{'|'.join(word for word, value in ONES.items() if value < 10)})"
_TEENS = "eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
_SOME = "a few|few|several|(?:a )?couple(?: of)?"
_NUMBER = rf"(?:\d+(?:[.,]\d+)?|{_TENS}(?:[- ]{_ONES})?|\b{_ONES}|\bten|\b(?:{_TEENS}|{_SOME})\b)"
_ENDING = r"\w*(?:['’]s(?!\w))?"  # such as: oncologist's
DATE = r"\d{1,4}[/.\-]\d{1,2}[/.\-]\d{1,4}|\d{1,2}[ -][a-z]{3,9}\.?[ -]\d{4}|[a-z]{3,9}\.? \d{1,2},? \d{4}"
_LETTERS = re.compile(r"[a-z]{2,}|\d")
_POINT = re.compile(r"\b(dr|mr|mrs|ms|no|nos|approx|vs|fem|lt|rt|incl|fx|thr)\.")


_WIDEST_CHARACTERS = 170  # over which the concepts of one statement may be spread
_PARTED = re.compile(
    r";(?! (?:it|this|that|which|both|they|these|the latter|i (?:will |can |have to )?(?:let|take|took|accept|allow|agree|live)|accepted|agreed|tolerated)\b)"
)  # into statements of their own
_FEWEST_LETTERS = 4  # of a word with any ending that abbreviations may stand for
_MOST_PLACES = 6  # of one concept in a sentence; a sentence with more is a list


# Eight times what any phrase of ours comes to with its lists written out.
_LONGEST_PATTERN = 100_000
_MOST_GAPS, _MOST_ANYTHING, _MOST_OPTIONAL = 4, 2, 8  # with each further one a text takes many times as long
_TOO_LONG = f"comes to more than {_LONGEST_PATTERN:,} letters when its lists are written out; name fewer lists in it"

_Needed = tuple[frozenset[str], ...]  # sets of letters: a text that matches holds one of each set
_Made = tuple[str, _Needed]  # a pattern, and what it needs; nothing where nothing is sure


class Match(NamedTuple):
    """From where to where a phrase was found in a text."""

    first: int
    stop: int
    text: str

    def start(self) -> int:
        """Where it begins."""
        return self.first

    def end(self) -> int:
        """Where it ends."""
        return self.stop

    def group(self) -> str:
        """The words."""
        return self.text[self.first : self.stop]


class Phrase:
    """A phrase as written; it is compiled when it first may match.

    A text that it matches holds one of its `stems`, and one of each set of `needed`, those of its other concepts among
    them. `words` are those that the phrase itself writes, without those of lists. `beside` are the other concepts of a phrase
    written with `&`: all are needed, in any order, close together.
    """

    __slots__ = ("_own", "_pattern", "_place", "_regex", "beside", "needed", "stems", "words", "written")

    def __init__(
        self,
        written: str,
        regex: str,
        needed: _Needed,
        words: frozenset[str],
        place: str,
        beside: tuple["Phrase", ...] = (),
    ) -> None:
        self.written, self.words, self.beside = written, words, beside
        self.stems = tuple(sorted(most_telling(needed)))
        self.needed: _Needed = tuple(
            dict.fromkeys((*needed, *(stems for concept in beside for stems in concept.needed)))
        )
        self._regex, self._place, self._own = regex, place, needed
        self._pattern: re.Pattern[str] | None = None

    @property
    def pattern(self) -> re.Pattern[str]:
        """The compiled pattern of its first concept; BrokenRule where it cannot be understood."""
        if self._pattern is None:
            try:
                self._pattern = re.compile(self._regex)
            except re.error as wrong:
                raise BrokenRule(f"{self._place}: the phrase {self.written!r} cannot be understood ({wrong})") from None
        return self._pattern

    @property
    def concepts(self) -> tuple["Phrase", ...]:
        """Its concepts: itself and those beside it."""
        return (self, *self.beside)

    def compile_all(self) -> None:
        """Compile every concept; BrokenRule names one that cannot be understood."""
        for concept in self.concepts:
            _ = concept.pattern

    def written_as(self, written: str, words: frozenset[str], beside: tuple["Phrase", ...] = ()) -> "Phrase":
        """The same pattern under other words, with other concepts beside it."""
        return Phrase(written, self._regex, self._own, words, self._place, beside)

    def search(self, low: str, start: int = 0) -> "re.Match[str] | Match | None":
        """The first match in a lower-case sentence from `start` on."""
        if self.stems:
            for stem in self.stems:  # a loop is three times as fast as any() over a generator, and runs most often
                if stem in low:
                    break
            else:
                return None
        if self.beside:
            return _together(self.concepts, low, start)
        return self.pattern.search(low, start)


@lru_cache(maxsize=4096)
def _places(concept: Phrase, low: str) -> tuple[tuple[int, int], ...]:
    return tuple(found.span() for found in islice(concept.pattern.finditer(low), _MOST_PLACES))


def _together(concepts: Sequence[Phrase], low: str, start: int) -> Match | None:
    """The narrowest stretch from `start` on that holds every concept, each in words of its own."""
    if not all(any(stem in low for stem in concept.stems) for concept in concepts if concept.stems):
        return None
    places: list[list[tuple[int, int]]] = []
    for concept in concepts:
        places.append([place for place in _places(concept, low) if place[0] >= start])
        if not places[-1]:
            return None
    best: tuple[int, int] | None = None
    for chosen in product(*places):
        ordered = sorted(chosen)
        first, stop = ordered[0][0], max(end for _, end in ordered)
        apart = all(ordered[i][1] <= ordered[i + 1][0] for i in range(len(ordered) - 1))
        if not apart or stop - first > _WIDEST_CHARACTERS or _PARTED.search(low, first, stop):
            continue
        if best is None or stop - first < best[1] - best[0]:
            best = (first, stop)
    return Match(best[0], best[1], low) if best else None


@lru_cache(maxsize=4096)
def lowered(text: str) -> str:
    """Text in lower case with every letter in its place; the points of abbreviations become spaces."""
    low = text.lower()
    low = low if len(low) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return _POINT.sub(r"\1 ", low)


def _concepts(written: str) -> Iterator[str]:
    """The parts of a phrase between signs `&` that stand outside of brackets."""
    depth, begun = 0, 0
    for at, sign in enumerate(written):
        depth += (sign in "([") - (sign in ")]")
        if depth == 0 and written.startswith(" & ", at):
            yield written[begun:at]
            begun = at + 3
    yield written[begun:]


class Lists:
    """Named lists of phrases that other phrases name in braces, and abbreviations of words of any phrase."""

    def __init__(
        self, lists: Mapping[str, Sequence[str]], abbreviations: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self._entries = {name: tuple(entries) for name, entries in lists.items()}
        self._abbreviations = {word: tuple(short) for word, short in (abbreviations or {}).items()}
        self._compiled: dict[str, _Made] = {}
        self._open: set[str] = set()  # those that are being compiled
        self._patterns: dict[str, re.Pattern[str]] = {}

    def pattern(self, name: str) -> re.Pattern[str]:
        """The pattern of any entry of a list, compiled once; BrokenRule when there is no such list."""
        if name not in self._patterns:
            self._patterns[name] = compile_phrase(f"{{{name}}}", self, "statements.toml: [lists]").pattern
        return self._patterns[name]

    def __contains__(self, name: str) -> bool:
        """Whether there is a list of a name."""
        return name in self._entries

    def written(self) -> tuple[str, ...]:
        """Every entry of every list as written."""
        return tuple(entry for entries in self._entries.values() for entry in entries)

    def abbreviated(self, token: str) -> Iterator[str]:
        """How charts abbreviate a word; of a word with any ending every word that begins so."""
        if token.endswith("*"):
            begins = token[:-1]
            for word, short in self._abbreviations.items():
                if len(begins) >= _FEWEST_LETTERS and word.startswith(begins):
                    yield from short
        else:
            yield from self._abbreviations.get(token, ())

    def compiled(self, name: str, place: str) -> _Made:
        """Pattern and needed stems of any entry of a list; BrokenRule when there is no such list."""
        if name not in self._entries:
            raise BrokenRule(f"{place}: there is no list {name!r}; known are {', '.join(sorted(self._entries))}")
        if name not in self._compiled:
            if name in self._open:
                raise BrokenRule(f"{place}: the list {name!r} names itself, or lists that name it")
            self._open.add(name)
            entries = sorted(self._entries[name], key=len, reverse=True)
            made, letters = list[_Made](), 0
            for entry in entries:
                made.append(_Reader(entry, self, place).read())
                letters += len(made[-1][0])
                if letters > _LONGEST_PATTERN:
                    raise BrokenRule(f"{place}: the list {name!r} {_TOO_LONG}")
            self._open.remove(name)
            self._compiled[name] = _either(made)
        return self._compiled[name]


def compile_phrase(written: str, lists: Lists, place: str, *, whole: bool = False, before: int = 0) -> Phrase:
    """A phrase of the grammar, anywhere in a text or the whole of it; BrokenRule says where and what is wrong.

    Of a whole text as many words as `before` may stand in front.
    """
    concepts = [] if whole else list(_concepts(written))
    if len(concepts) > 1:
        made = [compile_phrase(concept, lists, place) for concept in concepts]
        words = frozenset(word for concept in made for word in concept.words)
        return made[0].written_as(written, words, tuple(made[1:]))
    pattern, needed = _Reader(written.lower().strip(), lists, place).read()
    regex = rf"\A\W*(?:\w+\W+){{0,{before}}}{pattern}\W*\Z" if whole else rf"(?<!\w){pattern}(?!\w)"
    words = frozenset(re.findall(r"[a-z']+", written.lower()))
    return Phrase(written, regex, needed, words, place)


def compile_phrases(
    written: Iterable[str], lists: Lists, place: str, *, whole: bool = False, before: int = 0
) -> tuple[Phrase, ...]:
    """Phrases of the grammar."""
    return tuple(compile_phrase(phrase, lists, place, whole=whole, before=before) for phrase in written)


def _either(made: Sequence[_Made]) -> _Made:
    """One of several patterns: where each needs something, one of the letters that each most needs."""
    pattern = "(?:" + "|".join(pattern for pattern, _ in made) + ")"
    if len(made) == 1:
        return pattern, made[0][1]
    if not all(needed for _, needed in made):
        return pattern, ()
    return pattern, (frozenset[str]().union(*(most_telling(needed) for _, needed in made)),)


def most_telling(needed: _Needed) -> frozenset[str]:
    """The set that fewest texts hold one of: not too many, then long ones, then few; an empty one where none is needed."""
    return min(needed, key=lambda stems: (len(stems) > 12, -min(map(len, stems)), len(stems)), default=frozenset())


class _Reader:
    """Reads one phrase from left to right."""

    def __init__(self, text: str, lists: Lists, place: str) -> None:
        self._text, self._lists, self._place = text, lists, place
        self._tokens = _TOKEN.findall(text)
        if "".join(self._tokens) != text or not text:
            raise BrokenRule(f"{place}: the phrase {text!r:.200} has a sign that no phrase may have, or is empty")
        self._at = 0

    def read(self) -> _Made:
        made = self._sequence(closing="")
        if self._at != len(self._tokens):
            raise self._wrong("closes a bracket that was not opened")
        if len(made[0]) > _LONGEST_PATTERN:
            raise self._wrong(_TOO_LONG)
        return made

    def _wrong(self, what: str) -> BrokenRule:
        return BrokenRule(f"{self._place}: the phrase {self._text!r:.200} {what}")

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _sequence(self, closing: str) -> _Made:
        """Items with spaces between them; a part that may be absent takes its space along."""
        pattern, needed, begun = "", list[frozenset[str]](), False
        glued = False  # a gap needs no space beside it
        number = False  # a unit may stand right behind its number
        gap, first = False, self._at
        while self._peek() and self._peek() not in (")", "]", "|"):
            if self._peek().isspace():
                self._at += 1
                continue
            if self._peek() == "...":
                self._at += 1
                gap = begun
                continue
            if gap:
                pattern += rf"(?!\w){_GAP}(?<!\w)"
                glued, gap = True, False
            if self._peek() == "*":
                self._at += 1
                pattern += (r"(?!\w)" if begun else "") + _ANYTHING
                glued = begun = True
                continue
            optional = self._peek() == "["
            space, number = (f"(?:{_SPACE})?" if number else _SPACE), self._peek() == "#"
            own, own_needed, alone = self._item()
            if optional and alone:
                pattern += rf"(?:{space}{own})?" if begun and not glued else rf"(?:{own}{_SPACE})?"
                continue
            pattern += (space if begun and not glued else "") + own
            needed += own_needed
            begun, glued = True, False
        if closing and self._peek() not in (closing, "|"):
            raise self._wrong("opens a bracket that is not closed")
        self._expect_few_gaps(self._tokens[first : self._at])
        return pattern, tuple(needed)

    def _expect_few_gaps(self, tokens: Sequence[str]) -> None:
        """BrokenRule where a sequence fits a text in more ways than can be tried; what is in brackets counts apart."""
        gaps, anything, optional, depth = 0, 0, 0, 0
        for before, token in zip((" ", *tokens), tokens, strict=False):
            if depth == 0:
                gaps += token == "..."
                anything += token == "*" and before.isspace()
                optional += token == "["
            depth += (token in ("(", "[")) - (token in (")", "]"))
        if gaps + anything > _MOST_GAPS or anything > _MOST_ANYTHING:
            most = f"{_MOST_GAPS} gaps, or more than {_MOST_ANYTHING} of `*` alone"
            raise self._wrong(f"has more than {most}; write several phrases")
        if optional > _MOST_OPTIONAL:
            raise self._wrong(f"has more than {_MOST_OPTIONAL} parts that may be absent; write several phrases")

    def _expect_words_that_occur(self, before: Sequence[str], *, behind: bool) -> None:
        """BrokenRule where the next part can never match: signs of another notation, or a point that sentences lose.

        It may stand `behind` another part without a space, which then must not end in one.
        """
        token = self._peek()
        if _RANGE.fullmatch(token) or (behind and before[-1] in (")", "]") and token[0] in "?+"):
            raise self._wrong(f"writes {token!r} as in another notation; write {{word}}, # or [perhaps]")
        if behind and before[-1] in (")", "]") and before[0].isspace():
            raise self._wrong(f"ends a bracket with a space right before {token!r}; write the space behind the bracket")
        if lowered(token) != token:
            raise self._wrong(f"writes {token!r}, whose point no sentence keeps; leave the point out")

    def _item(self) -> tuple[str, _Needed, bool]:
        """Parts without a space between them; whether it is a single part."""
        parts: list[_Made] = []
        optional_first = self._peek() == "["
        while self._peek() and not self._peek().isspace() and self._peek() not in (")", "]", "|", "..."):
            self._expect_words_that_occur(self._tokens[max(self._at - 2, 0) : self._at], behind=bool(parts))
            parts.append(self._part())
        if len(parts) == 1:
            return parts[0][0], parts[0][1], True
        pattern = "".join(f"{own}?" if optional_first and index == 0 else own for index, (own, _) in enumerate(parts))
        sure = parts[1:] if optional_first else parts
        return pattern, tuple(stems for _, needed in sure for stems in needed), False

    def _part(self) -> _Made:
        token = self._peek()
        self._at += 1
        if token in ("(", "["):
            closing = ")" if token == "(" else "]"
            made = [self._sequence(closing)]
            while self._peek() == "|":
                self._at += 1
                made.append(self._sequence(closing))
            if self._peek() != closing:
                raise self._wrong("opens a bracket that is not closed")
            self._at += 1
            return _either(made)
        if token == "{date}":
            return f"(?:{DATE})", ()
        if token == "{word}":
            return r"\w+", ()
        if token.startswith("{"):
            return self._lists.compiled(token[1:-1], self._place)
        short = list(self._lists.abbreviated(token))
        return _either([_word(token), *map(_word, short)]) if short else _word(token)


_RANGE = re.compile(r"[a-z]-[a-z]|\d-\d")  # of letters or figures, as in [a-z]+
_SPELLINGS = re.compile(r"tumor|center|esoph|iz(?=ed|es|ing|ation|e\b|\*)|color|favor|mold|fiber|gynec|hemo|edema")
_BOTH_SPELLINGS = {
    "tumor": "tumou?r", "center": "cent(?:er|re?)", "esoph": "o?esoph", "iz": "i[sz]", "color": "colou?r", "favor": "favou?r",
    "mold": "mou?ld", "fiber": "fib(?:er|re)", "gynec": "gyna?ec", "hemo": "ha?emo", "edema": "o?edema",
}  # fmt: skip


def _word(token: str) -> _Made:
    """A word in American and British spelling; its longest letters that both share must be in a text that holds it."""
    pattern, shared, at = "", "", 0
    for found in _SPELLINGS.finditer(token):
        pattern += _signs(token[at : found.start()]) + _BOTH_SPELLINGS[found.group()]
        shared, at = f"{shared}{token[at : found.start()]} ", found.end()
    longest = max(_LETTERS.findall(shared + token[at:]), key=len, default="")
    return pattern + _signs(token[at:]), (frozenset((longest,)),) if longest else ()


def _signs(letters: str) -> str:
    return "".join(_ENDING if c == "*" else _NUMBER if c == "#" else re.escape(c) for c in letters)
