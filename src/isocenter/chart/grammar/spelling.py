"""Words that recognition misread, put right where the grammar knows just one word that is meant."""

import re
from functools import lru_cache
from itertools import product

from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.pages.layout import Cell, Row, Word
from isocenter.chart.pages.pages import Page

_LETTERS = re.compile(r"[a-z]+")
_SHORTEST = 5
_SMALL = {"of", "to", "in", "by", "on", "at", "is", "no", "or", "as", "be", "mm", "cm", "gy"}
_ALIKE = {
    frozenset(pair)
    for pair in (
        "ce",
        "oe",
        "il",
        "oq",
        "un",
        "hb",
        "ij",
        "vy",
        "oc",
        "ao",
        "ae",
        "gq",
        "rn",
        "ft",
        "nm",
        "dl",
        "cg",
        "li",
        "tl",
        "ti",
        "sa",
        "uv",
        "kh",
        "wv",
        "mn",
        "oa",
        "ec",
    )
}


def respelled(page: Page, grammar: Grammar, names: frozenset[str] = frozenset()) -> Page:
    """A recognized page with joined words parted and misread words put right; the words of `names` keep their letters."""
    words, stems = _whole_words_of(grammar.words), _stems_of(grammar.words)
    known, names = words | names, names - words
    days = frozenset(day for row in page.rows for day in _DAY_WITH_STROKES.findall(row.text))
    return page._replace(
        rows=tuple(
            Row(tuple(Cell(tuple(_words(cell.words, known, names, days, stems))) for cell in row.cells))
            for row in page.rows
        )
    )


_DAY_WITH_STROKES = re.compile(r"(?<![\d/])\d{1,2}/\d{1,2}/(?:\d{4}|\d{2})(?![\d/])")
_STROKE_MISREAD = "[/1lI|]"


def _with_strokes(word: Word, days: frozenset[str]) -> Word:
    """A word of digits as the day of the page that it is when its strokes were misread, such as 817125 for 8/7/25."""
    bare = word.text.strip(".,:;()")
    meant = [day for day in days if bare != day and re.fullmatch(day.replace("/", _STROKE_MISREAD), bare)]
    return word._replace(text=word.text.replace(bare, meant[0])) if len(meant) == 1 else word


@lru_cache(maxsize=4)
def _stems_of(texts: tuple[str, ...]) -> frozenset[str]:
    """The beginnings of words that phrases let go on with any letters, such as: parotid*."""
    return frozenset(stem for text in texts for stem in re.findall(r"([a-z]+)\*", text) if len(stem) >= _SHORTEST)


@lru_cache(maxsize=4)
def _whole_words_of(texts: tuple[str, ...]) -> frozenset[str]:
    """Whole words that phrases use."""
    whole = (re.sub(r"\w+\*", " ", text) for text in texts)
    return frozenset(word for text in whole for word in _LETTERS.findall(text) if len(word) > 1)


def _words(
    words: tuple[Word, ...],
    known: frozenset[str],
    names: frozenset[str],
    days: frozenset[str],
    stems: frozenset[str],
) -> list[Word]:
    made: list[Word] = []
    for word in words:
        is_known = _begins_with(word.text.strip(".,:;()").lower(), stems)
        made += [word] if is_known else _put_right(_with_capital(_with_strokes(word, days), names), known)
    return made


def _begins_with(bare: str, stems: frozenset[str]) -> bool:
    return bare.isalpha() and any(bare[:size] in stems for size in range(_SHORTEST, len(bare) + 1))


def _with_capital(word: Word, names: frozenset[str]) -> Word:
    """A name of the chart's staff with the capital letter that was misread, such as: paredes."""
    is_name = word.text[:1].islower() and word.text.strip(".,:;()") in names
    return word._replace(text=word.text[:1].upper() + word.text[1:]) if is_name else word


def _put_right(word: Word, known: frozenset[str]) -> list[Word]:
    bare = word.text.strip(".,:;()").lower()
    if len(bare) < _SHORTEST or not bare.isalpha() or bare in known:
        return [word]
    meant = _with_i(bare, known)
    if meant:
        shown = meant.upper() if word.text.isupper() else meant.capitalize() if word.text[0].isupper() else meant
        return [word._replace(text=word.text.replace(word.text.strip(".,:;()"), shown))]
    if word.text[0].isupper() and not word.text.isupper():
        return [word]  # a name, or the first word of a sentence
    parts = _parted(bare, known)
    if parts:
        first = word.text.lower().index(bare) + len(parts)
        middle = word.box.left + (word.box.right - word.box.left) * first / len(word.text)
        return [
            word._replace(text=word.text[:first], box=word.box._replace(right=middle)),
            word._replace(text=word.text[first:], box=word.box._replace(left=middle)),
        ]
    near = [other for other in _near(bare) if other in known and _may_be_misread(bare, other)]
    if len(set(near)) == 1:
        right = near[0]
        shown = right.upper() if word.text.isupper() else right.capitalize() if word.text[0].isupper() else right
        return [
            word._replace(
                text=word.text.lower().replace(bare, shown)
                if shown == right
                else word.text.replace(word.text.strip(".,:;()"), shown)
            )
        ]
    return [word]


_MOST_DOUBTED = 4


def _with_i(bare: str, known: frozenset[str]) -> str:
    """The one known word that a word becomes where an l or a 1 is an i, as recognition often misreads it; '' if none."""
    places = [at for at, letter in enumerate(bare) if letter == "l"]
    if not places or len(places) > _MOST_DOUBTED:
        return ""
    made = set()
    for chosen in product((False, True), repeat=len(places)):
        letters = list(bare)
        for at, is_i in zip(places, chosen, strict=True):
            letters[at] = "i" if is_i else "l"
        made.add("".join(letters))
    meant = sorted(made & known)
    return meant[0] if len(meant) == 1 else ""


def _parted(bare: str, known: frozenset[str]) -> str:
    """The first of two known words that were joined; '' where they were not, or where there are several ways."""
    ways = [
        bare[:at]
        for at in range(2, len(bare) - 1)
        if bare[:at] in known and bare[at:] in known and all(len(p) > 2 or p in _SMALL for p in (bare[:at], bare[at:]))
    ]
    return ways[0] if len(ways) == 1 else ""


def _may_be_misread(word: str, other: str) -> bool:
    """Whether two words differ by letters that look alike, or by a doubled or lost one."""
    if len(word) != len(other):
        return True
    pairs = {frozenset((a, b)) for a, b in zip(word, other, strict=True) if a != b}
    return pairs <= _ALIKE


def _near(word: str) -> set[str]:
    """Words one letter away: one exchanged, one added or one left out."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    splits = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    return (
        {a + b[1:] for a, b in splits if b}
        | {a + c + b[1:] for a, b in splits if b for c in letters}
        | {a + c + b for a, b in splits for c in letters}
    )
