"""Unpacks compressed files and workbooks of claims into plain files, each known by the name of what it came in."""

import bz2
import gzip
import lzma
import os
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple

from isocenter.errors import UnreadableInput
from isocenter.files.folders import is_left_behind
from isocenter.files.texts import shown
from isocenter.files.writing import is_of_a_full_disk
from isocenter.intake.old_workbooks import errors_in_old_cells
from isocenter.intake.unpacking import errors_in_cells, why_not_unpacked
from isocenter.intake.workbooks import WORKBOOK_BYTES, sheets_as_csv
from isocenter.terms.limits import PACKED_FILES, UNPACKED_BYTES, Limit
from isocenter.terms.problems import Problem, Unread, UnreadPaper

_BLOCK = 1 << 20
_MOST_TIMES_LARGER = 200  # claims shrink to a tenth, at most to a hundredth
_TAR, _TAR_AT = b"ustar", 257
_ZIP, _OLD_WORKBOOK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STREAMS: dict[bytes, tuple[str, Callable[..., Any]]] = {
    b"\x1f\x8b": (".gz", gzip.open),
    b"BZh": (".bz2", bz2.open),
    b"\xfd7zXZ\x00": (".xz", lzma.open),
}
_WORKBOOK_PART = "xl/workbook.xml"
# What else is kept in the form of an archive or of an old workbook, by a part or a stream that it has.
_PAPERS = {
    "word/document.xml": (UnreadPaper, "a Word document; save it as PDF"),
    "ppt/presentation.xml": (UnreadPaper, "a presentation; save it as PDF"),
    "META-INF/manifest.xml": (Unread, "an OpenDocument file; save it as PDF, or its table as CSV"),
}
_OLD_PAPERS = {
    "WordDocument": (UnreadPaper, "a Word document; save it as PDF"),
    "PowerPoint Document": (UnreadPaper, "a presentation; save it as PDF"),
    "__substg1.0_": (Unread, "a mail; save it, and what is attached to it, as PDF"),
}
_OLD_SHEETS = ("Workbook", "Book")
_NAMED_AS_PAPERS = {".doc", ".docx", ".docm", ".dotx", ".pages", ".ppt", ".pptx"}
_BROKEN = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    NotImplementedError,
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A plain file, the file that was given, and the member of it that this one was packed as ('' where it was not)."""

    file: Path
    given: Path
    member: str = ""

    @property
    def name(self) -> str:
        """What is shown for it."""
        return f"{self.given}: {self.member}" if self.member else str(self.given)


class _Room(NamedTuple):
    """Where files are unpacked to, and how much of the disk and the memory that may take."""

    folder: Path
    limit: Limit
    workbook_bytes: int


def is_packed(head: bytes) -> bool:
    """Whether the first bytes are those of a compressed file or a workbook."""
    return head.startswith((_ZIP, _OLD_WORKBOOK, *_STREAMS)) or _begins_a_tar(head)


def _begins_a_tar(head: bytes) -> bool:
    return head[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR


def unpack(file: Path, folder: Path, workbook_bytes: int = WORKBOOK_BYTES) -> Iterator[Unpacked | Problem]:
    """What is in a compressed file or workbook, written to the folder; a problem for each part that is not read.

    A file that is packed once more is unpacked too. What unpacks to more than two hundred times its size, or a
    gigabyte where that is more, is refused. `workbook_bytes` is the memory that the reading of a workbook may take.
    """
    limit = Limit(
        max(UNPACKED_BYTES.most, file.stat().st_size * _MOST_TIMES_LARGER), UNPACKED_BYTES.of, UNPACKED_BYTES.advice
    )
    try:
        yield from _unpack(Unpacked(file, file), _Room(folder, limit, workbook_bytes), depth=0)
    except UnreadableInput as wrong:
        yield Unread(str(file), "", f"{str(wrong).removeprefix(f'{file}: ')}; it was left out")


def _unpack(packed: Unpacked, room: _Room, depth: int) -> Iterator[Unpacked | Problem]:
    with packed.file.open("rb") as data:
        head = data.read(512)
    if depth > 2:
        yield _problem(packed, "it is packed several times over; unpack it")
        return
    try:
        if head.startswith(_ZIP):
            yield from _unpack_zip(packed, room, depth)
        elif _begins_a_tar(head):
            yield from _unpack_tar(packed, room, depth)
        elif head.startswith(_OLD_WORKBOOK):
            papers = _old_papers(packed.file)
            yield from [_paper(packed, *papers[0])] if papers else _unpack_workbook(packed, room)
        else:
            suffix, opened = next((way for mark, way in _STREAMS.items() if head.startswith(mark)), ("", None))
            if opened is None:
                yield _problem(packed, "it changed while it was read; run again")
                return
            target = _target(room.folder, packed.file.name.removesuffix(suffix))
            with opened(packed.file) as stream:
                _copy(stream, target, room.limit, packed.name)
            yield from _again(replace(packed, file=target), room, depth)
    except _BROKEN as wrong:
        if is_of_a_full_disk(wrong):
            raise
        yield _damaged(packed, why_not_unpacked(wrong))


def _damaged(packed: Unpacked, why: str) -> Problem:
    """What is said of a file that cannot be unpacked: a letter, known by a part or by its name, bills nothing."""
    with packed.file.open("rb") as file:
        begins = file.read(_BLOCK)
    of_papers = any(part.encode() in begins for part, (kind, _) in _PAPERS.items() if kind is UnreadPaper)
    if of_papers or packed.file.suffix.lower() in _NAMED_AS_PAPERS:
        return UnreadPaper(*_problem(packed, f"it is a document that cannot be opened ({why}); save it as PDF"))
    return _problem(packed, f"it cannot be unpacked ({why}); pack it again")


def _unpack_zip(packed: Unpacked, room: _Room, depth: int) -> Iterator[Unpacked | Problem]:
    with zipfile.ZipFile(packed.file) as archive:
        if _WORKBOOK_PART in archive.namelist():
            yield from _unpack_workbook(packed, room)
            return
        papers = [paper for part, paper in _PAPERS.items() if part in archive.namelist()]
        if papers:
            yield _paper(packed, *papers[0])
            return
        files = [entry for entry in archive.infolist() if not entry.is_dir()]
        members = [entry for entry in files if not _is_left_behind(entry.filename)]
        PACKED_FILES.refuse_beyond(len(members), packed.name)
        room.limit.refuse_beyond(sum(entry.file_size for entry in members), packed.name)
        if not members:
            yield _problem(packed, "it holds only hidden files" if files else "the archive is empty")
        for entry in members:
            yield from _unpack_member(packed, entry.filename, partial(archive.open, entry), room, depth)


def _unpack_tar(packed: Unpacked, room: _Room, depth: int) -> Iterator[Unpacked | Problem]:
    with tarfile.open(packed.file, "r:") as archive:
        files: list[tarfile.TarInfo] = []
        with suppress(tarfile.TarError):  # where it is cut short, which its end shows
            files += (entry for entry in archive if entry.isfile())
        members = [entry for entry in files if not _is_left_behind(entry.name)]
        PACKED_FILES.refuse_beyond(len(members), packed.name)
        room.limit.refuse_beyond(sum(entry.size for entry in members), packed.name)
        if not members:
            yield _problem(packed, "it holds only hidden files" if files else "the archive is empty")
        if packed.file.stat().st_size < archive.offset + tarfile.BLOCKSIZE:  # of zeros, which mark its end
            yield _problem(packed, "it ends before the archive does, so files may be missing; pack it again")
        for entry in members:
            yield from _unpack_member(packed, entry.name, partial(archive.extractfile, entry), room, depth)


def _unpack_member(
    packed: Unpacked, name: str, opened: Callable[[], Any], room: _Room, depth: int
) -> Iterator[Unpacked | Problem]:
    target = _target(room.folder, Path(name).name or "member")
    within = Unpacked(target, packed.given, "/".join(filter(None, [packed.member, shown(name)])))
    try:
        with opened() as stream:
            _copy(stream, target, room.limit, within.name)
    except _BROKEN as wrong:
        target.unlink(missing_ok=True)
        if is_of_a_full_disk(wrong):
            raise
        yield _problem(within, f"it cannot be unpacked ({why_not_unpacked(wrong)}); unpack it yourself")
        return
    yield from _again(within, room, depth)


def _old_papers(file: Path) -> list[tuple[type[Unread], str]]:
    """What a file in the form of an old workbook is, and what to do with it; none where it has sheets or is unknown."""
    data = file.read_bytes()
    if any(name.encode("utf-16-le") in data for name in _OLD_SHEETS):
        return []
    return [paper for name, paper in _OLD_PAPERS.items() if name.encode("utf-16-le") in data]


def _again(found: Unpacked, room: _Room, depth: int) -> Iterator[Unpacked | Problem]:
    """The file itself, or what is in it where it is packed once more."""
    with found.file.open("rb") as data:
        packed = is_packed(data.read(512))
    if packed:
        yield from _unpack(found, room, depth + 1)
    else:
        yield found


def _unpack_workbook(packed: Unpacked, room: _Room) -> Iterator[Unpacked | Problem]:
    """Each sheet of a workbook as a CSV file."""
    try:
        sheets = sheets_as_csv(packed.file, packed.name, _place(room.folder), room.workbook_bytes, names_errors=True)
    except UnreadableInput as wrong:
        yield _problem(packed, str(wrong).removeprefix(f"{packed.name}: "))
        return
    data = packed.file.read_bytes()
    many, first = errors_in_cells(data, packed.name) if data.startswith(_ZIP) else errors_in_old_cells(data)
    cells = f"cells that hold an error such as #N/A state nothing: {many}, the first of them {first or 'unnamed'}"
    if many and data.startswith(_OLD_WORKBOOK):  # its reader gives them as empty cells, which is another table
        yield _problem(packed, f"{cells}; correct them in the workbook, or save it as .xlsx")
        return
    if many:
        yield Unread(str(packed.given), packed.member, f"{cells}; correct them in the workbook, and save it again")
    for sheet, written in sheets:
        target = _target(room.folder, f"{packed.file.stem}.csv")
        written.replace(target)
        yield Unpacked(target, packed.given, "/".join(filter(None, [packed.member, shown(sheet)])))


def _problem(packed: Unpacked, sentence: str) -> Problem:
    return Unread(str(packed.given), packed.member, f"{sentence}; it was left out")


def _paper(packed: Unpacked, kind: type[Unread], what: str) -> Problem:
    return kind(*_problem(packed, f"it is {what}"))


def _copy(packed: IO[bytes], target: Path, limit: Limit, name: str) -> None:
    copied = 0
    with target.open("wb") as plain:
        while block := packed.read(_BLOCK):
            copied += len(block)
            limit.refuse_beyond(copied, name)
            plain.write(block)


def _target(folder: Path, name: str) -> Path:
    """A file of this name in a folder of its own: members and tables of one name stay apart."""
    return _place(folder) / _safe(name)


def _place(folder: Path) -> Path:
    """A new folder within the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / f"{len(list(folder.iterdir())):04d}"
    place.mkdir()
    return place


def _safe(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_. " else "_" for letter in name).strip(". ") or "table"


def _is_left_behind(member: str) -> bool:
    """A path that climbs, or one as Windows writes it, names a file like any other; it is unpacked into our folder."""
    return any(is_left_behind(part) for part in re.split(r"[/\\]", member) if part not in (os.curdir, os.pardir))
