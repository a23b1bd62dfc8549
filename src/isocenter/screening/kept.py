"""What a screening keeps in its folder: written by one run at a time, and taken up again only where it is unchanged."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from isocenter.errors import UnreadableInput
from isocenter.files.structured import read_json
from isocenter.files.writing import held

_BLOCK = 1 << 20

Seal = dict[str, list[Any]]  # a file below the folder: its size and SHA-256


@contextmanager
def only_run(out: Path) -> Iterator[None]:
    """Hold the folder for this run; UnreadableInput where another one is at work in it."""
    with held(os.open(out, os.O_RDONLY)) as is_ours:
        if not is_ours:
            raise UnreadableInput(
                f"{out}: another screening is running in this folder; wait for it, or name another folder"
            )
        yield


def seal(out: Path, files: Iterable[Path], threads: int = 1) -> Seal:
    """What files of the folder are now, to tell later whether they still are; looked through by so many threads."""
    ordered = sorted(files)
    with ThreadPoolExecutor(threads) as pool:
        return {
            file.relative_to(out).as_posix(): state
            for file, state in zip(ordered, pool.map(_state, ordered), strict=True)
        }


def is_unbroken(out: Path, sealed: object) -> bool:
    """Whether every file is there as it was when it was sealed."""
    try:
        return isinstance(sealed, dict) and all(_state(out / name) == state for name, state in sealed.items())
    except OSError:
        return False


def read_report(path: Path) -> dict[str, Any] | None:
    """A report that a run kept; None where there is none or it is damaged, so that its part is made again."""
    try:
        found = read_json(path)
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def refuse_foreign_files(out: Path, folders: Iterable[str], known: Iterable[str]) -> None:
    """UnreadableInput where a file lies among the answers that is none of this screening's: it would be counted."""
    ours = set(known)
    for folder in folders:
        for file in sorted((out / folder).glob("*")):
            if file.relative_to(out).as_posix() not in ours:
                raise UnreadableInput(f"{file}: is no file of this screening; take it out of the folder")


def _state(file: Path) -> list[Any]:
    digest = hashlib.sha256()
    with file.open("rb") as data:
        while block := data.read(_BLOCK):
            digest.update(block)
    return [file.stat().st_size, digest.hexdigest()]
