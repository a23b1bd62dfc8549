"""Uploads and archives become files of a case, each under a name that stays inside it, or are refused by name."""

import shutil
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from django.core.files.uploadedfile import UploadedFile

from isocenter.errors import UnreadableInput
from isocenter.files.texts import shown
from isocenter.files.writing import is_of_a_full_disk
from isocenter.intake.formats import Format, format_of
from isocenter.intake.unpacking import expect_to_fit
from isocenter.terms.limits import FILES, UNPACKED_BYTES

_BLOCK = 1 << 20
_ENCRYPTED = 0x1
LONGEST_NAME = 400  # letters of a path, of which the record holds some more
_DEEPEST = 3  # archives within archives
_OFFICE_PARTS = frozenset({"[Content_Types].xml", "content.xml"})


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was not taken, and why."""

    name: str
    because: str


def take_in(uploads: Iterable[tuple[str, UploadedFile]], folder: Path) -> tuple[list[Path], list[Refused]]:
    """Write uploads (the path that the browser names, the file) below a folder; archives are opened.

    What cannot be taken is named with its reason, and nothing else is lost by it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    taken: list[Path] = []
    refused: list[Refused] = []
    for place, (name, upload) in enumerate(uploads):
        FILES.refuse_beyond(place + 1, "this upload")
        packed = folder / ".upload"
        try:
            with packed.open("wb") as file:
                for block in upload.chunks():
                    file.write(block)
            packed = _named_as(packed, name)
            if zipfile.is_zipfile(packed) and not _is_one_file(packed):
                taken += _Unpacking(refused, UNPACKED_BYTES.most, FILES.most - len(taken)).unpack(packed, folder, name)
            else:
                taken.append(_put(packed, folder, name))
        except UnreadableInput as wrong:
            refused.append(Refused(shown(name), str(wrong).removeprefix(f"{shown(name)}: ")))
        finally:
            for leftover in folder.glob(".upload*"):
                leftover.unlink()
    return taken, refused


def _is_one_file(packed: Path) -> bool:
    """Whether a zip file is read as it is: edits as they are published, a workbook, a document of a word processor."""
    try:
        with zipfile.ZipFile(packed) as archive:
            is_document = not _OFFICE_PARTS.isdisjoint(archive.namelist())
            return is_document or format_of(packed) is Format.EDITS
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return False


def _named_as(packed: Path, name: str) -> Path:
    """The upload under a hidden name that ends as its own does: tables are known by their suffix, too."""
    suffix = PurePosixPath(name).suffix.lower()
    target = packed.with_name(f".upload-file{suffix if suffix[1:].isalnum() else ''}")
    if packed.exists():
        packed.rename(target)
    return target


@dataclass(slots=True)
class _Unpacking:
    """The unpacking of one upload with all archives within it, which share its limits; `refused` is added to."""

    refused: list[Refused]
    room_bytes: int
    room_files: int

    def unpack(self, archive: Path, folder: Path, name: str, depth: int = 1) -> list[Path]:
        """The files of an archive below a folder; UnreadableInput where it is none, or holds more than is read."""
        taken: list[Path] = []
        try:
            with zipfile.ZipFile(archive) as packed:
                expect_to_fit(packed, shown(name))
                members = [member for member in packed.infolist() if not member.is_dir()]
                if not members:
                    raise UnreadableInput("it holds no file; make the archive again")
                if len(members) > self.room_files:
                    FILES.refuse_beyond(FILES.most - self.room_files + len(members), shown(name))
                self.room_files -= len(members)
                for member in members:
                    if not _is_clutter(member.filename):
                        taken += self._take(packed, member, folder, name, depth)
        except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, OSError) as wrong:
            if is_of_a_full_disk(wrong):
                raise
            raise UnreadableInput("the archive is damaged; make it again, or send its files one by one") from None
        return taken

    def _take(
        self, packed: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path, name: str, depth: int
    ) -> list[Path]:
        """The file of one member, or the files of the archive that it is."""
        own_name = f"{name}: {member.filename}"
        path = None
        try:
            path, size = _unpack_member(packed, member, folder, self.room_bytes)
            self.room_bytes -= size
            if not zipfile.is_zipfile(path) or _is_one_file(path):
                return [path]
            if depth == _DEEPEST:
                raise UnreadableInput(f"archives lie more than {_DEEPEST} deep in each other; send its files")
            return self._within(path, own_name, depth)
        except UnreadableInput as wrong:
            self.refused.append(Refused(shown(own_name), str(wrong).removeprefix(f"{shown(own_name)}: ")))
            if path is not None:
                path.unlink(missing_ok=True)
            return []

    def _within(self, archive: Path, name: str, depth: int) -> list[Path]:
        """The files of an archive within another, below a new folder of its name."""
        folder, number = archive.with_name(archive.stem), 2
        while folder.exists():
            folder, number = archive.with_name(f"{archive.stem} ({number})"), number + 1
        try:
            taken = self.unpack(archive, folder, name, depth + 1)
        except UnreadableInput:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        archive.unlink()
        return taken


