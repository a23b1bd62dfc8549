"""Where an ICD-10-CM code places a tumor, by the tables of a policy, for what is compared before any rule runs."""

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from isocenter.rulebook.rulebook import Rulebook, are_same

_FIRST, _BEYOND = "C00", "D5"  # the categories of tumors
INCOMPLETE = (
    "it begins as the code of a tumor and is not a complete code of ICD-10-CM, so it names no site; correct it to"
    " the whole code, such as C61 or C50.412"
)


def diagnosed_tumors(codes: Iterable[str], rulebooks: Sequence[Rulebook]) -> list[tuple[str, str, str]]:
    """ICD-10-CM code, site and side of each code for a tumor, as the first policy with `icd10_sites` places it.

    The same as in the definition `diagnosed_sites`, without codes that are not complete; site and side are empty
    where the tables leave them open.
    """
    ranges = _ranges(rulebooks)
    sides = _rows(rulebooks, "icd10_sides", ("pattern", "laterality"))
    sites = ((code, _site(code, ranges)) for code in codes if _begins_as_tumor(code))
    return [(code, site or "", _side(code, sides)) for code, site in sites if site is not None or not ranges]


def incomplete_codes(codes: Iterable[str], rulebooks: Sequence[Rulebook]) -> list[str]:
    """The codes that begin as those of tumors and that no policy knows as complete; none where none has a table."""
    ranges = _ranges(rulebooks)
    return [code for code in codes if ranges and _begins_as_tumor(code) and _site(code, ranges) is None]


def _begins_as_tumor(code: str) -> bool:
    return _FIRST <= code < _BEYOND


_Ranges = Mapping[tuple[str, int], Sequence[tuple[str, ...]]]


_NEWEST: list[tuple[tuple[Rulebook, ...], _Ranges]] = []  # of the policies in use: to gather them takes milliseconds
_MOST_KEPT = 8


def _ranges(rulebooks: Sequence[Rulebook]) -> _Ranges:
    """Ranges of complete codes with their sites, by the category and the length of the codes."""
    for of, known in tuple(_NEWEST):
        if are_same(of, rulebooks):
            return known
    _NEWEST.insert(0, (tuple(rulebooks), found := _ranges_gathered(rulebooks)))
    del _NEWEST[_MOST_KEPT:]
    return found


def _ranges_gathered(rulebooks: Sequence[Rulebook]) -> _Ranges:
    found: dict[tuple[str, int], list[tuple[str, ...]]] = {}
    for row in _rows(rulebooks, "icd10_sites", ("icd10_from", "icd10_to", "site")):
        found.setdefault((row[0][:3], len(row[0])), []).append(row)
    return found


def _rows(rulebooks: Sequence[Rulebook], table: str, columns: Sequence[str]) -> list[tuple[str, ...]]:
    for book in rulebooks:
        header, rows = book.tables.get(table, ((), ()))
        if set(columns) <= set(header):
            places = [header.index(name) for name in columns]
            return [tuple(row[place] for place in places) for row in rows]
    return []


def _site(code: str, ranges: _Ranges) -> str | None:
    """The site of a complete code, '' where the table leaves it open; None for any other code."""
    return next((row[2] for row in ranges.get((code[:3], len(code)), ()) if row[0] <= code <= row[1]), None)


def _side(code: str, sides: Sequence[tuple[str, ...]]) -> str:
    return min((side for pattern, side in sides if fnmatchcase(code, pattern.replace("_", "?"))), default="")
