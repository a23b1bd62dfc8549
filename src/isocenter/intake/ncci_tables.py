"""Reads the quarterly tables of the national correct coding edits as downloaded: pairs, unit limits, add-on codes."""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from pathlib import Path

from isocenter.errors import UnreadableInput
from isocenter.intake.ncci.grids import NOTES, grids, looks_like_edits
from isocenter.intake.ncci.layouts import EditKind, EditRow, EditTable, read_table, until_the_next_edition
from isocenter.terms.problems import Problem

__all__ = ["Edits", "looks_like_edits", "read"]


@dataclass(frozen=True, slots=True)
class Edits:
    """What a set of downloads says, each row once, and what could not be read."""

    rows: tuple[EditRow, ...]
    supplied: frozenset[str]  # the fact tables that were among them
    problems: tuple[Problem, ...]
    rows_of: dict[Path, int]  # how many rows each file gave


def read(paths: Iterable[Path], only_codes: Set[str] | None = None) -> Edits:
    """Read downloads together: text, CSV, Excel or zip files, and folders of them, recognized by content.

    `only_codes` passes over the rows that no line with these codes can meet, early. Tables of pairs and of
    add-on codes carry their own history, so the newest edition counts; a table of limits holds until the
    next one that is available.
    """
    problems: list[Problem] = []
    everything: list[EditTable] = []
    files = _files(paths)
    for path in files:
        tables, wrong = _read_file(path, only_codes)
        everything += tables
        problems += [*wrong, *(problem for table in tables for problem in table.problems)]
    kept: list[EditTable] = []
    for kind in EditKind:
        of_kind = [table for table in everything if table.kind is kind]
        if kind is EditKind.LIMITS:
            kept += until_the_next_edition(of_kind)
        else:
            newest, outdated = _newest(of_kind)
            kept += newest
            problems += outdated
    return Edits(
        rows=tuple(dict.fromkeys(row for table in kept for row in table.rows)),
        supplied=frozenset(str(table.kind) for table in kept),
        problems=tuple(problems),
        rows_of={path: sum(len(table.rows) for table in kept if table.path == path) for path in files},
    )


def _files(paths: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise UnreadableInput(f"{path}: there is no such file or folder of correct coding edits")
        inside = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
        found += [file for file in inside if file.suffix.lower() not in NOTES and not file.name.startswith(".")]
    return found


def _read_file(path: Path, only_codes: Set[str] | None) -> tuple[list[EditTable], list[Problem]]:
    tables: list[EditTable] = []
    problems: list[Problem] = []
    try:
        for grid in grids(path):
            found = read_table(grid, path, only_codes)
            if isinstance(found, EditTable):
                tables.append(found)
            else:
                problems.append(found)
    except UnreadableInput as wrong:
        problems.append(Problem(str(path), "", f"{str(wrong).split(': ', 1)[-1]}; it was left out"))
    return tables, problems


def _newest(tables: list[EditTable]) -> tuple[list[EditTable], list[Problem]]:
    """The tables of the newest edition of each setting, and a problem for each file of an older one."""
    newest: list[EditTable] = []
    problems: dict[Problem, None] = {}
    for table in tables:
        newer = [
            other for other in tables if other.setting == table.setting and table.edition.is_older_than(other.edition)
        ]
        if newer:
            why = f"an older edition ({table.title}) than that of {newer[-1].path.name}, which holds its history too"
            problems[Problem(str(table.path), "", f"{why}; it was left out")] = None
        else:
            newest.append(table)
    return newest, list(problems)
