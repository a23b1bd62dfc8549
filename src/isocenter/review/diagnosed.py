"""Where an ICD-10-CM code places a tumor, by the tables of a policy, for what is compared before any rule runs."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from isocenter.rulebook.rulebook import Rulebook

_FIRST, _LAST = "C00", "D49.9Z"


def diagnosed_tumors(codes: Iterable[str], rulebooks: Sequence[Rulebook]) -> list[tuple[str, str, str]]:
    """ICD-10-CM code, site and side of each code for a tumor, as the first policy with `icd10_sites` places it.

    The narrowest range decides, as in the definition `diagnosed_sites`; site and side are empty where the tables
    leave them open.
    """
    ranges = _rows(rulebooks, "icd10_sites", ("icd10_from", "icd10_to", "site"))
    sides = _rows(rulebooks, "icd10_sides", ("pattern", "laterality"))
    return [(code, _site(code, ranges), _side(code, sides)) for code in codes if _FIRST <= code <= _LAST]


def _rows(rulebooks: Sequence[Rulebook], table: str, columns: Sequence[str]) -> list[tuple[str, ...]]:
    for book in rulebooks:
        header, rows = book.tables.get(table, ((), ()))
        if set(columns) <= set(header):
            places = [header.index(name) for name in columns]
            return [tuple(row[place] for place in places) for row in rows]
    return []


def _site(code: str, ranges: Sequence[tuple[str, ...]]) -> str:
    within = [row for row in ranges if row[0] <= code <= row[1]]
    narrowest = max(within, key=lambda row: (len(row[0]), row[0]), default=("", "", ""))
    return narrowest[2]


def _side(code: str, sides: Sequence[tuple[str, ...]]) -> str:
    return min((side for pattern, side in sides if fnmatchcase(code, pattern.replace("_", "?"))), default="")