def _unpack_member(packed: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path, room: int) -> tuple[Path, int]:
    if member.flag_bits & _ENCRYPTED:
        raise UnreadableInput("it is encrypted; send it without a password")
    if (member.external_attr >> 28) == 0xA:
        raise UnreadableInput("it is a link; send the file itself")
    target = _place(folder, member.filename)
    size = 0
    try:
        with packed.open(member) as source, target.open("wb") as file:
            while block := source.read(_BLOCK):
                size += len(block)
                UNPACKED_BYTES.refuse_beyond(UNPACKED_BYTES.most - room + size, shown(member.filename))
                file.write(block)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as wrong:
        target.unlink(missing_ok=True)
        raise UnreadableInput(f"it cannot be unpacked ({type(wrong).__name__}); make the archive again") from None
    except UnreadableInput:
        target.unlink(missing_ok=True)
        raise
    return target, size


def _put(packed: Path, folder: Path, name: str) -> Path:
    target = _place(folder, name)
    packed.rename(target)
    return target


def _place(folder: Path, name: str) -> Path:
    """A free path below the folder for a name as a browser or an archive gives it."""
    parts = list(_parts(name))
    if not parts:
        raise UnreadableInput("it has no name; rename it")
    if len("/".join(parts)) > LONGEST_NAME:
        raise UnreadableInput(f"its path has more than {LONGEST_NAME} letters; use shorter names of folders")
    target = folder.joinpath(*parts)
    stem, suffix, number = target.stem, target.suffix, 2
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        while target.exists():
            target = target.with_name(f"{stem} ({number}){suffix}")
            number += 1
    except (OSError, ValueError):
        raise UnreadableInput("a file and a folder have the same name, or the name is too long; rename it") from None
    return target


def _parts(name: str) -> Iterator[str]:
    pure = PurePosixPath(name.replace("\\", "/"))
    if pure.is_absolute() or ".." in pure.parts or (pure.parts and ":" in pure.parts[0]):
        raise UnreadableInput("its path leads out of the case; send it under a plain name")
    for part in pure.parts:
        clean = "".join(letter if letter.isprintable() else "_" for letter in part).encode("utf-8", "replace").decode()
        yield _safe(clean)


def _safe(part: str) -> str:
    """One part of a path: not hidden, and no longer than file systems allow."""
    part = part.strip().lstrip(".") or "_"
    stem, dot, suffix = part.rpartition(".")
    if len(part.encode()) > 200:
        part = part.encode()[:180].decode("utf-8", "ignore") + (f".{suffix[:10]}" if dot and stem else "")
    return part


def _is_clutter(name: str) -> bool:
    """What archives of desktops hold beside the files: resource forks and hidden entries."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return any(part == "__MACOSX" or (part.startswith(".") and part not in ("..", ".")) for part in parts)
