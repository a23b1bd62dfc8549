"""Reads folders: each entry is read or named, and no name leads out."""

import hashlib
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from isocenter.errors import UnreadableInput
from isocenter.files.kinds import kind_of, what_it_is
from isocenter.files.structured import read_json
from isocenter.files.texts import shown
from isocenter.terms.limits import FILES
from isocenter.terms.problems import Problem, Unread

_BEGINNING = 4096  # bytes, within which files of one size mostly differ
_RUN = "run.json"  # what a screening keeps of its run
_LEFT_BEHIND = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "$recycle.bin", "dicomdir"})
# Hidden entries, the marks by which office programs hold a file that is open, and those of Spark beside what it wrote.
_MARKS = re.compile(
    r"\..*|~\$.*|_success|_metadata|_common_metadata|_temporary|_(committed|started)_\d+", re.IGNORECASE
)


def files_below(folder: Path) -> tuple[list[Path], list[Problem]]:
    """Every file in a folder and its subfolders in order of their names, and what else lies there, each named.

    Hidden entries and what programs and discs leave behind are passed over, and so are folders of a screening's
    answers. A link is read where it leads to a file of the same folder: one that leads elsewhere would bring in what
    was never part of it. UnreadableInput where there are too many files.
    """
    found: list[Path] = []
    problems: list[Problem] = []
    root = folder.resolve()
    for where, folders, names in os.walk(folder, onerror=lambda wrong: problems.append(_unreadable(wrong, folder))):
        folders[:] = sorted(name for name in folders if not is_left_behind(name))
        if _RUN in names and _is_a_screening(Path(where, _RUN)):
            folders.clear()
            place = folder.name if Path(where) == folder else Path(where).relative_to(folder)
            problems.append(Problem(shown(place), "", "it holds the answers of a screening; it was left out"))
            continue
        for name in sorted(name for name in (*folders, *names) if not is_left_behind(name)):
            path = Path(where, name)
            wrong = _why_not_read(path, root)
            if wrong:
                problems.append(Unread(shown(path.relative_to(folder)), "", f"{wrong}; it was left out"))
            elif not path.is_dir():
                found.append(path)
        FILES.refuse_beyond(len(found), shown(folder))
    return sorted(found), problems


def is_left_behind(name: str) -> bool:
    """Whether an entry is hidden, or is what a program or a disc of images leaves in a folder beside the files."""
    return bool(_MARKS.fullmatch(name)) or name.lower() in _LEFT_BEHIND


def _is_a_screening(run: Path) -> bool:
    """Whether the file is what a screening keeps of its run: its answers are not read as claims again."""
    try:
        found = read_json(run)
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.keys() >= {"fingerprint", "parts", "split"}


def without_copies(files: Iterable[Path]) -> tuple[list[Path], dict[Path, Path]]:
    """The files without those that are another one byte for byte, and each such copy with the file it is of.

    A file that is there no more, or cannot be read, is kept: whoever reads it says so.
    """
    found = list(dict.fromkeys(files))
    alike = [found]
    for mark in (_size, _digest_of_the_beginning, _digest):
        alike = [group for wider in alike for group in _grouped(wider, mark) if len(group) > 1]
    copies = {copy: original for original, *others in alike for copy in others}
    return [file for file in found if file not in copies], copies


def _grouped(files: Iterable[Path], mark: Callable[[Path], object]) -> list[list[Path]]:
    """The files that can be read, in groups of one mark, each in their order."""
    groups: dict[object, list[Path]] = {}
    for file in files:
        try:
            groups.setdefault(mark(file), []).append(file)
        except OSError:
            continue
    return list(groups.values())


def _size(file: Path) -> int:
    return file.stat().st_size


def _digest_of_the_beginning(file: Path) -> bytes:
    with file.open("rb") as opened:
        return hashlib.sha256(opened.read(_BEGINNING)).digest()


def _digest(file: Path) -> bytes:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").digest()


def expect_file_or_folder(path: Path) -> None:
    """UnreadableInput where a path is neither a file nor a folder: a pipe or a device has no end."""
    if not path.exists():
        raise UnreadableInput(f"{shown(path)}: there is no such file or folder")
    if not path.is_file() and not path.is_dir():
        raise UnreadableInput(f"{shown(path)}: is {kind_of(path)}; expected a file or a folder")


def expect_a_folder_of_a_plan(folder: Path) -> None:
    """UnreadableInput where a path is no folder, in which the DICOM-RT files of a plan lie together."""
    if folder.is_file():
        what = what_it_is(folder) or "a file"
        raise UnreadableInput(f"{folder}: this is {what}; give the folder that holds the DICOM-RT files of a plan")
    if not folder.is_dir():
        raise UnreadableInput(f"{folder}: there is no such folder of DICOM-RT files")


def expect_a_name_in_utf8(path: Path) -> None:
    """UnreadableInput where a path is no UTF-8: the library that reads and writes tables opens no such file."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise UnreadableInput(
            f"{shown(path)}: the name is not UTF-8, and tables are not read or written there; rename it"
        ) from None


def inside(folder: Path, name: str) -> Path | None:
    """The path of a name below a folder; None where the name leads out of it."""
    try:
        target = (folder / name).resolve()
    except (OSError, ValueError, RuntimeError):
        return None
    return folder / name if target.is_relative_to(folder.resolve()) else None


_AN_EMPTY_FOLDER = "an empty folder with the name of a file; put the file itself in its place"
_ENDINGS = re.compile(r"\.(yaml|csv|parquet|xlsx|gz|zip|837|x12|json|ndjson|pdf|txt|dcm)", re.IGNORECASE)


def _named_as_a_file(path: Path) -> bool:
    return bool(_ENDINGS.fullmatch(path.suffix))


def _why_not_read(path: Path, root: Path) -> str:
    try:
        if path.is_symlink():
            target = path.resolve(strict=True)
            if not target.is_relative_to(root):
                return "a link that leads out of the folder; put the file itself in its place"
            if target.is_dir():
                return "a link to a folder; links to folders are not followed"
            path = target
        if path.is_dir():
            return _AN_EMPTY_FOLDER if _named_as_a_file(path) and not any(path.iterdir()) else ""
        return "" if path.is_file() else f"{kind_of(path)}, no file"
    except (OSError, RuntimeError):
        return "a link that leads nowhere or in a circle"


def _unreadable(wrong: OSError, folder: Path) -> Problem:
    path = Path(wrong.filename or folder)
    name = shown(path.relative_to(folder)) if path.is_relative_to(folder) else shown(path.name)
    return Unread(name, "", f"the folder cannot be read ({wrong.strerror}); it was left out")
