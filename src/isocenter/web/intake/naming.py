"""Under which name a file that comes in is kept beside those that are there: none takes another's place unseen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import PurePosixPath

from isocenter.report.words import sentence
from isocenter.web.intake.unpacking import LONGEST_NAME, Refused
from isocenter.web.models import Document


@dataclass(frozen=True, slots=True)
class Received:
    """One file that came in: its name in the case, its hash and size, what it is, what is wrong with it."""

    name: str
    sha256: str
    size_bytes: int
    kind: str
    problem: str

    @classmethod
    def not_taken(cls, refused: Refused) -> "Received":
        """What came in and could not be taken: it has no content, and stays on record with the reason."""
        return cls(refused.name[:LONGEST_NAME], "", 0, Document.NOT_TAKEN, sentence(refused.because))


def beside(given: Iterable[Received], in_use: Sequence[Document], seen_generation: int | None) -> list[Received]:
    """The files under names by which each of them can lie in one folder with those in use.

    A file takes the place of one in use that has its name, but where it could not be taken, and where the other
    came in since the generation that its sender has seen (None: the newest).
    """
    there = {one.name: one for one in in_use}
    names = _Names()
    for name in there:
        names.add(name)
    new: set[str] = set()
    named = []
    for file in given:
        name = names.without_obstacle(file.name)
        if name in new or (name in there and not _takes_its_place(file, there[name], seen_generation)):
            name = names.numbered(name)
        names.add(name)
        new.add(name)
        named.append(replace(file, name=name))
    return named


def _takes_its_place(file: Received, other: Document, seen_generation: int | None) -> bool:
    if not file.sha256:
        return not other.sha256
    was_seen = seen_generation is None or other.generation <= seen_generation
    return was_seen or other.sha256 in ("", file.sha256)


@dataclass(slots=True)
class _Names:
    """The names of files in a case, and the folders that they lie in."""

    files: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)

    def add(self, name: str) -> None:
        self.files.add(name)
        self.folders.update(str(folder) for folder in PurePosixPath(name).parents)

    def without_obstacle(self, name: str) -> str:
        """The name; numbered where it is that of a folder, and so is each folder of it that is a file."""
        *folders, own = PurePosixPath(name).parts
        path = ""
        for folder in folders:
            path += folder
            if path in self.files:
                path = self.numbered(path, is_folder=True)
            path += "/"
        path += own
        return self.numbered(path) if path in self.folders else path

    def numbered(self, name: str, *, is_folder: bool = False) -> str:
        """The name with the first number by which no file has it, and no folder but where it is one."""
        folder, slash, own = name.rpartition("/")
        stem, suffix = PurePosixPath(own).stem, PurePosixPath(own).suffix
        tried = (f"{folder}{slash}{stem} ({number}){suffix}" for number in count(2))
        taken = self.files if is_folder else self.files | self.folders
        return next(one for one in tried if one not in taken)
