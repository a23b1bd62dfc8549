"""The standard structures: the table of names after AAPM TG-263 (2018), and the row that words mean."""

import csv
import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from isocenter.evidence.roles.structure_words import sides_of, words_of
from isocenter.terms.spelling import differ_by

_PLURALS = {"polmoni", "reni", "longen", "nieren", "lungen", "augen", "occhi", "ogen", "parotiden", "parotidi", "yeux"}
# Regions of lymph nodes: treated or drawn for orientation, and no organ that a dose endangers.
_NODES = {
    *("ln", "lns", "lnn", "node", "nodes", "nodal", "lymph", "lymphnode", "lymphnodes", "lymphatics", "axilla"),
    *("axillary", "imn", "imns", "supraclav", "infraclav", "supraclavicular", "infraclavicular", "scv", "lymphknoten"),
    *("lymphabfluss", "lymphabflusswege", "linfonodi", "linfonodo"),
}
_LEVELS = {"level", "lev", "lvl", "levels", "station"}
_NUMERAL = re.compile(r"\d+|[ivx]+[ab]?")


class StandardStructure(NamedTuple):
    """One row of the table: names after AAPM TG-263 (2018), aliases as met in use."""

    standard_name: str
    role: str
    is_paired: bool
    both: str
    is_treated: bool
    aliases: tuple[tuple[str, ...], ...]


def exact_structure(words: list[str]) -> StandardStructure | None:
    """The row whose alias the words are or contain, letter by letter; sides do not count."""
    bare = sides_of(words)[1]
    return _by_joined_alias().get("".join(bare)) or _within(bare)


@cache
def standard_table() -> tuple[StandardStructure, ...]:
    """All rows of the table, in its order."""
    text = files("isocenter.evidence.roles").joinpath("standard_structures.csv").read_text(encoding="utf-8")
    return tuple(
        StandardStructure(
            row["standard_name"],
            row["role"],
            row["paired"] == "yes",
            row["both"],
            row["treated"] == "yes",
            tuple(
                tuple(alias.split())
                for alias in (*row["aliases"].split(";"), *(_spoken(row[key]) for key in ("standard_name", "both")))
                if alias
            ),
        )
        for row in csv.DictReader(text.splitlines())
    )


def _spoken(standard_name: str) -> str:
    return " ".join(words_of(standard_name))


@cache
def _by_alias() -> dict[tuple[str, ...], StandardStructure]:
    return {alias: row for row in standard_table() for alias in row.aliases}


@cache
def _by_joined_alias() -> dict[str, StandardStructure]:
    return {"".join(alias): row for alias, row in _by_alias().items()}


@cache
def _by_words_in_any_order() -> dict[tuple[str, ...], StandardStructure]:
    """Aliases of several words, for names that turn them around, as Nrv_Optic."""
    return {tuple(sorted(alias)): row for alias, row in _by_alias().items() if len(alias) > 1}


def standard_structure(words: list[str]) -> StandardStructure | None:
    """The row whose alias the words are, contain, or nearly are."""
    joined = "".join(word for word in words if not word.isdigit())
    for candidate in (joined, joined.removesuffix("s")):
        if candidate in _by_joined_alias():
            return _by_joined_alias()[candidate]
    if row := _by_words_in_any_order().get(tuple(sorted(words))) or _within(words):
        return row
    return _by_joined_alias()["nodes"] if _names_nodes(words) else _nearly(joined)


def _names_nodes(words: list[str]) -> bool:
    """Whether the words name lymph nodes, or a level of them by its number."""
    levels = [place for place, word in enumerate(words) if word in _LEVELS]
    is_counted = any(_NUMERAL.fullmatch(word) for place in levels for word in words[place + 1 : place + 2])
    return is_counted or not _NODES.isdisjoint(words)


def _within(words: list[str]) -> StandardStructure | None:
    """The row of the longest alias among the words; single letters are too little."""
    singular = [word.removesuffix("s") if len(word) > 4 else word for word in words]
    for length in range(len(words), 0, -1):
        for start in range(len(words) - length + 1):
            for source in (words, singular):
                part = tuple(source[start : start + length])
                row = _by_alias().get(part)
                if row is not None and len("".join(part)) > 2:
                    return row
    return None


def _nearly(joined: str) -> StandardStructure | None:
    """The row of the nearest alias: one letter off from five letters on, two from nine on, and never the first."""
    allowed = 0 if len(joined) < 5 else 1 if len(joined) < 9 else 2
    near = [
        (distance, alias)
        for alias in _by_joined_alias()
        if len(alias) >= 5
        and alias.startswith(joined[:1])
        and (distance := differ_by(joined, alias, allowed)) <= allowed
    ]
    return _by_joined_alias()[min(near)[1]] if near and allowed else None


def detach_side(word: str) -> list[str]:
    """`lparotid` and `parotidl` as two words, where the rest names a paired organ; any other word as it is."""
    for mark in ("left", "right", "lt", "rt", "l", "r"):
        for bare in (word.removeprefix(mark), word.removesuffix(mark)):
            row = _by_joined_alias().get(bare)
            if bare != word and row is not None and row.is_paired and len(bare) > 2:
                return [mark, bare]
    return [word]


def can_be_treated(standard_name: str) -> bool:
    """Whether an organ of this standard name, with or without its side, can itself be the target."""
    bare = standard_name.removesuffix("_L").removesuffix("_R")
    return any(row.is_treated for row in standard_table() if bare in (row.standard_name, row.both))


def sided_name(row: StandardStructure, side: str, words: list[str]) -> tuple[str, str]:
    """The standard name with its side, and the role."""
    if not row.is_paired:
        return row.standard_name, row.role
    is_plural = any(word.endswith("s") or word in _PLURALS for word in words) or " ".join(words) == _spoken(row.both)
    if side in ("left", "right"):
        return f"{row.standard_name}_{side[0].upper()}", row.role
    if row.both and (side == "both" or is_plural):
        return row.both, row.role
    return row.standard_name, row.role
